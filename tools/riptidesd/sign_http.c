// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signers that are asked by HTTP: Vault's pki/sign, and EST (RFC 7030)
 */
#include <string.h>

#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "cert.h"
#include "fetch.h"
#include "node.h"
#include "out.h"
#include "pem.h"
#include "sign.h"

#define SECRET_MAX	65536

/* A secret is the first line of its file */
static int secret_read(const char *path, struct buf *out, struct error *e)
{
	if (file_read(path, SECRET_MAX, out, e))
		return -1;
	out->len = strcspn(out->data, "\r\n");
	out->data[out->len] = '\0';
	return out->len ? 0 : fail(e, "%s: is empty", path);
}

static void vault_body(struct arena *a, const struct signer *s, const struct identity *id,
		       const struct blob *csr, struct out *o)
{
	struct buf pem = {}, dns = {};
	unsigned int i;

	pem_write(&pem, "CERTIFICATE REQUEST", csr);
	for (i = 0; i < id->dns.n; i++)
		buf_printf(&dns, "%s%s", i ? "," : "", id->dns.v[i]);
	o->json = true;
	o->line = true;
	out_map(o, NULL);
	out_str(o, "csr", pem.data);
	out_str(o, "uri_sans", id->spiffe_id);
	out_str(o, "alt_names", dns.data);
	out_str(o, "ttl", arena_printf(a, "%us", s->ttl_ms / 1000));
	out_str(o, "format", "pem");
	out_end(o);
	buf_free(&pem);
	buf_free(&dns);
}

static int take_pem(struct arena *a, const char *url, const struct node *n,
		    struct blobs *chain, struct error *e)
{
	if (!n || n->type != NODE_SCALAR)
		return fail(e, "%s: the answer has no certificate", url);
	return pem_read(a, url, n->text, strlen(n->text), "CERTIFICATE", chain, e);
}

/* data.certificate, then data.ca_chain, or data.issuing_ca where that is missing */
static int vault_answer(struct arena *a, const char *url, const struct buf *text,
			struct blobs *chain, struct error *e)
{
	const struct node *root, *data, *list;
	struct problems p = {};
	unsigned int i;
	int err;

	root = node_parse(a, url, text->data, text->len, &p);
	if (!root)
		fail(e, "%s: the answer is not JSON: %s", url, p.v[0].text);
	problems_free(&p);
	if (!root)
		return -1;
	data = node_get(root, "data");
	err = take_pem(a, url, node_get(data, "certificate"), chain, e);
	list = node_get(data, "ca_chain");
	if (list && list->type == NODE_LIST && list->items.n) {
		for (i = 0; !err && i < list->items.n; i++)
			err = take_pem(a, url, list->items.v[i], chain, e);
	} else if (!err && node_text(data, "issuing_ca")) {
		err = take_pem(a, url, node_get(data, "issuing_ca"), chain, e);
	}
	return err;
}

/**
 * sign_vault() - have a server sign that speaks as Vault's pki/sign does
 * @a: arena for the chain
 * @s: signer
 * @id: identity
 * @csr: request, DER
 * @chain: where to put the chain
 * @e: why not
 *
 * Return: 0 or -1.
 */
int sign_vault(struct arena *a, const struct signer *s, const struct identity *id,
	       const struct blob *csr, struct blobs *chain, struct error *e)
{
	static const char type[] = "Content-Type: application/json";
	const char *headers[3] = { type };
	struct buf token = {}, header = {}, answer = {};
	struct http h = {
		.url		= s->url,
		.headers	= headers,
		.ca_file	= s->ca_file,
		.timeout_ms	= s->timeout_ms,
	};
	struct out body = {};
	int err = -1;

	if (s->token_file) {
		if (secret_read(s->token_file, &token, e))
			goto out;
		buf_printf(&header, "X-Vault-Token: %s", token.data);
		headers[1] = header.data;
	}
	vault_body(a, s, id, csr, &body);
	h.body = body.text.data;
	h.body_len = body.text.len;
	err = http_do(&h, &answer, e) || vault_answer(a, s->url, &answer, chain, e);
out:
	buf_wipe(&token);
	buf_wipe(&header);
	buf_free(&answer);
	buf_free(&body.text);
	return err ? -1 : 0;
}

