// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certificates of our own making (RFC 5280), and what they share with requests
 */
#include <linux/errno.h>
#include <linux/string.h>

#include "csr.h"
#include "der.h"

#define ATTR_MAX	64	/* ub-common-name, ub-organization-name */

/* id-at, 2.5.4 */
enum attribute {
	AT_COMMON_NAME	= 3,
	AT_ORGANIZATION	= 10,
};

/* id-ce, 2.5.29 */
enum extension {
	CE_SKI		= 14,
	CE_KEY_USAGE	= 15,
	CE_SAN		= 17,
	CE_BASIC	= 19,
	CE_AKI		= 35,
	CE_EKU		= 37,
};

/* No NUL can be in it, and no control character is wanted */
static bool attribute_valid(const char *s)
{
	size_t i, len = strnlen(s, ATTR_MAX + 1);

	if (!len || len > ATTR_MAX)
		return false;
	for (i = 0; i < len; i++) {
		if ((u8)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	}
	return true;
}

/**
 * rpt_names_valid() - are these names fit for a request or certificate?
 * @n: names
 *
 * Context: Any context.
 * Return: false if one is too long, malformed, or there are too many.
 */
bool rpt_names_valid(const struct rpt_names *n)
{
	struct rpt_spiffe id;
	unsigned int i;

	if ((n->common_name && !attribute_valid(n->common_name)) ||
	    (n->organization && !attribute_valid(n->organization)) ||
	    n->n_dns > RPT_CSR_DNS_MAX)
		return false;
	if (n->spiffe_id && rpt_spiffe_parse(n->spiffe_id, strlen(n->spiffe_id), &id))
		return false;
	for (i = 0; i < n->n_dns; i++) {
		if (!rpt_x509_dns_valid(n->dns[i], strlen(n->dns[i]), true))
			return false;
	}
	return true;
}

static void put_attribute(struct rpt_wr *w, enum attribute type, const char *value)
{
	const u8 oid[] = { 0x55, 0x04, type };
	size_t set, seq;

	if (!value)
		return;
	set = rpt_der_open(w, RPT_ASN1_SET);
	seq = rpt_der_open(w, RPT_ASN1_SEQUENCE);
	rpt_der_put(w, RPT_ASN1_OID, oid, sizeof(oid));
	rpt_der_put(w, RPT_ASN1_UTF8_STRING, value, strlen(value));
	rpt_der_close(w, seq);
	rpt_der_close(w, set);
}

/**
 * rpt_name_write() - write a subject Name
 * @w: writer
 * @n: names; the organization and the common name are used
 *
 * Context: Any context.
 */
void rpt_name_write(struct rpt_wr *w, const struct rpt_names *n)
{
	size_t name = rpt_der_open(w, RPT_ASN1_SEQUENCE);

	put_attribute(w, AT_ORGANIZATION, n->organization);
	put_attribute(w, AT_COMMON_NAME, n->common_name);
	rpt_der_close(w, name);
}

/* An Extension that is being written */
struct ext {
	size_t seq;
	size_t value;
};

static struct ext ext_open(struct rpt_wr *w, enum extension type, bool critical)
{
	const u8 oid[] = { 0x55, 0x1d, type };
	struct ext e;

	e.seq = rpt_der_open(w, RPT_ASN1_SEQUENCE);
	rpt_der_put(w, RPT_ASN1_OID, oid, sizeof(oid));
	if (critical)
		rpt_der_put_bool(w, true);
	e.value = rpt_der_open(w, RPT_ASN1_OCTET_STRING);
	return e;
}

static void ext_close(struct rpt_wr *w, struct ext e)
{
	rpt_der_close(w, e.value);
	rpt_der_close(w, e.seq);
}

/**
 * rpt_key_usage_write() - write a critical keyUsage extension
 * @w: writer
 * @key_usage: RPT_KU_* bits; without any there is no extension
 *
 * Context: Any context.
 */
void rpt_key_usage_write(struct rpt_wr *w, u16 key_usage)
{
	struct ext e;

	if (!key_usage)
		return;
	e = ext_open(w, CE_KEY_USAGE, true);
	rpt_der_put_flags(w, key_usage);
	ext_close(w, e);
}

static void put_key_purpose(struct rpt_wr *w, u8 last_arc)
{
	const u8 oid[] = { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, last_arc };

	rpt_der_put(w, RPT_ASN1_OID, oid, sizeof(oid));
}

/**
 * rpt_eku_write() - write an extKeyUsage extension
 * @w: writer
 * @eku: RPT_EKU_SERVER_AUTH and RPT_EKU_CLIENT_AUTH bits; without any there is
 *	no extension
 *
 * Context: Any context.
 */
void rpt_eku_write(struct rpt_wr *w, u16 eku)
{
	struct ext e;
	size_t seq;

	if (!(eku & (RPT_EKU_SERVER_AUTH | RPT_EKU_CLIENT_AUTH)))
		return;
	e = ext_open(w, CE_EKU, false);
	seq = rpt_der_open(w, RPT_ASN1_SEQUENCE);
	if (eku & RPT_EKU_SERVER_AUTH)
		put_key_purpose(w, 1);
	if (eku & RPT_EKU_CLIENT_AUTH)
		put_key_purpose(w, 2);
	rpt_der_close(w, seq);
	ext_close(w, e);
}

/**
 * rpt_san_write() - write a subjectAltName extension
 * @w: writer
 * @n: names; SPIFFE ID and DNS names are used; without any there is no
 *	extension; it is critical if the subject is empty (RFC 5280 section
 *	4.2.1.6)
 *
 * Context: Any context.
 */
void rpt_san_write(struct rpt_wr *w, const struct rpt_names *n)
{
	unsigned int i;
	struct ext e;
	size_t seq;

	if (!n->spiffe_id && !n->n_dns)
		return;
	e = ext_open(w, CE_SAN, !n->common_name && !n->organization);
	seq = rpt_der_open(w, RPT_ASN1_SEQUENCE);
	if (n->spiffe_id)
		rpt_der_put(w, RPT_ASN1_CTX(RPT_SAN_URI), n->spiffe_id,
			    strlen(n->spiffe_id));
	for (i = 0; i < n->n_dns; i++)
		rpt_der_put(w, RPT_ASN1_CTX(RPT_SAN_DNS), n->dns[i], strlen(n->dns[i]));
	rpt_der_close(w, seq);
	ext_close(w, e);
}

static void put_basic(struct rpt_wr *w, bool ca, int path_len)
{
	struct ext e = ext_open(w, CE_BASIC, true);
	size_t seq = rpt_der_open(w, RPT_ASN1_SEQUENCE);

	if (ca)
		rpt_der_put_bool(w, true);
	if (ca && path_len != RPT_X509_PATH_LEN_NONE)
		rpt_der_put_u32(w, path_len);
	rpt_der_close(w, seq);
	ext_close(w, e);
}

static void put_key_ids(struct rpt_wr *w, const struct rpt_blob *ski,
			const struct rpt_blob *aki)
{
	struct ext e;
	size_t seq;

	if (ski->len) {
		e = ext_open(w, CE_SKI, false);
		rpt_der_put(w, RPT_ASN1_OCTET_STRING, ski->data, ski->len);
		ext_close(w, e);
	}
	if (aki->len) {
		e = ext_open(w, CE_AKI, false);
		seq = rpt_der_open(w, RPT_ASN1_SEQUENCE);
		rpt_der_put(w, RPT_ASN1_CTX(0), aki->data, aki->len);
		rpt_der_close(w, seq);
		ext_close(w, e);
	}
}

/**
 * rpt_der_sign() - sign what has been written and write the signature
 * @w: writer
 * @mark: where the signed element begins; it is closed and ends where the
 *	writer stands
 * @s: signer
 *
 * Writes AlgorithmIdentifier and BIT STRING.
 *
 * Context: Process context; one private-key operation.
 * Return: 0, -ENOSPC if the writer's buffer is too small, or what the signer
 * returned.
 */
int rpt_der_sign(struct rpt_wr *w, size_t mark, const struct rpt_signer *s)
{
	size_t len = w->len - mark, siglen, bits;
	int err;

	rpt_x509_put_sig_alg(w, s->scheme);
	bits = rpt_der_open(w, RPT_ASN1_BIT_STRING);
	rpt_wr_u8(w, 0);
	if (w->err)
		return -ENOSPC;
	if (s->key)
		err = rpt_sig_sign(s->scheme, s->key, w->buf + mark, len,
				   w->buf + w->len, w->cap - w->len, &siglen);
	else
		err = s->sign(s->data, s->scheme, w->buf + mark, len,
			      w->buf + w->len, w->cap - w->len, &siglen);
	if (err)
		return err;
	rpt_wr_space(w, siglen);
	rpt_der_close(w, bits);
	return w->err ? -ENOSPC : 0;
}

static void put_validity(struct rpt_wr *w, const struct rpt_cert_params *p)
{
	size_t seq = rpt_der_open(w, RPT_ASN1_SEQUENCE);

	rpt_der_put_time(w, p->not_before);
	rpt_der_put_time(w, p->not_after);
	rpt_der_close(w, seq);
}

static void put_extensions(struct rpt_wr *w, const struct rpt_cert_params *p)
{
	size_t ctx = rpt_der_open(w, RPT_ASN1_CTX_CONS(3));
	size_t seq = rpt_der_open(w, RPT_ASN1_SEQUENCE);

	put_basic(w, p->ca, p->path_len);
	rpt_key_usage_write(w, p->key_usage);
	rpt_eku_write(w, p->eku);
	rpt_san_write(w, &p->names);
	put_key_ids(w, &p->ski, &p->aki);
	rpt_der_close(w, seq);
	rpt_der_close(w, ctx);
}

static void put_tbs(struct rpt_wr *w, const struct rpt_cert_params *p)
{
	size_t tbs = rpt_der_open(w, RPT_ASN1_SEQUENCE);
	size_t version = rpt_der_open(w, RPT_ASN1_CTX_CONS(0));

	rpt_der_put_u32(w, 2);
	rpt_der_close(w, version);
	rpt_der_put_uint(w, p->serial, p->serial_len);
	rpt_x509_put_sig_alg(w, p->signer.scheme);
	if (p->issuer.len)
		rpt_wr_bytes(w, p->issuer.data, p->issuer.len);
	else
		rpt_name_write(w, &p->names);
	put_validity(w, p);
	rpt_name_write(w, &p->names);
	rpt_x509_put_spki(w, p->key);
	put_extensions(w, p);
	rpt_der_close(w, tbs);
}

/* RFC 5280 sections 4.1.2.2, 4.1.2.4, 4.1.2.6 and 4.2.1.9 */
static bool params_valid(const struct rpt_cert_params *p)
{
	bool named = p->names.common_name || p->names.organization;

	return rpt_names_valid(&p->names) &&
	       p->serial_len >= 1 && p->serial_len <= RPT_X509_SERIAL_MAX &&
	       memchr_inv(p->serial, 0, p->serial_len) &&
	       (p->serial_len < RPT_X509_SERIAL_MAX || !(p->serial[0] & 0x80)) &&
	       p->not_before >= 0 && p->not_before <= p->not_after &&
	       (named || (!p->ca && p->issuer.len)) &&
	       (p->path_len == RPT_X509_PATH_LEN_NONE ||
		(p->ca && p->path_len >= 0 && p->path_len < S16_MAX));
}

/**
 * rpt_cert_write() - make a certificate
 * @p: what to put into it
 * @out: where to put it
 * @cap: room at @out; RPT_CSR_MAX is enough without many DNS names
 * @out_len: its length
 *
 * Context: Process context; one private-key operation.
 * Return: 0, -EINVAL for parameters that make no certificate, -ENOSPC if it
 * does not fit, or what the signer returned.
 */
int rpt_cert_write(const struct rpt_cert_params *p, u8 *out, size_t cap, size_t *out_len)
{
	struct rpt_wr w;
	size_t cert, tbs;
	int err;

	if (!params_valid(p))
		return -EINVAL;
	rpt_wr_init(&w, out, cap);
	cert = rpt_der_open(&w, RPT_ASN1_SEQUENCE);
	tbs = w.len;
	put_tbs(&w, p);
	err = rpt_der_sign(&w, tbs, &p->signer);
	if (err)
		return err;
	rpt_der_close(&w, cert);
	if (w.err)
		return -ENOSPC;
	*out_len = w.len;
	return 0;
}
