/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM riptides

#if !defined(_TRACE_RIPTIDES_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_RIPTIDES_H

#include <linux/cgroup.h>
#include <linux/in6.h>
#include <linux/ipv6.h>
#include <linux/tracepoint.h>
#include <net/inet_sock.h>
#include <net/sock.h>
#include <trace/events/net_probe_common.h>
#include <uapi/linux/riptides.h>

TRACE_DEFINE_ENUM(RIPTIDES_STATE_IDLE);
TRACE_DEFINE_ENUM(RIPTIDES_STATE_HANDSHAKE);
TRACE_DEFINE_ENUM(RIPTIDES_STATE_OPEN);
TRACE_DEFINE_ENUM(RIPTIDES_STATE_FAILED);
TRACE_DEFINE_ENUM(RIPTIDES_STATE_CLEAR);

#define show_riptides_state(state)					\
	__print_symbolic(state,						\
			 { RIPTIDES_STATE_IDLE,		"idle" },	\
			 { RIPTIDES_STATE_HANDSHAKE,	"handshake" },	\
			 { RIPTIDES_STATE_OPEN,		"open" },	\
			 { RIPTIDES_STATE_FAILED,	"failed" },	\
			 { RIPTIDES_STATE_CLEAR,	"clear" })

TRACE_DEFINE_ENUM(RIPTIDES_DATAPATH_AUTO);
TRACE_DEFINE_ENUM(RIPTIDES_DATAPATH_KTLS);
TRACE_DEFINE_ENUM(RIPTIDES_DATAPATH_SOFTWARE);

#define show_riptides_datapath(datapath)				\
	__print_symbolic(datapath,					\
			 { RIPTIDES_DATAPATH_AUTO,	"none" },	\
			 { RIPTIDES_DATAPATH_KTLS,	"ktls" },	\
			 { RIPTIDES_DATAPATH_SOFTWARE,	"software" })

/*
 * Two SPIFFE IDs of full length would not fit into one event, which would then
 * be lost, and a peer chooses its own. What is cut is marked; the length in the
 * event is that of the whole.
 */
#define RIPTIDES_TRACE_ID_MAX	1024

#ifndef _TRACE_RIPTIDES_ONCE
#define _TRACE_RIPTIDES_ONCE
static inline u64 riptides_trace_cgroup(const struct sock *sk)
{
#ifdef CONFIG_SOCK_CGROUP_DATA
	/* what is looked up there is not changed; only the type says so */
	struct sock *look = (struct sock *)sk;

	return cgroup_id(sock_cgroup_ptr(&look->sk_cgrp_data));
#else
	return 0;
#endif
}

static inline unsigned int riptides_trace_id_len(const char *id)
{
	return id ? strlen(id) : 0;
}

static inline unsigned int riptides_trace_id_kept(const char *id)
{
	return min(riptides_trace_id_len(id), RIPTIDES_TRACE_ID_MAX);
}
#endif

/* What every event has: whose socket, between which addresses. */
#define RIPTIDES_SOCK_ENTRY						\
	__field(const void *, skaddr)					\
	__field(__u64, cgroup)						\
	__field(unsigned int, netns_ino)				\
	/* sockaddr_in6 is always bigger than sockaddr_in */		\
	__array(__u8, saddr, sizeof(struct sockaddr_in6))		\
	__array(__u8, daddr, sizeof(struct sockaddr_in6))

#define RIPTIDES_SOCK_ASSIGN						\
	do {								\
		const struct inet_sock *inet = inet_sk(sk);		\
									\
		__entry->skaddr = sk;					\
		__entry->cgroup = riptides_trace_cgroup(sk);		\
		__entry->netns_ino = sock_net(sk)->ns.inum;		\
		memset(__entry->saddr, 0, sizeof(struct sockaddr_in6));	\
		memset(__entry->daddr, 0, sizeof(struct sockaddr_in6));	\
		TP_STORE_ADDR_PORTS(__entry, inet, sk);			\
	} while (0)

#define RIPTIDES_SOCK_FMT	"skaddr=%p src=%pISpc dest=%pISpc cgroup=%llu"
#define RIPTIDES_SOCK_ARGS						\
	__entry->skaddr, __entry->saddr, __entry->daddr,		\
	(unsigned long long)__entry->cgroup

TRACE_EVENT(riptides_deny,

	TP_PROTO(const struct sock *sk, const char *rule),

	TP_ARGS(sk, rule),

	TP_STRUCT__entry(
		RIPTIDES_SOCK_ENTRY
		__string(rule, rule)
	),

	TP_fast_assign(
		RIPTIDES_SOCK_ASSIGN;
		__assign_str(rule);
	),

	TP_printk(RIPTIDES_SOCK_FMT " rule=%s", RIPTIDES_SOCK_ARGS,
		  __get_str(rule))
);

TRACE_EVENT(riptides_attach,

	TP_PROTO(const struct sock *sk),

	TP_ARGS(sk),

	TP_STRUCT__entry(
		RIPTIDES_SOCK_ENTRY
	),

	TP_fast_assign(
		RIPTIDES_SOCK_ASSIGN;
	),

	TP_printk(RIPTIDES_SOCK_FMT, RIPTIDES_SOCK_ARGS)
);

TRACE_EVENT(riptides_handshake_start,

	TP_PROTO(const struct sock *sk, bool server),

	TP_ARGS(sk, server),

	TP_STRUCT__entry(
		RIPTIDES_SOCK_ENTRY
		__field(bool, server)
	),

	TP_fast_assign(
		RIPTIDES_SOCK_ASSIGN;
		__entry->server = server;
	),

	TP_printk(RIPTIDES_SOCK_FMT " role=%s", RIPTIDES_SOCK_ARGS,
		  __entry->server ? "server" : "client")
);

