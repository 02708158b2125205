// SPDX-License-Identifier: GPL-2.0-only
/*
 * The validator's rules, second part: well-formed certificates that must not
 * be accepted
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "chain_corpus.h"
#include "der.h"

/* Without SPIFFE, as towards a server of another kind */
static void simple(struct cc *c)
{
	struct cc_spec *leaf = &c->spec[CC_LEAF];

	c->params.spiffe = false;
	c->params.trust_domain = NULL;
	leaf->n_san = 0;
	cc_san(leaf, RPT_ASN1_CTX(RPT_SAN_DNS), "www.example.org");
	cc_san(leaf, RPT_ASN1_CTX(RPT_SAN_DNS), "*.example.net");
	leaf->san[2] = (struct cc_san){ RPT_ASN1_CTX(RPT_SAN_IP), "\xc0\0\x02\x01", 4 };
	leaf->n_san = 3;
}

static void simple_dns(struct cc *c)
{
	simple(c);
	c->params.dns_name = "www.example.org";
}

static void simple_ip(struct cc *c)
{
	simple(c);
	c->params.ip = (const u8 *)"\xc0\0\x02\x01";
	c->params.ip_len = 4;
}

static void other_dns(struct cc *c)
{
	c->params.dns_name = c->kase->text;
}

static void other_ip(struct cc *c)
{
	c->params.ip = (const u8 *)"\xc0\0\x02\x02";
}

/* leaf <- inter <- inter2 <- root */
static void two_inters(struct cc *c)
{
	static const u8 order[] = { CC_LEAF, CC_INTER, CC_INTER2 };

	cc_ca(c, CC_INTER, "inter", "inter2", CC_KEY_INTER, CC_KEY_INTER2);
	cc_ca(c, CC_INTER2, "inter2", "root", CC_KEY_INTER2, CC_KEY_ROOT);
	cc_send(c, ARRAY_SIZE(order), order);
}

/* Validity of certificate @num */
static void expired(struct cc *c)
{
	c->spec[c->kase->num].not_after = CC_NOW - 1;
}

static void not_yet(struct cc *c)
{
	c->spec[c->kase->num].not_before = CC_NOW + 1;
}

static void last_second(struct cc *c)
{
	c->spec[c->kase->num].not_after = CC_NOW;
}

static void first_second(struct cc *c)
{
	c->spec[c->kase->num].not_before = CC_NOW;
}

static void clock_unset(struct cc *c)
{
	c->params.now = RPT_CLOCK_MIN - 1;
}

static void old_certs(struct cc *c)
{
	unsigned int i;

	for (i = 0; i < CC_CERTS; i++)
		c->spec[i].not_before = 0;
	c->params.now = RPT_CLOCK_MIN;
}

/* Certificate @num is on the list, by issuer and serial number or by the latter */
static void revoke(struct cc *c, const char *issuer)
{
	u8 *name = kunit_kzalloc(c->test, 32, GFP_KERNEL);
	struct cc_spec *s = &c->spec[c->kase->num];
	struct rpt_revocation *r = &c->revoked[1];
	struct rpt_wr w;
	size_t marks[3];

	KUNIT_ASSERT_NOT_NULL(c->test, name);
	r->serial.data = s->serial;
	r->serial.len = s->serial_len;
	c->params.n_revoked = 2;	/* the first one is about nobody */
	if (!issuer)
		return;
	rpt_wr_init(&w, name, 32);
	marks[0] = rpt_der_open(&w, RPT_ASN1_SEQUENCE);
	marks[1] = rpt_der_open(&w, RPT_ASN1_SET);
	marks[2] = rpt_der_open(&w, RPT_ASN1_SEQUENCE);
	rpt_der_put(&w, RPT_ASN1_OID, "\x55\x04\x03", 3);
	rpt_der_put(&w, RPT_ASN1_UTF8_STRING, issuer, strlen(issuer));
	rpt_der_close(&w, marks[2]);
	rpt_der_close(&w, marks[1]);
	rpt_der_close(&w, marks[0]);
	r->issuer.data = name;
	r->issuer.len = w.len;
}

