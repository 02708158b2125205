// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration: values that have a syntax of their own
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"

#define LETTERS_DIGITS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/**
 * trust_domain_valid() - may a trust domain be called so?
 * @s: name
 * @len: its length
 *
 * SPIFFE ID section 2.1.
 *
 * Return: true if so.
 */
bool trust_domain_valid(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') ||
		      s[i] == '.' || s[i] == '-' || s[i] == '_'))
			return false;
	}
	return len && len <= 255;
}

static const char *path_fault(const char *path)
{
	size_t len;

	while (*path) {
		len = strcspn(++path, "/");
		if (!len)
			return "its path has an empty segment";
		if ((len == 1 && path[0] == '.') || (len == 2 && path[0] == '.' && path[1] == '.'))
			return "its path has a segment of dots";
		if (strspn(path, LETTERS_DIGITS ".-_") < len)
			return "its path has a character other than letters, digits, . - _";
		path += len;
	}
	return NULL;
}

/**
 * spiffe_fault() - what is wrong with a SPIFFE ID?
 * @s: SPIFFE ID
 * @pattern: it may also end with a slash, for all below it, or have no path, for
 *	all of its trust domain
 *
 * Return: a sentence, NULL if nothing is wrong.
 */
const char *spiffe_fault(const char *s, bool pattern)
{
	const char *td = s + 9;
	const char *fault;
	char *path;
	size_t len;

	if (strncmp(s, "spiffe://", 9))
		return "a SPIFFE ID begins with spiffe://";
	if (strlen(s) > 2048)
		return "a SPIFFE ID has at most 2048 bytes";
	len = strcspn(td, "/");
	if (!trust_domain_valid(td, len))
		return "its trust domain is not 1 to 255 of a-z, 0-9, . - _";
	if (!td[len])
		return pattern ? NULL : "a SPIFFE ID of an identity has a path";
	if (!pattern)
		return path_fault(td + len);
	path = strdup(td + len);
	if (!path)
		die(EXIT_FAILED, "out of memory");
	len = strlen(path);
	if (path[len - 1] == '/')
		path[len - 1] = '\0';
	fault = path_fault(path);
	free(path);
	return fault;
}

/**
 * dns_valid() - is it a DNS name, maybe with a wildcard as its first label?
 * @s: name
 *
 * Return: true if so.
 */
bool dns_valid(const char *s)
{
	size_t len = strlen(s), label;

	if (!len || len > 253)
		return false;
	if (!strncmp(s, "*.", 2))
		s += 2;
	for (;;) {
		label = strspn(s, LETTERS_DIGITS "-_");
		if (!label || label > 63 || s[0] == '-' || s[label - 1] == '-')
			return false;
		if (!s[label])
			return true;
		if (s[label] != '.')
			return false;
		s += label + 1;
	}
}

static void mask(struct prefix *p)
{
	unsigned int i, bits;

	for (i = 0; i < p->size; i++) {
		bits = p->length > 8 * i ? p->length - 8 * i : 0;
		if (bits < 8)
			p->address[i] &= ~(0xff >> bits);
	}
}

/* ADDRESS or ADDRESS/LENGTH; 0, or -1 */
static int prefix_parse(const char *text, struct prefix *out)
{
	char address[INET6_ADDRSTRLEN + 1];
	const char *slash = strchrnul(text, '/');
	unsigned int length, digits;

	if ((size_t)(slash - text) >= sizeof(address))
		return -1;
	memcpy(address, text, slash - text);
	address[slash - text] = '\0';
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, address, out->address) == 1)
		out->size = 4;
	else if (inet_pton(AF_INET6, address, out->address) == 1)
		out->size = 16;
	else
		return -1;
	length = out->size * 8;
	if (*slash) {
		digits = strspn(slash + 1, "0123456789");
		if (!digits || digits > 3 || slash[1 + digits])
			return -1;
		length = atoi(slash + 1);
		if (length > out->size * 8u)
			return -1;
	}
	out->length = length;
	return 0;
}

/**
 * read_prefix() - read ADDRESS or ADDRESS/LENGTH
 * @r: reader
 * @n: value
 * @into: struct prefixes to add it to
 *
 * Return: false with a problem noted.
 */
