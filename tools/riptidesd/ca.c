// SPDX-License-Identifier: GPL-2.0-only
/*
 * The embedded CA: its root, and what it signs
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "ca.h"
#include "ca_book.h"
#include "cert.h"
#include "pem.h"

#define ROOT_DAYS	3650
#define SERIAL_SIZE	16
/* Clocks differ; but not so much that short-lived ones would be old at once */
#define BACKDATE_MAX	60

/**
 * ca_path() - name of a file of a CA
 * @a: arena for it
 * @dir: the CA's directory
 * @name: which file
 *
 * Return: the name.
 */
char *ca_path(struct arena *a, const char *dir, const char *name)
{
	return arena_printf(a, "%s/%s", dir, name);
}

/* Who else may write here has roots and revocations as they like */
static int dir_private(int fd, const char *dir, struct error *e)
{
	struct stat st;

	if (fstat(fd, &st))
		return fail_errno(e, "%s", dir);
	if (st.st_mode & 022)
		return fail(e, "%s: others may write to it (mode %04o); make that 0700", dir,
			    st.st_mode & 07777);
	if (st.st_uid && st.st_uid != geteuid())
		return fail(e, "%s: belongs to somebody else", dir);
	return 0;
}

/**
 * ca_lock() - keep others from changing a CA
 * @dir: its directory
 * @e: why not
 *
 * Return: file descriptor that holds the lock until it is closed, or -1.
 */
int ca_lock(const char *dir, struct error *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail_errno(e, "%s", dir);
	if (dir_private(fd, dir, e)) {
		close(fd);
		return -1;
	}
	while (flock(fd, LOCK_EX)) {
		if (errno == EINTR)
			continue;
		fail_errno(e, "%s", dir);
		close(fd);
		return -1;
	}
	return fd;
}

/* Who else may read the key of a CA is a CA, too */
static int key_private(const char *path, struct error *e)
{
	struct stat st;

	if (stat(path, &st))
		return fail_errno(e, "%s", path);
	if (st.st_mode & 077)
		return fail(e, "%s: others may use it (mode %04o); make that 0600", path,
			    st.st_mode & 07777);
	if (st.st_uid && st.st_uid != geteuid())
		return fail(e, "%s: belongs to somebody else", path);
	return 0;
}

/* PKCS#8 of a key on P-256 (RFC 5958, RFC 5915), up to its number, and behind it */
static const u8 pkcs8_head[] = {
	0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce,
	0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04,
	0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20,
};

static const u8 pkcs8_middle[] = { 0xa1, 0x44, 0x03, 0x42, 0x00 };

#define NUMBER_SIZE	32
#define POINT_SIZE	65
#define PKCS8_SIZE	(sizeof(pkcs8_head) + NUMBER_SIZE + sizeof(pkcs8_middle) + POINT_SIZE)

/* OpenSSL's own decoders and encoders leave copies of the key behind in memory */
static int key_encode(EVP_PKEY *key, u8 *out)
{
	u8 *number = out + sizeof(pkcs8_head), *middle = number + NUMBER_SIZE;
	BIGNUM *n = NULL;
	size_t len = 0;
	int ok;

	memcpy(out, pkcs8_head, sizeof(pkcs8_head));
	memcpy(middle, pkcs8_middle, sizeof(pkcs8_middle));
	ok = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &n) &&
	     BN_bn2binpad(n, number, NUMBER_SIZE) == NUMBER_SIZE &&
	     EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY,
					     middle + sizeof(pkcs8_middle), POINT_SIZE, &len) &&
	     len == POINT_SIZE;
	BN_clear_free(n);
	return ok ? 0 : -1;
}

/* A key that key_encode() has written; NULL if it is another one */
static EVP_PKEY *key_decode(const struct blob *der)
{
	u8 *number = der->data + sizeof(pkcs8_head), *middle = number + NUMBER_SIZE;
	char group[] = "prime256v1";
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *key = NULL;
	OSSL_PARAM params[4];
	u8 native[NUMBER_SIZE];
	BIGNUM *n = NULL;

	if (der->len != PKCS8_SIZE || memcmp(der->data, pkcs8_head, sizeof(pkcs8_head)) ||
	    memcmp(middle, pkcs8_middle, sizeof(pkcs8_middle)))
		return NULL;
	n = BN_bin2bn(number, NUMBER_SIZE, NULL);
	ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	if (!n || !ctx || BN_bn2nativepad(n, native, sizeof(native)) != sizeof(native))
		goto out;
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
						      middle + sizeof(pkcs8_middle),
						      POINT_SIZE);
	params[2] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native, sizeof(native));
	params[3] = OSSL_PARAM_construct_end();
	if (EVP_PKEY_fromdata_init(ctx) == 1)
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params);
out:
	explicit_bzero(native, sizeof(native));
	EVP_PKEY_CTX_free(ctx);
	BN_clear_free(n);
	return key;
}

