/* SPDX-License-Identifier: GPL-2.0-only */
/* FIPS 202 for mlkem-native: the kernel's */
#ifndef _RPT_FIPS202_H
#define _RPT_FIPS202_H

#include <crypto/sha3.h>

#define SHAKE128_RATE	168
#define SHAKE256_RATE	136
#define SHA3_256_RATE	136
#define SHA3_384_RATE	104
#define SHA3_512_RATE	72

#define mlk_shake128ctx				struct shake_ctx
#define mlk_shake128_init(c)			shake128_init(c)
#define mlk_shake128_release(c)			shake_zeroize_ctx(c)
#define mlk_shake128_absorb_once(c, in, n)	shake_update(c, in, n)
#define mlk_shake128_squeezeblocks(out, n, c)	\
	shake_squeeze(c, out, (n) * SHAKE128_RATE)
#define mlk_shake256(out, outlen, in, n)	shake256(in, n, out, outlen)
#define mlk_sha3_256(out, in, n)		sha3_256(in, n, out)
#define mlk_sha3_512(out, in, n)		sha3_512(in, n, out)

#endif /* _RPT_FIPS202_H */
