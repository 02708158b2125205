// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line of rpt-tls.
 */
#include <getopt.h>
#include "kex.h"
#include "pem.h"
#include "rpt-tls.h"

static const char usage[] =
"usage: rpt-tls client [ADDRESS:]PORT [option...]\n"
"       rpt-tls server [ADDRESS:]PORT [option...]  (port 0: any, it says which)\n"
"  --cert FILE --key FILE   our certificates (leaf first) and key, in PEM\n"
"  --ca FILE                whom we trust, in PEM\n"
"  --blind                  trust anybody\n"
"  --name NAME              client: SNI, and the name that the server must have\n"
"  --trust-domain DOMAIN    the peer must have a SPIFFE ID in it\n"
"  --request | --require    server: ask for a client certificate\n"
"  --suites A,B --groups A,B  by name, preferred first\n"
"  --alpn A,B               application protocols, preferred first\n"
"  --shares N               client: key shares to send; 0 asks for a retry\n"
"  --retry                  server: always ask for a retry, with a cookie\n"
"  --record-size-limit N    RFC 8449\n"
"  --tx-max N --pad N       length of records, padding of each\n"
"  --send TEXT              client: line to send (\\r and \\n are known)\n"
"  --expect TEXT            client: what must come back\n"
"  --key-updates N          client: rekey N times both ways, a line after each\n"
"  --bulk N                 client: send N bytes, want them back\n"
"  --tickets N              server: tickets to send (default 1)\n"
"  --resume N               client: connect N times more, with a ticket\n"
"  --connections N          server: how many to serve (default 1)\n"
"  --http                   server: answer a request, don't echo\n"
"  --timeout SECONDS        for each connection (default 10)\n";

enum {
	OPT_CERT = 256, OPT_KEY, OPT_CA, OPT_BLIND, OPT_NAME, OPT_TRUST_DOMAIN,
	OPT_REQUEST, OPT_REQUIRE, OPT_SUITES, OPT_GROUPS, OPT_ALPN, OPT_SHARES,
	OPT_RETRY, OPT_LIMIT, OPT_TX_MAX, OPT_PAD, OPT_SEND, OPT_EXPECT,
	OPT_KEY_UPDATES, OPT_BULK, OPT_TICKETS, OPT_RESUME, OPT_CONNECTIONS,
	OPT_HTTP, OPT_TIMEOUT,
};

static const struct option table[] = {
	{ "cert", required_argument, NULL, OPT_CERT },
	{ "key", required_argument, NULL, OPT_KEY },
	{ "ca", required_argument, NULL, OPT_CA },
	{ "blind", no_argument, NULL, OPT_BLIND },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "trust-domain", required_argument, NULL, OPT_TRUST_DOMAIN },
	{ "request", no_argument, NULL, OPT_REQUEST },
	{ "require", no_argument, NULL, OPT_REQUIRE },
	{ "suites", required_argument, NULL, OPT_SUITES },
	{ "groups", required_argument, NULL, OPT_GROUPS },
	{ "alpn", required_argument, NULL, OPT_ALPN },
	{ "shares", required_argument, NULL, OPT_SHARES },
	{ "retry", no_argument, NULL, OPT_RETRY },
	{ "record-size-limit", required_argument, NULL, OPT_LIMIT },
	{ "tx-max", required_argument, NULL, OPT_TX_MAX },
	{ "pad", required_argument, NULL, OPT_PAD },
	{ "send", required_argument, NULL, OPT_SEND },
	{ "expect", required_argument, NULL, OPT_EXPECT },
	{ "key-updates", required_argument, NULL, OPT_KEY_UPDATES },
	{ "bulk", required_argument, NULL, OPT_BULK },
	{ "tickets", required_argument, NULL, OPT_TICKETS },
	{ "resume", required_argument, NULL, OPT_RESUME },
	{ "connections", required_argument, NULL, OPT_CONNECTIONS },
	{ "http", no_argument, NULL, OPT_HTTP },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ }
};

static int number(const char *text, unsigned long most, unsigned long *out)
{
	char *end;

	errno = 0;
	*out = strtoul(text, &end, 10);
	if (errno || *end || !*text || *out > most) {
		fprintf(stderr, "rpt-tls: %s: not a number up to %lu\n", text, most);
		return -EINVAL;
	}
	return 0;
}

static u16 suite_named(const char *name)
{
	unsigned int i;

	for (i = 0; i < rpt_suites_n; i++)
		if (!strcmp(rpt_suites[i].name, name))
			return rpt_suites[i].id;
	return 0;
}

static u16 group_named(const char *name)
{
	unsigned int i;

	for (i = 0; i < rpt_kex_groups_n; i++)
		if (!strcasecmp(rpt_kex_groups[i].name, name))
			return rpt_kex_groups[i].id;
	return 0;
}

static int id_list(char *text, u16 (*find)(const char *name), u16 *ids,
		   unsigned int *n)
{
	char *name, *save;

	for (*n = 0, name = strtok_r(text, ",", &save); name;
	     name = strtok_r(NULL, ",", &save)) {
		if (*n == OPT_LIST_MAX)
			return -E2BIG;
		ids[*n] = find(name);
		if (!ids[(*n)++]) {
			fprintf(stderr, "rpt-tls: %s: not known\n", name);
			return -EINVAL;
		}
	}
	return *n ? 0 : -EINVAL;
}

