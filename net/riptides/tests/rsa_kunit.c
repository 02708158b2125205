// SPDX-License-Identifier: GPL-2.0-only
/*
 * RSA signatures: OpenSSL's, our own, and what must be refused
 */

#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../hash.h"
#include "../proto.h"
#include "../rsa.h"
#include "../sig.h"
#include "sig-testvecs.h"

static const u8 msg[] = "riptides";

#define MSG_LEN		(sizeof(msg) - 1)

/* RSA signatures by rsa_pkcs8 of the message */
struct rsa_case {
	const char *name;
	u16 scheme;
	const u8 *sig;
};

static const struct rsa_case rsa_cases[] = {
	{ "pss-sha256", RPT_SIG_RSA_PSS_RSAE_SHA256, rsa_pss_sha256 },
	{ "pss-sha384", RPT_SIG_RSA_PSS_RSAE_SHA384, rsa_pss_sha384 },
	{ "pss-sha512", RPT_SIG_RSA_PSS_RSAE_SHA512, rsa_pss_sha512 },
	{ "pkcs1-sha256", RPT_SIG_RSA_PKCS1_SHA256, rsa_pkcs1_sha256 },
	{ "pkcs1-sha384", RPT_SIG_RSA_PKCS1_SHA384, rsa_pkcs1_sha384 },
	{ "pkcs1-sha512", RPT_SIG_RSA_PKCS1_SHA512, rsa_pkcs1_sha512 },
};

#define RSA_LEN		256

