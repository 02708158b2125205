// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certificates as people have them
 */
#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "node.h"
#include "pem.h"

/**
 * pem_write() - append a PEM block
 * @b: where
 * @label: what it is
 * @der: its contents
 */
void pem_write(struct buf *b, const char *label, const struct blob *der)
{
	size_t i, n, size = (der->len + 2) / 3 * 4;
	struct arena a = {};
	unsigned char *text = arena_alloc(&a, size + 1);

	EVP_EncodeBlock(text, der->data, der->len);
	buf_printf(b, "-----BEGIN %s-----\n", label);
	for (i = 0; i < size; i += n) {
		n = size - i < 64 ? size - i : 64;
		buf_add(b, text + i, n);
		buf_str(b, "\n");
	}
	buf_printf(b, "-----END %s-----\n", label);
	explicit_bzero(text, size);	/* it may be a key */
	arena_free(&a);
}

/* Where @needle begins in a text that need not be terminated */
static const char *find(const char *text, const char *end, const char *needle)
{
	return memmem(text, end - text, needle, strlen(needle));
}

/* Standard base64 with whatever white space between; padding is not needed */
static int base64_read(struct arena *a, const char *text, size_t len, struct blob *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned int bits = 0, n = 0;
	const char *digit;
	size_t i;

	out->data = arena_alloc(a, len / 4 * 3 + 4);
	out->len = 0;
	for (i = 0; i < len && text[i] != '='; i++) {
		if (strchr(" \t\r\n", text[i]) && text[i])
			continue;
		digit = text[i] ? strchr(digits, text[i]) : NULL;
		if (!digit)
			return -1;
		bits = bits << 6 | (digit - digits);
		n += 6;
		if (n < 8)
			continue;
		n -= 8;
		out->data[out->len++] = bits >> n;
	}
	for (; i < len; i++) {
		if (!text[i] || !strchr("= \t\r\n", text[i]))
			return -1;
	}
	return out->len ? 0 : -1;
}

/**
 * pem_read() - read all PEM blocks of a kind
 * @a: arena for them
 * @what: what to call the text in messages
 * @text: text, any bytes
 * @len: its length
 * @label: the kind
 * @out: where to append their contents
 * @e: why not
 *
 * Return: 0, -1 also if there is none.
 */
int pem_read(struct arena *a, const char *what, const char *text, size_t len,
	     const char *label, struct blobs *out, struct error *e)
{
	const char *at = text, *end = text + len, *stop;
	char begin[64], finish[64];
	unsigned int found = 0;
	struct blob der;

	snprintf(begin, sizeof(begin), "-----BEGIN %s-----", label);
	snprintf(finish, sizeof(finish), "-----END %s-----", label);
	while ((at = find(at, end, begin))) {
		at += strlen(begin);
		stop = find(at, end, finish);
		if (!stop)
			return fail(e, "%s: a %s does not end", what, label);
		if (base64_read(a, at, stop - at, &der))
			return fail(e, "%s: a %s is not base64", what, label);
		*vec_push(a, out) = der;
		found++;
		at = stop + strlen(finish);
	}
	return found ? 0 : fail(e, "%s: has no %s", what, label);
}

/* A SPIFFE bundle (SPIFFE Trust Domain and Bundle section 4): keys for X.509 */
static int jwks_read(struct arena *a, const char *what, const char *text, size_t len,
		     struct blobs *out, struct error *e)
{
	const struct node *root, *keys, *x5c;
	struct problems p = {};
	struct blob der;
	unsigned int i;
	const char *use;
	int err = 0;

