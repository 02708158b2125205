// SPDX-License-Identifier: GPL-2.0-only
/*
 * Private keys: generation and import
 *
 * Import reads unencrypted PKCS#8 (RFC 5208) in strict DER: ECPrivateKey of
 * RFC 5915 on a named curve, RSAPrivateKey of RFC 8017 with two primes.  An
 * import proves that the parts of the key belong together.
 */

#include <linux/errno.h>
#include <linux/random.h>
#include <linux/string.h>

#include "der.h"
#include "ec.h"
#include "rsa.h"
#include "sig.h"

static const u8 oid_ec[] = {	/* id-ecPublicKey */
	0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01
};

static const u8 oid_p256[] = {	/* secp256r1 */
	0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07
};

static const u8 oid_p384[] = {	/* secp384r1 */
	0x2b, 0x81, 0x04, 0x00, 0x22
};

static const u8 oid_rsa[] = {	/* rsaEncryption */
	0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01
};

static bool oid_is(const struct rpt_blob *b, const u8 *oid, size_t len)
{
	return b->len == len && !memcmp(b->data, oid, len);
}

/**
 * rpt_pubkey_check() - validate a public key
 * @pk: the key
 *
 * Context: Any context that allows 3 kB of stack.
 * Return: 0, or -EINVAL for a type we don't know, a point that is not on its
 * curve, or an RSA key outside of our limits.
 */
int rpt_pubkey_check(const struct rpt_pubkey *pk)
{
	const struct rpt_ec_curve *c;

	if (pk->type == RPT_KEY_RSA)
		return rpt_rsa_check(pk);
	c = rpt_ec_curve_find(pk->type);
	if (!c)
		return -EINVAL;
	return rpt_ec_point_check(c, pk->ec.q, pk->ec.qlen);
}

/**
 * rpt_privkey_generate() - make a key pair
 * @sk: the key
 * @type: RPT_KEY_EC_P256 or RPT_KEY_EC_P384
 *
 * Context: Process context.  Waits for the random number generator to be
 * seeded.
 * Return: 0, -EOPNOTSUPP for another type, -ERESTARTSYS if a signal came before
 * the generator was seeded, -EIO if it is broken.  On failure @sk is wiped.
 */
int rpt_privkey_generate(struct rpt_privkey *sk, enum rpt_key_type type)
{
	const struct rpt_ec_curve *c = rpt_ec_curve_find(type);
	int err;

	rpt_privkey_wipe(sk);
	if (!c)
		return -EOPNOTSUPP;
	sk->type = type;
	sk->pub.type = type;
	sk->pub.ec.qlen = c->point_len;
	err = rpt_ec_keygen(c, sk->ec.d, sk->pub.ec.q);
	if (err)
		rpt_privkey_wipe(sk);
	return err;
}

/* Returns a reader error for anything but ECPrivateKey (RFC 5915 section 3) */
static int parse_ec(struct rpt_privkey *sk, struct rpt_rd *r,
		    const struct rpt_blob *curve_oid)
{
	struct rpt_blob d = {}, oid = {}, q = {};
	const struct rpt_ec_curve *c;
	struct rpt_rd seq, sub;
	u8 unused;

	if (oid_is(curve_oid, oid_p256, sizeof(oid_p256)))
		c = &rpt_ec_p256;
	else if (oid_is(curve_oid, oid_p384, sizeof(oid_p384)))
		c = &rpt_ec_p384;
	else
		return -EOPNOTSUPP;

	seq = rpt_der_enter(r, RPT_ASN1_SEQUENCE);
	if (rpt_der_u31(&seq) != 1)
		return -EBADMSG;
	rpt_der_blob(&seq, RPT_ASN1_OCTET_STRING, &d);
	if (rpt_der_next_is(&seq, RPT_ASN1_CTX_CONS(0))) {
		sub = rpt_der_enter(&seq, RPT_ASN1_CTX_CONS(0));
		rpt_der_oid(&sub, &oid);
		if (!rpt_rd_done(&sub))
			return -EBADMSG;
		if (!rpt_blob_eq(&oid, curve_oid))
			return -EINVAL;
	}
	if (rpt_der_next_is(&seq, RPT_ASN1_CTX_CONS(1))) {
		sub = rpt_der_enter(&seq, RPT_ASN1_CTX_CONS(1));
		rpt_der_bits(&sub, &q, &unused);
		if (!rpt_rd_done(&sub) || unused)
			return -EBADMSG;
	}
	if (!rpt_rd_done(&seq) || !rpt_rd_done(r))
		return -EBADMSG;

	if (d.len != c->len || !rpt_ec_scalar_ok(c, d.data))
		return -EINVAL;
	sk->type = c->key_type;
	sk->pub.type = c->key_type;
	sk->pub.ec.qlen = c->point_len;
	memcpy(sk->ec.d, d.data, d.len);
	if (c->ops->pub(c, sk->ec.d, sk->pub.ec.q))
		return -EINVAL;
	if (q.data && (q.len != c->point_len ||
		       memcmp(q.data, sk->pub.ec.q, q.len)))
		return -EINVAL;
	return 0;
}

