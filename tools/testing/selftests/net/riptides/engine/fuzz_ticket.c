// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tickets: what stands behind a good seal, what clients offer without one, and
 * what servers give. The first byte says which; see also fuzz_find_psk().
 */
#include <crypto/utils.h>
#include "fuzz.h"

static bool same_state(const struct rpt_ticket_state *a,
		       const struct rpt_ticket_state *b)
{
	return a->hash == b->hash && a->psk_len == b->psk_len &&
	       !memcmp(a->psk, b->psk, sizeof(a->psk)) &&
	       a->age_add == b->age_add && a->issued_ms == b->issued_ms &&
	       a->expires_ms == b->expires_ms && a->since == b->since &&
	       a->until == b->until && a->generation == b->generation &&
	       !memcmp(a->binding, b->binding, sizeof(a->binding)) &&
	       a->peer_cert == b->peer_cert &&
	       a->peer_id.len == b->peer_id.len &&
	       !memcmp(a->peer_id.data, b->peer_id.data, a->peer_id.len);
}

/* Whatever it says of its age, no ticket is good before it is made or too late. */
static void check_age(const struct rpt_ticket_state *state)
{
	static const u64 lives[] = { 1000, 3600000, 604800000 };
	u64 nows[] = { 0, state->issued_ms, state->issued_ms + 999,
		       state->issued_ms + 3600000, state->expires_ms - 1,
		       state->expires_ms, U64_MAX };
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(nows); i++)
		for (k = 0; k < ARRAY_SIZE(lives); k++)
			fuzz_check(!rpt_ticket_age_ok(state, state->age_add, lives[k], nows[i]) ||
				   (nows[i] >= state->issued_ms &&
				    nows[i] < state->expires_ms &&
				    nows[i] - state->issued_ms < lives[k]),
				   "age of a ticket");
}

static void check_state(const struct rpt_ticket_state *state, const u8 *buf,
			size_t len)
{
	static struct rpt_ticket_state again;
	static u8 ticket[RPT_TICKET_MAX], copy[RPT_TICKET_MAX];
	size_t n;

	fuzz_check(state->psk_len == rpt_hash_size(state->hash), "PSK of a ticket");
	fuzz_check(state->peer_id.len <= RPT_SPIFFE_MAX &&
		   (!state->peer_id.len ||
		    (state->peer_id.data >= buf &&
		     state->peer_id.data + state->peer_id.len <= buf + len)),
		   "name in a ticket");
	fuzz_check(!rpt_ticket_seal(&fuzz_ticket_key, state, ticket, sizeof(ticket), &n) &&
		   !rpt_ticket_open(&fuzz_ticket_key, ticket, n, copy, sizeof(copy), &again) &&
		   same_state(state, &again), "what a ticket says can be said again");
	check_age(state);
}

/* As the server has it: a buffer of the ticket's own length */
static int open_ticket(const u8 *ticket, size_t len)
{
	struct rpt_ticket_state state;
	u8 *buf;
	int err;

	buf = kmalloc(len ?: 1, GFP_KERNEL);
	err = rpt_ticket_open(&fuzz_ticket_key, ticket, len, buf, len, &state);
	if (err)
		fuzz_check(!memchr_inv(&state, 0, sizeof(state)),
			   "nothing is told of a bad ticket");
	else
		check_state(&state, buf, len);
	kfree(buf);
	return err;
}

static void sealed(const u8 *data, size_t size)
{
	size_t len = size + RPT_TICKET_OVERHEAD;
	u8 *ticket = kzalloc(len, GFP_KERNEL);

	memcpy(ticket, fuzz_ticket_key.name, RPT_TICKET_NAME_LEN);
	memcpy(ticket + RPT_TICKET_NAME_LEN + RPT_TICKET_SALT_LEN, data, size);
	fuzz_opening.aead = true;
	open_ticket(ticket, len);
	kfree(ticket);
}

static void forged(const u8 *data, size_t size)
{
	u8 *ticket = kmalloc(size + RPT_TICKET_NAME_LEN, GFP_KERNEL);

	fuzz_check(open_ticket(data, size) == -EBADMSG, "nobody can make a ticket");
	memcpy(ticket, fuzz_ticket_key.name, RPT_TICKET_NAME_LEN);
	memcpy(ticket + RPT_TICKET_NAME_LEN, data, size);
	fuzz_check(open_ticket(ticket, size + RPT_TICKET_NAME_LEN) == -EBADMSG,
		   "nobody can make a ticket under our key");
	kfree(ticket);
}

static void keep(void *data, const struct rpt_ticket *t)
{
	unsigned int *n = data;

	fuzz_check(t->ticket_len && t->ticket_len <= RPT_TICKET_MAX && t->lifetime &&
		   t->lifetime <= RPT_TICKET_LIFETIME_MAX, "ticket that is taken");
	fuzz_check(t->psk_len == rpt_hash_size(t->hash), "PSK of a ticket that is taken");
	++*n;
}

/* Records of a server, each after two bytes of length */
static void given(u8 suite, const u8 *data, size_t size)
{
	struct rpt_post_actions act = { .ticket = keep };
	static struct rpt_session s;
	unsigned int n = 0;
	struct rpt_rd r;
	size_t len;
	int err = 0;
	u8 *rec;

	memset(&s, 0, sizeof(s));
	s.suite = &rpt_suites[suite % rpt_suites_n];
	act.ticket_data = &n;
	rpt_rd_init(&r, data, size);
	while (!err && rpt_rd_left(&r) > 2) {
		len = min_t(size_t, rpt_rd_u16(&r), rpt_rd_left(&r));
		rec = kmemdup(rpt_rd_bytes(&r, len), len, GFP_KERNEL);
		err = rpt_session_post(&s, rec, len, &act);
		fuzz_check(!err || act.alert, "a refusal has its alert");
		kfree(rec);
	}
	fuzz_check(n <= RPT_TICKETS_MAX, "tickets in a row");
	rpt_session_wipe(&s);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	long live = shim_live;

	if (!size || size > RPT_TICKET_MAX)
		return 0;
	memset(&fuzz_opening, 0, sizeof(fuzz_opening));
	switch (data[0] >> 6) {
	case 0:
	case 1:
		sealed(data + 1, size - 1);
		break;
	case 2:
		forged(data + 1, size - 1);
		break;
	default:
		given(data[0], data + 1, size - 1);
		break;
	}
	fuzz_check(shim_live == live && !shim_warnings, "nothing left, no WARN");
	return 0;
}