static EVP_PKEY *key_parse(const char *path, const struct buf *text)
{
	char empty[] = "";	/* the password: nobody is asked for one */
	struct blobs found = {};
	struct arena a = {};
	EVP_PKEY *key = NULL;
	BIO *bio;

	if (!pem_read(&a, path, text->data, text->len, "PRIVATE KEY", &found, NULL)) {
		key = key_decode(&found.v[0]);
		explicit_bzero(found.v[0].data, found.v[0].len);
	}
	arena_free(&a);
	if (key)
		return key;
	bio = BIO_new_mem_buf(text->data, text->len);
	key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, empty) : NULL;
	BIO_free(bio);
	return key;
}

static EVP_PKEY *key_read(const char *path, struct error *e)
{
	struct buf text = {};
	EVP_PKEY *key = NULL;

	if (!key_private(path, e) && !file_read(path, PEM_FILE_MAX, &text, e)) {
		key = key_parse(path, &text);
		if (!key)
			fail_ssl(e, "%s", path);
	}
	buf_wipe(&text);
	return key;
}

static int key_stage(const char *path, EVP_PKEY *key, struct error *e)
{
	u8 bytes[PKCS8_SIZE];
	struct blob der = { bytes, sizeof(bytes) };
	struct buf text = {};
	int err = -1;

	if (key_encode(key, bytes)) {
		fail_ssl(e, "%s", path);
	} else {
		pem_write(&text, "PRIVATE KEY", &der);
		err = file_stage(path, text.data, text.len, 0600, e);
	}
	explicit_bzero(bytes, sizeof(bytes));
	buf_wipe(&text);
	return err;
}

static X509 *root_read(struct arena *a, const char *dir, struct error *e)
{
	char *path = ca_path(a, dir, "root.pem");
	const unsigned char *at;
	struct blobs roots = {};
	struct buf text = {};
	X509 *x = NULL;

	if (file_read(path, PEM_FILE_MAX, &text, e) ||
	    pem_read(a, path, text.data, text.len, "CERTIFICATE", &roots, e))
		goto out;
	at = roots.v[0].data;
	x = d2i_X509(NULL, &at, roots.v[0].len);
	if (!x)
		fail_ssl(e, "%s", path);
out:
	buf_free(&text);
	return x;
}

/* Positive and random: nobody can tell the next one, none comes twice */
static int set_serial(X509 *x)
{
	unsigned char bytes[SERIAL_SIZE];
	BIGNUM *n;
	int ok;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return -1;
	bytes[0] = (bytes[0] & 0x7f) | 0x40;
	n = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));
	BN_free(n);
	return ok ? 0 : -1;
}

static int set_times(X509 *x, s64 not_before, s64 not_after)
{
	return ASN1_TIME_set(X509_getm_notBefore(x), not_before) &&
	       ASN1_TIME_set(X509_getm_notAfter(x), not_after) ? 0 : -1;
}

/* VALUE is in OpenSSL's syntax: never anything from outside */
static int add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX ctx;
	int ok;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = extension && X509_add_ext(x, extension, -1);
	X509_EXTENSION_free(extension);
	return ok ? 0 : -1;
}

static int add_name(GENERAL_NAMES *names, int type, const char *text)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *value = ASN1_IA5STRING_new();

	if (!name || !value || !ASN1_STRING_set(value, text, -1) ||
	    !sk_GENERAL_NAME_push(names, name)) {
		GENERAL_NAME_free(name);
		ASN1_IA5STRING_free(value);
		return -1;
	}
	GENERAL_NAME_set0_value(name, type, value);
	return 0;
}

static int add_names(X509 *x, const char *uri, const struct strings *dns)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	unsigned int i;
	int err;

	err = !names || add_name(names, GEN_URI, uri);
	for (i = 0; !err && dns && i < dns->n; i++)
		err = add_name(names, GEN_DNS, dns->v[i]);
	if (!err)
		err = X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, 0) != 1;
	GENERAL_NAMES_free(names);
	return err ? -1 : 0;
}

static int name_add(X509_NAME *name, const char *field, const char *value)
{
	return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
					  (const unsigned char *)value, -1, -1, 0) ? 0 : -1;
}

