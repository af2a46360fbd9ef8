#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plays recorded neighbours to vbrd and compares what it holds with what bgpdump reads.

    replay.py VBRSH RUN-DIR EDGE-ADDRESS FOLDER NUMBER FILE

Each neighbour of an MRT file (BGP4MP and BGP4MP_ET; TABLE_DUMP and TABLE_DUMP_V2 as a load) becomes a
session from an address of its own, with the AS, the size of AS numbers, and the AS of the collector
that were recorded. Its messages go out as they are, octet by octet; where the record says that
the session was lost, it is lost. What bgpdump says, line by line, of the same file is a table too:
prefix, AS path, origin, MED, communities. Both must be equal, neighbour by neighbour. FOLDER is for
what has to be unpacked. The neighbours' own addresses are 2001:db8::NUMBER and those that follow.

Runs where the neighbours are, in their namespace; prints a line. Exit status 1 when something differs.
"""
import bz2
import collections
import gzip
import ipaddress
import json
import lzma
import os
import socket
import struct
import subprocess
import sys
import time

OPEN, UPDATE, NOTIFICATION, KEEPALIVE = 1, 2, 3, 4
MARKER = b"\xff" * 16
OLD_BGP, TABLE_DUMP, TABLE_DUMP_V2, BGP4MP, BGP4MP_ET = 5, 12, 13, 16, 17
STATE_CHANGE, MESSAGE, MESSAGE_AS4, STATE_CHANGE_AS4, MESSAGE_AP, MESSAGE_AS4_AP = 0, 1, 4, 5, 8, 9
RIB_IPV4, RIB_IPV6, RIB_IPV4_AP, RIB_IPV6_AP = 2, 4, 8, 10
ESTABLISHED = 6
PEERS_AT_ONCE = 8  # as many as a VBR may have
NAMED = {"no-export": "65535:65281", "no-advertise": "65535:65282", "local-AS": "65535:65283",
         "no-export-subconfed": "65535:65283", "blackhole": "65535:666", "no-peer": "65535:65284"}


# What ends the session, and must: bgpdump reads on.
RESET = {
    ("0.5.0.3", 13937): "NOTIFICATION 3/1",  # a torn record, whose rest is read as another
    # RFC 7606 5.3: 0d0b 0d0b 0d0b is no NLRI after two prefixes; bgpdump shows one of them, with
    # bits behind its length.
    ("12.0.1.63", 7018): "NOTIFICATION 3/10",
}
# Recorded in ADD-PATH sessions (RFC 7911) before there were records that say so (RFC 8050):
# bgpdump takes the path identifiers for prefixes. They are played, and there is nothing to compare.
ADD_PATH_UNSAID = {"mrtparse__bird_bgp"}


class Failed(Exception):
    pass


#
# MRT
#

def unpacked(name):
    with open(name, "rb") as f:
        head = f.read(6)
    for magic, module in ((b"\x1f\x8b", gzip), (b"BZh", bz2), (b"\xfd7zXZ", lzma)):
        if head.startswith(magic):
            return module.open(name)
    return open(name, "rb")


def records(name):
    """Type, subtype, body; a record that the file has no end of is none."""
    with unpacked(name) as f:
        while len(head := f.read(12)) == 12:
            _, kind, sub, size = struct.unpack(">IHHI", head)
            body = f.read(size)
            if len(body) == size:
                yield kind, sub, body


def message(kind, body=b""):
    return MARKER + struct.pack(">HB", 19 + len(body), kind) + body


class Recorded:
    """A neighbour of a file: what it said, and when it was lost (None)."""

    def __init__(self, ip, asn, local_as):
        self.ip, self.asn, self.local_as = ip, asn, local_as
        self.as4, self.addpath, self.events = True, False, []

    def name(self):
        return "%s AS%d" % (self.ip, self.asn)


def recorded_update_of_2000(b, out):
    """Before RFC 6396: AS and address of both ends, then the body without a header."""
    asn, ip, local_as = struct.unpack(">H4sH", b[:8])
    peer = out.setdefault((str(ipaddress.ip_address(ip)), asn),
                          Recorded(ipaddress.ip_address(ip), asn, local_as or 65000))
    peer.as4 = False
    peer.events.append(message(UPDATE, b[12:]))


def recorded_messages(name, out):
    for kind, sub, b in records(name):
        if (kind, sub) == (OLD_BGP, 1):
            recorded_update_of_2000(b, out)
        if kind not in (BGP4MP, BGP4MP_ET):
            continue
        b = b[4:] if kind == BGP4MP_ET else b
        size = 4 if sub in (MESSAGE_AS4, STATE_CHANGE_AS4, MESSAGE_AS4_AP) else 2
        if sub not in (STATE_CHANGE, MESSAGE, MESSAGE_AS4, STATE_CHANGE_AS4, MESSAGE_AP, MESSAGE_AS4_AP):
            continue
        asn, local_as = int.from_bytes(b[:size], "big"), int.from_bytes(b[size:2 * size], "big")
        family = int.from_bytes(b[2 * size + 2:2 * size + 4], "big")
        b, width = b[2 * size + 4:], 16 if family == 2 else 4
        if len(b) < 2 * width:
            continue
        ip, b = ipaddress.ip_address(b[:width]), b[2 * width:]
        peer = out.setdefault((str(ip), asn), Recorded(ip, asn, local_as))
        if sub in (STATE_CHANGE, STATE_CHANGE_AS4):
            old, new = struct.unpack(">HH", b[:4])
            if old == ESTABLISHED and new != ESTABLISHED:
                peer.events.append(None)
        elif len(b) > 18 and b[18] == UPDATE:
            peer.as4, peer.addpath = size == 4, sub in (MESSAGE_AP, MESSAGE_AS4_AP)
            peer.local_as = local_as
            peer.events.append(b)


def attribute_list(section):
    p = 0
    while p + 3 <= len(section):
        wide = section[p] & 0x10
        size = int.from_bytes(section[p + 2:p + 4], "big") if wide else section[p + 2]
        head = 4 if wide else 3
        yield section[p], section[p + 1], section[p + head:p + head + size]
        p += head + size


def attribute(flags, kind, value):
    if len(value) > 255:
        return bytes([flags | 0x10, kind]) + struct.pack(">H", len(value)) + value
    return bytes([flags & ~0x10, kind, len(value)]) + value


def update_of_entry(family, prefix, section):
    """RFC 6396 4.3.4: MP_REACH_NLRI of an entry holds the next hop alone."""
    if family == 4:
        attrs, nlri = section, prefix
    else:
        attrs, nlri = b"", b""
        for flags, kind, value in attribute_list(section):
            if kind == 14:
                hop = value if value[0] == len(value) - 1 else value[3:4 + value[3]]
                value = b"\0\2\1" + hop + b"\0" + prefix
            attrs += attribute(flags, kind, value)
    return message(UPDATE, struct.pack(">HH", 0, len(attrs)) + attrs + nlri)


def recorded_entry_of_2001(width, b, out):
    """RFC 6396 4.2: a prefix with its attributes, AS numbers of two octets."""
    size = (b[4 + width] + 7) // 8
    prefix = bytes([b[4 + width]]) + b[4:4 + size]
    ip, p = ipaddress.ip_address(b[10 + width:10 + 2 * width]), 10 + 2 * width
    asn, length = struct.unpack(">HH", b[p:p + 4])
    peer = out.setdefault((str(ip), asn), Recorded(ip, asn, 65000))
    peer.as4 = False
    peer.events.append(update_of_entry(4 if width == 4 else 6, prefix, b[p + 4:p + 4 + length]))


def recorded_table(name, out):
    """A RIB dump: each entry an UPDATE of its own."""
    index = []
    for kind, sub, b in records(name):
        if kind == TABLE_DUMP:
            recorded_entry_of_2001(4 if sub == 1 else 16, b, out)
        if kind != TABLE_DUMP_V2:
            continue
        if sub == 1:
            index = peer_index(b)
        elif sub in (RIB_IPV4, RIB_IPV6, RIB_IPV4_AP, RIB_IPV6_AP):
            recorded_entries(sub, index, b, out)


def recorded_entries(sub, index, b, out):
    """RFC 6396 4.3.2, 8050 4: a prefix and its paths."""
    addpath = sub in (RIB_IPV4_AP, RIB_IPV6_AP)
    size = 1 + (b[4] + 7) // 8
    prefix, p = b[4:4 + size], 4 + size + 2
    while p < len(b):
        ip, asn = index[int.from_bytes(b[p:p + 2], "big")]
        path_id, p = (b[p + 6:p + 10], p + 10) if addpath else (b"", p + 6)
        length, p = int.from_bytes(b[p:p + 2], "big"), p + 2
        peer = out.setdefault((str(ip), asn), Recorded(ip, asn, 65000))
        peer.addpath = addpath
        peer.events.append(update_of_entry(4 if sub in (RIB_IPV4, RIB_IPV4_AP) else 6,
                                           path_id + prefix, b[p:p + length]))
        p += length


def peer_index(b):
    out, p = [], 6 + int.from_bytes(b[4:6], "big")
    count, p = int.from_bytes(b[p:p + 2], "big"), p + 2
    for _ in range(count):
        kind, p = b[p], p + 5
        width, size = 16 if kind & 1 else 4, 4 if kind & 2 else 2
        out.append((ipaddress.ip_address(b[p:p + width]),
                    int.from_bytes(b[p + width:p + width + size], "big")))
        p += width + size
    return out


#
# bgpdump
#

def communities_of(words):
    return tuple(sorted(NAMED.get(w, w) for w in words))


def read_by_bgpdump(name, folder):
    """(address, AS) of a neighbour -> (prefix, path identifier) -> what bgpdump read last."""
    with open(name, "rb") as f:
        packed = f.read(5) == b"\xfd7zXZ"
    if packed:  # which bgpdump cannot read
        name, packed = os.path.join(folder, "unpacked"), name
        with open(name, "wb") as out, unpacked(packed) as f:
            while chunk := f.read(1 << 20):
                out.write(chunk)
    tables = collections.defaultdict(dict)
    dump = subprocess.Popen(["bgpdump", "-m", name], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True, errors="replace")
    for line in dump.stdout:
        w = line.rstrip("\n").split("|")
        # With ADD-PATH there is a field more, except for changes of state.
        path_id = w.pop(6) if w[0].endswith("_AP") else "0"
        table = tables[str(ipaddress.ip_address(w[3])), int(w[4])]
        if w[2] == "STATE":
            if w[5] == str(ESTABLISHED) and w[6] != str(ESTABLISHED):
                table.clear()
        elif w[2] == "W" or "0" in w[6].split():  # RFC 7607 2: AS 0 in a path is an error
            table.pop((w[5], path_id), None)
        else:
            # Of the records of 2000 it reads no communities, and prints no field for them.
            words = w[11].split() if w[0] != "BGP" else []
            table[w[5], path_id] = (w[6], w[7], int(w[10] or 0), communities_of(words))
    dump.wait()
    return tables


#
# vbrd
#

class Edge:
    def __init__(self, vbrsh, run_dir, address):
        self.vbrsh, self.run_dir, self.address = vbrsh, run_dir, address

    def do(self, *commands):
        words = [w for c in commands for w in ("-c", c)]
        run = subprocess.run([self.vbrsh, "--run-dir", self.run_dir, *words], capture_output=True,
                             text=True)
        if run.returncode:
            raise Failed("vbrsh: %s%s" % (run.stdout, run.stderr))
        return run.stdout

    def show(self, command):
        return json.loads(self.do("show " + command + " json"))

    def configure(self, local_as, peers):
        vbr = "tenant acme vbr replay bgp "
        lines = [vbr + "local-as %d" % local_as, vbr + "advertise none"]
        for address, p in peers.items():
            for option in ("peer-as %d" % p.asn, "passive true", "families ipv4", "families ipv6",
                           "multihop 2", "hold-time 0", "route-limit maximum 1000000",
                           *(["add-path receive"] if p.addpath else [])):
                lines.append(vbr + "peer %s %s" % (address, option))
        gone = ["no " + vbr + "peer " + p["address"] for p in self.show("bgp summary")["peers"]]
        self.do("configure", *gone, *lines, "commit")

    def messages_in(self):
        return {p["address"]: p["messages-in"] for p in self.show("bgp summary")["peers"]}

    def received(self, address):
        out = {}
        for family in "ipv4", "ipv6":
            doc = self.show("bgp routes tenant acme vbr replay %s peer %s received" % (family, address))
            for route in doc["routes"]:
                out[route["prefix"]] = [summary(p) for p in route["paths"]]
        return out


def path_text(path):
    return " ".join("{%s}" % ",".join(map(str, x)) if isinstance(x, list) else str(x) for x in path)


def summary(p):
    return (path_text(p["as-path"]), p["origin"].upper(), p.get("med", 0),
            communities_of(p.get("communities", [])))


#
# The neighbour
#

def open_message(p, address):
    caps = b"".join(bytes([1, 4]) + struct.pack(">HBB", afi, 0, 1) for afi in (1, 2))
    caps += bytes([6, 0])
    if p.as4:
        caps += bytes([65, 4]) + struct.pack(">I", p.asn)
    if p.addpath:
        caps += bytes([69, 8]) + struct.pack(">HBBHBB", 1, 1, 2, 2, 1, 2)
    number = int(ipaddress.ip_address(address)) & 0xffff
    body = struct.pack(">BHHIB", 4, min(p.asn, 0xffff) if p.asn < 65536 else 23456, 0,
                       0x0a000000 + number, len(caps) + 2) + bytes([2, len(caps)]) + caps
    return message(OPEN, body)


class Session:
    def __init__(self, recorded, address, edge):
        self.recorded, self.address, self.edge, self.sent, self.data = recorded, address, edge, 0, b""
        self.connect()

    def connect(self):
        end = time.monotonic() + 30
        while True:
            try:
                self.s = socket.create_connection((self.edge, 179), 5, (self.address, 0))
                self.s.sendall(open_message(self.recorded, self.address))
                self.until(KEEPALIVE)
                self.s.sendall(message(KEEPALIVE))
                self.sent += 2
                return
            except (OSError, Failed):
                self.s = None
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def until(self, kind):
        while True:
            while len(self.data) >= 19 and len(self.data) >= (n := struct.unpack_from(">H", self.data, 16)[0]):
                got, self.data = self.data[:n], self.data[n:]
                if got[18] == NOTIFICATION:
                    raise Failed("%s: NOTIFICATION %d/%d" % (self.recorded.name(), got[19], got[20]))
                if got[18] == kind:
                    return
            more = self.s.recv(65536)
            if not more:
                raise Failed("%s: closed" % self.recorded.name())
            self.data += more

    def play(self):
        run = []
        for e in self.recorded.events:
            if e is not None:
                run.append(e)
                continue
            self.flush(run)
            self.s.close()
            self.data, run = b"", []
            self.connect()
        self.flush(run)

    def flush(self, run):
        self.s.settimeout(60)
        self.s.sendall(b"".join(run))
        self.sent += len(run)

    def is_reset(self, words):
        """Must the edge end this session, and with these words? It does."""
        if not words:
            return False
        try:
            self.until(0)
        except Failed as e:
            if not str(e).endswith(words):
                raise
        return True


def wait_for(edge, sessions):
    """All octets were taken in: the edge counts as many messages as were sent."""
    end = time.monotonic() + 120
    while True:
        counted = edge.messages_in()
        missing = [s for s in sessions if counted.get(s.address, 0) < s.sent]
        for s in sessions:
            s.s.setblocking(False)
            try:
                s.until(0)
            except BlockingIOError:
                pass
        if not missing:
            return
        if time.monotonic() > end:
            raise Failed("%s: %d messages sent, %s taken in" % (
                missing[0].recorded.name(), missing[0].sent, counted.get(missing[0].address)))
        time.sleep(0.05)


def difference(read, got):
    """The first prefix of which the two do not say the same, or None."""
    want = collections.defaultdict(list)
    for (prefix, _), path in read.items():
        want[prefix].append(path)
    for prefix in sorted(want.keys() | got.keys()):
        a, b = sorted(want.get(prefix, [])), sorted(got.get(prefix, []))
        if a != b:
            return "%s: bgpdump %s, vbrd %s" % (prefix, a, b)
    return None


def replay(edge, folder, number, name):
    peers = {}
    recorded_messages(name, peers)
    recorded_table(name, peers)
    unsaid = os.path.basename(name) in ADD_PATH_UNSAID
    for p in peers.values():
        p.addpath |= unsaid
    peers = {k: p for k, p in peers.items() if p.asn and any(p.events)}
    tables = read_by_bgpdump(name, folder)
    routes, wrong = 0, []
    by_as = collections.defaultdict(list)
    for key, p in peers.items():
        by_as[p.local_as].append((key, p))
    for local_as, group in by_as.items():
        for i in range(0, len(group), PEERS_AT_ONCE):
            batch = {"2001:db8::%x" % (number + n): kp
                     for n, kp in enumerate(group[i:i + PEERS_AT_ONCE])}
            number += len(batch)
            edge.configure(local_as, {a: p for a, (_, p) in batch.items()})
            sessions = [Session(p, a, edge.address) for a, (_, p) in batch.items()]
            for s in sessions:
                s.play()
            sessions = [s for s, (key, _) in zip(sessions, batch.values()) if not s.is_reset(RESET.get(key))]
            wait_for(edge, sessions)
            for s in sessions:
                key, p = batch[s.address]
                got = edge.received(s.address)
                routes += len(got)
                d = None if unsaid else difference(tables[key], got)
                if d:
                    wrong.append("%s %s" % (p.name(), d))
            for s in sessions:
                s.s.close()
    print("%-6s %s: %d neighbours, %d messages, %d routes" % (
        "differs" if wrong else "equal", os.path.basename(name), len(peers),
        sum(len(p.events) for p in peers.values()), routes), flush=True)
    for w in wrong:
        print("      ", w)
    return not wrong


def main():
    vbrsh, run_dir, address, folder, number, name = sys.argv[1:]
    return 0 if replay(Edge(vbrsh, run_dir, address), folder, int(number), name) else 1


if __name__ == "__main__":
    sys.exit(main())
