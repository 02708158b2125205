#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Sockets of ours and the TLS of others, inside of a lab; see ulp_peers.sh.

Each peer is client and server, on each data path, mutual and not: bulk both
ways with KeyUpdates of both ends in the middle, each way to end, refusals of
either end. Prints KTAP. A peer that is not there is a named skip.
"""
import argparse
import collections
import dataclasses
import errno
import os
import queue
import re
import sys
import time

import nl
import ulp_peers_http
import ulp_peers_streams
import ulp_sock
from interop_run import Certs, Failure, Ports, Proc, await_listening
from ulp_peers_streams import MARK
from ulp_sock import (F_ALERT_RECEIVED, F_ALERT_SENT, PATHS, Task, digest,
                      ended, fails, info, payload, receive, rekey, same, send)

CLASSES = dict(ulp_peers_streams.CLASSES, curl=ulp_peers_http.Curl,
               nginx=ulp_peers_http.Nginx)
UNKNOWN_CA, CERTIFICATE_REQUIRED = 48, 116
EVERY = ("bulk", "http.server", "nginx")
LINE = 2000             # what gnutls-serv takes in one piece
SMALL = 1000


@dataclasses.dataclass
class Case:
    """One connection. role is the peer's."""
    peer: object
    role: str
    kind: str
    path: str
    mutual: bool
    size: int
    number: int = 0
    cert = "p256"

    @property
    def peer_cert(self):
        return "bad" if self.kind == "bad" else self.cert

    @property
    def identity(self):
        return "bad" if self.kind == "refuse" else None

    @property
    def asks(self):
        """Does our end want a certificate of the peer?"""
        return self.mutual or self.kind == "nocert"

    @property
    def title(self):
        return (f"{self.peer.name} {self.role} {self.kind} {self.path} "
                f"{'mutual' if self.mutual else 'server-only'}")


