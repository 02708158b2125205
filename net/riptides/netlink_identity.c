// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family riptides: identities
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <net/sock.h>

#include "hs.h"
#include "identity.h"
#include "netlink.h"

/* Room for all that may be told about an identity, headers and padding too */
#define IDENTITY_SIZE	(RPT_OWN_CERT_MSG_MAX + RPT_SPIFFE_MAX +	\
			 RPT_CSR_DNS_MAX * (RPT_DNS_MAX + 8) + 1024)

static const char *need_name(struct genl_info *info)
{
	const struct nlattr *attr = rpt_nl_need(info, RIPTIDES_A_IDENTITY_NAME, "name");

	return attr ? nla_data(attr) : NULL;
}

/* The certificates of a request: views of it */
static int chain_from(struct genl_info *info, struct rpt_chain *chain)
{
	const struct nlattr *attr;
	int rem;

	chain->n = 0;
	rpt_nl_for_each(attr, info, RIPTIDES_A_IDENTITY_CERTIFICATE, rem) {
		if (chain->n == RPT_CHAIN_MAX) {
			GENL_SET_ERR_MSG(info, "a chain takes at most 8 certificates");
			return -E2BIG;
		}
		chain->cert[chain->n].data = nla_data(attr);
		chain->cert[chain->n].len = nla_len(attr);
		chain->n++;
	}
	return 0;
}

/* The private key of a request; whoever gets it frees it by kfree_sensitive() */
static struct rpt_privkey *key_from(struct genl_info *info)
{
	struct nlattr *attr = info->attrs[RIPTIDES_A_IDENTITY_PRIVATE_KEY];
	struct rpt_privkey *key;
	int err;

	if (!attr)
		return NULL;
	key = kzalloc_obj(*key);
	if (!key)
		return ERR_PTR(-ENOMEM);
	err = rpt_privkey_parse(key, nla_data(attr), nla_len(attr));
	if (!err)
		return key;
	switch (err) {
	case -EBADMSG:
		GENL_SET_ERR_MSG(info, "private key is not PKCS#8 in strict DER");
		break;
	case -EOPNOTSUPP:
		GENL_SET_ERR_MSG(info, "private key is of a type or curve that is not supported");
		break;
	default:
		GENL_SET_ERR_MSG(info, "private key is not valid");
		break;
	}
	NL_SET_BAD_ATTR(info->extack, attr);
	kfree_sensitive(key);
	return ERR_PTR(err);
}

/* A string with or without its NUL; any other NUL stays in, to be refused */
static struct rpt_blob string_view(const struct nlattr *attr)
{
	struct rpt_blob s = { nla_data(attr), nla_len(attr) };

	if (s.len && !s.data[s.len - 1])
		s.len--;
	return s;
}

static int names_from(struct genl_info *info, struct rpt_identity_params *p,
		      struct rpt_blob *dns)
{
	const struct nlattr *attr;
	int rem;

	p->name = need_name(info);
	if (!p->name)
		return -EINVAL;
	attr = info->attrs[RIPTIDES_A_IDENTITY_SPIFFE_ID];
	if (attr)
		p->spiffe_id = string_view(attr);
	p->dns = dns;
	rpt_nl_for_each(attr, info, RIPTIDES_A_IDENTITY_DNS_NAME, rem) {
		if (p->n_dns == RPT_CSR_DNS_MAX) {
			GENL_SET_ERR_MSG(info, "an identity takes at most 16 DNS names");
			return -E2BIG;
		}
		dns[p->n_dns++] = string_view(attr);
	}
	return 0;
}

