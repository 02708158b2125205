// SPDX-License-Identifier: GPL-2.0-only
/*
 * P-384 on s2n-bignum
 */

#define S2N_WORDS	6

#include "ec_s2n.h"

/* Digits of 4 bits: 73 kB, read through for each multiplication */
#define WIDTH		4
#define ROWS		(384 / WIDTH + 1)
#define PER_ROW		(1 << (WIDTH - 1))

static u64 table[ROWS * PER_ROW * 2 * S2N_WORDS] __ro_after_init __aligned(64);

/* SP 800-186 section 3.2.1.4 */
static const u64 p[S2N_WORDS] = {
	0x00000000ffffffff, 0xffffffff00000000,
	0xfffffffffffffffe, 0xffffffffffffffff,
	0xffffffffffffffff, 0xffffffffffffffff,
};

static const u64 n[S2N_WORDS] = {
	0xecec196accc52973, 0x581a0db248b0a77a,
	0xc7634d81f4372ddf, 0xffffffffffffffff,
	0xffffffffffffffff, 0xffffffffffffffff,
};

/* 2^768 mod p */
static const u64 p_r2[S2N_WORDS] = {
	0xfffffffe00000001, 0x0000000200000000,
	0xfffffffe00000000, 0x0000000200000000,
	0x0000000000000001, 0x0000000000000000,
};

/* 2^768 mod n */
static const u64 n_r2[S2N_WORDS] = {
	0x2d319b2419b409a9, 0xff3d81e5df1aa419,
	0xbc3e483afcb82947, 0xd40d49174aab1cc5,
	0x3fb05b7a28266895, 0x0c84ee012b39bf21,
};

/* Montgomery form */
static const u64 one[S2N_WORDS] = {
	0xffffffff00000001, 0x00000000ffffffff,
	0x0000000000000001, 0x0000000000000000,
	0x0000000000000000, 0x0000000000000000,
};

/* Montgomery form */
static const u64 b[S2N_WORDS] = {
	0x081188719d412dcc, 0xf729add87a4c32ec,
	0x77f2209b1920022e, 0xe3374bee94938ae2,
	0xb62b21f41f022094, 0xcd08114b604fbff9,
};

/* Montgomery form */
static const u64 g[2 * S2N_WORDS] = {
	0x3dd0756649c0b528, 0x20e378e2a0d6ce38,
	0x879c3afc541b4d6e, 0x6454868459a30eff,
	0x812ff723614ede2b, 0x4d3aadc2299e1513,
	0x23043dad4b03a4fe, 0xa1bfa8bf7bb4a9ac,
	0x8bade7562e83b050, 0xc6c3521968f4ffd9,
	0xdd8002263969a840, 0x2b78abc25a15c5e9,
};

#ifdef CONFIG_X86_64
static const struct s2n_curve p384_adx_curve;

static void base_adx(u64 *res, const u64 *scalar)
{
	s2n_comb(&p384_adx_curve, res, scalar, ROWS);
}

static const struct s2n_curve p384_adx_curve = {
	.width		= WIDTH,
	.p		= p,
	.n		= n,
	.p_r2		= p_r2,
	.n_r2		= n_r2,
	.one		= one,
	.b		= b,
	.g		= g,
	.table		= table,
	.add		= bignum_add_p384,
	.sub		= bignum_sub_p384,
	.mul		= bignum_montmul_p384,
	.sqr		= bignum_montsqr_p384,
	.inv		= bignum_montinv_p384,
	.mod_n		= bignum_mod_n384_6,
	.jadd		= p384_montjadd,
	.jdouble	= p384_montjdouble,
	.jmixadd	= p384_montjmixadd,
	.jmul		= p384_montjscalarmul,
	.base		= base_adx,
};

S2N_OPS(p384_adx, "s2n-bignum (ADX)", s2n_has_adx);
#endif

static const struct s2n_curve p384_alt_curve;

static void base_alt(u64 *res, const u64 *scalar)
{
	s2n_comb(&p384_alt_curve, res, scalar, ROWS);
}

static const struct s2n_curve p384_alt_curve = {
	.width		= WIDTH,
	.p		= p,
	.n		= n,
	.p_r2		= p_r2,
	.n_r2		= n_r2,
	.one		= one,
	.b		= b,
	.g		= g,
	.table		= table,
	.add		= bignum_add_p384,
	.sub		= bignum_sub_p384,
	.mul		= bignum_montmul_p384_alt,
	.sqr		= bignum_montsqr_p384_alt,
	.inv		= bignum_montinv_p384,
	.mod_n		= bignum_mod_n384_6,
	.jadd		= p384_montjadd_alt,
	.jdouble	= p384_montjdouble_alt,
	.jmixadd	= p384_montjmixadd_alt,
	.jmul		= p384_montjscalarmul_alt,
	.base		= base_alt,
};

S2N_OPS(p384_alt, "s2n-bignum", NULL);

static u64 points[PER_ROW * 3 * S2N_WORDS] __initdata;
static u64 prefix[PER_ROW * S2N_WORDS] __initdata;

static int __init p384_init(void)
{
	s2n_table_init(&p384_alt_curve, points, prefix, ROWS);
	return 0;
}
core_initcall(p384_init);
