// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of policy
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/jhash.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <net/ipv6.h>

#include "net.h"
#include "policy.h"
#include "policy_priv.h"

/* What a test works with: a configuration, and a subject that it fills in */
struct world {
	struct rpt_net net;
	struct rpt_subject who;
	u32 uid;
	u32 gid;
};

static int world_init(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	int err;

	if (!w)
		return -ENOMEM;
	err = rpt_net_setup(&w->net);
	if (err)
		return err;
	test->priv = w;
	return 0;
}

static void world_exit(struct kunit *test)
{
	struct world *w = test->priv;

	if (w)
		rpt_net_cleanup(&w->net);
}

static struct rpt_blob text(const char *s)
{
	return (struct rpt_blob){ (const u8 *)s, strlen(s) };
}

static struct rpt_value value_of(enum rpt_attribute a, const char *s)
{
	return (struct rpt_value){ a, text(s) };
}

static struct rpt_value number_of(enum rpt_attribute a, const u32 *n)
{
	return (struct rpt_value){ a, { (const u8 *)n, sizeof(*n) } };
}

static void knows(struct world *w, enum rpt_attribute a, const char *s)
{
	w->who.known |= BIT(a);
	w->who.value[a] = s ? text(s) : (struct rpt_blob){};
}

static void knows_ids(struct world *w, u32 uid, u32 gid)
{
	w->uid = uid;
	w->gid = gid;
	w->who.known |= RPT_NEED_UID | RPT_NEED_GID;
	w->who.value[RPT_ATTR_UID] = (struct rpt_blob){ (u8 *)&w->uid, sizeof(w->uid) };
	w->who.value[RPT_ATTR_GID] = (struct rpt_blob){ (u8 *)&w->gid, sizeof(w->gid) };
}

static struct rpt_prefix prefix4(u32 addr, u8 len)
{
	struct rpt_prefix p = { .len = len, .v4 = true };

	ipv6_addr_set_v4mapped(htonl(addr), &p.addr);
	return p;
}

static struct rpt_rule_params deny(const char *name, u32 priority)
{
	return (struct rpt_rule_params){
		.name		= name,
		.priority	= priority,
		.mode		= RIPTIDES_RULE_MODE_DENY,
	};
}

static void add(struct kunit *test, const struct rpt_rule_params *p)
{
	struct netlink_ext_ack extack = {};
	struct world *w = test->priv;
	struct rpt_rule *rule;

	rule = rpt_rule_create(p, &extack);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(rule), "%s", extack._msg ?: "");
	KUNIT_ASSERT_EQ(test, rpt_policy_add(&w->net, rule, &extack), 0);
}

static struct rpt_flow flow4(struct world *w, u32 addr, u16 port)
{
	struct rpt_flow flow = { .port = htons(port), .who = &w->who };

	ipv6_addr_set_v4mapped(htonl(addr), &flow.addr);
	return flow;
}

/* Of the rule that a flow comes under; "" for none, "?" for it depends */
static void look(struct kunit *test, const struct rpt_flow *flow, char *name)
{
	struct world *w = test->priv;
	struct rpt_rule *rule;

	rule = rpt_policy_lookup(&w->net, flow);
	if (IS_ERR(rule))
		KUNIT_EXPECT_EQ(test, PTR_ERR(rule), (long)-EACCES);
	strscpy(name, IS_ERR(rule) ? "?" : rule ? rule->name : "", 64);
	if (!IS_ERR(rule))
		rpt_rule_put(rule);
}

static void expect_rule(struct kunit *test, const struct rpt_flow *flow,
			const char *expected)
{
	char name[64];

	look(test, flow, name);
	KUNIT_EXPECT_STREQ_MSG(test, name, expected, "port %u", ntohs(flow->port));
}

static void test_empty(struct kunit *test)
{
	struct world *w = test->priv;
	struct rpt_flow flow = flow4(w, 0x0a000001, 80);

	expect_rule(test, &flow, "");
	flow.direction = RIPTIDES_DIRECTION_INGRESS;
	expect_rule(test, &flow, "");
	KUNIT_EXPECT_FALSE(test, w->net.keyed[0] || w->net.keyed[1]);
}

