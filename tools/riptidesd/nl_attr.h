/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attributes of the kernel's messages
 */
#ifndef _NL_ATTR_H
#define _NL_ATTR_H

#include "util.h"

struct nlattr;
struct nlmsghdr;

struct nlattr *nl_attributes(struct nlmsghdr *msg, int *left);
char *nl_get_text(struct arena *a, struct nlattr *attr);
u64 nl_get_number(struct nlattr *attr, bool is_signed);
int nl_get_address(struct nlattr *attr, u8 *address, u8 *size);

#define for_each_attribute(attr, msg, left)					\
	for ((attr) = nl_attributes(msg, &(left)); (attr) && nla_ok(attr, left);\
	     (attr) = nla_next(attr, &(left)))

#endif /* _NL_ATTR_H */
