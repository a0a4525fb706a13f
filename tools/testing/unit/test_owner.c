// SPDX-License-Identifier: GPL-2.0
/* Who has a device: owner_core.c. */
#include "ktap.h"
#include "owner_core.h"

static struct pbng_ownership own;

static void in(unsigned int state, bool owned)
{
	own = (struct pbng_ownership) { .state = state, .owned = owned };
}

static int happens(unsigned int event)
{
	return pbng_owner_event(&own, event);
}

TEST("a device is claimed, given, taken back, removed")
{
	in(PBNG_FREE, false);
	CHECK_EQ(happens(PBNG_CLAIM), 0);
	CHECK_EQ(own.state, PBNG_RESETTING);
	CHECK_EQ(happens(PBNG_RESET_OK), 0);
	CHECK_EQ(own.state, PBNG_CLAIMED);
	CHECK_EQ(happens(PBNG_GIVE), 0);
	CHECK_EQ(own.state, PBNG_ASSIGNED);
	CHECK(own.owned);
	CHECK_EQ(happens(PBNG_TAKE_BACK), 0);
	CHECK_EQ(own.state, PBNG_RESETTING);
	CHECK(!own.owned);
	CHECK_EQ(happens(PBNG_RESET_OK), 0);
	CHECK_EQ(own.state, PBNG_CLAIMED);
	CHECK_EQ(happens(PBNG_REMOVE), 0);
	CHECK_EQ(own.state, PBNG_GONE);
}

TEST("an owner keeps its device over a reset")
{
	in(PBNG_ASSIGNED, true);
	CHECK_EQ(happens(PBNG_RESET), 0);
	CHECK_EQ(own.state, PBNG_RESETTING);
	CHECK(own.owned);
	CHECK_EQ(happens(PBNG_RESET_OK), 0);
	CHECK_EQ(own.state, PBNG_ASSIGNED);
}

TEST("a failed reset quarantines, a later one that works cures")
{
	in(PBNG_RESETTING, false);
	CHECK_EQ(happens(PBNG_RESET_FAILED), 0);
	CHECK_EQ(own.state, PBNG_QUARANTINED);
	CHECK_EQ(happens(PBNG_GIVE), -EIO);
	CHECK(!own.owned);
	CHECK_EQ(happens(PBNG_TAKE_BACK), -EINVAL);
	CHECK_EQ(happens(PBNG_RESET), 0);
	CHECK_EQ(happens(PBNG_RESET_OK), 0);
	CHECK_EQ(own.state, PBNG_CLAIMED);
	CHECK_EQ(happens(PBNG_GIVE), 0);
}

TEST("an owner whose device is quarantined can still give it back")
{
	in(PBNG_ASSIGNED, true);
	CHECK_EQ(happens(PBNG_CONTAIN), 0);
	CHECK_EQ(own.state, PBNG_QUARANTINED);
	CHECK(own.owned);
	CHECK_EQ(happens(PBNG_RESET), 0);
	CHECK_EQ(happens(PBNG_RESET_FAILED), 0);
	CHECK(own.owned);
	CHECK_EQ(happens(PBNG_TAKE_BACK), 0);
	CHECK_EQ(own.state, PBNG_RESETTING);
	CHECK(!own.owned);
	CHECK_EQ(happens(PBNG_RESET_OK), 0);
	CHECK_EQ(own.state, PBNG_CLAIMED);
}

TEST("one owner at a time, and none during a reset")
{
	in(PBNG_ASSIGNED, true);
	CHECK_EQ(happens(PBNG_GIVE), -EBUSY);
	in(PBNG_RESETTING, false);
	CHECK_EQ(happens(PBNG_GIVE), -EBUSY);
	CHECK_EQ(happens(PBNG_RESET), -EBUSY);
	CHECK(!own.owned);
}

TEST("nothing can happen to a device that is not ours")
{
	unsigned int event;

	for (event = 0; event < PBNG_EVENTS; event++) {
		in(PBNG_GONE, false);
		CHECK_EQ(happens(event), -ENODEV);
		CHECK_EQ(own.state, PBNG_GONE);
	}
	for (event = PBNG_GIVE; event < PBNG_REMOVE; event++) {
		in(PBNG_FREE, false);
		CHECK_EQ(happens(event), -ENODEV);
	}
	CHECK_EQ(happens(PBNG_REMOVE), 0);
}

