// SPDX-License-Identifier: GPL-2.0-only
/*
 * The world of the fuzz targets: a root, an intermediate and a leaf that both
 * ends show, the same in each run.
 */
#include "csr.h"
#include "fuzz.h"

#define SPIFFE_ID	"spiffe://example.org/fuzz"

/* What the server seals its tickets under */
const struct rpt_ticket_key fuzz_ticket_key = {
	.name	= "the ticket's key",
	.secret	= "and its secret",
};

void fuzz_check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fuzz: broken promise: %s\n", what);
	abort();
}

/* A private key that is @byte all over, in PKCS#8 (RFC 5915, RFC 5958). */
static void key_make(struct rpt_privkey *sk, u8 byte)
{
	static const u8 head[] = {
		0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86,
		0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
		0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01, 0x01,
		0x04, 0x20,
	};
	u8 der[sizeof(head) + 32];

	memcpy(der, head, sizeof(head));
	memset(der + sizeof(head), byte, 32);
	fuzz_check(!rpt_privkey_parse(sk, der, sizeof(der)), "key of the world");
}

static void cert_make(const char *name, const struct rpt_privkey *key,
		      const u8 *issuer, size_t issuer_len,
		      const struct rpt_privkey *issuer_key, bool ca,
		      u8 *out, size_t *len)
{
	static const char * const dns[] = { "localhost" };
	static const u8 serial[] = { 0x11 };
	struct rpt_cert_params p = {
		.names.common_name = name,
		.serial = serial,
		.serial_len = sizeof(serial),
		.not_before = FUZZ_NOW - 3600,
		.not_after = FUZZ_NOW + 3600,
		.key = &key->pub,
		.ca = ca,
		.path_len = RPT_X509_PATH_LEN_NONE,
		.key_usage = ca ? RPT_KU_KEY_CERT_SIGN : RPT_KU_DIGITAL_SIGNATURE,
		.signer.scheme = RPT_SIG_ECDSA_SECP256R1_SHA256,
		.signer.key = issuer_key,
	};
	struct rpt_x509 x;

	if (issuer) {
		fuzz_check(!rpt_x509_parse(&x, issuer, issuer_len), "issuer");
		p.issuer = x.subject;
	}
	if (!ca) {
		p.names.spiffe_id = SPIFFE_ID;
		p.names.dns = dns;
		p.names.n_dns = ARRAY_SIZE(dns);
		p.eku = RPT_EKU_SERVER_AUTH | RPT_EKU_CLIENT_AUTH;
	}
	fuzz_check(!rpt_cert_write(&p, out, FUZZ_CERT_MAX, len), "certificate");
}

static void party_make(struct fuzz_world *w, struct party *p,
		       const struct rpt_privkey *key)
{
	struct rpt_ticket t = {
		.lifetime = 3600,
		.age_add = 7,
		.hash = RPT_HASH_SHA256,
		.psk_len = 32,
		.ticket = (const u8 *)"a ticket for you",
		.ticket_len = 16,
	};

	p->key = kmemdup(key, sizeof(*key), GFP_KERNEL);
	fuzz_check(p->key && !party_add_cert(p, w->leaf, w->leaf_len) &&
		   !party_add_cert(p, w->inter, w->inter_len) &&
		   !party_add_anchor(p, w->ca, w->ca_len), "party");
	memset(t.psk, 0x77, sizeof(t.psk));
	party_keep(p, &t);
}

/* And one for the client alone, which says all about itself, with an open seal. */
static void ticket_make(struct party *p)
{
	struct rpt_ticket_state state = {
		.hash = RPT_HASH_SHA256,
		.psk_len = 32,
		.age_add = 7,
		.expires_ms = 3600000,
		.until = FUZZ_NOW,
		.generation = 1,
		.peer_cert = true,
		.peer_id = { .data = (const u8 *)SPIFFE_ID, .len = strlen(SPIFFE_ID) },
	};
	struct fuzz_opening was = fuzz_opening;
	struct rpt_ticket t = { .lifetime = 3600, .age_add = 7, .psk_len = 32 };
	u8 sealed[512];

	memset(state.psk, 0x77, state.psk_len);
	memcpy(t.psk, state.psk, t.psk_len);
	t.ticket = sealed;
	fuzz_opening.aead = true;
	fuzz_opening.random = 0x53;
	fuzz_check(!rpt_ticket_seal(&fuzz_ticket_key, &state, sealed, sizeof(sealed),
				    &t.ticket_len), "ticket of the world");
	fuzz_opening = was;
	party_keep(p, &t);
}

struct fuzz_world *fuzz_world(void)
{
	static struct rpt_privkey ca_key, inter_key, leaf_key;
	static struct fuzz_world w;

	if (w.ca_len)
		return &w;
	shim_now = FUZZ_NOW;
	key_make(&ca_key, 0x11);
	key_make(&inter_key, 0x22);
	key_make(&leaf_key, 0x33);
	cert_make("root", &ca_key, NULL, 0, &ca_key, true, w.ca, &w.ca_len);
	cert_make("inter", &inter_key, w.ca, w.ca_len, &ca_key, true,
		  w.inter, &w.inter_len);
	cert_make("leaf", &leaf_key, w.inter, w.inter_len, &inter_key, false,
		  w.leaf, &w.leaf_len);
	party_make(&w, &w.client, &leaf_key);
	party_make(&w, &w.server, &leaf_key);
	ticket_make(&w.client);
	w.client.name = "localhost";
	w.server.trust_domain = "example.org";
	return &w;
}