static int alpn_list(struct options *o, char *text)
{
	char *name, *save;
	struct rpt_wr w;
	size_t mark;

	rpt_wr_init(&w, o->alpn, sizeof(o->alpn));
	for (name = strtok_r(text, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
		mark = rpt_wr_open(&w, 1);
		rpt_wr_bytes(&w, name, strlen(name));
		rpt_wr_close(&w, mark, 1);
	}
	if (w.err || !w.len)
		return -EINVAL;
	o->p.alpn = o->alpn;
	o->p.alpn_len = w.len;
	return 0;
}

/* \r and \n become what they name. */
static char *unescaped(const char *text)
{
	char *out = strdup(text), *to = out;

	for (; out && *text; text++) {
		if (text[0] == '\\' && (text[1] == 'n' || text[1] == 'r'))
			*to++ = *++text == 'n' ? '\n' : '\r';
		else
			*to++ = *text;
	}
	if (out)
		*to = 0;
	return out;
}

static int take_text(struct options *o, int opt, char *arg)
{
	int err;

	switch (opt) {
	case OPT_CERT:
		err = pem_load_chain(&o->party, arg);
		break;
	case OPT_KEY:
		err = pem_load_key(&o->party, arg);
		break;
	case OPT_CA:
		err = pem_load_anchors(&o->party, arg);
		break;
	case OPT_NAME:
		o->p.server_name = arg;
		o->party.name = arg;
		return 0;
	case OPT_TRUST_DOMAIN:
		o->party.trust_domain = arg;
		return 0;
	case OPT_SUITES:
		o->p.suites = o->suites;
		return id_list(arg, suite_named, o->suites, &o->p.n_suites);
	case OPT_GROUPS:
		o->p.groups = o->groups;
		return id_list(arg, group_named, o->groups, &o->p.n_groups);
	case OPT_ALPN:
		return alpn_list(o, arg);
	case OPT_SEND:
		free(o->send);
		o->send = unescaped(arg);
		return o->send ? 0 : -ENOMEM;
	case OPT_EXPECT:
		free(o->expect);
		o->expect = unescaped(arg);
		return o->expect ? 0 : -ENOMEM;
	default:
		return -ENOENT;
	}
	if (err)
		fprintf(stderr, "rpt-tls: %s: %s\n", arg, strerror(-err));
	return err;
}

static int take_number(struct options *o, int opt, const char *arg)
{
	unsigned long n;
	int err;

	err = number(arg, opt == OPT_BULK ? 1UL << 32 : 65535, &n);
	if (err)
		return err;
	switch (opt) {
	case OPT_SHARES:
		o->p.n_shares = n ? n : RPT_HS_NO_SHARES;
		return 0;
	case OPT_LIMIT:
		o->p.record_size_limit = n;
		return 0;
	case OPT_TX_MAX:
		o->tx_max = n;
		return 0;
	case OPT_PAD:
		o->pad = n;
		o->p.pad_to = n;
		return 0;
	case OPT_KEY_UPDATES:
		o->key_updates = n;
		return 0;
	case OPT_BULK:
		o->bulk = n;
		return 0;
	case OPT_TICKETS:
		o->tickets = n;
		return 0;
	case OPT_RESUME:
		o->resume = n;
		return 0;
	case OPT_CONNECTIONS:
		o->connections = n;
		return 0;
	case OPT_TIMEOUT:
		o->timeout = n;
		return 0;
	default:
		return -EINVAL;
	}
}

static int take(struct options *o, int opt, char *arg)
{
	int err;

	switch (opt) {
	case OPT_BLIND:
		o->party.blind = true;
		return 0;
	case OPT_REQUEST:
		o->p.request_client_cert = true;
		return 0;
	case OPT_REQUIRE:
		o->p.require_client_cert = true;
		return 0;
	case OPT_RETRY:
		o->p.force_retry = true;
		o->p.send_cookie = true;
		return 0;
	case OPT_HTTP:
		o->http = true;
		return 0;
	case '?':
		return -EINVAL;
	default:
		err = take_text(o, opt, arg);
		return err == -ENOENT ? take_number(o, opt, arg) : err;
	}
}

int options_parse(struct options *o, int argc, char **argv)
{
	unsigned long port;
	int opt, err;
	char *colon;

	o->connections = 1;
	o->tickets = 1;
	o->timeout = 10;
	o->p.ops = &party_ops;
	o->p.ops_data = &o->party;
	o->p.max_own_chain = RPT_CERT_MSG_MAX;
	while ((opt = getopt_long(argc, argv, "", table, NULL)) != -1) {
		err = take(o, opt, optarg);
		if (err)
			return err;
	}
	if (argc - optind != 2 ||
	    (strcmp(argv[optind], "client") && strcmp(argv[optind], "server"))) {
		fputs(usage, stderr);
		return -EINVAL;
	}
	o->server = !strcmp(argv[optind], "server");
	o->p.server = o->server;
	colon = strrchr(argv[optind + 1], ':');
	if (colon) {
		*colon = 0;
		o->address = argv[optind + 1];
	}
	err = number(colon ? colon + 1 : argv[optind + 1], 65535, &port);
	o->port = port;
	return err;
}
