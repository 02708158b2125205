// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as what an anchor file or a signer gives: PEM, JWKS, certificates
 */
#include <string.h>

#include "cert.h"
#include "pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[] = "x", spiffe_id[] = "spiffe://example.org/x";
	struct identity id = { .name = name, .spiffe_id = spiffe_id };
	struct blob raw = { (u8 *)data, size };
	struct blobs certs = {}, none = {};
	struct bundle b = {};
	struct arena a = {};
	struct error e = {};

	certs_read(&a, "input", (const char *)data, size, &certs, &e);
	csr_check(&raw, &id, &e);
	if (certs.n && certs.n < 8) {
		b.certs = certs;
		chain_trusted(&certs, &b);
		chain_check(&certs, &raw, &id, &none, 1700000000, &e);
		cert_serial(&a, &certs.v[0]);
	}
	arena_free(&a);
	return 0;
}
