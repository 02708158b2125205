// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the handshake's records: contents that only a peer with the
 * keys can make, output that does not fit, and the engine behind its ops
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include "engine.h"
#include "gcm.h"
#include "hs_test.h"

/* Seal any inner plaintext, whatever rpt_record_seal() thinks of it */
static int feed_inner(struct hs_test *t, struct hs_test_side *side,
		      const u8 *inner, size_t len)
{
	struct rpt_record_key *key = &side->hs->rx;
	size_t total = RPT_RECORD_HDR + len + RPT_TAG_LEN;
	u8 nonce[RPT_IV_LEN];
	unsigned int i;
	u8 *rec;
	int ret;

	KUNIT_ASSERT_EQ(t->test, RPT_AEAD_AES_128_GCM, key->suite->aead);
	rec = kzalloc(total, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(t->test, rec);
	rec[0] = RPT_CT_APPLICATION_DATA;
	put_unaligned_be16(RPT_TLS12, rec + 1);
	put_unaligned_be16(len + RPT_TAG_LEN, rec + 3);
	memcpy(rec + RPT_RECORD_HDR, inner, len);
	memcpy(nonce, key->iv, sizeof(nonce));
	for (i = 0; i < 8; i++)
		nonce[RPT_IV_LEN - 1 - i] ^= key->seq >> (8 * i);
	rpt_gcm_encrypt(&key->gcm, nonce, rec, RPT_RECORD_HDR,
			rec + RPT_RECORD_HDR, len, rec + RPT_RECORD_HDR + len);
	ret = hs_test_feed(side, rec, total);
	kfree(rec);
	return ret;
}

struct inner {
	const char *name;
	u8 type;
	size_t content;
	size_t padding;
	int err;
	u8 alert;
};

/* RFC 8446 sections 5.1, 5.2 and 5.4 */
static const struct inner inners[] = {
	{ "handshake, no padding", RPT_CT_HANDSHAKE, 1, 0 },
	{ "handshake, padding", RPT_CT_HANDSHAKE, 1, 100 },
	{ "longest padding", RPT_CT_HANDSHAKE, 1, 16383 },
	{ "longest content", RPT_CT_HANDSHAKE, 16384, 0 },
	{ "padding too long", RPT_CT_HANDSHAKE, 1, 16384,
	  -EMSGSIZE, RPT_ALERT_RECORD_OVERFLOW },
	{ "content too long", RPT_CT_HANDSHAKE, 16385, 0,
	  -EMSGSIZE, RPT_ALERT_RECORD_OVERFLOW },
	{ "nothing but padding", 0, 0, 50,
	  -EPROTO, RPT_ALERT_UNEXPECTED_MESSAGE },
	{ "one zero", 0, 0, 0, -EPROTO, RPT_ALERT_UNEXPECTED_MESSAGE },
	{ "empty handshake", RPT_CT_HANDSHAKE, 0, 0,
	  -EPROTO, RPT_ALERT_UNEXPECTED_MESSAGE },
	{ "empty handshake, padding", RPT_CT_HANDSHAKE, 0, 9,
	  -EPROTO, RPT_ALERT_UNEXPECTED_MESSAGE },
	{ "empty alert", RPT_CT_ALERT, 0, 0,
	  -EPROTO, RPT_ALERT_UNEXPECTED_MESSAGE },
	{ "protected change_cipher_spec", RPT_CT_CHANGE_CIPHER_SPEC, 1, 0,
	  -EPROTO, RPT_ALERT_UNEXPECTED_MESSAGE },
	{ "application data", RPT_CT_APPLICATION_DATA, 1, 0,
	  -EPROTO, RPT_ALERT_UNEXPECTED_MESSAGE },
	{ "heartbeat", RPT_CT_HEARTBEAT, 1, 0,
	  -EPROTO, RPT_ALERT_UNEXPECTED_MESSAGE },
	{ "type 255", 255, 1, 0, -EPROTO, RPT_ALERT_UNEXPECTED_MESSAGE },
};

KUNIT_ARRAY_PARAM_DESC(inner, inners, name);

static void test_inner(struct kunit *test)
{
	static const u8 start[] = { RPT_HS_CERTIFICATE, 0, 0x7f, 0 };
	const struct inner *v = test->param_value;
	size_t len = v->content + 1 + v->padding;
	u8 *inner = kunit_kzalloc(test, len, GFP_KERNEL);
	struct hs_test *t = hs_test_new(test);
	struct hs_test_side *side[] = { &t->c, &t->s };
	unsigned int i;
	u8 alert;

	KUNIT_ASSERT_NOT_NULL(test, inner);
	memset(inner, 1, v->content);
	memcpy(inner, start, min(v->content, sizeof(start)));
	inner[v->content] = v->type;
	for (i = 0; i < ARRAY_SIZE(side); i++) {
		hs_test_again(t);
		hs_test_until(t, side[i], RPT_HS_EXPECT_CERTIFICATE);
		KUNIT_EXPECT_EQ(test, v->err,
				feed_inner(t, side[i], inner, len));
		alert = 0xff;
		KUNIT_EXPECT_EQ(test, !!v->err,
				rpt_hs_alert_sent(side[i]->hs, &alert));
		if (v->err)
			KUNIT_EXPECT_EQ(test, v->alert, alert);
	}
	hs_test_destroy(t);
}

/* RFC 8446 section 5.3: sequence numbers never wrap */
static void test_sequence_end(struct kunit *test)
{
	struct hs_test *t = hs_test_new(test);
	u8 byte = RPT_HS_CERTIFICATE, alert = 0;

	hs_test_create(t);
	hs_test_until(t, &t->c, RPT_HS_EXPECT_CERTIFICATE);
	t->c.hs->rx.seq = U64_MAX;
	KUNIT_EXPECT_EQ(test, -EOVERFLOW,
			feed_inner(t, &t->c, &byte, 1));
	KUNIT_EXPECT_TRUE(test, rpt_hs_alert_sent(t->c.hs, &alert));
	KUNIT_EXPECT_EQ(test, RPT_ALERT_INTERNAL_ERROR, alert);

	hs_test_again(t);
	hs_test_until(t, &t->c, RPT_HS_EXPECT_FINISHED);
	t->c.hs->tx.seq = U64_MAX;
	hs_test_run(t, 0);
	KUNIT_EXPECT_EQ(test, -EOVERFLOW, t->c.err);
	hs_test_destroy(t);
}

/* Output that nobody fetches, at every size: an error, never an overrun */
static void test_output_full(struct kunit *test)
{
	struct hs_test *t = hs_test_new(test);
	unsigned int done = 0;
	size_t cap, full;
	int ret;

	hs_test_create(t);
	full = t->s.hs->out_cap;
	KUNIT_ASSERT_GT(test, full, 2048);
	for (cap = 24; cap < 2048; cap += 7) {
		hs_test_again(t);
		t->s.hs->out_cap = cap;
		hs_test_pump(&t->c, &t->s, 0);
		ret = t->s.err;
		KUNIT_EXPECT_LE(test, t->s.hs->out_len, t->s.hs->out_cap);
		if (!ret)
			done++;
		else
			KUNIT_EXPECT_EQ(test, -EMSGSIZE, ret);
	}
	KUNIT_EXPECT_GT(test, done, 0);

	/* The same cut into records of 64 bytes */
	t->c.p.record_size_limit = 64;
	for (cap = 24; cap < 2048; cap += 7) {
		hs_test_again(t);
		t->s.hs->out_cap = cap;
		hs_test_pump(&t->c, &t->s, 0);
		KUNIT_EXPECT_LE(test, t->s.hs->out_len, t->s.hs->out_cap);
		if (t->s.err)
			KUNIT_EXPECT_EQ(test, -EMSGSIZE, t->s.err);
	}

	/* A client's last flight, and a retry */
	t->c.p.record_size_limit = 0;
	for (cap = 24; cap < 1024; cap += 7) {
		hs_test_again(t);
		hs_test_pump(&t->c, &t->s, 0);
		t->c.hs->out_cap = cap;
		hs_test_pump(&t->s, &t->c, 0);
		KUNIT_EXPECT_LE(test, t->c.hs->out_len, t->c.hs->out_cap);
		KUNIT_EXPECT_EQ(test, !t->c.err, rpt_hs_is_done(t->c.hs));
	}
	t->s.p.force_retry = true;
	for (cap = 24; cap < 256; cap += 7) {
		hs_test_again(t);
		t->s.hs->out_cap = cap;
		hs_test_pump(&t->c, &t->s, 0);
		KUNIT_EXPECT_LE(test, t->s.hs->out_len, t->s.hs->out_cap);
	}

	/* A client whose first message does not fit */
	hs_test_destroy(t);
	t->c.hs = rpt_hs_create(&t->c.p, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->c.hs);
	t->c.hs->out_cap = 100;
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, rpt_hs_start(t->c.hs));
	hs_test_destroy(t);
}

