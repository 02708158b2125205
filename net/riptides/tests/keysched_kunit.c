// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the cipher suite table and of the key schedule.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../keysched.h"
#include "../suite.h"
#include "keysched-testvecs.h"
#include "rfc8448-testvecs.h"

static void trace_desc(const struct rfc8448_trace *t, char *desc)
{
	strscpy(desc, t->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(trace, rfc8448_traces, trace_desc);

static void vec_desc(const struct keysched_vec *v, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "suite %04x, PSK of %u", v->suite, v->psk_len);
}

KUNIT_ARRAY_PARAM(vec, keysched_vecs, vec_desc);

static void suite_table(struct kunit *test)
{
	const struct rpt_suite *s;
	unsigned int id, n = 0;

	for (id = 0; id <= 0xffff; id++) {
		s = rpt_suite_find(id);
		if (!s)
			continue;
		n++;
		KUNIT_EXPECT_EQ(test, s->id, id);
		KUNIT_EXPECT_EQ(test, s->hash_len, rpt_hash_size(s->hash));
		KUNIT_EXPECT_LE(test, s->hash_len, RPT_HASH_MAX);
		KUNIT_EXPECT_LE(test, s->key_len, RPT_KEY_MAX);
		KUNIT_EXPECT_NOT_NULL(test, s->name);
	}
	KUNIT_EXPECT_EQ(test, n, rpt_suites_n);
	KUNIT_EXPECT_EQ(test, n, 3);

	s = rpt_suite_find(RPT_SUITE_AES_128_GCM_SHA256);
	KUNIT_EXPECT_EQ(test, s->hash, RPT_HASH_SHA256);
	KUNIT_EXPECT_EQ(test, s->key_len, 16);
	KUNIT_EXPECT_STREQ(test, s->name, "TLS_AES_128_GCM_SHA256");
	s = rpt_suite_find(RPT_SUITE_AES_256_GCM_SHA384);
	KUNIT_EXPECT_EQ(test, s->hash, RPT_HASH_SHA384);
	KUNIT_EXPECT_EQ(test, s->key_len, 32);
	KUNIT_EXPECT_STREQ(test, s->name, "TLS_AES_256_GCM_SHA384");
	s = rpt_suite_find(RPT_SUITE_CHACHA20_POLY1305_SHA256);
	KUNIT_EXPECT_EQ(test, s->hash, RPT_HASH_SHA256);
	KUNIT_EXPECT_EQ(test, s->key_len, 32);
	KUNIT_EXPECT_STREQ(test, s->name, "TLS_CHACHA20_POLY1305_SHA256");
}

/* One message more into the transcript hash; see RFC 8446 section 4.4.1 for HRR. */
static void transcript_add(struct rpt_hash *h, const struct rfc8448_trace *t, unsigned int i)
{
	u8 hash[4 + 32] = { RPT_HS_MESSAGE_HASH, 0, 0, 32 };

	if (t->hrr && i == 1) {
		rpt_hash_final(h, hash + 4);
		rpt_hash_init(h, RPT_HASH_SHA256);
		rpt_hash_update(h, hash, sizeof(hash));
	}
	rpt_hash_update(h, t->msg[i].data, t->msg[i].len);
}

/* Finished, which message @i is, over the transcript so far */
static void trace_finished(struct kunit *test, const struct rfc8448_trace *t, unsigned int i,
			   const u8 *base_secret, const u8 *th)
{
	u8 mac[4 + 32] = { RPT_HS_FINISHED, 0, 0, 32 };

	rpt_finished_mac(rpt_suite_find(RPT_SUITE_AES_128_GCM_SHA256), base_secret, th, mac + 4);
	KUNIT_ASSERT_EQ(test, t->msg[i].len, sizeof(mac));
	KUNIT_EXPECT_MEMEQ(test, mac, t->msg[i].data, sizeof(mac));
}

static void trace_keys(struct kunit *test, const u8 *secret, const u8 *key, const u8 *iv)
{
	u8 got_key[RPT_KEY_MAX], got_iv[RPT_IV_LEN];

	rpt_traffic_keys(rpt_suite_find(RPT_SUITE_AES_128_GCM_SHA256), secret, got_key, got_iv);
	KUNIT_EXPECT_MEMEQ(test, got_key, key, 16);
	KUNIT_EXPECT_MEMEQ(test, got_iv, iv, RPT_IV_LEN);
}

/* PSK binder and the early secrets: RFC 8448 section 4 */
static void trace_early(struct kunit *test, const struct rfc8448_trace *t,
			struct rpt_keysched *ks)
{
	u8 th[32], out[32];

	rpt_keysched_binder_key(ks, false, out);
	KUNIT_EXPECT_MEMEQ(test, out, t->binder_key, 32);
	rpt_hash_oneshot(RPT_HASH_SHA256, t->msg[0].data, t->binder_prefix, th);
	KUNIT_EXPECT_MEMEQ(test, th, t->binder_hash, 32);
	rpt_finished_mac(ks->suite, out, th, out);
	KUNIT_EXPECT_MEMEQ(test, out, t->binder, 32);
	/* identities are done; binders<33..2^16-1> of one PskBinderEntry<32..255> */
	KUNIT_EXPECT_EQ(test, t->binder_prefix + 3 + 32, t->msg[0].len);
	KUNIT_EXPECT_MEMEQ(test, out, t->msg[0].data + t->binder_prefix + 3, 32);

	rpt_hash_oneshot(RPT_HASH_SHA256, t->msg[0].data, t->msg[0].len, th);
	KUNIT_EXPECT_MEMEQ(test, th, t->th_early, 32);
	rpt_derive_secret(RPT_HASH_SHA256, ks->secret, "c e traffic", th, out);
	KUNIT_EXPECT_MEMEQ(test, out, t->c_early, 32);
	trace_keys(test, out, t->c_early_key, t->c_early_iv);
	rpt_derive_secret(RPT_HASH_SHA256, ks->secret, "e exp master", th, out);
	KUNIT_EXPECT_MEMEQ(test, out, t->e_exporter, 32);
}

static void keysched_rfc8448(struct kunit *test)
{
	const struct rfc8448_trace *t = test->param_value;
	const struct rpt_suite *suite;
	struct rpt_keysched ks;
	struct rpt_hash h;
	unsigned int i;
	u8 psk[32];
	u8 th[32];
	u8 type;

	suite = rpt_suite_find(RPT_SUITE_AES_128_GCM_SHA256);
	KUNIT_ASSERT_EQ(test, rpt_keysched_early(&ks, suite, t->resumed ? t->psk : NULL,
						 t->resumed ? 32 : 0), 0);
	KUNIT_EXPECT_MEMEQ(test, ks.secret, t->early, 32);
	if (t->resumed)
		trace_early(test, t, &ks);

	rpt_hash_init(&h, RPT_HASH_SHA256);
	for (i = 0; i < t->msgs; i++) {
		type = t->msg[i].data[0];
		if (type == RPT_HS_FINISHED) {
			rpt_hash_peek(&h, th);
			trace_finished(test, t, i, t->msg[i].server ? ks.s_hs : ks.c_hs, th);
		}
		transcript_add(&h, t, i);
		rpt_hash_peek(&h, th);

		if (type == RPT_HS_SERVER_HELLO && !(t->hrr && i == 1)) {
			KUNIT_EXPECT_MEMEQ(test, th, t->th_hello, 32);
			rpt_keysched_handshake(&ks, t->ecdhe, sizeof(t->ecdhe), th);
			KUNIT_EXPECT_MEMEQ(test, ks.secret, t->handshake, 32);
			KUNIT_EXPECT_MEMEQ(test, ks.c_hs, t->c_hs, 32);
			KUNIT_EXPECT_MEMEQ(test, ks.s_hs, t->s_hs, 32);
			trace_keys(test, ks.c_hs, t->c_hs_key, t->c_hs_iv);
			trace_keys(test, ks.s_hs, t->s_hs_key, t->s_hs_iv);
		} else if (type == RPT_HS_FINISHED && t->msg[i].server) {
			KUNIT_EXPECT_MEMEQ(test, th, t->th_server, 32);
			rpt_keysched_master(&ks, th);
			KUNIT_EXPECT_MEMEQ(test, ks.secret, t->master, 32);
			KUNIT_EXPECT_MEMEQ(test, ks.c_app, t->c_app, 32);
			KUNIT_EXPECT_MEMEQ(test, ks.s_app, t->s_app, 32);
			KUNIT_EXPECT_MEMEQ(test, ks.exporter, t->exporter, 32);
			trace_keys(test, ks.c_app, t->c_app_key, t->c_app_iv);
			trace_keys(test, ks.s_app, t->s_app_key, t->s_app_iv);
		} else if (type == RPT_HS_FINISHED) {
			KUNIT_EXPECT_MEMEQ(test, th, t->th_client, 32);
			rpt_keysched_resumption(&ks, th);
			KUNIT_EXPECT_MEMEQ(test, ks.resumption, t->resumption, 32);
		}
	}
	KUNIT_EXPECT_EQ(test, ks.stage, RPT_KS_DONE);
	KUNIT_EXPECT_NULL(test, memchr_inv(ks.secret, 0, sizeof(ks.secret)));

	if (t->has_ticket) {
		rpt_resumption_psk(suite, ks.resumption, t->ticket_nonce,
				   sizeof(t->ticket_nonce), psk);
		KUNIT_EXPECT_MEMEQ(test, psk, t->ticket_psk, 32);
	}
	rpt_keysched_wipe(&ks);
	KUNIT_EXPECT_NULL(test, memchr_inv(&ks, 0, sizeof(ks)));
}

/* Section 4 resumes what section 3 gave out. */
static void keysched_ticket(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, rfc8448_traces[0].has_ticket);
	KUNIT_EXPECT_TRUE(test, rfc8448_traces[1].resumed);
	KUNIT_EXPECT_MEMEQ(test, rfc8448_traces[0].ticket_psk, rfc8448_traces[1].psk, 32);
}

