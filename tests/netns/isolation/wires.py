# SPDX-License-Identifier: Apache-2.0
"""The far ends of all wires of the edge: data centres with a small BGP speaker, hosts, the Internet.

One network namespace holds them all, though they use the same addresses: each socket is bound to
its device. A thread lives in there, keeps the sessions, and notes by which wire a probe arrived.
Probes are UDP datagrams with a number, sent and taken as raw frames, so that any source can be
written into them.
"""
import contextlib
import ctypes
import errno
import ipaddress
import os
import selectors
import socket
import struct
import subprocess
import threading
import time

NAMESPACE = "far"
INTERNET = "inet0"
UPLINK = "203.0.113.1"  # of the edge, on the way there
EDGE = "the edge"
LINES = 3  # numbers of lines of a VBR
IDC_AS = 65001
PROBE_PORT = 7777
MAGIC = b"vbrd probe"
CLONE_NEWNET = 0x40000000
UDP_NO_CHECK6_RX = 102  # probes have no checksum
ETH_P_ALL, ETH_P_IP, ETH_P_IPV6 = 3, 0x0800, 0x86DD
PACKET_OUTGOING = 4
OPEN, UPDATE, NOTIFICATION, KEEPALIVE = 1, 2, 3, 4
KEEPALIVE_S = 4.0
CONNECT_S = 0.5
RETRY_S = 0.1


# Addresses on the line of a VBR that has the number among its lines: the same in all VBRs


def local4(number):
    return f"10.0.0.{4 * number + 1}"


def peer4(number):
    return f"10.0.0.{4 * number + 2}"


def local6(number):
    return f"fd00:f:{number:x}::1" if number else "fd00:f::1"


def peer6(number):
    return f"fd00:f:{number:x}::2" if number else "fd00:f::2"


def run(*argv):
    out = subprocess.run(argv, capture_output=True, text=True, check=False)
    if out.returncode:
        raise SystemExit(f"{' '.join(argv)}: exit {out.returncode}\n{out.stdout}{out.stderr}")
    return out.stdout


def setns(fd):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def far_namespace():
    """The thread that enters is in there; its sockets stay there."""
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{NAMESPACE}", os.O_RDONLY)
    try:
        setns(there)
        yield
    finally:
        setns(here)
        os.close(here)
        os.close(there)


def mac_of(number, far):
    return bytes([2, 0, 0, 0, int(far), number])


def far(device):
    return device + "x"


# Messages of RFC 4271, as much as it takes


def message(kind, body=b""):
    return b"\xff" * 16 + struct.pack("!HB", 19 + len(body), kind) + body


def open_message(port):
    caps = bytes([1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1, 65, 4]) + struct.pack("!I", IDC_AS)
    options = bytes([2, len(caps)]) + caps
    return message(OPEN, struct.pack("!BHH4sB", 4, IDC_AS, 30, socket.inet_aton("10.255.0." + port[1:]),
                                     len(options)) + options)


