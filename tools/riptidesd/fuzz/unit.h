/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unit tests of riptidesd's pure parts: KTAP on standard output
 */
#ifndef _UNIT_H
#define _UNIT_H

#include <stdbool.h>

bool check(bool good, const char *file, int line, const char *what);

#define expect(what)	check(what, __FILE__, __LINE__, #what)

void test_csr(void);
void test_chain(void);
void test_ca(void);
void test_ca_rotate(void);
void test_exec(void);
void test_lost_answer(void);
void test_no_kernel(void);

#endif /* _UNIT_H */
