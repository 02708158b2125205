// SPDX-License-Identifier: GPL-2.0-only
/*
 * TLS 1.3 handshake: pre-shared keys and their binders (RFC 8446 sections
 * 4.2.9 and 4.2.11); psk_dhe_ke only
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <crypto/utils.h>
#include "hs_priv.h"

/* A suite of ours with the hash that a PSK is bound to */
static const struct rpt_suite *suite_for(const struct rpt_hs *hs, u8 hash)
{
	const struct rpt_suite *suite;
	unsigned int i;

	if (hs->suite)
		return hs->suite->hash == hash ? hs->suite : NULL;
	for (i = 0; i < hs->p.n_suites; i++) {
		suite = rpt_suite_find(hs->p.suites[i]);
		if (suite->hash == hash)
			return suite;
	}
	return NULL;
}

/*
 * Section 4.2.11.2: a binder is a Finished over the transcript up to and
 * including the ClientHello without its binders.
 */
static int binder_make(const struct rpt_hs *hs, const struct rpt_suite *suite,
		       const struct rpt_psk *psk, const u8 *msg, size_t len,
		       u8 *binder)
{
	struct rpt_hash transcript = hs->transcript[suite->hash];
	u8 key[RPT_HASH_MAX], th[RPT_HASH_MAX];
	struct rpt_keysched ks;
	int ret;

	ret = rpt_keysched_early(&ks, suite, psk->secret, psk->secret_len);
	if (!ret) {
		rpt_keysched_binder_key(&ks, psk->external, key);
		rpt_hash_update(&transcript, msg, len);
		rpt_hash_final(&transcript, th);
		rpt_finished_mac(suite, key, th, binder);
	}
	memzero_explicit(key, sizeof(key));
	rpt_keysched_wipe(&ks);
	return ret;
}

static u32 psk_age(const struct rpt_hs *hs, const struct rpt_psk *psk)
{
	if (psk->external || !hs->p.ops->psk_age)
		return psk->obfuscated_age;
	return hs->p.ops->psk_age(hs->p.ops_data, psk);
}

/**
 * rpt_psk_open() - client: write pre_shared_key, binders left blank
 * @hs: the handshake
 * @w: writer at the end of the ClientHello's extensions
 * @binders_at: out: offset in @w of the binders with their length
 *
 * Offers the PSKs that some suite of ours fits; after a HelloRetryRequest, those
 * that its suite fits (section 4.1.4).
 *
 * Context: Any context.
 * Return: true if the extension was written.
 */
bool rpt_psk_open(struct rpt_hs *hs, struct rpt_wr *w, size_t *binders_at)
{
	const struct rpt_psk *psk;
	size_t ext, list, mark;
	unsigned int i;
	u8 *binder;
	size_t n;

	hs->n_psk_sent = 0;
	for (i = 0; i < hs->p.n_psks; i++)
		if (suite_for(hs, hs->p.psks[i].hash))
			hs->psk_sent[hs->n_psk_sent++] = i;
	if (!hs->n_psk_sent)
		return false;

	ext = rpt_ext_open(w, RPT_EXT_PRE_SHARED_KEY);
	list = rpt_wr_open(w, 2);
	for (i = 0; i < hs->n_psk_sent; i++) {
		psk = &hs->p.psks[hs->psk_sent[i]];
		mark = rpt_wr_open(w, 2);
		rpt_wr_bytes(w, psk->identity, psk->identity_len);
		rpt_wr_close(w, mark, 2);
		rpt_wr_u32(w, psk_age(hs, psk));
	}
	rpt_wr_close(w, list, 2);

	*binders_at = w->len;
	list = rpt_wr_open(w, 2);
	for (i = 0; i < hs->n_psk_sent; i++) {
		n = rpt_hash_size(hs->p.psks[hs->psk_sent[i]].hash);
		rpt_wr_u8(w, n);
		binder = rpt_wr_space(w, n);
		if (binder)
			memset(binder, 0, n);
	}
	rpt_wr_close(w, list, 2);
	rpt_ext_close(w, ext);
	return true;
}

/**
 * rpt_psk_bind() - client: fill the binders in
 * @hs: the handshake
 * @msg: the whole ClientHello, all lengths final
 * @binders_at: what rpt_psk_open() gave
 *
 * Context: Any context.
 * Return: 0, or an errno of the key schedule; the caller fails the handshake.
 */
