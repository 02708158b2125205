// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands: explain, events, enable, disable, settings
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cmd.h"
#include "conf.h"

static void parse_question(struct cmd *c, struct question *q)
{
	unsigned long port;
	char *end;
	int found;

	if (c->argc != 3)
		cmd_usage("explain takes egress|ingress ADDRESS PORT");
	found = enum_find(direction_names, ARRAY_SIZE(direction_names), c->argv[0]);
	if (found < 0)
		cmd_usage("\"%s\" is neither egress nor ingress", c->argv[0]);
	q->direction = found;
	if (inet_pton(AF_INET, c->argv[1], q->address) == 1)
		q->size = 4;
	else if (inet_pton(AF_INET6, c->argv[1], q->address) == 1)
		q->size = 16;
	else
		cmd_usage("\"%s\" is not an IP address", c->argv[1]);
	port = strtoul(c->argv[2], &end, 10);
	if (!port || *end || port > 65535)
		cmd_usage("\"%s\" is not a port", c->argv[2]);
	q->port = port;
	q->pid = c->pid;
}

/* What else the rule says; it may be gone by now */
static void explain_terms(struct out *o, struct arena *a, struct nl *nl, const char *name)
{
	struct error unused;
	struct rule r;

	if (rnl_rule_get(nl, a, name, &r, &unused))
		return;
	out_str(o, "identity", r.identity);
	out_terms(o, &r);
}

int cmd_explain(struct cmd *c)
{
	struct out o = { .json = c->json };
	struct question q = {};
	struct error e = {};
	struct arena a = {};
	struct answer answer;
	int status = EXIT_OK;
	struct nl nl;

	parse_question(c, &q);
	cmd_open(&nl);
	if (rnl_explain(&nl, &a, &q, &answer, &e)) {
		status = cmd_fail(&e);
	} else {
		out_map(&o, NULL);
		if (*answer.rule) {
			out_str(&o, "rule", answer.rule);
			out_str(&o, "mode", mode_name(answer.mode));
		}
		out_str(&o, "reason", answer.reason);
		if (*answer.rule)
			explain_terms(&o, &a, &nl, answer.rule);
		out_end(&o);
		cmd_print(&o);
	}
	rnl_close(&nl);
	arena_free(&a);
	return status;
}

/**
 * endpoint_text() - write an address and a port
 * @a: arena for the text
 * @p: address and port
 *
 * Return: the text, NULL if the address is not known.
 */
char *endpoint_text(struct arena *a, const struct endpoint *p)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (!p->size)
		return NULL;
	inet_ntop(p->size == 4 ? AF_INET : AF_INET6, p->address, text, sizeof(text));
	return arena_printf(a, p->size == 4 ? "%s:%u" : "[%s]:%u", text, p->port);
}

static void event_json(const struct event *ev, struct arena *a)
{
	struct out o = { .json = true, .line = true };

	out_map(&o, NULL);
	out_str(&o, "time", time_text(a, now_seconds()));
	out_str(&o, "event", ev->name);
	out_str(&o, "identity", ev->identity);
	if (ev->identity) {
		out_str(&o, "state", state_name(ev->state));
		out_str(&o, "spiffe-id", ev->spiffe_id);
	}
	if (ev->not_after)
		out_str(&o, "not-after", time_text(a, ev->not_after));
	out_str(&o, "rule", ev->rule);
	if (ev->direction >= 0)
		out_str(&o, "direction", direction_name(ev->direction));
	if (ev->error)
		out_str(&o, "error", strerrorname_np(ev->error));
	out_str(&o, "reason", ev->reason);
	out_str(&o, "local", endpoint_text(a, &ev->local));
	out_str(&o, "peer", endpoint_text(a, &ev->peer));
	out_str(&o, "own-id", ev->own_id);
	out_str(&o, "peer-id", ev->peer_id);
	if (ev->alert >= 0)
		out_num(&o, "alert", ev->alert);
	out_end(&o);
	cmd_print(&o);
}

static void put(struct buf *b, const char *what, const char *value)
{
	if (value)
		buf_printf(b, " %s %s", what, value);
}

