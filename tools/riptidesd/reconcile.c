// SPDX-License-Identifier: GPL-2.0-only
/*
 * Make a kernel have what a configuration says
 */
#include <string.h>

#include "plan.h"

static void sign_missing(struct nl *nl, const struct conf *c, struct outcome *out)
{
	struct state now = {};
	struct error e = {};
	const struct identity *id;
	struct round round = {};
	unsigned int i;

	if (rnl_dump_identities(nl, &now, &e)) {
		warn("%s", e.text);
		out->sign_failed++;
		goto out;
	}
	for (i = 0; i < now.identities.n && !renew_stop(); i++) {
		id = &now.identities.v[i];
		if (!renew_reason(c, id, true, now_seconds()))
			continue;
		if (!renew(nl, c, id, &round, &e)) {
			out->signed_ok++;
			continue;
		}
		warn("identity %s: no certificate: %s", id->name, e.text);
		out->sign_failed++;
	}
out:
	arena_free(&round.arena);
	state_free(&now);
}

/* What has been changed goes back to what it was; keys that went don't */
static void roll_back(struct nl *nl, const struct state *before)
{
	struct state now = {};
	struct plan back = {};
	struct error e = {};

	if (rnl_dump_state(nl, &now, &e)) {
		warn("cannot undo: %s", e.text);
		goto out;
	}
	plan_make(&back, &now, before);
	if (plan_add(&back, nl, &e) || plan_policy(&back, nl, &e) ||
	    plan_remove(&back, nl, &e))
		warn("cannot undo all of it: %s", e.text);
	plan_free(&back);
out:
	state_free(&now);
}

/**
 * reconcile() - make a kernel have what a configuration says
 * @nl: kernel
 * @c: loaded configuration
 * @verbose: tell what is changed, on stderr
 * @out: what was done
 * @e: why not; what was done has been undone then
 *
 * Certificates come before the policy, so that it finds identities that can be
 * used; if some cannot be had, the policy comes nevertheless: what has no
 * identity fails closed.
 *
 * Return: 0 or -1.
 */
int reconcile(struct nl *nl, const struct conf *c, bool verbose, struct outcome *out,
	      struct error *e)
{
	struct state have = {};
	struct plan plan = {};
	int err = -1;

	memset(out, 0, sizeof(*out));
	if (rnl_dump_state(nl, &have, e))
		goto out;
	plan_make(&plan, &have, &c->state);
	out->changes = plan.n;
	if (verbose)
		plan_print(&plan, stderr);
	err = plan_add(&plan, nl, e);
	if (!err) {
		sign_missing(nl, c, out);
		err = plan_policy(&plan, nl, e);
	}
	if (plan.refused && plan.refused->of == OF_BUNDLE)
		out->refused = plan.refused->name;
	if (err)
		roll_back(nl, &have);
	else
		err = plan_remove(&plan, nl, e);
out:
	plan_free(&plan);
	state_free(&have);
	return err;
}
