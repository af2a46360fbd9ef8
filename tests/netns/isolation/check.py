# SPDX-License-Identifier: Apache-2.0
"""Compares what the kernel and the daemon show with what the oracle says."""
import json

from oracle import NOWHERE, net
from random_commits import run
from state import ports_of

MAIN, LOCAL = 254, 255
OURS = "bgp"  # the name of protocol 186
SINK = "vbrd-sink"  # fib/group/spare.c
FAMILIES = {4: "-4", 6: "-6"}
MARKS = 0x56420000


def number(table):
    """ip prints some by name."""
    return {"main": MAIN, "local": LOCAL, "default": 253}.get(table) or int(table)


def kernel_routes():
    """(table, version, prefix or None for the default, route)"""
    for version, flag in FAMILIES.items():
        text = run("ip", "-j", "-d", flag, "route", "show", "table", "all")
        for route in json.loads(text) if text.strip() else []:
            default = route["dst"] == "default"
            yield (number(route.get("table", "main")), version,
                   None if default else net(route["dst"]), route)


class View:
    """Which number and which name in the kernel is which object: as the daemon says."""

    def __init__(self, edge, state):
        shown = shows(edge, ["show vbr json", "show vpc json", "show peering json",
                             "show tenant json"])
        self.peerings, self.tenants = shown[2]["peerings"], shown[3]["tenants"]
        self.tables = {(row["tenant"], kind, row["name"]): row["kernel-table"]
                       for kind, d in zip(("vbr", "vpc"), shown) for row in d[f"{kind}s"]}
        self.instances = {t: i for i, t in self.tables.items()}
        self.ways = {}  # (instance, device) -> way
        self.homes = {}  # device -> instance
        for row in shown[2]["peerings"]:
            p = state["tenants"].get(row["tenant"], {"peerings": {}})["peerings"].get(row["name"])
            if not p or "interface" not in row:
                continue
            here, there = (row["tenant"], *p["initiator"]), tuple(p["acceptor"])
            device = row["interface"]
            self.add(device, here, ("peering", there))
            self.add(device[:-1] + "b", there, ("peering", here))
        for port, (tenant, name) in ports_of(state).items():
            self.add(port, (tenant, "vbr", name), ("device", port))
        for tenant, t in state["tenants"].items():
            for name, vpc in t["vpcs"].items():
                for card in vpc["cards"]:
                    self.add(card, (tenant, "vpc", name), ("device", card))

    def add(self, device, instance, way):
        self.homes[device] = instance
        self.ways[(instance, device)] = way


def shows(edge, commands):
    """Documents of several shows by one shell."""
    text, out = edge.shell(*commands), []
    decoder = json.JSONDecoder()
    while text.strip():
        document, end = decoder.raw_decode(text.strip())
        out.append(document)
        text = text.strip()[end:]
    return out


def devices_of(route):
    if route.get("type") in ("blackhole", "unreachable", "prohibit"):
        return [None]
    hops = [hop["dev"] for hop in route.get("nexthops", [route])]
    if len(hops) > 1 and SINK in hops:
        hops.remove(SINK)  # it stands by, for the moment when the line has no carrier
    return [None if dev == SINK else dev for dev in hops]


def check_tables(oracle, view):
    faults = []
    if set(view.tables) != set(oracle.instances):
        return [f"instances: {sorted(view.tables)} instead of {sorted(oracle.instances)}"]
    if len(view.instances) != len(view.tables):
        return [f"one table for two instances: {view.tables}"]
    seen = {i: set() for i in oracle.instances}
    ends = {i: [] for i in oracle.instances}
    for table, version, prefix, route in kernel_routes():
        ours = route.get("protocol") == OURS
        instance = view.instances.get(table)
        if instance is None:
            if ours or table not in (MAIN, LOCAL):
                faults.append(f"table {table} of nobody: {route}")
        elif not ours:
            faults.append(f"table {table} of {instance}: foreign {route}")
        elif prefix is None and route.get("type") == "unreachable":
            ends[instance].append(version)
        else:
            seen[instance].add(prefix)
            may = oracle.may[instance].get(prefix, set())
            ways = {NOWHERE if d is None else view.ways.get((instance, d), f"another's device {d}")
                    for d in devices_of(route)}
            every = oracle.all_ways(instance, prefix)
            if ways <= may and every is not None and ways != every:
                faults.append(f"table {table} of {instance}: {prefix} leads to {ways} only, "
                              f"must lead to {every}")
            if not ways <= may:
                faults.append(f"table {table} of {instance}: {prefix or 'default'} leads to "
                              f"{ways - may}, may lead to {may or 'no route'}")
    for instance in oracle.instances:
        missing = oracle.must[instance] - seen[instance]
        if missing:
            faults.append(f"table {view.tables[instance]} of {instance}: no {sorted(map(str, missing))}")
        if sorted(ends[instance]) != [4, 6]:
            faults.append(f"table {view.tables[instance]} of {instance}: unreachable default in "
                          f"{ends[instance]}")
    return faults


