// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family riptides: policy
 */
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "attest.h"
#include "netlink.h"
#include "policy.h"
#include "policy_priv.h"

#define REASON_SIZE	2048

/**
 * struct rpt_nl_sock - what a socket of the family has staged
 * @lock: protects the rest: tasks that share a socket have their commands run at
 *	the same time. Nests outside of rpt_net.lock
 * @rn: where; NULL as long as there is nothing
 * @staged: the rules
 *
 * A socket ends after the last command that came by it.
 */
struct rpt_nl_sock {
	struct mutex lock;	/* of what is staged */
	struct rpt_net *rn;
	struct rpt_rules staged;
};

static struct rpt_nl_sock *sock_of(const struct sk_buff *skb)
{
	return genl_sk_priv_get(&riptides_nl_family, NETLINK_CB(skb).sk);
}

static void discard(struct rpt_nl_sock *own)
{
	if (!own->rn)
		return;
	atomic_sub(own->staged.n, &own->rn->staged);
	rpt_rules_drop(&own->staged);
	own->rn = NULL;
}

static void sock_init(void *priv)
{
	struct rpt_nl_sock *own = priv;

	mutex_init(&own->lock);
}

static void sock_end(void *priv)
{
	struct rpt_nl_sock *own = priv;

	discard(own);
	mutex_destroy(&own->lock);
}

/**
 * rpt_nl_stage_setup() - let sockets of a family stage rules
 * @family: the family, not registered yet
 *
 * Context: Process context, at boot.
 */
void __init rpt_nl_stage_setup(struct genl_family *family)
{
	family->sock_priv_size = sizeof(struct rpt_nl_sock);
	family->sock_priv_init = sock_init;
	family->sock_priv_destroy = sock_end;
}

static int stage(struct rpt_nl_sock *own, struct rpt_net *rn, struct rpt_rule *rule,
		 struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&own->lock);
	if (!own->rn) {
		err = rpt_rules_init(&own->staged, 0);
		if (err)
			return err;
		own->rn = rn;
	}
	return rpt_rules_add(&own->staged, rule, extack);
}

/**
 * rpt_nl_stage() - stage a rule
 * @skb: request
 * @info: request
 * @rule: the rule; on success the caller's reference is taken over
 *
 * Context: Process context.
 * Return: 0, or as rpt_rules_add(); -ENOSPC, too, if the network namespace has
 * too many rules staged.
 */
int rpt_nl_stage(struct sk_buff *skb, struct genl_info *info, struct rpt_rule *rule)
{
	struct rpt_net *rn = rpt_net(genl_info_net(info));
	struct rpt_nl_sock *own = sock_of(skb);
	int err = 0;

	if (IS_ERR(own))
		return PTR_ERR(own);
	if (atomic_inc_return(&rn->staged) > RPT_STAGED_MAX) {
		GENL_SET_ERR_MSG(info, "a network namespace takes at most 262144 staged rules");
		err = -ENOSPC;
	}
	if (!err) {
		mutex_lock(&own->lock);
		err = stage(own, rn, rule, info->extack);
		mutex_unlock(&own->lock);
	}
	if (err)
		atomic_dec(&rn->staged);
	return err;
}

static int reply_policy(struct genl_info *info, struct rpt_nl_sock *own)
{
	struct rpt_net *rn = rpt_net(genl_info_net(info));
	struct sk_buff *msg;
	u64 generation;
	u32 n, staged;
	void *hdr;

	msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	mutex_lock(&own->lock);
	staged = own->staged.n;
	mutex_unlock(&own->lock);
	mutex_lock(&rn->lock);
	generation = rn->policy_generation;
	n = rpt_policy_rules(rn)->n;
	mutex_unlock(&rn->lock);
	hdr = __genlmsg_iput(msg, info, 0);
	if (!hdr ||
	    nla_put_uint(msg, RIPTIDES_A_POLICY_GENERATION, generation) ||
	    nla_put_u32(msg, RIPTIDES_A_POLICY_RULES, n) ||
	    nla_put_u32(msg, RIPTIDES_A_POLICY_STAGED, staged)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	return rpt_nl_reply(msg, hdr, info);
}

/**
 * riptides_nl_policy_get_doit() - tell about the policy
 * @skb: request
 * @info: request
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int riptides_nl_policy_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct rpt_nl_sock *own = sock_of(skb);

	return IS_ERR(own) ? PTR_ERR(own) : reply_policy(info, own);
}

/**
 * riptides_nl_policy_commit_doit() - make what is staged the policy
 * @skb: request
 * @info: request
 *
 * Context: Process context.
 * Return: 0 or a negative errno; then what is staged stays.
 */
int riptides_nl_policy_commit_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct rpt_nl_sock *own = sock_of(skb);
	int err;

	if (IS_ERR(own))
		return PTR_ERR(own);
	mutex_lock(&own->lock);
	err = rpt_policy_commit(rpt_net(genl_info_net(info)), &own->staged, info->extack);
	if (!err)
		discard(own);
	mutex_unlock(&own->lock);
	return err ?: reply_policy(info, own);
}

