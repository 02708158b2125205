// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON (RFC 8259), as files in /proc tell it
 *
 * What is written is ASCII, whatever it is made of: a reader that takes it for
 * something else, a terminal too, finds nothing to act upon.
 */

#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/string_choices.h>
#include <net/ipv6.h>

#include "json.h"

static void json_quote(struct seq_file *seq, const u8 *s, size_t len)
{
	size_t i;

	seq_putc(seq, '"');
	for (i = 0; i < len; i++) {
		if (s[i] == '"' || s[i] == '\\')
			seq_putc(seq, '\\');
		/* an octet that is no ASCII is one of Latin-1: it can be had back */
		if (s[i] < 0x20 || s[i] >= 0x7f)
			seq_printf(seq, "\\u%04x", s[i]);
		else
			seq_putc(seq, s[i]);
	}
	seq_putc(seq, '"');
}

/* What stands before a value; keys are ours, and need no quoting */
static void json_key(struct rpt_json *j, const char *key)
{
	if (j->more)
		seq_puts(j->seq, ", ");
	j->more = true;
	if (key)
		seq_printf(j->seq, "\"%s\": ", key);
}

/**
 * rpt_json_begin() - begin an object or an array
 * @j: document
 * @key: what it is called in the object that it stands in; NULL if in none
 * @bracket: { or [
 *
 * Context: Any context.
 */
void rpt_json_begin(struct rpt_json *j, const char *key, char bracket)
{
	json_key(j, key);
	seq_putc(j->seq, bracket);
	j->more = false;
}

/**
 * rpt_json_end() - end it
 * @j: document
 * @bracket: } or ]
 *
 * Context: Any context.
 */
void rpt_json_end(struct rpt_json *j, char bracket)
{
	seq_putc(j->seq, bracket);
	j->more = true;
}

/**
 * rpt_json_text() - write a string
 * @j: document
 * @key: what it is called, or NULL
 * @text: any octets
 * @len: how many
 *
 * Context: Any context.
 */
void rpt_json_text(struct rpt_json *j, const char *key, const void *text, size_t len)
{
	json_key(j, key);
	json_quote(j->seq, text, len);
}

/**
 * rpt_json_string() - write a string
 * @j: document
 * @key: what it is called, or NULL
 * @s: string, terminated; if NULL nothing is written
 *
 * Context: Any context.
 */
void rpt_json_string(struct rpt_json *j, const char *key, const char *s)
{
	if (s)
		rpt_json_text(j, key, s, strlen(s));
}

/**
 * rpt_json_hex() - write octets as a string of hexadecimal digits
 * @j: document
 * @key: what it is called, or NULL
 * @data: octets
 * @len: how many
 *
 * Context: Any context.
 */
void rpt_json_hex(struct rpt_json *j, const char *key, const u8 *data, size_t len)
{
	size_t i;

	json_key(j, key);
	seq_putc(j->seq, '"');
	for (i = 0; i < len; i++)
		seq_put_hex_ll(j->seq, NULL, data[i], 2);
	seq_putc(j->seq, '"');
}

/**
 * rpt_json_number() - write a number
 * @j: document
 * @key: what it is called, or NULL
 * @value: number
 *
 * Context: Any context.
 */
void rpt_json_number(struct rpt_json *j, const char *key, s64 value)
{
	json_key(j, key);
	seq_printf(j->seq, "%lld", value);
}

/**
 * rpt_json_bool() - write true or false
 * @j: document
 * @key: what it is called, or NULL
 * @value: which
 *
 * Context: Any context.
 */
void rpt_json_bool(struct rpt_json *j, const char *key, bool value)
{
	json_key(j, key);
	seq_puts(j->seq, str_true_false(value));
}

/**
 * rpt_json_address() - write an address as a string
 * @j: document
 * @key: what it is called, or NULL
 * @addr: address, IPv4 as mapped into IPv6
 *
 * Context: Any context.
 */
void rpt_json_address(struct rpt_json *j, const char *key, const struct in6_addr *addr)
{
	json_key(j, key);
	if (ipv6_addr_v4mapped(addr))
		seq_printf(j->seq, "\"%pI4\"", &addr->s6_addr32[3]);
	else
		seq_printf(j->seq, "\"%pI6c\"", addr);
}
