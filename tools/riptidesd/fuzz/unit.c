// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests: the configuration, what is printed, small parts
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "out.h"
#include "pem.h"
#include "plan.h"
#include "unit.h"

static bool failed;

bool check(bool good, const char *file, int line, const char *what)
{
	if (!good) {
		printf("# %s:%d: not so: %s\n", strrchr(file, '/') ? strrchr(file, '/') + 1 : file,
		       line, what);
		failed = true;
	}
	return good;
}

/* Around what a case is about */
#define DOMAIN	"trust-domains: {td.example: {signer: embedded}}\n"
#define WEB	DOMAIN "identities: {web: {spiffe-id: \"spiffe://td.example/web\"}}\n"
#define RULE	WEB "rules:\n- {name: r, direction: ingress, identity: web, "
#define OUT	WEB "rules:\n- {name: r, direction: egress, identity: web, "

static const struct {
	const char *text;
	const char *problem;	/* the first one, "LINE:COLUMN: text" */
} bad[] = {
	{ "a: [", "2:1: did not find expected node content while parsing a flow node" },
	{ "- a", "1:1: the configuration is a map of keys and values" },
	{ "identity: {}", "1:1: the configuration has no key \"identity\"; did you mean \"identities\"?" },
	{ "zebra: {}", "1:1: the configuration has no key \"zebra\"" },
	{ "rules: []\nrules: []", "2:1: \"rules\" is here twice, first on line 1" },
	{ "rules: &a []", "1:8: anchors are not supported" },
	{ "rules: *a", "1:8: aliases are not supported" },
	{ "rules: !!seq []", "1:8: tags are not supported" },
	{ "rules: \"a\\0b\"", "1:8: a string has a NUL in it" },
	{ "rules: []\n---\nrules: []", "2:1: only one document a file" },
	{ "{a: 1}: 2", "1:1: a key must be a string" },
	{ "rules: [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]", "1:24: nested too deeply" },
	{ "rules: 1", "1:8: rules is a list" },
	{ "identities: []", "1:13: identities is a map from names to what they name" },
	{ "trust-domains: {TD: {signer: embedded}}", "1:17: a trust domain is 1 to 255 of a-z, 0-9, . - _" },
	{ "trust-domains: {td: {}}", "1:17: a trust domain needs anchors, a bundle, or an embedded signer" },
	{ "trust-domains: {td: {signer: vualt}}", "1:30: a signer is \"embedded\", or a map: embedded, exec, vault or est" },
	{ "trust-domains: {td: {signer: {embedded: , exec: {command: [/x]}}}}", "1:49: a signer is one of embedded, exec, vault and est" },
	{ "trust-domains: {td: {signer: {exec: }}}", "1:37: such a signer needs \"command\"" },
	{ "trust-domains: {td: {anchors: x, signer: {exec: {command: [sign]}}}}", "1:59: command begins with the absolute path of a program" },
	{ "trust-domains: {td: {anchors: x, signer: {vault: {url: \"ftp://x\"}}}}", "1:56: a URL begins with https:// (or http://, where nobody listens)" },
	{ "trust-domains: {td: {bundle: {url: \"https://me:secret@x/\"}}}", "1:36: a URL has no user in it, as messages tell it" },
	{ "trust-domains: {td: {anchors: x, signer: {est: {url: \"https://x\", user: u}}}}", "1:48: user and password-file come together" },
	{ "trust-domains: {td: {anchors: x, revoked: [xyz]}}", "1:44: a serial number is up to 21 bytes in hexadecimal" },
	{ "trust-domains: {td: {anchors: x, revoked: [{serial: 01, issuer: x}]}}", "1:65: an issuer is a Name in DER, in hexadecimal" },
	{ "trust-domains: {td: {signer: {embedded: {ttl: 1}}}}", "1:47: ttl is a number and a unit: ms, s, m, h or d, as in 90s" },
	{ "trust-domains: {td: {signer: {embedded: {ttl: 500ms}}}}", "1:47: ttl is at least 1000 ms" },
	{ "trust-domains: {td: {signer: {embedded: {ttl: 50d}}}}", "1:47: ttl is at most 49d" },
	{ "identities: {web: {}}", "1:19: an identity needs \"spiffe-id\"" },
	{ "identities: {web: {spiffe-id: \"\"}}", "1:31: a SPIFFE ID is a string that is not empty" },
	{ "identities: {web: {spiffe-id: \"http://x\"}}", "1:31: \"http://x\": a SPIFFE ID begins with spiffe://" },
	{ "identities: {web: {spiffe-id: \"spiffe://x\"}}", "1:31: \"spiffe://x\": a SPIFFE ID of an identity has a path" },
	{ "identities: {web: {spiffe-id: \"spiffe://x/a/\"}}", "1:31: \"spiffe://x/a/\": its path has an empty segment" },
	{ "identities: {web: {spiffe-id: \"spiffe://x/../a\"}}", "1:31: \"spiffe://x/../a\": its path has a segment of dots" },
	{ "identities: {web: {spiffe-id: \"spiffe://x/a b\"}}", "1:31: \"spiffe://x/a b\": its path has a character other than letters, digits, . - _" },
	{ "identities: {web: {spiffe-id: \"spiffe://x/web\"}}", "1:14: \"spiffe://x/web\": no such trust domain in trust-domains" },
	{ DOMAIN "identities: {web: {spiffe-id: \"spiffe://td.exmaple/web\"}}", "2:14: \"spiffe://td.exmaple/web\": no such trust domain; did you mean \"td.example\"?" },
	{ "identities: {\"a b\": {spiffe-id: \"spiffe://x/web\"}}", "1:14: the name of an identity is 1 to 63 printable ASCII characters, no spaces" },
	{ DOMAIN "identities: {w: {spiffe-id: \"spiffe://td.example/w\", dns: [a, a]}}", "2:63: \"a\" is here twice" },
	{ DOMAIN "identities: {w: {spiffe-id: \"spiffe://td.example/w\", dns: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q]}}", "2:59: an identity takes at most 16 DNS names" },
	{ DOMAIN "identities: {w: {spiffe-id: \"spiffe://td.example/w\", dns: -a}}", "2:59: \"-a\" is not a DNS name" },
	{ DOMAIN "identities: {w: {spiffe-id: \"spiffe://td.example/w\", key-file: x}}", "2:14: key-file and chain-file come together" },
	{ "settings: {deadline: 11m}", "1:22: deadline is at most 10m" },
	{ "settings: {max-handshakes: 0}", "1:28: max-handshakes is at least 1" },
	{ "settings: {resumption: defered}", "1:24: no resumption \"defered\"; did you mean \"deferred\"?" },
	{ "settings: {resumption: 1}", "1:24: resumption is none, deferred or any" },
	{ "settings: {ticket-lifetime: 8d}", "1:29: ticket-lifetime is at most 7d, in whole seconds" },
	{ "settings: {ticket-lifetime: 1500ms}", "1:29: ticket-lifetime is at most 7d, in whole seconds" },
	{ "settings: {ticket-lifetime: 1ms}", "1:29: ticket-lifetime is at least 1000 ms" },
	{ "settings: {ticket-lifetime: 3600}", "1:29: ticket-lifetime is a number and a unit: ms, s, m, h or d, as in 90s" },
	{ "settings: {zebra: 1h}", "1:12: settings has no key \"zebra\"" },
	{ "settings: {resumtion: any}", "1:12: settings has no key \"resumtion\"; did you mean \"resumption\"?" },
	{ WEB "rules: [{direction: egress, mode: deny}]", "3:9: a rule needs \"name\"" },
	{ WEB "rules: [{name: r, mode: deny}]", "3:9: a rule needs \"direction\"" },
	{ RULE "mode: mutal}", "4:54: no mode \"mutal\"; did you mean \"mutual\"?" },
	{ RULE "mode: 7}", "4:54: mode is mutual, simple, permissive, passthrough, plaintext or deny" },
	{ RULE "identitty: x}", "4:48: a rule has no key \"identitty\"; did you mean \"identity\"?" },
	{ RULE "server_name: x}", "4:48: a rule has no key \"server_name\"; did you mean \"server-name\"?" },
	{ RULE "priority: -1}", "4:58: priority is a number up to 4294967294" },
	{ RULE "priority: 4294967295}", "4:58: priority is a number up to 4294967294" },
	{ RULE "ports: 0}", "4:55: a port is 1 to 65535, or a range such as 8000-8099" },
	{ RULE "ports: 65536}", "4:55: a port is 1 to 65535, or a range such as 8000-8099" },
	{ RULE "ports: [90-80]}", "4:56: the range ends before it begins" },
	{ RULE "ports: []}", "4:55: an empty list; leave the key out" },
	{ RULE "addresses: 10.0.0.300}", "4:59: \"10.0.0.300\" is no address such as 192.0.2.0/24 or 2001:db8::1" },
	{ RULE "addresses: 10.0.0.1/33}", "4:59: \"10.0.0.1/33\" is no address such as 192.0.2.0/24 or 2001:db8::1" },
	{ RULE "addresses: 10.0.0.1/24}", "4:59: \"10.0.0.1/24\" has bits set behind its length; did you mean \"10.0.0.0/24\"?" },
	{ RULE "addresses: \"2001:db8::1/32\"}", "4:59: \"2001:db8::1/32\" has bits set behind its length; did you mean \"2001:db8::/32\"?" },
	{ RULE "who: {comm: nginx}}", "4:53: comm and cmdline are anybody's; add path, verity, uid, gid or cgroup" },
	{ RULE "who: [{}]}", "4:54: a selector says nothing; leave \"who\" out for everybody" },
	{ RULE "who: []}", "4:53: \"who\" is empty; leave it out for everybody" },
	{ RULE "peers: {a: b}}", "4:55: a list is needed here, not a map" },
	{ OUT "server-name: a..b}", "4:60: \"a..b\" is not the DNS name of a host" },
	{ RULE "mode: simple, peers: \"spiffe://td.example/x\"}", "4:3: clients do not say who they are in mode simple: no peers" },
	{ RULE "pq: of}", "4:52: no pq \"of\"; did you mean \"off\"?" },
	{ RULE "max-session-age: 15d}", "4:65: max-session-age is at most 14d, in whole seconds" },
	{ RULE "max-session-age: 1001ms}", "4:65: max-session-age is at most 14d, in whole seconds" },
	{ RULE "kill-on-revoke: 1}", "4:64: kill-on-revoke is true or false" },
	{ RULE "mode: deny, kill-on-revoke: true}", "4:3: mode deny has no TLS: nothing that is about TLS goes with it" },
	{ RULE "who: {path: bin/x}}", "4:60: path is absolute: it begins with /" },
	{ RULE "who: {comm: 0123456789abcdef, uid: 0}}", "4:60: comm has at most 15 bytes" },
	{ RULE "who: {verity: abcd}}", "4:62: verity is a digest of 32 or 64 bytes in hexadecimal" },
	{ RULE "who: {uid: root}}", "4:59: an ID of a user or group is a number up to 4294967294" },
	{ RULE "confirm: yes}", "4:57: confirm is true or false" },
	{ RULE "confirm: true}", "4:3: server-name and confirm are for egress" },
	{ RULE "wait: 1s}", "4:3: wait is for mode permissive" },
	{ RULE "mode: permissive, wait: 2m}", "4:72: wait is at most 60s" },
	{ RULE "mode: deny}", "4:3: mode deny has no TLS: nothing that is about TLS goes with it" },
	{ RULE "service: x}", "4:57: no service \"x\"" },
	{ RULE "peers: \"spiffe://other.org\"}", "4:55: \"spiffe://other.org\": no such trust domain in trust-domains" },
	{ OUT "attest: accept}", "4:3: attest is for ingress: who connects is always the one that counts" },
	{ OUT "mode: permissive}", "4:3: mode permissive is for ingress: the first bytes of a client decide" },
	{ WEB "rules: [{name: r, direction: egress}]", "3:9: mode mutual needs an identity" },
	{ WEB "rules: [{name: r, direction: egress, identity: wbe}]", "3:48: no identity \"wbe\"; did you mean \"web\"?" },
	{ WEB "services: {db: {ports: 1}}", "3:16: a service needs \"addresses\"" },
	{ WEB "services: {db: {addresses: 10.0.0.1}}\nrules: [{name: r, direction: egress, mode: deny, service: db, addresses: 10.0.0.2}]", "4:59: addresses and service do not go together" },
	{ WEB "rules: [{name: r, direction: egress, mode: deny}, {name: r, direction: egress, mode: deny}]", "3:51: there is a rule \"r\" already, at x:3" },
	{ WEB "services: {db: {addresses: 10.0.0.1}}\nrules: [{name: r, direction: egress, mode: deny, service: bd}]", "4:59: no service \"bd\"; did you mean \"db\"?" },
};

