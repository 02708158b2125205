/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * riptides: TLS 1.3 and workload identity for TCP sockets
 *
 * Socket options of level SOL_RIPTIDES, for sockets whose upper layer protocol
 * is "riptides" (setsockopt(IPPROTO_TCP, TCP_ULP, "riptides")).
 *
 * Structures only grow at their end. A caller passes the size it knows: what
 * the kernel does not have reads as zero, what the caller does not know is cut.
 */
#ifndef _UAPI_LINUX_RIPTIDES_H
#define _UAPI_LINUX_RIPTIDES_H

#include <linux/types.h>

#ifndef SOL_RIPTIDES
#define SOL_RIPTIDES		288
#endif

/* Longest values, without the terminating NUL that they don't need */
#define RIPTIDES_NAME_MAX	63	/* name of an identity */
#define RIPTIDES_SPIFFE_ID_MAX	2048
#define RIPTIDES_SERVER_NAME_MAX 253
#define RIPTIDES_ALPN_LIST_MAX	1024
#define RIPTIDES_DEADLINE_MAX	600000	/* milliseconds */

/**
 * enum riptides_option - options of level SOL_RIPTIDES
 * @RIPTIDES_ROLE: __u32 enum riptides_role. Before the handshake only. Sockets
 *	that connect() are clients and those of accept() servers; a socket that
 *	was connected before it was attached has no role until it is given one.
 * @RIPTIDES_START: no value (length 0) or __u32, ignored. Starts the handshake
 *	of a socket that was connected when it was attached. Write only.
 * @RIPTIDES_SERVER_NAME: client: DNS name sent as SNI. Before the handshake.
 * @RIPTIDES_PEER_ID: SPIFFE ID or pattern (an ID; an ID ending in '/' for all
 *	below it; spiffe://domain for a whole trust domain) that the peer must
 *	have. Empty: any that our bundles vouch for. Before the handshake. Reads
 *	as the SPIFFE ID that the peer proved, once it has.
 * @RIPTIDES_IDENTITY: name of our identity. Empty: the default one.
 * @RIPTIDES_ALPN: protocols in order of preference, each with a length octet
 *	before it (RFC 7301 ProtocolNameList without its outer length); reads as
 *	the one agreed on, without a length octet.
 * @RIPTIDES_MODE: __u32 enum riptides_mode. Before the handshake.
 * @RIPTIDES_DEADLINE: __u32, milliseconds that a handshake may take. 0: the
 *	default of the network namespace.
 * @RIPTIDES_CONFIRM: __u32 boolean. Client: the handshake, and so connect(), is
 *	over when the server's first record has come, so that a refusal of our
 *	identity is seen there. Before the handshake. For servers that speak
 *	first or send a ticket, as those of riptides do; with others the
 *	deadline passes.
 * @RIPTIDES_DATAPATH: __u32 enum riptides_datapath. Before the handshake.
 * @RIPTIDES_REKEY: no value or __u32 boolean: send a KeyUpdate; true asks the
 *	peer for one, too. After the handshake. Write only.
 * @RIPTIDES_INFO: struct riptides_info. Read only.
 * @RIPTIDES_PEER_CHAIN: the peer's certificates, DER, leaf first, each after
 *	its length as a __be32. Read only. ENODATA on a server that has resumed
 *	a session.
 * @RIPTIDES_EXPORTER: struct riptides_exporter in, keying material out (RFC 8446
 *	section 7.5). Read only.
 */
enum riptides_option {
	RIPTIDES_ROLE = 1,
	RIPTIDES_START,
	RIPTIDES_SERVER_NAME,
	RIPTIDES_PEER_ID,
	RIPTIDES_IDENTITY,
	RIPTIDES_ALPN,
	RIPTIDES_MODE,
	RIPTIDES_DEADLINE,
	RIPTIDES_CONFIRM,
	RIPTIDES_DATAPATH,
	RIPTIDES_REKEY,
	RIPTIDES_INFO,
	RIPTIDES_PEER_CHAIN,
	RIPTIDES_EXPORTER,
};

