/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the C peers of the interop test share: arguments as for peer.go, and
 * sockets.
 */
#ifndef _RIPTIDES_PEER_H
#define _RIPTIDES_PEER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct peer_args {
	int server;
	int port;
	const char *cert;
	const char *key;
	const char *ca;
	int mutual;
	const char *name;
	size_t bulk;
	int times;
};

/* What one connection sends and wants back. */
static inline char *peer_text(const struct peer_args *a, size_t *len)
{
	char *text = malloc(a->bulk + 8);
	size_t i;

	if (!text)
		exit(1);
	memcpy(text, "ping-cc\n", 8);
	for (i = 0; i < a->bulk; i++)
		text[8 + i] = "0123456789abcdef"[i % 16];
	*len = a->bulk + 8;
	return text;
}

static inline int peer_parse(struct peer_args *a, int argc, char **argv)
{
	if (argc < 7)
		return -1;
	a->server = !strcmp(argv[1], "server");
	a->port = atoi(argv[2]);
	a->cert = argv[3];
	a->key = argv[4];
	a->ca = argv[5];
	a->mutual = atoi(argv[6]);
	if (a->server)
		return 0;
	if (argc < 10)
		return -1;
	a->name = argv[7];
	a->bulk = strtoul(argv[8], NULL, 10);
	a->times = atoi(argv[9]);
	return 0;
}

static inline int peer_socket(const struct peer_args *a)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int fd, one = 1, err;

	signal(SIGPIPE, SIG_IGN);
	at.sin_port = htons(a->port);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0)
		return -1;
	if (a->server) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		err = bind(fd, (struct sockaddr *)&at, sizeof(at));
		if (!err)
			err = listen(fd, 8);
	} else {
		err = connect(fd, (struct sockaddr *)&at, sizeof(at));
	}
	if (err) {
		close(fd);
		return -1;
	}
	return fd;
}

#endif /* _RIPTIDES_PEER_H */
