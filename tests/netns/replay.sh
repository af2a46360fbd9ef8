#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Recorded neighbours of the years 2000 to 2020, message by message: what the edge holds of each
# equals what bgpdump reads in the same file.
# builds: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/replay.inc"
full=ripe-bgpdump__updates.et-header.2015.gz # replay_full.sh
files=()
for f in "$data"/mrt/*; do
	[ "${f##*/}" = $full ] || files+=("$f")
done
replay_story "${files[@]}"
