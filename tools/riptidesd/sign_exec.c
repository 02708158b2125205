// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that signs: request on its standard input, chain on its output
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pem.h"
#include "sign.h"

#define OUTPUT_MAX	(256 * 1024)
#define SIGNER_PATH	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct child {
	pid_t pid;
	int in;			/* its standard input */
	int out;
};

static s64 now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Between fork() and exec(): async-signal-safe functions only */
static void become(const int in[2], const int out[2], char **argv, char **envp)
{
	sigset_t none;

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(in[0], STDIN_FILENO) < 0 || dup2(out[1], STDOUT_FILENO) < 0)
		_exit(126);
	execve(argv[0], argv, envp);
	_exit(127);
}

static int start(struct arena *a, struct child *c, const struct signer *s,
		 const struct identity *id, struct error *e)
{
	char **envp = arena_alloc(a, 4 * sizeof(*envp));
	char **argv = arena_alloc(a, (s->argv.n + 1) * sizeof(*argv));
	int in[2], out[2];

	envp[0] = arena_str(a, "PATH=" SIGNER_PATH);
	envp[1] = arena_printf(a, "RIPTIDES_IDENTITY=%s", id->name);
	envp[2] = arena_printf(a, "RIPTIDES_SPIFFE_ID=%s", id->spiffe_id);
	memcpy(argv, s->argv.v, s->argv.n * sizeof(*argv));
	if (access(argv[0], X_OK))
		return fail_errno(e, "%s", argv[0]);
	if (pipe2(in, O_CLOEXEC))
		return fail_errno(e, "%s", argv[0]);
	if (pipe2(out, O_CLOEXEC)) {
		fail_errno(e, "%s", argv[0]);
		goto err_in;
	}
	c->pid = fork();
	if (c->pid < 0) {
		fail_errno(e, "%s", argv[0]);
		goto err_out;
	}
	if (!c->pid)
		become(in, out, argv, envp);
	setpgid(c->pid, c->pid);
	close(in[0]);
	close(out[1]);
	c->in = in[1];
	c->out = out[0];
	fcntl(c->in, F_SETFL, O_NONBLOCK);
	fcntl(c->out, F_SETFL, O_NONBLOCK);
	return 0;

err_out:
	close(out[0]);
	close(out[1]);
err_in:
	close(in[0]);
	close(in[1]);
	return -1;
}

/* A signer that does not want to hear all of it still may answer */
static void feed(struct child *c, const struct buf *input, size_t *sent)
{
	ssize_t n = write(c->in, input->data + *sent, input->len - *sent);

	if (n > 0)
		*sent += n;
	if (*sent == input->len || (n < 0 && errno != EAGAIN && errno != EINTR))
		shut(&c->in);
}

/* 1: more may come, 0: the end, -1: too much or an error */
static int drain(struct child *c, struct buf *output)
{
	char chunk[4096];
	ssize_t n = read(c->out, chunk, sizeof(chunk));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 1 : -1;
	if (output->len + n > OUTPUT_MAX)
		return -1;
	buf_add(output, chunk, n);
	return n > 0;
}

static int talk(struct child *c, const struct signer *s, const struct buf *input,
		struct buf *output, struct error *e)
{
	s64 end = now_ms() + s->timeout_ms, left;
	size_t sent = 0;
	int more = 1;

	while (more > 0) {
		struct pollfd fds[] = {
			{ .fd = c->out, .events = POLLIN },
			{ .fd = c->in, .events = POLLOUT },
		};

		left = end - now_ms();
		if (left <= 0 || !poll(fds, 2, left)) {
			fail(e, "%s: did not answer within %u ms", s->argv.v[0],
			     s->timeout_ms);
			e->code = ETIMEDOUT;
			return -1;
		}
		if (c->in >= 0 && fds[1].revents)
			feed(c, input, &sent);
		if (fds[0].revents)
			more = drain(c, output);
	}
	if (more < 0)
		return fail(e, "%s: says more than %u bytes", s->argv.v[0], OUTPUT_MAX);
	return 0;
}

/* It closed its output; soon it will end, or be ended */
static int finish(struct child *c, const struct signer *s, bool failed, struct error *e)
{
	int status, i;

	shut(&c->in);
	shut(&c->out);
	for (i = 0; !failed && i < 100; i++) {
		if (waitpid(c->pid, &status, WNOHANG) == c->pid)
			goto ended;
		poll(NULL, 0, 10);
	}
	kill(-c->pid, SIGKILL);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (failed)
		return -1;
ended:
	if (WIFSIGNALED(status))
		return fail(e, "%s: ended by signal %d", s->argv.v[0], WTERMSIG(status));
	if (WEXITSTATUS(status))
		return fail(e, "%s: ended with status %d", s->argv.v[0], WEXITSTATUS(status));
	return 0;
}

/**
 * sign_exec() - have a program sign
 * @a: arena for the chain
 * @s: signer
 * @id: identity
 * @csr: request, DER
 * @chain: where to put the chain
 * @e: why not
 *
 * Return: 0 or -1.
 */
int sign_exec(struct arena *a, const struct signer *s, const struct identity *id,
	      const struct blob *csr, struct blobs *chain, struct error *e)
{
	struct buf input = {}, output = {};
	struct child c = {};
	int err;

	pem_write(&input, "CERTIFICATE REQUEST", csr);
	err = start(a, &c, s, id, e);
	if (!err) {
		err = talk(&c, s, &input, &output, e);
		err = finish(&c, s, err, e);
	}
	if (!err)
		err = pem_read(a, s->argv.v[0], output.data ? output.data : "", output.len,
			       "CERTIFICATE", chain, e);
	buf_free(&input);
	buf_free(&output);
	return err;
}
