/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events for whoever listens to the multicast group of the netlink family
 */
#ifndef _RPT_NOTIFY_H
#define _RPT_NOTIFY_H

#include <linux/in6.h>
#include <linux/time64.h>
#include <linux/types.h>

struct net;

/**
 * struct rpt_notice - what an event tells about an identity
 * @event: RIPTIDES_CMD_CSR_NEEDED or RIPTIDES_CMD_IDENTITY_EXPIRING
 * @name: name of the identity
 * @spiffe_id: its SPIFFE ID
 * @state: enum riptides_identity_state
 * @not_after: last second in which its chain is valid; 0 if it has none
 */
struct rpt_notice {
	u8 event;
	const char *name;
	const char *spiffe_id;
	u32 state;
	time64_t not_after;
};

/**
 * struct rpt_incident - what an event tells about a connection
 * @event: RIPTIDES_CMD_HANDSHAKE_FAILED, RIPTIDES_CMD_DENIED or
 *	RIPTIDES_CMD_SESSION_ENDED
 * @direction: enum riptides_direction
 * @rule: name of the rule that it came under, or NULL
 * @error: errno, positive
 * @reason: why, in words, or NULL
 * @local: our address, IPv4 as mapped into IPv6
 * @peer: the peer's address
 * @local_port: our port
 * @peer_port: the peer's port
 * @own_id: our SPIFFE ID, or NULL
 * @peer_id: the peer's SPIFFE ID, or NULL
 * @peer_id_len: its length
 * @alert: AlertDescription that was sent or received, or -1
 */
struct rpt_incident {
	u8 event;
	u8 direction;
	const char *rule;
	u32 error;
	const char *reason;
	struct in6_addr local;
	struct in6_addr peer;
	__be16 local_port;
	__be16 peer_port;
	const char *own_id;
	const char *peer_id;
	size_t peer_id_len;
	int alert;
};

/**
 * struct rpt_notify_ops - how events are told
 * @identity: see rpt_notify_identity()
 * @incident: see rpt_notify_incident()
 */
struct rpt_notify_ops {
	void (*identity)(struct net *net, const struct rpt_notice *n);
	void (*incident)(struct net *net, const struct rpt_incident *i);
};

void rpt_notify_setup(const struct rpt_notify_ops *ops);
void rpt_notify_identity(struct net *net, const struct rpt_notice *n);
void rpt_notify_incident(struct net *net, const struct rpt_incident *i);

#endif /* _RPT_NOTIFY_H */
