/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What riptides keeps for each network namespace
 *
 * Objects are published by RCU: who looks one up takes no lock and gets a
 * reference to a snapshot that never changes.  Whoever changes the
 * configuration holds rpt_net.lock, builds the new object first and swaps it
 * in.
 */
#ifndef _RPT_NET_H
#define _RPT_NET_H

#include <linux/atomic.h>
#include <linux/hrtimer_types.h>
#include <linux/mutex.h>
#include <linux/ratelimit_types.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>
#include <linux/workqueue_types.h>
#include <linux/xarray.h>

struct net;
struct rpt_chain_cache;
struct rpt_policy;
struct rpt_resume;

/* Defaults of a new network namespace */
#define RPT_DEADLINE_MS			10000
#define RPT_HANDSHAKES_MAX		4096
#define RPT_LISTENER_HANDSHAKES_MAX	1024
#define RPT_TICKET_LIFETIME		3600

#define RPT_DIRECTIONS			2	/* enum riptides_direction */

/**
 * struct rpt_table - objects of one kind
 * @by_name: by their key
 * @by_id: in the order in which they were added; an object keeps its place when
 *	its contents are replaced
 * @next_id: where the search for a free place in @by_id goes on
 * @n: how many there are
 * @generation: counts changes, from 1
 *
 * All of it is written under rpt_net.lock; @by_name and @by_id are read under
 * RCU.
 */
struct rpt_table {
	struct rhashtable by_name;
	struct xarray by_id;
	u32 next_id;
	unsigned int n;
	u64 generation;
};

/**
 * struct rpt_net - the configuration of a network namespace
 * @net: whose configuration it is; NULL in tests, where nobody is told anything
 * @lock: held by whoever changes the configuration or walks it; nests outside
 *	of the tables' own locks
 * @bundles: struct rpt_bundle, by trust domain
 * @identities: struct rpt_identity, by name
 * @renew_timer: fires when an identity is to be renewed
 * @renew_work: looks which
 * @renew_at: when the timer fires, at the latest; under @lock
 * @renew_stopped: it is not to be armed any more; under @lock
 * @incidents: how many events about connections are told
 * @deadline_ms: how long a handshake may take, unless its socket says
 * @max_handshakes: how many may run at once
 * @max_listener_handshakes: how many of those before accept(), on one listener
 * @resumption: enum riptides_resumption
 * @ticket_lifetime: seconds for which a ticket of ours is good
 * @resume: keys of our tickets, and tickets of servers
 * @chains: chains that were verified
 * @ignored: by enum riptides_direction: its rules do not count
 * @keyed: by enum riptides_direction: counted in the static key of that
 * @policy: the rules; NULL if there never were any. Published by RCU
 * @policy_generation: of @policy
 * @staged: how many rules are staged for a next policy, by whomever
 * @handshakes: how many do run; a matter of the socket layer
 *
 * The settings are read without a lock, by READ_ONCE().
 */
struct rpt_net {
	struct net *net;
	struct mutex lock;	/* for writers and whoever walks the tables */
	struct rpt_table bundles;
	struct rpt_table identities;
	struct hrtimer renew_timer;
	struct work_struct renew_work;
	time64_t renew_at;
	bool renew_stopped;
	struct ratelimit_state incidents;
	u32 deadline_ms;
	u32 max_handshakes;
	u32 max_listener_handshakes;
	u32 resumption;
	u32 ticket_lifetime;
	struct rpt_resume *resume;
	struct rpt_chain_cache *chains;
	bool ignored[RPT_DIRECTIONS];
	bool keyed[RPT_DIRECTIONS];
	struct rpt_policy __rcu *policy;
	u64 policy_generation;
	atomic_t staged;
	atomic_t handshakes;
};

struct rpt_net *rpt_net(const struct net *net);
bool rpt_name_valid(const char *name);
int rpt_net_setup(struct rpt_net *rn);
void rpt_net_cleanup(struct rpt_net *rn);
int rpt_table_init(struct rpt_table *t, const struct rhashtable_params *params);
void rpt_table_destroy(struct rpt_table *t);
int rpt_net_init(void);

#endif /* _RPT_NET_H */
