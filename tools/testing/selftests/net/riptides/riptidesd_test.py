#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What riptidesd does and what it refuses.

Started by riptidesd.sh inside the lab, as root: it sets the clock.
"""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time

import nl
from netlink_certs import Authority, key_number, openssl
from netlink_fixture import child, unshare, CLONE_NEWNET, CLONE_NEWUSER
from riptidesd_est_test import test_libest	# noqa: F401
from riptidesd_fixture import (Bundle, Daemon, Est, SPOKEN, TD, TOOL, Vault,
                               config, identity, leaf_of, leaf_text, rule, run,
                               said, spiffe, tell, write)

HOUR = 3600
TCP_ULP = 31


def jump(seconds):
    time.clock_settime(time.CLOCK_REALTIME, time.time() + seconds)


def test_usage():
    assert run("version").out.startswith("riptidesd ")
    assert tell("version")["version"]
    assert run("help").out.startswith("Usage: riptidesd ")
    assert run("apply", "--help").out.startswith("Usage: riptidesd apply [PATH]")
    assert run(status=2).err.startswith("Usage: ")
    hint = "; see 'riptidesd help'"
    for words, text in (
            (("shwo",), 'no command "shwo"; did you mean "show"?'),
            (("zzz",), 'no command "zzz"'),
            (("--jsno", "show"), 'no option "--jsno"'),
            (("show", "x"), "show takes no words"),
            (("identity", "lsit"),
             'identity has no command "lsit"; did you mean "list"?'),
            (("identity", "get"), "identity get takes other words"),
            (("rule", "del"), "rule del takes other words"),
            (("csr",), "csr takes the name of an identity"),
            (("run", "x"), "run takes no words; the configuration is given by "
             "--config"),
            (("explain", "up", "1.2.3.4", "80"), '"up" is neither egress nor '
             "ingress"),
            (("explain", "egress", "1.2.3", "80"), '"1.2.3" is not an IP address'),
            (("explain", "egress", "::1", "0"), '"0" is not a port'),
            (("explain", "egress", "::1", "1", "--pid", "x"),
             '"x" is not the ID of a process'),
            (("enable", "all"), '"all" is neither egress nor ingress'),
            (("--config",), "--config needs a value")):
        said(*words, status=2, err=f"riptidesd: {text}{hint}")


def test_check():
    write("conf/b.yaml", "rules:\n- {name: r, directoin: egress}\n")
    write("conf/a.yaml", "identities:\n  web: {spiffe-id: spiffe://x/web}\n")
    write("conf/c.txt", "nobody reads this: [")
    done = run("check", "conf", status=3)
    assert done.err == (
        'conf/b.yaml:2:13: a rule has no key "directoin"; did you mean '
        '"direction"?\n'
        'conf/b.yaml:2:3: a rule needs "direction"\n'
        'conf/a.yaml:2:3: "spiffe://x/web": no such trust domain in '
        "trust-domains\n"), done
    problems = tell("check", "conf", status=3)["problems"]
    assert problems[0] == {
        "file": "conf/b.yaml", "line": 2, "column": 13, "text":
        'a rule has no key "directoin"; did you mean "direction"?'}
    assert run("check", "-", stdin="a: [", status=3).err.startswith(
        "standard input:2:1: ")
    assert run("apply", "conf", status=3).out == ""
    assert run("check", "none", status=3).err == \
        "none: No such file or directory\n"
    os.mkdir("empty")
    assert run("check", "empty", status=3).err == \
        "empty: has no file that ends in .yaml\n"
    write("ok.yaml", config(rules=[rule("r")]))
    assert run("check", "ok.yaml").out == \
        "ok.yaml: 1 trust domains, 1 identities, 1 rules\n"
    assert tell("check", "ok.yaml") == {"problems": []}
    # To check changes nothing, neither here nor in the kernel
    assert not os.path.exists("ca") and not nl.identity_list()


EVERYTHING = [
    rule("in", "ingress", priority=5, mode="permissive", wait="1s",
         attest="accept", peers=[spiffe("a"), spiffe("b/"), f"spiffe://{TD}"],
         who=[{"path": ["/bin/a", "/bin/b"], "uid": [0, 33], "comm": "x"},
              {"cgroup": "/c", "gid": 7, "cmdline": "nginx: master"},
              {"verity": "ab" * 32}],
         addresses=["10.0.0.0/8", "2001:db8::/32", "::1"],
         ports=[80, "8000-8099"], alpn=["h2", "http/1.1"],
         allow_truncation=True),
    rule("out", mode="mutual", confirm=True, server_name="a.td.example",
         pq="off", max_session_age="36h", kill_on_revoke=True),
    {"name": "no", "direction": "egress", "mode": "deny",
     "addresses": "0.0.0.0/0", "ports": 25},
    {"name": "clear", "direction": "egress", "mode": "plaintext"},
]


def test_apply_and_show():
    issuer = nl.subject(Authority("old").der).hex()
    write("c.yaml", config(rules=EVERYTHING, dns=["web.td.example"], revoked=[
        "0102", {"serial": "03", "issuer": issuer}]))
    assert run("diff", "c.yaml", status=4).out
    assert tell("apply", "c.yaml")["signed"] == 1
    assert run("diff", "c.yaml").out == ""
    assert tell("diff", "c.yaml") == {"changes": []}
    before = nl.identity_list(), nl.bundle_list()
    for words in (("show",), ("--json", "show")):
        shown = run(*words).out
        write("shown.yaml", shown)
        assert run("diff", "shown.yaml").out == ""
        assert run("apply", "-", stdin=shown).err == ""
    assert (nl.identity_list(), nl.bundle_list()) == before
    # And it makes another namespace the same
    shown = run("--json", "show").out
    anchors = nl.anchor_list()[0]["certificate"]

    def elsewhere():
        unshare(CLONE_NEWNET)
        run("apply", "-", stdin=shown)
        again, first = json.loads(run("--json", "show").out), json.loads(shown)
        assert again == first, (again, first)
        assert nl.anchor_list()[0]["certificate"] == anchors
    child(elsewhere)
    rules = tell("rule")
    assert [one["name"] for one in rules] == ["in", "out", "no", "clear"]
    assert rules[0]["who"][1] == {"cmdline": ["nginx: master"], "gid": [7],
                                  "cgroup": ["/c"]}


def test_changes_are_the_difference():
    write("c.yaml", config(identities=["web", "old"],
                           rules=[rule("a"), rule("b"), rule("c")]))
    run("apply", "c.yaml")
    leaf = leaf_of("web")
    write("c.yaml", config(identities=["web", "new"],
                           rules=[rule("b", priority=9), rule("a"), rule("d")]))
    changes = tell("diff", "c.yaml", status=4)["changes"]
    assert [(one["change"], one["of"], one["name"]) for one in changes] == [
        ("add", "identity", "new"), ("remove", "identity", "old"),
        ("change", "rule", "b"), ("remove", "rule", "c"),
        ("add", "rule", "d")], changes
    run("apply", "c.yaml")
    assert [one["name"] for one in tell("rule")] == ["b", "a", "d"]
    assert [one["name"] for one in nl.identity_list()] == ["new", "web"] or \
        [one["name"] for one in nl.identity_list()] == ["web", "new"]
    assert leaf_of("web") == leaf
    write("c.yaml", config(identities=["web", "new"],
                           rules=[rule("a"), rule("b", priority=9), rule("d")]))
    assert run("diff", "c.yaml", status=4).out == "reorder rule\n"


def test_all_or_nothing():
    write("c.yaml", config(rules=[rule("a")]))
    run("apply", "c.yaml")
    before = run("show").out
    ca = Authority("ca")
    leaf = ca.issue(spiffe("x"))
    # The kernel refuses what is no CA, after the identities have come
    text = json.loads(config(identities=["web", "zoe"], rules=[rule("b")]))
    text["trust-domains"]["z.example"] = {"anchors": leaf.path}
    write("c.yaml", json.dumps(text))
    done = run("apply", "c.yaml", status=1)
    assert "riptidesd: trust domain z.example: " in done.err, done
    assert run("show").out == before


def test_identity_commands():
    ca = Authority("ca")
    nl.bundle_new(TD, ca.pem)
    run("identity", "add", "web", spiffe("web"), "a.test", "b.test")
    row = tell("identity")[0]
    assert (row["name"], row["spiffe-id"], row["dns"], row["state"]) == (
        "web", spiffe("web"), ["a.test", "b.test"], "needs-csr")
    csr = run("csr", "web").out
    assert tell("csr", "web")["csr"].startswith(
        "-----BEGIN CERTIFICATE REQUEST-----\n")
    run("identity", "cert", "web", ca.sign(csr).path)
    table = run("identity").out.splitlines()
    assert table[0].split() == ["NAME", "STATE", "EXPIRES", "IN", "SPIFFE", "ID",
                                "DNS"]
    assert table[1].split()[:2] == ["web", "valid"]
    assert tell("identity", "get", "web")["chain"][0].startswith("-----BEGIN")
    leaf = ca.issue(spiffe("web"))
    run("identity", "cert", "web", leaf.path, leaf.key)
    assert leaf_of("web") == leaf.chain[0]
    run("identity", "del", "web")
    said("identity", "del", "web",
         err="riptidesd: there is no identity of that name")
    said("identity", "get", "web",
         err="riptidesd: there is no identity of that name")
    said("identity", "add", "web", "http://x",
         err="riptidesd: an identity needs a SPIFFE ID with a path")
    said("identity", "cert", "web", "none.pem",
         err="riptidesd: none.pem: No such file or directory")


def test_bundle_commands():
    one, two = Authority("one"), Authority("two")
    run("bundle", "set", TD, one.pem)
    with Bundle(one, two) as server:
        write("jwks.json", server.answer("GET", "/", {}, b"")[1].decode())
    run("bundle", "set", TD, "jwks.json")
    assert sorted(row["certificate"][0] for row in nl.anchor_list()) == sorted(
        [one.der, two.der])
    assert run("bundle").out.splitlines()[1].split()[:3] == [TD, "2", "0"]
    assert len(tell("bundle", "get", TD)["anchors"]) == 2
    said("bundle", "get", "x", err="riptidesd: there is no bundle of that trust "
         "domain")
    write("not.json", '{"keys": [}')
    assert run("bundle", "set", TD, "not.json", status=1).err.startswith(
        "riptidesd: not.json:1:11: ")
    run("bundle", "del", TD)
    assert not nl.bundle_list()


def test_rule_commands():
    write("c.yaml", config(rules=[rule("a", addresses="10.0.0.0/8", ports=80),
                                  rule("b", "ingress", ports=8080)]))
    run("apply", "c.yaml")
    assert run("rule").out.splitlines()[1].split() == [
        "1000", "a", "egress", "mutual", "web", "0", "0", "10.0.0.0/8", "port",
        "80"]
    assert tell("rule", "get", "b")["ports"] == ["8080"]
    answer = tell("explain", "egress", "10.1.2.3", "80")
    assert (answer["rule"], answer["mode"]) == ("a", "mutual"), answer
    assert "rule" not in tell("explain", "egress", "11.1.2.3", "80")
    assert "rule: b\n" in run("explain", "ingress", "::1", "8080", "--pid",
                              str(os.getpid())).out
    run("rule", "del", "a")
    assert [one["name"] for one in tell("rule")] == ["b"]
    assert run("rule", "del", "a", status=1).err.startswith("riptidesd: ")


def test_switches():
    def switches():
        settings = tell("show")["settings"]
        return settings["egress"], settings["ingress"]
    assert switches() == (True, True)
    run("disable")
    assert switches() == (False, False)
    run("enable", "egress")
    assert switches() == (True, False)
    run("enable")
    write("c.yaml", "settings: {ingress: false, deadline: 3s}")
    run("apply", "c.yaml")
    assert switches() == (True, False)
    assert tell("show")["settings"]["deadline"] == "3s"


def test_ca():
    os.umask(0)
    write("c.yaml", config(dns=["web.td.example"]))
    run("apply", "c.yaml")
    assert stat.S_IMODE(os.stat("ca/root.key").st_mode) == 0o600
    assert stat.S_IMODE(os.stat("ca").st_mode) == 0o700
    text = leaf_text("web")
    for part in (f"URI:{spiffe('web')}, DNS:web.td.example", "CA:FALSE",
                 "Digital Signature", "TLS Web Server Authentication"):
        assert part in text, text
    row = identity("web")
    assert row["not-after"] - time.time() <= HOUR
    assert row["not-after"] - time.time() > HOUR - 120
    assert run("--config", "c.yaml", "ca", "show", TD).out.splitlines()[2].split(
        )[1] == "web"
    issued = tell("--config", "c.yaml", "ca", "show", TD)["issued"]
    assert [one["identity"] for one in issued] == ["web"]
    os.chmod("ca/root.key", 0o644)
    run("identity", "del", "web")
    done = run("apply", "c.yaml", status=1)
    assert "root.key: others may use it (mode 0644); make that 0600" in done.err
    os.chmod("ca/root.key", 0o600)
    run("apply", "c.yaml")
    said("--config", "c.yaml", "ca", "revoke", TD, "identity", "nobody",
         err='riptidesd: nothing of "nobody" is valid here and not revoked')
    said("--config", "c.yaml", "ca", "show", "other.example", err="riptidesd: "
         "c.yaml has no trust domain other.example with an embedded CA")


def test_import():
    ca = Authority("ca")
    first, second = ca.issue(spiffe("web")), ca.issue(spiffe("web"))

    def conf(leaf):
        text = json.loads(config(anchors=ca.pem, signer={
            "exec": {"command": ["/bin/false"]}}))
        text["identities"]["web"].update({"key-file": leaf.key,
                                          "chain-file": leaf.path})
        write("c.yaml", json.dumps(text))
    conf(first)
    run("apply", "c.yaml")
    assert leaf_of("web") == first.chain[0]
    assert run("diff", "c.yaml").out == ""
    conf(second)
    assert run("diff", "c.yaml", status=4).out.startswith(
        "new chain identity web\n")
    run("apply", "c.yaml")
    assert leaf_of("web") == second.chain[0]
    secret(key_number(first.key))
    secret(key_number(second.key))


def test_daemon():
    write("conf/a.yaml", config(rules=[rule("a")]))
    with Daemon("conf") as daemon:
        daemon.ready()
        assert identity("web")["state"] == "valid"
        other = run("run", "--config", "conf", status=1)
        assert "another riptidesd runs in this network namespace" in other.err
        # A file more, a file changed, one that is wrong, and none of them
        write("conf/b.yaml", json.dumps({"rules": [rule("b")]}))
        daemon.ready()
        assert [one["name"] for one in tell("rule")] == ["a", "b"]
        write("conf/b.yaml", json.dumps({"rules": [rule("c")]}))
        daemon.ready()
        write("conf/b.yaml", "rules: [{}]\n")
        daemon.wait(r'^conf/b.yaml:1:9: a rule needs "name"$')
        daemon.wait("what was in force stays so")
        assert [one["name"] for one in tell("rule")] == ["a", "c"]
        os.unlink("conf/b.yaml")
        daemon.ready()
        assert [one["name"] for one in tell("rule")] == ["a"]
        assert daemon.end() == 0
    # What is in force stays so without a daemon, too
    assert [one["name"] for one in tell("rule")] == ["a"]
    write("conf/a.yaml", "x: y")
    daemon = Daemon("conf")
    assert daemon.end(0) == 3


class Pair:
    """A connection over the ULP, which goes on whatever happens around it."""

    def __init__(self):
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"riptides")
        self.client = socket.socket()
        self.client.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"riptides")
        self.client.settimeout(30)
        self.client.connect(listener.getsockname())
        self.server = listener.accept()[0]
        self.server.settimeout(30)
        listener.close()
        self.turn()

    def turn(self):
        for one, two in ((self.client, self.server),
                         (self.server, self.client)):
            data = os.urandom(9000)
            one.sendall(data)
            got = b""
            while len(got) < len(data):
                got += two.recv(65536)
            assert got == data


def uncounted():
    """What the kernel has of identities and bundles, but for its counters."""
    return [{key: value for key, value in row.items()
             if key not in ("handshakes", "failures", "tx-bytes", "rx-bytes")}
            for row in nl.identity_list() + nl.bundle_list()]


def test_killed_under_traffic():
    write("conf/a.yaml", config(rules=[rule("a", ports=1)]))
    with Daemon("conf") as daemon:
        daemon.ready()
        before = uncounted(), run("show").out
        pair = Pair()
        assert daemon.end(signal.SIGKILL) == -signal.SIGKILL
        pair.turn()
    with Daemon("conf") as daemon:
        line = daemon.ready()
        assert "(0 changes, 0 certificates)" in line, line
        assert (uncounted(), run("show").out) == before
        pair.turn()


def test_connections():
    write("c.yaml", config())
    run("apply", "c.yaml")
    assert tell("connections") == []
    pair = Pair()
    client, server = tell("connections")
    if client["role"] == "server":
        client, server = server, client
    for one, role in ((client, "client"), (server, "server")):
        assert (one["state"], one["mode"], one["role"], one["tx-datapath"],
                one["rx-datapath"], one["version"]) == (
                    "open", "mutual", role, "ktls", "ktls", "TLS 1.3"), one
        assert one["own-id"] == one["peer-id"] == spiffe("web")
    assert client["local"] == server["peer"]
    assert client["tx-bytes"] > 9000
    rows = run("connections").out.splitlines()
    assert rows[0].startswith("ID ") and rows[1].split()[1:3] == [
        "open", "mutual"], rows
    run("connections", "kill", str(client["id"]))
    try:
        assert pair.server.recv(1) == b"", "data after the end"
    except ConnectionResetError:
        pass
    said("connections", "kill", "0", status=2, err='riptidesd: "0" is not the '
         "number of a connection; see 'riptidesd help'")
    assert run("connections", "kill", "999999", status=1).err


def test_programs_that_know_nothing():
    """An HTTP server and curl, over rules."""
    server = subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "8000"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    url = "http://127.0.0.1:8000/c.yaml"
    names = ["web", "client", "other"]

    def curl():
        return subprocess.run(["curl", "-sS", "--noproxy", "*", "--retry", "20",
                               "--retry-connrefused", "--retry-delay", "1", url],
                              capture_output=True, text=True, check=False)
    inward = rule("in", "ingress", ports=8000, peers=spiffe("client"))
    try:
        write("c.yaml", config(identities=names, rules=[inward, rule(
            "out", identity="client", ports=8000, peers=spiffe("web"))]))
        assert curl().stdout == open("c.yaml", encoding="ascii").read()
        run("apply", "c.yaml")
        done = curl()
        assert done.stdout == open("c.yaml", encoding="ascii").read(), done
        assert [(one["name"], one["handshakes"]) for one in tell("rule")] == [
            ("in", 1), ("out", 1)]
        # Somebody whom the server does not know
        write("c.yaml", config(identities=names, rules=[inward, rule(
            "out", identity="other", ports=8000, peers=spiffe("web"))]))
        run("apply", "c.yaml")
        done = subprocess.run(["curl", "-sS", "--noproxy", "*", url],
                              capture_output=True, text=True, check=False)
        assert done.returncode and not done.stdout, done
        run("disable")
        assert curl().stdout == open("c.yaml", encoding="ascii").read()
    finally:
        server.kill()
        server.wait()


def test_renewal():
    write("conf/a.yaml", config())
    with Daemon("conf") as daemon:
        daemon.ready()
        first = leaf_of("web")
        pair = Pair()
        jump(HOUR * 3 / 5)
        daemon.wait("the clock was set")
        assert leaf_of("web") == first
        jump(HOUR / 10)
        daemon.wait("identity web: new certificate")
        second = leaf_of("web")
        assert second != first
        pair.turn()
        # Killed when it would have been due: the next one makes up for it
        daemon.end(signal.SIGKILL)
    jump(HOUR * 3 / 4)
    with Daemon("conf") as daemon:
        daemon.ready()
        assert leaf_of("web") != second
        third = leaf_of("web")
        # A clock that goes back makes the leaf one of the future
        jump(-HOUR / 2)
        daemon.wait("identity web: new certificate")
        assert leaf_of("web") != third
        Pair().turn()


def test_emptied_kernel():
    write("conf/a.yaml", config(rules=[rule("a")]))
    with Daemon("conf") as daemon:
        daemon.ready()
        # Events tell of an identity that needs a chain
        run("identity", "del", "web")
        run("identity", "add", "web", spiffe("web"))
        daemon.wait("identity web: new certificate")
        run("rule", "del", "a")
        run("identity", "del", "web")
        run("bundle", "del", TD)
        daemon.hang_up()
        daemon.ready()
        assert identity("web")["state"] == "valid"
        assert [one["name"] for one in tell("rule")] == ["a"]


def test_lost_events():
    write("conf/a.yaml", config())
    with Daemon("conf") as daemon:
        daemon.ready()
        daemon.kick(signal.SIGSTOP)
        family = nl.Family()
        for _ in range(6000):
            family.call("identity-del", [("name", "web")])
            family.call("identity-new", [("name", "web"),
                                         ("spiffe-id", spiffe("web"))])
        daemon.kick(signal.SIGCONT)
        daemon.wait("events were lost; looking at everything")
        daemon.wait("identity web: new certificate")


def test_events():
    ca = Authority("ca")
    nl.bundle_new(TD, ca.pem)
    process = subprocess.Popen([TOOL, "--json", "events"],
                               stdout=subprocess.PIPE, text=True)
    # It is subscribed once the kernel has another socket in the group
    while True:
        run("identity", "add", "web", spiffe("web"))
        os.set_blocking(process.stdout.fileno(), False)
        time.sleep(0)
        line = process.stdout.readline()
        run("identity", "del", "web")
        if line:
            break
    event = json.loads(line)
    assert (event["event"], event["identity"], event["spiffe-id"]) == (
        "csr-needed", "web", spiffe("web"))
    process.terminate()
    assert process.wait(30) == 0


SIGNER = """#!/usr/bin/env python3
import os, subprocess, sys
csr = sys.stdin.read()
%s
"""


def test_wrong_signers():
    ca, other = Authority("ca"), Authority("other")
    below = Authority("below", ca=ca)
    leaf = ca.issue(spiffe("web"))
    command = [os.path.abspath("signer"), "word"]
    write("conf/a.yaml", config(anchors=ca.pem, signer={"exec": {
        "command": command, "timeout": "1m"}}))
    prefix = "riptidesd: identity web: no certificate: "
    path = os.path.abspath("signer")

    def sign(authority, extra="", san=spiffe("web")):
        return (f"open('r.csr', 'w').write(csr)\n"
                f"open('r.ext', 'w').write('keyUsage=critical,digitalSignature\\n"
                f"subjectAltName=URI:{san}{extra}\\n')\n"
                f"subprocess.run(['openssl', 'x509', '-req', '-in', 'r.csr', '-CA', "
                f"{authority.pem!r}, '-CAkey', {authority.key!r}, '-extfile', "
                f"'r.ext', '-set_serial', '77', '-days', '1'], check=True, "
                f"stderr=subprocess.DEVNULL)\n")
    for script, text in (
            ("", f"{path}: has no CERTIFICATE"),
            ("print('nonsense')", f"{path}: has no CERTIFICATE"),
            ("sys.exit(5)", f"{path}: ended with status 5"),
            (f"print(open({leaf.path!r}).read())",
             "the signer's leaf is for another key"),
            (f"print(open({ca.pem!r}).read())", "the signer's leaf is a CA"),
            (sign(other), "the signer's chain leads to no anchor of the trust "
             "domain: unable to get local issuer certificate"),
            (sign(below), "the signer's chain leads to no anchor of the trust "
             "domain: unable to get local issuer certificate"),
            (sign(ca, san=spiffe("root")), f"the signer's leaf is for "
             f'"{spiffe("root")}", not "{spiffe("web")}"'),
            (sign(ca, ",DNS:evil.example"), "the signer's leaf has the "
             'unconfigured DNS name "evil.example"')):
        write("signer", SIGNER % script, 0o755)
        done = run("apply", "conf", status=1)
        assert done.err.splitlines()[-1] == prefix + text, f"{done}\n{text}"
        assert "certificate" not in identity("web")
    write("signer", SIGNER % "import time\ntime.sleep(1000)", 0o755)
    write("c.yaml", config(anchors=ca.pem, signer={"exec": {
        "command": command, "timeout": "100ms"}}))
    assert run("apply", "c.yaml", status=1).err.endswith(
        f"{prefix}{path}: did not answer within 100 ms\n")
    write("signer", SIGNER % (sign(below) + "sys.stdout.flush()\n"
                              f"print(open({below.pem!r}).read())\n"
                              "assert sys.argv[1:] == ['word']\n"), 0o755)
    run("apply", "conf")
    assert len(identity("web")["certificate"]) == 2
    # A daemon tries again when the signer is mended
    run("identity", "del", "web")
    write("signer", SIGNER % "sys.exit(1)", 0o755)
    with Daemon("conf") as daemon:
        daemon.wait("no certificate: .* ended with status 1")
        daemon.ready()
        write("signer", SIGNER % sign(ca), 0o755)
        daemon.wait("identity web: new certificate")


def test_vault():
    ca = Authority("ca")
    token = "hvs.SECRET-TOKEN-OF-A-VAULT"
    write("token", token + "\n", 0o600)
    with Vault(ca, token) as vault:
        signer = {"vault": {"url": vault.url + "/v1/pki/sign/workload",
                            "token-file": "token", "ttl": "30m"}}
        write("conf/a.yaml", config(anchors=ca.pem, signer=signer,
                                    dns=["web.td.example"]))
        write("conf/token", token + "\n", 0o600)
        run("apply", "conf")
        assert len(identity("web")["certificate"]) == 1
        vault.chain_key = "issuing_ca"
        run("identity", "del", "web")
        run("apply", "conf")
        write("conf/token", "wrong")
        run("identity", "del", "web")
        done = run("apply", "conf", status=1)
        assert done.err.endswith('HTTP status 403: {"errors":["permission '
                                 'denied"]}\n'), done
    done = run("apply", "conf", status=1)
    assert "onnect" in done.err, done
    secret(token.encode())


def test_est():
    ca = Authority("ca")
    with Est(ca, "me:pass word") as est:
        write("conf/password", "pass word\n", 0o600)
        write("conf/a.yaml", config(anchors=ca.pem, signer={"est": {
            "url": est.url + "/.well-known/est", "user": "me",
            "password-file": "password"}}))
        run("apply", "conf")
        assert identity("web")["state"] == "valid"
        write("conf/password", "wrong", 0o600)
        run("identity", "del", "web")
        done = run("apply", "conf", status=1)
        assert done.err.endswith("HTTP status 401: who are you?\n"), done
    secret(b"pass word")


def test_federation():
    one, two = Authority("one"), Authority("two")
    text = json.loads(config(rules=[
        rule("a", ports=1, peers="spiffe://other.example")]))
    with Bundle(one) as server:
        text["trust-domains"]["other.example"] = {
            "bundle": {"url": server.url + "/bundle.json"}}
        write("conf/a.yaml", json.dumps(text))
        with Daemon("conf") as daemon:
            daemon.wait("trust domain other.example: new bundle")
            daemon.ready()

            def anchors():
                return [row["certificate"][0] for row in
                        nl.anchor_list("other.example")]
            assert anchors() == [one.der]
            # It was fetched again before the second; only its version is new.
            for _ in range(2):
                daemon.hang_up()
                daemon.ready()
            server.authorities = (two,)
            daemon.hang_up()
            daemon.wait("trust domain other.example: new bundle")
            daemon.ready()
            assert anchors() == [two.der]
            assert len([line for line in daemon.log
                        if "new bundle" in line]) == 2, daemon.log
        run("bundle", "del", "other.example")
        run("apply", "conf")
        assert anchors() == [two.der]


def test_revocation_and_rotation():
    write("conf/a.yaml", config())
    with Daemon("conf") as daemon:
        daemon.ready()
        first = leaf_of("web")
        serial = tell("identity")[0]["serial"]
        run("--config", "conf", "ca", "revoke", TD, "identity", "web")
        line = daemon.ready()
        assert "1 certificates" in line, line
        revoked = nl.revocation_list()[0]["revocation"][0]["serial"][0]
        assert revoked.hex() == serial
        assert leaf_of("web") != first
        # A new root: both are trusted, and leaves move when they are due
        before = leaf_of("web")
        run("--config", "conf", "ca", "rotate", TD)
        daemon.ready()
        assert len(nl.anchor_list(TD)) == 2 and leaf_of("web") == before
        run("--config", "conf", "ca", "retire", TD)
        line = daemon.ready()
        assert "1 certificates" in line, line
        assert len(nl.anchor_list(TD)) == 1 and leaf_of("web") != before


def test_unprivileged():
    write("c.yaml", config())
    run("apply", "c.yaml")

    def nobody():
        unshare(CLONE_NEWUSER)
        for words in (("show",), ("identity",), ("bundle",), ("rule",),
                      ("csr", "web"), ("identity", "del", "web"), ("disable",),
                      ("explain", "egress", "::1", "1"), ("events",)):
            done = run(*words, status=1)
            assert "Operation not permitted" in done.err or \
                "Permission denied" in done.err, done
    child(nobody)
    assert identity("web")["state"] == "valid"


def test_many():
    # a sanitizer makes each take longer
    count = 300 if "asan" in TOOL else 1000
    names = [f"service-{number}" for number in range(count)]
    write("c.yaml", config(identities=names, rules=[
        rule(name, identity=name, ports=[1000 + number])
        for number, name in enumerate(names)]))
    with Daemon("c.yaml") as daemon:
        line = daemon.ready()
        assert f"{count} identities, {count} rules" in line, line
        assert all(row["state"] == "valid" for row in nl.identity_list())
        # All of them are due at once
        jump(HOUR * 2 / 3 + 60)
        for _ in range(count):
            daemon.wait("new certificate")
    jump(-HOUR * 2 / 3 - 60)


def secret(data):
    """Nothing that the tool has said has it, in any form."""
    text = "\n".join(SPOKEN)
    for form in (data.hex(), data.decode("latin1"),
                 __import__("base64").b64encode(data)[4:-4].decode()):
        assert form not in text and form.upper() not in text


def memory(pid):
    """All that a process can write to."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, \
            open(f"/proc/{pid}/mem", "rb") as file:
        for line in maps:
            words = line.split()
            if not words[1].startswith("rw"):
                continue
            first, last = (int(word, 16) for word in words[0].split("-"))
            file.seek(first)
            try:
                yield file.read(last - first)
            except OSError:		# [vvar] and its like
                pass


