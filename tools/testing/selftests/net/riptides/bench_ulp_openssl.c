// SPDX-License-Identifier: GPL-2.0-only
/*
 * Benchmark of the ULP: the handshake by libssl, after which the kernel has
 * the keys.
 *
 * The library's own support of kernel TLS cannot do it: Debian builds it
 * without, and before 3.2 it knew no receiving with TLS 1.3. So the secrets
 * come from the key log.
 */

#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>
#include <fcntl.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "bench_ulp.h"

#ifndef TCP_ULP
#define TCP_ULP		31
#endif
#ifndef SOL_TLS
#define SOL_TLS		282
#endif

static SSL_CTX *contexts[2];	/* of the client, of the server */
static int ex_secrets;

/* What the key log told about a connection. */
struct secrets {
	uint8_t of[2][32];	/* the client's, the server's */
	unsigned int have;
};

static void __noreturn fail_openssl(const char *what)
{
	ERR_print_errors_fp(stderr);
	fail("OpenSSL: %s", what);
}

static void key_log(const SSL *ssl, const char *line)
{
	static const char * const labels[] = {
		"CLIENT_TRAFFIC_SECRET_0 ", "SERVER_TRAFFIC_SECRET_0 ",
	};
	struct secrets *s = SSL_get_ex_data(ssl, ex_secrets);
	unsigned int i, j;

	for (i = 0; i < 2; i++) {
		if (strncmp(line, labels[i], strlen(labels[i])))
			continue;
		line = strchr(line + strlen(labels[i]), ' ');
		if (!line || strlen(line) != 1 + 2 * sizeof(s->of[i]))
			fail("OpenSSL: no such secret");
		for (j = 0; j < sizeof(s->of[i]); j++)
			if (sscanf(line + 1 + 2 * j, "%2hhx", &s->of[i][j]) != 1)
				fail("OpenSSL: no such secret");
		s->have |= 1 << i;
		return;
	}
}

static SSL_CTX *context(const char *dir, const char *who)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	char ca[512], chain[512], key[512];

	snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
	snprintf(chain, sizeof(chain), "%s/%s.pem", dir, who);
	snprintf(key, sizeof(key), "%s/%s.key", dir, who);
	if (!ctx ||
	    !SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) ||
	    !SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256") ||
	    !SSL_CTX_set1_groups_list(ctx, "X25519") ||
	    !SSL_CTX_set_num_tickets(ctx, 0) ||
	    SSL_CTX_use_certificate_chain_file(ctx, chain) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_load_verify_locations(ctx, ca, NULL) != 1)
		fail_openssl("cannot be set up");
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER |
			   SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_keylog_callback(ctx, key_log);
	return ctx;
}

/* key_ktls() - put kernel TLS on a connected socket: key and IV each way */
void key_ktls(int fd, const uint8_t tx[2][16], const uint8_t rx[2][16])
{
	const uint8_t (*keys[2])[16] = { tx, rx };
	int i;

	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3))
		fail("TCP_ULP: %m");
	for (i = 0; i < 2; i++) {
		struct tls12_crypto_info_aes_gcm_128 info = {
			.info.version = TLS_1_3_VERSION,
			.info.cipher_type = TLS_CIPHER_AES_GCM_128,
		};

		memcpy(info.key, keys[i][0], sizeof(info.key));
		memcpy(info.salt, keys[i][1], sizeof(info.salt));
		memcpy(info.iv, keys[i][1] + sizeof(info.salt),
		       sizeof(info.iv));
		if (setsockopt(fd, SOL_TLS, i ? TLS_RX : TLS_TX, &info,
			       sizeof(info)))
			fail("SOL_TLS: %m");
	}
}

/* openssl_setup() - load the identities, once for all connections */
void openssl_setup(const char *dir)
{
	if (contexts[0])
		return;
	ex_secrets = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	contexts[0] = context(dir, "client");
	contexts[1] = context(dir, "server");
}

