// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attestation: what the kernel itself knows of a task
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/fsverity.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/path.h>
#include <linux/pid_namespace.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uidgid.h>
#include <net/sock.h>

#include "attest.h"

/* How often an address space that somebody changes is looked at, once a jiffy */
#define PEEK_TRIES	10

/**
 * struct gather - what is being found out
 * @known: RPT_NEED_*
 * @value: by enum rpt_attribute, as in struct rpt_subject
 * @uid: what @value may point to
 * @gid: what @value may point to
 * @comm: what @value may point to
 * @digest: what @value may point to
 * @cmdline: what @value may point to
 * @cgroup: what @value may point to
 * @path: what @value may point to; room for it only where it is wanted
 */
struct gather {
	unsigned int known;
	struct rpt_blob value[RPT_ATTR_N];
	u32 uid;
	u32 gid;
	char comm[TASK_COMM_LEN];
	u8 digest[FS_VERITY_MAX_DIGEST_SIZE];
	char cmdline[RPT_CMDLINE_MAX + 1];
	char cgroup[PATH_MAX];
	char path[];
};

static void found(struct gather *g, enum rpt_attribute a, const void *data, size_t len)
{
	g->value[a].data = data;
	g->value[a].len = len;
}

static void found_string(struct gather *g, enum rpt_attribute a, const char *s)
{
	if (*s)
		found(g, a, s, strlen(s));
}

static void gather_ids(struct gather *g, kuid_t uid, kgid_t gid)
{
	g->uid = from_kuid(&init_user_ns, uid);
	g->gid = from_kgid(&init_user_ns, gid);
	found(g, RPT_ATTR_UID, &g->uid, sizeof(g->uid));
	found(g, RPT_ATTR_GID, &g->gid, sizeof(g->gid));
}

#ifdef CONFIG_CGROUPS
/* Without version 2, all tasks are in the root of its hierarchy */
static void gather_cgroup(struct gather *g, struct cgroup *cgrp)
{
	int len = cgroup_path(cgrp, g->cgroup, sizeof(g->cgroup));

	if (len > 0 && len < sizeof(g->cgroup))
		found(g, RPT_ATTR_CGROUP, g->cgroup, len);
}

static void gather_task_cgroup(struct gather *g, struct task_struct *task)
{
	rcu_read_lock();
	gather_cgroup(g, task_dfl_cgroup(task));
	rcu_read_unlock();
}
#else
static void gather_task_cgroup(struct gather *g, struct task_struct *task) {}
#endif

/* Where the first process of the machine has its root */
static bool init_root(struct path *root)
{
	struct task_struct *init;
	bool found = false;

	rcu_read_lock();
	init = READ_ONCE(init_pid_ns.child_reaper);
	task_lock(init);
	if (init->fs) {
		get_fs_root(init->fs, root);
		found = true;
	}
	task_unlock(init);
	rcu_read_unlock();
	return found;
}

/*
 * The path of an executable counts only as the initial mount namespace reaches
 * it; otherwise a task could make a namespace of its own and bind whatever it
 * likes to a path that a rule trusts.
 *
 * A file is opened through a mount, and a mount is in one mount namespace: that
 * of the task is a copy, with other struct mount, the moment that it unshares.
 * __d_path() goes up from the file, dentry by dentry and mount by mount, until
 * it meets the very root that is given, compared by its mount and its dentry.
 * Mounts of another namespace lead to the root of that one, detached and internal
 * ones (as of memfd_create()) nowhere: then the answer is NULL, whatever names
 * were on the way. No names are looked up, so nothing can be exchanged meanwhile.
 *
 * The root is that of the first process, which nobody but itself can change. To
 * mount something below it takes CAP_SYS_ADMIN in the initial user namespace.
 * chroot() changes nothing: the path begins at that root all the same.
 *
 * An executable that was removed or replaced since keeps the name that it had: it
 * was there when it was executed, and an update must not take a running server's
 * identity away.
 */
static void gather_path(struct gather *g, const struct file *exe)
{
	struct path root;
	char *path;

	if (!init_root(&root))
		return;
	path = __d_path(&exe->f_path, &root, g->path, PATH_MAX);
	if (!IS_ERR_OR_NULL(path) && *path == '/')
		found_string(g, RPT_ATTR_PATH, path);
	path_put(&root);
}

