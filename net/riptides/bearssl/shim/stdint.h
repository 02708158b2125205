/* SPDX-License-Identifier: GPL-2.0-only */
/* <stdint.h> for BearSSL in the kernel */
#ifndef _RPT_SHIM_STDINT_H
#define _RPT_SHIM_STDINT_H

#include <linux/types.h>

#endif /* _RPT_SHIM_STDINT_H */
