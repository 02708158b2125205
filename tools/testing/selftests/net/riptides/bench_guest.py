#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Benchmark of connections, the part that runs in the lab.

  bench_guest.py DIR PLAN

PLAN is JSON: how many rounds, and what each of them does. In each round all
that is compared takes its turn, in an order that changes from round to round.
Prints a line for each figure: TEST KIND NAME VALUE.

Every kind is a server on a port of its own, asked by the same program:

plain       TCP
riptides    TCP, which two rules make mutual TLS, with X25519 as the others
hybrid      the same with X25519MLKEM768, as is the default
resumed     as riptides, by tickets of connections before
ktls        a program that does its handshake by libssl, then kernel TLS
ssl         a program on libssl
agent       a program whose handshakes tlshd does, by net/handshake, then kernel
            TLS; a kernel of scripts/kernel --agent can
masked      the same as ssl, libssl knowing of no instructions for cryptography
haproxy     TCP to a proxy, mutual TLS to another, TCP to the server
stunnel     the same
nginx       the same
...-masked  the same, libssl as in masked
"""

import json
import os
import shutil
import subprocess
import sys
import time

import bench_spin
import nl

HERE = os.path.dirname(os.path.realpath(__file__))
PORTS = {"plain": 8000, "riptides": 8001, "hybrid": 8004, "resumed": 8005,
         "ktls": 8002, "ssl": 8003, "masked": 8006, "agent": 8007,
         "haproxy": 8010, "stunnel": 8020, "nginx": 8030}
PROXIES = ("haproxy", "stunnel", "nginx")
# those that are masked have ports of their own
PORTS.update((kind + "-masked", PORTS[kind] + 1000) for kind in PROXIES)
ONLINE = "/sys/devices/system/cpu/cpu1/online"
TRACING = "/sys/kernel/tracing"
HOW = {"ktls": "ktls", "ssl": "ssl", "masked": "ssl", "agent": "agent"}
MASK = {"OPENSSL_ia32cap": "0x0:0x0"}
HAPROXY = """global
  nbthread {cpus}
  maxconn 20000
defaults
  mode tcp
  maxconn 20000
  backlog 4096
  timeout connect 60s
  timeout client 300s
  timeout server 300s
listen client
  bind 127.0.0.1:8010
  server peer 127.0.0.1:8011 ssl crt {dir}/client.both ca-file {dir}/ca.pem \
verify required ssl-min-ver TLSv1.3 no-ssl-reuse \
ciphersuites TLS_AES_128_GCM_SHA256
listen server
  bind 127.0.0.1:8011 ssl crt {dir}/server.both ca-file {dir}/ca.pem \
verify required ssl-min-ver TLSv1.3 no-tls-tickets \
ciphersuites TLS_AES_128_GCM_SHA256 curves X25519
  server app 127.0.0.1:{port}