bool read_prefix(struct reader *r, const struct node *n, void *into)
{
	struct prefixes *all = into;
	struct prefix p, masked;
	char *text;

	if (!read_text(r, n, "an address", 64, &text))
		return false;
	if (prefix_parse(text, &p)) {
		wrong(r, n, "\"%s\" is no address such as 192.0.2.0/24 or 2001:db8::1",
		      text);
		return false;
	}
	masked = p;
	mask(&masked);
	if (memcmp(&masked, &p, sizeof(p))) {
		wrong(r, n, "\"%s\" has bits set behind its length; did you mean \"%s\"?", text,
		      prefix_text(r->a, &masked));
		return false;
	}
	*vec_push(r->a, all) = p;
	return true;
}

/**
 * read_ports() - read PORT or FIRST-LAST
 * @r: reader
 * @n: value
 * @into: struct ports to add it to
 *
 * Return: false with a problem noted.
 */
bool read_ports(struct reader *r, const struct node *n, void *into)
{
	unsigned long first = 0, last = 0;
	struct ports *all = into;
	struct port_range *range;
	const char *s;
	char *end;

	s = n->type == NODE_SCALAR ? n->text : "";
	if (*s >= '0' && *s <= '9') {
		first = strtoul(s, &end, 10);
		last = first;
		s = end;
		if (*s == '-' && s[1] >= '0' && s[1] <= '9') {
			last = strtoul(s + 1, &end, 10);
			s = end;
		}
	}
	if (!first || *s || last > 65535) {
		wrong(r, n, "a port is 1 to 65535, or a range such as 8000-8099");
		return false;
	}
	if (first > last) {
		wrong(r, n, "the range ends before it begins");
		return false;
	}
	range = vec_push(r->a, all);
	range->first = first;
	range->last = last;
	return true;
}

/**
 * read_peer() - read a SPIFFE ID or what stands for several
 * @r: reader
 * @n: value
 * @into: struct strings to add it to
 *
 * Return: false with a problem noted.
 */
bool read_peer(struct reader *r, const struct node *n, void *into)
{
	struct strings *all = into;
	const char *fault;
	char *text;

	if (!read_text(r, n, "a SPIFFE ID", 2048, &text))
		return false;
	fault = spiffe_fault(text, true);
	if (fault) {
		wrong(r, n, "\"%s\": %s", text, fault);
		return false;
	}
	*vec_push(r->a, all) = text;
	return true;
}

/**
 * read_dns() - read a DNS name
 * @r: reader
 * @n: value
 * @into: struct strings to add it to
 *
 * Return: false with a problem noted.
 */
bool read_dns(struct reader *r, const struct node *n, void *into)
{
	struct strings *all = into;
	char *text;

	if (!read_text(r, n, "a DNS name", 253, &text))
		return false;
	if (!dns_valid(text)) {
		wrong(r, n, "\"%s\" is not a DNS name", text);
		return false;
	}
	if (strings_have(all, text)) {
		wrong(r, n, "\"%s\" is here twice", text);
		return false;
	}
	*vec_push(r->a, all) = text;
	return true;
}

static void set_serial(struct reader *r, const struct node *n, void *into)
{
	struct revocation *rev = into;
	char *text;

	if (!read_text(r, n, "a serial number", 64, &text))
		return;
	if (hex_parse(r->a, text, &rev->serial) || rev->serial.len > 21)
		wrong(r, n, "a serial number is up to 21 bytes in hexadecimal");
}

static void set_issuer(struct reader *r, const struct node *n, void *into)
{
	struct revocation *rev = into;
	char *text;

	if (!read_text(r, n, "an issuer", 6144, &text))
		return;
	if (hex_parse(r->a, text, &rev->issuer) || rev->issuer.len > 2048)
		wrong(r, n, "an issuer is a Name in DER, in hexadecimal");
}

static const struct key revocation_keys[] = {
	{ "serial", set_serial, true },
	{ "issuer", set_issuer },
};

/**
 * read_revocation() - read a serial number, maybe with its issuer
 * @r: reader
 * @n: value
 * @into: struct revocations to add it to
 *
 * Return: false with a problem noted.
 */
bool read_revocation(struct reader *r, const struct node *n, void *into)
{
	struct revocations *all = into;
	struct revocation *rev;

	rev = vec_push(r->a, all);
	memset(rev, 0, sizeof(*rev));
	if (n->type == NODE_SCALAR) {
		set_serial(r, n, rev);
		return true;
	}
	return read_map(r, n, "a revocation", revocation_keys, ARRAY_SIZE(revocation_keys), rev);
}
