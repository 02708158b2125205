// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of record protection.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include "../chachapoly.h"
#include "../keysched.h"
#include "../record.h"
#include "keysched-testvecs.h"
#include "rfc8448-testvecs.h"

/* A buffer for the longest record, and then some */
#define REC_CAP	(RPT_RECORD_HDR + RPT_RECORD_MAX_CIPHER + 64)

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

static const u16 suites[] = {
	RPT_SUITE_AES_128_GCM_SHA256,
	RPT_SUITE_AES_256_GCM_SHA384,
	RPT_SUITE_CHACHA20_POLY1305_SHA256,
};

static void suite_desc(const u16 *id, char *desc)
{
	strscpy(desc, rpt_suite_find(*id)->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(suite, suites, suite_desc);

static u8 *buffer(struct kunit *test, size_t len)
{
	u8 *p = kunit_kzalloc(test, len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

/* A key of the suite under test; the same for equal @salt. */
static struct rpt_record_key *key_make(struct kunit *test, u8 salt)
{
	struct rpt_record_key *k = (void *)buffer(test, sizeof(*k));
	const u16 *id = test->param_value;
	u8 secret[RPT_HASH_MAX];

	memset(secret, salt, sizeof(secret));
	KUNIT_ASSERT_EQ(test, rpt_record_key_set(k, rpt_suite_find(*id), secret), 0);
	KUNIT_ASSERT_TRUE(test, k->set);
	KUNIT_ASSERT_EQ(test, k->seq, 0);
	return k;
}

/* Protects any inner plaintext at all, as only a faulty peer would. */
static size_t forge(struct rpt_record_key *k, const u8 *inner, size_t n, u8 *rec)
{
	u8 key[RPT_KEY_MAX], nonce[RPT_IV_LEN], seq[8];
	unsigned int i;

	rec[0] = RPT_CT_APPLICATION_DATA;
	put_unaligned_be16(RPT_TLS12, rec + 1);
	put_unaligned_be16(n + RPT_TAG_LEN, rec + 3);
	memcpy(rec + 5, inner, n);
	memcpy(nonce, k->iv, sizeof(nonce));
	put_unaligned_be64(k->seq, seq);
	for (i = 0; i < 8; i++)
		nonce[4 + i] ^= seq[i];
	if (k->suite->aead == RPT_AEAD_CHACHA20_POLY1305) {
		memcpy(key, k->chacha, sizeof(key));
		rpt_chachapoly_encrypt(key, nonce, rec, 5, rec + 5, n, rec + 5 + n);
	} else {
		rpt_gcm_encrypt(&k->gcm, nonce, rec, 5, rec + 5, n, rec + 5 + n);
	}
	k->seq++;
	return 5 + n + RPT_TAG_LEN;
}

/* The keys of all epochs of a trace, the server's second */
struct trace_keys {
	struct rpt_record_key early, hs[2], app[2];
};

static struct rpt_record_key *trace_key(struct trace_keys *keys, const struct rfc8448_record *r)
{
	switch (r->epoch) {
	case RFC8448_EARLY:
		return &keys->early;
	case RFC8448_HS:
		return &keys->hs[r->server];
	default:
		return &keys->app[r->server];
	}
}

static void trace_start(struct kunit *test, const struct rfc8448_trace *t,
			struct trace_keys *keys)
{
	const struct rpt_suite *s = rpt_suite_find(RPT_SUITE_AES_128_GCM_SHA256);

	KUNIT_ASSERT_EQ(test, rpt_record_key_set(&keys->early, s, t->c_early), 0);
	KUNIT_ASSERT_EQ(test, rpt_record_key_set(&keys->hs[0], s, t->c_hs), 0);
	KUNIT_ASSERT_EQ(test, rpt_record_key_set(&keys->hs[1], s, t->s_hs), 0);
	KUNIT_ASSERT_EQ(test, rpt_record_key_set(&keys->app[0], s, t->c_app), 0);
	KUNIT_ASSERT_EQ(test, rpt_record_key_set(&keys->app[1], s, t->s_app), 0);
}

/* What record @r carries */
static size_t trace_payload(const struct rfc8448_trace *t, const struct rfc8448_record *r, u8 *buf)
{
	size_t n = r->payload_len;
	unsigned int i;

	if (!r->msgs) {
		memcpy(buf, r->payload, n);
		return n;
	}
	for (i = r->msg, n = 0; i < r->msg + r->msgs; i++) {
		memcpy(buf + n, t->msg[i].data, t->msg[i].len);
		n += t->msg[i].len;
	}
	return n;
}

static void record_rfc8448(struct kunit *test)
{
	const struct rfc8448_trace *t = test->param_value;
	struct trace_keys *seal = (void *)buffer(test, sizeof(*seal));
	struct trace_keys *open = (void *)buffer(test, sizeof(*open));
	u8 *payload = buffer(test, REC_CAP), *rec = buffer(test, REC_CAP);
	const struct rfc8448_record *r;
	size_t n, len, plain_len;
	u8 *plain;
	u8 type;

	trace_start(test, t, seal);
	trace_start(test, t, open);
	for (r = t->record; r < t->record + t->records; r++) {
		n = trace_payload(t, r, payload);
		if (r->epoch == RFC8448_PLAIN) {
			rec[0] = r->type;
			put_unaligned_be16(r->version, rec + 1);
			put_unaligned_be16(n, rec + 3);
			KUNIT_EXPECT_EQ(test, rpt_record_header(rec, false, &type, &len), 0);
			KUNIT_EXPECT_EQ(test, type, r->type);
			KUNIT_EXPECT_EQ(test, len, n);
			continue;
		}

		KUNIT_ASSERT_EQ(test, rpt_record_seal(trace_key(seal, r), r->type, payload, n, 0,
						      rec, REC_CAP, &len), 0);
		KUNIT_ASSERT_EQ(test, len, r->record_len);
		KUNIT_EXPECT_MEMEQ(test, rec, r->record, len);

		memcpy(rec, r->record, r->record_len);
		KUNIT_EXPECT_EQ(test, rpt_record_header(rec, true, &type, &len), 0);
		KUNIT_EXPECT_EQ(test, len, r->record_len - RPT_RECORD_HDR);
		KUNIT_ASSERT_EQ(test, rpt_record_open(trace_key(open, r), rec, r->record_len,
						      &type, &plain, &plain_len), 0);
		KUNIT_EXPECT_EQ(test, type, r->type);
		KUNIT_ASSERT_EQ(test, plain_len, n);
		KUNIT_EXPECT_MEMEQ(test, plain, payload, n);
	}
}

static void record_vectors(struct kunit *test)
{
	const struct keysched_vec *v = test->param_value;
	const struct rpt_suite *s = rpt_suite_find(v->suite);
	struct rpt_record_key *k;
	u8 rec[64], *plain;
	size_t len;
	u8 type;

	k = (void *)buffer(test, sizeof(*k));
	KUNIT_ASSERT_EQ(test, rpt_record_key_set(k, s, v->c_app), 0);
	KUNIT_ASSERT_EQ(test, rpt_record_seal(k, RPT_CT_APPLICATION_DATA, "riptides", 8, 0,
					      rec, sizeof(rec), &len), 0);
	KUNIT_ASSERT_EQ(test, len, sizeof(v->record0));
	KUNIT_EXPECT_MEMEQ(test, rec, v->record0, len);
	KUNIT_ASSERT_EQ(test, rpt_record_seal(k, RPT_CT_ALERT, "\x01", 2, 6,
					      rec, sizeof(rec), &len), 0);
	KUNIT_ASSERT_EQ(test, len, sizeof(v->record1));
	KUNIT_EXPECT_MEMEQ(test, rec, v->record1, len);

	KUNIT_ASSERT_EQ(test, rpt_record_key_set(k, s, v->c_app), 0);
	memcpy(rec, v->record0, sizeof(v->record0));
	KUNIT_ASSERT_EQ(test, rpt_record_open(k, rec, sizeof(v->record0), &type, &plain, &len), 0);
	KUNIT_EXPECT_EQ(test, type, RPT_CT_APPLICATION_DATA);
	KUNIT_ASSERT_EQ(test, len, 8);
	KUNIT_EXPECT_MEMEQ(test, plain, "riptides", 8);
	memcpy(rec, v->record1, sizeof(v->record1));
	KUNIT_ASSERT_EQ(test, rpt_record_open(k, rec, sizeof(v->record1), &type, &plain, &len), 0);
	KUNIT_EXPECT_EQ(test, type, RPT_CT_ALERT);
	KUNIT_ASSERT_EQ(test, len, 2);
	KUNIT_EXPECT_MEMEQ(test, plain, "\x01", 2);

	rpt_record_key_wipe(k);
	KUNIT_EXPECT_NULL(test, memchr_inv(k, 0, sizeof(*k)));
}

static void roundtrip(struct kunit *test, struct rpt_record_key *tx, struct rpt_record_key *rx,
		      const u8 *data, size_t n, size_t pad, u8 *rec, bool in_place)
{
	size_t cap = n + pad + RPT_RECORD_OVERHEAD;
	size_t len, plain_len;
	const u8 *in = data;
	u8 *plain;
	u8 type;

	memset(rec, 0xee, cap + 1);
	if (in_place) {
		in = rec + RPT_RECORD_HDR;
		memcpy(rec + RPT_RECORD_HDR, data, n);
	}
	KUNIT_ASSERT_EQ(test, rpt_record_seal(tx, RPT_CT_APPLICATION_DATA, in, n, pad,
					      rec, cap, &len), 0);
	KUNIT_ASSERT_EQ(test, len, cap);
	KUNIT_ASSERT_EQ(test, rec[cap], 0xee);
	KUNIT_ASSERT_MEMEQ(test, rec, "\x17\x03\x03", 3);
	KUNIT_ASSERT_EQ(test, get_unaligned_be16(rec + 3), len - RPT_RECORD_HDR);
	KUNIT_ASSERT_EQ(test, rpt_record_open(rx, rec, len, &type, &plain, &plain_len), 0);
	KUNIT_ASSERT_EQ(test, type, RPT_CT_APPLICATION_DATA);
	KUNIT_ASSERT_PTR_EQ(test, plain, rec + RPT_RECORD_HDR);
	KUNIT_ASSERT_EQ(test, plain_len, n);
	KUNIT_ASSERT_MEMEQ(test, plain, data, n);
}

static void record_lengths(struct kunit *test)
{
	static const size_t lens[] = { 127, 128, 129, 1023, 4096, 16383, 16384 };
	struct rpt_record_key *tx, *rx;
	u8 *data = buffer(test, RPT_RECORD_MAX_PLAIN), *rec = buffer(test, REC_CAP);
	size_t i, n;

	tx = key_make(test, 1);
	rx = key_make(test, 1);
	/* Content whose end is zeroes too: padding must not swallow it. */
	for (i = 0; i < RPT_RECORD_MAX_PLAIN; i++)
		data[i] = i % 5;
	for (n = 0; n <= 66; n++) {
		roundtrip(test, tx, rx, data, n, 0, rec, n & 1);
		roundtrip(test, tx, rx, data, n, n, rec, !(n & 1));
		roundtrip(test, tx, rx, data, n, 1, rec, false);
	}
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		n = lens[i];
		roundtrip(test, tx, rx, data, n, 0, rec, i & 1);
		roundtrip(test, tx, rx, data, n, RPT_RECORD_MAX_PLAIN - n, rec, false);
	}
	roundtrip(test, tx, rx, data, 0, RPT_RECORD_MAX_PLAIN, rec, false);
	KUNIT_EXPECT_EQ(test, tx->seq, 67 * 3 + 7 * 2 + 1);
	KUNIT_EXPECT_EQ(test, rx->seq, tx->seq);
}

/* Sealing is refused: nothing is written, no sequence number spent. */
static void seal_refused(struct kunit *test, struct rpt_record_key *k, int err, u8 type,
			 size_t len, size_t pad, size_t cap, u8 *in, u8 *out)
{
	u64 seq = k->seq;
	size_t out_len = 1;

	memset(out, 0xee, REC_CAP);
	KUNIT_EXPECT_EQ_MSG(test, rpt_record_seal(k, type, in, len, pad, out, cap, &out_len), err,
			    "type %u, %zu + %zu in %zu", type, len, pad, cap);
	KUNIT_EXPECT_EQ(test, out_len, 0);
	KUNIT_EXPECT_EQ(test, k->seq, seq);
	KUNIT_EXPECT_NULL(test, memchr_inv(out, 0xee, REC_CAP));
}

static void record_seal_refused(struct kunit *test)
{
	const size_t most = RPT_RECORD_MAX_PLAIN;
	u8 *in = buffer(test, REC_CAP), *out = buffer(test, REC_CAP);
	struct rpt_record_key *k;
	size_t cap, len;
	unsigned int type;

	k = key_make(test, 2);
	for (type = 0; type <= 255; type++) {
		if (type == RPT_CT_APPLICATION_DATA)
			continue;
		if (type != RPT_CT_HANDSHAKE && type != RPT_CT_ALERT)
			seal_refused(test, k, -EINVAL, type, 1, 0, REC_CAP, in, out);
		seal_refused(test, k, -EINVAL, type, 0, 5, REC_CAP, in, out);
	}

	seal_refused(test, k, -EMSGSIZE, 23, most + 1, 0, REC_CAP, in, out);
	seal_refused(test, k, -EMSGSIZE, 23, most, 1, REC_CAP, in, out);
	seal_refused(test, k, -EMSGSIZE, 23, 0, most + 1, REC_CAP, in, out);
	seal_refused(test, k, -EMSGSIZE, 23, 1, most, REC_CAP, in, out);
	seal_refused(test, k, -EMSGSIZE, 23, SIZE_MAX, 1, REC_CAP, in, out);
	seal_refused(test, k, -EMSGSIZE, 23, 1, SIZE_MAX, REC_CAP, in, out);

	for (cap = 0; cap < 3 + 2 + RPT_RECORD_OVERHEAD; cap++)
		seal_refused(test, k, -ENOSPC, 23, 3, 2, cap, in, out);
	KUNIT_EXPECT_EQ(test, rpt_record_seal(k, 23, in, 3, 2, out, cap, &len), 0);

	/* Section 5.3: the sequence number does not wrap. */
	k->seq = U64_MAX - 1;
	KUNIT_EXPECT_EQ(test, rpt_record_seal(k, 23, in, 3, 2, out, cap, &len), 0);
	seal_refused(test, k, -EOVERFLOW, 23, 3, 2, REC_CAP, in, out);

	rpt_record_key_wipe(k);
	seal_refused(test, k, -ENOKEY, 23, 3, 2, REC_CAP, in, out);
}

/* Opening is refused: nothing is given out. */
static void open_refused(struct kunit *test, struct rpt_record_key *k, int err,
			 u8 *rec, size_t len, bool spent)
{
	u64 seq = k->seq;
	size_t plain_len = 1;
	u8 *plain = rec;
	u8 type = 1;

	KUNIT_EXPECT_EQ_MSG(test, rpt_record_open(k, rec, len, &type, &plain, &plain_len), err,
			    "record of %zu", len);
	KUNIT_EXPECT_EQ(test, type, RPT_CT_INVALID);
	KUNIT_EXPECT_NULL(test, plain);
	KUNIT_EXPECT_EQ(test, plain_len, 0);
	KUNIT_EXPECT_EQ(test, k->seq, seq + spent);
}

/* Each bit of each byte of a record, header and tag included */
static void record_mutation(struct kunit *test)
{
	static const char text[] = "attack at dawn, or thereabouts";
	struct rpt_record_key *tx, *rx;
	u8 good[80], bad[80];
	size_t len, plain_len, i;
	u8 *plain;
	u8 type;
	int err;

	tx = key_make(test, 3);
	rx = key_make(test, 3);
	KUNIT_ASSERT_EQ(test, rpt_record_seal(tx, RPT_CT_HANDSHAKE, text, sizeof(text), 3,
					      good, sizeof(good), &len), 0);
	for (i = 0; i < 8 * len; i++) {
		memcpy(bad, good, len);
		bad[i / 8] ^= 1 << i % 8;
		err = i / 8 == 0 || i / 8 == 3 || i / 8 == 4 ? -EINVAL : -EBADMSG;
		open_refused(test, rx, err, bad, len, false);
		/* No decrypted byte is left where the ciphertext was. */
		bad[i / 8] ^= 1 << i % 8;
		KUNIT_EXPECT_MEMEQ(test, bad, good, len);
	}

	/* Cut off and lengthened, with and without a header that says so */
	for (i = 0; i < len; i++) {
		memcpy(bad, good, len);
		open_refused(test, rx, -EINVAL, bad, i, false);
		if (i < RPT_RECORD_HDR)
			continue;
		put_unaligned_be16(i - RPT_RECORD_HDR, bad + 3);
		open_refused(test, rx, -EBADMSG, bad, i, false);
	}
	memcpy(bad, good, len);
	bad[len] = 0;
	open_refused(test, rx, -EINVAL, bad, len + 1, false);
	put_unaligned_be16(len + 1 - RPT_RECORD_HDR, bad + 3);
	open_refused(test, rx, -EBADMSG, bad, len + 1, false);

	/* After all that the record itself still opens, once. */
	memcpy(bad, good, len);
	KUNIT_EXPECT_EQ(test, rpt_record_open(rx, bad, len, &type, &plain, &plain_len), 0);
	KUNIT_EXPECT_EQ(test, type, RPT_CT_HANDSHAKE);
	KUNIT_ASSERT_EQ(test, plain_len, sizeof(text));
	KUNIT_EXPECT_MEMEQ(test, plain, text, sizeof(text));
	open_refused(test, rx, -EBADMSG, good, len, false);
}

/* The right record at the wrong place: key, direction, order, suite */
static void record_misplaced(struct kunit *test)
{
	const u16 *id = test->param_value;
	struct rpt_record_key *tx, *rx, *other;
	u8 first[40], second[40], copy[40];
	u8 secret[RPT_HASH_MAX];
	size_t len, plain_len;
	unsigned int i;
	u8 *plain;
	u8 type;

	tx = key_make(test, 4);
	rx = key_make(test, 4);
	other = key_make(test, 5);
	KUNIT_ASSERT_EQ(test, rpt_record_seal(tx, 23, "first", 5, 0, first, 40, &len), 0);
	KUNIT_ASSERT_EQ(test, rpt_record_seal(tx, 23, "secnd", 5, 0, second, 40, &len), 0);
	open_refused(test, other, -EBADMSG, first, len, false);
	open_refused(test, rx, -EBADMSG, second, len, false);
	memset(secret, 4, sizeof(secret));
	for (i = 0; i < rpt_suites_n; i++) {
		if (rpt_suites[i].id == *id)
			continue;
		KUNIT_ASSERT_EQ(test, rpt_record_key_set(other, &rpt_suites[i], secret), 0);
		open_refused(test, other, -EBADMSG, first, len, false);
	}

	memcpy(copy, first, len);
	KUNIT_EXPECT_EQ(test, rpt_record_open(rx, first, len, &type, &plain, &plain_len), 0);
	open_refused(test, rx, -EBADMSG, copy, len, false);
	KUNIT_EXPECT_EQ(test, rpt_record_open(rx, second, len, &type, &plain, &plain_len), 0);

	/* The sequence number takes part with all of its 64 bits. */
	for (i = 0; i < 64; i++) {
		tx->seq = 0x0123456789abcdefULL;
		KUNIT_ASSERT_EQ(test, rpt_record_seal(tx, 23, "first", 5, 0, first, 40, &len), 0);
		rx->seq = 0x0123456789abcdefULL ^ 1ULL << i;
		open_refused(test, rx, -EBADMSG, first, len, false);
	}
	rx->seq = 0x0123456789abcdefULL;
	KUNIT_EXPECT_EQ(test, rpt_record_open(rx, first, len, &type, &plain, &plain_len), 0);
}

/* Records that were sealed with the right key, but should not have been */
static void record_inner_refused(struct kunit *test)
{
	u8 *inner = buffer(test, REC_CAP), *rec = buffer(test, REC_CAP);
	static const size_t zeroes[] = {
		1, 2, 16, 17, 255, RPT_RECORD_MAX_PLAIN, RPT_RECORD_MAX_INNER,
	};
	struct rpt_record_key *tx, *rx;
	size_t i, n, len, plain_len;
	unsigned int type;
	u8 *plain;
	u8 got;

	tx = key_make(test, 6);
	rx = key_make(test, 6);

	/* Zeroes only: section 5.4 */
	for (i = 0; i < ARRAY_SIZE(zeroes); i++) {
		len = forge(tx, inner, zeroes[i], rec);
		open_refused(test, rx, -EPROTO, rec, len, true);
	}

	/* Inner types, with content, without, and with padding behind */
	for (type = 1; type <= 255; type++) {
		for (n = 0; n < 4; n++) {
			memset(inner, 0, 8);
			inner[n & 1] = type;
			len = forge(tx, inner, 1 + n, rec);
			if (type == RPT_CT_APPLICATION_DATA ||
			    ((type == RPT_CT_HANDSHAKE || type == RPT_CT_ALERT) && n & 1)) {
				KUNIT_EXPECT_EQ(test, rpt_record_open(rx, rec, len, &got,
								      &plain, &plain_len), 0);
				KUNIT_EXPECT_EQ(test, got, type);
				KUNIT_EXPECT_EQ(test, plain_len, n & 1);
				continue;
			}
			open_refused(test, rx, -EPROTO, rec, len, true);
		}
	}

	/* Inner plaintexts up to the limit, and one more: section 5.4 */
	memset(inner, 0x61, REC_CAP);
	inner[RPT_RECORD_MAX_INNER - 1] = RPT_CT_APPLICATION_DATA;
	len = forge(tx, inner, RPT_RECORD_MAX_INNER, rec);
	KUNIT_EXPECT_EQ(test, rpt_record_open(rx, rec, len, &got, &plain, &plain_len), 0);
	KUNIT_EXPECT_EQ(test, plain_len, RPT_RECORD_MAX_PLAIN);
	inner[RPT_RECORD_MAX_INNER] = RPT_CT_APPLICATION_DATA;
	len = forge(tx, inner, RPT_RECORD_MAX_INNER + 1, rec);
	open_refused(test, rx, -EMSGSIZE, rec, len, true);
	/* Padding counts */
	memset(inner, 0, REC_CAP);
	inner[0] = RPT_CT_APPLICATION_DATA;
	len = forge(tx, inner, RPT_RECORD_MAX_INNER + 1, rec);
	open_refused(test, rx, -EMSGSIZE, rec, len, true);
	n = RPT_RECORD_MAX_CIPHER - RPT_TAG_LEN;
	len = forge(tx, inner, n, rec);
	open_refused(test, rx, -EMSGSIZE, rec, len, true);
	/* Too long a ciphertext is not even looked at: section 5.2 */
	len = forge(tx, inner, n + 1, rec);
	open_refused(test, rx, -EMSGSIZE, rec, len, false);
}

static void record_open_refused(struct kunit *test)
{
	struct rpt_record_key *tx, *rx;
	size_t len, plain_len;
	u8 rec[64], *plain;
	unsigned int i;
	u8 type;

	tx = key_make(test, 7);
	rx = key_make(test, 7);

	/* Only application data is ever protected. */
	KUNIT_ASSERT_EQ(test, rpt_record_seal(tx, 23, "x", 1, 0, rec, sizeof(rec), &len), 0);
	for (i = 0; i <= 255; i++) {
		if (i == RPT_CT_APPLICATION_DATA)
			continue;
		rec[0] = i;
		open_refused(test, rx, -EINVAL, rec, len, false);
	}

	/* Not even room for a tag and a type */
	for (i = 0; i < 1 + RPT_TAG_LEN; i++) {
		memset(rec, 0, sizeof(rec));
		rec[0] = RPT_CT_APPLICATION_DATA;
		rec[4] = i;
		open_refused(test, rx, -EBADMSG, rec, RPT_RECORD_HDR + i, false);
	}

	tx->seq = U64_MAX - 1;
	rx->seq = U64_MAX - 1;
	KUNIT_ASSERT_EQ(test, rpt_record_seal(tx, 23, "x", 1, 0, rec, sizeof(rec), &len), 0);
	KUNIT_EXPECT_EQ(test, rpt_record_open(rx, rec, len, &type, &plain, &plain_len), 0);
	open_refused(test, rx, -EOVERFLOW, rec, len, false);

	rpt_record_key_wipe(rx);
	open_refused(test, rx, -ENOKEY, rec, len, false);
}

/* RFC 8446 section 5.5 */
static void record_limit(struct kunit *test)
{
	const u16 *id = test->param_value;
	u64 limit = rpt_suite_find(*id)->record_limit;
	struct rpt_record_key *k;
	u8 rec[40];
	size_t len;

	if (*id == RPT_SUITE_CHACHA20_POLY1305_SHA256)
		KUNIT_EXPECT_EQ(test, limit, U64_MAX);
	else
		KUNIT_EXPECT_EQ(test, limit, 23726566);

	k = key_make(test, 8);
	KUNIT_EXPECT_FALSE(test, rpt_record_exhausted(k));
	k->seq = limit - 2;
	KUNIT_EXPECT_FALSE(test, rpt_record_exhausted(k));
	KUNIT_EXPECT_EQ(test, rpt_record_seal(k, 23, "x", 1, 0, rec, sizeof(rec), &len), 0);
	KUNIT_EXPECT_FALSE(test, rpt_record_exhausted(k));
	KUNIT_EXPECT_EQ(test, rpt_record_seal(k, 23, "x", 1, 0, rec, sizeof(rec), &len), 0);
	KUNIT_EXPECT_TRUE(test, rpt_record_exhausted(k));

	/* A new epoch begins at 0, without a key nothing is used up. */
	k = key_make(test, 9);
	KUNIT_EXPECT_FALSE(test, rpt_record_exhausted(k));
	k->seq = limit;
	rpt_record_key_wipe(k);
	KUNIT_EXPECT_FALSE(test, rpt_record_exhausted(k));
}

static int header_want(unsigned int type, size_t len, bool encrypted)
{
	switch (type) {
	case RPT_CT_CHANGE_CIPHER_SPEC:
		return len == 1 ? 0 : -EPROTO;
	case RPT_CT_ALERT:
	case RPT_CT_HANDSHAKE:
		if (!len || (encrypted && type == RPT_CT_HANDSHAKE))
			return -EPROTO;
		return len > 16384 ? -EMSGSIZE : 0;
	case RPT_CT_APPLICATION_DATA:
		if (!encrypted)
			return -EPROTO;
		return len > 16640 ? -EMSGSIZE : 0;
	default:
		return -EPROTO;
	}
}

static void record_header(struct kunit *test)
{
	static const u16 lens[] = {
		0, 1, 2, 16, 17, 255, 256, 16383, 16384, 16385, 16639, 16640, 16641, 65535,
	};
	static const u16 versions[] = { 0, 0x0300, 0x0301, 0x0303, 0x0304, 0xffff };
	unsigned int type, i, j, encrypted;
	size_t len;
	u8 hdr[5];
	u8 got;

	for (type = 0; type <= 255; type++) {
		for (i = 0; i < ARRAY_SIZE(lens); i++) {
			j = (type + i) % ARRAY_SIZE(versions);
			hdr[0] = type;
			put_unaligned_be16(versions[j], hdr + 1);
			put_unaligned_be16(lens[i], hdr + 3);
			for (encrypted = 0; encrypted < 2; encrypted++) {
				KUNIT_EXPECT_EQ_MSG(test,
						    rpt_record_header(hdr, encrypted, &got, &len),
						    header_want(type, lens[i], encrypted),
						    "type %u of %u, encrypted %u",
						    type, lens[i], encrypted);
				KUNIT_EXPECT_EQ(test, got, type);
				KUNIT_EXPECT_EQ(test, len, lens[i]);
			}
		}
	}
}

/* RFC 8439 section 2.8.2 */
static void chachapoly_rfc8439(struct kunit *test)
{
	static const u8 nonce[12] = {
		0x07, 0x00, 0x00, 0x00, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47,
	};
	static const u8 aad[12] = {
		0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7,
	};
	static const u8 begin[16] = {
		0xd3, 0x1a, 0x8d, 0x34, 0x64, 0x8e, 0x60, 0xdb,
		0x7b, 0x86, 0xaf, 0xbc, 0x53, 0xef, 0x7e, 0xc2,
	};
	static const u8 want[16] = {
		0x1a, 0xe1, 0x0b, 0x59, 0x4f, 0x09, 0xe2, 0x6a,
		0x7e, 0x90, 0x2e, 0xcb, 0xd0, 0x60, 0x06, 0x91,
	};
	static const char class[] = "Ladies and Gentlemen of the class of '99: ";
	static const char advice[] =
		"If I could offer you only one tip for the future, sunscreen would be it.";
	u8 text[sizeof(class) - 1 + sizeof(advice) - 1];
	u8 buf[sizeof(text)], tag[16], key[32];
	unsigned int i;

	for (i = 0; i < sizeof(key); i++)
		key[i] = 0x80 + i;
	memcpy(text, class, sizeof(class) - 1);
	memcpy(text + sizeof(class) - 1, advice, sizeof(advice) - 1);
	memcpy(buf, text, sizeof(buf));
	rpt_chachapoly_encrypt(key, nonce, aad, sizeof(aad), buf, sizeof(buf), tag);
	KUNIT_EXPECT_MEMEQ(test, buf, begin, sizeof(begin));
	KUNIT_EXPECT_MEMEQ(test, tag, want, sizeof(tag));
	for (i = 0; i < 8 * sizeof(tag); i++) {
		tag[i / 8] ^= 1 << i % 8;
		KUNIT_EXPECT_FALSE(test, rpt_chachapoly_decrypt(key, nonce, aad, sizeof(aad),
								buf, sizeof(buf), tag));
		KUNIT_EXPECT_MEMEQ(test, buf, begin, sizeof(begin));
		tag[i / 8] ^= 1 << i % 8;
	}
	KUNIT_EXPECT_TRUE(test, rpt_chachapoly_decrypt(key, nonce, aad, sizeof(aad),
						       buf, sizeof(buf), tag));
	KUNIT_EXPECT_MEMEQ(test, buf, text, sizeof(buf));
}

static struct kunit_case record_cases[] = {
	KUNIT_CASE_PARAM(record_rfc8448, trace_gen_params),
	KUNIT_CASE_PARAM(record_vectors, vec_gen_params),
	KUNIT_CASE_PARAM(record_lengths, suite_gen_params),
	KUNIT_CASE_PARAM(record_seal_refused, suite_gen_params),
	KUNIT_CASE_PARAM(record_mutation, suite_gen_params),
	KUNIT_CASE_PARAM(record_misplaced, suite_gen_params),
	KUNIT_CASE_PARAM(record_inner_refused, suite_gen_params),
	KUNIT_CASE_PARAM(record_open_refused, suite_gen_params),
	KUNIT_CASE_PARAM(record_limit, suite_gen_params),
	KUNIT_CASE(record_header),
	KUNIT_CASE(chachapoly_rfc8439),
	{}
};

static struct kunit_suite record_suite = {
	.name = "riptides_record",
	.test_cases = record_cases,
};

kunit_test_suite(record_suite);

MODULE_DESCRIPTION("KUnit tests of riptides' record protection");
MODULE_LICENSE("GPL");
