// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys and algorithm identifiers of certificates (RFC 3279, 4055, 5480)
 */
#include <linux/array_size.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "der.h"
#include "ec.h"
#include "hash.h"
#include "proto.h"
#include "x509.h"

#define OID(name, ...) static const u8 name[] = { __VA_ARGS__ }

/* Keys and curves */
OID(oid_ec_public_key, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01);
OID(oid_secp256r1, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07);
OID(oid_secp384r1, 0x2b, 0x81, 0x04, 0x00, 0x22);
OID(oid_rsa, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01);

/* Signatures */
OID(oid_ecdsa_sha1, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01);
OID(oid_ecdsa_sha256, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02);
OID(oid_ecdsa_sha384, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03);
OID(oid_ecdsa_sha512, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04);
OID(oid_rsa_md5, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04);
OID(oid_rsa_sha1, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05);
OID(oid_rsa_sha256, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b);
OID(oid_rsa_sha384, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c);
OID(oid_rsa_sha512, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d);
OID(oid_rsa_pss, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a);

/* Parts of RSASSA-PSS-params */
OID(oid_mgf1, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08);
OID(oid_sha256, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01);
OID(oid_sha384, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02);
OID(oid_sha512, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03);

/* What may follow the OID in an AlgorithmIdentifier */
enum params {
	PARAMS_ABSENT,		/* RFC 5758 section 3.2 */
	PARAMS_NULL,		/* RFC 4055 section 5: NULL, or absent */
};

struct sig_alg {
	const u8 *oid;
	u8 oid_len;
	u8 params;
	u16 scheme;	/* 0: too weak */
};

#define SIG_ALG(o, p, s) { o, sizeof(o), p, s }

static const struct sig_alg sig_algs[] = {
	SIG_ALG(oid_ecdsa_sha256, PARAMS_ABSENT, RPT_SIG_ECDSA_SECP256R1_SHA256),
	SIG_ALG(oid_ecdsa_sha384, PARAMS_ABSENT, RPT_SIG_ECDSA_SECP384R1_SHA384),
	SIG_ALG(oid_ecdsa_sha512, PARAMS_ABSENT, RPT_SIG_ECDSA_SECP521R1_SHA512),
	SIG_ALG(oid_rsa_sha256, PARAMS_NULL, RPT_SIG_RSA_PKCS1_SHA256),
	SIG_ALG(oid_rsa_sha384, PARAMS_NULL, RPT_SIG_RSA_PKCS1_SHA384),
	SIG_ALG(oid_rsa_sha512, PARAMS_NULL, RPT_SIG_RSA_PKCS1_SHA512),
	SIG_ALG(oid_ecdsa_sha1, PARAMS_ABSENT, 0),
	SIG_ALG(oid_rsa_md5, PARAMS_NULL, 0),
	SIG_ALG(oid_rsa_sha1, PARAMS_NULL, 0),
};

struct pss_hash {
	const u8 *oid;
	u8 oid_len;
	u8 size;
	u16 scheme;
};

static const struct pss_hash pss_hashes[] = {
	{ oid_sha256, sizeof(oid_sha256), 32, RPT_SIG_RSA_PSS_RSAE_SHA256 },
	{ oid_sha384, sizeof(oid_sha384), 48, RPT_SIG_RSA_PSS_RSAE_SHA384 },
	{ oid_sha512, sizeof(oid_sha512), 64, RPT_SIG_RSA_PSS_RSAE_SHA512 },
};

static bool oid_is(const struct rpt_blob *oid, const u8 *want, size_t len)
{
	return oid->len == len && !memcmp(oid->data, want, len);
}

/* NULL or nothing, and then the end */
static bool null_or_end(struct rpt_rd *r)
{
	if (rpt_rd_left(r))
		rpt_der_null(r);
	return rpt_rd_done(r);
}

/* An AlgorithmIdentifier of one of the hashes above */
static const struct pss_hash *pss_hash(struct rpt_rd *r)
{
	struct rpt_rd alg = rpt_der_enter(r, RPT_ASN1_SEQUENCE);
	const struct pss_hash *h;
	struct rpt_blob oid;
	unsigned int i;

	rpt_der_oid(&alg, &oid);
	if (!null_or_end(&alg))
		return NULL;
	for (i = 0; i < ARRAY_SIZE(pss_hashes); i++) {
		h = &pss_hashes[i];
		if (oid_is(&oid, h->oid, h->oid_len))
			return h;
	}
	return NULL;
}

/*
 * RSASSA-PSS-params (RFC 4055 section 3.1) of the three forms that TLS 1.3
 * knows: one hash for message and MGF1, salt as long as the hash, the trailer
 * by default.
 */
