// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certification path building and validation
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "chain.h"
#include "der.h"

/**
 * DOC: Certification paths
 *
 * The validator is RFC 5280 section 6.1 for a profile small enough to be read
 * in one sitting: no policies, no name constraints, no CRLs. It uses one parser
 * (x509.c, strict DER) and one signature interface (sig.h), so that what is
 * judged is what was signed.
 *
 * BearSSL's x509_minimal is not used. It refuses a critical extKeyUsage, knows
 * alternative names up to 255 bytes, accepts CA leaves, swapped order, lenient
 * DER and RSA from 1024 bits, skips the inner signature algorithm and ignores
 * extKeyUsage. To close all of that takes a full parser of our own beside it,
 * and then two parsers may disagree about the same bytes. What x509_minimal
 * would still add is the loop over signatures. The arithmetic remains
 * BearSSL's, below sig.h.
 *
 * What is checked, of every certificate on the path: strict DER and version 3,
 * no unknown critical extension, no name constraints, a key that we support of
 * sufficient size, validity, a positive serial number, revocation, a signature
 * algorithm that we support, and the signature. Of CA certificates:
 * basicConstraints, keyCertSign, extKeyUsage, the path length, and a SPIFFE ID,
 * if there is any, without a path and, for the CA that issued the leaf, of the
 * leaf's trust domain. Of the leaf: not a CA, digitalSignature, extKeyUsage, and
 * either the rules of X.509-SVID or host name and address. The anchor comes out
 * of the parameters; one that the peer sends along is not looked at.
 *
 * The path is searched by names and key identifiers first; nothing is verified
 * before an anchor has been reached, and then from the anchor down, so a peer
 * without a certificate from one of our CAs costs us one signature check per
 * anchor of the name it claims. Steps and signature checks are bounded.
 */

/* Certificates looked at as an issuer, over all of the search */
#define STEPS_MAX	256

#define LEAF		0

enum link {
	LINK_UNKNOWN,
	LINK_GOOD,
	LINK_BAD,
};

/**
 * struct verdict - why a certificate is not accepted
 * @err: negative errno
 * @alert: RPT_ALERT_*
 * @reason: for diagnostics
 */
struct verdict {
	int err;
	u8 alert;
	const char *reason;
};

/**
 * struct search - state of one verification
 * @p: what is asked for
 * @chain: what the peer sent
 * @cert: the same, parsed
 * @n: how many
 * @link: enum link: has cert[column] signed cert[row]?
 * @path: indices in @cert, leaf first
 * @next: the next candidate to try as issuer of each on the path
 * @depth: length of @path
 * @steps: candidates tried
 * @sigs: signatures verified
 * @anchor: index of the anchor that the path ends in
 * @id: SPIFFE ID of the leaf
 * @why: the first reason met for which a path could not be taken
 */
struct search {
	const struct rpt_chain_params *p;
	const struct rpt_chain *chain;
	struct rpt_x509 cert[RPT_CHAIN_MAX];
	unsigned int n;
	u8 link[RPT_CHAIN_MAX][RPT_CHAIN_MAX];
	u8 path[RPT_CHAIN_MAX];
	u8 next[RPT_CHAIN_MAX];
	unsigned int depth;
	unsigned int steps;
	unsigned int sigs;
	unsigned int anchor;
	struct rpt_spiffe id;
	struct verdict why;
};

static int refuse(struct verdict *v, int err, u8 alert, const char *reason)
{
	v->err = err;
	v->alert = alert;
	v->reason = reason;
	return err;
}

/* Well formed, but something about it is not acceptable */
static int reject(struct verdict *v, u8 alert, const char *reason)
{
	return refuse(v, -EKEYREJECTED, alert, reason);
}

/* Keep the first reason: it is the one nearest to the leaf */
static void note(struct search *s, const struct verdict *v)
{
	if (!s->why.err)
		s->why = *v;
}

