// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes of a handshake: out of the socket, through the engine, into an skb
 */

#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/unaligned.h>
#include <net/tcp.h>

#include "identity.h"
#include "mib.h"
#include "offer.h"
#include "proto.h"
#include "pump.h"
#include "record.h"
#include "rule.h"
#include "session.h"

static int pump_recv(read_descriptor_t *desc, struct sk_buff *skb,
		     unsigned int offset, size_t len)
{
	struct rpt_pump *pump = desc->arg.data;
	size_t n = min3(len, desc->count, sizeof(pump->in) - pump->in_len);

	if (!n || skb_copy_bits(skb, offset, pump->in + pump->in_len, n))
		return 0;
	pump->in_len += n;
	desc->count -= n;
	return n;
}

/**
 * rpt_pump_read() - take what is there of the record at hand, and of no other
 * @sk: the socket
 * @pump: its handshake, not busy
 *
 * Context: Socket locked.
 */
void rpt_pump_read(struct sock *sk, struct rpt_pump *pump)
{
	read_descriptor_t desc = { .arg.data = pump };
	u8 take;

	while (pump->in_len < sizeof(pump->in)) {
		u16 had = pump->in_len;

		desc.count = pump->want ?: RPT_RECORD_HDR - pump->hdr_len;
		if (tcp_read_sock(sk, &desc, pump_recv) <= 0)
			break;
		if (pump->want) {
			pump->want -= pump->in_len - had;
			if (!pump->want)
				pump->hdr_len = 0;
			/* one record at a time: the engine may be done by it */
			break;
		}
		take = pump->in_len - had;
		memcpy(pump->hdr + pump->hdr_len, pump->in + had, take);
		pump->hdr_len += take;
		if (pump->hdr_len < RPT_RECORD_HDR)
			break;
		pump->want = get_unaligned_be16(pump->hdr + 3);
		/* an empty record, or one too long: the engine refuses it */
		if (!pump->want || pump->want > RPT_RECORD_MAX_CIPHER) {
			pump->want = 0;
			pump->hdr_len = 0;
			break;
		}
	}
}

/**
 * rpt_pump_wants_peer() - whether the peer has to be somebody
 * @pump: the handshake
 *
 * Context: Process context.
 * Return: true if it has, even where only the server is authenticated.
 */
bool rpt_pump_wants_peer(const struct rpt_pump *pump)
{
	const struct rpt_opts *opts = pump->opts;

	return opts && (opts->peer_id || (opts->rule && opts->rule->n_peers));
}

#ifdef CONFIG_RIPTIDES_MLKEM
/*
 * Ours first. Clients send a share for it and one for X25519, so that servers
 * without it need no retry; it makes a ClientHello of more than one segment.
 * Without it the engine's defaults are left.
 */
static void pump_groups(struct rpt_hs_params *p, u8 pq)
{
	static const u16 groups[] = {
		RPT_GROUP_X25519MLKEM768, RPT_GROUP_X25519,
		RPT_GROUP_SECP256R1, RPT_GROUP_SECP384R1,
	};

	if (pq == RIPTIDES_PQ_OFF)
		return;
	p->groups = groups;
	p->n_groups = pq == RIPTIDES_PQ_REQUIRE ? 1 : ARRAY_SIZE(groups);
	p->n_shares = 2;
}
#else
static void pump_groups(struct rpt_hs_params *p, u8 pq)
{
}
#endif

