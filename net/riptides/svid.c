// SPDX-License-Identifier: GPL-2.0-only
/*
 * X.509-SVIDs of our own
 *
 * What peers would refuse is refused here, when somebody is there to be told:
 * the rules are those of chain.c.  Whether a peer's bundle has the CA that
 * issued a chain is the peer's question.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "der.h"
#include "hs.h"
#include "svid.h"
#include "tally.h"

/**
 * struct check - certificates that are looked at
 * @n: how many
 * @now: seconds since 1970
 * @not_before: when the last of them became valid
 * @not_after: when the first of them ceases to be
 * @id: SPIFFE ID of the leaf
 * @extack: where to say why not, or NULL
 * @cert: the certificates, leaf first
 */
struct check {
	unsigned int n;
	time64_t now;
	time64_t not_before;
	time64_t not_after;
	struct rpt_spiffe id;
	struct netlink_ext_ack *extack;
	struct rpt_x509 cert[] __counted_by(n);
};

/* All that a TLS Certificate message has to hold (RFC 8446 section 4.4.2) */
static int check_size(const struct rpt_chain *chain, struct netlink_ext_ack *extack)
{
	size_t size = 4;
	unsigned int i;

	if (!chain->n) {
		NL_SET_ERR_MSG(extack, "a chain needs at least one certificate");
		return -EINVAL;
	}
	if (chain->n > RPT_CHAIN_MAX) {
		NL_SET_ERR_MSG(extack, "a chain takes at most 8 certificates");
		return -E2BIG;
	}
	for (i = 0; i < chain->n; i++)
		size += 5 + chain->cert[i].len;
	if (size > RPT_OWN_CERT_MSG_MAX) {
		NL_SET_ERR_MSG(extack, "a chain takes at most 8 KiB");
		return -EMSGSIZE;
	}
	return 0;
}

/* What holds for leaf and CA alike */
static int check_any(struct check *c, unsigned int i, const struct rpt_blob *der)
{
	struct rpt_x509 *x = &c->cert[i];

	if (rpt_x509_parse(x, der->data, der->len)) {
		NL_SET_ERR_MSG_FMT(c->extack, "certificate %u is not in strict DER", i + 1);
		return -EBADMSG;
	}
	if (x->flaws) {
		NL_SET_ERR_MSG_FMT(c->extack, "certificate %u: %s", i + 1,
				   rpt_x509_flaw_name(x->flaws));
		return -EKEYREJECTED;
	}
	if (c->now < x->not_before) {
		NL_SET_ERR_MSG_FMT(c->extack, "certificate %u is not yet valid", i + 1);
		return -EKEYEXPIRED;
	}
	if (c->now > x->not_after) {
		NL_SET_ERR_MSG_FMT(c->extack, "certificate %u has expired", i + 1);
		return -EKEYEXPIRED;
	}
	c->not_before = max(c->not_before, x->not_before);
	c->not_after = min(c->not_after, x->not_after);
	return 0;
}

/* X.509-SVID sections 2, 4.1, 4.3 and 4.4; a sentence if it breaks one */
static const char *leaf_fault(const struct rpt_x509 *x, struct rpt_spiffe *id)
{
	if (x->ca)
		return "the leaf is a CA";
	if (!(x->seen & RPT_X509_EXT_KEY_USAGE))
		return "the leaf has no key usage";
	if (!(x->key_usage & RPT_KU_DIGITAL_SIGNATURE))
		return "the leaf may not make signatures";
	if (x->key_usage & (RPT_KU_KEY_CERT_SIGN | RPT_KU_CRL_SIGN))
		return "the leaf may sign certificates or CRLs";
	if ((x->seen & RPT_X509_EXT_EKU) &&
	    !(x->eku & (RPT_EKU_SERVER_AUTH | RPT_EKU_CLIENT_AUTH)))
		return "the leaf is for neither TLS clients nor servers";
	if (!x->n_uri)
		return "the leaf has no URI name";
	if (x->n_uri > 1)
		return "the leaf has more than one URI name";
	if (rpt_spiffe_parse((const char *)x->uri.data, x->uri.len, id))
		return "the URI name of the leaf is not a SPIFFE ID";
	if (!id->path_len)
		return "the SPIFFE ID of the leaf has no path";
	return NULL;
}

/* Is @x for the public half of @key? There is one encoding of a key only. */
static bool key_fits(const struct rpt_x509 *x, const struct rpt_privkey *key)
{
	u8 spki[RPT_RSA_MAX + 128];
	struct rpt_blob ours;
	struct rpt_wr w;

	rpt_wr_init(&w, spki, sizeof(spki));
	rpt_x509_put_spki(&w, &key->pub);
	ours.data = spki;
	ours.len = w.len;
	return !w.err && rpt_blob_eq(&ours, &x->spki) && !rpt_pubkey_check(&x->key);
}

static int check_leaf(struct check *c, const struct rpt_privkey *key)
{
	const struct rpt_x509 *leaf = &c->cert[0];
	const char *fault = leaf_fault(leaf, &c->id);

	if (!fault && !key_fits(leaf, key))
		fault = "the leaf is not for this private key";
	if (!fault)
		return 0;
	NL_SET_ERR_MSG_FMT(c->extack, "%s", fault);
	return -EKEYREJECTED;
}

/* By name, by key identifier, by right, and by signature */
static bool issued_by(const struct rpt_x509 *x, const struct rpt_x509 *ca)
{
	if (!rpt_blob_eq(&x->issuer, &ca->subject))
		return false;
	if (x->aki.len && ca->ski.len && !rpt_blob_eq(&x->aki, &ca->ski))
		return false;
	if (!ca->ca || !(ca->key_usage & RPT_KU_KEY_CERT_SIGN))
		return false;
	return !rpt_pubkey_check(&ca->key) && !rpt_x509_verify(x, &ca->key);
}

