#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Sessions that are resumed, and above all those that are not.

Started by resume.sh inside the lab, as root, in the two network namespaces of
policy_fixture.py: clients in a, servers in b.

Prints KTAP. Names of tests as arguments run these alone.
"""

import contextlib
import ctypes
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time
import traceback

import nl
import policy_fixture as base
from policy_fixture import B, CERTS, TIMEOUT, connect, count, ns, policy, until

TCP_ULP, SOL = 31, base.SOL_RIPTIDES
NAME, PEER_ID, IDENTITY, MODE, CONFIRM, INFO, CHAIN = 3, 4, 5, 7, 9, 12, 13
DATAPATH, REKEY = 10, 11
SIMPLE = struct.pack("=I", 1)
RESUMED, RETRIED, PEER_CERT, OWN_CERT = 1, 2, 4, 8
OPEN = 2
DEFAULT, SECOND = b"spiffe://td.example/default", b"spiffe://td.example/second"
OUT = "out egress mutual --identity default --ports 7000-7999"
IN = "in ingress mutual --identity default --ports 7000-7999"


def attach(sock, **options):
    sock.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"riptides")
    for name, value in options.items():
        sock.setsockopt(SOL, {"identity": IDENTITY, "name": NAME, "mode": MODE,
                              "peer": PEER_ID, "confirm": CONFIRM,
                              "datapath": DATAPATH}[name], value)
    sock.settimeout(TIMEOUT)
    return sock


def listen(port=0, **options):
    with ns("b"):
        sock = socket.create_server((B, port))
    return attach(sock, **options) if options.pop("ulp", True) else sock


def option(sock, name):
    """Python's own has room for 1024 bytes only."""
    raw = ctypes.create_string_buffer(65536)
    size = ctypes.c_uint32(len(raw))
    if base.LIBC.getsockopt(sock.fileno(), SOL, name, raw, ctypes.byref(size)):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return raw.raw[:size.value]


def info(sock):
    raw = option(sock, INFO)
    own_len, peer_len = struct.unpack_from("=2H", raw, 26)
    return {"resumed": bool(raw[8] & RESUMED), "flags": raw[8],
            "error": struct.unpack_from("=I", raw, 12)[0],
            "own": raw[312:312 + own_len],
            "peer": raw[312 + 2048:312 + 2048 + peer_len]}


def client(listener, ulp=True, **options):
    with ns("a"):
        sock = socket.socket()
    sock.settimeout(TIMEOUT)
    if ulp:
        attach(sock, **options)
    sock.connect(listener.getsockname())
    return sock


@contextlib.contextmanager
def pair(listener, **options):
    """Two ends that have talked: whatever ticket there is was read."""
    with client(listener, **options) as c:
        a, _ = listener.accept()
        with a:
            a.settimeout(TIMEOUT)
            c.sendall(b"question")
            assert a.recv(8, socket.MSG_WAITALL) == b"question"
            a.sendall(b"answer")
            assert c.recv(6, socket.MSG_WAITALL) == b"answer"
            yield c, a


def resumed(listener, **options):
    """Does a connection resume? Both ends say the same, and who is who."""
    with pair(listener, **options) as (c, a):
        there, here = info(c), info(a)
        assert there["resumed"] == here["resumed"]
        assert there["own"] == here["peer"] and there["peer"] == here["own"]
        assert there["peer"].startswith(b"spiffe://td.example/")
        return there["resumed"]


def row_of(where, sock):
    """What connection-get tells about it, at either end."""
    ports = {sock.getsockname()[1], sock.getpeername()[1]}
    row, = [row for row in base.connections(where)
            if {row["local-port"], row["peer-port"]} == ports]
    return row


def fields(*names):
    return {(where, name): count(where, name) for where in "ab"
            for name in names}


def rises(before, **by):
    """How counters have changed: a_TicketReceived=1"""
    for key, number in before.items():
        now = count(*key) - number
        assert now == by.get("_".join(key), 0), f"{key} by {now}"