/* A sign octet in the list must not let a certificate through */
static bool serial_is(const struct rpt_x509 *x, struct rpt_blob serial)
{
	while (serial.len > 1 && !*serial.data) {
		serial.data++;
		serial.len--;
	}
	return rpt_blob_eq(&serial, &x->serial);
}

static bool is_revoked(const struct rpt_chain_params *p, const struct rpt_x509 *x)
{
	const struct rpt_revocation *r;
	unsigned int i;

	for (i = 0; i < p->n_revoked; i++) {
		r = &p->revoked[i];
		if (serial_is(x, r->serial) &&
		    (!r->issuer.len || rpt_blob_eq(&r->issuer, &x->issuer)))
			return true;
	}
	return false;
}

/* RFC 8446 section 6.2: certificate_expired also means "not currently valid" */
static int check_validity(const struct rpt_chain_params *p, const struct rpt_x509 *x,
			  struct verdict *v)
{
	if (p->now < x->not_before)
		return refuse(v, -EKEYEXPIRED, RPT_ALERT_CERTIFICATE_EXPIRED,
			      "certificate is not yet valid");
	if (p->now > x->not_after)
		return refuse(v, -EKEYEXPIRED, RPT_ALERT_CERTIFICATE_EXPIRED,
			      "certificate has expired");
	return 0;
}

static int check_flaws(u16 flaws, struct verdict *v)
{
	const u16 bad = RPT_X509_FLAW_WEAK_KEY | RPT_X509_FLAW_BAD_KEY |
			RPT_X509_FLAW_SERIAL | RPT_X509_FLAW_WEAK_SIG;

	if (!flaws)
		return 0;
	return reject(v, flaws & bad ? RPT_ALERT_BAD_CERTIFICATE :
				       RPT_ALERT_UNSUPPORTED_CERTIFICATE,
		      rpt_x509_flaw_name(flaws & bad ?: flaws));
}

/* What holds for leaf and CA alike */
static int check_any(const struct rpt_chain_params *p, const struct rpt_x509 *x,
		     struct verdict *v)
{
	int err;

	err = check_flaws(x->flaws, v);
	if (!err)
		err = check_validity(p, x, v);
	if (!err && is_revoked(p, x))
		err = refuse(v, -EKEYREVOKED, RPT_ALERT_CERTIFICATE_REVOKED,
			     "certificate is revoked");
	return err;
}

static u16 purpose_eku(const struct rpt_chain_params *p)
{
	return p->purpose == RPT_PURPOSE_SERVER_AUTH ? RPT_EKU_SERVER_AUTH :
						       RPT_EKU_CLIENT_AUTH;
}

static bool eku_allows(const struct rpt_x509 *x, u16 eku)
{
	return !(x->seen & RPT_X509_EXT_EKU) || (x->eku & eku);
}

/* X.509-SVID sections 4.1, 4.3 and 5.2, and the syntax of SPIFFE IDs */
static int check_svid_leaf(struct search *s, const struct rpt_x509 *x, struct verdict *v)
{
	if (!(x->seen & RPT_X509_EXT_KEY_USAGE))
		return reject(v, RPT_ALERT_UNSUPPORTED_CERTIFICATE,
			      "SVID without key usage");
	if (x->key_usage & RPT_KU_CRL_SIGN)
		return reject(v, RPT_ALERT_UNSUPPORTED_CERTIFICATE,
			      "SVID may sign CRLs");
	if (!x->n_uri)
		return reject(v, RPT_ALERT_BAD_CERTIFICATE, "leaf has no URI name");
	if (x->n_uri > 1)
		return reject(v, RPT_ALERT_BAD_CERTIFICATE,
			      "leaf has more than one URI name");
	if (rpt_spiffe_parse((const char *)x->uri.data, x->uri.len, &s->id))
		return reject(v, RPT_ALERT_BAD_CERTIFICATE,
			      "URI name is not a SPIFFE ID");
	if (!s->id.path_len)
		return reject(v, RPT_ALERT_BAD_CERTIFICATE,
			      "SPIFFE ID of the leaf has no path");
	return 0;
}

