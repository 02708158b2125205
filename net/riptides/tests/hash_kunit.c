// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of hashes, HMAC, HKDF and HKDF-Expand-Label.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../hash.h"
#include "../keysched.h"
#include "../wire.h"

struct hash_vec {
	const char *name;
	u8 id;
	size_t size;
	const char *abc;	/* FIPS 180-4's example "abc" */
	const char *hmac_jefe;	/* RFC 4231 section 4.3 */
	const char *hmac_long;	/* RFC 4231 section 4.7, a key longer than a block */
};

static const struct hash_vec hash_vecs[] = {
	{
		.name = "sha256",
		.id = RPT_HASH_SHA256,
		.size = 32,
		.abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		.hmac_jefe =
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
		.hmac_long =
		"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
	}, {
		.name = "sha384",
		.id = RPT_HASH_SHA384,
		.size = 48,
		.abc = "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
		       "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
		.hmac_jefe = "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47"
			     "e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
		.hmac_long = "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f"
			     "3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
	}, {
		.name = "sha512",
		.id = RPT_HASH_SHA512,
		.size = 64,
		.abc = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		       "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
		.hmac_jefe =
		"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
		"9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
		.hmac_long =
		"80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
		"6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
	},
};

KUNIT_ARRAY_PARAM_DESC(hash, hash_vecs, name);

static u8 digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static void expect_hex(struct kunit *test, const u8 *got, const char *want)
{
	size_t n = strlen(want) / 2;
	u8 buf[64];
	size_t i;

	KUNIT_ASSERT_LE(test, n, sizeof(buf));
	for (i = 0; i < n; i++)
		buf[i] = digit(want[2 * i]) << 4 | digit(want[2 * i + 1]);
	KUNIT_EXPECT_MEMEQ(test, got, buf, n);
}

static void hash_known(struct kunit *test)
{
	const struct hash_vec *v = test->param_value;
	u8 out[RPT_DIGEST_MAX + 1];
	u8 long_key[131];

	memset(out, 0xee, sizeof(out));
	memset(long_key, 0xaa, sizeof(long_key));
	KUNIT_EXPECT_EQ(test, rpt_hash_size(v->id), v->size);
	rpt_hash_oneshot(v->id, "abc", 3, out);
	expect_hex(test, out, v->abc);
	rpt_hmac(v->id, "Jefe", 4, "what do ya want for nothing?", 28, out);
	expect_hex(test, out, v->hmac_jefe);
	rpt_hmac(v->id, long_key, sizeof(long_key),
		 "Test Using Larger Than Block-Size Key - Hash Key First", 54, out);
	expect_hex(test, out, v->hmac_long);
	KUNIT_EXPECT_EQ(test, out[v->size], 0xee);

	/* HKDF-Extract is HMAC with the salt for a key; none is one of zeroes. */
	memset(long_key, 0, sizeof(long_key));
	rpt_hkdf_extract(v->id, NULL, 0, "ikm", 3, out);
	rpt_hmac(v->id, long_key, v->size, "ikm", 3, long_key);
	KUNIT_EXPECT_MEMEQ(test, out, long_key, v->size);
	rpt_hkdf_extract(v->id, "Jefe", 4, "what do ya want for nothing?", 28, out);
	expect_hex(test, out, v->hmac_jefe);
}

static void hash_incremental(struct kunit *test)
{
	const struct hash_vec *v = test->param_value;
	u8 want[RPT_DIGEST_MAX], got[RPT_DIGEST_MAX];
	struct rpt_hash h;
	u8 data[300];
	size_t i, n;

	for (i = 0; i < sizeof(data); i++)
		data[i] = i;
	for (n = 0; n <= sizeof(data); n++) {
		/* In two parts, and looked at between them */
		rpt_hash_init(&h, v->id);
		rpt_hash_update(&h, data, n);
		rpt_hash_peek(&h, got);
		rpt_hash_oneshot(v->id, data, n, want);
		KUNIT_ASSERT_MEMEQ(test, got, want, v->size);
		rpt_hash_peek(&h, got);
		KUNIT_ASSERT_MEMEQ(test, got, want, v->size);

		rpt_hash_update(&h, data + n, sizeof(data) - n);
		rpt_hash_final(&h, got);
		rpt_hash_oneshot(v->id, data, sizeof(data), want);
		KUNIT_ASSERT_MEMEQ(test, got, want, v->size);
		KUNIT_ASSERT_NULL(test, memchr_inv(&h, 0, sizeof(h)));
	}
}

