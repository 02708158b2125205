// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records: the fuzzer's opened with real keys and with none, and its texts
 * sealed and opened again.
 */
#include "fuzz.h"

static void key_make(struct rpt_record_key *k, u8 which)
{
	u8 secret[RPT_HASH_MAX];

	memset(k, 0, sizeof(*k));
	memset(secret, which, sizeof(secret));
	fuzz_check(!rpt_record_key_set(k, &rpt_suites[which % rpt_suites_n], secret),
		   "key of a record");
}

static void open_all(struct rpt_record_key *k, u8 *p, size_t size)
{
	size_t len, plain_len;
	u8 type, *plain;

	while (size >= RPT_RECORD_HDR) {
		if (rpt_record_header(p, k->set, &type, &len) ||
		    len > size - RPT_RECORD_HDR)
			return;
		fuzz_check(len <= RPT_RECORD_MAX_CIPHER, "length of a record");
		if (rpt_record_open(k, p, RPT_RECORD_HDR + len, &type, &plain, &plain_len))
			return;
		fuzz_check(fuzz_opening.aead, "nobody can forge a record");
		fuzz_check(plain >= p && plain + plain_len <= p + RPT_RECORD_HDR + len,
			   "text lies within its record");
		fuzz_check(plain_len <= RPT_RECORD_MAX_PLAIN && type, "text of a record");
		p += RPT_RECORD_HDR + len;
		size -= RPT_RECORD_HDR + len;
	}
}

static void round_trip(u8 which, size_t pad, const u8 *data, size_t size)
{
	static u8 rec[RPT_RECORD_HDR + RPT_RECORD_MAX_CIPHER];
	struct rpt_record_key tx, rx;
	size_t len, plain_len;
	u8 type, *plain;

	key_make(&tx, which);
	key_make(&rx, which);
	if (rpt_record_seal(&tx, RPT_CT_APPLICATION_DATA, data, size, pad,
			    rec, sizeof(rec), &len)) {
		fuzz_check(size + pad > RPT_RECORD_MAX_PLAIN, "a text that fits is sealed");
		return;
	}
	fuzz_check(!rpt_record_open(&rx, rec, len, &type, &plain, &plain_len) &&
		   type == RPT_CT_APPLICATION_DATA && plain_len == size &&
		   !memcmp(plain, data, size), "what we seal opens");
	rpt_record_key_wipe(&tx);
	rpt_record_key_wipe(&rx);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct rpt_record_key k;
	u8 *copy;

	if (size < 2)
		return 0;
	memset(&fuzz_opening, 0, sizeof(fuzz_opening));
	round_trip(data[0], data[1] * 8, data + 2, size - 2);

	copy = kmemdup(data + 2, size - 2, GFP_KERNEL);
	fuzz_opening.aead = data[0] & 0x80;
	key_make(&k, data[0]);
	open_all(&k, copy, size - 2);
	rpt_record_key_wipe(&k);
	kfree(copy);
	fuzz_check(!shim_live && !shim_warnings, "nothing left, no WARN");
	return 0;
}
