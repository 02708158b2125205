// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certification requests (PKCS#10, RFC 2986)
 */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "csr.h"
#include "der.h"

/* pkcs-9-at-extensionRequest, RFC 2985 section 5.4.2 */
static const u8 oid_extension_request[] = {
	0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e,
};

/* The extensions that an SVID needs, so that a plain CA may copy them */
static void put_attributes(struct rpt_wr *w, const struct rpt_names *n)
{
	size_t attrs = rpt_der_open(w, RPT_ASN1_CTX_CONS(0));
	size_t attr = rpt_der_open(w, RPT_ASN1_SEQUENCE);
	size_t set, exts;

	rpt_der_put(w, RPT_ASN1_OID, oid_extension_request,
		    sizeof(oid_extension_request));
	set = rpt_der_open(w, RPT_ASN1_SET);
	exts = rpt_der_open(w, RPT_ASN1_SEQUENCE);
	rpt_key_usage_write(w, RPT_KU_DIGITAL_SIGNATURE);
	rpt_eku_write(w, RPT_EKU_SERVER_AUTH | RPT_EKU_CLIENT_AUTH);
	rpt_san_write(w, n);
	rpt_der_close(w, exts);
	rpt_der_close(w, set);
	rpt_der_close(w, attr);
	rpt_der_close(w, attrs);
}

/**
 * rpt_csr_write() - make a certification request
 * @p: what to put into it
 * @out: where to put it
 * @cap: room at @out; RPT_CSR_MAX is always enough but for many DNS names
 * @out_len: its length
 *
 * Context: Process context; one private-key operation.
 * Return: 0, -EINVAL for names that are not legal, -ENOSPC if it does not fit,
 * or what the signer returned.
 */
int rpt_csr_write(const struct rpt_csr_params *p, u8 *out, size_t cap, size_t *out_len)
{
	size_t csr, cri;
	struct rpt_wr w;
	int err;

	if (!rpt_names_valid(&p->names))
		return -EINVAL;
	rpt_wr_init(&w, out, cap);
	csr = rpt_der_open(&w, RPT_ASN1_SEQUENCE);
	cri = rpt_der_open(&w, RPT_ASN1_SEQUENCE);
	rpt_der_put_u32(&w, 0);
	rpt_name_write(&w, &p->names);
	rpt_x509_put_spki(&w, p->key);
	put_attributes(&w, &p->names);
	rpt_der_close(&w, cri);
	err = rpt_der_sign(&w, cri, &p->signer);
	if (err)
		return err;
	rpt_der_close(&w, csr);
	if (w.err)
		return -ENOSPC;
	*out_len = w.len;
	return 0;
}

/* One Attribute; the extensions of the one extension request go to @x */
static bool attribute_ok(struct rpt_rd *r, struct rpt_x509 *x, struct rpt_blob *raw,
			 bool *requested)
{
	struct rpt_rd attr = rpt_der_enter_raw(r, RPT_ASN1_SEQUENCE, raw);
	struct rpt_blob oid, skip;
	struct rpt_rd values;
	u8 tag;

	rpt_der_oid(&attr, &oid);
	values = rpt_der_enter(&attr, RPT_ASN1_SET);
	if (!rpt_rd_done(&attr))
		return false;
	if (oid.len != sizeof(oid_extension_request) ||
	    memcmp(oid.data, oid_extension_request, oid.len)) {
		do {
			rpt_der_any(&values, &tag, &skip);
		} while (rpt_rd_left(&values));
		return rpt_rd_ok(&values);
	}
	if (*requested)
		return false;
	*requested = true;
	rpt_x509_extensions(&values, x);
	return rpt_rd_done(&values);
}

/* [0] IMPLICIT SET OF Attribute, ascending (X.690 section 11.6) */
static bool attributes_ok(struct rpt_rd *cri, struct rpt_x509 *x)
{
	struct rpt_rd attrs = rpt_der_enter(cri, RPT_ASN1_CTX_CONS(0));
	struct rpt_blob raw, prev = { NULL, 0 };
	bool requested = false;

	while (rpt_rd_left(&attrs)) {
		if (!attribute_ok(&attrs, x, &raw, &requested))
			return false;
		if (prev.len && memcmp(prev.data, raw.data, min(prev.len, raw.len)) >= 0)
			return false;
		prev = raw;
	}
	return rpt_rd_done(&attrs);
}

static int parse(struct rpt_csr *csr, struct rpt_x509 *x, const u8 *der, size_t len)
{
	struct rpt_rd r, seq, cri;
	struct rpt_blob alg;
	u16 flaws;
	u8 unused;
	bool empty;

	rpt_rd_init(&r, der, len);
	seq = rpt_der_enter(&r, RPT_ASN1_SEQUENCE);
	cri = rpt_der_enter_raw(&seq, RPT_ASN1_SEQUENCE, &csr->cri);
	flaws = rpt_x509_sig_alg(&seq, &alg, &csr->sig_scheme);
	rpt_der_bits(&seq, &csr->sig, &unused);
	if (!rpt_rd_done(&r) || !rpt_rd_done(&seq) || unused)
		return -EBADMSG;

	if (rpt_der_u31(&cri))
		return -EBADMSG;
	rpt_x509_name(&cri, &csr->subject, &empty);
	flaws |= rpt_x509_spki(&cri, NULL, &csr->key);
	if (!attributes_ok(&cri, x) || !rpt_rd_done(&cri))
		return -EBADMSG;

	if (flaws & (RPT_X509_FLAW_WEAK_KEY | RPT_X509_FLAW_BAD_KEY | RPT_X509_FLAW_WEAK_SIG))
		return -EKEYREJECTED;
	if (flaws)
		return -EOPNOTSUPP;
	return rpt_pubkey_check(&csr->key) ? -EKEYREJECTED : 0;
}

/**
 * rpt_csr_parse() - parse a certification request
 * @csr: where to put it: views of @der, which must outlive it
 * @der: the request; any bytes
 * @len: its length
 *
 * Context: Process context; allocates with GFP_KERNEL.
 * Return: 0; -EBADMSG if it is not one in strict DER (RFC 2986 section 4),
 * -EKEYREJECTED for a weak or invalid key or a weak signature algorithm,
 * -EOPNOTSUPP for algorithms that we don't know, -ENOMEM.
 */
int rpt_csr_parse(struct rpt_csr *csr, const u8 *der, size_t len)
{
	struct rpt_x509 *x;
	int err;

	memset(csr, 0, sizeof(*csr));
	x = kzalloc_obj(*x);
	if (!x)
		return -ENOMEM;
	err = parse(csr, x, der, len);
	csr->san = x->san;
	csr->key_usage = x->key_usage;
	csr->eku = x->eku;
	csr->ca = x->ca;
	kfree(x);
	return err;
}

/**
 * rpt_csr_verify() - verify a request's signature, the proof of possession
 * @csr: parsed request
 *
 * Context: Process context; one public-key operation.
 * Return: as rpt_x509_sig_verify().
 */
int rpt_csr_verify(const struct rpt_csr *csr)
{
	return rpt_x509_sig_verify(csr->sig_scheme, &csr->key, &csr->cri, &csr->sig);
}
