# SPDX-License-Identifier: GPL-2.0-only
"""What counts of a task: each selector, and how not to borrow another's.

Part of rules_test.py. explain tells what a connection would come under.
"""

import contextlib
import ctypes
import errno
import fcntl
import mmap
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import traceback

import nl
from netlink_fixture import CLONE_NEWUSER, LIBC, Skip, child, refuses, unshare

CLONE_NEWNS = 0x20000
MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 0x1000, 0x4000, 1 << 18, 2
PR_SET_DUMPABLE, PR_SET_NAME, PR_SET_MM = 4, 15, 35
PR_SET_MM_ARG_START, PR_SET_MM_ARG_END = 8, 9
UFFDIO_API, UFFDIO_REGISTER = 0xc018aa3f, 0xc020aa00
FS_IOC_ENABLE_VERITY = 0x40806685
FS_IOC_MEASURE_VERITY = 0xc0046686
CAT = os.path.realpath(shutil.which("cat"))


def mount(source, target, kind=None, flags=0, data=None):
    words = [word.encode() if word else None
             for word in (source, target, kind, data)]
    if LIBC.mount(words[0], words[1], words[2], flags, words[3]):
        raise OSError(ctypes.get_errno(), f"mount {target}")


@contextlib.contextmanager
def mounted(source, kind, data=None):
    with tempfile.TemporaryDirectory() as where:
        mount(source, where, kind, 0, data)
        try:
            yield where
        finally:
            LIBC.umount2(where.encode(), MNT_DETACH)


@contextlib.contextmanager
def running(*words, **options):
    """A program that answers: what it is has settled."""
    task = subprocess.Popen(words, stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, bufsize=0, **options)
    task.stdin.write(b"x\n")
    try:
        assert task.stdout.read(1) == b"x"
        yield task.pid
    finally:
        task.kill()
        task.wait()


def only(who):
    """Make a rule about such a task the whole policy."""
    family = nl.Family()
    nl.rule_new("r", "egress", "deny", who=[who], staged=True, family=family)
    nl.policy_commit(family)


def matches(pid=None):
    return "rule" in nl.explain("egress", "10.0.0.1", 80, pid)


def reason(pid=None):
    return nl.explain("egress", "10.0.0.1", 80, pid)["reason"]


NO_PATH = "no rule for egress matches; rules ask for what the task has not: path"


def test_path(_):
    only("path=" + CAT)
    assert not matches()
    with running(CAT, "-") as pid:
        assert matches(pid)
        # Another thread of execution, another name: the same file.
        assert not matches(os.getpid())
    own = os.path.realpath(sys.executable)
    only("path=" + own)
    assert matches() and matches(os.getpid())
    # A link to it is not what was executed.
    with tempfile.TemporaryDirectory() as where:
        link = os.path.join(where, "link")
        os.symlink(CAT, link)
        only("path=" + link)
        with running(link, "-") as pid:
            assert not matches(pid)
    # The longest path that a rule can name.
    only("path=/" + "x" * 4094)
    assert not matches()


def test_removed(_):
    """An executable that was replaced keeps the name that it had."""
    with tempfile.TemporaryDirectory() as where:
        copy = os.path.join(where, "server")
        shutil.copy(CAT, copy)
        only("path=" + copy)
        with running(copy, "-") as pid:
            assert matches(pid)
            shutil.copy(CAT, copy + ".new")
            os.rename(copy + ".new", copy)
            assert matches(pid)
            os.unlink(copy)
            assert matches(pid)


