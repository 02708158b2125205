// SPDX-License-Identifier: GPL-2.0-only
/*
 * Identities
 */
#include <linux/err.h>
#include <linux/netlink.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "identity.h"

static const struct rhashtable_params identity_params = {
	.head_offset		= offsetof(struct rpt_identity, node),
	.key_offset		= offsetof(struct rpt_identity, name),
	.key_len		= sizeof_field(struct rpt_identity, name),
	.automatic_shrinking	= true,
};

static struct rpt_identity *lookup(struct rpt_net *rn, const char *name)
{
	char key[sizeof_field(struct rpt_identity, name)];

	if (strscpy_pad(key, name) < 0)
		return NULL;
	return rhashtable_lookup_fast(&rn->identities.by_name, key, identity_params);
}

static int no_identity(struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG(extack, "there is no identity of that name");
	return -ENOENT;
}

/**
 * rpt_identity_lookup() - look up an identity
 * @rn: where
 * @name: its name
 *
 * Context: Process context, rpt_net.lock held.
 * Return: the identity, NULL if there is none.
 */
struct rpt_identity *rpt_identity_lookup(struct rpt_net *rn, const char *name)
{
	lockdep_assert_held(&rn->lock);
	return lookup(rn, name);
}

static struct rpt_svid *svid_locked(const struct rpt_net *rn,
				    const struct rpt_identity *id)
{
	return rcu_dereference_protected(id->svid, lockdep_is_held(&rn->lock));
}

/**
 * rpt_identity_state() - where does an identity stand?
 * @rn: where
 * @id: identity
 * @now: seconds since 1970
 *
 * Context: Process context, rpt_net.lock held.
 * Return: the state.
 */
enum riptides_identity_state rpt_identity_state(const struct rpt_net *rn,
						const struct rpt_identity *id,
						time64_t now)
{
	const struct rpt_svid *svid = svid_locked(rn, id);

	if (!svid)
		return id->pending ? RIPTIDES_IDENTITY_STATE_CSR_PENDING :
				     RIPTIDES_IDENTITY_STATE_NEEDS_CSR;
	if (!rpt_svid_current(svid, now))
		return RIPTIDES_IDENTITY_STATE_EXPIRED;
	return id->pending ? RIPTIDES_IDENTITY_STATE_RENEWING :
			     RIPTIDES_IDENTITY_STATE_VALID;
}

static int check_params(const struct rpt_identity_params *p, size_t *size,
			struct netlink_ext_ack *extack)
{
	struct rpt_spiffe id;
	unsigned int i;

	if (!rpt_name_valid(p->name)) {
		NL_SET_ERR_MSG(extack, "a name is 1 to 63 printable ASCII characters, no spaces");
		return -EINVAL;
	}
	if (rpt_spiffe_parse((const char *)p->spiffe_id.data, p->spiffe_id.len, &id) ||
	    !id.path_len) {
		NL_SET_ERR_MSG(extack, "an identity needs a SPIFFE ID with a path");
		return -EINVAL;
	}
	if (p->n_dns > RPT_CSR_DNS_MAX) {
		NL_SET_ERR_MSG(extack, "an identity takes at most 16 DNS names");
		return -E2BIG;
	}
	*size = p->spiffe_id.len + 1;
	for (i = 0; i < p->n_dns; i++) {
		if (!rpt_x509_dns_valid((const char *)p->dns[i].data, p->dns[i].len, true)) {
			NL_SET_ERR_MSG_FMT(extack, "DNS name %u is not one", i + 1);
			return -EINVAL;
		}
		*size += p->dns[i].len + 1;
	}
	return 0;
}

/* The memory is zero: what is copied ends with a NUL */
static const char *put_string(char **at, const struct rpt_blob *from)
{
	char *to = memcpy(*at, from->data, from->len);

	*at += from->len + 1;
	return to;
}

static void identity_free(struct rpt_identity *id)
{
	rpt_tally_put(id->tally);
	kfree_rcu(id, rcu);
}

