/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of a network namespace, in /proc/net/riptides_stat
 */
#ifndef _RPT_MIB_H
#define _RPT_MIB_H

#include <linux/init.h>

struct net;

/**
 * enum rpt_mib_field - what is counted
 * @RPT_MIB_ATTACH: sockets that riptides was attached to, children of
 *	listeners included
 * @RPT_MIB_ATTACHREFUSED: sockets that it was refused
 * @RPT_MIB_HANDSHAKECLIENT: handshakes started as client
 * @RPT_MIB_HANDSHAKESERVER: handshakes started as server
 * @RPT_MIB_HANDSHAKEDONE: handshakes completed
 * @RPT_MIB_HANDSHAKEFAIL: handshakes failed, for whatever reason
 * @RPT_MIB_HANDSHAKETIMEOUT: of these, how many by their deadline
 * @RPT_MIB_HANDSHAKECURR: gauge: handshakes that run now
 * @RPT_MIB_HANDSHAKELIMIT: handshakes refused because as many ran as the
 *	network namespace may have
 * @RPT_MIB_LISTENERLIMIT: handshakes refused because as many ran as one
 *	listener may have
 * @RPT_MIB_PEERREJECTED: peers whose certificate or identity we refused
 * @RPT_MIB_NOMEMORY: allocations that failed and cost a connection
 * @RPT_MIB_TXKTLS: directions handed to kernel TLS, sending
 * @RPT_MIB_RXKTLS: the same, receiving
 * @RPT_MIB_TXSW: directions that the record layer of riptides took, sending
 * @RPT_MIB_RXSW: the same, receiving
 * @RPT_MIB_CURRTXKTLS: gauge: open sockets that @RPT_MIB_TXKTLS counted
 * @RPT_MIB_CURRRXKTLS: gauge: open sockets that @RPT_MIB_RXKTLS counted
 * @RPT_MIB_CURRTXSW: gauge: open sockets that @RPT_MIB_TXSW counted
 * @RPT_MIB_CURRRXSW: gauge: open sockets that @RPT_MIB_RXSW counted
 * @RPT_MIB_TXREKEY: KeyUpdates sent
 * @RPT_MIB_RXREKEY: KeyUpdates received
 * @RPT_MIB_REKEYERROR: key changes that failed and ended the session
 * @RPT_MIB_TICKETRECEIVED: NewSessionTickets received
 * @RPT_MIB_TICKETSENT: NewSessionTickets sent that clients can resume by
 * @RPT_MIB_TICKETREJECTED: tickets offered by clients that did not count: not
 *	ours, too old, or of times when something was different
 * @RPT_MIB_HANDSHAKERESUMED: handshakes completed by a ticket, of either role
 * @RPT_MIB_CHAINHIT: chains of peers that were verified before
 * @RPT_MIB_CHAINMISS: chains of peers that were not
 * @RPT_MIB_ALERTSENT: alerts sent, close_notify apart
 * @RPT_MIB_ALERTRECEIVED: alerts received, close_notify apart
 * @RPT_MIB_TRUNCATED: sessions whose peer sent FIN without close_notify
 * @RPT_MIB_DECRYPTERROR: records that failed their authentication
 * @RPT_MIB_POLICYATTACH: sockets that a rule attached riptides to
 * @RPT_MIB_POLICYDENIED: connections that policy refused: by a rule that says
 *	so, one that lacks its identity, or for want of knowing who asks
 * @RPT_MIB_CLEAR: sockets of rules that were left to TCP after all: permissive
 *	ones whose client spoke no TLS, deferred ones that no rule is for
 * @RPT_MIB_SESSIONAGED: sessions that were older than their rule allows
 * @RPT_MIB_SESSIONREVOKED: sessions ended since nobody vouched for the peer any
 *	more
 * @RPT_MIB_CONTEXTS: gauge: sockets' contexts in memory
 * @__RPT_MIB_MAX: number of fields
 */
enum rpt_mib_field {
	RPT_MIB_ATTACH,
	RPT_MIB_ATTACHREFUSED,
	RPT_MIB_HANDSHAKECLIENT,
	RPT_MIB_HANDSHAKESERVER,
	RPT_MIB_HANDSHAKEDONE,
	RPT_MIB_HANDSHAKEFAIL,
	RPT_MIB_HANDSHAKETIMEOUT,
	RPT_MIB_HANDSHAKECURR,
	RPT_MIB_HANDSHAKELIMIT,
	RPT_MIB_LISTENERLIMIT,
	RPT_MIB_PEERREJECTED,
	RPT_MIB_NOMEMORY,
	RPT_MIB_TXKTLS,
	RPT_MIB_RXKTLS,
	RPT_MIB_TXSW,
	RPT_MIB_RXSW,
	RPT_MIB_CURRTXKTLS,
	RPT_MIB_CURRRXKTLS,
	RPT_MIB_CURRTXSW,
	RPT_MIB_CURRRXSW,
	RPT_MIB_TXREKEY,
	RPT_MIB_RXREKEY,
	RPT_MIB_REKEYERROR,
	RPT_MIB_TICKETRECEIVED,
	RPT_MIB_TICKETSENT,
	RPT_MIB_TICKETREJECTED,
	RPT_MIB_HANDSHAKERESUMED,
	RPT_MIB_CHAINHIT,
	RPT_MIB_CHAINMISS,
	RPT_MIB_ALERTSENT,
	RPT_MIB_ALERTRECEIVED,
	RPT_MIB_TRUNCATED,
	RPT_MIB_DECRYPTERROR,
	RPT_MIB_POLICYATTACH,
	RPT_MIB_POLICYDENIED,
	RPT_MIB_CLEAR,
	RPT_MIB_SESSIONAGED,
	RPT_MIB_SESSIONREVOKED,
	RPT_MIB_CONTEXTS,
	__RPT_MIB_MAX,
};

void rpt_mib_add(const struct net *net, enum rpt_mib_field field, long n);

/**
 * rpt_mib_inc - count one more
 * @net: network namespace; somebody holds it
 * @field: what happened, or the gauge that rises
 *
 * Context: Any.
 */
static inline void rpt_mib_inc(const struct net *net, enum rpt_mib_field field)
{
	rpt_mib_add(net, field, 1);
}

/**
 * rpt_mib_dec - lower a gauge by one
 * @net: network namespace; somebody holds it
 * @field: a gauge, which may be raised and lowered on different CPUs
 *
 * Context: Any.
 */
static inline void rpt_mib_dec(const struct net *net, enum rpt_mib_field field)
{
	rpt_mib_add(net, field, -1);
}

int rpt_mib_init(void) __init;

#endif /* _RPT_MIB_H */
