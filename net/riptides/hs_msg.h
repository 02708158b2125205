/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The messages of TLS 1.3 (RFC 8446 sections 4.1 to 4.6): parsing and writing
 *
 * Parsers take the body of one whole message, without its header, and check
 * all of its syntax and which extensions it carries.  What they return are
 * views into the body.  What a value means in the light of the handshake is the
 * business of the state machines.
 *
 * Errors: -EPROTO and *alert set.
 */
#ifndef _RPT_HS_MSG_H
#define _RPT_HS_MSG_H

#include <linux/types.h>
#include "wire.h"
#include "proto.h"
#include "suite.h"
#include "keysched.h"
#include "chain.h"

/**
 * struct rpt_client_hello - ClientHello (RFC 8446 section 4.1.2)
 * @legacy_version: highest version of an old client
 * @random: 32 bytes
 * @session_id: legacy_session_id, up to 32 bytes
 * @suites: cipher_suites, two bytes each
 * @null_compression_only: legacy_compression_methods is exactly { 0 }
 * @extensions: there was a block of extensions
 * @seen: rpt_ext_bit() of the extensions present
 * @versions: supported_versions, two bytes each
 * @groups: supported_groups, two bytes each
 * @sigs: signature_algorithms, two bytes each
 * @cert_sigs: signature_algorithms_cert, two bytes each
 * @shares: key_share, a list of KeyShareEntry
 * @server_name: host name
 * @alpn: list of protocol names
 * @cookie: cookie
 * @authorities: certificate_authorities
 * @psk_modes: psk_key_exchange_modes
 * @psk_identities: list of PskIdentity
 * @psk_binders: list of PskBinderEntry
 * @binders_at: offset, from the body's start, of the binders with their length
 * @record_size_limit: 0 if absent
 * @new_tickets: ticket_request: for a new session; if it was @seen
 * @more_tickets: ticket_request: for a resumed one
 */
struct rpt_client_hello {
	u16 legacy_version;
	const u8 *random;
	struct rpt_blob session_id;
	struct rpt_blob suites;
	bool null_compression_only;
	bool extensions;
	u64 seen;
	struct rpt_blob versions;
	struct rpt_blob groups;
	struct rpt_blob sigs;
	struct rpt_blob cert_sigs;
	struct rpt_blob shares;
	struct rpt_blob server_name;
	struct rpt_blob alpn;
	struct rpt_blob cookie;
	struct rpt_blob authorities;
	struct rpt_blob psk_modes;
	struct rpt_blob psk_identities;
	struct rpt_blob psk_binders;
	size_t binders_at;
	u16 record_size_limit;
	u8 new_tickets;
	u8 more_tickets;
};

/**
 * struct rpt_server_hello - ServerHello or HelloRetryRequest
 * @legacy_version: 0x0303 in TLS 1.3
 * @random: 32 bytes
 * @retry: @random is that of a HelloRetryRequest (RFC 8446 section 4.1.3)
 * @session_id: legacy_session_id_echo
 * @suite: cipher_suite
 * @compression: legacy_compression_method
 * @seen: rpt_ext_bit() of the extensions present; 0: no supported_versions, so
 *	the server speaks TLS 1.2 or less, and no extension was looked at
 * @version: selected version
 * @group: group of key_share, 0 if absent
 * @share: the server's key_exchange, empty in a HelloRetryRequest
 * @cookie: HelloRetryRequest's cookie
 * @psk: selected_identity, -1 if absent
 */
struct rpt_server_hello {
	u16 legacy_version;
	const u8 *random;
	bool retry;
	struct rpt_blob session_id;
	u16 suite;
	u8 compression;
	u64 seen;
	u16 version;
	u16 group;
	struct rpt_blob share;
	struct rpt_blob cookie;
	int psk;
};

/**
 * struct rpt_encrypted_extensions - EncryptedExtensions (section 4.3.1)
 * @seen: rpt_ext_bit() of the extensions present
 * @alpn: the chosen protocol, empty if absent
 * @record_size_limit: 0 if absent
 */
struct rpt_encrypted_extensions {
	u64 seen;
	struct rpt_blob alpn;
	u16 record_size_limit;
};

/**
 * struct rpt_certificate_request - CertificateRequest (section 4.3.2)
 * @context: certificate_request_context
 * @seen: rpt_ext_bit() of the extensions present
 * @sigs: signature_algorithms, two bytes each
 * @cert_sigs: signature_algorithms_cert, two bytes each
 * @authorities: certificate_authorities
 */
struct rpt_certificate_request {
	struct rpt_blob context;
	u64 seen;
	struct rpt_blob sigs;
	struct rpt_blob cert_sigs;
	struct rpt_blob authorities;
};

/**
 * struct rpt_certificate_verify - CertificateVerify (section 4.4.3)
 * @scheme: signature scheme
 * @sig: the signature
 */
struct rpt_certificate_verify {
	u16 scheme;
	struct rpt_blob sig;
};

/**
 * struct rpt_new_session_ticket - NewSessionTicket (section 4.6.1)
 * @lifetime: ticket_lifetime in seconds
 * @age_add: ticket_age_add
 * @nonce: ticket_nonce
 * @ticket: the ticket
 * @max_early_data: 0 if absent
 */
struct rpt_new_session_ticket {
	u32 lifetime;
	u32 age_add;
	struct rpt_blob nonce;
	struct rpt_blob ticket;
	u32 max_early_data;
};

extern const u8 rpt_retry_random[RPT_RANDOM_LEN];

int __must_check rpt_parse_client_hello(const u8 *body, size_t len,
					struct rpt_client_hello *ch, u8 *alert);
int __must_check rpt_parse_server_hello(const u8 *body, size_t len, u64 asked,
					struct rpt_server_hello *sh, u8 *alert);
int __must_check
rpt_parse_encrypted_extensions(const u8 *body, size_t len, u64 asked,
			       struct rpt_encrypted_extensions *ee, u8 *alert);
int __must_check
rpt_parse_certificate_request(const u8 *body, size_t len,
			      struct rpt_certificate_request *cr, u8 *alert);
int __must_check rpt_parse_certificate(const u8 *body, size_t len, u64 asked,
				       struct rpt_blob *context,
				       struct rpt_chain *chain, u8 *alert);
int __must_check
rpt_parse_certificate_verify(const u8 *body, size_t len,
			     struct rpt_certificate_verify *cv, u8 *alert);
int __must_check
rpt_parse_new_session_ticket(const u8 *body, size_t len,
			     struct rpt_new_session_ticket *nst, u8 *alert);
int __must_check rpt_parse_key_update(const u8 *body, size_t len,
				      bool *requested, u8 *alert);

void rpt_client_hello_invariant(const u8 *body, size_t len,
				u8 out[RPT_HASH_MAX]);

/* hs_msg_write.c */
size_t rpt_msg_open(struct rpt_wr *w, u8 type);
void rpt_msg_close(struct rpt_wr *w, size_t mark);
void rpt_write_certificate(struct rpt_wr *w, const struct rpt_chain *chain);
void rpt_write_certificate_verify(struct rpt_wr *w, u16 scheme, const u8 *sig,
				  size_t len);
void rpt_write_new_session_ticket(struct rpt_wr *w,
				  const struct rpt_new_session_ticket *nst);
void rpt_write_key_update(struct rpt_wr *w, bool request);

#endif /* _RPT_HS_MSG_H */
