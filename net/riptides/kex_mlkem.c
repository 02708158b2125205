// SPDX-License-Identifier: GPL-2.0-only
/*
 * X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem): ML-KEM-768 and X25519 side by
 * side, in shares and in the secret; who wants the secret has to break both
 */

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/random.h>
#include <linux/string.h>

#include "kex.h"
#include "mlkem.h"
#include "x25519.h"

static_assert(RPT_MLKEM_SEED_LEN + RPT_X25519_LEN <= RPT_KEX_PRIV_MAX);
static_assert(RPT_MLKEM_EK_LEN + RPT_X25519_LEN <= RPT_KEX_SHARE_MAX);
static_assert(RPT_MLKEM_SECRET_LEN + RPT_X25519_LEN <= RPT_KEX_SECRET_MAX);

/**
 * rpt_kex_mlkem_keygen() - client: make a share
 * @k: receives the private part
 * @share: encapsulation key || X25519 public key
 *
 * Context: Process context.  Waits for the random number generator to be
 * seeded.
 * Return: 0, -ERESTARTSYS if a signal came meanwhile, -EIO if the generator is
 * broken, -ENOMEM.
 */
int rpt_kex_mlkem_keygen(struct rpt_kex *k, u8 *share)
{
	int err;

	err = get_random_bytes_wait(k->priv, RPT_MLKEM_SEED_LEN);
	if (!err)
		err = rpt_mlkem_keygen(k->priv, share);
	if (!err)
		err = rpt_x25519_keygen(k->priv + RPT_MLKEM_SEED_LEN,
					share + RPT_MLKEM_EK_LEN);
	return err;
}

/**
 * rpt_kex_mlkem_accept() - server: answer a share
 * @g: the group
 * @peer: the client's share
 * @share: ciphertext || X25519 public key
 * @secret: secret of ML-KEM || secret of X25519
 *
 * Context: Process context.  Waits for the random number generator to be
 * seeded.
 * Return: 0, -EINVAL if the encapsulation key is not reduced or the point of
 * low order, -ERESTARTSYS if a signal came before the generator was seeded,
 * -EIO if it is broken, -ENOMEM.
 */
int rpt_kex_mlkem_accept(const struct rpt_kex_group *g, const u8 *peer,
			 u8 *share, u8 *secret)
{
	u8 random[RPT_MLKEM_SECRET_LEN];
	u8 priv[RPT_X25519_LEN];
	int err;

	err = get_random_bytes_wait(random, sizeof(random));
	if (!err)
		err = rpt_mlkem_encaps(peer, random, share, secret);
	if (!err)
		err = rpt_x25519_keygen(priv, share + RPT_MLKEM_CT_LEN);
	if (!err)
		err = rpt_x25519(priv, peer + RPT_MLKEM_EK_LEN,
				 secret + RPT_MLKEM_SECRET_LEN);
	memzero_explicit(random, sizeof(random));
	memzero_explicit(priv, sizeof(priv));
	return err;
}

/**
 * rpt_kex_mlkem_finish() - client: use the server's share
 * @k: the client's half
 * @peer: the server's share
 * @secret: secret of ML-KEM || secret of X25519
 *
 * A ciphertext that is not right gives another secret than the server's, and
 * the handshake fails at the first record: there is nothing to be told from it.
 *
 * Context: Process context.
 * Return: 0, -EINVAL for a point of low order, -ENOMEM.
 */
int rpt_kex_mlkem_finish(const struct rpt_kex *k, const u8 *peer, u8 *secret)
{
	int err;

	err = rpt_mlkem_decaps(k->priv, peer, secret);
	if (!err)
		err = rpt_x25519(k->priv + RPT_MLKEM_SEED_LEN,
				 peer + RPT_MLKEM_CT_LEN,
				 secret + RPT_MLKEM_SECRET_LEN);
	return err;
}
