// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bodies of messages, blocks of extensions and their contents, SPIFFE IDs and
 * patterns. The first byte says which.
 */
#include "fuzz.h"
#include "hs_ext.h"
#include "hs_msg.h"

static void message(u8 which, const u8 *data, size_t size)
{
	struct rpt_encrypted_extensions ee;
	struct rpt_certificate_request cr;
	struct rpt_certificate_verify cv;
	struct rpt_new_session_ticket nst;
	struct rpt_client_hello ch;
	struct rpt_server_hello sh;
	struct rpt_chain chain;
	struct rpt_blob context;
	u8 digest[RPT_HASH_MAX];
	u8 alert = 0xee;
	bool requested;
	int err = 0;

	switch (which) {
	case 0:
		err = rpt_parse_client_hello(data, size, &ch, &alert);
		if (!err)
			rpt_client_hello_invariant(data, size, digest);
		break;
	case 1:
		err = rpt_parse_server_hello(data, size, ~0ULL, &sh, &alert);
		break;
	case 2:
		err = rpt_parse_encrypted_extensions(data, size, ~0ULL, &ee, &alert);
		break;
	case 3:
		err = rpt_parse_certificate_request(data, size, &cr, &alert);
		break;
	case 4:
		err = rpt_parse_certificate(data, size, ~0ULL, &context, &chain, &alert);
		fuzz_check(err || chain.n <= RPT_CHAIN_MAX, "length of a chain");
		break;
	case 5:
		err = rpt_parse_certificate_verify(data, size, &cv, &alert);
		break;
	case 6:
		err = rpt_parse_new_session_ticket(data, size, &nst, &alert);
		break;
	case 7:
		err = rpt_parse_key_update(data, size, &requested, &alert);
		break;
	}
	fuzz_check(!err || alert != 0xee, "a refusal has its alert");
	fuzz_check(err <= 0, "errno of a parser");
}

static void read_body(u8 which, struct rpt_rd *r)
{
	struct rpt_blob a = { }, b, name;
	u8 alert = 0;
	u16 group;
	u32 age;

	switch (which) {
	case 0:
		a = rpt_ext_read_u16_list(r);
		if (rpt_rd_ok(r))
			rpt_u16_list_has(a, 0x1301);
		break;
	case 1:
		a = rpt_ext_read_server_name(r);
		break;
	case 2:
		a = rpt_ext_read_alpn(r);
		break;
	case 3:
		a = rpt_ext_read_alpn_choice(r);
		break;
	case 4:
		a = rpt_ext_read_shares(r, &alert);
		break;
	case 5:
		a = rpt_ext_read_share(r, &group);
		break;
	case 6:
		a = rpt_ext_read_cookie(r);
		break;
	case 7:
		a = rpt_ext_read_authorities(r);
		while (rpt_rd_ok(r) && rpt_hs_next_authority(&a, &name))
			fuzz_check(name.len, "name of an authority");
		break;
	case 8:
		a = rpt_ext_read_modes(r);
		break;
	case 9:
		a = rpt_ext_read_versions(r);
		break;
	case 10:
		rpt_ext_read_size_limit(r, &alert);
		break;
	case 11:
		rpt_ext_read_psks(r, &a, &b, &alert);
		if (rpt_rd_ok(r)) {
			struct rpt_rd ids;

			rpt_rd_init(&ids, a.data, a.len);
			while (rpt_ext_psk_next(&ids, &name, &age))
				fuzz_check(name.len, "name of a PSK");
		}
		break;
	}
}

static void block(u8 which, const u8 *data, size_t size)
{
	struct rpt_ext_walk w;
	struct rpt_rd r;
	int more;

	rpt_rd_init(&r, data, size);
	if (which & 8)
		rpt_ext_walk_init_response(&w, r, BIT(which & 7) & 0x7f,
					   size * 0x9e3779b97f4a7c15ULL);
	else
		rpt_ext_walk_init(&w, r, BIT(which & 7) & 0x7f);
	do {
		more = rpt_ext_walk_next(&w);
		if (more > 0)
			read_body(w.type % 12, &w.body);
	} while (more > 0);
	fuzz_check(w.n <= RPT_EXTENSIONS_MAX, "number of extensions");
	fuzz_check(more >= 0 || w.alert, "a refusal has its alert");
}

static void spiffe(const char *s, size_t len)
{
	struct rpt_spiffe id;
	size_t half = len / 2;

	if (!rpt_spiffe_parse(s, len, &id)) {
		fuzz_check(id.len == len && id.td_len + id.path_len + 9 == len,
			   "parts of a SPIFFE ID");
		/* That of a trust domain is a pattern for what is in it. */
		fuzz_check(rpt_spiffe_match(s, len, &id) == !!id.path_len,
			   "an ID with a path matches itself");
	}
	if (!rpt_spiffe_pattern_check(s, half) && !rpt_spiffe_parse(s + half, len - half, &id))
		rpt_spiffe_match(s, half, &id);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct rpt_rd r;
	u8 which;

	if (!size)
		return 0;
	which = data[0];
	data++;
	size--;
	switch (which >> 4) {
	case 0:
		message(which & 7, data, size);
		break;
	case 1:
		block(which & 15, data, size);
		break;
	case 2:
		rpt_rd_init(&r, data, size);
		read_body(which & 15, &r);
		break;
	default:
		spiffe((const char *)data, size);
		break;
	}
	fuzz_check(!shim_warnings, "no WARN");
	return 0;
}