def check_rules(oracle, view):
    """Rules lead from devices, addresses and the mark of an instance to its table, and nowhere else."""
    faults, seen = [], set()
    for flag in FAMILIES.values():
        for rule in json.loads(run("ip", "-j", "-d", flag, "rule")):
            text = f"rule {flag} {rule}"
            if rule.get("protocol") != OURS:
                if rule["table"] not in ("local", "main", "default"):
                    faults.append(text + " is not ours")
                continue
            instance = view.instances.get(number(rule["table"]))
            device = rule.get("iif") or rule.get("oif")
            if device:
                seen.add(device)
                if view.homes.get(device) != instance:
                    faults.append(f"{text}: the device is of {view.homes.get(device)}")
            elif "fwmark" in rule:
                if instance is None or int(rule["fwmark"], 0) != MARKS ^ view.tables[instance]:
                    faults.append(f"{text}: not the mark of {instance}")
            elif instance not in oracle.instances or "src" not in rule:
                faults.append(text)
    attached = [d for d, i in view.homes.items() if i in oracle.instances
                and view.ways[(i, d)][0] == "device"]
    faults += [f"no rule for {d}" for d in attached if d not in seen]
    return faults


def check_heard(oracle, speakers):
    """What data centres are told: CIDRs of VPCs that they are joined with, and no more."""
    faults = []
    for instance in oracle.instances:
        if instance[1] != "vbr":
            continue
        for port in oracle.vbr_of(instance)["lines"]:
            speaker, up = speakers[port], oracle.session_is_up(port)
            if up != speaker.established:
                faults.append(f"session of {instance} on {port} is {speaker.established}, "
                              f"should be {up}")
            may, must = oracle.announced_by_us(instance) if up else (set(), set())
            heard = {net(p) for p in speaker.heard}
            if not must <= heard <= may:
                faults.append(f"{instance} tells on {port} {sorted(map(str, heard))}, should tell "
                              f"{sorted(map(str, must))}, may tell {sorted(map(str, may))}")
    return faults


def check_ribs(edge, oracle):
    """Paths in use: each may be there, by that way; and what the kernel has is what it shows."""
    faults = []
    commands = [f"show bgp routes tenant {i[0]} {i[1]} {i[2]} json" for i in oracle.instances]
    for instance, shown in zip(oracle.instances, shows(edge, commands) if commands else []):
        best = set()
        for row in shown["routes"]:
            prefix = net(row["prefix"])
            for path in row["paths"]:
                if path["best"]:
                    best.add(prefix)
                if path["valid"] and prefix not in oracle.may[instance]:
                    faults.append(f"RIB of {instance}: {prefix} by {path}")
                if path["valid"] and path["source"] == "peering" and not any(
                        way[0] == "peering" for way in oracle.may[instance].get(prefix, ())):
                    faults.append(f"RIB of {instance}: {prefix} came over a peering: {path}")
        missing = oracle.must[instance] - best
        if missing:
            faults.append(f"RIB of {instance}: no {sorted(map(str, missing))}")
    return faults


def check_shows(view, oracle):
    tenants = {t["name"] for t in view.tenants}
    if tenants != set(oracle.state["tenants"]):
        return [f"show tenant: {sorted(tenants)}"]
    faults = []
    for row in view.peerings:
        if row["state"] == "active" and not oracle.is_open(row["tenant"], row["name"]):
            faults.append(f"show peering: {row['tenant']} {row['name']} is active")
    return faults


def faults_of(edge, oracle, speakers):
    view = View(edge, oracle.state)
    faults = check_tables(oracle, view)
    return faults or (check_rules(oracle, view) + check_heard(oracle, speakers)
                      or check_ribs(edge, oracle) + check_shows(view, oracle))

