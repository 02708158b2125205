// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of policy: random rules against a search by brute force, and what
 * a look-up costs
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/ipv6.h>

#include "net.h"
#include "policy.h"
#include "policy_priv.h"

#define RULES		60
#define POLICIES	60
#define LOOKS		300
#define LISTS_MAX	3
#define MANY		100000
#define BENCH_LOOKS	4096
#define BENCH_ROUNDS	15
#define SWAPS		300

static const char * const paths[] = { "/a", "/b", "/c" };
static const char * const comms[] = { "x", "y" };
static const char * const cmdlines[] = { "x", "x -a", "x -a -b", "y" };
static const char * const cgroups[] = { "/", "/s", "/s/t" };
static const u32 ids[] = { 0, 1, 1000 };
static const u16 port_pool[] = { 1, 22, 80, 81, 443, 1023, 1024, 8080, 32767, 65535 };

/* A random rule: all that its parameters point into */
struct draft {
	struct rpt_rule_params p;
	char name[16];
	struct rpt_value values[LISTS_MAX][2 * RPT_ATTR_N];
	struct rpt_selector selectors[LISTS_MAX];
	struct rpt_prefix prefixes[LISTS_MAX];
	struct rpt_ports ports[LISTS_MAX];
};

struct world {
	struct rpt_net net;
	struct rnd_state dice;
	struct rpt_rules rules;
	struct draft draft;
	struct rpt_subject who;
	struct rpt_flow flow;
	atomic_t looks;
	atomic_t faults;
};

static u32 roll(struct world *w, u32 n)
{
	return prandom_u32_state(&w->dice) % n;
}

static int world_init(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	int err;

	if (!w)
		return -ENOMEM;
	err = rpt_net_setup(&w->net);
	if (err)
		return err;
	prandom_seed_state(&w->dice, 4711);
	test->priv = w;
	return 0;
}

static void world_exit(struct kunit *test)
{
	struct world *w = test->priv;

	if (!w)
		return;
	rpt_rules_drop(&w->rules);
	rpt_net_cleanup(&w->net);
}

static struct rpt_blob text(const char *s)
{
	return (struct rpt_blob){ (const u8 *)s, strlen(s) };
}

static struct rpt_blob random_value(struct world *w, u8 a)
{
	switch (a) {
	case RPT_ATTR_PATH:
		return text(paths[roll(w, ARRAY_SIZE(paths))]);
	case RPT_ATTR_VERITY:
		return (struct rpt_blob){ (const u8 *)"0123456789abcdef0123456789abcdef", 32 };
	case RPT_ATTR_COMM:
		return text(comms[roll(w, ARRAY_SIZE(comms))]);
	case RPT_ATTR_CMDLINE:
		return text(cmdlines[roll(w, ARRAY_SIZE(cmdlines))]);
	case RPT_ATTR_CGROUP:
		return text(cgroups[roll(w, ARRAY_SIZE(cgroups))]);
	default:
		return (struct rpt_blob){ (const u8 *)&ids[roll(w, ARRAY_SIZE(ids))], 4 };
	}
}

/* Few different addresses, so that prefixes overlap */
static void random_addr(struct world *w, struct in6_addr *addr, bool v4)
{
	if (v4) {
		ipv6_addr_set_v4mapped(htonl(0x0a000000 | roll(w, 4) << 16 | roll(w, 4)),
				       addr);
		return;
	}
	memset(addr, 0, sizeof(*addr));
	addr->s6_addr[0] = 0x20;
	addr->s6_addr[7] = roll(w, 3);
	addr->s6_addr[15] = roll(w, 3);
}

static void random_prefix(struct world *w, struct rpt_prefix *x)
{
	static const u8 lens[] = { 0, 8, 14, 16, 30, 31, 32, 32 };
	struct in6_addr addr;
	unsigned int len;

	x->v4 = roll(w, 3);
	random_addr(w, &addr, x->v4);
	x->len = lens[roll(w, ARRAY_SIZE(lens))] * (x->v4 ? 1 : 4);
	len = x->v4 ? 96 + x->len : x->len;
	ipv6_addr_prefix(&x->addr, &addr, len);
}

