/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TLS 1.3 handshake, client and server (RFC 8446), without I/O
 *
 * Bytes go in by rpt_hs_input() and come out by rpt_hs_output(); nothing here
 * sleeps on a peer, knows a socket or reads a configuration.  Trust, identity
 * and policy are asked for by the callbacks of struct rpt_hs_ops.
 *
 *	hs = rpt_hs_create(&params, GFP_KERNEL);
 *	rpt_hs_start(hs);
 *	while (!rpt_hs_is_done(hs)) {
 *		send and acknowledge rpt_hs_output() / rpt_hs_output_done();
 *		receive, err = rpt_hs_input(hs, data, len, &used);
 *		if (err)
 *			send rpt_hs_output() (the alert), give up;
 *	}
 *	send what rpt_hs_output() still holds;
 *	rpt_hs_finish(hs, &session);
 *	rpt_hs_destroy(hs);
 */
#ifndef _RPT_HS_H
#define _RPT_HS_H

#include <linux/types.h>
#include "wire.h"
#include "proto.h"
#include "suite.h"
#include "sig.h"
#include "chain.h"

struct rpt_hs;
struct rpt_session;

/* Longest pre-shared key; a resumption secret has the length of its hash. */
#define RPT_PSK_SECRET_MAX	64
/* How many of a peer's signature schemes we keep. */
#define RPT_HS_SIGS_MAX		16
/* Longest Certificate message of ours, unless the parameters say more. */
#define RPT_OWN_CERT_MSG_MAX	8192

/**
 * enum rpt_hs_state - what the handshake waits for
 * @RPT_HS_START: client, rpt_hs_start() not yet called
 * @RPT_HS_EXPECT_SERVER_HELLO: client, ServerHello or HelloRetryRequest
 * @RPT_HS_EXPECT_SECOND_SERVER_HELLO: client, ServerHello after a retry
 * @RPT_HS_EXPECT_ENCRYPTED_EXTENSIONS: client
 * @RPT_HS_EXPECT_CERTIFICATE_OR_REQUEST: client
 * @RPT_HS_EXPECT_CERTIFICATE: either, CertificateRequest seen or sent
 * @RPT_HS_EXPECT_CERTIFICATE_VERIFY: either
 * @RPT_HS_EXPECT_FINISHED: either
 * @RPT_HS_EXPECT_CLIENT_HELLO: server
 * @RPT_HS_EXPECT_SECOND_CLIENT_HELLO: server, HelloRetryRequest sent
 * @RPT_HS_DONE: traffic secrets are final, rpt_hs_finish() may be called
 * @RPT_HS_FAILED: over; what rpt_hs_output() holds ends with the alert
 * @RPT_HS_N_STATES: number of states
 */
enum rpt_hs_state {
	RPT_HS_START,
	RPT_HS_EXPECT_SERVER_HELLO,
	RPT_HS_EXPECT_SECOND_SERVER_HELLO,
	RPT_HS_EXPECT_ENCRYPTED_EXTENSIONS,
	RPT_HS_EXPECT_CERTIFICATE_OR_REQUEST,
	RPT_HS_EXPECT_CERTIFICATE,
	RPT_HS_EXPECT_CERTIFICATE_VERIFY,
	RPT_HS_EXPECT_FINISHED,
	RPT_HS_EXPECT_CLIENT_HELLO,
	RPT_HS_EXPECT_SECOND_CLIENT_HELLO,
	RPT_HS_DONE,
	RPT_HS_FAILED,
	RPT_HS_N_STATES,
};

/**
 * struct rpt_psk - one pre-shared key (RFC 8446 section 4.2.11)
 * @identity: label on the wire: a ticket, or an external name
 * @identity_len: length of @identity, at least 1
 * @obfuscated_age: resumption: age in ms plus ticket_age_add; external: 0
 * @external: the binder's label is "ext binder", not "res binder"
 * @peer_cert: server: it stands for the certificate of the client that holds it,
 *	as a ticket of a mutual session does; a server that requires a client
 *	certificate passes over any other
 * @hash: enum rpt_hash_id the key is bound to; the suite must share it
 * @secret_len: length of @secret, 1 to RPT_PSK_SECRET_MAX
 * @secret: the key
 */
struct rpt_psk {
	const u8 *identity;
	u16 identity_len;
	u32 obfuscated_age;
	bool external;
	bool peer_cert;
	u8 hash;
	u8 secret_len;
	u8 secret[RPT_PSK_SECRET_MAX];
};