static void test_priority(struct kunit *test)
{
	struct rpt_prefix exact = prefix4(0x0a000001, 32);
	struct rpt_rule_params p = deny("exact", 2);
	struct world *w = test->priv;
	struct rpt_flow flow = flow4(w, 0x0a000001, 80);

	p.prefixes = &exact;
	p.n_prefixes = 1;
	add(test, &p);
	expect_rule(test, &flow, "exact");
	p = deny("any", 1);
	add(test, &p);
	expect_rule(test, &flow, "any");
	p = deny("late", 1);
	add(test, &p);
	expect_rule(test, &flow, "any");
	p = deny("zero", 0);
	add(test, &p);
	expect_rule(test, &flow, "zero");
}

static void test_prefix(struct kunit *test)
{
	static const u8 lens[] = { 8, 32, 0, 24, 31, 16, 1 };
	static const char * const names[] = { "8", "32", "0", "24", "31", "16", "1" };
	struct rpt_rule_params p = deny("any", 0);
	struct world *w = test->priv;
	struct rpt_prefix x;
	struct rpt_flow flow;
	unsigned int i;

	add(test, &p);
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		x = prefix4(lens[i] ? 0x0a010203 & ~(u32)(BIT_ULL(32 - lens[i]) - 1) : 0,
			    lens[i]);
		p = deny(names[i], 0);
		p.prefixes = &x;
		p.n_prefixes = 1;
		add(test, &p);
	}
	flow = flow4(w, 0x0a010203, 1);
	expect_rule(test, &flow, "32");
	flow = flow4(w, 0x0a010202, 1);
	expect_rule(test, &flow, "31");
	flow = flow4(w, 0x0a0102ff, 1);
	expect_rule(test, &flow, "24");
	flow = flow4(w, 0x0a01ff03, 1);
	expect_rule(test, &flow, "16");
	flow = flow4(w, 0x0aff0203, 1);
	expect_rule(test, &flow, "8");
	flow = flow4(w, 0x7f000001, 1);
	expect_rule(test, &flow, "1");
	flow = flow4(w, 0xff000001, 1);
	expect_rule(test, &flow, "0");
	flow.addr = in6addr_loopback;
	expect_rule(test, &flow, "any");
}

/* ::/0 has no IPv4 address in it, and 0.0.0.0/0 no other */
static void test_families(struct kunit *test)
{
	struct rpt_rule_params p = deny("six", 0);
	struct rpt_prefix x = {};
	struct world *w = test->priv;
	struct rpt_flow flow = flow4(w, 0, 1);

	p.prefixes = &x;
	p.n_prefixes = 1;
	add(test, &p);
	expect_rule(test, &flow, "");
	flow.addr = in6addr_any;
	expect_rule(test, &flow, "six");
	x = prefix4(0, 0);
	p.name = "four";
	add(test, &p);
	expect_rule(test, &flow, "six");
	flow = flow4(w, 0xffffffff, 1);
	expect_rule(test, &flow, "four");
}

static void test_ports(struct kunit *test)
{
	static const struct rpt_ports ranges[] = {
		{ 1, 65535 }, { 1000, 1999 }, { 1500, 1500 }, { 1500, 1501 },
		{ 1024, 65535 }, { 1, 1023 },
	};
	static const char * const names[] = { "all", "1000", "one", "two", "high", "low" };
	struct world *w = test->priv;
	struct rpt_rule_params p = deny("any", 0);
	struct rpt_flow flow;
	unsigned int i;

	add(test, &p);
	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		p = deny(names[i], 0);
		p.ports = &ranges[i];
		p.n_ports = 1;
		add(test, &p);
	}
	for (i = 1; i <= U16_MAX; i++) {
		flow = flow4(w, 1, i);
		expect_rule(test, &flow, i == 1500 ? "one" : i == 1501 ? "two" :
			    i < 1000 ? "low" : i < 2000 ? "1000" : "high");
	}
}

