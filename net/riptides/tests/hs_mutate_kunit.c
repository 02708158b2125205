// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the handshake: every byte that is sent, changed
 *
 * A handshake goes on flight by flight.  Before a flight arrives, both sides
 * are copied; then it arrives in each changed form, and everything may go on
 * from there as it likes: nobody may end up believing in the connection.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hs_test.h"

#define FLIGHT_MAX	4096
#define FLIGHTS_MAX	8

/* One bit of each byte in the kernel, each bit in user space */
#ifdef RPT_USER_ENGINE
#define BITS	8
#else
#define BITS	1
#endif

enum mode { FULL, RETRY, PSK };

struct mutate {
	const char *name;
	enum mode mode;
};

static const struct mutate modes[] = {
	{ "full", FULL }, { "retry with cookie", RETRY }, { "psk", PSK },
};

KUNIT_ARRAY_PARAM_DESC(mode, modes, name);

/**
 * struct flight - bytes on their way
 * @t: the pair
 * @from: who sent them
 * @to: who is to get them
 * @from_done: the sender believes already
 * @len: length of @data
 * @data: the bytes
 * @copy: the same, changed
 * @runs: how many changed flights were tried
 */
struct flight {
	struct hs_test *t;
	struct hs_test_side *from;
	struct hs_test_side *to;
	bool from_done;
	size_t len;
	u8 data[FLIGHT_MAX];
	u8 copy[FLIGHT_MAX];
	unsigned int runs;
};

static struct hs_test *pair_new(struct kunit *test, enum mode mode)
{
	struct hs_test *t = hs_test_new(test);
	struct rpt_psk *psk = kunit_kzalloc(test, sizeof(*psk), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, psk);
	psk->identity = (const u8 *)"id";
	psk->identity_len = 2;
	psk->secret_len = 32;
	if (mode == PSK) {
		t->c.p.psks = psk;
		t->c.p.n_psks = 1;
		t->s.psks[0] = *psk;
		t->s.n_psks = 1;
	}
	t->s.p.force_retry = mode == RETRY;
	t->c.p.server_name = "host";
	t->c.p.alpn = (const u8 *)"\x02h2";
	t->c.p.alpn_len = 3;
	t->s.p.alpn = t->c.p.alpn;
	t->s.p.alpn_len = 3;
	hs_test_create(t);
	return t;
}

/* The next flight, and both sides as they are before it arrives */
static bool flight_next(struct flight *f, bool to_server)
{
	const u8 *out;

	f->from = to_server ? &f->t->c : &f->t->s;
	f->to = to_server ? &f->t->s : &f->t->c;
	out = rpt_hs_output(f->from->hs, &f->len);
	if (!f->len)
		return false;
	KUNIT_ASSERT_LE(f->t->test, f->len, FLIGHT_MAX);
	memcpy(f->data, out, f->len);
	rpt_hs_output_done(f->from->hs, f->len);
	f->from_done = rpt_hs_is_done(f->from->hs);
	hs_test_save(f->t, f->from);
	hs_test_save(f->t, f->to);
	return true;
}

static void flight_back(struct flight *f)
{
	hs_test_restore(f->from);
	hs_test_restore(f->to);
}

/* Deliver it, let all go on; does anybody believe who should not? */
static bool flight_believed(struct flight *f, const u8 *data, size_t len)
{
	bool believed;

	f->runs++;
	hs_test_feed(f->to, data, len);
	hs_test_run(f->t, 0);
	believed = rpt_hs_is_done(f->to->hs) ||
		   (!f->from_done && rpt_hs_is_done(f->from->hs));
	/* Who refuses says so, once, and stays with it */
	if (f->to->err && f->to->err != rpt_hs_error(f->to->hs))
		KUNIT_FAIL(f->t->test, "%d, but %d", f->to->err,
			   rpt_hs_error(f->to->hs));
	flight_back(f);
	return believed;
}

static size_t record_len(const struct flight *f, size_t at)
{
	return RPT_RECORD_HDR + get_unaligned_be16(f->data + at + 3);
}

/*
 * RFC 8446 section 5.1: legacy_record_version MUST be ignored; in a protected
 * record it is part of the additional data, though.
 */
static bool is_ignored(const struct flight *f, size_t i)
{
	size_t at = 0;

	while (at + record_len(f, at) <= i)
		at += record_len(f, at);
	return f->data[at] != RPT_CT_APPLICATION_DATA &&
	       (i == at + 1 || i == at + 2);
}

static void flight_flip(struct flight *f)
{
	struct kunit *test = f->t->test;
	unsigned int bit, n;
	bool believed;
	size_t i;

	for (i = 0; i < f->len; i++) {
		for (n = 0; n < BITS; n++) {
			bit = (i + n) % 8;
			memcpy(f->copy, f->data, f->len);
			f->copy[i] ^= BIT(bit);
			believed = flight_believed(f, f->copy, f->len);
			KUNIT_EXPECT_EQ_MSG(test, is_ignored(f, i), believed,
					    "byte %zu of %zu, bit %u", i, f->len,
					    bit);
		}
	}
}

/* Cut short it may wait for more, but not believe */
static void flight_cut(struct flight *f)
{
	struct kunit *test = f->t->test;
	size_t i;

	for (i = 0; i < f->len; i += f->len / 50 + 1)
		KUNIT_EXPECT_FALSE_MSG(test, flight_believed(f, f->data, i),
				       "%zu of %zu", i, f->len);
}

