// SPDX-License-Identifier: GPL-2.0-only
/*
 * One end of a conversation whose other end is the fuzzer.
 *
 * Input: two bytes of configuration, then what the peer sends, as on the wire
 * but with records in clear (their last 16 bytes stand for the tag).
 */
#include "fuzz.h"

/* What became of a conversation. */
struct outcome {
	int err;
	int alert_sent;
	int alert_received;
	bool up;
	size_t data;
	size_t out_len;
	u32 out_sum;
};

static int fuzz_sign(void *data, u16 scheme, const u8 *msg, size_t len,
		     u8 *sig, size_t cap, size_t *siglen)
{
	*siglen = min_t(size_t, cap, 70);
	memset(sig, 0x30, *siglen);
	return 0;
}

/* By name, or by what stands in it. */
int fuzz_find_psk(void *data, const struct rpt_hs_offer *offer, struct rpt_psk *psk)
{
	struct rpt_ticket_state state;
	u8 *buf;
	int err;

	err = party_ops.find_psk(data, offer, psk);
	if (err != -ENOENT || psk->identity_len > RPT_TICKET_MAX)
		return err;
	buf = kmalloc(psk->identity_len, GFP_KERNEL);
	if (!rpt_ticket_open(&fuzz_ticket_key, psk->identity, psk->identity_len, buf,
			     psk->identity_len, &state) &&
	    rpt_ticket_age_ok(&state, psk->obfuscated_age, 3600000,
			      ktime_get_ns() / 1000000)) {
		psk->peer_cert = state.peer_cert;
		psk->hash = state.hash;
		psk->secret_len = state.psk_len;
		memcpy(psk->secret, state.psk, state.psk_len);
		err = 0;
	}
	kfree(buf);
	return err;
}

void fuzz_params(struct rpt_hs_params *p, bool server, u8 config, u8 suite)
{
	static const u8 alpn[] = "\x02h2\x08http/1.1";
	static const u16 p256[] = { RPT_GROUP_SECP256R1 };
	static struct rpt_psk psks[RPT_PSK_MAX];
	struct fuzz_world *w = fuzz_world();
	static struct rpt_hs_ops ops[2];
	static u16 suites[3];
	unsigned int i;

	ops[server] = party_ops;
	ops[server].sign = fuzz_sign;
	ops[server].find_psk = config & FUZZ_PSK ? fuzz_find_psk : NULL;
	if (!server && !(config & FUZZ_MUTUAL))
		ops[server].select_identity = NULL;
	for (i = 0; i < rpt_suites_n && i < ARRAY_SIZE(suites); i++)
		suites[i] = rpt_suites[(i + suite) % rpt_suites_n].id;

	memset(p, 0, sizeof(*p));
	p->server = server;
	p->ops = &ops[server];
	p->ops_data = server ? &w->server : &w->client;
	p->suites = suites;
	p->n_suites = 3;
	p->require_client_cert = server && (config & FUZZ_MUTUAL);
	p->server_name = server ? NULL : "localhost";
	if (config & FUZZ_ALPN) {
		p->alpn = alpn;
		p->alpn_len = sizeof(alpn) - 1;
	}
	if (config & FUZZ_P256) {
		p->groups = p256;
		p->n_groups = ARRAY_SIZE(p256);
	}
	if (config & FUZZ_RETRY) {
		p->force_retry = server;
		p->send_cookie = server;
		p->n_shares = server ? 0 : RPT_HS_NO_SHARES;
	}
	if (config & FUZZ_LIMIT)
		p->record_size_limit = 512;
	if (!server && (config & FUZZ_PSK)) {
		p->n_psks = party_psks(&w->client, psks, RPT_PSK_MAX);
		p->psks = psks;
	}
}

static void on_data(void *arg, const u8 *p, size_t len)
{
	struct outcome *o = arg;

	fuzz_check(len <= RPT_RECORD_MAX_PLAIN, "length of application data");
	o->data += len;
}

static void on_ticket(void *arg, const struct rpt_ticket *t)
{
	fuzz_check(t->ticket_len && t->ticket_len <= RPT_TICKET_MAX, "ticket");
	fuzz_check(t->psk_len == 32 || t->psk_len == 48, "PSK of a ticket");
}

static void talk(const struct rpt_hs_params *p, const u8 *data, size_t size,
		 size_t piece, struct outcome *o)
{
	static struct conn c;
	size_t n;
	u32 i;

	memset(o, 0, sizeof(*o));
	fuzz_check(!conn_open(&c, p), "start");
	c.data = on_data;
	c.ticket = on_ticket;
	c.arg = o;
	while (size && !c.err) {
		n = min(size, piece);
		conn_input(&c, data, n);
		data += n;
		size -= n;
	}
	o->err = c.err;
	o->alert_sent = c.alert_sent;
	o->alert_received = c.alert_received;
	o->up = c.up;
	o->out_len = c.out_len;
	for (i = 0; i < c.out_len; i++)
		o->out_sum = o->out_sum * 31 + c.out[i];
	conn_free(&c);
}

int fuzz_conversation(bool server, const u8 *data, size_t size)
{
	struct rpt_hs_params p;
	struct outcome o, o2;
	long live;
	u8 config;

	if (size < FUZZ_CONFIG_LEN)
		return 0;
	config = data[0];
	fuzz_world();
	fuzz_opening.aead = true;
	fuzz_opening.mac = !(config & FUZZ_STRICT);
	fuzz_opening.sig = !(config & FUZZ_STRICT);
	fuzz_opening.random = server ? 0x53 : 0x43;
	fuzz_params(&p, server, config, data[1]);
	data += FUZZ_CONFIG_LEN;
	size -= FUZZ_CONFIG_LEN;

	live = shim_live;
	talk(&p, data, size, SIZE_MAX, &o);
	fuzz_check(shim_live == live, "nothing is left allocated");
	fuzz_check(!shim_warnings, "no WARN");
	fuzz_check(o.err <= 0 && o.err > -MAX_ERRNO, "an errno");
	fuzz_check(!o.err || o.alert_sent >= 0 || o.alert_received >= 0,
		   "a failure has its alert");
	fuzz_check(o.alert_sent < 0 || o.alert_received <= 0,
		   "an alert is not answered by an alert");
	if (!(config & FUZZ_CHUNKS))
		return 0;
	talk(&p, data, size, 1 + (size & 3), &o2);
	fuzz_check(!memcmp(&o, &o2, sizeof(o)), "pieces make no difference");
	return 0;
}