static struct rpt_identity *identity_create(const struct rpt_identity_params *p,
					    struct netlink_ext_ack *extack)
{
	struct rpt_identity *id;
	unsigned int i;
	size_t size;
	char *at;
	int err;

	err = check_params(p, &size, extack);
	if (err)
		return ERR_PTR(err);
	id = kzalloc_flex(*id, data, size, GFP_KERNEL_ACCOUNT);
	if (!id)
		return ERR_PTR(-ENOMEM);
	id->tally = rpt_tally_create();
	if (!id->tally) {
		kfree(id);
		return ERR_PTR(-ENOMEM);
	}
	strscpy_pad(id->name, p->name);
	at = id->data;
	id->spiffe_id = put_string(&at, &p->spiffe_id);
	id->spiffe_len = p->spiffe_id.len;
	for (i = 0; i < p->n_dns; i++)
		id->dns[i] = put_string(&at, &p->dns[i]);
	id->n_dns = p->n_dns;
	return id;
}

static int identity_insert(struct rpt_net *rn, struct rpt_identity *id,
			   struct netlink_ext_ack *extack)
{
	struct rpt_table *t = &rn->identities;
	int err;

	if (lookup(rn, id->name)) {
		NL_SET_ERR_MSG(extack, "there is an identity of that name");
		return -EEXIST;
	}
	if (t->n >= RPT_IDENTITIES_MAX) {
		NL_SET_ERR_MSG(extack, "a network namespace takes at most 131072 identities");
		return -ENOSPC;
	}
	err = xa_alloc_cyclic(&t->by_id, &id->id, id, xa_limit_32b, &t->next_id,
			      GFP_KERNEL_ACCOUNT);
	if (err < 0)
		return err;
	err = rhashtable_insert_fast(&t->by_name, &id->node, identity_params);
	if (err) {
		xa_erase(&t->by_id, id->id);
		return err;
	}
	if (rcu_access_pointer(id->svid))
		xa_set_mark(&t->by_id, id->id, RPT_IDENTITY_READY);
	t->generation++;
	t->n++;
	rpt_renew_watch(rn, id);
	return 0;
}

/**
 * rpt_identity_new() - add an identity whose key is to be made here
 * @rn: where
 * @p: what it is made of
 * @extack: where to say why not, or NULL
 *
 * Context: Process context.
 * Return: 0, -EINVAL for something malformed, -E2BIG for too many names,
 * -EEXIST if the name is taken, -ENOSPC if there are too many, -ENOMEM.
 */
int rpt_identity_new(struct rpt_net *rn, const struct rpt_identity_params *p,
		     struct netlink_ext_ack *extack)
{
	struct rpt_identity *id;
	int err;

	id = identity_create(p, extack);
	if (IS_ERR(id))
		return PTR_ERR(id);
	mutex_lock(&rn->lock);
	err = identity_insert(rn, id, extack);
	mutex_unlock(&rn->lock);
	if (err)
		identity_free(id);
	return err;
}

/* The DNS names of a leaf, for the requests that will renew it; or -ENOMEM */
static int leaf_names(const struct rpt_svid *svid, struct rpt_blob *dns)
{
	struct rpt_blob value;
	struct rpt_x509 *x;
	struct rpt_rd it;
	int n = 0;
	u8 type;

	x = kmalloc_obj(*x);
	if (!x)
		return -ENOMEM;
	if (!rpt_x509_parse(x, svid->chain.cert[0].data, svid->chain.cert[0].len)) {
		rpt_rd_init(&it, x->san.data, x->san.len);
		while (n < RPT_CSR_DNS_MAX && rpt_x509_san_next(&it, &type, &value)) {
			if (type == RPT_SAN_DNS &&
			    rpt_x509_dns_valid((const char *)value.data, value.len, true))
				dns[n++] = value;
		}
	}
	kfree(x);
	return n;
}

static int wrong_id(struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG(extack, "the leaf has another SPIFFE ID");
	return -EINVAL;
}

