// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of stateless tickets
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "ticket.h"

#define LIFE_MS	3600000
#define ID	"spiffe://td.example/client"

/* A key, a ticket under it, and room to open it */
struct world {
	struct rpt_ticket_key key;
	struct rpt_ticket_key other;
	struct rpt_ticket_state in;
	struct rpt_ticket_state out;
	u8 ticket[RPT_TICKET_MAX];
	size_t len;
	u8 buf[RPT_TICKET_MAX];
};

static struct world *world(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	memset(w->key.name, 'n', sizeof(w->key.name));
	memset(w->key.secret, 's', sizeof(w->key.secret));
	memset(w->other.name, 'o', sizeof(w->other.name));
	memset(w->other.secret, 't', sizeof(w->other.secret));
	w->in.hash = RPT_HASH_SHA384;
	w->in.psk_len = 48;
	memset(w->in.psk, 0xa5, 48);
	w->in.age_add = 0xfffffff0;
	w->in.issued_ms = 1000000;
	w->in.expires_ms = 4600000;
	w->in.since = -5;
	w->in.until = 0x123456789aLL;
	w->in.generation = 0xfedcba9876543210ULL;
	memset(w->in.binding, 0x5a, sizeof(w->in.binding));
	w->in.peer_cert = true;
	w->in.peer_id.data = (const u8 *)ID;
	w->in.peer_id.len = strlen(ID);
	return w;
}

static void seal(struct kunit *test, struct world *w)
{
	KUNIT_ASSERT_EQ(test, 0, rpt_ticket_seal(&w->key, &w->in, w->ticket,
						 sizeof(w->ticket), &w->len));
}

static int opened(struct world *w)
{
	return rpt_ticket_open(&w->key, w->ticket, w->len, w->buf,
			       sizeof(w->buf), &w->out);
}

static void test_round_trip(struct kunit *test)
{
	struct world *w = world(test);
	size_t len;
	u8 *first;

	seal(test, w);
	KUNIT_ASSERT_EQ(test, 0, opened(w));
	KUNIT_EXPECT_EQ(test, w->in.hash, w->out.hash);
	KUNIT_EXPECT_EQ(test, w->in.psk_len, w->out.psk_len);
	KUNIT_EXPECT_MEMEQ(test, w->in.psk, w->out.psk, 48);
	KUNIT_EXPECT_EQ(test, w->in.age_add, w->out.age_add);
	KUNIT_EXPECT_EQ(test, w->in.issued_ms, w->out.issued_ms);
	KUNIT_EXPECT_EQ(test, w->in.expires_ms, w->out.expires_ms);
	KUNIT_EXPECT_EQ(test, w->in.since, w->out.since);
	KUNIT_EXPECT_EQ(test, w->in.until, w->out.until);
	KUNIT_EXPECT_EQ(test, w->in.generation, w->out.generation);
	KUNIT_EXPECT_MEMEQ(test, w->in.binding, w->out.binding,
			   sizeof(w->in.binding));
	KUNIT_EXPECT_TRUE(test, w->out.peer_cert);
	KUNIT_ASSERT_EQ(test, strlen(ID), w->out.peer_id.len);
	KUNIT_EXPECT_MEMEQ(test, (const u8 *)ID, w->out.peer_id.data, strlen(ID));

	/* no two are alike, and nothing of it can be seen */
	len = w->len;
	first = kunit_kzalloc(test, len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, first);
	memcpy(first, w->ticket, len);
	seal(test, w);
	KUNIT_ASSERT_EQ(test, len, w->len);
	KUNIT_EXPECT_MEMNEQ(test, first + RPT_TICKET_NAME_LEN,
			    w->ticket + RPT_TICKET_NAME_LEN,
			    len - RPT_TICKET_NAME_LEN);

	/* nobody's client, of the other hash */
	w->in.hash = RPT_HASH_SHA256;
	w->in.psk_len = 32;
	w->in.peer_cert = false;
	w->in.peer_id.len = 0;
	seal(test, w);
	KUNIT_ASSERT_EQ(test, 0, opened(w));
	KUNIT_EXPECT_EQ(test, 32, w->out.psk_len);
	KUNIT_EXPECT_FALSE(test, w->out.peer_cert);
	KUNIT_EXPECT_EQ(test, 0, w->out.peer_id.len);
}