TRACE_EVENT(riptides_handshake_done,

	TP_PROTO(const struct sock *sk, bool server, u16 version, u16 suite,
		 u16 group, const char *own_id, const char *peer_id, u64 us),

	TP_ARGS(sk, server, version, suite, group, own_id, peer_id, us),

	TP_STRUCT__entry(
		RIPTIDES_SOCK_ENTRY
		__field(bool, server)
		__field(__u16, version)
		__field(__u16, suite)
		__field(__u16, group)
		__field(__u64, us)
		__field(unsigned int, own_id_len)
		__field(unsigned int, peer_id_len)
		__string_len(own_id, own_id, riptides_trace_id_kept(own_id))
		__string_len(peer_id, peer_id, riptides_trace_id_kept(peer_id))
	),

	TP_fast_assign(
		RIPTIDES_SOCK_ASSIGN;
		__entry->server = server;
		__entry->version = version;
		__entry->suite = suite;
		__entry->group = group;
		__entry->us = us;
		__entry->own_id_len = riptides_trace_id_len(own_id);
		__entry->peer_id_len = riptides_trace_id_len(peer_id);
		__assign_str(own_id);
		__assign_str(peer_id);
	),

	TP_printk(RIPTIDES_SOCK_FMT " role=%s version=0x%04x suite=0x%04x group=0x%04x us=%llu own-id=%s%s peer-id=%s%s",
		  RIPTIDES_SOCK_ARGS,
		  __entry->server ? "server" : "client",
		  __entry->version, __entry->suite, __entry->group,
		  (unsigned long long)__entry->us, __get_str(own_id),
		  __entry->own_id_len > RIPTIDES_TRACE_ID_MAX ? "..." : "",
		  __get_str(peer_id),
		  __entry->peer_id_len > RIPTIDES_TRACE_ID_MAX ? "..." : "")
);

TRACE_EVENT(riptides_handshake_fail,

	TP_PROTO(const struct sock *sk, bool server, int err, int alert_sent,
		 int alert_received, const char *state, u64 us),

	TP_ARGS(sk, server, err, alert_sent, alert_received, state, us),

	TP_STRUCT__entry(
		RIPTIDES_SOCK_ENTRY
		__field(bool, server)
		__field(int, err)
		__field(int, alert_sent)
		__field(int, alert_received)
		__field(__u64, us)
		__string(state, state)
	),

	TP_fast_assign(
		RIPTIDES_SOCK_ASSIGN;
		__entry->server = server;
		__entry->err = err;
		__entry->alert_sent = alert_sent;
		__entry->alert_received = alert_received;
		__entry->us = us;
		__assign_str(state);
	),

	/* an alert of -1: none */
	TP_printk(RIPTIDES_SOCK_FMT " role=%s err=%d alert-sent=%d alert-received=%d state=%s us=%llu",
		  RIPTIDES_SOCK_ARGS,
		  __entry->server ? "server" : "client", __entry->err,
		  __entry->alert_sent, __entry->alert_received,
		  __get_str(state), (unsigned long long)__entry->us)
);

TRACE_EVENT(riptides_promote,

	TP_PROTO(const struct sock *sk, u8 datapath, int err),

	TP_ARGS(sk, datapath, err),

	TP_STRUCT__entry(
		RIPTIDES_SOCK_ENTRY
		__field(__u8, datapath)
		__field(int, err)
	),

	TP_fast_assign(
		RIPTIDES_SOCK_ASSIGN;
		__entry->datapath = datapath;
		__entry->err = err;
	),

	TP_printk(RIPTIDES_SOCK_FMT " datapath=%s err=%d", RIPTIDES_SOCK_ARGS,
		  show_riptides_datapath(__entry->datapath), __entry->err)
);

TRACE_EVENT(riptides_rekey,

	TP_PROTO(const struct sock *sk, bool tx, u64 count),

	TP_ARGS(sk, tx, count),

	TP_STRUCT__entry(
		RIPTIDES_SOCK_ENTRY
		__field(bool, tx)
		__field(__u64, count)
	),

	TP_fast_assign(
		RIPTIDES_SOCK_ASSIGN;
		__entry->tx = tx;
		__entry->count = count;
	),

	TP_printk(RIPTIDES_SOCK_FMT " dir=%s count=%llu", RIPTIDES_SOCK_ARGS,
		  __entry->tx ? "tx" : "rx",
		  (unsigned long long)__entry->count)
);

TRACE_EVENT(riptides_alert,

	TP_PROTO(const struct sock *sk, bool sent, u8 desc),

	TP_ARGS(sk, sent, desc),

	TP_STRUCT__entry(
		RIPTIDES_SOCK_ENTRY
		__field(bool, sent)
		__field(__u8, desc)
	),

	TP_fast_assign(
		RIPTIDES_SOCK_ASSIGN;
		__entry->sent = sent;
		__entry->desc = desc;
	),

	TP_printk(RIPTIDES_SOCK_FMT " dir=%s desc=%u", RIPTIDES_SOCK_ARGS,
		  __entry->sent ? "tx" : "rx", __entry->desc)
);

TRACE_EVENT(riptides_close,

	TP_PROTO(const struct sock *sk, u8 state, int err),

	TP_ARGS(sk, state, err),

	TP_STRUCT__entry(
		RIPTIDES_SOCK_ENTRY
		__field(__u8, state)
		__field(int, err)
	),

	TP_fast_assign(
		RIPTIDES_SOCK_ASSIGN;
		__entry->state = state;
		__entry->err = err;
	),

	TP_printk(RIPTIDES_SOCK_FMT " state=%s err=%d", RIPTIDES_SOCK_ARGS,
		  show_riptides_state(__entry->state), __entry->err)
);

#endif /* _TRACE_RIPTIDES_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
