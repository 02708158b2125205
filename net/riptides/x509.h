/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One X.509 certificate (RFC 5280), parsed from strict DER into views
 */
#ifndef _RPT_X509_H
#define _RPT_X509_H

#include <linux/time64.h>

#include "sig.h"
#include "spiffe.h"
#include "wire.h"

#define RPT_X509_SERIAL_MAX	20	/* RFC 5280 section 4.1.2.2 */
#define RPT_X509_EXTS_MAX	32	/* extensions in one certificate */
#define RPT_X509_PATH_LEN_NONE	(-1)	/* no pathLenConstraint */

/* Extensions seen (struct rpt_x509.seen) */
enum rpt_x509_ext {
	RPT_X509_EXT_BASIC	= 1 << 0,
	RPT_X509_EXT_KEY_USAGE	= 1 << 1,
	RPT_X509_EXT_EKU	= 1 << 2,
	RPT_X509_EXT_SAN	= 1 << 3,
	RPT_X509_EXT_SKI	= 1 << 4,
	RPT_X509_EXT_AKI	= 1 << 5,
	RPT_X509_EXT_NAME_CONS	= 1 << 6,
};

/* keyUsage (RFC 5280 section 4.2.1.3): named bit n is 0x8000 >> n */
enum rpt_key_usage {
	RPT_KU_DIGITAL_SIGNATURE	= 0x8000,
	RPT_KU_NON_REPUDIATION		= 0x4000,
	RPT_KU_KEY_ENCIPHERMENT		= 0x2000,
	RPT_KU_DATA_ENCIPHERMENT	= 0x1000,
	RPT_KU_KEY_AGREEMENT		= 0x0800,
	RPT_KU_KEY_CERT_SIGN		= 0x0400,
	RPT_KU_CRL_SIGN			= 0x0200,
	RPT_KU_ENCIPHER_ONLY		= 0x0100,
	RPT_KU_DECIPHER_ONLY		= 0x0080,
};

/* extKeyUsage (RFC 5280 section 4.2.1.12) */
enum rpt_ext_key_usage {
	RPT_EKU_SERVER_AUTH	= 1 << 0,
	RPT_EKU_CLIENT_AUTH	= 1 << 1,
	RPT_EKU_ANY		= 1 << 2,
	RPT_EKU_OTHER		= 1 << 3,
};

/* GeneralName choices (RFC 5280 section 4.2.1.6) that mean something here */
enum rpt_san_type {
	RPT_SAN_DNS	= 2,
	RPT_SAN_URI	= 6,
	RPT_SAN_IP	= 7,
};

/* What about a well-formed certificate makes it unusable (struct rpt_x509.flaws) */
enum rpt_x509_flaw {
	RPT_X509_FLAW_VERSION	= 1 << 0,	/* not v3 */
	RPT_X509_FLAW_KEY	= 1 << 1,	/* key type or size not supported */
	RPT_X509_FLAW_WEAK_KEY	= 1 << 2,	/* RSA below 2048 bits */
	RPT_X509_FLAW_BAD_KEY	= 1 << 3,	/* no key of its type */
	RPT_X509_FLAW_CRITICAL	= 1 << 4,	/* unknown critical extension */
	RPT_X509_FLAW_NAME_CONS	= 1 << 5,	/* name constraints */
	RPT_X509_FLAW_SERIAL	= 1 << 6,	/* serial number zero */
	RPT_X509_FLAW_SIG_ALG	= 1 << 7,	/* signature algorithm not supported */
	RPT_X509_FLAW_WEAK_SIG	= 1 << 8,	/* MD5 or SHA-1 signature */
};

/**
 * struct rpt_x509 - a parsed certificate
 * @raw: the whole certificate
 * @tbs: TBSCertificate, header included: what is signed
 * @sig_alg: AlgorithmIdentifier, header included
 * @sig: signature
 * @serial: serial number without a leading zero byte; one zero byte for zero
 * @issuer: issuer Name, header included
 * @subject: subject Name, header included
 * @spki: SubjectPublicKeyInfo, header included
 * @san: inside of GeneralNames, checked; empty when absent
 * @uri: first URI name in @san
 * @ski: subject key identifier, empty when absent
 * @aki: authority key identifier, empty when absent
 * @not_before: first second of validity
 * @not_after: last second of validity
 * @key: public key; only without RPT_X509_FLAW_{KEY,WEAK_KEY,BAD_KEY}; not yet
 *	known to be on its curve (rpt_pubkey_check())
 * @sig_scheme: RPT_SIG_* that verifies @sig; 0 with a signature flaw
 * @flaws: RPT_X509_FLAW_* bits
 * @seen: RPT_X509_EXT_* bits
 * @key_usage: RPT_KU_* bits
 * @eku: RPT_EKU_* bits
 * @n_uri: number of URI names
 * @n_dns: number of DNS names
 * @n_ip: number of IP addresses
 * @path_len: pathLenConstraint or RPT_X509_PATH_LEN_NONE
 * @ca: basicConstraints says CA
 * @subject_empty: the subject has no attributes
 *
 * All blobs are views of the bytes that were parsed.
 */
struct rpt_x509 {
	struct rpt_blob raw;
	struct rpt_blob tbs;
	struct rpt_blob sig_alg;
	struct rpt_blob sig;
	struct rpt_blob serial;
	struct rpt_blob issuer;
	struct rpt_blob subject;
	struct rpt_blob spki;
	struct rpt_blob san;
	struct rpt_blob uri;
	struct rpt_blob ski;
	struct rpt_blob aki;
	time64_t not_before;
	time64_t not_after;
	struct rpt_pubkey key;
	u16 sig_scheme;
	u16 flaws;
	u16 seen;
	u16 key_usage;
	u16 eku;
	u16 n_uri;
	u16 n_dns;
	u16 n_ip;
	s16 path_len;
	bool ca;
	bool subject_empty;
};

/* x509.c */
int __must_check rpt_x509_parse(struct rpt_x509 *x, const u8 *der, size_t len);
int __must_check rpt_x509_verify(const struct rpt_x509 *x, const struct rpt_pubkey *issuer);
int __must_check rpt_x509_spiffe(const u8 *der, size_t len, struct rpt_spiffe *out);
const char *rpt_x509_flaw_name(u16 flaw);
void rpt_x509_name(struct rpt_rd *r, struct rpt_blob *raw, bool *empty);

/* x509_key.c */
u16 rpt_x509_spki(struct rpt_rd *r, struct rpt_blob *raw, struct rpt_pubkey *pk);
u16 rpt_x509_sig_alg(struct rpt_rd *r, struct rpt_blob *raw, u16 *scheme);
int __must_check rpt_x509_sig_verify(u16 scheme, const struct rpt_pubkey *pk,
				     const struct rpt_blob *msg, const struct rpt_blob *sig);
void rpt_x509_put_spki(struct rpt_wr *w, const struct rpt_pubkey *pk);
void rpt_x509_put_sig_alg(struct rpt_wr *w, u16 scheme);

/* x509_ext.c */
void rpt_x509_extensions(struct rpt_rd *r, struct rpt_x509 *x);
bool rpt_x509_san_next(struct rpt_rd *it, u8 *type, struct rpt_blob *value);

/* x509_match.c */
bool rpt_x509_match_dns(const struct rpt_x509 *x, const char *name, size_t len);
bool rpt_x509_match_ip(const struct rpt_x509 *x, const u8 *ip, size_t len);
bool rpt_x509_dns_valid(const char *name, size_t len, bool wildcard);

#endif /* _RPT_X509_H */
