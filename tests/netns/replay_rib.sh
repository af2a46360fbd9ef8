#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A RIB dump of 2010 as a load: 641,957 routes of five neighbours, an UPDATE for each.
# builds: plain
# long
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/replay.inc"
replay_story "$data/ris-rib-20100701.mrt.xz"