static void random_ports(struct world *w, struct rpt_ports *x)
{
	u16 a = port_pool[roll(w, ARRAY_SIZE(port_pool))];
	u16 b = port_pool[roll(w, ARRAY_SIZE(port_pool))];

	x->first = min(a, b);
	x->last = roll(w, 2) ? x->first : max(a, b);
}

static void random_selector(struct world *w, struct rpt_selector *s, struct rpt_value *v)
{
	unsigned int a, i;

	s->values = v;
	do {
		s->n = 0;
		s->mask = 0;
		for (a = 0; a < RPT_ATTR_N; a++) {
			if (roll(w, 3))
				continue;
			for (i = 0; i <= roll(w, 2); i++) {
				v[s->n].attribute = a;
				v[s->n++].data = random_value(w, a);
			}
			s->mask |= BIT(a);
		}
	} while (!(s->mask & ~RPT_NEED_WEAK));
}

static void random_rule(struct world *w, unsigned int number)
{
	struct draft *d = &w->draft;
	unsigned int i;

	memset(d, 0, sizeof(*d));
	snprintf(d->name, sizeof(d->name), "r%u", number);
	d->p.name = d->name;
	d->p.mode = RIPTIDES_RULE_MODE_DENY;
	d->p.priority = roll(w, 3);
	d->p.direction = roll(w, 2);
	d->p.has_attest = d->p.direction == RIPTIDES_DIRECTION_INGRESS;
	d->p.attest = d->p.has_attest ? roll(w, 2) : 0;
	d->p.n_prefixes = roll(w, LISTS_MAX + 1);
	d->p.n_ports = roll(w, LISTS_MAX + 1);
	d->p.n_selectors = roll(w, LISTS_MAX + 1);
	d->p.prefixes = d->prefixes;
	d->p.ports = d->ports;
	d->p.selectors = d->selectors;
	for (i = 0; i < LISTS_MAX; i++) {
		random_prefix(w, &d->prefixes[i]);
		random_ports(w, &d->ports[i]);
		random_selector(w, &d->selectors[i], d->values[i]);
	}
}

static void random_policy(struct kunit *test)
{
	struct world *w = test->priv;
	struct rpt_rule *rule;
	unsigned int i;

	rpt_rules_drop(&w->rules);
	KUNIT_ASSERT_EQ(test, rpt_rules_init(&w->rules, 0), 0);
	for (i = 0; i < 1 + roll(w, RULES); i++) {
		random_rule(w, i);
		rule = rpt_rule_create(&w->draft.p, NULL);
		KUNIT_ASSERT_FALSE(test, IS_ERR(rule));
		KUNIT_ASSERT_EQ(test, rpt_rules_add(&w->rules, rule, NULL), 0);
	}
	KUNIT_ASSERT_EQ(test, rpt_policy_commit(&w->net, &w->rules, NULL), 0);
}

static void random_flow(struct world *w)
{
	static const unsigned int known[] = {
		RPT_NEED_ALL, RPT_NEED_ALL, RPT_NEED_SOCK, 0,
	};
	struct rpt_flow *f = &w->flow;
	unsigned int a;

	memset(f, 0, sizeof(*f));
	f->direction = roll(w, 2);
	random_addr(w, &f->addr, roll(w, 3));
	f->port = htons(port_pool[roll(w, ARRAY_SIZE(port_pool))] + roll(w, 2));
	if (!f->port)
		f->port = htons(7);
	w->who.known = known[roll(w, ARRAY_SIZE(known))];
	for (a = 0; a < RPT_ATTR_N; a++) {
		w->who.value[a] = (struct rpt_blob){};
		if ((w->who.known & BIT(a)) && roll(w, 6))
			w->who.value[a] = random_value(w, a);
	}
	f->who = w->who.known ? &w->who : NULL;
	f->acceptor = roll(w, 2) ? &w->who : NULL;
}

