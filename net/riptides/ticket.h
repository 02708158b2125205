/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stateless session tickets (RFC 8446 section 4.6.1): what a server wants to
 * remember of a session, sealed under a key that only it has
 */
#ifndef _RPT_TICKET_H
#define _RPT_TICKET_H

#include <linux/types.h>
#include "hash.h"
#include "proto.h"
#include "wire.h"

#define RPT_TICKET_NAME_LEN	16
#define RPT_TICKET_SALT_LEN	16
#define RPT_TICKET_SECRET_LEN	32
#define RPT_TICKET_BINDING_LEN	SHA256_DIGEST_SIZE

/* What sealing adds */
#define RPT_TICKET_OVERHEAD	(RPT_TICKET_NAME_LEN + RPT_TICKET_SALT_LEN + \
				 RPT_TAG_LEN)
/* How far a client's clock may be ahead of ours, in milliseconds */
#define RPT_TICKET_SKEW_MS	10000

/**
 * struct rpt_ticket_key - a key that tickets are sealed under
 * @name: random, stands in each ticket
 * @secret: each ticket's own key is derived from it
 */
struct rpt_ticket_key {
	u8 name[RPT_TICKET_NAME_LEN];
	u8 secret[RPT_TICKET_SECRET_LEN];
};

/**
 * struct rpt_ticket_state - what a ticket says to the server that made it
 * @hash: enum rpt_hash_id that the PSK is bound to
 * @psk_len: length of @psk
 * @psk: the resumption PSK
 * @age_add: mask of the age that the client tells
 * @issued_ms: when it was made, by a clock that nobody sets
 * @expires_ms: when it ends, by the same clock
 * @since: seconds since 1970 when the peer's certificates became valid
 * @until: and when the first of them ceases to be, or the proof is too old
 * @generation: of the bundle that the peer was judged by
 * @binding: digest of all else that must be today what it was then
 * @peer_cert: the peer proved possession of a certificate's key
 * @peer_id: its SPIFFE ID; empty without a certificate
 */
struct rpt_ticket_state {
	u8 hash;
	u8 psk_len;
	u8 psk[RPT_HASH_MAX];
	u32 age_add;
	u64 issued_ms;
	u64 expires_ms;
	s64 since;
	s64 until;
	u64 generation;
	u8 binding[RPT_TICKET_BINDING_LEN];
	bool peer_cert;
	struct rpt_blob peer_id;
};

int __must_check rpt_ticket_seal(const struct rpt_ticket_key *key,
				 const struct rpt_ticket_state *state,
				 u8 *out, size_t cap, size_t *len);
bool rpt_ticket_is_under(const struct rpt_ticket_key *key, const u8 *ticket,
			 size_t len);
int __must_check rpt_ticket_open(const struct rpt_ticket_key *key,
				 const u8 *ticket, size_t len, u8 *buf,
				 size_t cap, struct rpt_ticket_state *state);
bool __must_check rpt_ticket_age_ok(const struct rpt_ticket_state *state,
				    u32 obfuscated_age, u64 lifetime_ms,
				    u64 now_ms);
u32 rpt_ticket_age(u64 received_ms, u64 now_ms, u32 age_add);

#endif /* _RPT_TICKET_H */
