// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections: which sockets of a network namespace are ours
 *
 * A tree by number, in which the newest is always the rightmost: a walk goes on
 * where it was, however many come and go meanwhile, and to add allocates
 * nothing, as children are cloned in softirq.
 */

#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "conn.h"
#include "sock.h"

/**
 * struct conn_net - connections of a network namespace
 * @lock: protects the rest
 * @tree: struct rpt_sock, by id; each keeps its socket's reference on itself
 * @id: that was given last
 */
struct conn_net {
	spinlock_t lock;	/* taken in softirq, too */
	struct rb_root tree;
	u64 id;
};

static unsigned int conn_net_id __ro_after_init;

static struct conn_net *conn_net(const struct net *net)
{
	return net_generic(net, conn_net_id);
}

/**
 * rpt_conn_add() - a socket becomes ours
 * @rs: its state
 *
 * Context: Any context but hard interrupts.
 */
void rpt_conn_add(struct rpt_sock *rs)
{
	struct conn_net *cn = conn_net(sock_net(rs->sk));
	struct rb_node **link = &cn->tree.rb_node, *parent = NULL;

	spin_lock_bh(&cn->lock);
	rs->id = ++cn->id;
	while (*link) {
		parent = *link;
		link = &parent->rb_right;
	}
	rb_link_node(&rs->node, parent, link);
	rb_insert_color(&rs->node, &cn->tree);
	spin_unlock_bh(&cn->lock);
}

/**
 * rpt_conn_del() - a socket is no longer ours
 * @rs: its state, on which the socket still holds its reference
 *
 * Context: Any context but hard interrupts.
 */
void rpt_conn_del(struct rpt_sock *rs)
{
	struct conn_net *cn = conn_net(sock_net(rs->sk));

	spin_lock_bh(&cn->lock);
	rb_erase(&rs->node, &cn->tree);
	spin_unlock_bh(&cn->lock);
}

/**
 * rpt_conn_next() - walk the connections
 * @net: network namespace
 * @id: lowest number wanted
 *
 * Context: Process context.
 * Return: the one with the lowest number not below @id, held as by
 * rpt_sock_hold(), or NULL.
 */
struct rpt_sock *rpt_conn_next(const struct net *net, u64 id)
{
	struct conn_net *cn = conn_net(net);
	struct rpt_sock *rs, *found = NULL;
	struct rb_node *node;

	spin_lock_bh(&cn->lock);
	node = cn->tree.rb_node;
	while (node) {
		rs = rb_entry(node, struct rpt_sock, node);
		if (rs->id >= id) {
			found = rs;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	/* neither is gone: both go behind rpt_conn_del() */
	if (found)
		rpt_sock_hold(found);
	spin_unlock_bh(&cn->lock);
	return found;
}

static int __net_init conn_net_init(struct net *net)
{
	struct conn_net *cn = conn_net(net);

	spin_lock_init(&cn->lock);
	cn->tree = RB_ROOT;
	return 0;
}

static struct pernet_operations conn_net_ops = {
	.init = conn_net_init,
	.id = &conn_net_id,
	.size = sizeof(struct conn_net),
};

/**
 * rpt_conn_init() - make the lists of connections
 *
 * Context: Initialisation.
 * Return: 0 or -ENOMEM.
 */
int __init rpt_conn_init(void)
{
	return register_pernet_subsys(&conn_net_ops);
}
