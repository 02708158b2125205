// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wiping behind BearSSL
 */

#include <linux/compiler.h>
#include <linux/string.h>

#include "bear.h"

/**
 * rpt_bear_burn() - overwrite the stack that a computation has left behind
 * @kib: how deep it went
 *
 * BearSSL leaves intermediate values on the stack.  Call this from the function
 * that called BearSSL.
 *
 * Context: Any context that had room for the computation.
 */
noinline void rpt_bear_burn(unsigned int kib)
{
	u8 block[1024];

	memzero_explicit(block, sizeof(block));
	if (kib > 1)
		rpt_bear_burn(kib - 1);
	/* Not a tail call: the frames must lie below each other. */
	barrier();
}
