#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# VRF devices and VLAN sub-interfaces, in a virtual machine whose kernel has both: the story is in
# vm_vrf.inc. User-mode Linux if it boots on this processor, else QEMU.
# builds: plain
# long
. "$(dirname "$0")/lib.sh"
need bird
vmrun=${VMRUN:-$VBRD_SRCDIR/../shared/tools/vmrun}
[ -x "$vmrun" ] || skip "no vmrun: it comes with ../shared/tools, or set VMRUN"

for kind in uml qemu; do
	"$vmrun" -k $kind -t 60 true >/dev/null 2>&1 || continue
	"$vmrun" -k $kind -t 400 -m 1024 env CASE_INSIDE=1 bash "$VBRD_SRCDIR/tests/netns/vm_vrf.inc"
	exit
done
skip "neither user-mode Linux nor QEMU boots here"
