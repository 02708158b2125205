# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of policy have in common.

Two network namespaces and what goes between them, all of which is captured and
looked at:

    a 10.0.0.1  ---- va ==== vb ----  10.0.0.2 b
      fd00::1                        fd00::2
"""

import contextlib
import ctypes
import errno
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback

import nl

CERTS = os.environ.get("ULP_CERTS")
HERE = os.path.dirname(os.path.realpath(__file__))
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
A, B, A6, B6 = "10.0.0.1", "10.0.0.2", "fd00::1", "fd00::2"
SOL_RIPTIDES, RIPTIDES_INFO = 288, 12
IPPROTO_MPTCP, MSG_FASTOPEN, TCP_FASTOPEN = 262, 0x20000000, 23
SECRET = b"the quick brown secret "
TIMEOUT = 120		# when something hangs; nothing depends on its length
DEADLINE = 600000	# of a handshake, in ms: a busy machine may be very slow
SO_MEMINFO, SO_RCVBUFFORCE = 55, 33
ME = "spiffe://td.example/default"
OUT = "out egress mutual --identity default --ports 7000-7999"
IN = "in ingress mutual --identity default --ports 7000-7999"


@contextlib.contextmanager
def ns(name):
    """In another network namespace: sockets stay there."""
    with open("/proc/thread-self/ns/net", "rb") as home, \
            open(f"/run/netns/{name}", "rb") as there:
        assert not LIBC.setns(there.fileno(), CLONE_NEWNET)
        try:
            yield
        finally:
            assert not LIBC.setns(home.fileno(), CLONE_NEWNET)


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True,
                          timeout=TIMEOUT * 3).stdout


def until(true, what):
    """Wait for something to happen."""
    end = time.monotonic() + TIMEOUT
    while not true():
        assert time.monotonic() < end, f"in vain: {what}"
        time.sleep(0.01)


def policy(**lines):
    """Make lists of rules the whole policies of namespaces."""
    for name, rules in lines.items():
        with ns(name):
            nl.commit_lines(rules)


def counter(name, field):
    with ns(name), open("/proc/thread-self/net/riptides_stat") as stat:
        return dict(line.split() for line in stat)[f"Riptides{field}"]


def count(name, field):
    return int(counter(name, field))


def connections(name):
    with ns(name):
        return nl.connection_list()


class Stream:
    """What one end has said, in its order."""

    def __init__(self, first):
        self.first, self.data, self.ahead = first, bytearray(), {}

    def add(self, seq, payload):
        at = seq - self.first & 0xffffffff
        if at > len(self.data):
            # those that two CPUs deliver may overtake each other
            if len(payload) > len(self.ahead.get(at, b"")):
                self.ahead[at] = payload
            return
        self.data += payload[len(self.data) - at:]
        while early := [at for at in self.ahead if at <= len(self.data)]:
            for at in early:
                self.data += self.ahead.pop(at)[len(self.data) - at:]


class Wire:
    """What goes over the wire, by connection and direction."""

    def __init__(self):
        self.streams, self.options, self.ports = {}, {}, set()
        self.over, self.seen, self.lost = False, 0, 0
        self.lock = threading.Lock()

    def start(self):
        """Listen from now on."""
        with ns("a"):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                        socket.htons(3))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)
        self.socket.bind(("va", 0))
        self.socket.settimeout(0.2)
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        while True:
            try:
                data = self.socket.recv(1 << 17)
            except socket.timeout:
                if self.over:
                    return
                continue
            with self.lock:
                self.packet(data)
                self.seen += 1

    def packet(self, data):
        proto = data[12:14]
        if proto == b"\x08\x00":
            if data[23] != 6:
                return
            begin = 14 + (data[14] & 15) * 4
            end = 14 + int.from_bytes(data[16:18], "big")
        elif proto == b"\x86\xdd" and data[20] == 6:
            begin, end = 54, 54 + int.from_bytes(data[18:20], "big")
        else:
            return
        segment = data[begin:end]
        sport, dport, seq, _, offset, flags = struct.unpack_from(
            "!HHIIBB", segment)
        key = sport, dport
        self.ports.add(key)
        first = seq + 1 & 0xffffffff if flags & 2 else seq
        stream = self.streams.get(key)
        if flags & 2 and (not stream or stream.first != first):
            self.options[key] = segment[20:(offset >> 4) * 4]
            stream = self.streams[key] = Stream(first)
        if stream:
            stream.add(first, segment[(offset >> 4) * 4:])

    def memory(self):
        """Octets that wait to be looked at; packets for which was no room."""
        told = self.socket.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36)
        told = struct.unpack("=9I", told)
        return told[0], told[8]

    def keep_up(self):
        """Who makes much traffic waits for who looks at it."""
        until(lambda: self.memory()[0] < 1 << 24, "captured packets looked at")

    def is_whole(self):
        """Or what was seen proves nothing."""
        before, self.lost = self.lost, self.memory()[1]
        assert self.lost == before, \
            f"{self.lost - before} packets were not captured"

    def settle(self):
        """All that has been sent until now has been seen."""
        with ns("a"):
            mark = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            mark.bind((A, 0))
            key = mark.getsockname()[1], 9
            with self.lock:
                self.ports.discard(key)
            mark.settimeout(TIMEOUT)
            with contextlib.suppress(OSError):
                mark.connect((B, 9))
            mark.close()
        seen = end = -1
        while key not in self.ports:
            self.is_whole()
            if seen != self.seen:
                seen, end = self.seen, time.monotonic() + TIMEOUT
            assert time.monotonic() < end, "packets are captured no more"
            time.sleep(0.01)
        self.is_whole()

    def of(self, port):
        """{client's port: (what it said, what it was told)} on a port."""
        self.settle()
        with self.lock:
            streams = {key: bytes(stream.data)
                       for key, stream in self.streams.items() if port in key}
        return {key[0]: (stream, streams.get(key[::-1], b""))
                for key, stream in streams.items() if key[1] == port}

    def syn_options(self, port):
        """Kinds of the options with which connections begin, by whom."""
        with self.lock:
            found = dict(self.options)
        return {key: option_kinds(options) for key, options in found.items()
                if port in key}

    def forget(self):
        self.settle()
        with self.lock:
            self.streams, self.options, self.ports = {}, {}, set()


def option_kinds(options):
    """The kinds of TCP's options."""
    kinds = []
    while options and options[0]:
        kinds.append(options[0])
        options = options[1 if options[0] == 1 else max(options[1], 2):]
    return kinds


wire = Wire()


def is_tls(stream):
    """Whole TLS records and the beginning of another."""
    at = 0
    while len(stream) - at >= 5:
        kind, version, length = struct.unpack_from("!BHH", stream, at)
        if kind not in (20, 21, 22, 23) or version not in (0x301, 0x303) or \
                length > 16640:
            return False
        at += 5 + length
    return True


def all_tls(port, least=1):
    flows = wire.of(port)
    assert len(flows) >= least, f"{len(flows)} connections seen"
    for client, (there, back) in flows.items():
        assert is_tls(there) and is_tls(back), \
            f"not TLS: {client}: {there[:60]} {back[:60]}"
        assert SECRET not in there + back


class Server:
    """Accepts in namespace b and does something with each connection."""

    def __init__(self, port, handle=None, family=socket.AF_INET, proto=0,
                 name="b", listen=True):
        self.port, self.handle, self.errors = port, handle or echo, []
        with ns(name):
            self.socket = socket.socket(family, socket.SOCK_STREAM, proto)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind(("", port))
            if listen:
                self.socket.listen(128)
        self.thread = threading.Thread(target=self.accept, daemon=True)
        if listen:
            self.thread.start()

    def accept(self):
        while True:
            try:
                sock, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,),
                             daemon=True).start()

    def serve(self, sock):
        with sock:
            sock.settimeout(TIMEOUT)
            try:
                self.handle(sock)
            except OSError as error:
                self.errors.append(errno.errorcode.get(error.errno, str(error)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        if self.thread.ident:
            # it is not to accept from whatever has this number next
            self.thread.join(TIMEOUT)
        self.socket.close()


def echo(sock):
    while data := sock.recv(65536):
        sock.sendall(data)


def connect(port, to=B, name="a", family=None, proto=0, timeout=TIMEOUT):
    family = family or (socket.AF_INET6 if ":" in to else socket.AF_INET)
    with ns(name):
        sock = socket.socket(family, socket.SOCK_STREAM, proto)
    try:
        # with a timeout, Python would poll instead
        sock.connect((to, port))
    except OSError:
        sock.close()
        raise
    sock.settimeout(timeout)
    return sock


def talk(sock, data=SECRET * 10):
    sock.sendall(data)
    got = b""
    while len(got) < len(data):
        part = sock.recv(65536)
        assert part, "end of file"
        got += part
    assert got == data


def said(function, *args, **kwargs):
    """The errno that it fails with."""
    try:
        function(*args, **kwargs)
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))
    return None