static void vec_hash(const struct rpt_suite *s, const char *transcript, u8 *th)
{
	rpt_hash_oneshot(s->hash, transcript, strlen(transcript), th);
}

static void vec_run(struct kunit *test, const struct keysched_vec *v, struct rpt_keysched *ks)
{
	const struct rpt_suite *s = rpt_suite_find(v->suite);
	u8 psk[RPT_HASH_MAX], dhe[RPT_HASH_MAX], th[RPT_HASH_MAX];
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	for (i = 0; i < RPT_HASH_MAX; i++) {
		psk[i] = i;
		dhe[i] = 0x80 + i;
	}
	KUNIT_ASSERT_EQ(test, rpt_keysched_early(ks, s, v->psk_len ? psk : NULL, v->psk_len), 0);
	KUNIT_EXPECT_EQ(test, ks->stage, RPT_KS_EARLY);
	rpt_keysched_binder_key(ks, false, th);
	KUNIT_EXPECT_MEMEQ(test, th, v->binder_res, s->hash_len);
	rpt_keysched_binder_key(ks, true, th);
	KUNIT_EXPECT_MEMEQ(test, th, v->binder_ext, s->hash_len);

	vec_hash(s, "ClientHelloServerHello", th);
	rpt_keysched_handshake(ks, dhe, s->hash_len, th);
	KUNIT_EXPECT_EQ(test, ks->stage, RPT_KS_HANDSHAKE);
	vec_hash(s, "ClientHello...server Finished", th);
	rpt_keysched_master(ks, th);
	KUNIT_EXPECT_EQ(test, ks->stage, RPT_KS_MASTER);
	vec_hash(s, "ClientHello...client Finished", th);
	rpt_keysched_resumption(ks, th);
	KUNIT_EXPECT_EQ(test, ks->stage, RPT_KS_DONE);
}