/* Names of @p that are not given come out of the leaf */
static struct rpt_identity *identity_from_svid(const struct rpt_identity_params *p,
					       const struct rpt_svid *svid,
					       struct netlink_ext_ack *extack)
{
	struct rpt_identity_params own = *p;
	struct rpt_blob dns[RPT_CSR_DNS_MAX];
	struct rpt_blob leaf;
	int n;

	leaf.data = (const u8 *)svid->spiffe_id;
	leaf.len = svid->spiffe_len;
	if (!own.spiffe_id.len)
		own.spiffe_id = leaf;
	else if (own.spiffe_id.len != leaf.len ||
		 memcmp(own.spiffe_id.data, leaf.data, leaf.len))
		return ERR_PTR(wrong_id(extack));
	if (!own.n_dns) {
		n = leaf_names(svid, dns);
		if (n < 0)
			return ERR_PTR(n);
		own.dns = dns;
		own.n_dns = n;
	}
	return identity_create(&own, extack);
}

/**
 * rpt_identity_import() - add an identity with a key of somebody else's making
 * @rn: where
 * @p: what it is made of; a SPIFFE ID and DNS names may be missing, as the leaf
 *	has them
 * @chain: certificates, leaf first; copied
 * @key: the leaf's private key; copied
 * @extack: where to say why not, or NULL
 *
 * Context: Process context; some public-key operations.
 * Return: as rpt_identity_new() and rpt_svid_create(); -EINVAL, too, if the
 * leaf is for another SPIFFE ID.
 */
int rpt_identity_import(struct rpt_net *rn, const struct rpt_identity_params *p,
			const struct rpt_chain *chain, const struct rpt_privkey *key,
			struct netlink_ext_ack *extack)
{
	struct rpt_identity *id;
	struct rpt_svid *svid;
	int err;

	svid = rpt_svid_create(chain, key, ktime_get_real_seconds(), extack);
	if (IS_ERR(svid))
		return PTR_ERR(svid);
	id = identity_from_svid(p, svid, extack);
	if (IS_ERR(id)) {
		rpt_svid_put(svid);
		return PTR_ERR(id);
	}
	svid->tally = rpt_tally_get(id->tally);
	RCU_INIT_POINTER(id->svid, svid);
	mutex_lock(&rn->lock);
	err = identity_insert(rn, id, extack);
	mutex_unlock(&rn->lock);
	if (err) {
		rpt_svid_put(svid);
		identity_free(id);
	}
	return err;
}

static void drop_pending(struct rpt_identity *id)
{
	kfree_sensitive(id->pending);
	id->pending = NULL;
}

static void identity_remove(struct rpt_net *rn, struct rpt_identity *id)
{
	struct rpt_table *t = &rn->identities;
	struct rpt_svid *svid;

	rhashtable_remove_fast(&t->by_name, &id->node, identity_params);
	xa_erase(&t->by_id, id->id);
	t->generation++;
	t->n--;
	svid = rcu_replace_pointer(id->svid, NULL, lockdep_is_held(&rn->lock));
	rpt_svid_put(svid);
	drop_pending(id);
	identity_free(id);
}

/**
 * rpt_identity_del() - remove an identity
 * @rn: where
 * @name: its name
 * @extack: where to say why not, or NULL
 *
 * Who holds its SVID goes on using it.
 *
 * Context: Process context.
 * Return: 0 or -ENOENT.
 */
int rpt_identity_del(struct rpt_net *rn, const char *name,
		     struct netlink_ext_ack *extack)
{
	struct rpt_identity *id;

	mutex_lock(&rn->lock);
	id = lookup(rn, name);
	if (id)
		identity_remove(rn, id);
	mutex_unlock(&rn->lock);
	return id ? 0 : no_identity(extack);
}

static int csr_write(const struct rpt_identity *id, const struct rpt_privkey *key,
		     u8 *out, size_t cap, size_t *out_len)
{
	struct rpt_csr_params p = {
		.names.spiffe_id = id->spiffe_id,
		.names.dns	 = id->dns,
		.names.n_dns	 = id->n_dns,
		.key		 = &key->pub,
		.signer.scheme	 = RPT_SIG_ECDSA_SECP256R1_SHA256,
		.signer.key	 = key,
	};

	return rpt_csr_write(&p, out, cap, out_len);
}

