#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Ways around a rule, none of which leads anywhere.

Started by policy.sh inside the lab, as root. Prints KTAP. Names of tests as
arguments run these alone.
"""

import contextlib
import ctypes
import errno
import fcntl
import mmap
import os
import select
import socket
import struct
import sys
import threading

import nl
import policy_fixture as fixture
from policy_fixture import (
    B, B6, CERTS, IN, IPPROTO_MPTCP, LIBC, ME, MSG_FASTOPEN, OUT, SECRET,
    SOL_RIPTIDES, Server, TIMEOUT, all_tls, connect, connections, count, is_tls,
    judged, ns, policy, run, said, served, talk, until, wire)

RIPTIDES_ROLE, RIPTIDES_START, ROLE_CLIENT = 1, 2, 1
SYS_POLL, SYS_SENDTO, SYS_RECVFROM, SYS_SPLICE = 7, 44, 45, 275
SYS_USERFAULTFD = 323
UFFDIO_API, UFFDIO_REGISTER, UFFDIO_COPY = 0xc018aa3f, 0xc020aa00, 0xc028aa03
UFFD_API, REGISTER_MISSING = 0xaa, 1
PR_SET_MM, PR_SET_MM_ARG_START, PR_SET_MM_ARG_END = 35, 8, 9
TCP_INFO, TCP_CLOSE, TCP_FASTOPEN_CONNECT, TCP_ULP = 11, 7, 30, 31
MPTCP = 30		# an option of TCP
A2 = "10.0.0.3"
PAGE = mmap.PAGESIZE


class Slow:
    """A page of memory: who touches it waits until it is let go."""

    def __init__(self):
        self.fd = LIBC.syscall(SYS_USERFAULTFD, os.O_CLOEXEC)
        assert self.fd >= 0, os.strerror(ctypes.get_errno())
        fcntl.ioctl(self.fd, UFFDIO_API, struct.pack("=QQQ", UFFD_API, 0, 0))
        self.memory = mmap.mmap(-1, PAGE,
                                mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self.buffer = (ctypes.c_char * PAGE).from_buffer(self.memory)
        self.address = ctypes.addressof(self.buffer)
        fcntl.ioctl(self.fd, UFFDIO_REGISTER, struct.pack(
            "=QQQQ", self.address, PAGE, REGISTER_MISSING, 0))

    def touched(self):
        """Wait until somebody does."""
        message = os.read(self.fd, 32)
        assert message[0] == 0x12, message

    def let_go(self, data):
        """Whoever waits goes on."""
        source = ctypes.create_string_buffer(data.ljust(PAGE, b"\0"), PAGE)
        fcntl.ioctl(self.fd, UFFDIO_COPY, struct.pack(
            "=QQQQq", self.address, ctypes.addressof(source), PAGE, 0, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.fd)


class Task(threading.Thread):
    """One call in a thread of its own."""

    def __init__(self, function, *args):
        super().__init__(daemon=True)
        self.function, self.args = function, args
        self.value = self.error = None
        self.begun = threading.Event()
        self.start()

    def run(self):
        self.begun.set()
        try:
            self.value = self.function(*self.args)
        except OSError as error:
            self.error = errno.errorcode.get(error.errno, str(error))

    def asleep(self, *calls, state="D"):
        """Wait until it sleeps in a system call: for a lock, or for an event."""
        self.begun.wait()
        until(lambda: self.about("syscall").split()[0] in map(str, calls) and
              self.about("stat").rpartition(")")[2].split()[0] == state,
              f"a task sleeps in {calls}")

    def about(self, what):
        """What the kernel tells of it."""
        with open(f"/proc/self/task/{self.native_id}/{what}",
                  encoding="ascii") as told:
            return told.read()

    def outcome(self):
        """The error that the call failed with, if it did."""
        self.join(TIMEOUT)
        assert not self.is_alive(), "it hangs"
        return self.error


# --- tests -------------------------------------------------------------------

def test_stale():
    """whoever was on his way into TCP when connect() attached the socket"""
    policy(a=["out egress mutual --identity default --ports 7050 --selector "
              "uid=0,cmdline=slow"], b=[IN])
    for call, want in ((lambda sock: sock.send(SECRET), "EPIPE"),
                       (lambda sock: sock.recv(100), "ENOTCONN"),
                       (lambda sock: os.splice(sock.fileno(), pipe[1], 100),
                        "ENOTCONN")):
        pipe = os.pipe()
        with ns("a"):
            sock = socket.socket()
        with Server(7050), sock, Slow() as slow:
            before = arguments()
            # connect() reads its task's arguments with the socket locked
            set_arguments(slow.address, slow.address + 5)
            connecting = Task(sock.connect, (B, 7050))
            slow.touched()
            late = Task(call, sock)
            late.asleep(SYS_SENDTO, SYS_RECVFROM, SYS_SPLICE)
            slow.let_go(b"slow")
            assert late.outcome() == want, late.error
            assert not connecting.outcome(), connecting.error
            set_arguments(*before)
            talk(sock)
        for fd in pipe:
            os.close(fd)
    all_tls(7050, 3)


def arguments():
    """Where those of this process are."""
    with open("/proc/self/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return int(fields[45]), int(fields[46])


def set_arguments(start, end):
    """Put them elsewhere, in whichever order start stays before the end."""
    steps = [(PR_SET_MM_ARG_START, start), (PR_SET_MM_ARG_END, end)]
    if start > arguments()[1]:
        steps.reverse()
    for what, value in steps:
        assert not LIBC.prctl(PR_SET_MM, what, ctypes.c_ulong(value), 0, 0), \
            os.strerror(ctypes.get_errno())


def test_asleep():
    """a reader who waits when TCP_ULP comes is not given the handshake"""
    with Server(7052), connect(7052) as sock:
        sock.setblocking(True)
        reading = Task(sock.recv, 100)
        reading.asleep(SYS_RECVFROM, state="S")
        sock.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"riptides")
        assert reading.outcome() == "EPIPE", reading.error


def test_mptcp():
    """an MPTCP listener serves TLS, an MPTCP client is refused"""
    server = Server(7038, proto=IPPROTO_MPTCP, family=socket.AF_INET6)
    with server:
        with connect(7038, proto=IPPROTO_MPTCP) as sock:
            talk(sock)
        wire.settle()
        syn = wire.syn_options(7038)
        assert len(syn) == 2 and all(MPTCP in kinds for kinds in syn.values())
        wire.forget()
        policy(a=[OUT], b=[IN])
        with connect(7038) as sock:
            talk(sock)
            row, = connections("b")
            assert row["mode"] == "mutual", row
        all_tls(7038)
        wire.forget()
        assert said(connect, 7038, proto=IPPROTO_MPTCP) == "EACCES"
        with ns("a"):
            sock = socket.socket(proto=IPPROTO_MPTCP)
        with sock:
            assert said(sock.sendto, SECRET, MSG_FASTOPEN, (B, 7038)) == \
                "EACCES"
        assert not wire.of(7038), "a SYN went out"
        # one without a rule of its own gets plain TCP, and no further
        policy(a=[])
        assert served(7038, proto=IPPROTO_MPTCP) in ("ECONNRESET", "EPIPE",
                                                     "ENOTCONN")
        for there, back in wire.of(7038).values():
            assert SECRET not in back
        syn = [kinds for (port, _), kinds in wire.syn_options(7038).items()
               if port == 7038]
        assert syn and not any(MPTCP in kinds for kinds in syn), syn


def netstat(name, field):
    """A counter of MPTCP's."""
    with ns(name), open("/proc/thread-self/net/netstat",
                        encoding="ascii") as stat:
        rows = [line.split() for line in stat if line.startswith("MPTcpExt:")]
    return int(dict(zip(*rows))[field])


