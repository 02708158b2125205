/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Certification requests (PKCS#10, RFC 2986) and certificates, in strict DER
 */
#ifndef _RPT_CSR_H
#define _RPT_CSR_H

#include "sig.h"
#include "x509.h"

#define RPT_CSR_MAX	6144	/* room for a 2048-byte URI and an RSA-4096 key */
#define RPT_CSR_DNS_MAX	16

/**
 * typedef rpt_sign_fn - make a signature with a key that only the callee holds
 * @data: the callee's
 * @scheme: RPT_SIG_*
 * @msg: what to sign
 * @len: its length
 * @sig: where to put the signature
 * @cap: room at @sig
 * @siglen: its length
 */
typedef int (*rpt_sign_fn)(void *data, u16 scheme, const u8 *msg, size_t len,
			   u8 *sig, size_t cap, size_t *siglen);

/**
 * struct rpt_signer - how to sign a request or a certificate
 * @scheme: RPT_SIG_*
 * @key: private key, or NULL to use @sign
 * @sign: callback
 * @data: for the callback
 */
struct rpt_signer {
	u16 scheme;
	const struct rpt_privkey *key;
	rpt_sign_fn sign;
	void *data;
};

/**
 * struct rpt_names - the names that a request or certificate carries
 * @common_name: subject CN, terminated; NULL for none
 * @organization: subject O, terminated; NULL for none
 * @spiffe_id: URI name, terminated; NULL for none
 * @dns: DNS names, terminated
 * @n_dns: how many
 */
struct rpt_names {
	const char *common_name;
	const char *organization;
	const char *spiffe_id;
	const char *const *dns;
	unsigned int n_dns;
};

/**
 * struct rpt_csr_params - what to put into a request
 * @names: subject and alternative names
 * @key: public key
 * @signer: signs with that key
 */
struct rpt_csr_params {
	struct rpt_names names;
	const struct rpt_pubkey *key;
	struct rpt_signer signer;
};

/**
 * struct rpt_cert_params - what to put into a certificate
 * @names: subject and alternative names
 * @issuer: issuer Name in DER; empty for a self-signed certificate
 * @serial: serial number, big endian
 * @serial_len: its length
 * @not_before: first second of validity
 * @not_after: last second of validity
 * @key: subject's public key
 * @ca: basicConstraints cA
 * @path_len: pathLenConstraint or RPT_X509_PATH_LEN_NONE
 * @key_usage: RPT_KU_* bits
 * @eku: RPT_EKU_SERVER_AUTH and RPT_EKU_CLIENT_AUTH bits; 0 for no extension
 * @ski: subject key identifier; empty for none
 * @aki: authority key identifier; empty for none
 * @signer: signs with the issuer's key
 */
struct rpt_cert_params {
	struct rpt_names names;
	struct rpt_blob issuer;
	const u8 *serial;
	size_t serial_len;
	time64_t not_before;
	time64_t not_after;
	const struct rpt_pubkey *key;
	bool ca;
	int path_len;
	u16 key_usage;
	u16 eku;
	struct rpt_blob ski;
	struct rpt_blob aki;
	struct rpt_signer signer;
};

/**
 * struct rpt_csr - a parsed request
 * @cri: CertificationRequestInfo, header included: what is signed
 * @subject: subject Name, header included
 * @sig: signature
 * @san: inside of the requested GeneralNames; empty when none
 * @key: public key, usable
 * @sig_scheme: RPT_SIG_* of @sig
 * @key_usage: requested RPT_KU_* bits
 * @eku: requested RPT_EKU_* bits
 * @ca: a CA certificate is requested
 *
 * All blobs are views of the bytes that were parsed.
 */
struct rpt_csr {
	struct rpt_blob cri;
	struct rpt_blob subject;
	struct rpt_blob sig;
	struct rpt_blob san;
	struct rpt_pubkey key;
	u16 sig_scheme;
	u16 key_usage;
	u16 eku;
	bool ca;
};

/* csr.c */
int __must_check rpt_csr_write(const struct rpt_csr_params *p,
			       u8 *out, size_t cap, size_t *out_len);
int __must_check rpt_csr_parse(struct rpt_csr *csr, const u8 *der, size_t len);
int __must_check rpt_csr_verify(const struct rpt_csr *csr);

/* cert_write.c */
bool __must_check rpt_names_valid(const struct rpt_names *n);
void rpt_name_write(struct rpt_wr *w, const struct rpt_names *n);
void rpt_key_usage_write(struct rpt_wr *w, u16 key_usage);
void rpt_eku_write(struct rpt_wr *w, u16 eku);
void rpt_san_write(struct rpt_wr *w, const struct rpt_names *n);
int __must_check rpt_der_sign(struct rpt_wr *w, size_t mark,
			      const struct rpt_signer *s);
int __must_check rpt_cert_write(const struct rpt_cert_params *p,
				u8 *out, size_t cap, size_t *out_len);

#endif /* _RPT_CSR_H */