def served(*args, **kwargs):
    """The errno that a connection fails with, now or when it is used."""
    def attempt():
        with connect(*args, **kwargs) as sock:
            sock.sendall(SECRET)
            while data := sock.recv(65536):
                assert SECRET not in data, "served"
            raise ConnectionResetError(errno.ECONNRESET, "end of file")

    return said(attempt)


def judged(port):
    """How a client learns of its refusal, which comes when it is connected."""
    with ns("a"):
        sock = socket.socket()
    with sock:
        sock.settimeout(TIMEOUT)
        got = said(sock.connect, (B, port)) or said(sock.recv, 1)
        return got, info(sock)


def info(sock):
    raw = sock.getsockopt(SOL_RIPTIDES, RIPTIDES_INFO, 1024)
    return {"state": raw[0], "mode": raw[2], "tx": raw[3], "alert": raw[5],
            "error": struct.unpack_from("=I", raw, 12)[0]}


def as_user(uid, function, *args):
    """Run in a process of a user; its exit status says how it went."""
    pid = os.fork()
    if not pid:
        status = 1
        try:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            status = function(*args) or 0
        except BaseException:		# pylint: disable=broad-except
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def network():
    """The two namespaces, without identities and rules."""
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    for name in "a", "b":
        run("ip", "netns", "add", name)
        run("ip", "-n", name, "link", "set", "lo", "up")
    run("ip", "link", "add", "va", "netns", "a", "type", "veth", "peer", "name",
        "vb", "netns", "b")
    for name, four, six in ("a", A, A6), ("b", B, B6):
        run("ip", "-n", name, "addr", "add", f"{four}/24", "dev", f"v{name}")
        run("ip", "-n", name, "addr", "add", f"{six}/64", "dev", f"v{name}",
            "nodad")
        run("ip", "-n", name, "link", "set", f"v{name}", "up")


