# SPDX-License-Identifier: GPL-2.0-only
"""riptidesd and those who want to harm it: signers, bundles, files of others.

Run by riptidesd_test.py.
"""

import base64
import contextlib
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import time

import nl
from netlink_certs import Authority, at
from netlink_fixture import unshare
from riptidesd_fixture import (PATIENCE, TD, TOOL, Bundle, Daemon, config, identity, jump,
                               rule, run, spiffe, tell, write)

CLONE_NEWNS = 0x20000


def jwks(*certificates):
    return json.dumps({"keys": [
        {"kty": "EC", "use": "x509-svid", "x5c": [base64.b64encode(one).decode()]}
        for one in certificates]})


def anchors(trust_domain):
    return sorted(row["certificate"][0] for row in nl.anchor_list(trust_domain))


def even(name):
    """A CA whose certificate has a multiple of four bytes."""
    while True:
        ca = Authority(name)
        if not len(ca.der) % 4:
            return ca
        name += "x"


def test_smuggled_attributes():
    """What is longer than 16 bits can say is no short attribute and more of them."""
    good, evil = Authority("good"), even("evil")
    text = json.loads(config())
    text["trust-domains"]["other.example"] = {"anchors": "other.json"}
    write("c.yaml", json.dumps(text))
    write("other.json", jwks(good.der))
    run("apply", "c.yaml")
    before = anchors(TD)
    attribute = nl.encode(nl.BUNDLE, [("trust-domain", TD)])
    assert not 65536 % len(attribute)
    write("other.json", jwks(evil.der + attribute * (65536 // len(attribute))))
    done = run("apply", "c.yaml", status=1)
    assert anchors(TD) == before, "another trust domain's anchors are ours now"
    assert anchors("other.example") == [good.der]
    assert done.err.endswith(
        "riptidesd: trust domain other.example: certificate 1 has "
        f"{len(evil.der) + 65536} bytes; at most 8192 are taken\n"), done


def test_large_selectors():
    """A rule is refused, not taken without what is too large of it."""
    write("c.yaml", config(rules=[rule("a", who={
        "path": [f"/opt/{number:060}" for number in range(1000)]})]))
    done = run("--json", "apply", "c.yaml", status=1)
    assert done.err.endswith("\nriptidesd: rule a: selector 1 is too large\n"), done
    assert not tell("rule")


def signer_of(authority, extensions, more=""):
    """A program that signs whatever it is asked, with extensions of its choice."""
    write("signer.ext", extensions)
    return write("signer", f"""#!/bin/sh
{more}
exec openssl x509 -req -CA {authority.pem} -CAkey {authority.key} -extfile \
    {os.path.abspath("signer.ext")} -set_serial 77 -days 1 2> /dev/null
""", 0o755)


LEAF = f"keyUsage=critical,digitalSignature\nsubjectAltName=URI:{spiffe('web')}\n"


def test_large_leaf():
    """It is refused, and the daemon lives."""
    ca = Authority("ca")
    path = signer_of(ca, LEAF + "1.2.3.4=DER:0481" + "00" * 70000 + "\n")
    write("conf/a.yaml", config(anchors=ca.pem, rules=[rule("a")], signer={
        "exec": {"command": [os.path.abspath(path)]}}))
    with Daemon("conf") as daemon:
        daemon.wait(r"identity web: no certificate: certificate 1 has 7\d{4} bytes; "
                    "at most 8192 are taken")
        daemon.ready()
        assert [one["name"] for one in tell("rule")] == ["a"]
        signer_of(ca, LEAF)
        # It is time, or the change is noticed, whichever comes first
        daemon.wait(r"identity web: new certificate|, 1 certificates\)$")
    assert identity("web")["state"] == "valid"


def federated(server, refresh="1d", **more):
    """A configuration that trusts what a server has."""
    text = json.loads(config(rules=[rule("a", ports=1)]))
    text["trust-domains"]["other.example"] = {
        "bundle": {"url": server.url, "refresh": refresh, **more}}
    return text


def renamed(text, name):
    text["rules"][0]["name"] = name
    write("conf/a.yaml", json.dumps(text))


def test_restless_bundle():
    """An end point that always has something else is asked no more often."""
    class Restless(Bundle):
        def answer(self, method, path, headers, body):
            self.authorities = ring[self.asked % len(ring):][:1]
            return super().answer(method, path, headers, body)

    ring = [Authority(f"ca{number}") for number in range(3)]
    with Restless() as server:
        text = federated(server)
        renamed(text, "a")
        with Daemon("conf") as daemon:
            daemon.wait("trust domain other.example: new bundle")
            daemon.ready()
            for name in "b", "c", "d":
                renamed(text, name)
                daemon.ready()
            assert server.asked == 1, server.asked


def test_poisoned_bundle():
    """What others publish keeps us from nothing."""
    good, more = Authority("good"), Authority("more")
    weak = Authority("weak", key="rsa:1024")
    leaf = good.issue(spiffe("x"))
    many = type("", (), {"der": leaf.chain[0]})()
    with Bundle(good) as server:
        text = federated(server)
        renamed(text, "a")
        with Daemon("conf") as daemon:
            daemon.wait("new bundle")
            daemon.ready()
            for number, (certificates, line) in enumerate((
                    ((good,) * 65, "65 certificates; at most 64 are taken"),
                    ((good, many), "certificate 2 is not of a CA"),
                    # This, only the kernel sees
                    ((good, weak), "what .* has is not used"),
                    ((good, weak), "still has what the kernel refused"))):
                server.authorities = certificates
                daemon.hang_up()
                daemon.wait(line)
                daemon.ready()
                renamed(text, f"b{number}")
                daemon.ready()
                assert tell("rule")[0]["name"] == f"b{number}"
                assert anchors("other.example") == [good.der]
            server.authorities = good, more
            daemon.hang_up()
            daemon.wait("new bundle")
            daemon.ready()
            assert anchors("other.example") == sorted([good.der, more.der])


def test_too_many_with_ours():
    """Ours are used without theirs."""
    ours = [Authority(f"ca{number}").pem for number in range(4)]
    with Bundle(*[Authority("their")] * 61) as server:
        text = federated(server)
        text["trust-domains"]["other.example"]["anchors"] = ours
        renamed(text, "a")
        with Daemon("conf") as daemon:
            daemon.wait("its anchors are used without the 61 of http")
            daemon.ready()
            assert len(anchors("other.example")) == 4


def test_clock_goes_back():
    """What was put off, or due at some time, does not wait until then again."""
    os.mkdir("certs")
    os.chdir("certs")		# a place that is watched
    with at(-3600 * 72):
        ca, one, two = Authority("ca"), Authority("one"), Authority("two")
    os.chdir("..")
    write("signer", "#!/bin/sh\nexit 7\n", 0o755)
    with Bundle(one) as server:
        text = federated(server)
        text["trust-domains"][TD] = {"anchors": ca.pem, "signer": {
            "exec": {"command": [os.path.abspath("signer")]}}}
        renamed(text, "a")
        with Daemon("conf") as daemon:
            daemon.wait("new bundle")
            daemon.wait("next try in 2 s")
            server.authorities = (two,)
            signer_of(ca, LEAF)
            jump(-3600 * 48)
            try:
                daemon.wait("trust domain other.example: new bundle")
                daemon.wait("identity web: new certificate|, 1 certificates")
            finally:
                jump(3600 * 48)


def test_signer_of_yesterday():
    """Certificates that are due when they come are not asked for all the time."""
    os.mkdir("certs")
    os.chdir("certs")		# a place that is watched
    ca = Authority("ca")
    os.chdir("..")
    text = """[ca]
default_ca = here
[here]
dir = .
database = %(here)s/index
new_certs_dir = %(here)s
certificate = %(cert)s
private_key = %(key)s
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
x509_extensions = leaf
[any]
commonName = optional
[leaf]
""" % {"here": os.getcwd(), "cert": ca.pem, "key": ca.key} + LEAF
    write("ca.cnf", text)
    write("index", "")
    last = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 86400))
    write("signer", f"""#!/bin/sh
exec openssl ca -batch -notext -config {os.path.abspath("ca.cnf")} -in /dev/stdin \\
    -startdate 20200101000000Z -enddate {last} 2> {os.path.abspath("log")}
""", 0o755)
    write("conf/a.yaml", config(anchors=ca.pem, signer={
        "exec": {"command": [os.path.abspath("signer")]}}))
    with Daemon("conf") as daemon:
        daemon.ready()
        daemon.wait("certificate is due already; next try in 1 s")
        daemon.wait("certificate is due already; next try in 2 s")
    assert len(identity("web")["certificate"]) == 1


def sleeps(process):
    """The daemon's timer is set for some time to come."""
    for number in os.listdir(f"/proc/{process.pid}/fdinfo"):
        with open(f"/proc/{process.pid}/fdinfo/{number}", encoding="ascii") as file:
            found = re.search(r"^it_value: \((\d+), (\d+)\)$", file.read(), re.M)
        if found:
            return found.groups() != ("0", "0")
    raise AssertionError("there is no timer")


def test_imported_and_old():
    """A certificate that is not ours to renew is left alone when it gets old."""
    ca = Authority("ca")
    leaf = ca.issue(spiffe("in"), days=5)
    text = json.loads(config(identities=["web", "in"], anchors=ca.pem))
    text["identities"]["in"].update({"key-file": leaf.key, "chain-file": leaf.path})
    write("conf/a.yaml", json.dumps(text))
    family = nl.Family()
    family.subscribe("events")
    with Daemon("conf") as daemon:
        daemon.ready()
        first, last = leaf.validity()
        away = first + (last - first) * 0.9 - time.time() - 3
        jump(away)
        try:
            for _ in range(2):
                daemon.wait("the clock was set|identity web: new certificate")
            while True:
                name, values = family.event()
                if (name, values.get("name")) == ("identity-expiring", "in"):
                    break
            # One more event, so that this one has been taken, too
            run("identity", "del", "web")
            run("identity", "add", "web", spiffe("web"))
            daemon.wait("identity web: new certificate")
            # Each minute it looks at everything, and would be right again
            end = time.monotonic() + PATIENCE / 2
            while not sleeps(daemon.process):
                assert time.monotonic() < end, "it never sleeps"
        finally:
            jump(-away)


def test_only_that_ca():
    """Who is to vouch for a server does, and no other CA that the system trusts."""
    ours, systems, other = (Authority(name) for name in ("ours", "systems", "other"))
    unshare(CLONE_NEWNS)
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/etc/ssl/certs"], check=True)
    for ca, name in (systems, "systems.pem"), (other, "ca-certificates.crt"):
        shutil.copy(ca.pem, f"/etc/ssl/certs/{name}")
    subprocess.run(["openssl", "rehash", "/etc/ssl/certs"], check=True)
    with Bundle(ours) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        host = systems.issue(None, san="IP:127.0.0.1")
        context.load_cert_chain(host.path, host.key)
        server.server.socket = context.wrap_socket(server.server.socket, server_side=True)
        server.url = server.url.replace("http:", "https:")
        text = federated(server)
        write("c.yaml", json.dumps(text))
        run("diff", "c.yaml", status=4)
        assert server.asked == 1
        text = federated(server, **{"ca-file": ours.pem})
        write("c.yaml", json.dumps(text))
        done = run("diff", "c.yaml", status=1)
        assert server.asked == 1, "somebody else vouched for it"
        assert "SSL certificate problem" in done.err, done


def test_terminal():
    """What others call themselves does nothing to who reads of it."""
    assert run("check", "-", stdin='"\\e[2J\\nx\\u009b": 1', status=3).err == \
        'standard input:1:1: the configuration has no key "\\u001b[2J\\nx\\u009b"\n'
    ca = Authority("ca")
    path = signer_of(ca, "keyUsage=critical,digitalSignature\n"
                     f"subjectAltName=URI:{spiffe('web')}\x1b[2J\n")
    write("c.yaml", config(anchors=ca.pem, signer={
        "exec": {"command": [os.path.abspath(path)]}}))
    done = run("apply", "c.yaml", status=1)
    assert f"the signer's leaf is for \"{spiffe('web')}\\u001b[2J\"" in done.err, done
    assert "\x1b" not in done.err, done


def test_closed_files():
    """What is opened first is no standard output; and what is lost is told."""
    write("conf/a.yaml", config())
    subprocess.run(["sh", "-c", '"$1" run --config conf <&- >&- 2>&- &',
                    "sh", TOOL], check=True)
    end = time.monotonic() + PATIENCE
    while not any(row.get("certificate") for row in nl.identity_list()):
        assert time.monotonic() < end
        time.sleep(0.05)
    locks = [f"/run/riptidesd/{name}" for name in os.listdir("/run/riptidesd")
             if name == f"netns-{os.stat('/proc/self/ns/net').st_ino}.lock"]
    assert len(locks) == 1 and os.path.getsize(locks[0]) == 0
    holder, = [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and
               locks[0] in links(pid)]
    os.kill(holder, 15)
    with open("/dev/full", "w", encoding="ascii") as full:
        for words in (("version",), ("identity",), ("csr", "web"), ("--json", "show")):
            done = subprocess.run([TOOL, *words], stdout=full, stderr=subprocess.PIPE,
                                  text=True, check=False)
            assert (done.returncode, done.stderr) == (
                1, "riptidesd: standard output: No space left on device\n"), done


def links(pid):
    """What a process has open."""
    found = []
    with contextlib.suppress(OSError):
        for number in os.listdir(f"/proc/{pid}/fd"):
            found.append(os.readlink(f"/proc/{pid}/fd/{number}"))
    return found


def test_disk_full():
    """A CA is what it was, and signs again when there is room."""
    os.mkdir("ca", 0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48k,mode=700", "tmpfs", "ca"],
                   check=True)
    try:
        write("c.yaml", config())
        run("apply", "c.yaml")
        for _ in range(6):
            run("--config", "c.yaml", "ca", "rotate", TD)
        assert os.path.getsize("ca/root.pem") > 4096

        def has():
            return {name: open(f"ca/{name}", "rb").read() for name in os.listdir("ca")
                    if name != "junk"}
        before = has()
        # Room for the key, and not for the roots
        for pages in 1, 0:
            with open("ca/junk", "ab", buffering=0) as junk, \
                    contextlib.suppress(OSError):
                while os.statvfs("ca").f_bfree > pages:
                    junk.write(bytes(4096))
            assert os.statvfs("ca").f_bfree == pages
            done = run("--config", "c.yaml", "ca", "rotate", TD, status=1)
            assert done.err.endswith(".new: No space left on device\n"), done
            assert has() == before
        with open("ca/issued", "ab") as book:
            book.write(b"\n" * (4096 - book.tell()))
        run("identity", "del", "web")
        done = run("apply", "c.yaml", status=1)
        assert done.err.endswith("issued: No space left on device\n"), done
        os.unlink("ca/junk")
        write("ca/issued", "")
        run("--config", "c.yaml", "ca", "rotate", TD)
        run("apply", "c.yaml")
        assert identity("web")["state"] == "valid"
    finally:
        subprocess.run(["umount", "ca"], check=True)


def test_directory_of_others():
    os.makedirs("ca")
    write("c.yaml", config())
    for mode, owner, text in ((0o777, 0, "others may write to it (mode 0777); make that "
                               "0700"), (0o700, 1000, "belongs to somebody else")):
        os.chmod("ca", mode)
        os.chown("ca", owner, 0)
        done = run("apply", "c.yaml", status=3)
        assert done.err == f"c.yaml:1:20: {os.path.abspath('ca')}: {text}\n", done
    os.chown("ca", 0, 0)
    run("apply", "c.yaml")


def three_and(script, timeout):
    """Three identities, of which this program signs none."""
    write("signer", "#!/bin/sh\n" + script, 0o755)
    ca = Authority("ca")
    return config(identities=("a", "b", "c"), rules=[rule("r", identity="a")],
                  anchors=ca.pem, signer={"exec": {
                      "command": [os.path.abspath("signer")], "timeout": timeout}})


def test_silent_signer():
    """It is waited for once, not once for each identity."""
    write("c.yaml", three_and("exec sleep 1000\n", "50ms"))
    done = run("apply", "c.yaml", status=1)
    lines = [line.split(": no certificate: ")[1] for line in done.err.splitlines()
             if "no certificate" in line]
    assert lines == [f"{os.path.abspath('signer')}: did not answer within 50 ms"] + [
        f"the signer of {TD} did not answer just now"] * 2, done
    assert [one["name"] for one in tell("rule")] == ["r"]


def test_end_while_signing():
    """Who is told to end does not go through all identities before."""
    os.mkfifo("go")
    write("started", "")
    text = three_and(f"echo x >> {os.path.abspath('started')}\n"
                     f"read x < {os.path.abspath('go')}\nexit 3\n", "1m")
    write("conf/a.yaml", text)
    with Daemon("conf") as daemon:
        end = time.monotonic() + PATIENCE
        while not os.path.getsize("started"):
            assert time.monotonic() < end
            time.sleep(0.05)
        daemon.kick(signal.SIGTERM)
        with open("go", "w", encoding="ascii") as go:
            go.write("\n")
        assert daemon.process.wait(PATIENCE) == 0
    assert os.path.getsize("started") == 2, "one more was started"
    assert [one["name"] for one in tell("rule")] == ["r"]
