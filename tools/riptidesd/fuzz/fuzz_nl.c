// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as attributes of the kernel's messages
 */
#include <stdlib.h>
#include <string.h>

#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "nl.h"
#include "out.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse_state(struct nlmsghdr *hdr, unsigned int which)
{
	struct out o = { .json = which & 1 };
	struct identity *id;
	struct state s = {};
	struct rule *rule;

	rnl_parse_bundle(&s, hdr);
	rnl_parse_anchor(&s, hdr);
	rnl_parse_revocation(&s, hdr);
	id = vec_push(&s.arena, &s.identities);
	if (rnl_parse_identity(&s.arena, hdr, id))
		s.identities.n--;
	rule = vec_push(&s.arena, &s.rules);
	if (rnl_parse_rule(&s.arena, hdr, rule))
		s.rules.n--;
	state_sort(&s);
	out_state(&o, &s, which & 2);
	buf_free(&o.text);
	state_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings settings;
	struct connection connection;
	struct policy policy;
	struct answer answer = {};
	struct arena a = {};
	struct blob csr = {};
	struct nlmsghdr *hdr;
	struct event ev;
	size_t len;

	if (size < 2)
		return 0;
	/* A buffer of exactly that size: what is read behind it is seen */
	len = NLMSG_HDRLEN + GENL_HDRLEN + size - 2;
	hdr = calloc(1, len);
	hdr->nlmsg_len = len;
	((struct genlmsghdr *)nlmsg_data(hdr))->cmd = data[0];
	memcpy((char *)hdr + len - (size - 2), data + 2, size - 2);
	parse_state(hdr, data[1]);
	rnl_parse_csr(&a, hdr, &csr);
	rnl_parse_policy(hdr, &policy);
	rnl_parse_connection(&a, hdr, &connection);
	rnl_parse_settings(hdr, &settings);
	rnl_parse_answer(&a, hdr, &answer);
	rnl_parse_event(&a, hdr, &ev);
	arena_free(&a);
	free(hdr);
	return 0;
}
