# SPDX-License-Identifier: Apache-2.0
"""What a state implies, worked out naively from the words of doc/tenancy.md and doc/objects.md.

Where the documentation leaves open which of several routes of a prefix wins (that is the decision
ladder's matter, which has tests of its own), there are two answers: what may be there, and what must
be. The kernel's tables must lie between the two; isolation is the first, service the second.

An instance is (tenant, "vbr" or "vpc", name). A way is where a route leads: ("device", name),
("peering", instance), or ("nowhere",).
"""
import functools
import ipaddress
import time

import wires
from state import ends_of, vbr_on

NOWHERE = ("nowhere",)
UPLINK = ipaddress.ip_address(wires.UPLINK)
REFUSED = [ipaddress.ip_network(p) for p in ("100.64.0.0/10",)]
HOST = 10  # of a card's subnet


@functools.lru_cache(maxsize=None)
def net(text, strict=True):
    return ipaddress.ip_network(text, strict)


def inside(prefix, wide):
    return prefix.version == wide.version and prefix.subnet_of(wide)


def cidrs_of(vpc):
    yield net(f"10.{vpc['number']}.0.0/16")
    if vpc["six"]:
        yield net(f"fd00:{vpc['number']}::/48")


def subnets_of(vpc):
    """(card, network, address of the host behind it)"""
    for card, subnet in vpc["cards"].items():
        yield card, net(f"10.{vpc['number']}.{subnet}.0/24"), f"10.{vpc['number']}.{subnet}.{HOST}"
        if vpc["six"]:
            yield (card, net(f"fd00:{vpc['number']}:0:{subnet}::/64"),
                   f"fd00:{vpc['number']}:0:{subnet}::{HOST}")


def hosts_of(state):
    """What the hosts behind the cards have: {card: {address/length}}, for wires.Far."""
    hosts = {}
    for t in state["tenants"].values():
        for vpc in t["vpcs"].values():
            for card, network, address in subnets_of(vpc):
                hosts.setdefault(card, set()).add(f"{address}/{network.prefixlen}")
    return hosts


def links_of(number):
    """Subnets of a VBR's line."""
    return [net(f"{wires.local4(number)}/30", strict=False),
            net(f"{wires.local6(number)}/64", strict=False)]


@functools.lru_cache(maxsize=None)
def address_of(text):
    return ipaddress.ip_address(text)


class Path:
    """A route in a table: its prefix, its way, the tables that it has been in, and what it is."""

    def __init__(self, prefix, way, kind, trail=()):
        self.prefix, self.way, self.kind, self.trail = prefix, way, kind, trail

    def key(self):
        return (self.prefix, self.way, self.kind, self.trail)


