# SPDX-License-Identifier: Apache-2.0
"""A stream of numbered packets: one process sends, one receives, and both write down what they did.

    stream.py send FILE PPS ADDRESS...      in the namespace of the VPC's host
    stream.py receive FILE DEVICE_A DEVICE_B   in that of the data centre

The file is shared memory: for each number when it was due and by which device it came (0: not). Due,
not sent: a kernel that is too busy to send takes packets away, too. Packets go to the addresses in turn. Both run until they are killed.
"""
import mmap
import os
import select
import socket
import struct
import sys
import time

PORT = 9999
SO_RCVBUFFORCE = 33  # asm-generic/socket.h; not in the module
LIMIT = 8000000  # numbers; 9 octets each, and only what is used costs memory
SIZE = 8 + LIMIT * 9


class Notes:
    def __init__(self, path, make=False):
        fd = os.open(path, os.O_RDWR | (os.O_CREAT if make else 0), 0o600)
        if make:
            os.ftruncate(fd, SIZE)
        self.m = mmap.mmap(fd, SIZE)
        os.close(fd)
        view = memoryview(self.m)
        self.count = view[:8].cast("Q")
        self.due = view[8:8 + LIMIT * 8].cast("d")
        self.came = view[8 + LIMIT * 8:]


def first_priority():
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pass


def send(path, pps, addresses):
    notes, pause = Notes(path), 1.0 / pps
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setblocking(False)
    targets = [(a, PORT) for a in addresses]
    due, pack = time.monotonic(), struct.Struct("!Q").pack
    for n in range(LIMIT):
        due += pause
        left = due - time.monotonic()
        if left > 0:
            time.sleep(left)
        elif left < -1:
            due = time.monotonic()  # we were stopped: no burst afterwards
        notes.due[n] = due
        try:
            s.sendto(pack(n), targets[n % len(targets)])
        except OSError:
            pass  # no route, queue full: a lost packet
        notes.count[0] = n + 1


def receive(path, devices):
    notes, unpack = Notes(path), struct.Struct("!Q").unpack
    by_socket = {}
    for way, device in enumerate(devices):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 22)
        s.bind(("0.0.0.0", PORT))
        s.setblocking(False)
        by_socket[s] = way + 1
    while True:
        for s in select.select(list(by_socket), [], [])[0]:
            way = by_socket[s]
            try:
                while True:
                    notes.came[unpack(s.recv(64))[0]] = way
            except BlockingIOError:
                pass


if __name__ == "__main__":
    first_priority()
    if sys.argv[1] == "send":
        send(sys.argv[2], int(sys.argv[3]), sys.argv[4:])
    else:
        receive(sys.argv[2], sys.argv[3:])
