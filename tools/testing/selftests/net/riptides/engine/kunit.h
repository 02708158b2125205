/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of KUnit that net/riptides/tests uses, in user space.
 *
 * Each suite becomes a program: it prints KTAP, takes a filter as its only
 * argument ("suite", "suite.case", with * and ?), and exits with 1 when a case
 * failed. A kernel warning, or memory that a case did not free, fails the case.
 */
#ifndef _RIPTIDES_ENGINE_KUNIT_H
#define _RIPTIDES_ENGINE_KUNIT_H

#include "shim.h"

#define KUNIT_PARAM_DESC_SIZE	128
#define KUNIT_STATUS_COMMENT_SIZE	256

#ifndef KBUILD_MODNAME
#define KBUILD_MODNAME		"riptides"
#endif
#define VISIBLE_IF_KUNIT
#define EXPORT_SYMBOL_IF_KUNIT(sym)

enum kunit_status {
	KUNIT_SUCCESS,
	KUNIT_FAILURE,
	KUNIT_SKIPPED,
};

enum kunit_speed {
	KUNIT_SPEED_UNSET,
	KUNIT_SPEED_VERY_SLOW,
	KUNIT_SPEED_SLOW,
	KUNIT_SPEED_NORMAL,
};

struct kunit_attributes {
	enum kunit_speed speed;
};

struct kunit_chunk;

struct kunit {
	void *priv;
	const void *param_value;
	int param_index;
	const char *name;
	enum kunit_status status;
	char status_comment[KUNIT_STATUS_COMMENT_SIZE];
	struct kunit_chunk *chunks;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const void *(*generate_params)(struct kunit *test, const void *prev, char *desc);
	struct kunit_attributes attr;
	const char *module_name;
};

struct kunit_suite {
	const char name[256];
	int (*suite_init)(struct kunit_suite *suite);
	void (*suite_exit)(struct kunit_suite *suite);
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
	struct kunit_attributes attr;
};