/* What fits, and that the length of a short name does not show */
static void test_sizes(struct kunit *test)
{
	struct world *w = world(test);
	static u8 id[RPT_SPIFFE_MAX + 1];
	size_t len;

	seal(test, w);
	len = w->len;
	w->in.peer_id.len--;
	seal(test, w);
	KUNIT_EXPECT_EQ(test, len, w->len);

	memset(id, 'i', sizeof(id));
	w->in.peer_id.data = id;
	w->in.peer_id.len = RPT_SPIFFE_MAX;
	seal(test, w);
	KUNIT_ASSERT_EQ(test, 0, opened(w));
	KUNIT_EXPECT_EQ(test, RPT_SPIFFE_MAX, w->out.peer_id.len);
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			rpt_ticket_seal(&w->key, &w->in, w->ticket, w->len - 1,
					&len));
	KUNIT_EXPECT_EQ(test, 0, len);
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			rpt_ticket_seal(&w->key, &w->in, w->ticket,
					RPT_TICKET_OVERHEAD - 1, &len));
	seal(test, w);
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			rpt_ticket_open(&w->key, w->ticket, w->len, w->buf,
					w->len - RPT_TICKET_OVERHEAD - 1, &w->out));

	/* sealed by a mistake of ours: not believed either */
	w->in.peer_id.len = RPT_SPIFFE_MAX + 1;
	seal(test, w);
	KUNIT_EXPECT_EQ(test, -EBADMSG, opened(w));
	w->in.peer_id.len = 1;
	w->in.psk_len = 32;
	seal(test, w);
	KUNIT_EXPECT_EQ(test, -EBADMSG, opened(w));
	w->in.psk_len = 48;
	w->in.hash = RPT_HASH_SHA512;
	seal(test, w);
	KUNIT_EXPECT_EQ(test, -EBADMSG, opened(w));
}

static bool all_zero(const struct rpt_ticket_state *state)
{
	return !memchr_inv(state, 0, sizeof(*state));
}

/* Forged: any bit of it, any length of it */
static void test_forged(struct kunit *test)
{
	struct world *w = world(test);
	size_t i, len;

	seal(test, w);
	len = w->len;
	for (i = 0; i < len; i++) {
		w->ticket[i] ^= 1 << (i & 7);
		KUNIT_ASSERT_EQ(test, -EBADMSG, opened(w));
		KUNIT_ASSERT_TRUE(test, all_zero(&w->out));
		w->ticket[i] ^= 1 << (i & 7);
	}
	for (w->len = 0; w->len < len; w->len++)
		KUNIT_ASSERT_EQ(test, -EBADMSG, opened(w));
	w->len = len + 1;
	KUNIT_EXPECT_EQ(test, -EBADMSG, opened(w));
	w->len = len;
	KUNIT_EXPECT_EQ(test, 0, opened(w));
}

/* Of another namespace: under another key, whatever it is called */
static void test_foreign(struct kunit *test)
{
	struct world *w = world(test);

	seal(test, w);
	KUNIT_EXPECT_TRUE(test, rpt_ticket_is_under(&w->key, w->ticket, w->len));
	KUNIT_EXPECT_FALSE(test, rpt_ticket_is_under(&w->other, w->ticket, w->len));
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			rpt_ticket_open(&w->other, w->ticket, w->len, w->buf,
					sizeof(w->buf), &w->out));
	memcpy(w->other.name, w->key.name, sizeof(w->key.name));
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			rpt_ticket_open(&w->other, w->ticket, w->len, w->buf,
					sizeof(w->buf), &w->out));
	KUNIT_EXPECT_TRUE(test, all_zero(&w->out));
}

static const struct age {
	const char *name;
	u32 age;	/* what the client says */
	s64 now;	/* since the ticket was made */
	bool ok;
	u64 life;	/* that tickets have today, 0: as they had then */
} ages[] = {
	{ "at once", 0, 0, true },
	{ "in time", 100000, 100000, true },
	{ "a clock that is a little fast", 110000, 100000, true },
	{ "older than it can be", 110001, 100000, false },
	{ "read late", 0, 3599999, true },
	{ "expired", 3600000, 3600000, false },
	{ "expired, says otherwise", 0, 3600000, false },
	{ "not made yet", 0, -1, false },
	{ "tickets live longer today", 0, 3600000, false, 604800000 },
	{ "tickets live shorter today", 0, 59999, true, 60000 },
	{ "tickets lived longer then", 0, 60000, false, 60000 },
	{ "the client's clock was set back", (u32)-1000, 100000, false },
};

KUNIT_ARRAY_PARAM_DESC(age, ages, name);

static void test_age(struct kunit *test)
{
	const struct age *a = test->param_value;
	struct world *w = world(test);
	u64 now = w->in.issued_ms + a->now;

	KUNIT_EXPECT_EQ(test, a->ok,
			rpt_ticket_age_ok(&w->in, a->age + w->in.age_add,
					  a->life ?: LIFE_MS, now));
}

/* What one side says is what the other reads, wrap-around included */
static void test_age_written(struct kunit *test)
{
	struct world *w = world(test);
	u32 said = rpt_ticket_age(5000, 105000, w->in.age_add);

	KUNIT_EXPECT_EQ(test, 100000 + w->in.age_add, said);
	KUNIT_EXPECT_TRUE(test, rpt_ticket_age_ok(&w->in, said, LIFE_MS, 1090000));
	KUNIT_EXPECT_FALSE(test, rpt_ticket_age_ok(&w->in, said, LIFE_MS, 1089999));
}

static struct kunit_case ticket_cases[] = {
	KUNIT_CASE(test_round_trip),
	KUNIT_CASE(test_sizes),
	KUNIT_CASE(test_forged),
	KUNIT_CASE(test_foreign),
	KUNIT_CASE_PARAM(test_age, age_gen_params),
	KUNIT_CASE(test_age_written),
	{}
};

static struct kunit_suite ticket_suite = {
	.name = "riptides_ticket",
	.test_cases = ticket_cases,
};

kunit_test_suite(ticket_suite);

MODULE_LICENSE("GPL");