/* What brute force thinks best so far */
struct best {
	const struct rpt_rule *rule;
	u32 priority;
	int prefix;
	u32 width;
	unsigned int n;
	bool depends;
};

static int prefix_fits(const struct rpt_rule *r, const struct rpt_flow *f, unsigned int i)
{
	const struct rpt_prefix *x = &r->prefixes[i];

	if (!r->n_prefixes)
		return -1;
	if (x->v4 != ipv6_addr_v4mapped(&f->addr) ||
	    !ipv6_prefix_equal(&x->addr, &f->addr, x->v4 ? 96 + x->len : x->len))
		return -2;
	return x->len;
}

static u32 ports_fit(const struct rpt_rule *r, const struct rpt_flow *f, unsigned int i)
{
	u16 port = ntohs(f->port);

	if (!r->n_ports)
		return 65536;
	if (port < r->ports[i].first || port > r->ports[i].last)
		return 0;
	return r->ports[i].last - r->ports[i].first + 1;
}

static bool value_fits(const struct rpt_value *v, const struct rpt_blob *own)
{
	if (!own->data || own->len < v->data.len)
		return false;
	if (v->attribute != RPT_ATTR_CMDLINE && own->len != v->data.len)
		return false;
	return !memcmp(own->data, v->data.data, v->data.len);
}

/* Of the attributes that are known */
static bool selector_fits(const struct rpt_selector *s, const struct rpt_subject *who,
			  unsigned int known)
{
	unsigned int i, fits = 0;

	for (i = 0; i < s->n; i++) {
		if (!(known & BIT(s->values[i].attribute)) ||
		    value_fits(&s->values[i], &who->value[s->values[i].attribute]))
			fits |= BIT(s->values[i].attribute);
	}
	return fits == s->mask;
}

static bool better(const struct best *a, const struct best *b)
{
	if (!b->rule || a->priority != b->priority)
		return !b->rule || a->priority < b->priority;
	if (a->prefix != b->prefix)
		return a->prefix > b->prefix;
	if (a->width != b->width)
		return a->width < b->width;
	return a->n > b->n;
}

static void consider(struct best *best, const struct rpt_rule *r, const struct rpt_flow *f,
		     const struct rpt_subject *who, unsigned int known, bool tentative)
{
	unsigned int i, k, m;

	for (i = 0; i < max(r->n_prefixes, 1u); i++) {
		for (k = 0; k < max(r->n_ports, 1u); k++) {
			for (m = 0; m < max(r->n_selectors, 1u); m++) {
				struct best b = {
					.rule = r,
					.priority = r->priority,
					.prefix = prefix_fits(r, f, i),
					.width = ports_fit(r, f, k),
				};

				if (b.prefix < -1 || !b.width)
					continue;
				if (r->n_selectors) {
					if (!selector_fits(&r->selectors[m], who, known))
						continue;
					b.n = hweight8(r->selectors[m].mask);
					b.depends = !tentative &&
						    (r->selectors[m].mask & ~known);
				}
				if (better(&b, best))
					*best = b;
			}
		}
	}
}

/*
 * Knowledge comes in three degrees: all that the rules of that class ask for, what
 * a socket holds, nothing.
 */
static unsigned int effective(const struct world *w, enum rpt_class class,
			      const struct rpt_subject *who)
{
	unsigned int i, k, needs = 0, known = who ? who->known : 0;

	for (i = 0; i < w->rules.n; i++) {
		if (rpt_rule_class(w->rules.rule[i]) != class)
			continue;
		for (k = 0; k < w->rules.rule[i]->n_selectors; k++)
			needs |= w->rules.rule[i]->selectors[k].mask;
	}
	if (!(needs & ~known))
		return RPT_NEED_ALL;
	return needs & RPT_NEED_SOCK & ~known ? 0 : RPT_NEED_SOCK;
}