static int pump_engine_create(struct rpt_pump *pump)
{
	struct rpt_hs_params *p = &pump->params;
	const struct rpt_opts *opts = pump->opts;
	struct rpt_sock *rs = pump->rs;
	bool mutual = !opts || opts->mode == RIPTIDES_MODE_MUTUAL;

	pump->ops = &rpt_tls13_engine;
	p->server = rs->server;
	/* who waits for the server to say something asks for it so */
	pump->confirm = !rs->server && opts && opts->confirm;
	p->no_tickets = !pump->confirm;
	pump_groups(p, opts && opts->rule ? opts->rule->pq : RIPTIDES_PQ_PREFER);
	/* who is to be somebody has to show who he is */
	p->require_client_cert = rs->server &&
				 (mutual || rpt_pump_wants_peer(pump));
	p->ops = &rpt_verify_ops;
	p->ops_data = pump;
	if (opts) {
		p->server_name = rs->server ? NULL : opts->server_name;
		p->alpn = opts->alpn;
		p->alpn_len = opts->alpn_len;
	}
	if (!rs->server && mutual) {
		struct rpt_svid *svid;

		/* not one byte to anybody if we could not answer for it */
		svid = rpt_identity_svid(sock_net(rs->sk),
					 opts ? opts->identity : NULL);
		if (IS_ERR(svid))
			return -ENOKEY;
		pump->svid = svid;
	}
	if (!rs->server)
		rpt_offer_prepare(pump);
	pump->engine = pump->ops->create(p, GFP_KERNEL_ACCOUNT);
	if (!pump->engine)
		return -ENOMEM;
	return pump->ops->start(pump->engine);
}

/* Give the engine what has come; does public-key work. */
static int pump_feed(struct rpt_pump *pump)
{
	size_t used, done = 0;
	int err = 0;

	if (!pump->engine)
		err = pump_engine_create(pump);
	while (!err && done < pump->in_len) {
		err = pump->ops->input(pump->engine, pump->in + done,
				       pump->in_len - done, &used);
		/* it takes no more, though it was given no more than a record */
		if (!err && !used)
			err = -EPROTO;
		done += used;
	}
	memzero_explicit(pump->in, pump->in_len);
	pump->in_len = 0;
	return err;
}

/* All that the engine has to say, as one skb; NULL if that is nothing. */
static int pump_output(struct rpt_pump *pump, struct sk_buff **skb)
{
	const u8 *out;
	size_t len;

	if (!pump->engine)
		return 0;
	out = pump->ops->output(pump->engine, &len);
	if (!len)
		return 0;
	*skb = tcp_alloc_prepared(out, len, GFP_KERNEL_ACCOUNT);
	if (!*skb)
		return -ENOMEM;
	pump->ops->output_done(pump->engine, len);
	return 0;
}

/*
 * A client that takes tickets may wait for our first record (RIPTIDES_CONFIRM
 * is not the only reason to). If there is no ticket to give, one that is to be
 * discarded at once (RFC 8446 section 4.6.1) says that the client is accepted.
 */
static int pump_say_first(struct rpt_pump *pump, struct sk_buff **skb)
{
	static const u8 nothing[1];
	static const struct rpt_ticket ticket = {
		.ticket = nothing,
		.ticket_len = sizeof(nothing),
	};
	struct rpt_session *s = pump->session;
	struct sk_buff *first;
	u8 msg[32], *real;
	size_t len;
	int err;

	real = rpt_offer_ticket(sock_net(pump->rs->sk), s, pump->svid,
				pump->peer, pump->opts, &len);
	if (!real) {
		err = rpt_session_ticket_write(&ticket, NULL, 0, msg,
					       sizeof(msg), &len);
		if (err)
			return err;
	}
	first = rpt_promote_seal(s, RPT_CT_HANDSHAKE, real ?: msg, len,
				 GFP_KERNEL_ACCOUNT);
	if (real && !IS_ERR(first))
		rpt_mib_inc(sock_net(pump->rs->sk), RPT_MIB_TICKETSENT);
	kfree_sensitive(real);
	if (IS_ERR(first))
		return PTR_ERR(first);
	*skb = first;
	return 0;
}

/* The engine is done. */
static int pump_finish(struct rpt_pump *pump, struct sk_buff **skb)
{
	struct rpt_session *s;
	int err;

	s = kzalloc_obj(*s, GFP_KERNEL_ACCOUNT);
	if (!s)
		return -ENOMEM;
	pump->session = s;
	err = pump->ops->finish(pump->engine, s);
	if (err)
		return err;
	pump->ops->destroy(pump->engine);
	pump->engine = NULL;
	err = rpt_offer_settle(pump, s);
	if (err) {
		/* nobody knows what is wrong with certificates that nobody has */
		pump->alert_sent = RPT_ALERT_CERTIFICATE_UNKNOWN;
		return err;
	}
	if (!pump->peer && rpt_pump_wants_peer(pump))
		return -EACCES;
	/* a server has nothing to say to Finished, so that *@skb is ours */
	if (s->server && s->takes_tickets && !s->tickets_asked && !*skb)
		return pump_say_first(pump, skb);
	return 0;
}