/* A number padded to @len bytes; false if it is longer */
static bool put_number(const struct rpt_blob *b, u8 *out, size_t len)
{
	if (b->len > len)
		return false;
	memset(out, 0, len - b->len);
	memcpy(out + len - b->len, b->data, b->len);
	return true;
}

/* The private operation on a random number, undone by the public one */
static noinline_for_stack int rsa_try(const struct rpt_privkey *sk)
{
	u8 sig[RPT_RSA_MAX];
	u8 em[RPT_RSA_MAX];
	int err;

	get_random_bytes(em, sk->pub.rsa.nlen);
	em[0] = 0;
	err = rpt_rsa_private(sk, em, sig);
	memzero_explicit(sig, sizeof(sig));
	return err ? -EINVAL : 0;
}

/* Schoolbook multiplication; which bytes are touched depends on lengths only */
static void multiply(const u8 *a, const u8 *b, size_t len, u8 *out)
{
	size_t i, j;
	u32 carry;

	memset(out, 0, 2 * len);
	for (i = len; i-- > 0;) {
		carry = 0;
		for (j = len; j-- > 0;) {
			carry += (u32)a[i] * b[j] + out[i + j + 1];
			out[i + j + 1] = carry;
			carry >>= 8;
		}
		out[i] = carry;
	}
}

/* n is the product of two factors of half its size, all odd */
static noinline_for_stack int rsa_check_factors(const struct rpt_privkey *sk)
{
	size_t flen = sk->rsa.flen;
	u8 n[RPT_RSA_MAX];

	if (!(sk->rsa.p[0] & 0x80) || !(sk->rsa.q[0] & 0x80) ||
	    !(sk->rsa.p[flen - 1] & 1) || !(sk->rsa.q[flen - 1] & 1))
		return -EINVAL;
	multiply(sk->rsa.p, sk->rsa.q, flen, n);
	return memcmp(n, sk->pub.rsa.n, 2 * flen) ? -EINVAL : 0;
}

