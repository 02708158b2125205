/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is counted for an identity or a bundle, whatever replaces it
 */
#ifndef _RPT_TALLY_H
#define _RPT_TALLY_H

#include <linux/atomic.h>
#include <linux/refcount.h>
#include <linux/slab.h>

/**
 * struct rpt_tally - what is counted
 * @ref: references: an object's, and of all that it is known by
 * @handshakes: that ended well
 * @failures: that did not
 * @tx_bytes: of connections that are over: sent and acknowledged, on the wire
 * @rx_bytes: the same, received
 */
struct rpt_tally {
	refcount_t ref;
	atomic64_t handshakes;
	atomic64_t failures;
	atomic64_t tx_bytes;
	atomic64_t rx_bytes;
};

static inline struct rpt_tally *rpt_tally_create(void)
{
	struct rpt_tally *t = kzalloc_obj(*t, GFP_KERNEL_ACCOUNT);

	if (t)
		refcount_set(&t->ref, 1);
	return t;
}

static inline struct rpt_tally *rpt_tally_get(struct rpt_tally *t)
{
	if (t)
		refcount_inc(&t->ref);
	return t;
}

static inline void rpt_tally_put(struct rpt_tally *t)
{
	if (t && refcount_dec_and_test(&t->ref))
		kfree(t);
}

static inline void rpt_tally_handshake(struct rpt_tally *t, bool done)
{
	if (t)
		atomic64_inc(done ? &t->handshakes : &t->failures);
}

static inline void rpt_tally_bytes(struct rpt_tally *t, u64 tx, u64 rx)
{
	if (t) {
		atomic64_add(tx, &t->tx_bytes);
		atomic64_add(rx, &t->rx_bytes);
	}
}

#endif /* _RPT_TALLY_H */