static int pump_handshake(struct rpt_pump *pump, struct sk_buff **skb)
{
	u8 alert;
	int err, ret;

	err = pump_feed(pump);
	ret = pump_output(pump, skb);
	err = err ?: ret;
	if (!err && pump->ops->is_done(pump->engine))
		return pump_finish(pump, skb);
	if (err && pump->engine) {
		if (rpt_hs_alert_sent(pump->engine, &alert))
			pump->alert_sent = alert;
		if (rpt_hs_alert_received(pump->engine, &alert))
			pump->alert_received = alert;
	}
	return err;
}

/**
 * rpt_pump_peek() - look at the server's first record
 * @sk: the socket
 * @pump: its handshake, complete and not busy
 *
 * It stays where it is: the data path will read it.
 *
 * Context: Socket locked.
 * Return: true if it is in @pump->in; of one that is too long the header.
 */
bool rpt_pump_peek(struct sock *sk, struct rpt_pump *pump)
{
	u32 seq = READ_ONCE(tcp_sk(sk)->copied_seq);
	size_t n, have = 0, need = RPT_RECORD_HDR;
	struct sk_buff *skb;
	u32 offset;

	skb_queue_walk(&sk->sk_receive_queue, skb) {
		offset = seq - TCP_SKB_CB(skb)->seq;
		while (offset < skb->len && have < need) {
			n = min_t(size_t, skb->len - offset, need - have);
			if (skb_copy_bits(skb, offset, pump->in + have, n))
				return false;
			have += n;
			seq += n;
			offset += n;
			if (have == RPT_RECORD_HDR && need == RPT_RECORD_HDR) {
				n = get_unaligned_be16(pump->in + 3);
				if (n <= RPT_PUMP_FIRST_MAX)
					need += n;
			}
		}
	}
	pump->in_len = have;
	return have == need;
}

/* The server's first record: whatever is no refusal is the data path's. */
static int pump_confirm(struct rpt_pump *pump)
{
	struct rpt_session *s = pump->session;
	struct rpt_record_key *key;
	u8 type, alert, *data;
	size_t len;
	int err;

	key = kzalloc_obj(*key, GFP_KERNEL_ACCOUNT);
	if (!key)
		return -ENOMEM;
	err = rpt_record_key_set(key, s->suite, s->rx_secret);
	if (!err) {
		key->seq = s->rx_seq;
		if (rpt_record_open(key, pump->in, pump->in_len, &type, &data,
				    &len) ||
		    type != RPT_CT_ALERT ||
		    rpt_session_alert(data, len, &alert) != -EPROTO) {
			pump->confirm = false;
		} else {
			pump->alert_received = alert;
			err = -EPROTO;
		}
	}
	rpt_record_key_wipe(key);
	kfree_sensitive(key);
	memzero_explicit(pump->in, pump->in_len);
	pump->in_len = 0;
	return err;
}

/**
 * rpt_pump_advance() - a step of the handshake with what has come
 * @pump: the handshake, busy
 * @skb: out: what is to be sent, also on failure, NULL if that is nothing
 *
 * Sets @pump->session when the engine is done.
 *
 * Context: Process context, no lock held; does public-key work.
 * Return: 0; -ENOKEY no identity; -EACCES not the peer that is wanted; -ENOMEM;
 * errno of the engine.
 */
int rpt_pump_advance(struct rpt_pump *pump, struct sk_buff **skb)
{
	struct mem_cgroup *memcg;
	int err;

	*skb = NULL;
	/* charged to whom the socket is, not to the workqueue */
	memcg = set_active_memcg(mem_cgroup_from_sk(pump->rs->sk));
	err = pump->session ? pump_confirm(pump) : pump_handshake(pump, skb);
	set_active_memcg(memcg);
	return err;
}
