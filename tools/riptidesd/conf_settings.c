// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration: settings of the network namespace
 */
#include "conf.h"

static void set_deadline(struct reader *r, const struct node *n, void *into)
{
	struct settings *s = into;

	if (read_duration(r, n, "deadline", 1, &s->deadline_ms) && s->deadline_ms > 600000)
		wrong(r, n, "deadline is at most 10m");
}

static void read_limit(struct reader *r, const struct node *n, const char *what, u32 *out)
{
	if (read_u32(r, n, what, 1048576, out) && !*out)
		wrong(r, n, "%s is at least 1", what);
}

static void set_handshakes(struct reader *r, const struct node *n, void *into)
{
	struct settings *s = into;

	read_limit(r, n, "max-handshakes", &s->max_handshakes);
}

static void set_listener_handshakes(struct reader *r, const struct node *n, void *into)
{
	struct settings *s = into;

	read_limit(r, n, "max-listener-handshakes", &s->max_listener_handshakes);
}

static void read_switch(struct reader *r, const struct node *n, const char *what, u32 *out)
{
	bool on;

	if (read_flag(r, n, what, &on))
		*out = on ? SWITCH_ON : SWITCH_OFF;
}

static void set_egress(struct reader *r, const struct node *n, void *into)
{
	struct settings *s = into;

	read_switch(r, n, "egress", &s->egress);
}

static void set_ingress(struct reader *r, const struct node *n, void *into)
{
	struct settings *s = into;

	read_switch(r, n, "ingress", &s->ingress);
}

static void set_resumption(struct reader *r, const struct node *n, void *into)
{
	int found = read_enum(r, n, "resumption", resumption_names,
			      ARRAY_SIZE(resumption_names));
	struct settings *s = into;

	if (found >= 0)
		s->resumption = RESUMPTION(found);
}

static void set_ticket_lifetime(struct reader *r, const struct node *n, void *into)
{
	struct settings *s = into;
	u32 ms;

	if (!read_duration(r, n, "ticket-lifetime", 1000, &ms))
		return;
	if (ms > TICKET_LIFETIME_MAX_S * 1000 || ms % 1000)
		wrong(r, n, "ticket-lifetime is at most 7d, in whole seconds");
	s->ticket_lifetime_s = ms / 1000;
}

static const struct key settings_keys[] = {
	{ "egress", set_egress },
	{ "ingress", set_ingress },
	{ "deadline", set_deadline },
	{ "max-handshakes", set_handshakes },
	{ "max-listener-handshakes", set_listener_handshakes },
	{ "resumption", set_resumption },
	{ "ticket-lifetime", set_ticket_lifetime },
};

/**
 * read_settings() - read settings; those that are not given stay as they are
 * @r: reader
 * @n: value
 */
void read_settings(struct reader *r, const struct node *n)
{
	read_map(r, n, "settings", settings_keys, ARRAY_SIZE(settings_keys),
		 &r->conf->state.settings);
}

/**
 * conf_setting() - read one setting, as if a configuration had it
 * @c: configuration, zeroed
 * @key: its name
 * @value: its value
 * @p: what is wrong with it
 */
void conf_setting(struct conf *c, char *key, char *value, struct problems *p)
{
	struct node key_node = { .text = key }, value_node = { .plain = true, .text = value };
	struct node *items[] = { &key_node, &value_node };
	const struct node map = { .type = NODE_MAP, .items = { items, 2 } };
	struct reader r = {
		.conf	= c,
		.a	= &c->state.arena,
		.file	= "settings",
		.p	= p,
	};

	read_settings(&r, &map);
}