static void test_bad(void)
{
	struct problems p = {};
	struct conf c = {};
	char got[1024];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		conf_parse(&c, "x", bad[i].text, strlen(bad[i].text), &p);
		conf_finish(&c, &p);
		got[0] = '\0';
		if (p.n)
			snprintf(got, sizeof(got), "%u:%u: %s", p.v[0].line, p.v[0].column,
				 p.v[0].text);
		if (!expect(!strcmp(got, bad[i].problem)))
			printf("# %u: \"%s\" instead of \"%s\"\n", i, got, bad[i].problem);
		problems_free(&p);
		conf_free(&c);
	}
}

static bool parse(struct conf *c, const char *text)
{
	struct problems p = {};

	conf_parse(c, "x", text, strlen(text), &p);
	conf_finish(c, &p);
	problems_print(&p, stdout);
	if (p.n)
		conf_free(c);
	problems_free(&p);
	return !c->domains.n ? false : true;
}

static void test_good(void)
{
	static const char text[] = RULE
		"priority: 7, mode: permissive, ports: [80, 8000-8001], addresses: 10.0.0.0/8,"
		" peers: [\"spiffe://td.example\", \"spiffe://td.example/a/\"], wait: 1s,"
		" attest: accept, alpn: [h2], who: [{path: /x, uid: [1, 2]}, {cgroup: /c}]}\n";
	struct conf c = {};
	struct rule *r;

	if (!expect(parse(&c, text)))
		return;
	r = c.state.rules.v;
	expect(c.state.rules.n == 1 && !strcmp(r->name, "r") && r->priority == 7);
	expect(r->mode == RIPTIDES_RULE_MODE_PERMISSIVE && r->wait_ms == 1000 && r->attest == 1);
	expect(r->direction == RIPTIDES_DIRECTION_INGRESS && !strcmp(r->identity, "web"));
	expect(r->ports.n == 2 && r->ports.v[1].first == 8000 && r->ports.v[1].last == 8001);
	expect(r->prefixes.n == 1 && r->prefixes.v[0].size == 4 && r->prefixes.v[0].length == 8);
	expect(r->peers.n == 2 && r->selectors.n == 2 && r->selectors.v[0].uid.v[1] == 2);
	expect(c.domains.v[0].signer.kind == SIGNER_EMBEDDED);
	expect(!strcmp(c.domains.v[0].signer.directory, "/var/lib/riptides/td.example"));
	expect(c.domains.v[0].signer.ttl_ms == 3600 * 1000);
	conf_free(&c);
}

