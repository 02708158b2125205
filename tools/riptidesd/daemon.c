// SPDX-License-Identifier: GPL-2.0-only
/*
 * riptidesd run
 *
 * All state is in the kernel. What the daemon keeps are the times at which
 * certificates are due, and it reads those from the kernel: to be killed costs
 * nothing but what would have become due meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "cmd.h"
#include "fetch.h"
#include "plan.h"
#include "watch.h"

#define RESYNC_SECONDS	60
#define RENEW_BATCH	32
#define RETRY_FIRST	1
#define RETRY_MAX	60
/* Editors and tar write several files; let them finish */
#define QUIET_MS	50

struct due {
	char *name;
	s64 when;
	u32 backoff;		/* seconds; 0: the last try did not fail */
};

struct daemon {
	const char *path;
	struct nl nl;
	struct nl events;
	struct conf conf;
	struct watch watch;
	int signals;
	int timer;		/* rings when something is due, or the clock is set */
	int lock;
	struct arena due_arena;
	struct {
		struct due *v;	/* by name */
		unsigned int n;
	} due;
	s64 *fetch_when;	/* for each trust domain */
	s64 resync_when;
	bool stop;
	bool reload;
	bool resync;
	bool reread;		/* the due times */
	bool hurry;		/* all that was put off is due */
};

static void report_problems(const struct problems *p)
{
	problems_print(p, stderr);
	warn("the configuration has errors; what was in force stays so");
}

/* When an URL is due does not change with what else does: nobody has it hurry */
static void keep_fetch_times(struct daemon *d, const struct conf *new)
{
	s64 *when = calloc(new->domains.n + 1, sizeof(*when));
	const struct domain *domain, *old;
	unsigned int i;

	if (!when)
		die(EXIT_FAILED, "out of memory");
	for (i = 0; i < new->domains.n; i++) {
		domain = &new->domains.v[i];
		old = conf_domain(&d->conf, domain->name);
		if (old && old->bundle_url && domain->bundle_url &&
		    !strcmp(old->bundle_url, domain->bundle_url))
			when[i] = d->fetch_when[old - d->conf.domains.v];
	}
	free(d->fetch_when);
	d->fetch_when = when;
}

static int load(struct daemon *d)
{
	struct problems p = {};
	struct conf new = {};

	if (conf_load(&new, d->path, true, &p)) {
		report_problems(&p);
		problems_free(&p);
		conf_free(&new);
		return -1;
	}
	problems_free(&p);
	keep_fetch_times(d, &new);
	conf_free(&d->conf);
	d->conf = new;
	watch_conf(&d->watch, d->path, &d->conf);
	return 0;
}

static struct due *due_find(struct daemon *d, const char *name)
{
	unsigned int low = 0, high = d->due.n, mid;
	int order;

