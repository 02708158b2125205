/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPIFFE IDs (the SPIFFE ID specification, section 2) and patterns over them
 */
#ifndef _RPT_SPIFFE_H
#define _RPT_SPIFFE_H

#include <linux/types.h>

#define RPT_SPIFFE_TD_MAX	255	/* trust domain name, section 2.1 */

/**
 * struct rpt_spiffe - a SPIFFE ID, taken apart
 * @id: the whole ID, not terminated; the other pointers point into it
 * @td: trust domain name
 * @path: path with its leading slash; empty for the trust domain's own ID
 * @len: length of @id
 * @td_len: length of @td
 * @path_len: length of @path
 *
 * All views of the caller's bytes.
 */
struct rpt_spiffe {
	const char *id;
	const char *td;
	const char *path;
	u16 len;
	u16 td_len;
	u16 path_len;
};

int __must_check rpt_spiffe_parse(const char *s, size_t len, struct rpt_spiffe *out);
bool rpt_spiffe_td_valid(const char *td, size_t len);
bool rpt_spiffe_in_td(const struct rpt_spiffe *id, const char *td, size_t len);
int __must_check rpt_spiffe_pattern_check(const char *pattern, size_t len);
bool rpt_spiffe_match(const char *pattern, size_t len, const struct rpt_spiffe *id);

#endif /* _RPT_SPIFFE_H */
