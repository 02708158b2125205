// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certificate chains from the fuzzer: one byte of configuration, then each
 * certificate after two bytes of length.
 */
#include "fuzz.h"

enum {
	CHAIN_SIGS	= 1 << 0,	/* signatures are verified */
	CHAIN_SPIFFE	= 1 << 1,
	CHAIN_DOMAIN	= 1 << 2,
	CHAIN_DNS	= 1 << 3,
	CHAIN_CLIENT	= 1 << 4,
	CHAIN_REVOKED	= 1 << 5,
	CHAIN_IP	= 1 << 6,
};

static void split(struct rpt_chain *chain, const u8 *data, size_t size)
{
	struct rpt_rd r;
	size_t n;

	chain->n = 0;
	rpt_rd_init(&r, data, size);
	while (rpt_rd_left(&r) > 2 && chain->n < RPT_CHAIN_MAX) {
		n = min_t(size_t, rpt_rd_u16(&r), rpt_rd_left(&r));
		chain->cert[chain->n].len = n;
		chain->cert[chain->n++].data = rpt_rd_bytes(&r, n);
	}
}

/* What somebody signed, and nobody else can have. */
static void check_leaf(const struct rpt_chain *chain)
{
	struct fuzz_world *w = fuzz_world();
	struct rpt_x509 leaf, ours;

	fuzz_check(!rpt_x509_parse(&leaf, chain->cert[0].data, chain->cert[0].len) &&
		   !rpt_x509_parse(&ours, w->leaf, w->leaf_len), "leaf parses");
	fuzz_check(leaf.tbs.len == ours.tbs.len &&
		   !memcmp(leaf.tbs.data, ours.tbs.data, ours.tbs.len),
		   "only what was signed is accepted");
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const u8 serial[] = { 0x12 }, ip[] = { 127, 0, 0, 1 };
	struct rpt_revocation revoked = {
		.serial = { .data = serial, .len = sizeof(serial) },
	};
	struct fuzz_world *w = fuzz_world();
	struct rpt_chain_params p = {
		.anchors = w->client.anchors,
		.n_anchors = w->client.n_anchors,
		.now = FUZZ_NOW,
	};
	static struct rpt_chain_result res;
	struct rpt_chain chain;
	struct rpt_spiffe id;
	long live = shim_live;
	int err;

	if (!size)
		return 0;
	p.spiffe = data[0] & CHAIN_SPIFFE;
	p.trust_domain = p.spiffe && (data[0] & CHAIN_DOMAIN) ? "example.org" : NULL;
	p.dns_name = data[0] & CHAIN_DNS ? "localhost" : NULL;
	p.purpose = data[0] & CHAIN_CLIENT ? RPT_PURPOSE_CLIENT_AUTH :
					     RPT_PURPOSE_SERVER_AUTH;
	p.revoked = &revoked;
	p.n_revoked = !!(data[0] & CHAIN_REVOKED);
	if (data[0] & CHAIN_IP) {
		p.ip = ip;
		p.ip_len = sizeof(ip);
	}
	fuzz_opening.sig = !(data[0] & CHAIN_SIGS);
	split(&chain, data + 1, size - 1);
	if (!chain.n)
		return 0;
	if (!rpt_x509_spiffe(chain.cert[0].data, chain.cert[0].len, &id))
		fuzz_check(id.len <= RPT_SPIFFE_MAX && id.td_len <= RPT_SPIFFE_TD_MAX,
			   "length of a SPIFFE ID");
	err = rpt_chain_verify(&p, &chain, &res);
	fuzz_check(!err || (res.alert && res.reason), "a refusal has alert and reason");
	fuzz_check(res.n_sigs <= RPT_CHAIN_SIGS_MAX, "work is bounded");
	if (!err && (data[0] & CHAIN_SIGS))
		check_leaf(&chain);
	fuzz_check(shim_live == live, "nothing is left allocated");
	fuzz_check(!shim_warnings, "no WARN");
	return 0;
}
