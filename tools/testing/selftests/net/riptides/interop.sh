#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Handshakes of the engine (build/engine/rpt-tls) with every other TLS
# implementation that can be had. Options go to interop.py: --sample is what CI
# runs, --peer NAME and --match REGEX select.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
top=$(cd "$here/../../../../.." && pwd -P)

[ -x "$top/build/engine/rpt-tls" ] ||
	make -C "$here/engine" O="$top/build/engine" rpt-tls
echo "# peers:"
"$top/scripts/peers" | cut -f 1-3 | expand -t 10 | sed 's/^/# /'
exec python3 -B "$here/interop.py" "$@"