/* A half-read record, a half-sent flight: what is left stays right */
static void test_output_in_pieces(struct kunit *test)
{
	struct hs_test *t = hs_test_new(test);
	size_t len, used, n;
	const u8 *out;

	t->s.p.force_retry = true;
	hs_test_create(t);
	hs_test_pump(&t->c, &t->s, 0);
	/* Half of the retry is fetched before the rest of it is */
	out = rpt_hs_output(t->s.hs, &len);
	n = len / 2;
	KUNIT_ASSERT_EQ(test, 0, rpt_hs_input(t->c.hs, out, n, &used));
	KUNIT_ASSERT_EQ(test, n, used);
	rpt_hs_output_done(t->s.hs, n);
	hs_test_run(t, 0);
	hs_test_expect_done(t);

	/* More acknowledged than there is */
	rpt_hs_output_done(t->s.hs, 1000);
	rpt_hs_output(t->s.hs, &len);
	KUNIT_EXPECT_EQ(test, 0, len);
	hs_test_destroy(t);
}

static size_t held(const struct hs_test_side *side)
{
	const struct rpt_hs *hs = side->hs;

	return sizeof(*hs) + hs->rec_cap + hs->msg_cap + hs->out_cap;
}

/* No more than a peer has sent, whatever it announces */
static void test_memory(struct kunit *test)
{
	static const u8 header[] = { RPT_CT_HANDSHAKE, 3, 3, 0x40, 0 };
	static const u8 hello[] = { RPT_HS_CLIENT_HELLO, 0, 0x3f, 0xfc };
	struct hs_test *t = hs_test_new(test);
	size_t before, i;

	hs_test_create(t);
	before = held(&t->s);
	KUNIT_EXPECT_LT(test, before, 16384);
	KUNIT_EXPECT_LT(test, held(&t->c), 16384);
	KUNIT_EXPECT_EQ(test, 0, hs_test_feed(&t->s, header, sizeof(header)));
	KUNIT_EXPECT_EQ(test, 0, hs_test_feed(&t->s, hello, sizeof(hello)));
	KUNIT_EXPECT_LE(test, held(&t->s), before + 32);
	for (i = 1; i < 4000; i++)
		KUNIT_EXPECT_EQ(test, 0, hs_test_feed(&t->s, header, 1));
	KUNIT_EXPECT_LE(test, held(&t->s), before + 2 * 4096);

	hs_test_again(t);
	hs_test_run(t, 0);
	hs_test_expect_done(t);
	KUNIT_EXPECT_LT(test, held(&t->s), 20480);
	KUNIT_EXPECT_LT(test, held(&t->c), 20480);
	hs_test_destroy(t);
}

