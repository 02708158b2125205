/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What rpt-tls was asked to do.
 */
#ifndef _RIPTIDES_ENGINE_RPT_TLS_H
#define _RIPTIDES_ENGINE_RPT_TLS_H

#include "link.h"
#include "party.h"

#define OPT_LIST_MAX	8

/**
 * struct options - the command line
 * @server: role
 * @address: where to connect to or to listen, NULL for loopback
 * @port: TCP port; server: 0 takes any
 * @connections: server: how many to serve
 * @resume: client: connections to make after the first, with tickets
 * @tickets: server: tickets to send on each connection
 * @send: client: line to send
 * @expect: client: what must come back
 * @key_updates: KeyUpdates to send, each with a line of its own afterwards
 * @bulk: client: bytes to send and to get back
 * @http: server: answer a request rather than echo
 * @timeout: seconds for a whole connection
 * @tx_max: longest record to send
 * @pad: padding of each record
 * @p: parameters of the handshake
 * @party: identity and trust
 * @suites: storage of @p
 * @groups: storage of @p
 * @psks: storage of @p
 * @alpn: storage of @p
 */
struct options {
	bool server;
	const char *address;
	unsigned int port;
	unsigned int connections;
	unsigned int resume;
	unsigned int tickets;
	char *send;
	char *expect;
	unsigned int key_updates;
	size_t bulk;
	bool http;
	unsigned int timeout;
	size_t tx_max;
	size_t pad;
	struct rpt_hs_params p;
	struct party party;
	u16 suites[OPT_LIST_MAX];
	u16 groups[OPT_LIST_MAX];
	struct rpt_psk psks[RPT_PSK_MAX];
	u8 alpn[RPT_ALPN_LIST_MAX];
};

int options_parse(struct options *o, int argc, char **argv);
int transfer(struct options *o, int fd);

#endif /* _RIPTIDES_ENGINE_RPT_TLS_H */