/* Of the file that has the data, should a file system be stacked on it */
static void gather_verity(struct gather *g, const struct file *exe)
{
	struct inode *inode = d_real_inode(exe->f_path.dentry);
	enum hash_algo algo;
	int len;

	len = inode ? fsverity_get_digest(inode, g->digest, NULL, &algo) : 0;
	if ((len == SHA256_DIGEST_SIZE && algo == HASH_ALGO_SHA256) ||
	    (len == SHA512_DIGEST_SIZE && algo == HASH_ALGO_SHA512))
		found(g, RPT_ATTR_VERITY, g->digest, len);
}

static void gather_exe(struct gather *g, struct task_struct *task, unsigned int needs)
{
	struct file *exe = get_task_exe_file(task);

	if (!exe)
		return;
	if (needs & RPT_NEED_PATH)
		gather_path(g, exe);
	if (needs & RPT_NEED_VERITY)
		gather_verity(g, exe);
	fput(exe);
}

/* Where arguments are, and how much of them counts */
static size_t arguments(struct mm_struct *mm, unsigned long *start)
{
	unsigned long end;

	spin_lock(&mm->arg_lock);
	*start = mm->arg_start;
	end = mm->arg_end;
	spin_unlock(&mm->arg_lock);
	return end > *start ? min_t(size_t, end - *start, RPT_CMDLINE_MAX) : 0;
}

/*
 * The task itself reads its own arguments, as it does what it sends, with the
 * socket locked as then; what pages they are on is its own affair.
 */
static int own_cmdline(char *buf)
{
	struct mm_struct *mm = current->mm;
	unsigned long start;
	size_t len;

	if (!mm || (current->flags & PF_KTHREAD))
		return 0;
	len = arguments(mm, &start);
	return len - copy_from_user(buf, (const void __user *)start, len);
}

static bool peek_lock(struct mm_struct *mm)
{
	unsigned int i;

	for (i = 0; i < PEEK_TRIES; i++) {
		if (mmap_read_trylock(mm))
			return true;
		schedule_timeout_uninterruptible(1);
	}
	return false;
}

static bool peek_page(struct mm_struct *mm, unsigned long at, char *to, size_t len)
{
	struct page *page;
	const char *from;
	long n;

	if (!peek_lock(mm))
		return false;
	n = get_user_pages_remote(mm, at, 1, FOLL_NOFAULT, &page, NULL);
	mmap_read_unlock(mm);
	if (n != 1)
		return false;
	from = kmap_local_page(page);
	memcpy(to, from + offset_in_page(at), len);
	kunmap_local(from);
	put_page(page);
	return true;
}

/*
 * The same for whoever only asks about a task. Nothing is waited for that the task
 * could keep from coming: pages that are not there, which userfaultfd or FUSE may
 * have, and the lock of its address space. Negative: it cannot be told now.
 */
static int peek_cmdline(struct task_struct *task, char *buf)
{
	struct mm_struct *mm = get_task_mm(task);
	size_t len, part, done = 0;
	unsigned long start;

	if (!mm)
		return 0;
	len = arguments(mm, &start);
	while (done < len) {
		part = min_t(size_t, len - done,
			     PAGE_SIZE - offset_in_page(start + done));
		if (!peek_page(mm, start + done, buf + done, part))
			break;
		done += part;
	}
	mmput(mm);
	return done < len ? -EAGAIN : len;
}

/* Arguments end in a NUL each: let there be a space, but not at the end */
static void gather_cmdline(struct gather *g, struct task_struct *task, bool peek)
{
	int i, len;

	len = peek ? peek_cmdline(task, g->cmdline) : own_cmdline(g->cmdline);
	if (len < 0)
		g->known &= ~RPT_NEED_CMDLINE;
	while (len > 0 && !g->cmdline[len - 1])
		len--;
	for (i = 0; i < len; i++) {
		if (!g->cmdline[i])
			g->cmdline[i] = ' ';
	}
	if (len > 0)
		found(g, RPT_ATTR_CMDLINE, g->cmdline, len);
}

static struct rpt_subject *snapshot(const struct gather *g, gfp_t gfp)
{
	struct rpt_subject *who;
	size_t size = 0;
	unsigned int i;
	u8 *at;

	/* Terminated, and aligned, as some are numbers */
	for (i = 0; i < RPT_ATTR_N; i++)
		size += ALIGN(g->value[i].len + 1, sizeof(u32));
	who = kzalloc_flex(*who, data, size, gfp | __GFP_ACCOUNT);
	if (!who)
		return ERR_PTR(-ENOMEM);
	refcount_set(&who->ref, 1);
	who->known = g->known;
	at = who->data;
	for (i = 0; i < RPT_ATTR_N; i++) {
		if (!g->value[i].data)
			continue;
		who->value[i].data = memcpy(at, g->value[i].data, g->value[i].len);
		who->value[i].len = g->value[i].len;
		at += ALIGN(g->value[i].len + 1, sizeof(u32));
	}
	return who;
}

