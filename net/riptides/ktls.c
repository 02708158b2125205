// SPDX-License-Identifier: GPL-2.0-only
/*
 * The data path of kernel TLS, of which we are the owner
 */

#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/unaligned.h>
#include <net/tls.h>

#include "keysched.h"
#include "mib.h"
#include "path.h"
#include "sock.h"

/* The form in which kTLS takes keys: 12 octets of IV, some of them as salt. */
static int crypto_info(const struct rpt_suite *suite, const u8 *secret,
		       u64 seq, union tls_crypto_context *info,
		       unsigned int *len)
{
	u8 key[RPT_KEY_MAX], iv[RPT_IV_LEN];
	int err = 0;

	memset(info, 0, sizeof(*info));
	rpt_traffic_keys(suite, secret, key, iv);
	info->info.version = TLS_1_3_VERSION;
	info->info.cipher_type = suite->ktls_cipher;
	switch (suite->ktls_cipher) {
	case TLS_CIPHER_AES_GCM_128: {
		struct tls12_crypto_info_aes_gcm_128 *i = &info->aes_gcm_128;

		memcpy(i->key, key, sizeof(i->key));
		memcpy(i->salt, iv, sizeof(i->salt));
		memcpy(i->iv, iv + sizeof(i->salt), sizeof(i->iv));
		put_unaligned_be64(seq, i->rec_seq);
		*len = sizeof(*i);
		break;
	}
	case TLS_CIPHER_AES_GCM_256: {
		struct tls12_crypto_info_aes_gcm_256 *i = &info->aes_gcm_256;

		memcpy(i->key, key, sizeof(i->key));
		memcpy(i->salt, iv, sizeof(i->salt));
		memcpy(i->iv, iv + sizeof(i->salt), sizeof(i->iv));
		put_unaligned_be64(seq, i->rec_seq);
		*len = sizeof(*i);
		break;
	}
	case TLS_CIPHER_CHACHA20_POLY1305: {
		struct tls12_crypto_info_chacha20_poly1305 *i =
			&info->chacha20_poly1305;

		memcpy(i->key, key, sizeof(i->key));
		memcpy(i->iv, iv, sizeof(i->iv));
		put_unaligned_be64(seq, i->rec_seq);
		*len = sizeof(*i);
		break;
	}
	default:
		err = -EOPNOTSUPP;
	}
	memzero_explicit(key, sizeof(key));
	memzero_explicit(iv, sizeof(iv));
	return err;
}

static int ktls_rx_control(struct sock *sk, void *data, u8 type,
			   struct sk_buff *skb, int offset, int len)
{
	u8 *copy;
	int err;

	if (len <= 0 || len > RPT_RECORD_MAX_PLAIN)
		return rpt_post_control(sk, data, type, NULL, 0);
	copy = kmalloc(len, GFP_KERNEL_ACCOUNT);
	/* the record cannot be had again: it is over, for who sends, too */
	if (!copy)
		return rpt_post_broken(sk, data, RPT_ALERT_INTERNAL_ERROR,
				       -ENOMEM);
	err = skb_copy_bits(skb, offset, copy, len);
	if (!err)
		err = rpt_post_control(sk, data, type, copy, len);
	kfree_sensitive(copy);
	return err;
}

static int ktls_rx_data(struct sock *sk, void *data)
{
	return rpt_post_data(sk, data);
}

static int ktls_rx_error(struct sock *sk, void *data, int err)
{
	u8 alert = RPT_ALERT_UNEXPECTED_MESSAGE;

	if (err == -EBADMSG) {
		rpt_mib_inc(sock_net(sk), RPT_MIB_DECRYPTERROR);
		alert = RPT_ALERT_BAD_RECORD_MAC;
	} else if (err == -EMSGSIZE) {
		alert = RPT_ALERT_RECORD_OVERFLOW;
		err = -EPROTO;
	}
	return rpt_post_broken(sk, data, alert, err);
}

static int ktls_rx_eof(struct sock *sk, void *data)
{
	return rpt_post_eof(sk, data);
}

static int ktls_tx_prepare(struct sock *sk, void *data, u64 rec_seq)
{
	return rpt_post_tx_prepare(sk, data, rec_seq);
}

static void ktls_tx_end(struct sock *sk, void *data, bool closing)
{
	rpt_post_tx_end(sk, data, closing);
}

