// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sealing and opening one TLS 1.3 record (RFC 8446 section 5).
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include "chachapoly.h"
#include "keysched.h"
#include "record.h"

/* RFC 8446 section 5.3 */
static void record_nonce(const struct rpt_record_key *k, u8 nonce[RPT_IV_LEN])
{
	u8 seq[RPT_SEQ_LEN];
	unsigned int i;

	put_unaligned_be64(k->seq, seq);
	memcpy(nonce, k->iv, RPT_IV_LEN);
	for (i = 0; i < RPT_SEQ_LEN; i++)
		nonce[RPT_IV_LEN - RPT_SEQ_LEN + i] ^= seq[i];
}

/* Encrypts in place; @text is followed by room for the tag. */
static void record_encrypt(const struct rpt_record_key *k, const u8 *aad, u8 *text, size_t len)
{
	u8 nonce[RPT_IV_LEN];

	record_nonce(k, nonce);
	if (k->suite->aead == RPT_AEAD_CHACHA20_POLY1305)
		rpt_chachapoly_encrypt(k->chacha, nonce, aad, RPT_RECORD_HDR,
				       text, len, text + len);
	else
		rpt_gcm_encrypt(&k->gcm, nonce, aad, RPT_RECORD_HDR, text, len, text + len);
	memzero_explicit(nonce, sizeof(nonce));
}

/* Decrypts in place; @text is followed by the tag. */
static bool record_decrypt(const struct rpt_record_key *k, const u8 *aad, u8 *text, size_t len)
{
	u8 nonce[RPT_IV_LEN];
	bool good;

	record_nonce(k, nonce);
	if (k->suite->aead == RPT_AEAD_CHACHA20_POLY1305)
		good = rpt_chachapoly_decrypt(k->chacha, nonce, aad, RPT_RECORD_HDR,
					      text, len, text + len);
	else
		good = rpt_gcm_decrypt(&k->gcm, nonce, aad, RPT_RECORD_HDR,
				       text, len, text + len);
	memzero_explicit(nonce, sizeof(nonce));
	return good;
}

/**
 * rpt_record_key_set() - begin an epoch
 * @k: the keys; what was there is wiped
 * @suite: the suite
 * @traffic_secret: the traffic secret of the direction
 *
 * The sequence number becomes 0 (RFC 8446 section 5.3).
 *
 * Context: Any context.
 * Return: 0, or -EINVAL when the library refuses the key; @k is then unset.
 */
int rpt_record_key_set(struct rpt_record_key *k, const struct rpt_suite *suite,
		       const u8 *traffic_secret)
{
	u8 key[RPT_KEY_MAX];
	int err = 0;

	rpt_record_key_wipe(k);
	k->suite = suite;
	rpt_traffic_keys(suite, traffic_secret, key, k->iv);
	if (suite->aead == RPT_AEAD_CHACHA20_POLY1305)
		memcpy(k->chacha, key, CHACHA_KEY_SIZE);
	else
		err = rpt_gcm_setkey(&k->gcm, key, suite->key_len);
	memzero_explicit(key, sizeof(key));
	if (err) {
		rpt_record_key_wipe(k);
		return err;
	}
	k->set = true;
	return 0;
}

/**
 * rpt_record_key_wipe() - end an epoch
 * @k: the keys; forgotten
 *
 * Context: Any context.
 */
void rpt_record_key_wipe(struct rpt_record_key *k)
{
	memzero_explicit(k, sizeof(*k));
}

/* Content types that may be protected, and not be empty (section 5.1). */
static bool record_inner_ok(u8 type, size_t len)
{
	switch (type) {
	case RPT_CT_APPLICATION_DATA:
		return true;
	case RPT_CT_HANDSHAKE:
	case RPT_CT_ALERT:
		return len > 0;
	default:
		return false;
	}
}

/**
 * rpt_record_seal() - make one protected record (RFC 8446 section 5.2)
 * @k: keys of the sending direction
 * @type: content type: application data, handshake or alert
 * @in: the content; may be @out + RPT_RECORD_HDR
 * @len: its length, at most RPT_RECORD_MAX_PLAIN; 0 for application data only
 * @pad: zeroes to add; @len + @pad is at most RPT_RECORD_MAX_PLAIN
 * @out: the whole TLSCiphertext with its header
 * @out_cap: size of @out, at least @len + @pad + RPT_RECORD_OVERHEAD
 * @out_len: length of the record, 0 on error
 *
 * Context: Any context.
 * Return: 0; -ENOKEY without a key; -EINVAL for a type that may not be sent or
 * not be empty (section 5.1); -EMSGSIZE for too much content (section 5.4);
 * -ENOSPC when @out is too small; -EOVERFLOW when the sequence number is used
 * up (section 5.3). On error @out is untouched.
 */
