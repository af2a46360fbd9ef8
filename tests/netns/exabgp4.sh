#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ExaBGP as the data centre's router, session over IPv4.
# builds: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/idc.inc"
idc_story exabgp 4
