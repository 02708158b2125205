// SPDX-License-Identifier: GPL-2.0-only
/*
 * The validator's rules, first part: certificates that are none, and those
 * that are beyond us
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "chain_corpus.h"
#include "der.h"

/* id-ce arcs that the tests name */
enum {
	CE_SKI		= 14,
	CE_KEY_USAGE	= 15,
	CE_SAN		= 17,
	CE_BASIC	= 19,
	CE_NAME_CONS	= 30,
	CE_POLICIES	= 32,
	CE_EKU		= 37,
	CE_UNKNOWN	= 99,
};

static void append_zero(u8 *der, size_t *len)
{
	der[(*len)++] = 0;
}

/* The length gets three octets instead of two */
static void long_length(u8 *der, size_t *len)
{
	memmove(der + 3, der + 2, *len - 2);
	der[1] = 0x83;
	der[2] = 0;
	(*len)++;
}

/* No length, but end-of-contents octets */
static void indefinite_length(u8 *der, size_t *len)
{
	memmove(der + 2, der + 4, *len - 4);
	der[1] = 0x80;
	*len -= 2;
	der[(*len)++] = 0;
	der[(*len)++] = 0;
}

static void truncate(u8 *der, size_t *len)
{
	(*len)--;
}

/* A NULL behind the signature, inside of the certificate */
static void append_inside(u8 *der, size_t *len)
{
	der[(*len)++] = 0x05;
	der[(*len)++] = 0x00;
	put_unaligned_be16(*len - 4, der + 2);
}

static void leaf_inside(struct cc *c)
{
	c->spec[CC_LEAF].mangle = append_inside;
}

static void leaf_trailing(struct cc *c)
{
	c->spec[CC_LEAF].mangle = append_zero;
}

static void inter_trailing(struct cc *c)
{
	c->spec[CC_INTER].mangle = append_zero;
}

static void leaf_long_length(struct cc *c)
{
	c->spec[CC_LEAF].mangle = long_length;
}

static void leaf_indefinite(struct cc *c)
{
	c->spec[CC_LEAF].mangle = indefinite_length;
}

static void leaf_truncated(struct cc *c)
{
	c->spec[CC_LEAF].mangle = truncate;
}

static void leaf_sig_unused(struct cc *c)
{
	c->spec[CC_LEAF].sig_unused = 1;
}

static void leaf_sig_ber(struct cc *c)
{
	c->spec[CC_LEAF].ber_sig = true;
}

static void leaf_inner_alg(struct cc *c)
{
	c->spec[CC_LEAF].inner_scheme = RPT_SIG_ECDSA_SECP384R1_SHA384;
}

static void leaf_version(struct cc *c)
{
	c->spec[CC_LEAF].version = c->kase->num;
}

/* Without extensions a v1 or v2 certificate is well formed */
static void leaf_v1(struct cc *c)
{
	c->spec[CC_LEAF].version = c->kase->num;
	c->spec[CC_LEAF].no_extensions = true;
}

/* Contents of the serial number: @text, of @num octets */
static void leaf_serial(struct cc *c)
{
	struct cc_spec *s = &c->spec[CC_LEAF];

	memcpy(s->serial, c->kase->text, c->kase->num);
	s->serial_len = c->kase->num;
}

static void leaf_serial_20(struct cc *c)
{
	memset(c->spec[CC_LEAF].serial, 0x7f, 20);
	c->spec[CC_LEAF].serial_len = 20;
}

static void leaf_serial_21(struct cc *c)
{
	memset(c->spec[CC_LEAF].serial, 0x7f, 21);
	c->spec[CC_LEAF].serial_len = 21;
}

static void leaf_issuer_empty(struct cc *c)
{
	c->spec[CC_LEAF].issuer = "";
}

static void leaf_subject_nul(struct cc *c)
{
	c->spec[CC_LEAF].subject = "leaf\0root";
	c->spec[CC_LEAF].subject_len = 9;
}

/* Contents of Validity: @num octets at @text */
static void leaf_validity(struct cc *c)
{
	c->spec[CC_LEAF].validity.data = (const u8 *)c->kase->text;
	c->spec[CC_LEAF].validity.len = c->kase->num;
}

