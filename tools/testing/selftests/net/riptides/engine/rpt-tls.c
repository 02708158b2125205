// SPDX-License-Identifier: GPL-2.0-only
/*
 * rpt-tls: a small TLS client and server over the engine, to meet other
 * implementations on loopback. A test vehicle, not a product.
 *
 * Exit status: 0 everything went as asked, 1 usage or system error, 2 the
 * handshake failed, 3 the connection failed afterwards, 4 timeout.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>
#include "rpt-tls.h"

/* Where to connect to or to listen: loopback unless the user says otherwise */
static int where(const struct options *o, struct sockaddr_in *at)
{
	*at = (struct sockaddr_in) {
		.sin_family = AF_INET,
		.sin_port = htons(o->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	if (o->address && !inet_pton(AF_INET, o->address, &at->sin_addr)) {
		fprintf(stderr, "rpt-tls: %s: not an IPv4 address\n", o->address);
		return -1;
	}
	return 0;
}

static int tcp_connect(const struct options *o)
{
	struct sockaddr_in to;
	int fd, one = 1;

	if (where(o, &to))
		return -1;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		perror("rpt-tls: connect");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static int tcp_listen(const struct options *o)
{
	struct sockaddr_in at;
	socklen_t len = sizeof(at);
	int fd, one = 1;

	if (where(o, &at))
		return -1;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) ||
	    listen(fd, 16) || getsockname(fd, (struct sockaddr *)&at, &len)) {
		perror("rpt-tls: listen");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	printf("listening %u\n", ntohs(at.sin_port));
	fflush(stdout);
	return fd;
}

static int run(struct options *o, int fd)
{
	int ret;

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	ret = transfer(o, fd);
	close(fd);
	fflush(stdout);
	return ret;
}

static int client(struct options *o)
{
	unsigned int i;
	int fd, ret = 0;

	for (i = 0; i <= o->resume && !ret; i++) {
		o->p.n_psks = party_psks(&o->party, o->psks, RPT_PSK_MAX);
		o->p.psks = o->psks;
		fd = tcp_connect(o);
		if (fd < 0)
			return 1;
		ret = run(o, fd);
	}
	return ret;
}

/* The worst of the connections counts. */
static int server(struct options *o)
{
	int fd, child, ret, worst = 0;
	unsigned int i;

	fd = tcp_listen(o);
	if (fd < 0)
		return 1;
	for (i = 0; i < o->connections; i++) {
		child = accept(fd, NULL, NULL);
		if (child < 0) {
			perror("rpt-tls: accept");
			worst = 1;
			break;
		}
		ret = run(o, child);
		worst = max(worst, ret);
	}
	close(fd);
	return worst;
}

int main(int argc, char **argv)
{
	struct options *o;
	int ret = 1;

	o = calloc(1, sizeof(*o));
	if (!o)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	if (!options_parse(o, argc, argv))
		ret = o->server ? server(o) : client(o);
	party_free(&o->party);
	free(o->send);
	free(o->expect);
	free(o);
	return ret;
}
