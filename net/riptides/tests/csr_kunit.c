// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of certification requests and of our own certificates
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "chain_corpus.h"
#include "csr.h"
#include "der.h"

#define LONG_NAME \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const char * const dns_names[] = { "web.example.org", "*.example.org" };

/* What a test writes into */
struct csr_test {
	struct cc *c;
	struct rpt_csr_params params;
	struct rpt_csr csr;
	u8 der[RPT_CSR_MAX];
	size_t len;
	unsigned int signs;
	int sign_err;
};

static struct csr_test *new_csr(struct kunit *test, unsigned int key)
{
	struct csr_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->c = cc_new(test);
	t->params.names.common_name = "web";
	t->params.names.organization = "riptides";
	t->params.names.spiffe_id = CC_SPIFFE_ID;
	t->params.names.dns = dns_names;
	t->params.names.n_dns = ARRAY_SIZE(dns_names);
	t->params.signer.key = cc_key(t->c, key);
	t->params.key = &t->params.signer.key->pub;
	t->params.signer.scheme = key == CC_KEY_P384 ? RPT_SIG_ECDSA_SECP384R1_SHA384 :
						       RPT_SIG_ECDSA_SECP256R1_SHA256;
	return t;
}

static int write_csr(struct csr_test *t)
{
	return rpt_csr_write(&t->params, t->der, sizeof(t->der), &t->len);
}

static void csr_round_trip(struct kunit *test)
{
	static const u8 keys[] = { CC_KEY_LEAF, CC_KEY_P384 };
	struct rpt_blob value;
	struct csr_test *t;
	unsigned int i;
	struct rpt_rd it;
	u8 type;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		t = new_csr(test, keys[i]);
		KUNIT_ASSERT_EQ(test, write_csr(t), 0);
		KUNIT_ASSERT_EQ(test, rpt_csr_parse(&t->csr, t->der, t->len), 0);
		KUNIT_EXPECT_EQ(test, rpt_csr_verify(&t->csr), 0);
		KUNIT_EXPECT_EQ(test, t->csr.sig_scheme, t->params.signer.scheme);
		KUNIT_EXPECT_EQ(test, t->csr.key.type, t->params.key->type);
		KUNIT_EXPECT_MEMEQ(test, t->csr.key.ec.q, t->params.key->ec.q,
				   t->params.key->ec.qlen);
		KUNIT_EXPECT_EQ(test, t->csr.key_usage, RPT_KU_DIGITAL_SIGNATURE);
		KUNIT_EXPECT_EQ(test, t->csr.eku, RPT_EKU_SERVER_AUTH | RPT_EKU_CLIENT_AUTH);
		KUNIT_EXPECT_FALSE(test, t->csr.ca);

		rpt_rd_init(&it, t->csr.san.data, t->csr.san.len);
		KUNIT_ASSERT_TRUE(test, rpt_x509_san_next(&it, &type, &value));
		KUNIT_EXPECT_EQ(test, type, RPT_SAN_URI);
		KUNIT_ASSERT_EQ(test, value.len, strlen(CC_SPIFFE_ID));
		KUNIT_EXPECT_MEMEQ(test, value.data, CC_SPIFFE_ID, value.len);
		KUNIT_ASSERT_TRUE(test, rpt_x509_san_next(&it, &type, &value));
		KUNIT_EXPECT_EQ(test, type, RPT_SAN_DNS);
		KUNIT_ASSERT_TRUE(test, rpt_x509_san_next(&it, &type, &value));
		KUNIT_EXPECT_FALSE(test, rpt_x509_san_next(&it, &type, &value));
	}
}

