/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trust bundles: the CA certificates of one trust domain
 *
 * A peer is judged by the bundle of the trust domain that its own leaf names,
 * never by a union of several.
 */
#ifndef _RPT_BUNDLE_H
#define _RPT_BUNDLE_H

#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>

#include "chain.h"
#include "net.h"
#include "tally.h"

struct net;
struct netlink_ext_ack;

#define RPT_BUNDLES_MAX			1024	/* in a network namespace */
#define RPT_BUNDLE_ANCHORS_MAX		64
#define RPT_BUNDLE_REVOKED_MAX		4096
/* So that each fits into one message of a dump */
#define RPT_BUNDLE_CERT_MAX		8192
#define RPT_BUNDLE_ISSUER_MAX		2048
#define RPT_BUNDLE_SERIAL_MAX		(RPT_X509_SERIAL_MAX + 1)

/**
 * struct rpt_bundle - a trust domain's anchors at one moment
 * @ref: references
 * @rcu: frees it
 * @node: in rpt_net.bundles
 * @id: its place there
 * @trust_domain: name, terminated
 * @td_len: length of the name
 * @anchors: trust anchors, at least one
 * @n_anchors: how many
 * @revoked: certificates that are no longer good
 * @n_revoked: how many
 * @revoked_data: what @revoked points into
 * @tally: what is counted, also of those that it has replaced
 * @generation: differs from that of any other bundle that this network
 *	namespace had, has or will have
 *
 * But for what is counted, it never changes once it is published: to change a
 * bundle is to replace it.
 */
struct rpt_bundle {
	refcount_t ref;
	struct rcu_head rcu;
	struct rhash_head node;
	u32 id;
	char *trust_domain;
	u16 td_len;
	struct rpt_anchor *anchors;
	unsigned int n_anchors;
	struct rpt_revocation *revoked;
	unsigned int n_revoked;
	u8 *revoked_data;
	struct rpt_tally *tally;
	u64 generation;
};

/**
 * struct rpt_bundle_params - what a bundle is made of; all is copied
 * @trust_domain: name, need not be terminated
 * @td_len: its length
 * @certs: CA certificates, DER
 * @n_certs: how many
 * @revoked: revoked certificates
 * @n_revoked: how many
 */
struct rpt_bundle_params {
	const char *trust_domain;
	size_t td_len;
	const struct rpt_blob *certs;
	unsigned int n_certs;
	const struct rpt_revocation *revoked;
	unsigned int n_revoked;
};

int rpt_bundles_init(struct rpt_net *rn);
void rpt_bundles_exit(struct rpt_net *rn);

struct rpt_bundle *rpt_bundle_create(const struct rpt_bundle_params *p,
				     struct netlink_ext_ack *extack);
int rpt_bundle_add(struct rpt_net *rn, struct rpt_bundle *b,
		   struct netlink_ext_ack *extack);
int rpt_bundle_replace(struct rpt_net *rn, struct rpt_bundle *b,
		       struct netlink_ext_ack *extack);
int rpt_bundle_del(struct rpt_net *rn, const char *td, size_t td_len,
		   struct netlink_ext_ack *extack);

struct rpt_bundle *rpt_bundle_get(struct rpt_net *rn, const char *td, size_t td_len);
struct rpt_bundle *rpt_bundle_find(struct net *net, const char *td, size_t td_len);
void rpt_bundle_put(struct rpt_bundle *b);

#endif /* _RPT_BUNDLE_H */
