// SPDX-License-Identifier: GPL-2.0-only
/*
 * One X.509 certificate (RFC 5280 section 4.1)
 *
 * The parser takes a certificate apart and answers whether it is one: strict
 * DER, nothing before, between or behind the fields.  What a well-formed
 * certificate has that we can't use becomes a flaw, since a chain may hold
 * certificates that no path needs.  Whether a certificate is acceptable is
 * chain.c's question.
 */
#include <linux/array_size.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "der.h"
#include "proto.h"
#include "x509.h"

/* The bytes of these strings may not hold a NUL: nobody may be fooled by one */
static bool is_text(u8 tag)
{
	switch (tag) {
	case RPT_ASN1_UTF8_STRING:
	case RPT_ASN1_PRINTABLE_STRING:
	case RPT_ASN1_TELETEX_STRING:
	case RPT_ASN1_IA5_STRING:
		return true;
	default:
		return false;
	}
}

/* AttributeTypeAndValue */
static bool attribute_ok(struct rpt_rd *r, struct rpt_blob *raw)
{
	struct rpt_rd seq = rpt_der_enter_raw(r, RPT_ASN1_SEQUENCE, raw);
	struct rpt_blob oid;
	struct rpt_rd value;
	u8 tag;

	rpt_der_oid(&seq, &oid);
	value = rpt_der_any(&seq, &tag, NULL);
	if (!rpt_rd_done(&seq))
		return false;
	return !is_text(tag) || !rpt_rd_left(&value) ||
	       !memchr(value.p, 0, rpt_rd_left(&value));
}

/* RelativeDistinguishedName: a SET OF in ascending order (X.690 section 11.6) */
static bool rdn_ok(struct rpt_rd *r)
{
	struct rpt_rd set = rpt_der_enter(r, RPT_ASN1_SET);
	struct rpt_blob attr, prev = { NULL, 0 };

	do {
		if (!attribute_ok(&set, &attr))
			return false;
		/* No element is the beginning of another one */
		if (prev.len && memcmp(prev.data, attr.data, min(prev.len, attr.len)) >= 0)
			return false;
		prev = attr;
	} while (rpt_rd_left(&set));
	return true;
}

/**
 * rpt_x509_name() - read a Name (RFC 5280 section 4.1.2.4)
 * @r: reader; left behind it, its error set if it is malformed
 * @raw: the Name with its header, which is how names are compared here
 * @empty: it has no attributes
 *
 * Context: Any context.
 */
void rpt_x509_name(struct rpt_rd *r, struct rpt_blob *raw, bool *empty)
{
	struct rpt_rd name = rpt_der_enter_raw(r, RPT_ASN1_SEQUENCE, raw);

	*empty = !rpt_rd_left(&name);
	while (rpt_rd_left(&name)) {
		if (!rdn_ok(&name))
			rpt_rd_fail(&name);
	}
	if (!rpt_rd_ok(&name))
		rpt_rd_fail(r);
}

/* [0] EXPLICIT Version DEFAULT v1; the bits of what is not v3 */
static u16 parse_version(struct rpt_rd *tbs)
{
	struct rpt_rd sub;
	u32 version;

	if (!rpt_der_next_is(tbs, RPT_ASN1_CTX_CONS(0)))
		return RPT_X509_FLAW_VERSION;
	sub = rpt_der_enter(tbs, RPT_ASN1_CTX_CONS(0));
	version = rpt_der_u31(&sub);
	if (!rpt_rd_done(&sub) || version < 1 || version > 2)
		rpt_rd_fail(tbs);
	return version == 2 ? 0 : RPT_X509_FLAW_VERSION;
}

static void parse_validity(struct rpt_rd *tbs, struct rpt_x509 *x)
{
	struct rpt_rd sub = rpt_der_enter(tbs, RPT_ASN1_SEQUENCE);

	x->not_before = rpt_der_time(&sub);
	x->not_after = rpt_der_time(&sub);
	if (!rpt_rd_done(&sub))
		rpt_rd_fail(tbs);
}

static void parse_serial(struct rpt_rd *tbs, struct rpt_x509 *x)
{
	rpt_der_uint(tbs, &x->serial);
	if (x->serial.len > RPT_X509_SERIAL_MAX)
		rpt_rd_fail(tbs);
	else if (x->serial.len == 1 && !x->serial.data[0])
		x->flaws |= RPT_X509_FLAW_SERIAL;
}

