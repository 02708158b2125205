// SPDX-License-Identifier: GPL-2.0-only
/*
 * Key exchange: agreement of both sides, and every way to send a bad share
 */

#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../ec.h"
#include "../kex.h"
#include "../proto.h"
#include "../sig.h"

/* One test per group */
static void group_desc(const struct rpt_kex_group *const *g, char *desc)
{
	strscpy(desc, (*g)->name, KUNIT_PARAM_DESC_SIZE);
}

static const struct rpt_kex_group *const groups[] = {
	&rpt_kex_groups[0], &rpt_kex_groups[1], &rpt_kex_groups[2],
#ifdef CONFIG_RIPTIDES_MLKEM
	&rpt_kex_groups[3],
#endif
};

static const struct rpt_kex_group *const ec_groups[] = {
	&rpt_kex_groups[1], &rpt_kex_groups[2],
};

KUNIT_ARRAY_PARAM(group, groups, group_desc);
KUNIT_ARRAY_PARAM(ec_group, ec_groups, group_desc);

static const struct rpt_kex_group *param(struct kunit *test)
{
	return *(const struct rpt_kex_group *const *)test->param_value;
}

/* Shares are too long for the stack. */
static u8 *share_alloc(struct kunit *test)
{
	u8 *share = kunit_kzalloc(test, RPT_KEX_SHARE_MAX, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, share);
	return share;
}

static bool is_zero(const void *p, size_t len)
{
	return !memchr_inv(p, 0, len);
}

/* RFC 8446 sections 4.2.7 and 4.2.8.2, draft-ietf-tls-ecdhe-mlkem */
static void kex_table(struct kunit *test)
{
	static const struct {
		u16 id;
		u16 client;
		u16 server;
		u16 secret;
	} want[] = {
		{ RPT_GROUP_X25519, 32, 32, 32 },
		{ RPT_GROUP_SECP256R1, 65, 65, 32 },
		{ RPT_GROUP_SECP384R1, 97, 97, 48 },
#ifdef CONFIG_RIPTIDES_MLKEM
		{ RPT_GROUP_X25519MLKEM768, 1216, 1120, 64 },
#endif
	};
	const struct rpt_kex_group *g;
	unsigned int i, found = 0;
	u32 id;

	KUNIT_EXPECT_EQ(test, rpt_kex_groups_n, ARRAY_SIZE(want));
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		g = rpt_kex_find(want[i].id);
		KUNIT_ASSERT_NOT_NULL(test, g);
		KUNIT_EXPECT_EQ(test, g->id, want[i].id);
		KUNIT_EXPECT_EQ(test, g->client_share_len, want[i].client);
		KUNIT_EXPECT_EQ(test, g->server_share_len, want[i].server);
		KUNIT_EXPECT_EQ(test, g->secret_len, want[i].secret);
		KUNIT_EXPECT_LE(test, g->priv_len, RPT_KEX_PRIV_MAX);
		KUNIT_EXPECT_LE(test, g->client_share_len, RPT_KEX_SHARE_MAX);
		KUNIT_EXPECT_LE(test, g->secret_len, RPT_KEX_SECRET_MAX);
	}
	for (id = 0; id <= U16_MAX; id++)
		found += !!rpt_kex_find(id);
	KUNIT_EXPECT_EQ(test, found, ARRAY_SIZE(want));
}

static void kex_round_trip(struct kunit *test)
{
	const struct rpt_kex_group *g = param(test);
	u8 ours[RPT_KEX_SECRET_MAX], theirs[RPT_KEX_SECRET_MAX];
	u8 *client, *server, *again;
	struct rpt_kex k;

	client = share_alloc(test);
	server = share_alloc(test);
	again = share_alloc(test);
	KUNIT_ASSERT_EQ(test, rpt_kex_keygen(&k, g, client), 0);
	KUNIT_ASSERT_EQ(test, rpt_kex_accept(g, client, g->client_share_len,
					     server, theirs), 0);
	KUNIT_ASSERT_EQ(test, rpt_kex_finish(&k, server, g->server_share_len,
					     ours), 0);
	KUNIT_EXPECT_MEMEQ(test, ours, theirs, g->secret_len);
	KUNIT_EXPECT_FALSE(test, is_zero(ours, g->secret_len));
	KUNIT_EXPECT_TRUE(test, is_zero(&k, sizeof(k)));

	/* A key serves once. */
	KUNIT_EXPECT_EQ(test, rpt_kex_finish(&k, server, g->server_share_len,
					     ours), -EINVAL);

	/* No key comes twice. */
	KUNIT_ASSERT_EQ(test, rpt_kex_keygen(&k, g, again), 0);
	KUNIT_EXPECT_MEMNEQ(test, client, again, g->client_share_len);
	rpt_kex_wipe(&k);
	KUNIT_EXPECT_TRUE(test, is_zero(&k, sizeof(k)));
	KUNIT_ASSERT_EQ(test, rpt_kex_accept(g, client, g->client_share_len,
					     again, ours), 0);
	KUNIT_EXPECT_MEMNEQ(test, again, server, g->server_share_len);
	KUNIT_EXPECT_MEMNEQ(test, ours, theirs, g->secret_len);
}