def join():
    """Let the path manager of a open a subflow, as often as it is told to."""
    run("ip", "-n", "a", "mptcp", "endpoint", "flush")
    run("ip", "-n", "a", "mptcp", "endpoint", "add", A2, "dev", "va", "subflow")


def test_mptcp_join():
    """a connection older than the rule gets no subflow in clear"""
    run("ip", "-n", "a", "addr", "add", f"{A2}/24", "dev", "va")
    for name in "a", "b":
        run("ip", "-n", name, "mptcp", "limits", "set", "subflow", "8")
    with Server(7053, proto=IPPROTO_MPTCP), \
            connect(7053, proto=IPPROTO_MPTCP) as sock:
        talk(sock)
        policy(a=[OUT])
        before = count("a", "PolicyDenied")
        join()
        until(lambda: count("a", "PolicyDenied") > before, "no subflow leaves")
        assert len(wire.of(7053)) == 1, "a SYN went out"
        policy(a=[], b=[IN])
        before = count("b", "PolicyDenied")
        join()
        until(lambda: count("b", "PolicyDenied") > before, "no subflow comes")
        assert not netstat("b", "MPJoinAckRx")
        policy(b=[])
        join()
        until(lambda: netstat("b", "MPJoinAckRx"), "a subflow joins")
        assert len(wire.of(7053)) >= 3
        talk(sock)