static void revoked(struct cc *c)
{
	revoke(c, c->spec[c->kase->num].issuer);
}

static void revoked_any_issuer(struct cc *c)
{
	revoke(c, NULL);
	c->revoked[1].issuer.len = 0;
}

/* As DER has a number whose first bit is set */
static void revoked_with_sign(struct cc *c)
{
	static const u8 serial[] = { 0, 0xc5 };

	revoked(c);
	c->spec[c->kase->num].serial_len = sizeof(serial);
	memcpy(c->spec[c->kase->num].serial, serial, sizeof(serial));
	c->revoked[1].serial = (struct rpt_blob){ serial, sizeof(serial) };
}

/* The same serial number of another CA: no reason to refuse */
static void revoked_elsewhere(struct cc *c)
{
	revoke(c, "another");
}

static void leaf_is_ca(struct cc *c)
{
	c->spec[CC_LEAF].ca = true;
}

static void key_usage(struct cc *c)
{
	c->spec[CC_LEAF].key_usage = c->kase->num;
}

static void simple_no_key_usage(struct cc *c)
{
	simple(c);
	c->spec[CC_LEAF].key_usage = 0;
}

static void eku(struct cc *c)
{
	c->spec[CC_LEAF].eku = c->kase->num;
}

static void as_client(struct cc *c)
{
	c->params.purpose = RPT_PURPOSE_CLIENT_AUTH;
}

static void critical_eku(struct cc *c)
{
	c->spec[CC_LEAF].eku_critical = true;
}

static void no_san(struct cc *c)
{
	c->spec[CC_LEAF].n_san = 0;
}

static void only_dns(struct cc *c)
{
	c->spec[CC_LEAF].san[0].tag = RPT_ASN1_CTX(RPT_SAN_DNS);
	c->spec[CC_LEAF].san[0].data = "web.example.org";
	c->spec[CC_LEAF].san[0].len = 15;
}

static void second_uri(struct cc *c)
{
	cc_san(&c->spec[CC_LEAF], RPT_ASN1_CTX(RPT_SAN_URI), c->kase->text);
}

static void uri(struct cc *c)
{
	c->spec[CC_LEAF].n_san = 0;
	cc_san(&c->spec[CC_LEAF], RPT_ASN1_CTX(RPT_SAN_URI), c->kase->text);
}

/* A SPIFFE ID of @len bytes */
static void long_uri(struct cc *c, size_t len)
{
	char *id = kunit_kmalloc(c->test, len, GFP_KERNEL);
	struct cc_san *n = &c->spec[CC_LEAF].san[0];

	KUNIT_ASSERT_NOT_NULL(c->test, id);
	memset(id, 'a', len);
	memcpy(id, CC_SPIFFE_ID, strlen(CC_SPIFFE_ID));
	n->data = id;
	n->len = len;
}

static void uri_2048(struct cc *c)
{
	long_uri(c, RPT_SPIFFE_MAX);
}

static void uri_2049(struct cc *c)
{
	long_uri(c, RPT_SPIFFE_MAX + 1);
}

/* The trust domain of a SPIFFE ID of 2048 bytes has @len of them */
static void long_td(struct cc *c, size_t len)
{
	size_t start = strlen("spiffe://");
	char *id;

	long_uri(c, RPT_SPIFFE_MAX);
	id = (char *)c->spec[CC_LEAF].san[0].data;
	memset(id + start, 'a', RPT_SPIFFE_MAX - start);
	id[start + len] = '/';
	c->params.trust_domain = NULL;
}

static void td_255(struct cc *c)
{
	long_td(c, RPT_SPIFFE_TD_MAX);
}

static void td_256(struct cc *c)
{
	long_td(c, RPT_SPIFFE_TD_MAX + 1);
}

