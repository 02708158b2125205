// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: from whoever has something to tell to the netlink family, which knows
 * how to tell it
 */
#include <linux/cache.h>
#include <linux/init.h>

#include "notify.h"

static const struct rpt_notify_ops *notify_ops __ro_after_init;

/**
 * rpt_notify_setup() - name the one who tells
 * @ops: how
 *
 * Context: Process context, at boot.
 */
void __init rpt_notify_setup(const struct rpt_notify_ops *ops)
{
	notify_ops = ops;
}

/**
 * rpt_notify_identity() - tell that something is to be done about an identity
 * @net: network namespace, or NULL: then nothing happens
 * @n: what there is to tell
 *
 * Context: Process context.
 */
void rpt_notify_identity(struct net *net, const struct rpt_notice *n)
{
	if (net && notify_ops)
		notify_ops->identity(net, n);
}

/**
 * rpt_notify_incident() - tell what became of a connection
 * @net: network namespace
 * @i: what there is to tell
 *
 * A peer may cause as many as it likes: only so many a second are told, in each
 * network namespace. Counters have them all.
 *
 * Context: Any context but hard interrupts.
 */
void rpt_notify_incident(struct net *net, const struct rpt_incident *i)
{
	if (notify_ops)
		notify_ops->incident(net, i);
}
