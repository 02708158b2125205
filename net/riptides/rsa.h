/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RSA (RFC 8017): raw operations, PKCS#1 v1.5 verification, PSS
 */
#ifndef _RPT_RSA_H
#define _RPT_RSA_H

#include <linux/types.h>
#include "sig.h"

/* rsa.c */
unsigned int rpt_rsa_bits(const struct rpt_pubkey *pk);
int __must_check rpt_rsa_check(const struct rpt_pubkey *pk);
int __must_check rpt_rsa_public(const struct rpt_pubkey *pk,
				const u8 *sig, size_t siglen, u8 *em);
int __must_check rpt_rsa_private(const struct rpt_privkey *sk,
				 const u8 *em, u8 *sig);
int __must_check rpt_rsa_pkcs1_open(u8 hash, const u8 *em, size_t len,
				    u8 *digest);

/* rsapss.c */
int __must_check rpt_rsapss_encode(u8 hash, const u8 *digest, const u8 *salt,
				   unsigned int bits, u8 *em);
int __must_check rpt_rsapss_verify(u8 hash, const u8 *digest,
				   unsigned int bits, u8 *em);

#endif /* _RPT_RSA_H */
