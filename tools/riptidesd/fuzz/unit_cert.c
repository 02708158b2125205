// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests: requests, chains, the embedded CA, programs that sign
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "ca.h"
#include "cert.h"
#include "pem.h"
#include "sign.h"
#include "unit.h"

static char name_web[] = "web", id_web[] = "spiffe://td.example/web";
static char name_other[] = "other", id_other[] = "spiffe://td.example/other";
static char dns_web[] = "web.td.example";
static char *dns_one[] = { dns_web };

static const struct identity web = {
	.name		= name_web,
	.spiffe_id	= id_web,
	.dns		= { dns_one, 1 },
};

static const struct identity other = {
	.name		= name_other,
	.spiffe_id	= id_other,
};

/* A request for NAMES, in OpenSSL's syntax; signed by KEY, or by LIAR */
static struct blob make_csr(struct arena *a, EVP_PKEY *key, EVP_PKEY *liar, const char *names)
{
	STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
	X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
	X509_REQ *req = X509_REQ_new();
	unsigned char *der = NULL;
	struct blob out;
	int len;

	sk_X509_EXTENSION_push(extensions, san);
	X509_REQ_set_pubkey(req, key);
	X509_REQ_add_extensions(req, extensions);
	X509_REQ_sign(req, liar ? liar : key, EVP_sha256());
	len = i2d_X509_REQ(req, &der);
	out.data = arena_dup(a, der, len);
	out.len = len;
	OPENSSL_free(der);
	X509_REQ_free(req);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	return out;
}

#define NAMES	"URI:spiffe://td.example/web,DNS:web.td.example"

static bool refused(const struct error *e, const char *why)
{
	if (!strncmp(e->text, why, strlen(why)))
		return true;
	printf("# \"%s\" instead of \"%s\"\n", e->text, why);
	return false;
}

void test_csr(void)
{
	static const struct {
		const char *names;
		const char *why;
	} bad[] = {
		{ "URI:spiffe://td.example/evil", "the request is for \"spiffe://td.example/evil\", not \"spiffe://td.example/web\"" },
		{ NAMES ",URI:spiffe://td.example/web", "the request has 2 URI names instead of one" },
		{ "DNS:web.td.example", "the request has 0 URI names instead of one" },
		{ NAMES ",DNS:evil.example", "the request has the unconfigured DNS name \"evil.example\"" },
		{ NAMES ",IP:10.0.0.1", "the request has a name that is neither URI nor DNS" },
	};
	EVP_PKEY *key = EVP_EC_gen("P-256"), *liar = EVP_EC_gen("P-256");
	EVP_PKEY *weak = EVP_RSA_gen(1024);
	struct arena a = {};
	struct error e = {};
	struct blob csr;
	unsigned int i;

	csr = make_csr(&a, key, NULL, NAMES);
	expect(!csr_check(&csr, &web, &e));
	expect(csr_check(&csr, &other, &e));
	csr.len--;
	expect(csr_check(&csr, &web, &e));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		csr = make_csr(&a, key, NULL, bad[i].names);
		expect(csr_check(&csr, &web, &e) && refused(&e, bad[i].why));
	}
	csr = make_csr(&a, key, liar, NAMES);
	expect(csr_check(&csr, &web, &e) &&
	       refused(&e, "the request is not signed by its own key"));
	csr = make_csr(&a, weak, NULL, NAMES);
	expect(csr_check(&csr, &web, &e) && refused(&e, "the request's key is neither"));
	EVP_PKEY_free(key);
	EVP_PKEY_free(liar);
	EVP_PKEY_free(weak);
	arena_free(&a);
}

struct fixture {
	struct arena a;
	struct error e;
	char dir[64];
	EVP_PKEY *key;
	struct blob csr;
	struct bundle bundle;
	struct blobs chain;
};

static bool setup(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	snprintf(f->dir, sizeof(f->dir), "/tmp/riptidesd-unit.XXXXXX");
	f->key = EVP_EC_gen("P-256");
	f->csr = make_csr(&f->a, f->key, NULL, NAMES);
	return expect(mkdtemp(f->dir)) && expect(!ca_init(f->dir, "td.example", NULL, &f->e)) &&
	       expect(!ca_bundle(&f->a, f->dir, &f->bundle, &f->e)) &&
	       expect(!ca_sign(&f->a, f->dir, &f->csr, &web, 3600 * 1000, &f->chain, &f->e));
}

