/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Resumption, per network namespace: the keys of our tickets, and the tickets
 * that servers have given us
 *
 * Both are bounded, both end by themselves, and neither can be read by anybody.
 * Time is that since boot, including sleep, which nobody can set.
 */
#ifndef _RPT_RESUME_H
#define _RPT_RESUME_H

#include <linux/list.h>
#include <linux/spinlock_types.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "hs.h"
#include "net.h"
#include "session.h"
#include "ticket.h"

#define RPT_RESUME_KEY_LEN	SHA256_DIGEST_SIZE

#define RPT_RESUME_BUCKETS	128
/* Tickets that a namespace keeps, and how many of those for the same use */
#define RPT_RESUME_MAX		1024
#define RPT_RESUME_ALIKE_MAX	4
#define RPT_RESUME_BYTES_MAX	(4 << 20)

/**
 * struct rpt_resume_entry - a ticket that a server has given us
 * @node: in its bucket
 * @lru: oldest first
 * @key: digest of all that must be as it was: who we are, whom we connect to,
 *	and how
 * @size: of all of it
 * @received_ms: when it came
 * @expires_ms: when it ends
 * @age_add: the server's mask of its age
 * @since: seconds since 1970 when the server's certificates became valid
 * @until: and when the first of them ceases to be, or the proof is too old
 * @generation: of the bundle that the server was judged by
 * @own_cert: the server knows us by our certificate
 * @psk: what is offered, but for its age; its identity is in @data
 * @peer_id: SPIFFE ID of the server, in @data
 * @peer_id_len: its length
 * @chain: its certificates, as in struct rpt_peer, in @data
 * @chain_len: length of @chain
 * @data: what the pointers point to
 */
struct rpt_resume_entry {
	struct hlist_node node;
	struct list_head lru;
	u8 key[RPT_RESUME_KEY_LEN];
	size_t size;
	u64 received_ms;
	u64 expires_ms;
	u32 age_add;
	time64_t since;
	time64_t until;
	u64 generation;
	bool own_cert;
	struct rpt_psk psk;
	const char *peer_id;
	size_t peer_id_len;
	const u8 *chain;
	size_t chain_len;
	u8 data[];
};

/**
 * struct rpt_resume_params - what an entry is made of; all is copied
 * @key: as in the entry, and so are the others of the same names
 * @ticket: ticket, lifetime, mask and PSK
 * @now_ms: now
 * @since: as in the entry
 * @until: as in the entry
 * @generation: as in the entry
 * @own_cert: as in the entry
 * @peer_id: SPIFFE ID of the server
 * @peer_id_len: its length
 * @chain: its certificates
 * @chain_len: length of @chain
 */
struct rpt_resume_params {
	const u8 *key;
	const struct rpt_ticket *ticket;
	u64 now_ms;
	time64_t since;
	time64_t until;
	u64 generation;
	bool own_cert;
	const char *peer_id;
	size_t peer_id_len;
	const u8 *chain;
	size_t chain_len;
};

/**
 * struct rpt_resume - what a network namespace has of it
 * @lock: protects the rest
 * @keys: under which our tickets are sealed: the present one and that before
 * @key_until_ms: when a key ends, 0: there is none
 * @key_since_ms: since when the present one is in use
 * @bucket: tickets of servers, by key
 * @lru: all of them, oldest first
 * @n: how many
 * @bytes: how many bytes they have
 * @stopped: the namespace ends: nothing is kept any more
 * @tick: drops what has ended
 */
struct rpt_resume {
	spinlock_t lock;	/* nothing is allocated, wiped or freed under it */
	struct rpt_ticket_key keys[2];
	u64 key_until_ms[2];
	u64 key_since_ms;
	struct hlist_head bucket[RPT_RESUME_BUCKETS];
	struct list_head lru;
	unsigned int n;
	size_t bytes;
	bool stopped;
	struct delayed_work tick;
};

int rpt_resume_init(struct rpt_net *rn);
void rpt_resume_exit(struct rpt_net *rn);
void rpt_resume_forget(struct rpt_net *rn);
void rpt_resume_expire(struct rpt_resume *r, u64 now_ms);
void rpt_resume_shorten(struct rpt_net *rn, u64 now_ms);

int __must_check rpt_resume_seal(struct rpt_net *rn,
				 const struct rpt_ticket_state *state,
				 u64 now_ms, u8 *out, size_t cap, size_t *len);
int __must_check rpt_resume_open(struct rpt_net *rn, const u8 *ticket,
				 size_t len, u64 now_ms, u8 *buf, size_t cap,
				 struct rpt_ticket_state *state);

void rpt_resume_keep(struct rpt_net *rn, const struct rpt_resume_params *p);
struct rpt_resume_entry *rpt_resume_take(struct rpt_net *rn,
					 const u8 key[RPT_RESUME_KEY_LEN],
					 u64 now_ms, time64_t now);
void rpt_resume_free(struct rpt_resume_entry *entry);

#endif /* _RPT_RESUME_H */