static void other_td(struct cc *c)
{
	c->params.trust_domain = c->kase->text;
}

static void inter_no_ca(struct cc *c)
{
	c->spec[CC_INTER].ca = false;
}

static void inter_no_basic(struct cc *c)
{
	c->spec[CC_INTER].basic = false;
}

static void inter_key_usage(struct cc *c)
{
	c->spec[CC_INTER].key_usage = c->kase->num;
}

static void simple_inter_no_key_usage(struct cc *c)
{
	simple(c);
	c->spec[CC_INTER].key_usage = 0;
}

static void inter_eku(struct cc *c)
{
	c->spec[CC_INTER].eku = c->kase->num;
}

static void root_eku(struct cc *c)
{
	c->spec[CC_ROOT].eku = c->kase->num;
}

static void inter_eku_server(struct cc *c)
{
	c->spec[CC_INTER].eku = RPT_EKU_SERVER_AUTH;
}

static void inter_uri(struct cc *c)
{
	cc_san(&c->spec[CC_INTER], RPT_ASN1_CTX(RPT_SAN_URI), c->kase->text);
}

static void inter_own_uri(struct cc *c)
{
	cc_san(&c->spec[CC_INTER], RPT_ASN1_CTX(RPT_SAN_URI), "spiffe://" CC_TD);
}

/* Above the leaf's issuer, CAs may be of any trust domain */
static void parent_td(struct cc *c)
{
	two_inters(c);
	inter_own_uri(c);
	cc_san(&c->spec[CC_INTER2], RPT_ASN1_CTX(RPT_SAN_URI), "spiffe://parent.org");
	cc_san(&c->spec[CC_ROOT], RPT_ASN1_CTX(RPT_SAN_URI), "spiffe://parent.org");
}

static void inter_other_td(struct cc *c)
{
	c->spec[CC_INTER].n_san = 0;
	inter_uri(c);
}

/* The anchor issues the leaf itself */
static void root_issues(struct cc *c)
{
	c->spec[CC_LEAF].issuer = "root";
	c->spec[CC_LEAF].signer = CC_KEY_ROOT;
	c->n_sent = 1;
	cc_san(&c->spec[CC_ROOT], RPT_ASN1_CTX(RPT_SAN_URI), "spiffe://" CC_TD);
}

static void root_own_uri(struct cc *c)
{
	cc_san(&c->spec[CC_ROOT], RPT_ASN1_CTX(RPT_SAN_URI), "spiffe://" CC_TD);
}

static void root_uri(struct cc *c)
{
	c->spec[CC_ROOT].n_san = 0;
	cc_san(&c->spec[CC_ROOT], RPT_ASN1_CTX(RPT_SAN_URI), c->kase->text);
}

/* Path lengths that are just enough for two intermediates */
static void enough(struct cc *c)
{
	two_inters(c);
	c->spec[CC_ROOT].path_len = 2;
	c->spec[CC_INTER2].path_len = 1;
	c->spec[CC_INTER].path_len = 0;
}

static void too_short(struct cc *c)
{
	c->spec[c->kase->num].path_len--;
}

static void leaf_signed_by_other(struct cc *c)
{
	c->spec[CC_LEAF].signer = CC_KEY_ROOT2;
}

static void inter_signed_by_other(struct cc *c)
{
	c->spec[CC_INTER].signer = CC_KEY_ROOT2;
}

/* The last octet of the signature: still DER, no longer true */
static void spoil_sig(u8 *der, size_t *len)
{
	der[*len - 1] ^= 1;
}

static void leaf_sig_bit(struct cc *c)
{
	c->spec[CC_LEAF].mangle = spoil_sig;
}

static void no_inter(struct cc *c)
{
	c->n_sent = 1;
}

static void no_anchor(struct cc *c)
{
	c->n_trusted = 0;
}