/* Each root has a name of its own, so that revocations say whose they are */
static int root_name(X509 *x)
{
	X509_NAME *name = X509_get_subject_name(x);
	unsigned char bytes[8];
	char text[17];
	size_t i;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return -1;
	for (i = 0; i < sizeof(bytes); i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
	return name_add(name, "O", "riptides") || name_add(name, "CN", "riptides root CA") ||
	       name_add(name, "serialNumber", text) || !X509_set_issuer_name(x, name) ? -1 : 0;
}

static X509 *root_make(EVP_PKEY *key, const char *trust_domain)
{
	s64 now = now_seconds();
	struct arena a = {};
	X509 *x = X509_new();
	char *uri;

	uri = arena_printf(&a, "spiffe://%s", trust_domain);
	if (x && X509_set_version(x, X509_VERSION_3) && !set_serial(x) && !root_name(x) &&
	    !set_times(x, now - BACKDATE_MAX, now + ROOT_DAYS * 86400LL) &&
	    X509_set_pubkey(x, key) &&
	    !add_extension(x, x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
	    !add_extension(x, x, NID_key_usage, "critical,keyCertSign,cRLSign") &&
	    !add_extension(x, x, NID_subject_key_identifier, "hash") &&
	    !add_names(x, uri, NULL) && X509_sign(x, key, EVP_sha256())) {
		arena_free(&a);
		return x;
	}
	arena_free(&a);
	X509_free(x);
	return NULL;
}

/* A new root; OLDER are kept behind it. Under the lock. */
static int root_new(struct arena *a, const char *dir, const char *trust_domain,
		    const struct buf *older, struct error *e)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = key ? root_make(key, trust_domain) : NULL;
	char *key_path = ca_path(a, dir, "root.key"), *pem_path = ca_path(a, dir, "root.pem");
	struct buf roots = {};
	unsigned char *der = NULL;
	struct blob cert = {};
	int err = -1, len;

	len = x ? i2d_X509(x, &der) : -1;
	if (len <= 0) {
		fail_ssl(e, "cannot make a root");
		goto out;
	}
	cert.data = der;
	cert.len = len;
	pem_write(&roots, "CERTIFICATE", &cert);
	if (older)
		buf_add(&roots, older->data, older->len);
	/* Both or none, disk full or not; a stop between the two is seen, as they do not match */
	err = key_stage(key_path, key, e) ||
	      file_stage(pem_path, roots.data, roots.len, 0644, e) ||
	      file_commit(key_path, e) || file_commit(pem_path, e);
	if (err) {
		file_unstage(key_path);
		file_unstage(pem_path);
	}
out:
	OPENSSL_free(der);
	buf_free(&roots);
	X509_free(x);
	EVP_PKEY_free(key);
	return err ? -1 : 0;
}

/**
 * ca_init() - make a CA, unless it is there
 * @dir: its directory
 * @trust_domain: what it is for
 * @made: set if it was made; may be NULL
 * @e: why not
 *
 * Return: 0 or -1.
 */
int ca_init(const char *dir, const char *trust_domain, bool *made, struct error *e)
{
	struct arena a = {};
	int lock, err = 0;

	if (made)
		*made = false;
	if (make_dir(dir, 0700, e))
		return -1;
	lock = ca_lock(dir, e);
	if (lock < 0)
		return -1;
	if (access(ca_path(&a, dir, "root.pem"), F_OK)) {
		err = root_new(&a, dir, trust_domain, NULL, e);
		if (!err && made)
			*made = true;
	} else {
		err = ca_book_prune(dir, e);
	}
	close(lock);
	arena_free(&a);
	return err;
}

/**
 * ca_rotate() - make a new root; the old ones stay trusted
 * @dir: the CA's directory
 * @trust_domain: what it is for
 * @e: why not
 *
 * Return: 0 or -1.
 */
int ca_rotate(const char *dir, const char *trust_domain, struct error *e)
{
	struct buf older = {};
	struct arena a = {};
	int lock, err;

	lock = ca_lock(dir, e);
	if (lock < 0)
		return -1;
	err = file_read(ca_path(&a, dir, "root.pem"), PEM_FILE_MAX, &older, e) ||
	      root_new(&a, dir, trust_domain, &older, e);
	close(lock);
	buf_free(&older);
	arena_free(&a);
	return err ? -1 : 0;
}

/**
 * ca_retire() - trust older roots no longer
 * @dir: the CA's directory
 * @dropped: how many there were
 * @e: why not
 *
 * Return: 0 or -1.
 */
int ca_retire(const char *dir, unsigned int *dropped, struct error *e)
{
	struct blobs roots = {};
	struct buf text = {};
	struct arena a = {};
	int lock, err;
	char *path;

	lock = ca_lock(dir, e);
	if (lock < 0)
		return -1;
	path = ca_path(&a, dir, "root.pem");
	err = file_read(path, PEM_FILE_MAX, &text, e) ||
	      pem_read(&a, path, text.data, text.len, "CERTIFICATE", &roots, e);
	if (!err) {
		buf_free(&text);
		pem_write(&text, "CERTIFICATE", &roots.v[0]);
		err = file_write(path, text.data, text.len, 0644, e);
		*dropped = roots.n - 1;
	}
	close(lock);
	buf_free(&text);
	arena_free(&a);
	return err ? -1 : 0;
}

static s64 asn1_seconds(const ASN1_TIME *t)
{
	struct tm tm = {};

	return ASN1_TIME_to_tm(t, &tm) ? timegm(&tm) : 0;
}

static X509 *leaf_make(X509 *root, EVP_PKEY *key, EVP_PKEY *subject,
		       const struct identity *id, s64 not_before, s64 not_after)
{
	X509 *x = X509_new();

	if (x && X509_set_version(x, X509_VERSION_3) && !set_serial(x) &&
	    X509_set_issuer_name(x, X509_get_subject_name(root)) &&
	    !name_add(X509_get_subject_name(x), "O", "riptides") &&
	    !set_times(x, not_before, not_after) && X509_set_pubkey(x, subject) &&
	    !add_extension(x, root, NID_basic_constraints, "critical,CA:FALSE") &&
	    !add_extension(x, root, NID_key_usage, "critical,digitalSignature") &&
	    !add_extension(x, root, NID_ext_key_usage, "serverAuth,clientAuth") &&
	    !add_extension(x, root, NID_subject_key_identifier, "hash") &&
	    !add_extension(x, root, NID_authority_key_identifier, "keyid:always") &&
	    !add_names(x, id->spiffe_id, &id->dns) && X509_sign(x, key, EVP_sha256()))
		return x;
	X509_free(x);
	return NULL;
}

static int leaf_out(struct arena *a, X509 *x, struct blobs *chain)
{
	struct blob *out = vec_push(a, chain);
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);

	if (len <= 0) {
		chain->n--;
		return -1;
	}
	out->data = arena_dup(a, der, len);
	out->len = len;
	OPENSSL_free(der);
	return 0;
}

