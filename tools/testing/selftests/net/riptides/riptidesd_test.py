#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What riptidesd does and what it refuses.

Started by riptidesd.sh inside the lab, as root: it sets the clock.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import nl
import riptidesd_daemon_test
import riptidesd_est_test
import riptidesd_signer_test
from netlink_certs import Authority
from netlink_fixture import CLONE_NEWNET, CLONE_NEWUSER, child, tests_of, unshare
from riptidesd_fixture import (TD, TOOL, Bundle, Pair, config, identity, leaf_of, rule,
                               run, said, spiffe, tell, write)


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
    every = [test for module in (sys.modules[__name__], riptidesd_signer_test,
                                 riptidesd_est_test, riptidesd_daemon_test)
             for test in tests_of(vars(module))]
    tests = [test for test in every if not wanted or
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