static u16 pss_params(struct rpt_rd *r)
{
	struct rpt_rd params = rpt_der_enter(r, RPT_ASN1_SEQUENCE);
	const struct pss_hash *hash, *mgf_hash;
	struct rpt_rd elem, mgf;
	struct rpt_blob oid;
	u32 salt;

	elem = rpt_der_enter(&params, RPT_ASN1_CTX_CONS(0));
	hash = pss_hash(&elem);
	if (!hash || !rpt_rd_done(&elem))
		return 0;

	elem = rpt_der_enter(&params, RPT_ASN1_CTX_CONS(1));
	mgf = rpt_der_enter(&elem, RPT_ASN1_SEQUENCE);
	rpt_der_oid(&mgf, &oid);
	mgf_hash = pss_hash(&mgf);
	if (!oid_is(&oid, oid_mgf1, sizeof(oid_mgf1)) || mgf_hash != hash ||
	    !rpt_rd_done(&mgf) || !rpt_rd_done(&elem))
		return 0;

	elem = rpt_der_enter(&params, RPT_ASN1_CTX_CONS(2));
	salt = rpt_der_u31(&elem);
	if (salt != hash->size || !rpt_rd_done(&elem) || !rpt_rd_done(&params) ||
	    !rpt_rd_done(r))
		return 0;
	return hash->scheme;
}

/**
 * rpt_x509_sig_alg() - read the AlgorithmIdentifier of a signature
 * @r: reader; left behind it
 * @raw: the AlgorithmIdentifier with its header
 * @scheme: RPT_SIG_*, 0 when it is none that we verify
 *
 * An ECDSA scheme tells the hash only; which curve follows from the issuer's
 * key (rpt_x509_verify()).
 *
 * Context: Any context.
 * Return: 0, RPT_X509_FLAW_SIG_ALG or RPT_X509_FLAW_WEAK_SIG (MD5 and SHA-1,
 * RFC 8446 section 4.4.2.4). The reader's error is set if it is not DER.
 */
u16 rpt_x509_sig_alg(struct rpt_rd *r, struct rpt_blob *raw, u16 *scheme)
{
	struct rpt_rd alg = rpt_der_enter_raw(r, RPT_ASN1_SEQUENCE, raw);
	const struct sig_alg *s;
	struct rpt_blob oid;
	unsigned int i;

	*scheme = 0;
	rpt_der_oid(&alg, &oid);
	if (!rpt_rd_ok(&alg)) {
		rpt_rd_fail(r);
		return RPT_X509_FLAW_SIG_ALG;
	}
	if (oid_is(&oid, oid_rsa_pss, sizeof(oid_rsa_pss))) {
		*scheme = pss_params(&alg);
		return *scheme ? 0 : RPT_X509_FLAW_SIG_ALG;
	}
	for (i = 0; i < ARRAY_SIZE(sig_algs); i++) {
		s = &sig_algs[i];
		if (!oid_is(&oid, s->oid, s->oid_len))
			continue;
		if (s->params == PARAMS_NULL ? !null_or_end(&alg) : !rpt_rd_done(&alg))
			return RPT_X509_FLAW_SIG_ALG;
		*scheme = s->scheme;
		return s->scheme ? 0 : RPT_X509_FLAW_WEAK_SIG;
	}
	return RPT_X509_FLAW_SIG_ALG;
}

/* The hash of an ECDSA signature algorithm; -1 for those of RSA */
static int ecdsa_hash(u16 scheme)
{
	switch (scheme) {
	case RPT_SIG_ECDSA_SECP256R1_SHA256:
		return RPT_HASH_SHA256;
	case RPT_SIG_ECDSA_SECP384R1_SHA384:
		return RPT_HASH_SHA384;
	case RPT_SIG_ECDSA_SECP521R1_SHA512:
		return RPT_HASH_SHA512;
	default:
		return -1;
	}
}

/**
 * rpt_x509_sig_verify() - verify the signature of a certificate or request
 * @scheme: what rpt_x509_sig_alg() found
 * @pk: key that is said to have made it
 * @msg: what was signed
 * @sig: the signature
 *
 * In TLS an ECDSA scheme ties the hash to the curve. In certificates any of
 * the three hashes goes with either curve (RFC 5758 section 3.2).
 *
 * Context: Process context; one public-key operation.
 * Return: 0; -EKEYREJECTED if the signature is false or of another type than
 * the key, -EBADMSG if it is malformed, -EOPNOTSUPP for scheme 0.
 */
int rpt_x509_sig_verify(u16 scheme, const struct rpt_pubkey *pk,
			const struct rpt_blob *msg, const struct rpt_blob *sig)
{
	const struct rpt_ec_curve *curve = rpt_ec_curve_find(pk->type);
	int hash = ecdsa_hash(scheme);
	u8 digest[RPT_DIGEST_MAX];

	if (!scheme)
		return -EOPNOTSUPP;
	if (curve ? hash < 0 : hash >= 0)
		return -EKEYREJECTED;
	if (!curve)
		return rpt_sig_verify(scheme, pk, msg->data, msg->len, sig->data, sig->len);
	rpt_hash_oneshot(hash, msg->data, msg->len, digest);
	return rpt_ecdsa_verify(curve, pk->ec.q, pk->ec.qlen,
				digest, rpt_hash_size(hash), sig->data, sig->len);
}