def test_listen_again():
    """what was connected under a rule, and listens now, has none for its children"""
    for ingress in None, IN:
        policy(b=["out egress mutual --identity second --ports 6055"])
        with ns("b"):
            listener = socket.socket()
        # nobody listens there
        assert said(listener.connect, ("127.0.0.1", 6055)) == "ECONNREFUSED"
        policy(a=[OUT] if ingress else [], b=[ingress] if ingress else [])
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((B, 7055))
        listener.listen()
        with listener, connect(7055) as sock:
            child, _ = listener.accept()
            with child:
                child.settimeout(TIMEOUT)
                sock.sendall(SECRET)
                assert child.recv(100) == SECRET
                child.sendall(SECRET)
                assert sock.recv(100) == SECRET
                rules = [row["rule"] for row in connections("b")]
                assert rules == (["in"] if ingress else []), rules
        flows = wire.of(7055).values()
        assert all(is_tls(there) == bool(ingress) for there, _ in flows), flows
        wire.forget()


def test_closed_by_itself():
    """nothing of a handshake that failed is left for a connection in clear"""
    policy(a=[OUT], b=["bad ingress mutual --identity wrong-ca --ports 7056"])
    with ns("a"):
        sock = socket.socket()
    with sock, Server(7056), Server(6056):
        assert said(sock.connect, (B, 7056)) == "ECONNREFUSED"
        # TCP is done when the server has closed it, too
        until(lambda: sock.getsockopt(socket.IPPROTO_TCP, TCP_INFO, 1)[0] ==
              TCP_CLOSE, "TCP closes")
        sock.connect((B, 6056))
        sock.settimeout(TIMEOUT)
        talk(sock)
    assert any(SECRET in there for there, _ in wire.of(6056).values())


def test_deferred():
    """TCP_FASTOPEN_CONNECT puts off the SYN until a rule is there"""
    with ns("a"), open("/proc/sys/net/ipv4/tcp_fastopen", "w",
                       encoding="ascii") as knob:
        knob.write("1543")
    for to, family in (B, socket.AF_INET), (B6, socket.AF_INET6):
        with ns("a"):
            sock = socket.socket(family)
        with sock, Server(7057, family=socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
            sock.settimeout(TIMEOUT)
            sock.connect((to, 7057))
            policy(a=[OUT])
            assert said(sock.send, SECRET) == "EACCES"
            assert not wire.of(7057), "a SYN went out"
            policy(b=[IN])
            sock.connect((to, 7057))
            talk(sock)
        all_tls(7057)
        policy(a=[], b=[])
        wire.forget()


def test_long_names():
    """a connection between the longest names there are is told about, too"""
    for name in "a", "b":
        with ns(name):
            nl.identity_new("long", key=f"{CERTS}/long.key",
                            chain=f"{CERTS}/long.pem")
    policy(a=["out egress mutual --identity long --ports 7058"],
           b=["in ingress mutual --identity long --ports 7058"])
    with Server(7058), connect(7058) as sock:
        talk(sock)
        row, = connections("a")
        assert len(row["own-id"]) == len(row["peer-id"]) == 2048, row


def test_permissive_shutdown():
    """a server that has nothing to say waits for its client all the same"""
    rule = "in ingress permissive --identity default --ports 7059 --wait-ms "
    with ns("b"):
        listener = socket.create_server((B, 7059))

    def pair():
        sock = connect(7059)
        child, _ = listener.accept()
        child.settimeout(TIMEOUT)
        return sock, child

    policy(b=[rule + "60000"])
    sock, child = pair()
    with sock, child:
        # who waits until it may be written to hears of it
        poll = select.poll()
        poll.register(child, select.POLLOUT)
        polling = Task(poll.poll, TIMEOUT * 1000)
        polling.asleep(SYS_POLL, state="S")
        child.setblocking(True)
        writing = Task(LIBC.send, child.fileno(), SECRET, len(SECRET),
                       socket.MSG_NOSIGNAL)
        writing.asleep(SYS_SENDTO, state="S")
        child.shutdown(socket.SHUT_WR)
        assert not polling.outcome() and polling.value, "poll"
        assert not writing.outcome() and writing.value == -1, writing.value
        child.settimeout(TIMEOUT)
        row, = connections("b")
        assert row["state"] == "waiting", row
        assert said(child.send, SECRET) == "EPIPE"
        sock.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"riptides")
        sock.setsockopt(SOL_RIPTIDES, RIPTIDES_ROLE, ROLE_CLIENT)
        sock.setsockopt(SOL_RIPTIDES, RIPTIDES_START, 1)
        sock.sendall(SECRET)
        assert not sock.recv(1)
        assert child.recv(100) == SECRET
    all_tls(7059)
    wire.forget()
    sock, child = pair()
    with sock, child:
        child.shutdown(socket.SHUT_WR)
        sock.sendall(SECRET)
        assert not sock.recv(1)
        assert child.recv(100) == SECRET
    # nobody will know what it would have become
    sock, child = pair()
    with sock, child:
        child.shutdown(socket.SHUT_RD)
        child.shutdown(socket.SHUT_WR)
        assert not sock.recv(1)
    # its end is what a server says first: when the wait is over, and before
    policy(b=[rule + "1"])
    sock, child = pair()
    with sock, child:
        poll = select.poll()
        poll.register(child, select.POLLOUT)
        assert poll.poll(TIMEOUT * 1000)
        child.shutdown(socket.SHUT_WR)
        assert not sock.recv(1)
    policy(b=[rule + "100"])
    sock, child = pair()
    with sock, child, listener:
        child.shutdown(socket.SHUT_WR)
        assert not sock.recv(1)
        sock.sendall(SECRET)
        assert child.recv(100) == SECRET


