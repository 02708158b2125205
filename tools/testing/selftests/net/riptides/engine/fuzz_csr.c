// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certification requests and keys: parsed from the fuzzer's bytes, and written
 * for names that are the fuzzer's.
 */
#include "csr.h"
#include "fuzz.h"

static char *text(struct rpt_rd *r)
{
	size_t n = min((size_t)rpt_rd_u8(r) * 2, rpt_rd_left(r));

	return kmemdup_nul(n ? (const char *)rpt_rd_bytes(r, n) : "", n, GFP_KERNEL);
}

/* What the writer makes, the parser takes. */
static void write_one(const u8 *data, size_t size)
{
	struct rpt_csr_params p = {
		.key = &fuzz_world()->client.key->pub,
		.signer.scheme = RPT_SIG_ECDSA_SECP256R1_SHA256,
		.signer.key = fuzz_world()->client.key,
	};
	static u8 out[RPT_CSR_MAX];
	const char *dns[2];
	char *names[5];
	struct rpt_csr csr;
	struct rpt_rd r;
	unsigned int i;
	size_t len;

	rpt_rd_init(&r, data, size);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		names[i] = text(&r);
	p.names.common_name = *names[0] ? names[0] : NULL;
	p.names.organization = *names[1] ? names[1] : NULL;
	p.names.spiffe_id = *names[2] ? names[2] : NULL;
	dns[0] = names[3];
	dns[1] = names[4];
	p.names.dns = dns;
	p.names.n_dns = *dns[0] ? 1 + !!*dns[1] : 0;
	if (!rpt_csr_write(&p, out, sizeof(out), &len)) {
		fuzz_check(!rpt_csr_parse(&csr, out, len), "what we write parses");
		fuzz_check(!memcmp(&csr.key, p.key, sizeof(p.key->ec)), "key of a request");
		fuzz_check(!rpt_csr_verify(&csr), "what we sign verifies");
	}
	for (i = 0; i < ARRAY_SIZE(names); i++)
		kfree(names[i]);
}

static void read_one(const u8 *data, size_t size)
{
	static struct rpt_privkey sk;
	struct rpt_csr csr;
	struct rpt_x509 x;
	int err;

	if (!rpt_csr_parse(&csr, data, size)) {
		err = rpt_csr_verify(&csr);
		fuzz_check(err <= 0, "errno of rpt_csr_verify()");
	}
	err = rpt_x509_parse(&x, data, size);
	fuzz_check(err <= 0, "errno of rpt_x509_parse()");
	if (!rpt_privkey_parse(&sk, data, size))
		fuzz_check(!rpt_pubkey_check(&sk.pub), "a key that was taken is good");
	rpt_privkey_wipe(&sk);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_world *w = fuzz_world();
	long live = shim_live;

	if (!size || !w)
		return 0;
	memset(&fuzz_opening, 0, sizeof(fuzz_opening));
	if (data[0] == 'w')
		write_one(data + 1, size - 1);
	else
		read_one(data, size);
	fuzz_check(shim_live == live, "nothing is left allocated");
	fuzz_check(!shim_warnings, "no WARN");
	return 0;
}
