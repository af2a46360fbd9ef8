#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# builds: plain asan
# Random configurations, one after the other, against what the kernel shows. Longer, again, or with
# more threads:  random_commits.sh --seconds 600 --seed 7 --workers 5
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip "python3 is not installed"
mkdir -p "$LAB_DIR/log" "$LAB_DIR/random"
step "kernel and configuration agree" python3 "$(dirname "$0")/random_commits.py" \
	--dir "$LAB_DIR/random" --log "$LAB_DIR/log/vbrd" --seconds 12 --patience $((10 * slow)) "$@"
