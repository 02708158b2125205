// SPDX-License-Identifier: GPL-2.0-only
/*
 * wolfSSL as a peer of the interop test; arguments as for peer.go. The client
 * sends a KeyUpdate after its line.
 */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include "peer.h"

static void die(WOLFSSL *ssl, const char *what)
{
	char text[80] = "";

	if (ssl)
		wolfSSL_ERR_error_string(wolfSSL_get_error(ssl, 0), text);
	printf("failed: %s %s\n", what, text);
	exit(1);
}

static void serve(WOLFSSL *ssl)
{
	char buf[16384];
	int n;

	while ((n = wolfSSL_read(ssl, buf, sizeof(buf))) > 0)
		if (wolfSSL_write(ssl, buf, n) != n)
			break;
}

static void exchange(const struct peer_args *a, WOLFSSL *ssl)
{
	size_t len, sent, got = 0;
	char buf[4096];
	int n, want;
	char *text;

	text = peer_text(a, &len);
	for (sent = 0; got < len; ) {
		if (sent == 8 && wolfSSL_update_keys(ssl) != WOLFSSL_SUCCESS)
			die(ssl, "key update");
		want = sent ? sizeof(buf) : 8;
		if (sent < len) {
			n = len - sent < (size_t)want ? len - sent : (size_t)want;
			if (wolfSSL_write(ssl, text + sent, n) != n)
				die(ssl, "write");
			sent += n;
		}
		while (got < sent) {
			n = wolfSSL_read(ssl, buf, sizeof(buf));
			if (n <= 0)
				die(ssl, "read");
			if (got + n > len || memcmp(buf, text + got, n))
				die(NULL, "other bytes came back");
			got += n;
		}
	}
	free(text);
}

static void client(const struct peer_args *a, WOLFSSL_CTX *ctx)
{
	WOLFSSL_SESSION *session = NULL;
	WOLFSSL *ssl;
	char c;
	int i;

	for (i = 0; i < a->times; i++) {
		ssl = wolfSSL_new(ctx);
		wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, a->name, strlen(a->name));
		wolfSSL_check_domain_name(ssl, a->name);
		if (session)
			wolfSSL_set_session(ssl, session);
		wolfSSL_set_fd(ssl, peer_socket(a));
		if (wolfSSL_connect(ssl) != WOLFSSL_SUCCESS)
			die(ssl, "connect");
		exchange(a, ssl);
		session = wolfSSL_get1_session(ssl);
		printf("ok version=%s suite=%s resumed=%d\n", wolfSSL_get_version(ssl),
		       wolfSSL_get_cipher(ssl), wolfSSL_session_reused(ssl));
		wolfSSL_shutdown(ssl);
		wolfSSL_read(ssl, &c, 1);
		close(wolfSSL_get_fd(ssl));
		wolfSSL_free(ssl);
	}
}

int main(int argc, char **argv)
{
	struct peer_args a = { 0 };
	WOLFSSL_CTX *ctx;
	int fd, child;
	WOLFSSL *ssl;

	if (peer_parse(&a, argc, argv))
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	wolfSSL_Init();
	ctx = wolfSSL_CTX_new(a.server ? wolfTLSv1_3_server_method() :
			      wolfTLSv1_3_client_method());
	if (wolfSSL_CTX_load_verify_locations(ctx, a.ca, NULL) != WOLFSSL_SUCCESS)
		die(NULL, "CA");
	if ((a.server || a.mutual) &&
	    (wolfSSL_CTX_use_certificate_chain_file(ctx, a.cert) != WOLFSSL_SUCCESS ||
	     wolfSSL_CTX_use_PrivateKey_file(ctx, a.key, SSL_FILETYPE_PEM) != WOLFSSL_SUCCESS))
		die(NULL, "certificate or key");
	wolfSSL_CTX_set_verify(ctx, !a.server ? WOLFSSL_VERIFY_PEER : a.mutual ?
			       WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT :
			       WOLFSSL_VERIFY_NONE, NULL);
	if (!a.server) {
		client(&a, ctx);
		return 0;
	}
	fd = peer_socket(&a);
	while (fd >= 0 && (child = accept(fd, NULL, NULL)) >= 0) {
		ssl = wolfSSL_new(ctx);
		wolfSSL_set_fd(ssl, child);
		if (wolfSSL_accept(ssl) == WOLFSSL_SUCCESS) {
			serve(ssl);
			wolfSSL_shutdown(ssl);
		} else {
			printf("refused: %d\n", wolfSSL_get_error(ssl, 0));
		}
		close(child);
		wolfSSL_free(ssl);
	}
	return 1;
}