static int ktls_setsockopt(struct sock *sk, void *data, int level, int optname,
			   sockptr_t optval, unsigned int optlen)
{
	if (rpt_prot_forbids(level, optname))
		return -EOPNOTSUPP;
	if (level != SOL_RIPTIDES)
		return -ENOIOCTLCMD;
	return rpt_setsockopt(sk, data, optname, optval, optlen);
}

static int ktls_getsockopt(struct sock *sk, void *data, int level, int optname,
			   char __user *optval, int __user *optlen)
{
	if (rpt_prot_forbids(level, optname))
		return -EOPNOTSUPP;
	if (level != SOL_RIPTIDES)
		return -ENOIOCTLCMD;
	return rpt_getsockopt(sk, data, optname, optval, optlen);
}

static const struct tls_owner_ops ktls_owner_ops = {
	.rx_control = ktls_rx_control,
	.rx_data = ktls_rx_data,
	.rx_error = ktls_rx_error,
	.rx_eof = ktls_rx_eof,
	.tx_prepare = ktls_tx_prepare,
	.tx_end = ktls_tx_end,
	.setsockopt = ktls_setsockopt,
	.getsockopt = ktls_getsockopt,
};

/**
 * rpt_ktls_sock() - the state of a socket that kTLS carries for us
 * @sk: a socket whose ULP is ours
 *
 * Context: Any context, RCU or the socket's lock held.
 * Return: it, or NULL if kTLS is not on the socket.
 */
struct rpt_sock *rpt_ktls_sock(const struct sock *sk)
{
	return tls_owner_data(sk, &ktls_owner_ops);
}

static int ktls_install(struct sock *sk, struct rpt_sock *rs)
{
	struct rpt_session *s = rs->session;
	union tls_crypto_context tx, rx;
	unsigned int len;
	int err;

	err = crypto_info(s->suite, s->tx_secret, s->tx_seq, &tx, &len);
	if (!err)
		err = crypto_info(s->suite, s->rx_secret, s->rx_seq, &rx,
				  &len);
	if (!err)
		err = tls_owner_install(sk, rpt_base_prot(sk),
					rpt_base_ops(sk), &ktls_owner_ops, rs,
					&tx.info, &rx.info, len);
	memzero_explicit(&tx, sizeof(tx));
	memzero_explicit(&rx, sizeof(rx));
	if (err)
		return err;
	/* RFC 8449: what the peer takes in one record */
	if (s->tx_limit < RPT_RECORD_MAX_PLAIN)
		tls_owner_limit(sk, s->tx_limit);
	return 0;
}

static void ktls_tx_lock(struct sock *sk, struct rpt_sock *rs)
{
	mutex_lock(&tls_get_ctx(sk)->tx_lock);
}

static bool ktls_tx_trylock(struct sock *sk, struct rpt_sock *rs)
{
	return mutex_trylock(&tls_get_ctx(sk)->tx_lock);
}

static void ktls_tx_unlock(struct sock *sk, struct rpt_sock *rs)
{
	mutex_unlock(&tls_get_ctx(sk)->tx_lock);
}

static int ktls_send_control(struct sock *sk, struct rpt_sock *rs, u8 type,
			     const u8 *buf, size_t len, unsigned int flags)
{
	bool rekey = flags & RPT_PATH_REKEY;
	union tls_crypto_context tx;
	unsigned int info_len = 0;
	int err = 0;

	if (rekey)
		err = crypto_info(rs->session->suite, rs->session->tx_secret, 0,
				  &tx, &info_len);
	if (!err)
		err = __tls_owner_send_control(sk, type, buf, len,
					       rekey ? &tx.info : NULL,
					       info_len,
					       flags & RPT_PATH_FORCE ?
					       TLS_OWNER_FORCE : 0);
	memzero_explicit(&tx, sizeof(tx));
	return err;
}

static int ktls_rx_rekey(struct sock *sk, struct rpt_sock *rs)
{
	union tls_crypto_context rx;
	unsigned int len;
	int err;

	err = crypto_info(rs->session->suite, rs->session->rx_secret, 0, &rx,
			  &len);
	if (!err)
		err = tls_owner_set_key(sk, &rx.info, len, false);
	memzero_explicit(&rx, sizeof(rx));
	return err;
}

/* Kernel TLS as a data path. */
const struct rpt_path rpt_ktls_path = {
	.datapath = RIPTIDES_DATAPATH_KTLS,
	.install = ktls_install,
	.tx_lock = ktls_tx_lock,
	.tx_trylock = ktls_tx_trylock,
	.tx_unlock = ktls_tx_unlock,
	.send_control = ktls_send_control,
	.rx_rekey = ktls_rx_rekey,
};
