// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes of a handshake: out of the socket, through the engine, into an skb
 */

#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/unaligned.h>
#include <net/tcp.h>

#include "identity.h"
#include "pump.h"

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

static int pump_engine_create(struct rpt_pump *pump)
{
	struct rpt_hs_params *p = &pump->params;
	const struct rpt_opts *opts = pump->opts;
	struct rpt_sock *rs = pump->rs;
	bool mutual = !opts || opts->mode == RIPTIDES_MODE_MUTUAL;
	struct mem_cgroup *memcg;

	pump->ops = &rpt_tls13_engine;
	p->server = rs->server;
	/* who is to be somebody has to show who he is */
	p->require_client_cert = rs->server &&
				 (mutual || (opts && opts->peer_id));
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
	/* charged to whom the socket is, not to the workqueue */
	memcg = set_active_memcg(mem_cgroup_from_sk(rs->sk));
	pump->engine = pump->ops->create(p, GFP_KERNEL_ACCOUNT);
	set_active_memcg(memcg);
	if (!pump->engine)
		return -ENOMEM;
	return pump->ops->start(pump->engine);
}

/**
 * rpt_pump_feed() - give the engine what has come
 * @pump: the handshake, busy
 *
 * Context: Process context, no lock held; does public-key work.
 * Return: 0; -ENOKEY no identity; -ENOMEM; errno of the engine.
 */
int rpt_pump_feed(struct rpt_pump *pump)
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

/**
 * rpt_pump_output() - all that the engine has to say, as one skb
 * @pump: the handshake, busy
 * @skb: out: the bytes, NULL if there are none
 *
 * Context: Process context, no lock held.
 * Return: 0; -ENOMEM.
 */
int rpt_pump_output(struct rpt_pump *pump, struct sk_buff **skb)
{
	const u8 *out;
	size_t len;

	*skb = NULL;
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
