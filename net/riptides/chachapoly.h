/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ChaCha20-Poly1305 with the 96-bit nonce of RFC 8439.
 */
#ifndef _RIPTIDES_CHACHAPOLY_H
#define _RIPTIDES_CHACHAPOLY_H

#include <linux/types.h>

void rpt_chachapoly_encrypt(const u8 *key, const u8 *nonce,
			    const u8 *aad, size_t aad_len,
			    u8 *text, size_t len, u8 *tag);
bool __must_check rpt_chachapoly_decrypt(const u8 *key, const u8 *nonce,
					 const u8 *aad, size_t aad_len,
					 u8 *text, size_t len, const u8 *tag);

#endif /* _RIPTIDES_CHACHAPOLY_H */
