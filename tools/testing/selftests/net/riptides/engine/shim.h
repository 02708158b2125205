/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel as the TLS engine sees it, in user space.
 *
 * Every <linux/...>, <crypto/...> and <kunit/...> header that the engine
 * includes becomes a generated one-line forwarder to this file. The engine's
 * sources are compiled unchanged. What is here has the kernel's names and
 * meaning; the library functions live in kcrypto.c and shim.c.
 */
#ifndef _RIPTIDES_ENGINE_SHIM_H
#define _RIPTIDES_ENGINE_SHIM_H

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <ctype.h>
#include <linux/types.h>
#include <openssl/sha.h>

/* <linux/types.h> */
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef long long s64;
typedef unsigned int gfp_t;
typedef s64 time64_t;
typedef s64 ktime_t;

/* <linux/limits.h> */
#define U8_MAX		((u8)~0U)
#define U16_MAX		((u16)~0U)
#define U32_MAX		((u32)~0U)
#define S8_MAX		((s8)(U8_MAX >> 1))
#define S16_MAX		((s16)(U16_MAX >> 1))
#define S16_MIN		((s16)(-S16_MAX - 1))
#define S32_MAX		((s32)(U32_MAX >> 1))
#define S32_MIN		((s32)(-S32_MAX - 1))
#define U64_MAX		((u64)~0ULL)
#define S64_MAX		((s64)(U64_MAX >> 1))
#define S64_MIN		((s64)(-S64_MAX - 1))
#define TIME64_MAX	S64_MAX
#define TIME64_MIN	S64_MIN

/* <linux/errno.h> has some that libc does not know */
#define ENOTSUPP	524

/* <linux/compiler.h> and relatives */
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define __must_check		__attribute__((__warn_unused_result__))
#define __maybe_unused		__attribute__((__unused__))
#define __always_unused		__attribute__((__unused__))
#define __packed		__attribute__((__packed__))
#define __aligned(x)		__attribute__((__aligned__(x)))
#define __printf(a, b)		__attribute__((__format__(printf, a, b)))
#define __cold			__attribute__((__cold__))
#define __pure			__attribute__((__pure__))
#define __nonstring		__attribute__((__nonstring__))
#undef __always_inline
#define __always_inline		inline __attribute__((__always_inline__))
#define noinline		__attribute__((__noinline__))
#define noinline_for_stack	noinline
#define fallthrough		__attribute__((__fallthrough__))
#define __counted_by(m)
#define __init
#define __exit
#define __initconst
#define __initdata
#define __ro_after_init
#define __read_mostly
#define __user
#define __force
#define __rcu
#define at_least		static
#define READ_ONCE(x)		(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile typeof(x) *)&(x) = (v))
#define barrier()		__asm__ __volatile__("" : : : "memory")
#define OPTIMIZER_HIDE_VAR(var)	__asm__("" : "=r" (var) : "0" (var))
#define IS_ENABLED(option)	0
#define IS_REACHABLE(option)	0
#define core_initcall(fn)	\
	static void __attribute__((__constructor__)) shim_##fn(void) { fn(); }
#define EXPORT_SYMBOL(sym)
#define EXPORT_SYMBOL_GPL(sym)
#define MODULE_LICENSE(s)
#define MODULE_DESCRIPTION(s)
#define MODULE_AUTHOR(s)
#define MODULE_IMPORT_NS(s)

#undef static_assert
#define static_assert(expr, ...)	shim_static_assert(expr, ##__VA_ARGS__, #expr)
#define shim_static_assert(expr, msg, ...)	_Static_assert(expr, msg)
#define BUILD_BUG_ON(c)		_Static_assert(!(c), #c)

