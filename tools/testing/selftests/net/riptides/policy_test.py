#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What policy does to sockets of programs that know nothing of it.

Started by policy.sh inside the lab, as root. Prints KTAP. Names of tests as
arguments run these alone.
"""

import contextlib
import errno
import os
import select
import socket
import subprocess
import sys
import threading
import traceback

import nl
import policy_fixture as fixture
from policy_fixture import (
    A, B, B6, IN, ME, MSG_FASTOPEN, OUT, SECRET, SOL_RIPTIDES,
    TIMEOUT, Server, all_tls, as_user, connect, connections, count, info, is_tls,
    judged, ns, policy, run, said, served, talk, until, wire)


def test_http():
    """curl and python3 -m http.server, neither of which knows"""
    os.makedirs("/run/www", exist_ok=True)
    with open("/run/www/big", "wb") as big:
        big.write(SECRET * 100000)
    server = subprocess.Popen(
        ["ip", "netns", "exec", "b", "python3", "-m", "http.server", "7000",
         "--directory", "/run/www"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    curl = ["ip", "netns", "exec", "a", "curl", "-sS", "--fail",
            "--max-time", str(TIMEOUT), f"http://{B}:7000/big"]
    try:
        until(lambda: "7000" in run("ip", "netns", "exec", "b", "ss", "-ltnH"),
              "http.server")
        assert SECRET.decode() * 100000 == run(*curl)
        plain = wire.of(7000)
        assert any(SECRET in back for _, back in plain.values())
        wire.forget()
        # the listener is older than the policy
        policy(a=[OUT], b=[IN])
        assert SECRET.decode() * 100000 == run(*curl)
        all_tls(7000)
        wire.forget()
        policy(a=[], b=[])
        assert SECRET.decode() * 100000 == run(*curl)
        assert any(SECRET in back for _, back in wire.of(7000).values())
    finally:
        server.kill()
        server.wait()


def test_identities():
    """both ends know each other, and connection-get tells all about it"""
    policy(a=[OUT], b=[IN])
    with Server(7001), connect(7001) as sock:
        talk(sock)
        mine, = [row for row in connections("a") if row["peer-port"] == 7001]
        theirs, = [row for row in connections("b") if row["local-port"] == 7001]
        for row in mine, theirs:
            assert row["mode"] == "mutual" and row["state"] == "open", row
            assert row["own-id"] == row["peer-id"] == ME, row
            assert row["version"] == 0x304 and row["suite"] and row["group"]
            assert row["tx-datapath"] == row["rx-datapath"] == "ktls"
            assert row["tx-rekeys"] == row["rx-rekeys"] == 0
            assert row["tx-bytes"] > 230 and row["rx-bytes"] > 230
        assert mine["role"] == "client" and mine["rule"] == "out"
        assert theirs["role"] == "server" and theirs["rule"] == "in"
        assert mine["local-address"] == theirs["peer-address"] == A
        assert info(sock)["state"] == 2
        with ns("a"):
            told, = [rule for rule in nl.rule_list() if rule["name"] == "out"]
        assert told["handshakes"] == 1 and not told["failures"], told
        text = run("ip", "netns", "exec", "a", "ss", "-tiH", "dport", "7001")
        assert "tcp-ulp-riptides" in text, text
    all_tls(7001)


def test_ipv6():
    """IPv6 and IPv4 on one listener, by prefix"""
    policy(a=[f"six egress mutual --identity default --prefix {B6}/128",
              f"four egress mutual --identity default --prefix {B}/32"],
           b=["in ingress mutual --identity default --ports 7002"])
    with Server(7002, family=socket.AF_INET6), connect(7002, B6) as six, \
            connect(7002, B) as four, \
            connect(7002, f"::ffff:{B}", family=socket.AF_INET6) as mapped:
        for sock in six, four, mapped:
            talk(sock)
        rules = [row["rule"] for row in connections("a")]
        assert rules == ["six", "four", "four"], rules
    all_tls(7002, 3)


def test_any_address():
    """who connects to no address at all gets no further than to loopback"""
    policy(b=["out egress deny --prefix 127.0.0.0/8",
              "six egress deny --prefix ::1/128"])
    with Server(7003, family=socket.AF_INET6):
        for to in "0.0.0.0", "::", "127.0.0.1", "::1", "::ffff:0.0.0.0":
            got = said(connect, 7003, to, name="b")
            assert got == "EACCES", f"{to}: {got}"


def test_large():
    """much of it, both ways, and half-close"""
    policy(a=[OUT], b=[IN])
    data = os.urandom(1 << 22)

    def swallow(sock):
        got = b""
        while part := sock.recv(1 << 16):
            got += part
        sock.sendall(got)

    with Server(7004, swallow), connect(7004) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        got = b""
        while part := sock.recv(1 << 16):
            got += part
        assert got == data
    all_tls(7004)


def test_simple():
    """only the server shows who it is"""
    policy(a=["out egress simple --ports 7005 --server-name localhost"],
           b=["in ingress simple --identity default --ports 7005"])
    with Server(7005), connect(7005) as sock:
        talk(sock)
        row, = connections("b")
        assert row["mode"] == "simple" and "peer-id" not in row, row
        row, = connections("a")
        assert row["peer-id"] == ME and "own-id" not in row, row
        policy(a=["out egress simple --ports 7005 --server-name other.example"])
        assert said(connect, 7005) == "ECONNREFUSED"
        talk(sock)
    all_tls(7005, 2)


def test_plaintext():
    """a rule may say that nothing is to be done"""
    policy(a=["not egress plaintext --ports 7006", OUT + " --priority 5"],
           b=["not ingress plaintext --ports 7006", IN + " --priority 5"])
    with Server(7006), connect(7006) as sock:
        talk(sock)
        assert connections("a") == connections("b") == []
    assert any(SECRET in there for there, _ in wire.of(7006).values())


def test_deny():
    """EACCES for who connects, a reset for who is connected"""
    policy(a=["out egress deny --ports 7007"])
    assert said(connect, 7007) == "EACCES"
    assert not wire.of(7007), "a SYN went out"
    policy(a=[], b=["in ingress deny --ports 7007"])
    with Server(7007) as server:
        assert served(7007) in ("ECONNRESET", "EPIPE")
        until(lambda: "ECONNRESET" in server.errors, "the server hears of it")
    assert count("a", "PolicyDenied") and count("b", "PolicyDenied")


def test_passthrough():
    """not there yet, and says so"""
    try:
        policy(a=["out egress passthrough --ports 7008 --identity default"])
    except nl.Refused as refusal:
        assert refusal.errno == errno.EOPNOTSUPP, refusal
    else:
        assert said(connect, 7008) == "EOPNOTSUPP"


def test_no_identity():
    """a rule that cannot be followed lets nobody through"""
    policy(a=["out egress mutual --identity nobody --ports 7009"])
    assert said(connect, 7009) == "EACCES"
    assert not wire.of(7009), "a SYN went out"
    policy(a=[OUT], b=["in ingress mutual --identity nobody --ports 7009"])
    with Server(7009) as server:
        assert said(connect, 7009) == "ECONNREFUSED"
        until(lambda: server.errors, "the server hears of it")
        assert server.errors == ["ECONNRESET"], server.errors
    all_tls(7009)


def test_authorization():
    """by SPIFFE ID, and the peer is told by access_denied"""
    for pattern, allowed in ((ME, True), ("spiffe://td.example", True),
                             ("spiffe://td.example/", True),
                             ("spiffe://td.example/second", False),
                             ("spiffe://td.example/def", False),
                             ("spiffe://td.example/default/", False),
                             ("spiffe://other.example", False)):
        policy(a=[f"{OUT} --peer {pattern}"], b=[IN])
        with Server(7010) as server:
            got = said(lambda: connect(7010).close())
            assert got == (None if allowed else "EACCES"), f"{pattern}: {got}"
            if not allowed:
                until(lambda: server.errors, "the server hears of it")
                assert server.errors == ["ECONNRESET"], server.errors
        policy(a=[OUT], b=[f"{IN} --peer {pattern}"])
        with Server(7010) as server:
            if allowed:
                with connect(7010) as sock:
                    talk(sock)
                continue
            got, told = judged(7010)
            assert got == "ECONNRESET", f"{pattern}: {got}"
            assert told["alert"] == 49, told
            assert told["error"] == errno.EPROTO, told
            until(lambda: server.errors, "the server hears of it")
            assert server.errors == ["ECONNRESET"], server.errors
    all_tls(7010, 14)


def test_errors():
    """what TCP programs expect, whatever has happened"""
    policy(a=["out egress mutual --identity wrong-ca --ports 7011",
              "srv egress mutual --identity default --ports 7012-7019"],
           b=["in ingress mutual --identity default --ports 7011",
              "bad ingress mutual --identity wrong-ca --ports 7012",
              "td ingress mutual --identity no-trust --ports 7013",
              "rev ingress mutual --identity revoked --ports 7014"])
    with Server(7011):
        got, told = judged(7011)
        assert got == "ECONNRESET" and told["alert"], (got, told)
    for port in 7012, 7013, 7014:
        with Server(port) as server:
            got = said(connect, port)
            assert got == "ECONNREFUSED", f"{port}: {got}"
            until(lambda: server.errors, "the server hears of it")
            assert server.errors == ["ECONNRESET"], server.errors
    # nobody listens
    assert said(connect, 7015) == "ECONNREFUSED"
    # one that speaks no TLS, one that goes away, and one that says nothing
    with Server(7016, lambda sock: sock.recv(1 << 16) and
                sock.sendall(b"220 hello\r\n" * 9)):
        got = said(connect, 7016)
        assert got == "ECONNREFUSED", got
    with Server(7017, lambda sock: sock.recv(1 << 16)):
        got = said(connect, 7017)
        assert got == "ECONNRESET", got
    with ns("a"):
        nl.settings_set(deadline_ms=300)
    try:
        with Server(7018, lambda sock: sock.recv(1 << 20) and sock.recv(1)):
            got = said(connect, 7018)
            assert got == "ETIMEDOUT", got
    finally:
        with ns("a"):
            nl.settings_set(deadline_ms=fixture.DEADLINE)


def test_truth():
    """the application is told little, who asks riptides is told all"""
    policy(a=[OUT], b=["bad ingress mutual --identity wrong-ca --ports 7020"])
    with Server(7020):
        with ns("a"):
            sock = socket.socket()
        with sock:
            sock.settimeout(TIMEOUT)
            assert said(sock.connect, (B, 7020)) == "ECONNREFUSED"
            told = info(sock)
            assert told["state"] == 3, told
            assert told["error"] == errno.EKEYREJECTED, told
            row, = connections("a")
            assert row["error"] == errno.EKEYREJECTED, row
    with ns("a"):
        rule, = nl.rule_list()
    assert rule["failures"] == 1, rule


def test_options():
    """what a rule says is not for the application to change"""
    policy(a=[OUT], b=[IN])
    with Server(7021), connect(7021) as sock:
        assert said(sock.setsockopt, SOL_RIPTIDES, 4, b"x") == "EPERM"
        assert said(sock.setsockopt, SOL_RIPTIDES, 7, 1) == "EPERM"
        assert said(sock.setsockopt, socket.IPPROTO_TCP, 31, b"tls") == "EEXIST"
        sock.setsockopt(SOL_RIPTIDES, 11, 1)
        talk(sock)
    all_tls(7021)


def test_explicit():
    """who asks for TLS itself gets what it asked for"""
    policy(a=["out egress mutual --identity nobody --ports 7022"], b=[IN])
    with ns("a"):
        sock = socket.socket()
    with Server(7022), sock:
        sock.settimeout(TIMEOUT)
        sock.setsockopt(socket.IPPROTO_TCP, 31, b"riptides")
        sock.connect((B, 7022))
        talk(sock)
        row, = connections("a")
        assert "rule" not in row, row


def test_nonblocking():
    """EINPROGRESS, poll, SO_ERROR"""
    policy(a=[OUT], b=[IN, "bad ingress mutual --identity wrong-ca "
                           "--ports 7024 --priority 0"])
    policy(b=["bad ingress mutual --identity wrong-ca --ports 7024",
              IN + " --priority 9"])
    with Server(7023), Server(7024):
        for port, want in (7023, 0), (7024, errno.ECONNREFUSED):
            with ns("a"):
                sock = socket.socket()
            with sock:
                sock.setblocking(False)
                assert sock.connect_ex((B, port)) == errno.EINPROGRESS
                poll = select.poll()
                poll.register(sock, select.POLLOUT)
                assert poll.poll(TIMEOUT * 1000)
                got = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                assert got == want, f"{port}: {got}"
                if not want:
                    sock.settimeout(TIMEOUT)
                    talk(sock)
    all_tls(7023)
    all_tls(7024)


def test_again():
    """a socket that is connected again comes under another rule, or none"""
    policy(a=["one egress mutual --identity default --ports 7025",
              "two egress mutual --identity second --ports 7026"],
           b=["in ingress mutual --identity default --ports 7025-7026"])
    with ns("a"):
        sock = socket.socket()
    with sock, Server(7026), Server(6027):
        assert said(sock.connect, (B, 7025)) == "ECONNREFUSED"
        sock.connect((B, 7026))
        talk(sock)
        row, = connections("a")
        assert row["rule"] == "two", row
    with ns("a"):
        sock = socket.socket()
    with sock, Server(6027):
        assert said(sock.connect, (B, 7025)) == "ECONNREFUSED"
        sock.connect((B, 6027))
        talk(sock)
    with ns("a"):
        sock = socket.socket()
    with sock, Server(7026):
        assert said(sock.connect, (B, 7025)) == "ECONNREFUSED"
        policy(a=[], b=[])
        sock.connect((B, 7026))
        talk(sock)
    all_tls(7025, 0)
    flows = wire.of(7026).values()
    assert sum(SECRET in there for there, _ in flows) == 1
    assert any(SECRET in there for there, _ in wire.of(6027).values())


def test_fastopen():
    """data in the SYN would be in clear: an ordinary connect()"""
    policy(a=[OUT], b=[IN])
    for name in "a", "b":
        with ns(name), open("/proc/sys/net/ipv4/tcp_fastopen", "w",
                            encoding="ascii") as knob:
            knob.write("1543")
    with Server(7028):
        for _ in range(3):
            with ns("a"):
                sock = socket.socket()
            with sock:
                assert sock.sendto(SECRET, MSG_FASTOPEN, (B, 7028)) == \
                    len(SECRET)
                assert sock.recv(100) == SECRET
    policy(a=["out egress deny --ports 7028"])
    with ns("a"):
        sock = socket.socket()
    with sock:
        assert said(sock.sendto, SECRET, MSG_FASTOPEN, (B, 7028)) == "EACCES"
    all_tls(7028, 3)


def test_existing():
    """connections that are there stay as they are"""
    with Server(7029), connect(7029) as plain:
        talk(plain)
        policy(a=[OUT], b=[IN])
        talk(plain)
        with connect(7029) as tls:
            talk(tls)
            policy(a=[], b=[])
            talk(tls)
            talk(plain)
            assert len(connections("a")) == 1


def test_queued():
    """a child that waited in the accept queue while its rule went away"""
    policy(a=[OUT], b=[IN])
    with ns("b"):
        listener = socket.create_server((B, 7030))
    with listener, connect(7030) as sock:
        policy(a=[], b=[])
        child, _ = listener.accept()
        with child:
            sock.sendall(SECRET)
            assert child.recv(100) == SECRET
            child.sendall(SECRET)
            assert sock.recv(100) == SECRET
    all_tls(7030)


def test_uid():
    """who connects decides"""
    policy(a=["one egress deny --ports 7031 --selector uid=1001",
              "two egress mutual --ports 7031 --identity default "
              "--selector uid=1002"], b=[])

    def attempt(want):
        return said(lambda: connect_here(7031).close()) != want

    def connect_here(port):
        sock = socket.socket()
        sock.settimeout(TIMEOUT)
        sock.connect((B, port))
        return sock

    with Server(7031), ns("a"):
        assert not as_user(1001, attempt, "EACCES")
        assert not as_user(1003, attempt, None)
    policy(b=[IN])
    before = count("a", "HandshakeDone")
    with Server(7031), ns("a"):
        assert not as_user(1002, attempt, None)
    assert count("a", "HandshakeDone") == before + 1


def test_older_listener():
    """of one that is older than the policy only its socket can tell"""
    with Server(7032):
        policy(a=[OUT], b=[IN + " --selector uid=0"])
        with connect(7032) as sock:
            talk(sock)
        policy(b=[IN + " --selector uid=7"])
        with connect_plain(7032) as sock:
            talk(sock)
        # a path is not known of it: not known is not no
        policy(b=[IN + " --selector path=/usr/bin/nothing"])
        assert said(connect, 7032) == "ECONNRESET"
    # of one that is not, it is: and it is another
    with Server(7033), connect_plain(7033) as sock:
        talk(sock)


@contextlib.contextmanager
def connect_plain(port):
    """Connect with no rule of our own."""
    before = rules_of("a")
    policy(a=[])
    try:
        with connect(port) as sock:
            yield sock
    finally:
        policy(a=before)


def rules_of(name):
    with ns(name):
        return [OUT] if nl.rule_list() else []


def test_attest_accept():
    """the task that accepts counts, not the one that listens"""
    policy(a=[OUT],
           b=["in ingress mutual --identity second --ports 7034 "
              "--attest accept --selector uid=1001",
              "other ingress mutual --identity default --ports 7034 "
              "--priority 2"])
    with ns("b"):
        listener = socket.create_server((B, 7034))

    def serve():
        sock, _ = listener.accept()
        sock.settimeout(TIMEOUT)
        sock.sendall(sock.recv(100))
        return 0

    for uid, want in (1001, "spiffe://td.example/second"), (1002, ME):
        pid = os.fork()
        if not pid:
            os._exit(as_user(uid, serve))
        with connect(7034) as sock:
            talk(sock, SECRET)
            # the one before may not be over yet
            row, = [row for row in connections("a")
                    if row["local-port"] == sock.getsockname()[1]]
            assert row["peer-id"] == want, row
        assert not os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    listener.close()
    all_tls(7034, 2)


def test_permissive():
    """the first bytes decide; silence is broken by who speaks"""
    policy(b=["in ingress permissive --identity default --ports 7035-7036 "
              "--wait-ms 200"])
    with Server(7035), connect(7035) as sock:
        # a client in clear
        talk(sock)
        row, = connections("b")
        assert row["mode"] == "permissive-plaintext", row
        assert row["state"] == "clear", row
        with connect(7035) as odd:
            # one byte of a ClientHello that goes on as something else
            odd.sendall(b"\x16")
            until(lambda: any(row["state"] == "waiting"
                              for row in connections("b")), "it waits")
            odd.sendall(b"\x17rest")
            assert odd.recv(100, socket.MSG_WAITALL)[:1] == b"\x16"
        with connect(7035) as short:
            # nor is one byte and an end
            short.sendall(b"\x16")
            short.shutdown(socket.SHUT_WR)
            assert short.recv(100) == b"\x16"
        policy(a=[OUT])
        with connect(7035) as tls:
            talk(tls)
            assert "mutual" in [row["mode"] for row in connections("b")]
    policy(a=[])
    # a server that speaks first, to a client that is silent
    with Server(7036, lambda sock: sock.sendall(b"220 hello")):
        with connect(7036) as sock:
            assert sock.recv(100) == b"220 hello"
        # whose ClientHello may come late
        policy(a=[OUT], b=["in ingress permissive --identity default "
                           "--ports 7035-7036 --wait-ms 60000"])
        with connect(7036) as sock:
            assert sock.recv(100) == b"220 hello"
    flows = list(wire.of(7036).values())
    assert sorted(is_tls(back) for _, back in flows) == [False, True], flows


def test_permissive_poll():
    """a silent client does not become one in clear by being waited for"""
    policy(b=["in ingress permissive --identity default --ports 7037 "
              "--wait-ms 1"])
    with ns("b"):
        listener = socket.create_server((B, 7037))
    with ns("a"):
        silent = socket.socket()
    with listener, silent:
        silent.settimeout(TIMEOUT)
        silent.connect((B, 7037))
        child, _ = listener.accept()
        with child:
            poll = select.poll()
            poll.register(child, select.POLLOUT | select.POLLIN)
            # the wait is over: who wants to may write, there is nothing to read
            assert poll.poll(TIMEOUT * 1000) == \
                [(child.fileno(), select.POLLOUT)]
            row, = connections("b")
            assert row["state"] == "waiting", row
            child.sendall(b"hello")
            row, = connections("b")
            assert row["state"] == "clear", row
            assert silent.recv(100) == b"hello"


def test_isolation():
    """the rules of one network namespace are nobody else's"""
    policy(a=[OUT])
    with Server(7039, name="a", family=socket.AF_INET6):
        with connect(7039, A, name="b") as sock:
            talk(sock)
        assert said(connect, 7039, "127.0.0.1", name="a") == "ECONNREFUSED"
    assert not connections("b")


