#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Ordinary programs, secured by rules that they know nothing of.

Each serves in one network namespace and is used from another, first without
rules, when what it says can be read on the wire, and then with rules, when it
cannot. Started by apps.sh inside the lab, as root; policy_fixture.py makes the
network. Prints KTAP. Names of tests as arguments run these alone.
"""

import contextlib
import json
import os
import subprocess
import sys

import policy_fixture as lab
from policy_fixture import B, IN, OUT, SECRET, connect, policy

TREE = os.environ.get("APPS_TREE", "")
FULL = bool(os.environ.get("APPS_FULL"))
TEXT = SECRET.decode()
USERS = """root:x:0:0:root:/root:/usr/bin/bash
sshd:x:100:65534::/run/sshd:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
"""
POSTGRES = "/usr/lib/postgresql/17/bin/"


def write(path, text, mode=0o644):
    path = TREE + path
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as out:
        out.write(text)
    os.chmod(path, mode)


def furnish():
    """What the unpacked packages lack. It is in the lab's own layer only."""
    write("/etc/passwd", USERS)
    write("/etc/group", "root:x:0:\nnogroup:x:65534:\n")
    for directory in "dev", "proc", "tmp", "run/sshd", "root/.ssh", "srv":
        os.makedirs(f"{TREE}/{directory}", exist_ok=True)
    os.chmod(f"{TREE}/tmp", 0o1777)
    lab.run("mount", "--rbind", "/dev", f"{TREE}/dev")
    lab.run("mount", "-t", "proc", "proc", f"{TREE}/proc")


def inside(name, *words):
    return ["ip", "netns", "exec", name, "chroot", TREE, *words]


def ask(*words, stdin=None):
    """What a program says to whom started it in namespace a."""
    done = subprocess.run(inside("a", *words), capture_output=True, text=True,
                          input=stdin, timeout=600, check=False)
    assert not done.returncode, \
        f"{words}: {done.returncode}: {done.stdout[-300:]} {done.stderr[-500:]}"
    return done.stdout


@contextlib.contextmanager
def serving(port, *words):
    """A server in namespace b."""
    with open("/run/log", "wb") as log, \
            subprocess.Popen(inside("b", *words), stdout=log, stderr=log,
                             stdin=subprocess.DEVNULL) as server:
        def listens():
            with open("/run/log", encoding="utf-8", errors="replace") as said:
                assert server.poll() is None, f"{words[0]}: {said.read()[-600:]}"
            return f":{port} " in lab.run("ip", "netns", "exec", "b", "ss",
                                          "-ltnH")
        try:
            lab.until(listens, words[0])
            yield server
        finally:
            server.kill()


def both(port, use, shown=True):
    """A use in clear, when it shows on the wire, and under rules."""
    policy(a=[], b=[])
    lab.wire.forget()
    use()
    if shown:
        assert any(SECRET in there + back
                   for there, back in lab.wire.of(port).values())
    # a server that is older than the policy comes under it, too
    policy(a=[OUT], b=[IN])
    lab.wire.forget()
    use()
    lab.all_tls(port)


# --- tests -------------------------------------------------------------------

def test_redis():
    """redis-cli sets, gets, pipes a value of a megabyte; redis-benchmark"""
    def cli(*words, stdin=None):
        return ask("redis-cli", "-h", B, "-p", "7001", *words, stdin=stdin)

    def use():
        assert cli("SET", "key", TEXT) == "OK\n"
        assert cli("GET", "key") == TEXT + "\n"
        big = TEXT * (1 << 20 >> 4)
        assert cli("-x", "SET", "big", stdin=big) == "OK\n"
        assert cli("GET", "big") == big + "\n"
        told = ask("redis-benchmark", "-h", B, "-p", "7001", "-c", "4", "-n",
                   "20000" if FULL else "400", "-P", "4", "-q", "-t", "set,get")
        assert "GET: " in told and "rror" not in told, told

    with serving(7001, "redis-server", "--port", "7001", "--bind", "0.0.0.0",
                 "--protected-mode", "no", "--save", "", "--dir", "/tmp"):
        both(7001, use)


def test_postgres():
    """psql: a query, a large answer, COPY from the client"""
    drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    done = subprocess.run(
        inside("b", *drop, POSTGRES + "initdb", "-D", "/tmp/pg", "-A", "trust",
               "-U", "postgres", "--no-sync", "--locale=C",
               "-c", "dynamic_shared_memory_type=mmap",
               "-c", "shared_buffers=1MB", "-c", "max_connections=10"),
        capture_output=True, text=True, timeout=900, check=False)
    assert not done.returncode, done.stdout[-300:] + done.stderr[-500:]
    with open(f"{TREE}/tmp/pg/pg_hba.conf", "a", encoding="ascii") as hba:
        hba.write("host all all 10.0.0.0/24 trust\n")

    def query(text, stdin=None):
        return ask(POSTGRES + "psql", "-h", B, "-p", "7002", "-U", "postgres",
                   "-X", "-q", "-A", "-t", "-c", text, stdin=stdin)

    def use():
        assert query(f"select '{TEXT}'") == TEXT + "\n"
        assert len(query("select repeat('x', 1000000)")) == 1000001
        query("drop table if exists t; create table t (line text)")
        lines = (TEXT + "\n") * 5000
        query("copy t from stdin", lines)
        assert query("copy t to stdout") == lines

    with serving(7002, *drop, POSTGRES + "postgres", "-D", "/tmp/pg", "-p",
                 "7002", "-h", "0.0.0.0", "-k", "/tmp", "-F"):
        both(7002, use)