/*
 * Who works for another has a name of his own, but the other's credentials,
 * address space and cgroup: so do the workers of io_uring. Of whom a thread of
 * the kernel works for nothing is known.
 */
static unsigned int knowable(const struct task_struct *task)
{
	if (task->flags & PF_KTHREAD)
		return 0;
	if (task->flags & (PF_IO_WORKER | PF_USER_WORKER))
		return RPT_NEED_ALL & ~RPT_NEED_COMM;
	return RPT_NEED_ALL;
}

static struct rpt_subject *attest(struct task_struct *task, const struct cred *cred,
				  unsigned int needs, bool peek)
{
	struct rpt_subject *who;
	struct gather *g;

	needs = (needs | RPT_NEED_UID | RPT_NEED_GID) & knowable(task);
	g = kzalloc_flex(*g, path, needs & RPT_NEED_PATH ? PATH_MAX : 0);
	if (!g)
		return ERR_PTR(-ENOMEM);
	g->known = needs;
	if (needs & RPT_NEED_UID)
		gather_ids(g, cred->euid, cred->egid);
	if (needs & RPT_NEED_COMM) {
		get_task_comm(g->comm, task);
		found_string(g, RPT_ATTR_COMM, g->comm);
	}
	if (needs & RPT_NEED_CMDLINE)
		gather_cmdline(g, task, peek);
	if (needs & RPT_NEED_CGROUP)
		gather_task_cgroup(g, task);
	if (needs & (RPT_NEED_PATH | RPT_NEED_VERITY))
		gather_exe(g, task, needs);
	who = snapshot(g, GFP_KERNEL);
	kfree(g);
	return who;
}

/**
 * rpt_attest_current() - take a snapshot of the task at hand
 * @needs: RPT_NEED_*, what is wanted; bits that are no attributes are ignored
 *
 * Context: Process context; may sleep, and read the task's memory.
 * Return: the snapshot with one reference, or -ENOMEM.
 */
struct rpt_subject *rpt_attest_current(unsigned int needs)
{
	return attest(current, current_cred(), needs, false);
}

/**
 * rpt_attest_task() - look at a task
 * @task: the task, which the caller holds, and has the right to look into
 * @needs: as of rpt_attest_current()
 *
 * A command line that is not in memory remains unknown.
 *
 * Context: Process context; may sleep, but waits for no task.
 * Return: the snapshot with one reference, or -ENOMEM.
 */
struct rpt_subject *rpt_attest_task(struct task_struct *task, unsigned int needs)
{
	const struct cred *cred = get_task_cred(task);
	struct rpt_subject *who;

	who = attest(task, cred, needs, true);
	put_cred(cred);
	return who;
}

/**
 * rpt_attest_sock() - what a socket holds of the task that made it
 * @sk: the socket
 * @gfp: how to allocate
 *
 * Its user and its cgroup, and nothing else.
 *
 * Context: Any context that @gfp allows.
 * Return: a snapshot with one reference, or -ENOMEM.
 */
struct rpt_subject *rpt_attest_sock(const struct sock *sk, gfp_t gfp)
{
	struct rpt_subject *who;
	struct gather *g;

	g = kzalloc_flex(*g, path, 0, gfp);
	if (!g)
		return ERR_PTR(-ENOMEM);
	g->known = RPT_NEED_SOCK;
	g->uid = from_kuid(&init_user_ns, sk_uid(sk));
	found(g, RPT_ATTR_UID, &g->uid, sizeof(g->uid));
#ifdef CONFIG_SOCK_CGROUP_DATA
	gather_cgroup(g, sock_cgroup_ptr((struct sock_cgroup_data *)&sk->sk_cgrp_data));
#endif
	who = snapshot(g, gfp);
	kfree(g);
	return who;
}

/**
 * rpt_subject_get() - hold a snapshot
 * @who: the snapshot
 *
 * Context: Any context.
 * Return: the snapshot.
 */
struct rpt_subject *rpt_subject_get(struct rpt_subject *who)
{
	refcount_inc(&who->ref);
	return who;
}

/**
 * rpt_subject_put() - let go of a snapshot
 * @who: the snapshot; NULL and errors are ignored
 *
 * Context: Any context.
 */
void rpt_subject_put(struct rpt_subject *who)
{
	if (!IS_ERR_OR_NULL(who) && refcount_dec_and_test(&who->ref))
		kfree(who);
}
