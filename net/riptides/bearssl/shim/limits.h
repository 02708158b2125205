/* SPDX-License-Identifier: GPL-2.0-only */
/* <limits.h> for BearSSL in the kernel: it reads ULONG_MAX in #if */
#ifndef _RPT_SHIM_LIMITS_H
#define _RPT_SHIM_LIMITS_H

#include <vdso/limits.h>

#endif /* _RPT_SHIM_LIMITS_H */
