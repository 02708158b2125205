// SPDX-License-Identifier: GPL-2.0-only
/*
 * A consumer of net/handshake for programs, of the benchmark only: whoever
 * writes a struct request to /proc/bench_agent has its socket secured by the
 * agent. scripts/tree --agent puts it into a tree of its own.
 */

#include <linux/completion.h>
#include <linux/init.h>
#include <linux/key.h>
#include <linux/net.h>
#include <linux/proc_fs.h>
#include <linux/uaccess.h>

#include <net/handshake.h>
#include <net/sock.h>

/* For good: a clock that counts instructions jumps while a disk is waited for */
#define TIMEOUT_MS	INT_MAX

/* As bench_net.c has it */
struct request {
	s32 fd;
	u32 server;
	char peername[56];	/* that clients expect */
};

struct outcome {
	struct completion done;
	int status;
};

static void finish(void *data, int status, key_serial_t peerid)
{
	struct outcome *outcome = data;

	outcome->status = status;
	complete(&outcome->done);
}

/* As the kernel's consumers do it: with what the agent is configured to use */
static int secure(struct socket *sock, const struct request *request)
{
	struct outcome outcome = {};
	struct tls_handshake_args args = {
		.ta_sock	= sock,
		.ta_done	= finish,
		.ta_data	= &outcome,
		.ta_timeout_ms	= TIMEOUT_MS,
		.ta_keyring	= TLS_NO_KEYRING,
		.ta_my_cert	= TLS_NO_CERT,
		.ta_my_privkey	= TLS_NO_PRIVKEY,
	};
	int ret;

	init_completion(&outcome.done);
	if (request->server) {
		ret = tls_server_hello_x509(&args, GFP_KERNEL);
	} else {
		args.ta_peername = request->peername;
		ret = tls_client_hello_x509(&args, GFP_KERNEL);
	}
	if (ret)
		return ret;
	if (!wait_for_completion_killable(&outcome.done))
		return outcome.status;
	/* A cancelled handshake does not call finish() any more. */
	if (tls_handshake_cancel(sock->sk))
		return -EINTR;
	wait_for_completion(&outcome.done);
	return outcome.status;
}

static ssize_t bench_agent_write(struct file *file, const char __user *from,
				 size_t len, loff_t *pos)
{
	struct request request;
	struct socket *sock;
	int ret;

	if (len != sizeof(request))
		return -EINVAL;
	if (copy_from_user(&request, from, sizeof(request)))
		return -EFAULT;
	request.peername[sizeof(request.peername) - 1] = 0;
	sock = sockfd_lookup(request.fd, &ret);
	if (!sock)
		return ret;
	ret = secure(sock, &request);
	sockfd_put(sock);
	return ret ?: len;
}

static const struct proc_ops bench_agent_ops = {
	.proc_write	= bench_agent_write,
};

static int __init bench_agent_init(void)
{
	return proc_create("bench_agent", 0200, NULL, &bench_agent_ops) ? 0 :
	       -ENOMEM;
}
late_initcall(bench_agent_init);
