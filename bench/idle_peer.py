#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A BGP speaker that announces nothing and notes when keepalives arrive.

    idle_peer.py LOCAL-ADDRESS LOCAL-AS PEER-ADDRESS FILE

Hold time 3 s, so that the router sends a KEEPALIVE every second (less its jitter). Every message
received is one line of FILE: CLOCK_MONOTONIC seconds and the type. Ends by signal, or with 1 when the
session ends.
"""
import select
import socket
import struct
import sys
import time

OPEN, KEEPALIVE = 1, 4
MARKER = b"\xff" * 16
HOLD_S = 3
OWN_KEEPALIVE_S = 0.8


def message(kind, body=b""):
    return MARKER + struct.pack("!HB", 19 + len(body), kind) + body


def open_message(asn, address):
    caps = bytes([1, 4, 0, 1, 0, 1]) + bytes([65, 4]) + struct.pack("!I", asn)
    options = bytes([2, len(caps)]) + caps
    body = struct.pack("!BHH4sB", 4, min(asn, 23456), HOLD_S, socket.inet_aton(address), len(options))
    return message(OPEN, body + options)


def connect(local, peer):
    end = time.monotonic() + 30
    while True:
        try:
            s = socket.create_connection((peer, 179), 2, (local, 0))
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return s
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def main():
    local, asn, peer, path = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    s = connect(local, peer)
    s.sendall(open_message(asn, local))
    data, next_keepalive = b"", time.monotonic()
    with open(path, "w", buffering=1) as log:
        while True:
            wait = next_keepalive - time.monotonic()
            if wait <= 0:
                s.sendall(message(KEEPALIVE))
                next_keepalive += OWN_KEEPALIVE_S
                continue
            if not select.select([s], [], [], wait)[0]:
                continue
            now, more = time.monotonic(), s.recv(65536)
            if not more:
                return 1
            data += more
            while len(data) >= 19 and len(data) >= (size := struct.unpack_from("!H", data, 16)[0]):
                log.write("%.6f %d\n" % (now, data[18]))
                data = data[size:]


if __name__ == "__main__":
    sys.exit(main())
