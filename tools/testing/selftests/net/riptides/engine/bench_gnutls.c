// SPDX-License-Identifier: GPL-2.0-only
/*
 * Full mutual TLS 1.3 handshakes of GnuTLS in memory, as bench.c has those of
 * OpenSSL:
 *
 *	bench_gnutls DIR HANDSHAKES
 *
 * DIR has ca.pem, chain.pem and leaf.key. Prints nanoseconds of CPU time of
 * either side.
 */
#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PRIORITY \
	"NONE:+VERS-TLS1.3:+AES-128-GCM:+AEAD:+SIGN-ECDSA-SECP256R1-SHA256:" \
	"+GROUP-X25519:+CTYPE-X509:+COMP-NULL:+KX-ALL"

/* One direction */
struct wire {
	char data[65536];
	size_t from;
	size_t to;
};

struct side {
	gnutls_session_t session;
	struct wire *in;
	struct wire *out;
	double ns;
};

static gnutls_certificate_credentials_t credentials;
static gnutls_priority_t priority;

static void need(int err, const char *what)
{
	if (err >= 0)
		return;
	fprintf(stderr, "bench_gnutls: %s: %s\n", what, gnutls_strerror(err));
	exit(1);
}

static double cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static ssize_t push(gnutls_transport_ptr_t p, const void *data, size_t len)
{
	struct wire *w = ((struct side *)p)->out;

	if (len > sizeof(w->data) - w->to)
		return -1;
	memcpy(w->data + w->to, data, len);
	w->to += len;
	return len;
}

static ssize_t pull(gnutls_transport_ptr_t p, void *data, size_t len)
{
	struct side *s = p;
	struct wire *w = s->in;

	if (w->from == w->to) {
		gnutls_transport_set_errno(s->session, EAGAIN);
		return -1;
	}
	if (len > w->to - w->from)
		len = w->to - w->from;
	memcpy(data, w->data + w->from, len);
	w->from += len;
	return len;
}

static void side_start(struct side *s, int server)
{
	need(gnutls_init(&s->session, (server ? GNUTLS_SERVER : GNUTLS_CLIENT) |
			 GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS |
			 GNUTLS_NO_AUTO_REKEY), "session");
	gnutls_priority_set(s->session, priority);
	gnutls_credentials_set(s->session, GNUTLS_CRD_CERTIFICATE, credentials);
	gnutls_transport_set_ptr(s->session, s);
	gnutls_transport_set_push_function(s->session, push);
	gnutls_transport_set_pull_function(s->session, pull);
	if (server)
		gnutls_certificate_server_set_request(s->session,
						      GNUTLS_CERT_REQUIRE);
	else
		gnutls_server_name_set(s->session, GNUTLS_NAME_DNS,
				       "localhost", 9);
	gnutls_session_set_verify_cert(s->session, server ? NULL : "localhost",
				       0);
}

static void run(unsigned int n, double ns[2])
{
	static struct wire wires[2];
	struct side sides[2];
	unsigned int i, side, done;
	double begin;
	int err;

	ns[0] = 0;
	ns[1] = 0;
	while (n--) {
		memset(sides, 0, sizeof(sides));
		for (side = 0; side < 2; side++) {
			wires[side].from = 0;
			wires[side].to = 0;
			sides[side].in = &wires[side];
			sides[side].out = &wires[!side];
			begin = cpu_ns();
			side_start(&sides[side], side);
			ns[side] += cpu_ns() - begin;
		}
		for (done = 0, i = 0; done != 3 && i < 20; i++) {
			side = i & 1;
			if (done & 1 << side)
				continue;
			begin = cpu_ns();
			err = gnutls_handshake(sides[side].session);
			ns[side] += cpu_ns() - begin;
			if (err != GNUTLS_E_AGAIN)
				need(err, "handshake");
			done |= !err << side;
		}
		need(done == 3 ? 0 : -1, "handshake does not end");
		for (side = 0; side < 2; side++) {
			begin = cpu_ns();
			gnutls_deinit(sides[side].session);
			ns[side] += cpu_ns() - begin;
		}
	}
}

int main(int argc, char **argv)
{
	char chain[512], key[512], ca[512];
	const char *at;
	unsigned int n;
	double ns[2];

	if (argc != 3)
		return 2;
	n = strtoul(argv[2], NULL, 10);
	snprintf(chain, sizeof(chain), "%s/chain.pem", argv[1]);
	snprintf(key, sizeof(key), "%s/leaf.key", argv[1]);
	snprintf(ca, sizeof(ca), "%s/ca.pem", argv[1]);
	need(gnutls_certificate_allocate_credentials(&credentials), "memory");
	need(gnutls_certificate_set_x509_trust_file(credentials, ca,
						    GNUTLS_X509_FMT_PEM), ca);
	need(gnutls_certificate_set_x509_key_file(credentials, chain, key,
						  GNUTLS_X509_FMT_PEM), chain);
	need(gnutls_priority_init(&priority, PRIORITY, &at), "priority");
	run(n / 10 + 1, ns);
	run(n, ns);
	printf("gnutls full %.0f %.0f\n", ns[0] / n, ns[1] / n);
	return 0;
}
