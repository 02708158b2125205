// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which word was meant?
 */
#include <string.h>

#include "node.h"

#define WORD_MAX	32

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int m = a < b ? a : b;

	return m < c ? m : c;
}

/* Edits (insert, delete, replace, swap neighbours) that make @a into @b */
static unsigned int distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned int d[3][WORD_MAX + 1];
	unsigned int *two = d[0], *one = d[1], *row = d[2], *spare;
	size_t i, j;

	for (j = 0; j <= nb; j++)
		one[j] = j;
	for (i = 1; i <= na; i++) {
		row[0] = i;
		for (j = 1; j <= nb; j++) {
			row[j] = least(one[j] + 1, row[j - 1] + 1,
				       one[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    two[j - 2] + 1 < row[j])
				row[j] = two[j - 2] + 1;
		}
		spare = two;
		two = one;
		one = row;
		row = spare;
	}
	return one[nb];
}

/* Underscores and capitals are no mistakes worth counting */
static size_t folded(char *to, const char *from)
{
	size_t n;

	for (n = 0; from[n] && n < WORD_MAX; n++) {
		to[n] = from[n];
		if (to[n] == '_')
			to[n] = '-';
		if (to[n] >= 'A' && to[n] <= 'Z')
			to[n] |= 0x20;
	}
	return from[n] ? 0 : n;
}

/**
 * spell_nearest() - which of several names is most like a word?
 * @word: word
 * @name: gives the name of a number
 * @ctx: for @name
 * @n: how many names there are
 *
 * Return: the name, NULL if none is near enough.
 */
const char *spell_nearest(const char *word, const char *(*name)(const void *ctx, unsigned int i),
			  const void *ctx, unsigned int n)
{
	char a[WORD_MAX], b[WORD_MAX];
	unsigned int i, best, d;
	const char *found = NULL;
	size_t na = folded(a, word);
	size_t nb;

	if (!na)
		return NULL;
	best = na / 3 + 1;
	for (i = 0; i < n; i++) {
		nb = folded(b, name(ctx, i));
		if (!nb)
			continue;
		d = distance(a, na, b, nb);
		if (d < best || (d == best && !found)) {
			best = d;
			found = name(ctx, i);
		}
	}
	return found;
}