def prefix_octets(prefix):
    net = ipaddress.ip_network(prefix)
    return bytes([net.prefixlen]) + net.network_address.packed[:(net.prefixlen + 7) // 8]


def read_prefixes(data, version):
    size = 4 if version == 4 else 16
    while data:
        length = (data[0] + 7) // 8
        address = ipaddress.ip_address(data[1:1 + length].ljust(size, b"\0"))
        yield f"{address}/{data[0]}"
        data = data[1 + length:]


def attribute(flags, kind, value):
    return struct.pack("!BBH", flags | 0x10, kind, len(value)) + value


def update_message(prefix, up, number):
    octets = prefix_octets(prefix)
    six = ":" in prefix
    attrs = b""
    if up:
        attrs = (attribute(0x40, 1, b"\0") + attribute(0x40, 2, struct.pack("!BBI", 2, 1, IDC_AS)))
    if six and up:
        attrs += attribute(0x80, 14, struct.pack("!HBB", 2, 1, 16) + socket.inet_pton(
            socket.AF_INET6, peer6(number)) + b"\0" + octets)
    elif six:
        attrs += attribute(0x80, 15, struct.pack("!HB", 2, 1) + octets)
    elif up:
        attrs += attribute(0x40, 3, socket.inet_aton(peer4(number)))
    gone = octets if not up and not six else b""
    nlri = octets if up and not six else b""
    return message(UPDATE, struct.pack("!H", len(gone)) + gone
                   + struct.pack("!H", len(attrs)) + attrs + nlri)


class Speaker:
    """A data centre's router, on one port. wanted, on, and number, of the line, are set by the test's
    thread."""

    def __init__(self, port):
        self.port = port
        self.on = False
        self.number = self.dialled = 0
        self.wanted = frozenset()
        self.sent = set()
        self.heard = set()
        self.established = False
        self.sock = None
        self.data = b""
        self.since = self.spoke = 0.0

    def close(self):
        if self.sock:
            self.sock.close()
        self.sock, self.established, self.data = None, False, b""
        self.sent, self.heard = set(), set()
        self.since = time.monotonic()

    def dial(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, far(self.port).encode())
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.dialled = self.number
        self.sock.bind((peer4(self.dialled), 0))
        self.since = time.monotonic()
        ret = self.sock.connect_ex((local4(self.dialled), 179))
        if ret not in (0, errno.EINPROGRESS):
            self.close()

    def tick(self):
        """Whatever is to be done without having read."""
        now = time.monotonic()
        if not self.on or self.sock and self.dialled != self.number:
            if self.sock:
                self.close()
        elif not self.sock:
            if now - self.since > RETRY_S:
                self.dial()
        elif not self.established:
            if now - self.since > CONNECT_S * (6 if self.spoke else 1):
                self.close()
        else:
            self.say(now)

    def say(self, now):
        wanted = self.wanted
        out = b"".join(update_message(p, False, self.dialled) for p in sorted(self.sent - wanted))
        out += b"".join(update_message(p, True, self.dialled) for p in sorted(wanted - self.sent))
        if now - self.spoke > KEEPALIVE_S:
            out += message(KEEPALIVE)
        if out:
            self.send(out)
            self.spoke = now
        if self.sock:
            self.sent = set(wanted)

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError:
            self.close()

    def writable(self):
        """Connected, or refused."""
        if self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.close()
        else:
            self.send(open_message(self.port))
            self.spoke = time.monotonic()

    def readable(self):
        try:
            more = self.sock.recv(65536)
        except OSError:
            more = b""
        if not more:
            self.close()
            return
        self.data += more
        while self.sock and len(self.data) >= 19:
            size, kind = struct.unpack_from("!HB", self.data, 16)
            if len(self.data) < size:
                break
            body, self.data = self.data[19:size], self.data[size:]
            self.take(kind, body)

    def take(self, kind, body):
        if kind == OPEN:
            self.send(message(KEEPALIVE))
        elif kind == KEEPALIVE and not self.established:
            self.established = True
            self.say(time.monotonic())
        elif kind == UPDATE:
            self.take_update(body)
        elif kind == NOTIFICATION:
            self.close()

    def take_update(self, body):
        n = struct.unpack_from("!H", body)[0]
        self.heard -= set(read_prefixes(body[2:2 + n], 4))
        attrs_len = struct.unpack_from("!H", body, 2 + n)[0]
        attrs = body[4 + n:4 + n + attrs_len]
        self.heard |= set(read_prefixes(body[4 + n + attrs_len:], 4))
        while attrs:
            flags, kind = attrs[0], attrs[1]
            size, head = (struct.unpack_from("!H", attrs, 2)[0], 4) if flags & 0x10 else (attrs[2], 3)
            value, attrs = attrs[head:head + size], attrs[head + size:]
            if kind == 14 and value[:3] == b"\0\2\1":
                self.heard |= set(read_prefixes(value[4 + value[3] + 1:], 6))
            elif kind == 15 and value[:3] == b"\0\2\1":
                self.heard -= set(read_prefixes(value[3:], 6))


def frame(devices, device, source, target, number):
    """An Ethernet frame as the far end of a device sends it."""
    index = devices.index(device)
    payload = MAGIC + struct.pack("!I", number)
    udp = struct.pack("!HHHH", PROBE_PORT, PROBE_PORT, 8 + len(payload), 0) + payload
    src, dst = ipaddress.ip_address(source), ipaddress.ip_address(target)
    if src.version == 4:
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), number & 0xFFFF, 0, 32, 17, 0,
                           src.packed, dst.packed)
        total = sum(struct.unpack("!10H", head))
        total = (total & 0xFFFF) + (total >> 16)
        total = (total & 0xFFFF) + (total >> 16)
        head = head[:10] + struct.pack("!H", 0xFFFF - total) + head[12:]
    else:
        head = struct.pack("!IHBB16s16s", 0x60000000, len(udp), 17, 32, src.packed, dst.packed)
    kind = ETH_P_IP if src.version == 4 else ETH_P_IPV6
    return mac_of(index, False) + mac_of(index, True) + struct.pack("!H", kind) + head + udp


def probe_number(data):
    """Of a frame that is a probe, else None. An error of ICMP that quotes one is none."""
    kind = struct.unpack_from("!H", data, 12)[0] if len(data) > 14 else 0
    if kind == ETH_P_IP and len(data) > 34 and data[23] == 17:
        payload = data[14 + 4 * (data[14] & 15) + 8:]
    elif kind == ETH_P_IPV6 and len(data) > 54 and data[20] == 17:
        payload = data[54 + 8:]
    else:
        return None
    if not payload.startswith(MAGIC):
        return None
    return struct.unpack_from("!I", payload, len(MAGIC))[0]


