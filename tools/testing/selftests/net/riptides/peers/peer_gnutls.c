// SPDX-License-Identifier: GPL-2.0-only
/*
 * GnuTLS as a peer for bulk, which its own programs are too slow for; arguments
 * as for peer.go. Either end sends a KeyUpdate per MiB, and does not ask for one,
 * as GnuTLS takes requests that cross for a fault.
 */
#include <gnutls/gnutls.h>
#include "peer.h"

#define REKEY	1048576

static char buf[16384];

static void check(int ret, const char *what)
{
	if (ret >= 0)
		return;
	printf("failed: %s: %s\n", what, gnutls_strerror(ret));
	exit(1);
}

static void send_all(gnutls_session_t s, const char *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = gnutls_record_send(s, data, len);
		if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED)
			continue;
		check(n, "send");
		data += n;
		len -= n;
	}
}

static ssize_t receive(gnutls_session_t s, size_t len)
{
	ssize_t n;

	do {
		n = gnutls_record_recv(s, buf, len);
	} while (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED);
	check(n, "receive");
	return n;
}

/* A KeyUpdate whenever another MiB was done. */
static void rekey(gnutls_session_t s, size_t before, size_t after)
{
	if (before / REKEY != after / REKEY)
		check(gnutls_session_key_update(s, 0), "key update");
}

static void serve(gnutls_session_t s)
{
	size_t done = 0;
	ssize_t n;

	while ((n = receive(s, sizeof(buf))) > 0) {
		rekey(s, done, done + n);
		send_all(s, buf, n);
		done += n;
	}
}

static void exchange(const struct peer_args *a, gnutls_session_t s)
{
	size_t len, part, done = 0, got;
	char *text;
	ssize_t n;

	text = peer_text(a, &len);
	while (done < len) {
		part = len - done < sizeof(buf) ? len - done : sizeof(buf);
		rekey(s, done, done + part);
		send_all(s, text + done, part);
		for (got = 0; got < part; got += n) {
			n = receive(s, part - got);
			if (!n || memcmp(buf, text + done + got, n)) {
				printf("failed: other bytes came back\n");
				exit(1);
			}
		}
		done += part;
	}
	free(text);
}

static gnutls_session_t begin(const struct peer_args *a, int fd,
			      gnutls_certificate_credentials_t cred)
{
	gnutls_session_t s;

	check(gnutls_init(&s, a->server ? GNUTLS_SERVER : GNUTLS_CLIENT), "session");
	check(gnutls_priority_set_direct(s, "NORMAL:-VERS-ALL:+VERS-TLS1.3", NULL),
	      "priorities");
	check(gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, cred), "credentials");
	if (!a->server) {
		check(gnutls_server_name_set(s, GNUTLS_NAME_DNS, a->name,
					     strlen(a->name)), "name");
		gnutls_session_set_verify_cert(s, a->name, 0);
	} else if (a->mutual) {
		gnutls_certificate_server_set_request(s, GNUTLS_CERT_REQUIRE);
		gnutls_session_set_verify_cert(s, NULL, 0);
	}
	gnutls_transport_set_int(s, fd);
	return s;
}

static int shake(gnutls_session_t s)
{
	int ret;

	do {
		ret = gnutls_handshake(s);
	} while (ret < 0 && !gnutls_error_is_fatal(ret));
	if (ret < 0) {
		printf("refused: %s\n", gnutls_strerror(ret));
		gnutls_alert_send_appropriate(s, ret);
	}
	return ret;
}

int main(int argc, char **argv)
{
	gnutls_certificate_credentials_t cred;
	struct peer_args a = { 0 };
	gnutls_datum_t ticket;
	gnutls_session_t s;
	int fd, child;

	if (peer_parse(&a, argc, argv))
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	check(gnutls_certificate_allocate_credentials(&cred), "credentials");
	check(gnutls_certificate_set_x509_trust_file(cred, a.ca, GNUTLS_X509_FMT_PEM), "CA");
	if (a.server || a.mutual)
		check(gnutls_certificate_set_x509_key_file(cred, a.cert, a.key,
							   GNUTLS_X509_FMT_PEM),
		      "certificate or key");
	fd = peer_socket(&a);
	if (!a.server) {
		s = begin(&a, fd, cred);
		check(shake(s), "handshake");
		exchange(&a, s);
		printf("ok version=%s\n",
		       gnutls_protocol_get_name(gnutls_protocol_get_version(s)));
		check(gnutls_bye(s, GNUTLS_SHUT_RDWR), "bye");
		return 0;
	}
	check(gnutls_session_ticket_key_generate(&ticket), "ticket key");
	while (fd >= 0 && (child = accept(fd, NULL, NULL)) >= 0) {
		s = begin(&a, child, cred);
		check(gnutls_session_ticket_enable_server(s, &ticket), "tickets");
		if (shake(s) >= 0) {
			serve(s);
			gnutls_bye(s, GNUTLS_SHUT_WR);
		}
		close(child);
		gnutls_deinit(s);
	}
	return 1;
}
