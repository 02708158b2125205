// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family riptides: events
 */
#include <linux/init.h>
#include <linux/ratelimit.h>
#include <linux/string.h>
#include <net/ipv6.h>
#include <uapi/linux/riptides.h>

#include "netlink.h"
#include "notify.h"

/* Names, addresses, a sentence, and headers and padding */
#define EVENT_SIZE	(2 * RIPTIDES_SPIFFE_ID_MAX + 1024)

static bool somebody_listens(struct net *net)
{
	return genl_has_listeners(&riptides_nl_family, net, RIPTIDES_NLGRP_EVENTS);
}

static int put_notice(struct sk_buff *msg, const struct rpt_notice *n)
{
	if (nla_put_string(msg, RIPTIDES_A_IDENTITY_NAME, n->name) ||
	    nla_put_u32(msg, RIPTIDES_A_IDENTITY_STATE, n->state) ||
	    nla_put_string(msg, RIPTIDES_A_IDENTITY_SPIFFE_ID, n->spiffe_id))
		return -EMSGSIZE;
	if (!n->not_after)
		return 0;
	return nla_put_sint(msg, RIPTIDES_A_IDENTITY_NOT_AFTER, n->not_after);
}

/* Whoever is too slow is told of the loss by its socket (ENOBUFS) */
static void multicast(struct net *net, struct sk_buff *msg, void *hdr, gfp_t gfp)
{
	genlmsg_end(msg, hdr);
	genlmsg_multicast_netns(&riptides_nl_family, net, msg, 0, RIPTIDES_NLGRP_EVENTS, gfp);
}

static void tell_identity(struct net *net, const struct rpt_notice *n)
{
	struct sk_buff *msg;
	void *hdr;

	if (!somebody_listens(net))
		return;
	msg = genlmsg_new(EVENT_SIZE, GFP_KERNEL);
	if (!msg)
		return;
	hdr = genlmsg_put(msg, 0, 0, &riptides_nl_family, 0, n->event);
	if (hdr && !put_notice(msg, n))
		multicast(net, msg, hdr, GFP_KERNEL);
	else
		nlmsg_free(msg);
}

static int put_end(struct sk_buff *msg, const struct in6_addr *addr, __be16 port,
		   int addr_type, int port_type)
{
	int err;

	if (ipv6_addr_v4mapped(addr))
		err = nla_put_in_addr(msg, addr_type, addr->s6_addr32[3]);
	else
		err = nla_put_in6_addr(msg, addr_type, addr);
	return err ?: nla_put_u16(msg, port_type, be16_to_cpu(port));
}

static int put_peer_id(struct sk_buff *msg, const char *id, size_t len)
{
	struct nlattr *attr = nla_reserve(msg, RIPTIDES_A_INCIDENT_PEER_ID, len + 1);

	if (!attr)
		return -EMSGSIZE;
	memcpy(nla_data(attr), id, len);
	((char *)nla_data(attr))[len] = 0;
	return 0;
}

static int put_incident(struct sk_buff *msg, const struct rpt_incident *i)
{
	if ((i->rule && nla_put_string(msg, RIPTIDES_A_INCIDENT_RULE, i->rule)) ||
	    nla_put_u32(msg, RIPTIDES_A_INCIDENT_DIRECTION, i->direction) ||
	    nla_put_u32(msg, RIPTIDES_A_INCIDENT_ERROR, i->error) ||
	    (i->reason && nla_put_string(msg, RIPTIDES_A_INCIDENT_REASON, i->reason)) ||
	    put_end(msg, &i->local, i->local_port, RIPTIDES_A_INCIDENT_LOCAL_ADDRESS,
		    RIPTIDES_A_INCIDENT_LOCAL_PORT) ||
	    put_end(msg, &i->peer, i->peer_port, RIPTIDES_A_INCIDENT_PEER_ADDRESS,
		    RIPTIDES_A_INCIDENT_PEER_PORT) ||
	    (i->own_id && nla_put_string(msg, RIPTIDES_A_INCIDENT_OWN_ID, i->own_id)) ||
	    (i->peer_id && put_peer_id(msg, i->peer_id, i->peer_id_len)) ||
	    (i->alert >= 0 && nla_put_u8(msg, RIPTIDES_A_INCIDENT_ALERT, i->alert)))
		return -EMSGSIZE;
	return 0;
}

static void tell_incident(struct net *net, const struct rpt_incident *i)
{
	struct sk_buff *msg;
	void *hdr;

	if (!somebody_listens(net) || !__ratelimit(&rpt_net(net)->incidents))
		return;
	msg = genlmsg_new(EVENT_SIZE, GFP_ATOMIC);
	if (!msg)
		return;
	hdr = genlmsg_put(msg, 0, 0, &riptides_nl_family, 0, i->event);
	if (hdr && !put_incident(msg, i))
		multicast(net, msg, hdr, GFP_ATOMIC);
	else
		nlmsg_free(msg);
}

static const struct rpt_notify_ops notify_ops = {
	.identity	= tell_identity,
	.incident	= tell_incident,
};

/**
 * rpt_nl_notify_setup() - tell events by the family
 *
 * Context: Process context, at boot.
 */
void __init rpt_nl_notify_setup(void)
{
	rpt_notify_setup(&notify_ops);
}
