// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trust bundles
 */
#include <linux/err.h>
#include <linux/jhash.h>
#include <linux/netlink.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "bundle.h"

static u32 key_hash(const void *data, u32 len, u32 seed)
{
	const struct rpt_blob *key = data;

	return jhash(key->data, key->len, seed);
}

static u32 bundle_hash(const void *data, u32 len, u32 seed)
{
	const struct rpt_bundle *b = data;

	return jhash(b->trust_domain, b->td_len, seed);
}

static int bundle_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct rpt_blob *key = arg->key;
	const struct rpt_bundle *b = obj;

	return b->td_len != key->len || memcmp(b->trust_domain, key->data, key->len);
}

static const struct rhashtable_params bundle_params = {
	.head_offset		= offsetof(struct rpt_bundle, node),
	.hashfn			= key_hash,
	.obj_hashfn		= bundle_hash,
	.obj_cmpfn		= bundle_cmp,
	.automatic_shrinking	= true,
};

static struct rpt_bundle *lookup(struct rpt_net *rn, const char *td, size_t td_len)
{
	struct rpt_blob key = { (const u8 *)td, td_len };

	return rhashtable_lookup_fast(&rn->bundles.by_name, &key, bundle_params);
}

static void bundle_free(struct rpt_bundle *b)
{
	unsigned int i;

	for (i = 0; b->anchors && i < b->n_anchors; i++)
		rpt_anchor_destroy(&b->anchors[i]);
	kvfree(b->anchors);
	kvfree(b->revoked);
	kvfree(b->revoked_data);
	kfree(b->trust_domain);
	rpt_tally_put(b->tally);
	kfree(b);
}

static void bundle_free_rcu(struct rcu_head *rcu)
{
	bundle_free(container_of(rcu, struct rpt_bundle, rcu));
}

/**
 * rpt_bundle_put() - drop a reference
 * @b: bundle, or NULL
 *
 * Context: Any context.
 */
void rpt_bundle_put(struct rpt_bundle *b)
{
	if (b && refcount_dec_and_test(&b->ref))
		call_rcu(&b->rcu, bundle_free_rcu);
}

static const char *anchor_error(int err)
{
	switch (err) {
	case -EBADMSG:
		return "is not in strict DER";
	case -EMSGSIZE:
		return "is too long";
	case -EINVAL:
		return "is not a CA certificate";
	case -EKEYREJECTED:
		return "has a weak or invalid key";
	case -EOPNOTSUPP:
		return "has a key or an extension that is not supported";
	default:
		return "could not be taken";
	}
}

static int add_anchors(struct rpt_bundle *b, const struct rpt_bundle_params *p,
		       struct netlink_ext_ack *extack)
{
	unsigned int i, j;
	int err;

	for (i = 0; i < p->n_certs; i++) {
		err = -EMSGSIZE;
		if (p->certs[i].len <= RPT_BUNDLE_CERT_MAX)
			err = rpt_anchor_init(&b->anchors[i], p->certs[i].data,
					      p->certs[i].len);
		if (err) {
			NL_SET_ERR_MSG_FMT(extack, "certificate %u %s", i + 1,
					   anchor_error(err));
			return err;
		}
		b->n_anchors = i + 1;
		for (j = 0; j < i; j++) {
			if (b->anchors[j].der_len != b->anchors[i].der_len ||
			    memcmp(b->anchors[j].der, b->anchors[i].der,
				   b->anchors[i].der_len))
				continue;
			NL_SET_ERR_MSG_FMT(extack, "certificate %u is certificate %u again",
					   i + 1, j + 1);
			return -EINVAL;
		}
	}
	return 0;
}

/* A Name as it stands in a certificate, since that is what it's compared with */
static bool issuer_valid(const struct rpt_blob *issuer)
{
	struct rpt_blob raw;
	struct rpt_rd r;
	bool empty;

	if (issuer->len > RPT_BUNDLE_ISSUER_MAX)
		return false;
	rpt_rd_init(&r, issuer->data, issuer->len);
	rpt_x509_name(&r, &raw, &empty);
	return rpt_rd_done(&r) && !empty;
}

static bool same_view(const struct rpt_blob *a, const struct rpt_blob *b)
{
	return a->data == b->data && a->len == b->len;
}

static int check_revoked(const struct rpt_bundle_params *p, size_t *size,
			 struct netlink_ext_ack *extack)
{
	const struct rpt_blob *issuer = NULL;
	const struct rpt_revocation *r;
	unsigned int i;

	*size = 0;
	for (i = 0; i < p->n_revoked; i++) {
		r = &p->revoked[i];
		if (!r->serial.len || r->serial.len > RPT_BUNDLE_SERIAL_MAX) {
			NL_SET_ERR_MSG(extack, "a serial number has 1 to 21 octets");
			return -EINVAL;
		}
		*size += r->serial.len;
		if (!r->issuer.len || (issuer && same_view(issuer, &r->issuer)))
			continue;
		if (!issuer_valid(&r->issuer)) {
			NL_SET_ERR_MSG(extack, "issuer is not a name in strict DER");
			return -EBADMSG;
		}
		issuer = &r->issuer;
		*size += issuer->len;
	}
	return 0;
}

