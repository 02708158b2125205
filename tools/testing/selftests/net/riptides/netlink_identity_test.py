# SPDX-License-Identifier: GPL-2.0-only
"""Identities by generic netlink: keys, requests, chains, states.

Run by netlink_test.py.
"""

import errno

import nl
from netlink_certs import Authority, DAY, at, key_number, new_key, openssl, spiffe
from netlink_fixture import TD, WEB, clock, refuses, send


def public_key(pem_text, *command):
    return openssl(*command, "-noout", "-pubkey", stdin=pem_text)


def request(name):
    """A certification request, in PEM, and its public key."""
    pem = nl.to_pem(nl.csr(name), "CERTIFICATE REQUEST")
    return pem, public_key(pem, "req")


def test_identity_generate(ca):
    nl.identity_new("web", spiffe_id=WEB, dns=["web.example.org", "*.b.test"])
    assert nl.identity_get("web") == {
        "name": "web", "spiffe-id": WEB, "state": "needs-csr",
        "dns-name": ["web.example.org", "*.b.test"], "handshakes": 0,
        "failures": 0, "tx-bytes": 0, "rx-bytes": 0}
    csr, public = request("web")
    text = openssl("req", "-verify", "-noout", "-text", stdin=csr)
    for part in ("prime256v1", "URI:" + WEB, "DNS:web.example.org",
                 "DNS:*.b.test", "Digital Signature"):
        assert part in text, text
    # To ask again spoils nothing.
    assert request("web")[1] == public
    assert nl.identity_get("web")["state"] == "csr-pending"

    chain = ca.sign(csr)
    nl.cert_set("web", chain.path)
    got = nl.identity_get("web")
    assert got["state"] == "valid"
    assert got["certificate"] == chain.chain
    assert (got["not-before"], got["not-after"]) == chain.validity()
    refuses(errno.ENOKEY, "no certification request was made",
            nl.cert_set, "web", chain.path)

    csr, renewed = request("web")
    assert renewed != public
    got = nl.identity_get("web")
    assert (got["state"], got["certificate"]) == ("renewing", chain.chain)
    refuses(errno.EKEYREJECTED, "the leaf is not for this private key",
            nl.cert_set, "web", chain.path)
    assert nl.identity_get("web")["state"] == "renewing"
    chain = ca.sign(csr)
    nl.cert_set("web", chain.path)
    got = nl.identity_get("web")
    assert (got["state"], got["certificate"]) == ("valid", chain.chain)
    nl.identity_del("web")
    refuses(errno.ENOENT, "there is no identity of that name",
            nl.identity_get, "web")
    assert nl.identity_list() == []


def test_identity_import(ca):
    inter = Authority("inter", ca=ca)
    for n, kind in enumerate(("ec:prime256v1", "ec:secp384r1", "rsa:2048")):
        leaf = inter.issue(spiffe(TD, f"w{n}"), key=kind, dns=["a.b.test"])
        nl.identity_new(f"w{n}", key=leaf.key, chain=leaf.path)
        got = nl.identity_get(f"w{n}")
        assert got["state"] == "valid"
        assert got["spiffe-id"] == spiffe(TD, f"w{n}")
        assert got["dns-name"] == ["a.b.test"]
        assert got["certificate"] == leaf.chain and len(leaf.chain) == 2
    assert [one["name"] for one in nl.identity_list()] == ["w0", "w1", "w2"]
    # Renewed with another key of somebody else's making,
    leaf = inter.issue(spiffe(TD, "w1"), key="rsa:3072")
    csr, _ = request("w1")
    nl.cert_set("w1", leaf.path, key=leaf.key)
    got = nl.identity_get("w1")
    assert (got["state"], got["certificate"]) == ("valid", leaf.chain)
    # which leaves the request for nothing; or with a key made here.
    refuses(errno.ENOKEY, "no certification request was made",
            nl.cert_set, "w1", ca.sign(csr).path)
    csr, _ = request("w0")
    assert "DNS:a.b.test" in openssl("req", "-noout", "-text", stdin=csr)
    nl.cert_set("w0", ca.sign(csr).path)
    assert nl.identity_get("w0")["state"] == "valid"


NAME_TEXT = "a name is 1 to 63 printable ASCII characters, no spaces"
KEY_TEXT = "private key is not PKCS#8 in strict DER"


