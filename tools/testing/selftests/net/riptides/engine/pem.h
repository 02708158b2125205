/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RIPTIDES_ENGINE_PEM_H
#define _RIPTIDES_ENGINE_PEM_H

#include "party.h"

int pem_load_key(struct party *p, const char *path);
int pem_load_chain(struct party *p, const char *path);
int pem_load_anchors(struct party *p, const char *path);

#endif /* _RIPTIDES_ENGINE_PEM_H */