static bool setting(struct conf *c, const char *key, const char *value, const char *problem)
{
	char *k = strdup(key), *v = strdup(value);
	struct problems p = {};
	bool good;

	conf_setting(c, k, v, &p);
	good = problem ? p.n == 1 && !strcmp(p.v[0].text, problem) : !p.n;
	problems_free(&p);
	free(k);
	free(v);
	return good;
}

static void test_settings(void)
{
	static const char text[] = DOMAIN "settings: {deadline: 5s, egress: false,"
		" max-handshakes: 7, resumption: any, ticket-lifetime: 7d}\n";
	struct conf c = {}, one = {};
	struct plan p = {};

	if (!expect(parse(&c, text)))
		return;
	expect(c.state.settings.deadline_ms == 5000 && c.state.settings.max_handshakes == 7);
	expect(c.state.settings.egress == SWITCH_OFF && !c.state.settings.ingress);
	expect(c.state.settings.resumption == RESUMPTION(RIPTIDES_RESUMPTION_ANY));
	expect(c.state.settings.ticket_lifetime_s == 604800);

	/* One by one */
	expect(setting(&one, "resumption", "any", NULL));
	expect(setting(&one, "ticket-lifetime", "1s", NULL));
	expect(setting(&one, "egress", "false", NULL));
	expect(one.state.settings.resumption == c.state.settings.resumption);
	expect(one.state.settings.ticket_lifetime_s == 1 && !one.state.settings.deadline_ms);
	expect(setting(&one, "egres", "1",
		       "settings has no key \"egres\"; did you mean \"egress\"?"));
	expect(setting(&one, "max-handshakes", "", "max-handshakes is a number up to 1048576"));

	/* What is not given makes no difference */
	plan_make(&p, &c.state, &one.state);
	expect(p.n == 1 && p.v[0].of == OF_SETTINGS);
	plan_free(&p);
	one.state.settings.ticket_lifetime_s = 0;
	plan_make(&p, &c.state, &one.state);
	expect(!p.n);
	plan_free(&p);
	conf_free(&one);
	conf_free(&c);
}