/* Entries in a row that name the same issuer share our copy of the name, too */
static int add_revoked(struct rpt_bundle *b, const struct rpt_bundle_params *p,
		       struct netlink_ext_ack *extack)
{
	const struct rpt_revocation *from, *last = NULL;
	struct rpt_revocation *to;
	unsigned int i;
	size_t size;
	int err;
	u8 *at;

	err = check_revoked(p, &size, extack);
	if (err || !p->n_revoked)
		return err;
	b->revoked = kvzalloc_objs(*b->revoked, p->n_revoked, GFP_KERNEL_ACCOUNT);
	b->revoked_data = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!b->revoked || !b->revoked_data)
		return -ENOMEM;

	at = b->revoked_data;
	for (i = 0; i < p->n_revoked; i++) {
		from = &p->revoked[i];
		to = &b->revoked[i];
		to->serial.data = memcpy(at, from->serial.data, from->serial.len);
		to->serial.len = from->serial.len;
		at += from->serial.len;
		if (!from->issuer.len)
			continue;
		if (last && same_view(&last->issuer, &from->issuer)) {
			to->issuer = b->revoked[last - p->revoked].issuer;
		} else {
			to->issuer.data = memcpy(at, from->issuer.data, from->issuer.len);
			to->issuer.len = from->issuer.len;
			at += from->issuer.len;
		}
		last = from;
	}
	b->n_revoked = p->n_revoked;
	return 0;
}

static int check_counts(const struct rpt_bundle_params *p,
			struct netlink_ext_ack *extack)
{
	if (!rpt_spiffe_td_valid(p->trust_domain, p->td_len)) {
		NL_SET_ERR_MSG(extack, "trust domain is not 1 to 255 of a-z 0-9 . - _");
		return -EINVAL;
	}
	if (!p->n_certs) {
		NL_SET_ERR_MSG(extack, "a bundle needs at least one certificate");
		return -EINVAL;
	}
	if (p->n_certs > RPT_BUNDLE_ANCHORS_MAX) {
		NL_SET_ERR_MSG(extack, "a bundle takes at most 64 certificates");
		return -E2BIG;
	}
	if (p->n_revoked > RPT_BUNDLE_REVOKED_MAX) {
		NL_SET_ERR_MSG(extack, "a bundle takes at most 4096 revocations");
		return -E2BIG;
	}
	return 0;
}

/**
 * rpt_bundle_create() - make a bundle, not yet published
 * @p: what it is made of
 * @extack: where to say why not, or NULL
 *
 * Context: Process context; one check of a public key for each certificate.
 * Return: the bundle, one reference; -EINVAL for a name that is none, without
 * a certificate or with one twice, -E2BIG if there is too much of something,
 * the errors of rpt_anchor_init() for a certificate, -EBADMSG for an issuer
 * that is not a name, -ENOMEM.
 */
struct rpt_bundle *rpt_bundle_create(const struct rpt_bundle_params *p,
				     struct netlink_ext_ack *extack)
{
	struct rpt_bundle *b;
	int err;

	err = check_counts(p, extack);
	if (err)
		return ERR_PTR(err);
	b = kzalloc_obj(*b, GFP_KERNEL_ACCOUNT);
	if (!b)
		return ERR_PTR(-ENOMEM);
	refcount_set(&b->ref, 1);
	b->td_len = p->td_len;
	b->trust_domain = kmemdup_nul(p->trust_domain, p->td_len, GFP_KERNEL_ACCOUNT);
	b->anchors = kvzalloc_objs(*b->anchors, p->n_certs, GFP_KERNEL_ACCOUNT);
	b->tally = rpt_tally_create();
	err = -ENOMEM;
	if (b->trust_domain && b->anchors && b->tally)
		err = add_anchors(b, p, extack);
	if (!err)
		err = add_revoked(b, p, extack);
	if (err) {
		bundle_free(b);
		return ERR_PTR(err);
	}
	return b;
}

static int bundle_insert(struct rpt_net *rn, struct rpt_bundle *b)
{
	struct rpt_table *t = &rn->bundles;
	int err;

	b->generation = t->generation + 1;
	err = xa_alloc_cyclic(&t->by_id, &b->id, b, xa_limit_32b, &t->next_id,
			      GFP_KERNEL_ACCOUNT);
	if (err < 0)
		return err;
	err = rhashtable_insert_fast(&t->by_name, &b->node, bundle_params);
	if (err) {
		xa_erase(&t->by_id, b->id);
		return err;
	}
	t->generation++;
	t->n++;
	return 0;
}

/**
 * rpt_bundle_add() - publish the bundle of a trust domain that has none
 * @rn: where
 * @b: the bundle; the caller's reference is consumed on success
 * @extack: where to say why not, or NULL
 *
 * Context: Process context.
 * Return: 0, -EEXIST if there is one, -ENOSPC if there are too many, -ENOMEM.
 */
