# SPDX-License-Identifier: GPL-2.0-only
"""Peers that carry bytes from their input to TLS and from TLS to their output,
or return what they get."""
import hashlib
import os
import re
import signal
import socket
import subprocess
import threading

import interop_peers
from interop_run import DEADLINE, Failure, Proc

INPUT = 4096            # the least that any of them reads at once
MARK = b"riptides-mark\n"
BEGUN = re.compile(rb"[^0-9\n]")
REMARK = re.compile(rb"[^0-9\n][^\n]*\n")


def kill(proc):
    """It dies: nobody there can say close_notify."""
    proc.child.send_signal(signal.SIGKILL)
    proc.child.wait()


class Pipe(Proc):
    """A program between its pipes and TLS. Its output from MARK on is counted
    and summed up; what it remarks there starts with what payload never has, and
    belongs to its text."""

    def __init__(self, argv):
        self.input, theirs = socket.socketpair(socket.AF_UNIX,
                                               socket.SOCK_SEQPACKET)
        with theirs:
            super().__init__(argv, stdin=theirs, stderr=subprocess.PIPE)
        self.count = 0
        self.sums = hashlib.sha256()
        self.over = False
        self.sink = threading.Thread(target=self.take, daemon=True)
        self.sink.start()

    def take(self):
        left, marked = b"", False
        while True:
            part = os.read(self.child.stdout.fileno(), 65536)
            left += part
            remarks = b""
            if not marked:
                remarks, marked, after = left.partition(MARK)
                if part and not marked:
                    continue
                left = after
            remarks += b"".join(REMARK.findall(left))
            left = REMARK.sub(b"", left)
            begun = BEGUN.search(left) if part else None
            data, left = (left[:begun.start()], left[begun.start():]) \
                if begun else (left, b"")
            self.sums.update(data)
            with self.news:
                self.seen += remarks
                self.count += len(data)
                self.over = not part
                self.news.notify_all()
            if not part:
                return

    def await_count(self, count, timeout):
        """Until so many bytes came out."""
        with self.news:
            self.news.wait_for(lambda: self.count >= count or self.over,
                               timeout)
            if self.count < count:
                raise Failure(f"{self.name} wrote {self.count} of {count} "
                              "bytes")

    def feed(self, data):
        """Bytes for the other end, or a command: that has to be all that one
        read() gets."""
        try:
            for at in range(0, len(data), INPUT):
                self.input.sendall(data[at:at + INPUT])
        except OSError as error:
            raise Failure(f"{self.name} takes no input: {error}") from None

    def close_stdin(self):
        self.input.close()

    def stop(self):
        kill(self)
        self.sink.join(DEADLINE)
        super().stop()
        self.child.stderr.close()


class OpenSSL(interop_peers.OpenSSL):
    """s_server and s_client. The former ends without close_notify, unless we
    were first."""
    styles = {"server": "pipe", "client": "pipe"}
    kinds = {"server": "bulk shut cut refuse bad",
             "client": "bulk close shut cut refuse bad nocert"}

    def serve_stream(self, case, port):
        return Pipe(self.server_argv(case, port) + ["-naccept", "1"])

    def connect_stream(self, case, port):
        return Pipe(self.client_argv(case, port) + ["-brief"])

    def update(self, proc, ask):
        """Have it send a KeyUpdate."""
        proc.feed(b"K\n" if ask else b"k\n")

    def quit(self, proc):
        proc.close_stdin()


class GnuTLS(interop_peers.GnuTLS):
    """gnutls-serv returns lines, for 30 s, and exits by signals only;
    gnutls-cli is a pipe that writes each byte by itself, and does not answer
    our close_notify."""
    most = 1 << 18
    can = interop_peers.GnuTLS.can | {"mute"}
    styles = {"server": "lines", "client": "pipe"}
    kinds = {"server": "bulk cut refuse bad",
             "client": "rekey close shut cut refuse bad nocert half"}

    def serve_stream(self, case, port):
        return self.serve(case, port)

    def connect_stream(self, case, port):
        return Pipe(self.client_argv(case, port))

    def update(self, proc, ask):
        proc.feed(b"^rekey^\n" if ask else b"^rekey1^\n")

    def quit(self, proc):
        proc.close_stdin()


class Program:
    """Of ours, over the library of a language."""
    styles = {"server": "echo", "client": "ping"}
    answers = {"server", "client"}
    kinds = {"server": "bulk late early cut refuse bad",
             "client": "bulk late early cut refuse bad nocert"}

    def halves(self, case):
        return case.kind + "-" if case.kind in ("late", "early") else ""

    def serve_stream(self, case, port):
        return Proc(self.argv(case, self.halves(case) + "server", port))

    def connect_stream(self, case, port):
        bulk = str(case.size) if case.kind == "bulk" else "64"
        return Proc([*self.argv(case, self.halves(case) + "client", port),
                     "localhost", bulk, "1"])


class Go(Program, interop_peers.Go):
    """Sends tickets to those who ask for them, which we do not."""
    can = interop_peers.Go.can | {"no-tickets"}


class Node(Program, interop_peers.Node):
    """Writes all that it has before it reads; as a server that is through
    first, it says no close_notify."""
    kinds = dict(Program.kinds, server="bulk late cut refuse bad")
    answers = {"server"}


class LibGnuTLS(Program, interop_peers.Own):
    kinds = {"server": "bulk cut", "client": "bulk cut"}

    def compile(self):
        out = os.path.join(self.build, "peer-gnutls")
        self.run("gcc", "-O1", "-o", out,
                 os.path.join(interop_peers.HERE, "peers", "peer_gnutls.c"),
                 "-lgnutls")
        return [out]


CLASSES = {"openssl": OpenSSL, "openssl-new": OpenSSL, "gnutls": GnuTLS,
           "gnutls-new": GnuTLS, "libgnutls": LibGnuTLS, "go": Go,
           "node": Node}