/* The secret is zero after a failure. */
static void refused_by_server(struct kunit *test,
			      const struct rpt_kex_group *g, const u8 *share,
			      size_t len, const char *what)
{
	u8 secret[RPT_KEX_SECRET_MAX];
	u8 *own = share_alloc(test);
	int err;

	memset(secret, 0xaa, sizeof(secret));
	err = rpt_kex_accept(g, share, len, own, secret);
	KUNIT_EXPECT_EQ_MSG(test, err, -EINVAL, "%s: accept", what);
	KUNIT_EXPECT_TRUE_MSG(test, is_zero(secret, g->secret_len), "%s", what);
	kunit_kfree(test, own);
}

/* The same, and the client's key is gone. */
static void refused_by_client(struct kunit *test,
			      const struct rpt_kex_group *g, const u8 *share,
			      size_t len, const char *what)
{
	u8 secret[RPT_KEX_SECRET_MAX];
	u8 *own = share_alloc(test);
	struct rpt_kex k;
	int err;

	KUNIT_ASSERT_EQ(test, rpt_kex_keygen(&k, g, own), 0);
	memset(secret, 0xaa, sizeof(secret));
	err = rpt_kex_finish(&k, share, len, secret);
	KUNIT_EXPECT_EQ_MSG(test, err, -EINVAL, "%s: finish", what);
	KUNIT_EXPECT_TRUE_MSG(test, is_zero(secret, g->secret_len), "%s", what);
	KUNIT_EXPECT_TRUE_MSG(test, is_zero(&k, sizeof(k)), "%s", what);
	kunit_kfree(test, own);
}

static void refused(struct kunit *test, const struct rpt_kex_group *g,
		    const u8 *share, size_t len, const char *what)
{
	refused_by_server(test, g, share, len, what);
	refused_by_client(test, g, share, len, what);
}

/* Each length but the right one; the buffer is exact so that KASAN sees. */
static void kex_lengths(struct kunit *test)
{
	const struct rpt_kex_group *g = param(test);
	u8 *share = share_alloc(test);
	struct rpt_kex k;
	size_t len;
	u8 *exact;

	KUNIT_ASSERT_EQ(test, rpt_kex_keygen(&k, g, share), 0);
	rpt_kex_wipe(&k);
	for (len = 0; len <= g->client_share_len + 2; len++) {
		/* All of the short ones, and every 32nd of the long ones */
		if (len > 128 && len % 32 > 2)
			continue;
		exact = kmalloc(len ?: 1, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, exact);
		memset(exact, 0x04, len);
		memcpy(exact, share, min_t(size_t, len, g->client_share_len));
		if (len != g->client_share_len)
			refused_by_server(test, g, exact, len, "length");
		if (len != g->server_share_len)
			refused_by_client(test, g, exact, len, "length");
		kfree(exact);
	}
}

