// SPDX-License-Identifier: GPL-2.0-only
/*
 * Seeds for the fuzz targets, made by our own two ends: fuzz_seeds DIRECTORY
 */
#include <sys/stat.h>
#include "csr.h"
#include "fuzz.h"
#include "hs_msg.h"

#define WIRE_MAX	65536

static const char *top;

static void save(const char *target, const char *name, u8 first,
		 const void *data, size_t len)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top, target);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%s/%s", top, target, name);
	f = fopen(path, "wb");
	fuzz_check(f, "seed can be written");
	fputc(first, f);
	fuzz_check(fwrite(data, 1, len, f) == len && !fclose(f), "seed is written");
}

/* What goes to one end: wire[0] is the second byte of configuration. */
struct end {
	struct conn c;
	bool server;
	u8 wire[WIRE_MAX];
	size_t wire_len;
};

static void turn(struct end *e)
{
	fuzz_opening.random = e->server ? 0x53 : 0x43;
}

static bool move(struct end *from, struct end *to)
{
	size_t n = from->c.out_len;

	if (!n)
		return false;
	fuzz_check(to->wire_len + n <= WIRE_MAX, "a conversation fits");
	memcpy(to->wire + to->wire_len, from->c.out, n);
	to->wire_len += n;
	turn(to);
	fuzz_check(!conn_input(&to->c, from->c.out, n), "our ends agree");
	conn_sent(&from->c, n);
	return true;
}

static void on_data(void *arg, const u8 *p, size_t len)
{
}

static void on_ticket(void *arg, const struct rpt_ticket *t)
{
}

static void converse(struct end *client, struct end *server)
{
	while (move(client, server) || move(server, client))
		;
	fuzz_check(client->c.up && server->c.up, "the handshake ends");
}

static void after(struct end *e)
{
	turn(e);
	fuzz_check(!conn_write(&e->c, (const u8 *)"hello", 5) &&
		   !conn_key_update(&e->c, true) &&
		   !conn_write(&e->c, (const u8 *)"again", 5), "what comes after");
}

static void conversation(u8 config, u8 suite)
{
	struct rpt_ticket t = {
		.lifetime = 60, .ticket = (const u8 *)"a new one", .ticket_len = 9,
	};
	static struct end client, server;
	struct rpt_hs_params cp, sp;
	char name[32];

	memset(&client, 0, sizeof(client));
	memset(&server, 0, sizeof(server));
	server.server = true;
	client.wire[client.wire_len++] = suite;
	server.wire[server.wire_len++] = suite;
	fuzz_params(&cp, false, config, suite);
	fuzz_params(&sp, true, config, suite);
	fuzz_opening.aead = true;
	fuzz_opening.mac = true;
	fuzz_opening.sig = true;
	turn(&server);
	fuzz_check(!conn_open(&server.c, &sp), "server starts");
	turn(&client);
	fuzz_check(!conn_open(&client.c, &cp), "client starts");
	client.c.data = on_data;
	server.c.data = on_data;
	client.c.ticket = on_ticket;
	converse(&client, &server);
	turn(&server);
	fuzz_check(!conn_ticket(&server.c, &t, 1), "ticket");
	after(&client);
	after(&server);
	converse(&client, &server);
	turn(&client);
	conn_close(&client.c);
	converse(&client, &server);
	turn(&server);
	conn_close(&server.c);
	converse(&client, &server);
	snprintf(name, sizeof(name), "seed-%02x-%u", config, suite);
	save("client", name, config, client.wire, client.wire_len);
	save("server", name, config, server.wire, server.wire_len);
	conn_free(&client.c);
	conn_free(&server.c);
}