/* The request says exactly this, but for the key and the signature */
static void csr_bytes(struct kunit *test)
{
	static const u8 head[] = {
		0x02, 0x01, 0x00, 0x30, 0x0e, 0x31, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55,
		0x04, 0x03, 0x0c, 0x03, 'w', 'e', 'b', 0x30, 0x59,
	};
	static const u8 tail[] = {
		0xa0, 0x4f, 0x30, 0x4d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
		0x01, 0x09, 0x0e, 0x31, 0x40, 0x30, 0x3e, 0x30, 0x0e, 0x06, 0x03, 0x55,
		0x1d, 0x0f, 0x01, 0x01, 0xff, 0x04, 0x04, 0x03, 0x02, 0x07, 0x80, 0x30,
		0x1d, 0x06, 0x03, 0x55, 0x1d, 0x25, 0x04, 0x16, 0x30, 0x14, 0x06, 0x08,
		0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01, 0x06, 0x08, 0x2b, 0x06,
		0x01, 0x05, 0x05, 0x07, 0x03, 0x02, 0x30, 0x0d, 0x06, 0x03, 0x55, 0x1d,
		0x11, 0x04, 0x06, 0x30, 0x04, 0x82, 0x02, 'a', 'b',
	};
	static const char * const names[] = { "ab" };
	struct csr_test *t = new_csr(test, CC_KEY_LEAF);

	t->params.names.organization = NULL;
	t->params.names.spiffe_id = NULL;
	t->params.names.dns = names;
	t->params.names.n_dns = 1;
	KUNIT_ASSERT_EQ(test, write_csr(t), 0);
	KUNIT_ASSERT_EQ(test, rpt_csr_parse(&t->csr, t->der, t->len), 0);
	KUNIT_EXPECT_EQ(test, t->csr.cri.len, 3 + sizeof(head) + 0x59 + sizeof(tail));
	KUNIT_EXPECT_MEMEQ(test, t->csr.cri.data + 3, head, sizeof(head));
	KUNIT_EXPECT_MEMEQ(test, t->csr.cri.data + t->csr.cri.len - sizeof(tail), tail,
			   sizeof(tail));
}

/* The longest SPIFFE ID there is, and no subject: the names are critical */
static void csr_long(struct kunit *test)
{
	struct csr_test *t = new_csr(test, CC_KEY_LEAF);
	char *id = kunit_kzalloc(test, RPT_SPIFFE_MAX + 2, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, id);
	memset(id, 'a', RPT_SPIFFE_MAX);
	memcpy(id, CC_SPIFFE_ID, strlen(CC_SPIFFE_ID));
	t->params.names = (struct rpt_names){ .spiffe_id = id };
	KUNIT_ASSERT_EQ(test, write_csr(t), 0);
	KUNIT_ASSERT_EQ(test, rpt_csr_parse(&t->csr, t->der, t->len), 0);
	KUNIT_EXPECT_EQ(test, rpt_csr_verify(&t->csr), 0);
	KUNIT_EXPECT_EQ(test, t->csr.subject.len, 2);
	KUNIT_EXPECT_GT(test, t->csr.san.len, RPT_SPIFFE_MAX);
	id[RPT_SPIFFE_MAX] = 'a';
	KUNIT_EXPECT_EQ(test, write_csr(t), -EINVAL);
}

static void csr_no_names(struct kunit *test)
{
	struct csr_test *t = new_csr(test, CC_KEY_LEAF);

	memset(&t->params.names, 0, sizeof(t->params.names));
	KUNIT_ASSERT_EQ(test, write_csr(t), 0);
	KUNIT_ASSERT_EQ(test, rpt_csr_parse(&t->csr, t->der, t->len), 0);
	KUNIT_EXPECT_EQ(test, t->csr.san.len, 0);
}

/* Names that a request can't have */
static void csr_bad_names(struct kunit *test)
{
	static const char * const bad_dns[] = { "a b" };
	static const char * const many[RPT_CSR_DNS_MAX + 1] = { "a" };
	static const struct rpt_names bad[] = {
		{ .common_name = "" },
		{ .common_name = "a\nb" },
		{ .common_name = "a\x7f" },
		{ .common_name = LONG_NAME "a" },
		{ .organization = "" },
		{ .organization = LONG_NAME "a" },
		{ .spiffe_id = "" },
		{ .spiffe_id = "https://example.org/web" },
		{ .spiffe_id = "spiffe://example.org/" },
		{ .dns = bad_dns, .n_dns = 1 },
		{ .dns = many, .n_dns = ARRAY_SIZE(many) },
	};
	struct csr_test *t = new_csr(test, CC_KEY_LEAF);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		t->params.names = bad[i];
		KUNIT_EXPECT_EQ_MSG(test, write_csr(t), -EINVAL, "%u", i);
	}
	t->params.names = (struct rpt_names){ .common_name = LONG_NAME };
	KUNIT_EXPECT_EQ(test, write_csr(t), 0);
}