/**
 * rpt_identity_rekey() - make a new key, unless one is pending
 * @rn: where
 * @id: identity
 *
 * Context: Process context, rpt_net.lock held; one private-key operation.
 * Return: 0, -ENOMEM, or as rpt_privkey_generate().
 */
int rpt_identity_rekey(struct rpt_net *rn, struct rpt_identity *id)
{
	struct rpt_privkey *key;
	int err;

	lockdep_assert_held(&rn->lock);
	if (id->pending)
		return 0;
	key = kzalloc_obj(*key, GFP_KERNEL_ACCOUNT);
	if (!key)
		return -ENOMEM;
	err = rpt_privkey_generate(key, RPT_KEY_EC_P256);
	if (err) {
		kfree_sensitive(key);
		return err;
	}
	id->pending = key;
	rn->identities.generation++;
	return 0;
}

/* A key that no request could be made for is not kept */
static int csr_locked(struct rpt_net *rn, struct rpt_identity *id,
		      u8 *out, size_t cap, size_t *out_len)
{
	bool made = !id->pending;
	int err;

	err = rpt_identity_rekey(rn, id);
	if (err == -ERESTARTSYS)	/* nobody restarts a netlink request */
		err = -EINTR;
	if (err)
		return err;
	err = csr_write(id, id->pending, out, cap, out_len);
	if (err && made)
		drop_pending(id);
	return err;
}

/**
 * rpt_identity_csr() - make a certification request
 * @rn: where
 * @name: name of the identity
 * @out: where to put the request
 * @cap: room at @out; RPT_IDENTITY_CSR_MAX is always enough
 * @out_len: its length
 * @extack: where to say why not, or NULL
 *
 * For the key that is pending, or else for a new one, which then is pending:
 * to ask again, as after a lost answer, spoils nothing.
 *
 * Context: Process context; one private-key operation, one more for a new key.
 * Return: 0, -ENOENT, -ENOMEM, -EINTR if a signal came before there was any
 * randomness, -EIO, or as rpt_csr_write().
 */
int rpt_identity_csr(struct rpt_net *rn, const char *name, u8 *out, size_t cap,
		     size_t *out_len, struct netlink_ext_ack *extack)
{
	struct rpt_identity *id;
	int err;

	mutex_lock(&rn->lock);
	id = lookup(rn, name);
	err = id ? csr_locked(rn, id, out, cap, out_len) : no_identity(extack);
	mutex_unlock(&rn->lock);
	return err;
}

static int cert_set_locked(struct rpt_net *rn, struct rpt_identity *id,
			   const struct rpt_chain *chain, const struct rpt_privkey *key,
			   struct netlink_ext_ack *extack)
{
	struct rpt_svid *svid;

	if (!key)
		key = id->pending;
	if (!key) {
		NL_SET_ERR_MSG(extack, "no certification request was made");
		return -ENOKEY;
	}
	svid = rpt_svid_create(chain, key, ktime_get_real_seconds(), extack);
	if (IS_ERR(svid))
		return PTR_ERR(svid);
	if (svid->spiffe_len != id->spiffe_len ||
	    memcmp(svid->spiffe_id, id->spiffe_id, id->spiffe_len)) {
		rpt_svid_put(svid);
		return wrong_id(extack);
	}
	svid->tally = rpt_tally_get(id->tally);
	svid = rcu_replace_pointer(id->svid, svid, lockdep_is_held(&rn->lock));
	rpt_svid_put(svid);
	drop_pending(id);
	xa_set_mark(&rn->identities.by_id, id->id, RPT_IDENTITY_READY);
	rn->identities.generation++;
	rpt_renew_watch(rn, id);
	return 0;
}

