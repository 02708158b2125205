/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Certificates made to order, good and bad, for the tests of the validator
 *
 * A struct cc is a small world: certificates described field by field, the
 * order in which a peer sends them, the anchors and parameters to verify them
 * with. cc_reset() makes one in which everything is as it should be: a root
 * that is the anchor, an intermediate, and a leaf that is an X.509-SVID. Tests
 * change what they are about. Keys are made when they are needed.
 */
#ifndef _RPT_CHAIN_CORPUS_H
#define _RPT_CHAIN_CORPUS_H

#include <kunit/test.h>

#include "chain.h"
#include "csr.h"

#define CC_NOW		1750000000LL	/* 2025-06-15 */
#define CC_CERT_MAX	14336
#define CC_SANS		3
#define CC_EXTS		34
#define CC_ANCHORS	(RPT_CHAIN_SIGS_MAX + 2)
#define CC_REVOKED_MAX	2
#define CC_V1_ENCODED	0xff
#define CC_TD		"example.org"
#define CC_SPIFFE_ID	"spiffe://example.org/web"

enum cc_cert {
	CC_LEAF,
	CC_INTER,
	CC_INTER2,
	CC_INTER3,
	CC_ROOT,
	CC_ROOT2,
	CC_CERTS,
};

enum cc_key {
	CC_KEY_LEAF,
	CC_KEY_INTER,
	CC_KEY_INTER2,
	CC_KEY_INTER3,
	CC_KEY_ROOT,
	CC_KEY_ROOT2,
	CC_KEY_P384,
	CC_KEYS,
};

/* How an extension's criticality is encoded */
enum cc_critical {
	CC_ABSENT,
	CC_TRUE,
	CC_FALSE,	/* against DER */
	CC_BER_TRUE,	/* against DER */
};

/**
 * struct cc_san - a GeneralName
 * @tag: identifier octet
 * @data: contents
 * @len: their length
 */
struct cc_san {
	u8 tag;
	const void *data;
	size_t len;
};

/**
 * struct cc_spec - a certificate, field by field
 * @made: it exists
 * @subject: common name of the subject; an empty one makes an empty Name
 * @subject_len: its length, as it may hold anything
 * @issuer: common name of the issuer
 * @key: whose public key
 * @signer: who signs
 * @scheme: algorithm of the signature, in both places
 * @inner_scheme: if not 0, what the inside says instead
 * @alg: if set, raw AlgorithmIdentifier for both places
 * @ber_sig: put a zero octet too many into the ECDSA signature
 * @sig_unused: unused bits that the signature's BIT STRING claims
 * @version: 2 for v3; 0 is left out, unless it is CC_V1_ENCODED
 * @serial: contents of the serial number
 * @serial_len: its length
 * @not_before: first second of validity
 * @not_after: last second of validity
 * @validity: if set, raw contents of Validity
 * @no_extensions: leave out all of them
 * @basic: there is a basicConstraints extension
 * @ca: it says CA
 * @path_len: path length or RPT_X509_PATH_LEN_NONE
 * @key_usage: bits; 0 for no extension
 * @eku: bits; 0 for no extension
 * @eku_critical: it is critical
 * @san: names
 * @n_san: how many; 0 for no extension
 * @ski: subject key identifier
 * @aki: authority key identifier
 * @spki: if set, raw SubjectPublicKeyInfo
 * @ext: raw extensions to append
 * @n_ext: how many
 * @mangle: if set, changes the finished certificate
 * @der: the certificate
 */
struct cc_spec {
	bool made;
	const char *subject;
	size_t subject_len;
	const char *issuer;
	u8 key;
	u8 signer;
	u16 scheme;
	u16 inner_scheme;
	struct rpt_blob alg;
	bool ber_sig;
	u8 sig_unused;
	u8 version;
	u8 serial[RPT_X509_SERIAL_MAX + 2];
	u8 serial_len;
	time64_t not_before;
	time64_t not_after;
	struct rpt_blob validity;
	bool no_extensions;
	bool basic;
	bool ca;
	int path_len;
	u16 key_usage;
	u16 eku;
	bool eku_critical;
	struct cc_san san[CC_SANS];
	unsigned int n_san;
	struct rpt_blob ski;
	struct rpt_blob aki;
	struct rpt_blob spki;
	struct rpt_blob ext[CC_EXTS];
	unsigned int n_ext;
	void (*mangle)(u8 *der, size_t *len);
	struct rpt_blob der;
};

