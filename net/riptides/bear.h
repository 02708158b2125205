/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between BearSSL and us
 */
#ifndef _RPT_BEAR_H
#define _RPT_BEAR_H

#include <linux/types.h>
#include "bearssl.h"
#include "burn.h"

/* How deep BearSSL's secret computations reach into the stack, in KiB */
#define RPT_BURN_P256	3
#define RPT_BURN_P384	4
#define RPT_BURN_RSA	4

#endif /* _RPT_BEAR_H */
