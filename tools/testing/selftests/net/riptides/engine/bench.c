// SPDX-License-Identifier: GPL-2.0-only
/*
 * Full mutual TLS 1.3 handshakes in memory on one core: ours and OpenSSL's in
 * turn, with the same P-256 keys and chain, X25519 and AES-128-GCM.
 *
 *	bench [HANDSHAKES [ROUNDS]]
 *	bench --rows HANDSHAKES
 *
 * Medians of the rounds, with their spread. Our time is split into primitives
 * and what is left, our own overhead: parsing, state, chains, copies.
 */
#include <time.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include "bench.h"
#include "hs.h"
#include "party.h"
#include "session.h"

#define ROUNDS_MAX	31
#define SPLIT_TURN	2

static struct party parties[2];

u64 bench_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Cheap, and about constant where it counts: within one handshake. */
u64 bench_clock(void)
{
#ifdef __x86_64__
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	u64 now;

	asm volatile("mrs %0, cntvct_el0" : "=r" (now));
	return now;
#else
	return ktime_get_ns();
#endif
}

static void need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

static void add_ext(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	need(e && X509_add_ext(x, e, -1), "extension");
	X509_EXTENSION_free(e);
}

static EVP_PKEY *make(const char *name, EVP_PKEY *issuer_key, const char *issuer,
		      bool ca, u8 *out, size_t *len)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	X509_NAME *n = X509_NAME_new();

	need(key && x && n, "memory");
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), ca ? 1 : 2);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC, (const u8 *)name, -1, -1, 0);
	X509_set_subject_name(x, n);
	X509_NAME_free(n);
	n = X509_NAME_new();
	X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC, (const u8 *)issuer, -1, -1, 0);
	X509_set_issuer_name(x, n);
	X509_NAME_free(n);
	X509_set_pubkey(x, key);
	add_ext(x, NID_basic_constraints, ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	add_ext(x, NID_key_usage, ca ? "critical,keyCertSign" : "critical,digitalSignature");
	if (!ca) {
		add_ext(x, NID_ext_key_usage, "serverAuth,clientAuth");
		add_ext(x, NID_subject_alt_name,
			"DNS:localhost,URI:spiffe://example.org/bench");
	}
	need(X509_sign(x, issuer_key ? : key, EVP_sha256()), "signature");
	*len = i2d_X509(x, NULL);
	need(*len <= BENCH_DER_MAX, "length");
	i2d_X509(x, &out);
	X509_free(x);
	return key;
}

static void files_make(struct bench_files *f)
{
	EVP_PKEY *ca, *inter, *leaf;
	PKCS8_PRIV_KEY_INFO *info;
	u8 *p = f->key;

	ca = make("root", NULL, "root", true, f->ca, &f->ca_len);
	inter = make("inter", ca, "root", true, f->inter, &f->inter_len);
	leaf = make("leaf", inter, "inter", false, f->leaf, &f->leaf_len);
	info = EVP_PKEY2PKCS8(leaf);
	f->key_len = i2d_PKCS8_PRIV_KEY_INFO(info, &p);
	PKCS8_PRIV_KEY_INFO_free(info);
	EVP_PKEY_free(ca);
	EVP_PKEY_free(inter);
	EVP_PKEY_free(leaf);
}

static u16 groups[] = { RPT_GROUP_X25519 };
static struct rpt_psk ticket;	/* that the client offers, where it has an identity */

static void params(struct rpt_hs_params *p, bool server)
{
	static const u16 suites[] = { RPT_SUITE_AES_128_GCM_SHA256 };

	memset(p, 0, sizeof(*p));
	p->server = server;
	p->require_client_cert = server;
	p->suites = suites;
	p->n_suites = ARRAY_SIZE(suites);
	p->groups = groups;
	p->n_groups = ARRAY_SIZE(groups);
	p->server_name = server ? NULL : "localhost";
	if (!server && ticket.identity) {
		p->psks = &ticket;
		p->n_psks = 1;
	}
	p->ops = &party_ops;
	p->ops_data = &parties[server];
}

/*
 * The split is taken by one clock alone, so that what interrupts us is either
 * in a primitive or not; it is not CPU time, for it has to be cheap.
 */
static u64 now(void)
{
	return bench_split ? bench_clock() : bench_cpu_ns();
}

static void pass(struct rpt_hs *from, struct rpt_hs *to, u64 *time)
{
	size_t len, used;
	const u8 *p;
	u64 begin;

	for (p = rpt_hs_output(from, &len); len; p = rpt_hs_output(from, &len)) {
		begin = now();
		need(!rpt_hs_input(to, p, len, &used) && used == len, "our handshake");
		*time += now() - begin;
		rpt_hs_output_done(from, len);
	}
}

