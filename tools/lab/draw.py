#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The picture of the demo's lab, with the states that vbrsh shows.

    draw.py DIR [--color]

DIR holds what "show ... json" printed: peers, vbrs, vpcs, peerings, and acme and globex, the
paths of each VPC to its data centre. A double line is the way that traffic takes. Without UTF-8
in the locale the lines are made of ASCII.
"""
import json
import os
import sys

GOOD, BAD, OFF = "\033[32m", "\033[31m", "\033[0m"
ASCII = str.maketrans("─═│╌┌┐└┘├┤", "-=|.++++++")


def load(folder, name):
    with open(os.path.join(folder, name)) as f:
        return json.load(f)


class Lab:
    def __init__(self, folder, color):
        self.color = color
        self.peers = {p["vbr"]: p for p in load(folder, "peers")["peers"]}
        self.vbrs = {v["name"]: v for v in load(folder, "vbrs")["vbrs"]}
        self.vpcs = {v["tenant"]: v for v in load(folder, "vpcs")["vpcs"]}
        self.peerings = {p["name"]: p for p in load(folder, "peerings")["peerings"]}
        self.used = {
            p["peer"]
            for tenant in self.vpcs
            for route in load(folder, tenant)["routes"]
            for p in route["paths"]
            if p.get("best")
        }

    def link(self, state, good, used, width):
        """A line with a state in it: ══ established ══"""
        text = " %s " % state
        line = text.center(width, "═" if used else "─" if state == good else "╌")
        if not self.color:
            return line
        return line.replace(text, (GOOD if state == good else BAD) + text + OFF)

    def way(self, router, vbr):
        """From a router of a data centre to the VPC."""
        peering = vbr + "-prod"
        used = peering in self.used
        return "%-11s%s %s %s" % (
            router,
            self.link(self.peers[vbr]["state"], "established", used, 21),
            "VBR " + vbr,
            self.link(self.peerings[peering]["state"], "active", used, 14),
        )

    def figures(self, vbr):
        peer = self.peers[vbr]
        return "%-11s{:,} routes accepted of {:,}".format(
            peer["prefixes-accepted"], peer["prefixes-received"]
        ) % ("AS %d" % peer["peer-as"])

    def vpc(self, tenant):
        v = self.vpcs[tenant]
        return "%s, %s routes, kernel table %d" % (
            v["state"], format(v["routes"], ","), v["kernel-table"])

    def draw(self):
        return [
            "acme: data centre 192.168.10.0/24, VPC 172.16.0.0/16 (%s)" % self.vpc("acme"),
            "",
            "         ┌─ " + self.way("idc-a BIRD", "hz-a") + "┐",
            "         │  %-56s│" % self.figures("hz-a"),
            "  host ──┤  " + " " * 56 + "├─ VPC prod ── host",
            "   .10.10│  " + " " * 56 + "│              .1.10",
            "         └─ " + self.way("idc-b FRR", "hz-b") + "┘",
            "            " + self.figures("hz-b"),
            "",
            "globex: the same addresses (%s)" % self.vpc("globex"),
            "",
            "  host ──── " + self.way("idc-g BIRD", "hz-g") + "── VPC prod ── host",
            "   .10.10   %-56s                .1.10" % self.figures("hz-g"),
        ]


def main():
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG", "")
    utf8 = "utf-8" in locale.lower() or "utf8" in locale.lower()
    sys.stdout.buffer.write(b"\n")
    for line in Lab(sys.argv[1], "--color" in sys.argv[2:]).draw():
        line = "  " + line
        sys.stdout.buffer.write((line if utf8 else line.translate(ASCII)).encode() + b"\n")


if __name__ == "__main__":
    main()
