// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family riptides: trust bundles
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "bundle.h"
#include "netlink.h"
#include "sock.h"

/**
 * struct contents - what a request wants a bundle to hold: views of it
 * @certs: CA certificates
 * @revoked: revoked certificates
 */
struct contents {
	struct rpt_blob *certs;
	struct rpt_revocation *revoked;
};

static struct rpt_blob view(const struct nlattr *attr)
{
	return (struct rpt_blob){ nla_data(attr), nla_len(attr) };
}

/* Serial numbers of one nest, which names at most one issuer */
static int count_serials(const struct genl_info *info, unsigned int *n)
{
	const struct nlattr *nest, *attr;
	unsigned int before;
	int rem, left;

	*n = 0;
	rpt_nl_for_each(nest, info, RIPTIDES_A_BUNDLE_REVOCATION, rem) {
		before = *n;
		nla_for_each_nested_type(attr, RIPTIDES_A_REVOCATION_SERIAL, nest, left)
			(*n)++;
		if (*n == before) {
			GENL_SET_ERR_MSG(info, "a revocation needs a serial number");
			NL_SET_BAD_ATTR(info->extack, nest);
			return -EINVAL;
		}
	}
	return 0;
}

static void view_serials(const struct genl_info *info, struct rpt_revocation *r)
{
	const struct nlattr *nest, *attr, *issuer;
	int rem, left;

	rpt_nl_for_each(nest, info, RIPTIDES_A_BUNDLE_REVOCATION, rem) {
		issuer = nla_find_nested(nest, RIPTIDES_A_REVOCATION_ISSUER);
		nla_for_each_nested_type(attr, RIPTIDES_A_REVOCATION_SERIAL, nest, left) {
			r->serial = view(attr);
			if (issuer)
				r->issuer = view(issuer);
			r++;
		}
	}
}

static struct rpt_bundle *create(struct genl_info *info, struct contents *c)
{
	struct rpt_bundle_params p = {};
	const struct nlattr *attr;
	unsigned int i = 0;
	int rem, err;

	attr = rpt_nl_need(info, RIPTIDES_A_BUNDLE_TRUST_DOMAIN, "trust domain");
	if (!attr)
		return ERR_PTR(-EINVAL);
	p.trust_domain = nla_data(attr);
	p.td_len = strlen(p.trust_domain);

	p.n_certs = rpt_nl_count(info, RIPTIDES_A_BUNDLE_CERTIFICATE);
	err = count_serials(info, &p.n_revoked);
	if (err)
		return ERR_PTR(err);
	c->certs = kvzalloc_objs(*c->certs, p.n_certs);
	c->revoked = kvzalloc_objs(*c->revoked, p.n_revoked);
	if (!c->certs || !c->revoked)
		return ERR_PTR(-ENOMEM);
	rpt_nl_for_each(attr, info, RIPTIDES_A_BUNDLE_CERTIFICATE, rem)
		c->certs[i++] = view(attr);
	view_serials(info, c->revoked);
	p.certs = c->certs;
	p.revoked = c->revoked;
	return rpt_bundle_create(&p, info->extack);
}

static struct rpt_bundle *bundle_from(struct genl_info *info)
{
	struct contents c = {};
	struct rpt_bundle *b;

	b = create(info, &c);
	kvfree(c.certs);
	kvfree(c.revoked);
	return b;
}