/**
 * riptides_nl_identity_new_doit() - add an identity
 * @skb: request
 * @info: request
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int riptides_nl_identity_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct rpt_net *rn = rpt_net(genl_info_net(info));
	struct rpt_identity_params p = {};
	struct rpt_blob dns[RPT_CSR_DNS_MAX];
	struct rpt_privkey *key;
	struct rpt_chain chain;
	int err;

	err = names_from(info, &p, dns);
	if (!err)
		err = chain_from(info, &chain);
	if (err)
		return err;
	key = key_from(info);
	if (IS_ERR(key))
		return PTR_ERR(key);
	if (key) {
		err = rpt_identity_import(rn, &p, &chain, key, info->extack);
	} else if (chain.n) {
		GENL_SET_ERR_MSG(info, "a chain comes with its private key, or by cert-set");
		err = -EINVAL;
	} else if (!rpt_nl_need(info, RIPTIDES_A_IDENTITY_SPIFFE_ID, "SPIFFE ID")) {
		err = -EINVAL;
	} else {
		err = rpt_identity_new(rn, &p, info->extack);
	}
	kfree_sensitive(key);
	return err;
}

/**
 * riptides_nl_identity_del_doit() - remove an identity
 * @skb: request
 * @info: request
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int riptides_nl_identity_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	const char *name = need_name(info);

	if (!name)
		return -EINVAL;
	return rpt_identity_del(rpt_net(genl_info_net(info)), name, info->extack);
}

static int put_csr(struct sk_buff *msg, struct genl_info *info, const char *name,
		   const u8 *csr, size_t len)
{
	void *hdr = __genlmsg_iput(msg, info, 0);

	if (!hdr || nla_put_string(msg, RIPTIDES_A_IDENTITY_NAME, name) ||
	    nla_put(msg, RIPTIDES_A_IDENTITY_CSR, len, csr)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	return rpt_nl_reply(msg, hdr, info);
}

/**
 * riptides_nl_csr_get_doit() - make a certification request
 * @skb: request
 * @info: request
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int riptides_nl_csr_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const char *name = need_name(info);
	struct sk_buff *msg;
	size_t len;
	int err;
	u8 *csr;

	if (!name)
		return -EINVAL;
	csr = kmalloc(RPT_IDENTITY_CSR_MAX, GFP_KERNEL);
	if (!csr)
		return -ENOMEM;
	err = rpt_identity_csr(rpt_net(genl_info_net(info)), name, csr,
			       RPT_IDENTITY_CSR_MAX, &len, info->extack);
	if (err)
		goto out;
	err = -ENOMEM;
	msg = genlmsg_new(RPT_IDENTITY_CSR_MAX + 256, GFP_KERNEL);
	if (msg)
		err = put_csr(msg, info, name, csr, len);
out:
	kfree(csr);
	return err;
}

/**
 * riptides_nl_cert_set_doit() - put a chain to use
 * @skb: request
 * @info: request
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int riptides_nl_cert_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const char *name = need_name(info);
	struct rpt_privkey *key;
	struct rpt_chain chain;
	int err;

	if (!name)
		return -EINVAL;
	err = chain_from(info, &chain);
	if (err)
		return err;
	key = key_from(info);
	if (IS_ERR(key))
		return PTR_ERR(key);
	err = rpt_identity_cert_set(rpt_net(genl_info_net(info)), name, &chain, key,
				    info->extack);
	kfree_sensitive(key);
	return err;
}

static int put_svid(struct sk_buff *skb, const struct rpt_svid *svid)
{
	unsigned int i;

	if (!svid)
		return 0;
	for (i = 0; i < svid->chain.n; i++) {
		if (nla_put(skb, RIPTIDES_A_IDENTITY_CERTIFICATE, svid->chain.cert[i].len,
			    svid->chain.cert[i].data))
			return -EMSGSIZE;
	}
	return nla_put_sint(skb, RIPTIDES_A_IDENTITY_NOT_BEFORE, svid->not_before) ?:
	       nla_put_sint(skb, RIPTIDES_A_IDENTITY_NOT_AFTER, svid->not_after);
}

static int put_names(struct sk_buff *skb, const struct rpt_identity *id)
{
	unsigned int i;

	if (nla_put_string(skb, RIPTIDES_A_IDENTITY_NAME, id->name) ||
	    nla_put_string(skb, RIPTIDES_A_IDENTITY_SPIFFE_ID, id->spiffe_id))
		return -EMSGSIZE;
	for (i = 0; i < id->n_dns; i++) {
		if (nla_put_string(skb, RIPTIDES_A_IDENTITY_DNS_NAME, id->dns[i]))
			return -EMSGSIZE;
	}
	return 0;
}

/* Called with rpt_net.lock held. No key comes near this. */
static int put_tally(struct sk_buff *skb, const struct rpt_tally *t)
{
	if (nla_put_uint(skb, RIPTIDES_A_IDENTITY_HANDSHAKES, atomic64_read(&t->handshakes)) ||
	    nla_put_uint(skb, RIPTIDES_A_IDENTITY_FAILURES, atomic64_read(&t->failures)) ||
	    nla_put_uint(skb, RIPTIDES_A_IDENTITY_TX_BYTES, atomic64_read(&t->tx_bytes)) ||
	    nla_put_uint(skb, RIPTIDES_A_IDENTITY_RX_BYTES, atomic64_read(&t->rx_bytes)))
		return -EMSGSIZE;
	return 0;
}

