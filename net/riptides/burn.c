// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wiping the stack behind other people's arithmetic
 */

#include <linux/compiler.h>
#include <linux/string.h>

#include "burn.h"

/**
 * rpt_stack_burn() - overwrite the stack that a computation has left behind
 * @kib: how deep it went
 *
 * BearSSL and s2n-bignum leave intermediate values on the stack.  Call this from
 * the function that called them.
 *
 * Context: Any context that had room for the computation.
 */
noinline void rpt_stack_burn(unsigned int kib)
{
	u8 block[1024];

	memzero_explicit(block, sizeof(block));
	if (kib > 1)
		rpt_stack_burn(kib - 1);
	/* Not a tail call: the frames must lie below each other. */
	barrier();
}
