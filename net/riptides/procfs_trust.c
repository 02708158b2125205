// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/riptides/certificates and /proc/riptides/trust-anchors
 */

#include <crypto/sha2.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/timekeeping.h>

#include "bundle.h"
#include "identity.h"
#include "json.h"
#include "net.h"
#include "procfs.h"

static const char * const state_names[] = {
	[RIPTIDES_IDENTITY_STATE_NEEDS_CSR]	= "needs-csr",
	[RIPTIDES_IDENTITY_STATE_CSR_PENDING]	= "csr-pending",
	[RIPTIDES_IDENTITY_STATE_VALID]		= "valid",
	[RIPTIDES_IDENTITY_STATE_RENEWING]	= "renewing",
	[RIPTIDES_IDENTITY_STATE_EXPIRED]	= "expired",
};

static bool find_in(struct rpt_table *t, u64 *id)
{
	unsigned long i = *id;

	if (*id > U32_MAX || !xa_find(&t->by_id, &i, U32_MAX, XA_PRESENT))
		return false;
	*id = i;
	return true;
}

static void put_fingerprint(struct rpt_json *j, const char *key, const u8 *der, size_t len)
{
	u8 digest[SHA256_DIGEST_SIZE];

	sha256(der, len, digest);
	rpt_json_hex(j, key, digest, sizeof(digest));
}

static void put_svid(struct rpt_json *j, const struct rpt_svid *svid)
{
	unsigned int i;

	rpt_json_number(j, "not-before", svid->not_before);
	rpt_json_number(j, "not-after", svid->not_after);
	rpt_json_begin(j, "sha256", '[');
	for (i = 0; i < svid->chain.n; i++)
		put_fingerprint(j, NULL, svid->chain.cert[i].data,
				svid->chain.cert[i].len);
	rpt_json_end(j, ']');
}

static void put_identity(struct rpt_json *j, const struct rpt_net *rn,
			 const struct rpt_identity *id)
{
	enum riptides_identity_state state;
	const struct rpt_svid *svid;
	unsigned int i;

	state = rpt_identity_state(rn, id, ktime_get_real_seconds());
	rpt_json_string(j, "name", id->name);
	rpt_json_string(j, "spiffe-id", id->spiffe_id);
	rpt_json_string(j, "state", state_names[state]);
	rpt_json_begin(j, "dns-names", '[');
	for (i = 0; i < id->n_dns; i++)
		rpt_json_string(j, NULL, id->dns[i]);
	rpt_json_end(j, ']');
	svid = rcu_dereference_protected(id->svid, lockdep_is_held(&rn->lock));
	if (svid)
		put_svid(j, svid);
}

static bool find_identity(struct net *net, u64 *id)
{
	return find_in(&rpt_net(net)->identities, id);
}

static bool put_certificates(struct net *net, u64 id, struct rpt_json *j)
{
	struct rpt_net *rn = rpt_net(net);
	const struct rpt_identity *identity;

	mutex_lock(&rn->lock);
	identity = xa_load(&rn->identities.by_id, id);
	if (identity)
		put_identity(j, rn, identity);
	mutex_unlock(&rn->lock);
	return identity;
}

const struct rpt_procfs_table rpt_procfs_certificates = {
	.name	= "certificates",
	.find	= find_identity,
	.put	= put_certificates,
};

static void put_anchor(struct rpt_json *j, const struct rpt_anchor *a)
{
	rpt_json_begin(j, NULL, '{');
	rpt_json_hex(j, "serial", a->cert.serial.data, a->cert.serial.len);
	rpt_json_number(j, "not-before", a->cert.not_before);
	rpt_json_number(j, "not-after", a->cert.not_after);
	put_fingerprint(j, "sha256", a->der, a->der_len);
	rpt_json_end(j, '}');
}

static bool find_bundle(struct net *net, u64 *id)
{
	return find_in(&rpt_net(net)->bundles, id);
}

static bool put_bundle(struct net *net, u64 id, struct rpt_json *j)
{
	struct rpt_net *rn = rpt_net(net);
	const struct rpt_bundle *b;
	unsigned int i;

	mutex_lock(&rn->lock);
	b = xa_load(&rn->bundles.by_id, id);
	if (b) {
		rpt_json_string(j, "trust-domain", b->trust_domain);
		rpt_json_number(j, "generation", b->generation);
		rpt_json_number(j, "revocations", b->n_revoked);
		rpt_json_begin(j, "certificates", '[');
		for (i = 0; i < b->n_anchors; i++)
			put_anchor(j, &b->anchors[i]);
		rpt_json_end(j, ']');
	}
	mutex_unlock(&rn->lock);
	return b;
}

const struct rpt_procfs_table rpt_procfs_anchors = {
	.name	= "trust-anchors",
	.find	= find_bundle,
	.put	= put_bundle,
};