/* More attributes win; of as many, what came first */
static void test_selectors(struct kunit *test)
{
	static const u32 root;
	struct rpt_value v[4] = {
		number_of(RPT_ATTR_UID, &root), number_of(RPT_ATTR_GID, &root),
		value_of(RPT_ATTR_CGROUP, "/a"),
	};
	struct rpt_selector s = { .values = v, .n = 1 };
	struct rpt_rule_params p = deny("any", 0);
	struct world *w = test->priv;
	struct rpt_flow flow = flow4(w, 1, 1);

	knows_ids(w, 0, 0);
	knows(w, RPT_ATTR_CGROUP, "/a");
	knows(w, RPT_ATTR_PATH, NULL);
	add(test, &p);
	expect_rule(test, &flow, "any");
	p.selectors = &s;
	p.n_selectors = 1;
	p.name = "uid";
	add(test, &p);
	expect_rule(test, &flow, "uid");
	s.n = 3;
	p.name = "three";
	add(test, &p);
	s.n = 2;
	p.name = "two";
	add(test, &p);
	expect_rule(test, &flow, "three");
	knows(w, RPT_ATTR_CGROUP, "/a/b");
	expect_rule(test, &flow, "two");
	knows_ids(w, 0, 1);
	expect_rule(test, &flow, "uid");
	knows_ids(w, 1, 1);
	expect_rule(test, &flow, "any");
	/* Absent matches nothing, though it is known */
	v[0] = value_of(RPT_ATTR_PATH, "/bin/x");
	s.n = 1;
	p.name = "path";
	add(test, &p);
	expect_rule(test, &flow, "any");
}

/* A list of values, and several selectors, are alternatives */
static void test_alternatives(struct kunit *test)
{
	static const u32 ids[] = { 5, 6, 7 };
	struct rpt_value a[] = {
		value_of(RPT_ATTR_PATH, "/a"), value_of(RPT_ATTR_PATH, "/b"),
		number_of(RPT_ATTR_UID, &ids[0]), number_of(RPT_ATTR_UID, &ids[1]),
	};
	struct rpt_value b[] = { number_of(RPT_ATTR_UID, &ids[2]) };
	struct rpt_selector s[] = { { .values = a, .n = 4 }, { .values = b, .n = 1 } };
	struct rpt_rule_params p = deny("rule", 0);
	struct world *w = test->priv;
	struct rpt_flow flow = flow4(w, 1, 1);
	u32 uid;

	p.selectors = s;
	p.n_selectors = 2;
	add(test, &p);
	for (uid = 4; uid < 9; uid++) {
		knows_ids(w, uid, 0);
		knows(w, RPT_ATTR_PATH, "/a");
		expect_rule(test, &flow, uid >= 5 && uid <= 7 ? "rule" : "");
		knows(w, RPT_ATTR_PATH, "/b");
		expect_rule(test, &flow, uid >= 5 && uid <= 7 ? "rule" : "");
		knows(w, RPT_ATTR_PATH, "/c");
		expect_rule(test, &flow, uid == 7 ? "rule" : "");
		knows(w, RPT_ATTR_PATH, NULL);
		expect_rule(test, &flow, uid == 7 ? "rule" : "");
	}
}

static void test_cmdline(struct kunit *test)
{
	static const char * const begins[] = { "java -jar b.jar", "java", "java -jar" };
	static const char * const names[] = { "b", "java", "jar" };
	static const u32 root;
	struct rpt_value v[2];
	struct rpt_selector s = { .values = v, .n = 2 };
	struct rpt_rule_params p;
	struct world *w = test->priv;
	struct rpt_flow flow = flow4(w, 1, 1);
	unsigned int i;

	knows_ids(w, 0, 0);
	for (i = 0; i < 3; i++) {
		v[0] = value_of(RPT_ATTR_CMDLINE, begins[i]);
		v[1] = number_of(RPT_ATTR_UID, &root);
		p = deny(names[i], 3 - i);
		p.selectors = &s;
		p.n_selectors = 1;
		add(test, &p);
	}
	knows(w, RPT_ATTR_CMDLINE, "java -jar b.jar --x");
	expect_rule(test, &flow, "jar");
	knows(w, RPT_ATTR_CMDLINE, "java -ja");
	expect_rule(test, &flow, "java");
	knows(w, RPT_ATTR_CMDLINE, "jav");
	expect_rule(test, &flow, "");
	knows(w, RPT_ATTR_CMDLINE, NULL);
	expect_rule(test, &flow, "");
}

