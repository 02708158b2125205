// SPDX-License-Identifier: GPL-2.0-only
/*
 * Send a request that lies masked in a file, and keep no trace of it
 *
 *   netlink_masked FAMILY FILE
 *
 * FILE has what follows the header of netlink, each octet XOR 0xa5. The status
 * is 0 if the kernel took it, 2 if it refused it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <sys/socket.h>

#define MASK	0xa5

union message {
	struct nlmsghdr header;
	unsigned char raw[32768];
};

static union message request, answer;

static int fail(const char *what)
{
	perror(what);
	return 1;
}

/* Octet by octet: no register ever has much of a key */
static void unmask(unsigned char *p, size_t n)
{
	for (; n--; p++) {
		*p ^= MASK;
		asm volatile("" : : : "memory");
	}
}

int main(int argc, char **argv)
{
	struct nlmsghdr *h = &request.header;
	struct nlmsgerr *e = NLMSG_DATA(&answer.header);
	ssize_t n, sent;
	int fd, nl;

	if (argc != 3)
		return 1;
	fd = open(argv[2], O_RDONLY);
	if (fd < 0)
		return fail(argv[2]);
	n = read(fd, NLMSG_DATA(h), sizeof(request) - NLMSG_HDRLEN);
	if (n <= 0)
		return fail(argv[2]);
	nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (nl < 0)
		return fail("socket");
	h->nlmsg_len = NLMSG_LENGTH(n);
	h->nlmsg_type = atoi(argv[1]);
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	unmask(NLMSG_DATA(h), n);
	sent = send(nl, h, h->nlmsg_len, 0);
	explicit_bzero(&request, sizeof(request));
	if (sent < 0)
		return fail("send");
	n = recv(nl, &answer, sizeof(answer), 0);
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(*e)) || answer.header.nlmsg_type != NLMSG_ERROR)
		return fail("recv");
	return e->error ? 2 : 0;
}
