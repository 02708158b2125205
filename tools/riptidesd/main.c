// SPDX-License-Identifier: GPL-2.0-only
/*
 * riptidesd: the daemon and command line of riptides
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "node.h"

static int cmd_version(struct cmd *c);
static int cmd_help(struct cmd *c);

static const struct {
	const char *name;
	cmd_fn run;
	const char *words;
	const char *help;
} commands[] = {
	{ "run", cmd_run, "[--config PATH]",
	  "apply a configuration and keep it so; renew certificates" },
	{ "apply", cmd_apply, "[PATH]", "apply a configuration, once" },
	{ "diff", cmd_diff, "[PATH]", "tell what apply would change" },
	{ "check", cmd_check, "[PATH]", "tell what is wrong with a configuration" },
	{ "show", cmd_show, "", "print what the kernel has, as a configuration" },
	{ "explain", cmd_explain, "egress|ingress ADDRESS PORT [--pid PID]",
	  "tell which rule a connection would come under, and why" },
	{ "identity", cmd_identity,
	  "[list | get NAME | add NAME SPIFFE-ID [DNS]... | cert NAME CHAIN [KEY] | del NAME]",
	  "look at identities, or change one" },
	{ "bundle", cmd_bundle,
	  "[list | get TRUST-DOMAIN | set TRUST-DOMAIN FILE... | del TRUST-DOMAIN]",
	  "look at trust bundles, or change one" },
	{ "rule", cmd_rule, "[list | get NAME | del NAME]", "look at rules, or remove one" },
	{ "connections", cmd_connections, "[list | kill NUMBER]",
	  "list connections, or end one" },
	{ "events", cmd_events, "", "print what happens, until it is interrupted" },
	{ "csr", cmd_csr, "NAME", "print a certification request of an identity" },
	{ "ca", cmd_ca,
	  "show|init|rotate|retire TRUST-DOMAIN | revoke TRUST-DOMAIN SERIAL|identity NAME",
	  "look after an embedded CA" },
	{ "enable", cmd_enable, "[egress|ingress]", "let rules count" },
	{ "disable", cmd_disable, "[egress|ingress]",
	  "let no rule count: connections are left alone" },
	{ "settings", cmd_settings, "[list | set KEY VALUE]",
	  "look at settings of the network namespace, or change one" },
	{ "version", cmd_version, "", "print the version" },
	{ "help", cmd_help, "", "print this" },
};

static void usage(FILE *to)
{
	struct table t = {};
	unsigned int i;

	fprintf(to, "Usage: riptidesd [--json] [--config PATH] COMMAND [WORD]...\n\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		table_row(&t, commands[i].name, commands[i].help, NULL);
	table_print(&t, to);
	fprintf(to, "\nPATH is a file, a directory or -; without one, " CONFIG_PATH ".\n"
		"'riptidesd COMMAND --help' tells a command's words, riptidesd(8) the rest.\n");
}

/**
 * cmd_usage() - say what is wrong with the command line, and end
 * @fmt: what is wrong
 */
void cmd_usage(const char *fmt, ...)
{
	struct buf b = {};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	warn("%s; see 'riptidesd help'", b.data);
	buf_free(&b);
	exit(EXIT_USAGE);
}

/**
 * cmd_open() - reach the kernel, or end
 * @nl: handle
 */
void cmd_open(struct nl *nl)
{
	struct error e = {};

	if (rnl_open(nl, &e))
		die(e.code == ENOENT ? EXIT_NO_KERNEL : EXIT_FAILED, "%s", e.text);
}

/**
 * cmd_fail() - say why a command failed
 * @e: why
 *
 * Return: the exit status.
 */
int cmd_fail(const struct error *e)
{
	if (e->code == EPERM)
		warn("%s (CAP_NET_ADMIN is needed)", e->text);
	else
		warn("%s", e->text);
	return EXIT_FAILED;
}

/**
 * cmd_print() - print a document on standard output
 * @o: document
 */
void cmd_print(struct out *o)
{
	out_print(o, stdout);
	if (fflush(stdout) || ferror(stdout))
		die(EXIT_FAILED, "standard output: %s", strerror(errno));
}

