# SPDX-License-Identifier: GPL-2.0-only
"""Certificates to order, by the openssl program, for tests of netlink."""

import contextlib
import itertools
import os
import re
import subprocess
import time

import nl

DAY = 86400
count = itertools.count()


def openssl(*words, stdin=None, binary=False):
    done = subprocess.run(["openssl", *words], capture_output=True,
                          input=stdin, text=not binary, check=False)
    if done.returncode:
        raise RuntimeError(f"openssl {' '.join(words)}: {done.stderr}")
    return done.stdout


@contextlib.contextmanager
def at(offset):
    """What openssl issues inside is of another time."""
    time.clock_settime(time.CLOCK_REALTIME, time.time() + offset)
    try:
        yield
    finally:
        time.clock_settime(time.CLOCK_REALTIME, time.time() - offset)


def spiffe(trust_domain, path):
    return f"spiffe://{trust_domain}/{path}"


def new_key(kind):
    """A private key in a file: ec:CURVE or rsa:BITS."""
    path = os.path.abspath(f"key{os.getpid()}.{next(count)}")
    algorithm, size = kind.split(":")
    option = {"ec": "ec_paramgen_curve", "rsa": "rsa_keygen_bits"}[algorithm]
    openssl("genpkey", "-algorithm", algorithm.upper(), "-pkeyopt",
            f"{option}:{size}", "-out", path)
    return path


def key_number(path):
    """The secret number of a private key, or the first factor of RSA's."""
    text = openssl("pkey", "-in", path, "-noout", "-text")
    match = re.search(r"^(?:priv|prime1):\n((?: .*\n)+)", text, re.M)
    digits = re.sub(r"[\s:]", "", match.group(1))
    return bytes.fromhex(digits).lstrip(b"\0")


class Chain:
    """A chain in a file, and the file of its key if we have it."""

    def __init__(self, pem, key=None):
        self.pem, self.key = pem, key
        self.path = os.path.abspath(f"chain{os.getpid()}.{next(count)}")
        with open(self.path, "w", encoding="ascii") as file:
            file.write(pem)
        self.chain = nl.pem(self.path)

    def validity(self):
        """First and last second of the leaf."""
        text = openssl("x509", "-in", self.path, "-noout", "-dates",
                       "-dateopt", "iso_8601")
        return tuple(int(time.mktime(time.strptime(
            line.split("=")[1], "%Y-%m-%d %H:%M:%SZ")) - time.timezone)
            for line in text.splitlines())


class Authority:
    """A CA, self-signed or below another one."""

    def __init__(self, name, key="ec:prime256v1", ca=None):
        self.name, self.parent = name, ca
        self.directory = os.getcwd()
        self.key = new_key(key)
        extensions = {"basicConstraints": "critical,CA:TRUE",
                      "keyUsage": "critical,keyCertSign,cRLSign"}
        if ca:
            request = openssl("req", "-new", "-key", self.key, "-subj",
                              f"/CN={name}")
            text = ca.certify(request, extensions, 30)
        else:
            text = openssl("req", "-x509", "-new", "-key", self.key, "-subj",
                           f"/CN={name}", "-days", "30", *itertools.chain(*(
                               ("-addext", f"{kind}={value}") for kind, value
                               in list(extensions.items())[1:])))
        own = Chain(text)
        self.pem, self.der = own.path, own.chain[0]

    def certify(self, request, extensions, days):
        """A certificate in PEM; extensions as the request has them if None."""
        words = ["-copy_extensions", "copyall"]
        if extensions is not None:
            path = os.path.abspath(f"ext{os.getpid()}.{next(count)}")
            with open(path, "w", encoding="ascii") as file:
                file.write("".join(f"{kind}={value}\n" for kind, value
                                   in extensions.items() if value))
            words = ["-extfile", path]
        return openssl("x509", "-req", "-CA", self.pem, "-CAkey", self.key,
                       "-days", str(days), "-set_serial",
                       str(int.from_bytes(os.urandom(8), "big") | 1),
                       *words, stdin=request)

    def below(self):
        """The certificates that a peer needs beside the leaf."""
        if not self.parent:
            return ""
        with open(self.pem, encoding="ascii") as file:
            return file.read() + self.parent.below()

    def sign(self, request, days=5):
        return Chain(self.certify(request, None, days) + self.below())

    def issue(self, spiffe_id, key="ec:prime256v1", dns=(), days=5,
              basic=None, usage="critical,digitalSignature", eku=None,
              san="", more=None):
        """A leaf with its key, right or with what it is asked to have."""
        path = new_key(key)
        if san == "":
            san = ",".join([f"URI:{spiffe_id}"] + [f"DNS:{one}" for one in dns])
        extensions = {"basicConstraints": basic, "keyUsage": usage,
                      "extendedKeyUsage": eku, "subjectAltName": san}
        if not any(extensions.values()):
            extensions["subjectKeyIdentifier"] = "hash"
        if more:
            extensions.update([more.split("=", 1)])
        request = openssl("req", "-new", "-key", path, "-subj", "/CN=leaf")
        return Chain(self.certify(request, extensions, days) + self.below(),
                     path)