/* RFC 5869 appendix A, cases 1 to 3 */
static void hkdf_rfc5869(struct kunit *test)
{
	u8 ikm[80], salt[80], info[80], prk[32], out[82];
	unsigned int i;

	memset(ikm, 0x0b, 22);
	for (i = 0; i < 13; i++)
		salt[i] = i;
	for (i = 0; i < 10; i++)
		info[i] = 0xf0 + i;
	rpt_hkdf_extract(RPT_HASH_SHA256, salt, 13, ikm, 22, prk);
	expect_hex(test, prk, "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
	KUNIT_EXPECT_EQ(test, rpt_hkdf_expand(RPT_HASH_SHA256, prk, info, 10, out, 42), 0);
	expect_hex(test, out,
		   "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
		   "34007208d5b887185865");

	for (i = 0; i < 80; i++) {
		ikm[i] = i;
		salt[i] = 0x60 + i;
		info[i] = 0xb0 + i;
	}
	rpt_hkdf_extract(RPT_HASH_SHA256, salt, 80, ikm, 80, prk);
	expect_hex(test, prk, "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244");
	KUNIT_EXPECT_EQ(test, rpt_hkdf_expand(RPT_HASH_SHA256, prk, info, 80, out, 82), 0);
	expect_hex(test, out,
		   "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
		   "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71");
	expect_hex(test, out + 64, "cc30c58179ec3e87c14c01d5c1f3434f1d87");

	memset(ikm, 0x0b, 22);
	rpt_hkdf_extract(RPT_HASH_SHA256, NULL, 0, ikm, 22, prk);
	KUNIT_EXPECT_EQ(test, rpt_hkdf_expand(RPT_HASH_SHA256, prk, NULL, 0, out, 42), 0);
	expect_hex(test, out,
		   "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
		   "9d201395faa4b61a96c8");
}

static void hkdf_limits(struct kunit *test)
{
	const struct hash_vec *v = test->param_value;
	size_t most = 255 * v->size;
	u8 prk[RPT_DIGEST_MAX];
	u8 *out, *again;
	size_t n;

	memset(prk, 0x5a, sizeof(prk));
	out = kunit_kmalloc(test, most + 1, GFP_KERNEL);
	again = kunit_kzalloc(test, most + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, out);
	KUNIT_ASSERT_NOT_NULL(test, again);

	memset(out, 0xee, most + 1);
	KUNIT_EXPECT_EQ(test, rpt_hkdf_expand(v->id, prk, "info", 4, out, most + 1), -EINVAL);
	KUNIT_EXPECT_NULL(test, memchr_inv(out, 0xee, most + 1));
	KUNIT_EXPECT_EQ(test, rpt_hkdf_expand(v->id, prk, "info", 4, out, 0), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(out, 0xee, most + 1));
	KUNIT_EXPECT_EQ(test, rpt_hkdf_expand(v->id, prk, "info", 4, out, most), 0);
	KUNIT_EXPECT_EQ(test, out[most], 0xee);

	/* A shorter output is the beginning of a longer one. */
	for (n = 1; n <= 3 * v->size; n++) {
		KUNIT_ASSERT_EQ(test, rpt_hkdf_expand(v->id, prk, "info", 4, again, n), 0);
		KUNIT_ASSERT_MEMEQ(test, again, out, n);
		KUNIT_ASSERT_EQ(test, again[n], 0);
	}
}

/* HkdfLabel of RFC 8446 section 7.1, written out by hand */
static size_t label_build(u8 *info, size_t out_len, const char *label,
			  const u8 *ctx, size_t ctx_len)
{
	size_t n = strlen(label);

	info[0] = out_len >> 8;
	info[1] = out_len;
	info[2] = 6 + n;
	memcpy(info + 3, "tls13 ", 6);
	memcpy(info + 9, label, n);
	info[9 + n] = ctx_len;
	memcpy(info + 10 + n, ctx, ctx_len);
	return 10 + n + ctx_len;
}

static void label_limits(struct kunit *test)
{
	static const size_t label_lens[] = { 0, 1, 3, 12, 248, 249, 250, 255, 256, 300 };
	static const size_t ctx_lens[] = { 0, 1, 32, 48, 254, 255, 256, 257, 300 };
	const struct hash_vec *v = test->param_value;
	u8 secret[RPT_DIGEST_MAX], want[40], got[41];
	unsigned int i, j;
	u8 info[600];
	char *label;
	size_t n;
	u8 *ctx;
	int err;

	memset(secret, 0x77, sizeof(secret));
	label = kunit_kzalloc(test, 301, GFP_KERNEL);
	ctx = kunit_kzalloc(test, 300, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, label);
	KUNIT_ASSERT_NOT_NULL(test, ctx);
	for (i = 0; i < ARRAY_SIZE(label_lens); i++) {
		memset(label, 0, 301);
		memset(label, 'l', label_lens[i]);
		for (j = 0; j < ARRAY_SIZE(ctx_lens); j++) {
			memset(ctx, j, ctx_lens[j]);
			memset(got, 0xee, sizeof(got));
			err = rpt_hkdf_expand_label(v->id, secret, label, ctx, ctx_lens[j],
						    got, sizeof(want));
			if (label_lens[i] > RPT_LABEL_MAX || ctx_lens[j] > 255) {
				KUNIT_EXPECT_EQ(test, err, -EINVAL);
				KUNIT_EXPECT_NULL(test, memchr_inv(got, 0xee, sizeof(got)));
				continue;
			}
			KUNIT_EXPECT_EQ(test, err, 0);
			n = label_build(info, sizeof(want), label, ctx, ctx_lens[j]);
			KUNIT_EXPECT_EQ(test, rpt_hkdf_expand(v->id, secret, info, n,
							      want, sizeof(want)), 0);
			KUNIT_EXPECT_MEMEQ(test, got, want, sizeof(want));
			KUNIT_EXPECT_EQ(test, got[sizeof(want)], 0xee);
		}
	}

	/* Outputs too long for HKDF, and for the length's 16 bits */
	KUNIT_EXPECT_EQ(test, rpt_hkdf_expand_label(v->id, secret, "l", NULL, 0, got,
						    255 * v->size + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, rpt_hkdf_expand_label(v->id, secret, "l", NULL, 0, got,
						    65536), -EINVAL);
}

/* Each label of RFC 8446 section 7, letter by letter */
static void label_derive(struct kunit *test)
{
	static const char * const labels[] = {
		"ext binder", "res binder", "c e traffic", "e exp master", "derived",
		"c hs traffic", "s hs traffic", "c ap traffic", "s ap traffic",
		"exp master", "res master",
	};
	const struct hash_vec *v = test->param_value;
	u8 secret[RPT_DIGEST_MAX], th[RPT_DIGEST_MAX];
	u8 want[RPT_DIGEST_MAX], got[RPT_DIGEST_MAX];
	u8 info[128];
	unsigned int i;
	size_t n;

	memset(secret, 0x77, sizeof(secret));
	rpt_hash_oneshot(v->id, "", 0, th);
	for (i = 0; i < ARRAY_SIZE(labels); i++) {
		n = label_build(info, v->size, labels[i], th, v->size);
		KUNIT_ASSERT_EQ(test, rpt_hkdf_expand(v->id, secret, info, n,
						      want, v->size), 0);
		rpt_derive_secret(v->id, secret, labels[i], NULL, got);
		KUNIT_EXPECT_MEMEQ(test, got, want, v->size);
		rpt_derive_secret(v->id, secret, labels[i], th, got);
		KUNIT_EXPECT_MEMEQ(test, got, want, v->size);
	}

	/* In place */
	memcpy(got, secret, sizeof(got));
	rpt_derive_secret(v->id, got, labels[i - 1], th, got);
	KUNIT_EXPECT_MEMEQ(test, got, want, v->size);
}

static struct kunit_case hash_cases[] = {
	KUNIT_CASE_PARAM(hash_known, hash_gen_params),
	KUNIT_CASE_PARAM(hash_incremental, hash_gen_params),
	KUNIT_CASE(hkdf_rfc5869),
	KUNIT_CASE_PARAM(hkdf_limits, hash_gen_params),
	KUNIT_CASE_PARAM(label_limits, hash_gen_params),
	KUNIT_CASE_PARAM(label_derive, hash_gen_params),
	{}
};

static struct kunit_suite hash_suite = {
	.name = "riptides-hash",
	.test_cases = hash_cases,
};

kunit_test_suite(hash_suite);

MODULE_DESCRIPTION("KUnit tests of riptides' hashes and HKDF");
MODULE_LICENSE("GPL");