/**
 * rpt_identity_cert_set() - put a chain to use
 * @rn: where
 * @name: name of the identity
 * @chain: certificates, leaf first; copied
 * @key: the leaf's private key, copied; NULL for the one that is pending
 * @extack: where to say why not, or NULL
 *
 * On success no key is pending any more. On failure nothing has changed.
 *
 * Context: Process context; some public-key operations.
 * Return: 0, -ENOENT, -ENOKEY if no key is pending, -EINVAL if the leaf is for
 * another SPIFFE ID, or as rpt_svid_create().
 */
int rpt_identity_cert_set(struct rpt_net *rn, const char *name,
			  const struct rpt_chain *chain, const struct rpt_privkey *key,
			  struct netlink_ext_ack *extack)
{
	struct rpt_identity *id;
	int err;

	mutex_lock(&rn->lock);
	id = lookup(rn, name);
	err = id ? cert_set_locked(rn, id, chain, key, extack) : no_identity(extack);
	mutex_unlock(&rn->lock);
	return err;
}

/* A reference to what an identity proves itself with now, or an error */
static struct rpt_svid *svid_of(const struct rpt_identity *id, time64_t now)
{
	struct rpt_svid *svid;

	/* One without references was replaced just now: look again */
	do {
		svid = rcu_dereference(id->svid);
		if (!svid)
			return ERR_PTR(-ENOKEY);
		if (!rpt_svid_current(svid, now))
			return ERR_PTR(-EKEYEXPIRED);
	} while (!refcount_inc_not_zero(&svid->ref));
	return svid;
}

/* Of those that are ready, only expired ones are passed over */
static struct rpt_svid *default_svid(struct rpt_net *rn, time64_t now)
{
	struct rpt_svid *svid = ERR_PTR(-ENOKEY);
	struct rpt_identity *id;
	unsigned long i;

	xa_for_each_marked(&rn->identities.by_id, i, id, RPT_IDENTITY_READY) {
		svid = svid_of(id, now);
		if (!IS_ERR(svid))
			break;
	}
	return svid;
}

/**
 * rpt_identity_get_svid() - what an identity proves itself with
 * @rn: where
 * @name: name of the identity; NULL for the first one added that can be used
 *
 * Context: Any context.
 * Return: the SVID with a reference for the caller; -ENOENT if there is no such
 * identity, -ENOKEY if none has a chain, -EKEYEXPIRED if that has expired.
 */
struct rpt_svid *rpt_identity_get_svid(struct rpt_net *rn, const char *name)
{
	time64_t now = ktime_get_real_seconds();
	const struct rpt_identity *id;
	struct rpt_svid *svid;

	rcu_read_lock();
	if (name) {
		id = lookup(rn, name);
		svid = id ? svid_of(id, now) : ERR_PTR(-ENOENT);
	} else {
		svid = default_svid(rn, now);
	}
	rcu_read_unlock();
	return svid;
}

/**
 * rpt_identity_svid() - what an identity proves itself with
 * @net: network namespace
 * @name: name of the identity; NULL for the first one added that can be used
 *
 * Context: Any context.
 * Return: as rpt_identity_get_svid().
 */
struct rpt_svid *rpt_identity_svid(struct net *net, const char *name)
{
	return rpt_identity_get_svid(rpt_net(net), name);
}

/**
 * rpt_identities_init() - begin without identities
 * @rn: where
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int rpt_identities_init(struct rpt_net *rn)
{
	rpt_renew_init(rn);
	return rpt_table_init(&rn->identities, &identity_params);
}

/**
 * rpt_identities_exit() - drop all identities
 * @rn: where; nobody looks anything up any more
 *
 * Context: Process context.
 */
void rpt_identities_exit(struct rpt_net *rn)
{
	struct rpt_identity *id;
	unsigned long i;

	rpt_renew_exit(rn);
	mutex_lock(&rn->lock);
	xa_for_each(&rn->identities.by_id, i, id) {
		identity_remove(rn, id);
		cond_resched();
	}
	mutex_unlock(&rn->lock);
	rpt_table_destroy(&rn->identities);
}