def test_memcached():
    """values go in and out"""
    def use():
        value = SECRET * 20000
        with connect(7003) as sock:
            sock.sendall(b"set key 0 0 %d\r\n%s\r\n" % (len(value), value))
            with sock.makefile("rb") as answer:
                assert answer.readline() == b"STORED\r\n"
                sock.sendall(b"get key\r\nquit\r\n")
                assert answer.read() == b"VALUE key 0 %d\r\n%s\r\nEND\r\n" % (
                    len(value), value)

    with serving(7003, "memcached", "-u", "nobody", "-p", "7003", "-U", "0",
                 "-l", "0.0.0.0", "-t", "2"):
        both(7003, use)


def test_nginx():
    """curl fetches and sends; wrk keeps connections busy"""
    write("/srv/page", TEXT * 50000)
    write("/srv/small", TEXT * 40)
    write("/etc/nginx/test.conf", """
daemon off; user root; worker_processes 2; pid /tmp/nginx.pid;
error_log stderr; events { }
http {
    access_log off; sendfile on; client_max_body_size 100m;
    server {
        listen 7004; root /srv;
        location /up { client_body_in_file_only clean; return 200 ok; }
    }
}
""")

    def use():
        url = f"http://{B}:7004/page"
        got = lab.run("ip", "netns", "exec", "a", "curl", "-sS", "--fail",
                      "--max-time", "300", url, url)
        assert got == TEXT * 100000
        got = lab.run("ip", "netns", "exec", "a", "curl", "-sS", "--fail",
                      "--max-time", "300", "-T", f"{TREE}/srv/page",
                      f"http://{B}:7004/up")
        assert got == "ok", got
        told = ask("wrk", "-t", "1", "-c", "8", "-d", "5s" if FULL else "1s",
                   "--timeout", "60s", f"http://{B}:7004/small")
        assert "requests in" in told and "Non-2xx" not in told and \
            "Socket errors" not in told, told

    with serving(7004, "nginx", "-c", "/etc/nginx/test.conf"):
        both(7004, use)


def test_iperf3():
    """data one way and the other, over several connections"""
    amount = 20 << 20 if FULL else 2 << 20

    def run(*way):
        """What a run tells. A server that is not done with the one before, or
        about to listen again, lets no other begin."""
        told = {}

        def runs():
            done = subprocess.run(
                inside("a", "iperf3", "-c", B, "-p", "7005", "-n", str(amount),
                       "-J", *way), capture_output=True, text=True, timeout=600,
                check=False)
            told.clear()
            told.update(json.loads(done.stdout))
            return told.get("start", {}).get("connected")

        try:
            lab.until(runs, "iperf3 begins")
        except AssertionError as error:
            raise AssertionError(told.get("error")) from error
        return told

    def use():
        for way in ([], ["-R"], ["-P", "3"]):
            told = run(*way)
            assert "error" not in told, told["error"]
            assert told["end"]["sum_received"]["bytes"] > 0, told["end"]

    with serving(7005, "iperf3", "-s", "-p", "7005"):
        both(7005, use, False)


def test_ssh():
    """ssh within TLS, in clear as a rule says so, and not at all"""
    for key in "/root/.ssh/id", "/root/.ssh/host":
        if not os.path.exists(TREE + key):
            lab.run(*inside("b", "ssh-keygen", "-q", "-t", "ed25519", "-N", "",
                            "-f", key))
    command = ["ssh", "-F", "none", "-i", "/root/.ssh/id", "-p", "7006",
               "-o", "StrictHostKeyChecking=no", "-o", "BatchMode=yes",
               "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
               f"root@{B}", "cat"]
    data = TEXT * 20000

    def streams():
        flows = lab.wire.of(7006)
        assert flows
        return [stream for pair in flows.values() for stream in pair]

    with serving(7006, "/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null", "-p",
                 "7006", "-h", "/root/.ssh/host", "-o", "StrictModes=no",
                 "-o", "AuthorizedKeysFile=/root/.ssh/id.pub"):
        policy(a=[OUT], b=[IN])
        lab.wire.forget()
        assert ask(*command, stdin=data) == data
        lab.all_tls(7006)
        policy(a=["ssh egress plaintext --ports 7006", OUT + " --priority 5"],
               b=["ssh ingress plaintext --ports 7006", IN + " --priority 5"])
        lab.wire.forget()
        assert ask(*command, stdin=data) == data
        assert all(stream.startswith(b"SSH-2.0-") for stream in streams())
        policy(a=["ssh egress deny --ports 7006", OUT + " --priority 5"], b=[])
        lab.wire.forget()
        done = subprocess.run(inside("a", *command), capture_output=True,
                              text=True, timeout=600, check=False, input="")
        assert done.returncode == 255 and "Permission denied" in done.stderr
        assert not lab.wire.of(7006)
        policy(a=[], b=["ssh ingress deny --ports 7006", IN + " --priority 5"])
        done = subprocess.run(inside("a", *command), capture_output=True,
                              text=True, timeout=600, check=False, input="")
        assert done.returncode == 255 and not done.stdout, done
        # The client has no rule, so its banner may go before the reset comes.
        flows = lab.wire.of(7006)
        assert flows and not any(told for _, told in flows.values()), flows


if __name__ == "__main__":
    furnish()
    sys.exit(lab.main(sys.modules[__name__]))
