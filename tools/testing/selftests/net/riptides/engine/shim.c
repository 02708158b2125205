// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory, randomness, time and messages for the engine in user space.
 */
#include <malloc.h>
#include <sys/random.h>
#include <time.h>
#include "shim.h"

#ifdef __x86_64__
#include <cpuid.h>
#endif

unsigned int shim_warnings;
long shim_fail_nth;
time64_t shim_now;
long shim_allocs;
long shim_live;
int shim_debug;

static u64 rng_state;

bool boot_cpu_has(unsigned int bit)
{
#ifdef __x86_64__
	unsigned int eax, ebx, ecx, edx;

	return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && ebx >> bit & 1;
#else
	return false;
#endif
}

bool shim_warn(bool cond, const char *file, int line, const char *what)
{
	if (cond) {
		shim_warnings++;
		fprintf(stderr, "WARNING: %s:%d: %s\n", file, line, what);
	}
	return cond;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	if (!size)
		return 0;
	return n < (int)size ? n : (int)size - 1;
}

ssize_t strscpy_len(char *dst, const char *src, size_t size)
{
	size_t n = strnlen(src, size);

	if (!size)
		return -E2BIG;
	if (n == size) {
		memcpy(dst, src, size - 1);
		dst[size - 1] = 0;
		return -E2BIG;
	}
	memcpy(dst, src, n + 1);
	return n;
}

void *memchr_inv(const void *s, int c, size_t n)
{
	const u8 *p = s;

	for (; n; n--, p++)
		if (*p != (u8)c)
			return (void *)p;
	return NULL;
}

void *shim_alloc(size_t size, gfp_t flags)
{
	void *p;

	shim_allocs++;
	if (shim_fail_nth > 0 && --shim_fail_nth == 0)
		return NULL;
	p = malloc(size ? size : 1);
	if (!p)
		return NULL;
	/* What nobody asked to be zero is not. */
	memset(p, flags & __GFP_ZERO ? 0 : 0xa5, size);
	shim_live++;
	return p;
}

void shim_free(const void *p)
{
	if (p)
		shim_live--;
	free((void *)p);
}

void shim_free_sensitive(const void *p)
{
	if (p)
		memzero_explicit((void *)p, malloc_usable_size((void *)p));
	shim_free(p);
}

void *kmemdup(const void *src, size_t len, gfp_t flags)
{
	void *p = shim_alloc(len, flags);

	if (p && len)
		memcpy(p, src, len);
	return p;
}

char *kmemdup_nul(const char *s, size_t len, gfp_t flags)
{
	char *p = shim_alloc(len + 1, flags);

	if (p) {
		memcpy(p, s, len);
		p[len] = 0;
	}
	return p;
}

char *kstrdup(const char *s, gfp_t flags)
{
	return kmemdup_nul(s, strlen(s), flags);
}

void shim_random_seed(u64 seed)
{
	rng_state = seed;
}

/* splitmix64: for runs that must be the same again, never for secrets */
static u64 rng_next(void)
{
	u64 z = rng_state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

void get_random_bytes(void *buf, size_t len)
{
	u8 *p = buf;
	ssize_t n;
	u64 r;

	while (len) {
		if (rng_state) {
			r = rng_next();
			n = min(len, sizeof(r));
			memcpy(p, &r, n);
		} else {
			n = getrandom(p, min_t(size_t, len, 256), 0);
			if (n <= 0)
				abort();
		}
		p += n;
		len -= n;
	}
}

u32 get_random_u32(void)
{
	u32 v;

	get_random_bytes(&v, sizeof(v));
	return v;
}

u8 get_random_u8(void)
{
	return get_random_u32();
}

u32 get_random_u32_below(u32 ceil)
{
	return ((u64)get_random_u32() * ceil) >> 32;
}

time64_t ktime_get_real_seconds(void)
{
	return shim_now ? shim_now : time(NULL);
}

u64 ktime_get_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Gauss's formula, as kernel/time/time.c has it */
time64_t mktime64(unsigned int year, unsigned int mon, unsigned int day,
		  unsigned int hour, unsigned int min, unsigned int sec)
{
	s64 y = year, m = mon;

	m -= 2;
	if (m <= 0) {
		m += 12;
		y -= 1;
	}
	return ((((y / 4 - y / 100 + y / 400 + 367 * m / 12 + day) +
		  y * 365 - 719499) * 24 + hour) * 60 + min) * 60 + sec;
}