/**
 * riptides_nl_policy_discard_doit() - forget what is staged
 * @skb: request
 * @info: request
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int riptides_nl_policy_discard_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct rpt_nl_sock *own = sock_of(skb);

	if (IS_ERR(own))
		return PTR_ERR(own);
	mutex_lock(&own->lock);
	discard(own);
	mutex_unlock(&own->lock);
	return reply_policy(info, own);
}

static int flow_from(struct genl_info *info, struct rpt_flow *flow)
{
	const struct nlattr *direction, *addr, *port;

	direction = rpt_nl_need(info, RIPTIDES_A_QUESTION_DIRECTION, "direction");
	addr = direction ? rpt_nl_need(info, RIPTIDES_A_QUESTION_ADDRESS, "address") : NULL;
	port = addr ? rpt_nl_need(info, RIPTIDES_A_QUESTION_PORT, "port") : NULL;
	if (!port)
		return -EINVAL;
	if (nla_len(addr) == sizeof(struct in_addr)) {
		ipv6_addr_set_v4mapped(nla_get_in_addr(addr), &flow->addr);
	} else if (nla_len(addr) == sizeof(struct in6_addr)) {
		flow->addr = nla_get_in6_addr(addr);
	} else {
		GENL_SET_ERR_MSG(info, "an address has 4 or 16 octets");
		return -EINVAL;
	}
	flow->direction = nla_get_u32(direction);
	flow->port = cpu_to_be16(nla_get_u16(port));
	return 0;
}

/*
 * Whoever may not look into a task learns nothing of it by asking about rules. That
 * is asked again afterwards, when the task may have become somebody else's.
 */
static struct rpt_subject *subject_from(struct genl_info *info)
{
	const struct nlattr *pid = info->attrs[RIPTIDES_A_QUESTION_PID];
	struct rpt_subject *who = ERR_PTR(-EPERM);
	struct task_struct *task;

	if (!pid)
		return rpt_attest_task(current, RPT_NEED_ALL);
	task = find_get_task_by_vpid(nla_get_u32(pid));
	if (!task) {
		GENL_SET_ERR_MSG(info, "there is no such task");
		return ERR_PTR(-ESRCH);
	}
	if (ptrace_may_access(task, PTRACE_MODE_READ_REALCREDS))
		who = rpt_attest_task(task, RPT_NEED_ALL);
	if (!IS_ERR(who) && !ptrace_may_access(task, PTRACE_MODE_READ_REALCREDS)) {
		rpt_subject_put(who);
		who = ERR_PTR(-EPERM);
	}
	if (who == ERR_PTR(-EPERM))
		GENL_SET_ERR_MSG(info, "only who may trace a task may ask about it");
	put_task_struct(task);
	return who;
}

static int put_answer(struct sk_buff *msg, struct genl_info *info,
		      const struct rpt_rule *rule, const char *reason)
{
	void *hdr = __genlmsg_iput(msg, info, 0);

	if (!hdr ||
	    (rule && nla_put_string(msg, RIPTIDES_A_QUESTION_RULE, rule->name)) ||
	    (rule && nla_put_u32(msg, RIPTIDES_A_QUESTION_MODE, rule->mode)) ||
	    nla_put_string(msg, RIPTIDES_A_QUESTION_REASON, reason)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	return rpt_nl_reply(msg, hdr, info);
}

/**
 * riptides_nl_explain_doit() - tell which rule a connection would come under
 * @skb: request
 * @info: request
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int riptides_nl_explain_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct rpt_net *rn = rpt_net(genl_info_net(info));
	struct rpt_flow flow = {};
	struct rpt_subject *who;
	struct rpt_rule *rule;
	struct sk_buff *msg;
	char *reason;
	int err;

	err = flow_from(info, &flow);
	if (err)
		return err;
	who = subject_from(info);
	if (IS_ERR(who))
		return PTR_ERR(who);
	flow.who = who;
	flow.acceptor = who;
	err = -ENOMEM;
	reason = kmalloc(REASON_SIZE, GFP_KERNEL);
	msg = genlmsg_new(REASON_SIZE + 512, GFP_KERNEL);
	if (!reason || !msg) {
		nlmsg_free(msg);
		goto out;
	}
	rule = rpt_policy_explain(rn, &flow, reason, REASON_SIZE);
	err = put_answer(msg, info, rule, reason);
	rpt_rule_put(rule);
out:
	kfree(reason);
	rpt_subject_put(who);
	return err;
}
