// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certificates made to order, good and bad, for the tests of the validator
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "chain_corpus.h"
#include "der.h"
#include "ec.h"
#include "hash.h"

#define SIG_MAX	128

#define VERDICT(e, a) { -(e), RPT_ALERT_##a, #e, #a }

const struct cc_verdict cc_verdicts[] = {
	[CC_MALFORMED]	= VERDICT(EBADMSG, BAD_CERTIFICATE),
	[CC_BAD]	= VERDICT(EKEYREJECTED, BAD_CERTIFICATE),
	[CC_UNSUPPORTED] = VERDICT(EKEYREJECTED, UNSUPPORTED_CERTIFICATE),
	[CC_UNKNOWN]	= VERDICT(EKEYREJECTED, CERTIFICATE_UNKNOWN),
	[CC_UNKNOWN_CA]	= VERDICT(ENOKEY, UNKNOWN_CA),
	[CC_EXPIRED]	= VERDICT(EKEYEXPIRED, CERTIFICATE_EXPIRED),
	[CC_REVOKED]	= VERDICT(EKEYREVOKED, CERTIFICATE_REVOKED),
	[CC_DENIED]	= VERDICT(EACCES, ACCESS_DENIED),
	[CC_TOO_BIG]	= VERDICT(EMSGSIZE, BAD_CERTIFICATE),
	[CC_NO_CLOCK]	= VERDICT(ETIME, INTERNAL_ERROR),
	[CC_NO_CERT]	= VERDICT(EINVAL, DECODE_ERROR),
};

/**
 * cc_key() - a key of the world
 * @c: the world
 * @i: enum cc_key
 *
 * Context: Process context.
 * Return: the key, made if there was none yet.
 */
const struct rpt_privkey *cc_key(struct cc *c, unsigned int i)
{
	struct rpt_privkey *sk = c->key[i];

	if (sk)
		return sk;
	sk = kunit_kzalloc(c->test, sizeof(*sk), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(c->test, sk);
	KUNIT_ASSERT_EQ(c->test, rpt_privkey_generate(sk, i == CC_KEY_P384 ?
							   RPT_KEY_EC_P384 :
							   RPT_KEY_EC_P256), 0);
	c->key[i] = sk;
	return sk;
}

static u8 nibble(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/**
 * cc_hex() - bytes of a string of hexadecimal digits
 * @test: the test
 * @hex: lower case digits, an even number of them
 *
 * Context: Process context.
 * Return: the bytes, which live as long as the test.
 */
struct rpt_blob cc_hex(struct kunit *test, const char *hex)
{
	size_t len = strlen(hex) / 2, i;
	u8 *bytes = kunit_kmalloc(test, len, GFP_KERNEL);
	struct rpt_blob out = { bytes, len };

	KUNIT_ASSERT_NOT_NULL(test, bytes);
	for (i = 0; i < len; i++)
		bytes[i] = nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]);
	return out;
}

static void put_name(struct rpt_wr *w, const char *cn, size_t len)
{
	static const u8 oid[] = { 0x55, 0x04, 0x03 };
	size_t name = rpt_der_open(w, RPT_ASN1_SEQUENCE);
	size_t set, seq;

	if (len) {
		set = rpt_der_open(w, RPT_ASN1_SET);
		seq = rpt_der_open(w, RPT_ASN1_SEQUENCE);
		rpt_der_put(w, RPT_ASN1_OID, oid, sizeof(oid));
		rpt_der_put(w, RPT_ASN1_UTF8_STRING, cn, len);
		rpt_der_close(w, seq);
		rpt_der_close(w, set);
	}
	rpt_der_close(w, name);
}

static void put_alg(struct rpt_wr *w, const struct cc_spec *s, u16 scheme)
{
	if (s->alg.len)
		rpt_wr_bytes(w, s->alg.data, s->alg.len);
	else
		rpt_x509_put_sig_alg(w, scheme);
}

