// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TLS peer that does what it is told, record by record
 */
#include <poll.h>
#include <sys/socket.h>
#include "chachapoly.h"
#include "gcm.h"
#include "link.h"
#include "pem.h"
#include "peer.h"

/**
 * struct peer - one end of a connection
 * @c: handshake, then keys
 * @party: identity and trust
 * @params: what the handshake was told
 * @fd: socket
 * @chunk: bytes for each write
 * @suite: storage of @params
 * @group: storage of @params
 */
struct peer {
	struct conn c;
	struct party party;
	struct rpt_hs_params params;
	int fd;
	size_t chunk;
	u16 suite;
	u16 group;
};

static int load(struct party *party, const struct peer_spec *spec)
{
	char path[512];
	int err;

	snprintf(path, sizeof(path), "%s/ca.pem", spec->certs);
	err = pem_load_anchors(party, path);
	if (err || !spec->name || (spec->anonymous && !spec->server))
		return err;
	snprintf(path, sizeof(path), "%s/%s.pem", spec->certs, spec->name);
	err = pem_load_chain(party, path);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/%s.key", spec->certs, spec->name);
	return pem_load_key(party, path);
}

/* NULL: out of memory, or no such certificates. */
struct peer *peer_new(int fd, const struct peer_spec *spec)
{
	struct peer *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->fd = fd;
	p->chunk = spec->chunk;
	p->party.blind = spec->blind;
	p->party.trust_domain = spec->trust_domain;
	p->params.server = spec->server;
	p->params.request_client_cert = !spec->anonymous;
	p->params.require_client_cert = !spec->anonymous && !spec->optional;
	p->params.force_retry = spec->retry;
	p->params.no_tickets = !spec->tickets;
	p->params.record_size_limit = spec->limit;
	p->params.alpn = spec->alpn;
	p->params.alpn_len = spec->alpn_len;
	p->suite = spec->suite;
	p->group = spec->group;
	if (p->suite) {
		p->params.suites = &p->suite;
		p->params.n_suites = 1;
	}
	if (p->group) {
		p->params.groups = &p->group;
		p->params.n_groups = 1;
	}
	p->params.ops = &party_ops;
	p->params.ops_data = &p->party;
	if (!load(&p->party, spec) && !conn_open(&p->c, &p->params))
		return p;
	peer_free(p);
	return NULL;
}

void peer_free(struct peer *p)
{
	if (!p)
		return;
	conn_free(&p->c);
	party_free(&p->party);
	free(p);
}

const void *peer_pending(const struct peer *p, size_t *len)
{
	*len = p->c.out_len;
	return p->c.out;
}

/* Damage what is about to be sent. */
void peer_spoil(struct peer *p, size_t offset)
{
	p->c.out[offset] ^= 1;
}

