// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mbed TLS 3 as a peer of the interop test; arguments as for peer.go.
 */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <psa/crypto.h>
#include "peer.h"

static mbedtls_ssl_config conf;
static mbedtls_x509_crt own, ca;
static mbedtls_pk_context key;
static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context drbg;

static void die(const char *what, int err)
{
	char text[100] = "";

	mbedtls_strerror(err, text, sizeof(text));
	printf("failed: %s: -0x%04x %s\n", what, -err, text);
	exit(1);
}

static int again(int ret)
{
	return ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE ||
	       ret == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
}

static int write_all(mbedtls_ssl_context *ssl, const unsigned char *p, size_t len)
{
	int n;

	while (len) {
		n = mbedtls_ssl_write(ssl, p, len);
		if (again(n))
			continue;
		if (n <= 0)
			return n;
		p += n;
		len -= n;
	}
	return 0;
}

static int read_some(mbedtls_ssl_context *ssl, unsigned char *buf, size_t len)
{
	int n;

	do {
		n = mbedtls_ssl_read(ssl, buf, len);
	} while (again(n));
	return n;
}

static void exchange(const struct peer_args *a, mbedtls_ssl_context *ssl)
{
	unsigned char buf[4096];
	size_t len, n, sent, got = 0;
	char *text;
	int ret;

	text = peer_text(a, &len);
	for (sent = 0; got < len; ) {
		n = len - sent < sizeof(buf) ? len - sent : sizeof(buf);
		ret = write_all(ssl, (unsigned char *)text + sent, n);
		if (ret)
			die("write", ret);
		sent += n;
		while (got < sent) {
			ret = read_some(ssl, buf, sizeof(buf));
			if (ret <= 0)
				die("read", ret);
			if (got + ret > len || memcmp(buf, text + got, ret))
				die("other bytes came back", 0);
			got += ret;
		}
	}
	free(text);
}

static int handshake(mbedtls_ssl_context *ssl, mbedtls_net_context *net)
{
	int ret;

	mbedtls_ssl_init(ssl);
	ret = mbedtls_ssl_setup(ssl, &conf);
	if (ret)
		die("setup", ret);
	mbedtls_ssl_set_bio(ssl, net, mbedtls_net_send, mbedtls_net_recv, NULL);
	return 0;
}

static void client(const struct peer_args *a)
{
	mbedtls_net_context net;
	mbedtls_ssl_context ssl;
	unsigned char c;
	int ret;

	net.fd = peer_socket(a);
	handshake(&ssl, &net);
	mbedtls_ssl_set_hostname(&ssl, a->name);
	while ((ret = mbedtls_ssl_handshake(&ssl)))
		if (!again(ret))
			die("handshake", ret);
	exchange(a, &ssl);
	printf("ok version=%s suite=%s resumed=0\n", mbedtls_ssl_get_version(&ssl),
	       mbedtls_ssl_get_ciphersuite(&ssl));
	mbedtls_ssl_close_notify(&ssl);
	read_some(&ssl, &c, 1);
}

static void serve(int fd)
{
	mbedtls_net_context net = { .fd = fd };
	unsigned char buf[4096];
	mbedtls_ssl_context ssl;
	int ret;

	handshake(&ssl, &net);
	while ((ret = mbedtls_ssl_handshake(&ssl)))
		if (!again(ret))
			break;
	if (ret)
		printf("refused: -0x%04x\n", -ret);
	while (!ret) {
		ret = read_some(&ssl, buf, sizeof(buf));
		if (ret > 0)
			ret = write_all(&ssl, buf, ret);
		else if (!ret)
			ret = -1;
	}
	mbedtls_ssl_close_notify(&ssl);
	mbedtls_ssl_free(&ssl);
	close(fd);
}

static void check(const char *what, int ret)
{
	if (ret)
		die(what, ret);
}

static void configure(const struct peer_args *a)
{
	psa_crypto_init();
	mbedtls_ssl_config_init(&conf);
	mbedtls_x509_crt_init(&own);
	mbedtls_x509_crt_init(&ca);
	mbedtls_pk_init(&key);
	mbedtls_entropy_init(&entropy);
	mbedtls_ctr_drbg_init(&drbg);
	check("seed", mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0));
	check("CA", mbedtls_x509_crt_parse_file(&ca, a->ca));
	check("config", mbedtls_ssl_config_defaults(&conf, a->server ? MBEDTLS_SSL_IS_SERVER :
						    MBEDTLS_SSL_IS_CLIENT,
						    MBEDTLS_SSL_TRANSPORT_STREAM,
						    MBEDTLS_SSL_PRESET_DEFAULT));
	mbedtls_ssl_conf_min_tls_version(&conf, MBEDTLS_SSL_VERSION_TLS1_3);
	mbedtls_ssl_conf_rng(&conf, mbedtls_ctr_drbg_random, &drbg);
	mbedtls_ssl_conf_ca_chain(&conf, &ca, NULL);
	mbedtls_ssl_conf_authmode(&conf, a->server && !a->mutual ? MBEDTLS_SSL_VERIFY_NONE :
				  MBEDTLS_SSL_VERIFY_REQUIRED);
	if (!a->server && !a->mutual)
		return;
	check("certificate", mbedtls_x509_crt_parse_file(&own, a->cert));
	check("key", mbedtls_pk_parse_keyfile(&key, a->key, NULL, mbedtls_ctr_drbg_random, &drbg));
	check("own certificate", mbedtls_ssl_conf_own_cert(&conf, &own, &key));
}

int main(int argc, char **argv)
{
	struct peer_args a = { 0 };
	int fd, child, i;

	if (peer_parse(&a, argc, argv))
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	configure(&a);
	if (!a.server) {
		for (i = 0; i < a.times; i++)
			client(&a);
		return 0;
	}
	fd = peer_socket(&a);
	while (fd >= 0 && (child = accept(fd, NULL, NULL)) >= 0)
		serve(child);
	return 1;
}