static int check_leaf(struct search *s, const struct rpt_x509 *x, struct verdict *v)
{
	int err;

	err = check_any(s->p, x, v);
	if (err)
		return err;
	if (x->ca)
		return reject(v, RPT_ALERT_BAD_CERTIFICATE, "leaf is a CA");
	if (x->key_usage & RPT_KU_KEY_CERT_SIGN)
		return reject(v, RPT_ALERT_UNSUPPORTED_CERTIFICATE,
			      "leaf may sign certificates");
	if ((x->seen & RPT_X509_EXT_KEY_USAGE) &&
	    !(x->key_usage & RPT_KU_DIGITAL_SIGNATURE))
		return reject(v, RPT_ALERT_UNSUPPORTED_CERTIFICATE,
			      "leaf may not make signatures");
	if (!eku_allows(x, purpose_eku(s->p)))
		return reject(v, RPT_ALERT_UNSUPPORTED_CERTIFICATE,
			      "extended key usage does not allow the purpose");
	return s->p->spiffe ? check_svid_leaf(s, x, v) : 0;
}

/*
 * The leaf's key, and the names asked for; the path is known to be good. Keys
 * of CAs need no check of their own, for they have verified a signature.
 */
static int check_identity(const struct search *s, const struct rpt_x509 *leaf,
			  struct verdict *v)
{
	const struct rpt_chain_params *p = s->p;

	if (rpt_pubkey_check(&leaf->key))
		return reject(v, RPT_ALERT_BAD_CERTIFICATE, "public key is not valid");
	if (p->trust_domain &&
	    !rpt_spiffe_in_td(&s->id, p->trust_domain, strlen(p->trust_domain)))
		return refuse(v, -EACCES, RPT_ALERT_ACCESS_DENIED,
			      "SPIFFE ID is of another trust domain");
	if (p->dns_name && !rpt_x509_match_dns(leaf, p->dns_name, strlen(p->dns_name)))
		return reject(v, RPT_ALERT_CERTIFICATE_UNKNOWN,
			      "certificate is for another host name");
	if (p->ip && !rpt_x509_match_ip(leaf, p->ip, p->ip_len))
		return reject(v, RPT_ALERT_CERTIFICATE_UNKNOWN,
			      "certificate is for another address");
	return 0;
}

/*
 * CA certificates between the leaf and the one that is to come next, those that
 * are not self-issued (RFC 5280 section 6.1.4 (l))
 */
static int cas_below(const struct search *s)
{
	const struct rpt_x509 *x;
	unsigned int i;
	int n = 0;

	for (i = 1; i < s->depth; i++) {
		x = &s->cert[s->path[i]];
		if (!rpt_blob_eq(&x->issuer, &x->subject))
			n++;
	}
	return n;
}

/* What holds for intermediate CAs and anchors alike */
static int check_issuer(const struct search *s, const struct rpt_x509 *x,
			struct verdict *v)
{
	if (!x->ca)
		return reject(v, RPT_ALERT_BAD_CERTIFICATE, "issuer is not a CA");
	if ((x->seen & RPT_X509_EXT_KEY_USAGE) && !(x->key_usage & RPT_KU_KEY_CERT_SIGN))
		return reject(v, RPT_ALERT_BAD_CERTIFICATE,
			      "issuer may not sign certificates");
	if (x->path_len != RPT_X509_PATH_LEN_NONE && x->path_len < cas_below(s))
		return reject(v, RPT_ALERT_BAD_CERTIFICATE,
			      "path length constraint is exceeded");
	if (!eku_allows(x, purpose_eku(s->p) | RPT_EKU_ANY))
		return reject(v, RPT_ALERT_UNSUPPORTED_CERTIFICATE,
			      "extended key usage of a CA does not allow the purpose");
	return 0;
}