static const char *sub_name(const void *ctx, unsigned int i)
{
	const struct subcommand *subs = ctx;

	return subs[i].name;
}

/**
 * cmd_sub() - run a command of a command
 * @c: command
 * @of: its name
 * @subs: commands that it has; the first is the default
 * @n: how many
 *
 * Return: the exit status.
 */
int cmd_sub(struct cmd *c, const char *of, const struct subcommand *subs, unsigned int n)
{
	const char *name = c->argc ? c->argv[0] : subs[0].name;
	const char *near;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (strcmp(subs[i].name, name))
			continue;
		if (c->argc) {
			c->argc--;
			c->argv++;
		}
		if (subs[i].words >= 0 ? c->argc != subs[i].words : !c->argc)
			cmd_usage("%s %s takes other words", of, name);
		return subs[i].run(c);
	}
	near = spell_nearest(name, sub_name, subs, n);
	if (near)
		cmd_usage("%s has no command \"%s\"; did you mean \"%s\"?", of, name, near);
	cmd_usage("%s has no command \"%s\"", of, name);
}

static int cmd_version(struct cmd *c)
{
	struct out o = { .json = c->json };

	if (!c->json) {
		printf("riptidesd " RIPTIDESD_VERSION "\n");
		return EXIT_OK;
	}
	out_map(&o, NULL);
	out_str(&o, "version", RIPTIDESD_VERSION);
	out_end(&o);
	cmd_print(&o);
	return EXIT_OK;
}

static int cmd_help(struct cmd *c)
{
	usage(stdout);
	return EXIT_OK;
}

static const char *command_name(const void *ctx, unsigned int i)
{
	return commands[i].name;
}

static u32 parse_pid(const char *word)
{
	char *end;
	unsigned long pid = strtoul(word, &end, 10);

	if (!pid || *end || pid > INT32_MAX)
		cmd_usage("\"%s\" is not the ID of a process", word);
	return pid;
}

/* Options may stand anywhere; a lone "-" is a word */
static void take_options(struct cmd *c, int argc, char **argv, bool *help)
{
	bool words_only = false;
	int i;

	c->argv = argv;
	for (i = 0; i < argc; i++) {
		const char *word = argv[i];
		const char *next = i + 1 < argc ? argv[i + 1] : NULL;

		if (words_only || word[0] != '-' || !word[1]) {
			argv[c->argc++] = argv[i];
		} else if (!strcmp(word, "--")) {
			words_only = true;
		} else if (!strcmp(word, "--json")) {
			c->json = true;
		} else if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
			*help = true;
		} else if (!strcmp(word, "--version")) {
			exit(cmd_version(c));
		} else if (!strcmp(word, "--config") || !strcmp(word, "--pid")) {
			if (!next)
				cmd_usage("%s needs a value", word);
			if (!strcmp(word, "--config"))
				c->config = next;
			else
				c->pid = parse_pid(next);
			i++;
		} else {
			cmd_usage("no option \"%s\"", word);
		}
	}
}

/* What was asked for, and is not all there, was not done */
static int written(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	warn("standard output: %s", strerror(errno));
	return status ? status : EXIT_FAILED;
}

/* What is opened later must not be taken for one of these */
static void have_standard_files(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	struct cmd c = { .config = CONFIG_PATH };
	const char *name, *near;
	bool help = false;
	unsigned int i;

	have_standard_files();
	signal(SIGPIPE, SIG_IGN);
	take_options(&c, argc - 1, argv + 1, &help);
	if (!c.argc) {
		usage(help ? stdout : stderr);
		return help ? EXIT_OK : EXIT_USAGE;
	}
	name = c.argv[0];
	c.argv++;
	c.argc--;
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, name))
			continue;
		if (!help)
			return written(commands[i].run(&c));
		printf("Usage: riptidesd %s %s\n%s\n", name, commands[i].words,
		       commands[i].help);
		return EXIT_OK;
	}
	near = spell_nearest(name, command_name, NULL, ARRAY_SIZE(commands));
	if (near)
		cmd_usage("no command \"%s\"; did you mean \"%s\"?", name, near);
	cmd_usage("no command \"%s\"", name);
}