def test_identity_refusals(ca):
    leaf = ca.issue(WEB)
    key = nl.private_key(leaf.key)[0]
    cert = ("certificate", leaf.chain[0])
    name, web = ("name", "web"), ("spiffe-id", WEB)
    dns = ("dns-name", "a.test")
    ed25519 = openssl("genpkey", "-algorithm", "ED25519", "-outform", "DER",
                      binary=True)
    weak = nl.private_key(new_key("rsa:1024"))[0]
    nl.identity_new("taken", spiffe_id=WEB)
    for number, text, *values in (
            (errno.EINVAL, "name is missing", web),
            (errno.EINVAL, "SPIFFE ID is missing", name),
            (errno.EINVAL, NAME_TEXT, ("name", ""), web),
            (errno.EINVAL, NAME_TEXT, ("name", "a b"), web),
            (errno.EINVAL, NAME_TEXT, ("name", "\x7f"), web),
            (errno.EINVAL, NAME_TEXT, ("name", "\u00e9"), web),
            (errno.EINVAL, "an identity needs a SPIFFE ID with a path",
             name, ("spiffe-id", f"spiffe://{TD}")),
            (errno.EINVAL, "an identity needs a SPIFFE ID with a path",
             name, ("spiffe-id", "https://example.org/web")),
            (errno.EINVAL, "an identity needs a SPIFFE ID with a path",
             name, ("spiffe-id", "")),
            (errno.EINVAL, "DNS name 2 is not one",
             name, web, dns, ("dns-name", "a..b")),
            (errno.EINVAL, "DNS name 1 is not one",
             name, web, ("dns-name", b"a.test\0x")),
            (errno.ERANGE, "Attribute failed policy validation",
             name, web, ("dns-name", b"")),
            (errno.E2BIG, "an identity takes at most 16 DNS names",
             name, web, *[dns] * 17),
            (errno.EEXIST, "there is an identity of that name",
             ("name", "taken"), web),
            (errno.EEXIST, "there is an identity of that name",
             ("name", "taken"), key, cert),
            (errno.EINVAL, "a chain comes with its private key, or by cert-set",
             name, web, cert),
            (errno.EINVAL, "a chain needs at least one certificate", name, key),
            (errno.E2BIG, "a chain takes at most 8 certificates",
             name, key, *[cert] * 9),
            (errno.EBADMSG, KEY_TEXT, name, cert, ("private-key", b"")),
            (errno.EBADMSG, KEY_TEXT, name, cert, (key[0], key[1] + b"\0")),
            (errno.EBADMSG, KEY_TEXT, name, cert, (key[0], key[1][:-1])),
            (errno.EOPNOTSUPP,
             "private key is of a type or curve that is not supported",
             name, cert, ("private-key", ed25519)),
            (errno.EINVAL, "private key is not valid",
             name, cert, weak),
            (errno.EINVAL, "the leaf has another SPIFFE ID",
             name, key, cert, ("spiffe-id", WEB + "2"))):
        refuses(number, text, send, "identity-new", *values)
    for command in ("identity-get", "identity-del", "csr-get", "cert-set"):
        refuses(errno.EINVAL, "name is missing", send, command)
        refuses(errno.ENOENT, "there is no identity of that name",
                send, command, name)
    refuses(errno.E2BIG, "a chain takes at most 8 certificates",
            send, "cert-set", ("name", "taken"), *[cert] * 9)
    refuses(errno.EBADMSG, KEY_TEXT, send, "cert-set", ("name", "taken"), cert,
            ("private-key", b"\x30\0"))
    assert [one["name"] for one in nl.identity_list()] == ["taken"]


def test_chain_refusals(ca):
    other, inter = Authority("other"), Authority("inter", ca=ca)
    fine = inter.issue(WEB)
    key = nl.private_key(fine.key)[0]
    plain = nl.private_key(ca.issue(WEB).key)[0]
    cases = [
        (errno.EKEYREJECTED, "the leaf is not for this private key",
         plain, fine.chain),
        (errno.EKEYREJECTED, "certificate 2 did not issue certificate 1",
         key, [fine.chain[0], ca.der]),
        (errno.EKEYREJECTED, "certificate 2 did not issue certificate 1",
         key, [fine.chain[0], Authority("inter", ca=ca).der]),
        (errno.EKEYREJECTED, "certificate 2 did not issue certificate 1",
         key, [fine.chain[0], fine.chain[0]]),
        (errno.EKEYREJECTED, "certificate 3 did not issue certificate 2",
         key, fine.chain + [other.der]),
        (errno.EKEYREJECTED, "the leaf is a CA", key, [inter.der]),
        (errno.EBADMSG, "certificate 2 is not in strict DER",
         key, [fine.chain[0], b"\x30\0"]),
    ]
    for text, more in (
            ("the leaf is a CA", {"basic": "critical,CA:TRUE"}),
            ("the leaf has no key usage", {"usage": None}),
            ("the leaf may not make signatures", {"usage": "keyAgreement"}),
            ("the leaf may sign certificates or CRLs",
             {"usage": "digitalSignature,keyCertSign"}),
            ("the leaf may sign certificates or CRLs",
             {"usage": "digitalSignature,cRLSign"}),
            ("the leaf is for neither TLS clients nor servers",
             {"eku": "codeSigning"}),
            ("the leaf has no URI name", {"san": "DNS:a.test"}),
            ("the leaf has no URI name", {"san": None}),
            ("the leaf has more than one URI name",
             {"san": f"URI:{WEB},URI:{WEB}"}),
            ("the URI name of the leaf is not a SPIFFE ID",
             {"san": "URI:https://example.org/web"}),
            ("the SPIFFE ID of the leaf has no path",
             {"san": f"URI:spiffe://{TD}"}),
            ("certificate 1: unknown critical extension",
             {"more": "1.2.3.4=critical,DER:0500"})):
        leaf = inter.issue(WEB, **more)
        cases.append((errno.EKEYREJECTED, text, nl.private_key(leaf.key)[0],
                      leaf.chain))
    with at(-9 * DAY):
        late = ca.issue(WEB, days=1)
    with at(9 * DAY):
        early = ca.issue(WEB)
    for text, leaf in (("certificate 1 has expired", late),
                       ("certificate 1 is not yet valid", early)):
        cases.append((errno.EKEYEXPIRED, text, nl.private_key(leaf.key)[0],
                      leaf.chain))
    big = inter.issue(WEB, san="URI:%s,%s" % (WEB, ",".join(
        f"DNS:{'a' * 60}.{n}.test" for n in range(60))))
    cases.append((errno.EMSGSIZE, "a chain takes at most 8 KiB",
                  nl.private_key(big.key)[0], big.chain[:1] * 2))

    nl.identity_new("web", key=fine.key, chain=fine.path)
    before = nl.identity_get("web")
    for number, text, secret, chain in cases:
        values = [secret] + [("certificate", der) for der in chain]
        for command, name in (("identity-new", "new"), ("cert-set", "web")):
            refuses(number, text, send, command, ("name", name), *values)
    refuses(errno.EINVAL, "the leaf has another SPIFFE ID", nl.cert_set, "web",
            *(lambda leaf: (leaf.path, leaf.key))(ca.issue(WEB + "2")))
    # Nothing of all that has changed anything.
    assert nl.identity_list() == [before]


