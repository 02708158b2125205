# SPDX-License-Identifier: GPL-2.0-only
"""Rows of the engine in user space, beside TLS libraries."""

import os
import shutil
import statistics
import subprocess
import sys

import bench_report
from bench_report import Absent, Row, Section, number

HERE = os.path.dirname(os.path.realpath(__file__))
ENGINE = os.path.join(HERE, "engine")
LAB = ("User space, one core, CPU time of both ends of a connection in one "
       "process: no sockets, no kernel. Mutual, P-256, a chain of two below "
       "the root, AES-128-GCM; each round all libraries take their turn. The "
       "engine is the kernel's source; its X25519 and curves are those of "
       "the kernel, its AES and SHA those of libcrypto. Of a ticket, our "
       "server looks up the key in a table, OpenSSL's decrypts it.")
LEAF = ("basicConstraints = critical, CA:FALSE\n"
        "keyUsage = critical, digitalSignature\n"
        "extendedKeyUsage = serverAuth, clientAuth\n"
        "subjectAltName = DNS:localhost, URI:spiffe://example.org/bench\n")


def openssl(where, *words):
    done = subprocess.run(["openssl", *words], capture_output=True, text=True,
                          check=False, cwd=where)
    if done.returncode:
        sys.exit(f"bench: openssl {words[0]}: {done.stderr}")


def certificates(where):
    """What bench.c makes for itself: root, intermediate, leaf."""
    os.makedirs(where, exist_ok=True)
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(where, "req", "-x509", *key, "-subj", "/CN=root", "-days", "30",
            "-addext", "keyUsage=critical,keyCertSign", "-keyout", "ca.key",
            "-out", "ca.pem")
    for name, issuer, text in (
            ("inter", "ca", "basicConstraints = critical, CA:TRUE\n"
             "keyUsage = critical, keyCertSign\n"), ("leaf", "inter", LEAF)):
        with open(os.path.join(where, name + ".ext"), "w",
                  encoding="ascii") as file:
            file.write(text)
        openssl(where, "req", *key, "-subj", "/CN=" + name, "-keyout",
                name + ".key", "-out", name + ".csr")
        openssl(where, "x509", "-req", "-in", name + ".csr", "-CA",
                issuer + ".pem", "-CAkey", issuer + ".key", "-CAcreateserial",
                "-days", "20", "-extfile", name + ".ext", "-out",
                name + ".pem")
    with open(os.path.join(where, "chain.pem"), "w",
              encoding="ascii") as chain:
        for name in ("leaf", "inter"):
            with open(os.path.join(where, name + ".pem"),
                      encoding="ascii") as part:
                chain.write(part.read())


def build(argv, environment=None):
    """Why it cannot be built, '' if it can."""
    if not shutil.which(argv[0]):
        return f"{argv[0]} is not installed"
    done = subprocess.run(argv, capture_output=True, text=True, check=False,
                          env=dict(os.environ, **(environment or {})))
    return done.stderr.strip().split("\n")[0] if done.returncode else ""


def others(options, where, go):
    """Programs of other libraries: [argv], and rows of the absent."""
    have, absent = [], []
    count = "20" if options.quick else "150"
    why = build(["gcc", "-O2", "-o", os.path.join(where, "gnutls"),
                 os.path.join(ENGINE, "bench_gnutls.c"), "-lgnutls"])
    if why:
        absent.append(Absent("full, to GnuTLS", why))
    else:
        have.append([os.path.join(where, "gnutls"), where, count])
    for name, program in (("go", "go"), ("go-new", go)):
        why = build([program, "build", "-o", os.path.join(where, name),
                     os.path.join(ENGINE, "bench_tls.go")],
                    {"GOCACHE": os.path.join(where, name + "-cache"),
                     "GOTOOLCHAIN": "local", "CGO_ENABLED": "0",
                     "GOFLAGS": "-mod=mod", "GOPROXY": "off"}) \
            if program else "not fetched"
        if why:
            absent.append(Absent("full, to Go" + name[2:], why))
            continue
        argv = [os.path.join(where, name), where, count, name]
        have += [argv] + ([argv + ["pq"]] if name == "go-new" else [])
    return have, absent


def peers(options):
    """How the later OpenSSL's libraries are had, and what all are called."""
    names, newer, go = {"openssl": "the machine's OpenSSL"}, None, None
    listing = subprocess.run(
        [os.path.join(options.root, "scripts", "peers"), "--list"],
        capture_output=True, text=True, check=False).stdout
    for line in listing.splitlines():
        state, name, version, how = line.split("\t")
        version = version.split(" (")[0]
        if name == "openssl":
            names["openssl"] = " ".join(version.split()[:2])
        elif name == "openssl-new" and state == "had":
            newer = how.split()[:-1]
            names["newer"] = " ".join(version.split()[:2])
        elif name == "openssl-new":
            names["absent"] = version
        elif name == "libgnutls":
            names["gnutls"] = "GnuTLS " + version.split()[-1].split("-")[0]
        elif name in ("go", "go-new") and state == "had":
            names[name] = "Go " + version.split()[2].replace("go", "")
            go = how if name == "go-new" else go
    return names, newer, go


def collect(said, label, values, split):
    """Take what a program said; LABEL is that of a later OpenSSL."""
    for line in said.splitlines():
        who, what, one, two = line.split()
        if who == "split":
            if not label:
                split.setdefault(what, []).append((float(one), float(two)))
            continue
        who = {"openssl": label or who,
               "ours": "ours-new" if label else who}.get(who, who)
        values.setdefault((who, what), []).append((float(one), float(two)))