/**
 * ca_sign() - sign a request that csr_check() has found good
 * @a: arena for the chain
 * @dir: the CA's directory
 * @csr: request, DER
 * @id: the identity that it is for: what the leaf says comes from here
 * @ttl_ms: how long it is to be valid
 * @chain: where to put it
 * @e: why not
 *
 * Return: 0 or -1.
 */
int ca_sign(struct arena *a, const char *dir, const struct blob *csr,
	    const struct identity *id, u32 ttl_ms, struct blobs *chain, struct error *e)
{
	s64 now = now_seconds(), end, back = ttl_ms / 1000 / 10;
	const unsigned char *at = csr->data;
	X509 *root = NULL, *leaf = NULL;
	X509_REQ *req = NULL;
	EVP_PKEY *key;
	int err = -1;

	key = key_read(ca_path(a, dir, "root.key"), e);
	if (key)
		root = root_read(a, dir, e);
	if (!root)
		goto out;
	if (X509_check_private_key(root, key) != 1) {
		fail(e, "%s: root.key is not the key of the first root in root.pem", dir);
		goto out;
	}
	end = now + ttl_ms / 1000;
	if (end > asn1_seconds(X509_get0_notAfter(root)))
		end = asn1_seconds(X509_get0_notAfter(root));
	if (end <= now) {
		fail(e, "%s: the root has expired; see riptidesd ca rotate", dir);
		goto out;
	}
	req = d2i_X509_REQ(NULL, &at, csr->len);
	if (req)
		leaf = leaf_make(root, key, X509_REQ_get0_pubkey(req), id,
				 now - (back < BACKDATE_MAX ? back : BACKDATE_MAX), end);
	if (!leaf || leaf_out(a, leaf, chain)) {
		fail_ssl(e, "%s: cannot sign", dir);
		goto out;
	}
	err = ca_book_issued(dir, cert_serial(a, &chain->v[0]), end, id->name, e);
out:
	X509_free(leaf);
	X509_REQ_free(req);
	X509_free(root);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return err;
}
