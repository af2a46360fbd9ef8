#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A TCP service that says who it is and moves data; and its client.

    answer.py serve NAME [PORT]
    answer.py who HOST [PORT]                  prints NAME
    answer.py put|get HOST [PORT] --mib N      prints Mbit/s; fails unless the data arrive intact

The client fails (1, reason on stderr) if nothing answers within --timeout seconds.
"""
import argparse
import hashlib
import socket
import struct
import sys
import threading
import time

BLOCK = hashlib.sha256(b"vbrd").digest() * 2048  # 64 KiB
MIB = 1 << 20


def receive(s, size):
    """(digest of size octets, seconds from the first to the last)."""
    digest, left, began = hashlib.sha256(), size, None
    while left:
        data = s.recv(min(left, MIB))
        if not data:
            raise OSError("closed %d octets before the end" % left)
        began = began or time.monotonic()
        digest.update(data)
        left -= len(data)
    return digest.digest(), time.monotonic() - (began or 0)


def send(s, size):
    digest = hashlib.sha256()
    for _ in range(size // len(BLOCK)):
        s.sendall(BLOCK)
        digest.update(BLOCK)
    return digest.digest()


def exactly(s, size):
    data = b""
    while len(data) < size:
        more = s.recv(size - len(data))
        if not more:
            raise OSError("closed")
        data += more
    return data


def attend(s, name):
    """One client: our name; its verb and size; the data; the digest of what went over."""
    with s:
        try:
            s.sendall(name.ljust(64).encode())
            verb, mib = struct.unpack("!3sI", exactly(s, 7))
            if verb == b"put":
                digest, seconds = receive(s, mib * MIB)
                s.sendall(struct.pack("!d", seconds) + digest)
            elif verb == b"get":
                s.sendall(send(s, mib * MIB))
        except OSError:
            pass  # the client went away


def serve(o):
    listener = socket.create_server(("", o.port))
    while True:
        s, _ = listener.accept()
        threading.Thread(target=attend, args=(s, o.who), daemon=True).start()


def ask(o):
    with socket.create_connection((o.who, o.port), o.timeout) as s:
        name = exactly(s, 64).decode().strip()
        if o.verb == "who":
            return name
        s.sendall(struct.pack("!3sI", o.verb.encode(), o.mib))
        if o.verb == "put":
            digest = send(s, o.mib * MIB)
            (seconds,) = struct.unpack("!d", exactly(s, 8))
        else:
            digest, seconds = receive(s, o.mib * MIB)
        if exactly(s, 32) != digest:
            raise OSError("the data arrived damaged")
        return "%.0f" % (o.mib * MIB * 8 / seconds / 1e6)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("verb", choices=["serve", "who", "put", "get"])
    p.add_argument("who", metavar="NAME|HOST")
    p.add_argument("port", nargs="?", type=int, default=7000)
    p.add_argument("--mib", type=int, default=32)
    p.add_argument("--timeout", type=float, default=3)
    o = p.parse_args()
    if o.verb == "serve":
        serve(o)
    try:
        print(ask(o))
    except OSError as e:
        sys.exit("answer.py: %s: %s" % (o.who, e))


if __name__ == "__main__":
    main()
