/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One end of a TLS connection: whom it is and whom it trusts. It makes the
 * decisions that the engine asks for. A test vehicle.
 */
#ifndef _RIPTIDES_ENGINE_PARTY_H
#define _RIPTIDES_ENGINE_PARTY_H

#include "shim.h"
#include "hs.h"
#include "session.h"

#define PARTY_ANCHORS_MAX	8
#define PARTY_TICKETS_MAX	16
#define PARTY_TICKET_LEN	16

/**
 * struct party_ticket - a ticket that we issued or were given
 * @id: its name on the wire
 * @id_len: length of @id, 0: free slot
 * @age_add: mask of its age
 * @lifetime: seconds
 * @issued: when, in nanoseconds
 * @hash: enum rpt_hash_id of its key
 * @psk_len: length of @psk
 * @psk: its key
 */
struct party_ticket {
	u8 id[RPT_TICKET_MAX];
	size_t id_len;
	u32 age_add;
	u32 lifetime;
	u64 issued;
	u8 hash;
	u8 psk_len;
	u8 psk[RPT_HASH_MAX];
};

/**
 * struct party - one end
 * @chain: our certificates; none: @chain.n is 0
 * @key: our private key
 * @anchors: whom we trust
 * @n_anchors: how many
 * @name: DNS name that a server's certificate must carry, or NULL
 * @trust_domain: SPIFFE trust domain that the peer must be in, or NULL
 * @blind: accept any chain of the peer that parses
 * @peer_id: SPIFFE ID of the peer last verified
 * @reason: why the last chain was refused, or NULL
 * @tickets: issued (server) or received (client)
 * @next_ticket: slot of the next ticket
 */
struct party {
	struct rpt_chain chain;
	struct rpt_privkey *key;
	struct rpt_anchor anchors[PARTY_ANCHORS_MAX];
	unsigned int n_anchors;
	const char *name;
	const char *trust_domain;
	bool blind;
	char peer_id[RPT_SPIFFE_MAX + 1];
	const char *reason;
	struct party_ticket tickets[PARTY_TICKETS_MAX];
	unsigned int next_ticket;
};

extern const struct rpt_hs_ops party_ops;

int party_set_key(struct party *p, const u8 *pkcs8, size_t len);
int party_add_cert(struct party *p, const u8 *der, size_t len);
int party_add_anchor(struct party *p, const u8 *der, size_t len);
void party_issue(struct party *p, struct rpt_ticket *t);
void party_keep(struct party *p, const struct rpt_ticket *t);
unsigned int party_psks(const struct party *p, struct rpt_psk *psks, unsigned int max);
void party_free(struct party *p);

#endif /* _RIPTIDES_ENGINE_PARTY_H */
