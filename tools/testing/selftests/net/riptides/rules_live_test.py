#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What rules say of sessions: which groups, how long, and when they end.

Started by rules_live.sh inside the lab, as root; policy_fixture.py makes the
network. Prints KTAP. Names of tests as arguments run these alone.
"""

import contextlib
import ctypes
import errno
import socket
import sys
import threading
import time

import nl
import policy_fixture as lab
import policy_gaps_test as gaps
import proc_test
import rules_task_test
from policy_fixture import (
    CERTS, IN, LIBC, ME, OUT, SECRET, Server, connect, ns, policy, talk)

X25519, X25519MLKEM768 = 0x1d, 0x11ec
CLOCK_REALTIME_COARSE = 5
TD = "td.example"


def bundle(name, revoke=(), ca="ca"):
    with ns(name):
        nl.bundle_set(TD, f"{CERTS}/{ca}.pem", revoke=list(revoke))


def usual():
    """Trust as policy_fixture.py sets it up."""
    with open(f"{CERTS}/revoked.serial", encoding="ascii") as serial:
        revoked = serial.read().strip()
    for name in "a", "b":
        bundle(name, [revoked])


def serial_of(name):
    return lab.run("openssl", "x509", "-in", f"{CERTS}/{name}.pem", "-noout",
                   "-serial").strip().partition("=")[2]


def ends(sock):
    """The errno that a session ends with under its reader."""
    return lab.said(sock.recv, 1) or "end of file"


def received(sock):
    """Bytes that a socket of namespace a has been sent."""
    row, = [row for row in lab.connections("a")
            if row["local-port"] == sock.getsockname()[1]]
    return row["rx-bytes"]


class Events:
    """What is multicast in a namespace from now on."""

    def __init__(self, name):
        with ns(name):
            self.family = nl.Family()
            self.family.subscribe("events")
        self.family.socket.settimeout(lab.TIMEOUT)

    def next(self, wanted):
        while True:
            name, told = self.family.event()
            if name == wanted:
                return told

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.family.socket.close()


class TooOld(Exception):
    """A session was over before it was used."""


def in_time(test):
    """Who is too slow for sessions that last a second has longer ones."""
    for age in 1, 8, 64, 512:
        with contextlib.suppress(TooOld):
            test(age)
            return
    raise AssertionError("sessions end before their time")


@contextlib.contextmanager
def used(port):
    """A connection that goes both ways before it is too old."""
    with contextlib.ExitStack() as stack:
        try:
            sock = stack.enter_context(connect(port))
            talk(sock)
        except (ConnectionResetError, BrokenPipeError) as error:
            raise TooOld() from error
        yield sock


class Silent(Server):
    """A server whose connections end by what happens to them only."""

    def __init__(self, port):
        self.ended, self.cond = [], threading.Condition()
        super().__init__(port, self.wait)

    def wait(self, sock):
        try:
            while data := sock.recv(65536):
                sock.sendall(data)
            how = "end of file"
        except OSError as error:
            how = errno.errorcode.get(error.errno, str(error))
        with self.cond:
            self.ended.append(how)
            self.cond.notify()

    def all_ended(self, count):
        with self.cond:
            assert self.cond.wait_for(lambda: len(self.ended) >= count,
                                      lab.TIMEOUT), self.ended
            return self.ended


def has_hybrid():
    with ns("a"):
        try:
            nl.rule_new("probe", "egress", "mutual", identity="default",
                        pq="require")
        except nl.Refused as refusal:
            assert refusal.errno == errno.EOPNOTSUPP and refusal.text == \
                "this kernel is built without X25519MLKEM768", refusal
            return False
        nl.rule_del("probe")
    return True


# --- tests -------------------------------------------------------------------

def test_groups():
    """pq: which group is taken, and that there is no way around it"""
    if not has_hybrid():
        print("# X25519MLKEM768 is not built in: require is refused")
        return
    for client, server, group in (
            ("prefer", "prefer", X25519MLKEM768),
            ("require", "prefer", X25519MLKEM768),
            ("prefer", "require", X25519MLKEM768),
            ("require", "require", X25519MLKEM768),
            ("off", "prefer", X25519), ("prefer", "off", X25519),
            ("off", "off", X25519),
            ("off", "require", None), ("require", "off", None)):
        policy(a=[f"{OUT} --pq {client}"], b=[f"{IN} --pq {server}"])
        with Server(7050):
            if not group:
                got = lab.said(connect, 7050)
                assert got == "ECONNREFUSED", f"{client} {server}: {got}"
                continue
            with connect(7050) as sock:
                talk(sock)
                for name in "a", "b":
                    row, = [row for row in lab.connections(name)
                            if row["state"] == "open"]
                    assert row["group"] == group, f"{client} {server}: {row}"
        lab.until(lambda: not lab.connections("a") + lab.connections("b"),
                  "connections closed")
    lab.all_tls(7050)


def test_max_session_age():
    """a session ends when it is too old, at both ends, and says so"""
    def client_rule(age):
        policy(a=[f"{OUT} --max-session-age {age}"], b=[IN])
        before = lab.count("a", "SessionAged")
        with Events("a") as events, Silent(7051) as server, \
                used(7051) as sock:
            assert ends(sock) == "ECONNRESET"
            assert server.all_ended(1) == ["ECONNRESET"]
            told = events.next("session-ended")
            assert told["rule"] == "out" and told["error"] == errno.ETIME, told
            assert told["reason"] == \
                "the session is older than its rule allows"
            assert told["peer-id"] == told["own-id"] == ME, told
            assert told["direction"] == "egress" and told["peer-port"] == 7051
            assert lab.info(sock)["error"] == errno.ETIME
        assert lab.count("a", "SessionAged") == before + 1

    def traffic():
        with connect(7051) as sock:
            while True:
                talk(sock)
                lab.wire.keep_up()

    in_time(client_rule)
    # the server's rule counts as well, and traffic makes no session younger
    policy(a=[OUT], b=[f"{IN} --max-session-age 1"])
    with Silent(7051) as server:
        assert lab.said(traffic) in ("ECONNRESET", "EPIPE")
        assert server.all_ended(1)[0] in ("ECONNRESET", "EPIPE")
    lab.all_tls(7051, 2)


def test_age_of_others():
    """what has no rule about it, or is over before, is left alone"""
    def one_rule(age):
        policy(a=[f"{OUT} --max-session-age {age}",
                  "young egress mutual --identity default --ports 7100-7199 "
                  "--max-session-age 1209600"],
               b=[IN, "in2 ingress mutual --identity default "
                  "--ports 7100-7199"])
        with Server(7052), Server(7152), connect(7152) as other:
            with used(7052):
                pass
            # one that nobody has read from or closed yet ends, the other
            # goes on
            assert lab.said(untouched) == "ECONNRESET"
            talk(other)

    def untouched():
        with connect(7052) as sock:
            assert not sock.recv(1), "data"

    in_time(one_rule)


def test_kill_on_revoke():
    """a peer whose certificate is revoked is cut off; others go on"""
    policy(a=[f"{OUT} --kill-on-revoke"], b=[IN])
    try:
        with Events("a") as events, Silent(7053) as server, \
                connect(7053) as sock, contextlib.ExitStack() as stack:
            talk(sock)
            # a session of another rule, which says nothing of it
            policy(a=[OUT.replace("out", "free", 1)])
            free = stack.enter_context(connect(7053))
            talk(free)
            # a change that is about somebody else
            bundle("a", ["0f0f0f"])
            talk(sock)
            bundle("a", [serial_of("default")])
            assert ends(sock) == "ECONNRESET"
            assert server.all_ended(1) == ["ECONNRESET"]
            told = events.next("session-ended")
            assert told["error"] == errno.EKEYREVOKED, told
            assert told["rule"] == "out" and told["peer-id"] == ME, told
            assert lab.info(sock)["error"] == errno.EKEYREVOKED
            talk(free)
        assert lab.count("a", "SessionRevoked") >= 1
    finally:
        usual()


def test_busy_socket():
    """nothing passes any more, though nobody lets go of the socket to reset it"""
    policy(a=[f"{OUT} --kill-on-revoke"], b=[IN])
    before = lab.count("a", "SessionRevoked")
    try:
        with Silent(7059) as server, Events("a") as events, \
                connect(7059) as sends, connect(7059) as reads, \
                connect(7059) as closes, gaps.Slow() as slow:
            talk(reads)
            had = received(reads)
            reads.sendall(SECRET)
            lab.until(lambda: received(reads) >= had + len(SECRET),
                      "what it is answered waits to be read")
            held = []
            for sock in sends, reads, closes:
                # reads its data with the socket locked
                held.append(gaps.Task(LIBC.send, sock.fileno(),
                                      ctypes.c_void_p(slow.address), 8, 0))
                slow.touched()
            bundle("a", [serial_of("default")])
            lab.until(lambda: lab.count("a", "SessionRevoked") == before + 3,
                      "the sessions are over")
            slow.let_go(b"")
            for task in held:
                assert not task.outcome() and task.value == 8, task.value
            closes.close()
            assert lab.said(sends.send, SECRET) == "ECONNRESET"
            for _ in range(2):
                told = events.next("session-ended")
                assert told["error"] == errno.EKEYREVOKED, told
            assert ends(sends) == ends(reads) == "ECONNRESET"
            assert server.all_ended(3) == ["ECONNRESET"] * 3
    finally:
        usual()


def test_bundle_gone():
    """a bundle that loses its CA, or goes, ends sessions; on the server, too"""
    policy(a=[OUT], b=[f"{IN} --kill-on-revoke"])
    try:
        with Events("b") as events, Silent(7054) as server:
            with connect(7054) as sock:
                talk(sock)
                bundle("b", ca="ca-other")
                assert ends(sock) == "ECONNRESET"
                told = events.next("session-ended")
                assert told["error"] == errno.EKEYREJECTED, told
            usual()
            with connect(7054) as sock:
                talk(sock)
                with ns("b"):
                    nl.bundle_del(TD)
                assert ends(sock) == "ECONNRESET"
                told = events.next("session-ended")
                assert told["error"] == errno.ENOKEY, told
                assert told["direction"] == "ingress", told
            assert server.all_ended(2) == ["ECONNRESET"] * 2
    finally:
        with ns("b"), contextlib.suppress(nl.Refused):
            nl.bundle_new(TD, f"{CERTS}/ca.pem")
        usual()


def test_authority_renewed():
    """a CA that has a newer certificate vouches as before"""
    policy(a=[f"{OUT} --kill-on-revoke"], b=[IN])
    new = "/run/ca-new.pem"
    try:
        with Events("a") as events, Silent(7057), connect(7057) as sock:
            talk(sock)
            # its validity is to begin when the session has long begun
            # by the kernel's clock, which lags behind the one that is read
            begun = int(time.time())
            lab.until(lambda: time.clock_gettime(CLOCK_REALTIME_COARSE) >=
                      begun + 1, "the next second")
            lab.run("openssl", "req", "-x509", "-key", f"{CERTS}/ca.key",
                    "-out", new, "-days", "30", "-subj", "/CN=td.example",
                    "-addext", "keyUsage=critical,keyCertSign,cRLSign")
            with ns("a"):
                nl.bundle_set(TD, new)
            for _ in range(10):
                talk(sock)
            with ns("a"):
                nl.bundle_set(TD, new, revoke=[serial_of("default")])
            assert ends(sock) == "ECONNRESET"
            told = events.next("session-ended")
            assert told["error"] == errno.EKEYREVOKED, told
    finally:
        usual()


def test_counts():
    """handshakes, failures and bytes, of rule, identity and bundle"""
    def counts(name, rule):
        keys = "handshakes", "failures", "tx-bytes", "rx-bytes"
        with ns(name):
            told = (nl.rule_get(rule), nl.identity_get("default"),
                    nl.bundle_get(TD))
        return [[one[key] for key in keys] for one in told]

    policy(a=[OUT], b=[IN, "in2 ingress mutual --identity default "
                       "--ports 7099 --peer spiffe://td.example/second"])
    before = counts("a", "out"), counts("b", "in")
    with Server(7056), connect(7056) as sock:
        talk(sock, b"x" * 5000)
    lab.until(lambda: not lab.connections("a") + lab.connections("b"),
              "connections closed")
    for name, rule, was in ("a", "out", before[0]), ("b", "in", before[1]):
        for old, new in zip(was, counts(name, rule)):
            assert new[0] == old[0] + 1 and new[1] == old[1], f"{old} {new}"
            # at least what was sent, and not much more than it
            assert 5000 < new[2] - old[2] < 20000, f"{old} {new}"
            assert 5000 < new[3] - old[3] < 20000, f"{old} {new}"
    before = counts("b", "in2")
    with Server(7099):
        assert lab.judged(7099)[0] == "ECONNRESET"
    lab.until(lambda: not lab.connections("b"), "connection closed")
    after = counts("b", "in2")
    assert [row[0] for row in after] == [row[0] for row in before]
    assert [row[1] for row in after] == [row[1] + 1 for row in before], after
    # a bundle that is replaced goes on counting
    usual()
    assert counts("b", "in2")[2] == after[2]


def test_revoked_during_handshake():
    """a bundle that changes while handshakes run: none is left behind"""
    rounds = 20
    policy(a=[f"{OUT} --kill-on-revoke"], b=[IN])
    bad = serial_of("default")
    try:
        with Server(7055):
            for _ in range(rounds):
                usual()
                with ns("a"):
                    sock = socket.socket()
                with sock:
                    sock.setblocking(False)
                    assert sock.connect_ex((lab.B, 7055)) == errno.EINPROGRESS
                    bundle("a", [bad])
                    sock.settimeout(lab.TIMEOUT)
                    # before or after the handshake: it does not go on
                    got = lab.said(sock.recv, 1)
                    assert got in ("ECONNREFUSED", "ECONNRESET"), got
    finally:
        usual()


if __name__ == "__main__":
    sys.exit(lab.main(sys.modules[__name__], rules_task_test, proc_test))
