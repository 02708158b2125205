// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests: talking to a kernel, which any family will do for
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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

/* What scripts know it by: exit status 5, whatever was asked for */
void test_no_kernel(void)
{
	static const char *const commands[] = {
		"show", "run --config /nonexistent", "apply /nonexistent", "events", "csr web",
	};
	const char *tool = getenv("RIPTIDESD");
	struct error e = {};
	char line[512];
	unsigned int i;
	struct nl nl;
	FILE *out;

	if (!rnl_open(&nl, &e)) {
		rnl_close(&nl);
		printf("# this kernel has riptides\n");
		return;
	}
	expect(e.code == ENOENT);
	for (i = 0; tool && i < ARRAY_SIZE(commands); i++) {
		snprintf(line, sizeof(line), "%s %s 2>&1", tool, commands[i]);
		out = popen(line, "r");
		if (!expect(out) || !expect(fgets(line, sizeof(line), out)))
			continue;
		expect(!strcmp(line, "riptidesd: this kernel has no riptides: no generic netlink "
			       "family of that name\n"));
		expect(WEXITSTATUS(pclose(out)) == EXIT_NO_KERNEL);
	}
}