TICKETS = ("TicketSent", "TicketReceived", "TicketRejected",
           "HandshakeResumed")


def bundle(where, revoke=()):
    with ns(where), open(f"{CERTS}/revoked.serial", encoding="ascii") as serial:
        nl.bundle_set("td.example", f"{CERTS}/ca.pem",
                      revoke=[serial.read().strip(), *revoke])


def serial_of(name):
    out = base.run("openssl", "x509", "-noout", "-serial", "-in",
                   f"{CERTS}/{name}.pem")
    return out.strip().partition("=")[2]


def setting(where, **values):
    with ns(where):
        nl.settings_set(**values)


# --- tests -------------------------------------------------------------------

def test_resumes():
    """Each connection leaves a ticket for the next one."""
    with listen() as server:
        before = fields(*TICKETS)
        with pair(server) as (c, a):
            assert info(c)["flags"] == info(a)["flags"] == PEER_CERT | OWN_CERT
            chain = option(c, CHAIN)
            assert not any("resumed" in row for row in base.connections("a"))
        rises(before, b_TicketSent=1, a_TicketReceived=1)
        for _ in range(3):
            before = fields(*TICKETS)
            with pair(server) as (c, a):
                for end in c, a:
                    assert info(end)["flags"] == RESUMED
                    assert info(end)["own"] == info(end)["peer"] == DEFAULT
                # what the client knew it still knows; the server need not
                assert option(c, CHAIN) == chain
                assert base.said(option, a, CHAIN) == "ENODATA"
                for where in "a", "b":
                    row = row_of(where, c)
                    assert "resumed" in row
                    assert row["own-id"] == row["peer-id"] == DEFAULT.decode()
            rises(before, b_TicketSent=1, a_TicketReceived=1,
                  a_HandshakeResumed=1, b_HandshakeResumed=1)


def test_once():
    """A ticket is used once, and only where it came from."""
    with listen() as server, listen() as other:
        assert not resumed(server)
        assert not resumed(other)
        with client(server) as late, server.accept()[0]:
            assert info(late)["resumed"]
        # nobody has said anything there, so that it has left no other
        assert not resumed(server)
        assert resumed(server)
        assert resumed(other)


def test_unread():
    """A client that only writes is sent no ticket, and loses nothing."""
    with listen() as server:
        before = fields("TicketSent")
        data = base.SECRET * 20000
        with client(server) as c:
            a, _ = server.accept()
            a.settimeout(TIMEOUT)
            with a:
                got, sent = 0, 0
                c.setblocking(False)
                while got < len(data):
                    with contextlib.suppress(BlockingIOError):
                        sent += c.send(data[sent:sent + 65536]) \
                            if sent < len(data) else 0
                    if sent == len(data):
                        c.close()
                    with contextlib.suppress(BlockingIOError):
                        got += len(a.recv(1 << 20, socket.MSG_DONTWAIT))
                assert a.recv(1) == b""
        rises(before)


def test_narrow():
    """Ticket and KeyUpdate go first, and leave no room: send() waits for it."""
    for _ in range(20):
        # where its own record layer does it
        with listen(datapath=struct.pack("=I", 2)) as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
            with client(server) as c, server.accept()[0] as a:
                # so that there is room only when it is acknowledged late
                c.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
                a.settimeout(None)
                for way in socket.SO_SNDTIMEO, socket.SO_RCVTIMEO:
                    a.setsockopt(socket.SOL_SOCKET, way,
                                 struct.pack("=qq", TIMEOUT, 0))
                c.setsockopt(SOL, REKEY, 1)
                c.sendall(b"question")
                assert a.recv(8, socket.MSG_WAITALL) == b"question"
                a.sendall(b"answer")
                assert c.recv(6, socket.MSG_WAITALL) == b"answer"