/**
 * riptides_nl_bundle_new_doit() - add a bundle
 * @skb: request
 * @info: request
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int riptides_nl_bundle_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct rpt_bundle *b = bundle_from(info);
	int err;

	if (IS_ERR(b))
		return PTR_ERR(b);
	err = rpt_bundle_add(rpt_net(genl_info_net(info)), b, info->extack);
	if (err)
		rpt_bundle_put(b);
	return err;
}

/**
 * riptides_nl_bundle_set_doit() - replace a bundle
 * @skb: request
 * @info: request
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int riptides_nl_bundle_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct rpt_bundle *b = bundle_from(info);
	int err;

	if (IS_ERR(b))
		return PTR_ERR(b);
	err = rpt_bundle_replace(rpt_net(genl_info_net(info)), b, info->extack);
	if (err)
		rpt_bundle_put(b);
	else
		rpt_life_bundles(genl_info_net(info));
	return err;
}

/**
 * riptides_nl_bundle_del_doit() - remove a bundle
 * @skb: request
 * @info: request
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int riptides_nl_bundle_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr;
	int err;

	attr = rpt_nl_need(info, RIPTIDES_A_BUNDLE_TRUST_DOMAIN, "trust domain");
	if (!attr)
		return -EINVAL;
	err = rpt_bundle_del(rpt_net(genl_info_net(info)), nla_data(attr),
			     strlen(nla_data(attr)), info->extack);
	if (!err)
		rpt_life_bundles(genl_info_net(info));
	return err;
}

/* How each message about a bundle begins */
static void *put_bundle(struct sk_buff *skb, const struct genl_info *info, int flags,
			const struct rpt_bundle *b)
{
	void *hdr = __genlmsg_iput(skb, info, flags);

	if (!hdr)
		return NULL;
	if (nla_put_string(skb, RIPTIDES_A_BUNDLE_TRUST_DOMAIN, b->trust_domain) ||
	    nla_put_uint(skb, RIPTIDES_A_BUNDLE_GENERATION, b->generation)) {
		genlmsg_cancel(skb, hdr);
		return NULL;
	}
	return hdr;
}

static int put_tally(struct sk_buff *skb, const struct rpt_tally *t)
{
	if (nla_put_uint(skb, RIPTIDES_A_BUNDLE_HANDSHAKES, atomic64_read(&t->handshakes)) ||
	    nla_put_uint(skb, RIPTIDES_A_BUNDLE_FAILURES, atomic64_read(&t->failures)) ||
	    nla_put_uint(skb, RIPTIDES_A_BUNDLE_TX_BYTES, atomic64_read(&t->tx_bytes)) ||
	    nla_put_uint(skb, RIPTIDES_A_BUNDLE_RX_BYTES, atomic64_read(&t->rx_bytes)))
		return -EMSGSIZE;
	return 0;
}

static void *put_summary(struct sk_buff *skb, const struct genl_info *info, int flags,
			 const struct rpt_bundle *b)
{
	void *hdr = put_bundle(skb, info, flags, b);

	if (!hdr)
		return NULL;
	if (nla_put_u32(skb, RIPTIDES_A_BUNDLE_CERTIFICATES, b->n_anchors) ||
	    nla_put_u32(skb, RIPTIDES_A_BUNDLE_REVOCATIONS, b->n_revoked) ||
	    put_tally(skb, b->tally)) {
		genlmsg_cancel(skb, hdr);
		return NULL;
	}
	return hdr;
}

/**
 * riptides_nl_bundle_get_doit() - tell about a bundle
 * @skb: request
 * @info: request
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int riptides_nl_bundle_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr;
	struct rpt_bundle *b;
	struct sk_buff *msg;
	void *hdr = NULL;

	attr = rpt_nl_need(info, RIPTIDES_A_BUNDLE_TRUST_DOMAIN, "trust domain");
	if (!attr)
		return -EINVAL;
	b = rpt_bundle_find(genl_info_net(info), nla_data(attr), strlen(nla_data(attr)));
	if (!b) {
		GENL_SET_ERR_MSG(info, "the trust domain has no bundle");
		return -ENOENT;
	}
	msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (msg)
		hdr = put_summary(msg, info, 0, b);
	rpt_bundle_put(b);
	if (!hdr) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return rpt_nl_reply(msg, hdr, info);
}

typedef void *(*put_part_fn)(struct sk_buff *skb, const struct genl_info *info,
			     const struct rpt_bundle *b, unsigned int part);
typedef unsigned int (*parts_fn)(const struct rpt_bundle *b);

/* Parts of a bundle from where the dump stands; -EMSGSIZE once there's no room */
static int dump_bundle(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct rpt_bundle *b, parts_fn parts, put_part_fn put)
{
	struct rpt_nl_dump *at = rpt_nl_dump(cb);
	void *hdr;

	for (; at->part < parts(b); at->part++) {
		hdr = put(skb, genl_info_dump(cb), b, at->part);
		if (!hdr)
			return -EMSGSIZE;
		genl_dump_check_consistent(cb, hdr);
		genlmsg_end(skb, hdr);
	}
	at->part = 0;
	return 0;
}

