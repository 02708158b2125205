/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Certification requests and chains: is this what was configured?
 *
 * Every signer's requests and answers pass through here. The kernel judges a
 * chain again, by rules of its own.
 */
#ifndef _CERT_H
#define _CERT_H

#include "state.h"

int csr_check(const struct blob *csr, const struct identity *id, struct error *e);
int chain_check(struct blobs *chain, const struct blob *csr, const struct identity *id,
		const struct blobs *anchors, s64 now, struct error *e);
int anchors_check(const struct blobs *certs, struct error *e);
bool chain_trusted(const struct blobs *chain, const struct bundle *b);

int fail_ssl(struct error *e, const char *fmt, ...) __printf(2, 3);

#endif /* _CERT_H */
