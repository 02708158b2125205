// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resumption, per network namespace: keys of tickets, tickets of servers
 */
#include <linux/err.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/unaligned.h>
#include <uapi/linux/riptides_netlink.h>

#include "resume.h"

/* How long what has ended may stay in memory */
#define TICK	(60 * HZ)

static struct hlist_head *bucket_of(struct rpt_resume *r, const u8 *key)
{
	return &r->bucket[get_unaligned_be32(key) % RPT_RESUME_BUCKETS];
}

/**
 * rpt_resume_free() - wipe and free an entry
 * @entry: it, taken; or NULL
 *
 * Context: Any context.
 */
void rpt_resume_free(struct rpt_resume_entry *entry)
{
	kfree_sensitive(entry);
}

static void entry_unlink(struct rpt_resume *r, struct rpt_resume_entry *entry)
{
	lockdep_assert_held(&r->lock);
	hlist_del(&entry->node);
	list_del(&entry->lru);
	r->n--;
	r->bytes -= entry->size;
}

/* To be wiped and freed when the lock is not held, as that takes a while */
static void entry_drop(struct rpt_resume *r, struct rpt_resume_entry *entry,
		       struct list_head *gone)
{
	entry_unlink(r, entry);
	list_add(&entry->lru, gone);
}

static void free_all(struct list_head *gone)
{
	struct rpt_resume_entry *entry, *next;

	list_for_each_entry_safe(entry, next, gone, lru)
		rpt_resume_free(entry);
}

static void key_drop(struct rpt_resume *r, unsigned int i)
{
	memzero_explicit(&r->keys[i], sizeof(r->keys[i]));
	r->key_until_ms[i] = 0;
}

static void tick_arm(struct rpt_resume *r)
{
	lockdep_assert_held(&r->lock);
	if (!r->stopped)
		queue_delayed_work(system_dfl_wq, &r->tick,
				   round_jiffies_relative(TICK));
}

/**
 * rpt_resume_expire() - drop what has ended
 * @r: keys and tickets
 * @now_ms: now
 *
 * Context: Any context but hard interrupts.
 */
void rpt_resume_expire(struct rpt_resume *r, u64 now_ms)
{
	struct rpt_resume_entry *entry, *next;
	LIST_HEAD(gone);
	unsigned int i;

	spin_lock_bh(&r->lock);
	for (i = 0; i < ARRAY_SIZE(r->keys); i++)
		if (now_ms >= r->key_until_ms[i])
			key_drop(r, i);
	list_for_each_entry_safe(entry, next, &r->lru, lru)
		if (now_ms >= entry->expires_ms)
			entry_drop(r, entry, &gone);
	if (r->n || r->key_until_ms[0] || r->key_until_ms[1])
		tick_arm(r);
	spin_unlock_bh(&r->lock);
	free_all(&gone);
}

/**
 * rpt_resume_shorten() - the lifetime of tickets has changed
 * @rn: where
 * @now_ms: now
 *
 * No key lives longer than the tickets that it could be good for.
 *
 * Context: Any context but hard interrupts.
 */
void rpt_resume_shorten(struct rpt_net *rn, u64 now_ms)
{
	u64 most = now_ms + READ_ONCE(rn->ticket_lifetime) * 1000ULL;
	struct rpt_resume *r = rn->resume;
	unsigned int i;

	spin_lock_bh(&r->lock);
	for (i = 0; i < ARRAY_SIZE(r->keys); i++)
		r->key_until_ms[i] = min(r->key_until_ms[i], most);
	spin_unlock_bh(&r->lock);
}

static void resume_tick(struct work_struct *work)
{
	struct rpt_resume *r = container_of(to_delayed_work(work),
					    struct rpt_resume, tick);

	rpt_resume_expire(r, ktime_to_ms(ktime_get_boottime()));
}

static void resume_forget(struct rpt_resume *r)
{
	struct rpt_resume_entry *entry, *next;
	LIST_HEAD(gone);

	spin_lock_bh(&r->lock);
	key_drop(r, 0);
	key_drop(r, 1);
	list_for_each_entry_safe(entry, next, &r->lru, lru)
		entry_drop(r, entry, &gone);
	spin_unlock_bh(&r->lock);
	free_all(&gone);
}

/**
 * rpt_resume_forget() - forget all keys and all tickets
 * @rn: where
 *
 * No ticket that was ever given or taken can be used any more.
 *
 * Context: Process context.
 */
void rpt_resume_forget(struct rpt_net *rn)
{
	resume_forget(rn->resume);
}

/*
 * The key that tickets are sealed under now. One ticket lives no longer than
 * the key before it is accepted, which is as long again as it was in use.
 */