/* RFC 8446 section 4.4.2: each certificate certifies the one before it */
static int check_links(const struct check *c)
{
	unsigned int i;

	for (i = 1; i < c->n; i++) {
		if (!issued_by(&c->cert[i - 1], &c->cert[i])) {
			NL_SET_ERR_MSG_FMT(c->extack, "certificate %u did not issue certificate %u",
					   i + 1, i);
			return -EKEYREJECTED;
		}
	}
	return 0;
}

static int check_chain(struct check *c, const struct rpt_chain *chain,
		       const struct rpt_privkey *key)
{
	unsigned int i;
	int err;

	for (i = 0; i < chain->n; i++) {
		err = check_any(c, i, &chain->cert[i]);
		if (err)
			return err;
	}
	return check_leaf(c, key) ?: check_links(c);
}

/* One allocation, so that one kfree_sensitive() is all of its end */
static struct rpt_svid *assemble(const struct check *c, const struct rpt_chain *chain,
				 const struct rpt_privkey *key)
{
	struct rpt_svid *svid;
	size_t der_len = 0;
	unsigned int i;
	u8 *at;

	for (i = 0; i < chain->n; i++)
		der_len += chain->cert[i].len;
	svid = kzalloc_flex(*svid, data, der_len + c->id.len + 1, GFP_KERNEL_ACCOUNT);
	if (!svid)
		return ERR_PTR(-ENOMEM);
	refcount_set(&svid->ref, 1);
	svid->der = svid->data;
	svid->der_len = der_len;
	svid->chain.n = chain->n;
	at = svid->der;
	for (i = 0; i < chain->n; i++) {
		svid->chain.cert[i].data = memcpy(at, chain->cert[i].data,
						  chain->cert[i].len);
		svid->chain.cert[i].len = chain->cert[i].len;
		at += chain->cert[i].len;
	}
	rpt_hash_oneshot(RPT_HASH_SHA256, svid->der, der_len, svid->digest);
	svid->spiffe_id = memcpy(at, c->id.id, c->id.len);
	svid->spiffe_len = c->id.len;
	svid->not_before = c->not_before;
	svid->not_after = c->not_after;
	svid->key = *key;
	return svid;
}

/**
 * rpt_svid_create() - join a key and its certificates
 * @chain: certificates, leaf first; copied
 * @key: the leaf's private key; copied
 * @now: seconds since 1970; all of @chain must be valid then
 * @extack: where to say why not, or NULL
 *
 * Context: Process context; one public-key operation for each certificate.
 * Return: the SVID, one reference; -EINVAL without a certificate, -E2BIG with
 * too many, -EMSGSIZE if they are too long to be sent, -EBADMSG for one that is
 * not in strict DER, -EKEYEXPIRED for one that is not valid at @now,
 * -EKEYREJECTED if something is not supported or against the rules of
 * X.509-SVID, or if what is given does not belong together; -ENOMEM.
 */
struct rpt_svid *rpt_svid_create(const struct rpt_chain *chain,
				 const struct rpt_privkey *key, time64_t now,
				 struct netlink_ext_ack *extack)
{
	struct rpt_svid *svid;
	struct check *c;
	int err;

	err = check_size(chain, extack);
	if (err)
		return ERR_PTR(err);
	c = kzalloc_flex(*c, cert, chain->n);
	if (!c)
		return ERR_PTR(-ENOMEM);
	c->n = chain->n;
	c->now = now;
	c->not_before = S64_MIN;
	c->not_after = S64_MAX;
	c->extack = extack;
	err = check_chain(c, chain, key);
	svid = err ? ERR_PTR(err) : assemble(c, chain, key);
	kfree(c);
	return svid;
}

static void svid_free_rcu(struct rcu_head *rcu)
{
	struct rpt_svid *svid = container_of(rcu, struct rpt_svid, rcu);

	rpt_tally_put(svid->tally);
	kfree_sensitive(svid);
}

/**
 * rpt_svid_put() - drop a reference
 * @svid: SVID, or NULL
 *
 * Context: Any context.
 */
void rpt_svid_put(struct rpt_svid *svid)
{
	if (svid && refcount_dec_and_test(&svid->ref))
		call_rcu(&svid->rcu, svid_free_rcu);
}

/**
 * rpt_svid_current() - are all certificates of an SVID valid?
 * @svid: SVID
 * @now: seconds since 1970
 *
 * Context: Any context.
 * Return: true if so.
 */
bool rpt_svid_current(const struct rpt_svid *svid, time64_t now)
{
	return now >= svid->not_before && now <= svid->not_after;
}

/**
 * rpt_svid_sign() - sign with the key of an SVID
 * @svid: SVID
 * @scheme: SignatureScheme code point, not one for certificates only
 * @msg: what to sign
 * @len: its length
 * @sig: where the signature goes
 * @cap: room at @sig; RPT_SIG_MAX is always enough
 * @siglen: length of the signature
 *
 * Context: Process context; needs 5 kB of stack.
 * Return: as rpt_sig_sign().
 */
int rpt_svid_sign(const struct rpt_svid *svid, u16 scheme, const u8 *msg, size_t len,
		  u8 *sig, size_t cap, size_t *siglen)
{
	return rpt_sig_sign(scheme, &svid->key, msg, len, sig, cap, siglen);
}
