// SPDX-License-Identifier: GPL-2.0-only
/*
 * One end of a TLS connection: identity, trust and tickets.
 */
#include <linux/slab.h>
#include "party.h"

int party_set_key(struct party *p, const u8 *pkcs8, size_t len)
{
	p->key = kzalloc_obj(*p->key);
	if (!p->key)
		return -ENOMEM;
	return rpt_privkey_parse(p->key, pkcs8, len);
}

int party_add_cert(struct party *p, const u8 *der, size_t len)
{
	struct rpt_blob *b;

	if (p->chain.n == RPT_CHAIN_MAX)
		return -E2BIG;
	b = &p->chain.cert[p->chain.n];
	b->data = kmemdup(der, len, GFP_KERNEL);
	if (!b->data)
		return -ENOMEM;
	b->len = len;
	p->chain.n++;
	return 0;
}

int party_add_anchor(struct party *p, const u8 *der, size_t len)
{
	int err;

	if (p->n_anchors == PARTY_ANCHORS_MAX)
		return -E2BIG;
	err = rpt_anchor_init(&p->anchors[p->n_anchors], der, len);
	if (!err)
		p->n_anchors++;
	return err;
}

static int party_verify(void *data, const struct rpt_hs_peer *peer,
			struct rpt_pubkey *leaf_key, u8 *alert)
{
	struct rpt_chain_params cp = { };
	struct rpt_chain_result *res;
	struct party *p = data;
	int err;

	res = kzalloc_obj(*res);
	if (!res)
		return -ENOMEM;
	cp.anchors = p->anchors;
	cp.n_anchors = p->n_anchors;
	cp.now = ktime_get_real_seconds();
	cp.purpose = peer->server ? RPT_PURPOSE_SERVER_AUTH : RPT_PURPOSE_CLIENT_AUTH;
	cp.spiffe = p->trust_domain;
	cp.trust_domain = p->trust_domain;
	cp.dns_name = peer->server ? p->name : NULL;

	err = rpt_chain_verify(&cp, peer->chain, res);
	if (err) {
		*alert = res->alert;
		p->reason = res->reason;
	} else {
		*leaf_key = res->leaf_key;
		memcpy(p->peer_id, res->spiffe_id, sizeof(p->peer_id));
	}
	kfree(res);
	return err;
}

static int party_verify_blind(struct party *p, const struct rpt_hs_peer *peer,
			      struct rpt_pubkey *leaf_key)
{
	struct rpt_x509 x;
	int err;

	err = rpt_x509_parse(&x, peer->chain->cert[0].data, peer->chain->cert[0].len);
	if (err)
		return err;
	if (x.flaws & (RPT_X509_FLAW_KEY | RPT_X509_FLAW_WEAK_KEY | RPT_X509_FLAW_BAD_KEY))
		return -EKEYREJECTED;
	*leaf_key = x.key;
	return 0;
}

static int party_verify_peer(void *data, const struct rpt_hs_peer *peer,
			     struct rpt_pubkey *leaf_key, u8 *alert)
{
	struct party *p = data;

	p->reason = NULL;
	p->peer_id[0] = 0;
	if (p->blind)
		return party_verify_blind(p, peer, leaf_key);
	return party_verify(data, peer, leaf_key, alert);
}

static int party_select(void *data, const struct rpt_hs_offer *offer,
			const struct rpt_chain **chain, u16 *scheme)
{
	struct party *p = data;

	if (!p->chain.n || !p->key)
		return -ENOKEY;
	*scheme = rpt_sig_for_key(&p->key->pub, offer->sigs, offer->n_sigs);
	if (!*scheme)
		return -ENOKEY;
	*chain = &p->chain;
	return 0;
}

static int party_sign(void *data, u16 scheme, const u8 *msg, size_t len,
		      u8 *sig, size_t cap, size_t *siglen)
{
	struct party *p = data;

	return rpt_sig_sign(scheme, p->key, msg, len, sig, cap, siglen);
}

static int party_find_psk(void *data, const struct rpt_hs_offer *offer,
			  struct rpt_psk *psk)
{
	const struct party_ticket *t;
	struct party *p = data;
	unsigned int i;
	u64 age;

	for (i = 0; i < PARTY_TICKETS_MAX; i++) {
		t = &p->tickets[i];
		if (!t->id_len || t->id_len != psk->identity_len ||
		    memcmp(t->id, psk->identity, t->id_len))
			continue;
		age = (ktime_get_ns() - t->issued) / 1000000;
		if (age > (u64)t->lifetime * 1000)
			return -ENOENT;
		psk->external = false;
		psk->peer_cert = true;	/* if we require one, we always did */
		psk->hash = t->hash;
		psk->secret_len = t->psk_len;
		memcpy(psk->secret, t->psk, t->psk_len);
		return 0;
	}
	return -ENOENT;
}

const struct rpt_hs_ops party_ops = {
	.verify_peer = party_verify_peer,
	.select_identity = party_select,
	.sign = party_sign,
	.find_psk = party_find_psk,
};

/* Name a ticket that is about to be sent; the caller adds the key. */
void party_issue(struct party *p, struct rpt_ticket *t)
{
	struct party_ticket *slot = &p->tickets[p->next_ticket % PARTY_TICKETS_MAX];

	get_random_bytes(slot->id, PARTY_TICKET_LEN);
	slot->id_len = PARTY_TICKET_LEN;
	t->ticket = slot->id;
	t->ticket_len = slot->id_len;
	t->lifetime = 3600;
	t->age_add = get_random_u32();
}

void party_keep(struct party *p, const struct rpt_ticket *t)
{
	struct party_ticket *slot = &p->tickets[p->next_ticket % PARTY_TICKETS_MAX];

	if (t->ticket_len > sizeof(slot->id))
		return;
	if (t->ticket != slot->id)
		memcpy(slot->id, t->ticket, t->ticket_len);
	slot->id_len = t->ticket_len;
	slot->age_add = t->age_add;
	slot->lifetime = t->lifetime;
	slot->issued = ktime_get_ns();
	slot->hash = t->hash;
	slot->psk_len = t->psk_len;
	memcpy(slot->psk, t->psk, t->psk_len);
	p->next_ticket++;
}

/* Client: the newest tickets, to be offered. */
unsigned int party_psks(const struct party *p, struct rpt_psk *psks, unsigned int max)
{
	const struct party_ticket *t;
	unsigned int i, n = 0;

	for (i = p->next_ticket; i && n < max; i--) {
		t = &p->tickets[(i - 1) % PARTY_TICKETS_MAX];
		memset(&psks[n], 0, sizeof(psks[n]));
		psks[n].identity = t->id;
		psks[n].identity_len = t->id_len;
		psks[n].obfuscated_age = (ktime_get_ns() - t->issued) / 1000000 + t->age_add;
		psks[n].hash = t->hash;
		psks[n].secret_len = t->psk_len;
		memcpy(psks[n].secret, t->psk, t->psk_len);
		n++;
		if (i + PARTY_TICKETS_MAX - 1 == p->next_ticket)
			break;
	}
	return n;
}

void party_free(struct party *p)
{
	unsigned int i;

	for (i = 0; i < p->chain.n; i++)
		kfree(p->chain.cert[i].data);
	for (i = 0; i < p->n_anchors; i++)
		rpt_anchor_destroy(&p->anchors[i]);
	if (p->key)
		rpt_privkey_wipe(p->key);
	kfree_sensitive(p->key);
	memzero_explicit(p, sizeof(*p));
}
