// SPDX-License-Identifier: GPL-2.0-only
/*
 * What riptides keeps for each network namespace
 */
#include <linux/init.h>
#include <linux/ratelimit.h>
#include <linux/rhashtable.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <uapi/linux/riptides_netlink.h>

#include "bundle.h"
#include "chain_cache.h"
#include "identity.h"
#include "net.h"
#include "policy.h"
#include "resume.h"

#define INCIDENTS_A_SECOND	100

static unsigned int rpt_net_id __ro_after_init;

/**
 * rpt_net() - the configuration of a network namespace
 * @net: network namespace, alive
 *
 * Context: Any context.
 * Return: it, which lives as long as @net.
 */
struct rpt_net *rpt_net(const struct net *net)
{
	return net_generic(net, rpt_net_id);
}

/**
 * rpt_name_valid() - may an object be called that?
 * @name: name, terminated
 *
 * Context: Any context.
 * Return: true for 1 to RIPTIDES_NAME_MAX printable ASCII characters without a
 * space.
 */
bool rpt_name_valid(const char *name)
{
	size_t i, len = strlen(name);

	if (!len || len > RIPTIDES_NAME_MAX)
		return false;
	for (i = 0; i < len; i++) {
		if (name[i] <= ' ' || name[i] > '~')
			return false;
	}
	return true;
}

/**
 * rpt_table_init() - make an empty table
 * @t: the table, all zeroes
 * @params: how objects are found by name
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int rpt_table_init(struct rpt_table *t, const struct rhashtable_params *params)
{
	xa_init_flags(&t->by_id, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	t->generation = 1;
	return rhashtable_init(&t->by_name, params);
}

/**
 * rpt_table_destroy() - free a table, but not the objects in it
 * @t: the table, which nobody uses any more
 *
 * Context: Process context.
 */
void rpt_table_destroy(struct rpt_table *t)
{
	xa_destroy(&t->by_id);
	rhashtable_destroy(&t->by_name);
}

/**
 * rpt_net_setup() - make an empty configuration
 * @rn: the configuration, all zeroes
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int rpt_net_setup(struct rpt_net *rn)
{
	int err;

	mutex_init(&rn->lock);
	atomic_set(&rn->handshakes, 0);
	atomic_set(&rn->staged, 0);
	rn->policy_generation = 1;
	ratelimit_state_init(&rn->incidents, HZ, INCIDENTS_A_SECOND);
	ratelimit_set_flags(&rn->incidents, RATELIMIT_MSG_ON_RELEASE);
	rn->deadline_ms = RPT_DEADLINE_MS;
	rn->max_handshakes = RPT_HANDSHAKES_MAX;
	rn->max_listener_handshakes = RPT_LISTENER_HANDSHAKES_MAX;
	rn->resumption = RIPTIDES_RESUMPTION_DEFERRED;
	rn->ticket_lifetime = RPT_TICKET_LIFETIME;

	err = rpt_resume_init(rn);
	if (err)
		return err;
	err = rpt_chain_cache_init(rn);
	if (err)
		goto err_resume;
	err = rpt_bundles_init(rn);
	if (err)
		goto err_chains;
	err = rpt_identities_init(rn);
	if (err)
		goto err_bundles;
	return 0;

err_bundles:
	rpt_bundles_exit(rn);
err_chains:
	rpt_chain_cache_exit(rn);
err_resume:
	rpt_resume_exit(rn);
	return err;
}

/**
 * rpt_net_cleanup() - drop a configuration
 * @rn: the configuration, which nobody can look at any more
 *
 * Snapshots that somebody still holds live on.
 *
 * Context: Process context.
 */
void rpt_net_cleanup(struct rpt_net *rn)
{
	rpt_policy_exit(rn);
	rpt_identities_exit(rn);
	rpt_bundles_exit(rn);
	rpt_chain_cache_exit(rn);
	rpt_resume_exit(rn);
	mutex_destroy(&rn->lock);
}

static int __net_init net_init(struct net *net)
{
	struct rpt_net *rn = rpt_net(net);

	rn->net = net;
	return rpt_net_setup(rn);
}

/* The last socket of the namespace is gone: there are no readers */
static void __net_exit net_exit(struct net *net)
{
	rpt_net_cleanup(rpt_net(net));
}

static struct pernet_operations rpt_net_ops = {
	.init	= net_init,
	.exit	= net_exit,
	.id	= &rpt_net_id,
	.size	= sizeof(struct rpt_net),
};

/**
 * rpt_net_init() - begin to keep a configuration for each network namespace
 *
 * Context: Process context, at boot.
 * Return: 0 or a negative errno.
 */
int __init rpt_net_init(void)
{
	return register_pernet_subsys(&rpt_net_ops);
}
