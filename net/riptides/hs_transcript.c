// SPDX-License-Identifier: GPL-2.0-only
/*
 * TLS 1.3 handshake: transcript and changes of keys (RFC 8446 sections 4.4.1, 7)
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "hs_priv.h"

/**
 * rpt_hs_hash_init() - start the transcript
 * @hs: the handshake
 *
 * Context: Any context.
 */
void rpt_hs_hash_init(struct rpt_hs *hs)
{
	rpt_hash_init(&hs->transcript[RPT_HASH_SHA256], RPT_HASH_SHA256);
	rpt_hash_init(&hs->transcript[RPT_HASH_SHA384], RPT_HASH_SHA384);
}

/**
 * rpt_hs_hash() - add a message to the transcript
 * @hs: the handshake
 * @msg: whole messages with headers
 * @len: length of @msg
 *
 * Until the suite is known, both hashes go on.
 *
 * Context: Any context.
 */
void rpt_hs_hash(struct rpt_hs *hs, const u8 *msg, size_t len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hs->transcript); i++)
		if (!hs->suite || hs->suite->hash == i)
			rpt_hash_update(&hs->transcript[i], msg, len);
}

/**
 * rpt_hs_hash_peek() - the transcript hash so far
 * @hs: the handshake; its suite is known
 * @out: hash of the suite's length
 *
 * Context: Any context.
 */
void rpt_hs_hash_peek(const struct rpt_hs *hs, u8 *out)
{
	rpt_hash_peek(&hs->transcript[hs->suite->hash], out);
}

/**
 * rpt_hs_hash_retry() - replace the first ClientHello by its hash
 * @hs: the handshake; its suite is known
 *
 * RFC 8446 section 4.4.1, before a HelloRetryRequest is added.
 *
 * Context: Any context.
 */
void rpt_hs_hash_retry(struct rpt_hs *hs)
{
	u8 msg[RPT_HS_HDR + RPT_HASH_MAX] = { RPT_HS_MESSAGE_HASH };

	rpt_hs_hash_peek(hs, msg + RPT_HS_HDR);
	msg[3] = hs->suite->hash_len;
	rpt_hs_hash_init(hs);
	rpt_hs_hash(hs, msg, RPT_HS_HDR + hs->suite->hash_len);
}

/**
 * rpt_hs_keys_handshake() - go on under handshake traffic keys
 * @hs: the handshake; its transcript ends with ServerHello, its key schedule is
 *	at the Early Secret
 * @secret: (EC)DHE secret of @hs->group
 *
 * Context: Any context.
 * Return: 0, or an errno of the key's set-up; the caller fails the handshake.
 */
int rpt_hs_keys_handshake(struct rpt_hs *hs, const u8 *secret)
{
	u8 th[RPT_HASH_MAX];
	const u8 *rx, *tx;
	int ret;

	rpt_hs_hash_peek(hs, th);
	rpt_keysched_handshake(&hs->ks, secret, hs->group->secret_len, th);
	rx = hs->p.server ? hs->ks.c_hs : hs->ks.s_hs;
	tx = hs->p.server ? hs->ks.s_hs : hs->ks.c_hs;
	ret = rpt_record_key_set(&hs->rx, hs->suite, rx);
	if (!ret)
		ret = rpt_record_key_set(&hs->tx, hs->suite, tx);
	return ret;
}

/**
 * rpt_hs_keys_tx_app() - send under application traffic keys from now on
 * @hs: the handshake; its key schedule is at the Master Secret
 *
 * Context: Any context.
 * Return: 0, or an errno of the key's set-up; the caller fails the handshake.
 */
int rpt_hs_keys_tx_app(struct rpt_hs *hs)
{
	rpt_record_key_wipe(&hs->tx);
	return rpt_record_key_set(&hs->tx, hs->suite, hs->p.server ?
				  hs->ks.s_app : hs->ks.c_app);
}

/**
 * rpt_hs_keys_done() - the last secret; forget what is no longer needed
 * @hs: the handshake; its transcript ends with the client's Finished
 *
 * Context: Any context.
 */
void rpt_hs_keys_done(struct rpt_hs *hs)
{
	u8 th[RPT_HASH_MAX];

	rpt_hs_hash_peek(hs, th);
	rpt_keysched_resumption(&hs->ks, th);
	memzero_explicit(hs->ks.c_hs, sizeof(hs->ks.c_hs));
	memzero_explicit(hs->ks.s_hs, sizeof(hs->ks.s_hs));
	rpt_record_key_wipe(&hs->rx);
}