/* Signatures that are all of one length */
static int sign_nothing(void *data, u16 scheme, const u8 *msg, size_t len,
			u8 *sig, size_t cap, size_t *siglen)
{
	if (cap < 64)
		return -ENOSPC;
	memset(sig, 0, 64);
	*siglen = 64;
	return 0;
}

/* A buffer of any length that is too short, and one that is long enough */
static void csr_no_room(struct kunit *test)
{
	struct csr_test *t = new_csr(test, CC_KEY_LEAF);
	size_t cap, len;

	t->params.signer.key = NULL;
	t->params.signer.sign = sign_nothing;
	KUNIT_ASSERT_EQ(test, write_csr(t), 0);
	len = t->len;
	for (cap = 0; cap < len; cap++)
		KUNIT_EXPECT_EQ(test, rpt_csr_write(&t->params, t->der, cap, &t->len),
				-ENOSPC);
	KUNIT_EXPECT_EQ(test, rpt_csr_write(&t->params, t->der, len, &t->len), 0);
}

/* A key that only the callee has */
static int sign(void *data, u16 scheme, const u8 *msg, size_t len,
		u8 *sig, size_t cap, size_t *siglen)
{
	struct csr_test *t = data;

	t->signs++;
	if (t->sign_err)
		return t->sign_err;
	return rpt_sig_sign(scheme, cc_key(t->c, CC_KEY_LEAF), msg, len, sig, cap, siglen);
}

static void csr_callback(struct kunit *test)
{
	struct csr_test *t = new_csr(test, CC_KEY_LEAF);

	t->params.signer.key = NULL;
	t->params.signer.sign = sign;
	t->params.signer.data = t;
	KUNIT_ASSERT_EQ(test, write_csr(t), 0);
	KUNIT_EXPECT_EQ(test, t->signs, 1);
	KUNIT_ASSERT_EQ(test, rpt_csr_parse(&t->csr, t->der, t->len), 0);
	KUNIT_EXPECT_EQ(test, rpt_csr_verify(&t->csr), 0);
	t->sign_err = -ENOKEY;
	KUNIT_EXPECT_EQ(test, write_csr(t), -ENOKEY);
	t->params.signer.scheme = RPT_SIG_ED25519;
	KUNIT_EXPECT_EQ(test, write_csr(t), -ENOSPC);
	KUNIT_EXPECT_EQ(test, t->signs, 2);
}

static void csr_false_signature(struct kunit *test)
{
	struct csr_test *t = new_csr(test, CC_KEY_LEAF);

	t->params.signer.key = cc_key(t->c, CC_KEY_ROOT);
	KUNIT_ASSERT_EQ(test, write_csr(t), 0);
	KUNIT_ASSERT_EQ(test, rpt_csr_parse(&t->csr, t->der, t->len), 0);
	KUNIT_EXPECT_EQ(test, rpt_csr_verify(&t->csr), -EKEYREJECTED);
}

/* Made by OpenSSL, of an RSA key, with an empty set of attributes */
static void csr_openssl(struct kunit *test)
{
	struct csr_test *t = new_csr(test, CC_KEY_LEAF);

	KUNIT_ASSERT_EQ(test, rpt_csr_parse(&t->csr, cc_rsa_csr.data, cc_rsa_csr.len), 0);
	KUNIT_EXPECT_EQ(test, t->csr.key.type, RPT_KEY_RSA);
	KUNIT_EXPECT_EQ(test, t->csr.sig_scheme, RPT_SIG_RSA_PKCS1_SHA256);
	KUNIT_EXPECT_EQ(test, t->csr.san.len, 0);
	KUNIT_EXPECT_EQ(test, rpt_csr_verify(&t->csr), 0);
}

