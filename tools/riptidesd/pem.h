/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Certificates as people have them: PEM, and the JWKS form of SPIFFE bundles
 */
#ifndef _PEM_H
#define _PEM_H

#include "util.h"

#define PEM_FILE_MAX	(4 * 1024 * 1024)

void pem_write(struct buf *b, const char *label, const struct blob *der);
int pem_read(struct arena *a, const char *what, const char *text, size_t len,
	     const char *label, struct blobs *out, struct error *e);
int certs_read(struct arena *a, const char *what, const char *text, size_t len,
	       struct blobs *out, struct error *e);
int key_file_read(struct arena *a, const char *path, struct blob *pkcs8, struct error *e);
char *cert_serial(struct arena *a, const struct blob *cert);

#endif /* _PEM_H */
