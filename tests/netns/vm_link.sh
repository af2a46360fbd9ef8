#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The unit tests of fib/link in a virtual machine whose kernel has VRF and VLAN devices.
# builds: plain
# long
. "$(dirname "$0")/lib.sh"
VMRUN=${VMRUN:-$VBRD_SRCDIR/../shared/tools/vmrun}
export VMRUN
[ -x "$VMRUN" ] || skip "no vmrun: it comes with ../shared/tools, or set VMRUN"
[ -x "$VBRD_BUILDDIR/tests/fib/link/test_link" ] || skip "test_link is not built"
"$VBRD_SRCDIR/tests/fib/link/vm_link.sh"
