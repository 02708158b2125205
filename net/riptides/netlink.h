/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generic netlink family riptides: what its files share
 */
#ifndef _RPT_NETLINK_H
#define _RPT_NETLINK_H

#include <net/genetlink.h>

#include "net.h"
#include "netlink_gen.h"

struct rpt_rule;

/**
 * struct rpt_nl_dump - how far a dump has come
 * @id: the object to go on with
 * @part: the part of it to go on with
 * @done: all was told
 */
struct rpt_nl_dump {
	unsigned long id;
	unsigned int part;
	bool done;
};

/**
 * rpt_nl_dump() - how far has a dump come?
 * @cb: the dump
 *
 * Context: Process context.
 * Return: its state, all zeroes at the beginning.
 */
static inline struct rpt_nl_dump *rpt_nl_dump(struct netlink_callback *cb)
{
	NL_ASSERT_CTX_FITS(struct rpt_nl_dump);
	return (struct rpt_nl_dump *)cb->ctx;
}

/* netlink.c */
struct nlattr *rpt_nl_need(struct genl_info *info, int type, const char *what);
unsigned int rpt_nl_count(const struct genl_info *info, int type);
int rpt_nl_reply(struct sk_buff *skb, void *hdr, struct genl_info *info);
int rpt_netlink_init(void);

/* netlink_policy.c */
int rpt_nl_stage(struct sk_buff *skb, struct genl_info *info, struct rpt_rule *rule);
void rpt_nl_stage_setup(struct genl_family *family);

/* netlink_notify.c */
void rpt_nl_notify_setup(void);

/* All attributes of one type in a message, as often as it has them */
#define rpt_nl_for_each(attr, info, type, rem) \
	nlmsg_for_each_attr_type(attr, type, (info)->nlhdr, GENL_HDRLEN, rem)

#endif /* _RPT_NETLINK_H */