static void keysched_vectors(struct kunit *test)
{
	const struct keysched_vec *v = test->param_value;
	const struct rpt_suite *s = rpt_suite_find(v->suite);
	u8 th[RPT_HASH_MAX], out[RPT_HASH_MAX + 1];
	u8 key[RPT_KEY_MAX], iv[RPT_IV_LEN];
	struct rpt_keysched ks;

	vec_run(test, v, &ks);
	KUNIT_EXPECT_MEMEQ(test, ks.c_hs, v->c_hs, s->hash_len);
	KUNIT_EXPECT_MEMEQ(test, ks.s_hs, v->s_hs, s->hash_len);
	KUNIT_EXPECT_MEMEQ(test, ks.c_app, v->c_app, s->hash_len);
	KUNIT_EXPECT_MEMEQ(test, ks.s_app, v->s_app, s->hash_len);
	KUNIT_EXPECT_MEMEQ(test, ks.exporter, v->exporter, s->hash_len);
	KUNIT_EXPECT_MEMEQ(test, ks.resumption, v->resumption, s->hash_len);

	memset(out, 0xee, sizeof(out));
	vec_hash(s, "ClientHello...server Finished", th);
	rpt_finished_mac(s, ks.c_hs, th, out);
	KUNIT_EXPECT_MEMEQ(test, out, v->c_finished, s->hash_len);
	KUNIT_EXPECT_EQ(test, out[s->hash_len], 0xee);

	rpt_traffic_keys(s, ks.c_app, key, iv);
	KUNIT_EXPECT_MEMEQ(test, key, v->key, s->key_len);
	KUNIT_EXPECT_MEMEQ(test, iv, v->iv, RPT_IV_LEN);
	memcpy(out, ks.c_app, s->hash_len);
	rpt_traffic_update(s, out);
	KUNIT_EXPECT_MEMEQ(test, out, v->c_app1, s->hash_len);
	KUNIT_EXPECT_EQ(test, out[s->hash_len], 0xee);

	rpt_resumption_psk(s, ks.resumption, "\x01\x02\x03", 3, out);
	KUNIT_EXPECT_MEMEQ(test, out, v->ticket_psk, s->hash_len);
}

