/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ML-KEM-768 (FIPS 203)
 *
 * The private key is the seed that FIPS 203 calls d || z; what follows from it
 * is computed where it is needed, and forgotten.
 */
#ifndef _RPT_MLKEM_H
#define _RPT_MLKEM_H

#include <linux/types.h>

#define RPT_MLKEM_SEED_LEN	64	/* private key */
#define RPT_MLKEM_EK_LEN	1184	/* encapsulation key */
#define RPT_MLKEM_CT_LEN	1088	/* ciphertext */
#define RPT_MLKEM_SECRET_LEN	32	/* shared secret, and its randomness */

/* mlkem/mlkem768.c */
int __must_check rpt_mlkem_keygen(const u8 *seed, u8 *ek);
int __must_check rpt_mlkem_encaps(const u8 *ek, const u8 *random, u8 *ct,
				  u8 *secret);
int __must_check rpt_mlkem_decaps(const u8 *seed, const u8 *ct, u8 *secret);

#endif /* _RPT_MLKEM_H */