/* A request of @cri's version, key and attributes with a signature of nothing */
static int parse_made(struct csr_test *t, u32 version, const struct rpt_blob *spki,
		      const struct rpt_blob *attrs, u16 scheme, u8 more)
{
	size_t csr, cri, name;
	struct rpt_wr w;

	rpt_wr_init(&w, t->der, sizeof(t->der));
	csr = rpt_der_open(&w, RPT_ASN1_SEQUENCE);
	cri = rpt_der_open(&w, RPT_ASN1_SEQUENCE);
	rpt_der_put_u32(&w, version);
	name = rpt_der_open(&w, RPT_ASN1_SEQUENCE);
	rpt_der_close(&w, name);
	if (spki)
		rpt_wr_bytes(&w, spki->data, spki->len);
	else
		rpt_x509_put_spki(&w, t->params.key);
	rpt_wr_bytes(&w, attrs->data, attrs->len);
	rpt_der_close(&w, cri);
	if (scheme)
		rpt_x509_put_sig_alg(&w, scheme);
	else	/* ecdsa-with-SHA1 */
		rpt_wr_bytes(&w, "\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x04\x01", 11);
	rpt_der_put_bits(&w, "\x30", 2);
	rpt_wr_bytes(&w, "\x05", more);
	rpt_der_close(&w, csr);
	t->len = w.len;
	return rpt_csr_parse(&t->csr, t->der, w.len);
}

#define ES256		RPT_SIG_ECDSA_SECP256R1_SHA256
#define EXT_REQUEST	"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e"
#define OTHER_ATTR	"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x07"
#define UNKNOWN_EXT	"\x30\x09\x06\x03\x55\x1d\x63\x04\x02\x05\x00"
#define CA_EXT		"\x30\x0c\x06\x03\x55\x1d\x13\x04\x05\x30\x03\x01\x01\xff"

static void csr_parse_attributes(struct kunit *test)
{
	static const struct {
		const char *name;
		int err;
		u8 len;
		const char *der;
	} cases[] = {
		{ "none", 0, 2, "\xa0\x00" },
		{ "one without meaning", 0, 19,
		  "\xa0\x11\x30\x0f" OTHER_ATTR "\x31\x02\x05\x00" },
		{ "begins like an extension request", 0, 18,
		  "\xa0\x10\x30\x0e\x06\x08\x2a\x86\x48\x86\xf7\x0d\x01\x09"
		  "\x31\x02\x05\x00" },
		{ "unknown extension", 0, 30,
		  "\xa0\x1c\x30\x1a" EXT_REQUEST "\x31\x0d\x30\x0b" UNKNOWN_EXT },
		{ "CA", 0, 33, "\xa0\x1f\x30\x1d" EXT_REQUEST "\x31\x10\x30\x0e" CA_EXT },
		{ "both, ordered", 0, 47,
		  "\xa0\x2d\x30\x0f" OTHER_ATTR "\x31\x02\x05\x00"
		  "\x30\x1a" EXT_REQUEST "\x31\x0d\x30\x0b" UNKNOWN_EXT },
		{ "the wrong way round", -EBADMSG, 47,
		  "\xa0\x2d\x30\x1a" EXT_REQUEST "\x31\x0d\x30\x0b" UNKNOWN_EXT
		  "\x30\x0f" OTHER_ATTR "\x31\x02\x05\x00" },
		{ "extension request twice", -EBADMSG, 61,
		  "\xa0\x3b\x30\x1a" EXT_REQUEST "\x31\x0d\x30\x0b" UNKNOWN_EXT
		  "\x30\x1d" EXT_REQUEST "\x31\x10\x30\x0e" CA_EXT },
		{ "absent", -EBADMSG, 0, "" },
		{ "another tag", -EBADMSG, 2, "\xa1\x00" },
		{ "twice", -EBADMSG, 4, "\xa0\x00\xa0\x00" },
		{ "no values", -EBADMSG, 17, "\xa0\x0f\x30\x0d" OTHER_ATTR "\x31\x00" },
		{ "value cut", -EBADMSG, 18, "\xa0\x10\x30\x0e" OTHER_ATTR "\x31\x01\x05" },
		{ "no set", -EBADMSG, 15, "\xa0\x0d\x30\x0b" OTHER_ATTR },
		{ "more behind the set", -EBADMSG, 21,
		  "\xa0\x13\x30\x11" OTHER_ATTR "\x31\x02\x05\x00\x05\x00" },
		{ "no extensions", -EBADMSG, 19,
		  "\xa0\x11\x30\x0f" EXT_REQUEST "\x31\x02\x30\x00" },
		{ "two values", -EBADMSG, 32,
		  "\xa0\x1e\x30\x1c" EXT_REQUEST "\x31\x0f\x30\x0b" UNKNOWN_EXT "\x05\x00" },
		{ "malformed extension", -EBADMSG, 24,
		  "\xa0\x16\x30\x14" EXT_REQUEST "\x31\x07\x30\x05\x06\x03\x55\x1d\x63" },
	};
	struct csr_test *t = new_csr(test, CC_KEY_LEAF);
	struct rpt_blob attrs;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		attrs.data = (const u8 *)cases[i].der;
		attrs.len = cases[i].len;
		KUNIT_EXPECT_EQ_MSG(test, parse_made(t, 0, NULL, &attrs, ES256, 0),
				    cases[i].err, "%s", cases[i].name);
		if (!strcmp(cases[i].name, "CA"))
			KUNIT_EXPECT_TRUE(test, t->csr.ca);
	}
}

