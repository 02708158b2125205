# SPDX-License-Identifier: GPL-2.0-only
#
# riptides: one target for everything a developer does. 'make help' lists them.
#
#   ARCH=um|x86_64|arm64   which lab kernel (default um)
#   DEBUG=1                its debug variant: lockdep, KASAN, kmemleak, ...
#   KERNEL=7.2|7.3         which Linux version (default 7.2)
#   LINUX_SRC=DIR          use that kernel tree, not Debian's
#   V=1                    show every compiler command

ARCH ?= um
KERNEL ?= 7.2
FUZZ_TIME ?= 20
export KERNEL FUZZ_TIME V

debug := $(if $(DEBUG),--debug)
engine := $(MAKE) -C tools/testing/selftests/net/riptides/engine \
	  O=$(CURDIR)/build/engine

tool := $(MAKE) -C tools/riptidesd O=$(CURDIR)/build/riptidesd

.DEFAULT_GOAL := help
.PHONY: help deps sources tree kernel lab kunit engine check coverage interop \
	fuzz bench bench-mesh bench-engine bench-ulp riptidesd lint series series-check demo test \
	test-full clean

help:			## list the targets
	@sed -n -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/p' Makefile | expand -t 18

deps:			## install the Debian packages that the other targets need
	@scripts/deps build engine tools demo lint qemu arm64

sources:		## fetch and check Linux, BearSSL and the test vectors
	@scripts/deps build
	@scripts/sources

tree: sources		## assemble build/linux: kernel, overlay, imports, patches
	@scripts/tree

kernel: tree		## build a lab kernel (ARCH=, DEBUG=1); UML by default
	@scripts/kernel --arch $(ARCH) $(debug)

lab: kernel		## boot it to an interactive shell
	@scripts/lab --arch $(ARCH) $(debug)

riptidesd:		## build the daemon and command line: build/riptidesd/riptidesd
	@scripts/deps tools
	@$(tool)

kunit: kernel		## run the KUnit suites on it
	@scripts/kunit --arch $(ARCH) $(debug)

engine: tree		## the TLS engine in user space and build/engine/rpt-tls
	@scripts/deps engine
	@$(engine) all rpt-tls

check: tree		## the KUnit suites in user space, with ASan and UBSan
	@scripts/deps engine
	@$(engine) check

coverage: tree		## line and branch coverage of the engine by those suites
	@scripts/deps engine
	@$(engine) coverage

interop: engine		## handshakes with OpenSSL, GnuTLS, Go, Node, ...
	@tools/testing/selftests/net/riptides/interop.sh

fuzz: tree		## fuzz every parser for FUZZ_TIME seconds each
	@scripts/deps engine tools
	@$(engine) fuzz
	@$(tool) fuzz

bench_tool := tools/testing/selftests/net/riptides/bench.py

bench: engine	## all that is measured, beside others: build/bench/report.md
	@scripts/deps qemu arm64 demo bench
	@scripts/peers > build/peers.txt
	@$(engine) bench-build
	@scripts/kernel
	@scripts/kernel --arch x86_64
	@scripts/kernel --arch arm64
	@scripts/tree --without
	@scripts/kernel --arch x86_64 --without
	@scripts/tree --agent
	@scripts/kernel --arch x86_64 --agent
	@$(bench_tool) $(if $(QUICK),--quick)

bench-mesh: kernel	## HTTP services by rules, and by pairs of proxies
	@scripts/deps demo bench
	@$(bench_tool) --only mesh $(if $(QUICK),--quick)

bench-engine: engine	## handshakes a second beside OpenSSL, as ratios
	@$(engine) bench

bench-ulp: tree	## what the ULP costs, beside plain kTLS and OpenSSL
	@scripts/deps qemu demo
	@scripts/kernel
	@scripts/kernel --arch x86_64
	@scripts/tree --without
	@scripts/kernel --arch x86_64 --without
	@tools/testing/selftests/net/riptides/bench_ulp.py

lint:			## checkpatch, sparse, coccinelle, kernel-doc, layers, ...
	@scripts/deps build lint
	@scripts/lint

series: sources		## write the mailable patch series to build/series
	@scripts/series

series-check: sources	## apply that series with git am and build every step
	@scripts/series --check

demo: kernel		## show what riptides does today; every claim is checked
	@scripts/deps demo
	@scripts/demo

test:			## the sample that CI runs
	@scripts/test

test-full:		## everything at full counts, with a report in build/
	@scripts/test --full

clean:			## remove build/; the source cache stays
	rm -rf build