static void key_now(struct rpt_resume *r, u64 lifetime_ms, u64 now_ms,
		    struct rpt_ticket_key *key)
{
	spin_lock_bh(&r->lock);
	if (!r->key_until_ms[0] || now_ms >= r->key_since_ms + lifetime_ms) {
		r->keys[1] = r->keys[0];
		r->key_until_ms[1] = r->key_until_ms[0];
		get_random_bytes(&r->keys[0], sizeof(r->keys[0]));
		r->key_since_ms = now_ms;
		r->key_until_ms[0] = 0;
		tick_arm(r);
	}
	r->key_until_ms[0] = max(r->key_until_ms[0], now_ms + lifetime_ms);
	*key = r->keys[0];
	spin_unlock_bh(&r->lock);
}

/**
 * rpt_resume_seal() - make a ticket for a client
 * @rn: where
 * @state: what it says; it may live for the namespace's ticket lifetime
 * @now_ms: now
 * @out: where it goes
 * @cap: room there; RPT_TICKET_MAX is always enough
 * @len: out: its length
 *
 * Context: Any context but hard interrupts.
 * Return: as rpt_ticket_seal().
 */
int rpt_resume_seal(struct rpt_net *rn, const struct rpt_ticket_state *state,
		    u64 now_ms, u8 *out, size_t cap, size_t *len)
{
	u64 lifetime_ms = READ_ONCE(rn->ticket_lifetime) * 1000ULL;
	struct rpt_ticket_key key;
	int err;

	key_now(rn->resume, lifetime_ms, now_ms, &key);
	err = rpt_ticket_seal(&key, state, out, cap, len);
	memzero_explicit(&key, sizeof(key));
	return err;
}

static bool key_find(struct rpt_resume *r, const u8 *ticket, size_t len,
		     u64 now_ms, struct rpt_ticket_key *key)
{
	bool found = false;
	unsigned int i;

	spin_lock_bh(&r->lock);
	for (i = 0; i < ARRAY_SIZE(r->keys) && !found; i++) {
		found = now_ms < r->key_until_ms[i] &&
			rpt_ticket_is_under(&r->keys[i], ticket, len);
		if (found)
			*key = r->keys[i];
	}
	spin_unlock_bh(&r->lock);
	return found;
}

/**
 * rpt_resume_open() - read a ticket that a client offers
 * @rn: where
 * @ticket: the ticket
 * @len: its length
 * @now_ms: now
 * @buf: where it is opened, to be wiped by the caller
 * @cap: room there; RPT_TICKET_MAX is always enough
 * @state: out: what it says, to be wiped by the caller
 *
 * Context: Any context but hard interrupts.
 * Return: 0; -EBADMSG it is none of ours, or its key has ended; -EINVAL as
 * rpt_ticket_open().
 */
int rpt_resume_open(struct rpt_net *rn, const u8 *ticket, size_t len,
		    u64 now_ms, u8 *buf, size_t cap,
		    struct rpt_ticket_state *state)
{
	struct rpt_ticket_key key;
	int err;

	memset(state, 0, sizeof(*state));
	if (!key_find(rn->resume, ticket, len, now_ms, &key))
		return -EBADMSG;
	err = rpt_ticket_open(&key, ticket, len, buf, cap, state);
	memzero_explicit(&key, sizeof(key));
	return err;
}

static struct rpt_resume_entry *entry_create(const struct rpt_resume_params *p)
{
	const struct rpt_ticket *t = p->ticket;
	size_t len = t->ticket_len + p->peer_id_len + p->chain_len;
	struct rpt_resume_entry *entry;
	u8 *at;

	if (t->psk_len > sizeof(entry->psk.secret) || !t->ticket_len ||
	    t->ticket_len > RPT_TICKET_MAX)
		return NULL;
	entry = kzalloc_flex(*entry, data, len, GFP_KERNEL_ACCOUNT |
			     __GFP_NORETRY | __GFP_NOWARN);
	if (!entry)
		return NULL;
	memcpy(entry->key, p->key, sizeof(entry->key));
	entry->size = sizeof(*entry) + len;
	entry->received_ms = p->now_ms;
	entry->expires_ms = p->now_ms + 1000ULL *
			    min_t(u32, t->lifetime, RPT_TICKET_LIFETIME_MAX);
	entry->age_add = t->age_add;
	entry->since = p->since;
	entry->until = p->until;
	entry->generation = p->generation;
	entry->own_cert = p->own_cert;
	at = entry->data;
	entry->psk.identity = memcpy(at, t->ticket, t->ticket_len);
	entry->psk.identity_len = t->ticket_len;
	entry->psk.hash = t->hash;
	entry->psk.secret_len = t->psk_len;
	memcpy(entry->psk.secret, t->psk, t->psk_len);
	at += t->ticket_len;
	entry->peer_id = memcpy(at, p->peer_id, p->peer_id_len);
	entry->peer_id_len = p->peer_id_len;
	at += p->peer_id_len;
	entry->chain = memcpy(at, p->chain, p->chain_len);
	entry->chain_len = p->chain_len;
	return entry;
}