/* What holds in every state, whatever happens in whatever order. */
TEST("no order of events breaks the promises")
{
	unsigned int i, event, rnd = 1;
	struct pbng_ownership before;
	int err;

	in(PBNG_FREE, false);
	for (i = 0; i < 200000; i++) {
		rnd = rnd * 1103515245 + 12345;
		event = (rnd >> 16) % PBNG_EVENTS;
		before = own;
		err = happens(event);
		if (err) {
			CHECK_EQ(own.state, before.state);
			CHECK_EQ(own.owned, before.owned);
		}
		if (own.state == PBNG_ASSIGNED)
			CHECK(own.owned);
		if (own.state == PBNG_CLAIMED || own.state == PBNG_GONE)
			CHECK(!own.owned);
		if (!before.owned && own.owned)
			CHECK(event == PBNG_GIVE && before.state == PBNG_CLAIMED);
		if (own.state == PBNG_GONE)
			in(PBNG_FREE, false);
	}
}

TEST("what is no event and no state is refused")
{
	in(PBNG_CLAIMED, false);
	CHECK_EQ(happens(PBNG_EVENTS), -EINVAL);
	CHECK_EQ(happens(PBNG_CLAIM), -EINVAL);
	CHECK_EQ(happens(PBNG_RESET_OK), -EINVAL);
	in(PBNG_STATES, false);
	CHECK_EQ(happens(PBNG_GIVE), -EINVAL);
}

TEST("every state has its name")
{
	CHECK_STREQ(pbng_state_name(PBNG_FREE), "free");
	CHECK_STREQ(pbng_state_name(PBNG_CLAIMED), "claimed");
	CHECK_STREQ(pbng_state_name(PBNG_ASSIGNED), "assigned");
	CHECK_STREQ(pbng_state_name(PBNG_RESETTING), "resetting");
	CHECK_STREQ(pbng_state_name(PBNG_QUARANTINED), "quarantined");
	CHECK_STREQ(pbng_state_name(PBNG_GONE), "gone");
	CHECK_STREQ(pbng_state_name(PBNG_STATES), "?");
}

/*
 * What each event does in each state, without an owner and with one: the letter
 * of the next state, in capitals when it has an owner then; or b busy, s sick,
 * n not ours, - cannot be.
 */
static const struct {
	unsigned int event;
	const char *nobody, *owned;
} whole_table[] = {
	/*		       fcarqg    fcarqg */
	{ PBNG_CLAIM,	      "r----n", "R----n" },
	{ PBNG_GIVE,	      "nAbbsn", "nAbbsn" },
	{ PBNG_RESET,	      "nrrbrn", "nRRbRn" },
	{ PBNG_TAKE_BACK,     "n----n", "n-rrrn" },
	{ PBNG_RESET_OK,      "n--c-n", "n--A-n" },
	{ PBNG_RESET_FAILED,  "n--q-n", "n--Q-n" },
	{ PBNG_CONTAIN,	      "nqqqqn", "nQQQQn" },
	{ PBNG_REMOVE,	      "gggggn", "gggggn" },
};

static char letter(int err)
{
	static const char small[] = "fcarqg", capital[] = "FCARQG";

	switch (err) {
	case 0:
		return (own.owned ? capital : small)[own.state];
	case -EBUSY:
		return 'b';
	case -EIO:
		return 's';
	case -ENODEV:
		return 'n';
	case -EINVAL:
		return '-';
	}
	return '?';
}

static void try_event(unsigned int row, unsigned int state, bool owned)
{
	const char *want = owned ? whole_table[row].owned : whole_table[row].nobody;
	int err;

	in(state, owned);
	err = happens(whole_table[row].event);
	if (letter(err) != want[state])
		ktap_fail(__FILE__, __LINE__, "event %u in state %u, owned %d: %c, not %c",
			  whole_table[row].event, state, owned, letter(err), want[state]);
	if (err)
		CHECK(own.state == state && own.owned == owned);
}

TEST("every event does in every state what the table says, and a refused one nothing")
{
	unsigned int i, state, owned;

	CHECK_EQ(ARRAY_SIZE(whole_table), PBNG_EVENTS);
	for (i = 0; i < ARRAY_SIZE(whole_table); i++)
		for (state = 0; state < PBNG_STATES; state++)
			for (owned = 0; owned < 2; owned++)
				try_event(i, state, owned);
}
