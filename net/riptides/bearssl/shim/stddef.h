/* SPDX-License-Identifier: GPL-2.0-only */
/* <stddef.h> for BearSSL in the kernel */
#ifndef _RPT_SHIM_STDDEF_H
#define _RPT_SHIM_STDDEF_H

#include <linux/stddef.h>
#include <linux/types.h>

#endif /* _RPT_SHIM_STDDEF_H */
