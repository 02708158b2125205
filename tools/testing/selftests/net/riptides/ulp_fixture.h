/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fixtures of the ULP's tests: included by each program after the harness
 *
 * "sock" is what must be as on TCP, so plain TCP is one of its variants; it
 * starts with a connection, and "tls" is what only riptides has.
 */
#ifndef _RIPTIDES_ULP_FIXTURE_H
#define _RIPTIDES_ULP_FIXTURE_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ulp.h"

#ifndef ULP_ONLY_TLS
FIXTURE(sock)
{
	struct ulp_kind kind;
	struct ulp_pair p;
};

FIXTURE_VARIANT(sock)
{
	struct ulp_kind kind;
};

FIXTURE_SETUP(sock)
{
	self->kind = variant->kind;
	ASSERT_EQ(0, ulp_open(&self->kind, &self->p));
}

FIXTURE_TEARDOWN(sock)
{
	ulp_close(&self->p);
}

FIXTURE_VARIANT_ADD(sock, tcp_ipv4) { .kind = { ULP_TCP, ULP_IPV4, false } };
FIXTURE_VARIANT_ADD(sock, tcp_ipv6) { .kind = { ULP_TCP, ULP_IPV6, false } };
FIXTURE_VARIANT_ADD(sock, tcp_mapped) { .kind = { ULP_TCP, ULP_MAPPED, false } };
FIXTURE_VARIANT_ADD(sock, ktls_ipv4) { .kind = { ULP_KTLS, ULP_IPV4, false } };
FIXTURE_VARIANT_ADD(sock, ktls_ipv6) { .kind = { ULP_KTLS, ULP_IPV6, false } };
FIXTURE_VARIANT_ADD(sock, ktls_mapped) { .kind = { ULP_KTLS, ULP_MAPPED, false } };
FIXTURE_VARIANT_ADD(sock, soft_ipv4) { .kind = { ULP_SOFTWARE, ULP_IPV4, false } };
FIXTURE_VARIANT_ADD(sock, soft_ipv6) { .kind = { ULP_SOFTWARE, ULP_IPV6, false } };
FIXTURE_VARIANT_ADD(sock, soft_mapped) {
	.kind = { ULP_SOFTWARE, ULP_MAPPED, false }
};
#endif

#ifdef ULP_NONBLOCK
FIXTURE_VARIANT_ADD(sock, tcp_nonblock) { .kind = { ULP_TCP, ULP_IPV4, true } };
FIXTURE_VARIANT_ADD(sock, ktls_nonblock) { .kind = { ULP_KTLS, ULP_IPV4, true } };
FIXTURE_VARIANT_ADD(sock, soft_nonblock) { .kind = { ULP_SOFTWARE, ULP_IPV4, true } };
#endif

#ifndef ULP_ONLY_TCP
FIXTURE(tls)
{
	struct ulp_kind kind;
	struct ulp_pair p;
};

FIXTURE_VARIANT(tls)
{
	struct ulp_kind kind;
};

FIXTURE_SETUP(tls)
{
	self->kind = variant->kind;
	self->p.l = -1;
	self->p.c = -1;
	self->p.a = -1;
}

FIXTURE_TEARDOWN(tls)
{
	ulp_close(&self->p);
}

FIXTURE_VARIANT_ADD(tls, ktls_ipv4) { .kind = { ULP_KTLS, ULP_IPV4, false } };
FIXTURE_VARIANT_ADD(tls, ktls_ipv6) { .kind = { ULP_KTLS, ULP_IPV6, false } };
FIXTURE_VARIANT_ADD(tls, ktls_mapped) { .kind = { ULP_KTLS, ULP_MAPPED, false } };
FIXTURE_VARIANT_ADD(tls, soft_ipv4) { .kind = { ULP_SOFTWARE, ULP_IPV4, false } };
FIXTURE_VARIANT_ADD(tls, soft_ipv6) { .kind = { ULP_SOFTWARE, ULP_IPV6, false } };
FIXTURE_VARIANT_ADD(tls, soft_mapped) {
	.kind = { ULP_SOFTWARE, ULP_MAPPED, false }
};
#endif

#endif /* _RIPTIDES_ULP_FIXTURE_H */