static void test_service(void)
{
	static const char text[] = WEB
		"services: {db: {addresses: [10.0.0.1, 10.0.0.2], ports: 5432,"
		" peers: \"spiffe://td.example/db\", server-name: db.td.example}}\n"
		"rules:\n"
		"- {name: a, direction: egress, identity: web, service: db}\n"
		"- {name: b, direction: egress, identity: web, service: db, ports: 1,"
		" peers: \"spiffe://td.example/x\"}\n"
		"- {name: c, direction: egress, mode: deny, service: db}\n";
	struct conf c = {};
	struct rule *r;

	if (!expect(parse(&c, text)))
		return;
	r = c.state.rules.v;
	expect(r[0].prefixes.n == 2 && r[0].ports.v[0].first == 5432);
	expect(!strcmp(r[0].peers.v[0], "spiffe://td.example/db"));
	expect(!strcmp(r[0].server_name, "db.td.example"));
	expect(r[1].ports.v[0].first == 1 && !strcmp(r[1].peers.v[0], "spiffe://td.example/x"));
	expect(r[2].prefixes.n == 2 && !r[2].peers.n && !r[2].server_name);
	conf_free(&c);
}

static void test_empty(void)
{
	static const char *const texts[] = { "", "# nothing\n", "---\n", "{}", "rules: []" };
	struct problems p = {};
	struct conf c = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		conf_parse(&c, "x", texts[i], strlen(texts[i]), &p);
		conf_finish(&c, &p);
		expect(!p.n);
		problems_free(&p);
		conf_free(&c);
	}
}