static void csr_off_curve(struct kunit *test)
{
	struct csr_test *t = new_csr(test, CC_KEY_LEAF);
	struct rpt_pubkey *key = kunit_kzalloc(test, sizeof(*key), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, key);
	*key = *t->params.key;
	key->ec.q[key->ec.qlen - 1] ^= 1;
	t->params.key = key;
	KUNIT_ASSERT_EQ(test, write_csr(t), 0);
	KUNIT_EXPECT_EQ(test, rpt_csr_parse(&t->csr, t->der, t->len), -EKEYREJECTED);
}

static void csr_parse_refused(struct kunit *test)
{
	static const struct rpt_blob none = { (const u8 *)"\xa0", 2 };
	struct csr_test *t = new_csr(test, CC_KEY_LEAF);

	KUNIT_EXPECT_EQ(test, parse_made(t, 0, NULL, &none, ES256, 0), 0);
	KUNIT_EXPECT_EQ(test, rpt_csr_verify(&t->csr), -EBADMSG);
	KUNIT_EXPECT_EQ(test, rpt_csr_parse(&t->csr, t->der, t->len + 1), -EBADMSG);
	t->der[t->len - 3] = 1;	/* unused bits of the signature */
	KUNIT_EXPECT_EQ(test, rpt_csr_parse(&t->csr, t->der, t->len), -EBADMSG);
	KUNIT_EXPECT_EQ(test, parse_made(t, 1, NULL, &none, ES256, 0), -EBADMSG);
	KUNIT_EXPECT_EQ(test, parse_made(t, 0, NULL, &none, ES256, 2), -EBADMSG);
	KUNIT_EXPECT_EQ(test, parse_made(t, 0, NULL, &none, 0, 0), -EKEYREJECTED);
	KUNIT_EXPECT_EQ(test, parse_made(t, 0, &cc_key_rsa1024, &none, ES256, 0),
			-EKEYREJECTED);
	KUNIT_EXPECT_EQ(test, parse_made(t, 0, &cc_key_rsa_e3, &none, ES256, 0),
			-EKEYREJECTED);
	KUNIT_EXPECT_EQ(test, parse_made(t, 0, &cc_key_ed25519, &none, ES256, 0),
			-EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, rpt_csr_parse(&t->csr, NULL, 0), -EBADMSG);
}

