/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The embedded CA of a trust domain
 *
 * A directory, for its owner only:
 *
 *	root.key	private key of the root in use, mode 0600
 *	root.pem	roots: the one in use, then older ones
 *	issued		a line a certificate: serial, when it expires, identity
 *	revoked		a line a certificate: serial, when it expires
 */
#ifndef _CA_H
#define _CA_H

#include "state.h"

struct ca_entry {
	char *serial;		/* hexadecimal */
	s64 not_after;
	char *identity;
};

struct ca_entries {
	struct ca_entry *v;
	unsigned int n;
};

int ca_init(const char *dir, const char *trust_domain, bool *made, struct error *e);
int ca_rotate(const char *dir, const char *trust_domain, struct error *e);
int ca_retire(const char *dir, unsigned int *dropped, struct error *e);
int ca_sign(struct arena *a, const char *dir, const struct blob *csr,
	    const struct identity *id, u32 ttl_ms, struct blobs *chain, struct error *e);
int ca_revoke(const char *dir, const char *serial, const char *identity,
	      unsigned int *revoked, struct error *e);
int ca_issued(struct arena *a, const char *dir, struct ca_entries *out, struct error *e);
int ca_bundle(struct arena *a, const char *dir, struct bundle *b, struct error *e);

#endif /* _CA_H */