/* One more extension with @text, of at most 255 octets, the last one */
static void put_value(struct cc *c, unsigned int cert, u8 arc, enum cc_critical critical)
{
	cc_ext(c, &c->spec[cert], arc, critical, c->kase->text, c->kase->num);
}

static void leaf_key_usage_value(struct cc *c)
{
	c->spec[CC_LEAF].key_usage = 0;
	put_value(c, CC_LEAF, CE_KEY_USAGE, CC_TRUE);
}

static void leaf_basic_value(struct cc *c)
{
	c->spec[CC_LEAF].basic = false;
	put_value(c, CC_LEAF, CE_BASIC, CC_TRUE);
}

static void leaf_eku_value(struct cc *c)
{
	c->spec[CC_LEAF].eku = 0;
	put_value(c, CC_LEAF, CE_EKU, CC_ABSENT);
}

static void leaf_san_value(struct cc *c)
{
	c->spec[CC_LEAF].n_san = 0;
	put_value(c, CC_LEAF, CE_SAN, CC_ABSENT);
}

static void leaf_ski_value(struct cc *c)
{
	put_value(c, CC_LEAF, CE_SKI, CC_ABSENT);
}

static void leaf_aki_value(struct cc *c)
{
	put_value(c, CC_LEAF, 35, CC_ABSENT);
}

/* A name beside the SPIFFE ID: one of type @num with @text */
static void leaf_san(struct cc *c)
{
	cc_san(&c->spec[CC_LEAF], c->kase->num, c->kase->text);
}

static void leaf_san_nul(struct cc *c)
{
	struct cc_spec *s = &c->spec[CC_LEAF];

	cc_san(s, c->kase->num, "");
	s->san[s->n_san - 1].data = "a.example\0.org";
	s->san[s->n_san - 1].len = 14;
}

static void leaf_ext_encoding(struct cc *c)
{
	cc_ext(c, &c->spec[CC_LEAF], CE_UNKNOWN, c->kase->num, "\x05", 2);
}

static void leaf_ext_twice(struct cc *c)
{
	cc_ext(c, &c->spec[CC_LEAF], c->kase->num, CC_ABSENT, "\x05", 2);
	cc_ext(c, &c->spec[CC_LEAF], c->kase->num, CC_ABSENT, "\x05", 2);
}

static void leaf_key_usage_twice(struct cc *c)
{
	cc_ext(c, &c->spec[CC_LEAF], CE_KEY_USAGE, CC_TRUE, "\x03\x02\x07\x80", 4);
}

/* As many extensions as the parser takes, and one more */
static void leaf_32_exts(struct cc *c)
{
	unsigned int i;

	for (i = 4; i < RPT_X509_EXTS_MAX; i++)
		cc_ext(c, &c->spec[CC_LEAF], 60 + i, CC_ABSENT, "\x05", 2);
}

static void leaf_33rd_ext(struct cc *c)
{
	cc_ext(c, &c->spec[CC_LEAF], CE_UNKNOWN, CC_ABSENT, "\x05", 2);
}

static void leaf_exts_empty(struct cc *c)
{
	struct cc_spec *s = &c->spec[CC_LEAF];

	s->basic = false;
	s->key_usage = 0;
	s->eku = 0;
	s->n_san = 0;
}

static void ext_critical(struct cc *c)
{
	cc_ext(c, &c->spec[c->kase->num], CE_UNKNOWN, CC_TRUE, "\x05", 2);
}

static void policies_critical(struct cc *c)
{
	cc_ext(c, &c->spec[c->kase->num], CE_POLICIES, CC_TRUE, "\x30", 2);
}

static void name_constraints(struct cc *c, enum cc_critical critical)
{
	static const u8 value[] = {
		0x30, 0x0b, 0xa0, 0x09, 0x30, 0x07, 0x82, 0x05,
		'.', 'e', 'x', 'a', 'm',
	};

	cc_ext(c, &c->spec[c->kase->num], CE_NAME_CONS, critical, value, sizeof(value));
}

static void name_constraints_critical(struct cc *c)
{
	name_constraints(c, CC_TRUE);
}

static void name_constraints_plain(struct cc *c)
{
	name_constraints(c, CC_ABSENT);
}

static void leaf_key(struct cc *c)
{
	c->spec[CC_LEAF].spki = *c->kase->blob;
}

