#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# BIRD as the data centre's router, session over IPv4.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/idc.inc"
idc_story bird 4
