// SPDX-License-Identifier: GPL-2.0-only
/*
 * riptides: TLS 1.3 and workload identity for TCP sockets
 *
 * Registration of the upper layer protocol.
 */

#include <linux/init.h>
#include <net/tcp.h>

#include "conn.h"
#include "ec.h"
#include "mib.h"
#include "net.h"
#include "netlink.h"
#include "sock.h"
#include "soft.h"

static int __init riptides_init(void)
{
	int err;

	err = rpt_mib_init();
	if (!err)
		err = rpt_net_init();
	if (!err)
		err = rpt_netlink_init();
	if (!err)
		err = rpt_conn_init();
	if (!err)
		err = rpt_wq_init();
	if (!err)
		err = rpt_post_init();
	if (err)
		return err;
	rpt_prot_init();
	rpt_soft_init();
	pr_info("riptides: P-256 by %s, P-384 by %s\n", rpt_ec_p256.ops->name,
		rpt_ec_p384.ops->name);
	/* last: from here on sockets can attach */
	return tcp_register_ulp(&rpt_ulp_ops);
}
device_initcall(riptides_init);
