#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A neighbour sends its whole table of 577,699 routes in 89,679 messages, as it did in 2015.
# builds: plain
# long
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/replay.inc"
replay_story "$data/mrt/ripe-bgpdump__updates.et-header.2015.gz"