static void ours_run(unsigned int n, struct bench_result *r)
{
	struct rpt_session s;
	u64 times[2] = { }, begin;
	struct rpt_hs_params p;
	struct rpt_hs *hs[2];
	unsigned int i;
	int side;

	for (i = 0; i < n; i++) {
		for (side = 0; side < 2; side++) {
			begin = now();
			params(&p, side);
			hs[side] = rpt_hs_create(&p, GFP_KERNEL);
			need(hs[side] && !rpt_hs_start(hs[side]), "start");
			times[side] += now() - begin;
		}
		pass(hs[0], hs[1], &times[1]);
		pass(hs[1], hs[0], &times[0]);
		pass(hs[0], hs[1], &times[1]);
		for (side = 0; side < 2; side++) {
			begin = now();
			need(!rpt_hs_finish(hs[side], &s), "finish");
			need(s.resumed == !!ticket.identity, "resumption");
			rpt_hs_destroy(hs[side]);
			rpt_session_wipe(&s);
			times[side] += now() - begin;
		}
	}
	r->client_ns = (double)times[0] / n;
	r->server_ns = (double)times[1] / n;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *v, unsigned int n)
{
	qsort(v, n, sizeof(*v), ascending);
	return v[n / 2];
}

/* The spread is that of the middle half, in per cent of the median. */
static double report(const char *who, double *client, double *server, double *both,
		     unsigned int n)
{
	double c = median(client, n), s = median(server, n), b = median(both, n);

	printf("%-8s %6.0f/s/core  client %7.1f us  server %7.1f us  both %7.1f us +-%.1f%%\n",
	       who, 1e9 / b, c / 1e3, s / 1e3, b / 1e3,
	       50 * (both[n * 3 / 4] - both[n / 4]) / b);
	return b;
}

/* One round of the split: nanoseconds of each primitive, then of our own. */
static void split_once(unsigned int n, double *out)
{
	double ns_per_tick, sum = 0;
	struct bench_result r;
	u64 begin, wall;
	unsigned int i;

	memset(bench_ticks, 0, sizeof(bench_ticks));
	memset(bench_calls, 0, sizeof(bench_calls));
	begin = bench_clock();
	wall = ktime_get_ns();
	bench_split = true;
	ours_run(n, &r);
	bench_split = false;
	begin = bench_clock() - begin;
	ns_per_tick = (double)(ktime_get_ns() - wall) / begin;
	for (i = 0; i < BENCH_PRIMITIVES; i++) {
		out[i] = bench_ticks[i] * ns_per_tick / n;
		sum += out[i];
	}
	out[BENCH_PRIMITIVES] = (r.client_ns + r.server_ns) * ns_per_tick - sum;
}

static const char * const split_names[] = {
	"sign", "verify", "x25519", "hash", "aead", "own"
};

static double split_run(unsigned int n, unsigned int rounds)
{
	double v[BENCH_PRIMITIVES + 1], all[BENCH_PRIMITIVES + 1][ROUNDS_MAX];
	double total = 0;
	unsigned int i, round;

	for (round = 0; round < rounds; round++) {
		split_once(n, v);
		for (i = 0; i <= BENCH_PRIMITIVES; i++)
			all[i][round] = v[i];
	}
	for (i = 0; i <= BENCH_PRIMITIVES; i++) {
		v[i] = median(all[i], rounds);
		total += v[i];
	}
	printf("ours, both sides of one handshake:\n");
	for (i = 0; i <= BENCH_PRIMITIVES; i++) {
		printf("  %-8s %8.1f us %5.1f%%", split_names[i], v[i] / 1e3, 100 * v[i] / total);
		if (i < BENCH_PRIMITIVES)
			printf("  %.0f calls", (double)bench_calls[i] / n);
		printf("\n");
	}
	return v[BENCH_PRIMITIVES];
}

static void report_memory(void)
{
	size_t before = bench_bytes;
	struct rpt_hs_params p;
	struct rpt_hs *hs;
	size_t held[2];
	int side;

	for (side = 0; side < 2; side++) {
		params(&p, side);
		hs = rpt_hs_create(&p, GFP_KERNEL);
		held[side] = bench_bytes - before;
		rpt_hs_destroy(hs);
	}
	printf("handshake's memory: client %zu, server %zu bytes; both at their peak %zu\n",
	       held[0], held[1], bench_bytes_peak - before);
	printf("session's memory: %zu bytes\n", sizeof(struct rpt_session));
	printf("memory of an OpenSSL end after its handshake: about %zu bytes\n",
	       bench_openssl_memory());
}