"""
STUNNEL = """foreground = yes
debug = 3
pid =
socket = l:TCP_NODELAY=1
socket = r:TCP_NODELAY=1
sslVersionMin = TLSv1.3
ciphersuites = TLS_AES_128_GCM_SHA256
curves = X25519
options = NO_TICKET
verifyChain = yes
CAfile = {dir}/ca.pem
[client]
client = yes
cert = {dir}/client.both
accept = 127.0.0.1:8020
connect = 127.0.0.1:8021
[server]
cert = {dir}/server.both
accept = 127.0.0.1:8021
connect = 127.0.0.1:{port}
"""
NGINX = """daemon off;
user root;
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
worker_processes {cpus};
pid /tmp/{kind}.pid;
error_log stderr error;
events {{ worker_connections 20000; }}
stream {{
  server {{
    listen 127.0.0.1:8030 backlog=4096;
    proxy_pass 127.0.0.1:8031;
    proxy_ssl on;
    proxy_ssl_protocols TLSv1.3;
    proxy_ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    proxy_ssl_certificate {dir}/client.pem;
    proxy_ssl_certificate_key {dir}/client.key;
    proxy_ssl_trusted_certificate {dir}/ca.pem;
    proxy_ssl_verify on;
    proxy_ssl_name server;
    proxy_ssl_session_reuse off;
  }}
  server {{
    listen 127.0.0.1:8031 ssl backlog=4096;
    proxy_pass 127.0.0.1:{port};
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    ssl_ecdh_curve X25519;
    ssl_certificate {dir}/server.pem;
    ssl_certificate_key {dir}/server.key;
    ssl_client_certificate {dir}/ca.pem;
    ssl_verify_client on;
    ssl_session_tickets off;
    ssl_session_cache off;
  }}
}}
"""

# What the others do: tlshd has no options for it, its library has. AES-256-GCM
# is there for its own sake, tlshd does not start without it.
GNUTLS = """[overrides]
default-priority-string = NORMAL:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM
""" + "".join(f"tls-disabled-group = GROUP-{name}\n" for name in (
    "SECP256R1", "SECP384R1", "SECP521R1", "X448", "FFDHE2048", "FFDHE3072",
    "FFDHE4096", "FFDHE6144", "FFDHE8192"))
AGREED = "(ECDHE-X25519)-(ECDSA-SECP256R1-SHA256)-(AES-128-GCM)"
TLSHD = """[debug]
loglevel={level}
tls=0
nl=0
[authenticate.client]
x509.truststore={dir}/ca.pem
x509.certificate={dir}/client.pem
x509.private_key={dir}/client.key
[authenticate.server]
x509.truststore={dir}/ca.pem
x509.certificate={dir}/server.pem
x509.private_key={dir}/server.key
"""


def put(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def resumed():
    """How many handshakes tickets have made shorter."""
    with open("/proc/net/riptides_stat", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file
                    if line.startswith("RiptidesHandshakeResumed"))


class Lab:
    def __init__(self, directory, plan):
        self.dir = directory
        self.program = os.path.join(directory, "bench_net")
        self.plan = plan
        self.running = []
        os.chdir(directory)

    def die(self, text):
        sys.exit(f"bench_guest: {text}")

    def start(self, argv, environment):
        log = open(argv[-1] + ".log", "ab")
        proc = subprocess.Popen(argv, stdout=log, stderr=log,
                                stdin=subprocess.DEVNULL,
                                env=dict(os.environ, **environment))
        self.running.append(proc)
        return proc

    def server(self, kind, hold=False):
        """A server that is ready; hold: it only keeps its connections."""
        port = PORTS[kind]
        if hold:
            port += 100
        proc = subprocess.Popen(
            [self.program, "hold" if hold else "serve", str(port),
             "0" if hold else "64", HOW.get(kind, "tcp"), self.dir],
            stdout=subprocess.PIPE, text=True,
            env=dict(os.environ, **(MASK if kind == "masked" else {})))
        if proc.stdout.readline() != "ready\n":
            self.die(f"no server on port {port}")
        return proc

    def policy(self):
        nl.bundle_new("example.org", "ca.pem")
        for who in ("client", "server"):
            nl.identity_new(who, key=f"{who}.key", chain=f"{who}.pem")
        for kind, pq in (("riptides", "off"), ("hybrid", "prefer"),
                         ("resumed", "off")):
            ports = (str(PORTS[kind]), str(PORTS[kind] + 100))
            nl.rule_new(f"{kind}-in", "ingress", "mutual", identity="server",
                        port=ports, pq=pq,
                        peer=("spiffe://example.org/client",))
            nl.rule_new(f"{kind}-out", "egress", "mutual", identity="client",
                        port=ports, pq=pq,
                        peer=("spiffe://example.org/server",))

    def proxies(self, port):
        """Those of the plan: {name: process}."""
        procs = {}
        for name, text, argv in (
                ("haproxy", HAPROXY, ["haproxy", "-f"]),
                ("stunnel", STUNNEL, ["stunnel"]),
                ("nginx", NGINX, ["nginx", "-e", "stderr", "-c"])):
            for kind in (name, name + "-masked"):
                if kind not in self.plan["kinds"]:
                    continue
                masked = kind != name
                path = f"/tmp/{kind}.conf"
                put(path, (text.replace("127.0.0.1:80", "127.0.0.1:90") if
                           masked else text).format(
                               dir=self.dir, port=port, cpus=os.cpu_count(),
                               kind=kind))
                procs[kind] = self.start(argv + [path],
                                         MASK if masked else {})
        return procs

    def tlshd(self, own, level):
        """Start it; it is up when a connection gets through."""
        put(own + "/tlshd.conf", TLSHD.format(dir=own, level=level))
        proc = self.start(self.plan["agent"] + ["-s", "-c",
                                                own + "/tlshd.conf"],
                          {"GNUTLS_SYSTEM_PRIORITY_FILE": own + "/gnutls.conf"})
        client = subprocess.Popen([self.program, "conn", str(PORTS["agent"]),
                                   "1", "1", "agent", self.dir],
                                  stdout=subprocess.DEVNULL)
        while client.poll() is None and proc.poll() is None:
            time.sleep(0.1)
        with open(own + "/tlshd.conf.log", encoding="utf-8") as log:
            said = log.read()
        if client.returncode != 0 or level and AGREED not in said:
            self.die(f"agent: {said[-2000:]}")
        return proc

    def agent(self):
        """An agent with keys as it wants them, once seen what it does."""
        own = "/tmp/tlshd"
        os.makedirs(own)
        for name in ("ca.pem", "client.pem", "client.key", "server.pem",
                     "server.key"):
            shutil.copy(name, own)
            os.chmod(os.path.join(own, name),
                     0o600 if name.endswith(".key") else 0o644)
        put(own + "/gnutls.conf", GNUTLS)
        proc = self.tlshd(own, level=1)
        proc.terminate()
        proc.wait()
        self.tlshd(own, level=0)

    def client(self, kind, role, *words):
        """What the program of a client says."""
        if kind != "resumed":
            return self.ask(kind, role, *words)
        nl.settings_set(resumption=1)
        # the first ones have no ticket
        self.ask(kind, role, words[0], 2 * words[0])
        before = resumed()
        values = self.ask(kind, role, *words)
        # each has two ends here
        if resumed() - before < 2 * words[1] - 2 * words[0]:
            self.die(f"only {resumed() - before} ends were resumed")
        nl.settings_set(resumption=0)
        return values

    def ask(self, kind, role, *words):
        port = PORTS[kind] + (100 if role == "idle" and
                              kind in ("plain", "riptides", "hybrid", "ktls",
                                       "ssl") else 0)
        done = subprocess.run(
            [self.program, role, str(port), *map(str, words),
             HOW.get(kind, "tcp"), self.dir], capture_output=True, text=True,
            check=False, env=dict(os.environ, **(MASK if kind == "masked" else
                                                 {})))
        if done.returncode:
            self.die(f"{kind} {role}: {done.stderr}")
        words = done.stdout.split()
        return dict(zip(words[::2], map(float, words[1::2])))

    def await_proxies(self, procs):
        """Until a request gets through: they say nothing when they listen.

        No deadline but the lab's own: a counted clock jumps while it waits.
        """
        for kind, proc in procs.items():
            while subprocess.run(
                    [self.program, "conn", str(PORTS[kind]), "1", "1", "tcp",
                     self.dir], capture_output=True,
                    check=False).returncode:
                if proc.poll() is not None:
                    with open(f"/tmp/{kind}.conf.log",
                              encoding="utf-8") as log:
                        self.die(f"{kind}: {log.read()[-500:]}")
                time.sleep(0.1)

    def tell(self, test, kind, values):
        for name, value in values.items():
            print(test, kind, name, "%.6g" % value, flush=True)

    def secured(self):
        """That what is measured is what is named."""
        for kind, group in (("riptides", 0x001d), ("hybrid", 0x11ec)):
            if kind not in self.plan["kinds"]:
                continue
            client = subprocess.Popen(
                [self.program, "load", str(PORTS[kind]), "1", "1000000",
                 "tcp", self.dir])
            self.running.append(client)
            while not [one for one in nl.connection_list()
                       if one.get("group") in (group, f"{group:#06x}")]:
                if client.poll() is not None:
                    self.die(f"{kind}: no connection of group {group:#x}")
                time.sleep(0.1)
            client.kill()
            client.wait()

    def run(self):
        kinds = self.plan["kinds"]
        for name in ("somaxconn", "ipv4/ip_local_port_range",
                     "ipv4/tcp_max_syn_backlog"):
            path = "/proc/sys/net/" + ("core/" if "/" not in name else "") + \
                name
            put(path, "10000 65000" if "range" in name else "20000")
        if "riptides" in kinds:
            self.policy()
            # full handshakes, as the others do
            nl.settings_set(max_handshakes=4096, max_listener_handshakes=4096,
                            resumption=0)
        for kind in kinds:
            if kind.split("-")[0] not in PROXIES:
                self.server(kind)
                if self.plan.get("hold"):
                    self.server(kind, hold=True)
        if "agent" in kinds:
            self.agent()
        self.await_proxies(self.proxies(PORTS["plain"]))
        self.secured()
        for round_ in range(self.plan["rounds"] + 1):
            for test in self.plan["tests"]:
                if round_ > test.get("rounds", round_) or \
                        (not round_ and test.get("cold")):
                    continue
                if "cpus" in test:
                    self.online(test["cpus"])
                order = test.get("kinds", kinds)
                order = order if round_ % 2 else order[::-1]
                for kind in order:
                    values = self.client(kind, test["role"], *test["words"])
                    if round_:      # the first one is for caches
                        self.tell(test["name"], kind, values)
        if "policies" in self.plan:
            self.policies(**self.plan["policies"])
        if "contention" in self.plan:
            self.contention(**self.plan["contention"])

    def online(self, cpus):
        """One or two."""
        with open(ONLINE, encoding="ascii") as file:
            if file.read() == f"{cpus - 1}\n":
                return
        put(ONLINE, str(cpus - 1))

    def contention(self, kind, file, words, slow):
        """Who waits for which lock, in a file that the host reads."""
        self.online(2)
        if not os.path.exists(TRACING + "/trace"):
            subprocess.run(["mount", "-t", "tracefs", "tracefs", TRACING],
                           check=True)
        events = TRACING + "/events/lock/contention_"
        put(TRACING + "/buffer_size_kb", "40000")
        put(events + "begin/trigger", "stacktrace")
        spins = bench_spin.Spins(*slow)
        spins.start()
        for name in ("begin", "end"):
            put(f"{events}{name}/enable", "1")
        values = self.client(kind, "conn", *words)
        for name in ("begin", "end"):
            put(f"{events}{name}/enable", "0")
        with open(os.path.join(self.dir, file), "w",
                  encoding="ascii") as copy, \
                open(TRACING + "/trace", encoding="ascii") as trace:
            for took, stack in spins.stop():
                print("spins", took, *stack, file=copy)
            shutil.copyfileobj(trace, copy)
        self.tell("contention", kind, dict(values, conns=words[1]))

    def policies(self, counts, words):
        """Connecting to what no rule is about, by how many rules there are."""
        family = nl.Family()
        for count in counts:
            nl.policy_discard(family)
            for n in range(count):
                nl.rule_new(f"r{n}", "egress", "plaintext", port=("9",),
                            where=(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}",),
                            family=family, staged=True)
            nl.policy_commit(family)
            if len(nl.rule_list()) != count:
                self.die(f"not {count} rules")
            for round_ in range(self.plan["rounds"] + 1):
                values = self.client("plain", "conn", *words)
                if round_:
                    self.tell("rules", str(count), values)


def main():
    lab = Lab(sys.argv[1], json.loads(sys.argv[2]))
    lab.run()


if __name__ == "__main__":
    main()
