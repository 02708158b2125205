/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Identities: names of our own, their keys and certificates
 *
 * An identity is a SPIFFE ID that workloads of this network namespace may
 * have. Its key is made here and never leaves; a certification request goes
 * out (rpt_identity_csr()), a chain comes back (rpt_identity_cert_set()). To
 * renew is to do that again; until the new chain comes, the old one is in use.
 *
 *	needs-csr -> csr-pending -> valid <-> renewing
 *
 * and valid or renewing ones turn expired when their certificates do. A key of
 * somebody else's making may be imported together with its chain; the identity
 * is valid at once then.
 */
#ifndef _RPT_IDENTITY_H
#define _RPT_IDENTITY_H

#include <linux/rhashtable-types.h>
#include <linux/types.h>
#include <linux/xarray.h>
#include <uapi/linux/riptides.h>
#include <uapi/linux/riptides_netlink.h>

#include "csr.h"
#include "net.h"
#include "svid.h"
#include "tally.h"

struct net;
struct netlink_ext_ack;

#define RPT_IDENTITIES_MAX	131072	/* in a network namespace */
#define RPT_DNS_MAX		253	/* RFC 1035 section 2.3.4, without the root */

/* Room for any request that an identity may have to make */
#define RPT_IDENTITY_CSR_MAX	(RPT_CSR_MAX + RPT_CSR_DNS_MAX * (RPT_DNS_MAX + 2))

/* Mark in rpt_net.identities.by_id: it has an SVID */
#define RPT_IDENTITY_READY	XA_MARK_1

/**
 * struct rpt_identity - an identity
 * @node: in rpt_net.identities
 * @rcu: frees it
 * @id: its place there
 * @stage: which of the events of its renewal were told; under rpt_net.lock
 * @name: what it is called here, the rest of the array zero
 * @svid: what it proves itself with; NULL before the first chain. Published by
 *	RCU, written under rpt_net.lock
 * @tally: what is counted, shared with its SVIDs
 * @pending: the key that certification was requested for, or NULL; under
 *	rpt_net.lock
 * @spiffe_id: who it is, terminated
 * @spiffe_len: its length
 * @n_dns: number of @dns
 * @dns: DNS names for requests, terminated
 * @data: what @spiffe_id and @dns point into
 *
 * All but @stage, @svid and @pending stays as it was made.
 */
struct rpt_identity {
	struct rhash_head node;
	struct rcu_head rcu;
	u32 id;
	u8 stage;
	char name[RIPTIDES_NAME_MAX + 1];
	struct rpt_svid __rcu *svid;
	struct rpt_tally *tally;
	struct rpt_privkey *pending;
	const char *spiffe_id;
	u16 spiffe_len;
	u8 n_dns;
	const char *dns[RPT_CSR_DNS_MAX];
	char data[];
};

/**
 * struct rpt_identity_params - what an identity is made of; all is copied
 * @name: name, terminated
 * @spiffe_id: SPIFFE ID
 * @dns: DNS names
 * @n_dns: how many
 *
 * Of blobs, since neither need be terminated.
 */
struct rpt_identity_params {
	const char *name;
	struct rpt_blob spiffe_id;
	const struct rpt_blob *dns;
	unsigned int n_dns;
};

int rpt_identities_init(struct rpt_net *rn);
void rpt_identities_exit(struct rpt_net *rn);

int rpt_identity_new(struct rpt_net *rn, const struct rpt_identity_params *p,
		     struct netlink_ext_ack *extack);
int rpt_identity_import(struct rpt_net *rn, const struct rpt_identity_params *p,
			const struct rpt_chain *chain, const struct rpt_privkey *key,
			struct netlink_ext_ack *extack);
int rpt_identity_del(struct rpt_net *rn, const char *name,
		     struct netlink_ext_ack *extack);
int rpt_identity_csr(struct rpt_net *rn, const char *name, u8 *out, size_t cap,
		     size_t *out_len, struct netlink_ext_ack *extack);
int rpt_identity_cert_set(struct rpt_net *rn, const char *name,
			  const struct rpt_chain *chain, const struct rpt_privkey *key,
			  struct netlink_ext_ack *extack);

int rpt_identity_rekey(struct rpt_net *rn, struct rpt_identity *id);

struct rpt_identity *rpt_identity_lookup(struct rpt_net *rn, const char *name);
enum riptides_identity_state rpt_identity_state(const struct rpt_net *rn,
						const struct rpt_identity *id,
						time64_t now);
struct rpt_svid *rpt_identity_get_svid(struct rpt_net *rn, const char *name);
struct rpt_svid *rpt_identity_svid(struct net *net, const char *name);

/* identity_renew.c */
void rpt_renew_init(struct rpt_net *rn);
void rpt_renew_exit(struct rpt_net *rn);
void rpt_renew_watch(struct rpt_net *rn, struct rpt_identity *id);

#endif /* _RPT_IDENTITY_H */