/* HKDF-Expand-Label of RFC 8446 section 7.1, for no more than one block */
static void expand(const uint8_t secret[32], const char *label, uint8_t *out,
		   size_t len)
{
	uint8_t info[32], block[EVP_MAX_MD_SIZE];
	size_t n = strlen(label);

	info[0] = 0;
	info[1] = len;
	info[2] = n;
	memcpy(info + 3, label, n);
	info[3 + n] = 0;
	info[4 + n] = 1;
	if (!HMAC(EVP_sha256(), secret, 32, info, 5 + n, block, NULL))
		fail_openssl("HMAC");
	memcpy(out, block, len);
}

/* A connection's keys to the kernel; nothing was sealed with them so far. */
static void hand_over(SSL *ssl, int fd, unsigned int own)
{
	struct secrets *s = SSL_get_ex_data(ssl, ex_secrets);
	uint8_t keys[2][2][16] = {};
	unsigned int i;

	if (s->have != 3)
		fail("OpenSSL: the key log is silent");
	for (i = 0; i < 2; i++) {
		expand(s->of[i], "tls13 key", keys[i][0], 16);
		expand(s->of[i], "tls13 iv", keys[i][1], 12);
	}
	key_ktls(fd, keys[own], keys[!own]);
}

/* true: done */
static int step(SSL *ssl)
{
	int ret = SSL_do_handshake(ssl);

	if (ret == 1)
		return 1;
	if (SSL_get_error(ssl, ret) != SSL_ERROR_WANT_READ)
		fail_openssl("handshake");
	return 0;
}

/* openssl_handshake() - both ends of a fresh TCP connection, in turn */
void openssl_handshake(const struct pair *p)
{
	const int fd[2] = { p->client, p->server };
	struct secrets secrets[2] = {};
	int done[2] = {};
	SSL *ssl[2];
	int i;

	for (i = 0; i < 2; i++) {
		ssl[i] = SSL_new(contexts[i]);
		if (!ssl[i] || !SSL_set_fd(ssl[i], fd[i]) ||
		    !SSL_set_ex_data(ssl[i], ex_secrets, &secrets[i]) ||
		    fcntl(fd[i], F_SETFL, O_NONBLOCK))
			fail_openssl("connection");
	}
	SSL_set_connect_state(ssl[0]);
	SSL_set_accept_state(ssl[1]);
	while (!done[0] || !done[1])
		for (i = 0; i < 2; i++)
			done[i] = done[i] || step(ssl[i]);
	for (i = 0; i < 2; i++) {
		hand_over(ssl[i], fd[i], i);
		if (fcntl(fd[i], F_SETFL, 0))
			fail("fcntl: %m");
		SSL_free(ssl[i]);
	}
}

/*
 * openssl_end() - one end of a fresh TCP connection; with @ktls, the kernel has
 * the keys afterwards and there is no SSL any more
 */
SSL *openssl_end(int fd, int server, int ktls)
{
	struct secrets secrets = {};
	SSL *ssl = SSL_new(contexts[!!server]);

	if (!ssl || !SSL_set_fd(ssl, fd) ||
	    !SSL_set_ex_data(ssl, ex_secrets, &secrets))
		fail_openssl("connection");
	if ((server ? SSL_accept(ssl) : SSL_connect(ssl)) != 1)
		fail_openssl("handshake");
	if (!ktls) {
		SSL_set_ex_data(ssl, ex_secrets, NULL);
		return ssl;
	}
	hand_over(ssl, fd, server);
	SSL_free(ssl);
	return NULL;
}

/* openssl_hello() - a ClientHello that a server answers */
size_t openssl_hello(uint8_t *buf, size_t cap)
{
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	SSL *ssl = SSL_new(contexts[0]);
	struct secrets secrets = {};
	int len;

	if (!in || !out || !ssl || !SSL_set_ex_data(ssl, ex_secrets, &secrets))
		fail_openssl("ClientHello");
	SSL_set_bio(ssl, in, out);
	SSL_set_connect_state(ssl);
	BIO_set_mem_eof_return(in, -1);
	if (step(ssl))
		fail("OpenSSL: done before it began");
	len = BIO_read(out, buf, cap);
	if (len <= 0)
		fail_openssl("no ClientHello");
	SSL_free(ssl);
	return len;
}
