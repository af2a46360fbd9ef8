#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The picture of the demo's lab, with the states that vbrsh shows.

    draw.py DIR [--color]

DIR holds what "show ... json" printed: peers, vbrs, vpcs, peerings, and acme and globex, the
paths of each VPC to its data centre. "==>" marks the way that traffic takes.
"""
import json
import os
import sys

COLORS = {"good": "\033[32m", "bad": "\033[31m"}


class Lab:
    def __init__(self, folder, color):
        def load(name):
            with open(os.path.join(folder, name)) as f:
                return json.load(f)

        self.color = color
        self.peers = {p["vbr"]: p for p in load("peers")["peers"]}
        self.vbrs = {v["name"]: v for v in load("vbrs")["vbrs"]}
        self.vpcs = {v["tenant"]: v for v in load("vpcs")["vpcs"]}
        self.peerings = {p["name"]: p for p in load("peerings")["peerings"]}
        self.used = set()
        for tenant in self.vpcs:
            for route in load(tenant)["routes"]:
                self.used |= {p["peer"] for p in route["paths"] if p.get("best")}

    def state(self, text, good, width):
        padded = text.center(width, "-" if text else " ")
        if not self.color:
            return padded
        return COLORS["good" if text == good else "bad"] + padded + "\033[0m"

    def router(self, name, kind, vbr):
        """Two lines: router, session, VBR, peering; and the figures below them."""
        peer, peering = self.peers[vbr], self.peerings[vbr + "-prod"]
        used = vbr + "-prod" in self.used
        line = "%s (%s)" % (name, kind)
        session = self.state(" %s " % peer["state"], " established ", 17)
        edge = self.state(" %s " % peering["state"], " active ", 12)
        arrow = "==" if used else "--"
        up = "%s%s%s> [VBR %s] %s%s%s>" % (arrow, session, arrow, vbr, arrow, edge, arrow)
        figures = "AS %d" % peer["peer-as"]
        counts = "{:,} accepted of {:,}".format(peer["prefixes-accepted"], peer["prefixes-received"])
        return ["%-14s%s" % (line, up), "%-14s  %s" % (figures, counts)]

    def vpc(self, tenant):
        v = self.vpcs[tenant]
        return "[VPC prod]  %s  table %d: %s routes" % (
            v["state"], v["kernel-table"], format(v["routes"], ","))

    def draw(self):
        a = self.router("idc-a", "BIRD", "hz-a")
        b = self.router("idc-b", "FRR", "hz-b")
        g = self.router("idc-g", "BIRD", "hz-g")
        return [
            "tenant acme     data centre 192.168.10.0/24, AS 65001        VPC 172.16.0.0/16",
            "",
            "          +-- " + a[0] + " +",
            " host     |   " + a[1],
            " .10.10 --+" + " " * 66 + "+-- host 172.16.1.10",
            "          +-- " + b[0] + " +",
            "              " + b[1],
            "   " + self.vpc("acme"),
            "",
            "tenant globex   the same addresses",
            "",
            " .10.10 ----- " + g[0] + " --- host 172.16.1.10",
            "              " + g[1],
            "   " + self.vpc("globex"),
        ]


def main():
    lab = Lab(sys.argv[1], "--color" in sys.argv[2:])
    print()
    for line in lab.draw():
        print("  " + line)


if __name__ == "__main__":
    main()