class Runner:
    """What the kinds of test do."""

    def __init__(self, deadline):
        self.deadline = deadline

    def options(self, case):
        return {"path": case.path, "mutual": case.asks,
                "identity": case.identity}

    def pair(self, case):
        """Both ends of a connection: our socket, the peer's process."""
        if case.role == "server":
            port = Ports.take()
            proc = case.peer.serve_stream(case, port)
            try:
                await_listening(proc, port)
                return ulp_sock.connect(port, self.deadline,
                                        **self.options(case)), proc
            except (Failure, OSError):
                proc.stop()
                raise
        with ulp_sock.listen(self.deadline, **self.options(case)) as listener:
            proc = case.peer.connect_stream(case, listener.getsockname()[1])
            try:
                return ulp_sock.accept(listener, self.deadline), proc
            except OSError:
                proc.stop()
                raise

    def state(self, case, sock):
        """What RIPTIDES_INFO must tell of any open connection."""
        now = info(sock)
        want = PATHS[case.path]
        if now.state != ulp_sock.OPEN or (now.tx, now.rx) != (want, want):
            raise Failure(f"not open on {case.path}: {now}")
        peer = ulp_sock.peer_id(sock)
        if peer != (b"spiffe://interop.test/leaf-p256"
                    if case.mutual or case.role == "server" else b""):
            raise Failure(f"the peer is {peer}")
        return now

    # Each sends and takes case.size bytes.

    def bulk(self, case, sock, proc):
        getattr(self, "bulk_" + case.peer.styles[case.role])(case, sock, proc)

    def rekeyed(self, case, sock, ours, theirs):
        now = self.state(case, sock)
        if now.tx_rekeys < ours or now.rx_rekeys < theirs:
            raise Failure(f"rekeyed {now.tx_rekeys}/{now.rx_rekeys} times, "
                          f"not {ours}/{theirs}")

    def bulk_pipe(self, case, sock, proc):
        """Both ways at once; KeyUpdates of ours while both move, the peer's
        while it receives, as its operator has to wait for its input."""
        out, back = payload(case.size, 1), payload(case.size, 2)
        half = case.size // 2
        sock.sendall(MARK)
        got = Task(receive, sock, half)
        sender = Task(send, sock, out[:half], [(.3, True), (.6, True)])
        proc.feed(back[:half])
        sender.result(self.deadline)
        same(got.result(self.deadline), back[:half], "from the peer")
        proc.await_count(half, self.deadline)
        # GnuTLS takes requests that cross for a fault: there is none now
        got = Task(receive, sock, case.size - half)
        sender = Task(send, sock, out[half:], [(.3, False), (.6, False)])
        case.peer.update(proc, True)
        case.peer.update(proc, False)
        proc.feed(back[half:])
        sender.result(self.deadline)
        same(got.result(self.deadline), back[half:], "from the peer")
        proc.await_count(case.size, self.deadline)
        same(proc.sums.hexdigest(), out, "at the peer")
        # its own may be the answer to ours, and the other way round
        self.rekeyed(case, sock, 4, 2)
        if "close" in case.peer.kinds[case.role].split():
            case.peer.quit(proc)
        else:
            sock.shutdown(ulp_sock.socket.SHUT_WR)
        ended(sock)
        sock.close()
        case.peer.finish(proc)

    def bulk_echo(self, case, sock, proc):
        out = payload(case.size, 1)
        sender = Task(send, sock, out, [(.2, True), (.4, False), (.6, True)])
        same(receive(sock, case.size), out, "echoed")
        sender.result(self.deadline)
        # what came back after our first request came after its KeyUpdate
        self.rekeyed(case, sock, 3, 1)
        sock.shutdown(ulp_sock.socket.SHUT_WR)
        ended(sock)

    def bulk_lines(self, case, sock, proc):
        # gnutls-serv ends after 30 s, on whatever machine
        size = min(case.size, 40 * LINE)
        out = payload(size, 1).replace(b"\n", b"0")
        updates = {size * share // 5 // LINE for share in (1, 2, 3)}
        for turn, at in enumerate(range(0, size - 1, LINE - 1)):
            if turn in updates:
                rekey(sock, True)
            line = out[at:at + LINE - 1] + b"\n"
            sock.sendall(line)
            if receive(sock, len(line)) != digest(line):
                raise Failure(f"another line came back at {at}")
        self.rekeyed(case, sock, 3, 3)

    def bulk_ping(self, case, sock, proc):
        done, size = 0, 8 + case.size
        parts = queue.SimpleQueue()
        # Go does not read on until it has answered our KeyUpdate, which waits
        # for what it writes: a single task would wait for it to read.
        sender = Task(lambda: collections.deque(
            map(sock.sendall, iter(parts.get, b"")), 0))
        try:
            while done < size:
                part = sock.recv(ulp_sock.CHUNK)
                if not part:
                    raise Failure(f"end after {done} bytes")
                if done <= size // 3 < done + len(part):
                    rekey(sock, True)
                parts.put(part)
                done += len(part)
        finally:
            parts.put(b"")
        sender.result(self.deadline)
        ended(sock)
        # it reads our KeyUpdate before our data, and then it ends
        self.rekeyed(case, sock, 1, case.role in case.peer.answers)
        sock.close()
        case.peer.finish(proc)
        proc.expect("^ok ")

    def rekey(self, case, sock, proc):
        """KeyUpdates of its operator, between lines."""
        line = b"0123456789\n"
        self.talk(case, sock, proc)
        for turn in range(4):
            case.peer.update(proc, turn % 2)
            proc.feed(line)
            same(receive(sock, len(line)), line, "after a KeyUpdate")
            sock.sendall(line)
            proc.await_count(SMALL + (turn + 1) * len(line), self.deadline)
        self.rekeyed(case, sock, 2, 4)

    # The ends of a connection.

    def talk(self, case, sock, proc):
        """A little both ways, after which nothing is under way."""
        style = case.peer.styles[case.role]
        text = payload(SMALL, 3)
        if style == "pipe":
            sock.sendall(MARK + text)
            proc.await_count(SMALL, self.deadline)
            proc.feed(text)
            same(receive(sock, SMALL), text, "from the peer")
        elif style == "ping":
            receive(sock, 8 + 64)
        else:
            line = text.replace(b"\n", b"0") + b"\n"
            sock.sendall(line)
            same(receive(sock, len(line)), line, "echoed")
        self.state(case, sock)

    def close(self, case, sock, proc):
        """It closes."""
        self.talk(case, sock, proc)
        case.peer.quit(proc)
        ended(sock)
        sock.close()
        case.peer.finish(proc)

    def shut(self, case, sock, proc):
        """We close, and it takes that for an orderly end."""
        self.talk(case, sock, proc)
        sock.shutdown(ulp_sock.socket.SHUT_WR)
        if "mute" in case.peer.can:
            fails(errno.ECONNRESET, sock.recv, 1)
        else:
            ended(sock)
        sock.close()
        case.peer.finish(proc)

    def half(self, case, sock, proc):
        """It closes one direction; we go on in the other."""
        self.talk(case, sock, proc)
        case.peer.quit(proc)
        ended(sock)
        out = payload(case.size, 1)
        send(sock, out)
        sock.close()
        proc.await_count(SMALL + case.size, self.deadline)
        case.peer.finish(proc)

    def early(self, case, sock, proc):
        """The same, by a program that tells what it got."""
        same(receive(sock, 6), b"early\n", "early")
        ended(sock)
        self.state(case, sock)
        out = payload(case.size, 1)
        send(sock, out)
        sock.shutdown(ulp_sock.socket.SHUT_WR)
        proc.expect(f"got {len(out)} {digest(out)}", self.deadline)

    def late(self, case, sock, proc):
        """We close one direction; it goes on in the other."""
        out = payload(case.size, 1)
        send(sock, out)
        sock.shutdown(ulp_sock.socket.SHUT_WR)
        same(receive(sock, len(out)), out, "after our end")
        ended(sock)
        proc.expect(f"got {len(out)} {digest(out)}", self.deadline)

    def cut(self, case, sock, proc):
        """FIN without close_notify."""
        before = ulp_sock.counter("Truncated")
        self.talk(case, sock, proc)
        ulp_peers_streams.kill(proc)
        for _ in range(2):
            fails(errno.ECONNRESET, sock.recv, 1)
        if ulp_sock.counter("Truncated") != before + 1:
            raise Failure("not counted as truncated")

    # Refusals.

    def alert(self, sock, sent, *wanted):
        now = info(sock)
        if not now.flags & (F_ALERT_SENT if sent else F_ALERT_RECEIVED) or \
                (wanted and now.alert not in wanted):
            raise Failure(f"no alert {wanted}: {now}")

    def refuse(self, case, sock, proc):
        """It does not trust who issued our certificate."""
        try:
            fails(errno.EPROTO, sock.recv, 1)
        except Failure:
            if "silent" not in case.peer.can or \
                    info(sock).error != errno.ECONNRESET:
                raise
            return
        self.alert(sock, False)

    def bad(self, case, sock, proc):
        """We do not trust who issued its certificate."""
        fails(errno.EKEYREJECTED, sock.recv, 1)
        self.alert(sock, True, UNKNOWN_CA)

    def nocert(self, case, sock, proc):
        fails(errno.EACCES, sock.recv, 1)
        self.alert(sock, True, CERTIFICATE_REQUIRED)

    def attempt(self, case):
        if hasattr(case.peer, "attempt"):
            case.peer.attempt(case, self)
            return
        tickets = ulp_sock.counter("TicketReceived")
        if case.kind == "bad" and case.role == "server":
            fails(errno.EKEYREJECTED, self.pair, case)
            return
        sock, proc = self.pair(case)
        try:
            with sock:
                getattr(self, case.kind)(case, sock, proc)
            if case.kind == "bulk" and case.role == "server" and \
                    "no-tickets" not in case.peer.can and \
                    ulp_sock.counter("TicketReceived") == tickets:
                raise Failure("it sent no ticket")
        except (Failure, OSError) as error:
            raise Failure(f"{error}; {proc.name} says "
                          f"{proc.text[-300:]!r}") from None
        finally:
            proc.stop()

    def run(self, case):
        """What went wrong, or nothing."""
        try:
            self.attempt(case)
            return ""
        except (Failure, OSError) as error:
            return (str(error) or repr(error)).replace("\n", " ")


def cases(peer, size, sample):
    """Bulk in each mode on each path; the rest on each path in full, in turns
    in the sample."""
    turn = 0
    for role in peer.kinds:
        for kind in peer.kinds[role].split():
            modes = (True, False)
            if kind == "nocert":
                modes = (False,)
            elif (kind, role) in (("bad", "client"), ("refuse", "server")):
                modes = (True,)         # who is judged shows a certificate
            every = [(path, mutual) for path in PATHS for mutual in modes]
            if kind not in EVERY and sample:
                every = every[turn % len(every)::len(every)]
                turn += 1
            for path, mutual in every:
                yield Case(peer, role, kind, path, mutual,
                           min(size, getattr(peer, "most", size)))


def gather(listing, certs, build, only):
    """The peers that are there, and the reasons of the others."""
    had, missing = [], []
    with open(listing, encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    for state, name, version, how in rows:
        make = CLASSES.get(name)
        if not make or (only and name not in only):
            continue
        if state == "missing":
            missing.append((name, version))
            continue
        try:
            had.append(make(name, version, how, certs, build))
        except (Failure, OSError) as error:
            missing.append((name, str(error)))
    names = {peer.name: peer for peer in had}
    if "curl" in names and not (only and "unmodified" not in only):
        had.append(ulp_peers_http.Unmodified(
            names["curl"], names.get("nginx"), certs, build))
    return had, missing


def configure(certs):
    # handshakes have as much time as there is, however slow the peers are
    nl.settings_set(deadline_ms=600000)
    nl.bundle_new("interop.test", certs.ca("p256"))
    for name, kind in (("default", "p256"), ("bad", "bad")):
        nl.identity_new(name, key=certs.key(kind), chain=certs.chain(kind))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", required=True, help="what scripts/peers said")
    parser.add_argument("--build", required=True)
    parser.add_argument("--compile", action="store_true",
                        help="compile those peers that are ours, no more")
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--size", type=int, default=1 << 22)
    parser.add_argument("--deadline", type=int, default=600)
    parser.add_argument("--only", action="append")
    parser.add_argument("--match", help="only tests whose title matches")
    options = parser.parse_args()
    if options.compile:
        gather(options.peers, None, options.build, options.only)
        return 0
    certs = Certs("/run/certs")
    configure(certs)
    had, missing = gather(options.peers, certs, options.build, options.only)
    todo = [case for peer in had
            for case in cases(peer, options.size, options.sample)
            if re.search(options.match or "", case.title)]
    runner = Runner(options.deadline)
    print(f"TAP version 13\n1..{len(todo) + len(missing)}")
    for peer in had:
        print(f"# {peer.name}: {peer.version}")
    failed, begin = 0, time.monotonic()
    for number, case in enumerate(todo, 1):
        case.number = number
        start = time.monotonic()
        problem = runner.run(case)
        failed += bool(problem)
        print(f"{'not ok' if problem else 'ok'} {number} {case.title}")
        if problem:
            print(f"# {problem}")
        if os.environ.get("V"):
            print(f"# {time.monotonic() - start:.1f} s")
        sys.stdout.flush()
    for number, (name, reason) in enumerate(missing, len(todo) + 1):
        print(f"ok {number} {name} # SKIP {reason}")
    print(f"# {time.monotonic() - begin:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