/* SubjectPublicKeyInfo of the leaf's own key, to be spoilt */
static u8 *leaf_spki(struct cc *c)
{
	struct rpt_wr w;
	u8 *buf;

	buf = kunit_kmalloc(c->test, 128, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(c->test, buf);
	rpt_wr_init(&w, buf, 128);
	rpt_x509_put_spki(&w, &cc_key(c, CC_KEY_LEAF)->pub);
	c->spec[CC_LEAF].spki.data = buf;
	c->spec[CC_LEAF].spki.len = w.len;
	return buf;
}

static void leaf_key_off_curve(struct cc *c)
{
	u8 *spki = leaf_spki(c);

	spki[c->spec[CC_LEAF].spki.len - 1] ^= 1;
}

/* 02 || X: the point and three lengths shrink by 32 */
static void leaf_key_compressed(struct cc *c)
{
	u8 *spki = leaf_spki(c);

	spki[1] -= 32;
	spki[24] -= 32;
	spki[26] = 2;
	c->spec[CC_LEAF].spki.len -= 32;
}

/* The curve's OID becomes that of another one: secp256r1 to prime239v1 */
static void leaf_key_other_curve(struct cc *c)
{
	u8 *spki = leaf_spki(c);

	spki[22] = 4;
}

/* AlgorithmIdentifier of the signature: @num octets at @text */
static void leaf_alg(struct cc *c)
{
	c->spec[CC_LEAF].alg.data = (const u8 *)c->kase->text;
	c->spec[CC_LEAF].alg.len = c->kase->num;
}

#define DER_RULE	"certificate is DER and well formed"
#define KEY_RULE	"public key"
#define SIG_RULE	"signature algorithm"

#define BYTES(s)	.text = s, .num = sizeof(s) - 1

#define UTC		"\x17\x0d"
#define GENERALIZED	"\x18\x0f"

const struct cc_case cc_cases_der[] = {
	{ DER_RULE, "octet behind the leaf", NULL, leaf_trailing, CC_MALFORMED },
	{ DER_RULE, "element behind the signature", NULL, leaf_inside, CC_MALFORMED },
	{ DER_RULE, "octet behind the intermediate", NULL, inter_trailing, CC_MALFORMED },
	{ DER_RULE, "last octet missing", NULL, leaf_truncated, CC_MALFORMED },
	{ DER_RULE, "length not minimal (BER)", NULL, leaf_long_length, CC_MALFORMED },
	{ DER_RULE, "indefinite length (BER)", NULL, leaf_indefinite, CC_MALFORMED },
	{ DER_RULE, "TRUE as 01 (BER)", NULL, leaf_ext_encoding, CC_MALFORMED,
	  .num = CC_BER_TRUE },
	{ DER_RULE, "default FALSE encoded (BER)", NULL, leaf_ext_encoding, CC_MALFORMED,
	  .num = CC_FALSE },
	{ DER_RULE, "signature with unused bits", NULL, leaf_sig_unused, CC_MALFORMED },
	{ DER_RULE, "ECDSA signature not minimal (BER)", NULL, leaf_sig_ber, CC_MALFORMED },
	{ DER_RULE, "algorithm differs inside and outside", NULL, leaf_inner_alg, CC_MALFORMED },
	{ DER_RULE, "version 4", NULL, leaf_v1, CC_MALFORMED, .num = 3 },
	{ DER_RULE, "version 1 encoded", NULL, leaf_v1, CC_MALFORMED, .num = CC_V1_ENCODED },
	{ DER_RULE, "version 1 with extensions", NULL, leaf_version, CC_MALFORMED, .num = 0 },
	{ DER_RULE, "version 2 with extensions", NULL, leaf_version, CC_MALFORMED, .num = 1 },
	{ DER_RULE, "serial number negative", NULL, leaf_serial, CC_MALFORMED, BYTES("\x80") },
	{ DER_RULE, "serial number not minimal", NULL, leaf_serial, CC_MALFORMED,
	  BYTES("\0\x01") },
	{ DER_RULE, "serial number empty", NULL, leaf_serial, CC_MALFORMED, BYTES("") },
	{ DER_RULE, "serial number of 21 octets", leaf_serial_20, leaf_serial_21, CC_MALFORMED },
	{ DER_RULE, "issuer empty", NULL, leaf_issuer_empty, CC_MALFORMED },
	{ DER_RULE, "NUL in the common name", NULL, leaf_subject_nul, CC_MALFORMED },
	{ DER_RULE, "UTCTime without seconds", NULL, leaf_validity, CC_MALFORMED,
	  BYTES("\x17\0132501010000Z" UTC "260101000000Z") },
	{ DER_RULE, "UTCTime with an offset", NULL, leaf_validity, CC_MALFORMED,
	  BYTES(UTC "250101000000Z\x17\021260101000000+0000") },
	{ DER_RULE, "GeneralizedTime before 2050", NULL, leaf_validity, CC_MALFORMED,
	  BYTES(UTC "250101000000Z" GENERALIZED "20260101000000Z") },
	{ DER_RULE, "30th of February", NULL, leaf_validity, CC_MALFORMED,
	  BYTES(UTC "250101000000Z" UTC "260230000000Z") },
	{ DER_RULE, "third time in the validity", NULL, leaf_validity, CC_MALFORMED,
	  BYTES(UTC "250101000000Z" UTC "260101000000Z" UTC "260101000000Z") },
	{ DER_RULE, "extension twice", NULL, leaf_ext_twice, CC_MALFORMED, .num = CE_UNKNOWN },
	{ DER_RULE, "key usage twice", NULL, leaf_key_usage_twice, CC_MALFORMED },
	{ DER_RULE, "33 extensions", leaf_32_exts, leaf_33rd_ext, CC_MALFORMED },
	{ DER_RULE, "extensions empty", NULL, leaf_exts_empty, CC_MALFORMED },
	{ DER_RULE, "key usage without a bit", NULL, leaf_key_usage_value, CC_MALFORMED,
	  BYTES("\x03\x01\0") },
	{ DER_RULE, "key usage with trailing zeroes", NULL, leaf_key_usage_value, CC_MALFORMED,
	  BYTES("\x03\x02\x06\x80") },
	{ DER_RULE, "key usage with more behind it", NULL, leaf_key_usage_value, CC_MALFORMED,
	  BYTES("\x03\x02\x07\x80\x05") },
	{ DER_RULE, "basic constraints with FALSE", NULL, leaf_basic_value, CC_MALFORMED,
	  BYTES("\x30\x03\x01\x01\0") },
	{ DER_RULE, "path length of what is no CA", NULL, leaf_basic_value, CC_MALFORMED,
	  BYTES("\x30\x03\x02\x01\0") },
	{ DER_RULE, "basic constraints with more inside", NULL, leaf_basic_value, CC_MALFORMED,
	  BYTES("\x30\x09\x01\x01\xff\x02\x01\0\x02\x01\0") },
	{ DER_RULE, "extended key usage empty", NULL, leaf_eku_value, CC_MALFORMED,
	  BYTES("\x30\0") },
	{ DER_RULE, "subject key identifier empty", NULL, leaf_ski_value, CC_MALFORMED,
	  BYTES("\x04\0") },
	{ DER_RULE, "authority key identifier empty", NULL, leaf_aki_value, CC_MALFORMED,
	  BYTES("\x30\x02\x80\0") },
	{ DER_RULE, "authority serial without issuer", NULL, leaf_aki_value, CC_MALFORMED,
	  BYTES("\x30\x03\x82\x01\x01") },
	{ DER_RULE, "alternative names empty", NULL, leaf_san_value, CC_MALFORMED,
	  BYTES("\x30\0") },
	{ DER_RULE, "name of no known choice", NULL, leaf_san, CC_MALFORMED,
	  .num = RPT_ASN1_CTX(9), .text = "x" },
	{ DER_RULE, "DNS name empty", NULL, leaf_san, CC_MALFORMED,
	  .num = RPT_ASN1_CTX(RPT_SAN_DNS), .text = "" },
	{ DER_RULE, "DNS name constructed", NULL, leaf_san, CC_MALFORMED,
	  .num = RPT_ASN1_CTX_CONS(RPT_SAN_DNS), .text = "x" },
	{ DER_RULE, "NUL in a DNS name", NULL, leaf_san_nul, CC_MALFORMED,
	  .num = RPT_ASN1_CTX(RPT_SAN_DNS) },
	{ DER_RULE, "NUL in a second URI name", NULL, leaf_san_nul, CC_MALFORMED,
	  .num = RPT_ASN1_CTX(RPT_SAN_URI) },
	{ DER_RULE, "NUL in a mail name", NULL, leaf_san_nul, CC_MALFORMED,
	  .num = RPT_ASN1_CTX(1) },
	{ DER_RULE, "DNS name with 8 bits", NULL, leaf_san, CC_MALFORMED,
	  .num = RPT_ASN1_CTX(RPT_SAN_DNS), .text = "ex\xc3\xa4mple.org" },
	{ DER_RULE, "DNS name with a space", NULL, leaf_san, CC_MALFORMED,
	  .num = RPT_ASN1_CTX(RPT_SAN_DNS), .text = "a b.example" },
	{ DER_RULE, "address of 5 octets", NULL, leaf_san, CC_MALFORMED,
	  .num = RPT_ASN1_CTX(RPT_SAN_IP), .text = "\x01\x02\x03\x04\x05" },

	{ "version 3", "version 1", NULL, leaf_v1, CC_UNSUPPORTED, .num = 0 },
	{ "version 3", "version 2", NULL, leaf_v1, CC_UNSUPPORTED, .num = 1 },
	{ "serial number", "zero", NULL, leaf_serial, CC_BAD, BYTES("\0") },
	{ "unknown critical extension", "in the leaf", NULL, ext_critical,
	  CC_UNSUPPORTED, .num = CC_LEAF },
	{ "unknown critical extension", "in the intermediate", NULL, ext_critical,
	  CC_UNSUPPORTED, .num = CC_INTER },
	{ "unknown critical extension", "policies in the leaf", NULL, policies_critical,
	  CC_UNSUPPORTED, .num = CC_LEAF },
	{ "name constraints", "critical, in the intermediate", NULL,
	  name_constraints_critical, CC_UNSUPPORTED, .num = CC_INTER },
	{ "name constraints", "not critical, in the intermediate", NULL,
	  name_constraints_plain, CC_UNSUPPORTED, .num = CC_INTER },
	{ "name constraints", "in the leaf", NULL, name_constraints_plain,
	  CC_UNSUPPORTED, .num = CC_LEAF },

	{ KEY_RULE, "RSA with 1024 bits", NULL, leaf_key, CC_BAD,
	  .blob = &cc_key_rsa1024 },
	{ KEY_RULE, "RSA with exponent 3", NULL, leaf_key, CC_BAD,
	  .blob = &cc_key_rsa_e3 },
	{ KEY_RULE, "P-521", NULL, leaf_key, CC_UNSUPPORTED, .blob = &cc_key_p521 },
	{ KEY_RULE, "secp256k1", NULL, leaf_key, CC_UNSUPPORTED, .blob = &cc_key_k1 },
	{ KEY_RULE, "Ed25519", NULL, leaf_key, CC_UNSUPPORTED, .blob = &cc_key_ed25519 },
	{ KEY_RULE, "point not on the curve", NULL, leaf_key_off_curve, CC_BAD },
	{ KEY_RULE, "point compressed", NULL, leaf_key_compressed, CC_BAD },
	{ KEY_RULE, "unknown curve", NULL, leaf_key_other_curve, CC_UNSUPPORTED },

	{ SIG_RULE, "ecdsa-with-SHA1", NULL, leaf_alg, CC_BAD,
	  BYTES("\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x04\x01") },
	{ SIG_RULE, "sha1WithRSAEncryption", NULL, leaf_alg, CC_BAD,
	  BYTES("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\0") },
	{ SIG_RULE, "md5WithRSAEncryption", NULL, leaf_alg, CC_BAD,
	  BYTES("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04\x05\0") },
	{ SIG_RULE, "Ed25519", NULL, leaf_alg, CC_UNSUPPORTED,
	  BYTES("\x30\x05\x06\x03\x2b\x65\x70") },
	{ SIG_RULE, "ecdsa-with-SHA256 with NULL", NULL, leaf_alg, CC_UNSUPPORTED,
	  BYTES("\x30\x0c\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x05\0") },
	{ SIG_RULE, "RSASSA-PSS with SHA-1", NULL, leaf_alg, CC_UNSUPPORTED,
	  BYTES("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\0") },
	{ SIG_RULE, "RSA under an EC issuer", NULL, leaf_alg, CC_BAD,
	  BYTES("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\0") },
};

const unsigned int cc_cases_der_n = ARRAY_SIZE(cc_cases_der);
