// SPDX-License-Identifier: GPL-2.0
/* The check before a guest is started: preflight_core.c. */
#include "ktap.h"
#include "preflight_core.h"

#define MB (1024 * 1024ull)
#define GB (1024 * MB)

#define NO_MEM	"expected devices and mem=SIZE, e.g. 0000:01:00.0 mem=4G"
#define BAD_MEM	"expected mem=SIZE once, SIZE with K, M or G behind it, e.g. mem=4G"
#define BAD_LOW	"expected below4g=SIZE once, SIZE with K, M or G behind it, e.g. below4g=2G"

static struct ie_pre_request request;
static const char *why;
static struct ie_pre_region region[4];
static struct ie_pre_question question;
static char answer[2048];

static int parse(const char *text)
{
	why = NULL;
	return ie_pre_parse(text, strlen(text), &request, &why);
}

TEST("devices and memory")
{
	CHECK_EQ(parse("0000:01:00.0 mem=4G\n"), 0);
	CHECK_EQ(request.devices, 1);
	CHECK_EQ(request.dev[0].bus, 1);
	CHECK_EQ(request.mem, 4 * GB);
	CHECK_EQ(request.below4g, 0);
	CHECK_EQ(parse("01:00.0,0001:02:1f.7 mem=512M,below4g=0x40000K "), 0);
	CHECK_EQ(request.devices, 2);
	CHECK_EQ(request.dev[1].segment, 1);
	CHECK_EQ(request.dev[1].devfn, 0xff);
	CHECK_EQ(request.mem, 512 * MB);
	CHECK_EQ(request.below4g, 256 * MB);
	CHECK_EQ(parse("01:00.0 mem=0x10000000"), 0);
	CHECK_EQ(request.mem, 256 * MB);
}

TEST("what cannot be understood is said")
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", NO_MEM },
		{ "01:00.0", NO_MEM },
		{ "mem=1G", NO_MEM },
		{ "01:00.0 mem=", BAD_MEM },
		{ "01:00.0 (mem = )", BAD_MEM },
		{ "01:00.0 mem2=1G",
		  "expected vendor:device[:subvendor:subdevice], 4 digits each" },
		{ "01:00.0 mem=G", BAD_MEM },
		{ "01:00.0 mem=0x", BAD_MEM },
		{ "01:00.0 mem=0", BAD_MEM },
		{ "01:00.0 mem=4194304G", BAD_MEM },
		{ "01:00.0 mem=0x10000000000000", BAD_MEM },
		{ "01:00.0 mem=0x10000000000000000", BAD_MEM },
		{ "01:00.0 mem=1T", BAD_MEM },
		{ "01:00.0 mem=1G mem=1G", BAD_MEM },
		{ "01:00.0 mem=1G,below4g=", BAD_LOW },
		{ "01:00.0 mem=1G,below4g=1G,below4g=1G", BAD_LOW },
		{ "01:00.0 mem", "expected vendor:device[:subvendor:subdevice], 4 digits each" },
		{ "01:00.0 mem 1G", "expected vendor:device[:subvendor:subdevice], 4 digits each" },
		{ "(01:00.0 mem=1G", "no ')' closes this entry" },
		{ "8086:10c9 mem=1G", "expected the address of a device: DDDD:BB:DD.F" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK_EQ(parse(bad[i].text), -EINVAL);
		CHECK_STREQ(why, bad[i].why);
	}
}

TEST("a request is a list like others: its order, blanks and separators are free (case N4)")
{
	CHECK_EQ(parse("'(01:00.0)',, 02:00.0,3-4; MEM = 1G below4g=1G,"), 0);
	CHECK_EQ(request.devices, 4);
	CHECK_EQ(request.dev[3].devfn, 4);
	CHECK_EQ(request.mem, GB);
	CHECK_EQ(request.below4g, GB);
	CHECK_EQ(parse("mem  =  1G 01:00.0"), 0);
}

TEST("more devices than there is room for")
{
	char text[IE_PRE_DEVICES * 8 + 32];
	size_t i, n = 0;

	for (i = 0; i < IE_PRE_DEVICES; i++)
		n += scnprintf(text + n, sizeof(text) - n, "%s01:%02zx.0", i ? "," : "", i);
	CHECK_EQ(ie_pre_parse(text, n, &request, &why), -EINVAL);
	CHECK_EQ(request.devices, IE_PRE_DEVICES);
	CHECK_STREQ(why, NO_MEM);
	n += scnprintf(text + n, sizeof(text) - n, ",02:00.0");
	CHECK_EQ(ie_pre_parse(text, n, &request, &why), -EINVAL);
	CHECK_STREQ(why, "more than 32 devices");
}

static void ranges(u64 mem, u64 below4g, unsigned int count, u64 low_end, u64 high_end)
{
	struct ie_pre_layout layout;

	ie_pre_q35(mem, below4g, &layout);
	REQUIRE(layout.count == count);
	if (count > 1)
		CHECK_EQ(layout.range[1].end, low_end - 1);
	if (count > 2) {
		CHECK_EQ(layout.range[2].start, 4 * GB);
		CHECK_EQ(layout.range[2].end, high_end - 1);
	}
}

