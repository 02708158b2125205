/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signers: who makes a chain of a certification request
 */
#ifndef _SIGN_H
#define _SIGN_H

#include "conf.h"

int sign(struct arena *a, const struct domain *d, const struct blobs *anchors,
	 const struct identity *id, const struct blob *csr, struct blobs *chain,
	 struct error *e);

/* sign_exec.c, sign_http.c */
int sign_exec(struct arena *a, const struct signer *s, const struct identity *id,
	      const struct blob *csr, struct blobs *chain, struct error *e);
int sign_vault(struct arena *a, const struct signer *s, const struct identity *id,
	       const struct blob *csr, struct blobs *chain, struct error *e);
int sign_est(struct arena *a, const struct signer *s, const struct identity *id,
	     const struct blob *csr, struct blobs *chain, struct error *e);

#endif /* _SIGN_H */
