// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certificates: when they are due, and getting them
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "cert.h"
#include "plan.h"
#include "sign.h"

/**
 * renew_when() - when is a chain due?
 * @id: identity, as the kernel tells of it
 *
 * Return: seconds since 1970; at two thirds of its validity.
 */
s64 renew_when(const struct identity *id)
{
	return id->not_before + (id->not_after - id->not_before) / 3 * 2;
}

/**
 * renew_reason() - does an identity need a chain?
 * @c: configuration
 * @id: identity, as the kernel tells of it
 * @thorough: look at the chain itself, too
 * @now: seconds since 1970
 *
 * Return: why, NULL if it does not or if none is to be had from here.
 */
const char *renew_reason(const struct conf *c, const struct identity *id, bool thorough,
			 s64 now)
{
	const struct identity *own = state_identity(&c->state, id->name);
	const struct domain *d = conf_domain_of(c, id->spiffe_id);
	const struct bundle *b;

	if (!own || own->import.n || !d || d->signer.kind == SIGNER_NONE)
		return NULL;
	switch (id->state) {
	case RIPTIDES_IDENTITY_STATE_NEEDS_CSR:
	case RIPTIDES_IDENTITY_STATE_CSR_PENDING:
		return "it has none";
	case RIPTIDES_IDENTITY_STATE_RENEWING:
		return "it has a new key";
	case RIPTIDES_IDENTITY_STATE_EXPIRED:
		return "it has expired";
	}
	if (renew_when(id) <= now)
		return "two thirds of its validity have passed";
	b = state_bundle(&c->state, d->name);
	if (thorough && b && b->certs.n && !chain_trusted(&id->chain, b))
		return "nobody would trust what it has";
	return NULL;
}

/**
 * renew() - get a chain for an identity, and put it to use
 * @nl: kernel
 * @c: configuration
 * @id: identity, as the kernel tells of it
 * @round: what it is one of
 * @e: why not; the identity goes on with what it has then
 *
 * Return: 0 or -1.
 */
int renew(struct nl *nl, const struct conf *c, const struct identity *id, struct round *round,
	  struct error *e)
{
	const struct identity *own = state_identity(&c->state, id->name);
	const struct domain *d = conf_domain_of(c, id->spiffe_id);
	const struct bundle *b = d ? state_bundle(&c->state, d->name) : NULL;
	struct blobs chain = {};
	struct arena a = {};
	struct blob csr;
	int err;

	if (!own || !b)
		return fail(e, "%s is not configured", id->name);
	if (strings_have(&round->silent, d->name))
		return fail(e, "the signer of %s did not answer just now", d->name);
	err = rnl_csr(nl, &a, id->name, &csr, e) ||
	      sign(&a, d, &b->certs, own, &csr, &chain, e) ||
	      rnl_cert_set(nl, id->name, &chain, NULL, e);
	if (err && e->code == ETIMEDOUT)
		*vec_push(&round->arena, &round->silent) = arena_str(&round->arena, d->name);
	arena_free(&a);
	return err ? -1 : 0;
}

/**
 * renew_stop() - is a signal waiting that ends the daemon?
 *
 * Return: true if so; who does not block them never hears of it.
 */
bool renew_stop(void)
{
	sigset_t set;

	return !sigpending(&set) && (sigismember(&set, SIGTERM) || sigismember(&set, SIGINT));
}