def test_no_secret_stays_in_memory():
    if "asan" in os.path.basename(TOOL):
        return			# what is freed, it keeps
    ca = Authority("ca")
    leaf = ca.issue(spiffe("in"))
    text = json.loads(config(identities=["web", "in"]))
    text["identities"]["in"].update({"key-file": leaf.key,
                                     "chain-file": leaf.path})
    write("conf/a.yaml", json.dumps(text))
    with Daemon("conf") as daemon:
        daemon.ready()
        spans = list(memory(daemon.process.pid))
        assert any(spiffe("web").encode() in span for span in spans)
        for number in (key_number("ca/root.key"), key_number(leaf.key)):
            for form in (number, number[::-1], number[:16], number[::-1][:16]):
                assert not any(form in span for span in spans), "a key stays"


def test_no_secret_is_told():
    write("conf/a.yaml", config(rules=[rule("a")]))
    with Daemon("conf") as daemon:
        daemon.ready()
        for words in (("show",), ("identity",), ("bundle",), ("rule",),
                      ("csr", "web"), ("identity", "get", "web"),
                      ("--config", "conf", "ca", "show", TD)):
            run(*words)
            if words[0] != "--config":
                tell(*words)
        jump(HOUR * 2 / 3 + 10)
        daemon.wait("new certificate")
    secret(key_number("ca/root.key"))
    text = "".join(SPOKEN)
    assert "PRIVATE KEY" not in text
    der = openssl("pkey", "-in", "ca/root.key", "-outform", "DER", binary=True)
    secret(der[36:68])


TESTS = [value for name, value in sorted(
    globals().items(), key=lambda item: getattr(
        getattr(item[1], "__code__", None), "co_firstlineno", 0))
    if name.startswith("test_")]


def one(test):
    """In a namespace, a directory and a log of its own."""
    unshare(CLONE_NEWNET)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        test()


def main():
    with open("/proc/cmdline", encoding="ascii") as file:
        if "lab.run=" not in file.read() or os.geteuid():
            print("# runs as root in the lab only")
            return 4
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=False)
    wanted = sys.argv[2:]
    tests = [test for test in TESTS if not wanted or
             test.__name__.removeprefix("test_") in wanted]
    failed = 0
    print(f"TAP version 13\n1..{len(tests)}", flush=True)
    for number, test in enumerate(tests, 1):
        name = test.__name__.removeprefix("test_")
        begin = time.monotonic()
        try:
            child(one, test)
        except AssertionError as error:
            failed = 1
            for line in str(error).splitlines():
                print(f"# {line}")
            print(f"not ok {number} {name}", flush=True)
        else:
            print(f"ok {number} {name}", flush=True)
        print(f"# {name} took {time.monotonic() - begin:.1f} s", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