/* Each message of a conversation in clear, for the parsers. */
static void messages(void)
{
	static const u8 which[] = {
		[RPT_HS_CLIENT_HELLO] = 0, [RPT_HS_SERVER_HELLO] = 1,
		[RPT_HS_ENCRYPTED_EXTENSIONS] = 2, [RPT_HS_CERTIFICATE_REQUEST] = 3,
		[RPT_HS_CERTIFICATE] = 4, [RPT_HS_CERTIFICATE_VERIFY] = 5,
		[RPT_HS_NEW_SESSION_TICKET] = 6, [RPT_HS_KEY_UPDATE] = 7,
	};
	u8 config = FUZZ_ALPN | FUZZ_MUTUAL | FUZZ_PSK | FUZZ_LIMIT;
	static u8 buf[2 + WIRE_MAX];
	size_t at, len, body;
	char path[512], name[32];
	unsigned int n = 0, end;
	u8 type;
	FILE *f;

	for (end = 0; end < 4; end++) {
		snprintf(path, sizeof(path), "%s/%s/seed-%02x-0", top,
			 end & 1 ? "server" : "client", end & 2 ? config : config & ~FUZZ_PSK);
		f = fopen(path, "rb");
		fuzz_check(f, "conversation is there");
		len = fread(buf, 1, sizeof(buf), f);
		fclose(f);
		for (at = 2; at + 9 < len; at += RPT_RECORD_HDR + body) {
			const u8 *msg = buf + at + RPT_RECORD_HDR;

			body = get_unaligned_be16(buf + at + 3);
			type = msg[0];
			if (buf[at] == RPT_CT_CHANGE_CIPHER_SPEC || type >= ARRAY_SIZE(which) ||
			    (!which[type] && type != RPT_HS_CLIENT_HELLO) ||
			    get_unaligned_be24(msg + 1) + 4 > body)
				continue;
			snprintf(name, sizeof(name), "seed-msg-%u", n++);
			save("ext", name, which[type], msg + 4, get_unaligned_be24(msg + 1));
		}
	}
}

static void chains(void)
{
	struct fuzz_world *w = fuzz_world();
	static u8 buf[4 * FUZZ_CERT_MAX];
	struct rpt_wr wr;
	size_t m;

	rpt_wr_init(&wr, buf, sizeof(buf));
	m = rpt_wr_open(&wr, 2);
	rpt_wr_bytes(&wr, w->leaf, w->leaf_len);
	rpt_wr_close(&wr, m, 2);
	m = rpt_wr_open(&wr, 2);
	rpt_wr_bytes(&wr, w->inter, w->inter_len);
	rpt_wr_close(&wr, m, 2);
	save("chain", "seed-strict", 0x07, buf, wr.len);
	save("chain", "seed-open", 0x2a, buf, wr.len);
	m = rpt_wr_open(&wr, 2);
	rpt_wr_bytes(&wr, w->ca, w->ca_len);
	rpt_wr_close(&wr, m, 2);
	save("chain", "seed-root", 0x36, buf, wr.len);
	save("csr", "seed-cert", 0x30, w->leaf + 1, w->leaf_len - 1);
}

static void tickets(void)
{
	struct rpt_ticket_state state = {
		.hash = RPT_HASH_SHA384,
		.psk_len = 48,
		.age_add = 0xfffffff0,
		.issued_ms = 1000000,
		.expires_ms = 4600000,
		.until = FUZZ_NOW,
		.generation = 3,
		.peer_cert = true,
		.peer_id = { .data = (const u8 *)"spiffe://td/x", .len = 13 },
	};
	struct rpt_new_session_ticket nst = {
		.lifetime = 60,
		.nonce = { .data = (const u8 *)"1", .len = 1 },
		.ticket = { .data = (const u8 *)"a ticket", .len = 8 },
	};
	struct rpt_ticket_key key = fuzz_ticket_key;
	static u8 out[RPT_TICKET_MAX];
	size_t len, mark, half;
	struct rpt_wr w;
	u8 i;

	fuzz_opening.aead = true;
	for (i = 0; i < 2; i++) {
		fuzz_check(!rpt_ticket_seal(&fuzz_ticket_key, &state, out, sizeof(out), &len),
			   "ticket is sealed");
		save("ticket", i ? "seed-nobody" : "seed-client", 0,
		     out + RPT_TICKET_NAME_LEN + RPT_TICKET_SALT_LEN,
		     len - RPT_TICKET_OVERHEAD);
		state.hash = RPT_HASH_SHA256;
		state.psk_len = 32;
		state.peer_cert = false;
		state.peer_id.len = 0;
	}
	/* nearly: a good one would be no forgery */
	fuzz_opening.aead = false;
	key.secret[0] ^= 1;
	fuzz_check(!rpt_ticket_seal(&key, &state, out, sizeof(out), &len), "ticket is sealed");
	save("ticket", "seed-forged", 0x80, out, len);

	/* one record, then one in pieces, and one that is not kept */
	rpt_wr_init(&w, out, sizeof(out));
	mark = rpt_wr_open(&w, 2);
	rpt_write_new_session_ticket(&w, &nst);
	rpt_wr_close(&w, mark, 2);
	len = w.len - 2;
	half = len / 2;
	rpt_wr_u16(&w, half);
	rpt_wr_bytes(&w, out + 2, half);
	rpt_wr_u16(&w, len - half);
	rpt_wr_bytes(&w, out + 2 + half, len - half);
	save("ticket", "seed-given", 0xc0, out, w.len);
	save("ticket", "seed-given-384", 0xc1, out, w.len);
	nst.lifetime = 0;
	mark = rpt_wr_open(&w, 2);
	rpt_write_new_session_ticket(&w, &nst);
	rpt_write_key_update(&w, true);
	rpt_wr_close(&w, mark, 2);
	save("ticket", "seed-given-more", 0xc2, out, w.len);
}