/* The 65th rule that differs in the beginning of a command line only */
static void test_chain_limit(struct kunit *test)
{
	static const u32 root;
	struct netlink_ext_ack extack = {};
	struct rpt_value v[2];
	struct rpt_selector s = { .values = v, .n = 2 };
	struct rpt_rule_params p;
	struct world *w = test->priv;
	struct rpt_rule *rule;
	char name[16];
	int i, err;

	for (i = 0; i <= RPT_CMDLINES_MAX; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		v[0] = value_of(RPT_ATTR_CMDLINE, name);
		v[1] = number_of(RPT_ATTR_UID, &root);
		p = deny(name, 0);
		p.selectors = &s;
		p.n_selectors = 1;
		rule = rpt_rule_create(&p, &extack);
		KUNIT_ASSERT_FALSE(test, IS_ERR(rule));
		err = rpt_policy_add(&w->net, rule, &extack);
		KUNIT_EXPECT_EQ(test, err, i < RPT_CMDLINES_MAX ? 0 : -E2BIG);
		if (err)
			rpt_rule_put(rule);
	}
	KUNIT_EXPECT_STREQ(test, extack._msg,
			   "rules that differ in command lines only take at most 64 of those");
}

/* Many in one rule cost what many rules do */
static void test_cmdline_limit(struct kunit *test)
{
	struct netlink_ext_ack extack = {};
	struct rpt_selector s = { .n = RPT_CMDLINES_MAX + 1 };
	struct rpt_rule_params p = deny("all", 0);
	struct world *w = test->priv;
	struct rpt_value *values;
	struct rpt_rule *rule;
	unsigned int i;

	values = kunit_kcalloc(test, RPT_CMDLINES_MAX + 2, sizeof(*values), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, values);
	for (i = 0; i <= RPT_CMDLINES_MAX; i++)
		values[i] = value_of(RPT_ATTR_CMDLINE, "x");
	values[RPT_CMDLINES_MAX] = number_of(RPT_ATTR_UID, &w->uid);
	s.values = values;
	p.selectors = &s;
	p.n_selectors = 1;
	add(test, &p);
	/* one more command line for the same tasks */
	p.name = "one";
	s.values = &values[RPT_CMDLINES_MAX - 1];
	s.n = 2;
	rule = rpt_rule_create(&p, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(rule));
	KUNIT_EXPECT_EQ(test, rpt_policy_add(&w->net, rule, NULL), -E2BIG);
	rpt_rule_put(rule);
	/* and in the same rule */
	values[RPT_CMDLINES_MAX + 1] = values[RPT_CMDLINES_MAX];
	values[RPT_CMDLINES_MAX] = values[0];
	s.values = values;
	s.n = RPT_CMDLINES_MAX + 2;
	KUNIT_EXPECT_PTR_EQ(test, rpt_rule_create(&p, &extack), ERR_PTR(-EINVAL));
	KUNIT_EXPECT_STREQ(test, extack._msg, "a selector takes at most 64 command lines");
}

/* What is not known might match: a rule of lower precedence is no answer */
static void test_unknown(struct kunit *test)
{
	static const u32 user = 5;
	struct rpt_value v[] = {
		value_of(RPT_ATTR_PATH, "/bin/x"), number_of(RPT_ATTR_UID, &user),
	};
	struct rpt_selector s = { .values = v, .n = 2 };
	struct rpt_prefix net10 = prefix4(0x0a000000, 8);
	struct rpt_rule_params p = deny("path", 1);
	struct world *w = test->priv;
	struct rpt_flow flow = flow4(w, 0x0a000001, 1);
	struct rpt_flow other = flow4(w, 0x0b000001, 1);

	p.selectors = &s;
	p.n_selectors = 1;
	p.prefixes = &net10;
	p.n_prefixes = 1;
	add(test, &p);
	p = deny("rest", 2);
	add(test, &p);
	flow.who = NULL;
	expect_rule(test, &flow, "?");
	other.who = NULL;
	expect_rule(test, &other, "rest");
	/* As of a socket: the user is known, the path is not */
	flow.who = &w->who;
	w->who.known = RPT_NEED_SOCK;
	w->uid = 6;
	w->who.value[RPT_ATTR_UID] = v[1].data;
	expect_rule(test, &flow, "?");
	w->who.value[RPT_ATTR_UID] = (struct rpt_blob){ (u8 *)&w->uid, sizeof(w->uid) };
	expect_rule(test, &flow, "rest");
	/* And a better rule that needs no more than that decides */
	p = deny("first", 0);
	s.values = &v[1];
	s.n = 1;
	p.selectors = &s;
	p.n_selectors = 1;
	add(test, &p);
	w->uid = 5;
	expect_rule(test, &flow, "first");
	flow.who = NULL;
	expect_rule(test, &flow, "?");
}