def measure(options, have, newer):
    """Rounds of all: {(who, what): [(client, server)]}, and the split."""
    program = os.path.join(options.root, "build", "engine", "bench")
    count = "20" if options.quick else "150"
    runs = [("", [program, "--rows", count])]
    if newer:
        runs.append(("newer", [*newer, program, "--rows", count]))
    runs += [("", argv) for argv in have]
    values, split = {}, {}
    for round_ in range(options.rounds):
        for label, argv in runs if round_ % 2 else runs[::-1]:
            done = subprocess.run(argv, capture_output=True, text=True,
                                  check=False)
            if done.returncode:
                sys.exit(f"bench: {argv[0]}: {done.stderr}")
            collect(done.stdout, label, values, split)
    return values, split


def breakdown(split, title="What a full handshake is made of",
              lab="User space, both ends. By the cycle counter, the only clock "
              "that is cheap enough: the least of many short turns for each "
              "part.", unit="us", each=1e3):
    """What a handshake of ours is made of: the least of each part."""
    section = Section(title, lab,
                      head=["part", unit, "of all", "goal", "", "calls", ""])
    least = {name: min(v[0] for v in values)
             for name, values in split.items()}
    whole = sum(least.values())
    names = {"sign": "ECDSA P-256, sign", "verify": "ECDSA P-256, verify",
             "x25519": "X25519", "hash": "SHA-256, HMAC, HKDF",
             "aead": "AES-128-GCM", "own": "ours: parsing, state, copies"}
    for name, value in least.items():
        own = name == "own"
        good = value < 0.15 * whole
        section.rows.append([
            names[name], number(value / each), f"{100 * value / whole:.1f} %",
            "< 15 %" if own else "",
            "" if not own else "met" if good else "MISSED",
            "" if own else f"{statistics.median(v[1] for v in split[name]):.0f}",
            ""])
    section.rows.append(["all", number(whole / each), "100 %", "", "", "", ""])
    return section


def engine(options):
    """Full, resumed and post-quantum handshakes."""
    where = os.path.join(options.build, "engine")
    certificates(where)
    names, newer, go = peers(options)
    have, absent = others(options, where, go)
    values, split = measure(options, have, newer)
    section = Section("Engine: CPU time of a handshake", LAB)

    def add(what, ours, theirs, title, goal):
        a, b = values[ours, what], values[theirs, what]
        section.rows.append(Row(
            title, [sum(x) / sum(y) for x, y in zip(a, b)], goal,
            f"{number(statistics.median(map(sum, a)) / 1e3)} us",
            f"{number(statistics.median(map(sum, b)) / 1e3)} us"))

    for who in ("openssl", "newer", "gnutls", "go", "go-new"):
        if (who, "full") in values:
            # of the same process where it is OpenSSL that is compared
            ours = "ours-new" if who == "newer" else "ours"
            add("full", ours, who, "full, to " + names.get(who, who),
                "<= 0.75" if who in ("openssl", "newer") else "")
    for side, i in (("client", 0), ("server", 1)):
        section.rows.append(Row(
            f"full, {side} only, to {names['openssl']}",
            [x[i] / y[i] for x, y in zip(values["ours", "full"],
                                         values["openssl", "full"])], "",
            f"{number(statistics.median(x[i] for x in values['ours', 'full']) / 1e3)} us",
            f"{number(statistics.median(y[i] for y in values['openssl', 'full']) / 1e3)} us"))
    if ("newer", "pq") in values and ("ours-new", "pq") in values:
        add("pq", "ours-new", "newer", "X25519MLKEM768, to " + names["newer"],
            "<= 1")
    else:
        absent.append(Absent("X25519MLKEM768", names.get(
            "absent", "no OpenSSL 3.5 or later, or built without "
            "mlkem-native")))
    if ("go-new", "pq") in values and ("ours", "pq") in values:
        add("pq", "ours", "go-new", "X25519MLKEM768, to " + names["go-new"],
            "")
    if ("ours", "pq") in values:
        section.rows.append(Row(
            "X25519MLKEM768 to X25519, both ours",
            [sum(x) / sum(y) for x, y in zip(values["ours", "pq"],
                                             values["ours", "full"])]))
    if not newer:
        absent.append(Absent("full, to a later OpenSSL",
                             names.get("absent", "not fetched")))
    for who, ours in (("openssl", "ours"), ("newer", "ours-new")):
        if (who, "resumed") in values:
            add("resumed", ours, who, "resumed, to " + names[who], "<= 0.5")
        elif who == "openssl" or newer:
            absent.append(Absent("resumed, to " + names[who],
                                 "it gave no ticket, or did not take it"))
    section.rows += absent
    bars = []
    for who, what, label in (
            ("ours", "full", "ours"), ("openssl", "full", names["openssl"]),
            ("newer", "full", names.get("newer")),
            ("gnutls", "full", names.get("gnutls", "GnuTLS")),
            ("go", "full", names.get("go", "Go")),
            ("go-new", "full", names.get("go-new")),
            ("ours", "pq", "ours, PQ"),
            ("go-new", "pq", f"{names.get('go-new')}, PQ"),
            ("newer", "pq", f"{names.get('newer')}, PQ")):
        if (who, what) in values:
            all_ = sorted(sum(x) / 1e3 for x in values[who, what])
            bars.append((label, statistics.median(all_), all_[0], all_[-1]))
    section.plots.append(("engine", bench_report.bars(
        "A mutual handshake, both ends", "microseconds of CPU", bars)))
    return [section, breakdown(split)]
