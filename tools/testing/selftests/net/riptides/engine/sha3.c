// SPDX-License-Identifier: GPL-2.0-only
/*
 * SHA-3 and SHAKE (FIPS 202) with the kernel's interface
 */
#include "shim.h"

static const u64 round_constants[24] = {
	0x0000000000000001, 0x0000000000008082, 0x800000000000808a,
	0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
	0x8000000080008081, 0x8000000000008009, 0x000000000000008a,
	0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
	0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
	0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
	0x000000000000800a, 0x800000008000000a, 0x8000000080008081,
	0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

static u64 rotate(u64 x, unsigned int by)
{
	return x << by | x >> (64 - by);
}

/* FIPS 202 section 3.2; pi and rho along the cycle of lanes that starts at 1 */
static void keccak(u64 *a)
{
	static const u8 lanes[24] = {
		10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4,
		15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1,
	};
	static const u8 shifts[24] = {
		1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14,
		27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44,
	};
	unsigned int round, i, j;
	u64 c[5], d, t;

	for (round = 0; round < 24; round++) {
		for (i = 0; i < 5; i++)
			c[i] = a[i] ^ a[i + 5] ^ a[i + 10] ^ a[i + 15] ^ a[i + 20];
		for (i = 0; i < 5; i++) {
			d = c[(i + 4) % 5] ^ rotate(c[(i + 1) % 5], 1);
			for (j = 0; j < 25; j += 5)
				a[i + j] ^= d;
		}
		t = a[1];
		for (i = 0; i < 24; i++) {
			d = a[lanes[i]];
			a[lanes[i]] = rotate(t, shifts[i]);
			t = d;
		}
		for (j = 0; j < 25; j += 5) {
			memcpy(c, a + j, sizeof(c));
			for (i = 0; i < 5; i++)
				a[i + j] = c[i] ^ (~c[(i + 1) % 5] & c[(i + 2) % 5]);
		}
		a[0] ^= round_constants[round];
	}
}

static void absorb(struct shake_ctx *ctx, u8 byte)
{
	ctx->state[ctx->at / 8] ^= (u64)byte << 8 * (ctx->at % 8);
}

static void start(struct shake_ctx *ctx, unsigned int rate)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->rate = rate;
}

static void finish(struct shake_ctx *ctx, u8 domain)
{
	absorb(ctx, domain);
	ctx->at = ctx->rate - 1;
	absorb(ctx, 0x80);
	ctx->at = ctx->rate;
	ctx->squeezing = true;
}

void shake128_init(struct shake_ctx *ctx)
{
	start(ctx, 168);
}

void shake_update(struct shake_ctx *ctx, const u8 *in, size_t len)
{
	while (len-- > 0) {
		absorb(ctx, *in++);
		if (++ctx->at == ctx->rate) {
			keccak(ctx->state);
			ctx->at = 0;
		}
	}
}

void shake_squeeze(struct shake_ctx *ctx, u8 *out, size_t len)
{
	if (!ctx->squeezing)
		finish(ctx, 0x1f);
	while (len-- > 0) {
		if (ctx->at == ctx->rate) {
			keccak(ctx->state);
			ctx->at = 0;
		}
		*out++ = ctx->state[ctx->at / 8] >> 8 * (ctx->at % 8);
		ctx->at++;
	}
}

void shake_zeroize_ctx(struct shake_ctx *ctx)
{
	memzero_explicit(ctx, sizeof(*ctx));
}

void shake256(const u8 *in, size_t in_len, u8 *out, size_t out_len)
{
	struct shake_ctx ctx;

	start(&ctx, 136);
	shake_update(&ctx, in, in_len);
	shake_squeeze(&ctx, out, out_len);
	shake_zeroize_ctx(&ctx);
}

static void sha3(const u8 *in, size_t len, u8 *out, size_t size)
{
	struct shake_ctx ctx;

	start(&ctx, 200 - 2 * size);
	shake_update(&ctx, in, len);
	finish(&ctx, 0x06);
	shake_squeeze(&ctx, out, size);
	shake_zeroize_ctx(&ctx);
}

void sha3_256(const u8 *in, size_t len, u8 *out)
{
	sha3(in, len, out, 32);
}

void sha3_512(const u8 *in, size_t len, u8 *out)
{
	sha3(in, len, out, 64);
}
