// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certification requests and chains
 */
#include <stdarg.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "cert.h"

#define CHAIN_MAX	8

/**
 * fail_ssl() - say why something failed, with OpenSSL's reason at the end
 * @e: where
 * @fmt: what failed
 *
 * Return: -1.
 */
int fail_ssl(struct error *e, const char *fmt, ...)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	struct buf b = {};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	ERR_clear_error();
	fail(e, "%s%s%s", b.data, reason ? ": " : "", reason ? reason : "");
	buf_free(&b);
	return -1;
}

static bool same_text(const ASN1_IA5STRING *a, const char *s)
{
	size_t len = strlen(s);

	return (size_t)ASN1_STRING_length(a) == len &&
	       !memcmp(ASN1_STRING_get0_data(a), s, len);
}

static bool one_of(const ASN1_IA5STRING *a, const struct strings *s)
{
	unsigned int i;

	for (i = 0; i < s->n; i++) {
		if (same_text(a, s->v[i]))
			return true;
	}
	return false;
}

/* The one SPIFFE ID, DNS names that are configured, and nothing else */
static int names_check(const GENERAL_NAMES *names, const struct identity *id,
		       const char *what, struct error *e)
{
	int i, n = names ? sk_GENERAL_NAME_num(names) : 0;
	const ASN1_IA5STRING *text;
	unsigned int uris = 0;
	void *value;
	int type;

	for (i = 0; i < n; i++) {
		value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);
		text = value;
		switch (type) {
		case GEN_URI:
			if (!same_text(text, id->spiffe_id))
				return fail(e, "%s is for \"%.*s\", not \"%s\"", what,
					    ASN1_STRING_length(text),
					    (const char *)ASN1_STRING_get0_data(text),
					    id->spiffe_id);
			uris++;
			break;
		case GEN_DNS:
			if (!one_of(text, &id->dns))
				return fail(e, "%s has the unconfigured DNS name \"%.*s\"", what,
					    ASN1_STRING_length(text),
					    (const char *)ASN1_STRING_get0_data(text));
			break;
		default:
			return fail(e, "%s has a name that is neither URI nor DNS", what);
		}
	}
	if (uris != 1)
		return fail(e, "%s has %u URI names instead of one", what, uris);
	return 0;
}

static int key_check(EVP_PKEY *key, struct error *e)
{
	int type = EVP_PKEY_get_base_id(key);

	if (type == EVP_PKEY_EC && EVP_PKEY_get_bits(key) >= 256)
		return 0;
	if (type == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) >= 2048)
		return 0;
	return fail(e, "the request's key is neither on a NIST curve nor RSA of 2048 bits");
}

static X509_REQ *req_parse(const struct blob *csr)
{
	const unsigned char *at = csr->data;
	X509_REQ *req = d2i_X509_REQ(NULL, &at, csr->len);

	if (req && at == csr->data + csr->len)
		return req;
	X509_REQ_free(req);
	return NULL;
}

/**
 * csr_check() - may this be signed?
 * @csr: certification request, DER
 * @id: the identity that it is for
 * @e: why not
 *
 * It must be signed by its own key, and ask for what @id is configured to be.
 *
 * Return: 0 or -1.
 */
int csr_check(const struct blob *csr, const struct identity *id, struct error *e)
{
	STACK_OF(X509_EXTENSION) *extensions = NULL;
	GENERAL_NAMES *names = NULL;
	EVP_PKEY *key;
	X509_REQ *req;
	int err = -1;

	req = req_parse(csr);
	if (!req)
		return fail_ssl(e, "not a certification request");
	key = X509_REQ_get0_pubkey(req);
	if (!key) {
		fail_ssl(e, "the request's key");
		goto out;
	}
	if (X509_REQ_verify(req, key) != 1) {
		fail_ssl(e, "the request is not signed by its own key");
		goto out;
	}
	if (key_check(key, e))
		goto out;
	extensions = X509_REQ_get_extensions(req);
	names = X509V3_get_d2i(extensions, NID_subject_alt_name, NULL, NULL);
	err = names_check(names, id, "the request", e);
out:
	GENERAL_NAMES_free(names);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	X509_REQ_free(req);
	ERR_clear_error();
	return err;
}

static X509 *cert_parse(const struct blob *der)
{
	const unsigned char *at = der->data;
	X509 *x = d2i_X509(NULL, &at, der->len);

	if (x && at == der->data + der->len)
		return x;
	X509_free(x);
	ERR_clear_error();
	return NULL;
}

static STACK_OF(X509) *certs_parse(const struct blobs *certs)
{
	STACK_OF(X509) *stack = sk_X509_new_null();
	unsigned int i;
	X509 *x;

	for (i = 0; i < certs->n; i++) {
		x = cert_parse(&certs->v[i]);
		if (!x || !sk_X509_push(stack, x)) {
			X509_free(x);
			sk_X509_pop_free(stack, X509_free);
			return NULL;
		}
	}
	return stack;
}

/* 0 if some anchor vouches for the chain, else OpenSSL's X509_V_ERR_... */
static int chain_verify(STACK_OF(X509) *chain, const struct blobs *anchors, s64 now)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *roots = certs_parse(anchors);
	int err = X509_V_ERR_UNSPECIFIED;
	X509_VERIFY_PARAM *param;

	if (!ctx || !roots ||
	    !X509_STORE_CTX_init(ctx, NULL, sk_X509_value(chain, 0), chain))
		goto out;
	X509_STORE_CTX_set0_trusted_stack(ctx, roots);
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_time(param, now);
	err = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
	if (err == X509_V_OK && X509_STORE_CTX_get_error(ctx) != X509_V_OK)
		err = X509_STORE_CTX_get_error(ctx);