static void *put_identity(struct sk_buff *skb, const struct genl_info *info, int flags,
			  const struct rpt_net *rn, const struct rpt_identity *id)
{
	const struct rpt_svid *svid;
	void *hdr;
	u32 state;

	hdr = __genlmsg_iput(skb, info, flags);
	if (!hdr)
		return NULL;
	svid = rcu_dereference_protected(id->svid, lockdep_is_held(&rn->lock));
	state = rpt_identity_state(rn, id, ktime_get_real_seconds());
	if (nla_put_u32(skb, RIPTIDES_A_IDENTITY_STATE, state) ||
	    put_names(skb, id) || put_svid(skb, svid) || put_tally(skb, id->tally)) {
		genlmsg_cancel(skb, hdr);
		return NULL;
	}
	return hdr;
}

/**
 * riptides_nl_identity_get_doit() - tell about an identity
 * @skb: request
 * @info: request
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int riptides_nl_identity_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct rpt_net *rn = rpt_net(genl_info_net(info));
	const char *name = need_name(info);
	const struct rpt_identity *id;
	struct sk_buff *msg;
	void *hdr = NULL;

	if (!name)
		return -EINVAL;
	msg = genlmsg_new(IDENTITY_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	mutex_lock(&rn->lock);
	id = rpt_identity_lookup(rn, name);
	if (id)
		hdr = put_identity(msg, info, 0, rn, id);
	mutex_unlock(&rn->lock);
	if (hdr)
		return rpt_nl_reply(msg, hdr, info);
	nlmsg_free(msg);
	if (id)
		return -EMSGSIZE;
	GENL_SET_ERR_MSG(info, "there is no identity of that name");
	return -ENOENT;
}

static int dump_identities(struct sk_buff *skb, struct netlink_callback *cb,
			   struct rpt_net *rn)
{
	struct rpt_nl_dump *at = rpt_nl_dump(cb);
	const struct rpt_identity *id;
	unsigned long i;
	void *hdr;

	xa_for_each_start(&rn->identities.by_id, i, id, at->id) {
		at->id = i;
		hdr = put_identity(skb, genl_info_dump(cb), NLM_F_MULTI, rn, id);
		if (!hdr)
			return -EMSGSIZE;
		genl_dump_check_consistent(cb, hdr);
		genlmsg_end(skb, hdr);
	}
	at->done = true;
	return 0;
}

/**
 * riptides_nl_identity_get_dumpit() - tell about all identities
 * @skb: answer
 * @cb: dump
 *
 * Context: Process context.
 * Return: length of the answer, 0 at the end, or a negative errno.
 */
int riptides_nl_identity_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct rpt_net *rn = rpt_net(sock_net(skb->sk));
	int err;

	if (rpt_nl_dump(cb)->done)
		return 0;
	mutex_lock(&rn->lock);
	cb->seq = rn->identities.generation;
	err = dump_identities(skb, cb, rn);
	mutex_unlock(&rn->lock);
	return skb->len ?: err;
}