def test_expiry(ca):
    leaf = ca.issue(WEB, days=2)
    nl.identity_new("web", key=leaf.key, chain=leaf.path)
    events = nl.Family()
    events.subscribe("events")
    events.socket.settimeout(300)	# or the lab would wait for ever
    with clock(DAY):
        assert nl.identity_get("web")["state"] == "valid"
    with clock(3 * DAY):
        # By then the kernel makes a new key, and tells when it did.
        assert events.event()[0] == "csr-needed"
        assert nl.identity_get("web")["state"] == "expired"
    with clock(-DAY):
        assert nl.identity_get("web")["state"] == "expired"
    with clock(DAY):
        assert nl.identity_get("web")["state"] == "renewing"
    with clock(3 * DAY):
        csr, _ = request("web")
        assert nl.identity_get("web")["state"] == "expired"
        with at(0):
            nl.cert_set("web", Authority("later").sign(csr).path)
        assert nl.identity_get("web")["state"] == "valid"
    # Its new certificate is of the future now.
    assert nl.identity_get("web")["state"] == "expired"


# Secrets

def test_key_bytes(ca):
    leaf, other = ca.issue(WEB), ca.issue(WEB + "2")
    rsa = ca.issue(WEB, key="rsa:2048")
    heard = bytearray()

    def talk(command, *values, dump=False):
        family = nl.Family()
        try:
            family.call(command, values, dump)
        except nl.Refused:
            pass
        heard.extend(family.raw)
        return family.raw

    def certs(one):
        return [("certificate", der) for der in one.chain]

    for one in (leaf, other, rsa):
        assert key_number(one.key) in nl.private_key(one.key)[0][1]
    for n, one in enumerate((leaf, rsa)):
        key = nl.private_key(one.key)[0]
        talk("identity-new", ("name", f"w{n}"), key, *certs(one))
        talk("cert-set", ("name", f"w{n}"), key, *certs(one))
        # Refused: the acknowledgment quotes the request, but for the key.
        for command, values in (
                ("identity-new", [("name", f"w{n}"), key] + certs(one)),
                ("identity-new", [("name", "x"), key] + certs(other)),
                ("identity-new", [("name", "x"), key, key] + certs(other)),
                ("identity-new", [("name", "x"), ("private-key", key[1][:-1])]),
                ("identity-new", [key] + certs(one)),
                ("cert-set", [("name", f"w{n}"), key] + certs(other)),
                ("cert-set", [("name", "absent"), key] + certs(one))):
            raw = talk(command, *values)
            assert bytes(len(key[1]) - 1) in raw, "not quoted"
            if len(values) > 2:
                assert values[-1][1] in raw, "not quoted"
    nl.csr("w0")
    talk("csr-get", ("name", "w0"))
    talk("identity-get", ("name", "w0"))
    talk("identity-get", dump=True)
    assert rsa.chain[0] in heard
    for one in (leaf, other, rsa):
        assert key_number(one.key) not in heard
    assert [one["state"] for one in nl.identity_list()] == [
        "renewing", "valid"]
