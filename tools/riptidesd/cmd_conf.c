// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands about a configuration: check, diff, apply, show
 */
#include <string.h>

#include "cmd.h"
#include "conf.h"
#include "fetch.h"
#include "plan.h"

#define FETCH_TIMEOUT_MS	10000

static const char *path_of(struct cmd *c)
{
	if (c->argc > 1)
		cmd_usage("one PATH is enough");
	return c->argc ? c->argv[0] : c->config;
}

static void problems_json(const struct problems *p)
{
	struct out o = { .json = true };
	const struct problem *one;

	out_map(&o, NULL);
	out_list(&o, "problems");
	for (one = p->v; one < p->v + p->n; one++) {
		out_map(&o, NULL);
		out_str(&o, "file", one->file);
		if (one->line) {
			out_num(&o, "line", one->line);
			out_num(&o, "column", one->column);
		}
		out_str(&o, "text", one->text);
		out_end(&o);
	}
	out_end(&o);
	out_end(&o);
	cmd_print(&o);
}

/* Load it, or tell why not; 0 or an exit status */
static int load(struct cmd *c, struct conf *conf, bool make_ca)
{
	struct problems p = {};
	int status = EXIT_OK;

	if (conf_load(conf, path_of(c), make_ca, &p))
		status = EXIT_CONFIG;
	if (c->json && status)
		problems_json(&p);
	else
		problems_print(&p, stderr);
	problems_free(&p);
	return status;
}

int cmd_check(struct cmd *c)
{
	struct conf conf = {};
	int status = load(c, &conf, false);
	struct problems none = {};

	if (!status && c->json)
		problems_json(&none);
	else if (!status)
		printf("%s: %u trust domains, %u identities, %u rules\n", path_of(c),
		       conf.domains.n, conf.state.identities.n, conf.state.rules.n);
	conf_free(&conf);
	return status;
}

static int diff(struct cmd *c, struct nl *nl, const struct conf *conf)
{
	struct out o = { .json = true };
	struct state have = {};
	struct plan plan = {};
	struct error e = {};
	int status;

	if (rnl_dump_state(nl, &have, &e)) {
		status = cmd_fail(&e);
		goto out;
	}
	plan_make(&plan, &have, &conf->state);
	status = plan.n ? EXIT_DIFFERS : EXIT_OK;
	if (c->json) {
		plan_out(&plan, &o);
		cmd_print(&o);
	} else {
		plan_print(&plan, stdout);
	}
	plan_free(&plan);
out:
	state_free(&have);
	return status;
}

/* Bundles behind URLs come before the rest: what is applied once is complete */
static int fetch_all(const struct conf *conf, bool *changed)
{
	const struct domain *d;
	struct error e = {};
	unsigned int i;
	bool one;

	for (i = 0; i < conf->domains.n; i++) {
		d = &conf->domains.v[i];
		if (!d->bundle_url)
			continue;
		one = false;
		if (fetch_bundle(d->bundle_url, d->bundle_ca_file, FETCH_TIMEOUT_MS, &one, &e))
			return cmd_fail(&e);
		*changed |= one;
	}
	return EXIT_OK;
}

static int load_all(struct cmd *c, struct conf *conf, bool make_ca)
{
	bool changed = false;
	int status = load(c, conf, make_ca);

	if (!status)
		status = fetch_all(conf, &changed);
	if (status || !changed || !strcmp(path_of(c), "-"))
		return status;
	conf_free(conf);
	return load(c, conf, make_ca);
}

int cmd_diff(struct cmd *c)
{
	struct conf conf = {};
	struct nl nl;
	int status = load_all(c, &conf, false);

	if (!status) {
		cmd_open(&nl);
		status = diff(c, &nl, &conf);
		rnl_close(&nl);
	}
	conf_free(&conf);
	fetch_free();
	return status;
}

static int apply(struct cmd *c, struct nl *nl, const struct conf *conf)
{
	struct out o = { .json = true };
	struct outcome outcome;
	struct error e = {};

	if (reconcile(nl, conf, !c->json, &outcome, &e))
		return cmd_fail(&e);
	if (c->json) {
		out_map(&o, NULL);
		out_num(&o, "changes", outcome.changes);
		out_num(&o, "signed", outcome.signed_ok);
		out_num(&o, "not-signed", outcome.sign_failed);
		out_end(&o);
		cmd_print(&o);
	}
	return outcome.sign_failed ? EXIT_FAILED : EXIT_OK;
}

int cmd_apply(struct cmd *c)
{
	struct conf conf = {};
	struct nl nl;
	int status;

	cmd_open(&nl);
	status = load_all(c, &conf, true);
	if (!status)
		status = apply(c, &nl, &conf);
	rnl_close(&nl);
	conf_free(&conf);
	fetch_free();
	return status;
}

int cmd_show(struct cmd *c)
{
	struct out o = { .json = c->json };
	struct state have = {};
	struct error e = {};
	int status = EXIT_OK;
	struct nl nl;

	if (c->argc)
		cmd_usage("show takes no words");
	cmd_open(&nl);
	if (rnl_dump_state(&nl, &have, &e)) {
		status = cmd_fail(&e);
	} else {
		out_state(&o, &have, false);
		cmd_print(&o);
	}
	rnl_close(&nl);
	state_free(&have);
	return status;
}
