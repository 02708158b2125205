/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands
 */
#ifndef _CMD_H
#define _CMD_H

#include "nl.h"
#include "out.h"

#define RIPTIDESD_VERSION	"0.1"
#define CONFIG_PATH		"/etc/riptides"

/* What every command gets: the words behind its name, options taken out */
struct cmd {
	int argc;
	char **argv;
	bool json;
	bool line;		/* one object a line */
	const char *config;
	u32 pid;
};

typedef int (*cmd_fn)(struct cmd *c);

int cmd_show(struct cmd *c);
int cmd_apply(struct cmd *c);
int cmd_diff(struct cmd *c);
int cmd_check(struct cmd *c);
int cmd_explain(struct cmd *c);
int cmd_identity(struct cmd *c);
int cmd_bundle(struct cmd *c);
int cmd_rule(struct cmd *c);
int cmd_connections(struct cmd *c);
int cmd_events(struct cmd *c);
int cmd_csr(struct cmd *c);
int cmd_ca(struct cmd *c);
int cmd_enable(struct cmd *c);
int cmd_disable(struct cmd *c);
int cmd_settings(struct cmd *c);
int cmd_run(struct cmd *c);

void cmd_usage(const char *fmt, ...) __printf(1, 2) __noreturn;
void cmd_open(struct nl *nl);
int cmd_fail(const struct error *e);
void cmd_print(struct out *o);

char *endpoint_text(struct arena *a, const struct endpoint *p);

struct subcommand {
	const char *name;
	int words;		/* behind it; -1: at least one */
	int (*run)(struct cmd *c);
};

int cmd_sub(struct cmd *c, const char *of, const struct subcommand *subs, unsigned int n);

#endif /* _CMD_H */