static void put_oid(struct rpt_wr *w, const u8 *oid, size_t len)
{
	rpt_der_put(w, RPT_ASN1_OID, oid, len);
}

/* AlgorithmIdentifier of a hash, with NULL as in RFC 4055 section 2.1 */
static void put_hash_alg(struct rpt_wr *w, const struct pss_hash *h)
{
	size_t alg = rpt_der_open(w, RPT_ASN1_SEQUENCE);

	put_oid(w, h->oid, h->oid_len);
	rpt_der_put(w, RPT_ASN1_NULL, NULL, 0);
	rpt_der_close(w, alg);
}

/* RSASSA-PSS-params, see pss_params() */
static void put_pss_params(struct rpt_wr *w, const struct pss_hash *h)
{
	size_t params = rpt_der_open(w, RPT_ASN1_SEQUENCE);
	size_t elem, mgf;

	elem = rpt_der_open(w, RPT_ASN1_CTX_CONS(0));
	put_hash_alg(w, h);
	rpt_der_close(w, elem);

	elem = rpt_der_open(w, RPT_ASN1_CTX_CONS(1));
	mgf = rpt_der_open(w, RPT_ASN1_SEQUENCE);
	put_oid(w, oid_mgf1, sizeof(oid_mgf1));
	put_hash_alg(w, h);
	rpt_der_close(w, mgf);
	rpt_der_close(w, elem);

	elem = rpt_der_open(w, RPT_ASN1_CTX_CONS(2));
	rpt_der_put_u32(w, h->size);
	rpt_der_close(w, elem);
	rpt_der_close(w, params);
}

/**
 * rpt_x509_put_sig_alg() - write the AlgorithmIdentifier of a signature
 * @w: writer; its error is set for a scheme that has none
 * @scheme: RPT_SIG_*
 *
 * Context: Any context.
 */
void rpt_x509_put_sig_alg(struct rpt_wr *w, u16 scheme)
{
	size_t alg = rpt_der_open(w, RPT_ASN1_SEQUENCE);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sig_algs); i++) {
		if (!scheme || sig_algs[i].scheme != scheme)
			continue;
		put_oid(w, sig_algs[i].oid, sig_algs[i].oid_len);
		if (sig_algs[i].params == PARAMS_NULL)
			rpt_der_put(w, RPT_ASN1_NULL, NULL, 0);
		rpt_der_close(w, alg);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(pss_hashes); i++) {
		if (pss_hashes[i].scheme != scheme)
			continue;
		put_oid(w, oid_rsa_pss, sizeof(oid_rsa_pss));
		put_pss_params(w, &pss_hashes[i]);
		rpt_der_close(w, alg);
		return;
	}
	w->err = true;
}

/* RFC 5480 section 2: a named curve, and a point that is not compressed */
static u16 ec_key(struct rpt_rd *params, const struct rpt_blob *bits,
		  struct rpt_pubkey *pk)
{
	struct rpt_blob curve;
	size_t len;

	rpt_der_oid(params, &curve);
	if (!rpt_rd_done(params))
		return RPT_X509_FLAW_KEY;
	if (oid_is(&curve, oid_secp256r1, sizeof(oid_secp256r1))) {
		pk->type = RPT_KEY_EC_P256;
		len = 65;
	} else if (oid_is(&curve, oid_secp384r1, sizeof(oid_secp384r1))) {
		pk->type = RPT_KEY_EC_P384;
		len = 97;
	} else {
		return RPT_X509_FLAW_KEY;
	}
	if (bits->len != len || bits->data[0] != RPT_POINT_UNCOMPRESSED)
		return RPT_X509_FLAW_BAD_KEY;

	memcpy(pk->ec.q, bits->data, len);
	pk->ec.qlen = len;
	return 0;
}

/* RFC 3279 section 2.3.1 */
static u16 rsa_key(struct rpt_rd *params, const struct rpt_blob *bits,
		   struct rpt_pubkey *pk)
{
	struct rpt_rd r, seq;
	struct rpt_blob n, e;
	size_t n_bits;

	rpt_der_null(params);
	if (!rpt_rd_done(params))
		return RPT_X509_FLAW_BAD_KEY;
	rpt_rd_init(&r, bits->data, bits->len);
	seq = rpt_der_enter(&r, RPT_ASN1_SEQUENCE);
	rpt_der_uint(&seq, &n);
	rpt_der_uint(&seq, &e);
	if (!rpt_rd_done(&seq) || !rpt_rd_done(&r))
		return RPT_X509_FLAW_BAD_KEY;

