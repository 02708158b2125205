/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Has a file of the configuration changed?
 */
#ifndef _WATCH_H
#define _WATCH_H

#include "conf.h"

struct watch {
	int fd;
	struct arena arena;
	struct strings dirs;
};

int watch_open(struct watch *w, struct error *e);
void watch_close(struct watch *w);
void watch_conf(struct watch *w, const char *path, const struct conf *c);
bool watch_changed(struct watch *w);

#endif /* _WATCH_H */
