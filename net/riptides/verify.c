// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine's questions, answered from the namespace's identities and bundles
 *
 * Invariant: a chain is validated only against the bundle of the trust domain
 * that its own leaf names, never against a union of bundles.
 */

#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "bundle.h"
#include "chain_cache.h"
#include "identity.h"
#include "mib.h"
#include "offer.h"
#include "pump.h"
#include "rule.h"
#include "sock.h"
#include "spiffe.h"
#include "svid.h"

/*
 * A certificate that cannot even be read, or that nobody in its domain's bundle
 * vouches for, is one that is rejected. ENOKEY is for domains without a bundle.
 */
static int verify_errno(int err)
{
	return err == -EBADMSG || err == -ENOKEY ? -EKEYREJECTED : err;
}

/**
 * rpt_verify_is_wanted() - is this whom the application or the rule wants?
 * @opts: options, or NULL
 * @id: the peer's SPIFFE ID
 * @len: its length
 *
 * Context: Any context.
 * Return: true if so.
 */
bool rpt_verify_is_wanted(const struct rpt_opts *opts, const char *id,
			  size_t len)
{
	struct rpt_spiffe spiffe;

	if (opts && opts->rule)
		return rpt_rule_allows(opts->rule, id, len);
	if (!opts || !opts->peer_id)
		return true;
	return !rpt_spiffe_parse(id, len, &spiffe) &&
	       rpt_spiffe_match(opts->peer_id, strlen(opts->peer_id), &spiffe);
}

/* In mode simple a rule means the name that it tells us to ask for. */
static bool verify_insists(const struct rpt_opts *opts)
{
	return opts && opts->rule && opts->mode == RIPTIDES_MODE_SIMPLE;
}

/* The signatures of a chain do not change: those that were good are so again. */
static int verify_chain(struct net *net, const struct rpt_chain_params *p,
			u64 generation, const struct rpt_chain *chain,
			struct rpt_chain_result *res)
{
	struct rpt_net *rn = rpt_net(net);
	struct rpt_chain_key key;
	int err;

	rpt_chain_cache_key(p, generation, chain, &key);
	if (rpt_chain_cache_find(rn, &key, p->now, res)) {
		rpt_mib_inc(net, RPT_MIB_CHAINHIT);
		return 0;
	}
	rpt_mib_inc(net, RPT_MIB_CHAINMISS);
	err = rpt_chain_verify(p, chain, res);
	if (!err)
		rpt_chain_cache_add(rn, &key, p, chain, res);
	return err;
}

static int verify_against(struct rpt_pump *pump, const struct rpt_hs_peer *peer,
			  const struct rpt_bundle *bundle,
			  struct rpt_pubkey *leaf_key, u8 *alert)
{
	struct rpt_chain_params params = {
		.anchors = bundle->anchors,
		.n_anchors = bundle->n_anchors,
		.revoked = bundle->revoked,
		.n_revoked = bundle->n_revoked,
		.now = ktime_get_real_seconds(),
		.purpose = peer->server ? RPT_PURPOSE_SERVER_AUTH :
					  RPT_PURPOSE_CLIENT_AUTH,
		.spiffe = true,
		.trust_domain = bundle->trust_domain,
	};
	struct rpt_chain_result *res;
	int err;

	if (peer->server && verify_insists(pump->opts))
		params.dns_name = pump->opts->server_name;
	res = kzalloc_obj(*res, GFP_KERNEL_ACCOUNT);
	if (!res) {
		*alert = RPT_ALERT_INTERNAL_ERROR;
		return -ENOMEM;
	}
	err = verify_chain(sock_net(pump->rs->sk), &params, bundle->generation,
			   peer->chain, res);
	if (err) {
		*alert = res->alert;
		err = verify_errno(err);
		goto out;
	}
	rpt_peer_put(pump->peer);
	pump->peer = rpt_peer_create(res->spiffe_id, res->spiffe_len,
				     peer->chain);
	if (!pump->peer) {
		*alert = RPT_ALERT_INTERNAL_ERROR;
		err = -ENOMEM;
		goto out;
	}
	pump->peer->generation = bundle->generation;
	pump->peer->since = res->not_before;
	pump->peer->until = min(res->not_after,
				params.now + RPT_TICKET_LIFETIME_MAX);
	pump->peer->tally = rpt_tally_get(bundle->tally);
	/* whom we refuse is told to who listens (conn.c) */
	if (!rpt_verify_is_wanted(pump->opts, res->spiffe_id, res->spiffe_len)) {
		*alert = RPT_ALERT_ACCESS_DENIED;
		err = -EACCES;
		goto out;
	}
	*leaf_key = res->leaf_key;
out:
	kfree(res);
	return err;
}

static int verify_peer(void *data, const struct rpt_hs_peer *peer,
		       struct rpt_pubkey *leaf_key, u8 *alert)
{
	struct rpt_pump *pump = data;
	struct rpt_bundle *bundle;
	struct rpt_spiffe id;
	int err;

	err = rpt_x509_spiffe(peer->chain->cert[0].data,
			      peer->chain->cert[0].len, &id);
	if (err == -ENOMEM)
		*alert = RPT_ALERT_INTERNAL_ERROR;
	if (err)
		return err == -ENOMEM ? err : -EKEYREJECTED;
	bundle = rpt_bundle_find(sock_net(pump->rs->sk), id.td, id.td_len);
	if (!bundle) {
		*alert = RPT_ALERT_UNKNOWN_CA;
		return -ENOKEY;
	}
	err = verify_against(pump, peer, bundle, leaf_key, alert);
	if (err && err != -ENOMEM)
		rpt_tally_handshake(bundle->tally, false);
	rpt_bundle_put(bundle);
	return err;
}

/**
 * rpt_verify_own() - our identity
 * @pump: the handshake, which gets it unless it has it
 *
 * Context: Process context.
 * Return: it, which @pump holds, or an ERR_PTR() as of rpt_identity_svid().
 */
struct rpt_svid *rpt_verify_own(struct rpt_pump *pump)
{
	const struct rpt_opts *opts = pump->opts;
	struct rpt_svid *svid = pump->svid;

	if (!svid) {
		svid = rpt_identity_svid(sock_net(pump->rs->sk),
					 opts ? opts->identity : NULL);
		if (!IS_ERR(svid))
			pump->svid = svid;
	}
	return svid;
}

static int select_identity(void *data, const struct rpt_hs_offer *offer,
			   const struct rpt_chain **chain, u16 *scheme)
{
	struct rpt_pump *pump = data;
	const struct rpt_opts *opts = pump->opts;

	if (!offer->server && opts && opts->mode == RIPTIDES_MODE_SIMPLE)
		return -ENOKEY;
	if (IS_ERR(rpt_verify_own(pump)))
		return -ENOKEY;
	*scheme = rpt_sig_for_key(&pump->svid->key.pub, offer->sigs,
				  offer->n_sigs);
	if (!*scheme)
		return -ENOKEY;
	*chain = &pump->svid->chain;
	return 0;
}

static int sign(void *data, u16 scheme, const u8 *msg, size_t len,
		u8 *sig, size_t cap, size_t *siglen)
{
	struct rpt_pump *pump = data;

	return rpt_svid_sign(pump->svid, scheme, msg, len, sig, cap, siglen);
}

/* How the engine reaches identities and trust; its data is a struct rpt_pump. */
const struct rpt_hs_ops rpt_verify_ops = {
	.verify_peer = verify_peer,
	.select_identity = select_identity,
	.sign = sign,
	.find_psk = rpt_offer_find_psk,
	.psk_age = rpt_offer_psk_age,
};
