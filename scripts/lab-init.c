// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lab's first process
 *
 * Lays a throw-away file system over the host's (read-only) root, makes build/
 * and the scratch directory writable, runs the command that scripts/lab left
 * in the run directory, records its exit status and powers off.
 *
 * Everything comes by the kernel's command line as lab.NAME=VALUE, which the
 * kernel hands on to init's environment.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define LAYER	"/tmp"
#define ROOT	LAYER "/root"

static char cmdline[4096];
static int console = -1;

static void say(const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(line))
		n = sizeof(line) - 1;
	if (console >= 0 && write(console, line, n) != n)
		return;
}

static void __attribute__((noreturn)) power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void __attribute__((noreturn)) die(const char *what)
{
	say("lab-init: %s: %s\n", what, strerror(errno));
	power_off();
}

static const char *option(const char *name)
{
	size_t len = strlen(name);
	char *word = cmdline;

	while (word) {
		word += strspn(word, " \n");
		if (!strncmp(word, "lab.", 4) && !strncmp(word + 4, name, len) &&
		    word[4 + len] == '=') {
			static char value[8][1024];
			static int next;
			char *v = value[next++ % 8];
			size_t n = strcspn(word + 5 + len, " \n");

			if (n >= sizeof(value[0]))
				return NULL;
			memcpy(v, word + 5 + len, n);
			v[n] = '\0';
			return v;
		}
		word = strpbrk(word, " \n");
	}
	return NULL;
}

static void read_cmdline(void)
{
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, cmdline, sizeof(cmdline) - 1);

	if (n < 0)
		die("/proc/cmdline");
	cmdline[n] = '\0';
	close(fd);
}