/* One bundle, or from where the dump stands all of them */
static int dump_bundles(struct sk_buff *skb, struct netlink_callback *cb,
			struct rpt_net *rn, parts_fn parts, put_part_fn put)
{
	const struct genl_info *info = genl_info_dump(cb);
	struct rpt_nl_dump *at = rpt_nl_dump(cb);
	const struct nlattr *attr = NULL;
	struct rpt_bundle *b;
	unsigned long id;
	int err;

	if (info->attrs)
		attr = info->attrs[RIPTIDES_A_BUNDLE_TRUST_DOMAIN];
	xa_for_each_start(&rn->bundles.by_id, id, b, at->id) {
		if (attr && strcmp(nla_data(attr), b->trust_domain))
			continue;
		if (id != at->id) {
			at->id = id;
			at->part = 0;
		}
		err = dump_bundle(skb, cb, b, parts, put);
		if (err)
			return err;
		at->id++;
	}
	at->done = true;
	return 0;
}

static int dump(struct sk_buff *skb, struct netlink_callback *cb, parts_fn parts,
		put_part_fn put)
{
	struct rpt_net *rn = rpt_net(sock_net(skb->sk));
	int err;

	if (rpt_nl_dump(cb)->done)
		return 0;
	mutex_lock(&rn->lock);
	cb->seq = rn->bundles.generation;
	err = dump_bundles(skb, cb, rn, parts, put);
	mutex_unlock(&rn->lock);
	return skb->len ?: err;
}

static unsigned int one_part(const struct rpt_bundle *b)
{
	return 1;
}

static void *put_summary_part(struct sk_buff *skb, const struct genl_info *info,
			      const struct rpt_bundle *b, unsigned int part)
{
	return put_summary(skb, info, NLM_F_MULTI, b);
}

/**
 * riptides_nl_bundle_get_dumpit() - tell about all bundles
 * @skb: answer
 * @cb: dump
 *
 * Context: Process context.
 * Return: length of the answer, 0 at the end, or a negative errno.
 */
int riptides_nl_bundle_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, one_part, put_summary_part);
}

static unsigned int anchors(const struct rpt_bundle *b)
{
	return b->n_anchors;
}

static void *put_anchor(struct sk_buff *skb, const struct genl_info *info,
			const struct rpt_bundle *b, unsigned int part)
{
	const struct rpt_anchor *a = &b->anchors[part];
	void *hdr = put_bundle(skb, info, NLM_F_MULTI, b);

	if (hdr && nla_put(skb, RIPTIDES_A_BUNDLE_CERTIFICATE, a->der_len, a->der)) {
		genlmsg_cancel(skb, hdr);
		return NULL;
	}
	return hdr;
}

/**
 * riptides_nl_anchor_get_dumpit() - the CA certificates of bundles
 * @skb: answer
 * @cb: dump
 *
 * Context: Process context.
 * Return: length of the answer, 0 at the end, or a negative errno.
 */
int riptides_nl_anchor_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, anchors, put_anchor);
}

static unsigned int revocations(const struct rpt_bundle *b)
{
	return b->n_revoked;
}

static int put_nest(struct sk_buff *skb, const struct rpt_revocation *r)
{
	struct nlattr *nest = nla_nest_start(skb, RIPTIDES_A_BUNDLE_REVOCATION);

	if (!nest ||
	    (r->issuer.len && nla_put(skb, RIPTIDES_A_REVOCATION_ISSUER, r->issuer.len,
				      r->issuer.data)) ||
	    nla_put(skb, RIPTIDES_A_REVOCATION_SERIAL, r->serial.len, r->serial.data))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static void *put_revocation(struct sk_buff *skb, const struct genl_info *info,
			    const struct rpt_bundle *b, unsigned int part)
{
	void *hdr = put_bundle(skb, info, NLM_F_MULTI, b);

	if (hdr && put_nest(skb, &b->revoked[part])) {
		genlmsg_cancel(skb, hdr);
		return NULL;
	}
	return hdr;
}

/**
 * riptides_nl_revocation_get_dumpit() - the revocations of bundles
 * @skb: answer
 * @cb: dump
 *
 * Context: Process context.
 * Return: length of the answer, 0 at the end, or a negative errno.
 */
int riptides_nl_revocation_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, revocations, put_revocation);
}
