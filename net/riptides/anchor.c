// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trust anchors
 */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "chain.h"

/* An anchor's own signature is not verified, its serial number not used */
#define FLAWS_ALLOWED	(RPT_X509_FLAW_SERIAL | RPT_X509_FLAW_SIG_ALG | RPT_X509_FLAW_WEAK_SIG)

/* What makes a certificate a CA certificate that we can use */
static int anchor_check(const struct rpt_x509 *x)
{
	u16 flaws = x->flaws & ~FLAWS_ALLOWED;

	if (flaws & (RPT_X509_FLAW_WEAK_KEY | RPT_X509_FLAW_BAD_KEY))
		return -EKEYREJECTED;
	if (flaws)
		return -EOPNOTSUPP;
	if (!x->ca || x->subject_empty)
		return -EINVAL;
	if ((x->seen & RPT_X509_EXT_KEY_USAGE) && !(x->key_usage & RPT_KU_KEY_CERT_SIGN))
		return -EINVAL;
	return rpt_pubkey_check(&x->key) ? -EKEYREJECTED : 0;
}

/**
 * rpt_anchor_init() - make a trust anchor of a CA certificate
 * @a: the anchor
 * @der: the certificate; copied
 * @len: its length
 *
 * It need not be self-signed. Its validity is looked at whenever it is used,
 * not here: a bundle may hold next month's CA.
 *
 * Context: Process context; allocates with GFP_KERNEL_ACCOUNT.
 * Return: 0; -EBADMSG if it is not a certificate in strict DER, -EMSGSIZE
 * above 32 KiB, -EINVAL if it is no CA certificate (RFC 5280 sections 4.2.1.3,
 * 4.2.1.9), -EKEYREJECTED if its key is weak or not valid, -EOPNOTSUPP for key
 * types, versions, critical extensions and name constraints that we don't
 * know, -ENOMEM. On error there is nothing to destroy.
 */
int rpt_anchor_init(struct rpt_anchor *a, const u8 *der, size_t len)
{
	int err;

	memset(a, 0, sizeof(*a));
	if (len > RPT_CERT_MSG_MAX)
		return -EMSGSIZE;
	a->der = kmemdup(der, len, GFP_KERNEL_ACCOUNT);
	if (!a->der)
		return -ENOMEM;
	a->der_len = len;
	err = rpt_x509_parse(&a->cert, a->der, len);
	if (!err)
		err = anchor_check(&a->cert);
	if (err)
		rpt_anchor_destroy(a);
	return err;
}

/**
 * rpt_anchor_destroy() - free what an anchor holds
 * @a: the anchor; all zeroes is fine
 *
 * Context: Any context.
 */
void rpt_anchor_destroy(struct rpt_anchor *a)
{
	kfree(a->der);
	memset(a, 0, sizeof(*a));
}
