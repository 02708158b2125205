// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands about an embedded CA
 */
#include <string.h>

#include "ca.h"
#include "cmd.h"
#include "conf.h"

/* The directory that the configuration gives the trust domain's CA; or end */
static char *directory(struct cmd *c, struct arena *a, const char *trust_domain)
{
	struct problems p = {};
	struct conf conf = {};
	struct domain *d;
	char *dir = NULL;

	if (conf_load(&conf, c->config, false, &p)) {
		problems_print(&p, stderr);
		problems_free(&p);
		conf_free(&conf);
		die(EXIT_CONFIG, "%s has errors", c->config);
	}
	d = conf_domain(&conf, trust_domain);
	if (d && d->signer.kind == SIGNER_EMBEDDED)
		dir = arena_str(a, d->signer.directory);
	problems_free(&p);
	conf_free(&conf);
	if (!dir)
		die(EXIT_FAILED, "%s has no trust domain %s with an embedded CA", c->config,
		    trust_domain);
	return dir;
}

static int done(struct arena *a, int err, const struct error *e)
{
	arena_free(a);
	return err ? cmd_fail(e) : EXIT_OK;
}

static int ca_cmd_init(struct cmd *c)
{
	struct error e = {};
	struct arena a = {};
	bool made = false;
	char *dir = directory(c, &a, c->argv[0]);
	int err = ca_init(dir, c->argv[0], &made, &e);

	if (!err)
		warn("%s: %s", dir, made ? "made a CA" : "there is one already");
	return done(&a, err, &e);
}

static int ca_cmd_rotate(struct cmd *c)
{
	struct error e = {};
	struct arena a = {};
	char *dir = directory(c, &a, c->argv[0]);

	return done(&a, ca_rotate(dir, c->argv[0], &e), &e);
}

static int ca_cmd_retire(struct cmd *c)
{
	unsigned int dropped = 0;
	struct error e = {};
	struct arena a = {};
	char *dir = directory(c, &a, c->argv[0]);
	int err = ca_retire(dir, &dropped, &e);

	if (!err)
		warn("%s: %u older roots are trusted no longer", dir, dropped);
	return done(&a, err, &e);
}

static int ca_cmd_revoke(struct cmd *c)
{
	bool by_identity = c->argc == 3 && !strcmp(c->argv[1], "identity");
	unsigned int revoked = 0;
	struct error e = {};
	struct arena a = {};
	char *dir;
	int err;

	if (c->argc != 2 && !by_identity)
		cmd_usage("ca revoke takes TRUST-DOMAIN and SERIAL or identity NAME");
	dir = directory(c, &a, c->argv[0]);
	err = ca_revoke(dir, by_identity ? NULL : c->argv[1], by_identity ? c->argv[2] : NULL,
			&revoked, &e);
	if (!err)
		warn("%s: revoked %u certificates; a daemon that runs tells the kernel", dir,
		     revoked);
	return done(&a, err, &e);
}

static void show_json(struct arena *a, const struct bundle *b, const struct ca_entries *issued)
{
	struct out o = { .json = true };
	unsigned int i;

	out_map(&o, NULL);
	out_str(&o, "trust-domain", b->trust_domain);
	out_bundle(&o, b, false);
	out_list(&o, "issued");
	for (i = 0; i < issued->n; i++) {
		out_map(&o, NULL);
		out_str(&o, "serial", issued->v[i].serial);
		out_str(&o, "identity", issued->v[i].identity);
		out_str(&o, "not-after", time_text(a, issued->v[i].not_after));
		out_end(&o);
	}
	out_end(&o);
	out_end(&o);
	cmd_print(&o);
}

static bool is_revoked(struct arena *a, const struct bundle *b, const char *serial)
{
	unsigned int i;

	for (i = 0; i < b->revoked.n; i++) {
		if (!strcmp(hex_from(a, &b->revoked.v[i].serial), serial))
			return true;
	}
	return false;
}

static int ca_cmd_show(struct cmd *c)
{
	struct ca_entries issued = {};
	struct bundle b = {};
	struct table t = {};
	struct error e = {};
	struct arena a = {};
	char *dir = directory(c, &a, c->argv[0]);
	unsigned int i;

	b.trust_domain = c->argv[0];
	if (ca_bundle(&a, dir, &b, &e) || ca_issued(&a, dir, &issued, &e))
		return done(&a, -1, &e);
	if (c->json) {
		show_json(&a, &b, &issued);
		return done(&a, 0, &e);
	}
	printf("%s: %u roots\n", dir, b.certs.n);
	table_row(&t, "SERIAL", "IDENTITY", "EXPIRES IN", "REVOKED", NULL);
	for (i = 0; i < issued.n; i++)
		table_row(&t, issued.v[i].serial, issued.v[i].identity,
			  remaining_text(&a, issued.v[i].not_after - now_seconds()),
			  is_revoked(&a, &b, issued.v[i].serial) ? "yes" : "", NULL);
	table_print(&t, stdout);
	return done(&a, 0, &e);
}

int cmd_ca(struct cmd *c)
{
	static const struct subcommand subs[] = {
		{ "show", 1, ca_cmd_show },
		{ "init", 1, ca_cmd_init },
		{ "rotate", 1, ca_cmd_rotate },
		{ "retire", 1, ca_cmd_retire },
		{ "revoke", -1, ca_cmd_revoke },
	};

	return cmd_sub(c, "ca", subs, ARRAY_SIZE(subs));
}