/* A ticket that the server knows; how it keeps it is not its engine's. */
static void resume(bool on)
{
	struct party_ticket *t = &parties[1].tickets[0];

	memset(&ticket, 0, sizeof(ticket));
	memset(t, 0, sizeof(*t));
	if (!on)
		return;
	t->id_len = PARTY_TICKET_LEN;
	t->hash = RPT_HASH_SHA256;
	t->psk_len = 32;
	t->lifetime = 3600;
	t->issued = ktime_get_ns();
	get_random_bytes(t->id, t->id_len);
	get_random_bytes(t->psk, t->psk_len);
	ticket.identity = t->id;
	ticket.identity_len = t->id_len;
	ticket.peer_cert = true;
	ticket.hash = t->hash;
	ticket.secret_len = t->psk_len;
	memcpy(ticket.secret, t->psk, t->psk_len);
}

static void row(const char *who, const char *what, unsigned int n,
		void (*run)(unsigned int n, struct bench_result *r))
{
	struct bench_result r;

	run(n / 10 + 1, &r);
	run(n, &r);
	printf("%s %s %.0f %.0f\n", who, what, r.client_ns, r.server_ns);
}

/* One round of everything, for bench_engine.py: nanoseconds of either side */
static void rows(unsigned int n)
{
	double split[BENCH_PRIMITIVES + 1], least[BENCH_PRIMITIVES + 1];
	unsigned int i, turn;

	row("ours", "full", n, ours_run);
	row("openssl", "full", n, bench_openssl_run);
	/* Not CPU time: of many short turns, one was not interrupted. */
	for (turn = 0; turn < n; turn++) {
		split_once(SPLIT_TURN, split);
		for (i = 0; i <= BENCH_PRIMITIVES; i++)
			least[i] = turn ? min(least[i], split[i]) : split[i];
	}
	for (i = 0; i <= BENCH_PRIMITIVES; i++)
		printf("split %s %.0f %.1f\n", split_names[i], least[i],
		       i < BENCH_PRIMITIVES ? (double)bench_calls[i] / SPLIT_TURN : 0);
	resume(true);
	row("ours", "resumed", n, ours_run);
	resume(false);
	if (bench_openssl_resumption(true))
		row("openssl", "resumed", n, bench_openssl_run);
	bench_openssl_resumption(false);
	if (bench_openssl_group("X25519MLKEM768"))
		row("openssl", "pq", n, bench_openssl_run);
#ifdef CONFIG_RIPTIDES_MLKEM
	groups[0] = RPT_GROUP_X25519MLKEM768;
	row("ours", "pq", n, ours_run);
#endif
}

int main(int argc, char **argv)
{
	double ours[3][ROUNDS_MAX], theirs[3][ROUNDS_MAX], a, b, own;
	bool only_rows = argc == 3 && !strcmp(argv[1], "--rows");
	unsigned int n = argc > 1 ? atoi(argv[only_rows ? 2 : 1]) : 100;
	unsigned int rounds = argc > 2 && !only_rows ? atoi(argv[2]) : 7;
	unsigned int i, side;
	static struct bench_files f;
	struct bench_result r;

	need(n && rounds >= 5 && rounds <= ROUNDS_MAX, "handshakes, rounds (5 to 31)");
	files_make(&f);
	for (side = 0; side < 2; side++)
		need(!party_set_key(&parties[side], f.key, f.key_len) &&
		     !party_add_cert(&parties[side], f.leaf, f.leaf_len) &&
		     !party_add_cert(&parties[side], f.inter, f.inter_len) &&
		     !party_add_anchor(&parties[side], f.ca, f.ca_len), "our party");
	parties[0].name = "localhost";
	bench_openssl_setup(&f);
	if (only_rows) {
		rows(n);
		return 0;
	}
	ours_run(n / 4 + 1, &r);
	bench_openssl_run(n / 4 + 1, &r);
	for (i = 0; i < rounds; i++) {
		ours_run(n, &r);
		ours[0][i] = r.client_ns;
		ours[1][i] = r.server_ns;
		ours[2][i] = r.client_ns + r.server_ns;
		bench_openssl_run(n, &r);
		theirs[0][i] = r.client_ns;
		theirs[1][i] = r.server_ns;
		theirs[2][i] = r.client_ns + r.server_ns;
	}
	printf("full mutual handshakes, P-256, X25519, AES-128-GCM: %u rounds of %u\n",
	       rounds, n);
	a = report("ours", ours[0], ours[1], ours[2], rounds);
	b = report("openssl", theirs[0], theirs[1], theirs[2], rounds);
	printf("ratio ours/openssl: CPU time %.2f, client %.2f, server %.2f\n", a / b,
	       median(ours[0], rounds) / median(theirs[0], rounds),
	       median(ours[1], rounds) / median(theirs[1], rounds));
	own = split_run(n, rounds);
	printf("ratio own overhead/openssl handshake: %.1f %% (goal: under 20 %%)\n",
	       100 * own / b);
	report_memory();
	bench_ec_run();
	for (side = 0; side < 2; side++)
		party_free(&parties[side]);
	return 0;
}