/**
 * struct rpt_hs_offer - what the peer accepts of our identity
 * @server: we are the server
 * @server_name: server: the client's SNI, NUL-terminated, or NULL
 * @server_name_len: its length
 * @sigs: the peer's signature_algorithms that we know, in the peer's order
 * @n_sigs: number of @sigs
 * @cert_sigs: as @sigs for the certificates themselves
 * @n_cert_sigs: number of @cert_sigs
 * @authorities: the peer's certificate_authorities, distinguished names, each
 *	with a two-byte length; see rpt_hs_next_authority(); may be empty
 */
struct rpt_hs_offer {
	bool server;
	const char *server_name;
	size_t server_name_len;
	const u16 *sigs;
	unsigned int n_sigs;
	const u16 *cert_sigs;
	unsigned int n_cert_sigs;
	struct rpt_blob authorities;
};

/**
 * struct rpt_hs_peer - the peer's certificates, to be judged
 * @server: the peer is the server
 * @chain: its certificates, leaf first, in place in the handshake's buffer
 * @server_name: client: the name asked for by SNI, or NULL
 */
struct rpt_hs_peer {
	bool server;
	const struct rpt_chain *chain;
	const char *server_name;
};

/**
 * struct rpt_hs_ops - decisions that the handshake asks its owner for
 *
 * All run inside rpt_hs_input() (or rpt_hs_start()), in its context, and must
 * not call back into the same handshake.
 */
struct rpt_hs_ops {
	/**
	 * @verify_peer: Judge the peer's chain.  Fill @leaf_key on success;
	 * on failure may choose @alert (preset to bad_certificate).
	 * Return: 0 or the errno that the handshake fails with.
	 */
	int (*verify_peer)(void *data, const struct rpt_hs_peer *peer,
			   struct rpt_pubkey *leaf_key, u8 *alert);
	/**
	 * @select_identity: Choose our chain (leaf first) and signature
	 * scheme.  @chain must live until the handshake is destroyed.
	 * Return: 0; -ENOKEY: we have none (a client then sends an empty
	 * Certificate, a server fails with handshake_failure, or with
	 * unrecognized_name for -ENOENT); other errno: internal_error.
	 * May be NULL: as if always -ENOKEY.
	 */
	int (*select_identity)(void *data, const struct rpt_hs_offer *offer,
			       const struct rpt_chain **chain, u16 *scheme);
	/**
	 * @sign: Sign @msg with the key of the identity last selected; @cap is
	 * at least RPT_SIG_MAX.
	 * Return: 0 and @siglen, or an errno.
	 */
	int (*sign)(void *data, u16 scheme, const u8 *msg, size_t len,
		    u8 *sig, size_t cap, size_t *siglen);
	/**
	 * @find_psk: Server: look up an identity that a client offers, fill
	 * hash, external, peer_cert and secret of @psk (the rest is preset
	 * from the offer: identity, identity_len, obfuscated_age).  Judge age and
	 * policy here.  May be NULL.
	 * Return: 0 found; -ENOENT unknown or refused, go on without it;
	 * other errno: fails the handshake with internal_error.
	 */
	int (*find_psk)(void *data, const struct rpt_hs_offer *offer,
			struct rpt_psk *psk);
	/**
	 * @psk_age: Client: obfuscated_age of @psk as it is now, for each
	 * ClientHello anew (RFC 8446 section 4.1.2).  Not of external ones.
	 * May be NULL: as @psk says.
	 * Return: it.
	 */
	u32 (*psk_age)(void *data, const struct rpt_psk *psk);
};