/* The first is the one with the request's key; then each one's issuer */
static int in_order(struct arena *a, STACK_OF(X509) *certs, EVP_PKEY *key,
		    struct blobs *chain)
{
	X509 *last = NULL, *next;
	unsigned char *der;
	struct blob *out;
	int i, len;

	for (;;) {
		next = NULL;
		for (i = 0; i < sk_X509_num(certs) && !next; i++) {
			X509 *x = sk_X509_value(certs, i);

			if (last ? X509_check_issued(x, last) == X509_V_OK :
			    EVP_PKEY_eq(X509_get0_pubkey(x), key) == 1)
				next = x;
		}
		if (!next || next == last || chain->n == 8)
			return chain->n ? 0 : -1;
		der = NULL;
		len = i2d_X509(next, &der);
		if (len <= 0)
			return -1;
		out = vec_push(a, chain);
		out->data = arena_dup(a, der, len);
		out->len = len;
		OPENSSL_free(der);
		last = next;
	}
}

/* A certs-only PKCS#7 in base64 (RFC 7030 section 4.1.3) */
static int est_answer(struct arena *a, const char *url, const struct buf *text,
		      const struct blob *csr, struct blobs *chain, struct error *e)
{
	const unsigned char *at = csr->data;
	X509_REQ *req = d2i_X509_REQ(NULL, &at, csr->len);
	struct blobs found = {};
	struct buf pem = {};
	PKCS7 *p7 = NULL;
	int err = -1;

	buf_printf(&pem, "-----BEGIN PKCS7-----\n%s\n-----END PKCS7-----\n", text->data);
	if (!pem_read(a, url, pem.data, pem.len, "PKCS7", &found, e)) {
		at = found.v[0].data;
		p7 = d2i_PKCS7(NULL, &at, found.v[0].len);
		if (req && p7 && PKCS7_type_is_signed(p7) && p7->d.sign && p7->d.sign->cert)
			err = in_order(a, p7->d.sign->cert, X509_REQ_get0_pubkey(req), chain);
		if (err)
			fail(e, "%s: the answer has no certificate for the request", url);
	}
	PKCS7_free(p7);
	X509_REQ_free(req);
	buf_free(&pem);
	ERR_clear_error();
	return err;
}

static int est_password(const struct signer *s, struct buf *out, struct error *e)
{
	struct buf password = {};
	int err;

	err = secret_read(s->password_file, &password, e);
	if (!err)
		buf_printf(out, "%s:%s", s->user, password.data);
	buf_wipe(&password);
	return err;
}

/**
 * sign_est() - have an EST server sign
 * @a: arena for the chain
 * @s: signer; its URL is that of the server's .well-known/est
 * @id: identity
 * @csr: request, DER
 * @chain: where to put the chain
 * @e: why not
 *
 * Return: 0 or -1.
 */
int sign_est(struct arena *a, const struct signer *s, const struct identity *id,
	     const struct blob *csr, struct blobs *chain, struct error *e)
{
	static const char *const headers[] = {
		"Content-Type: application/pkcs10", "Content-Transfer-Encoding: base64", NULL,
	};
	struct buf password = {}, pem = {}, answer = {};
	struct http h = {
		.headers	= headers,
		.ca_file	= s->ca_file,
		.timeout_ms	= s->timeout_ms,
	};
	int err = -1;

	if (s->user && est_password(s, &password, e))
		goto out;
	pem_write(&pem, "", csr);
	h.user_password = password.data;
	h.url = arena_printf(a, "%s/simpleenroll", s->url);
	/* PEM without its first and last line */
	h.body = strchr(pem.data, '\n') + 1;
	h.body_len = strstr(h.body, "-----END") - h.body;
	err = http_do(&h, &answer, e) || est_answer(a, h.url, &answer, csr, chain, e);
out:
	buf_wipe(&password);
	buf_free(&pem);
	buf_free(&answer);
	return err ? -1 : 0;
}
