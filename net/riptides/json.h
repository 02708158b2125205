/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON, as files in /proc tell it
 */
#ifndef _RPT_JSON_H
#define _RPT_JSON_H

#include <linux/types.h>

struct in6_addr;
struct seq_file;

/**
 * struct rpt_json - a document that is being written
 * @seq: where to
 * @more: something stands before what comes next, in the same object or array
 */
struct rpt_json {
	struct seq_file *seq;
	bool more;
};

void rpt_json_begin(struct rpt_json *j, const char *key, char bracket);
void rpt_json_end(struct rpt_json *j, char bracket);
void rpt_json_text(struct rpt_json *j, const char *key, const void *text, size_t len);
void rpt_json_string(struct rpt_json *j, const char *key, const char *s);
void rpt_json_hex(struct rpt_json *j, const char *key, const u8 *data, size_t len);
void rpt_json_number(struct rpt_json *j, const char *key, s64 value);
void rpt_json_bool(struct rpt_json *j, const char *key, bool value);
void rpt_json_address(struct rpt_json *j, const char *key, const struct in6_addr *addr);

#endif /* _RPT_JSON_H */
