/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the files that speak netlink
 */
#ifndef _NL_CALL_H
#define _NL_CALL_H

#include "nl.h"

#define NL_DUMP_TRIES	20

struct nl_msg;

typedef int (*parse_fn)(struct nlmsghdr *msg, void *ctx);

struct nl_msg *rnl_request(const struct nl *nl, u8 command, int flags, size_t size);
int rnl_call(struct nl *nl, struct nl_msg *msg, parse_fn parse, void *ctx, struct error *e);
int rnl_dump(struct nl *nl, u8 command, parse_fn parse, void (*clear)(void *ctx),
	     void *ctx, struct error *e);

#endif /* _NL_CALL_H */
