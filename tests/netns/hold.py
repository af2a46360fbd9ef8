# SPDX-License-Identifier: Apache-2.0
"""Stop one thread of a process, as nothing but a tracer can, until standard input ends.

    hold.py PID NAME      prints "held" when it stands
"""
import ctypes
import os
import sys

SEIZE, INTERRUPT, WALL = 0x4206, 0x4207, 0x40000000  # linux/ptrace.h, __WALL

pid, name = sys.argv[1:]
for tid in os.listdir("/proc/%s/task" % pid):
    with open("/proc/%s/task/%s/comm" % (pid, tid)) as f:
        if f.read().strip() == name:
            break
else:
    sys.exit("no thread %s" % name)
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
for request in (SEIZE, INTERRUPT):
    if libc.ptrace(request, int(tid), None, None) < 0:
        sys.exit("ptrace: " + os.strerror(ctypes.get_errno()))
os.waitpid(int(tid), WALL)
print("held", flush=True)
sys.stdin.read()  # at our end the kernel lets it go