/* Rules about who accepts are the answer until somebody does */
static void test_accept(struct kunit *test)
{
	static const u32 user = 5;
	struct rpt_value v[] = { number_of(RPT_ATTR_UID, &user) };
	struct rpt_selector s = { .values = v, .n = 1 };
	struct rpt_rule_params p = deny("accept", 1);
	struct world *w = test->priv;
	struct rpt_flow flow = flow4(w, 1, 1);

	flow.direction = RIPTIDES_DIRECTION_INGRESS;
	p.direction = RIPTIDES_DIRECTION_INGRESS;
	p.attest = RIPTIDES_ATTEST_ACCEPT;
	p.has_attest = true;
	p.selectors = &s;
	p.n_selectors = 1;
	add(test, &p);
	p = deny("listen", 2);
	p.direction = RIPTIDES_DIRECTION_INGRESS;
	add(test, &p);
	knows_ids(w, 0, 0);
	expect_rule(test, &flow, "accept");
	flow.acceptor = &w->who;
	expect_rule(test, &flow, "listen");
	knows_ids(w, 5, 0);
	expect_rule(test, &flow, "accept");
	flow.direction = RIPTIDES_DIRECTION_EGRESS;
	expect_rule(test, &flow, "");
}

static void test_switch(struct kunit *test)
{
	struct rpt_rule_params p = deny("rule", 0);
	struct world *w = test->priv;
	struct rpt_flow flow = flow4(w, 1, 1);

	add(test, &p);
	KUNIT_EXPECT_TRUE(test, w->net.keyed[RIPTIDES_DIRECTION_EGRESS]);
	KUNIT_EXPECT_FALSE(test, w->net.keyed[RIPTIDES_DIRECTION_INGRESS]);
	w->net.ignored[RIPTIDES_DIRECTION_EGRESS] = true;
	expect_rule(test, &flow, "");
	w->net.ignored[RIPTIDES_DIRECTION_EGRESS] = false;
	expect_rule(test, &flow, "rule");
	KUNIT_EXPECT_EQ(test, rpt_policy_del(&w->net, "rule", NULL), 0);
	KUNIT_EXPECT_EQ(test, rpt_policy_del(&w->net, "rule", NULL), -ENOENT);
	expect_rule(test, &flow, "");
	KUNIT_EXPECT_FALSE(test, w->net.keyed[RIPTIDES_DIRECTION_EGRESS]);
}

/* A rule that stays as it was is the same rule after a commit */
static void test_commit(struct kunit *test)
{
	struct rpt_rule_params p = deny("same", 0);
	struct rpt_rule *same, *other, *held;
	struct world *w = test->priv;
	struct rpt_rules staged;
	struct rpt_flow flow = flow4(w, 1, 1);
	u64 generation;

	add(test, &p);
	held = rpt_policy_lookup(&w->net, &flow);
	KUNIT_ASSERT_NOT_NULL(test, held);
	atomic64_inc(&held->handshakes);
	KUNIT_ASSERT_EQ(test, rpt_rules_init(&staged, 0), 0);
	same = rpt_rule_create(&p, NULL);
	p = deny("other", 1);
	other = rpt_rule_create(&p, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(same) || IS_ERR(other));
	KUNIT_EXPECT_EQ(test, rpt_rules_add(&staged, same, NULL), 0);
	KUNIT_EXPECT_EQ(test, rpt_rules_add(&staged, other, NULL), 0);
	KUNIT_EXPECT_EQ(test, rpt_rules_add(&staged, other, NULL), -EEXIST);
	generation = w->net.policy_generation;
	KUNIT_EXPECT_EQ(test, rpt_policy_commit(&w->net, &staged, NULL), 0);
	KUNIT_EXPECT_EQ(test, w->net.policy_generation, generation + 1);
	rpt_rules_drop(&staged);
	mutex_lock(&w->net.lock);
	KUNIT_EXPECT_PTR_EQ(test, rpt_rules_find(rpt_policy_rules(&w->net), "same"), held);
	KUNIT_EXPECT_EQ(test, rpt_policy_rules(&w->net)->n, 2);
	mutex_unlock(&w->net.lock);
	KUNIT_EXPECT_EQ(test, held->generation, generation);
	/* Nothing staged is an empty policy; whoever holds a rule goes on */
	KUNIT_EXPECT_EQ(test, rpt_policy_commit(&w->net, &staged, NULL), 0);
	expect_rule(test, &flow, "");
	KUNIT_EXPECT_EQ(test, atomic64_read(&held->handshakes), 1);
	rpt_rule_put(held);
}