static void put_ext(struct rpt_wr *w, u8 last_arc, enum cc_critical critical,
		    const void *value, size_t len)
{
	static const u8 ber_true = 0x01;
	const u8 oid[] = { 0x55, 0x1d, last_arc };
	size_t seq = rpt_der_open(w, RPT_ASN1_SEQUENCE);

	rpt_der_put(w, RPT_ASN1_OID, oid, sizeof(oid));
	if (critical == CC_BER_TRUE)
		rpt_der_put(w, RPT_ASN1_BOOLEAN, &ber_true, 1);
	else if (critical != CC_ABSENT)
		rpt_der_put_bool(w, critical == CC_TRUE);
	rpt_der_put(w, RPT_ASN1_OCTET_STRING, value, len);
	rpt_der_close(w, seq);
}

static void put_basic(struct rpt_wr *w, const struct cc_spec *s)
{
	struct rpt_wr v;
	size_t seq;
	u8 buf[16];

	rpt_wr_init(&v, buf, sizeof(buf));
	seq = rpt_der_open(&v, RPT_ASN1_SEQUENCE);
	if (s->ca)
		rpt_der_put_bool(&v, true);
	if (s->path_len != RPT_X509_PATH_LEN_NONE)
		rpt_der_put_u32(&v, s->path_len);
	rpt_der_close(&v, seq);
	put_ext(w, 19, CC_TRUE, buf, v.len);
}

static void put_key_usage(struct rpt_wr *w, u16 key_usage)
{
	struct rpt_wr v;
	u8 buf[8];

	rpt_wr_init(&v, buf, sizeof(buf));
	rpt_der_put_flags(&v, key_usage);
	put_ext(w, 15, CC_TRUE, buf, v.len);
}

static void put_eku(struct rpt_wr *w, const struct cc_spec *s)
{
	static const struct {
		u16 bit;
		u8 len;
		u8 oid[8];
	} purposes[] = {
		{ RPT_EKU_SERVER_AUTH, 8, { 0x2b, 6, 1, 5, 5, 7, 3, 1 } },
		{ RPT_EKU_CLIENT_AUTH, 8, { 0x2b, 6, 1, 5, 5, 7, 3, 2 } },
		{ RPT_EKU_OTHER, 8, { 0x2b, 6, 1, 5, 5, 7, 3, 3 } },
		{ RPT_EKU_ANY, 4, { 0x55, 0x1d, 0x25, 0x00 } },
	};
	struct rpt_wr v;
	unsigned int i;
	size_t seq;
	u8 buf[48];

	rpt_wr_init(&v, buf, sizeof(buf));
	seq = rpt_der_open(&v, RPT_ASN1_SEQUENCE);
	for (i = 0; i < ARRAY_SIZE(purposes); i++) {
		if (s->eku & purposes[i].bit)
			rpt_der_put(&v, RPT_ASN1_OID, purposes[i].oid, purposes[i].len);
	}
	rpt_der_close(&v, seq);
	put_ext(w, 37, s->eku_critical ? CC_TRUE : CC_ABSENT, buf, v.len);
}

/* The names may be long, so this one is written in place */
static void put_san(struct rpt_wr *w, const struct cc_spec *s)
{
	static const u8 oid[] = { 0x55, 0x1d, 17 };
	size_t ext, value, seq;
	unsigned int i;

	ext = rpt_der_open(w, RPT_ASN1_SEQUENCE);
	rpt_der_put(w, RPT_ASN1_OID, oid, sizeof(oid));
	value = rpt_der_open(w, RPT_ASN1_OCTET_STRING);
	seq = rpt_der_open(w, RPT_ASN1_SEQUENCE);
	for (i = 0; i < s->n_san; i++)
		rpt_der_put(w, s->san[i].tag, s->san[i].data, s->san[i].len);
	rpt_der_close(w, seq);
	rpt_der_close(w, value);
	rpt_der_close(w, ext);
}

