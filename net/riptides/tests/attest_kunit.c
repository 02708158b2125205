// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of rules and of attestation
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "attest.h"
#include "rule.h"

static struct rpt_blob text(const char *s)
{
	return (struct rpt_blob){ (const u8 *)s, strlen(s) };
}

static bool is_text(const struct rpt_subject *who, enum rpt_attribute a, const char *s)
{
	return who->value[a].len == strlen(s) && !strcmp((const char *)who->value[a].data, s);
}

static bool is_number(const struct rpt_subject *who, enum rpt_attribute a, u32 n)
{
	return who->value[a].len == sizeof(n) && !memcmp(who->value[a].data, &n, sizeof(n));
}

/* A look at the task of the test, a thread of the kernel, as if it were another */
static struct rpt_subject *attest_as(unsigned int flags, unsigned int needs)
{
	unsigned int own = current->flags & PF_KTHREAD;
	struct rpt_subject *who;

	current->flags = (current->flags & ~PF_KTHREAD) | flags;
	who = rpt_attest_current(needs);
	current->flags = (current->flags & ~flags) | own;
	return who;
}

/* It has no executable and no arguments */
static void attest_current(struct kunit *test)
{
	struct rpt_subject *who = attest_as(0, ~0u);
	unsigned int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(who));
	KUNIT_EXPECT_EQ(test, who->known, (unsigned int)RPT_NEED_ALL);
	KUNIT_EXPECT_TRUE(test, is_number(who, RPT_ATTR_UID, 0));
	KUNIT_EXPECT_TRUE(test, is_number(who, RPT_ATTR_GID, 0));
	KUNIT_EXPECT_TRUE(test, is_text(who, RPT_ATTR_COMM, current->comm));
	KUNIT_EXPECT_NULL(test, who->value[RPT_ATTR_PATH].data);
	KUNIT_EXPECT_NULL(test, who->value[RPT_ATTR_VERITY].data);
	KUNIT_EXPECT_NULL(test, who->value[RPT_ATTR_CMDLINE].data);
	if (IS_ENABLED(CONFIG_CGROUPS))
		KUNIT_EXPECT_EQ(test, *who->value[RPT_ATTR_CGROUP].data, '/');
	for (i = 0; i < RPT_ATTR_N; i++)
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)who->value[i].data, 4));
	KUNIT_EXPECT_PTR_EQ(test, rpt_subject_get(who), who);
	rpt_subject_put(who);
	rpt_subject_put(who);
}

/* What was not asked for is unknown, not absent */
static void attest_needs(struct kunit *test)
{
	unsigned int needs;

	for (needs = 0; needs <= RPT_NEED_ALL; needs++) {
		struct rpt_subject *who = attest_as(0, needs);
		unsigned int i;

		KUNIT_ASSERT_FALSE(test, IS_ERR(who));
		KUNIT_EXPECT_EQ(test, who->known,
				(unsigned int)(needs | RPT_NEED_UID | RPT_NEED_GID));
		for (i = 0; i < RPT_ATTR_N; i++)
			KUNIT_EXPECT_TRUE(test, !who->value[i].data ||
					  (who->known & BIT(i)));
		rpt_subject_put(who);
	}
	rpt_subject_put(NULL);
	rpt_subject_put(ERR_PTR(-ENOMEM));
}

/* Who works for another is not taken for him, nor for himself */
static void attest_worker(struct kunit *test)
{
	struct rpt_subject *who = attest_as(PF_IO_WORKER, ~0u);

	KUNIT_ASSERT_FALSE(test, IS_ERR(who));
	KUNIT_EXPECT_EQ(test, who->known, (unsigned int)(RPT_NEED_ALL & ~RPT_NEED_COMM));
	KUNIT_EXPECT_NULL(test, who->value[RPT_ATTR_COMM].data);
	KUNIT_EXPECT_TRUE(test, is_number(who, RPT_ATTR_UID, 0));
	rpt_subject_put(who);
	who = attest_as(PF_USER_WORKER, RPT_NEED_COMM);
	KUNIT_ASSERT_FALSE(test, IS_ERR(who));
	KUNIT_EXPECT_EQ(test, who->known, (unsigned int)(RPT_NEED_UID | RPT_NEED_GID));
	rpt_subject_put(who);
	who = attest_as(PF_KTHREAD, ~0u);
	KUNIT_ASSERT_FALSE(test, IS_ERR(who));
	KUNIT_EXPECT_EQ(test, who->known, 0U);
	rpt_subject_put(who);
}

static void attest_sock(struct kunit *test)
{
	struct rpt_subject *who;
	struct socket *sock;

	KUNIT_ASSERT_EQ(test, sock_create_kern(&init_net, AF_INET, SOCK_STREAM,
					       IPPROTO_TCP, &sock), 0);
	who = rpt_attest_sock(sock->sk, GFP_ATOMIC);
	sock_release(sock);
	KUNIT_ASSERT_FALSE(test, IS_ERR(who));
	KUNIT_EXPECT_EQ(test, who->known, (unsigned int)RPT_NEED_SOCK);
	KUNIT_EXPECT_TRUE(test, is_number(who, RPT_ATTR_UID, 0));
	KUNIT_EXPECT_NULL(test, who->value[RPT_ATTR_GID].data);
	if (IS_ENABLED(CONFIG_SOCK_CGROUP_DATA))
		KUNIT_EXPECT_TRUE(test, is_text(who, RPT_ATTR_CGROUP, "/"));
	rpt_subject_put(who);
}