/**
 * enum riptides_role - who opens the handshake
 * @RIPTIDES_ROLE_NONE: not decided yet
 * @RIPTIDES_ROLE_CLIENT: TLS client
 * @RIPTIDES_ROLE_SERVER: TLS server
 */
enum riptides_role {
	RIPTIDES_ROLE_NONE,
	RIPTIDES_ROLE_CLIENT,
	RIPTIDES_ROLE_SERVER,
};

/**
 * enum riptides_mode - who is authenticated
 * @RIPTIDES_MODE_MUTUAL: both ends
 * @RIPTIDES_MODE_SIMPLE: the server only
 */
enum riptides_mode {
	RIPTIDES_MODE_MUTUAL,
	RIPTIDES_MODE_SIMPLE,
};

/**
 * enum riptides_datapath - who seals and opens the records
 * @RIPTIDES_DATAPATH_AUTO: kernel TLS where it can, else software
 * @RIPTIDES_DATAPATH_KTLS: kernel TLS or failure
 * @RIPTIDES_DATAPATH_SOFTWARE: the record layer of riptides
 */
enum riptides_datapath {
	RIPTIDES_DATAPATH_AUTO,
	RIPTIDES_DATAPATH_KTLS,
	RIPTIDES_DATAPATH_SOFTWARE,
};

/**
 * enum riptides_state - where a socket stands
 * @RIPTIDES_STATE_IDLE: attached, no handshake yet
 * @RIPTIDES_STATE_HANDSHAKE: the handshake runs
 * @RIPTIDES_STATE_OPEN: the handshake is complete
 * @RIPTIDES_STATE_FAILED: the handshake or the session failed
 * @RIPTIDES_STATE_CLEAR: policy has left the socket to TCP
 */
enum riptides_state {
	RIPTIDES_STATE_IDLE,
	RIPTIDES_STATE_HANDSHAKE,
	RIPTIDES_STATE_OPEN,
	RIPTIDES_STATE_FAILED,
	RIPTIDES_STATE_CLEAR,
};

#define RIPTIDES_F_RESUMED	(1 << 0)	/* authenticated by a ticket */
#define RIPTIDES_F_RETRIED	(1 << 1)	/* HelloRetryRequest was sent */
#define RIPTIDES_F_PEER_CERT	(1 << 2)	/* the peer showed a certificate */
#define RIPTIDES_F_OWN_CERT	(1 << 3)	/* we showed one */
#define RIPTIDES_F_ALERT_SENT	(1 << 4)	/* @alert is ours */
#define RIPTIDES_F_ALERT_RECEIVED (1 << 5)	/* @alert is the peer's */
#define RIPTIDES_F_CLOSE_SENT	(1 << 6)	/* our close_notify */
#define RIPTIDES_F_CLOSE_RECEIVED (1 << 7)	/* the peer's close_notify */
#define RIPTIDES_F_TRANSPARENT	(1 << 8)	/* attached by policy */

/**
 * struct riptides_info - what RIPTIDES_INFO tells
 * @state: enum riptides_state
 * @role: enum riptides_role
 * @mode: enum riptides_mode
 * @tx_datapath: enum riptides_datapath, 0 before the handshake is complete
 * @rx_datapath: as @tx_datapath
 * @alert: AlertDescription of the last alert but close_notify, if one of the
 *	flags RIPTIDES_F_ALERT_* is set
 * @alpn_len: length of @alpn
 * @reserved: 0
 * @flags: RIPTIDES_F_*
 * @error: errno that the handshake or the session failed with, 0 if none; kept
 *	until the next handshake
 * @version: protocol version on the wire, 0x0304 for TLS 1.3
 * @suite: cipher suite (RFC 8446 appendix B.4)
 * @group: key exchange group (RFC 8446 section 4.2.7)
 * @own_sig: scheme of our CertificateVerify, 0 if we sent none
 * @peer_sig: scheme of the peer's
 * @own_id_len: length of @own_id
 * @peer_id_len: length of @peer_id
 * @reserved2: 0
 * @tx_rekeys: KeyUpdates sent
 * @rx_rekeys: KeyUpdates received
 * @handshake_us: time that the handshake took, microseconds
 * @alpn: agreed application protocol, not terminated
 * @own_id: our SPIFFE ID, not terminated
 * @peer_id: the peer's SPIFFE ID, not terminated
 * @rule: rule that attached the socket, terminated; empty if none did
 */
