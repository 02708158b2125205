// SPDX-License-Identifier: GPL-2.0-only
/*
 * riptides: TLS 1.3 and workload identity for TCP sockets
 *
 * Registration of the upper layer protocol.
 */

#include <linux/init.h>
#include <linux/module.h>
#include <net/tcp.h>

#include "mib.h"
#include "net.h"
#include "netlink.h"

/*
 * Attaching is refused until the socket layer exists: a socket that asked for
 * riptides must never carry a byte in clear, so there is nothing between a
 * complete attachment and a plain error.
 */
static int riptides_ulp_init(struct sock *sk)
{
	return -EOPNOTSUPP;
}

static struct tcp_ulp_ops riptides_ulp_ops __read_mostly = {
	.name	= "riptides",
	.owner	= THIS_MODULE,
	.init	= riptides_ulp_init,
};

static int __init riptides_init(void)
{
	int err;

	err = rpt_mib_init();
	if (!err)
		err = rpt_net_init();
	if (!err)
		err = rpt_netlink_init();
	if (err)
		return err;
	return tcp_register_ulp(&riptides_ulp_ops);
}
device_initcall(riptides_init);
