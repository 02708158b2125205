/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between BearSSL and us
 *
 * The X.509 validator is given these verification functions instead of
 * BearSSL's own.  They hold it to our rules (P-256 and P-384, strict DER in
 * ECDSA signatures, RSA from 2048 bits on, SHA-2 from 256 bits on, one
 * DigestInfo for each hash), and certificates profit from whatever backend
 * serves the handshake:
 *
 *	br_x509_minimal_set_ecdsa(ctx, NULL, rpt_bear_ecdsa_vrfy);
 *	br_x509_minimal_set_rsa(ctx, rpt_bear_rsa_vrfy);
 */
#ifndef _RPT_BEAR_H
#define _RPT_BEAR_H

#include <linux/types.h>
#include "bearssl.h"

/* How deep BearSSL's secret computations reach into the stack, in KiB */
#define RPT_BURN_P256	3
#define RPT_BURN_P384	5
#define RPT_BURN_RSA	4

uint32_t rpt_bear_ecdsa_vrfy(const br_ec_impl *impl,
			     const void *hash, size_t hash_len,
			     const br_ec_public_key *pk,
			     const void *sig, size_t sig_len);
uint32_t rpt_bear_rsa_vrfy(const unsigned char *x, size_t xlen,
			   const unsigned char *hash_oid, size_t hash_len,
			   const br_rsa_public_key *pk,
			   unsigned char *hash_out);
void rpt_bear_burn(unsigned int kib);

#endif /* _RPT_BEAR_H */