	n_bits = 8 * (n.len - 1);
	n_bits += fls(n.data[0]);
	if (n_bits > RPT_RSA_BITS_MAX || e.len > RPT_RSA_EXP_MAX)
		return RPT_X509_FLAW_KEY;
	if (n_bits < RPT_RSA_BITS_MIN)
		return RPT_X509_FLAW_WEAK_KEY;
	/* An exponent below 65537 is legal but has only a past */
	if (!(n.data[n.len - 1] & 1) || !(e.data[e.len - 1] & 1) || e.len < 3)
		return RPT_X509_FLAW_BAD_KEY;

	pk->type = RPT_KEY_RSA;
	memcpy(pk->rsa.n, n.data, n.len);
	memcpy(pk->rsa.e, e.data, e.len);
	pk->rsa.nlen = n.len;
	pk->rsa.elen = e.len;
	return 0;
}

/**
 * rpt_x509_spki() - read a SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7)
 * @r: reader; left behind it
 * @raw: NULL, or where to put it with its header
 * @pk: the key; zeroed when it is not usable
 *
 * Whether a point is on its curve is not asked here, since that costs as much
 * as a part of a signature check and a chain may have many certificates that
 * nobody needs. Signature checks find out; rpt_pubkey_check() tells.
 *
 * Context: Any context.
 * Return: 0, RPT_X509_FLAW_KEY for types and sizes that we don't support,
 * RPT_X509_FLAW_WEAK_KEY, or RPT_X509_FLAW_BAD_KEY for numbers that are no key
 * of their type. The reader's error is set if it is not DER.
 */
u16 rpt_x509_spki(struct rpt_rd *r, struct rpt_blob *raw, struct rpt_pubkey *pk)
{
	struct rpt_rd spki = rpt_der_enter_raw(r, RPT_ASN1_SEQUENCE, raw);
	struct rpt_rd alg = rpt_der_enter(&spki, RPT_ASN1_SEQUENCE);
	struct rpt_blob oid, bits;
	u16 flaw;
	u8 unused;

	memset(pk, 0, sizeof(*pk));
	rpt_der_oid(&alg, &oid);
	rpt_der_bits(&spki, &bits, &unused);
	if (!rpt_rd_ok(&alg) || !rpt_rd_done(&spki) || unused || !bits.len) {
		rpt_rd_fail(r);
		return RPT_X509_FLAW_BAD_KEY;
	}

	if (oid_is(&oid, oid_ec_public_key, sizeof(oid_ec_public_key)))
		flaw = ec_key(&alg, &bits, pk);
	else if (oid_is(&oid, oid_rsa, sizeof(oid_rsa)))
		flaw = rsa_key(&alg, &bits, pk);
	else
		flaw = RPT_X509_FLAW_KEY;
	if (flaw)
		memset(pk, 0, sizeof(*pk));
	return flaw;
}

static void put_rsa_key(struct rpt_wr *w, const struct rpt_pubkey *pk)
{
	size_t bits, key;

	bits = rpt_der_open(w, RPT_ASN1_BIT_STRING);
	rpt_wr_u8(w, 0);
	key = rpt_der_open(w, RPT_ASN1_SEQUENCE);
	rpt_der_put_uint(w, pk->rsa.n, pk->rsa.nlen);
	rpt_der_put_uint(w, pk->rsa.e, pk->rsa.elen);
	rpt_der_close(w, key);
	rpt_der_close(w, bits);
}

/**
 * rpt_x509_put_spki() - write a SubjectPublicKeyInfo
 * @w: writer
 * @pk: the key
 *
 * Context: Any context.
 */
void rpt_x509_put_spki(struct rpt_wr *w, const struct rpt_pubkey *pk)
{
	size_t spki = rpt_der_open(w, RPT_ASN1_SEQUENCE);
	size_t alg = rpt_der_open(w, RPT_ASN1_SEQUENCE);

	if (pk->type == RPT_KEY_RSA) {
		put_oid(w, oid_rsa, sizeof(oid_rsa));
		rpt_der_put(w, RPT_ASN1_NULL, NULL, 0);
	} else {
		put_oid(w, oid_ec_public_key, sizeof(oid_ec_public_key));
		if (pk->type == RPT_KEY_EC_P256)
			put_oid(w, oid_secp256r1, sizeof(oid_secp256r1));
		else
			put_oid(w, oid_secp384r1, sizeof(oid_secp384r1));
	}
	rpt_der_close(w, alg);
	if (pk->type == RPT_KEY_RSA)
		put_rsa_key(w, pk);
	else
		rpt_der_put_bits(w, pk->ec.q, pk->ec.qlen);
	rpt_der_close(w, spki);
}
