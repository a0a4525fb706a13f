// SPDX-License-Identifier: GPL-2.0
/* Lists of isolation reasons: isolation_reason_core.c. */
#include "ktap.h"
#include "isolation_reason_core.h"

/* What a list makes of the default; -1: it is refused. */
static int reasons_of(const char *text)
{
	struct pt_list_entry bad = {};
	u8 reasons = IE_ISO_DEFAULT;

	if (ie_iso_reasons_parse(text, strlen(text), &reasons, &bad)) {
		CHECK(bad.why && reasons == IE_ISO_DEFAULT);
		return -1;
	}
	return reasons;
}

#define CHECK_REFUSED(text, at, words)						\
	do {									\
		struct pt_list_entry _bad = {};					\
		const char *_text = text, *_words = words;			\
		u8 _reasons = 0;						\
		CHECK(ie_iso_reasons_parse(_text, strlen(_text), &_reasons, &_bad));	\
		CHECK_EQ(_bad.pos, at);						\
		CHECK(_bad.why && !strncmp(_bad.why, _words, strlen(_words)));	\
	} while (0)

TEST("a list of reasons: all that count, or changes (case M3)")
{
	char text[64];

	CHECK_EQ(reasons_of("bridge,acs\n"), BIT(IE_ISO_BRIDGE) | BIT(IE_ISO_ACS));
	CHECK_EQ(reasons_of("(Alias) (INTX)"), BIT(IE_ISO_ALIAS) | BIT(IE_ISO_INTX));
	CHECK_EQ(reasons_of("default"), IE_ISO_DEFAULT);
	CHECK_EQ(reasons_of("default,rmrr-shared"), IE_ISO_DEFAULT | BIT(IE_ISO_RMRR_SHARED));
	CHECK_EQ(reasons_of("+rmrr-shared"), IE_ISO_DEFAULT | BIT(IE_ISO_RMRR_SHARED));
	CHECK_EQ(reasons_of("-bar-page -rmrr"),
		 IE_ISO_DEFAULT & ~(BIT(IE_ISO_BAR_PAGE) | BIT(IE_ISO_RMRR)));
	CHECK_EQ(reasons_of("-default,+bridge"), BIT(IE_ISO_BRIDGE));
	CHECK_EQ(ie_iso_reasons(0xff, text, sizeof(text)),
		 strlen("bridge,alias,acs,rmrr,rmrr-shared,bar-page,intx"));
	CHECK_EQ(reasons_of(text), BIT(IE_ISO_REASONS) - 1);

	CHECK_REFUSED("", 0, "expected names");
	CHECK_REFUSED("\n", 0, "expected names");
	CHECK_REFUSED("bridge,bars", 7, "expected bridge, alias");
	CHECK_REFUSED("acs +intx", 4, "expected a sign before each");
	CHECK_REFUSED("-acs,intx", 5, "expected a sign before each");
	CHECK_REFUSED("-acs,-all", 6, "expected bridge, alias");
	CHECK_REFUSED("-", 1, "expected bridge, alias");
	CHECK_EQ(reasons_of("(bridge"), -1);
}
