// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as a configuration
 *
 * What is accepted must, printed as "riptidesd show" prints it, be accepted again
 * and be printed the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "out.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void give_up(const char *what, const char *text)
{
	fprintf(stderr, "broken promise: %s\n%s\n", what, text);
	abort();
}

/* Bundles come from files, and are not here: what needs them is left out */
static bool print(const char *text, size_t len, bool json, struct buf *out)
{
	struct out o = { .json = json };
	struct problems p = {};
	struct conf c = {};
	bool good;
	unsigned int i;

	conf_parse(&c, "input", text, len, &p);
	conf_finish(&c, &p);
	good = !p.n;
	for (i = 0; good && i < c.sources.n; i++)
		good = !c.sources.v[i].key_file;
	if (good) {
		out_map(&o, NULL);
		out_map(&o, "trust-domains");
		for (i = 0; i < c.domains.n; i++) {
			out_map(&o, c.domains.v[i].name);
			out_str(&o, "signer", "embedded");
			out_end(&o);
		}
		out_end(&o);
		out_map(&o, "identities");
		for (i = 0; i < c.state.identities.n; i++) {
			out_map(&o, c.state.identities.v[i].name);
			out_identity(&o, &c.state.identities.v[i], false);
			out_end(&o);
		}
		out_end(&o);
		out_list(&o, "rules");
		for (i = 0; i < c.state.rules.n; i++) {
			out_map(&o, NULL);
			out_rule(&o, &c.state.rules.v[i], false);
			out_end(&o);
		}
		out_end(&o);
		out_end(&o);
		*out = o.text;
	}
	problems_free(&p);
	conf_free(&c);
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf first = {}, second = {};
	bool json = size & 1;

	if (!print((const char *)data, size, json, &first))
		return 0;
	if (!print(first.data, first.len, json, &second))
		give_up("what was printed is refused", first.data);
	if (first.len != second.len || memcmp(first.data, second.data, first.len))
		give_up("what was printed is read as something else", first.data);
	buf_free(&first);
	buf_free(&second);
	return 0;
}