/* Records left out or sent twice; change_cipher_spec does not matter */
static void flight_records(struct flight *f)
{
	struct kunit *test = f->t->test;
	size_t at, n, left;
	bool ccs;

	for (at = 0; at < f->len; at += n) {
		n = record_len(f, at);
		left = f->len - at - n;
		ccs = f->data[at] == RPT_CT_CHANGE_CIPHER_SPEC;

		memcpy(f->copy, f->data, at);
		memcpy(f->copy + at, f->data + at + n, left);
		KUNIT_EXPECT_EQ_MSG(test, ccs,
				    flight_believed(f, f->copy, f->len - n),
				    "record at %zu left out", at);

		/* The last one is not read again: it is somebody else's */
		if (!left || f->len + n > FLIGHT_MAX)
			continue;
		memcpy(f->copy, f->data, at + n);
		memcpy(f->copy + at + n, f->data + at, n + left);
		KUNIT_EXPECT_EQ_MSG(test, ccs,
				    flight_believed(f, f->copy, f->len + n),
				    "record at %zu twice", at);
	}
}

static void test_flights(struct kunit *test)
{
	const struct mutate *m = test->param_value;
	struct flight *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	bool to_server = true;
	unsigned int n = 0;

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->t = pair_new(test, m->mode);
	while (flight_next(f, to_server)) {
		KUNIT_ASSERT_LT(test, n++, FLIGHTS_MAX);
		flight_flip(f);
		flight_cut(f);
		flight_records(f);
		/* As it was meant */
		hs_test_feed(f->to, f->data, f->len);
		KUNIT_ASSERT_EQ(test, 0, f->to->err);
		to_server = !to_server;
	}
	KUNIT_EXPECT_EQ(test, m->mode == RETRY ? 5 : 3, n);
	kunit_info(test, "%s: %u changed flights", m->name, f->runs);
	hs_test_expect_done(f->t);
	hs_test_destroy(f->t);
}

/* The messages within the protected records of a flight, without padding */
static size_t flight_open(struct flight *f, u8 *msgs)
{
	struct rpt_record_key key = f->to->hs->rx;
	struct kunit *test = f->t->test;
	size_t at, n, len = 0, plain_len;
	u8 type, *plain;

	memcpy(f->copy, f->data, f->len);
	for (at = 0; at < f->len; at += n) {
		n = record_len(f, at);
		if (f->data[at] != RPT_CT_APPLICATION_DATA)
			continue;
		KUNIT_ASSERT_EQ(test, 0, rpt_record_open(&key, f->copy + at, n,
							 &type, &plain,
							 &plain_len));
		memcpy(msgs + len, plain, plain_len);
		len += plain_len;
	}
	return len;
}

/*
 * A peer that has the right keys, but changes what its handshake says: each
 * byte of each protected message, all of them in one record.
 */
static void inner_flip(struct flight *f)
{
	struct kunit *test = f->t->test;
	u8 *msgs = kunit_kzalloc(test, FLIGHT_MAX, GFP_KERNEL);
	size_t len, i;

	KUNIT_ASSERT_NOT_NULL(test, msgs);
	len = flight_open(f, msgs);
	KUNIT_ASSERT_GT(test, len, 0);
	for (i = 0; i < len; i++) {
		msgs[i] ^= BIT(i % 8);
		hs_test_feed_msg(f->t, f->to, msgs, len);
		hs_test_run(f->t, 0);
		KUNIT_EXPECT_FALSE_MSG(test, rpt_hs_is_done(f->to->hs),
				       "byte %zu of %zu", i, len);
		msgs[i] ^= BIT(i % 8);
		flight_back(f);
		f->runs++;
	}
	/* Unchanged, but in one record: fine */
	KUNIT_EXPECT_EQ(test, 0, hs_test_feed_msg(f->t, f->to, msgs, len));
	KUNIT_EXPECT_TRUE(test, rpt_hs_is_done(f->to->hs));
	flight_back(f);
}

static void test_messages(struct kunit *test)
{
	struct flight *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	size_t len;
	const u8 *out;

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->t = pair_new(test, FULL);
	hs_test_pump(&f->t->c, &f->t->s, 0);
	/* ServerHello first, as it changes the keys */
	out = rpt_hs_output(f->t->s.hs, &len);
	len = RPT_RECORD_HDR + get_unaligned_be16(out + 3);
	KUNIT_ASSERT_EQ(test, 0, hs_test_feed(&f->t->c, out, len));
	rpt_hs_output_done(f->t->s.hs, len);
	KUNIT_ASSERT_TRUE(test, flight_next(f, false));
	inner_flip(f);
	hs_test_feed(f->to, f->data, f->len);
	KUNIT_ASSERT_EQ(test, 0, f->to->err);
	KUNIT_ASSERT_TRUE(test, flight_next(f, true));
	inner_flip(f);
	hs_test_feed(f->to, f->data, f->len);
	kunit_info(test, "%u changed messages", f->runs);
	hs_test_expect_done(f->t);
	hs_test_destroy(f->t);
}

static struct kunit_case hs_mutate_cases[] = {
	KUNIT_CASE_PARAM_ATTR(test_flights, mode_gen_params,
			      {.speed = KUNIT_SPEED_SLOW}),
	KUNIT_CASE_SLOW(test_messages),
	{}
};

static struct kunit_suite hs_mutate_suite = {
	.name = "riptides_hs_mutate",
	.test_cases = hs_mutate_cases,
};

kunit_test_suite(hs_mutate_suite);

MODULE_DESCRIPTION("KUnit tests of the handshake with changed bytes");
MODULE_LICENSE("GPL");