static void make_dirs(const char *path)
{
	char part[1024];
	size_t i;

	for (i = 1; path[i] && i < sizeof(part) - 1; i++) {
		if (path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		mkdir(part, 0755);
	}
	mkdir(path, 0755);
}

/* Some kernels lack some file systems, so these are tried, not demanded. */
static void try_mount(const char *type, const char *where, unsigned long flags,
		      const char *data)
{
	char path[1024];

	snprintf(path, sizeof(path), ROOT "%s", where);
	make_dirs(path);
	mount(type, path, type, flags, data);
}

/* The directories that the guest may write to lie on the host. */
static void share(const char *path, const char *tag)
{
	const char *kind = option("share");
	char where[1024];

	if (!path || !*path)
		return;
	snprintf(where, sizeof(where), ROOT "%s", path);
	make_dirs(where);
	if (kind && !strcmp(kind, "9p")) {
		if (mount(tag, where, "9p", 0,
			  "trans=virtio,version=9p2000.L,cache=none,msize=262144"))
			die(path);
	} else if (mount("none", where, "hostfs", 0, path)) {
		die(path);
	}
}

/*
 * A checkout below /tmp or another directory that the guest has for itself is
 * hidden by now: lay it, too, below a throw-away layer.
 */
static void show_tree(const char *path)
{
	const char *kind = option("share");
	char where[1024], data[256];
	int ret;

	if (!path || !*path)
		return;
	snprintf(where, sizeof(where), ROOT "%s/scripts/lab", path);
	if (!access(where, F_OK))
		return;
	snprintf(where, sizeof(where), ROOT "%s", path);
	make_dirs(where);
	make_dirs(LAYER "/tree/lower");
	make_dirs(LAYER "/tree/upper");
	make_dirs(LAYER "/tree/work");
	if (kind && !strcmp(kind, "9p"))
		ret = mount("tree", LAYER "/tree/lower", "9p", MS_RDONLY,
			    "trans=virtio,version=9p2000.L,cache=loose,msize=262144");
	else
		ret = mount("none", LAYER "/tree/lower", "hostfs", MS_RDONLY,
			    path);
	snprintf(data, sizeof(data), "lowerdir=%s,upperdir=%s,workdir=%s",
		 LAYER "/tree/lower", LAYER "/tree/upper", LAYER "/tree/work");
	if (ret || mount("overlay", where, "overlay", 0, data))
		die(path);
}

static void lay_root(void)
{
	const char *base = option("base");
	char data[256];

	if (mount("tmpfs", LAYER, "tmpfs", 0, "mode=0755"))
		die("tmpfs");
	if (mkdir(LAYER "/upper", 0755) || mkdir(LAYER "/work", 0755) ||
	    mkdir(ROOT, 0755))
		die(LAYER);
	snprintf(data, sizeof(data), "lowerdir=%s,upperdir=%s,workdir=%s",
		 base ? base : "/", LAYER "/upper", LAYER "/work");
	if (mount("overlay", ROOT, "overlay", 0, data))
		die("overlay");

	try_mount("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	try_mount("sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	try_mount("devtmpfs", "/dev", MS_NOSUID, "mode=0755");
	try_mount("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC,
		  "mode=0620,ptmxmode=0666");
	try_mount("tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, NULL);
	try_mount("tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777");
	try_mount("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755");
	try_mount("debugfs", "/sys/kernel/debug", 0, NULL);
	try_mount("tracefs", "/sys/kernel/tracing", 0, NULL);
	try_mount("cgroup2", "/sys/fs/cgroup", 0, NULL);
	show_tree(option("tree"));
	share(option("build"), "build");
	share(option("scratch"), "scratch");
	mkdir(ROOT "/run/netns", 0755);

	if (chdir(ROOT) || mount(".", "/", NULL, MS_MOVE, NULL) ||
	    chroot(".") || chdir("/"))
		die("switching root");
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		say("lab-init: loopback: %s\n", strerror(errno));
	close(fd);
}

static int open_tty(const char *name, int raw)
{
	struct termios tio;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", name);
	fd = open(path, O_RDWR | O_NOCTTY);
	if (fd < 0)
		die(path);
	if (raw && !tcgetattr(fd, &tio)) {
		cfmakeraw(&tio);
		tcsetattr(fd, TCSANOW, &tio);
	}
	return fd;
}

static void __attribute__((noreturn)) run_child(const char *command, int in,
						int out, int err,
						int interactive)
{
	setsid();
	if (interactive)
		ioctl(in, TIOCSCTTY, 0);
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	closefrom(3);
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("TERM", getenv("TERM") ? getenv("TERM") : "dumb", 1);
	execl("/bin/sh", "sh", command, NULL);
	_exit(127);
}

static void record(const char *dir, const char *name, int status)
{
	char path[1024], temp[1040];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(temp, sizeof(temp), "%s.new", path);
	f = fopen(temp, "w");
	if (!f)
		die(temp);
	fprintf(f, "%d\n", WIFEXITED(status) ? WEXITSTATUS(status) :
		128 + WTERMSIG(status));
	fclose(f);
	if (rename(temp, path))
		die(path);
}

/* What kmemleak has found, if this kernel has it, goes to the kernel log. */
static void scan_leaks(void)
{
	int fd = open("/sys/kernel/debug/kmemleak", O_RDWR | O_CLOEXEC);
	char buf[4096];
	ssize_t n;
	int i;

	if (fd < 0)
		return;
	/* an object is reported once two scans in a row have missed it */
	for (i = 0; i < 2; i++)
		if (write(fd, "scan", 4) != 4)
			say("lab-init: kmemleak: %s\n", strerror(errno));
	while ((n = read(fd, buf, sizeof(buf) - 1)) > 0) {
		buf[n] = '\0';
		say("%s", buf);
	}
	close(fd);
}

int main(void)
{
	int interactive, in, out, err, status;
	char command[1024];
	const char *dir;
	struct rlimit nofile = { 65536, 65536 };
	pid_t child, pid;

	mount("proc", "/proc", "proc", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	console = open("/dev/console", O_RDWR | O_CLOEXEC | O_NOCTTY);
	read_cmdline();
	lay_root();
	loopback_up();
	sethostname("lab", 3);
	setrlimit(RLIMIT_NOFILE, &nofile);

	dir = option("run");
	if (!dir)
		die("no lab.run");
	interactive = option("interactive") != NULL;
	out = open_tty(option("out"), !interactive);
	err = interactive ? out : open_tty(option("err"), 1);
	in = interactive ? out : open("/dev/null", O_RDWR);
	snprintf(command, sizeof(command), "%s/command", dir);

	child = fork();
	if (child < 0)
		die("fork");
	if (!child)
		run_child(command, in, out, err, interactive);
	while ((pid = wait(&status)) != child)
		if (pid < 0 && errno != EINTR)
			die("wait");
	record(dir, "status", status);
	kill(-1, SIGKILL);
	while (wait(NULL) > 0)
		;
	tcdrain(out);
	tcdrain(err);
	if (option("leaks"))
		scan_leaks();
	say("lab-init: done\n");
	power_off();
}
