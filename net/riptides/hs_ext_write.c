// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extensions: writing
 *
 * RFC 8446 section 4.2, and for each extension the RFC that defines it.  What
 * does not fit leaves the writer's sticky error.
 */
#include <linux/string.h>
#include "hs_ext.h"

/**
 * rpt_ext_open() - begin an extension
 * @w: writer
 * @type: code point
 *
 * Context: Any context.
 * Return: mark for rpt_ext_close().
 */
size_t rpt_ext_open(struct rpt_wr *w, u16 type)
{
	rpt_wr_u16(w, type);
	return rpt_wr_open(w, 2);
}

/**
 * rpt_ext_close() - end an extension
 * @w: writer
 * @mark: what rpt_ext_open() gave
 *
 * Context: Any context.
 */
void rpt_ext_close(struct rpt_wr *w, size_t mark)
{
	rpt_wr_close(w, mark, 2);
}

/**
 * rpt_ext_write_empty() - write an extension without content
 * @w: writer
 * @type: code point
 *
 * Context: Any context.
 */
void rpt_ext_write_empty(struct rpt_wr *w, u16 type)
{
	rpt_wr_u16(w, type);
	rpt_wr_u16(w, 0);
}

/**
 * rpt_ext_write_u16() - write an extension that is one 16-bit number
 * @w: writer
 * @type: code point
 * @value: the number
 *
 * Context: Any context.
 */
void rpt_ext_write_u16(struct rpt_wr *w, u16 type, u16 value)
{
	rpt_wr_u16(w, type);
	rpt_wr_u16(w, 2);
	rpt_wr_u16(w, value);
}

/**
 * rpt_ext_write_u16_list() - write an extension that is a list of code points
 * @w: writer
 * @type: code point of the extension
 * @list: code points
 * @n: number of @list
 *
 * Context: Any context.
 */
void rpt_ext_write_u16_list(struct rpt_wr *w, u16 type, const u16 *list,
			    unsigned int n)
{
	size_t ext = rpt_ext_open(w, type);
	size_t mark = rpt_wr_open(w, 2);
	unsigned int i;

	for (i = 0; i < n; i++)
		rpt_wr_u16(w, list[i]);
	rpt_wr_close(w, mark, 2);
	rpt_ext_close(w, ext);
}

/**
 * rpt_ext_write_server_name() - write a host name (RFC 6066 section 3)
 * @w: writer
 * @name: DNS name without the final dot
 *
 * Context: Any context.
 */
void rpt_ext_write_server_name(struct rpt_wr *w, const char *name)
{
	size_t ext = rpt_ext_open(w, RPT_EXT_SERVER_NAME);
	size_t list = rpt_wr_open(w, 2);
	size_t host;

	rpt_wr_u8(w, RPT_SNI_HOST_NAME);
	host = rpt_wr_open(w, 2);
	rpt_wr_bytes(w, name, strlen(name));
	rpt_wr_close(w, host, 2);
	rpt_wr_close(w, list, 2);
	rpt_ext_close(w, ext);
}

/**
 * rpt_ext_write_alpn() - write a list of protocol names (RFC 7301 section 3.1)
 * @w: writer
 * @list: names with one length byte each
 * @len: length of @list
 *
 * Context: Any context.
 */
void rpt_ext_write_alpn(struct rpt_wr *w, const u8 *list, size_t len)
{
	size_t ext = rpt_ext_open(w, RPT_EXT_ALPN);
	size_t mark = rpt_wr_open(w, 2);

	rpt_wr_bytes(w, list, len);
	rpt_wr_close(w, mark, 2);
	rpt_ext_close(w, ext);
}

/**
 * rpt_ext_write_alpn_choice() - write the chosen protocol (RFC 7301)
 * @w: writer
 * @name: the name
 * @len: length of @name
 *
 * Context: Any context.
 */
void rpt_ext_write_alpn_choice(struct rpt_wr *w, const u8 *name, size_t len)
{
	size_t ext = rpt_ext_open(w, RPT_EXT_ALPN);
	size_t list = rpt_wr_open(w, 2);
	size_t mark = rpt_wr_open(w, 1);

	rpt_wr_bytes(w, name, len);
	rpt_wr_close(w, mark, 1);
	rpt_wr_close(w, list, 2);
	rpt_ext_close(w, ext);
}

/**
 * rpt_ext_write_versions() - write a client's supported_versions: TLS 1.3 only
 * @w: writer
 *
 * Context: Any context.
 */
void rpt_ext_write_versions(struct rpt_wr *w)
{
	size_t ext = rpt_ext_open(w, RPT_EXT_SUPPORTED_VERSIONS);

	rpt_wr_u8(w, 2);
	rpt_wr_u16(w, RPT_TLS13);
	rpt_ext_close(w, ext);
}

/**
 * rpt_ext_write_modes() - write psk_key_exchange_modes: psk_dhe_ke only
 * @w: writer
 *
 * Context: Any context.
 */
void rpt_ext_write_modes(struct rpt_wr *w)
{
	size_t ext = rpt_ext_open(w, RPT_EXT_PSK_KEY_EXCHANGE_MODES);

	rpt_wr_u8(w, 1);
	rpt_wr_u8(w, RPT_PSK_DHE_KE);
	rpt_ext_close(w, ext);
}

/**
 * rpt_ext_write_cookie() - write a cookie (RFC 8446 section 4.2.2)
 * @w: writer
 * @cookie: the cookie
 * @len: its length
 *
 * Context: Any context.
 */
void rpt_ext_write_cookie(struct rpt_wr *w, const u8 *cookie, size_t len)
{
	size_t ext = rpt_ext_open(w, RPT_EXT_COOKIE);
	size_t mark = rpt_wr_open(w, 2);

	rpt_wr_bytes(w, cookie, len);
	rpt_wr_close(w, mark, 2);
	rpt_ext_close(w, ext);
}

/**
 * rpt_ext_write_authorities() - write certificate_authorities
 * @w: writer
 * @cas: distinguished names in DER (RFC 8446 section 4.2.4)
 * @n: number of @cas, at least 1
 *
 * Context: Any context.
 */
void rpt_ext_write_authorities(struct rpt_wr *w, const struct rpt_blob *cas,
			       unsigned int n)
{
	size_t ext = rpt_ext_open(w, RPT_EXT_CERTIFICATE_AUTHORITIES);
	size_t list = rpt_wr_open(w, 2);
	unsigned int i;
	size_t mark;

	for (i = 0; i < n; i++) {
		mark = rpt_wr_open(w, 2);
		rpt_wr_bytes(w, cas[i].data, cas[i].len);
		rpt_wr_close(w, mark, 2);
	}
	rpt_wr_close(w, list, 2);
	rpt_ext_close(w, ext);
}

/**
 * rpt_ext_write_share() - write one KeyShareEntry
 * @w: writer
 * @group: the group
 * @share: its key_exchange (RFC 8446 section 4.2.8)
 * @len: length of @share
 *
 * Context: Any context.
 */
void rpt_ext_write_share(struct rpt_wr *w, u16 group, const u8 *share,
			 size_t len)
{
	size_t mark;

	rpt_wr_u16(w, group);
	mark = rpt_wr_open(w, 2);
	rpt_wr_bytes(w, share, len);
	rpt_wr_close(w, mark, 2);
}
