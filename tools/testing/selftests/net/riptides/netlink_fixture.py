# SPDX-License-Identifier: GPL-2.0-only
"""What tests of the generic netlink family share: namespaces, refusals, KTAP."""

import contextlib
import ctypes
import errno
import os
import struct
import sys
import tempfile
import time
import traceback

import nl
from netlink_certs import Authority

NL = os.path.join(os.path.dirname(os.path.realpath(__file__)), "nl.py")
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET, CLONE_NEWUSER = 0x40000000, 0x10000000
TD = "example.org"
WEB = f"spiffe://{TD}/web"
TREE = sys.argv[1] if len(sys.argv) > 1 else ""


class Skip(Exception):
    """A test that cannot run here."""


def refuses(number, text, function, *args, **kwargs):
    """The kernel says no, with this errno and this sentence."""
    try:
        function(*args, **kwargs)
    except nl.Refused as refused:
        got = errno.errorcode.get(refused.errno), refused.text
        want = errno.errorcode[number], text
        assert got == want, f"{got} instead of {want}"
    else:
        raise AssertionError(f"taken, instead of: {text}")


def send(command, *values):
    return nl.Family().call(command, values)


def child(function, *args):
    """Run it in a process of its own; what goes wrong there is told here."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        status = 1
        try:
            function(*args)
            status = 0
        except BaseException:		# anything: it must not get out
            os.write(writer, traceback.format_exc().encode())
        os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    _, status = os.waitpid(pid, 0)
    assert not status, text or f"status {status}"


def unshare(flags):
    if LIBC.unshare(flags):		# os.unshare() is of Python 3.12
        raise OSError(ctypes.get_errno(), "unshare")


def in_netns(function, *args):
    """Run it in a network namespace that ends with it."""
    def inside():
        unshare(CLONE_NEWNET)
        function(*args)
    child(inside)


@contextlib.contextmanager
def clock(offset):
    """The wall clock jumps, and comes back."""
    time.clock_settime(time.CLOCK_REALTIME, time.time() + offset)
    try:
        yield
    finally:
        time.clock_settime(time.CLOCK_REALTIME, time.time() - offset)


def partial_dump(command, change):
    """The rest of a dump, with a change after its first piece."""
    family = nl.Family(size=8192)
    family.send(nl.CMD[command], b"", nl.NLM_F_DUMP)
    first = family.socket.recv(8192)
    assert struct.unpack_from("=IH", first)[1] == family.id
    change()
    return family.receive(True)


def fail_nth(file, number, family, command, values):
    """Let an allocation of a request fail; False when it has so many not."""
    payload = nl.encode(nl.SPACE[command], values)
    try:
        os.pwrite(file, b"%d" % number, 0)
        try:
            family.send(nl.CMD[command], payload)
        finally:
            left = int(os.pread(file, 16, 0))
            os.pwrite(file, b"0", 0)
        family.receive(False)
    except nl.Refused as refused:
        assert refused.errno == errno.ENOMEM, refused
    except OSError as error:		# there was no memory for the answer
        assert error.errno in (errno.ENOMEM, errno.ENOBUFS), error
    return not left


def refused_everything():
    for command in nl.COMMANDS:
        for dump in (False, True):
            try:
                nl.Family().call(command, dump=dump)
            except nl.Refused as refused:
                only_do = command not in (
                    "bundle-get", "identity-get", "anchor-get", "rule-get",
                    "revocation-get", "connection-get")
                only_dump = command in ("anchor-get", "revocation-get",
                                        "connection-get")
                if only_do if dump else only_dump:
                    assert refused.errno == errno.EOPNOTSUPP
                else:
                    assert refused.errno == errno.EPERM, refused
            else:
                raise AssertionError(f"{command} is for everybody")
    try:
        nl.Family().subscribe("events")
    except PermissionError:
        return
    raise AssertionError("events are for everybody")


def tests_of(names):
    """The tests of a module, in the order in which it has them."""
    return sorted((value for name, value in names.items()
                   if name.startswith("test_")),
                  key=lambda test: test.__code__.co_firstlineno)


def main(all_tests):
    with open("/proc/cmdline", encoding="ascii") as file:
        if "lab.run=" not in file.read() or os.geteuid():
            print("# runs as root in the lab only")
            return 4
    wanted = sys.argv[2:]
    tests = [test for test in all_tests if not wanted or
             test.__name__.removeprefix("test_") in wanted]
    failed = 0
    print(f"TAP version 13\n1..{len(tests)}", flush=True)
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        ca = Authority("ca")
        for number, test in enumerate(tests, 1):
            name = test.__name__.removeprefix("test_")
            try:
                # Each begins with a namespace that nobody configured.
                in_netns(test, ca)
            except AssertionError as error:
                if "Skip: " in str(error):
                    print(f"ok {number} {name} # SKIP " +
                          str(error).rsplit("Skip: ", 1)[1].strip(), flush=True)
                    continue
                failed = 1
                for line in str(error).splitlines():
                    print(f"# {line}")
                print(f"not ok {number} {name}", flush=True)
            else:
                print(f"ok {number} {name}", flush=True)
    return failed