/* Send what was made, @chunk bytes for each segment (0: all at once). */
int peer_flush(struct peer *p, size_t chunk)
{
	struct pollfd wait = { .fd = p->fd, .events = POLLOUT };
	ssize_t n;

	while (p->c.out_len) {
		n = chunk && chunk < p->c.out_len ? chunk : p->c.out_len;
		n = send(p->fd, p->c.out, n, MSG_NOSIGNAL);
		if (n >= 0)
			conn_sent(&p->c, n);
		else if (errno == EAGAIN)
			poll(&wait, 1, -1);
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

static int get(struct peer *p, u8 *buf, size_t len)
{
	struct pollfd wait = { .fd = p->fd, .events = POLLIN };
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = recv(p->fd, buf + done, len - done, 0);
		if (n > 0)
			done += n;
		else if (!n)
			return -EPIPE;
		else if (errno == EAGAIN)
			poll(&wait, 1, -1);
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* One whole record, as it is on the wire. */
static int get_record(struct peer *p, u8 *rec, size_t cap, size_t *len)
{
	size_t body;
	int err;

	err = get(p, rec, RPT_RECORD_HDR);
	if (err)
		return err;
	body = rec[3] << 8 | rec[4];
	if (RPT_RECORD_HDR + body > cap)
		return -EMSGSIZE;
	*len = RPT_RECORD_HDR + body;
	return get(p, rec + RPT_RECORD_HDR, body);
}

/* Go on with the handshake for @records records of the other end's. */
int peer_handshake_part(struct peer *p, unsigned int records, bool *done)
{
	u8 rec[RPT_RECORD_HDR + RPT_RECORD_MAX_CIPHER];
	size_t len;
	int err;

	*done = p->c.up;
	err = peer_flush(p, p->chunk);
	while (!err && !p->c.up && records--) {
		err = get_record(p, rec, sizeof(rec), &len);
		if (err)
			return err == -EPIPE ? -ECONNRESET : err;
		err = conn_input(&p->c, rec, len);
		/* the alert, too; the first error is the one that counts */
		err = peer_flush(p, p->chunk) ?: err;
	}
	*done = p->c.up;
	return err;
}

int peer_handshake(struct peer *p)
{
	bool done;

	return peer_handshake_part(p, UINT_MAX, &done);
}

int peer_seal(struct peer *p, uint8_t type, const void *data, size_t len)
{
	return conn_send(&p->c, type, data, len);
}

int peer_seal_padding(struct peer *p, size_t len)
{
	static const u8 zeroes[PEER_RECORD_MAX];
	struct rpt_record_key *k = &p->c.tx;
	u8 nonce[RPT_IV_LEN], *rec, *text;
	size_t at = p->c.out_len, i;
	u64 seq = k->seq;
	int err;

	if (!len || len > sizeof(zeroes))
		return -EINVAL;
	/* one of the same size, over which it is written */
	err = conn_send(&p->c, PEER_DATA, zeroes, len - 1);
	if (err)
		return err;
	rec = p->c.out + at;
	text = rec + RPT_RECORD_HDR;
	memcpy(nonce, k->iv, sizeof(nonce));
	for (i = 0; i < sizeof(seq); i++)
		nonce[sizeof(nonce) - 1 - i] ^= seq >> 8 * i;
	memset(text, 0, len);
	if (k->suite->aead == RPT_AEAD_CHACHA20_POLY1305)
		rpt_chachapoly_encrypt(k->chacha, nonce, rec, RPT_RECORD_HDR, text, len,
				       text + len);
	else
		rpt_gcm_encrypt(&k->gcm, nonce, rec, RPT_RECORD_HDR, text, len, text + len);
	return 0;
}

int peer_send(struct peer *p, const void *data, size_t len)
{
	return conn_write(&p->c, data, len) ?: peer_flush(p, 0);
}

int peer_alert(struct peer *p, uint8_t level, uint8_t description)
{
	u8 msg[RPT_ALERT_LEN] = { level, description };

	return peer_seal(p, PEER_ALERT, msg, sizeof(msg)) ?: peer_flush(p, 0);
}

int peer_close_notify(struct peer *p)
{
	return peer_alert(p, RPT_ALERT_LEVEL_WARNING, RPT_ALERT_CLOSE_NOTIFY);
}

/* The other end's KeyUpdates change our key; whether to answer is not ours. */
static int messages(struct peer *p, const u8 *msg, size_t len)
{
	struct rpt_post_actions act = { };
	int err;

	err = rpt_session_post(&p->c.s, msg, len, &act);
	if (!err && act.rx_rekey)
		err = rpt_record_key_set(&p->c.rx, p->c.s.suite, p->c.s.rx_secret);
	return err;
}

ssize_t peer_read(struct peer *p, uint8_t *type, void *data, size_t cap)
{
	u8 rec[RPT_RECORD_HDR + RPT_RECORD_MAX_CIPHER];
	size_t len;
	u8 *plain;
	int err;

	err = get_record(p, rec, sizeof(rec), &len);
	if (!err)
		err = rpt_record_open(&p->c.rx, rec, len, type, &plain, &len);
	if (err)
		return err;
	if (len > cap)
		return -EMSGSIZE;
	if (*type == PEER_HANDSHAKE)
		err = messages(p, plain, len);
	else if (*type == PEER_DATA)
		err = rpt_session_data(&p->c.s);
	if (err)
		return err;
	memcpy(data, plain, len);
	return len;
}

int peer_expect(struct peer *p, const void *data, size_t len)
{
	u8 buf[PEER_RECORD_MAX];
	size_t done = 0;
	ssize_t n;
	u8 type;

	while (done < len) {
		n = peer_read(p, &type, buf, sizeof(buf));
		if (n < 0)
			return n;
		if (type != PEER_DATA)
			return -ENOMSG;
		if (n > (ssize_t)(len - done) || memcmp(buf, data + done, n))
			return -EILSEQ;
		done += n;
	}
	return 0;
}

int peer_expect_alert(struct peer *p, uint8_t description)
{
	u8 buf[PEER_RECORD_MAX], type;
	ssize_t n;

	n = peer_read(p, &type, buf, sizeof(buf));
	if (n < 0)
		return n;
	if (type != PEER_ALERT || n != RPT_ALERT_LEN)
		return -ENOMSG;
	return buf[1] == description ? 0 : -EILSEQ;
}

ssize_t peer_ticket(struct peer *p, void *msg, size_t cap)
{
	static u8 nonce;
	struct rpt_ticket t = { };
	size_t len;
	int err;

	party_issue(&p->party, &t);
	nonce++;
	err = rpt_session_ticket_psk(&p->c.s, &nonce, 1, &t);
	if (!err)
		err = rpt_session_ticket_write(&t, &nonce, 1, msg, cap, &len);
	return err ? err : (ssize_t)len;
}

int peer_key_update_message(struct peer *p, bool request, uint8_t msg[5])
{
	return rpt_session_key_update(&p->c.s, request, msg);
}

int peer_next_key(struct peer *p)
{
	return rpt_record_key_set(&p->c.tx, p->c.s.suite, p->c.s.tx_secret);
}

int peer_key_update(struct peer *p, bool request)
{
	u8 msg[RPT_KEY_UPDATE_LEN];
	int err;

	err = peer_key_update_message(p, request, msg);
	if (!err)
		err = peer_seal(p, PEER_HANDSHAKE, msg, sizeof(msg));
	if (!err)
		err = peer_next_key(p);
	return err ?: peer_flush(p, 0);
}

int peer_export(struct peer *p, const char *label, const void *ctx, size_t ctx_len,
		void *out, size_t len)
{
	return rpt_session_export(&p->c.s, label, ctx, ctx_len, out, len);
}

/* -1: none, in the handshake. */
int peer_alert_received(const struct peer *p)
{
	return p->c.alert_received;
}

int peer_alert_sent(const struct peer *p)
{
	return p->c.alert_sent;
}

/* SPIFFE ID of the other end. */
const char *peer_other_id(const struct peer *p)
{
	return p->party.peer_id;
}

uint16_t peer_suite(const struct peer *p)
{
	return p->c.s.suite ? p->c.s.suite->id : 0;
}

uint16_t peer_group(const struct peer *p)
{
	return p->c.s.group;
}