/* <linux/kernel.h>, <linux/minmax.h>, <linux/math.h>, <linux/overflow.h> */
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define min(a, b) ({ __auto_type _a = (a); __auto_type _b = (b); _a < _b ? _a : _b; })
#define max(a, b) ({ __auto_type _a = (a); __auto_type _b = (b); _a > _b ? _a : _b; })
#define min_t(t, a, b)		min((t)(a), (t)(b))
#define max_t(t, a, b)		max((t)(a), (t)(b))
#define clamp(v, lo, hi)	min(max(v, lo), hi)
#define clamp_t(t, v, lo, hi)	clamp((t)(v), (t)(lo), (t)(hi))
#define swap(a, b)		do { typeof(a) _t = (a); (a) = (b); (b) = _t; } while (0)
#define ALIGN(x, a)		(((x) + (typeof(x))(a) - 1) & ~((typeof(x))(a) - 1))
#define IS_ALIGNED(x, a)	(((x) & ((typeof(x))(a) - 1)) == 0)
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define round_up(x, y)		((((x) - 1) | ((typeof(x))(y) - 1)) + 1)
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#define sizeof_field(t, m)	sizeof(((t *)0)->m)
#define offsetofend(t, m)	(offsetof(t, m) + sizeof_field(t, m))
#define struct_size(p, member, n) \
	(sizeof(*(p)) + sizeof(*(p)->member) * (size_t)(n))
#define struct_size_t(type, member, n)	struct_size((type *)NULL, member, n)
#define array_size(a, b)	((size_t)(a) * (size_t)(b))
#define size_add(a, b)		((size_t)(a) + (size_t)(b))
#define flex_array_size(p, member, n)	(sizeof(*(p)->member) * (size_t)(n))
#define check_add_overflow(a, b, d)	__builtin_add_overflow(a, b, d)
#define check_sub_overflow(a, b, d)	__builtin_sub_overflow(a, b, d)
#define check_mul_overflow(a, b, d)	__builtin_mul_overflow(a, b, d)
#define BIT(n)			(1UL << (n))
#define BIT_ULL(n)		(1ULL << (n))
#define GENMASK(h, l)		((~0UL << (l)) & (~0UL >> (BITS_PER_LONG - 1 - (h))))
#define BITS_PER_LONG		64
#define BITS_PER_BYTE		8
#define fls(x)			((x) ? 32 - __builtin_clz(x) : 0)
#define fls64(x)		((x) ? 64 - __builtin_clzll(x) : 0)
#define ffs(x)			__builtin_ffs(x)
#define hweight8(x)		((unsigned int)__builtin_popcount((u8)(x)))
#define hweight16(x)		((unsigned int)__builtin_popcount((u16)(x)))
#define hweight32(x)		((unsigned int)__builtin_popcount(x))
#define hweight64(x)		((unsigned int)__builtin_popcountll(x))
#define __stringify_1(x...)	#x
#define __stringify(x...)	__stringify_1(x)

/* <asm/cpufeature.h>: bits of EBX of CPUID's leaf 7 */
#define X86_FEATURE_BMI2	8
#define X86_FEATURE_ADX		19
bool boot_cpu_has(unsigned int bit);

/* <linux/bug.h>: a warning fails the running test */
bool shim_warn(bool cond, const char *file, int line, const char *what);
extern unsigned int shim_warnings;

#define WARN_ON(c)		shim_warn(!!(c), __FILE__, __LINE__, #c)
#define WARN_ON_ONCE(c)		WARN_ON(c)
#define WARN(c, fmt, ...)	shim_warn(!!(c), __FILE__, __LINE__, fmt)
#define WARN_ONCE(c, fmt, ...)	WARN(c, fmt)

/* <linux/printk.h> */
extern int shim_debug;

