/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Certification paths: from a peer's certificates to one of our trust anchors
 *
 * The caller picks the anchors: rpt_x509_spiffe() tells the trust domain that
 * a leaf claims, and only the bundle of that trust domain may be handed in.
 */
#ifndef _RPT_CHAIN_H
#define _RPT_CHAIN_H

#include "proto.h"
#include "sig.h"
#include "x509.h"

/* Public-key operations that one chain may cost us, found or not */
#define RPT_CHAIN_SIGS_MAX	16

/* Kernel time before this (2020-01-01) means that nobody set the clock */
#define RPT_CLOCK_MIN		1577836800LL

/**
 * struct rpt_chain - certificates as a peer sent them, or ours to send
 * @n: how many
 * @cert: DER, leaf first
 */
struct rpt_chain {
	unsigned int n;
	struct rpt_blob cert[RPT_CHAIN_MAX];
};

/**
 * struct rpt_anchor - a trust anchor: one CA certificate, checked and decoded
 * @der: our copy of the certificate
 * @der_len: its length
 * @cert: its parsed form, views of @der
 *
 * About 1 KiB. Read-only once made, so any number of verifications may use it
 * at once.
 */
struct rpt_anchor {
	u8 *der;
	size_t der_len;
	struct rpt_x509 cert;
};

/**
 * struct rpt_revocation - one revoked certificate
 * @issuer: issuer Name in DER, as in the certificate; empty for any issuer
 * @serial: serial number, big endian; leading zero bytes do not matter
 */
struct rpt_revocation {
	struct rpt_blob issuer;
	struct rpt_blob serial;
};

/**
 * enum rpt_purpose - what the peer acts as
 * @RPT_PURPOSE_SERVER_AUTH: TLS server
 * @RPT_PURPOSE_CLIENT_AUTH: TLS client
 */
enum rpt_purpose {
	RPT_PURPOSE_SERVER_AUTH,
	RPT_PURPOSE_CLIENT_AUTH,
};

/**
 * struct rpt_chain_params - what a chain must satisfy
 * @anchors: trust anchors
 * @n_anchors: how many
 * @revoked: revoked certificates
 * @n_revoked: how many
 * @now: seconds since 1970
 * @purpose: what the peer acts as
 * @spiffe: the leaf must be an X.509-SVID
 * @trust_domain: required trust domain of the SVID, terminated; NULL for any
 * @dns_name: name that the leaf must carry, terminated; NULL for none
 * @ip: address that the leaf must carry, network order; NULL for none
 * @ip_len: 4 or 16
 */
struct rpt_chain_params {
	const struct rpt_anchor *anchors;
	unsigned int n_anchors;
	const struct rpt_revocation *revoked;
	unsigned int n_revoked;
	time64_t now;
	enum rpt_purpose purpose;
	bool spiffe;
	const char *trust_domain;
	const char *dns_name;
	const u8 *ip;
	size_t ip_len;
};

/**
 * struct rpt_chain_result - what a verification found
 * @leaf_key: the peer's public key
 * @spiffe_id: the peer's SPIFFE ID, terminated; empty without one
 * @spiffe_len: its length
 * @not_before: when the whole path became valid
 * @not_after: when the first of its certificates ceases to be
 * @key_usage: RPT_KU_* of the leaf, 0 when it has none
 * @n_path: certificates between the leaf and the anchor, leaf included
 * @anchor: index in rpt_chain_params.anchors
 * @n_sigs: signatures verified
 * @alert: on failure, the alert to send (RFC 8446 section 6.2)
 * @reason: on failure, why, for diagnostics; a constant string
 *
 * About 2.7 KiB: keep it on the heap.
 */
struct rpt_chain_result {
	struct rpt_pubkey leaf_key;
	char spiffe_id[RPT_SPIFFE_MAX + 1];
	u16 spiffe_len;
	time64_t not_before;
	time64_t not_after;
	u16 key_usage;
	u8 n_path;
	unsigned int anchor;
	unsigned int n_sigs;
	u8 alert;
	const char *reason;
};

/* anchor.c */
int __must_check rpt_anchor_init(struct rpt_anchor *a, const u8 *der, size_t len);
void rpt_anchor_destroy(struct rpt_anchor *a);

/* chain.c */
int __must_check rpt_chain_verify(const struct rpt_chain_params *p,
				  const struct rpt_chain *chain,
				  struct rpt_chain_result *res);

#endif /* _RPT_CHAIN_H */
