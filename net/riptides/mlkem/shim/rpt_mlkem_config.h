/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How mlkem-native is built: ML-KEM-768 in C, SHA-3 of the kernel, memory from
 * the heap (the stack would be 10 kB), no randomness of its own.
 */
#ifndef _RPT_MLKEM_CONFIG_H
#define _RPT_MLKEM_CONFIG_H

#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

#ifndef UINT16_MAX
#define UINT16_MAX	U16_MAX
#endif

#define MLK_CONFIG_PARAMETER_SET		768
#define MLK_CONFIG_NAMESPACE_PREFIX		mlkem768
#define MLK_CONFIG_INTERNAL_API_QUALIFIER	static __maybe_unused
#define MLK_CONFIG_NO_ASM
#define MLK_CONFIG_NO_RANDOMIZED_API

#define MLK_CONFIG_FIPS202_CUSTOM_HEADER	"rpt_fips202.h"
#define MLK_CONFIG_FIPS202X4_CUSTOM_HEADER	"rpt_fips202.h"
#define MLK_CONFIG_SERIAL_FIPS202_ONLY

#define MLK_CONFIG_CUSTOM_ZEROIZE
#define mlk_zeroize(p, n)	memzero_explicit(p, n)

#define MLK_CONFIG_CUSTOM_ALLOC_FREE
#define MLK_CUSTOM_ALLOC(v, T, N)	T *v = kmalloc_objs(T, N)
#define MLK_CUSTOM_FREE(v, T, N)	kfree_sensitive(v)

#endif /* _RPT_MLKEM_CONFIG_H */
