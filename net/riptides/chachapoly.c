// SPDX-License-Identifier: GPL-2.0-only
/*
 * ChaCha20-Poly1305 as RFC 8439 section 2.8 has it, with the 96-bit nonce
 * that TLS uses. The library's one-shot function takes a 64-bit one.
 */
#include <crypto/chacha.h>
#include <crypto/poly1305.h>
#include <crypto/utils.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include "chachapoly.h"
#include "proto.h"

static const u8 zero_pad[POLY1305_BLOCK_SIZE];

static void chachapoly_start(struct chacha_state *chacha, struct poly1305_desc_ctx *poly,
			     const u8 *key, const u8 nonce[RPT_IV_LEN])
{
	u32 words[CHACHA_KEY_WORDS];
	u8 iv[CHACHA_IV_SIZE] = {};
	u8 block[POLY1305_KEY_SIZE] = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = get_unaligned_le32(key + 4 * i);
	memcpy(iv + 4, nonce, RPT_IV_LEN);
	chacha_init(chacha, words, iv);

	/* Block 0 is the one-time key; the text begins with block 1. */
	chacha20_crypt(chacha, block, block, sizeof(block));
	poly1305_init(poly, block);

	memzero_explicit(words, sizeof(words));
	memzero_explicit(block, sizeof(block));
}

static void chachapoly_tag(struct poly1305_desc_ctx *poly, const u8 *aad, size_t aad_len,
			   const u8 *text, size_t len, u8 tag[RPT_TAG_LEN])
{
	u8 lengths[16];

	poly1305_update(poly, aad, aad_len);
	poly1305_update(poly, zero_pad, -aad_len & 15);
	poly1305_update(poly, text, len);
	poly1305_update(poly, zero_pad, -len & 15);
	put_unaligned_le64(aad_len, lengths);
	put_unaligned_le64(len, lengths + 8);
	poly1305_update(poly, lengths, sizeof(lengths));
	poly1305_final(poly, tag);
	memzero_explicit(poly, sizeof(*poly));
}

/**
 * rpt_chachapoly_encrypt() - seal (RFC 8439 section 2.8)
 * @key: 32 bytes
 * @nonce: 12 bytes
 * @aad: data that is authenticated only
 * @aad_len: length of @aad
 * @text: encrypted in place
 * @len: length of @text
 * @tag: the tag, 16 bytes; may follow @text
 *
 * Context: Any context.
 */
void rpt_chachapoly_encrypt(const u8 *key, const u8 *nonce,
			    const u8 *aad, size_t aad_len,
			    u8 *text, size_t len, u8 *tag)
{
	struct poly1305_desc_ctx poly;
	struct chacha_state chacha;

	chachapoly_start(&chacha, &poly, key, nonce);
	chacha20_crypt(&chacha, text, text, len);
	chachapoly_tag(&poly, aad, aad_len, text, len, tag);
	chacha_zeroize_state(&chacha);
}

/**
 * rpt_chachapoly_decrypt() - open (RFC 8439 section 2.8)
 * @key: 32 bytes
 * @nonce: 12 bytes
 * @aad: data that is authenticated only
 * @aad_len: length of @aad
 * @text: decrypted in place; left alone when the tag is wrong
 * @len: length of @text
 * @tag: the tag, 16 bytes
 *
 * Context: Any context.
 * Return: true if the tag is right.
 */
bool rpt_chachapoly_decrypt(const u8 *key, const u8 *nonce,
			    const u8 *aad, size_t aad_len,
			    u8 *text, size_t len, const u8 *tag)
{
	struct poly1305_desc_ctx poly;
	struct chacha_state chacha;
	u8 mac[RPT_TAG_LEN];
	bool good;

	chachapoly_start(&chacha, &poly, key, nonce);
	chachapoly_tag(&poly, aad, aad_len, text, len, mac);
	good = !crypto_memneq(mac, tag, sizeof(mac));
	if (good)
		chacha20_crypt(&chacha, text, text, len);
	chacha_zeroize_state(&chacha);
	memzero_explicit(mac, sizeof(mac));
	return good;
}