class Oracle:
    def __init__(self, state, now=None):
        self.state = state
        self.now = time.time() if now is None else now
        self.instances = [(t, *end) for t in state["tenants"] for end in ends_of(state, t)]
        self.edges = list(self.find_edges())
        self.own = {i: list(self.own_paths(i)) for i in self.instances}
        self.all = {i: {p.key(): p for p in self.own[i]} for i in self.instances}
        self.spread()
        self.may = {i: self.ways_of(i) for i in self.instances}
        self.must = self.find_must()
        self.gateways = {i: self.gateways_of(i) for i in self.instances}
        self.broadcasts = {i: self.broadcasts_of(i) for i in self.instances}
        self.all_gateways = set().union(*self.gateways.values())
        self.all_broadcasts = set().union(*self.broadcasts.values())
        self.homes = {i: self.find_homes(i) for i in self.instances}
        self.owners = {d: i for i in self.instances for d in self.devices_of(i)}

    # Channels

    def consents(self, tenant, name, peering):
        other, _, end = peering["acceptor"]
        if other == tenant:
            return True
        if end not in self.state["tenants"].get(other, {"vpcs": ()})["vpcs"]:
            return False
        theirs = self.state["tenants"][other]
        consent = theirs["accepts"].get((tenant, name))
        return (consent is not None and consent["vpc"] == end
                and (tenant, name) not in theirs["rejects"]
                and (consent["until"] is None or self.now < consent["until"]))

    def is_open(self, tenant, name):
        peering = self.state["tenants"][tenant]["peerings"][name]
        return peering["enabled"] and self.consents(tenant, name, peering)

    def clash(self):
        """VPCs of one range that are connected, or that meet at an instance, by a chain of transit
        connections perhaps: it could not tell them apart, so such a configuration is refused. Words
        for it, or None."""
        for tenant, t in self.state["tenants"].items():
            for name, p in t["peerings"].items():
                ends = [(tenant, *p["initiator"]), tuple(p["acceptor"])]
                if self.consents(tenant, name, p) and self.number_of(ends[0]) is not None and (
                        self.number_of(ends[0]) == self.number_of(ends[1])):
                    return f"{ends[0]} with {ends[1]}"
        for here, paths in self.all.items():
            seen = {}
            for vpc in sorted({(*p.trail, here)[0] for p in paths.values() if p.kind == "cidr"}):
                other = seen.setdefault(self.number_of(vpc), vpc)
                if other != vpc:
                    return f"{other} and {vpc} at {here}"
        return None

    def number_of(self, instance):
        """Which range a VPC has; None of a VBR."""
        tenant, kind, name = instance
        return self.state["tenants"][tenant]["vpcs"][name]["number"] if kind == "vpc" else None

    def find_edges(self):
        """(from, to, transit), both ways of each open peering."""
        for tenant, t in self.state["tenants"].items():
            for name, p in t["peerings"].items():
                if self.is_open(tenant, name):
                    here, there = (tenant, *p["initiator"]), tuple(p["acceptor"])
                    yield here, there, p["transit"]
                    yield there, here, p["transit"]

    def expiries(self):
        return [c["until"] for t in self.state["tenants"].values() for c in t["accepts"].values()
                if c["until"] and c["until"] > self.now]

    # Routes

    def cidrs_of_tenant(self, tenant):
        return [c for v in self.state["tenants"][tenant]["vpcs"].values() for c in cidrs_of(v)]

    def vbr_of(self, instance):
        return self.state["tenants"][instance[0]]["vbrs"][instance[2]]

    def is_in_service(self, port):
        vbr = vbr_on(self.state, port)
        return vbr["enabled"] and port not in vbr["off"] and port not in self.state["locked"]

    def line_is_up(self, port):
        return self.is_in_service(port) and self.state["carrier"][port]

    def session_is_up(self, port):
        return self.line_is_up(port) and self.state["router"][port]

    def announced_to_us(self, instance, port):
        cidrs = self.cidrs_of_tenant(instance[0])
        links = [s for number in self.vbr_of(instance)["lines"].values() for s in links_of(number)]
        for text in self.state["announces"][port]:
            prefix = net(text)
            if prefix.prefixlen and not any(inside(prefix, w) for w in [*REFUSED, *cidrs, *links]):
                yield prefix

    def own_paths(self, instance):
        tenant, kind, name = instance
        if kind == "vpc":
            vpc = self.state["tenants"][tenant]["vpcs"][name]
            for cidr in cidrs_of(vpc):
                yield Path(cidr, NOWHERE, "cidr")
            for card, network, _ in subnets_of(vpc):
                yield Path(network, ("device", card), "link")
            return
        vbr = self.vbr_of(instance)
        for port, number in vbr["lines"].items():
            way = ("device", port)
            if self.line_is_up(port):
                yield from (Path(link, way, "link") for link in links_of(number))
                if vbr["static"]:
                    yield Path(net(vbr["static"]), way, "static")
            if self.session_is_up(port):
                yield from (Path(p, way, "bgp") for p in self.announced_to_us(instance, port))

    def crossed(self, path, edge):
        """The path as it comes out at the other end of an edge, or None."""
        here, there, transit = edge
        if path.kind == "link" or path.trail and not transit:
            return None
        if path.way == ("peering", there) or there in path.trail:
            return None
        if path.kind != "cidr" and any(inside(path.prefix, c)
                                       for c in self.cidrs_of_tenant(there[0])):
            return None
        # A CIDR stays one wherever it goes.
        return Path(path.prefix, ("peering", here), path.kind, (*path.trail, here))

    def spread(self):
        todo = [(i, p) for i in self.instances for p in self.own[i]]
        while todo:
            here, path = todo.pop()
            for edge in self.edges:
                new = self.crossed(path, edge) if edge[0] == here else None
                if new and new.key() not in self.all[edge[1]]:
                    self.all[edge[1]][new.key()] = new
                    todo.append((edge[1], new))

    def ways_of(self, instance):
        ways = {}
        for p in self.all[instance].values():
            ways.setdefault(p.prefix, set()).add(p.way)
        return ways

    def find_must(self):
        """Own routes, and what crosses whichever of its paths is the best."""
        must = {i: {p.prefix for p in self.own[i]} for i in self.instances}
        grown = True
        while grown:
            grown = False
            for edge in self.edges:
                here, there, _ = edge
                for prefix in must[here] - must[there]:
                    if all(self.crossed(p, edge) for p in self.all[here].values()
                           if p.prefix == prefix):
                        must[there].add(prefix)
                        grown = True
        return must

    def all_ways(self, instance, prefix):
        """The ways that a prefix must have, all of them: those of a VBR that its data centre
        announces on several lines, or that is set by hand for all, and that nobody else brings.
        None: some of the possible ones."""
        paths = [p for p in self.all[instance].values() if p.prefix == prefix]
        if len({p.kind for p in paths}) == 1 and paths[0].kind in ("bgp", "static") and not any(
                p.trail for p in paths):
            return {p.way for p in paths}
        return None

    def announced_by_us(self, instance):
        """What a data centre is told, at most and at least: CIDRs of VPCs that have come to its VBR
        by peerings, unless it has the same prefix from somewhere else."""
        paths = self.all[instance].values()
        others = {p.prefix for p in paths if p.kind != "cidr"}
        may = {p.prefix for p in paths if p.kind == "cidr" and p.trail}
        return may, (may & self.must[instance]) - others

    # The edge's own addresses

    def gateways_of(self, instance):
        """Addresses of the edge in an instance, as far as they are set now."""
        tenant, kind, name = instance
        if kind == "vbr":
            return {address_of(local(number))
                    for port, number in self.vbr_of(instance)["lines"].items()
                    if self.is_in_service(port) for local in (wires.local4, wires.local6)}
        return {network[1] for _, network, _ in subnets_of(self.state["tenants"][tenant]["vpcs"][name])}

    def broadcasts_of(self, instance):
        """Of the subnets of an instance; local to the edge, too."""
        if instance[1] == "vpc":
            subnets = [n for _, n, _ in subnets_of(
                self.state["tenants"][instance[0]]["vpcs"][instance[2]])]
        else:
            subnets = [n for port, number in self.vbr_of(instance)["lines"].items()
                       if self.is_in_service(port) for n in links_of(number)]
        return {n.broadcast_address for n in subnets if n.version == 4}

    def reaches(self, vpc):
        """Instances to which the CIDRs of a VPC may have come."""
        seen, todo = {vpc}, [vpc]
        while todo:
            here = todo.pop()
            for a, b, transit in self.edges:
                if a == here and b not in seen and (transit or here == vpc):
                    seen.add(b)
                    todo.append(b)
        return seen

    def find_homes(self, here):
        """By which addresses may an instance know the edge?"""
        known = [here] + [i for i in self.instances if i[1] == "vpc" and here in self.reaches(i)]
        return set().union(*(self.gateways[i] | self.broadcasts[i] for i in known))

    # Packets

    def devices_of(self, instance):
        if instance[1] == "vbr":
            return list(self.vbr_of(instance)["lines"])
        return list(self.state["tenants"][instance[0]]["vpcs"][instance[2]]["cards"])

    def lookup(self, instance, address):
        """Ways that a packet to the address may take, the longest prefix first and alone if it is
        certain to be there."""
        ways = set()
        found = [p for p in self.may[instance]
                 if p.version == address.version and address in p]
        for prefix in sorted(found, key=lambda p: -p.prefixlen):
            ways |= self.may[instance][prefix]
            if prefix in self.must[instance]:
                return ways
        return ways | {NOWHERE}

    def can_leave(self, device, target):
        """Does somebody answer for the address on that wire? Behind lines a router takes all."""
        owner = self.owners[device]
        if owner[1] == "vbr":
            return self.line_is_up(device)
        return any(str(target) == host for card, _, host in subnets_of(
            self.state["tenants"][owner[0]]["vpcs"][owner[2]]) if card == device)

    def may_answer(self, device, here, way):
        """Strict reverse path at the door: by which ways may the answer leave? By the door, or
        another line of the VBR."""
        return way[0] == "device" and (way[1] == device or here[1] == "vbr")

    def is_honest(self, device, source):
        here = self.owners.get(device)
        return here is not None and any(
            self.may_answer(device, here, way)
            for way in self.lookup(here, address_of(source)))

    def outcomes(self, device, source, target):
        """Devices by which a packet may leave, or wires.EDGE: it is for the edge itself; None among them:
        it may be dropped."""
        source, target = address_of(source), address_of(target)
        ends = self.ends_of(device, source, target)
        # Known limit: the kernel takes nothing from such an address.
        return ends | {None} if source in self.all_broadcasts else ends

    def ends_of(self, device, source, target):
        here = self.owners.get(device)
        if not here and target == UPLINK:
            return {wires.EDGE, None}  # by the uplink, or by a card of nobody, which may be down
        if not here or here[1] == "vbr" and not self.line_is_up(device):
            return {None}
        if target in self.all_gateways or target == UPLINK:
            return {wires.EDGE} if target in self.homes[here] else {None}
        if target in self.all_broadcasts:
            return {wires.EDGE, None} if target in self.homes[here] else {None}
        ends = self.follow(here, target, ())
        back = self.lookup(here, source)
        may = {self.may_answer(device, here, way) for way in back}
        if may == {True}:
            return ends
        return {None} if may == {False} else ends | {None}

    def follow(self, here, target, been):
        if here in been:
            return {None}
        ends = set()
        for way in self.lookup(here, target):
            if way[0] == "device":
                ends.add(way[1] if self.can_leave(way[1], target) else None)
            elif way[0] == "peering":
                ends |= self.follow(way[1], target, (*been, here))
            else:
                ends.add(None)
        return ends