struct riptides_info {
	__u8	state;
	__u8	role;
	__u8	mode;
	__u8	tx_datapath;
	__u8	rx_datapath;
	__u8	alert;
	__u8	alpn_len;
	__u8	reserved;
	__u32	flags;
	__u32	error;
	__u16	version;
	__u16	suite;
	__u16	group;
	__u16	own_sig;
	__u16	peer_sig;
	__u16	own_id_len;
	__u16	peer_id_len;
	__u16	reserved2;
	__u64	tx_rekeys;
	__u64	rx_rekeys;
	__u64	handshake_us;
	__u8	alpn[256];
	__u8	own_id[RIPTIDES_SPIFFE_ID_MAX];
	__u8	peer_id[RIPTIDES_SPIFFE_ID_MAX];
	char	rule[RIPTIDES_NAME_MAX + 1];
};

/**
 * struct riptides_exporter - what RIPTIDES_EXPORTER is asked for
 * @label_len: length of the label, 1 to 249
 * @context_len: length of the context, at most 1024
 * @out_len: octets wanted, at most 1024; the option's length must be enough
 *	for them
 * @reserved: 0
 * @data: the label, then the context
 */
struct riptides_exporter {
	__u16	label_len;
	__u16	context_len;
	__u16	out_len;
	__u16	reserved;
	__u8	data[];
};

/**
 * enum riptides_diag - attributes of INET_ULP_INFO_RIPTIDES, as 'ss -ti' shows
 * @RIPTIDES_DIAG_UNSPEC: unused
 * @RIPTIDES_DIAG_STATE: u8, enum riptides_state
 * @RIPTIDES_DIAG_ROLE: u8, enum riptides_role
 * @RIPTIDES_DIAG_TX: u8, enum riptides_datapath
 * @RIPTIDES_DIAG_RX: u8, enum riptides_datapath
 * @RIPTIDES_DIAG_VERSION: u16
 * @RIPTIDES_DIAG_SUITE: u16
 * @RIPTIDES_DIAG_GROUP: u16
 * @RIPTIDES_DIAG_OWN_ID: string; for CAP_NET_ADMIN
 * @RIPTIDES_DIAG_PEER_ID: string; for CAP_NET_ADMIN
 * @RIPTIDES_DIAG_RULE: string, rule that attached it; for CAP_NET_ADMIN
 * @__RIPTIDES_DIAG_MAX: number of attributes
 */
enum riptides_diag {
	RIPTIDES_DIAG_UNSPEC,
	RIPTIDES_DIAG_STATE,
	RIPTIDES_DIAG_ROLE,
	RIPTIDES_DIAG_TX,
	RIPTIDES_DIAG_RX,
	RIPTIDES_DIAG_VERSION,
	RIPTIDES_DIAG_SUITE,
	RIPTIDES_DIAG_GROUP,
	RIPTIDES_DIAG_OWN_ID,
	RIPTIDES_DIAG_PEER_ID,
	RIPTIDES_DIAG_RULE,
	__RIPTIDES_DIAG_MAX,
};

#define RIPTIDES_DIAG_MAX (__RIPTIDES_DIAG_MAX - 1)

#endif /* _UAPI_LINUX_RIPTIDES_H */
