/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * riptides: what the rest of the network stack sees of it
 */
#ifndef _NET_RIPTIDES_H
#define _NET_RIPTIDES_H

#include <linux/jump_label.h>

#ifdef CONFIG_RIPTIDES
/* Some network namespace has rules for connections that its tasks open */
DECLARE_STATIC_KEY_FALSE(riptides_egress_key);
/* Some network namespace has rules for connections that come in */
DECLARE_STATIC_KEY_FALSE(riptides_ingress_key);
#endif

#endif /* _NET_RIPTIDES_H */