/* Names that somebody has chosen to be all at the same place of a known hash */
static void test_names(struct kunit *test)
{
	unsigned int i, n, slots, here = 0;
	struct rpt_rules set;
	struct rpt_rule *rule;
	char name[16];

	KUNIT_ASSERT_EQ(test, rpt_rules_init(&set, 256), 0);
	slots = set.n_slots;
	for (i = 0, n = 0; n < 200; i++) {
		struct rpt_rule_params p = deny(name, 0);

		scnprintf(name, sizeof(name), "r%u", i);
		if (jhash(name, strlen(name), 0) & (slots - 1))
			continue;
		rule = rpt_rule_create(&p, NULL);
		KUNIT_ASSERT_FALSE(test, IS_ERR(rule));
		KUNIT_ASSERT_EQ(test, rpt_rules_add(&set, rule, NULL), 0);
		n++;
	}
	KUNIT_EXPECT_EQ(test, set.n_slots, slots);
	for (i = 0; i < n; i++)
		here += set.slots[i] ? 1 : 0;
	KUNIT_EXPECT_LT(test, here, n);
	rpt_rules_drop(&set);
}

/* 128 lengths of prefixes, 16 of blocks of ports, and kinds of tasks */
static void test_tries(struct kunit *test)
{
	static const struct in6_addr half = { { { 0x80 } } };
	struct rpt_rule_params p = deny("many", 0);
	struct rpt_value values[4];
	struct rpt_selector selectors[3] = {
		{ .values = values, .n = 1 },
		{ .values = values + 1, .n = 1 },
		{ .values = values + 2, .n = 2 },
	};
	struct netlink_ext_ack extack = {};
	struct world *w = test->priv;
	struct rpt_prefix *prefixes;
	struct rpt_ports ports[16];
	struct rpt_rule *rule;
	unsigned int i;

	prefixes = kunit_kcalloc(test, 128, sizeof(*prefixes), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, prefixes);
	for (i = 0; i < 128; i++)
		prefixes[i] = (struct rpt_prefix){ .addr = half, .len = i + 1 };
	for (i = 0; i < ARRAY_SIZE(ports); i++)
		ports[i] = (struct rpt_ports){ 1 << i, (2 << i) - 1 };
	values[0] = number_of(RPT_ATTR_UID, &w->uid);
	values[1] = number_of(RPT_ATTR_GID, &w->gid);
	values[2] = values[0];
	values[3] = values[1];
	p.prefixes = prefixes;
	p.n_prefixes = 128;
	p.ports = ports;
	p.n_ports = ARRAY_SIZE(ports);
	p.selectors = selectors;
	p.n_selectors = 2;
	add(test, &p);
	p.name = "more";
	p.n_selectors = 3;
	rule = rpt_rule_create(&p, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(rule));
	KUNIT_EXPECT_EQ(test, rpt_policy_add(&w->net, rule, &extack), -E2BIG);
	KUNIT_EXPECT_STREQ(test, extack._msg,
			   "a look-up takes at most 4096 kinds of prefix x ports x selector");
	rpt_rule_put(rule);
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE(test_empty),
	KUNIT_CASE(test_priority),
	KUNIT_CASE(test_prefix),
	KUNIT_CASE(test_families),
	KUNIT_CASE(test_ports),
	KUNIT_CASE(test_selectors),
	KUNIT_CASE(test_alternatives),
	KUNIT_CASE(test_cmdline),
	KUNIT_CASE(test_chain_limit),
	KUNIT_CASE(test_cmdline_limit),
	KUNIT_CASE(test_unknown),
	KUNIT_CASE(test_accept),
	KUNIT_CASE(test_switch),
	KUNIT_CASE(test_commit),
	KUNIT_CASE(test_names),
	KUNIT_CASE(test_tries),
	{}
};

static struct kunit_suite policy_suite = {
	.name = "riptides_policy",
	.init = world_init,
	.exit = world_exit,
	.test_cases = policy_cases,
};

kunit_test_suite(policy_suite);

MODULE_DESCRIPTION("KUnit tests of riptides' policy");
MODULE_LICENSE("GPL");