TEST("where q35 puts its RAM")
{
	ranges(512 * 1024, 0, 1, 0, 0);
	ranges(1 * GB, 0, 2, 1 * GB, 0);
	ranges(2815 * MB, 0, 2, 2815 * MB, 0);
	ranges(2816 * MB, 0, 3, 2 * GB, 4 * GB + 768 * MB);
	ranges(8 * GB, 0, 3, 2 * GB, 10 * GB);
	ranges(8 * GB, 3 * GB, 3, 2 * GB, 10 * GB);
	ranges(2 * GB, 1 * GB, 3, 1 * GB, 5 * GB);
}

static void ask(const char *text)
{
	CHECK_EQ(parse(text), 0);
	question = (struct ie_pre_question) {
		.request = &request, .region = region, .others = "",
	};
}

static void reserved(u8 device, u64 start, u64 end, bool relaxable)
{
	region[question.regions++] = (struct ie_pre_region) { { start, end }, device, relaxable };
}

static void answer_is(const char *text)
{
	CHECK_EQ(ie_pre_answer(&question, answer, sizeof(answer)), strlen(text));
	CHECK_STREQ(answer, text);
}

TEST("nothing is reserved")
{
	ask("01:00.0 mem=4G");
	answer_is("strict=yes reserve=yes map=yes relaxed=yes\n");
}

TEST("reserved outside of RAM: all but strict; a VF would do")
{
	ask("01:00.0 mem=4G");
	reserved(0, 0xbb800000, 0xbbffffff, false);
	question.has_vfs = 1;
	answer_is("strict=no reserve=yes map=yes relaxed=yes\n"
		  "0000:01:00.0 0xbb800000-0xbbffffff is outside of the guest's RAM\n"
		  "  strict: refused\n"
		  "  reserve: given, what firmware does there fails\n"
		  "  map: given, what firmware does there works\n"
		  "  relaxed: given, what firmware does there fails\n"
		  "do: use a VF of 0000:01:00.0, for VFs nothing is reserved\n"
		  "do: policy map\n");
}

TEST("reserved in RAM: only relaxed; a limit keeps RAM away; a device is named once")
{
	ask("01:00.0,02:00.0 mem=4G");
	reserved(0, 0x38000000, 0x3800ffff, false);
	reserved(0, 0x39000000, 0x3900ffff, false);
	reserved(1, 0x37f80000, 0x37f8ffff, true);
	question.has_vfs = 3;
	answer_is("strict=no reserve=no map=no relaxed=yes\n"
		  "0000:01:00.0 0x38000000-0x3800ffff is in the guest's RAM\n"
		  "  strict: refused\n"
		  "  reserve, map: refused when QEMU maps its RAM there\n"
		  "  relaxed: given, what firmware writes there lands in the guest's RAM\n"
		  "0000:01:00.0 0x39000000-0x3900ffff is in the guest's RAM\n"
		  "  strict: refused\n"
		  "  reserve, map: refused when QEMU maps its RAM there\n"
		  "  relaxed: given, what firmware writes there lands in the guest's RAM\n"
		  "0000:02:00.0 0x37f80000-0x37f8ffff is reserved at boot only, in the guest's RAM\n"
		  "  given by Linux itself\n"
		  "do: use a VF of 0000:01:00.0, for VFs nothing is reserved\n"
		  "do: policy map, and keep RAM away: max-ram-below-4g=895M\n");
	/* What it says holds. */
	ask("01:00.0 mem=4G,below4g=895M");
	question.regions = 3;
	ie_pre_answer(&question, answer, sizeof(answer));
	CHECK(!strncmp(answer, "strict=no reserve=yes map=yes", 29));
}

TEST("no limit helps: too low, or above 4 GB")
{
	ask("01:00.0 mem=4G");
	reserved(0, 0xe8000, 0xe8fff, false);
	question.others = "0000:01:00.1 0000:01:00.2";
	answer_is("strict=no reserve=no map=no relaxed=yes\n"
		  "0000:01:00.0 0xe8000-0xe8fff is in the guest's RAM\n"
		  "  strict: refused\n"
		  "  reserve, map: refused when QEMU maps its RAM there\n"
		  "  relaxed: given, what firmware writes there lands in the guest's RAM\n"
		  "do: another machine; no limit below 4 GB keeps RAM away\n"
		  "do: give the whole set, or leave it without drivers: 0000:01:00.1 0000:01:00.2\n");
	ask("01:00.0 mem=4G");
	reserved(0, 4 * GB, 4 * GB + 0xfff, false);
	ie_pre_answer(&question, answer, sizeof(answer));
	CHECK(strstr(answer, "do: another machine"));
}

TEST("an answer that does not fit is cut off")
{
	ask("01:00.0 mem=4G");
	reserved(0, 0xe8000, 0xe8fff, false);
	CHECK_EQ(ie_pre_answer(&question, answer, 50), 49);
	CHECK_EQ(answer[49], '\0');
}