static void keysched_exporter(struct kunit *test)
{
	const struct keysched_vec *v = test->param_value;
	const struct rpt_suite *s = rpt_suite_find(v->suite);
	char label[RPT_LABEL_MAX + 2] = "EXPORTER-riptides";
	size_t most = 255 * s->hash_len;
	struct rpt_keysched ks;
	u8 *out;

	vec_run(test, v, &ks);
	out = kunit_kmalloc(test, most + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, out);
	KUNIT_EXPECT_EQ(test, rpt_exporter(s, ks.exporter, label, "context", 7, out, 70), 0);
	KUNIT_EXPECT_MEMEQ(test, out, v->exported, 70);
	KUNIT_EXPECT_EQ(test, rpt_exporter(s, ks.exporter, label, NULL, 0, out, 32), 0);
	KUNIT_EXPECT_MEMEQ(test, out, v->exported_empty, 32);
	KUNIT_EXPECT_EQ(test, rpt_exporter(s, ks.exporter, label, "", 0, out, 32), 0);
	KUNIT_EXPECT_MEMEQ(test, out, v->exported_empty, 32);
	/* The length is an input: no prefix of the longer one. */
	KUNIT_EXPECT_EQ(test, rpt_exporter(s, ks.exporter, label, "context", 7, out, 69), 0);
	KUNIT_EXPECT_MEMNEQ(test, out, v->exported, 69);

	memset(out, 0xee, most + 1);
	KUNIT_EXPECT_EQ(test, rpt_exporter(s, ks.exporter, label, NULL, 0, out, most + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, rpt_exporter(s, ks.exporter, label, NULL, 0, out, 65536), -EINVAL);
	KUNIT_EXPECT_EQ(test, rpt_exporter(s, ks.exporter, label, NULL, 0, out, SIZE_MAX), -EINVAL);
	KUNIT_EXPECT_NULL(test, memchr_inv(out, 0xee, most + 1));
	KUNIT_EXPECT_EQ(test, rpt_exporter(s, ks.exporter, label, NULL, 0, out, most), 0);
	KUNIT_EXPECT_EQ(test, out[most], 0xee);

	memset(label, 'x', RPT_LABEL_MAX + 1);
	memset(out, 0xee, 32);
	KUNIT_EXPECT_EQ(test, rpt_exporter(s, ks.exporter, label, NULL, 0, out, 32), -EINVAL);
	KUNIT_EXPECT_NULL(test, memchr_inv(out, 0xee, 32));
	label[RPT_LABEL_MAX] = 0;
	KUNIT_EXPECT_EQ(test, rpt_exporter(s, ks.exporter, label, NULL, 0, out, 32), 0);
}

static void keysched_psk(struct kunit *test)
{
	const struct rpt_suite *s = &rpt_suites[0];
	struct rpt_keysched ks, zero;
	u8 psk[300] = {};

	/* Without a PSK it is a string of zeroes of the hash's length. */
	KUNIT_EXPECT_EQ(test, rpt_keysched_early(&zero, s, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, rpt_keysched_early(&ks, s, psk, s->hash_len), 0);
	KUNIT_EXPECT_MEMEQ(test, ks.secret, zero.secret, sizeof(ks.secret));

	/* An external one may have any length but none. */
	psk[299] = 1;
	KUNIT_EXPECT_EQ(test, rpt_keysched_early(&ks, s, psk, sizeof(psk)), 0);
	KUNIT_EXPECT_MEMNEQ(test, ks.secret, zero.secret, s->hash_len);
	KUNIT_EXPECT_EQ(test, rpt_keysched_early(&ks, s, psk + 299, 1), 0);
	KUNIT_EXPECT_MEMNEQ(test, ks.secret, zero.secret, s->hash_len);
	KUNIT_EXPECT_EQ(test, rpt_keysched_early(&ks, s, psk, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, ks.stage, RPT_KS_NONE);
	KUNIT_EXPECT_NULL(test, memchr_inv(&ks, 0, sizeof(ks)));
}

static struct kunit_case keysched_cases[] = {
	KUNIT_CASE(suite_table),
	KUNIT_CASE_PARAM(keysched_rfc8448, trace_gen_params),
	KUNIT_CASE(keysched_ticket),
	KUNIT_CASE_PARAM(keysched_vectors, vec_gen_params),
	KUNIT_CASE_PARAM(keysched_exporter, vec_gen_params),
	KUNIT_CASE(keysched_psk),
	{}
};

static struct kunit_suite keysched_suite = {
	.name = "riptides_keysched",
	.test_cases = keysched_cases,
};

kunit_test_suite(keysched_suite);

MODULE_DESCRIPTION("KUnit tests of riptides' key schedule");
MODULE_LICENSE("GPL");