int rpt_record_seal(struct rpt_record_key *k, u8 type, const u8 *in, size_t len,
		    size_t pad, u8 *out, size_t out_cap, size_t *out_len)
{
	u8 *text = out + RPT_RECORD_HDR;
	size_t inner;

	*out_len = 0;
	if (!k->set)
		return -ENOKEY;
	if (!record_inner_ok(type, len))
		return -EINVAL;
	if (len > RPT_RECORD_MAX_PLAIN || pad > RPT_RECORD_MAX_PLAIN - len)
		return -EMSGSIZE;
	inner = len + 1 + pad;
	if (out_cap < RPT_RECORD_HDR + inner + RPT_TAG_LEN)
		return -ENOSPC;
	if (k->seq == U64_MAX)
		return -EOVERFLOW;

	if (len)
		memmove(text, in, len);
	text[len] = type;
	memset(text + len + 1, 0, pad);

	out[0] = RPT_CT_APPLICATION_DATA;
	put_unaligned_be16(RPT_TLS12, out + 1);
	put_unaligned_be16(inner + RPT_TAG_LEN, out + 3);
	record_encrypt(k, out, text, inner);
	k->seq++;
	*out_len = RPT_RECORD_HDR + inner + RPT_TAG_LEN;
	return 0;
}

/**
 * rpt_record_open() - check and decrypt one protected record (RFC 8446 section
 *	5.2)
 * @k: keys of the receiving direction
 * @rec: the whole record with its header; decrypted in place
 * @len: its length
 * @type: inner content type: application data, handshake or alert
 * @plain: the content, within @rec
 * @plain_len: its length
 *
 * The sequence number advances with success only.
 *
 * Context: Any context.
 * Return: 0; -ENOKEY without a key; -EINVAL when @len is not the length that the
 * header tells, or the record is not one of application data; -EMSGSIZE for too
 * long a ciphertext or content (alert record_overflow); -EBADMSG for one that
 * was not sealed with @k (alert bad_record_mac); -EPROTO for a content that is
 * all zeroes, an inner type that may not be protected, or an empty handshake
 * or alert fragment (alert unexpected_message, sections 5.1 and 5.4);
 * -EOVERFLOW when the sequence number is used up.
 */
int rpt_record_open(struct rpt_record_key *k, u8 *rec, size_t len,
		    u8 *type, u8 **plain, size_t *plain_len)
{
	u8 *text = rec + RPT_RECORD_HDR;
	size_t n;

	*type = RPT_CT_INVALID;
	*plain = NULL;
	*plain_len = 0;
	if (!k->set)
		return -ENOKEY;
	if (len < RPT_RECORD_HDR || rec[0] != RPT_CT_APPLICATION_DATA ||
	    get_unaligned_be16(rec + 3) != len - RPT_RECORD_HDR)
		return -EINVAL;
	n = len - RPT_RECORD_HDR;
	if (n > RPT_RECORD_MAX_CIPHER)
		return -EMSGSIZE;
	if (n < 1 + RPT_TAG_LEN)
		return -EBADMSG;
	if (k->seq == U64_MAX)
		return -EOVERFLOW;

	n -= RPT_TAG_LEN;
	if (!record_decrypt(k, rec, text, n))
		return -EBADMSG;
	k->seq++;

	/* Section 5.4: the padding counts, too. */
	if (n > RPT_RECORD_MAX_INNER)
		return -EMSGSIZE;
	while (n && !text[n - 1])
		n--;
	if (!n || !record_inner_ok(text[n - 1], n - 1))
		return -EPROTO;

	*type = text[n - 1];
	*plain = text;
	*plain_len = n - 1;
	return 0;
}

/**
 * rpt_record_header() - check a record's header (RFC 8446 sections 5, 5.1, 5.2)
 * @hdr: the header
 * @encrypted: the peer's records are protected now
 * @type: outer content type
 * @len: length of what follows the header
 *
 * The version is ignored, as section 5.1 asks. Under protection a record of
 * application data is the rule; a change_cipher_spec is let through for
 * middlebox compatibility, and an alert because a peer that failed before it
 * had keys can only send it in clear: the caller must take either for what an
 * attacker may have sent.
 *
 * Context: Any context.
 * Return: 0; -EPROTO for a content type that is unknown or out of place, a
 * change_cipher_spec that is not one byte long, or an empty handshake or alert
 * fragment (alert unexpected_message); -EMSGSIZE for a record too long (alert
 * record_overflow).
 */
int rpt_record_header(const u8 hdr[RPT_RECORD_HDR], bool encrypted, u8 *type, size_t *len)
{
	*type = hdr[0];
	*len = get_unaligned_be16(hdr + 3);

	switch (*type) {
	case RPT_CT_APPLICATION_DATA:
		if (!encrypted)
			return -EPROTO;
		return *len > RPT_RECORD_MAX_CIPHER ? -EMSGSIZE : 0;
	case RPT_CT_CHANGE_CIPHER_SPEC:
		return *len == 1 ? 0 : -EPROTO;
	case RPT_CT_HANDSHAKE:
		if (encrypted)
			return -EPROTO;
		break;
	case RPT_CT_ALERT:
		break;
	default:
		return -EPROTO;
	}
	if (!*len)
		return -EPROTO;
	return *len > RPT_RECORD_MAX_PLAIN ? -EMSGSIZE : 0;
}