/*
 * X.509-SVID section 3.2: the name of a signing certificate, if it has one. A
 * CA may stand above those of other trust domains, but issues leaves of its own.
 */
static int check_svid_ca(const struct search *s, const struct rpt_x509 *x,
			 struct verdict *v)
{
	struct rpt_spiffe id;

	if (!s->p->spiffe || !x->n_uri)
		return 0;
	if (x->n_uri > 1)
		return reject(v, RPT_ALERT_BAD_CERTIFICATE,
			      "CA has more than one URI name");
	if (rpt_spiffe_parse((const char *)x->uri.data, x->uri.len, &id))
		return reject(v, RPT_ALERT_BAD_CERTIFICATE,
			      "URI name of a CA is not a SPIFFE ID");
	if (id.path_len)
		return reject(v, RPT_ALERT_BAD_CERTIFICATE,
			      "SPIFFE ID of a CA has a path");
	if (s->depth == 1 && !rpt_spiffe_in_td(&id, s->id.td, s->id.td_len))
		return reject(v, RPT_ALERT_BAD_CERTIFICATE,
			      "SPIFFE ID of a CA is of another trust domain");
	return 0;
}

/* An intermediate; section 4.3 of X.509-SVID wants it to state its key usage */
static int check_ca(const struct search *s, const struct rpt_x509 *x, struct verdict *v)
{
	int err;

	err = check_any(s->p, x, v);
	if (!err)
		err = check_issuer(s, x, v);
	if (!err && s->p->spiffe && !(x->seen & RPT_X509_EXT_KEY_USAGE))
		err = reject(v, RPT_ALERT_BAD_CERTIFICATE, "CA without key usage");
	if (!err)
		err = check_svid_ca(s, x, v);
	return err;
}

static int check_anchor(const struct search *s, const struct rpt_x509 *x,
			struct verdict *v)
{
	int err;

	err = check_validity(s->p, x, v);
	if (!err && is_revoked(s->p, x))
		err = refuse(v, -EKEYREVOKED, RPT_ALERT_CERTIFICATE_REVOKED,
			     "trust anchor is revoked");
	if (!err)
		err = check_issuer(s, x, v);
	if (!err)
		err = check_svid_ca(s, x, v);
	return err;
}

/* Could @ca have issued @x, by what both say? (RFC 5280 section 4.2.1.1) */
static bool names_fit(const struct rpt_x509 *x, const struct rpt_x509 *ca)
{
	if (!rpt_blob_eq(&x->issuer, &ca->subject))
		return false;
	return !x->aki.len || !ca->ski.len || rpt_blob_eq(&x->aki, &ca->ski);
}

/* One signature, within the budget */
static int verify_one(struct search *s, const struct rpt_x509 *x,
		      const struct rpt_pubkey *issuer, struct verdict *v)
{
	int err;

	if (s->sigs == RPT_CHAIN_SIGS_MAX)
		return reject(v, RPT_ALERT_BAD_CERTIFICATE,
			      "path needs too many signature checks");
	s->sigs++;
	err = rpt_x509_verify(x, issuer);
	if (err == -EBADMSG)
		return refuse(v, err, RPT_ALERT_BAD_CERTIFICATE,
			      "signature of a certificate is malformed");
	if (err)
		return reject(v, RPT_ALERT_BAD_CERTIFICATE,
			      "signature of a certificate is false");
	return 0;
}

/*
 * Verify the path from an anchor down. Where a signature is false, the search
 * goes on with the certificate that bears it on top of the path.
 */
static int verify_path(struct search *s, const struct rpt_x509 *anchor,
		       struct verdict *v)
{
	const struct rpt_x509 *issuer = anchor;
	unsigned int i = s->depth, below, above;
	u8 *link = NULL;
	int err;