static void teardown(struct fixture *f)
{
	static const char *const files[] = {
		"root.key", "root.pem", "issued", "revoked", "signer",
	};
	char path[128];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->dir, files[i]);
		unlink(path);
	}
	expect(!rmdir(f->dir));
	EVP_PKEY_free(f->key);
	arena_free(&f->a);
}

void test_chain(void)
{
	struct fixture f, g;
	struct blobs chain;
	EVP_PKEY *key;
	struct blob csr;
	s64 now = now_seconds();

	if (!setup(&f) || !setup(&g))
		return;
	key = EVP_EC_gen("P-256");
	csr = make_csr(&f.a, key, NULL, NAMES);
	expect(!chain_check(&f.chain, &f.csr, &web, &f.bundle.certs, now, &f.e));
	expect(chain_check(&f.chain, &csr, &web, &f.bundle.certs, now, &f.e) &&
	       refused(&f.e, "the signer's leaf is for another key"));
	expect(chain_check(&f.chain, &f.csr, &other, &f.bundle.certs, now, &f.e) &&
	       refused(&f.e, "the signer's leaf is for \"spiffe://td.example/web\""));
	expect(chain_check(&f.chain, &f.csr, &web, &g.bundle.certs, now, &f.e) &&
	       refused(&f.e, "the signer's chain leads to no anchor"));
	expect(chain_check(&f.chain, &f.csr, &web, &f.bundle.certs, now + 7200, &f.e) &&
	       refused(&f.e, "the signer's chain leads to no anchor"));
	chain = f.bundle.certs;
	expect(chain_check(&chain, &f.csr, &web, &f.bundle.certs, now, &f.e) &&
	       refused(&f.e, "the signer's leaf is a CA"));
	memset(&chain, 0, sizeof(chain));
	expect(chain_check(&chain, &f.csr, &web, &f.bundle.certs, now, &f.e) &&
	       refused(&f.e, "the signer gave 0 certificates"));
	*vec_push(&f.a, &chain) = f.csr;
	expect(chain_check(&chain, &f.csr, &web, &f.bundle.certs, now, &f.e) &&
	       refused(&f.e, "the signer gave something that is no certificate"));
	/* A root behind the leaf is dropped */
	memset(&chain, 0, sizeof(chain));
	*vec_push(&f.a, &chain) = f.chain.v[0];
	*vec_push(&f.a, &chain) = f.bundle.certs.v[0];
	expect(!chain_check(&chain, &f.csr, &web, &f.bundle.certs, now, &f.e) && chain.n == 1);
	EVP_PKEY_free(key);
	teardown(&f);
	teardown(&g);
}

void test_ca(void)
{
	char path[128], again[128], issues[128];
	struct ca_entries issued = {};
	struct buf book = {};
	struct blobs second = {};
	unsigned int n = 0;
	struct fixture f;
	struct stat st;
	bool made = true;

	if (!setup(&f))
		return;
	snprintf(path, sizeof(path), "%s/root.key", f.dir);
	expect(!stat(path, &st) && (st.st_mode & 07777) == 0600);
	expect(!ca_init(f.dir, "td.example", &made, &f.e) && !made);
	expect(chain_trusted(&f.chain, &f.bundle));
	expect(!ca_sign(&f.a, f.dir, &f.csr, &web, 3600 * 1000, &second, &f.e));
	snprintf(again, sizeof(again), "%s", cert_serial(&f.a, &second.v[0]));
	expect(strlen(again) == 32 && strcmp(again, cert_serial(&f.a, &f.chain.v[0])));
	expect(!ca_issued(&f.a, f.dir, &issued, &f.e) && issued.n == 2 &&
	       !strcmp(issued.v[1].serial, again) && !strcmp(issued.v[1].identity, "web"));

	expect(ca_revoke(f.dir, "00ff", NULL, &n, &f.e) && ca_revoke(f.dir, "x", NULL, &n, &f.e));
	expect(!ca_revoke(f.dir, again, NULL, &n, &f.e) && n == 1);
	expect(!ca_revoke(f.dir, NULL, "web", &n, &f.e) && n == 1);
	expect(ca_revoke(f.dir, NULL, "web", &n, &f.e));
	memset(&f.bundle, 0, sizeof(f.bundle));
	expect(!ca_bundle(&f.a, f.dir, &f.bundle, &f.e) && f.bundle.revoked.n == 2);
	expect(!chain_trusted(&f.chain, &f.bundle) && !chain_trusted(&second, &f.bundle));

	/* What has expired is forgotten, before a book is too large to be read */
	for (n = 0; book.len + 39 < 1024 * 1024; n++)
		buf_printf(&book, "%031x0 1 old\n", n);
	snprintf(issues, sizeof(issues), "%s/issued", f.dir);
	expect(!file_write(issues, book.data, book.len, 0600, &f.e));
	buf_free(&book);
	expect(!ca_sign(&f.a, f.dir, &f.csr, &web, 3600 * 1000, &second, &f.e));
	memset(&issued, 0, sizeof(issued));
	expect(!ca_issued(&f.a, f.dir, &issued, &f.e) && issued.n == 1 &&
	       !strcmp(issued.v[0].identity, "web"));

	expect(!chmod(f.dir, 0770));
	expect(ca_init(f.dir, "td.example", NULL, &f.e) &&
	       strstr(f.e.text, "others may write to it (mode 0770)"));
	expect(!chmod(f.dir, 0700));
	expect(!chmod(path, 0640));
	expect(ca_sign(&f.a, f.dir, &f.csr, &web, 3600 * 1000, &second, &f.e) &&
	       strstr(f.e.text, "others may use it (mode 0640)"));
	teardown(&f);
}

