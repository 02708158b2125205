// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certificate extensions (RFC 5280 section 4.2)
 */
#include <linux/array_size.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "der.h"
#include "x509.h"

/* Context tags of GeneralName's choices and whether they are constructed */
enum general_name {
	GN_OTHER	= RPT_ASN1_CTX_CONS(0),
	GN_EMAIL	= RPT_ASN1_CTX(1),
	GN_DNS		= RPT_ASN1_CTX(RPT_SAN_DNS),
	GN_X400		= RPT_ASN1_CTX_CONS(3),
	GN_DIRECTORY	= RPT_ASN1_CTX_CONS(4),
	GN_EDI		= RPT_ASN1_CTX_CONS(5),
	GN_URI		= RPT_ASN1_CTX(RPT_SAN_URI),
	GN_IP		= RPT_ASN1_CTX(RPT_SAN_IP),
	GN_REGISTERED	= RPT_ASN1_CTX(8),
};

/* Names of hosts and URIs are of printable ASCII; a NUL least of all */
static bool name_chars_ok(const struct rpt_blob *name)
{
	size_t i;

	for (i = 0; i < name->len; i++) {
		if (name->data[i] <= 0x20 || name->data[i] >= 0x7f)
			return false;
	}
	return name->len;
}

/* One GeneralName (section 4.2.1.6): is it one, and is its content legal? */
static bool general_name_ok(u8 tag, const struct rpt_blob *value)
{
	switch (tag) {
	case GN_EMAIL:
	case GN_DNS:
	case GN_URI:
		return name_chars_ok(value);
	case GN_IP:
		return value->len == 4 || value->len == 16;
	case GN_OTHER:
	case GN_X400:
	case GN_DIRECTORY:
	case GN_EDI:
	case GN_REGISTERED:
		return value->len;
	default:
		return false;
	}
}

static void parse_san(struct rpt_rd *r, struct rpt_x509 *x)
{
	struct rpt_rd names = rpt_der_enter(r, RPT_ASN1_SEQUENCE);
	struct rpt_blob value;
	struct rpt_rd sub;
	u8 tag;

	x->san.data = names.p;
	x->san.len = rpt_rd_left(&names);
	if (!x->san.len)
		rpt_rd_fail(r);
	while (rpt_rd_left(&names)) {
		sub = rpt_der_any(&names, &tag, NULL);
		value.data = sub.p;
		value.len = rpt_rd_left(&sub);
		if (!rpt_rd_ok(&sub) || !general_name_ok(tag, &value)) {
			rpt_rd_fail(r);
			return;
		}
		if (tag == GN_URI && !x->n_uri++)
			x->uri = value;
		if (tag == GN_DNS)
			x->n_dns++;
		if (tag == GN_IP)
			x->n_ip++;
	}
}

/**
 * rpt_x509_san_next() - next subject alternative name
 * @it: reader that was started on rpt_x509.san or rpt_csr.san
 * @type: its choice number, enum rpt_san_type among others
 * @value: its contents
 *
 * Context: Any context.
 * Return: false at the end.
 */
bool rpt_x509_san_next(struct rpt_rd *it, u8 *type, struct rpt_blob *value)
{
	struct rpt_rd sub;
	u8 tag;

	if (!rpt_rd_left(it))
		return false;
	sub = rpt_der_any(it, &tag, NULL);
	*type = tag & 0x1f;
	value->data = sub.p;
	value->len = rpt_rd_left(&sub);
	return rpt_rd_ok(&sub);
}

/* Section 4.2.1.9; a path length on what is no CA is an error */
static void parse_basic(struct rpt_rd *r, struct rpt_x509 *x)
{
	struct rpt_rd seq = rpt_der_enter(r, RPT_ASN1_SEQUENCE);

	if (rpt_der_next_is(&seq, RPT_ASN1_BOOLEAN)) {
		x->ca = rpt_der_bool(&seq);
		if (!x->ca)	/* DEFAULT FALSE is never encoded */
			rpt_rd_fail(r);
	}
	if (rpt_rd_left(&seq)) {
		x->path_len = min_t(u32, rpt_der_u31(&seq), S16_MAX);
		if (!x->ca)
			rpt_rd_fail(r);
	}
	if (!rpt_rd_done(&seq))
		rpt_rd_fail(r);
}

/* Section 4.2.1.3: at least one bit is set */
static void parse_key_usage(struct rpt_rd *r, struct rpt_x509 *x)
{
	x->key_usage = rpt_der_flags(r);
	if (!x->key_usage)
		rpt_rd_fail(r);
}

/* Section 4.2.1.12 */
static void parse_eku(struct rpt_rd *r, struct rpt_x509 *x)
{
	static const u8 kp[] = { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03 };
	static const u8 any[] = { 0x55, 0x1d, 0x25, 0x00 };
	struct rpt_rd seq = rpt_der_enter(r, RPT_ASN1_SEQUENCE);
	struct rpt_blob oid;

	do {
		rpt_der_oid(&seq, &oid);
		if (!rpt_rd_ok(&seq)) {
			rpt_rd_fail(r);
			return;
		}
		if (oid.len == sizeof(any) && !memcmp(oid.data, any, sizeof(any)))
			x->eku |= RPT_EKU_ANY;
		else if (oid.len != sizeof(kp) + 1 || memcmp(oid.data, kp, sizeof(kp)))
			x->eku |= RPT_EKU_OTHER;
		else if (oid.data[sizeof(kp)] == 1)
			x->eku |= RPT_EKU_SERVER_AUTH;
		else if (oid.data[sizeof(kp)] == 2)
			x->eku |= RPT_EKU_CLIENT_AUTH;
		else
			x->eku |= RPT_EKU_OTHER;
	} while (rpt_rd_left(&seq));
}