/* A row of a table of one: so that nothing in it reaches the terminal raw */
static void event_line(const struct event *ev, struct arena *a)
{
	struct table t = {};
	struct buf b = {};

	buf_printf(&b, "%s", ev->name);
	put(&b, "identity", ev->identity);
	put(&b, "rule", ev->rule);
	put(&b, "direction", ev->direction >= 0 ? direction_name(ev->direction) : NULL);
	put(&b, "local", endpoint_text(a, &ev->local));
	put(&b, "peer", endpoint_text(a, &ev->peer));
	put(&b, "id", ev->peer_id);
	put(&b, "error", ev->error ? strerrorname_np(ev->error) : NULL);
	if (ev->reason)
		buf_printf(&b, ": %s", ev->reason);
	table_row(&t, time_text(a, now_seconds()), b.data, NULL);
	table_print(&t, stdout);
	fflush(stdout);
	buf_free(&b);
}

static void on_event(const struct event *ev, void *ctx)
{
	struct cmd *c = ctx;
	struct arena a = {};

	if (c->json)
		event_json(ev, &a);
	else
		event_line(ev, &a);
	arena_free(&a);
}

static int watch_events(struct cmd *c, struct nl *nl, int signals)
{
	struct pollfd fds[] = {
		{ .fd = rnl_fd(nl), .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	struct error e = {};
	bool lost;

	for (;;) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			die(EXIT_FAILED, "poll: %s", strerror(errno));
		if (fds[1].revents)
			return EXIT_OK;
		if (!fds[0].revents)
			continue;
		lost = false;
		if (rnl_events(nl, on_event, c, &lost, &e))
			return cmd_fail(&e);
		if (lost)
			warn("events were lost: they came faster than they were read");
		if (ferror(stdout))
			return EXIT_OK;
	}
}

int cmd_events(struct cmd *c)
{
	struct error e = {};
	sigset_t set;
	struct nl nl;
	int signals, status;

	if (c->argc)
		cmd_usage("events takes no words");
	cmd_open(&nl);
	if (rnl_subscribe(&nl, &e)) {
		rnl_close(&nl);
		return cmd_fail(&e);
	}
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	status = watch_events(c, &nl, signals);
	close(signals);
	rnl_close(&nl);
	return status;
}

static int throw_switch(struct cmd *c, bool on)
{
	u32 to = on ? SWITCH_ON : SWITCH_OFF;
	struct settings s = { .egress = to, .ingress = to };
	struct error e = {};
	int status = EXIT_OK;
	struct nl nl;

	if (c->argc > 1)
		cmd_usage("one of egress and ingress, or none for both");
	if (c->argc) {
		if (!strcmp(c->argv[0], "egress"))
			s.ingress = 0;
		else if (!strcmp(c->argv[0], "ingress"))
			s.egress = 0;
		else
			cmd_usage("\"%s\" is neither egress nor ingress", c->argv[0]);
	}
	cmd_open(&nl);
	if (rnl_settings_set(&nl, &s, &e))
		status = cmd_fail(&e);
	rnl_close(&nl);
	return status;
}

int cmd_enable(struct cmd *c)
{
	return throw_switch(c, true);
}

int cmd_disable(struct cmd *c)
{
	return throw_switch(c, false);
}

static int settings_list(struct cmd *c)
{
	struct out o = { .json = c->json };
	struct settings s = {};
	struct error e = {};
	int status = EXIT_OK;
	struct nl nl;

	cmd_open(&nl);
	if (rnl_settings_get(&nl, &s, &e)) {
		status = cmd_fail(&e);
	} else {
		out_map(&o, NULL);
		out_settings(&o, &s);
		out_end(&o);
		cmd_print(&o);
	}
	rnl_close(&nl);
	return status;
}

static int settings_set(struct cmd *c)
{
	struct problems p = {};
	struct conf conf = {};
	struct error e = {};
	int status = EXIT_OK;
	struct nl nl;

	conf_setting(&conf, c->argv[0], c->argv[1], &p);
	if (p.n)
		cmd_usage("%s", p.v[0].text);
	cmd_open(&nl);
	if (rnl_settings_set(&nl, &conf.state.settings, &e))
		status = cmd_fail(&e);
	rnl_close(&nl);
	problems_free(&p);
	conf_free(&conf);
	return status;
}

int cmd_settings(struct cmd *c)
{
	static const struct subcommand subs[] = {
		{ "list", 0, settings_list },
		{ "set", 2, settings_set },
	};

	return cmd_sub(c, "settings", subs, ARRAY_SIZE(subs));
}
