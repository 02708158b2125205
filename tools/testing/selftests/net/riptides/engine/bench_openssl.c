// SPDX-License-Identifier: GPL-2.0-only
/*
 * OpenSSL's side of the benchmark: memory BIOs in one process.
 */
#include <malloc.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include "bench.h"

/* Sessions that do not end like this are not resumed. */
#define CLOSED	(SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)

static SSL_CTX *contexts[2];
static SSL_SESSION *session;	/* that clients resume */

static void need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench: OpenSSL: %s\n", what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

static X509 *cert(const u8 *der, size_t len)
{
	X509 *x = d2i_X509(NULL, &der, len);

	need(x, "certificate");
	return x;
}

void bench_openssl_setup(const struct bench_files *f)
{
	const u8 *key = f->key;
	EVP_PKEY *pkey;
	SSL_CTX *ctx;
	int i;

	pkey = d2i_AutoPrivateKey(NULL, &key, f->key_len);
	need(pkey, "key");
	for (i = 0; i < 2; i++) {
		ctx = SSL_CTX_new(i ? TLS_server_method() : TLS_client_method());
		need(ctx, "context");
		SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
		SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256");
		SSL_CTX_set1_groups_list(ctx, "X25519");
		SSL_CTX_set_num_tickets(ctx, 0);
		SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
		X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), cert(f->ca, f->ca_len));
		need(SSL_CTX_use_certificate(ctx, cert(f->leaf, f->leaf_len)), "leaf");
		SSL_CTX_add_extra_chain_cert(ctx, cert(f->inter, f->inter_len));
		need(SSL_CTX_use_PrivateKey(ctx, pkey), "private key");
		contexts[i] = ctx;
	}
	EVP_PKEY_free(pkey);
}

static SSL *end_new(int server)
{
	SSL *ssl = SSL_new(contexts[server]);
	X509_VERIFY_PARAM *param;

	need(ssl, "end");
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	if (server) {
		SSL_set_accept_state(ssl);
	} else {
		SSL_set_connect_state(ssl);
		if (session)
			SSL_set_session(ssl, session);
		param = SSL_get0_param(ssl);
		X509_VERIFY_PARAM_set1_host(param, "localhost", 0);
		SSL_set_tlsext_host_name(ssl, "localhost");
	}
	return ssl;
}

static void pass(SSL *from, SSL *to)
{
	char *p;
	long n = BIO_get_mem_data(SSL_get_wbio(from), &p);

	BIO_write(SSL_get_rbio(to), p, n);
	(void)BIO_reset(SSL_get_wbio(from));
}

void bench_openssl_run(unsigned int n, struct bench_result *r)
{
	u64 times[2] = { }, begin;
	SSL *ends[2];
	unsigned int i, turn;
	int side;

	for (i = 0; i < n; i++) {
		for (side = 0; side < 2; side++) {
			begin = bench_cpu_ns();
			ends[side] = end_new(side);
			times[side] += bench_cpu_ns() - begin;
		}
		for (turn = 0; turn < 4; turn++) {
			side = turn & 1;
			begin = bench_cpu_ns();
			SSL_do_handshake(ends[side]);
			times[side] += bench_cpu_ns() - begin;
			pass(ends[side], ends[!side]);
		}
		need(SSL_is_init_finished(ends[0]) && SSL_is_init_finished(ends[1]), "handshake");
		need(SSL_session_reused(ends[0]) == !!session, "resumption");
		for (side = 0; side < 2; side++) {
			begin = bench_cpu_ns();
			SSL_set_shutdown(ends[side], CLOSED);
			SSL_free(ends[side]);
			times[side] += bench_cpu_ns() - begin;
		}
	}
	r->client_ns = (double)times[0] / n;
	r->server_ns = (double)times[1] / n;
}

/* Only this group from now on; false: the library has not got it */
bool bench_openssl_group(const char *name)
{
	if (SSL_CTX_set1_groups_list(contexts[0], name) != 1 ||
	    SSL_CTX_set1_groups_list(contexts[1], name) != 1) {
		ERR_clear_error();
		return false;
	}
	return true;
}

static int keep(SSL *ssl, SSL_SESSION *s)
{
	if (session)
		return 0;
	session = s;
	return 1;
}

/* A handshake, and what the server says behind it; true if it resumed one */
static bool resumed_once(void)
{
	SSL *ends[2] = { end_new(0), end_new(1) };
	unsigned int turn;
	bool resumed;
	u8 byte;

	for (turn = 0; turn < 4; turn++) {
		SSL_do_handshake(ends[turn & 1]);
		pass(ends[turn & 1], ends[!(turn & 1)]);
	}
	SSL_read(ends[0], &byte, 1);
	resumed = SSL_session_reused(ends[0]);
	for (turn = 0; turn < 2; turn++) {
		SSL_set_shutdown(ends[turn], CLOSED);
		SSL_free(ends[turn]);
	}
	return resumed;
}

/* From now on: resume one session, or none; false if that does not work */
bool bench_openssl_resumption(bool on)
{
	if (!on) {
		SSL_SESSION_free(session);
		session = NULL;
		return true;
	}
	SSL_CTX_set_session_id_context(contexts[1], (const u8 *)"bench", 5);
	SSL_CTX_set_num_tickets(contexts[1], 1);
	SSL_CTX_set_session_cache_mode(contexts[0], SSL_SESS_CACHE_CLIENT |
				       SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(contexts[0], keep);
	resumed_once();
	SSL_CTX_set_num_tickets(contexts[1], 0);
	/* with a cache, each ticket would be used once only */
	SSL_CTX_set_session_cache_mode(contexts[0], SSL_SESS_CACHE_OFF);
	return session && resumed_once();
}

/* Bytes that both ends together hold once the handshake is over. */
size_t bench_openssl_memory(void)
{
	size_t before = mallinfo2().uordblks, after;
	SSL *ends[2] = { end_new(0), end_new(1) };
	unsigned int turn;

	for (turn = 0; turn < 4; turn++) {
		SSL_do_handshake(ends[turn & 1]);
		pass(ends[turn & 1], ends[!(turn & 1)]);
	}
	after = mallinfo2().uordblks;
	SSL_free(ends[0]);
	SSL_free(ends[1]);
	return (after - before) / 2;
}
