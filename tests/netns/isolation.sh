#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# builds: plain
# Isolation of tenants as a property: random tenants with the same addresses, random changes of
# consent and everything else, against an oracle: kernel tables, RIBs, packets. In ./check always the
# same run. Another one, or a longer one, or what happens:
#
#   ISOLATION_SEED=7 tests/netns/isolation.sh --seconds 600 --verbose
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip "python3 is not installed"
mkdir -p "$LAB_DIR/log" "$LAB_DIR/isolation"
"$LAB_PYTHON" -B "$(dirname "$0")/isolation" --dir "$LAB_DIR/isolation" --log "$LAB_DIR/log/vbrd" \
	--slow $slow --steps 30 --seconds 25 "$@" || exit 1