static void put_key_id(struct rpt_wr *w, u8 last_arc, const struct rpt_blob *id)
{
	struct rpt_wr v;
	size_t seq = 0;
	u8 buf[32];

	rpt_wr_init(&v, buf, sizeof(buf));
	if (last_arc == 35) {
		seq = rpt_der_open(&v, RPT_ASN1_SEQUENCE);
		rpt_der_put(&v, RPT_ASN1_CTX(0), id->data, id->len);
		rpt_der_close(&v, seq);
	} else {
		rpt_der_put(&v, RPT_ASN1_OCTET_STRING, id->data, id->len);
	}
	put_ext(w, last_arc, CC_ABSENT, buf, v.len);
}

static void put_extensions(struct rpt_wr *w, const struct cc_spec *s)
{
	size_t ctx = rpt_der_open(w, RPT_ASN1_CTX_CONS(3));
	size_t seq = rpt_der_open(w, RPT_ASN1_SEQUENCE);
	unsigned int i;

	if (s->basic)
		put_basic(w, s);
	if (s->key_usage)
		put_key_usage(w, s->key_usage);
	if (s->eku)
		put_eku(w, s);
	if (s->n_san)
		put_san(w, s);
	if (s->ski.len)
		put_key_id(w, 14, &s->ski);
	if (s->aki.len)
		put_key_id(w, 35, &s->aki);
	for (i = 0; i < s->n_ext; i++)
		rpt_wr_bytes(w, s->ext[i].data, s->ext[i].len);
	rpt_der_close(w, seq);
	rpt_der_close(w, ctx);
}

static void put_tbs(struct cc *c, struct rpt_wr *w, const struct cc_spec *s)
{
	size_t tbs = rpt_der_open(w, RPT_ASN1_SEQUENCE);
	size_t seq;

	if (s->version) {
		seq = rpt_der_open(w, RPT_ASN1_CTX_CONS(0));
		rpt_der_put_u32(w, s->version == CC_V1_ENCODED ? 0 : s->version);
		rpt_der_close(w, seq);
	}
	rpt_der_put(w, RPT_ASN1_INTEGER, s->serial, s->serial_len);
	put_alg(w, s, s->inner_scheme ? s->inner_scheme : s->scheme);
	put_name(w, s->issuer, strlen(s->issuer));
	seq = rpt_der_open(w, RPT_ASN1_SEQUENCE);
	if (s->validity.len) {
		rpt_wr_bytes(w, s->validity.data, s->validity.len);
	} else {
		rpt_der_put_time(w, s->not_before);
		rpt_der_put_time(w, s->not_after);
	}
	rpt_der_close(w, seq);
	put_name(w, s->subject, s->subject_len);
	if (s->spki.len)
		rpt_wr_bytes(w, s->spki.data, s->spki.len);
	else
		rpt_x509_put_spki(w, &cc_key(c, s->key)->pub);
	if (!s->no_extensions)
		put_extensions(w, s);
	rpt_der_close(w, tbs);
}

/* Any of the hashes with any of the curves; another signature for each @salt */
static int sign(const struct rpt_privkey *sk, u16 scheme, const u8 *msg, size_t len,
		u8 salt, u8 *sig, size_t *siglen)
{
	u8 hash = scheme == RPT_SIG_ECDSA_SECP384R1_SHA384 ? RPT_HASH_SHA384 :
		  scheme == RPT_SIG_ECDSA_SECP521R1_SHA512 ? RPT_HASH_SHA512 :
							     RPT_HASH_SHA256;
	u8 digest[RPT_DIGEST_MAX];

	rpt_hash_oneshot(hash, msg, len, digest);
	return rpt_ecdsa_sign(rpt_ec_curve_find(sk->type), sk->ec.d, hash, digest,
			      &salt, sizeof(salt), sig, SIG_MAX, siglen);
}

/* SEQUENCE { INTEGER r, ... }: put a zero octet in front of r */
static void ber_sig(u8 *sig, size_t *len)
{
	memmove(sig + 5, sig + 4, *len - 4);
	sig[4] = 0;
	sig[3]++;
	sig[1]++;
	(*len)++;
}