	while (i--) {
		below = s->path[i];
		if (i + 1 < s->depth) {
			above = s->path[i + 1];
			link = &s->link[below][above];
			issuer = &s->cert[above];
		}
		if (link && *link == LINK_GOOD)
			continue;
		err = verify_one(s, &s->cert[below], &issuer->key, v);
		if (link)
			*link = err ? LINK_BAD : LINK_GOOD;
		if (err) {
			s->depth = i + 1;
			return err;
		}
	}
	return 0;
}

/* Does one of the anchors complete the path? */
static int try_anchors(struct search *s)
{
	const struct rpt_x509 *top = &s->cert[s->path[s->depth - 1]];
	unsigned int depth = s->depth, i;
	const struct rpt_x509 *anchor;
	struct verdict v;

	for (i = 0; i < s->p->n_anchors; i++) {
		anchor = &s->p->anchors[i].cert;
		if (!names_fit(top, anchor))
			continue;
		if (!check_anchor(s, anchor, &v) && !verify_path(s, anchor, &v)) {
			s->anchor = i;
			return 0;
		}
		note(s, &v);
		if (s->depth != depth)	/* something below the top is bad */
			break;
	}
	return -ENOKEY;
}

/* The same name and key twice, in whatever certificates, lead nowhere new */
static bool on_path(const struct search *s, const struct rpt_x509 *ca)
{
	const struct rpt_x509 *x;
	unsigned int i;

	for (i = 0; i < s->depth; i++) {
		x = &s->cert[s->path[i]];
		if (rpt_blob_eq(&x->subject, &ca->subject) && rpt_blob_eq(&x->spki, &ca->spki))
			return true;
	}
	return false;
}

static void push(struct search *s, unsigned int i)
{
	s->path[s->depth] = i;
	s->next[s->depth] = LEAF + 1;
	s->depth++;
}

/* Put the next possible issuer of the path's top onto it */
static bool extend(struct search *s)
{
	unsigned int top = s->path[s->depth - 1], i;
	u8 *next = &s->next[s->depth - 1];
	struct verdict v;

	while (*next < s->n) {
		i = (*next)++;
		s->steps++;
		if (s->link[top][i] == LINK_BAD ||
		    !names_fit(&s->cert[top], &s->cert[i]) || on_path(s, &s->cert[i]))
			continue;
		if (check_ca(s, &s->cert[i], &v)) {
			note(s, &v);
			continue;
		}
		push(s, i);
		return true;
	}
	return false;
}

/* Depth first, without recursion */
static int find_path(struct search *s)
{
	push(s, LEAF);
	while (s->depth && s->steps < STEPS_MAX) {
		if (s->next[s->depth - 1] == LEAF + 1 && !try_anchors(s))
			return 0;
		if (!extend(s))
			s->depth--;
	}
	if (!s->why.err)
		refuse(&s->why, -ENOKEY, RPT_ALERT_UNKNOWN_CA,
		       "no path to a trust anchor");
	return s->why.err;
}

/* Parse everything; one malformed certificate spoils the chain */
static int parse_chain(struct search *s)
{
	const struct rpt_chain *chain = s->chain;
	unsigned int i;
	size_t total = 0;

	if (!chain->n)
		return refuse(&s->why, -EINVAL, RPT_ALERT_DECODE_ERROR,
			      "no certificate");
	if (chain->n > RPT_CHAIN_MAX)
		return refuse(&s->why, -EMSGSIZE, RPT_ALERT_BAD_CERTIFICATE,
			      "too many certificates");
	for (i = 0; i < chain->n; i++) {
		total += chain->cert[i].len;
		if (total > RPT_CERT_MSG_MAX)
			return refuse(&s->why, -EMSGSIZE, RPT_ALERT_BAD_CERTIFICATE,
				      "certificates are too long");
	}
	for (i = 0; i < chain->n; i++) {
		if (rpt_x509_parse(&s->cert[i], chain->cert[i].data, chain->cert[i].len))
			return refuse(&s->why, -EBADMSG, RPT_ALERT_BAD_CERTIFICATE,
				      "certificate is malformed");
	}
	s->n = chain->n;
	return 0;
}

