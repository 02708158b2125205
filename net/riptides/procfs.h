/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/riptides
 */
#ifndef _RPT_PROCFS_H
#define _RPT_PROCFS_H

#include <linux/types.h>

struct net;
struct rpt_json;

/**
 * struct rpt_procfs_table - a file that is a list of objects
 * @name: of the file, and of the list in it
 * @find: go to the object with the lowest number not below @id; false: there is
 *	none
 * @put: write the members of an object; false, and nothing written: it is gone
 */
struct rpt_procfs_table {
	const char *name;
	bool (*find)(struct net *net, u64 *id);
	bool (*put)(struct net *net, u64 id, struct rpt_json *j);
};

/* procfs_conn.c, procfs_trust.c */
extern const struct rpt_procfs_table rpt_procfs_connections;
extern const struct rpt_procfs_table rpt_procfs_certificates;
extern const struct rpt_procfs_table rpt_procfs_anchors;

#endif /* _RPT_PROCFS_H */
