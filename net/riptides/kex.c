// SPDX-License-Identifier: GPL-2.0-only
/*
 * Key exchange: X25519, secp256r1 and secp384r1; the hybrid group is in
 * kex_mlkem.c
 */

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "ec.h"
#include "kex.h"
#include "proto.h"
#include "x25519.h"

static int x25519_keygen(struct rpt_kex *k, u8 *share)
{
	return rpt_x25519_keygen(k->priv, share);
}

static int x25519_finish(const struct rpt_kex *k, const u8 *peer, u8 *secret)
{
	return rpt_x25519(k->priv, peer, secret);
}

static int ecdh_keygen(struct rpt_kex *k, u8 *share)
{
	return rpt_ec_keygen(k->group->curve, k->priv, share);
}

static int ecdh_finish(const struct rpt_kex *k, const u8 *peer, u8 *secret)
{
	const struct rpt_ec_curve *c = k->group->curve;

	return rpt_ec_ecdh(c, k->priv, peer, c->point_len, secret);
}

/* Diffie-Hellman is symmetric: the server makes a key and finishes with it. */
static int dh_accept(const struct rpt_kex_group *g, const u8 *peer,
		     u8 *share, u8 *secret)
{
	struct rpt_kex own = { .group = g };
	int err;

	err = g->keygen(&own, share);
	if (!err)
		err = g->finish(&own, peer, secret);
	rpt_kex_wipe(&own);
	return err;
}

const struct rpt_kex_group rpt_kex_groups[] = {
	{
		.id			= RPT_GROUP_X25519,
		.client_share_len	= 32,
		.server_share_len	= 32,
		.secret_len		= 32,
		.priv_len		= 32,
		.name			= "x25519",
		.keygen			= x25519_keygen,
		.accept			= dh_accept,
		.finish			= x25519_finish,
	}, {
		.id			= RPT_GROUP_SECP256R1,
		.client_share_len	= 65,
		.server_share_len	= 65,
		.secret_len		= 32,
		.priv_len		= 32,
		.name			= "secp256r1",
		.curve			= &rpt_ec_p256,
		.keygen			= ecdh_keygen,
		.accept			= dh_accept,
		.finish			= ecdh_finish,
	}, {
		.id			= RPT_GROUP_SECP384R1,
		.client_share_len	= 97,
		.server_share_len	= 97,
		.secret_len		= 48,
		.priv_len		= 48,
		.name			= "secp384r1",
		.curve			= &rpt_ec_p384,
		.keygen			= ecdh_keygen,
		.accept			= dh_accept,
		.finish			= ecdh_finish,
	},
#ifdef CONFIG_RIPTIDES_MLKEM
	{
		.id			= RPT_GROUP_X25519MLKEM768,
		.client_share_len	= 1184 + 32,
		.server_share_len	= 1088 + 32,
		.secret_len		= 32 + 32,
		.priv_len		= 64 + 32,
		.name			= "X25519MLKEM768",
		.keygen			= rpt_kex_mlkem_keygen,
		.accept			= rpt_kex_mlkem_accept,
		.finish			= rpt_kex_mlkem_finish,
	},
#endif
};

const unsigned int rpt_kex_groups_n = ARRAY_SIZE(rpt_kex_groups);

/**
 * rpt_kex_find() - look a group up
 * @id: NamedGroup code point
 *
 * Context: Any context.
 * Return: the group, NULL if we don't know it.
 */
const struct rpt_kex_group *rpt_kex_find(u16 id)
{
	unsigned int i;

	for (i = 0; i < rpt_kex_groups_n; i++)
		if (rpt_kex_groups[i].id == id)
			return &rpt_kex_groups[i];
	return NULL;
}

/**
 * rpt_kex_keygen() - client: make a share
 * @k: receives the private part
 * @g: the group
 * @share: the client's key_exchange, @g->client_share_len bytes
 *
 * Context: Process context; needs 5 kB of stack.  Waits for the random number
 * generator to be seeded.
 * Return: 0, -ERESTARTSYS if a signal came meanwhile, -EIO if the generator is
 * broken; @k is then wiped.
 */
int rpt_kex_keygen(struct rpt_kex *k, const struct rpt_kex_group *g, u8 *share)
{
	int err;

	rpt_kex_wipe(k);
	k->group = g;
	err = g->keygen(k, share);
	if (err)
		rpt_kex_wipe(k);
	return err;
}

/**
 * rpt_kex_accept() - server: answer a share (RFC 8446 section 7.4)
 * @g: the group
 * @peer: the client's key_exchange
 * @peer_len: length of @peer
 * @share: the server's key_exchange, @g->server_share_len bytes
 * @secret: the shared secret, @g->secret_len bytes; zero on failure
 *
 * Context: Process context; needs 5 kB of stack.  Waits for the random number
 * generator to be seeded.
 * Return: 0, -EINVAL for a bad share (length, form, not on the curve, low
 * order), -ERESTARTSYS if a signal came before the generator was seeded, -EIO
 * if it is broken, -ENOMEM.
 */
int rpt_kex_accept(const struct rpt_kex_group *g, const u8 *peer,
		   size_t peer_len, u8 *share, u8 *secret)
{
	int err = -EINVAL;

	if (peer_len == g->client_share_len)
		err = g->accept(g, peer, share, secret);
	if (err)
		memzero_explicit(secret, g->secret_len);
	return err;
}

/**
 * rpt_kex_finish() - client: use the server's share (RFC 8446 section 7.4)
 * @k: the client's half; wiped whatever the result, it serves once
 * @peer: the server's key_exchange
 * @peer_len: length of @peer
 * @secret: the shared secret, secret_len bytes; zero on failure
 *
 * Context: Process context; needs 5 kB of stack.
 * Return: 0, or -EINVAL for a bad share (length, form, not on the curve, low
 * order) or if @k holds no key.
 */
int rpt_kex_finish(struct rpt_kex *k, const u8 *peer, size_t peer_len,
		   u8 *secret)
{
	const struct rpt_kex_group *g = k->group;
	int err = -EINVAL;

	if (!g)
		return -EINVAL;
	if (peer_len == g->server_share_len)
		err = g->finish(k, peer, secret);
	if (err)
		memzero_explicit(secret, g->secret_len);
	rpt_kex_wipe(k);
	return err;
}

/**
 * rpt_kex_wipe() - forget the private part
 * @k: the client's half
 *
 * Context: Any context.
 */
void rpt_kex_wipe(struct rpt_kex *k)
{
	memzero_explicit(k, sizeof(*k));
}
