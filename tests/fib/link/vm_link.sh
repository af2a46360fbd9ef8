#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The tests of fib/link in a kernel that has VRF and VLAN devices: a throw-away virtual machine.
#
#   vm_link.sh [PROGRAM]    PROGRAM: test_link of a build without sanitizers (UML cannot run them);
#                           default: $VBRD_BUILDDIR/tests/fib/link/test_link
#
# Needs a vmrun script (VMRUN, or in PATH) and user-mode Linux or QEMU. UML 6.1 dies at boot on
# processors with AMX (register set too large for it), so QEMU is tried where it does. Exit 77 =
# skipped, with the reason.
set -u

skip() {
	echo "1..0 # SKIP $*"
	exit 77
}

program=${1:-${VBRD_BUILDDIR:-.}/tests/fib/link/test_link}
vmrun=${VMRUN:-$(command -v vmrun)}

[ -x "$program" ] || skip "no program $program"
[ -n "$vmrun" ] && [ -x "$vmrun" ] || skip "no vmrun: set VMRUN"
if nm "$program" 2>/dev/null | grep -qE '__(asan|tsan)_init'; then
	skip "built with sanitizers, which need more address space than UML has"
fi
program=$(realpath "$program")

ret=125
for kind in uml qemu; do
	case $kind in
	uml) command -v linux.uml >/dev/null || continue ;;
	qemu) command -v qemu-system-x86_64 >/dev/null || continue ;;
	esac
	out=$("$vmrun" -k $kind -t "${VM_LIMIT_S:-540}" "$program" 2>&1)
	ret=$?
	[ $ret = 125 ] || break
done
printf '%s\n' "${out:-}"
[ $ret = 125 ] && skip "the VM did not come up"
# A skip of the cases that the VM is for would be a silent hole.
if [ $ret = 0 ] && printf '%s\n' "$out" | grep -q '^ok.*instances:.*# SKIP'; then
	echo "# VRF or VLAN cases were skipped in the VM"
	exit 1
fi
exit $ret