int rpt_psk_bind(struct rpt_hs *hs, u8 *msg, size_t binders_at)
{
	u8 *p = msg + binders_at + 2;
	const struct rpt_psk *psk;
	unsigned int i;
	int ret;

	for (i = 0; i < hs->n_psk_sent; i++) {
		psk = &hs->p.psks[hs->psk_sent[i]];
		ret = binder_make(hs, suite_for(hs, psk->hash), psk, msg,
				  binders_at, p + 1);
		if (ret)
			return ret;
		p += 1 + *p;
	}
	return 0;
}

/* A suite that we, the client and the PSK can do, ours first */
static const struct rpt_suite *common_suite(const struct rpt_hs *hs,
					    const struct rpt_client_hello *ch,
					    u8 hash)
{
	const struct rpt_suite *suite;
	unsigned int i;

	if (hs->retried)
		return hs->suite->hash == hash ? hs->suite : NULL;
	for (i = 0; i < hs->p.n_suites; i++) {
		suite = rpt_suite_find(hs->p.suites[i]);
		if (suite->hash == hash &&
		    rpt_u16_list_has(ch->suites, suite->id))
			return suite;
	}
	return NULL;
}

/* The binder that stands at a place in the list; the list was checked */
static struct rpt_rd binder_at(struct rpt_blob binders, unsigned int index)
{
	struct rpt_rd r, binder;

	rpt_rd_init(&r, binders.data, binders.len);
	do {
		binder = rpt_rd_block(&r, 1, 32, 255);
	} while (index--);
	return binder;
}

static int binder_check(struct rpt_hs *hs, const u8 *msg,
			const struct rpt_client_hello *ch,
			const struct rpt_suite *suite,
			const struct rpt_psk *psk, unsigned int index)
{
	struct rpt_rd binder = binder_at(ch->psk_binders, index);
	u8 expected[RPT_HASH_MAX];
	bool good;
	int ret;

	ret = binder_make(hs, suite, psk, msg, RPT_HS_HDR + ch->binders_at,
			  expected);
	if (ret)
		return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR, ret);
	good = rpt_rd_left(&binder) == suite->hash_len &&
	       !crypto_memneq(binder.p, expected, suite->hash_len);
	memzero_explicit(expected, sizeof(expected));
	if (!good)
		return rpt_hs_fail(hs, RPT_ALERT_DECRYPT_ERROR, -EBADMSG);
	return 0;
}

/**
 * rpt_psk_select() - server: choose among the PSKs that a client offers
 * @hs: the handshake; the suite is set to one that fits if a PSK is taken
 * @msg: the whole ClientHello, not yet in the transcript
 * @ch: @msg, parsed
 * @psk: out: the PSK, to be wiped by the caller
 * @index: out: its place in the client's list, -1: none is taken
 *
 * The first RPT_PSK_MAX identities are looked at.  The one taken must have a
 * good binder (section 4.2.11).
 *
 * Context: Process context; find_psk() runs.
 * Return: 0; failed: -EBADMSG decrypt_error for a bad binder; errno of
 * find_psk().
 */
int rpt_psk_select(struct rpt_hs *hs, const u8 *msg,
		   const struct rpt_client_hello *ch, struct rpt_psk *psk,
		   int *index)
{
	const struct rpt_suite *suite;
	struct rpt_hs_offer offer;
	struct rpt_blob identity;
	struct rpt_rd ids;
	int i, ret;
	u32 age;

	*index = -1;
	if (!hs->p.ops->find_psk || !ch->psk_identities.len ||
	    !hs->takes_tickets)
		return 0;

	rpt_auth_offer(hs, &offer);
	rpt_rd_init(&ids, ch->psk_identities.data, ch->psk_identities.len);
	for (i = 0; i < RPT_PSK_MAX; i++) {
		if (!rpt_ext_psk_next(&ids, &identity, &age))
			return 0;
		memset(psk, 0, sizeof(*psk));
		psk->identity = identity.data;
		psk->identity_len = identity.len;
		psk->obfuscated_age = age;
		ret = hs->p.ops->find_psk(hs->p.ops_data, &offer, psk);
		if (ret == -ENOENT)
			continue;
		if (ret || !psk->secret_len ||
		    psk->secret_len > RPT_PSK_SECRET_MAX)
			return rpt_hs_fail(hs, RPT_ALERT_INTERNAL_ERROR,
					   ret < 0 ? ret : -EINVAL);
		/* Resumption is no way around a certificate that we require */
		if (hs->p.require_client_cert && !psk->peer_cert)
			continue;
		suite = common_suite(hs, ch, psk->hash);
		if (!suite)
			continue;
		ret = binder_check(hs, msg, ch, suite, psk, i);
		if (ret)
			return ret;
		hs->suite = suite;
		hs->psk_taken = true;
		hs->psk_external = psk->external;
		*index = i;
		return 0;
	}
	return 0;
}