static void brute_force(const struct world *w, struct best *best)
{
	const struct rpt_flow *f = &w->flow;
	const struct rpt_subject *who;
	const struct rpt_rule *r;
	enum rpt_class class;
	unsigned int i;

	memset(best, 0, sizeof(*best));
	for (i = 0; i < w->rules.n; i++) {
		r = w->rules.rule[i];
		if (r->direction != f->direction)
			continue;
		class = rpt_rule_class(r);
		who = class == RPT_CLASS_ACCEPT ? f->acceptor : f->who;
		consider(best, r, f, who, effective(w, class, who),
			 class == RPT_CLASS_ACCEPT && !who);
	}
}

static void policy_oracle(struct kunit *test)
{
	unsigned int i, k, found = 0, none = 0, depends = 0;
	struct world *w = test->priv;
	struct rpt_rule *rule;
	struct best best;

	for (i = 0; i < POLICIES; i++) {
		random_policy(test);
		for (k = 0; k < LOOKS; k++) {
			random_flow(w);
			brute_force(w, &best);
			rule = rpt_policy_lookup(&w->net, &w->flow);
			if (best.depends) {
				KUNIT_ASSERT_EQ(test, PTR_ERR_OR_ZERO(rule), -EACCES);
				depends++;
				continue;
			}
			KUNIT_ASSERT_FALSE(test, IS_ERR(rule));
			KUNIT_ASSERT_STREQ_MSG(test, rule ? rule->name : "",
					       best.rule ? best.rule->name : "",
					       "policy %u, flow %u", i, k);
			if (rule)
				found++;
			else
				none++;
			rpt_rule_put(rule);
		}
		cond_resched();
	}
	kunit_info(test, "%u flows came under a rule, %u under none, %u depend",
		   found, none, depends);
	KUNIT_EXPECT_GT(test, min3(found, none, depends), LOOKS);
}

/* One rule for each address, all of one port and one user */
static void many_rules(struct kunit *test, u32 n)
{
	static const u32 user = 1000;
	struct rpt_value v = { RPT_ATTR_UID, { (const u8 *)&user, 4 } };
	struct rpt_selector s = { .values = &v, .n = 1 };
	struct rpt_prefix x = { .v4 = true, .len = 32 };
	struct rpt_ports port = { 443, 443 };
	struct world *w = test->priv;
	struct rpt_rule_params p = {
		.mode		= RIPTIDES_RULE_MODE_DENY,
		.selectors	= &s,
		.n_selectors	= 1,
		.prefixes	= &x,
		.n_prefixes	= 1,
		.ports		= &port,
		.n_ports	= 1,
	};
	struct rpt_rule *rule;
	char name[16];
	u32 i;

	rpt_rules_drop(&w->rules);
	KUNIT_ASSERT_EQ(test, rpt_rules_init(&w->rules, n), 0);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		p.name = name;
		ipv6_addr_set_v4mapped(htonl(0x0a000000 + i), &x.addr);
		rule = rpt_rule_create(&p, NULL);
		KUNIT_ASSERT_FALSE(test, IS_ERR(rule));
		KUNIT_ASSERT_EQ(test, rpt_rules_add(&w->rules, rule, NULL), 0);
		cond_resched();
	}
	KUNIT_ASSERT_EQ(test, rpt_policy_commit(&w->net, &w->rules, NULL), 0);
	rpt_rules_drop(&w->rules);
}

/* The best of some rounds: what disturbed the others is not the policy's */
static u64 time_looks(struct kunit *test, u32 n_addrs)
{
	struct world *w = test->priv;
	u64 best = U64_MAX, begin;
	struct rpt_rule *rule;
	u32 i, k, missed = 0;

	for (k = 0; k < BENCH_ROUNDS; k++) {
		begin = ktime_get_ns();
		for (i = 0; i < BENCH_LOOKS; i++) {
			w->flow.addr.s6_addr32[3] = htonl(0x0a000000 +
							  i * 7919 % n_addrs);
			rule = rpt_policy_lookup(&w->net, &w->flow);
			if (IS_ERR_OR_NULL(rule))
				missed++;
			else
				rpt_rule_put(rule);
		}
		best = min(best, ktime_get_ns() - begin);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, missed, 0);
	return best;
}