/* The engine as the socket layer sees it */
static void test_engine(struct kunit *test)
{
	const struct rpt_engine_ops *e = &rpt_tls13_engine;
	struct hs_test *t = hs_test_new(test);
	void *ctx[2], *from, *to;
	struct rpt_session s;
	unsigned int turn;
	size_t len, used;
	const u8 *out;

	KUNIT_EXPECT_EQ(test, RPT_TLS13, e->version_min);
	KUNIT_EXPECT_EQ(test, RPT_TLS13, e->version_max);
	ctx[0] = e->create(&t->c.p, GFP_KERNEL);
	ctx[1] = e->create(&t->s.p, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ctx[0]);
	KUNIT_ASSERT_NOT_NULL(test, ctx[1]);
	KUNIT_ASSERT_EQ(test, 0, e->start(ctx[0]));
	KUNIT_ASSERT_EQ(test, 0, e->start(ctx[1]));
	for (turn = 0; turn < 4; turn++) {
		from = ctx[turn & 1];
		to = ctx[!(turn & 1)];
		out = e->output(from, &len);
		if (!len)
			continue;
		KUNIT_ASSERT_EQ(test, 0, e->input(to, out, len, &used));
		e->output_done(from, used);
	}
	KUNIT_EXPECT_TRUE(test, e->is_done(ctx[0]));
	KUNIT_EXPECT_TRUE(test, e->is_done(ctx[1]));
	KUNIT_EXPECT_EQ(test, 0, e->finish(ctx[0], &s));
	KUNIT_EXPECT_EQ(test, RPT_TLS13, s.version);
	rpt_session_wipe(&s);
	KUNIT_EXPECT_EQ(test, -EACCES,
			e->abort(ctx[1], RPT_ALERT_ACCESS_DENIED, -EACCES));
	e->destroy(ctx[0]);
	e->destroy(ctx[1]);
}

static struct kunit_case hs_record_cases[] = {
	KUNIT_CASE_PARAM(test_inner, inner_gen_params),
	KUNIT_CASE(test_sequence_end),
	KUNIT_CASE(test_output_full),
	KUNIT_CASE(test_output_in_pieces),
	KUNIT_CASE(test_memory),
	KUNIT_CASE(test_engine),
	{}
};

static struct kunit_suite hs_record_suite = {
	.name = "riptides_hs_record",
	.test_cases = hs_record_cases,
};

kunit_test_suite(hs_record_suite);

MODULE_DESCRIPTION("KUnit tests of the handshake's records");
MODULE_LICENSE("GPL");
