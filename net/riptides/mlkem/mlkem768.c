// SPDX-License-Identifier: GPL-2.0-only
/*
 * ML-KEM-768 by mlkem-native, which is compiled as a part of this file
 */

#include <linux/errno.h>
#include <linux/slab.h>

#include "mlkem_native_bcm.c"
#include "../mlkem.h"

/* A decapsulation key: what follows from the seed */
#define DK_LEN		2400

/* MLK_ERR_OUT_OF_MEMORY, which mlkem-native has undefined behind itself */
#define NO_MEMORY	(-2)

static int to_errno(int err)
{
	if (err == NO_MEMORY)
		return -ENOMEM;
	return err ? -EINVAL : 0;
}

/**
 * rpt_mlkem_keygen() - the public key of a seed (FIPS 203 algorithm 16)
 * @seed: private key, RPT_MLKEM_SEED_LEN random bytes
 * @ek: encapsulation key, RPT_MLKEM_EK_LEN bytes
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int rpt_mlkem_keygen(const u8 *seed, u8 *ek)
{
	u8 *dk = kmalloc(DK_LEN, GFP_KERNEL);
	int err;

	if (!dk)
		return -ENOMEM;
	err = mlkem768_keypair_derand(ek, dk, seed);
	kfree_sensitive(dk);
	return to_errno(err);
}

/**
 * rpt_mlkem_encaps() - agree on a secret with the owner of a public key
 * (FIPS 203 algorithm 17)
 * @ek: encapsulation key, RPT_MLKEM_EK_LEN bytes
 * @random: RPT_MLKEM_SECRET_LEN random bytes
 * @ct: ciphertext, RPT_MLKEM_CT_LEN bytes
 * @secret: shared secret, RPT_MLKEM_SECRET_LEN bytes
 *
 * Context: Process context.
 * Return: 0, -EINVAL if @ek has a coefficient that is not reduced (FIPS 203
 * section 7.2), -ENOMEM.
 */
int rpt_mlkem_encaps(const u8 *ek, const u8 *random, u8 *ct, u8 *secret)
{
	return to_errno(mlkem768_enc_derand(ct, secret, ek, random));
}

/**
 * rpt_mlkem_decaps() - the secret of a ciphertext (FIPS 203 algorithm 18)
 * @seed: private key
 * @ct: ciphertext, RPT_MLKEM_CT_LEN bytes
 * @secret: shared secret, RPT_MLKEM_SECRET_LEN bytes
 *
 * A ciphertext that nobody made with our public key gives a secret that nobody
 * knows (implicit rejection), in the same time.
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int rpt_mlkem_decaps(const u8 *seed, const u8 *ct, u8 *secret)
{
	struct {
		u8 ek[RPT_MLKEM_EK_LEN];
		u8 dk[DK_LEN];
	} *key = kmalloc_obj(*key);
	int err;

	if (!key)
		return -ENOMEM;
	err = mlkem768_keypair_derand(key->ek, key->dk, seed);
	if (!err)
		err = mlkem768_dec(secret, ct, key->dk);
	kfree_sensitive(key);
	return to_errno(err);
}