struct cc_case;

/**
 * struct cc - a world of certificates
 * @test: the test it lives in
 * @kase: the row of a table that is being tried
 * @key: keys, made on demand
 * @spec: certificates
 * @sent: what the peer sends, by index; leaf first if it is honest
 * @n_sent: how many
 * @trusted: anchors, by index
 * @n_trusted: how many
 * @revoked: revocation list
 * @params: what to verify with
 * @chain: what is sent, built
 * @anchor: anchors, built
 * @res: result of the last verification
 */
struct cc {
	struct kunit *test;
	const struct cc_case *kase;
	struct rpt_privkey *key[CC_KEYS];
	struct cc_spec spec[CC_CERTS];
	u8 sent[RPT_CHAIN_MAX];
	unsigned int n_sent;
	u8 trusted[CC_ANCHORS];
	unsigned int n_trusted;
	struct rpt_revocation revoked[CC_REVOKED_MAX];
	struct rpt_chain_params params;
	struct rpt_chain chain;
	struct rpt_anchor anchor[CC_ANCHORS];
	struct rpt_chain_result res;
};

/* How verification may end, see cc_verdicts[] */
enum cc_want {
	CC_MALFORMED,
	CC_BAD,
	CC_UNSUPPORTED,
	CC_UNKNOWN,
	CC_UNKNOWN_CA,
	CC_EXPIRED,
	CC_REVOKED,
	CC_DENIED,
	CC_TOO_BIG,
	CC_NO_CLOCK,
	CC_NO_CERT,
};

/**
 * struct cc_verdict - an end of verification
 * @err: errno
 * @alert: alert
 * @err_name: name of the errno
 * @alert_name: name of the alert
 */
struct cc_verdict {
	int err;
	u8 alert;
	const char *err_name;
	const char *alert_name;
};

/**
 * struct cc_case - one rule of the validator, and a chain that only it refuses
 * @rule: the rule
 * @name: what is wrong
 * @setup: NULL, or makes the chain in which @defect is the only fault
 * @defect: makes the fault
 * @want: enum cc_want
 * @text: for @setup and @defect
 * @num: for @setup and @defect
 * @blob: for @setup and @defect
 */
struct cc_case {
	const char *rule;
	const char *name;
	void (*setup)(struct cc *c);
	void (*defect)(struct cc *c);
	u8 want;
	const char *text;
	u32 num;
	const struct rpt_blob *blob;
};

/* chain_corpus.c */
extern const struct cc_verdict cc_verdicts[];
struct cc *cc_new(struct kunit *test);
void cc_reset(struct cc *c);
const struct rpt_privkey *cc_key(struct cc *c, unsigned int i);
void cc_make(struct cc *c, struct cc_spec *s);
void cc_build(struct cc *c);
int cc_verify(struct cc *c);
void cc_send(struct cc *c, unsigned int n, const u8 *order);
void cc_san(struct cc_spec *s, u8 tag, const char *text);
void cc_ext(struct cc *c, struct cc_spec *s, u8 last_arc, enum cc_critical critical,
	    const void *value, size_t len);
struct cc_spec *cc_ca(struct cc *c, unsigned int i, const char *subject,
		      const char *issuer, u8 key, u8 signer);

struct rpt_blob cc_hex(struct kunit *test, const char *hex);

/* chain_fixtures.c */
extern const struct rpt_blob cc_rsa_root;
extern const struct rpt_blob cc_rsa_leaf;
extern const struct rpt_blob cc_pss_leaf;
extern const struct rpt_blob cc_p384_root;
extern const struct rpt_blob cc_p384_leaf;
extern const struct rpt_blob cc_rsa_csr;
extern const struct rpt_blob cc_key_rsa1024;
extern const struct rpt_blob cc_key_rsa_e3;
extern const struct rpt_blob cc_key_p521;
extern const struct rpt_blob cc_key_k1;
extern const struct rpt_blob cc_key_ed25519;

/* chain_cases.c and chain_cases_der.c */
extern const struct cc_case cc_cases[];
extern const unsigned int cc_cases_n;
extern const struct cc_case cc_cases_der[];
extern const unsigned int cc_cases_der_n;

#endif /* _RPT_CHAIN_CORPUS_H */