/**
 * cc_make() - make one certificate
 * @c: the world
 * @s: what it is to be; its DER goes to @s->der
 *
 * Context: Process context.
 */
void cc_make(struct cc *c, struct cc_spec *s)
{
	u8 *der = kunit_kmalloc(c->test, CC_CERT_MAX, GFP_KERNEL);
	size_t cert, tbs, bits, siglen;
	u8 sig[SIG_MAX + 1];
	struct rpt_wr w;
	u8 salt = 0;

	KUNIT_ASSERT_NOT_NULL(c->test, der);
	rpt_wr_init(&w, der, CC_CERT_MAX - 8);
	cert = rpt_der_open(&w, RPT_ASN1_SEQUENCE);
	tbs = w.len;
	put_tbs(c, &w, s);
	KUNIT_ASSERT_FALSE(c->test, w.err);
	do {	/* an unused bit has to be zero */
		KUNIT_ASSERT_EQ(c->test, sign(cc_key(c, s->signer), s->scheme, der + tbs,
					      w.len - tbs, salt++, sig, &siglen), 0);
	} while (s->sig_unused && (sig[siglen - 1] & 1));
	if (s->ber_sig)
		ber_sig(sig, &siglen);
	put_alg(&w, s, s->scheme);
	bits = rpt_der_open(&w, RPT_ASN1_BIT_STRING);
	rpt_wr_u8(&w, s->sig_unused);
	rpt_wr_bytes(&w, sig, siglen);
	rpt_der_close(&w, bits);
	rpt_der_close(&w, cert);
	KUNIT_ASSERT_FALSE(c->test, w.err);
	if (s->mangle)
		s->mangle(der, &w.len);
	s->der.data = der;
	s->der.len = w.len;
}

/**
 * cc_san() - append a name to a certificate
 * @s: the certificate
 * @tag: identifier octet of the GeneralName
 * @text: its contents, terminated
 *
 * Context: Any context.
 */
void cc_san(struct cc_spec *s, u8 tag, const char *text)
{
	struct cc_san *n = &s->san[s->n_san++];

	n->tag = tag;
	n->data = text;
	n->len = strlen(text);
}

/**
 * cc_ext() - append an extension below id-ce to a certificate
 * @c: the world
 * @s: the certificate
 * @last_arc: last arc of its OID
 * @critical: how its criticality is encoded
 * @value: contents of extnValue
 * @len: their length
 *
 * Context: Process context.
 */
void cc_ext(struct cc *c, struct cc_spec *s, u8 last_arc, enum cc_critical critical,
	    const void *value, size_t len)
{
	size_t cap = len + 32;
	u8 *ext = kunit_kmalloc(c->test, cap, GFP_KERNEL);
	struct rpt_wr w;

	KUNIT_ASSERT_NOT_NULL(c->test, ext);
	KUNIT_ASSERT_LT(c->test, s->n_ext, (unsigned int)CC_EXTS);
	rpt_wr_init(&w, ext, cap);
	put_ext(&w, last_arc, critical, value, len);
	s->ext[s->n_ext].data = ext;
	s->ext[s->n_ext].len = w.len;
	s->n_ext++;
}

/**
 * cc_ca() - describe a good CA certificate
 * @c: the world
 * @i: enum cc_cert, which one
 * @subject: common name
 * @issuer: common name
 * @key: enum cc_key, whose
 * @signer: enum cc_key, who signs
 *
 * Context: Any context.
 * Return: the description.
 */
struct cc_spec *cc_ca(struct cc *c, unsigned int i, const char *subject,
		      const char *issuer, u8 key, u8 signer)
{
	struct cc_spec *s = &c->spec[i];

	memset(s, 0, sizeof(*s));
	s->made = true;
	s->subject = subject;
	s->subject_len = strlen(subject);
	s->issuer = issuer;
	s->key = key;
	s->signer = signer;
	s->scheme = RPT_SIG_ECDSA_SECP256R1_SHA256;
	s->version = 2;
	s->serial[0] = 0x10 + i;
	s->serial_len = 1;
	s->not_before = CC_NOW - 1000;
	s->not_after = CC_NOW + 1000;
	s->basic = true;
	s->ca = true;
	s->path_len = RPT_X509_PATH_LEN_NONE;
	s->key_usage = RPT_KU_KEY_CERT_SIGN | RPT_KU_CRL_SIGN;
	return s;
}