/* Section 4.2.1.2 */
static void parse_ski(struct rpt_rd *r, struct rpt_x509 *x)
{
	rpt_der_bytes(r, &x->ski);
	if (!x->ski.len)
		rpt_rd_fail(r);
}

/* Section 4.2.1.1; issuer and serial come both or not at all, and are not used */
static void parse_aki(struct rpt_rd *r, struct rpt_x509 *x)
{
	struct rpt_rd seq = rpt_der_enter(r, RPT_ASN1_SEQUENCE);
	struct rpt_blob skip;

	if (rpt_der_next_is(&seq, RPT_ASN1_CTX(0))) {
		rpt_der_blob(&seq, RPT_ASN1_CTX(0), &x->aki);
		if (!x->aki.len)
			rpt_rd_fail(r);
	}
	if (rpt_rd_left(&seq)) {
		rpt_der_blob(&seq, RPT_ASN1_CTX_CONS(1), &skip);
		rpt_der_blob(&seq, RPT_ASN1_CTX(2), &skip);
	}
	if (!rpt_rd_done(&seq))
		rpt_rd_fail(r);
}

/*
 * Section 4.2.1.10.  To ignore name constraints would be to accept what the
 * CA's own issuer forbade, so a certificate with any is not used, whether they
 * are critical or not.
 */
static void parse_name_constraints(struct rpt_rd *r, struct rpt_x509 *x)
{
	struct rpt_blob skip;

	rpt_der_blob(r, RPT_ASN1_SEQUENCE, &skip);
	x->flaws |= RPT_X509_FLAW_NAME_CONS;
}

/* All of these are below id-ce, 2.5.29 */
static const struct extension {
	u8 last_arc;
	u16 bit;
	void (*parse)(struct rpt_rd *r, struct rpt_x509 *x);
} extensions[] = {
	{ 14, RPT_X509_EXT_SKI, parse_ski },
	{ 15, RPT_X509_EXT_KEY_USAGE, parse_key_usage },
	{ 17, RPT_X509_EXT_SAN, parse_san },
	{ 19, RPT_X509_EXT_BASIC, parse_basic },
	{ 30, RPT_X509_EXT_NAME_CONS, parse_name_constraints },
	{ 35, RPT_X509_EXT_AKI, parse_aki },
	{ 37, RPT_X509_EXT_EKU, parse_eku },
};

static const struct extension *find_extension(const struct rpt_blob *oid)
{
	unsigned int i;

	if (oid->len != 3 || oid->data[0] != 0x55 || oid->data[1] != 0x1d)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(extensions); i++) {
		if (oid->data[2] == extensions[i].last_arc)
			return &extensions[i];
	}
	return NULL;
}

/* One Extension (section 4.1.2.9); @r fails if anything about it is wrong */
static void parse_extension(struct rpt_rd *r, struct rpt_x509 *x, struct rpt_blob *oid)
{
	struct rpt_rd ext = rpt_der_enter(r, RPT_ASN1_SEQUENCE);
	const struct extension *known;
	bool critical = false;
	struct rpt_rd value;

	rpt_der_oid(&ext, oid);
	if (rpt_der_next_is(&ext, RPT_ASN1_BOOLEAN)) {
		critical = rpt_der_bool(&ext);
		if (!critical)	/* DEFAULT FALSE is never encoded */
			rpt_rd_fail(&ext);
	}
	value = rpt_der_enter(&ext, RPT_ASN1_OCTET_STRING);
	if (!rpt_rd_done(&ext)) {
		rpt_rd_fail(r);
		return;
	}

	known = find_extension(oid);
	if (!known) {
		if (critical)
			x->flaws |= RPT_X509_FLAW_CRITICAL;
		return;
	}
	x->seen |= known->bit;
	known->parse(&value, x);
	if (!rpt_rd_done(&value))
		rpt_rd_fail(r);
}

/**
 * rpt_x509_extensions() - read Extensions into a certificate
 * @r: reader; left behind them; its error is set if anything is malformed,
 *	empty, there twice, or too much (RPT_X509_EXTS_MAX)
 * @x: certificate
 *
 * Context: Any context.
 */
void rpt_x509_extensions(struct rpt_rd *r, struct rpt_x509 *x)
{
	struct rpt_rd seq = rpt_der_enter(r, RPT_ASN1_SEQUENCE);
	struct rpt_blob oids[RPT_X509_EXTS_MAX];
	unsigned int n = 0, i;

	do {
		if (n == RPT_X509_EXTS_MAX)
			rpt_rd_fail(&seq);
		else
			parse_extension(&seq, x, &oids[n]);
		if (!rpt_rd_ok(&seq)) {
			rpt_rd_fail(r);
			return;
		}
		for (i = 0; i < n; i++) {
			if (rpt_blob_eq(&oids[i], &oids[n])) {
				rpt_rd_fail(r);
				return;
			}
		}
		n++;
	} while (rpt_rd_left(&seq));
}