def test_turned():
    """A child that becomes a client owes nobody a ticket any more."""
    with listen() as server, listen() as other:
        with client(server) as c, server.accept()[0] as a:
            # complete, but nobody has begun to use it
            until(lambda: option(a, INFO)[0] == OPEN, "handshake")
            nobody = struct.pack("=H14x", socket.AF_UNSPEC)
            assert not base.LIBC.connect(a.fileno(), nobody, len(nobody))
            c.close()
            before = fields("TicketSent")
            a.settimeout(TIMEOUT)
            a.connect(other.getsockname())
            with other.accept()[0] as b:
                b.settimeout(TIMEOUT)
                a.sendall(b"question")
                assert b.recv(8, socket.MSG_WAITALL) == b"question"
                b.sendall(b"answer")
                assert a.recv(6, socket.MSG_WAITALL) == b"answer"
            rises(before, b_TicketSent=1)


def test_refused_to_others():
    """Who is somebody else, or wants somebody else, does not resume."""
    with listen() as server:
        for options in ({"identity": b"second"}, {"name": b"localhost"},
                        {"peer": DEFAULT}, {"mode": SIMPLE}):
            assert not resumed(server)
            before = fields("TicketRejected")
            with contextlib.suppress(ConnectionResetError):
                if "mode" not in options:
                    assert not resumed(server, **options), options
                    assert resumed(server, **options), options
            rises(before)
            # the first one's ticket is there still
            assert resumed(server)
            bundle("a")


def test_server_identity():
    """A server that is somebody else by now."""
    with listen() as server:
        assert not resumed(server)
        port = server.getsockname()[1]
    with listen(port, identity=b"second") as server:
        before = fields("TicketRejected")
        with pair(server) as (c, _):
            assert not info(c)["resumed"]
            assert info(c)["peer"] == SECOND
        rises(before, b_TicketRejected=1)
        assert resumed(server)


def test_simple():
    """Nobody's client stays nobody's."""
    with listen(mode=SIMPLE) as server:
        for again in False, True:
            with pair(server, mode=SIMPLE) as (c, a):
                assert info(c)["resumed"] == info(a)["resumed"] == again
                assert info(c)["peer"] == info(a)["own"] == DEFAULT
                assert info(a)["peer"] == info(c)["own"] == b""
        port = server.getsockname()[1]
    # and where clients have to be somebody it is of no use
    with listen(port) as server:
        before = fields("HandshakeResumed")
        with ns("a"):
            c = attach(socket.socket(), mode=SIMPLE)
        with c:
            got = base.said(c.connect, (B, port)) or base.said(c.recv, 1)
            assert got == "EPROTO", got
        rises(before)


def test_confirm():
    """A ticket may be the confirmation."""
    on = struct.pack("=I", 1)
    with listen() as server:
        assert not resumed(server, confirm=on)
        assert resumed(server, confirm=on)


def test_bundle():
    """Trust that was replaced, even by the same, is looked at anew."""
    with listen() as server:
        assert not resumed(server)
        bundle("b")
        before = fields(*TICKETS)
        assert not resumed(server)
        rises(before, b_TicketRejected=1, b_TicketSent=1, a_TicketReceived=1)
        assert resumed(server)
        # the client does not even offer it
        bundle("a")
        before = fields(*TICKETS)
        assert not resumed(server)
        rises(before, b_TicketSent=1, a_TicketReceived=1)
        assert resumed(server)


def test_revoked():
    """Who is revoked gets nowhere by a ticket."""
    with listen() as server:
        for where, refused in (("b", "EPROTO"), ("a", "EKEYREVOKED")):
            assert not resumed(server, identity=b"second")
            assert resumed(server, identity=b"second")
            bundle(where, [serial_of("second" if where == "b" else "default")])
            try:
                got = base.said(lambda: client(
                    server, identity=b"second", confirm=struct.pack("=I", 1)))
                assert got == refused, got
                server.accept()[0].close()
            finally:
                bundle(where)


