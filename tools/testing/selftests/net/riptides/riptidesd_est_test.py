#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""riptidesd beside the EST server of libest (Debian's libest-utils).

Run by riptidesd_test.py. scripts/apps fetches the server; its tree is
APPS_TREE, and without one there is nothing to meet.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import time

from netlink_certs import Authority
from riptidesd_fixture import PATIENCE, config, identity, run, write

PORT = 8085
CONFIG = """
[ca]
default_ca = here
[here]
dir = .
database = index
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
serial = serial
default_md = sha256
default_days = 5
policy = any
copy_extensions = copy
unique_subject = no
x509_extensions = leaf
[any]
commonName = optional
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
"""


@contextlib.contextmanager
def estserver(tree, ca):
    """estuser with the password estpwd may have certificates of a CA."""
    shutil.copy(ca.pem, "ca.pem")
    shutil.copy(ca.key, "ca.key")
    host = ca.issue(None, san="IP:127.0.0.1")
    for name, text in (("index", ""), ("serial", "1000\n"),
                       ("est.cnf", CONFIG)):
        write(name, text)
    command = [f"{tree}/usr/lib64/ld-linux-x86-64.so.2", "--library-path",
               f"{tree}/usr/lib/x86_64-linux-gnu", f"{tree}/usr/bin/estserver",
               "-v", "-p", str(PORT), "-c", host.path, "-k", host.key, "-r",
               "estrealm", "-b"]
    environment = dict(os.environ, EST_TRUSTED_CERTS="ca.pem",
                       EST_CACERTS_RESP="ca.pem",
                       EST_OPENSSL_CACONFIG="est.cnf")
    with open("log", "wb") as log, subprocess.Popen(
            command, stdout=log, stderr=log, stdin=subprocess.PIPE,
            env=environment) as server:
        def said():
            with open("log", encoding="utf-8", errors="replace") as text:
                return text.read()[-2000:]
        try:
            end = time.monotonic() + PATIENCE
            while True:
                assert server.poll() is None and time.monotonic() < end, said()
                with contextlib.suppress(OSError), \
                        socket.create_connection(("127.0.0.1", PORT)):
                    break
                time.sleep(0.05)
            yield said
        finally:
            server.kill()


def test_libest():
    tree = os.environ.get("APPS_TREE")
    if not tree:
        print(f"# libest-utils is not here: {os.environ.get('APPS_WHY')}")
        return
    ca = Authority("ca")
    with estserver(tree, ca) as log:
        write("conf/password", "estpwd\n", 0o600)
        write("conf/a.yaml", config(anchors=ca.pem, signer={"est": {
            "url": f"https://127.0.0.1:{PORT}/.well-known/est",
            "user": "estuser", "password-file": "password",
            "ca-file": ca.pem, "timeout": "4m"}}))
        try:
            run("apply", "conf")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{log()}") from error
        assert identity("web")["state"] == "valid"
        write("conf/password", "wrong", 0o600)
        run("identity", "del", "web")
        done = run("apply", "conf", status=1)
        assert "HTTP status 401" in done.err, done