void test_ca_rotate(void)
{
	struct bundle both = {}, one = {};
	struct blobs second = {};
	unsigned int n = 0;
	struct fixture f;

	if (!setup(&f))
		return;
	expect(!ca_rotate(f.dir, "td.example", &f.e));
	expect(!ca_bundle(&f.a, f.dir, &both, &f.e) && both.certs.n == 2);
	expect(!ca_sign(&f.a, f.dir, &f.csr, &web, 3600 * 1000, &second, &f.e));
	expect(chain_trusted(&f.chain, &both) && chain_trusted(&second, &both));
	expect(!chain_trusted(&second, &f.bundle));
	expect(!ca_retire(f.dir, &n, &f.e) && n == 1);
	expect(!ca_bundle(&f.a, f.dir, &one, &f.e) && one.certs.n == 1);
	expect(!chain_trusted(&f.chain, &one) && chain_trusted(&second, &one));
	teardown(&f);
}

/* A signer of that script; its output is PEM of f->chain where it says so */
static int run_exec(struct fixture *f, const char *script, u32 timeout_ms, struct blobs *out)
{
	struct signer s = { .kind = SIGNER_EXEC, .timeout_ms = timeout_ms };
	char path[128];

	snprintf(path, sizeof(path), "%s/signer", f->dir);
	expect(!file_write(path, script, strlen(script), 0700, &f->e));
	*vec_push(&f->a, &s.argv) = path;
	memset(out, 0, sizeof(*out));
	f->e.text[0] = '\0';
	return sign_exec(&f->a, &s, &web, &f->csr, out, &f->e);
}

void test_exec(void)
{
	struct buf script = {};
	struct blobs out;
	struct fixture f;

	if (!setup(&f))
		return;
	buf_str(&script, "#!/bin/sh\n"
		"grep -q 'BEGIN CERTIFICATE REQUEST' || exit 9\n"
		"[ \"$RIPTIDES_SPIFFE_ID\" = spiffe://td.example/web ] || exit 8\n"
		"cat <<'END'\n");
	pem_write(&script, "CERTIFICATE", &f.chain.v[0]);
	buf_str(&script, "END\n");
	expect(!run_exec(&f, script.data, 10000, &out) && out.n == 1 &&
	       blob_eq(&out.v[0], &f.chain.v[0]));
	expect(run_exec(&f, "#!/bin/sh\nexit 3\n", 10000, &out) &&
	       strstr(f.e.text, "ended with status 3"));
	expect(run_exec(&f, "#!/bin/sh\nkill -9 $$\n", 10000, &out) &&
	       strstr(f.e.text, "ended by signal 9"));
	expect(run_exec(&f, "#!/bin/sh\necho nonsense\n", 10000, &out) &&
	       strstr(f.e.text, "has no CERTIFICATE"));
	expect(run_exec(&f, "#!/bin/sh\nexec cat /dev/zero\n", 10000, &out) &&
	       strstr(f.e.text, "says more than"));
	/* Whatever its children do: it ends with them */
	expect(run_exec(&f, "#!/bin/sh\nsleep 1000 & sleep 1000\n", 50, &out) &&
	       strstr(f.e.text, "did not answer within 50 ms"));
	expect(run_exec(&f, "#!/nonexistent\n", 10000, &out));
	buf_free(&script);
	teardown(&f);
}
