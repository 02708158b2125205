// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signers
 */
#include <string.h>

#include "ca.h"
#include "cert.h"
#include "sign.h"

/**
 * sign() - get a chain for a certification request
 * @a: arena for it
 * @d: trust domain, which says who signs
 * @anchors: the trust domain's CA certificates
 * @id: the identity that the request is for, as it is configured
 * @csr: request, DER
 * @chain: where to put the chain
 * @e: why not
 *
 * Whoever signs: the request is checked before, the chain afterwards.
 *
 * Return: 0 or -1.
 */
int sign(struct arena *a, const struct domain *d, const struct blobs *anchors,
	 const struct identity *id, const struct blob *csr, struct blobs *chain,
	 struct error *e)
{
	const struct signer *s = &d->signer;
	int err = -1;

	if (csr_check(csr, id, e))
		return -1;
	switch (s->kind) {
	case SIGNER_NONE:
		return fail(e, "nobody signs for %s", d->name);
	case SIGNER_EMBEDDED:
		err = ca_sign(a, s->directory, csr, id, s->ttl_ms, chain, e);
		break;
	case SIGNER_EXEC:
		err = sign_exec(a, s, id, csr, chain, e);
		break;
	case SIGNER_VAULT:
		err = sign_vault(a, s, id, csr, chain, e);
		break;
	case SIGNER_EST:
		err = sign_est(a, s, id, csr, chain, e);
		break;
	}
	return err ? -1 : chain_check(chain, csr, id, anchors, now_seconds(), e);
}