/* Room for one more, and no more than a few for the same use */
static void make_room(struct rpt_resume *r, const struct rpt_resume_entry *for_it,
		      struct list_head *gone)
{
	struct rpt_resume_entry *entry, *oldest = NULL;
	unsigned int alike = 0;

	hlist_for_each_entry(entry, bucket_of(r, for_it->key), node) {
		if (memcmp(entry->key, for_it->key, sizeof(entry->key)))
			continue;
		alike++;
		oldest = entry; /* the newest stands first */
	}
	if (alike >= RPT_RESUME_ALIKE_MAX)
		entry_drop(r, oldest, gone);
	while (r->n && (r->n >= RPT_RESUME_MAX ||
			r->bytes + for_it->size > RPT_RESUME_BYTES_MAX))
		entry_drop(r, list_first_entry(&r->lru, struct rpt_resume_entry,
					       lru), gone);
}

/**
 * rpt_resume_keep() - keep a ticket that a server has given us
 * @rn: where
 * @p: the ticket, and what is to be remembered with it
 *
 * It is lost if memory is short; nothing but a handshake's time hangs on it.
 *
 * Context: Process context.
 */
void rpt_resume_keep(struct rpt_net *rn, const struct rpt_resume_params *p)
{
	struct rpt_resume_entry *entry = entry_create(p);
	struct rpt_resume *r = rn->resume;
	LIST_HEAD(gone);

	if (!entry)
		return;
	spin_lock_bh(&r->lock);
	if (r->stopped || READ_ONCE(rn->resumption) == RIPTIDES_RESUMPTION_NONE) {
		spin_unlock_bh(&r->lock);
		rpt_resume_free(entry);
		return;
	}
	make_room(r, entry, &gone);
	hlist_add_head(&entry->node, bucket_of(r, entry->key));
	list_add_tail(&entry->lru, &r->lru);
	r->n++;
	r->bytes += entry->size;
	tick_arm(r);
	spin_unlock_bh(&r->lock);
	free_all(&gone);
}

/**
 * rpt_resume_take() - take a ticket out, to be used once
 * @rn: where
 * @key: digest of what it shall be for
 * @now_ms: now
 * @now: now, in seconds since 1970
 *
 * Those that have ended are dropped on the way.
 *
 * Context: Any context but hard interrupts.
 * Return: the newest one, to be freed by rpt_resume_free(), or NULL.
 */
struct rpt_resume_entry *rpt_resume_take(struct rpt_net *rn,
					 const u8 key[RPT_RESUME_KEY_LEN],
					 u64 now_ms, time64_t now)
{
	struct rpt_resume_entry *entry, *found = NULL;
	struct rpt_resume *r = rn->resume;
	struct hlist_node *next;
	LIST_HEAD(gone);

	spin_lock_bh(&r->lock);
	hlist_for_each_entry_safe(entry, next, bucket_of(r, key), node) {
		if (memcmp(entry->key, key, sizeof(entry->key)))
			continue;
		if (now_ms < entry->expires_ms && now >= entry->since &&
		    now <= entry->until) {
			entry_unlink(r, entry);
			found = entry;
			break;
		}
		entry_drop(r, entry, &gone);
	}
	spin_unlock_bh(&r->lock);
	free_all(&gone);
	return found;
}

/**
 * rpt_resume_init() - begin without keys and tickets
 * @rn: where
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int rpt_resume_init(struct rpt_net *rn)
{
	struct rpt_resume *r = kzalloc_obj(*r, GFP_KERNEL_ACCOUNT);

	if (!r)
		return -ENOMEM;
	spin_lock_init(&r->lock);
	INIT_LIST_HEAD(&r->lru);
	/* not a deferrable one: keys are to end on a system that is idle, too */
	INIT_DELAYED_WORK(&r->tick, resume_tick);
	rn->resume = r;
	return 0;
}

/**
 * rpt_resume_exit() - drop all of it
 * @rn: where; nobody resumes anything any more
 *
 * Context: Process context.
 */
void rpt_resume_exit(struct rpt_net *rn)
{
	struct rpt_resume *r = rn->resume;

	spin_lock_bh(&r->lock);
	r->stopped = true;
	spin_unlock_bh(&r->lock);
	cancel_delayed_work_sync(&r->tick);
	resume_forget(r);
	kfree_sensitive(r);
	rn->resume = NULL;
}
