/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HTTP, as a client
 */
#ifndef _FETCH_H
#define _FETCH_H

#include "util.h"

struct http {
	const char *url;
	const char *const *headers;	/* up to a NULL; may be NULL */
	const char *body;		/* NULL: GET, else POST */
	size_t body_len;
	const char *user_password;	/* NULL: none */
	const char *ca_file;		/* NULL: the system's */
	u32 timeout_ms;
};

int http_do(const struct http *h, struct buf *out, struct error *e);

int fetch_bundle(const char *url, const char *ca_file, u32 timeout_ms, bool *changed,
		 struct error *e);
bool fetch_refuse(const char *url);
void fetch_bundle_cached(struct arena *a, const char *url, struct blobs *out);
void fetch_free(void);

#endif /* _FETCH_H */