def setup():
    network()
    for name in "a", "b":
        with open(f"{CERTS}/revoked.serial", encoding="ascii") as serial, \
                ns(name):
            nl.settings_set(deadline_ms=DEADLINE)
            nl.bundle_new("td.example", f"{CERTS}/ca.pem",
                          revoke=[serial.read().strip()])
            for identity in ("default", "second", "wrong-ca", "no-trust",
                             "revoked"):
                nl.identity_new(identity, key=f"{CERTS}/{identity}.key",
                                chain=f"{CERTS}/{identity}.pem")


def main(*modules):
    """Run the tests of modules, or those that are named."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    setup()
    wire.start()
    tests = [value for module in modules
             for name, value in vars(module).items()
             if name.startswith("test_")]
    chosen = [test for test in tests
              if not sys.argv[1:] or test.__name__[5:] in sys.argv[1:]]
    print("TAP version 13")
    print(f"1..{len(chosen)}")
    failed = 0
    for number, test in enumerate(chosen, 1):
        start = time.monotonic()
        note = ""
        try:
            policy(a=[], b=[])
            wire.forget()
            note = test() or ""
            policy(a=[], b=[])
            for name in "a", "b":
                until(lambda name=name: count(name, "Contexts") == 0,
                      f"no context left in {name}")
            verdict = "ok"
        except BaseException:		# pylint: disable=broad-except
            verdict = "not ok"
            failed += 1
            for line in traceback.format_exc().splitlines():
                print(f"# {line}")
        print(f"{verdict} {number} {test.__name__[5:]}{note}", flush=True)
        print(f"# {time.monotonic() - start:.1f} s", flush=True)
    return failed > 0
