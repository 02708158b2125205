// SPDX-License-Identifier: GPL-2.0-only
/*
 * The curves' operations as the engine calls them, on each backend that this
 * CPU can run, beside OpenSSL's. Rounds of all take turns; medians are shown.
 */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include "bench.h"
#include "ec.h"
#include "hash.h"

#define ROUND_NS	10000000
#define ROUNDS		5
#define WHO_MAX		4	/* backends and OpenSSL */

enum { SIGN, VERIFY, ECDH, KEYGEN, OPS };

static struct rpt_ec_curve curve;	/* with the backend in turn */
static u8 hash_id;
static u8 digest[RPT_DIGEST_MAX], hedge[32];
static u8 d[RPT_EC_SCALAR_MAX], point[RPT_EC_POINT_MAX];
static u8 sig[128];
static size_t siglen;
static EVP_PKEY *pkey;
static EVP_PKEY_CTX *signer, *verifier, *deriver, *maker;

static bool ours(unsigned int op)
{
	u8 key[RPT_EC_SCALAR_MAX], out[RPT_EC_POINT_MAX], made[128];
	size_t len;

	switch (op) {
	case SIGN:
		return !rpt_ecdsa_sign(&curve, d, hash_id, digest, hedge, sizeof(hedge), made,
				       sizeof(made), &len);
	case VERIFY:
		return !rpt_ecdsa_verify(&curve, point, curve.point_len, digest,
					 rpt_hash_size(hash_id), sig, siglen);
	case ECDH:
		return !rpt_ec_ecdh(&curve, d, point, curve.point_len, out);
	default:
		return !rpt_ec_keygen(&curve, key, out);
	}
}

static bool theirs(unsigned int op)
{
	EVP_PKEY *made = NULL;
	size_t len = 128;
	u8 out[128];
	bool ok;

	switch (op) {
	case SIGN:
		return EVP_PKEY_sign(signer, out, &len, digest, rpt_hash_size(hash_id)) == 1;
	case VERIFY:
		return EVP_PKEY_verify(verifier, sig, siglen, digest,
				       rpt_hash_size(hash_id)) == 1;
	case ECDH:
		return EVP_PKEY_derive(deriver, out, &len) == 1;
	default:
		ok = EVP_PKEY_keygen(maker, &made) == 1;
		EVP_PKEY_free(made);
		return ok;
	}
}

static double measure(bool (*run)(unsigned int), unsigned int op)
{
	u64 begin = bench_cpu_ns(), now;
	unsigned int n = 0;

	do {
		if (!run(op)) {
			fprintf(stderr, "bench: an operation on %s failed\n", curve.name);
			exit(1);
		}
		n++;
		now = bench_cpu_ns();
	} while (now - begin < ROUND_NS);
	return (double)(now - begin) / n / 1e3;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void setup(const struct rpt_ec_curve *c)
{
	hash_id = c->len == 32 ? RPT_HASH_SHA256 : RPT_HASH_SHA384;
	curve = *c;
	pkey = EVP_EC_gen(c->name);
	get_random_bytes(digest, sizeof(digest));
	get_random_bytes(hedge, sizeof(hedge));
	if (!pkey || rpt_ec_keygen(c, d, point) ||
	    rpt_ecdsa_sign(c, d, hash_id, digest, hedge, sizeof(hedge), sig, sizeof(sig),
			   &siglen))
		exit(1);
	/* Both verify ours; EVP_PKEY_derive() wants a peer, which may be itself. */
	signer = EVP_PKEY_CTX_new(pkey, NULL);
	deriver = EVP_PKEY_CTX_new(pkey, NULL);
	maker = EVP_PKEY_CTX_new(pkey, NULL);
	EVP_PKEY_sign_init(signer);
	EVP_PKEY_derive_init(deriver);
	EVP_PKEY_derive_set_peer(deriver, pkey);
	EVP_PKEY_keygen_init(maker);
	EVP_PKEY_set1_encoded_public_key(pkey, point, c->point_len);
	verifier = EVP_PKEY_CTX_new(pkey, NULL);
	EVP_PKEY_verify_init(verifier);
}

static void bench_curve(const struct rpt_ec_curve *c)
{
	static const char * const names[] = { "sign", "verify", "ECDH", "keygen" };
	const struct rpt_ec_ops *who[WHO_MAX];
	double v[WHO_MAX][ROUNDS];
	unsigned int n = 0, i, op, round;

	for (i = 0; c->backends[i] && n < WHO_MAX - 1; i++)
		if (!c->backends[i]->usable || c->backends[i]->usable())
			who[n++] = c->backends[i];
	setup(c);
	for (op = 0; op < OPS; op++) {
		for (round = 0; round < ROUNDS; round++) {
			for (i = 0; i < n; i++) {
				curve.ops = who[i];
				v[i][round] = measure(ours, op);
			}
			v[n][round] = measure(theirs, op);
		}
		printf("%s %-6s", c->name, names[op]);
		for (i = 0; i <= n; i++) {
			qsort(v[i], ROUNDS, sizeof(v[i][0]), ascending);
			printf("  %s %.1f us", i < n ? who[i]->name : "OpenSSL", v[i][ROUNDS / 2]);
		}
		printf("\nratio ours/openssl: %s %s %.2f\n", c->name, names[op],
		       v[0][ROUNDS / 2] / v[n][ROUNDS / 2]);
	}
}

void bench_ec_run(void)
{
	bench_curve(&rpt_ec_p256);
	bench_curve(&rpt_ec_p384);
}
