# SPDX-License-Identifier: GPL-2.0-only
"""Who signs for riptidesd, and whom it trusts: CAs, programs, servers, bundles.

Run by riptidesd_test.py.
"""

import json
import os
import stat
import time

import nl
from netlink_certs import Authority, key_number
from riptidesd_fixture import (HOUR, TD, Bundle, Daemon, Est, Vault, config, identity,
                               jump, leaf_of, leaf_text, rule, run, said, secret, spiffe,
                               tell, write)


def test_ca():
    os.umask(0)
    begin = time.time()
    write("c.yaml", config(dns=["web.td.example"]))
    run("apply", "c.yaml")
    assert stat.S_IMODE(os.stat("ca/root.key").st_mode) == 0o600
    assert stat.S_IMODE(os.stat("ca").st_mode) == 0o700
    text = leaf_text("web")
    for part in (f"URI:{spiffe('web')}, DNS:web.td.example", "CA:FALSE",
                 "Digital Signature", "TLS Web Server Authentication"):
        assert part in text, text
    row = identity("web")
    assert begin + HOUR - 2 < row["not-after"] <= time.time() + HOUR
    assert run("--config", "c.yaml", "ca", "show", TD).out.splitlines()[2].split(
        )[1] == "web"
    issued = tell("--config", "c.yaml", "ca", "show", TD)["issued"]
    assert [one["identity"] for one in issued] == ["web"]
    # There is one already, and no other is made
    root = open("ca/root.pem", encoding="ascii").read()
    run("--config", "c.yaml", "ca", "init", TD)
    assert open("ca/root.pem", encoding="ascii").read() == root
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


def test_ca_book():
    """A machine that stopped while it was written makes nobody irrevocable."""
    write("c.yaml", config())
    run("apply", "c.yaml")
    for half in "0badc0de", "0badc0de 9999", "0badc0de 9999999999 nobo":
        with open("ca/issued", "a", encoding="ascii") as file:
            file.write(half)
        run("identity", "del", "web")
        run("apply", "c.yaml")
    issued = tell("--config", "c.yaml", "ca", "show", TD)["issued"]
    assert [one["identity"] for one in issued] == ["web"] * 4, issued
    serial = tell("identity")[0]["serial"]
    assert issued[-1]["serial"] == serial
    run("--config", "c.yaml", "ca", "revoke", TD, "identity", "web")
    with open("ca/revoked", encoding="ascii") as file:
        assert sorted(line.split()[0] for line in file) == sorted(
            one["serial"] for one in issued)
    # In the middle, somebody else has written
    with open("ca/issued", "r+", encoding="ascii") as file:
        file.write("zz")
    said("--config", "c.yaml", "ca", "show", TD, err=f"riptidesd: "
         f"{os.path.abspath('ca/issued')}:1:1: not a serial number and a time")


def test_ca_files():
    write("c.yaml", config())
    run("apply", "c.yaml")

    def refused(text):
        run("identity", "del", "web")
        done = run("apply", "c.yaml", status=1)
        assert done.err.endswith(text + "\n"), done
        assert "certificate" not in identity("web")
    root, key = os.path.abspath("ca"), os.path.abspath("ca/root.key")
    os.chown(key, 1000, 0)
    refused(f"{key}: belongs to somebody else")
    os.chown(key, 0, 0)
    os.rename(key, key + ".old")
    run("--config", "c.yaml", "ca", "show", TD)
    write(key, open(Authority("other").key, encoding="ascii").read(), 0o600)
    refused(f"{root}: root.key is not the key of the first root in root.pem")
    os.rename(key + ".old", key)
    said("--config", "c.yaml", "ca", "revoke", TD, "0x12", err='riptidesd: "0x12" '
         "is not a serial number in hexadecimal")
    run("apply", "c.yaml")
    jump(3651 * 24 * HOUR)
    try:
        refused(f"{root}: the root has expired; see riptidesd ca rotate")
        run("--config", "c.yaml", "ca", "rotate", TD)
        run("apply", "c.yaml")
        assert identity("web")["state"] == "valid"
    finally:
        jump(-3651 * 24 * HOUR)


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
        "command": command, "timeout": "4m"}}))
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
        # It is time, or the change is noticed, whichever comes first
        daemon.wait(r"identity web: new certificate|, 1 certificates\)$")
    assert identity("web")["state"] == "valid"


def test_vault():
    ca = Authority("ca")
    token = "hvs.SECRET-TOKEN-OF-A-VAULT"
    write("token", token + "\n", 0o600)
    with Vault(ca, token) as vault:
        signer = {"vault": {"url": vault.url + "/v1/pki/sign/workload",
                            "token-file": "token", "ttl": "30m",
                            "timeout": "4m"}}
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
            "password-file": "password", "timeout": "4m"}}))
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


def test_bundle_file():
    """A SPIFFE bundle in a file, which somebody else replaces."""
    one, two = Authority("one"), Authority("two")
    text = json.loads(config())
    text["trust-domains"]["other.example"] = {"anchors": "other.json"}
    write("conf/a.yaml", json.dumps(text))

    def put(*authorities):
        with Bundle(*authorities) as server:
            write("conf/other.json", server.answer("GET", "/", {}, b"")[1].decode())

    def anchors():
        return sorted(row["certificate"][0] for row in
                      nl.anchor_list("other.example"))
    put(one)
    with Daemon("conf") as daemon:
        daemon.ready()
        assert anchors() == [one.der]
        put(one, two)
        daemon.ready()
        assert anchors() == sorted([one.der, two.der])
        # What it cannot read changes nothing
        write("conf/other.json", '{"keys": 7}')
        daemon.wait("other.json: JSON, but not a JWK set: no list of keys")
        assert anchors() == sorted([one.der, two.der])
        put(two)
        daemon.ready()
        assert anchors() == [two.der]


def test_revocation_and_rotation():
    write("conf/a.yaml", config())
    with Daemon("conf") as daemon:
        daemon.ready()
        first = leaf_of("web")
        serial = tell("identity")[0]["serial"]
        run("--config", "conf", "ca", "revoke", TD, "identity", "web")
        daemon.ready(r"\b1 certificates\)")
        revoked = nl.revocation_list()[0]["revocation"][0]["serial"][0]
        assert revoked.hex() == serial
        assert leaf_of("web") != first
        # A new root: both are trusted, and leaves move when they are due
        before = leaf_of("web")
        run("--config", "conf", "ca", "rotate", TD)
        # its key and its certificate are two files, which it may see come
        while len(nl.anchor_list(TD)) < 2:
            daemon.ready()
        assert len(nl.anchor_list(TD)) == 2 and leaf_of("web") == before
        run("--config", "conf", "ca", "retire", TD)
        daemon.ready(r"\b1 certificates\)")
        assert len(nl.anchor_list(TD)) == 1 and leaf_of("web") != before