/* TBSCertificate; @tbs fails if it is not one */
static void parse_tbs(struct rpt_rd *tbs, struct rpt_x509 *x)
{
	struct rpt_blob inner_alg;
	struct rpt_rd exts;
	bool empty;
	u16 scheme;

	x->flaws |= parse_version(tbs);
	parse_serial(tbs, x);
	rpt_x509_sig_alg(tbs, &inner_alg, &scheme);
	if (!rpt_blob_eq(&inner_alg, &x->sig_alg))
		rpt_rd_fail(tbs);
	rpt_x509_name(tbs, &x->issuer, &empty);
	if (empty)	/* section 4.1.2.4 */
		rpt_rd_fail(tbs);
	parse_validity(tbs, x);
	rpt_x509_name(tbs, &x->subject, &x->subject_empty);
	x->flaws |= rpt_x509_spki(tbs, &x->spki, &x->key);
	if (!rpt_rd_left(tbs))
		return;

	/* Unique identifiers (v2) are not to be used, and not used here */
	exts = rpt_der_enter(tbs, RPT_ASN1_CTX_CONS(3));
	if (x->flaws & RPT_X509_FLAW_VERSION)
		rpt_rd_fail(tbs);
	rpt_x509_extensions(&exts, x);
	if (!rpt_rd_done(&exts))
		rpt_rd_fail(tbs);
}

/**
 * rpt_x509_parse() - parse a certificate
 * @x: where to put it: views of @der, which must outlive it
 * @der: the certificate; any bytes
 * @len: its length
 *
 * Context: Any context.
 * Return: 0, or -EBADMSG if it is not a certificate in strict DER (RFC 5280
 * section 4.1) with everything in it well formed. One that is well formed but
 * beyond us has bits in rpt_x509.flaws.
 */
int rpt_x509_parse(struct rpt_x509 *x, const u8 *der, size_t len)
{
	struct rpt_rd r, cert, tbs;
	u8 unused;

	memset(x, 0, sizeof(*x));
	x->path_len = RPT_X509_PATH_LEN_NONE;

	rpt_rd_init(&r, der, len);
	cert = rpt_der_enter_raw(&r, RPT_ASN1_SEQUENCE, &x->raw);
	tbs = rpt_der_enter_raw(&cert, RPT_ASN1_SEQUENCE, &x->tbs);
	x->flaws |= rpt_x509_sig_alg(&cert, &x->sig_alg, &x->sig_scheme);
	rpt_der_bits(&cert, &x->sig, &unused);
	if (!rpt_rd_done(&r) || !rpt_rd_done(&cert) || unused)
		return -EBADMSG;
	parse_tbs(&tbs, x);
	return rpt_rd_done(&tbs) ? 0 : -EBADMSG;
}

/**
 * rpt_x509_verify() - verify a certificate's signature
 * @x: parsed certificate
 * @issuer: key of the supposed issuer
 *
 * Context: Process context; one public-key operation.
 * Return: 0; -EKEYREJECTED if the signature is false or of another type than
 * the key, -EBADMSG if it is malformed, -EOPNOTSUPP for algorithms beyond us.
 */
int rpt_x509_verify(const struct rpt_x509 *x, const struct rpt_pubkey *issuer)
{
	return rpt_x509_sig_verify(x->sig_scheme, issuer, &x->tbs, &x->sig);
}

/**
 * rpt_x509_spiffe() - the SPIFFE ID that a leaf claims, nothing verified
 * @der: the certificate
 * @len: its length
 * @out: the ID, views of @der
 *
 * Its trust domain tells which bundle, and only which, the chain may be
 * verified against.
 *
 * Context: Process context; allocates with GFP_KERNEL.
 * Return: 0; -EBADMSG if it is no certificate, -ENOENT without exactly one URI
 * name, -EINVAL or -ENAMETOOLONG if that is no SPIFFE ID, -ENOMEM.
 */
int rpt_x509_spiffe(const u8 *der, size_t len, struct rpt_spiffe *out)
{
	struct rpt_x509 *x;
	int err;

	x = kmalloc_obj(*x);
	if (!x)
		return -ENOMEM;
	err = rpt_x509_parse(x, der, len);
	if (!err && x->n_uri != 1)
		err = -ENOENT;
	if (!err)
		err = rpt_spiffe_parse((const char *)x->uri.data, x->uri.len, out);
	kfree(x);
	return err;
}

/**
 * rpt_x509_flaw_name() - say what is wrong with a certificate
 * @flaws: RPT_X509_FLAW_* bits, at least one
 *
 * Context: Any context.
 * Return: the lowest bit's meaning, a constant string.
 */
const char *rpt_x509_flaw_name(u16 flaws)
{
	static const char * const names[] = {
		"not a version 3 certificate",
		"key type or size is not supported",
		"RSA key is too short",
		"public key is not valid",
		"unknown critical extension",
		"name constraints are not supported",
		"serial number is zero",
		"signature algorithm is not supported",
		"signature algorithm is too weak",
	};
	unsigned int bit = ffs(flaws) - 1;

	return bit < ARRAY_SIZE(names) ? names[bit] : "no flaw";
}