static void other_anchor(struct cc *c)
{
	cc_ca(c, CC_ROOT2, "root2", "root2", CC_KEY_ROOT2, CC_KEY_ROOT2);
	c->trusted[0] = CC_ROOT2;
}

/* The peer sends its root, which nobody trusts */
static void own_root(struct cc *c)
{
	static const u8 order[] = { CC_LEAF, CC_INTER, CC_ROOT };

	other_anchor(c);
	cc_send(c, ARRAY_SIZE(order), order);
}

/* Same name as the anchor, other key */
static void forged_root(struct cc *c)
{
	cc_ca(c, CC_ROOT2, "root", "root", CC_KEY_ROOT2, CC_KEY_ROOT2);
	c->trusted[0] = CC_ROOT2;
}

static void self_signed_leaf(struct cc *c)
{
	c->spec[CC_LEAF].subject = "inter";
	c->spec[CC_LEAF].subject_len = 5;
	c->spec[CC_LEAF].signer = CC_KEY_LEAF;
	c->n_sent = 1;
}

static void issuer_differs(struct cc *c)
{
	c->spec[CC_LEAF].issuer = "Inter";
}

static void key_ids(struct cc *c)
{
	static const u8 inter_id[] = { 1, 2, 3 }, root_id[] = { 4, 5, 6 };

	c->spec[CC_ROOT].ski = (struct rpt_blob){ root_id, sizeof(root_id) };
	c->spec[CC_INTER].aki = c->spec[CC_ROOT].ski;
	c->spec[CC_INTER].ski = (struct rpt_blob){ inter_id, sizeof(inter_id) };
	c->spec[CC_LEAF].aki = c->spec[CC_INTER].ski;
}

static void leaf_aki_differs(struct cc *c)
{
	c->spec[CC_LEAF].aki = c->spec[CC_ROOT].ski;
}

static void inter_aki_differs(struct cc *c)
{
	c->spec[CC_INTER].aki = c->spec[CC_INTER].ski;
}

/* inter <- inter2 <- inter: closed, and nothing above it */
static void loop(struct cc *c)
{
	two_inters(c);
	c->spec[CC_INTER2].issuer = "inter";
	c->spec[CC_INTER2].signer = CC_KEY_INTER;
}

/*
 * The CA of other.org is an anchor of other.org's bundle. It issues a leaf for
 * example.org, which is looked up in example.org's bundle.
 */
static void foreign_ca(struct cc *c)
{
	cc_ca(c, CC_ROOT2, "other.org CA", "other.org CA", CC_KEY_ROOT2, CC_KEY_ROOT2);
	c->spec[CC_LEAF].issuer = "other.org CA";
	c->spec[CC_LEAF].signer = CC_KEY_ROOT2;
	c->n_sent = 1;
}

static void leaf_second(struct cc *c)
{
	static const u8 order[] = { CC_INTER, CC_LEAF };

	cc_send(c, ARRAY_SIZE(order), order);
}

static void nine_certs(struct cc *c)
{
	c->n_sent = RPT_CHAIN_MAX + 1;
}

static void eight_certs(struct cc *c)
{
	static const u8 order[RPT_CHAIN_MAX] = { CC_LEAF, CC_INTER };

	cc_send(c, ARRAY_SIZE(order), order);
}