/* RFC 7748 section 6.1 */
static void x25519_known(struct kunit *test)
{
	static const u8 alice[] = {
		0x77, 0x07, 0x6d, 0x0a, 0x73, 0x18, 0xa5, 0x7d,
		0x3c, 0x16, 0xc1, 0x72, 0x51, 0xb2, 0x66, 0x45,
		0xdf, 0x4c, 0x2f, 0x87, 0xeb, 0xc0, 0x99, 0x2a,
		0xb1, 0x77, 0xfb, 0xa5, 0x1d, 0xb9, 0x2c, 0x2a,
	};
	static const u8 bob[] = {
		0xde, 0x9e, 0xdb, 0x7d, 0x7b, 0x7d, 0xc1, 0xb4,
		0xd3, 0x5b, 0x61, 0xc2, 0xec, 0xe4, 0x35, 0x37,
		0x3f, 0x83, 0x43, 0xc8, 0x5b, 0x78, 0x67, 0x4d,
		0xad, 0xfc, 0x7e, 0x14, 0x6f, 0x88, 0x2b, 0x4f,
	};
	static const u8 shared[] = {
		0x4a, 0x5d, 0x9d, 0x5b, 0xa4, 0xce, 0x2d, 0xe1,
		0x72, 0x8e, 0x3b, 0xf4, 0x80, 0x35, 0x0f, 0x25,
		0xe0, 0x7e, 0x21, 0xc9, 0x47, 0xd1, 0x9e, 0x33,
		0x76, 0xf0, 0x9b, 0x3c, 0x1e, 0x16, 0x17, 0x42,
	};
	struct rpt_kex k = { .group = rpt_kex_find(RPT_GROUP_X25519) };
	u8 secret[32];

	memcpy(k.priv, alice, sizeof(alice));
	KUNIT_ASSERT_EQ(test, rpt_kex_finish(&k, bob, sizeof(bob), secret), 0);
	KUNIT_EXPECT_MEMEQ(test, secret, shared, sizeof(shared));
}

/*
 * The points of low order, canonical and not, with both values of the ignored
 * top bit: the result is zero whatever the scalar (RFC 7748 section 6.1, RFC
 * 8446 section 7.4.2).
 */
