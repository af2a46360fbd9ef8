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

# 125: it does not boot.
for kind in uml qemu; do
	"$vmrun" -k $kind -t "${VM_LIMIT_S:-580}" -m 1024 env CASE_INSIDE=1 bash "$VBRD_SRCDIR/tests/netns/vm_vrf.inc" 2>"$LAB_DIR/vm"
	ret=$?
	[ $ret = 125 ] || break
done
[ $ret != 125 ] || skip "neither user-mode Linux nor QEMU boots here"
exit $ret