#define KERN_INFO		""
#define KERN_DEBUG		""
#define pr_debug(fmt, ...)	\
	do { if (shim_debug) fprintf(stderr, fmt, ##__VA_ARGS__); } while (0)
#define pr_debug_ratelimited	pr_debug
#define net_dbg_ratelimited	pr_debug
#define pr_info(fmt, ...)	fprintf(stderr, fmt, ##__VA_ARGS__)
#define pr_warn			pr_info
#define pr_err			pr_info
int scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

/* <linux/err.h> */
#define MAX_ERRNO		4095
#define IS_ERR_VALUE(x)		((unsigned long)(void *)(x) >= (unsigned long)-MAX_ERRNO)

static inline void *ERR_PTR(long error)
{
	return (void *)error;
}

static inline long PTR_ERR(const void *ptr)
{
	return (long)ptr;
}

static inline bool IS_ERR(const void *ptr)
{
	return IS_ERR_VALUE(ptr);
}

static inline bool IS_ERR_OR_NULL(const void *ptr)
{
	return !ptr || IS_ERR_VALUE(ptr);
}

/* <linux/string.h> */
static inline void memzero_explicit(void *s, size_t n)
{
	memset(s, 0, n);
	__asm__ __volatile__("" : : "r" (s) : "memory");
}

ssize_t strscpy_len(char *dst, const char *src, size_t size);
#define strscpy_2(d, s)		strscpy_len(d, s, sizeof(d))
#define strscpy_3(d, s, n)	strscpy_len(d, s, n)
#define strscpy_pick(a, b, c, name, ...)	name
#define strscpy(...) \
	strscpy_pick(__VA_ARGS__, strscpy_3, strscpy_2,)(__VA_ARGS__)
void *memchr_inv(const void *s, int c, size_t n);
#define mem_is_zero(s, n)	(!memchr_inv(s, 0, n))

static inline bool strstarts(const char *str, const char *prefix)
{
	return !strncmp(str, prefix, strlen(prefix));
}

/* <linux/unaligned.h> and <asm/byteorder.h> */
#define shim_unaligned(bits, end, type)						\
static inline type get_unaligned_##end##bits(const void *p)			\
{										\
	uint##bits##_t v;							\
										\
	memcpy(&v, p, sizeof(v));						\
	return end##bits##toh(v);						\
}										\
										\
static inline void put_unaligned_##end##bits(type val, void *p)			\
{										\
	uint##bits##_t v = hto##end##bits(val);					\
										\
	memcpy(p, &v, sizeof(v));						\
}

shim_unaligned(16, be, u16)
shim_unaligned(32, be, u32)
shim_unaligned(64, be, u64)
shim_unaligned(16, le, u16)
shim_unaligned(32, le, u32)
shim_unaligned(64, le, u64)

static inline u32 get_unaligned_be24(const void *p)
{
	const u8 *b = p;

	return b[0] << 16 | b[1] << 8 | b[2];
}

static inline void put_unaligned_be24(u32 val, void *p)
{
	u8 *b = p;

	b[0] = val >> 16;
	b[1] = val >> 8;
	b[2] = val;
}

#define cpu_to_be16(x)		htobe16(x)
#define cpu_to_be32(x)		htobe32(x)
#define cpu_to_be64(x)		htobe64(x)
#define be16_to_cpu(x)		be16toh(x)
#define be32_to_cpu(x)		be32toh(x)
#define be64_to_cpu(x)		be64toh(x)
#define cpu_to_le32(x)		htole32(x)
#define cpu_to_le64(x)		htole64(x)
#define le32_to_cpu(x)		le32toh(x)
#define le64_to_cpu(x)		le64toh(x)
#define htons_const(x)		htobe16(x)

/* <linux/slab.h>: allocations are counted, and can be made to fail */
#define GFP_KERNEL		0U
#define GFP_ATOMIC		1U
#define GFP_KERNEL_ACCOUNT	2U
#define GFP_NOWAIT		4U
#define __GFP_ZERO		8U
#define __GFP_NOWARN		16U
#define __GFP_ACCOUNT		32U

extern long shim_fail_nth;	/* n > 0: the n-th allocation from now fails */
extern long shim_allocs;	/* attempts so far */
extern long shim_live;		/* not yet freed */

void *shim_alloc(size_t size, gfp_t flags) __must_check;
void shim_free(const void *p);
void shim_free_sensitive(const void *p);
void *kmemdup(const void *src, size_t len, gfp_t flags) __must_check;
char *kstrdup(const char *s, gfp_t flags) __must_check;
char *kmemdup_nul(const char *s, size_t len, gfp_t flags) __must_check;

#define kmalloc(n, f)		shim_alloc(n, f)
#define kzalloc(n, f)		shim_alloc(n, (f) | __GFP_ZERO)
#define kvmalloc(n, f)		shim_alloc(n, f)
#define kvzalloc(n, f)		shim_alloc(n, (f) | __GFP_ZERO)
#define kmalloc_array(n, s, f)	shim_alloc((size_t)(n) * (s), f)
#define kcalloc(n, s, f)	shim_alloc((size_t)(n) * (s), (f) | __GFP_ZERO)
#define kvcalloc(n, s, f)	kcalloc(n, s, f)
#define kvmemdup		kmemdup
#define kfree(p)		shim_free(p)
#define kvfree(p)		shim_free(p)
#define kfree_sensitive(p)	shim_free_sensitive(p)
#define kvfree_sensitive(p, n)	shim_free_sensitive(p)

/* The last argument is optional, as in the kernel: default GFP_KERNEL. */
#define shim_gfp(...)		((gfp_t)(0 __VA_OPT__(| __VA_ARGS__)))
#define kmalloc_obj(P, ...) \
	((typeof(P) *)kmalloc(sizeof(P), shim_gfp(__VA_ARGS__)))
#define kzalloc_obj(P, ...) \
	((typeof(P) *)kzalloc(sizeof(P), shim_gfp(__VA_ARGS__)))
#define kzalloc_objs(P, N, ...) \
	((typeof(P) *)kcalloc(N, sizeof(P), shim_gfp(__VA_ARGS__)))
#define kmalloc_objs(P, N, ...) \
	((typeof(P) *)kmalloc_array(N, sizeof(P), shim_gfp(__VA_ARGS__)))
#define kzalloc_flex(P, FAM, N, ...) \
	((typeof(P) *)kzalloc(struct_size_t(typeof(P), FAM, N), shim_gfp(__VA_ARGS__)))
#define kmalloc_flex(P, FAM, N, ...) \
	((typeof(P) *)kmalloc(struct_size_t(typeof(P), FAM, N), shim_gfp(__VA_ARGS__)))
#define kvzalloc_obj		kzalloc_obj
#define kvmalloc_obj		kmalloc_obj
#define kvzalloc_objs		kzalloc_objs
#define kvmalloc_objs		kmalloc_objs
#define kvzalloc_flex		kzalloc_flex
#define kvmalloc_flex		kmalloc_flex

/* <linux/random.h> */
void shim_random_seed(u64 seed);	/* reproducible from here on; 0 ends it */
void get_random_bytes(void *buf, size_t len);
u32 get_random_u32(void);
u8 get_random_u8(void);
#define get_random_bytes_wait(b, n)	({ get_random_bytes(b, n); 0; })
u32 get_random_u32_below(u32 ceil);

/* <linux/ktime.h>, <linux/timekeeping.h>, <linux/time64.h> */
extern time64_t shim_now;	/* wall clock when not 0 */
time64_t ktime_get_real_seconds(void);
u64 ktime_get_ns(void);
time64_t mktime64(unsigned int year, unsigned int mon, unsigned int day,
		  unsigned int hour, unsigned int min, unsigned int sec);
#define NSEC_PER_SEC		1000000000L
#define MSEC_PER_SEC		1000L

/* <linux/sched.h> */
#define cond_resched()		do { } while (0)
#define might_sleep()		do { } while (0)

/* <linux/list.h>, the little that is needed */
struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)
#define list_entry(p, t, m)	container_of(p, t, m)
#define list_first_entry(h, t, m)	list_entry((h)->next, t, m)
#define list_for_each_entry(pos, head, m)				\
	for (pos = list_entry((head)->next, typeof(*pos), m);		\
	     &pos->m != (head);						\
	     pos = list_entry(pos->m.next, typeof(*pos), m))
#define list_for_each_entry_safe(pos, n, head, m)			\
	for (pos = list_entry((head)->next, typeof(*pos), m),		\
	     n = list_entry(pos->m.next, typeof(*pos), m);		\
	     &pos->m != (head);						\
	     pos = n, n = list_entry(n->m.next, typeof(*n), m))

static inline void INIT_LIST_HEAD(struct list_head *h)
{
	h->next = h;
	h->prev = h;
}

static inline bool list_empty(const struct list_head *h)
{
	return h->next == h;
}

static inline void list_add_tail(struct list_head *e, struct list_head *h)
{
	e->prev = h->prev;
	e->next = h;
	h->prev->next = e;
	h->prev = e;
}

static inline void list_del(struct list_head *e)
{
	e->prev->next = e->next;
	e->next->prev = e->prev;
}

/* <linux/refcount.h> */
typedef struct {
	int refs;
} refcount_t;

#define refcount_set(r, n)	((r)->refs = (n))
#define refcount_read(r)	((r)->refs)
#define refcount_inc(r)		((r)->refs++)
#define refcount_dec_and_test(r)	(--(r)->refs == 0)

#include "shim-crypto.h"

#endif /* _RIPTIDES_ENGINE_SHIM_H */
