// SPDX-License-Identifier: GPL-2.0-only
/*
 * PEM files, taken apart by libcrypto: the engine only knows DER.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include "pem.h"

int pem_load_key(struct party *p, const char *path)
{
	PKCS8_PRIV_KEY_INFO *info = NULL;
	EVP_PKEY *key = NULL;
	int len, err = -EINVAL;
	u8 *der = NULL;
	FILE *f;

	f = fopen(path, "r");
	if (!f)
		return -errno;
	key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	if (key)
		info = EVP_PKEY2PKCS8(key);
	len = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;
	if (len > 0)
		err = party_set_key(p, der, len);
	OPENSSL_clear_free(der, len > 0 ? len : 0);
	PKCS8_PRIV_KEY_INFO_free(info);
	EVP_PKEY_free(key);
	return err;
}

static int pem_each(struct party *p, const char *path,
		    int (*add)(struct party *p, const u8 *der, size_t len))
{
	unsigned char *der;
	char *name, *header;
	int n = 0, err = 0;
	long len;
	FILE *f;

	f = fopen(path, "r");
	if (!f)
		return -errno;
	while (!err && PEM_read(f, &name, &header, &der, &len)) {
		if (!strcmp(name, PEM_STRING_X509)) {
			err = add(p, der, len);
			n++;
		}
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(der);
	}
	fclose(f);
	return err ? err : n ? 0 : -EINVAL;
}

int pem_load_chain(struct party *p, const char *path)
{
	return pem_each(p, path, party_add_cert);
}

int pem_load_anchors(struct party *p, const char *path)
{
	return pem_each(p, path, party_add_anchor);
}