def test_confirm():
    """connect() waits for the server's verdict, if the rule says so"""
    policy(a=[OUT + " --confirm"], b=[IN])
    with Server(7044), connect(7044) as sock:
        talk(sock)
    policy(b=[IN + " --peer spiffe://td.example/second"])
    with Server(7044):
        assert said(connect, 7044) == "ECONNREFUSED"
    all_tls(7044, 2)


def test_events():
    """denied and handshake-failed, for who listens"""
    families = {}
    for name in "a", "b":
        with ns(name):
            families[name] = nl.Family()
            families[name].subscribe("events")
            families[name].socket.settimeout(TIMEOUT)
    policy(a=["no egress deny --ports 7045", OUT + " --priority 1"],
           b=["in ingress mutual --identity wrong-ca --ports 7046"])
    assert said(connect, 7045) == "EACCES"
    name, told = families["a"].event()
    assert name == "denied" and told["rule"] == "no", (name, told)
    assert told["peer-port"] == 7045 and told["error"] == errno.EACCES, told
    assert told["peer-address"] == socket.inet_aton(B), told
    with Server(7046):
        assert said(connect, 7046) == "ECONNREFUSED"
        name, told = families["a"].event()
        assert name == "handshake-failed" and told["rule"] == "out", told
        assert told["error"] == errno.EKEYREJECTED, told
        assert told["own-id"] == ME and "reason" in told, told
        name, told = families["b"].event()
        assert name == "handshake-failed" and told["rule"] == "in", told
        assert told["direction"] == "ingress", told
        assert told["local-port"] == 7046, told
    for family in families.values():
        family.socket.close()


