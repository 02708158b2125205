/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A network namespace of its own for each test: included by each program after
 * the harness
 */
#ifndef _RIPTIDES_ULP_NET_FIXTURE_H
#define _RIPTIDES_ULP_NET_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "ulp.h"

/* As long as the machine may take for what has to happen */
#define PATIENCE	120

static int command(const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return system(text);
}

/* A number of /proc/net/riptides_stat, which is that of our namespace. */
static long counter_in(FILE *f, const char *name)
{
	char line[128], key[64];
	long value, found = -1;

	rewind(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Riptides%63s %ld", key, &value) == 2 &&
		    !strcmp(key, name))
			found = value;
	return found;
}

static long counter(const char *name)
{
	FILE *f = fopen("/proc/net/riptides_stat", "r");
	long found;

	if (!f)
		return -1;
	found = counter_in(f, name);
	fclose(f);
	return found;
}

/* Nobody tells when a counter changes: ask until it has. */
static long becomes(const char *name, long to)
{
	time_t end = time(NULL) + PATIENCE;
	long now;

	while ((now = counter(name)) != to && time(NULL) < end)
		poll(NULL, 0, 1);
	return now;
}

static int settings(const char *what)
{
	return command("python3 \"$ULP_NL\" set %s > /dev/null", what);
}

/*
 * A namespace with an identity, and with a link whose other end, in the namespace
 * that we come from, tells when it is gone.
 */
FIXTURE(net)
{
	struct ulp_kind kind;
	struct ulp_pair p;
	char link[IFNAMSIZ];
	int home;
};

FIXTURE_VARIANT(net)
{
	struct ulp_kind kind;
};

FIXTURE_SETUP(net)
{
	self->kind = variant->kind;
	self->p = (struct ulp_pair) { -1, -1, -1 };
	self->home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->home);
	snprintf(self->link, sizeof(self->link), "rpt%d", getpid());
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, command("ip link set lo up"));
	ASSERT_EQ(0, command("ip link add inner type veth peer name %s netns %d", self->link,
			     getppid()));
	ASSERT_EQ(0, command("python3 \"$ULP_NL\" bundle-new td.example \"$ULP_CERTS/ca.pem\""));
	ASSERT_EQ(0, chdir(getenv("ULP_CERTS") ?: "."));
	ASSERT_EQ(0, command("python3 \"$ULP_NL\" identity-new default --key %s --chain %s",
			     "default.key", "default.pem"));
	/* however slow the machine is */
	ASSERT_EQ(0, settings("--deadline-ms 600000"));
}

FIXTURE_TEARDOWN(net)
{
	ulp_close(&self->p);
	close(self->home);
}

FIXTURE_VARIANT_ADD(net, ktls_ipv4) { .kind = { ULP_KTLS, ULP_IPV4, false } };
FIXTURE_VARIANT_ADD(net, ktls_nonblock) { .kind = { ULP_KTLS, ULP_IPV6, true } };
FIXTURE_VARIANT_ADD(net, soft_ipv6) { .kind = { ULP_SOFTWARE, ULP_IPV6, false } };
FIXTURE_VARIANT_ADD(net, soft_nonblock) { .kind = { ULP_SOFTWARE, ULP_MAPPED, true } };

/* A byte each way. 0 or a negative errno. */
static int talk(const struct ulp_pair *p)
{
	char c;

	if (ulp_send(p->c, "c", 1) != 1 || ulp_recv(p->a, &c, 1) != 1 || c != 'c' ||
	    ulp_send(p->a, "a", 1) != 1 || ulp_recv(p->c, &c, 1) != 1 || c != 'a')
		return errno ? -errno : -EIO;
	return 0;
}

#endif /* _RIPTIDES_ULP_NET_FIXTURE_H */