#define KUNIT_CASE(test_name) \
	{ .run_case = test_name, .name = #test_name, .module_name = KBUILD_MODNAME }
#define KUNIT_CASE_SLOW(test_name) \
	{ .run_case = test_name, .name = #test_name, .attr.speed = KUNIT_SPEED_SLOW }
#define KUNIT_CASE_PARAM(test_name, gen) \
	{ .run_case = test_name, .name = #test_name, .generate_params = gen }
#define KUNIT_CASE_ATTR(test_name, attributes) \
	{ .run_case = test_name, .name = #test_name, .attr = attributes }
#define KUNIT_CASE_PARAM_ATTR(test_name, gen, attributes) \
	{ .run_case = test_name, .name = #test_name, .generate_params = gen, .attr = attributes }

#define KUNIT_ARRAY_PARAM(name, array, get_desc)				\
static const void *name##_gen_params(struct kunit *test, const void *prev,	\
				     char *desc)				\
{										\
	typeof((array)[0]) *next = prev ? ((typeof(next))prev) + 1 : (array);	\
	void (*describe)(typeof(next), char *) = get_desc;			\
										\
	if (next - (array) >= (ptrdiff_t)ARRAY_SIZE(array))			\
		return NULL;							\
	if (describe)								\
		describe(next, desc);						\
	return next;								\
}
#define KUNIT_ARRAY_PARAM_DESC(name, array, desc_member)			\
static const void *name##_gen_params(struct kunit *test, const void *prev,	\
				     char *desc)				\
{										\
	typeof((array)[0]) *next = prev ? ((typeof(next))prev) + 1 : (array);	\
										\
	if (next - (array) >= (ptrdiff_t)ARRAY_SIZE(array))			\
		return NULL;							\
	strscpy(desc, next->desc_member, KUNIT_PARAM_DESC_SIZE);		\
	return next;								\
}

void shim_kunit_add(struct kunit_suite *suite);
void shim_kunit_fail(struct kunit *test, bool fatal, const char *file, int line,
		     const char *fmt, ...) __printf(5, 6);
bool shim_kunit_mem(struct kunit *test, bool fatal, const char *file, int line,
		    const char *what, const void *a, const void *b, size_t n, bool equal);
__attribute__((__noreturn__)) void shim_kunit_abort(void);

#define kunit_test_suite(suite)							\
static void __attribute__((__constructor__)) suite##_add(void)			\
{										\
	shim_kunit_add(&suite);							\
}
#define kunit_test_suites(...)							\
static void __attribute__((__constructor__)) shim_suites_add(void)		\
{										\
	struct kunit_suite *list[] = { __VA_ARGS__ };				\
	size_t i;								\
										\
	for (i = 0; i < ARRAY_SIZE(list); i++)					\
		shim_kunit_add(list[i]);					\
}

void *kunit_kmalloc(struct kunit *test, size_t size, gfp_t gfp);
void *kunit_kzalloc(struct kunit *test, size_t size, gfp_t gfp);
void kunit_kfree(struct kunit *test, const void *p);
#define kunit_kmalloc_array(test, n, size, gfp)	\
	kunit_kmalloc(test, (size_t)(n) * (size), gfp)
#define kunit_kcalloc(test, n, size, gfp)	\
	kunit_kzalloc(test, (size_t)(n) * (size), gfp)
int kunit_add_action_or_reset(struct kunit *test, void (*action)(void *), void *ctx);
#define kunit_add_action	kunit_add_action_or_reset

#define kunit_log(level, test, fmt, ...) \
	printf("    # %s: " fmt "\n", (test)->name, ##__VA_ARGS__)
#define kunit_info(test, fmt, ...)	kunit_log(0, test, fmt, ##__VA_ARGS__)
#define kunit_warn(test, fmt, ...)	kunit_log(0, test, fmt, ##__VA_ARGS__)
#define kunit_err(test, fmt, ...)	kunit_log(0, test, fmt, ##__VA_ARGS__)
#define kunit_mark_skipped(test, fmt, ...)				\
	do {								\
		snprintf((test)->status_comment,			\
			 sizeof((test)->status_comment), fmt, ##__VA_ARGS__); \
		(test)->status = KUNIT_SKIPPED;				\
	} while (0)
#define kunit_skip(test, fmt, ...)					\
	do {								\
		kunit_mark_skipped(test, fmt, ##__VA_ARGS__);		\
		shim_kunit_abort();					\
	} while (0)

#define KUNIT_SUCCEED(test)	do { } while (0)
#define KUNIT_FAIL(test, fmt, ...) \
	shim_kunit_fail(test, false, __FILE__, __LINE__, fmt, ##__VA_ARGS__)
#define KUNIT_FAIL_AND_ABORT(test, fmt, ...) \
	shim_kunit_fail(test, true, __FILE__, __LINE__, fmt, ##__VA_ARGS__)

#define SHIM_CMP(test, fatal, l, op, r, fmt, ...)				\
	do {									\
		const __auto_type _l = (l);					\
		const __auto_type _r = (r);					\
										\
		if (!(_l op _r))						\
			shim_kunit_fail(test, fatal, __FILE__, __LINE__,	\
					"expected %s %s %s: %lld, %lld " fmt, #l, #op, #r, \
					(long long)_l, (long long)_r, ##__VA_ARGS__); \
	} while (0)
#define SHIM_PTR(test, fatal, l, op, r, fmt, ...)				\
	do {									\
		const void *_l = (l), *_r = (r);				\
										\
		if (!(_l op _r))						\
			shim_kunit_fail(test, fatal, __FILE__, __LINE__,	\
					"expected %s %s %s: %p, %p " fmt, #l, #op, #r, \
					_l, _r, ##__VA_ARGS__);			\
	} while (0)
#define SHIM_BOOL(test, fatal, c, want, fmt, ...)				\
	do {									\
		if (((c) ? true : false) != (want))						\
			shim_kunit_fail(test, fatal, __FILE__, __LINE__,	\
					"expected %s to be %s " fmt, #c,	\
					(want) ? "true" : "false", ##__VA_ARGS__); \
	} while (0)
#define SHIM_STR(test, fatal, l, equal, r, fmt, ...)				\
	do {									\
		const char *_l = (l), *_r = (r);				\
										\
		if ((strcmp(_l, _r) == 0) != (equal))					\
			shim_kunit_fail(test, fatal, __FILE__, __LINE__,	\
					"%s \"%s\", %s \"%s\" " fmt, #l, _l, #r, _r, \
					##__VA_ARGS__);				\
	} while (0)
#define SHIM_MEM(test, fatal, l, r, n, equal, fmt, ...)				\
	do {									\
		if (!shim_kunit_mem(test, false, __FILE__, __LINE__, #l, l, r, n, equal)) \
			shim_kunit_fail(test, fatal, __FILE__, __LINE__,	\
					"%s and %s " fmt, #l, #r, ##__VA_ARGS__); \
	} while (0)

#define KUNIT_EXPECT_TRUE(t, c)			SHIM_BOOL(t, false, c, true, "")
#define KUNIT_EXPECT_FALSE(t, c)		SHIM_BOOL(t, false, c, false, "")
#define KUNIT_EXPECT_EQ(t, l, r)		SHIM_CMP(t, false, l, ==, r, "")
#define KUNIT_EXPECT_NE(t, l, r)		SHIM_CMP(t, false, l, !=, r, "")
#define KUNIT_EXPECT_LT(t, l, r)		SHIM_CMP(t, false, l, <, r, "")
#define KUNIT_EXPECT_LE(t, l, r)		SHIM_CMP(t, false, l, <=, r, "")
#define KUNIT_EXPECT_GT(t, l, r)		SHIM_CMP(t, false, l, >, r, "")
#define KUNIT_EXPECT_GE(t, l, r)		SHIM_CMP(t, false, l, >=, r, "")
#define KUNIT_EXPECT_PTR_EQ(t, l, r)		SHIM_PTR(t, false, l, ==, r, "")
#define KUNIT_EXPECT_PTR_NE(t, l, r)		SHIM_PTR(t, false, l, !=, r, "")
#define KUNIT_EXPECT_NULL(t, p)			SHIM_PTR(t, false, p, ==, NULL, "")
#define KUNIT_EXPECT_NOT_NULL(t, p)		SHIM_PTR(t, false, p, !=, NULL, "")
#define KUNIT_EXPECT_NOT_ERR_OR_NULL(t, p)	SHIM_BOOL(t, false, IS_ERR_OR_NULL(p), false, "")
#define KUNIT_EXPECT_STREQ(t, l, r)		SHIM_STR(t, false, l, true, r, "")
#define KUNIT_EXPECT_STRNEQ(t, l, r)		SHIM_STR(t, false, l, false, r, "")
#define KUNIT_EXPECT_MEMEQ(t, l, r, n)		SHIM_MEM(t, false, l, r, n, true, "")
#define KUNIT_EXPECT_MEMNEQ(t, l, r, n)		SHIM_MEM(t, false, l, r, n, false, "")
#define KUNIT_EXPECT_TRUE_MSG(t, c, ...)	SHIM_BOOL(t, false, c, true, __VA_ARGS__)
#define KUNIT_EXPECT_FALSE_MSG(t, c, ...)	SHIM_BOOL(t, false, c, false, __VA_ARGS__)
#define KUNIT_EXPECT_EQ_MSG(t, l, r, ...)	SHIM_CMP(t, false, l, ==, r, __VA_ARGS__)
#define KUNIT_EXPECT_NE_MSG(t, l, r, ...)	SHIM_CMP(t, false, l, !=, r, __VA_ARGS__)
#define KUNIT_EXPECT_LT_MSG(t, l, r, ...)	SHIM_CMP(t, false, l, <, r, __VA_ARGS__)
#define KUNIT_EXPECT_LE_MSG(t, l, r, ...)	SHIM_CMP(t, false, l, <=, r, __VA_ARGS__)
#define KUNIT_EXPECT_GT_MSG(t, l, r, ...)	SHIM_CMP(t, false, l, >, r, __VA_ARGS__)
#define KUNIT_EXPECT_GE_MSG(t, l, r, ...)	SHIM_CMP(t, false, l, >=, r, __VA_ARGS__)
#define KUNIT_EXPECT_PTR_EQ_MSG(t, l, r, ...)	SHIM_PTR(t, false, l, ==, r, __VA_ARGS__)
#define KUNIT_EXPECT_NULL_MSG(t, p, ...)	SHIM_PTR(t, false, p, ==, NULL, __VA_ARGS__)
#define KUNIT_EXPECT_NOT_NULL_MSG(t, p, ...)	SHIM_PTR(t, false, p, !=, NULL, __VA_ARGS__)
#define KUNIT_EXPECT_STREQ_MSG(t, l, r, ...)	SHIM_STR(t, false, l, true, r, __VA_ARGS__)
#define KUNIT_EXPECT_MEMEQ_MSG(t, l, r, n, ...)	SHIM_MEM(t, false, l, r, n, true, __VA_ARGS__)
#define KUNIT_EXPECT_MEMNEQ_MSG(t, l, r, n, ...)	\
	SHIM_MEM(t, false, l, r, n, false, __VA_ARGS__)

#define KUNIT_ASSERT_TRUE(t, c)			SHIM_BOOL(t, true, c, true, "")
#define KUNIT_ASSERT_FALSE(t, c)		SHIM_BOOL(t, true, c, false, "")
#define KUNIT_ASSERT_EQ(t, l, r)		SHIM_CMP(t, true, l, ==, r, "")
#define KUNIT_ASSERT_NE(t, l, r)		SHIM_CMP(t, true, l, !=, r, "")
#define KUNIT_ASSERT_LT(t, l, r)		SHIM_CMP(t, true, l, <, r, "")
#define KUNIT_ASSERT_LE(t, l, r)		SHIM_CMP(t, true, l, <=, r, "")
#define KUNIT_ASSERT_GT(t, l, r)		SHIM_CMP(t, true, l, >, r, "")
#define KUNIT_ASSERT_GE(t, l, r)		SHIM_CMP(t, true, l, >=, r, "")
#define KUNIT_ASSERT_PTR_EQ(t, l, r)		SHIM_PTR(t, true, l, ==, r, "")
#define KUNIT_ASSERT_PTR_NE(t, l, r)		SHIM_PTR(t, true, l, !=, r, "")
#define KUNIT_ASSERT_NULL(t, p)			SHIM_PTR(t, true, p, ==, NULL, "")
#define KUNIT_ASSERT_NOT_NULL(t, p)		SHIM_PTR(t, true, p, !=, NULL, "")
#define KUNIT_ASSERT_NOT_ERR_OR_NULL(t, p)	SHIM_BOOL(t, true, IS_ERR_OR_NULL(p), false, "")
#define KUNIT_ASSERT_STREQ(t, l, r)		SHIM_STR(t, true, l, true, r, "")
#define KUNIT_ASSERT_MEMEQ(t, l, r, n)		SHIM_MEM(t, true, l, r, n, true, "")
#define KUNIT_ASSERT_MEMNEQ(t, l, r, n)		SHIM_MEM(t, true, l, r, n, false, "")
#define KUNIT_ASSERT_TRUE_MSG(t, c, ...)	SHIM_BOOL(t, true, c, true, __VA_ARGS__)
#define KUNIT_ASSERT_FALSE_MSG(t, c, ...)	SHIM_BOOL(t, true, c, false, __VA_ARGS__)
#define KUNIT_ASSERT_EQ_MSG(t, l, r, ...)	SHIM_CMP(t, true, l, ==, r, __VA_ARGS__)
#define KUNIT_ASSERT_NE_MSG(t, l, r, ...)	SHIM_CMP(t, true, l, !=, r, __VA_ARGS__)
#define KUNIT_ASSERT_LE_MSG(t, l, r, ...)	SHIM_CMP(t, true, l, <=, r, __VA_ARGS__)
#define KUNIT_ASSERT_GE_MSG(t, l, r, ...)	SHIM_CMP(t, true, l, >=, r, __VA_ARGS__)
#define KUNIT_ASSERT_NOT_NULL_MSG(t, p, ...)	SHIM_PTR(t, true, p, !=, NULL, __VA_ARGS__)
#define KUNIT_ASSERT_MEMEQ_MSG(t, l, r, n, ...)	SHIM_MEM(t, true, l, r, n, true, __VA_ARGS__)

#endif /* _RIPTIDES_ENGINE_KUNIT_H */
