// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs KUnit suites in user space.
 */
#include <fnmatch.h>
#include <setjmp.h>
#include "kunit.h"

#define SUITES_MAX	16

/* Something to undo when the case ends: an action, or memory to free. */
struct kunit_chunk {
	struct kunit_chunk *next;
	void (*action)(void *ctx);
	void *ctx;
};

static struct kunit_suite *suites[SUITES_MAX];
static unsigned int suites_n;
static jmp_buf abort_to;

void shim_kunit_add(struct kunit_suite *suite)
{
	if (suites_n < SUITES_MAX)
		suites[suites_n++] = suite;
}

void shim_kunit_abort(void)
{
	longjmp(abort_to, 1);
}

void shim_kunit_fail(struct kunit *test, bool fatal, const char *file, int line,
		     const char *fmt, ...)
{
	va_list ap;

	test->status = KUNIT_FAILURE;
	printf("    # %s: %s at %s:%d\n    # ", test->name,
	       fatal ? "ASSERTION FAILED" : "EXPECTATION FAILED", file, line);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	if (fatal)
		shim_kunit_abort();
}

bool shim_kunit_mem(struct kunit *test, bool fatal, const char *file, int line,
		    const char *what, const void *a, const void *b, size_t n, bool equal)
{
	const u8 *x = a, *y = b;
	size_t i;

	if (!n || (x && y && !memcmp(x, y, n)))
		return equal;
	if (!x || !y || !equal)
		return !equal;
	for (i = 0; x[i] == y[i];)
		i++;
	printf("    # %s: first difference at %zu of %zu: %02x, %02x\n", what, i, n, x[i], y[i]);
	return false;
}

int kunit_add_action_or_reset(struct kunit *test, void (*action)(void *), void *ctx)
{
	struct kunit_chunk *c = malloc(sizeof(*c));

	if (!c)
		abort();
	c->next = test->chunks;
	c->action = action;
	c->ctx = ctx;
	test->chunks = c;
	return 0;
}

void *kunit_kmalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	void *p = gfp & __GFP_ZERO ? calloc(1, size ? size : 1) : malloc(size ? size : 1);

	if (!p)
		abort();
	kunit_add_action_or_reset(test, free, p);
	return p;
}

void *kunit_kzalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	return kunit_kmalloc(test, size, gfp | __GFP_ZERO);
}

void kunit_kfree(struct kunit *test, const void *p)
{
	struct kunit_chunk *c;

	for (c = test->chunks; c; c = c->next) {
		if (c->ctx == p && c->action == free) {
			free(c->ctx);
			c->ctx = NULL;
			return;
		}
	}
}

static void chunks_undo(struct kunit *test)
{
	struct kunit_chunk *c;

	while ((c = test->chunks)) {
		test->chunks = c->next;
		c->action(c->ctx);
		free(c);
	}
}

static void run_one(struct kunit_suite *suite, struct kunit_case *kc, struct kunit *test)
{
	unsigned int warnings = shim_warnings;
	long live = shim_live;

	if (!setjmp(abort_to)) {
		if (suite->init && suite->init(test))
			shim_kunit_fail(test, true, __FILE__, __LINE__, "init failed");
		kc->run_case(test);
	}
	if (!setjmp(abort_to) && suite->exit)
		suite->exit(test);
	chunks_undo(test);
	shim_fail_nth = 0;
	shim_random_seed(0);
	shim_now = 0;
	if (shim_warnings != warnings)
		shim_kunit_fail(test, false, __FILE__, __LINE__, "%u warnings",
				shim_warnings - warnings);
	if (shim_live != live && test->status == KUNIT_SUCCESS)
		shim_kunit_fail(test, false, __FILE__, __LINE__,
				"%ld allocations not freed", shim_live - live);
}

static void report(const char *indent, enum kunit_status status, unsigned int n,
		   const char *name, const char *comment)
{
	printf("%s%s %u %s%s%s\n", indent, status == KUNIT_FAILURE ? "not ok" : "ok", n, name,
	       status == KUNIT_SKIPPED ? " # SKIP " : "",
	       status == KUNIT_SKIPPED ? comment : "");
	fflush(stdout);
}

static enum kunit_status run_case(struct kunit_suite *suite, struct kunit_case *kc,
				  unsigned int n)
{
	char desc[KUNIT_PARAM_DESC_SIZE] = "";
	unsigned int failed = 0, ran = 0;
	struct kunit test = { .name = kc->name };

	if (!kc->generate_params) {
		run_one(suite, kc, &test);
		report("    ", test.status, n, kc->name, test.status_comment);
		return test.status;
	}

	printf("        KTAP version 1\n        # Subtest: %s\n", kc->name);
	for (;;) {
		const void *next = kc->generate_params(&test, test.param_value, desc);

		if (!next)
			break;
		test = (struct kunit){
			.name = kc->name, .param_value = next, .param_index = ran,
		};
		run_one(suite, kc, &test);
		failed += test.status == KUNIT_FAILURE;
		ran++;
		if (!desc[0])
			snprintf(desc, sizeof(desc), "param-%u", ran - 1);
		report("        ", test.status, ran, desc, test.status_comment);
		desc[0] = 0;
	}
	printf("        1..%u\n", ran);
	report("    ", failed ? KUNIT_FAILURE : KUNIT_SUCCESS, n, kc->name, "");
	return failed ? KUNIT_FAILURE : KUNIT_SUCCESS;
}

static bool wanted(const char *filter, const char *suite, const char *name)
{
	char full[512];

	if (!filter)
		return true;
	snprintf(full, sizeof(full), "%s.%s", suite, name);
	return !fnmatch(filter, suite, 0) || !fnmatch(filter, full, 0);
}

static bool run_suite(struct kunit_suite *suite, unsigned int n, const char *filter)
{
	unsigned int ran = 0, failed = 0, skipped = 0;
	struct kunit_case *kc;
	enum kunit_status s;

	printf("    KTAP version 1\n    # Subtest: %s\n", suite->name);
	if (suite->suite_init && suite->suite_init(suite)) {
		report("", KUNIT_FAILURE, n, suite->name, "");
		return false;
	}
	for (kc = suite->test_cases; kc->run_case; kc++) {
		if (!wanted(filter, suite->name, kc->name))
			continue;
		s = run_case(suite, kc, ++ran);
		failed += s == KUNIT_FAILURE;
		skipped += s == KUNIT_SKIPPED;
	}
	if (suite->suite_exit)
		suite->suite_exit(suite);
	printf("    1..%u\n# %s: pass:%u fail:%u skip:%u total:%u\n", ran, suite->name,
	       ran - failed - skipped, failed, skipped, ran);
	report("", failed ? KUNIT_FAILURE : KUNIT_SUCCESS, n, suite->name, "");
	return !failed;
}

int main(int argc, char **argv)
{
	bool good = true;
	unsigned int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n1..%u\n", suites_n);
	for (i = 0; i < suites_n; i++)
		good &= run_suite(suites[i], i + 1, argc > 1 ? argv[1] : NULL);
	return !good;
}
