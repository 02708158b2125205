// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of a network namespace, in /proc/net/riptides_stat
 */

#include <linux/percpu.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/snmp.h>

#include "mib.h"

/**
 * struct rpt_mib - one CPU's part of the counters
 * @fields: by enum rpt_mib_field. A gauge is the sum over all CPUs, where one
 *	CPU's part may be negative.
 */
struct rpt_mib {
	unsigned long fields[__RPT_MIB_MAX];
};

/**
 * struct mib_net - what a network namespace has of us
 * @stats: the counters
 */
struct mib_net {
	struct rpt_mib __percpu *stats;
};

static unsigned int mib_net_id __ro_after_init;

/**
 * rpt_mib_add - count
 * @net: network namespace; somebody holds it
 * @field: what happened, or the gauge that changes
 * @n: how often; by how much, negative to lower a gauge
 *
 * Context: Any.
 */
void rpt_mib_add(const struct net *net, enum rpt_mib_field field, long n)
{
	const struct mib_net *mn = net_generic(net, mib_net_id);

	this_cpu_add(mn->stats->fields[field], n);
}

#ifdef CONFIG_PROC_FS
static const struct snmp_mib mib_list[] = {
	SNMP_MIB_ITEM("RiptidesAttach", RPT_MIB_ATTACH),
	SNMP_MIB_ITEM("RiptidesAttachRefused", RPT_MIB_ATTACHREFUSED),
	SNMP_MIB_ITEM("RiptidesHandshakeClient", RPT_MIB_HANDSHAKECLIENT),
	SNMP_MIB_ITEM("RiptidesHandshakeServer", RPT_MIB_HANDSHAKESERVER),
	SNMP_MIB_ITEM("RiptidesHandshakeDone", RPT_MIB_HANDSHAKEDONE),
	SNMP_MIB_ITEM("RiptidesHandshakeFail", RPT_MIB_HANDSHAKEFAIL),
	SNMP_MIB_ITEM("RiptidesHandshakeTimeout", RPT_MIB_HANDSHAKETIMEOUT),
	SNMP_MIB_ITEM("RiptidesHandshakeCurr", RPT_MIB_HANDSHAKECURR),
	SNMP_MIB_ITEM("RiptidesHandshakeLimit", RPT_MIB_HANDSHAKELIMIT),
	SNMP_MIB_ITEM("RiptidesListenerLimit", RPT_MIB_LISTENERLIMIT),
	SNMP_MIB_ITEM("RiptidesPeerRejected", RPT_MIB_PEERREJECTED),
	SNMP_MIB_ITEM("RiptidesNoMemory", RPT_MIB_NOMEMORY),
	SNMP_MIB_ITEM("RiptidesTxKtls", RPT_MIB_TXKTLS),
	SNMP_MIB_ITEM("RiptidesRxKtls", RPT_MIB_RXKTLS),
	SNMP_MIB_ITEM("RiptidesTxSw", RPT_MIB_TXSW),
	SNMP_MIB_ITEM("RiptidesRxSw", RPT_MIB_RXSW),
	SNMP_MIB_ITEM("RiptidesCurrTxKtls", RPT_MIB_CURRTXKTLS),
	SNMP_MIB_ITEM("RiptidesCurrRxKtls", RPT_MIB_CURRRXKTLS),
	SNMP_MIB_ITEM("RiptidesCurrTxSw", RPT_MIB_CURRTXSW),
	SNMP_MIB_ITEM("RiptidesCurrRxSw", RPT_MIB_CURRRXSW),
	SNMP_MIB_ITEM("RiptidesTxRekey", RPT_MIB_TXREKEY),
	SNMP_MIB_ITEM("RiptidesRxRekey", RPT_MIB_RXREKEY),
	SNMP_MIB_ITEM("RiptidesRekeyError", RPT_MIB_REKEYERROR),
	SNMP_MIB_ITEM("RiptidesTicketReceived", RPT_MIB_TICKETRECEIVED),
	SNMP_MIB_ITEM("RiptidesTicketSent", RPT_MIB_TICKETSENT),
	SNMP_MIB_ITEM("RiptidesTicketRejected", RPT_MIB_TICKETREJECTED),
	SNMP_MIB_ITEM("RiptidesHandshakeResumed", RPT_MIB_HANDSHAKERESUMED),
	SNMP_MIB_ITEM("RiptidesChainHit", RPT_MIB_CHAINHIT),
	SNMP_MIB_ITEM("RiptidesChainMiss", RPT_MIB_CHAINMISS),
	SNMP_MIB_ITEM("RiptidesAlertSent", RPT_MIB_ALERTSENT),
	SNMP_MIB_ITEM("RiptidesAlertReceived", RPT_MIB_ALERTRECEIVED),
	SNMP_MIB_ITEM("RiptidesTruncated", RPT_MIB_TRUNCATED),
	SNMP_MIB_ITEM("RiptidesDecryptError", RPT_MIB_DECRYPTERROR),
	SNMP_MIB_ITEM("RiptidesPolicyAttach", RPT_MIB_POLICYATTACH),
	SNMP_MIB_ITEM("RiptidesPolicyDenied", RPT_MIB_POLICYDENIED),
	SNMP_MIB_ITEM("RiptidesClear", RPT_MIB_CLEAR),
	SNMP_MIB_ITEM("RiptidesSessionAged", RPT_MIB_SESSIONAGED),
	SNMP_MIB_ITEM("RiptidesSessionRevoked", RPT_MIB_SESSIONREVOKED),
	SNMP_MIB_ITEM("RiptidesContexts", RPT_MIB_CONTEXTS),
};