int rpt_bundle_add(struct rpt_net *rn, struct rpt_bundle *b,
		   struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&rn->lock);
	if (lookup(rn, b->trust_domain, b->td_len)) {
		NL_SET_ERR_MSG(extack, "the trust domain has a bundle");
		err = -EEXIST;
	} else if (rn->bundles.n >= RPT_BUNDLES_MAX) {
		NL_SET_ERR_MSG(extack, "a network namespace takes at most 1024 bundles");
		err = -ENOSPC;
	} else {
		err = bundle_insert(rn, b);
	}
	mutex_unlock(&rn->lock);
	return err;
}

static int no_bundle(struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG(extack, "the trust domain has no bundle");
	return -ENOENT;
}

/**
 * rpt_bundle_replace() - publish a bundle in place of the one that there is
 * @rn: where
 * @b: the bundle; the caller's reference is consumed on success
 * @extack: where to say why not, or NULL
 *
 * Whoever looks the trust domain up finds the old bundle or the new one, never
 * none and never a mixture.
 *
 * Context: Process context.
 * Return: 0 or -ENOENT.
 */
int rpt_bundle_replace(struct rpt_net *rn, struct rpt_bundle *b,
		       struct netlink_ext_ack *extack)
{
	struct rpt_table *t = &rn->bundles;
	struct rpt_bundle *old;
	int err;

	mutex_lock(&rn->lock);
	old = lookup(rn, b->trust_domain, b->td_len);
	if (!old) {
		mutex_unlock(&rn->lock);
		return no_bundle(extack);
	}
	b->id = old->id;
	rpt_tally_put(b->tally);
	b->tally = rpt_tally_get(old->tally);
	b->generation = t->generation + 1;
	err = rhashtable_replace_fast(&t->by_name, &old->node, &b->node, bundle_params);
	if (!err) {
		t->generation++;
		/* The place is taken already, so this allocates nothing */
		xa_store(&t->by_id, b->id, b, GFP_KERNEL);
		rpt_bundle_put(old);
	}
	mutex_unlock(&rn->lock);
	return err;
}

static void bundle_remove(struct rpt_net *rn, struct rpt_bundle *b)
{
	struct rpt_table *t = &rn->bundles;

	rhashtable_remove_fast(&t->by_name, &b->node, bundle_params);
	xa_erase(&t->by_id, b->id);
	t->generation++;
	t->n--;
	rpt_bundle_put(b);
}

/**
 * rpt_bundle_del() - trust a trust domain no longer
 * @rn: where
 * @td: name of the trust domain
 * @td_len: its length
 * @extack: where to say why not, or NULL
 *
 * Context: Process context.
 * Return: 0 or -ENOENT.
 */
int rpt_bundle_del(struct rpt_net *rn, const char *td, size_t td_len,
		   struct netlink_ext_ack *extack)
{
	struct rpt_bundle *b;

	mutex_lock(&rn->lock);
	b = lookup(rn, td, td_len);
	if (b)
		bundle_remove(rn, b);
	mutex_unlock(&rn->lock);
	return b ? 0 : no_bundle(extack);
}

/**
 * rpt_bundle_get() - look up the bundle of a trust domain
 * @rn: where
 * @td: name of the trust domain, need not be terminated
 * @td_len: its length
 *
 * Context: Any context.
 * Return: the bundle with a reference for the caller, NULL if there is none.
 */
struct rpt_bundle *rpt_bundle_get(struct rpt_net *rn, const char *td, size_t td_len)
{
	struct rpt_bundle *b;

	rcu_read_lock();
	/* One without references was replaced just now: look again */
	do {
		b = lookup(rn, td, td_len);
	} while (b && !refcount_inc_not_zero(&b->ref));
	rcu_read_unlock();
	return b;
}

/**
 * rpt_bundle_find() - look up the bundle of a trust domain
 * @net: network namespace
 * @td: name of the trust domain, need not be terminated
 * @td_len: its length
 *
 * Context: Any context.
 * Return: the bundle with a reference for the caller, NULL if there is none.
 */
struct rpt_bundle *rpt_bundle_find(struct net *net, const char *td, size_t td_len)
{
	return rpt_bundle_get(rpt_net(net), td, td_len);
}

/**
 * rpt_bundles_init() - begin without bundles
 * @rn: where
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int rpt_bundles_init(struct rpt_net *rn)
{
	return rpt_table_init(&rn->bundles, &bundle_params);
}

/**
 * rpt_bundles_exit() - drop all bundles
 * @rn: where; nobody looks anything up any more
 *
 * Context: Process context.
 */
void rpt_bundles_exit(struct rpt_net *rn)
{
	struct rpt_bundle *b;
	unsigned long i;

	mutex_lock(&rn->lock);
	xa_for_each(&rn->bundles.by_id, i, b)
		bundle_remove(rn, b);
	mutex_unlock(&rn->lock);
	rpt_table_destroy(&rn->bundles);
}