/**
 * struct rpt_hs_params - all that a handshake needs to know
 *
 * Everything pointed to must live until rpt_hs_destroy().  Zero means the
 * default wherever one is named.
 *
 * @server: our role
 * @request_client_cert: server: send CertificateRequest
 * @require_client_cert: server: refuse an empty client Certificate; implies
 *	@request_client_cert
 * @no_tickets: client: tell the server to send no ticket (RFC 8446 section 4.2.9),
 *	unless there are @psks
 * @ask_ticket: client: ask for one ticket, now and whenever it resumes (RFC 9149);
 *	together with @no_tickets, of servers that take that for an answer
 * @no_compat: client: no middlebox compatibility (RFC 8446 appendix D.4)
 * @send_cookie: server: HelloRetryRequest carries a cookie
 * @force_retry: server: always answer the first ClientHello by a retry, with a
 *	cookie where the client's key share would have done
 * @suites: our cipher suites, preferred first; NULL: all of rpt_suites[]
 * @n_suites: number of @suites
 * @groups: our key exchange groups, preferred first; NULL: X25519, secp256r1,
 *	secp384r1
 * @n_groups: number of @groups
 * @n_shares: client: shares sent for the first @n_shares groups; default 1;
 *	RPT_HS_NO_SHARES sends an empty list, which asks for a retry
 * @sigs: signature schemes accepted from the peer, preferred first; NULL:
 *	all that we can verify
 * @n_sigs: number of @sigs
 * @cert_sigs: schemes accepted in certificates, sent as
 *	signature_algorithms_cert; NULL: not sent, @sigs stands for both
 * @n_cert_sigs: number of @cert_sigs
 * @server_name: client: SNI to send, a DNS name, or NULL
 * @alpn: wire format ProtocolNameList without its outer length, or NULL;
 *	server: in order of preference
 * @alpn_len: length of @alpn
 * @authorities: certificate_authorities to send (DER names), or NULL
 * @n_authorities: number of @authorities
 * @psks: client: keys to offer, resumption first; needs psk_dhe_ke
 * @n_psks: number of @psks, at most RPT_PSK_MAX
 * @record_size_limit: longest inner plaintext that we accept (RFC 8449), 64 to
 *	16385; default: 16385, a client does not send it
 * @pad_to: pad encrypted handshake records to a multiple of this; default: no
 *	padding
 * @max_client_hello: longest ClientHello accepted; default RPT_CH_MAX
 * @max_cert_msg: longest Certificate accepted; default RPT_CERT_MSG_MAX
 * @max_own_chain: longest Certificate we send; default RPT_OWN_CERT_MSG_MAX
 * @max_early_skip: server: bytes of refused 0-RTT records that are skipped;
 *	default RPT_EARLY_DATA_SKIP_MAX
 * @ops: decisions
 * @ops_data: first argument of @ops
 */
struct rpt_hs_params {
	bool server;
	bool request_client_cert;
	bool require_client_cert;
	bool no_tickets;
	bool ask_ticket;
	bool no_compat;
	bool send_cookie;
	bool force_retry;
	const u16 *suites;
	const u16 *groups;
	const u16 *sigs;
	const u16 *cert_sigs;
	unsigned int n_suites;
	unsigned int n_groups;
	unsigned int n_shares;
	unsigned int n_sigs;
	unsigned int n_cert_sigs;
	const char *server_name;
	const u8 *alpn;
	size_t alpn_len;
	const struct rpt_blob *authorities;
	unsigned int n_authorities;
	const struct rpt_psk *psks;
	unsigned int n_psks;
	u16 record_size_limit;
	u16 pad_to;
	u32 max_client_hello;
	u32 max_cert_msg;
	u32 max_own_chain;
	u32 max_early_skip;
	const struct rpt_hs_ops *ops;
	void *ops_data;
};

#define RPT_HS_NO_SHARES	UINT_MAX

struct rpt_hs *rpt_hs_create(const struct rpt_hs_params *p, gfp_t gfp);
void rpt_hs_destroy(struct rpt_hs *hs);

int __must_check rpt_hs_start(struct rpt_hs *hs);
int __must_check rpt_hs_input(struct rpt_hs *hs, const u8 *data, size_t len,
			      size_t *consumed);
const u8 *rpt_hs_output(const struct rpt_hs *hs, size_t *len);
void rpt_hs_output_done(struct rpt_hs *hs, size_t n);
int rpt_hs_abort(struct rpt_hs *hs, u8 alert, int err);

enum rpt_hs_state rpt_hs_state(const struct rpt_hs *hs);
const char *rpt_hs_state_name(enum rpt_hs_state state);
bool rpt_hs_is_done(const struct rpt_hs *hs);
int rpt_hs_error(const struct rpt_hs *hs);
bool rpt_hs_alert_sent(const struct rpt_hs *hs, u8 *alert);
bool rpt_hs_alert_received(const struct rpt_hs *hs, u8 *alert);

int __must_check rpt_hs_finish(struct rpt_hs *hs, struct rpt_session *s);

bool rpt_hs_next_authority(struct rpt_blob *list, struct rpt_blob *name);

#endif /* _RPT_HS_H */