class ByHand:
    """An end that is OpenSSL's, while we move its bytes."""

    def __init__(self, sock, context, server=False, session=None):
        sock.settimeout(TIMEOUT)
        self.sock, self.bios = sock, (ssl.MemoryBIO(), ssl.MemoryBIO())
        self.tls = context.wrap_bio(*self.bios, server, session=session)

    @staticmethod
    def context(side):
        context = ssl.SSLContext(side)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(f"{CERTS}/ca.pem")
        context.load_cert_chain(f"{CERTS}/default.pem",
                                f"{CERTS}/default.key")
        return context

    def take(self):
        data = self.sock.recv(65536)
        if data:
            self.bios[0].write(data)
        else:
            self.bios[0].write_eof()

    def flush(self):
        # to say nothing fails, too, where the other end is gone
        if self.bios[1].pending:
            self.sock.sendall(self.bios[1].read())

    def call(self, function, *args):
        """What it has to say in the end is kept back."""
        while True:
            try:
                return function(*args)
            except ssl.SSLWantReadError:
                self.flush()
                self.take()

    def is_told(self):
        try:
            return self.call(self.tls.read, 1).decode()
        except ssl.SSLError as error:
            return str(error).lower().replace("_", " ")


COUNTED = "HandshakeDone", "HandshakeFail", "HandshakeResumed", "AlertSent"


def test_meanwhile_client():
    """Trust in the client ends before the client's last word."""
    context = ByHand.context(ssl.PROTOCOL_TLS_CLIENT)
    session = None
    with listen() as server:
        for again, changed in (False, False), (True, False), (True, True):
            before = fields(*COUNTED)
            with client(server, ulp=False) as sock, server.accept()[0] as a:
                a.settimeout(TIMEOUT)
                end = ByHand(sock, context, session=session)
                end.call(end.tls.do_handshake)
                assert end.tls.session_reused == again
                if changed:
                    bundle("b")
                end.flush()
                if changed:
                    assert base.said(a.recv, 1) == "EKEYREJECTED"
                    told = end.is_told()
                    assert "certificate unknown" in told, told
                    rises(before, b_HandshakeFail=1, b_AlertSent=1)
                else:
                    a.sendall(b"x")
                    assert end.is_told() == "x"
                    session = end.tls.session
                    rises(before, b_HandshakeDone=1, b_HandshakeResumed=again)


def test_meanwhile_server():
    """Trust in the server ends before the server's first word."""
    context = ByHand.context(ssl.PROTOCOL_TLS_SERVER)
    setting("a", resumption=2)
    try:
        with listen(ulp=False) as server:
            for again, changed in (False, False), (True, False), (True, True):
                before = fields(*COUNTED)
                with ns("a"):
                    c = attach(socket.socket())
                with c:
                    c.setblocking(False)
                    c.connect_ex(server.getsockname())
                    c.settimeout(TIMEOUT)
                    b, _ = server.accept()
                    with b:
                        end = ByHand(b, context, server=True)
                        while not end.bios[1].pending:
                            end.take()
                            with contextlib.suppress(ssl.SSLWantReadError):
                                end.tls.do_handshake()
                        if changed:
                            bundle("a")
                        end.call(end.tls.do_handshake)
                        assert end.tls.session_reused == again
                        if changed:
                            assert base.said(c.recv, 1) == "EKEYREJECTED"
                            told = end.is_told()
                            assert "certificate unknown" in told, told
                            rises(before, a_HandshakeFail=1, a_AlertSent=1)
                        else:
                            end.tls.write(b"x")
                            end.flush()
                            assert c.recv(1) == b"x"
                            rises(before, a_HandshakeDone=1,
                                  a_HandshakeResumed=again)
    finally:
        setting("a", resumption=1)