class Home:
    """The edge itself, of which a probe must not find out more than its sender may."""

    def __init__(self):
        self.sockets = []
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            s = socket.socket(family, socket.SOCK_DGRAM)
            if family == socket.AF_INET6:
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                s.setsockopt(socket.IPPROTO_UDP, UDP_NO_CHECK6_RX, 1)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind((address, PROBE_PORT))
            s.setblocking(False)
            self.sockets.append(s)

    def read(self, arrived):
        for s in self.sockets:
            with contextlib.suppress(BlockingIOError):
                while True:
                    data = s.recv(2048)
                    if data.startswith(MAGIC):
                        number = struct.unpack_from("!I", data, len(MAGIC))[0]
                        arrived.setdefault(number, []).append(EDGE)


class Far(threading.Thread):
    """All far ends. devices: names at the edge."""

    def __init__(self, ports, cards):
        super().__init__(daemon=True)
        self.devices = [*ports, *cards, INTERNET]
        self.speakers = {p: Speaker(p) for p in ports}
        self.home = Home()
        self.arrived = {}  # number of a probe -> devices by which it left the edge, or EDGE
        self.count = 0  # of probes
        self.senders = {}
        self.stopping = False
        self.failure = None
        run("ip", "netns", "add", NAMESPACE)
        for index, name in enumerate(self.devices):
            run("ip", "link", "add", name, "address", mac_of(index, False).hex(":"), "type", "veth",
                "peer", "name", far(name), "address", mac_of(index, True).hex(":"),
                "netns", NAMESPACE)
        self.settings()

    def settings(self):
        enter = ("ip", "netns", "exec", NAMESPACE)
        run(*enter, "sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.ip_forward=0",
            "net.ipv4.conf.default.rp_filter=0", "net.ipv4.conf.all.arp_ignore=1",
            "net.ipv4.conf.all.arp_announce=2")
        batch = ["link set lo up"]
        for name in self.devices:
            batch.append(f"link set {far(name)} up")
        for name in self.speakers:
            for n in range(LINES):
                batch += [f"address add {peer4(n)}/30 dev {far(name)}",
                          f"address add {peer6(n)}/64 dev {far(name)} nodad"]
        self.batch(batch)
        with far_namespace():
            self.capture = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            self.capture.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            for name in self.devices:
                self.senders[name] = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
                self.senders[name].bind((far(name), 0))

    @staticmethod
    def batch(lines):
        out = subprocess.run(["ip", "-n", NAMESPACE, "-batch", "-"], input="\n".join(lines) + "\n",
                             capture_output=True, text=True, check=False)
        if out.returncode:
            raise SystemExit(f"far: {out.stderr}\n" + "\n".join(lines))

    def hosts(self, addresses):
        """Which addresses the hosts behind the cards have: {card: {address/length}}."""
        lines = []
        for card in self.devices:
            if card in self.speakers:
                continue
            lines.append(f"address flush dev {far(card)} scope global")
            for a in sorted(addresses.get(card, ())):
                lines.append(f"address add {a} dev {far(card)}" + (" nodad" if ":" in a else ""))
        self.batch(lines)

    def carrier(self, port, up):
        run("ip", "-n", NAMESPACE, "link", "set", far(port), "up" if up else "down")
        if up:  # IPv6 addresses went with the link
            self.batch([f"address replace {peer6(n)}/64 dev {far(port)} nodad" for n in range(LINES)])

    def next_number(self):
        """Of a probe: none is used twice, also by another daemon's run."""
        self.count += 1
        return self.count

    def send(self, device, source, target, number):
        try:
            self.senders[device].send(frame(self.devices, device, source, target, number))
        except OSError as e:
            if e.errno not in (errno.ENETDOWN, errno.ENOBUFS):  # no carrier
                raise

    def run(self):
        try:
            with far_namespace():
                while not self.stopping:
                    self.turn()
        except Exception as e:  # pylint: disable=broad-except
            self.failure = e
            raise

    def turn(self):
        with selectors.DefaultSelector() as sel:
            sel.register(self.capture, selectors.EVENT_READ, None)
            for s in self.speakers.values():
                s.tick()
                if s.sock:
                    sel.register(s.sock, selectors.EVENT_READ if s.spoke > s.since
                                 else selectors.EVENT_WRITE, s)
            for key, _ in sel.select(0.02):
                if key.data is None:
                    self.take_frames()
                elif key.events & selectors.EVENT_WRITE:
                    key.data.writable()
                else:
                    key.data.readable()

    def take_frames(self):
        while True:
            try:
                data, where = self.capture.recvfrom(2048, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            if where[2] == PACKET_OUTGOING:
                continue
            number = probe_number(data)
            if number is not None:
                self.arrived.setdefault(number, []).append(where[0][:-1])
