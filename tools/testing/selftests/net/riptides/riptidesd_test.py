#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What riptidesd does and what it refuses.

Started by riptidesd.sh inside the lab, as root: it sets the clock.
"""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import nl
import riptidesd_daemon_test
import riptidesd_est_test
import riptidesd_hostile_test
import riptidesd_signer_test
from netlink_certs import Authority, openssl
from netlink_fixture import CLONE_NEWNET, CLONE_NEWUSER, child, tests_of, unshare
from riptidesd_fixture import (DEADLINE, PATIENCE, TD, TOOL, Bundle, Pair, config, leaf_of,
                               listening, missed, rule, run, said, spiffe, tell, write)


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
            (("apply", "a", "b"), "one PATH is enough"),
            (("check", "a", "b"), "one PATH is enough"),
            (("explain", "egress"), "explain takes egress|ingress ADDRESS PORT"),
            (("events", "x"), "events takes no words"),
            (("disable", "egress", "ingress"), "one of egress and ingress, or "
             "none for both"),
            (("identity", "add", "x"), "identity add takes NAME SPIFFE-ID "
             "[DNS]..."),
            (("identity", "cert", "x"), "identity cert takes NAME CHAIN.pem "
             "[KEY.pem]"),
            (("bundle", "set", "x"), "bundle set takes TRUST-DOMAIN FILE..."),
            (("ca", "revoke", "x"), "ca revoke takes TRUST-DOMAIN and SERIAL or "
             "identity NAME"),
            (("connections", "kill"), "connections kill takes other words"),
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
    text = json.loads(config(rules=EVERYTHING, dns=["web.td.example"], revoked=[
        "0102", {"serial": "03", "issuer": issuer}]))
    text["settings"] = {"resumption": "any", "ticket-lifetime": "2h"}
    write("c.yaml", json.dumps(text))
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
    told = tell("show")["settings"]
    assert (told["resumption"], told["ticket-lifetime"]) == ("any", "2h"), told
    rules = tell("rule")
    assert [one["name"] for one in rules] == ["in", "out", "no", "clear"]
    assert (rules[1]["pq"], rules[1]["max-session-age"],
            rules[1]["kill-on-revoke"]) == ("off", "36h", True), rules[1]
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
    assert answer["identity"] == "web" and "pq" not in answer, answer
    assert "rule" not in tell("explain", "egress", "11.1.2.3", "80")
    assert "rule: b\n" in run("explain", "ingress", "::1", "8080", "--pid",
                              str(os.getpid())).out
    # And what it asks of sessions
    write("c.yaml", config(rules=[
        rule("a", addresses="10.0.0.0/8", ports=80, pq="require",
             max_session_age="8h", kill_on_revoke=True, peers=spiffe("db")),
        rule("b", "ingress", ports=8080)]))
    run("apply", "c.yaml")
    answer = tell("explain", "egress", "10.1.2.3", "80")
    assert (answer["pq"], answer["max-session-age"], answer["kill-on-revoke"],
            answer["peers"]) == ("require", "8h", True, [spiffe("db")]), answer
    words = run("explain", "egress", "10.1.2.3", "80").out.splitlines()
    assert {"identity: web", "pq: require", "max-session-age: \"8h\"",
            "kill-on-revoke: true"} <= set(words), words
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


def test_settings():
    assert tell("settings") == {
        "deadline": "10s", "max-handshakes": 4096,
        "max-listener-handshakes": 1024, "egress": True, "ingress": True,
        "resumption": "deferred", "ticket-lifetime": "1h"}
    for key, value in (("resumption", "none"), ("ticket-lifetime", "10m"),
                       ("max-handshakes", "7"), ("ingress", "false")):
        run("settings", "set", key, value)
    assert nl.settings_get() == {
        "deadline-ms": 10000, "max-handshakes": 7,
        "max-listener-handshakes": 1024, "egress": 1, "ingress": 0,
        "resumption": 0, "ticket-lifetime": 600}
    lines = run("settings", "list").out.splitlines()
    assert "resumption: none" in lines and "ingress: false" in lines, lines
    # What is not given stays; what differs is told
    write("c.yaml", "settings: {ticket-lifetime: 10m}")
    assert run("diff", "c.yaml").out == ""
    write("c.yaml", "settings: {resumption: any}")
    assert run("diff", "c.yaml", status=4).out == "change settings\n"
    run("apply", "c.yaml")
    told = tell("settings")
    assert (told["resumption"], told["ticket-lifetime"]) == ("any", "10m"), told
    write("c.yaml", "settings:\n  resumption: perhaps\n  ticket-lifetime: 1w\n")
    assert run("check", "c.yaml", status=3).err == (
        "c.yaml:2:15: resumption is none, deferred or any\n"
        "c.yaml:3:20: ticket-lifetime is a number and a unit: ms, s, m, h or d, "
        "as in 90s\n")
    hint = "; see 'riptidesd help'"
    for words, text in (
            (("set", "resumption", "nay"), 'no resumption "nay"; did you mean '
             '"any"?'),
            (("set", "ticket-lifetme", "1h"), 'settings has no key '
             '"ticket-lifetme"; did you mean "ticket-lifetime"?'),
            (("set", "ticket-lifetime", "8d"), "ticket-lifetime is at most 7d, "
             "in whole seconds"),
            (("set", "resumption"), "settings set takes other words")):
        said("settings", *words, status=2, err=f"riptidesd: {text}{hint}")


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
    # Each end vouched for the other
    bundle, = tell("bundle")
    assert (bundle["handshakes"], bundle["failures"]) == (2, 0), bundle
    assert run("bundle").out.splitlines()[1].split()[-2:] == ["2", "0"]
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
    said("connections", "kill", "999999",
         err="riptidesd: there is no such connection (any more)")


def test_resumed():
    write("c.yaml", config())
    run("apply", "c.yaml")
    with listening() as listener:
        first = Pair(listener)
        assert not any("resumed" in row for row in tell("connections"))
        second = Pair(listener)
        rows = [row for row in tell("connections") if row.get("resumed")]
        assert [row["role"] for row in rows] in (
            ["client", "server"], ["server", "client"]), tell("connections")
        for pair in first, second:
            pair.turn()


def test_programs_that_know_nothing():
    """An HTTP server and curl, over rules."""
    nl.settings_set(deadline_ms=DEADLINE)
    server = subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "8000"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    url = "http://127.0.0.1:8000/c.yaml"
    names = ["web", "client", "other"]

    def curl():
        return subprocess.run(["curl", "-sS", "--noproxy", "*", "--retry", "300",
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


@contextlib.contextmanager
def hearing(*words):
    """riptidesd events, which listens by now: the first lines are of a probe."""
    process = subprocess.Popen([TOOL, *words, "events"], stdout=subprocess.PIPE,
                               text=True)
    timer = threading.Timer(PATIENCE, process.kill)
    timer.start()
    os.set_blocking(process.stdout.fileno(), False)
    line = ""
    while not line:
        assert process.poll() is None, "it hears nothing"
        run("identity", "add", "probe", spiffe("probe"))
        time.sleep(0)
        line = process.stdout.readline()
        run("identity", "del", "probe")
    os.set_blocking(process.stdout.fileno(), True)
    try:
        yield line, process.stdout
    finally:
        process.terminate()
        ended = process.wait(PATIENCE)
        timer.cancel()
    assert ended == 0, ended


def test_events():
    with hearing("--json") as (line, _):
        event = json.loads(line)
        assert (event["event"], event["identity"], event["spiffe-id"]) == (
            "csr-needed", "probe", spiffe("probe"))
    with hearing() as (line, _):
        assert "csr-needed identity probe" in line, line


def test_events_lost():
    """Who reads too slowly is told so, and goes on."""
    process = subprocess.Popen([TOOL, "--json", "events"], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    timer = threading.Timer(PATIENCE, process.kill)
    timer.start()
    family = nl.Family()

    def probe(name):
        family.call("identity-new", [("name", name), ("spiffe-id", spiffe(name))])
        family.call("identity-del", [("name", name)])
    try:
        os.set_blocking(process.stdout.fileno(), False)
        while not process.stdout.readline():
            assert process.poll() is None, "it hears nothing"
            probe("first")
            time.sleep(0)
        os.set_blocking(process.stdout.fileno(), True)
        process.send_signal(signal.SIGSTOP)
        while not missed():
            probe("many")
        process.send_signal(signal.SIGCONT)
        reader = threading.Thread(target=process.stdout.read, daemon=True)
        reader.start()
        assert process.stderr.readline() == \
            "riptidesd: events were lost: they came faster than they were read\n"
        process.terminate()
        assert process.wait(PATIENCE) == 0
        reader.join()
    finally:
        process.kill()
        process.wait()
        timer.cancel()


def test_session_ended():
    """Who is revoked is cut off, and that is told, to programs and to people."""
    nl.settings_set(deadline_ms=DEADLINE)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    write("c.yaml", config(identities=["web", "client"], rules=[
        rule("in", "ingress", ports=port, kill_on_revoke=True),
        rule("out", identity="client", ports=port)]))
    run("apply", "c.yaml")
    with hearing("--json") as (_, events), hearing() as (_, lines), \
            listener, \
            socket.create_connection(("127.0.0.1", port), PATIENCE) as one:
        two, _ = listener.accept()
        with two:
            one.sendall(b"question")
            assert two.recv(8, socket.MSG_WAITALL) == b"question"
            run("--config", "c.yaml", "ca", "revoke", TD, "identity", "client")
            run("apply", "c.yaml")
            try:
                assert not two.recv(1), "data after the end"
                raise AssertionError("end of file, not a reset")
            except ConnectionResetError:
                pass
        event = next(event for event in map(json.loads, events)
                     if event["event"] == "session-ended")
        assert (event["rule"], event["error"], event["peer-id"]) == (
            "in", "EKEYREVOKED", spiffe("client")), event
        line = next(line for line in lines if "session-ended" in line)
        for part in "rule in", f"id {spiffe('client')}", "error EKEYREVOKED":
            assert part in line, line


SOURCE = os.path.join(os.path.dirname(os.path.realpath(__file__)),
                      *[".."] * 5, "tools/riptidesd")


def source(name):
    with open(os.path.join(SOURCE, name), encoding="utf-8") as file:
        return file.read()


def completed(*words):
    """What bash would offer for the last one."""
    script = (f". {SOURCE}/riptidesd.bash; PATH={os.path.abspath('bin')}:$PATH; "
              'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _riptidesd; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script, "bash", "riptidesd", *words],
                          capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_completion():
    write("c.yaml", config(rules=[rule("a"), rule("b")], identities=["web", "db"]))
    run("apply", "c.yaml")
    os.mkdir("bin")
    os.symlink(TOOL, "bin/riptidesd")
    listed = [line.split()[0] for line in run("help").out.split("\n\n")[1].split("\n")]
    assert len(listed) > 15 and sorted(completed("")) == sorted(listed)
    assert completed("con") == ["connections"]
    assert completed("identity", "del", "") == ["db", "web"]
    assert completed("--json", "rule", "get", "") == ["a", "b"]
    assert completed("bundle", "get", "t") == [TD]
    assert completed("--c") == ["--config"]
    keys = re.findall(r'^\t\{ "([a-z-]+)", set_', source("conf_settings.c"), re.M)
    assert len(keys) == 7 and sorted(completed("settings", "set", "")) == sorted(keys)


def test_manual():
    """It has all commands, keys and events."""
    commands, config_keys = source("riptidesd.8"), source("riptides.conf.5")
    for line in run("help").out.split("\n\n")[1].split("\n"):
        assert re.search(rf"^\.It Cm {line.split()[0]}\b", commands, re.M), line
    for event in nl.EVENTS:
        assert f".It Cm {event}\n" in commands, event
    for name in ("conf", "conf_domain", "conf_rule", "conf_settings", "conf_value"):
        keys = re.findall(r'^\t\{ "([a-z-]+)", set_', source(name + ".c"), re.M)
        assert keys
        for key in keys:
            assert re.search(rf"\b{key}\b", config_keys), key


def test_unprivileged():
    write("c.yaml", config(rules=[rule("a")]))
    run("apply", "c.yaml")
    write("chain.pem", openssl("x509", "-inform", "DER", stdin=leaf_of("web"),
                               binary=True).decode())
    before = run("show").out

    def nobody():
        unshare(CLONE_NEWUSER)
        for words in (("show",), ("identity",), ("bundle",), ("rule",),
                      ("csr", "web"), ("identity", "del", "web"), ("disable",),
                      ("explain", "egress", "::1", "1"), ("events",),
                      ("apply", "c.yaml"), ("diff", "c.yaml"), ("enable",),
                      ("identity", "get", "web"), ("bundle", "get", TD),
                      ("identity", "add", "new", spiffe("new")),
                      ("identity", "cert", "web", "chain.pem"),
                      ("bundle", "set", TD, "ca/root.pem"),
                      ("bundle", "del", TD), ("rule", "get", "a"),
                      ("rule", "del", "a"), ("connections",), ("settings",),
                      ("settings", "set", "egress", "false"),
                      ("connections", "kill", "1"), ("run", "--config", "c.yaml")):
            done = run(*words, status=1)
            assert "Operation not permitted" in done.err or \
                "Permission denied" in done.err, done
    child(nobody)
    assert run("show").out == before


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
                                 riptidesd_est_test, riptidesd_hostile_test,
                                 riptidesd_daemon_test)
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
