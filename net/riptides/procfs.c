// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/riptides: what there is, as JSON
 *
 * Each network namespace has its own: /proc/riptides is a link to the files of
 * the reader's. All but health, which only counts, want CAP_NET_ADMIN in the
 * user namespace that owns the network namespace, of whoever opened the file.
 *
 * A list is walked by numbers of objects, so that it goes on where it was,
 * however many come and go between two reads, and nothing is locked for longer
 * than one object takes.
 */

#include <linux/capability.h>
#include <linux/err.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/timekeeping.h>
#include <net/net_namespace.h>

#include "identity.h"
#include "json.h"
#include "net.h"
#include "policy_priv.h"
#include "procfs.h"

#define WALK_END	(S64_MAX - 1)

/**
 * struct walk - a walk through a list
 * @p: the network namespace, for seq_file_net()
 * @id: number of the object at hand
 * @first: one more than that of the first that was written, or 0
 */
struct walk {
	struct seq_net_private p;
	u64 id;
	u64 first;
};

static const struct rpt_procfs_table *table_of(const struct seq_file *seq)
{
	return pde_data(file_inode(seq->file));
}

/* *pos is 0 for what stands before the list, and else one more than a number */
static void *walk_find(struct seq_file *seq, loff_t *pos)
{
	struct walk *w = seq->private;

	if (*pos < WALK_END) {
		w->id = *pos - 1;
		if (table_of(seq)->find(seq_file_net(seq), &w->id)) {
			*pos = w->id + 1;
			return &w->id;
		}
		*pos = WALK_END;
	}
	return *pos == WALK_END ? w : NULL;
}

static void *walk_start(struct seq_file *seq, loff_t *pos)
{
	struct walk *w = seq->private;

	if (!file_ns_capable(seq->file, seq_file_net(seq)->user_ns, CAP_NET_ADMIN))
		return ERR_PTR(-EPERM);
	if (*pos)
		return walk_find(seq, pos);
	w->first = 0;
	return SEQ_START_TOKEN;
}

static void *walk_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct walk *w = seq->private;

	cond_resched();
	if (v == w)
		*pos = S64_MAX;
	else
		*pos = v == SEQ_START_TOKEN ? 1 : w->id + 2;
	return walk_find(seq, pos);
}

static void walk_stop(struct seq_file *seq, void *v)
{
}

static int walk_show(struct seq_file *seq, void *v)
{
	struct rpt_json j = { .seq = seq };
	struct walk *w = seq->private;
	size_t had = seq->count;
	bool first;

	if (v == SEQ_START_TOKEN) {
		seq_printf(seq, "{\"%s\": [", table_of(seq)->name);
		return 0;
	}
	if (v == w) {
		seq_puts(seq, "\n]}\n");
		return 0;
	}
	/* it is shown again when the buffer was too small for it */
	first = !w->first || w->first == w->id + 1;
	seq_puts(seq, first ? "\n" : ",\n");
	rpt_json_begin(&j, NULL, '{');
	if (!table_of(seq)->put(seq_file_net(seq), w->id, &j)) {
		seq->count = had;
		if (first)
			w->first = 0;
		return 0;
	}
	rpt_json_end(&j, '}');
	if (first)
		w->first = w->id + 1;
	return 0;
}

static const struct seq_operations walk_ops = {
	.start	= walk_start,
	.next	= walk_next,
	.stop	= walk_stop,
	.show	= walk_show,
};

struct counts {
	u32 identities;
	u32 usable;
	u32 expired;
};

/* Without the lock, which everybody could hold otherwise */
static void count_identities(struct rpt_net *rn, struct counts *c)
{
	time64_t now = ktime_get_real_seconds();
	const struct rpt_identity *id;
	const struct rpt_svid *svid;
	unsigned long i = 0;

	for (;; i++) {
		rcu_read_lock();
		id = xa_find(&rn->identities.by_id, &i, U32_MAX, XA_PRESENT);
		svid = id ? rcu_dereference(id->svid) : NULL;
		c->identities += !!id;
		if (svid && rpt_svid_current(svid, now))
			c->usable++;
		else if (svid)
			c->expired++;
		rcu_read_unlock();
		if (!id)
			break;
		cond_resched();
	}
}

static void put_policy(struct rpt_json *j, const struct rpt_net *rn)
{
	const struct rpt_policy *p;
	u64 generation = 0;
	u32 rules = 0;

	rcu_read_lock();
	p = rcu_dereference(rn->policy);
	if (p) {
		generation = p->generation;
		rules = p->rules.n;
	}
	rcu_read_unlock();
	rpt_json_begin(j, "policy", '{');
	rpt_json_number(j, "generation", generation);
	rpt_json_number(j, "rules", rules);
	rpt_json_bool(j, "egress", !READ_ONCE(rn->ignored[RIPTIDES_DIRECTION_EGRESS]));
	rpt_json_bool(j, "ingress", !READ_ONCE(rn->ignored[RIPTIDES_DIRECTION_INGRESS]));
	rpt_json_end(j, '}');
}

static int health_show(struct seq_file *seq, void *v)
{
	struct rpt_net *rn = rpt_net(seq->private);
	struct rpt_json j = { .seq = seq };
	struct counts c = {};

	count_identities(rn, &c);
	rpt_json_begin(&j, NULL, '{');
	rpt_json_string(&j, "status", c.usable == c.identities ? "ok" : "degraded");
	put_policy(&j, rn);
	rpt_json_number(&j, "trust-domains", READ_ONCE(rn->bundles.n));
	rpt_json_begin(&j, "identities", '{');
	rpt_json_number(&j, "all", c.identities);
	rpt_json_number(&j, "usable", c.usable);
	rpt_json_number(&j, "expired", c.expired);
	rpt_json_end(&j, '}');
	rpt_json_begin(&j, "handshakes", '{');
	rpt_json_number(&j, "running", atomic_read(&rn->handshakes));
	rpt_json_number(&j, "limit", READ_ONCE(rn->max_handshakes));
	rpt_json_end(&j, '}');
	rpt_json_end(&j, '}');
	seq_putc(seq, '\n');
	return 0;
}

static bool make_table(struct net *net, struct proc_dir_entry *dir,
		       const struct rpt_procfs_table *table)
{
	return proc_create_net_data(table->name, 0444, dir, &walk_ops,
				    sizeof(struct walk), (void *)table);
}

static int __net_init procfs_net_init(struct net *net)
{
	struct proc_dir_entry *dir;

	dir = proc_net_mkdir(net, "riptides", net->proc_net);
	if (!dir)
		return -ENOMEM;
	if (proc_create_net_single("health", 0444, dir, health_show, NULL) &&
	    make_table(net, dir, &rpt_procfs_connections) &&
	    make_table(net, dir, &rpt_procfs_certificates) &&
	    make_table(net, dir, &rpt_procfs_anchors))
		return 0;
	remove_proc_subtree("riptides", net->proc_net);
	return -ENOMEM;
}

static void __net_exit procfs_net_exit(struct net *net)
{
	remove_proc_subtree("riptides", net->proc_net);
}

static struct pernet_operations procfs_net_ops = {
	.init = procfs_net_init,
	.exit = procfs_net_exit,
};

/* Behind what it tells about, which device_initcall() sets up */
static int __init procfs_init(void)
{
	int err = register_pernet_subsys(&procfs_net_ops);

	if (err)
		return err;
	proc_symlink("riptides", NULL, "thread-self/net/riptides");
	return 0;
}
late_initcall(procfs_init);
