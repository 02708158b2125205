// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has a file of the configuration changed?
 *
 * Directories are watched, not files: editors replace files.
 */
#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "watch.h"

#define EVENTS	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR)

int watch_open(struct watch *w, struct error *e)
{
	memset(w, 0, sizeof(*w));
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	return w->fd < 0 ? fail_errno(e, "inotify") : 0;
}

void watch_close(struct watch *w)
{
	close(w->fd);
	arena_free(&w->arena);
}

static void watch_dir(struct watch *w, const char *dir)
{
	if (strings_have(&w->dirs, dir))
		return;
	/* One that is not there cannot be watched, and is no reason to stop */
	if (inotify_add_watch(w->fd, dir, EVENTS) < 0) {
		warn("%s: cannot be watched: %s", dir, strerror(errno));
		return;
	}
	*vec_push(&w->arena, &w->dirs) = arena_str(&w->arena, dir);
}

static void watch_parent(struct watch *w, const char *file)
{
	const char *slash = file ? strrchr(file, '/') : NULL;

	if (!file || !strncmp(file, "-----BEGIN ", 11))
		return;
	if (!slash)
		watch_dir(w, ".");
	else
		watch_dir(w, arena_printf(&w->arena, "%.*s", (int)(slash - file + 1), file));
}

static void watch_beside(struct watch *w, const char *file, const char *name)
{
	const char *slash = strrchr(file, '/');

	if (name[0] == '/' || !slash)
		watch_parent(w, name);
	else
		watch_parent(w, arena_printf(&w->arena, "%.*s/%s", (int)(slash - file), file,
					     name));
}

/**
 * watch_conf() - watch a configuration and what it names
 * @w: watch; what it watches already goes on being watched
 * @path: file or directory
 * @c: loaded configuration
 */
void watch_conf(struct watch *w, const char *path, const struct conf *c)
{
	const struct domain *d;
	unsigned int i, j;
	struct stat st;

	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		watch_dir(w, arena_printf(&w->arena, "%s/", path));
	else
		watch_parent(w, path);
	for (i = 0; i < c->domains.n; i++) {
		d = &c->domains.v[i];
		if (d->signer.kind == SIGNER_EMBEDDED)
			watch_dir(w, arena_printf(&w->arena, "%s/", d->signer.directory));
		for (j = 0; j < d->anchors.n; j++) {
			if (strncmp(d->anchors.v[j].text, "-----BEGIN ", 11))
				watch_beside(w, d->file, d->anchors.v[j].text);
		}
	}
	for (i = 0; i < c->sources.n; i++)
		watch_parent(w, c->sources.v[i].chain_file);
}

/* What we write ourselves, and what editors leave beside their files */
static bool ignored(const struct inotify_event *ev)
{
	size_t len = ev->len ? strlen(ev->name) : 0;

	if (!len)
		return false;
	/* "..data" is how a directory of links is replaced at once */
	if (ev->name[0] == '.' && ev->name[1] != '.')
		return true;
	return ev->name[len - 1] == '~' || !strcmp(ev->name, "issued") ||
	       (len > 4 && (!strcmp(ev->name + len - 4, ".new") ||
			    !strcmp(ev->name + len - 4, ".swp")));
}

/**
 * watch_changed() - take what has happened
 * @w: watch
 *
 * Return: true if some of it matters.
 */
bool watch_changed(struct watch *w)
{
	union {
		struct inotify_event first;
		char bytes[16384];
	} events;
	const struct inotify_event *ev;
	bool changed = false;
	ssize_t n, at;

	while ((n = read(w->fd, &events, sizeof(events))) > 0) {
		for (at = 0; at < n; at += sizeof(*ev) + ev->len) {
			ev = (const struct inotify_event *)(events.bytes + at);
			changed |= !ignored(ev);
			/* A directory has gone; another of its name may come */
			if (ev->mask & IN_IGNORED)
				memset(&w->dirs, 0, sizeof(w->dirs));
		}
	}
	return changed;
}