static u64 per_look(u64 ns)
{
	return div_u64(ns, BENCH_LOOKS);
}

/* Prints, and judges nothing: the machine may be busy */
static void policy_bench(struct kunit *test)
{
	static const u32 user = 1000;
	struct world *w = test->priv;
	u64 one, same, spread;

	w->who.known = RPT_NEED_UID;
	w->who.value[RPT_ATTR_UID] = (struct rpt_blob){ (const u8 *)&user, 4 };
	w->flow.who = &w->who;
	w->flow.port = htons(443);
	ipv6_addr_set_v4mapped(0, &w->flow.addr);
	many_rules(test, 1);
	one = time_looks(test, 1);
	many_rules(test, MANY);
	same = time_looks(test, 1);
	spread = time_looks(test, MANY);
	kunit_info(test, "ns for a look-up: %llu of 1 rule; of %u: %llu (%llu %%), each time another address: %llu (%llu %%)",
		   per_look(one), MANY, per_look(same), div64_u64(same * 100, max(one, 1ULL)),
		   per_look(spread), div64_u64(spread * 100, max(one, 1ULL)));
}

/* Each policy has one rule for any flow: there is never none, and never two */
static int looker(void *data)
{
	struct world *w = data;
	struct rpt_flow flow = {};
	struct rpt_rule *rule;

	while (!kthread_should_stop()) {
		flow.addr.s6_addr[0] = atomic_inc_return(&w->looks);
		rule = rpt_policy_lookup(&w->net, &flow);
		if (IS_ERR_OR_NULL(rule) || rule->name[0] != 'r') {
			atomic_inc(&w->faults);
			continue;
		}
		rpt_rule_put(rule);
		cond_resched();
	}
	return 0;
}

/* The same flows come under rule r0, r1... each time the only one */
static void commit_one(struct kunit *test, unsigned int i)
{
	struct world *w = test->priv;
	struct rpt_rule_params p = { .mode = RIPTIDES_RULE_MODE_DENY };
	struct rpt_rule *rule;
	char name[16];

	snprintf(name, sizeof(name), "r%u", i / 2);
	p.name = name;
	rule = rpt_rule_create(&p, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(rule));
	KUNIT_ASSERT_EQ(test, rpt_rules_init(&w->rules, 0), 0);
	KUNIT_EXPECT_EQ(test, rpt_rules_add(&w->rules, rule, NULL), 0);
	KUNIT_EXPECT_EQ(test, rpt_policy_commit(&w->net, &w->rules, NULL), 0);
	rpt_rules_drop(&w->rules);
}

static void policy_swap(struct kunit *test)
{
	struct world *w = test->priv;
	struct task_struct *reader[2];
	unsigned int i;

	commit_one(test, 0);
	for (i = 0; i < ARRAY_SIZE(reader); i++)
		reader[i] = kthread_run(looker, w, "looker%u", i);
	/* Until they have looked often enough, however slow they are */
	for (i = 1; i < SWAPS || (!IS_ERR(reader[0]) && atomic_read(&w->looks) < SWAPS); i++) {
		commit_one(test, i);
		cond_resched();
	}
	for (i = 0; i < ARRAY_SIZE(reader); i++) {
		KUNIT_EXPECT_FALSE(test, IS_ERR(reader[i]));
		if (!IS_ERR(reader[i]))
			kthread_stop(reader[i]);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&w->faults), 0);
}

static struct kunit_case oracle_cases[] = {
	KUNIT_CASE_SLOW(policy_oracle),
	KUNIT_CASE_SLOW(policy_swap),
	KUNIT_CASE_SLOW(policy_bench),
	{}
};

static struct kunit_suite oracle_suite = {
	.name = "riptides_policy_oracle",
	.init = world_init,
	.exit = world_exit,
	.test_cases = oracle_cases,
};

kunit_test_suite(oracle_suite);

MODULE_DESCRIPTION("KUnit tests of riptides' policy against brute force");
MODULE_LICENSE("GPL");
