/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attestation: what the kernel itself knows of a task
 *
 * Nobody is asked: what is told of a task comes from its credentials, its
 * address space and its cgroup, at the moment of a system call. A snapshot
 * outlives the task, as that of listen() must.
 *
 * Each attribute is unknown, known to be absent, or known. An executable that
 * the initial mount namespace does not reach has no path, one without fs-verity
 * no digest: both are known to be absent, and match nothing. What is unknown,
 * since it was not asked for or as a socket does not hold it, might match
 * anything; see rpt_policy_match().
 */
#ifndef _RPT_ATTEST_H
#define _RPT_ATTEST_H

#include <linux/bits.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <uapi/linux/riptides_netlink.h>

#include "wire.h"

struct sock;
struct task_struct;

/* Attributes of tasks, as selectors name them */
enum rpt_attribute {
	RPT_ATTR_PATH = RIPTIDES_A_SELECTOR_PATH - 1,
	RPT_ATTR_VERITY = RIPTIDES_A_SELECTOR_VERITY - 1,
	RPT_ATTR_COMM = RIPTIDES_A_SELECTOR_COMM - 1,
	RPT_ATTR_CMDLINE = RIPTIDES_A_SELECTOR_CMDLINE - 1,
	RPT_ATTR_UID = RIPTIDES_A_SELECTOR_UID - 1,
	RPT_ATTR_GID = RIPTIDES_A_SELECTOR_GID - 1,
	RPT_ATTR_CGROUP = RIPTIDES_A_SELECTOR_CGROUP - 1,
	RPT_ATTR_N = RIPTIDES_A_SELECTOR_MAX,
};

/* Sets of them */
#define RPT_NEED_PATH		BIT(RPT_ATTR_PATH)
#define RPT_NEED_VERITY		BIT(RPT_ATTR_VERITY)
#define RPT_NEED_COMM		BIT(RPT_ATTR_COMM)
#define RPT_NEED_CMDLINE	BIT(RPT_ATTR_CMDLINE)
#define RPT_NEED_UID		BIT(RPT_ATTR_UID)
#define RPT_NEED_GID		BIT(RPT_ATTR_GID)
#define RPT_NEED_CGROUP		BIT(RPT_ATTR_CGROUP)
#define RPT_NEED_ALL		(BIT(RPT_ATTR_N) - 1)
/* What a socket holds of the task that made it */
#define RPT_NEED_SOCK		(RPT_NEED_UID | RPT_NEED_CGROUP)
/* What a task may say of itself as it likes */
#define RPT_NEED_WEAK		(RPT_NEED_COMM | RPT_NEED_CMDLINE)
/* Of a policy's needs: there are rules, whatever they ask for */
#define RPT_NEED_ANY		BIT(RPT_ATTR_N)
/* Of a policy's needs: some rules are about the task that accepts */
#define RPT_NEED_ACCEPT		BIT(RPT_ATTR_N + 1)

/* How much of a command line counts */
#define RPT_CMDLINE_MAX		255

/**
 * struct rpt_subject - a snapshot of a task
 * @ref: references
 * @known: RPT_NEED_*, what was found out
 * @value: by enum rpt_attribute; without data if absent or unknown. Numbers are
 *	a u32, strings are terminated behind their length
 * @data: what @value points into
 */
struct rpt_subject {
	refcount_t ref;
	unsigned int known;
	struct rpt_blob value[RPT_ATTR_N];
	u8 data[];
};

struct rpt_subject *rpt_attest_current(unsigned int needs);
struct rpt_subject *rpt_attest_task(struct task_struct *task, unsigned int needs);
struct rpt_subject *rpt_attest_sock(const struct sock *sk, gfp_t gfp);
struct rpt_subject *rpt_subject_get(struct rpt_subject *who);
void rpt_subject_put(struct rpt_subject *who);

#endif /* _RPT_ATTEST_H */