static void test_out(void)
{
	struct strings empty = {};
	struct out o = { .json = true, .line = true };

	out_map(&o, NULL);
	out_str(&o, "a", "x\"\\\n\x01\x7f\xc3\xa9\xc2\x9b\xff\xed\xa0\x80");
	out_list(&o, "b");
	out_num(&o, NULL, -5);
	out_bool(&o, NULL, true);
	out_end(&o);
	out_strings(&o, "c", &empty);
	out_str(&o, "d", NULL);
	out_end(&o);
	expect(!strcmp(o.text.data, "{\"a\": \"x\\\"\\\\\\n\\u0001\\u007f\xc3\xa9\\u009b"
		       "\\ufffd\\ufffd\\ufffd\\ufffd\", \"b\": [-5, true]}"));
	buf_free(&o.text);

	o.json = false;
	out_map(&o, NULL);
	out_list(&o, "list");
	out_map(&o, NULL);
	out_str(&o, "a", "true");
	out_str(&o, "b", "/plain.path");
	out_end(&o);
	out_str(&o, NULL, "-----BEGIN X-----\nAAAA\n-----END X-----\n");
	out_map(&o, NULL);
	out_end(&o);
	out_end(&o);
	out_map(&o, "m");
	out_end(&o);
	out_end(&o);
	expect(!strcmp(o.text.data, "list:\n  - a: \"true\"\n    b: /plain.path\n  - |\n"
		       "    -----BEGIN X-----\n    AAAA\n    -----END X-----\n  - {}\nm: {}"));
	buf_free(&o.text);
}

static const char *word(const void *ctx, unsigned int i)
{
	const char *const *words = ctx;

	return words[i];
}

static void test_spell(void)
{
	static const char *const words[] = { "priority", "peers", "ports", "server-name" };

	expect(!strcmp(spell_nearest("piority", word, words, 4), "priority"));
	expect(!strcmp(spell_nearest("pers", word, words, 4), "peers"));
	expect(!strcmp(spell_nearest("prots", word, words, 4), "ports"));
	expect(!strcmp(spell_nearest("ServerName", word, words, 4), "server-name"));
	expect(!spell_nearest("zebra", word, words, 4));
	expect(!spell_nearest("", word, words, 4));
	expect(!spell_nearest("peers-peers-peers-peers-peers-peers", word, words, 4));
}