def test_switch():
    """a direction can be switched off, with its rules in place"""
    policy(a=[OUT], b=[IN])
    with ns("a"):
        nl.settings_set(egress=0)
    with ns("b"):
        nl.settings_set(ingress=0)
    try:
        with Server(7040), connect(7040) as sock:
            talk(sock)
            assert not connections("a") + connections("b")
    finally:
        for name in "a", "b":
            with ns(name):
                nl.settings_set(egress=1, ingress=1)
    with Server(7040), connect(7040) as sock:
        talk(sock)
        assert len(connections("a")) == 1


def test_kill():
    """connection-del ends one of them"""
    policy(a=[OUT], b=[IN])
    with Server(7041) as server, connect(7041) as sock, connect(7041) as other:
        talk(sock)
        talk(other)
        first = min(row["id"] for row in connections("a"))
        with ns("a"):
            nl.connection_del(first)
            try:
                nl.connection_del(first + 1000)
            except nl.Refused as refusal:
                assert refusal.errno == errno.ENOENT
            else:
                raise AssertionError("deleted what is not there")
        assert said(sock.recv, 1) == "ECONNRESET"
        until(lambda: "ECONNRESET" in server.errors, "the server hears of it")
        talk(other)


def test_pages():
    """many connections are told in many messages"""
    policy(a=[OUT], b=[IN])
    with Server(7042), contextlib.ExitStack() as stack:
        for _ in range(100):
            talk(stack.enter_context(connect(7042)), SECRET)
        ids = [row["id"] for row in connections("a")]
        assert len(ids) == 100 and ids == sorted(set(ids))