	while (low < high) {
		mid = low + (high - low) / 2;
		order = strcmp(name, d->due.v[mid].name);
		if (!order)
			return &d->due.v[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* Identities come sorted by name, and so are the times */
static void due_read(struct daemon *d, bool thorough)
{
	struct arena arena = {};
	struct due *v = NULL, *one, *old;
	const struct identity *id;
	struct state s = {};
	struct error e = {};
	unsigned int i, n = 0;
	s64 now = now_seconds();

	d->reread = false;
	if (rnl_dump_identities(&d->nl, &s, &e)) {
		warn("%s", e.text);
		goto out;
	}
	for (i = 0; i < s.identities.n; i++) {
		id = &s.identities.v[i];
		v = arena_grow(&arena, v, n, sizeof(*v));
		one = &v[n++];
		old = due_find(d, id->name);
		one->name = arena_str(&arena, id->name);
		one->backoff = old ? old->backoff : 0;
		one->when = id->chain.n ? renew_when(id) : now;
		if (renew_reason(&d->conf, id, thorough, now))
			one->when = one->backoff ? old->when : now;
		else if (!state_identity(&d->conf.state, id->name) || one->when <= now)
			one->when = INT64_MAX;	/* not ours to renew */
	}
	arena_free(&d->due_arena);
	d->due_arena = arena;
	d->due.v = v;
	d->due.n = n;
out:
	state_free(&s);
}

static void put_off(struct due *due)
{
	due->backoff = due->backoff ? due->backoff * 2 : RETRY_FIRST;
	if (due->backoff > RETRY_MAX)
		due->backoff = RETRY_MAX;
	due->when = now_seconds() + due->backoff;
}

static void renew_one(struct daemon *d, struct due *due, struct round *round)
{
	u32 backoff = due->backoff;
	struct identity id;
	struct error e = {};
	struct arena a = {};
	const char *why;

	if (rnl_identity_get(&d->nl, &a, due->name, &id, &e)) {
		d->resync = e.code == ENOENT;
		goto failed;
	}
	why = renew_reason(&d->conf, &id, true, now_seconds());
	if (why && renew(&d->nl, &d->conf, &id, round, &e))
		goto failed;
	if (why)
		warn("identity %s: new certificate (%s)", id.name, why);
	due->backoff = 0;
	due->when = INT64_MAX;
	if (!rnl_identity_get(&d->nl, &a, due->name, &id, &e) && id.chain.n)
		due->when = renew_when(&id);
	if (!why && due->when <= now_seconds()) {
		due->when = INT64_MAX;		/* not ours to renew */
	} else if (due->when <= now_seconds()) {
		/* A signer that is behind the times is not asked all the time */
		due->backoff = backoff;
		put_off(due);
		warn("identity %s: its certificate is due already; next try in %u s", due->name,
		     due->backoff);
	}
	arena_free(&a);
	return;

failed:
	put_off(due);
	warn("identity %s: no new certificate: %s; next try in %u s", due->name, e.text,
	     due->backoff);
	arena_free(&a);
}

/* Only so many: whoever has a signal or an event for us waits meanwhile */
static void renew_due(struct daemon *d)
{
	s64 now = now_seconds();
	struct round round = {};
	unsigned int i, n = 0;

	for (i = 0; i < d->due.n && n < RENEW_BATCH && !renew_stop(); i++) {
		if (d->due.v[i].when > now && !(d->hurry && d->due.v[i].backoff))
			continue;
		renew_one(d, &d->due.v[i], &round);
		n++;
	}
	arena_free(&round.arena);
}

static void fetch_due(struct daemon *d)
{
	const struct domain *domain;
	struct error e = {};
	bool changed;
	unsigned int i;
	s64 now;

	for (i = 0; i < d->conf.domains.n; i++) {
		domain = &d->conf.domains.v[i];
		now = now_seconds();
		if (!domain->bundle_url || (d->fetch_when[i] > now && !d->hurry))
			continue;
		changed = false;
		d->fetch_when[i] = now + domain->bundle_refresh_ms / 1000;
		if (fetch_bundle(domain->bundle_url, domain->bundle_ca_file,
				 domain->signer.timeout_ms, &changed, &e))
			warn("trust domain %s: %s", domain->name, e.text);
		/* To load it again takes it in */
		if (changed) {
			d->reload = true;
			warn("trust domain %s: new bundle from %s", domain->name,
			     domain->bundle_url);
		}
	}
}

/* What others publish keeps nothing else from being applied */
static void refuse_fetched(struct daemon *d, const char *trust_domain)
{
	const struct domain *domain = trust_domain ? conf_domain(&d->conf, trust_domain) : NULL;

	if (!domain || !domain->bundle_url || !fetch_refuse(domain->bundle_url))
		return;
	warn("trust domain %s: what %s has is not used", domain->name, domain->bundle_url);
	d->reload = true;
}

static void apply(struct daemon *d)
{
	struct outcome done;
	struct error e = {};

	d->resync = false;
	d->resync_when = now_seconds() + RESYNC_SECONDS;
	if (reconcile(&d->nl, &d->conf, true, &done, &e)) {
		warn("%s; what was in force stays so", e.text);
		refuse_fetched(d, done.refused);
		d->reread = true;
		return;
	}
	due_read(d, true);
	warn("in force: %u trust domains, %u identities, %u rules (%u changes, %u certificates)",
	     d->conf.state.bundles.n, d->conf.state.identities.n, d->conf.state.rules.n,
	     done.changes, done.signed_ok);
}

/* The same, but silent where nothing is amiss */
static void look_again(struct daemon *d)
{
	struct state have = {};
	struct plan plan = {};
	struct error e = {};
	bool differs = false;

	d->resync = false;
	d->resync_when = now_seconds() + RESYNC_SECONDS;
	if (rnl_dump_state(&d->nl, &have, &e)) {
		warn("%s", e.text);
	} else {
		plan_make(&plan, &have, &d->conf.state);
		differs = plan.n;
		plan_free(&plan);
	}
	state_free(&have);
	if (differs) {
		warn("the kernel differs from the configuration");
		apply(d);
	} else {
		due_read(d, true);
	}
}

static void on_event(const struct event *ev, void *ctx)
{
	struct daemon *d = ctx;
	struct due *due;

	if (ev->kind != EVENT_CSR_NEEDED && ev->kind != EVENT_EXPIRING)
		return;
	due = due_find(d, ev->identity);
	if (!due) {
		d->reread = true;
		return;
	}
	/* Who failed a moment ago is tried again when its time comes */
	if (!due->backoff && state_identity(&d->conf.state, ev->identity))
		due->when = now_seconds();
}

static void take_events(struct daemon *d)
{
	struct error e = {};
	bool lost = false;

	if (rnl_events(&d->events, on_event, d, &lost, &e))
		die(EXIT_FAILED, "%s", e.text);
	if (lost) {
		warn("events were lost; looking at everything");
		d->resync = true;
	}
}

static void take_signals(struct daemon *d)
{
	struct signalfd_siginfo info;

	while (read(d->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP) {
			d->hurry = true;
			d->reload = true;
		} else {
			d->stop = true;
		}
	}
}

static s64 next_due(const struct daemon *d)
{
	s64 next = d->resync_when;
	unsigned int i;

	for (i = 0; i < d->due.n; i++) {
		if (d->due.v[i].when < next)
			next = d->due.v[i].when;
	}
	for (i = 0; i < d->conf.domains.n; i++) {
		if (d->conf.domains.v[i].bundle_url && d->fetch_when[i] < next)
			next = d->fetch_when[i];
	}
	return next > 1 ? next : 1;
}

/* Certificates may be of the past now, or of the future; and so may all times here */
static void clock_was_set(struct daemon *d)
{
	warn("the clock was set");
	d->resync = true;
	d->hurry = true;
}

static void arm(struct daemon *d)
{
	struct itimerspec when = { .it_value.tv_sec = next_due(d) };

	if (d->resync || d->reload || d->hurry)
		when.it_value.tv_sec = 1;
	while (timerfd_settime(d->timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when,
			       NULL)) {
		if (errno != ECANCELED)
			die(EXIT_FAILED, "timerfd: %s", strerror(errno));
		clock_was_set(d);
		when.it_value.tv_sec = 1;
	}
}

static void take_timer(struct daemon *d)
{
	u64 times;

	if (read(d->timer, &times, sizeof(times)) < 0 && errno == ECANCELED)
		clock_was_set(d);
}

static void settle(struct daemon *d)
{
	struct pollfd fd = { .fd = d->watch.fd, .events = POLLIN };

	while (poll(&fd, 1, QUIET_MS) > 0)
		watch_changed(&d->watch);
}

static void turn(struct daemon *d)
{
	struct pollfd fds[] = {
		{ .fd = d->signals, .events = POLLIN },
		{ .fd = rnl_fd(&d->events), .events = POLLIN },
		{ .fd = d->watch.fd, .events = POLLIN },
		{ .fd = d->timer, .events = POLLIN },
	};

	arm(d);
	if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
		die(EXIT_FAILED, "poll: %s", strerror(errno));
	take_timer(d);
	take_signals(d);
	if (d->stop)
		return;
	take_events(d);
	if (watch_changed(&d->watch)) {
		settle(d);
		d->reload = true;
	}
	fetch_due(d);
	if (d->reload) {
		d->reload = false;
		if (!load(d))
			apply(d);
	}
	if (d->resync || now_seconds() >= d->resync_when)
		look_again(d);
	if (d->reread)
		due_read(d, false);
	renew_due(d);
	d->hurry = false;
}

/* Two daemons with different configurations would undo each other for ever */
static void lock_netns(struct daemon *d)
{
	struct error e = {};
	struct stat st;
	char path[64];

	d->lock = -1;
	if (stat("/proc/self/ns/net", &st) || make_dir("/run/riptidesd", 0700, &e))
		return;
	snprintf(path, sizeof(path), "/run/riptidesd/netns-%lu.lock", (unsigned long)st.st_ino);
	d->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (d->lock >= 0 && flock(d->lock, LOCK_EX | LOCK_NB))
		die(EXIT_FAILED, "another riptidesd runs in this network namespace (%s)", path);
}

static void start(struct daemon *d)
{
	struct error e = {};
	sigset_t set;

	cmd_open(&d->nl);
	cmd_open(&d->events);
	lock_netns(d);
	/* Before anything is read: what happens from now on is heard of */
	if (rnl_subscribe(&d->events, &e) || watch_open(&d->watch, &e))
		die(EXIT_FAILED, "%s", e.text);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	d->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (d->signals < 0)
		die(EXIT_FAILED, "signalfd: %s", strerror(errno));
	d->timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (d->timer < 0)
		die(EXIT_FAILED, "timerfd: %s", strerror(errno));
}

static void finish(struct daemon *d)
{
	rnl_close(&d->nl);
	rnl_close(&d->events);
	watch_close(&d->watch);
	close(d->signals);
	close(d->timer);
	if (d->lock >= 0)
		close(d->lock);
	arena_free(&d->due_arena);
	free(d->fetch_when);
	conf_free(&d->conf);
	fetch_free();
}

int cmd_run(struct cmd *c)
{
	struct daemon d = { .path = c->config };

	if (c->argc)
		cmd_usage("run takes no words; the configuration is given by --config");
	start(&d);
	if (load(&d)) {
		finish(&d);
		return EXIT_CONFIG;
	}
	apply(&d);
	while (!d.stop)
		turn(&d);
	finish(&d);
	return EXIT_OK;
}
