// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests: talking to a kernel, which any family will do for
 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "nl_call.h"
#include "unit.h"

/* How many answers from now on are not to be had, and why */
static unsigned int failures;
static int failure;

/* libnl's, too */
ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	if (!failures)
		return syscall(SYS_recvmsg, fd, msg, flags);
	failures--;
	errno = failure;
	return -1;
}

static int count(struct nlmsghdr *msg, void *ctx)
{
	++*(unsigned int *)ctx;
	return 0;
}

static void clear(void *ctx)
{
	*(unsigned int *)ctx = 0;
}

static int ask(struct nl *nl, const char *name, unsigned int *n, struct error *e)
{
	struct nl_msg *msg = rnl_request(nl, CTRL_CMD_GETFAMILY, NLM_F_ACK, 64);

	*n = 0;
	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, name);
	return rnl_call(nl, msg, count, n, e);
}

/* What was not read then is not taken for what answers now */
void test_lost_answer(void)
{
	struct nl nl = { .family = GENL_ID_CTRL, .version = 1 };
	struct error e = {};
	unsigned int n, all;

	nl.sock = nl_socket_alloc();
	if (!expect(!genl_connect(nl.sock)))
		return;
	expect(!ask(&nl, "nlctrl", &n, &e) && n == 1);
	expect(ask(&nl, "nobody", &n, &e) && !n && e.code == ENOENT);
	expect(!rnl_dump(&nl, CTRL_CMD_GETFAMILY, count, clear, &all, &e) && all > 1);

	failure = ENOBUFS;
	failures = 1;
	expect(ask(&nl, "nlctrl", &n, &e) && !n);
	expect(ask(&nl, "nobody", &n, &e) && !n && e.code == ENOENT);
	expect(!ask(&nl, "nlctrl", &n, &e) && n == 1);
	failures = 1;
	expect(rnl_dump(&nl, CTRL_CMD_GETFAMILY, count, clear, &n, &e));
	expect(!ask(&nl, "nlctrl", &n, &e) && n == 1);
	failures = 1;
	expect(ask(&nl, "nobody", &n, &e));
	expect(!rnl_dump(&nl, CTRL_CMD_GETFAMILY, count, clear, &n, &e) && n == all);
	/* A signal is no reason to fail */
	failure = EINTR;
	failures = 3;
	expect(!ask(&nl, "nlctrl", &n, &e) && n == 1 && !failures);
	rnl_close(&nl);
}
