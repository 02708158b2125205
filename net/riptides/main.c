// SPDX-License-Identifier: GPL-2.0-only
/*
 * riptides: TLS 1.3 and workload identity for TCP sockets
 *
 * Registration of the upper layer protocol.
 */

#include <linux/init.h>
#include <net/tcp.h>

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
		err = rpt_wq_init();
	if (err)
		return err;
	rpt_prot_init();
	rpt_soft_init();
	/* last: from here on sockets can attach */
	return tcp_register_ulp(&rpt_ulp_ops);
}
device_initcall(riptides_init);