static void test_pem(void)
{
	struct blob der = { (u8 *)"\x30\x03\x02\x01\x05", 5 };
	struct blobs out = {};
	struct arena a = {};
	struct error e = {};
	struct buf b = {};

	buf_str(&b, "text before\n");
	pem_write(&b, "CERTIFICATE", &der);
	pem_write(&b, "OTHER", &der);
	pem_write(&b, "CERTIFICATE", &der);
	expect(!certs_read(&a, "x", b.data, b.len, &out, &e) && out.n == 2 &&
	       blob_eq(&out.v[1], &der));
	expect(certs_read(&a, "x", "", 0, &out, &e) && !strcmp(e.text, "x: has no CERTIFICATE"));
	expect(certs_read(&a, "x", b.data, b.len - 5, &out, &e) &&
	       !strcmp(e.text, "x: a CERTIFICATE does not end"));
	b.data[50] = '!';
	expect(certs_read(&a, "x", b.data, b.len, &out, &e) &&
	       !strcmp(e.text, "x: a CERTIFICATE is not base64"));
	buf_free(&b);

	memset(&out, 0, sizeof(out));
	buf_str(&b, " {\"keys\": [{\"use\": \"jwt-svid\"}, {\"use\": \"x509-svid\", \"x5c\": "
		"[\"MAMCAQU=\"]}]}");
	expect(!certs_read(&a, "x", b.data, b.len, &out, &e) && out.n == 1 &&
	       blob_eq(&out.v[0], &der));
	expect(certs_read(&a, "x", "{\"keys\": 1}", 11, &out, &e) &&
	       !strcmp(e.text, "x: JSON, but not a JWK set: no list of keys"));
	expect(certs_read(&a, "x", "{\"keys\": ", 9, &out, &e));
	buf_free(&b);
	arena_free(&a);
}

static void test_plan(void)
{
	static const char before[] = WEB
		"rules:\n- {name: a, direction: egress, mode: deny}\n"
		"- {name: b, direction: egress, mode: deny}\n"
		"- {name: c, direction: egress, mode: deny}\n";
	static const char after[] = WEB
		"rules:\n- {name: d, direction: egress, mode: deny}\n"
		"- {name: b, direction: ingress, mode: deny}\n"
		"- {name: a, direction: egress, mode: deny}\n";
	static const char moved[] = WEB
		"rules:\n- {name: b, direction: egress, mode: deny}\n"
		"- {name: a, direction: egress, mode: deny}\n"
		"- {name: c, direction: egress, mode: deny}\n";
	struct conf x = {}, y = {}, z = {};
	struct plan p = {};

	if (!expect(parse(&x, before) && parse(&y, after) && parse(&z, moved)))
		return;
	plan_make(&p, &x.state, &x.state);
	expect(!p.n && !p.rules);
	plan_free(&p);
	plan_make(&p, &x.state, &y.state);
	expect(p.n == 3 && p.rules);
	expect(p.v[0].kind == CHANGE_SET && !strcmp(p.v[0].name, "b"));
	expect(p.v[1].kind == CHANGE_DEL && !strcmp(p.v[1].name, "c"));
	expect(p.v[2].kind == CHANGE_ADD && !strcmp(p.v[2].name, "d"));
	plan_free(&p);
	plan_make(&p, &x.state, &z.state);
	expect(p.n == 1 && p.v[0].kind == CHANGE_ORDER && p.rules);
	plan_free(&p);
	conf_free(&x);
	conf_free(&y);
	conf_free(&z);
}

int main(void)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = {
		{ "conf: what is wrong is told, and where", test_bad },
		{ "conf: what is right is understood", test_good },
		{ "conf: settings of the namespace, together and alone", test_settings },
		{ "conf: rules take what their service has", test_service },
		{ "conf: nothing is a configuration", test_empty },
		{ "out: JSON and YAML", test_out },
		{ "spell: what was meant", test_spell },
		{ "pem: PEM and JWKS", test_pem },
		{ "plan: differences of policies", test_plan },
		{ "cert: requests that may not be signed", test_csr },
		{ "cert: chains that are not what was asked for", test_chain },
		{ "ca: key, root, leaf, revocation", test_ca },
		{ "ca: rotation", test_ca_rotate },
		{ "sign: programs that misbehave", test_exec },
		{ "nl: answers that were not read", test_lost_answer },
		{ "nl: a kernel without riptides", test_no_kernel },
	};
	bool any = false;
	unsigned int i;

	/* As riptidesd itself does */
	signal(SIGPIPE, SIG_IGN);
	printf("TAP version 13\n1..%zu\n", ARRAY_SIZE(tests));
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		failed = false;
		tests[i].run();
		printf("%s %u %s\n", failed ? "not ok" : "ok", i + 1, tests[i].name);
		fflush(stdout);
		any |= failed;
	}
	return any;
}