/* One bit changed: never verified; cut: never parsed */
static void csr_mutation(struct kunit *test)
{
	struct csr_test *t = new_csr(test, CC_KEY_LEAF);
	unsigned int verified = 0;
	size_t i;

	KUNIT_ASSERT_EQ(test, write_csr(t), 0);
	for (i = 0; i < t->len; i++) {
		KUNIT_EXPECT_EQ(test, rpt_csr_parse(&t->csr, t->der, i), -EBADMSG);
		t->der[i] ^= 1 << (i % 8);
		verified += !rpt_csr_parse(&t->csr, t->der, t->len) &&
			    !rpt_csr_verify(&t->csr);
		t->der[i] ^= 1 << (i % 8);
	}
	KUNIT_EXPECT_EQ(test, verified, 0);
}

/* A CA and an SVID, and the validator likes them */
static void cert_write_chain(struct kunit *test)
{
	static const u8 ski[] = { 1, 2, 3, 4 }, serial[] = { 0x00, 0x80, 0x01 };
	struct csr_test *t = new_csr(test, CC_KEY_LEAF);
	struct rpt_cert_params ca = {
		.names = { .common_name = "CA", .spiffe_id = "spiffe://" CC_TD },
		.serial = serial,
		.serial_len = sizeof(serial),
		.not_before = CC_NOW - 10,
		.not_after = 4000000000LL,
		.key = &cc_key(t->c, CC_KEY_P384)->pub,
		.ca = true,
		.path_len = 0,
		.key_usage = RPT_KU_KEY_CERT_SIGN | RPT_KU_CRL_SIGN,
		.ski = { ski, sizeof(ski) },
		.signer = { RPT_SIG_ECDSA_SECP384R1_SHA384, cc_key(t->c, CC_KEY_P384) },
	};
	struct rpt_cert_params leaf = ca;
	struct cc *c = t->c;

	KUNIT_ASSERT_EQ(test, rpt_cert_write(&ca, t->der, sizeof(t->der), &t->len), 0);
	KUNIT_ASSERT_EQ(test, rpt_anchor_init(&c->anchor[0], t->der, t->len), 0);
	KUNIT_EXPECT_EQ(test, c->anchor[0].cert.path_len, 0);
	KUNIT_EXPECT_EQ(test, c->anchor[0].cert.serial.len, 2);
	KUNIT_EXPECT_EQ(test, c->anchor[0].cert.not_after, 4000000000LL);
	KUNIT_EXPECT_EQ(test, rpt_x509_verify(&c->anchor[0].cert, &ca.signer.key->pub), 0);

	leaf.names = t->params.names;
	leaf.issuer = c->anchor[0].cert.subject;
	leaf.key = t->params.key;
	leaf.ca = false;
	leaf.path_len = RPT_X509_PATH_LEN_NONE;
	leaf.key_usage = RPT_KU_DIGITAL_SIGNATURE;
	leaf.eku = RPT_EKU_SERVER_AUTH | RPT_EKU_CLIENT_AUTH;
	leaf.aki = ca.ski;
	leaf.ski.len = 0;
	KUNIT_EXPECT_EQ(test, rpt_cert_write(&leaf, t->der, sizeof(t->der), &t->len), 0);
	c->params.n_anchors = 1;
	c->params.dns_name = "web.example.org";
	c->chain.n = 1;
	c->chain.cert[0].data = t->der;
	c->chain.cert[0].len = t->len;
	KUNIT_EXPECT_EQ(test, rpt_chain_verify(&c->params, &c->chain, &c->res), 0);
	KUNIT_EXPECT_STREQ(test, c->res.spiffe_id, CC_SPIFFE_ID);
	rpt_anchor_destroy(&c->anchor[0]);
}