/* Extensions without meaning that make the certificates long */
static void long_certs(struct cc *c)
{
	static const u8 order[] = { CC_LEAF, CC_INTER, CC_INTER };
	u8 *value = kunit_kzalloc(c->test, 9000, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(c->test, value);
	cc_ext(c, &c->spec[CC_LEAF], 99, CC_ABSENT, value, 9000);
	cc_ext(c, &c->spec[CC_INTER], 99, CC_ABSENT, value, 9000);
	cc_send(c, ARRAY_SIZE(order), order);
}

static void longer_certs(struct cc *c)
{
	c->sent[c->n_sent++] = CC_INTER;
}

static void no_cert(struct cc *c)
{
	c->n_sent = 0;
}

#define VALID_RULE	"validity"
#define REVOKED_RULE	"revocation"
#define SVID_RULE	"X.509-SVID"
#define ID_RULE		"SPIFFE ID of the leaf"
#define LEAF_RULE	"leaf"
#define EKU_RULE	"extended key usage"
#define CA_RULE		"CA certificate"
#define LEN_RULE	"path length"
#define SIG_RULE	"signature"
#define PATH_RULE	"path to an anchor"
#define NAME_RULE	"host name"
#define SIZE_RULE	"size"

#define KU_DS		RPT_KU_DIGITAL_SIGNATURE

const struct cc_case cc_cases[] = {
	{ VALID_RULE, "leaf expired", last_second, expired, CC_EXPIRED, .num = CC_LEAF },
	{ VALID_RULE, "leaf not yet valid", first_second, not_yet, CC_EXPIRED, .num = CC_LEAF },
	{ VALID_RULE, "intermediate expired", last_second, expired, CC_EXPIRED,
	  .num = CC_INTER },
	{ VALID_RULE, "intermediate not yet valid", first_second, not_yet, CC_EXPIRED,
	  .num = CC_INTER },
	{ VALID_RULE, "anchor expired", last_second, expired, CC_EXPIRED, .num = CC_ROOT },
	{ VALID_RULE, "anchor not yet valid", first_second, not_yet, CC_EXPIRED,
	  .num = CC_ROOT },
	{ "clock", "not set", old_certs, clock_unset, CC_NO_CLOCK },

	{ REVOKED_RULE, "leaf", revoked_elsewhere, revoked, CC_REVOKED, .num = CC_LEAF },
	{ REVOKED_RULE, "leaf, any issuer", NULL, revoked_any_issuer, CC_REVOKED,
	  .num = CC_LEAF },
	{ REVOKED_RULE, "leaf, number with a sign octet", NULL, revoked_with_sign,
	  CC_REVOKED, .num = CC_LEAF },
	{ REVOKED_RULE, "intermediate", revoked_elsewhere, revoked, CC_REVOKED,
	  .num = CC_INTER },
	{ REVOKED_RULE, "anchor", revoked_elsewhere, revoked, CC_REVOKED, .num = CC_ROOT },

	{ LEAF_RULE, "is a CA", NULL, leaf_is_ca, CC_BAD },
	{ LEAF_RULE, "comes second", NULL, leaf_second, CC_BAD },
	{ LEAF_RULE, "may sign certificates", NULL, key_usage, CC_UNSUPPORTED,
	  .num = KU_DS | RPT_KU_KEY_CERT_SIGN },
	{ LEAF_RULE, "may not make signatures", NULL, key_usage, CC_UNSUPPORTED,
	  .num = RPT_KU_KEY_ENCIPHERMENT | RPT_KU_KEY_AGREEMENT },
	{ LEAF_RULE, "may not make signatures, SIMPLE", simple_no_key_usage, key_usage,
	  CC_UNSUPPORTED, .num = RPT_KU_KEY_ENCIPHERMENT },
	{ EKU_RULE, "server is a client", NULL, eku, CC_UNSUPPORTED,
	  .num = RPT_EKU_CLIENT_AUTH },
	{ EKU_RULE, "client is a server", as_client, eku, CC_UNSUPPORTED,
	  .num = RPT_EKU_SERVER_AUTH },
	{ EKU_RULE, "neither, and critical", critical_eku, eku, CC_UNSUPPORTED,
	  .num = RPT_EKU_OTHER },
	{ EKU_RULE, "leaf for any purpose", NULL, eku, CC_UNSUPPORTED, .num = RPT_EKU_ANY },
	{ EKU_RULE, "intermediate for clients only", inter_eku_server, inter_eku,
	  CC_UNSUPPORTED, .num = RPT_EKU_CLIENT_AUTH | RPT_EKU_OTHER },
	{ EKU_RULE, "anchor for clients only", NULL, root_eku, CC_UNSUPPORTED,
	  .num = RPT_EKU_CLIENT_AUTH },

	{ SVID_RULE, "leaf without key usage", NULL, key_usage, CC_UNSUPPORTED, .num = 0 },
	{ SVID_RULE, "leaf may sign CRLs", NULL, key_usage, CC_UNSUPPORTED,
	  .num = KU_DS | RPT_KU_CRL_SIGN },
	{ SVID_RULE, "no name", NULL, no_san, CC_BAD },
	{ SVID_RULE, "only a DNS name", NULL, only_dns, CC_BAD },
	{ SVID_RULE, "two URI names", NULL, second_uri, CC_BAD,
	  .text = "spiffe://example.org/db" },
	{ SVID_RULE, "the same URI name twice", NULL, second_uri, CC_BAD,
	  .text = CC_SPIFFE_ID },
	{ SVID_RULE, "second URI name of another scheme", NULL, second_uri, CC_BAD,
	  .text = "https://example.org/" },
	{ SVID_RULE, "CA without key usage", NULL, inter_key_usage, CC_BAD, .num = 0 },
	{ SVID_RULE, "CA with two URI names", inter_own_uri, inter_uri, CC_BAD,
	  .text = "spiffe://example.org" },
	{ SVID_RULE, "CA with a path", NULL, inter_uri, CC_BAD,
	  .text = "spiffe://example.org/ca" },
	{ SVID_RULE, "CA of another trust domain", NULL, inter_uri, CC_BAD,
	  .text = "spiffe://other.org" },
	{ SVID_RULE, "CA with another URI", NULL, inter_uri, CC_BAD,
	  .text = "https://example.org" },
	{ SVID_RULE, "CA of its parent's trust domain", parent_td, inter_other_td, CC_BAD,
	  .text = "spiffe://parent.org" },
	{ SVID_RULE, "anchor of another trust domain", root_issues, root_uri, CC_BAD,
	  .text = "spiffe://other.org" },
	{ SVID_RULE, "anchor with a path", root_own_uri, root_uri, CC_BAD,
	  .text = "spiffe://example.org/ca" },

	{ ID_RULE, "no path", NULL, uri, CC_BAD, .text = "spiffe://example.org" },
	{ ID_RULE, "another scheme", NULL, uri, CC_BAD, .text = "https://example.org/web" },
	{ ID_RULE, "scheme in capitals", NULL, uri, CC_BAD, .text = "SPIFFE://example.org/web" },
	{ ID_RULE, "trust domain in capitals", NULL, uri, CC_BAD,
	  .text = "spiffe://Example.org/web" },
	{ ID_RULE, "no trust domain", NULL, uri, CC_BAD, .text = "spiffe:///web" },
	{ ID_RULE, "trust domain of 256 bytes", td_255, td_256, CC_BAD },
	{ ID_RULE, "port", NULL, uri, CC_BAD, .text = "spiffe://example.org:443/web" },
	{ ID_RULE, "user", NULL, uri, CC_BAD, .text = "spiffe://me@example.org/web" },
	{ ID_RULE, "query", NULL, uri, CC_BAD, .text = "spiffe://example.org/web?x" },
	{ ID_RULE, "fragment", NULL, uri, CC_BAD, .text = "spiffe://example.org/web#x" },
	{ ID_RULE, "trailing slash", NULL, uri, CC_BAD, .text = "spiffe://example.org/web/" },
	{ ID_RULE, "empty segment", NULL, uri, CC_BAD, .text = "spiffe://example.org//web" },
	{ ID_RULE, "dot segment", NULL, uri, CC_BAD, .text = "spiffe://example.org/./web" },
	{ ID_RULE, "dot-dot segment", NULL, uri, CC_BAD, .text = "spiffe://example.org/x/../web" },
	{ ID_RULE, "percent encoding", NULL, uri, CC_BAD, .text = "spiffe://example.org/w%65b" },
	{ ID_RULE, "2049 bytes", uri_2048, uri_2049, CC_BAD },
	{ "trust domain", "another one is asked for", NULL, other_td, CC_DENIED,
	  .text = "other.org" },
	{ "trust domain", "a prefix is asked for", NULL, other_td, CC_DENIED,
	  .text = "example.or" },

	{ CA_RULE, "issuer is not a CA", NULL, inter_no_ca, CC_BAD },
	{ CA_RULE, "issuer without basic constraints", NULL, inter_no_basic, CC_BAD },
	{ CA_RULE, "issuer may not sign certificates", NULL, inter_key_usage, CC_BAD,
	  .num = KU_DS | RPT_KU_CRL_SIGN },
	{ CA_RULE, "the same, SIMPLE", simple_inter_no_key_usage, inter_key_usage, CC_BAD,
	  .num = KU_DS },
	{ LEN_RULE, "of the intermediate", enough, too_short, CC_BAD, .num = CC_INTER2 },
	{ LEN_RULE, "of the anchor", enough, too_short, CC_BAD, .num = CC_ROOT },

	{ SIG_RULE, "of the leaf, other key", NULL, leaf_signed_by_other, CC_BAD },
	{ SIG_RULE, "of the intermediate, other key", NULL, inter_signed_by_other, CC_BAD },
	{ SIG_RULE, "of the leaf, one bit", NULL, leaf_sig_bit, CC_BAD },
	{ SIG_RULE, "anchor's name, other key", NULL, forged_root, CC_BAD },

	{ PATH_RULE, "intermediate missing", NULL, no_inter, CC_UNKNOWN_CA },
	{ PATH_RULE, "no anchor", NULL, no_anchor, CC_UNKNOWN_CA },
	{ PATH_RULE, "another anchor", NULL, other_anchor, CC_UNKNOWN_CA },
	{ PATH_RULE, "root sent along", NULL, own_root, CC_UNKNOWN_CA },
	{ PATH_RULE, "leaf signed by itself", NULL, self_signed_leaf, CC_UNKNOWN_CA },
	{ PATH_RULE, "issuer differs in case", NULL, issuer_differs, CC_UNKNOWN_CA },
	{ PATH_RULE, "key identifier of the intermediate", key_ids, leaf_aki_differs,
	  CC_UNKNOWN_CA },
	{ PATH_RULE, "key identifier of the anchor", key_ids, inter_aki_differs,
	  CC_UNKNOWN_CA },
	{ PATH_RULE, "loop", two_inters, loop, CC_UNKNOWN_CA },
	{ PATH_RULE, "leaf of A under the CA of B", NULL, foreign_ca, CC_UNKNOWN_CA },

	{ NAME_RULE, "another one", simple_dns, other_dns, CC_UNKNOWN,
	  .text = "web.example.org" },
	{ NAME_RULE, "two labels below the wildcard", simple_dns, other_dns, CC_UNKNOWN,
	  .text = "a.b.example.net" },
	{ NAME_RULE, "the wildcard's own domain", simple_dns, other_dns, CC_UNKNOWN,
	  .text = "example.net" },
	{ NAME_RULE, "an address as a name", simple_dns, other_dns, CC_UNKNOWN,
	  .text = "192.0.2.1" },
	{ NAME_RULE, "another address", simple_ip, other_ip, CC_UNKNOWN },

	{ SIZE_RULE, "nine certificates", eight_certs, nine_certs, CC_TOO_BIG },
	{ SIZE_RULE, "more than 32 KiB", long_certs, longer_certs, CC_TOO_BIG },
	{ SIZE_RULE, "no certificate", NULL, no_cert, CC_NO_CERT },
};

const unsigned int cc_cases_n = ARRAY_SIZE(cc_cases);