def root_of_its_own(flags=0):
    """User 1000 becomes root of a user namespace."""
    os.setgroups([])
    os.setresgid(1000, 1000, 1000)
    os.setresuid(1000, 1000, 1000)
    LIBC.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)	# or /proc/self is not its own
    unshare(CLONE_NEWUSER | flags)
    for name, text in (("setgroups", "deny"), ("uid_map", "0 1000 1"),
                       ("gid_map", "0 1000 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def test_borrowed_path(_):
    """A task in its own mount namespace can't borrow another's path."""
    with tempfile.TemporaryDirectory() as where:
        trusted = os.path.join(where, "trusted")
        shutil.copy(CAT, trusted)
        only("path=" + trusted)
        with running(trusted, "-") as pid:
            assert matches(pid)

        def intruder():
            unshare(CLONE_NEWNS)
            mount(None, "/", None, MS_REC | MS_PRIVATE)
            with running(trusted, "-") as pid:	# even the same file
                assert reason(pid) == NO_PATH
            mount(CAT, trusted, None, MS_BIND)
            with running(trusted, "-") as pid:
                assert reason(pid) == NO_PATH
            mount("none", where, "tmpfs")
            shutil.copy(CAT, trusted)
            with running(trusted, "-") as pid:
                assert reason(pid) == NO_PATH
            # What the first namespace has, by way of somebody who is in it.
            outside = f"/proc/{os.getppid()}/root{trusted}"
            with running(outside, "-") as pid:
                assert matches(pid)

        def user():
            root_of_its_own(CLONE_NEWNS)
            mount("none", where, "tmpfs")
            shutil.copy(CAT, trusted)
            os.execv(trusted, [trusted, "-"])

        os.chmod(where, 0o755)
        child(intruder)
        with started(user, trusted) as pid:
            assert reason(pid) == NO_PATH


@contextlib.contextmanager
def started(function, exe):
    """A child that ends up as another program."""
    reader, writer = os.pipe()		# closed by execv()
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if not pid:
        try:
            os.dup2(theirs.fileno(), 0)
            os.dup2(theirs.fileno(), 1)
            function()
        except BaseException:		# anything: it must not get out
            os.write(writer, traceback.format_exc().encode())
        os._exit(1)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        failed = pipe.read()
    ours.sendall(b"x\n")
    try:
        assert not failed, f"could not become {exe}: {failed}"
        assert ours.recv(1) == b"x"	# it is what it is now
        yield pid
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)


def test_nameless(_):
    """A file that no mount reaches has no path."""
    with open(CAT, "rb") as file:
        code = file.read()

    def run():
        memory = os.memfd_create("cat", 0)
        os.write(memory, code)
        os.execv(f"/proc/self/fd/{memory}", [CAT, "-"])

    only("path=" + CAT)
    with started(run, "memfd") as pid:
        assert reason(pid) == NO_PATH


def test_chroot(_):
    """The path begins at the first root, not at the task's own."""
    with tempfile.TemporaryDirectory() as jail:
        os.makedirs(jail + "/usr")
        for name in ("lib", "lib64", "bin"):
            if os.path.islink("/" + name):
                os.symlink(os.readlink("/" + name), f"{jail}/{name}")
        mount("/usr", jail + "/usr", None, MS_BIND)
        try:
            def run():
                os.chroot(jail)
                os.chdir("/")
                os.execv(CAT, [CAT, "-"])

            if not CAT.startswith("/usr/"):
                raise Skip("cat is not below /usr")
            only("path=" + CAT)
            with started(run, CAT) as pid:
                assert not matches(pid)
                only(f"path={jail}{CAT}")
                assert matches(pid)
        finally:
            LIBC.umount2((jail + "/usr").encode(), MNT_DETACH)


def test_ids(_):
    def user():
        os.setgroups([])
        os.setresgid(1001, 1002, 1003)
        os.setresuid(2001, 2002, 2003)
        os.execv(CAT, [CAT, "-"])

    with started(user, CAT) as pid:
        for who, right in (("uid=2002", True), ("uid=2001", False),
                           ("gid=1002", True), ("gid=1001", False),
                           ("uid=2002,gid=1002", True),
                           ("uid=0,uid=2002,gid=7,gid=1002", True),
                           ("uid=2002,gid=0", False)):
            only(who)
            assert matches(pid) == right, who

    def other_root():
        root_of_its_own()
        assert os.geteuid() == os.getegid() == 0
        os.execv(CAT, [CAT, "-"])

    with started(other_root, CAT) as pid:
        for who, right in (("uid=0", False), ("gid=0", False),
                           ("uid=1000,gid=1000", True)):
            only(who)
            assert matches(pid) == right, who


def test_weak(_):
    """What a task says of itself counts beside another attribute."""
    def renamed():
        LIBC.prctl(PR_SET_NAME, b"another", 0, 0, 0)
        for who, right in (("uid=0,comm=another", True),
                           ("uid=0,comm=python3", False),
                           ("uid=1,comm=another", False)):
            only(who)
            assert matches() == right, who

    child(renamed)
    words = [CAT, "-", "--", "x" * 300]
    script = "import sys; print(input()); sys.stdout.flush(); input()"
    line = " ".join([sys.executable, "-c", script] + words)
    with running(sys.executable, "-c", script, *words) as pid:
        for text, right in ((line[:255], True), (line[:10], True),
                            (line[1:10], False), (line[:254] + "y", False)):
            only("uid=0,cmdline=" + text)
            assert matches(pid) == right, text
    # Its own, read another way.
    with open("/proc/self/cmdline", "rb") as file:
        line = file.read().rstrip(b"\0").replace(b"\0", b" ").decode()[:255]
    only("uid=0,cmdline=" + line)
    assert matches() and matches(os.getpid())
    only("uid=0,cmdline=" + line[:-1] + "\x7f")
    assert not matches() and not matches(os.getpid())


def absent_page():
    """A page that whoever touches waits for: its address, and who has it."""
    number = {"x86_64": 323, "aarch64": 282}[os.uname().machine]
    if not os.path.exists("/proc/sys/vm/unprivileged_userfaultfd"):
        raise Skip("no userfaultfd")
    page = mmap.mmap(-1, mmap.PAGESIZE)
    where = ctypes.addressof(ctypes.c_char.from_buffer(page))
    faults = LIBC.syscall(number, os.O_CLOEXEC)
    assert faults >= 0
    fcntl.ioctl(faults, UFFDIO_API, struct.pack("=3Q", 0xaa, 0, 0))
    fcntl.ioctl(faults, UFFDIO_REGISTER,
                struct.pack("=4Q", where, mmap.PAGESIZE, 1, 0))
    return where, page


def test_held_cmdline(_):
    """Nobody waits for the arguments of a task that is only asked about."""
    with open("/proc/self/cmdline", "rb") as file:
        own = file.read().replace(b"\0", b" ").decode()
    only("uid=0,cmdline=" + own[:20])
    assert matches() and matches(os.getpid())
    where, _ = absent_page()
    ends = [(PR_SET_MM_ARG_START, where), (PR_SET_MM_ARG_END, where + 64)]
    for number, value in ends * 2:	# one of them stands behind the other
        LIBC.prctl(PR_SET_MM, number, ctypes.c_ulong(value), 0, 0)
    for pid in (None, os.getpid()):
        assert reason(pid) == "the connection fails: rule r may match, " \
            "but it is not known of the task: cmdline", reason(pid)


def test_cgroup(_):
    with mounted("none", "cgroup2") as where:
        inner = os.path.join(where, "rpt", "inner")
        os.makedirs(inner)
        try:
            with running(CAT, "-") as pid:
                with open(f"/proc/{pid}/cgroup", encoding="ascii") as file:
                    before = file.read().strip().partition("::")[2]
                only("cgroup=" + before)
                assert matches(pid)
                with open(inner + "/cgroup.procs", "w",
                          encoding="ascii") as file:
                    file.write(str(pid))
                assert not matches(pid)
                for path, right in (("/rpt/inner", True), ("/rpt", False),
                                    ("/rpt/inne", False), ("/", False)):
                    only("cgroup=" + path)
                    assert matches(pid) == right, path
        finally:
            os.rmdir(inner)
            os.rmdir(os.path.dirname(inner))


def enable_verity(path):
    """Seal a file; returns its digest by SHA-256."""
    file = os.open(path, os.O_RDONLY)
    try:
        fcntl.ioctl(file, FS_IOC_ENABLE_VERITY, struct.pack(
            "=IIIIQIIQ88x", 1, 1, 4096, 0, 0, 0, 0, 0))
        digest = bytearray(struct.pack("=HH64x", 0, 64))
        fcntl.ioctl(file, FS_IOC_MEASURE_VERITY, digest)
    finally:
        os.close(file)
    algorithm, size = struct.unpack_from("=HH", digest)
    assert (algorithm, size) == (1, 32)
    return bytes(digest[4:36])


def test_verity(_):
    """The digest of a sealed file, wherever it is and whatever it is called."""
    for tool in ("mkfs.ext4", "losetup"):
        if not shutil.which(tool):
            raise Skip(f"no {tool}")
    with tempfile.TemporaryDirectory() as where:
        image, top = where + "/image", where + "/top"
        os.mkdir(top)
        with open(image, "wb") as file:
            file.truncate(32 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-O", "verity", "-b", "4096", image],
                       check=True)
        done = subprocess.run(["losetup", "--show", "-f", image],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise Skip("no loop device: " + done.stderr.strip())
        device = done.stdout.strip()
        try:
            mount(device, top, "ext4")
            sealed, plain = top + "/sealed", top + "/plain"
            shutil.copy(CAT, sealed)
            shutil.copy(CAT, plain)
            digest = enable_verity(sealed)
            only("verity=" + digest.hex())
            with running(sealed, "-") as pid:
                assert matches(pid)
                only("verity=" + digest.hex() + ",path=" + sealed)
                assert matches(pid)
                only("verity=" + digest[:31].hex() + "%02x" % (digest[31] ^ 1))
                assert not matches(pid)
            only("verity=" + digest.hex())
            with running(plain, "-") as pid:
                assert reason(pid).endswith("has not: verity")

            def elsewhere():
                unshare(CLONE_NEWNS)
                os.execv(sealed, [sealed, "-"])

            with started(elsewhere, sealed) as pid:
                assert matches(pid)
                only("verity=" + digest.hex() + ",path=" + sealed)
                assert not matches(pid)
        finally:
            LIBC.umount2(top.encode(), MNT_DETACH)
            subprocess.run(["losetup", "-d", device], check=False)


def test_kernel_thread(_):
    """Whom a kernel thread works for is not known, so no rule is passed by."""
    for who, lacks in (("uid=0,comm=kthreadd", "comm, uid"),
                       ("path=" + CAT, "path"), ("uid=1", "uid"),
                       ("uid=0,cmdline=x", "cmdline, uid")):
        only(who)
        told = reason(2)
        assert told.startswith("the connection fails: rule r may match, but "
                               "it is not known of the task:"), told
        assert sorted(told.rsplit(": ", 1)[1].split(", ")) == \
            sorted(lacks.split(", ")), told
    refuses(errno.ESRCH, "there is no such task", nl.explain, "egress",
            "10.0.0.1", 80, 0)