static void rsa_desc(const struct rsa_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(rsa, rsa_cases, rsa_desc);

static struct rpt_privkey *rsa_key(struct kunit *test)
{
	struct rpt_privkey *sk = kunit_kzalloc(test, sizeof(*sk), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sk);
	KUNIT_ASSERT_EQ(test, rpt_privkey_parse(sk, rsa_pkcs8,
						sizeof(rsa_pkcs8)), 0);
	return sk;
}

static void rsa_known(struct kunit *test)
{
	const struct rsa_case *c = test->param_value;
	struct rpt_privkey *sk = rsa_key(test);
	unsigned int i;
	u8 sig[RSA_LEN];
	int err;

	KUNIT_ASSERT_EQ(test, sk->pub.rsa.nlen, RSA_LEN);
	KUNIT_EXPECT_EQ(test, rpt_sig_verify(c->scheme, &sk->pub, msg, MSG_LEN,
					     c->sig, RSA_LEN), 0);
	KUNIT_EXPECT_EQ(test, rpt_sig_verify(c->scheme, &sk->pub, msg,
					     MSG_LEN - 1, c->sig, RSA_LEN),
			-EKEYREJECTED);

	/* No signature of one scheme is good for another. */
	for (i = 0; i < ARRAY_SIZE(rsa_cases); i++) {
		if (&rsa_cases[i] == c)
			continue;
		err = rpt_sig_verify(rsa_cases[i].scheme, &sk->pub, msg,
				     MSG_LEN, c->sig, RSA_LEN);
		KUNIT_EXPECT_EQ(test, err, -EKEYREJECTED);
	}
	err = rpt_sig_verify(RPT_SIG_ECDSA_SECP256R1_SHA256, &sk->pub, msg,
			     MSG_LEN, c->sig, RSA_LEN);
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
	sk->pub.type = RPT_KEY_EC_P256;
	KUNIT_EXPECT_EQ(test, rpt_sig_verify(c->scheme, &sk->pub, msg, MSG_LEN,
					     c->sig, RSA_LEN), -EINVAL);
	sk->pub.type = RPT_KEY_RSA;

	/* Length, and a number that is not below the modulus */
	for (i = 0; i < RSA_LEN; i++) {
		err = rpt_sig_verify(c->scheme, &sk->pub, msg, MSG_LEN, c->sig,
				     i);
		KUNIT_EXPECT_EQ(test, err, -EBADMSG);
	}
	memcpy(sig, sk->pub.rsa.n, RSA_LEN);
	err = rpt_sig_verify(c->scheme, &sk->pub, msg, MSG_LEN, sig, RSA_LEN);
	KUNIT_EXPECT_EQ(test, err, -EKEYREJECTED);
	memset(sig, 0xff, RSA_LEN);
	err = rpt_sig_verify(c->scheme, &sk->pub, msg, MSG_LEN, sig, RSA_LEN);
	KUNIT_EXPECT_EQ(test, err, -EKEYREJECTED);
	for (i = 0; i < 8 * RSA_LEN; i += 11) {
		memcpy(sig, c->sig, RSA_LEN);
		sig[i / 8] ^= 1 << (i % 8);
		err = rpt_sig_verify(c->scheme, &sk->pub, msg, MSG_LEN, sig,
				     RSA_LEN);
		KUNIT_EXPECT_EQ(test, err, -EKEYREJECTED);
	}
}

static void rsa_sign(struct kunit *test)
{
	const struct rsa_case *c = test->param_value;
	struct rpt_privkey *sk = rsa_key(test);
	u8 one[RSA_LEN], two[RSA_LEN];
	size_t len;
	int err;

	err = rpt_sig_sign(c->scheme, sk, msg, MSG_LEN, one, sizeof(one), &len);
	if (rpt_sig_find(c->scheme)->cert_only) {
		KUNIT_EXPECT_EQ(test, err, -EOPNOTSUPP);
		return;
	}
	KUNIT_ASSERT_EQ(test, err, 0);
	KUNIT_ASSERT_EQ(test, len, RSA_LEN);
	KUNIT_EXPECT_EQ(test, rpt_sig_verify(c->scheme, &sk->pub, msg, MSG_LEN,
					     one, len), 0);
	err = rpt_sig_sign(c->scheme, sk, msg, MSG_LEN, two, sizeof(two), &len);
	KUNIT_ASSERT_EQ(test, err, 0);
	KUNIT_EXPECT_MEMNEQ(test, one, two, RSA_LEN);
	err = rpt_sig_sign(c->scheme, sk, msg, MSG_LEN, two, RSA_LEN - 1, &len);
	KUNIT_EXPECT_EQ(test, err, -ENOSPC);
	err = rpt_sig_sign(RPT_SIG_ECDSA_SECP256R1_SHA256, sk, msg, MSG_LEN,
			   two, sizeof(two), &len);
	KUNIT_EXPECT_EQ(test, err, -EINVAL);

	/* A fault in one half of the CRT gives nothing away. */
	sk->rsa.dp[100] ^= 1;
	memset(two, 0xaa, sizeof(two));
	err = rpt_sig_sign(c->scheme, sk, msg, MSG_LEN, two, sizeof(two), &len);
	KUNIT_EXPECT_EQ(test, err, -EIO);
	KUNIT_EXPECT_NULL(test, memchr_inv(two, 0, sizeof(two)));
}

/* EMSA-PSS by itself, for moduli whose size is no multiple of 8 */
static void rsa_pss_sizes(struct kunit *test)
{
	static const u8 hashes[] = {
		RPT_HASH_SHA256, RPT_HASH_SHA384, RPT_HASH_SHA512,
	};
	u8 digest[RPT_DIGEST_MAX], salt[RPT_DIGEST_MAX];
	unsigned int bits, i, j;
	u8 *em, *copy;
	size_t len;

	em = kunit_kzalloc(test, RPT_RSA_MAX, GFP_KERNEL);
	copy = kunit_kzalloc(test, RPT_RSA_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, em);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	memset(salt, 0x5a, sizeof(salt));
	for (i = 0; i < ARRAY_SIZE(hashes); i++) {
		rpt_hash_oneshot(hashes[i], msg, MSG_LEN, digest);
		len = rpt_hash_size(hashes[i]);
		KUNIT_EXPECT_EQ(test, rpt_rsapss_encode(hashes[i], digest, salt,
							16 * len + 9, em),
				-EINVAL);
		KUNIT_EXPECT_EQ(test, rpt_rsapss_verify(hashes[i], digest,
							16 * len + 9, em),
				-EKEYREJECTED);
		for (bits = 2048; bits <= 2064; bits++) {
			len = (bits + 7) / 8;
			memset(em, 0xaa, RPT_RSA_MAX);
			KUNIT_ASSERT_EQ(test, rpt_rsapss_encode(hashes[i],
								digest, salt,
								bits, em), 0);
			KUNIT_EXPECT_EQ(test, em[0] >> ((bits - 1) % 8), 0);
			KUNIT_EXPECT_EQ(test, em[len], 0xaa);
			for (j = 0; j <= len; j++) {
				memcpy(copy, em, len);
				if (j < len)
					copy[j] ^= 0x80 >> (j % 8);
				KUNIT_EXPECT_EQ(test,
						rpt_rsapss_verify(hashes[i],
								  digest, bits,
								  copy),
						j < len ? -EKEYREJECTED : 0);
			}
		}
	}
}

/* No byte of EMSA-PKCS1-v1_5 before the digest can be another one. */
static void rsa_pkcs1_form(struct kunit *test)
{
	u8 digest[RPT_DIGEST_MAX], em[RSA_LEN], good[RSA_LEN];
	struct rpt_privkey *sk = rsa_key(test);
	unsigned int i, v;

	KUNIT_ASSERT_EQ(test, rpt_rsa_public(&sk->pub, rsa_pkcs1_sha256,
					     RSA_LEN, good), 0);
	for (i = 0; i < RSA_LEN - 32; i++) {
		memcpy(em, good, RSA_LEN);
		for (v = 0; v < 256; v++) {
			em[i] = v;
			KUNIT_EXPECT_EQ(test,
					rpt_rsa_pkcs1_open(RPT_HASH_SHA256, em,
							   RSA_LEN, digest),
					v == good[i] ? 0 : -EKEYREJECTED);
		}
	}
	/* At least 8 bytes of padding */
	for (i = 0; i <= RSA_LEN - 54; i++) {
		em[0] = 0;
		em[1] = 1;
		memset(em + 2, 0xff, i);
		memcpy(em + 2 + i, good + RSA_LEN - 52, 52);
		KUNIT_EXPECT_EQ(test, rpt_rsa_pkcs1_open(RPT_HASH_SHA256, em,
							 54 + i, digest),
				i < 8 ? -EKEYREJECTED : 0);
	}
}

/* What rpt_rsa_check() refuses */
static void rsa_weak(struct kunit *test)
{
	struct rpt_pubkey *pk;
	u8 *sig;
	int i;

	pk = kunit_kzalloc(test, sizeof(*pk), GFP_KERNEL);
	sig = kunit_kzalloc(test, RPT_RSA_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pk);
	KUNIT_ASSERT_NOT_NULL(test, sig);

	for (i = 0; i < 13; i++) {
		int want = -EINVAL;

		memset(pk, 0, sizeof(*pk));
		pk->type = RPT_KEY_RSA;
		pk->rsa.nlen = 256;
		memset(pk->rsa.n, 0xff, RPT_RSA_MAX);
		pk->rsa.elen = 3;
		pk->rsa.e[0] = 1;
		pk->rsa.e[2] = 1;
		switch (i) {
		case 0:
			want = 0;
			break;
		case 1:
			pk->rsa.nlen = 512;
			want = 0;
			break;
		case 2:		/* 1024 bits */
			pk->rsa.nlen = 128;
			break;
		case 3:		/* 2047 bits */
			pk->rsa.n[0] = 0x7f;
			break;
		case 4:		/* 4097 bits, too long for us to hold */
			pk->rsa.nlen = 513;
			break;
		case 5:
			pk->rsa.nlen = 0;
			break;
		case 6:		/* even modulus */
			pk->rsa.n[255] = 0xfe;
			break;
		case 7:		/* leading zero */
			pk->rsa.nlen = 257;
			pk->rsa.n[0] = 0;
			break;
		case 8:
			pk->rsa.elen = 0;
			break;
		case 9:
			pk->rsa.elen = 9;
			break;
		case 10:	/* even exponent */
			pk->rsa.e[2] = 0;
			break;
		case 11:	/* leading zero */
			pk->rsa.e[0] = 0;
			break;
		case 12:	/* 1 */
			pk->rsa.elen = 1;
			break;
		}
		KUNIT_EXPECT_EQ_MSG(test, rpt_pubkey_check(pk), want, "%d", i);
		if (want)
			KUNIT_EXPECT_EQ(test, rpt_sig_verify(RPT_SIG_RSA_PKCS1_SHA256,
							     pk, msg, MSG_LEN,
							     sig, pk->rsa.nlen),
					-EINVAL);
	}
	pk->type = 17;
	KUNIT_EXPECT_EQ(test, rpt_pubkey_check(pk), -EINVAL);
}

static struct kunit_case rsa_test_cases[] = {
	KUNIT_CASE_PARAM(rsa_known, rsa_gen_params),
	KUNIT_CASE_PARAM(rsa_sign, rsa_gen_params),
	KUNIT_CASE(rsa_pss_sizes),
	KUNIT_CASE(rsa_pkcs1_form),
	KUNIT_CASE(rsa_weak),
	{}
};

static struct kunit_suite rsa_suite = {
	.name = "riptides_rsa",
	.test_cases = rsa_test_cases,
};

kunit_test_suite(rsa_suite);

MODULE_DESCRIPTION("KUnit: RSA signatures of riptides");
MODULE_LICENSE("GPL");