def test_refused_id():
    """whoever a rule refuses is named, and counted"""
    with ns("b"):
        family = nl.Family()
        family.subscribe("events")
        family.socket.settimeout(TIMEOUT)
    policy(a=[OUT], b=[IN + " --peer spiffe://td.example/second"])
    before = count("b", "PeerRejected")
    with Server(7060):
        assert judged(7060)[0] == "ECONNRESET"
        name, told = family.event()
    family.socket.close()
    assert name == "handshake-failed" and told["peer-id"] == ME, (name, told)
    assert told["error"] == errno.EACCES, told
    assert count("b", "PeerRejected") == before + 1


def test_reset_behind():
    """a reset behind a handshake that failed is not what SO_ERROR tells"""
    def reset(sock):
        sock.sendall(b"220 hello\r\n" * 9)
        while sock.recv(1 << 16):
            pass
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("=ii", 1, 0))

    policy(a=[OUT])
    with ns("a"):
        sock = socket.socket()
    with sock, Server(7061, reset):
        sock.setblocking(False)
        assert sock.connect_ex((B, 7061)) == errno.EINPROGRESS
        until(lambda: sock.getsockopt(socket.IPPROTO_TCP, TCP_INFO, 1)[0] ==
              TCP_CLOSE, "the reset")
        got = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        assert got == errno.ECONNREFUSED, got


def test_limit():
    """one listener's children do not use up what all have"""
    with ns("b"):
        nl.settings_set(max_listener_handshakes=2)
    before = count("b", "ListenerLimit")
    # one listener is older than the rules, another is not
    with Server(7062), Server(7063), contextlib.ExitStack() as stack:
        for port, number in (7062, 2), (7064, 4):
            if port == 7064:
                stack.enter_context(Server(7064))
            policy(b=[IN])
            for _ in range(2):
                stack.enter_context(connect(port))
            until(lambda number=number: count("b", "HandshakeCurr") == number,
                  "handshakes begin")
            assert served(port) in ("ECONNRESET", "EPIPE")
        assert count("b", "ListenerLimit") == before + 2
        policy(a=[OUT])
        with connect(7063) as sock:
            talk(sock)
    with ns("b"):
        nl.settings_set(max_listener_handshakes=1024)


def test_gone_before_accept():
    """who is gone when a task accepts is not believed what he said in clear"""
    policy(b=["in ingress mutual --identity default --ports 7065 --attest accept"])
    with ns("b"):
        listener = socket.create_server((B, 7065))

    def established():
        with ns("b"), open("/proc/thread-self/net/tcp", encoding="ascii") as tcp:
            return [line for line in tcp if line.split()[3] == "01" and
                    line.split()[1].endswith(f":{7065:04X}")]

    with listener:
        for linger in (1, 0), (0, 0):
            for _ in range(8):
                with connect(7065) as sock:
                    sock.sendall(SECRET)
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                    struct.pack("=ii", *linger))
            until(lambda: not established(), "they are gone")
            assert len(connections("b")) == 8
            for _ in range(8):
                child, _ = listener.accept()
                with child:
                    child.settimeout(TIMEOUT)
                    got = said(child.recv, 100)
                    assert got == "ECONNRESET", got


if __name__ == "__main__":
    sys.exit(fixture.main(sys.modules[__name__]))
