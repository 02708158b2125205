// SPDX-License-Identifier: GPL-2.0-only
/*
 * Identities: their renewal
 *
 * When two thirds of the validity of a chain have passed, a new key is made and
 * an event says that it wants certificates; the old ones stay in use. A second
 * event follows after nine tenths, when nothing came, and a third when it is too
 * late.
 *
 * One timer for each network namespace stands at the earliest of these moments.
 * It runs by the wall clock, as certificates do: when that is set, the timer
 * follows.
 */
#include <linux/hrtimer.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "identity.h"
#include "notify.h"

#define NEVER		S64_MAX
#define RETRY_SECONDS	10	/* without memory */

enum stage {
	STAGE_FRESH,
	STAGE_RENEWING,
	STAGE_EXPIRING,
	STAGE_EXPIRED,
};

/* When a stage ends */
static time64_t end_of(const struct rpt_svid *svid, u8 stage)
{
	u64 life = svid->not_after - svid->not_before;

	switch (stage) {
	case STAGE_FRESH:
		return svid->not_before + div_u64(life * 2, 3);
	case STAGE_RENEWING:
		return svid->not_before + div_u64(life * 9, 10);
	case STAGE_EXPIRING:
		return svid->not_after + 1;
	default:
		return NEVER;
	}
}

static void tell(struct rpt_net *rn, const struct rpt_identity *id, u8 event,
		 const struct rpt_svid *svid, time64_t now)
{
	struct rpt_notice n = {
		.event		= event,
		.name		= id->name,
		.spiffe_id	= id->spiffe_id,
		.state		= rpt_identity_state(rn, id, now),
		.not_after	= svid ? svid->not_after : 0,
	};

	rpt_notify_identity(rn->net, &n);
}

/* Within one scan nothing is told twice */
static time64_t advance(struct rpt_net *rn, struct rpt_identity *id, time64_t now)
{
	const struct rpt_svid *svid;
	u8 was = id->stage;

	svid = rcu_dereference_protected(id->svid, lockdep_is_held(&rn->lock));
	if (!svid)
		return NEVER;
	while (id->stage < STAGE_EXPIRED && end_of(svid, id->stage) <= now)
		id->stage++;
	if (was == STAGE_FRESH && id->stage > was) {
		if (rpt_identity_rekey(rn, id)) {
			id->stage = was;
			return now + RETRY_SECONDS;
		}
		tell(rn, id, RIPTIDES_CMD_CSR_NEEDED, svid, now);
	}
	if (id->stage > max_t(u8, was, STAGE_RENEWING))
		tell(rn, id, RIPTIDES_CMD_IDENTITY_EXPIRING, svid, now);
	return end_of(svid, id->stage);
}

/* The timer never stands later than it is told here */
static void arm(struct rpt_net *rn, time64_t at)
{
	lockdep_assert_held(&rn->lock);
	if (at >= rn->renew_at || rn->renew_stopped)
		return;
	rn->renew_at = at;
	hrtimer_start(&rn->renew_timer, ktime_set(max_t(time64_t, at, 0), 0),
		      HRTIMER_MODE_ABS);
}

/* The lock is let go between any two: each may have a key to make */
static void renew_work(struct work_struct *work)
{
	struct rpt_net *rn = container_of(work, struct rpt_net, renew_work);
	time64_t now = ktime_get_real_seconds(), next = NEVER;
	struct rpt_identity *id;
	unsigned long i;

	mutex_lock(&rn->lock);
	rn->renew_at = NEVER;
	for (i = 0;; i++) {
		id = xa_find(&rn->identities.by_id, &i, U32_MAX, RPT_IDENTITY_READY);
		if (!id)
			break;
		next = min(next, advance(rn, id, now));
		mutex_unlock(&rn->lock);
		cond_resched();
		mutex_lock(&rn->lock);
	}
	/* Not more often than once a second, however many there are */
	if (next != NEVER)
		arm(rn, max(next, now + 1));
	mutex_unlock(&rn->lock);
}

static enum hrtimer_restart timer_fires(struct hrtimer *timer)
{
	struct rpt_net *rn = container_of(timer, struct rpt_net, renew_timer);

	queue_work(system_dfl_wq, &rn->renew_work);
	return HRTIMER_NORESTART;
}

/**
 * rpt_renew_watch() - see to it that an identity is renewed
 * @rn: where
 * @id: identity that is new, or whose chain is
 *
 * Context: Process context, rpt_net.lock held.
 */
void rpt_renew_watch(struct rpt_net *rn, struct rpt_identity *id)
{
	const struct rpt_svid *svid;

	svid = rcu_dereference_protected(id->svid, lockdep_is_held(&rn->lock));
	id->stage = STAGE_FRESH;
	if (svid)
		arm(rn, end_of(svid, STAGE_FRESH));
	else
		tell(rn, id, RIPTIDES_CMD_CSR_NEEDED, NULL, 0);
}

/**
 * rpt_renew_init() - begin to watch over identities
 * @rn: where
 *
 * Context: Process context.
 */
void rpt_renew_init(struct rpt_net *rn)
{
	rn->renew_at = NEVER;
	INIT_WORK(&rn->renew_work, renew_work);
	hrtimer_setup(&rn->renew_timer, timer_fires, CLOCK_REALTIME, HRTIMER_MODE_ABS);
}

/**
 * rpt_renew_exit() - watch over identities no longer
 * @rn: where
 *
 * Context: Process context.
 */
void rpt_renew_exit(struct rpt_net *rn)
{
	mutex_lock(&rn->lock);
	rn->renew_stopped = true;
	mutex_unlock(&rn->lock);
	hrtimer_cancel(&rn->renew_timer);
	cancel_work_sync(&rn->renew_work);
}