static void x25519_low_order(struct kunit *test)
{
	static const u8 points[][32] = {
		{ 0 },
		{ 1 },
		{ 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae,
		  0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
		  0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd,
		  0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00 },
		{ 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24,
		  0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
		  0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86,
		  0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57 },
		/* p - 1, p, p + 1 */
		{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
		{ 0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
		{ 0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
	};
	const struct rpt_kex_group *g = rpt_kex_find(RPT_GROUP_X25519);
	unsigned int i;
	u8 share[32];

	for (i = 0; i < ARRAY_SIZE(points); i++) {
		memcpy(share, points[i], sizeof(share));
		refused(test, g, share, sizeof(share), "low order");
		share[31] |= 0x80;
		refused(test, g, share, sizeof(share), "low order, top bit");
	}
}

/* A good share with one byte or one form wrong */
static void ec_bad_points(struct kunit *test)
{
	const struct rpt_kex_group *g = param(test);
	const struct rpt_ec_curve *c = g->curve;
	u8 good[RPT_EC_POINT_MAX], bad[RPT_EC_POINT_MAX];
	unsigned int i, bit;
	struct rpt_kex k;

	KUNIT_ASSERT_EQ(test, rpt_kex_keygen(&k, g, good), 0);
	KUNIT_EXPECT_EQ(test, rpt_ec_point_check(c, good, c->point_len), 0);

	/* Any first byte but 04: infinity, compressed, hybrid */
	memcpy(bad, good, c->point_len);
	for (i = 0; i < 256; i++) {
		bad[0] = i;
		KUNIT_EXPECT_EQ(test, rpt_ec_point_check(c, bad, c->point_len),
				i == 0x04 ? 0 : -EINVAL);
	}
	bad[0] = 0x00;
	refused(test, g, bad, c->point_len, "infinity");
	bad[0] = 0x02 | (good[c->point_len - 1] & 1);
	refused(test, g, bad, c->point_len, "compressed");
	refused(test, g, bad, 1 + c->len, "compressed, short");
	bad[0] = 0x06 | (good[c->point_len - 1] & 1);
	refused(test, g, bad, c->point_len, "hybrid");

	/* Not on the curve */
	for (i = 8; i < 8 * c->point_len; i++) {
		memcpy(bad, good, c->point_len);
		bit = i % 8;
		bad[i / 8] ^= 1 << bit;
		KUNIT_EXPECT_EQ(test, rpt_ec_point_check(c, bad, c->point_len),
				-EINVAL);
	}
	refused(test, g, bad, c->point_len, "not on the curve");
	memset(bad + 1, 0, 2 * c->len);
	bad[0] = 0x04;
	refused(test, g, bad, c->point_len, "zero");
	memset(bad + 1, 0xff, 2 * c->len);
	refused(test, g, bad, c->point_len, "all ones");
}

/* Both curves have points with X = 0; the same with X = p is no encoding. */
static void ec_range(struct kunit *test)
{
	static const u8 p256_p[32] = {
		0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	};
	static const u8 p256_y[32] = {
		0x66, 0x48, 0x5c, 0x78, 0x0e, 0x2f, 0x83, 0xd7,
		0x24, 0x33, 0xbd, 0x5d, 0x84, 0xa0, 0x6b, 0xb6,
		0x54, 0x1c, 0x2a, 0xf3, 0x1d, 0xae, 0x87, 0x17,
		0x28, 0xbf, 0x85, 0x6a, 0x17, 0x4f, 0x93, 0xf4,
	};
	static const u8 p384_p[48] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
		0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff,
	};
	static const u8 p384_y[48] = {
		0xc3, 0x06, 0x61, 0x0f, 0xb0, 0xae, 0x5a, 0x15,
		0x9c, 0xf4, 0x5c, 0x06, 0x06, 0x9f, 0x22, 0xa6,
		0xc5, 0xeb, 0x36, 0x41, 0xc6, 0x02, 0xd4, 0x2d,
		0xea, 0x2c, 0x4b, 0x4f, 0x75, 0x55, 0x07, 0x93,
		0x40, 0x6d, 0x80, 0xd2, 0xb9, 0x1a, 0xd5, 0x4f,
		0x90, 0x48, 0xbd, 0x48, 0x7a, 0xf1, 0xad, 0xe1,
	};
	const struct rpt_kex_group *g = param(test);
	const struct rpt_ec_curve *c = g->curve;
	u8 share[RPT_EC_POINT_MAX] = { 0x04 };
	bool small = c->len == 32;

	memcpy(share + 1 + c->len, small ? p256_y : p384_y, c->len);
	KUNIT_EXPECT_EQ(test, rpt_ec_point_check(c, share, c->point_len), 0);
	memcpy(share + 1, small ? p256_p : p384_p, c->len);
	refused(test, g, share, c->point_len, "X = p");
}

/* 1 and n - 1 are the outermost scalars: the secret is X of the peer. */
static void ec_scalars(struct kunit *test)
{
	const struct rpt_kex_group *g = param(test);
	const struct rpt_ec_curve *c = g->curve;
	u8 share[RPT_EC_POINT_MAX], secret[RPT_KEX_SECRET_MAX];
	u8 d[RPT_EC_SCALAR_MAX];
	struct rpt_kex k;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, rpt_kex_keygen(&k, g, share), 0);
	KUNIT_EXPECT_TRUE(test, rpt_ec_scalar_ok(c, k.priv));

	for (i = 0; i < 6; i++) {
		switch (i) {
		case 0:	/* 0 */
		case 1:	/* 1 */
			memset(d, 0, sizeof(d));
			d[c->len - 1] = i;
			break;
		case 2:	/* n - 1 */
		case 3:	/* n */
		case 4:	/* n + 1 */
			memcpy(d, c->order, c->len);
			d[c->len - 1] += i - 3;
			break;
		case 5:	/* all ones */
			memset(d, 0xff, sizeof(d));
			break;
		}
		k.group = g;
		memcpy(k.priv, d, c->len);
		if (i == 1 || i == 2) {
			KUNIT_EXPECT_TRUE(test, rpt_ec_scalar_ok(c, d));
			KUNIT_EXPECT_EQ(test, rpt_kex_finish(&k, share,
							     c->point_len,
							     secret), 0);
			KUNIT_EXPECT_MEMEQ(test, secret, share + 1, c->len);
		} else {
			KUNIT_EXPECT_FALSE(test, rpt_ec_scalar_ok(c, d));
			KUNIT_EXPECT_EQ(test, rpt_kex_finish(&k, share,
							     c->point_len,
							     secret), -EINVAL);
			KUNIT_EXPECT_TRUE(test, is_zero(secret, c->len));
		}
	}
}

static struct kunit_case kex_cases[] = {
	KUNIT_CASE(kex_table),
	KUNIT_CASE_PARAM(kex_round_trip, group_gen_params),
	KUNIT_CASE_PARAM(kex_lengths, group_gen_params),
	KUNIT_CASE(x25519_known),
	KUNIT_CASE(x25519_low_order),
	KUNIT_CASE_PARAM(ec_bad_points, ec_group_gen_params),
	KUNIT_CASE_PARAM(ec_range, ec_group_gen_params),
	KUNIT_CASE_PARAM(ec_scalars, ec_group_gen_params),
	{}
};

static struct kunit_suite kex_suite = {
	.name = "riptides_kex",
	.test_cases = kex_cases,
};

kunit_test_suite(kex_suite);

MODULE_DESCRIPTION("KUnit: key exchange of riptides");
MODULE_LICENSE("GPL");
