// SPDX-License-Identifier: GPL-2.0-only
/*
 * P-256 on s2n-bignum
 */

#define S2N_WORDS	4

#include "ec_s2n.h"

/* Digits of 6 bits: 88 kB, read through for each multiplication */
#define WIDTH		6
#define ROWS		(256 / WIDTH + 1)
#define PER_ROW		(1 << (WIDTH - 1))

static u64 table[ROWS * PER_ROW * 2 * S2N_WORDS] __ro_after_init __aligned(64);

/* SP 800-186 section 3.2.1.3 */
static const u64 p[S2N_WORDS] = {
	0xffffffffffffffff, 0x00000000ffffffff,
	0x0000000000000000, 0xffffffff00000001,
};

static const u64 n[S2N_WORDS] = {
	0xf3b9cac2fc632551, 0xbce6faada7179e84,
	0xffffffffffffffff, 0xffffffff00000000,
};

/* 2^512 mod p */
static const u64 p_r2[S2N_WORDS] = {
	0x0000000000000003, 0xfffffffbffffffff,
	0xfffffffffffffffe, 0x00000004fffffffd,
};

/* 2^512 mod n */
static const u64 n_r2[S2N_WORDS] = {
	0x83244c95be79eea2, 0x4699799c49bd6fa6,
	0x2845b2392b6bec59, 0x66e12d94f3d95620,
};

/* Montgomery form */
static const u64 one[S2N_WORDS] = {
	0x0000000000000001, 0xffffffff00000000,
	0xffffffffffffffff, 0x00000000fffffffe,
};

/* Montgomery form */
static const u64 b[S2N_WORDS] = {
	0xd89cdf6229c4bddf, 0xacf005cd78843090,
	0xe5a220abf7212ed6, 0xdc30061d04874834,
};

/* Montgomery form */
static const u64 g[2 * S2N_WORDS] = {
	0x79e730d418a9143c, 0x75ba95fc5fedb601,
	0x79fb732b77622510, 0x18905f76a53755c6,
	0xddf25357ce95560a, 0x8b4ab8e4ba19e45c,
	0xd2e88688dd21f325, 0x8571ff1825885d85,
};

#ifdef CONFIG_X86_64
static void base_adx(u64 *res, const u64 *scalar)
{
	p256_scalarmulbase(res, scalar, WIDTH, table);
}

static const struct s2n_curve p256_adx_curve = {
	.width		= WIDTH,
	.p		= p,
	.n		= n,
	.p_r2		= p_r2,
	.n_r2		= n_r2,
	.one		= one,
	.b		= b,
	.g		= g,
	.table		= table,
	.add		= bignum_add_p256,
	.sub		= bignum_sub_p256,
	.mul		= bignum_montmul_p256,
	.sqr		= bignum_montsqr_p256,
	.inv		= bignum_montinv_p256,
	.mod_n		= bignum_mod_n256_4,
	.jadd		= p256_montjadd,
	.jdouble	= p256_montjdouble,
	.jmixadd	= p256_montjmixadd,
	.jmul		= p256_montjscalarmul,
	.base		= base_adx,
};

S2N_OPS(p256_adx, "s2n-bignum (ADX)", s2n_has_adx);
#endif

static void base_alt(u64 *res, const u64 *scalar)
{
	p256_scalarmulbase_alt(res, scalar, WIDTH, table);
}

static const struct s2n_curve p256_alt_curve = {
	.width		= WIDTH,
	.p		= p,
	.n		= n,
	.p_r2		= p_r2,
	.n_r2		= n_r2,
	.one		= one,
	.b		= b,
	.g		= g,
	.table		= table,
	.add		= bignum_add_p256,
	.sub		= bignum_sub_p256,
	.mul		= bignum_montmul_p256_alt,
	.sqr		= bignum_montsqr_p256_alt,
	.inv		= bignum_montinv_p256,
	.mod_n		= bignum_mod_n256_4,
	.jadd		= p256_montjadd_alt,
	.jdouble	= p256_montjdouble_alt,
	.jmixadd	= p256_montjmixadd_alt,
	.jmul		= p256_montjscalarmul_alt,
	.base		= base_alt,
};

S2N_OPS(p256_alt, "s2n-bignum", NULL);

static u64 points[PER_ROW * 3 * S2N_WORDS] __initdata;
static u64 prefix[PER_ROW * S2N_WORDS] __initdata;

static int __init p256_init(void)
{
	s2n_table_init(&p256_alt_curve, points, prefix, ROWS);
	return 0;
}
core_initcall(p256_init);
