#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The tests of fib/link in a kernel that has VRF and VLAN devices: a throw-away user-mode Linux.
#
#   vm_link.sh [PROGRAM]    PROGRAM: test_link of a build without sanitizers (UML cannot run them);
#                           default: $VBRD_BUILDDIR/tests/fib/link/test_link
#
# Needs linux.uml and a vmrun script (VMRUN, or in PATH). Exit 77 = skipped, with the reason.
set -u

skip() {
	echo "1..0 # SKIP $*"
	exit 77
}

program=${1:-${VBRD_BUILDDIR:-.}/tests/fib/link/test_link}
vmrun=${VMRUN:-$(command -v vmrun)}

[ -x "$program" ] || skip "no program $program"
[ -n "$vmrun" ] && [ -x "$vmrun" ] || skip "no vmrun: set VMRUN"
command -v linux.uml >/dev/null || skip "no user-mode Linux: apt-get install user-mode-linux"
if nm "$program" 2>/dev/null | grep -qE '__(asan|tsan)_init'; then
	skip "built with sanitizers, which need more address space than UML has"
fi
program=$(realpath "$program")

out=$("$vmrun" -t "${VM_LIMIT_S:-240}" "$program" 2>&1)
ret=$?
printf '%s\n' "$out"
[ $ret = 125 ] && skip "the VM did not come up"
# A skip of the cases that the VM is for would be a silent hole.
if [ $ret = 0 ] && printf '%s\n' "$out" | grep -q '^ok.*instances:.*# SKIP'; then
	echo "# VRF or VLAN cases were skipped in the VM"
	exit 1
fi
exit $ret
