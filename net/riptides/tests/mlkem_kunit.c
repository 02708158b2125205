// SPDX-License-Identifier: GPL-2.0-only
/*
 * ML-KEM-768: Wycheproof, and what the hybrid group makes of bad shares
 */

#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../kex.h"
#include "../mlkem.h"
#include "../proto.h"
#include "vectors.h"

#ifdef RPT_HAVE_MLKEM
#define MLKEM_N		ARRAY_SIZE(rpt_vec_mlkem)
#else
static const struct rpt_vec_mlkem rpt_vec_mlkem[1];
#define MLKEM_N		0
#endif

/* Buffers that are too large for the stack */
struct work {
	u8 seed[RPT_MLKEM_SEED_LEN];
	u8 ek[RPT_MLKEM_EK_LEN];
	u8 ct[RPT_MLKEM_CT_LEN];
	u8 client[RPT_KEX_SHARE_MAX];
	u8 server[RPT_KEX_SHARE_MAX];
	u8 ours[RPT_KEX_SECRET_MAX];
	u8 theirs[RPT_KEX_SECRET_MAX];
	struct rpt_kex k;
};

static struct work *work_alloc(struct kunit *test)
{
	struct work *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	return w;
}

/* A vector is good or bad as a whole; lengths are the caller's to check. */
static bool run(struct work *w, const struct rpt_vec_mlkem *v)
{
	if (v->seed.len && v->seed.len != RPT_MLKEM_SEED_LEN)
		return false;
	if (v->ek.len && v->ek.len != RPT_MLKEM_EK_LEN)
		return false;
	if (v->seed.len) {
		if (rpt_mlkem_keygen(v->seed.data, w->ek) ||
		    memcmp(w->ek, v->ek.data, v->ek.len))
			return false;
		if (!v->ct.len)
			return !v->secret.len;
		if (v->ct.len != RPT_MLKEM_CT_LEN ||
		    rpt_mlkem_decaps(v->seed.data, v->ct.data, w->ours))
			return false;
		return !memcmp(w->ours, v->secret.data, v->secret.len);
	}
	if (v->m.len != RPT_MLKEM_SECRET_LEN ||
	    rpt_mlkem_encaps(v->ek.data, v->m.data, w->ct, w->ours))
		return false;
	return v->ct.len == RPT_MLKEM_CT_LEN &&
	       !memcmp(w->ct, v->ct.data, v->ct.len) &&
	       !memcmp(w->ours, v->secret.data, v->secret.len);
}

static void mlkem_wycheproof(struct kunit *test)
{
	const struct rpt_vec_mlkem *v = rpt_vec_mlkem;
	struct work *w = work_alloc(test);
	size_t i;

	if (!MLKEM_N)
		kunit_skip(test, "built without Wycheproof's ML-KEM vectors");
	for (i = 0; i < MLKEM_N; i++, v++)
		KUNIT_EXPECT_EQ_MSG(test, run(w, v),
				    v->result == RPT_VEC_VALID,
				    "%s tcId %u", v->file, v->id);
}

/* FIPS 203 section 7.2: each coefficient of 12 bits is below 3329. */
static void mlkem_modulus(struct kunit *test)
{
	const struct rpt_kex_group *g = rpt_kex_find(RPT_GROUP_X25519MLKEM768);
	struct work *w = work_alloc(test);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, rpt_kex_keygen(&w->k, g, w->client), 0);
	for (i = 0; i + 32 < RPT_MLKEM_EK_LEN; i += 3 * 97) {
		memcpy(w->ek, w->client + i, 3);
		w->client[i] = 0x01;	/* 3329 */
		w->client[i + 1] = (w->client[i + 1] & 0xf0) | 0x0d;
		memset(w->theirs, 0xaa, sizeof(w->theirs));
		KUNIT_EXPECT_EQ(test, -EINVAL,
				rpt_kex_accept(g, w->client,
					       g->client_share_len, w->server,
					       w->theirs));
		KUNIT_EXPECT_TRUE(test, !memchr_inv(w->theirs, 0,
						    g->secret_len));
		memcpy(w->client + i, w->ek, 3);
	}
	KUNIT_EXPECT_EQ(test, 0,
			rpt_kex_accept(g, w->client, g->client_share_len,
				       w->server, w->theirs));
}

/* A ciphertext with a bit changed: another secret, no error, X25519 as it is */
static void mlkem_implicit_rejection(struct kunit *test)
{
	const struct rpt_kex_group *g = rpt_kex_find(RPT_GROUP_X25519MLKEM768);
	struct work *w = work_alloc(test);
	struct rpt_kex again;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, rpt_kex_keygen(&w->k, g, w->client), 0);
	again = w->k;
	KUNIT_ASSERT_EQ(test, 0,
			rpt_kex_accept(g, w->client, g->client_share_len,
				       w->server, w->theirs));
	for (i = 0; i < RPT_MLKEM_CT_LEN; i += 109) {
		w->server[i] ^= 1 << (i % 8);
		w->k = again;
		KUNIT_EXPECT_EQ(test, 0,
				rpt_kex_finish(&w->k, w->server,
					       g->server_share_len, w->ours));
		KUNIT_EXPECT_MEMNEQ(test, w->ours, w->theirs,
				    RPT_MLKEM_SECRET_LEN);
		KUNIT_EXPECT_MEMEQ(test, w->ours + RPT_MLKEM_SECRET_LEN,
				   w->theirs + RPT_MLKEM_SECRET_LEN, 32);
		w->server[i] ^= 1 << (i % 8);
	}
	w->k = again;
	KUNIT_EXPECT_EQ(test, 0,
			rpt_kex_finish(&w->k, w->server, g->server_share_len,
				       w->ours));
	KUNIT_EXPECT_MEMEQ(test, w->ours, w->theirs, g->secret_len);
}

/* X25519's half is looked at as ever. */
static void mlkem_low_order(struct kunit *test)
{
	const struct rpt_kex_group *g = rpt_kex_find(RPT_GROUP_X25519MLKEM768);
	struct work *w = work_alloc(test);

	KUNIT_ASSERT_EQ(test, rpt_kex_keygen(&w->k, g, w->client), 0);
	KUNIT_ASSERT_EQ(test, 0,
			rpt_kex_accept(g, w->client, g->client_share_len,
				       w->server, w->theirs));
	memset(w->client + RPT_MLKEM_EK_LEN, 0, 32);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			rpt_kex_accept(g, w->client, g->client_share_len,
				       w->server, w->theirs));
	memset(w->server + RPT_MLKEM_CT_LEN, 0, 32);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			rpt_kex_finish(&w->k, w->server, g->server_share_len,
				       w->ours));
	KUNIT_EXPECT_TRUE(test, !memchr_inv(w->ours, 0, g->secret_len));
}

static struct kunit_case mlkem_cases[] = {
	KUNIT_CASE(mlkem_wycheproof),
	KUNIT_CASE(mlkem_modulus),
	KUNIT_CASE(mlkem_implicit_rejection),
	KUNIT_CASE(mlkem_low_order),
	{}
};

static struct kunit_suite mlkem_suite = {
	.name = "riptides_mlkem",
	.test_cases = mlkem_cases,
};

kunit_test_suite(mlkem_suite);

MODULE_DESCRIPTION("KUnit: ML-KEM-768 and X25519MLKEM768 of riptides");
MODULE_LICENSE("GPL");
