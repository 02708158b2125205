// SPDX-License-Identifier: GPL-2.0-only
/*
 * SPIFFE IDs (the SPIFFE ID specification, section 2)
 */
#include <linux/errno.h>
#include <linux/string.h>

#include "proto.h"
#include "spiffe.h"

#define SCHEME		"spiffe://"
#define SCHEME_LEN	(sizeof(SCHEME) - 1)

static bool lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Section 2.1: [a-z0-9._-] */
static bool td_char(char c)
{
	return lower_or_digit(c) || c == '.' || c == '-' || c == '_';
}

/* Section 2.2: [a-zA-Z0-9._-] */
static bool path_char(char c)
{
	return td_char(c) || (c >= 'A' && c <= 'Z');
}

/*
 * Empty, or begins with a slash: slash and segment, again and again; no segment
 * is empty, "." or "..", which is to say up to two dots and nothing else.
 */
static bool path_valid(const char *path, size_t len)
{
	size_t i, seg = 0;
	bool dots = true;

	if (!len)
		return true;
	for (i = 1; i <= len; i++) {
		if (i == len || path[i] == '/') {
			if (dots && seg <= 2)
				return false;
			seg = 0;
			dots = true;
			continue;
		}
		if (!path_char(path[i]))
			return false;
		dots = dots && path[i] == '.';
		seg++;
	}
	return true;
}

/**
 * rpt_spiffe_td_valid() - is this the name of a trust domain?
 * @td: name
 * @len: its length
 *
 * Context: Any context.
 * Return: true for 1 to 255 of [a-z0-9._-] (section 2.1).
 */
bool rpt_spiffe_td_valid(const char *td, size_t len)
{
	size_t i;

	if (!len || len > RPT_SPIFFE_TD_MAX)
		return false;
	for (i = 0; i < len; i++) {
		if (!td_char(td[i]))
			return false;
	}
	return true;
}

/**
 * rpt_spiffe_parse() - take a SPIFFE ID apart
 * @s: the ID; need not be terminated, may hold any byte
 * @len: its length
 * @out: views of @s
 *
 * Scheme "spiffe" in lower case, a trust domain name, and a path of non-empty
 * segments other than "." and "..". User info, port, query, fragment, percent
 * encoding and a trailing slash all contain or are characters that neither
 * part may have (section 2).
 *
 * Context: Any context.
 * Return: 0, -ENAMETOOLONG above 2048 bytes (section 2.3), or -EINVAL.
 */
int rpt_spiffe_parse(const char *s, size_t len, struct rpt_spiffe *out)
{
	const char *td, *slash;
	size_t rest;

	memset(out, 0, sizeof(*out));
	if (len > RPT_SPIFFE_MAX)
		return -ENAMETOOLONG;
	if (len < SCHEME_LEN || memcmp(s, SCHEME, SCHEME_LEN))
		return -EINVAL;

	td = s + SCHEME_LEN;
	rest = len - SCHEME_LEN;
	slash = memchr(td, '/', rest);
	if (!slash)
		slash = td + rest;
	if (!rpt_spiffe_td_valid(td, slash - td) ||
	    !path_valid(slash, s + len - slash))
		return -EINVAL;

	out->id = s;
	out->len = len;
	out->td = td;
	out->td_len = slash - td;
	out->path = slash;
	out->path_len = s + len - slash;
	return 0;
}

/**
 * rpt_spiffe_in_td() - is an ID in a trust domain?
 * @id: the ID
 * @td: name of the trust domain
 * @len: its length
 *
 * Context: Any context.
 * Return: true if the names are the same, byte for byte.
 */
bool rpt_spiffe_in_td(const struct rpt_spiffe *id, const char *td, size_t len)
{
	return id->td_len == len && len && !memcmp(id->td, td, len);
}

/* A prefix pattern without its last slash is an ID of its own */
static size_t pattern_id_len(const char *pattern, size_t len)
{
	return len && pattern[len - 1] == '/' ? len - 1 : len;
}

/**
 * rpt_spiffe_pattern_check() - may this be used as a pattern?
 * @pattern: see rpt_spiffe_match()
 * @len: its length
 *
 * Context: Any context.
 * Return: 0, -ENAMETOOLONG or -EINVAL, as rpt_spiffe_parse().
 */
int rpt_spiffe_pattern_check(const char *pattern, size_t len)
{
	struct rpt_spiffe id;

	return rpt_spiffe_parse(pattern, pattern_id_len(pattern, len), &id);
}

/**
 * rpt_spiffe_match() - does an ID match a pattern?
 * @pattern: what rpt_spiffe_pattern_check() accepts
 * @len: its length
 * @id: a parsed ID
 *
 * Three kinds of pattern: an ID with a path matches itself only; one that ends
 * in a slash matches what is below it, never itself; a trust domain without a
 * path matches all of its workloads (and not the trust domain's own ID, which
 * names no workload).
 *
 * Context: Any context.
 * Return: true on a match, false otherwise or when the pattern is not one.
 */
bool rpt_spiffe_match(const char *pattern, size_t len, const struct rpt_spiffe *id)
{
	struct rpt_spiffe pat;
	size_t n;

	n = pattern_id_len(pattern, len);
	if (rpt_spiffe_parse(pattern, n, &pat))
		return false;
	if (!rpt_spiffe_in_td(id, pat.td, pat.td_len))
		return false;
	if (n == len && pat.path_len)
		return id->path_len == pat.path_len &&
		       !memcmp(id->path, pat.path, pat.path_len);

	/* Below pat.path, which may be empty: "<path>/<something>" */
	return id->path_len > pat.path_len + 1 &&
	       !memcmp(id->path, pat.path, pat.path_len) &&
	       id->path[pat.path_len] == '/';
}