static void cert_write_refused(struct kunit *test)
{
	static const u8 zero[] = { 0, 0 }, one[] = { 1 }, long_serial[21] = { 1 };
	static const u8 high_serial[20] = { 0x80 };
	struct csr_test *t = new_csr(test, CC_KEY_LEAF);
	struct rpt_cert_params good = {
		.names = { .common_name = "CA" },
		.serial = one,
		.serial_len = 1,
		.not_before = 10,
		.not_after = 10,
		.key = t->params.key,
		.ca = true,
		.path_len = RPT_X509_PATH_LEN_NONE,
		.signer = t->params.signer,
	};
	struct rpt_cert_params p = good;
	size_t cap, len;
	int err;

	p.signer.key = NULL;
	p.signer.sign = sign_nothing;
	KUNIT_EXPECT_EQ(test, rpt_cert_write(&p, t->der, sizeof(t->der), &t->len), 0);
	len = t->len;
	for (cap = 0; cap < len; cap++) {
		err = rpt_cert_write(&p, t->der, cap, &t->len);
		KUNIT_EXPECT_EQ(test, err, -ENOSPC);
	}
#define REFUSED(change)								\
	do {									\
		p = good;							\
		change;								\
		err = rpt_cert_write(&p, t->der, sizeof(t->der), &t->len);	\
		KUNIT_EXPECT_EQ_MSG(test, err, -EINVAL, #change);		\
	} while (0)
	REFUSED(p.names.common_name = "");
	REFUSED(p.names.common_name = NULL);
	REFUSED(p.ca = false; p.names.common_name = NULL);
	REFUSED(p.serial_len = 0);
	REFUSED(p.serial = zero; p.serial_len = 2);
	REFUSED(p.serial = long_serial; p.serial_len = 21);
	REFUSED(p.serial = high_serial; p.serial_len = 20);
	REFUSED(p.not_before = 11);
	REFUSED(p.not_before = -1);
	REFUSED(p.path_len = -2);
	REFUSED(p.path_len = S16_MAX);
	REFUSED(p.path_len = 0; p.ca = false);
#undef REFUSED
	p = good;
	p.not_after = 253402300800LL;	/* year 10000 */
	KUNIT_EXPECT_EQ(test, rpt_cert_write(&p, t->der, sizeof(t->der), &t->len), -ENOSPC);
	p = good;
	p.signer.key = NULL;
	p.signer.sign = sign;
	p.signer.data = t;
	t->sign_err = -EIO;
	KUNIT_EXPECT_EQ(test, rpt_cert_write(&p, t->der, sizeof(t->der), &t->len), -EIO);
}

#ifdef RPT_USER_ENGINE
static void csr_no_memory(struct kunit *test)
{
	struct csr_test *t = new_csr(test, CC_KEY_LEAF);

	KUNIT_ASSERT_EQ(test, write_csr(t), 0);
	shim_fail_nth = 1;
	KUNIT_EXPECT_EQ(test, rpt_csr_parse(&t->csr, t->der, t->len), -ENOMEM);
	shim_fail_nth = 0;
}
#endif

static struct kunit_case csr_cases[] = {
	KUNIT_CASE(csr_round_trip),
	KUNIT_CASE(csr_bytes),
	KUNIT_CASE(csr_long),
	KUNIT_CASE(csr_no_names),
	KUNIT_CASE(csr_bad_names),
	KUNIT_CASE(csr_no_room),
	KUNIT_CASE(csr_callback),
	KUNIT_CASE(csr_false_signature),
	KUNIT_CASE(csr_openssl),
	KUNIT_CASE(csr_parse_attributes),
	KUNIT_CASE(csr_off_curve),
	KUNIT_CASE(csr_parse_refused),
	KUNIT_CASE_SLOW(csr_mutation),
	KUNIT_CASE(cert_write_chain),
	KUNIT_CASE(cert_write_refused),
#ifdef RPT_USER_ENGINE
	KUNIT_CASE(csr_no_memory),
#endif
	{}
};

static struct kunit_suite csr_suite = {
	.name = "riptides_csr",
	.test_cases = csr_cases,
};

kunit_test_suite(csr_suite);

MODULE_DESCRIPTION("KUnit tests of riptides' certification requests");
MODULE_LICENSE("GPL");