	root = node_parse(a, what, text, len, &p);
	if (!root) {
		fail(e, "%s:%u:%u: %s", what, p.v[0].line, p.v[0].column, p.v[0].text);
		problems_free(&p);
		return -1;
	}
	keys = node_get(root, "keys");
	if (!keys || keys->type != NODE_LIST)
		return fail(e, "%s: JSON, but not a JWK set: no list of keys", what);
	for (i = 0; i < keys->items.n && !err; i++) {
		use = node_text(keys->items.v[i], "use");
		if (!use || strcmp(use, "x509-svid"))
			continue;
		x5c = node_get(keys->items.v[i], "x5c");
		if (!x5c || x5c->type != NODE_LIST || x5c->items.n != 1 ||
		    x5c->items.v[0]->type != NODE_SCALAR ||
		    base64_read(a, x5c->items.v[0]->text, strlen(x5c->items.v[0]->text), &der))
			err = fail(e, "%s: key %u has not exactly one certificate in x5c",
				   what, i + 1);
		else
			*vec_push(a, out) = der;
	}
	if (!err && !out->n)
		err = fail(e, "%s: no key of use x509-svid", what);
	return err;
}

/**
 * certs_read() - read the certificates of a bundle
 * @a: arena for them
 * @what: what to call the text in messages
 * @text: PEM, or a SPIFFE bundle in JWKS form; any bytes
 * @len: its length
 * @out: where to append them, DER
 * @e: why not
 *
 * Return: 0, -1 also if there is none.
 */
int certs_read(struct arena *a, const char *what, const char *text, size_t len,
	       struct blobs *out, struct error *e)
{
	size_t i = 0;

	while (i < len && text[i] && strchr(" \t\r\n", text[i]))
		i++;
	if (i < len && text[i] == '{')
		return jwks_read(a, what, text, len, out, e);
	return pem_read(a, what, text, len, "CERTIFICATE", out, e);
}

/* Forms other than PKCS#8, which OpenSSL knows; it leaves copies behind */
static int key_convert(struct arena *a, const struct buf *text, struct blob *pkcs8)
{
	char empty[] = "";	/* the password: nobody is asked for one */
	BIO *bio = BIO_new_mem_buf(text->data, text->len);
	PKCS8_PRIV_KEY_INFO *info = NULL;
	unsigned char *der = NULL;
	EVP_PKEY *key;
	int len = -1;

	key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, empty) : NULL;
	if (key)
		info = EVP_PKEY2PKCS8(key);
	if (info)
		len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
	if (len > 0) {
		pkcs8->data = arena_dup(a, der, len);
		pkcs8->len = len;
		OPENSSL_clear_free(der, len);
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	EVP_PKEY_free(key);
	BIO_free(bio);
	ERR_clear_error();
	return len > 0 ? 0 : -1;
}

/**
 * key_file_read() - read a private key
 * @a: arena for it: the caller wipes it after use
 * @path: file, PEM
 * @pkcs8: where to put it
 * @e: why not
 *
 * Return: 0 or -1.
 */
int key_file_read(struct arena *a, const char *path, struct blob *pkcs8, struct error *e)
{
	struct blobs found = {};
	struct buf text = {};
	int err;

	err = file_read(path, PEM_FILE_MAX, &text, e);
	if (!err && !pem_read(a, path, text.data, text.len, "PRIVATE KEY", &found, NULL))
		*pkcs8 = found.v[0];
	else if (!err && key_convert(a, &text, pkcs8))
		err = fail(e, "%s: no private key without a password in PEM", path);
	buf_wipe(&text);
	return err;
}

/**
 * cert_serial() - the serial number of a certificate
 * @a: arena for the text
 * @cert: certificate, DER
 *
 * Return: the number in hexadecimal, NULL if it is no certificate.
 */
char *cert_serial(struct arena *a, const struct blob *cert)
{
	const unsigned char *at = cert->data;
	X509 *x = d2i_X509(NULL, &at, cert->len);
	const ASN1_INTEGER *number = x ? X509_get0_serialNumber(x) : NULL;
	struct blob bytes;
	char *text = NULL;

	if (number) {
		bytes.data = (u8 *)ASN1_STRING_get0_data(number);
		bytes.len = ASN1_STRING_length(number);
		text = hex_from(a, &bytes);
	}
	X509_free(x);
	ERR_clear_error();
	return text;
}