/**
 * cc_send() - say what the peer sends
 * @c: the world
 * @n: how many certificates
 * @order: enum cc_cert of each
 *
 * Context: Any context.
 */
void cc_send(struct cc *c, unsigned int n, const u8 *order)
{
	memcpy(c->sent, order, n);
	c->n_sent = n;
}

/**
 * cc_reset() - make everything as it should be; keys stay
 * @c: the world
 *
 * Context: Any context.
 */
void cc_reset(struct cc *c)
{
	static const u8 order[] = { CC_LEAF, CC_INTER };
	struct cc_spec *leaf;

	memset(c->spec, 0, sizeof(c->spec));
	cc_ca(c, CC_ROOT, "root", "root", CC_KEY_ROOT, CC_KEY_ROOT);
	cc_ca(c, CC_INTER, "inter", "root", CC_KEY_INTER, CC_KEY_ROOT);
	leaf = cc_ca(c, CC_LEAF, "leaf", "inter", CC_KEY_LEAF, CC_KEY_INTER);
	leaf->ca = false;
	leaf->key_usage = RPT_KU_DIGITAL_SIGNATURE;
	leaf->eku = RPT_EKU_SERVER_AUTH | RPT_EKU_CLIENT_AUTH;
	cc_san(leaf, RPT_ASN1_CTX(RPT_SAN_URI), CC_SPIFFE_ID);

	cc_send(c, ARRAY_SIZE(order), order);
	c->trusted[0] = CC_ROOT;
	c->n_trusted = 1;
	memset(c->revoked, 0, sizeof(c->revoked));
	memset(&c->params, 0, sizeof(c->params));
	c->params.anchors = c->anchor;
	c->params.revoked = c->revoked;
	c->params.now = CC_NOW;
	c->params.purpose = RPT_PURPOSE_SERVER_AUTH;
	c->params.spiffe = true;
	c->params.trust_domain = CC_TD;
}

/**
 * cc_new() - make a world
 * @test: the test it lives in
 *
 * Context: Process context.
 * Return: the world, as cc_reset() leaves it.
 */
struct cc *cc_new(struct kunit *test)
{
	struct cc *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->test = test;
	cc_reset(c);
	return c;
}

/**
 * cc_build() - make all certificates and the chain that the peer sends
 * @c: the world
 *
 * Context: Process context.
 */
void cc_build(struct cc *c)
{
	unsigned int i;

	for (i = 0; i < CC_CERTS; i++) {
		if (c->spec[i].made)
			cc_make(c, &c->spec[i]);
	}
	c->chain.n = c->n_sent;
	for (i = 0; i < c->n_sent && i < RPT_CHAIN_MAX; i++)
		c->chain.cert[i] = c->spec[c->sent[i]].der;
}

/**
 * cc_verify() - make the certificates and verify what the peer sends
 * @c: the world
 *
 * Context: Process context.
 * Return: what rpt_chain_verify() returned; its result is in @c->res.
 */
int cc_verify(struct cc *c)
{
	const struct rpt_blob *der;
	unsigned int i;
	int err;

	cc_build(c);
	for (i = 0; i < c->n_trusted; i++) {
		der = &c->spec[c->trusted[i]].der;
		KUNIT_ASSERT_EQ(c->test,
				rpt_anchor_init(&c->anchor[i], der->data, der->len), 0);
	}
	c->params.n_anchors = c->n_trusted;
	err = rpt_chain_verify(&c->params, &c->chain, &c->res);
	for (i = 0; i < c->n_trusted; i++)
		rpt_anchor_destroy(&c->anchor[i]);
	return err;
}