static void requests(void)
{
	static const char names[] =
		"\002cn__\002org_\015spiffe://example.org/aaaaa\004host.org\005*.host.org";
	struct rpt_csr_params p = {
		.names.common_name = "name",
		.names.spiffe_id = "spiffe://example.org/fuzz",
		.key = &fuzz_world()->client.key->pub,
		.signer.scheme = RPT_SIG_ECDSA_SECP256R1_SHA256,
		.signer.key = fuzz_world()->client.key,
	};
	static u8 out[RPT_CSR_MAX];
	size_t len;

	fuzz_check(!rpt_csr_write(&p, out, sizeof(out), &len), "request");
	save("csr", "seed-csr", out[0], out + 1, len - 1);
	save("csr", "seed-names", 'w', names, sizeof(names) - 1);
}

static void small(void)
{
	static const char id[] = "spiffe://example.org/a/b-c_d.e";
	static const u8 exts[] = {
		0, 10, 0, 4, 0, 2, 0, 29, 0, 43, 0, 3, 2, 3, 4, 0, 16, 0, 5, 0, 3, 2, 'h', '2',
	};
	static u8 rec[2][512];
	struct rpt_record_key k;
	u8 secret[RPT_HASH_MAX];
	size_t len;
	u8 i;

	save("ext", "seed-spiffe", 0x30, id, sizeof(id) - 1);
	for (i = 0; i < 16; i++) {
		char name[24];

		snprintf(name, sizeof(name), "seed-block-%u", i);
		save("ext", name, 0x10 | i, exts, sizeof(exts));
		snprintf(name, sizeof(name), "seed-body-%u", i);
		save("ext", name, 0x20 | i, exts + 4, 8);
	}
	for (i = 0; i < 3; i++) {
		char name[24];

		memset(&k, 0, sizeof(k));
		memset(secret, 0x80 | i, sizeof(secret));
		fuzz_opening.aead = true;
		fuzz_check(!rpt_record_key_set(&k, &rpt_suites[(0x80 | i) % rpt_suites_n], secret),
			   "key");
		rec[0][0] = 3;
		fuzz_check(!rpt_record_seal(&k, RPT_CT_HANDSHAKE, (const u8 *)"text", 4, i,
					    rec[0] + 1, sizeof(rec[0]) - 1, &len), "record");
		snprintf(name, sizeof(name), "seed-%u", i);
		save("record", name, 0x80 | i, rec[0], 1 + len);
	}
}

int main(int argc, char **argv)
{
	u8 mutual = FUZZ_MUTUAL | FUZZ_ALPN;

	if (argc != 2)
		return 1;
	top = argv[1];
	fuzz_world();
	conversation(0, 0);
	conversation(FUZZ_CHUNKS, 1);
	conversation(mutual, 0);
	conversation(mutual | FUZZ_LIMIT, 0);
	conversation(mutual | FUZZ_LIMIT | FUZZ_PSK, 0);
	conversation(mutual, 2);
	conversation(FUZZ_PSK, 0);
	conversation(FUZZ_PSK | FUZZ_RETRY, 0);
	conversation(FUZZ_RETRY, 0);
	conversation(mutual | FUZZ_RETRY | FUZZ_P256 | FUZZ_LIMIT, 1);
	messages();
	chains();
	fuzz_opening.aead = false;
	tickets();
	requests();
	small();
	return 0;
}