out:
	X509_STORE_CTX_free(ctx);
	sk_X509_pop_free(roots, X509_free);
	ERR_clear_error();
	return err;
}

static int leaf_check(X509 *leaf, const struct blob *csr, const struct identity *id,
		      struct error *e)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	X509_REQ *req = req_parse(csr);
	int err = -1;

	if (X509_check_ca(leaf))
		fail(e, "the signer's leaf is a CA");
	else if (!req || EVP_PKEY_eq(X509_get0_pubkey(leaf), X509_REQ_get0_pubkey(req)) != 1)
		fail(e, "the signer's leaf is for another key");
	else
		err = names_check(names, id, "the signer's leaf", e);
	X509_REQ_free(req);
	GENERAL_NAMES_free(names);
	ERR_clear_error();
	return err;
}

/* A root at the end is of no use to peers: they have it, or don't trust it */
static void drop_roots(struct blobs *chain)
{
	X509 *x;

	while (chain->n > 1) {
		x = cert_parse(&chain->v[chain->n - 1]);
		if (!x || X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x))) {
			X509_free(x);
			return;
		}
		X509_free(x);
		chain->n--;
	}
}

/**
 * chain_check() - is this what was asked for?
 * @chain: what a signer gave, leaf first; roots at its end are dropped
 * @csr: what it was asked for, DER
 * @id: the identity
 * @anchors: the trust domain's CA certificates; if there are none, nobody is
 *	asked to vouch for it
 * @now: seconds since 1970
 * @e: why not
 *
 * Return: 0 or -1.
 */
int chain_check(struct blobs *chain, const struct blob *csr, const struct identity *id,
		const struct blobs *anchors, s64 now, struct error *e)
{
	STACK_OF(X509) *certs;
	int err = -1, why;

	drop_roots(chain);
	if (!chain->n || chain->n > CHAIN_MAX)
		return fail(e, "the signer gave %u certificates", chain->n);
	certs = certs_parse(chain);
	if (!certs)
		return fail(e, "the signer gave something that is no certificate");
	if (leaf_check(sk_X509_value(certs, 0), csr, id, e))
		goto out;
	if (anchors->n) {
		why = chain_verify(certs, anchors, now);
		if (why) {
			fail(e, "the signer's chain leads to no anchor of the trust domain: %s",
			     X509_verify_cert_error_string(why));
			goto out;
		}
	}
	err = 0;
out:
	sk_X509_pop_free(certs, X509_free);
	ERR_clear_error();
	return err;
}

/**
 * anchors_check() - may these be a trust domain's anchors?
 * @certs: certificates that somebody sent
 * @e: why not
 *
 * The kernel looks more closely, but refuses all that comes with them.
 *
 * Return: 0 or -1.
 */
int anchors_check(const struct blobs *certs, struct error *e)
{
	unsigned int i;
	bool is_ca;
	X509 *x;

	if (certs->n > ANCHORS_MAX)
		return fail(e, "%u certificates; at most %u are taken", certs->n, ANCHORS_MAX);
	for (i = 0; i < certs->n; i++) {
		if (certs->v[i].len > CERT_MAX)
			return fail(e, "certificate %u has %zu bytes; at most %u are taken",
				    i + 1, certs->v[i].len, CERT_MAX);
		x = cert_parse(&certs->v[i]);
		is_ca = x && X509_check_ca(x) == 1;
		X509_free(x);
		ERR_clear_error();
		if (!is_ca)
			return fail(e, "certificate %u is not of a CA", i + 1);
	}
	return 0;
}

static bool is_revoked(X509 *x, const struct revocations *revoked)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(x);
	struct blob number = {
		(u8 *)ASN1_STRING_get0_data(serial), ASN1_STRING_length(serial),
	};
	unsigned char *name = NULL;
	struct blob issuer = {};
	bool found = false;
	unsigned int i;
	int len;

	len = i2d_X509_NAME(X509_get_issuer_name(x), &name);
	if (len > 0) {
		issuer.data = name;
		issuer.len = len;
	}
	for (i = 0; i < revoked->n && !found; i++)
		found = blob_eq(&revoked->v[i].serial, &number) &&
			(!revoked->v[i].issuer.len || blob_eq(&revoked->v[i].issuer, &issuer));
	OPENSSL_free(name);
	return found;
}

/**
 * chain_trusted() - would a peer with this bundle trust this chain?
 * @chain: chain that is in use, leaf first
 * @b: sorted bundle
 *
 * Dates aside: who asks knows them.
 *
 * Return: true if so.
 */
bool chain_trusted(const struct blobs *chain, const struct bundle *b)
{
	STACK_OF(X509) *certs = certs_parse(chain);
	bool good = false;
	int i, why;

	if (certs && sk_X509_num(certs)) {
		why = chain_verify(certs, &b->certs, now_seconds());
		good = why == X509_V_OK || why == X509_V_ERR_CERT_HAS_EXPIRED ||
		       why == X509_V_ERR_CERT_NOT_YET_VALID;
		for (i = 0; good && i < sk_X509_num(certs); i++)
			good = !is_revoked(sk_X509_value(certs, i), &b->revoked);
	}
	sk_X509_pop_free(certs, X509_free);
	ERR_clear_error();
	return good;
}