static void narrow(struct rpt_chain_result *res, const struct rpt_x509 *x)
{
	res->not_before = max(res->not_before, x->not_before);
	res->not_after = min(res->not_after, x->not_after);
}

static void fill_result(const struct search *s, struct rpt_chain_result *res)
{
	const struct rpt_x509 *leaf = &s->cert[LEAF];
	unsigned int i;

	res->leaf_key = leaf->key;
	res->key_usage = leaf->key_usage;
	res->not_before = leaf->not_before;
	res->not_after = leaf->not_after;
	for (i = 1; i < s->depth; i++)
		narrow(res, &s->cert[s->path[i]]);
	narrow(res, &s->p->anchors[s->anchor].cert);
	res->n_path = s->depth;
	res->anchor = s->anchor;
	if (s->p->spiffe) {
		memcpy(res->spiffe_id, s->id.id, s->id.len);
		res->spiffe_len = s->id.len;
	}
}

static int verify(struct search *s)
{
	int err;

	if (s->p->trust_domain && !s->p->spiffe)
		return refuse(&s->why, -EINVAL, RPT_ALERT_INTERNAL_ERROR,
			      "trust domain asked for without SPIFFE");
	if (s->p->now < RPT_CLOCK_MIN)
		return refuse(&s->why, -ETIME, RPT_ALERT_INTERNAL_ERROR,
			      "the clock of this system is not set");
	err = parse_chain(s);
	if (!err)
		err = check_leaf(s, &s->cert[LEAF], &s->why);
	if (!err)
		err = find_path(s);
	if (!err)
		err = check_identity(s, &s->cert[LEAF], &s->why);
	return err;
}

/**
 * rpt_chain_verify() - verify a peer's certificates
 * @p: what they must satisfy
 * @chain: the certificates, leaf first, the others in any order
 * @res: what was found; on error only alert, reason and n_sigs mean anything
 *
 * Context: Process context; allocates with GFP_KERNEL and does at most
 * RPT_CHAIN_SIGS_MAX public-key operations.
 * Return: 0, or with the alert of RFC 8446 section 6.2 in @res:
 * -EBADMSG if a certificate or signature is not strict DER (bad_certificate);
 * -EKEYEXPIRED outside of the validity (certificate_expired); -EKEYREVOKED
 * (certificate_revoked); -ENOKEY without a path to an anchor (unknown_ca);
 * -EACCES for another trust domain (access_denied); -EKEYREJECTED for anything
 * else that RFC 5280 section 6.1 or the X.509-SVID specification forbids
 * (bad_certificate, unsupported_certificate; certificate_unknown for another
 * host name); -EMSGSIZE for too many or too long certificates
 * (bad_certificate); -EINVAL for no certificate at all (decode_error) or
 * parameters that contradict each other (internal_error); -ETIME if the clock
 * was not set, and -ENOMEM (internal_error).
 */
int rpt_chain_verify(const struct rpt_chain_params *p, const struct rpt_chain *chain,
		     struct rpt_chain_result *res)
{
	struct search *s;
	int err;

	memset(res, 0, sizeof(*res));
	s = kzalloc_obj(*s);
	if (!s) {
		res->alert = RPT_ALERT_INTERNAL_ERROR;
		res->reason = "out of memory";
		return -ENOMEM;
	}
	s->p = p;
	s->chain = chain;
	err = verify(s);
	res->n_sigs = s->sigs;
	if (err) {
		res->alert = s->why.alert;
		res->reason = s->why.reason;
	} else {
		fill_result(s, res);
	}
	kfree(s);
	return err;
}