/* RSAPrivateKey (RFC 8017 appendix A.1.2) */
static int parse_rsa(struct rpt_privkey *sk, struct rpt_rd *r)
{
	struct rpt_blob n, e, d, p, q, dp, dq, iq;
	struct rpt_rd seq;
	size_t flen;

	seq = rpt_der_enter(r, RPT_ASN1_SEQUENCE);
	if (rpt_der_u31(&seq) != 0)
		return -EBADMSG;
	rpt_der_uint(&seq, &n);
	rpt_der_uint(&seq, &e);
	rpt_der_uint(&seq, &d);
	rpt_der_uint(&seq, &p);
	rpt_der_uint(&seq, &q);
	rpt_der_uint(&seq, &dp);
	rpt_der_uint(&seq, &dq);
	rpt_der_uint(&seq, &iq);
	if (!rpt_rd_done(&seq) || !rpt_rd_done(r))
		return -EBADMSG;
	if (n.len > RPT_RSA_MAX || e.len > RPT_RSA_EXP_MAX || n.len % 2 ||
	    d.len > n.len)
		return -EINVAL;

	sk->type = RPT_KEY_RSA;
	sk->pub.type = RPT_KEY_RSA;
	sk->pub.rsa.nlen = n.len;
	sk->pub.rsa.elen = e.len;
	memcpy(sk->pub.rsa.n, n.data, n.len);
	memcpy(sk->pub.rsa.e, e.data, e.len);
	if (rpt_rsa_check(&sk->pub) || rpt_rsa_bits(&sk->pub) % 16)
		return -EINVAL;

	flen = n.len / 2;
	sk->rsa.flen = flen;
	if (!put_number(&p, sk->rsa.p, flen) ||
	    !put_number(&q, sk->rsa.q, flen) ||
	    !put_number(&dp, sk->rsa.dp, flen) ||
	    !put_number(&dq, sk->rsa.dq, flen) ||
	    !put_number(&iq, sk->rsa.iq, flen))
		return -EINVAL;
	return rsa_check_factors(sk) ?: rsa_try(sk);
}

/* PrivateKeyInfo (RFC 5208 section 5), without attributes */
static int parse_pkcs8(struct rpt_privkey *sk, const u8 *der, size_t len)
{
	struct rpt_blob alg = {}, curve = {};
	struct rpt_rd r, info, id, key;
	bool rsa, ec;

	rpt_rd_init(&r, der, len);
	info = rpt_der_enter(&r, RPT_ASN1_SEQUENCE);
	if (!rpt_rd_done(&r) || rpt_der_u31(&info) != 0)
		return -EBADMSG;

	id = rpt_der_enter(&info, RPT_ASN1_SEQUENCE);
	rpt_der_oid(&id, &alg);
	if (!rpt_rd_ok(&id))
		return -EBADMSG;
	rsa = oid_is(&alg, oid_rsa, sizeof(oid_rsa));
	ec = oid_is(&alg, oid_ec, sizeof(oid_ec));
	if (rsa)
		rpt_der_null(&id);
	else if (ec)
		rpt_der_oid(&id, &curve);
	else
		return -EOPNOTSUPP;

	key = rpt_der_enter(&info, RPT_ASN1_OCTET_STRING);
	if (!rpt_rd_done(&id) || !rpt_rd_ok(&key) || !rpt_rd_done(&info))
		return -EBADMSG;
	return rsa ? parse_rsa(sk, &key) : parse_ec(sk, &key, &curve);
}

/**
 * rpt_privkey_parse() - import a private key
 * @sk: the key
 * @der: PKCS#8 PrivateKeyInfo, not encrypted; the caller wipes it
 * @len: length of @der
 *
 * Context: Process context; needs 6 kB of stack.
 * Return: 0, -EBADMSG if this is not PKCS#8 in DER, -EOPNOTSUPP for another
 * algorithm or curve, -EINVAL if numbers are out of range, too short or do not
 * belong together.  On failure @sk is wiped.
 */
int rpt_privkey_parse(struct rpt_privkey *sk, const u8 *der, size_t len)
{
	int err;

	rpt_privkey_wipe(sk);
	err = parse_pkcs8(sk, der, len);
	if (err)
		rpt_privkey_wipe(sk);
	return err;
}

/**
 * rpt_privkey_pub() - the public half of a key
 * @sk: the key
 * @pk: its public half
 *
 * Context: Any context.
 * Return: 0, or -EINVAL if @sk holds no key.
 */
int rpt_privkey_pub(const struct rpt_privkey *sk, struct rpt_pubkey *pk)
{
	if (sk->type == RPT_KEY_RSA ? !sk->pub.rsa.nlen : !sk->pub.ec.qlen)
		return -EINVAL;
	*pk = sk->pub;
	return 0;
}

/**
 * rpt_privkey_wipe() - forget a key
 * @sk: the key
 *
 * Context: Any context.
 */
void rpt_privkey_wipe(struct rpt_privkey *sk)
{
	memzero_explicit(sk, sizeof(*sk));
}