static struct rpt_rule *rule_with(struct kunit *test, const struct rpt_blob *peers,
				  unsigned int n)
{
	struct rpt_rule_params p = {
		.name		= "r",
		.identity	= "web",
		.peers		= peers,
		.n_peers	= n,
	};
	struct rpt_rule *rule = rpt_rule_create(&p, NULL);

	KUNIT_ASSERT_FALSE(test, IS_ERR(rule));
	return rule;
}

static bool allows(const struct rpt_rule *rule, const char *id)
{
	return rpt_rule_allows(rule, id, strlen(id));
}

static void rule_allows(struct kunit *test)
{
	struct rpt_blob peers[] = {
		text("spiffe://a.test/db"), text("spiffe://a.test/api/"),
		text("spiffe://b.test"),
	};
	struct rpt_rule *rule = rule_with(test, peers, 3);

	KUNIT_EXPECT_TRUE(test, allows(rule, "spiffe://a.test/db"));
	KUNIT_EXPECT_TRUE(test, allows(rule, "spiffe://a.test/api/x"));
	KUNIT_EXPECT_TRUE(test, allows(rule, "spiffe://b.test/any/thing"));
	KUNIT_EXPECT_FALSE(test, allows(rule, "spiffe://a.test/db/x"));
	KUNIT_EXPECT_FALSE(test, allows(rule, "spiffe://a.test/dbx"));
	KUNIT_EXPECT_FALSE(test, allows(rule, "spiffe://a.test/api"));
	KUNIT_EXPECT_FALSE(test, allows(rule, "spiffe://b.test.evil/x"));
	KUNIT_EXPECT_FALSE(test, allows(rule, "spiffe://c.test/db"));
	KUNIT_EXPECT_FALSE(test, allows(rule, "db"));
	rpt_rule_put(rule);
	/* Without a list, whoever has an ID */
	rule = rule_with(test, NULL, 0);
	KUNIT_EXPECT_TRUE(test, allows(rule, "spiffe://c.test/db"));
	KUNIT_EXPECT_FALSE(test, allows(rule, ""));
	rpt_rule_put(rule);
}

static struct rpt_rule *full_rule(struct kunit *test, unsigned int changed)
{
	static const u32 ids[] = { 1, 2 };
	struct rpt_value v[] = { {
		RPT_ATTR_PATH, text(changed == 1 ? "/b" : "/a")
	}, {
		RPT_ATTR_UID, { (const u8 *)&ids[changed == 2], 4 }
	} };
	struct rpt_selector s = { .values = v, .n = changed == 3 ? 1 : 2 };
	struct rpt_prefix x = { .len = changed == 4 ? 9 : 8 };
	struct rpt_ports port = { 80, changed == 5 ? 81 : 80 };
	struct rpt_blob peer = text(changed == 6 ? "spiffe://b.test" : "spiffe://a.test");
	struct rpt_blob alpn = text(changed == 7 ? "h3" : "h2");
	struct rpt_rule_params p = {
		.name		= changed == 8 ? "s" : "r",
		.priority	= changed == 9,
		.mode		= changed == 10 ? RIPTIDES_RULE_MODE_SIMPLE :
						  RIPTIDES_RULE_MODE_MUTUAL,
		.identity	= changed == 11 ? "db" : "web",
		.server_name	= changed == 12 ? NULL : "a.test",
		.confirm	= changed == 13,
		.allow_truncation = changed == 14,
		.selectors	= &s,
		.n_selectors	= changed == 15 ? 0 : 1,
		.prefixes	= &x,
		.n_prefixes	= changed == 16 ? 0 : 1,
		.ports		= &port,
		.n_ports	= changed == 17 ? 0 : 1,
		.peers		= &peer,
		.n_peers	= changed == 18 ? 0 : 1,
		.alpn		= &alpn,
		.n_alpn		= changed == 19 ? 0 : 1,
	};
	struct rpt_rule *rule;

	x.addr.s6_addr[0] = 0x20;
	rule = rpt_rule_create(&p, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(rule));
	return rule;
}

/* Any difference counts: or a commit would keep the old rule */
static void rule_same(struct kunit *test)
{
	struct rpt_rule *a = full_rule(test, 0), *b;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		b = full_rule(test, i);
		KUNIT_EXPECT_EQ_MSG(test, rpt_rule_same(a, b), !i, "change %u", i);
		rpt_rule_put(b);
	}
	rpt_rule_put(a);
}

static struct kunit_case attest_cases[] = {
	KUNIT_CASE(attest_current),
	KUNIT_CASE(attest_needs),
	KUNIT_CASE(attest_worker),
	KUNIT_CASE(attest_sock),
	KUNIT_CASE(rule_allows),
	KUNIT_CASE(rule_same),
	{}
};

static struct kunit_suite attest_suite = {
	.name = "riptides_attest",
	.test_cases = attest_cases,
};

kunit_test_suite(attest_suite);

MODULE_DESCRIPTION("KUnit tests of riptides' rules and attestation");
MODULE_LICENSE("GPL");
