/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <string.h> for BearSSL in the kernel
 *
 * The imported sources get bare prototypes and none of the inline checks of
 * FORTIFY_SOURCE, which they were not written for.  Our own files, which
 * include BearSSL's headers beside the kernel's, get the kernel's header.
 */
#ifndef _RPT_SHIM_STRING_H
#define _RPT_SHIM_STRING_H

#ifdef RPT_BEARSSL_IMPORT
#include <linux/types.h>

void *memcpy(void *dst, const void *src, size_t len);
void *memmove(void *dst, const void *src, size_t len);
void *memset(void *dst, int c, size_t len);
int memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *s);
#else
#include <linux/string.h>
#endif

#endif /* _RPT_SHIM_STRING_H */
