// SPDX-License-Identifier: GPL-2.0-only
/*
 * HTTP, as a client; bundles that lie behind URLs
 */
#include <errno.h>
#include <string.h>

#include <curl/curl.h>

#include "cert.h"
#include "fetch.h"
#include "pem.h"

#define ANSWER_MAX	(4 * 1024 * 1024)

static size_t on_data(char *data, size_t size, size_t n, void *ctx)
{
	struct buf *out = ctx;

	if (out->len + size * n > ANSWER_MAX)
		return 0;
	buf_add(out, data, size * n);
	return size * n;
}

/* What a server says about an error, as far as it can be shown on a line */
static void put_excerpt(struct buf *b, const struct buf *answer)
{
	size_t i;

	for (i = 0; i < answer->len && i < 200; i++)
		buf_printf(b, "%c", answer->data[i] >= ' ' && answer->data[i] <= '~' ?
			   answer->data[i] : ' ');
}

static int perform(CURL *curl, const struct http *h, struct buf *out, struct error *e)
{
	char text[CURL_ERROR_SIZE] = "";
	struct buf excerpt = {};
	long status = 0;
	CURLcode code;

	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, text);
	code = curl_easy_perform(curl);
	if (code != CURLE_OK) {
		fail(e, "%s: %s", h->url, *text ? text : curl_easy_strerror(code));
		if (code == CURLE_OPERATION_TIMEDOUT)
			e->code = ETIMEDOUT;
		return -1;
	}
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200 && status < 300)
		return 0;
	buf_add(&excerpt, "", 0);
	put_excerpt(&excerpt, out);
	fail(e, "%s: HTTP status %ld%s%s", h->url, status, excerpt.len ? ": " : "",
	     excerpt.data);
	buf_free(&excerpt);
	return -1;
}

/**
 * http_do() - a request and its answer
 * @h: request
 * @out: where to append the answer's body
 * @e: why not; says nothing that is secret
 *
 * Return: 0, -1 also for another status than 2xx.
 */
int http_do(const struct http *h, struct buf *out, struct error *e)
{
	struct curl_slist *headers = NULL;
	const char *const *header;
	CURL *curl;
	int err;

	curl = curl_easy_init();
	if (!curl)
		return fail(e, "%s: libcurl does not start", h->url);
	for (header = h->headers; header && *header; header++)
		headers = curl_slist_append(headers, *header);
	curl_easy_setopt(curl, CURLOPT_URL, h->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)h->timeout_ms);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
	if (h->ca_file) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, h->ca_file);
		/* libcurl has a directory of CAs beside, that of the system */
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	if (h->user_password) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(curl, CURLOPT_USERPWD, h->user_password);
	}
	if (h->body) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)h->body_len);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, h->body);
	}
	err = perform(curl, h, out, e);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	if (!out->data)
		buf_add(out, "", 0);
	return err;
}

/* What was fetched last: a URL that answers no more loses nobody its trust */
static struct {
	struct arena arena;
	struct cached_bundle {
		char *url;
		struct buf text;
		struct buf before;	/* what it was */
		struct buf refused;	/* what it must not be again */
	} *v;
	unsigned int n;
} cache;

static struct cached_bundle *cached(const char *url)
{
	unsigned int i;

	for (i = 0; i < cache.n; i++) {
		if (!strcmp(cache.v[i].url, url))
			return &cache.v[i];
	}
	return NULL;
}

/* The texts may differ all the same: a SPIFFE bundle counts its versions */
static bool certs_equal(const struct blobs *a, const struct blobs *b)
{
	unsigned int i;

	for (i = 0; i < a->n && i < b->n; i++) {
		if (!blob_eq(&a->v[i], &b->v[i]))
			return false;
	}
	return a->n == b->n;
}

static bool same_certs(const struct buf *text, const struct blobs *certs)
{
	struct blobs others = {};
	struct arena a = {};
	bool same;

	same = text->data && !certs_read(&a, "", text->data, text->len, &others, NULL) &&
	       certs_equal(&others, certs);
	arena_free(&a);
	return same;
}

/* What it has is what it had last, or not to be had */
static int check_fetched(const char *url, const struct buf *text, bool *changed,
			 struct error *e)
{
	struct cached_bundle *c = cached(url);
	struct error why = {};
	struct blobs certs = {};
	struct arena a = {};
	int err;

	err = certs_read(&a, url, text->data, text->len, &certs, e);
	if (!err && anchors_check(&certs, &why))
		err = fail(e, "%s: %s", url, why.text);
	if (!err && c && same_certs(&c->refused, &certs))
		err = fail(e, "%s: still has what the kernel refused", url);
	*changed = !err && !(c && same_certs(&c->text, &certs));
	arena_free(&a);
	return err;
}

/**
 * fetch_bundle() - fetch the certificates that a URL has
 * @url: URL of PEM or a SPIFFE bundle in JWKS form
 * @ca_file: who vouches for the server; NULL: whom the system trusts
 * @timeout_ms: how long it may take
 * @changed: whether they are not those that were fetched last
 * @e: why not
 *
 * Return: 0 or -1.
 */
int fetch_bundle(const char *url, const char *ca_file, u32 timeout_ms, bool *changed,
		 struct error *e)
{
	struct http h = { .url = url, .ca_file = ca_file, .timeout_ms = timeout_ms };
	struct cached_bundle *c = cached(url);
	struct buf text = {};

	if (http_do(&h, &text, e) || check_fetched(url, &text, changed, e)) {
		buf_free(&text);
		return -1;
	}
	if (!c) {
		c = vec_push(&cache.arena, &cache);
		c->url = arena_str(&cache.arena, url);
		memset(&c->text, 0, sizeof(c->text));
		memset(&c->before, 0, sizeof(c->before));
		memset(&c->refused, 0, sizeof(c->refused));
	}
	if (*changed) {
		buf_free(&c->before);
		c->before = c->text;
	} else {
		buf_free(&c->text);
	}
	c->text = text;
	return 0;
}

/**
 * fetch_refuse() - what was fetched last is not to be used
 * @url: URL
 *
 * What was before is what it has then, until it has something else.
 *
 * Return: true if there was something.
 */
bool fetch_refuse(const char *url)
{
	struct cached_bundle *c = cached(url);

	if (!c || !c->text.data)
		return false;
	buf_free(&c->refused);
	c->refused = c->text;
	c->text = c->before;
	memset(&c->before, 0, sizeof(c->before));
	return true;
}

/**
 * fetch_bundle_cached() - the certificates that were fetched last
 * @a: arena for them
 * @url: URL
 * @out: where to append them; nothing if nothing was fetched
 */
void fetch_bundle_cached(struct arena *a, const char *url, struct blobs *out)
{
	struct cached_bundle *c = cached(url);

	if (c && c->text.data)
		certs_read(a, url, c->text.data, c->text.len, out, NULL);
}

/**
 * fetch_free() - forget all that was fetched
 */
void fetch_free(void)
{
	unsigned int i;

	for (i = 0; i < cache.n; i++) {
		buf_free(&cache.v[i].text);
		buf_free(&cache.v[i].before);
		buf_free(&cache.v[i].refused);
	}
	arena_free(&cache.arena);
	memset(&cache, 0, sizeof(cache));
}
