/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Types of the known-answer vectors that scripts/gen-vectors.py makes from
 * Wycheproof
 *
 * The generated headers live under gen/ and are not part of the source.  Where
 * they are absent no RPT_HAVE_* is defined.
 */
#ifndef _RPT_TESTS_VECTORS_H
#define _RPT_TESTS_VECTORS_H

#include "../hash.h"
#include "../proto.h"
#include "../wire.h"

/**
 * enum rpt_vec_result - what Wycheproof expects
 * @RPT_VEC_VALID: must be accepted
 * @RPT_VEC_INVALID: must be refused
 * @RPT_VEC_ACCEPTABLE: legal, yet to be avoided; the test says what we do
 */
enum rpt_vec_result {
	RPT_VEC_VALID,
	RPT_VEC_INVALID,
	RPT_VEC_ACCEPTABLE,
};

/* Each vector is named by the file it comes from and its tcId. */
#define RPT_VEC_HEAD		\
	const char *file;	\
	u16 id;			\
	u8 result

/* A signature; @key is a point, or a modulus beside the exponent @exp */
struct rpt_vec_sig {
	RPT_VEC_HEAD;
	u16 scheme;
	struct rpt_blob key;
	struct rpt_blob exp;
	struct rpt_blob msg;
	struct rpt_blob sig;
};

/* A private RSA key as PKCS#8 */
struct rpt_vec_key {
	RPT_VEC_HEAD;
	struct rpt_blob pkcs8;
	struct rpt_blob n;
};

/* A key exchange */
struct rpt_vec_dh {
	RPT_VEC_HEAD;
	u16 group;
	struct rpt_blob priv;
	struct rpt_blob pub;
	struct rpt_blob shared;
};

/* ML-KEM: a key pair, and an encapsulation or a decapsulation with it */
struct rpt_vec_mlkem {
	RPT_VEC_HEAD;
	struct rpt_blob seed;
	struct rpt_blob ek;
	struct rpt_blob m;
	struct rpt_blob ct;
	struct rpt_blob secret;
};

struct rpt_vec_aead {
	RPT_VEC_HEAD;
	u8 aead;
	struct rpt_blob key;
	struct rpt_blob iv;
	struct rpt_blob aad;
	struct rpt_blob msg;
	struct rpt_blob ct;
	struct rpt_blob tag;
};

struct rpt_vec_hkdf {
	RPT_VEC_HEAD;
	u8 hash;
	u16 size;
	struct rpt_blob ikm;
	struct rpt_blob salt;
	struct rpt_blob info;
	struct rpt_blob okm;
};

struct rpt_vec_mac {
	RPT_VEC_HEAD;
	u8 hash;
	struct rpt_blob key;
	struct rpt_blob msg;
	struct rpt_blob tag;
};

#if __has_include("gen/wycheproof.h")
#include "gen/wycheproof.h"
#endif

#endif /* _RPT_TESTS_VECTORS_H */