def test_identity_replaced():
    """A new certificate under the same name, on either side."""
    for where, reason in ("a", {}), ("b", {"b_TicketRejected": 1}):
        names = {"a": b"default", "b": b"default", where: b"mine"}
        with ns(where):
            nl.identity_new("mine", key=f"{CERTS}/second.key",
                            chain=f"{CERTS}/second.pem")
        try:
            with listen(identity=names["b"]) as server:
                assert not resumed(server, identity=names["a"])
                assert resumed(server, identity=names["a"])
                with ns(where):
                    nl.identity_del("mine")
                    nl.identity_new("mine", key=f"{CERTS}/default.key",
                                    chain=f"{CERTS}/default.pem")
                before = fields("TicketRejected")
                assert not resumed(server, identity=names["a"])
                rises(before, **reason)
                assert resumed(server, identity=names["a"])
        finally:
            with ns(where):
                nl.identity_del("mine")


def test_rules():
    """Under rules, and never under what a rule said before."""
    def again(server):
        with pair(server, ulp=False) as (c, a):
            told = {"resumed" in row_of(where, c) for where in "ab"}
            assert told == {info(c)["resumed"]} == {info(a)["resumed"]}
            return told.pop()

    policy(a=[OUT], b=[IN])
    with listen(7000, ulp=False) as server:
        server.settimeout(TIMEOUT)
        assert not again(server)
        assert again(server)
        # the same rules again are the same rules
        policy(a=[OUT], b=[IN])
        assert again(server)
        for a, b, reason in (
                ([OUT + " --peer spiffe://td.example/"], [IN], 0),
                ([OUT + " --peer spiffe://td.example/"],
                 [IN + " --peer spiffe://td.example/"], 1)):
            policy(a=a, b=b)
            before = fields("TicketRejected")
            assert not again(server)
            rises(before, b_TicketRejected=reason)
            assert again(server)
        # rules that end sessions want certificates
        for end in " --kill-on-revoke", " --max-session-age 3600":
            for a, b in ([OUT + end], [IN]), ([OUT], [IN + end]):
                policy(a=a, b=b)
                assert not again(server)
                assert not again(server)
        a, b = [OUT], [IN]
        # who is no longer allowed finds out, ticket or not
        policy(a=a, b=[IN + " --peer spiffe://td.example/second"])
        assert base.judged(7000)[0] in ("ECONNRESET", "EACCES")
        with server.accept()[0] as end:
            end.settimeout(TIMEOUT)
            assert base.said(end.recv, 1) in ("EACCES", "ECONNRESET")
        policy(a=[OUT + " --peer spiffe://td.example/second"], b=b)
        assert base.said(connect, 7000) == "EACCES"


def test_settings():
    """Switched off, on either side, and on again."""
    with listen() as server:
        assert not resumed(server)
        assert resumed(server)
        setting("b", resumption=0)
        try:
            before = fields(*TICKETS)
            assert not resumed(server)
            assert not resumed(server)
            rises(before)
            setting("b", resumption=1)
            # the keys are gone, and with them all that was under them
            assert not resumed(server)
            assert resumed(server)
            setting("a", resumption=0)
            before = fields(*TICKETS)
            assert not resumed(server)
            rises(before)
            setting("a", resumption=1)
            assert not resumed(server)
            assert resumed(server)
        finally:
            for where in "a", "b":
                setting(where, resumption=1)


def test_chains():
    """Where sessions are not resumed, chains are known at least."""
    known = {"a_ChainHit": 1, "b_ChainHit": 1}
    with listen() as server:
        setting("b", resumption=0)
        try:
            for replaced, rise in (
                    ("ab", {"a_ChainMiss": 1, "b_ChainMiss": 1}), ("", known),
                    ("a", {"a_ChainMiss": 1, "b_ChainHit": 1}), ("", known),
                    ("b", {"a_ChainHit": 1, "b_ChainMiss": 1}), ("", known)):
                for where in replaced:
                    bundle(where)
                before = fields("ChainHit", "ChainMiss")
                assert not resumed(server)
                rises(before, **rise)
        finally:
            setting("b", resumption=1)


def openssl(where, *words, **kwargs):
    return subprocess.Popen(
        ["ip", "netns", "exec", where, "openssl", *words],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kwargs)


