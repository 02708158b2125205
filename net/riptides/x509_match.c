// SPDX-License-Identifier: GPL-2.0-only
/*
 * Host names and addresses of certificates (RFC 9525, formerly RFC 6125)
 *
 * Only subject alternative names count; the common name never does.
 */
#include <linux/ctype.h>
#include <linux/string.h>

#include "wire.h"
#include "x509.h"

#define DNS_NAME_MAX	253
#define DNS_LABEL_MAX	63

static bool label_valid(const char *label, size_t len)
{
	size_t i;

	if (!len || len > DNS_LABEL_MAX || label[0] == '-' || label[len - 1] == '-')
		return false;
	for (i = 0; i < len; i++) {
		if (!isascii(label[i]) || (!isalnum(label[i]) && label[i] != '-' &&
					   label[i] != '_'))
			return false;
	}
	return true;
}

static bool all_digits(const char *label, size_t len)
{
	while (len && isdigit(*label)) {
		label++;
		len--;
	}
	return !len;
}

/**
 * rpt_x509_dns_valid() - is this a DNS name that can be matched?
 * @name: name, not necessarily terminated
 * @len: its length
 * @wildcard: allow "*" as the first of at least three labels
 *
 * A name whose last label is all digits is an address, never a name.
 *
 * Context: Any context.
 * Return: true if it is.
 */
bool rpt_x509_dns_valid(const char *name, size_t len, bool wildcard)
{
	const char *end = name + len, *dot = NULL;
	unsigned int labels = 0;
	bool wild = false;

	if (!len || len > DNS_NAME_MAX)
		return false;
	for (;; name = dot + 1) {
		dot = memchr(name, '.', end - name);
		if (!dot)
			dot = end;
		if (wildcard && !labels && dot == name + 1 && *name == '*')
			wild = true;
		else if (!label_valid(name, dot - name))
			return false;
		labels++;
		if (dot == end)
			break;
	}
	return !all_digits(name, end - name) && (!wild || labels >= 3);
}

static bool equal_nocase(const char *a, const char *b, size_t len)
{
	return !strncasecmp(a, b, len);
}

/* @name is a valid name; @pat is what the certificate has */
static bool dns_match(const char *pat, size_t pat_len, const char *name, size_t len)
{
	const char *dot;

	if (!rpt_x509_dns_valid(pat, pat_len, true))
		return false;
	if (pat[0] == '*') {	/* stands for exactly one label */
		dot = memchr(name, '.', len);
		if (!dot)
			return false;
		len -= dot - name;
		name = dot;
		pat++;
		pat_len--;
	}
	return pat_len == len && equal_nocase(pat, name, len);
}

/**
 * rpt_x509_match_dns() - does a certificate carry a host name?
 * @x: certificate
 * @name: host name, with or without the last dot; not terminated
 * @len: its length
 *
 * Without regard to case. "*" matches one whole first label and nothing else
 * (RFC 9525 section 6.3), and only below a domain of two labels or more.
 *
 * Context: Any context.
 * Return: true if one of its DNS names matches.
 */
bool rpt_x509_match_dns(const struct rpt_x509 *x, const char *name, size_t len)
{
	struct rpt_blob value;
	struct rpt_rd it;
	u8 type;

	if (len && name[len - 1] == '.')
		len--;
	if (!rpt_x509_dns_valid(name, len, false))
		return false;
	rpt_rd_init(&it, x->san.data, x->san.len);
	while (rpt_x509_san_next(&it, &type, &value)) {
		if (type == RPT_SAN_DNS &&
		    dns_match((const char *)value.data, value.len, name, len))
			return true;
	}
	return false;
}

/**
 * rpt_x509_match_ip() - does a certificate carry an address?
 * @x: certificate
 * @ip: address in network order
 * @len: 4 or 16
 *
 * Context: Any context.
 * Return: true if one of its IP names is the address.
 */
bool rpt_x509_match_ip(const struct rpt_x509 *x, const u8 *ip, size_t len)
{
	struct rpt_blob value;
	struct rpt_rd it;
	u8 type;

	rpt_rd_init(&it, x->san.data, x->san.len);
	while (rpt_x509_san_next(&it, &type, &value)) {
		if (type == RPT_SAN_IP && value.len == len &&
		    !memcmp(value.data, ip, len))
			return true;
	}
	return false;
}
