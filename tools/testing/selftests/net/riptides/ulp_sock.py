# SPDX-License-Identifier: GPL-2.0-only
"""Sockets with the riptides ULP, and what the tests with peers do with them."""
import collections
import functools
import hashlib
import random
import socket
import struct
import threading

from interop_run import Failure

TCP_ULP = 31
SOL_RIPTIDES = 288
SERVER_NAME, PEER_ID, IDENTITY, MODE = 3, 4, 5, 7
DATAPATH, REKEY, INFO = 10, 11, 12
MUTUAL, SIMPLE = 0, 1
PATHS = {"ktls": 1, "software": 2}
OPEN = 2
F_PEER_CERT, F_OWN_CERT = 1 << 2, 1 << 3
F_ALERT_SENT, F_ALERT_RECEIVED = 1 << 4, 1 << 5
F_CLOSE_SENT, F_CLOSE_RECEIVED = 1 << 6, 1 << 7
ULP = b"riptides"
CHUNK = 1 << 16

Info = collections.namedtuple(
    "Info", "state role mode tx rx alert alpn_len reserved flags error "
    "version suite group own_sig peer_sig own_id_len peer_id_len reserved2 "
    "tx_rekeys rx_rekeys handshake_us")
FIELDS = "=8B2I8H3Q"


def attach(sock, path=None, mutual=True, identity=None):
    """The one option that makes a socket ours, and those that a test sets."""
    sock.setsockopt(socket.IPPROTO_TCP, TCP_ULP, ULP)
    if path:
        sock.setsockopt(SOL_RIPTIDES, DATAPATH, PATHS[path])
    if not mutual:
        sock.setsockopt(SOL_RIPTIDES, MODE, SIMPLE)
    if identity:
        sock.setsockopt(SOL_RIPTIDES, IDENTITY, identity.encode())
    return sock


def limit(sock, seconds):
    """Blocking calls end: a test that hangs must say where."""
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        sock.setsockopt(socket.SOL_SOCKET, option,
                        struct.pack("ll", seconds, 0))


def listen(seconds, **options):
    sock = attach(socket.create_server(("127.0.0.1", 0)), **options)
    limit(sock, seconds)
    return sock


def connect(port, seconds, **options):
    sock = attach(socket.socket(), **options)
    try:
        limit(sock, seconds)
        sock.setsockopt(SOL_RIPTIDES, SERVER_NAME, b"localhost")
        sock.connect(("127.0.0.1", port))
        return sock
    except OSError:
        sock.close()
        raise


def accept(listener, seconds):
    sock = listener.accept()[0]
    limit(sock, seconds)
    return sock


def info(sock):
    raw = sock.getsockopt(SOL_RIPTIDES, INFO, struct.calcsize(FIELDS))
    return Info(*struct.unpack(FIELDS, raw))


def peer_id(sock):
    """The SPIFFE ID that the peer proved."""
    return sock.getsockopt(SOL_RIPTIDES, PEER_ID, 1024)


def rekey(sock, ask):
    """A KeyUpdate; when there is no room for it, it comes before the next
    data."""
    try:
        sock.setsockopt(SOL_RIPTIDES, REKEY, int(ask))
    except BlockingIOError:
        pass


def counter(name):
    with open("/proc/net/riptides_stat", encoding="ascii") as table:
        for line in table:
            fields = line.split()
            if fields[0] == "Riptides" + name:
                return int(fields[1])
    raise Failure(f"no counter Riptides{name}")


@functools.lru_cache(8)
def payload(size, seed):
    """Lines of digits that do not repeat: no peer takes them for commands."""
    digits = bytes(range(0x30, 0x3a)) * 25 + b"\n" * 6
    numbers = random.Random(seed)
    parts = [numbers.randbytes(min(CHUNK, size - at)).translate(digits)
             for at in range(0, size, CHUNK)]
    # gnutls-cli takes commands at the start of a line
    parts[-1] = parts[-1][:-1] + b"\n"
    return b"".join(parts)


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Task:
    """Something that goes on beside; result() gives what it returned."""

    def __init__(self, function, *args):
        self.error = self.value = None
        self.thread = threading.Thread(target=self.run, daemon=True,
                                       args=(function, args))
        self.thread.start()

    def run(self, function, args):
        try:
            self.value = function(*args)
        except (Failure, OSError) as error:
            self.error = error

    def result(self, seconds):
        self.thread.join(seconds)
        if self.thread.is_alive():
            raise Failure("does not end")
        if self.error:
            raise self.error
        return self.value


def send(sock, data, rekeys=()):
    """Send it all; before each of those shares of it, a KeyUpdate. REKEYS
    has pairs: share, and whether the peer is asked for one."""
    left = [(int(len(data) * share), ask) for share, ask in rekeys]
    view, done = memoryview(data), 0
    while done < len(data):
        if left and left[0][0] <= done:
            rekey(sock, left.pop(0)[1])
        end = min(done + CHUNK, left[0][0] if left else len(data))
        done += sock.send(view[done:end])


def receive(sock, size, what="bytes"):
    """SIZE bytes, or fewer when they end before; their hash."""
    total, summary = 0, hashlib.sha256()
    while total < size:
        part = sock.recv(min(CHUNK, size - total))
        if not part:
            raise Failure(f"end after {total} of {size} {what}")
        summary.update(part)
        total += len(part)
    return summary.hexdigest()


def same(got, data, what):
    if got != digest(data):
        raise Failure(f"other bytes arrived: {what}")


def ended(sock):
    """The peer's close_notify, and nothing before it."""
    rest = sock.recv(CHUNK)
    if rest:
        raise Failure(f"{len(rest)} bytes in place of the end: {rest[:60]!r}")
    if not info(sock).flags & F_CLOSE_RECEIVED:
        raise Failure("end of file without close_notify")


def fails(code, function, *args, **options):
    """FUNCTION must fail with CODE."""
    try:
        value = function(*args, **options)
    except OSError as error:
        if error.errno != code:
            raise Failure(f"{error} in place of errno {code}") from None
        return
    raise Failure(f"{value!r:.80} in place of errno {code}")
