/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signature schemes, public and private keys
 *
 * A scheme of RFC 8446 section 4.2.3 names key type, hash and padding at once,
 * so a table row decides everything.  Public keys are plain values.  Private
 * keys are confined to struct rpt_privkey: nothing here writes one out.
 */
#ifndef _RPT_SIG_H
#define _RPT_SIG_H

#include <linux/types.h>

#define RPT_EC_POINT_MAX	97	/* uncompressed P-384 point */
#define RPT_EC_SCALAR_MAX	48
#define RPT_RSA_BITS_MIN	2048
#define RPT_RSA_BITS_MAX	4096
#define RPT_RSA_MAX		(RPT_RSA_BITS_MAX / 8)
#define RPT_RSA_EXP_MAX		8	/* public exponent */
#define RPT_SIG_MAX		RPT_RSA_MAX	/* longest signature */

/**
 * enum rpt_key_type - key types, public and private
 * @RPT_KEY_EC_P256: ECDSA on secp256r1
 * @RPT_KEY_EC_P384: ECDSA on secp384r1
 * @RPT_KEY_RSA: RSA, 2048 to 4096 bits
 */
enum rpt_key_type {
	RPT_KEY_EC_P256,
	RPT_KEY_EC_P384,
	RPT_KEY_RSA,
};

/**
 * struct rpt_pubkey - a public key
 * @type: enum rpt_key_type
 * @ec: EC key
 * @ec.qlen: length of @ec.q
 * @ec.q: uncompressed point, 04 || X || Y
 * @rsa: RSA key
 * @rsa.nlen: length of @rsa.n
 * @rsa.elen: length of @rsa.e
 * @rsa.n: modulus, big endian, no leading zero byte
 * @rsa.e: public exponent, big endian, no leading zero byte
 */
struct rpt_pubkey {
	u8 type;
	union {
		struct {
			u8 qlen;
			u8 q[RPT_EC_POINT_MAX];
		} ec;
		struct {
			u16 nlen;
			u8 elen;
			u8 n[RPT_RSA_MAX];
			u8 e[RPT_RSA_EXP_MAX];
		} rsa;
	};
};

/**
 * struct rpt_privkey - a private key
 * @type: enum rpt_key_type
 * @pub: the public half
 * @ec: EC key
 * @ec.d: big-endian scalar in [1, n-1], as long as the curve's order
 * @rsa: RSA key in CRT form
 * @rsa.flen: length of each of the five numbers, half of the modulus
 * @rsa.p: first factor
 * @rsa.q: second factor
 * @rsa.dp: d mod (p - 1)
 * @rsa.dq: d mod (q - 1)
 * @rsa.iq: 1/q mod p
 *
 * About 1.8 kB: keep it on the heap, and kfree_sensitive() it.
 */
struct rpt_privkey {
	u8 type;
	struct rpt_pubkey pub;
	union {
		struct {
			u8 d[RPT_EC_SCALAR_MAX];
		} ec;
		struct {
			u16 flen;
			u8 p[RPT_RSA_MAX / 2];
			u8 q[RPT_RSA_MAX / 2];
			u8 dp[RPT_RSA_MAX / 2];
			u8 dq[RPT_RSA_MAX / 2];
			u8 iq[RPT_RSA_MAX / 2];
		} rsa;
	};
};

/**
 * struct rpt_sig_scheme - one signature scheme
 * @id: SignatureScheme code point, RPT_SIG_*
 * @key_type: enum rpt_key_type
 * @hash: enum rpt_hash_id
 * @pss: RSASSA-PSS; RSASSA-PKCS1-v1_5 when false and @key_type is RSA
 * @cert_only: verifies signatures in certificates, never in CertificateVerify
 * @name: name as in RFC 8446
 */
struct rpt_sig_scheme {
	u16 id;
	u8 key_type;
	u8 hash;
	bool pss;
	bool cert_only;
	const char *name;
};

/* In our order of preference. */
extern const struct rpt_sig_scheme rpt_sig_schemes[];
extern const unsigned int rpt_sig_schemes_n;

/* sig.c */
const struct rpt_sig_scheme *rpt_sig_find(u16 id);
u16 rpt_sig_for_key(const struct rpt_pubkey *pk, const u16 *schemes, size_t n);
int __must_check rpt_sig_verify(u16 scheme, const struct rpt_pubkey *pk,
				const u8 *msg, size_t len,
				const u8 *sig, size_t siglen);
int __must_check rpt_sig_sign(u16 scheme, const struct rpt_privkey *sk,
			      const u8 *msg, size_t len,
			      u8 *sig, size_t cap, size_t *siglen);

/* privkey.c */
int __must_check rpt_pubkey_check(const struct rpt_pubkey *pk);
int __must_check rpt_privkey_generate(struct rpt_privkey *sk,
				      enum rpt_key_type type);
int __must_check rpt_privkey_parse(struct rpt_privkey *sk,
				   const u8 *der, size_t len);
int __must_check rpt_privkey_pub(const struct rpt_privkey *sk,
				 struct rpt_pubkey *pk);
void rpt_privkey_wipe(struct rpt_privkey *sk);

#endif /* _RPT_SIG_H */
