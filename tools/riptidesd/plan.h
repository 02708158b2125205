/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is to be done so that a kernel has what a configuration says
 */
#ifndef _PLAN_H
#define _PLAN_H

#include "conf.h"
#include "nl.h"

enum change_kind {
	CHANGE_ADD,
	CHANGE_SET,
	CHANGE_DEL,
	CHANGE_CERT,		/* of an identity whose key was made elsewhere */
	CHANGE_ORDER,		/* of the rules */
};

enum change_of {
	OF_SETTINGS,
	OF_BUNDLE,
	OF_IDENTITY,
	OF_RULE,
};

struct change {
	enum change_kind kind;
	enum change_of of;
	const char *name;
	const void *have;
	const void *want;
};

/**
 * struct plan - a plan
 * @arena: what @v lives in
 * @v: changes; those of one kind of object together
 * @n: how many
 * @have: what the kernel has
 * @want: what it is to have
 * @rules: is the policy to be replaced?
 * @refused: what plan_add() could not do
 */
struct plan {
	struct arena arena;
	struct change *v;
	unsigned int n;
	const struct state *have;
	const struct state *want;
	bool rules;
	const struct change *refused;
};

void plan_make(struct plan *p, const struct state *have, const struct state *want);
void plan_free(struct plan *p);
void plan_print(const struct plan *p, FILE *to);
void plan_out(const struct plan *p, struct out *o);

int plan_add(struct plan *p, struct nl *nl, struct error *e);
int plan_policy(const struct plan *p, struct nl *nl, struct error *e);
int plan_remove(const struct plan *p, struct nl *nl, struct error *e);

/* renew.c */
s64 renew_when(const struct identity *id);
const char *renew_reason(const struct conf *c, const struct identity *id, bool thorough,
			 s64 now);

/**
 * struct round - several identities that get chains, one after another
 * @arena: what @silent lives in
 * @silent: trust domains whose signer did not answer in time: it is not waited
 *	for once more for each identity
 */
struct round {
	struct arena arena;
	struct strings silent;
};

int renew(struct nl *nl, const struct conf *c, const struct identity *id, struct round *round,
	  struct error *e);
bool renew_stop(void);

/* reconcile.c */
struct outcome {
	unsigned int changes;
	unsigned int signed_ok;
	unsigned int sign_failed;
	const char *refused;		/* the trust domain whose bundle was; the configuration's */
};

int reconcile(struct nl *nl, const struct conf *c, bool verbose, struct outcome *out,
	      struct error *e);

#endif /* _PLAN_H */