static_assert(ARRAY_SIZE(mib_list) == __RPT_MIB_MAX);

static int mib_show(struct seq_file *seq, void *v)
{
	const struct mib_net *mn = net_generic(seq->private, mib_net_id);
	unsigned long sum[ARRAY_SIZE(mib_list)] = {};
	unsigned int i;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct rpt_mib *mib = per_cpu_ptr(mn->stats, cpu);

		for (i = 0; i < ARRAY_SIZE(mib_list); i++)
			sum[i] += READ_ONCE(mib->fields[mib_list[i].entry]);
	}
	/*
	 * The CPUs are not read at one instant: a gauge that changes meanwhile
	 * may be seen below zero, and is shown so.
	 */
	for (i = 0; i < ARRAY_SIZE(mib_list); i++)
		seq_printf(seq, "%-32s\t%ld\n", mib_list[i].name,
			   (long)sum[i]);
	return 0;
}
#endif

static int __net_init mib_net_init(struct net *net)
{
	struct mib_net *mn = net_generic(net, mib_net_id);

	mn->stats = alloc_percpu_gfp(struct rpt_mib, GFP_KERNEL_ACCOUNT);
	if (!mn->stats)
		return -ENOMEM;
#ifdef CONFIG_PROC_FS
	if (!proc_create_net_single("riptides_stat", 0444, net->proc_net,
				    mib_show, NULL)) {
		free_percpu(mn->stats);
		return -ENOMEM;
	}
#endif
	return 0;
}

static void __net_exit mib_net_exit(struct net *net)
{
	struct mib_net *mn = net_generic(net, mib_net_id);

	remove_proc_entry("riptides_stat", net->proc_net);
	free_percpu(mn->stats);
}

static struct pernet_operations mib_net_ops __net_initdata = {
	.init	= mib_net_init,
	.exit	= mib_net_exit,
	.id	= &mib_net_id,
	.size	= sizeof(struct mib_net),
};

/**
 * rpt_mib_init - give every network namespace its counters
 *
 * Before anything that counts, so that the counters of a namespace go last.
 *
 * Context: Process context, once, at boot.
 * Return: 0, or a negative errno.
 */
int __init rpt_mib_init(void)
{
	return register_pernet_subsys(&mib_net_ops);
}