OWN = ("-cert", f"{CERTS}/default.pem", "-key", f"{CERTS}/default.key",
       "-CAfile", f"{CERTS}/ca.pem", "-tls1_3")


def test_openssl_client():
    """s_client keeps our ticket in a file, and comes again."""
    path = "/run/session.pem"

    def visit(port, *words):
        proc = openssl("a", "s_client", "-connect", f"{B}:{port}", *OWN, *words,
                       "-ign_eof", stdin=subprocess.PIPE)
        try:
            a, _ = server.accept()
            with a:
                a.settimeout(TIMEOUT)
                a.sendall(b"hello from the server")
                told = info(a)
                a.shutdown(socket.SHUT_WR)
                out, _ = proc.communicate(timeout=TIMEOUT)
        finally:
            proc.kill()
            proc.wait()
        assert "hello from the server" in out, out
        return told, out

    with listen() as server:
        port = server.getsockname()[1]
        told, out = visit(port, "-sess_out", path)
        assert not told["resumed"] and "New, TLSv1.3" in out
        told, out = visit(port, "-sess_in", path)
        assert told["resumed"] and "Reused, TLSv1.3" in out, out
        assert told["peer"] == DEFAULT
        # again by the same one: there is no early data that could be replayed
        told, out = visit(port, "-sess_in", path)
        assert told["resumed"]
        # its binder holds behind a retry as well
        told, out = visit(port, "-sess_in", path, "-groups", "X448:P-256")
        assert told["flags"] == RESUMED | RETRIED, out
        bundle("b")
        before = fields("TicketRejected")
        told, out = visit(port, "-sess_in", path)
        assert not told["resumed"] and "New, TLSv1.3" in out
        rises(before, b_TicketRejected=1)


def test_openssl_server():
    """Our client takes s_server's tickets if it may."""
    proc = openssl("b", "s_server", "-accept", f"{B}:7443", *OWN, "-Verify",
                   "1", "-rev", "-quiet")
    try:
        until(lambda: "7443" in base.run("ip", "netns", "exec", "b", "ss",
                                         "-ltnH"), "s_server")

        def visit():
            with ns("a"):
                sock = attach(socket.socket())
            with sock:
                sock.connect((B, 7443))
                sock.sendall(b"stressed\n")
                assert sock.recv(9, socket.MSG_WAITALL) == b"desserts\n"
                return info(sock)

        setting("a", resumption=0)
        assert not visit()["resumed"]
        setting("a", resumption=2)
        assert not visit()["resumed"]
        told = visit()
        assert told["resumed"] and told["peer"] == told["own"] == DEFAULT
        assert visit()["resumed"]
        # whoever offers one of these is sent others, and has to wait for them
        setting("a", resumption=1)
        assert not visit()["resumed"]
    finally:
        setting("a", resumption=1)
        proc.kill()
        proc.wait()


TESTS = [value for name, value in sorted(globals().items())
         if name.startswith("test_")]


def main():
    base.setup()
    base.wire.start()
    chosen = [test for test in TESTS
              if not sys.argv[1:] or test.__name__[5:] in sys.argv[1:]]
    print("TAP version 13")
    print(f"1..{len(chosen)}")
    failed = 0
    for number, test in enumerate(chosen, 1):
        start = time.monotonic()
        try:
            for where in "a", "b":
                bundle(where)
            test()
            policy(a=[], b=[])
            for where in "a", "b":
                until(lambda where=where: count(where, "Contexts") == 0,
                      f"no context left in {where}")
            verdict = "ok"
        except BaseException:		# pylint: disable=broad-except
            verdict = "not ok"
            failed += 1
            policy(a=[], b=[])
            for line in traceback.format_exc().splitlines():
                print(f"# {line}")
        print(f"{verdict} {number} {test.__name__[5:]}", flush=True)
        print(f"# {time.monotonic() - start:.1f} s", flush=True)
    return failed > 0


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    sys.exit(main())