def test_swaps():
    """the policy is replaced under traffic, and no connection notices"""
    swaps = int(os.environ.get("POLICY_SWAPS", "50"))
    over, failures, done = threading.Event(), [], [0]
    sets = [[OUT], [OUT, "x egress deny --ports 1"],
            ["other egress mutual --identity second --ports 7000-7999"]]
    inside = [[IN], ["y ingress deny --ports 1", IN],
              ["other ingress mutual --identity second --ports 7000-7999"]]
    policy(a=sets[0], b=inside[0])

    def traffic(lasting):
        try:
            while not over.is_set():
                with connect(7043) as sock:
                    talk(sock)
                    while lasting and not over.is_set():
                        talk(sock)
                        wire.keep_up()
                done[0] += 1
                wire.keep_up()
        except Exception:		# pylint: disable=broad-except
            failures.append(traceback.format_exc())

    with Server(7043):
        threads = [threading.Thread(target=traffic, args=(i < 2,), daemon=True)
                   for i in range(4)]
        for thread in threads:
            thread.start()
        try:
            while swaps > 0 or done[0] < 4 and not failures:
                policy(a=sets[swaps % 3], b=inside[(swaps + 1) % 3])
                swaps -= 1
        finally:
            over.set()
            for thread in threads:
                thread.join()
    assert not failures, "\n".join(failures)
    all_tls(7043)


if __name__ == "__main__":
    sys.exit(fixture.main(sys.modules[__name__]))
