/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The embedded CA: its books
 */
#ifndef _CA_BOOK_H
#define _CA_BOOK_H

#include "util.h"

char *ca_path(struct arena *a, const char *dir, const char *name);
int ca_lock(const char *dir, struct error *e);
int ca_book_issued(const char *dir, const char *serial, s64 not_after, const char *identity,
		   struct error *e);
int ca_book_prune(const char *dir, struct error *e);

#endif /* _CA_BOOK_H */
