# SPDX-License-Identifier: Apache-2.0
"""Random configurations of several tenants, one commit after the other, against the kernel.

Each round makes a configuration that is valid by construction (tenants use the same addresses),
loads it as a whole, takes an earlier one back, lets a device vanish and return, or kills the
daemon. Then devices, addresses, rules and tables of the kernel must become what the
configuration implies. What it implies is worked out here, from the words of the documentation,
not by the daemon's code. In the end "shutdown withdraw" must leave nothing.

Run by random_commits.sh in a network namespace of its own:  --seconds N  --seed N  --workers N
"""
import argparse
import collections
import ipaddress
import json
import os
import random
import signal
import subprocess
import sys
import time

PORTS = ["p0", "p1", "p2"]
CARDS = ["v0", "v1", "v2", "v3", "v4"]
ABSENT = "gone0"
OURS = "bgp"  # name of the protocol number that marks what is ours


def run(*argv, check=True):
    out = subprocess.run(argv, capture_output=True, text=True, check=False)
    if check and out.returncode:
        raise SystemExit(f"{' '.join(argv)}: exit {out.returncode}\n{out.stdout}{out.stderr}")
    return out.stdout


def ip(*argv):
    text = run("ip", "-j", "-d", *argv)
    return json.loads(text) if text.strip() else []


# Configurations: plain dictionaries


def has_vlans():
    """Some kernels have no VLAN devices: then tagged VBRs are waited for, and have rules only."""
    argv = ["ip", "link", "add", "link", PORTS[0], "name", "try.1", "type", "vlan", "id", "1"]
    if subprocess.run(argv, capture_output=True, check=False).returncode:
        return False
    run("ip", "link", "del", "try.1")
    return True


def make_vpc(rnd, number, cards):
    vpc = {"cidr": [f"10.{16 + number}.0.0/16"], "interfaces": {}, "statics": {}}
    if rnd.random() < 0.3:
        vpc["cidr"].append(f"fd00:{number + 1:x}::/48")
    while cards and rnd.random() < 0.6:
        name = cards.pop()
        subnet = len(vpc["interfaces"]) + 1
        addresses = [f"10.{16 + number}.{subnet}.1/24"]
        if rnd.random() < 0.3:
            addresses.append(f"fd00:{number + 1:x}:0:{subnet}::1/64")
        vpc["interfaces"][name] = addresses
    if rnd.random() < 0.4:
        vpc["statics"][f"198.18.{number}.0/24"] = "blackhole"
    for name, addresses in vpc["interfaces"].items():
        if rnd.random() < 0.3:
            gateway = addresses[0].rsplit(".", 1)[0] + ".9"
            vpc["statics"][f"198.19.{addresses[0].split('.')[2]}.0/24"] = gateway
    return vpc


def make_vbr(rnd, number, connection, vlan):
    base = f"192.168.{number}"
    vbr = {
        "connection": connection,
        "vlan": vlan,
        "enabled": rnd.random() < 0.8,
        "mtu": rnd.choice([1400, 1500, 1500, 1500, 4000]),
        "bandwidth": rnd.choice([0, 0, 200]) if vlan else 0,  # untagged: of the whole port
        "local": f"{base}.1",
        "peer": f"{base}.2",
        "local6": f"fd01:{number + 1:x}::1" if rnd.random() < 0.3 else None,
        "statics": {},
        "bgp": rnd.random() < 0.5,
    }
    if rnd.random() < 0.5:
        vbr["statics"][f"172.20.{number}.0/24"] = rnd.choice(["blackhole", f"{base}.2"])
    return vbr


def make_config(rnd):
    config = {"connections": {}, "tenants": {}}
    cards = CARDS + [ABSENT]
    rnd.shuffle(cards)
    ports = PORTS + ["gone1"]
    rnd.shuffle(ports)
    for number in range(rnd.randrange(1, 4)):
        config["connections"][f"pc-{number}"] = {
            "interface": ports.pop(), "enabled": rnd.random() < 0.85}
    used = set()
    for name in rnd.sample(["acme", "beta", "coda", "dune"], rnd.randrange(0, 5)):
        tenant = {"vpcs": {}, "vbrs": {}, "peerings": {}, "accepts": {}}
        config["tenants"][name] = tenant
        for number in range(rnd.randrange(0, 4)):
            tenant["vpcs"][f"vpc-{number}"] = make_vpc(rnd, number, cards)
        for number in range(rnd.randrange(0, 4)):
            connection = rnd.choice(list(config["connections"]))
            vlan = rnd.choice([0, 0, 10, 20, 30, 2999])
            if (connection, vlan) in used:
                continue
            used.add((connection, vlan))
            tenant["vbrs"][f"vbr-{number}"] = make_vbr(rnd, number, connection, vlan)
    meets = collections.defaultdict(set)  # numbers of the VPCs that are connected with an instance
    for name in config["tenants"]:
        make_peerings(rnd, config, name, meets)
    return config


def make_peerings(rnd, config, name, meets):
    tenant = config["tenants"][name]
    vpcs = [(name, vpc) for vpc in tenant["vpcs"]]
    ends = [("vbr", vbr) for vbr in tenant["vbrs"]] + [("vpc", vpc) for vpc in tenant["vpcs"]]
    foreign = [(other, vpc) for other in config["tenants"] if other != name
               for vpc in config["tenants"][other]["vpcs"]]
    for kind, end in ends:
        for other, vpc in rnd.sample(vpcs + foreign, min(2, len(vpcs + foreign))):
            # Overlapping CIDRs are refused, also behind one instance, and one pair has one peering.
            if kind == "vpc" and end[-1] >= vpc[-1]:
                continue
            here, there = meets[(name, kind, end)], meets[(other, "vpc", vpc)]
            if vpc[-1] in here or (kind == "vpc" and end[-1] in there):
                continue
            here.add(vpc[-1])
            there.update(end[-1] if kind == "vpc" else "")
            peering = f"{end}-{other}-{vpc}"
            tenant["peerings"][peering] = {
                "initiator": (kind, end), "acceptor": (other, vpc),
                "enabled": rnd.random() < 0.85, "bandwidth": rnd.choice([0, 100])}
            if other != name and rnd.random() < 0.7:
                config["tenants"][other]["accepts"][(name, peering)] = vpc


def lines_of_statics(statics):
    for prefix, target in statics.items():
        yield f"  static-route {prefix}"
        yield f"   {'blackhole' if target == 'blackhole' else 'next-hop ' + target}"


def lines_of_tenant(tenant):
    for name, vpc in tenant["vpcs"].items():
        yield f" vpc {name}"
        yield from (f"  cidr {cidr}" for cidr in vpc["cidr"])
        for card, addresses in vpc["interfaces"].items():
            yield f"  interface {card}"
            yield from (f"   address {address}" for address in addresses)
        yield from lines_of_statics(vpc["statics"])
    for name, vbr in tenant["vbrs"].items():
        yield f" vbr {name}"
        yield f"  enabled {str(vbr['enabled']).lower()}"
        yield f"  physical-connection {vbr['connection']}"
        yield f"  vlan-id {vbr['vlan']}"
        yield f"  mtu {vbr['mtu']}"
        if vbr["bandwidth"]:
            yield f"  bandwidth {vbr['bandwidth']}"
        yield f"  ipv4 local-gateway {vbr['local']}"
        yield f"  ipv4 peer-gateway {vbr['peer']}"
        yield "  ipv4 prefix-length 30"
        if vbr["local6"]:
            yield f"  ipv6 local-gateway {vbr['local6']}"
            yield f"  ipv6 peer-gateway {vbr['local6'][:-1]}2"
            yield "  ipv6 prefix-length 64"
        yield from lines_of_statics(vbr["statics"])
        if vbr["bgp"]:
            yield "  bgp"
            yield "   network 198.51.0.0/16"
            yield f"   peer {vbr['peer']}"
            yield "    peer-as 65001"
            yield '    password "s3cret"'
    for name, peering in tenant["peerings"].items():
        yield f" peering {name}"
        yield f"  enabled {str(peering['enabled']).lower()}"
        yield f"  initiator {' '.join(peering['initiator'])}"
        yield f"  acceptor tenant {peering['acceptor'][0]}"
        yield f"  acceptor vpc {peering['acceptor'][1]}"
        if peering["bandwidth"]:
            yield f"  bandwidth {peering['bandwidth']}"
    for (other, peering), vpc in tenant["accepts"].items():
        yield f" accept-peering {other} {peering}"
        yield f"  vpc {vpc}"


def text_of(config):
    lines = []
    for name, connection in config["connections"].items():
        lines += [f"physical-connection {name}", f" interface {connection['interface']}",
                  f" enabled {str(connection['enabled']).lower()}", "!"]
    for name, tenant in config["tenants"].items():
        lines += [f"tenant {name}", *lines_of_tenant(tenant), "!"]
    return "\n".join(lines) + "\n"


# What a configuration implies


class Expected:
    """Devices, rules and tables of a configuration, with the kernel's present ports."""

    def __init__(self, config, present, tables, peering_devices, vlans):
        self.config = config
        self.present = present
        self.tables = tables  # (tenant, kind, name) -> number
        self.peering_devices = peering_devices
        self.vlans = vlans
        self.aliases = []
        self.attached = {}  # device -> table
        self.addresses = {}  # device -> set of addresses
        self.mtus = {}
        self.routes = {key: set() for key in tables}
        for name, tenant in config["tenants"].items():
            for vpc in tenant["vpcs"]:
                self.add_vpc(name, vpc, tenant["vpcs"][vpc])
            for vbr in tenant["vbrs"]:
                self.add_vbr(name, vbr, tenant["vbrs"][vbr])
        for name, tenant in config["tenants"].items():
            for peering in tenant["peerings"]:
                self.add_peering(name, peering, tenant["peerings"][peering])

    def ports(self):
        """Of each connection: interface, up, MTU (None: as it was)."""
        for name, connection in self.config["connections"].items():
            mine = [vbr for tenant in self.config["tenants"].values()
                    for vbr in tenant["vbrs"].values() if vbr["connection"] == name]
            untagged = [vbr for vbr in mine if vbr["vlan"] == 0]
            tagged = [vbr for vbr in mine if vbr["vlan"]]
            held_down = (any(not vbr["enabled"] for vbr in untagged)
                         and not any(vbr["enabled"] for vbr in tagged))
            mtus = ([vbr["mtu"] for vbr in untagged]
                    + [vbr["mtu"] for vbr in tagged if vbr["mtu"] > 1500])
            yield (connection["interface"], connection["enabled"] and not held_down,
                   max(mtus) if mtus else None)

    def attach(self, device, table, addresses):
        self.attached[device] = table
        self.addresses[device] = {str(ipaddress.ip_interface(a)) for a in addresses}

    def add_vpc(self, tenant, name, vpc):
        key = (tenant, "vpc", name)
        self.routes[key] |= set(vpc["cidr"])
        for device, addresses in vpc["interfaces"].items():
            self.attach(device, self.tables[key], addresses)
            if device not in self.present:
                continue
            self.routes[key] |= {str(ipaddress.ip_interface(a).network) for a in addresses}
        for prefix, target in vpc["statics"].items():
            if target == "blackhole" or any(
                    ipaddress.ip_address(target) in ipaddress.ip_interface(a).network
                    for device, addresses in vpc["interfaces"].items()
                    if device in self.present for a in addresses):
                self.routes[key].add(prefix)

    def is_up(self, vbr):
        connection = self.config["connections"][vbr["connection"]]
        return ((self.vlans or vbr["vlan"] == 0) and connection["interface"] in self.present and connection["enabled"]
                and vbr["enabled"])

    def statics_of(self, vbr):
        return {prefix for prefix, target in vbr["statics"].items()
                if target == "blackhole" or self.is_up(vbr)}

    def add_vbr(self, tenant, name, vbr):
        key = (tenant, "vbr", name)
        port = self.config["connections"][vbr["connection"]]["interface"]
        device = port if vbr["vlan"] == 0 else f"{port}.{vbr['vlan']}"
        addresses = []
        if self.is_up(vbr):
            addresses = [f"{vbr['local']}/30"] + ([f"{vbr['local6']}/64"] if vbr["local6"] else [])
        # Rules stand before their device does: nothing slips by in between.
        self.attach(device, self.tables[key], addresses)
        self.routes[key] |= self.statics_of(vbr)
        self.routes[key] |= {str(ipaddress.ip_interface(a).network) for a in addresses}
        if vbr["bandwidth"]:
            self.aliases.append(f"vbrd:{tenant}/inlet/{name}")
        if vbr["vlan"] and port in self.present and self.vlans:
            self.aliases.append(f"vbrd:{tenant}/vbr/{name}")
            self.mtus[device] = vbr["mtu"]

    def add_peering(self, tenant, name, peering):
        other, vpc = peering["acceptor"]
        consent = (other == tenant
                   or self.config["tenants"][other]["accepts"].get((tenant, name)) == vpc)
        if not consent or not peering["enabled"]:
            return
        self.aliases += [f"vbrd:{tenant}/peering/{name}"] * 2
        kind, end = peering["initiator"]
        here = (tenant, kind, end)
        there = (other, "vpc", vpc)
        device = self.peering_devices.get((tenant, name), "?a")
        self.attached[device] = self.tables[here]
        self.attached[device[:-1] + "b"] = self.tables[there]
        self.routes[here] |= set(self.config["tenants"][other]["vpcs"][vpc]["cidr"])
        source = self.config["tenants"][tenant][kind + "s"][end]
        self.routes[there] |= (set(source["cidr"]) if kind == "vpc" else self.statics_of(source))


def differences(what, wanted, seen):
    wanted, seen = sorted(wanted), sorted(seen)
    if wanted == seen:
        return []
    missing = [x for x in wanted if x not in seen]
    surplus = [x for x in seen if x not in wanted]
    return [f"{what}: missing {missing}, too many {surplus}" if missing or surplus else
            f"{what}: {seen} instead of {wanted}"]


class Edge:
    """The daemon under test."""

    def __init__(self, args, directory):
        self.args = args
        self.dir = directory
        self.process = None
        self.vlans = has_vlans()
        self.log = open(args.log or f"{directory}/vbrd.log", "a", encoding="utf-8")

    def start(self):
        self.process = subprocess.Popen(
            [self.args.vbrd, "--state-dir", f"{self.dir}/state", "--run-dir", f"{self.dir}/run",
             "--workers", str(self.args.workers), "-c", f"{self.dir}/start.conf"],
            stderr=self.log)
        deadline = time.time() + 20
        while not os.path.exists(f"{self.dir}/run/vbrd.sock") or self.shell(
                "show version", check=False) is None:
            if time.time() > deadline or self.process.poll() is not None:
                raise SystemExit("vbrd does not start")
            time.sleep(0.05)

    def shell(self, *commands, check=True):
        argv = [self.args.vbrsh, "--run-dir", f"{self.dir}/run"]
        for command in commands:
            argv += ["-c", command]
        out = subprocess.run(argv, capture_output=True, text=True, check=False)
        if out.returncode == 0:
            return out.stdout
        if check:
            raise SystemExit(f"{commands}: exit {out.returncode}\n{out.stdout}{out.stderr}")
        return None

    def show(self, command):
        return json.loads(self.shell(f"show {command} json"))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def kernel_tables(tables):
    seen = {}
    for version in ("-4", "-6"):
        text = run("ip", "-j", version, "route", "show", "table", "all", "proto", OURS)
        for route in json.loads(text) if text.strip() else []:
            table = int(route.get("table", 254)) if str(route.get("table", 254)).isdigit() else 0
            prefix = route["dst"]
            if prefix == "default" and route.get("type") == "unreachable":
                continue
            if "/" not in prefix:
                prefix += "/32" if version == "-4" else "/128"
            seen.setdefault(table, set()).add(prefix)
    return {key: seen.pop(table, set()) for key, table in tables.items()}, seen


def compare(edge, config):
    links = {link["ifname"]: link for link in ip("link")}
    tables = {}
    for kind in ("vbr", "vpc"):
        for row in edge.show(kind)[f"{kind}s"]:
            tables[(row["tenant"], kind, row["name"])] = row["kernel-table"]
    devices = {(row["tenant"], row["name"]): row["interface"]
               for row in edge.show("peering")["peerings"] if "interface" in row}
    want = [(t, k[:-1], n) for t in config["tenants"] for k in ("vpcs", "vbrs")
            for n in config["tenants"][t][k]]
    faults = differences("instances", want, tables)
    if len(set(tables.values())) != len(tables):
        faults.append(f"one table for two instances: {tables}")
    if faults:
        return faults
    expected = Expected(config, set(links), tables, devices, edge.vlans)
    faults += differences("devices of ours", expected.aliases, [
        link["ifalias"] for link in links.values()
        if link.get("ifalias", "").startswith("vbrd:")])
    wanted = [(way, device, table) for device, table in expected.attached.items()
              for way in ("iif", "oif")]
    for version in ("-4", "-6"):
        rules = [rule for rule in json.loads(run("ip", "-j", "-d", version, "rule"))
                 if rule.get("protocol") == OURS]
        faults += differences(f"rules {version}", wanted, [
            (way, rule[way], int(rule["table"])) for rule in rules
            for way in ("iif", "oif") if way in rule])
    for link in ip("address"):
        name = link["ifname"]
        if name in PORTS + CARDS or "." in name:
            faults += differences(f"addresses of {name}", expected.addresses.get(name, set()), {
                f"{a['local']}/{a['prefixlen']}" for a in link["addr_info"]
                if a["scope"] == "global"})
    for name, up, mtu in expected.ports():
        if name in links and ("UP" in links[name]["flags"]) != up:
            faults.append(f"port {name} is {'down' if up else 'up'}")
        if name in links and mtu and links[name]["mtu"] != mtu:
            faults.append(f"port {name}: MTU {links[name]['mtu']} instead of {mtu}")
    for name, mtu in expected.mtus.items():
        if links.get(name, {}).get("mtu") != mtu:
            faults.append(f"{name}: MTU {links.get(name, {}).get('mtu')} instead of {mtu}")
    seen, surplus = kernel_tables(tables)
    faults += differences("tables of nobody", [], list(surplus.items()))
    for key, prefixes in expected.routes.items():
        faults += differences(f"table {tables[key]} of {key}", prefixes, seen[key])
    return faults


def compare_show(edge, config):
    """What show route tells is what the kernel has; every other show answers."""
    faults = []
    for tenant in config["tenants"]:
        for kind in ("vbr", "vpc"):
            for name in config["tenants"][tenant][f"{kind}s"]:
                shown = edge.show(f"route tenant {tenant} {kind} {name}")
                seen, _ = kernel_tables({"it": shown["kernel-table"]})
                faults += differences(f"show route {tenant} {name}", seen["it"],
                                      [r["prefix"] for r in shown["routes"]])
    for command in ("system", "memory", "threads", "tenant", "physical-connection",
                    "bgp summary", "bgp peer", "drift"):
        edge.show(command)
    return faults


def settle(edge, config, what, seconds):
    deadline = time.time() + seconds
    while True:
        faults = compare(edge, config)
        if not faults or time.time() > deadline:
            break
        time.sleep(0.1)
    faults = faults or compare_show(edge, config)
    if faults:
        print(text_of(config))
        for command in ("vbr", "vpc", "peering", "physical-connection"):
            print(edge.shell(f"show {command}"))
        print(f"after {what}:")
        raise SystemExit("\n".join(faults))


def commit(edge, config):
    path = f"{edge.dir}/next.conf"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text_of(config))
    edge.shell("configure", f"load replace {path}", "commit")


def add_pair(name):
    run("ip", "link", "add", name, "type", "veth", "peer", "name", f"{name}x")
    run("ip", "link", "set", f"{name}x", "up")


def replug(rnd):
    name = rnd.choice(PORTS + CARDS)
    run("ip", "link", "del", name)
    time.sleep(rnd.choice([0, 0.2]))
    add_pair(name)
    return f"another {name}"


def leftovers():
    faults = [f"device {link['ifname']}" for link in ip("link")
              if link.get("ifalias", "").startswith("vbrd:")]
    for version in ("-4", "-6"):
        faults += [f"rule {rule}" for rule in json.loads(run("ip", "-j", "-d", version, "rule"))
                   if rule.get("protocol") == OURS]
        faults += [f"route {line}" for line in run(
            "ip", version, "route", "show", "table", "all", "proto", OURS).splitlines()]
    faults += [f"nexthop {line}" for line in
               run("ip", "nexthop", "show", "proto", "186").splitlines()]
    faults += [f"address {a['local']} of {link['ifname']}" for link in ip("address")
               for a in link["addr_info"] if a["scope"] == "global" and link["ifname"] != "lo"]
    return faults


def rounds(edge, rnd, args):
    history = []
    config = {"connections": {}, "tenants": {}}
    end = time.time() + args.seconds
    count = 0
    while time.time() < end:
        count += 1
        dice = rnd.random()
        if dice < 0.1 and len(history) > 1:
            # A commit that changes nothing is no revision: so take the one before by its text.
            edge.shell("configure", "rollback 1", "commit")
            history.append(config)
            config = history[-2]
            what = "a rollback"
        elif dice < 0.2:
            what = replug(rnd)
        elif dice < 0.27:
            edge.kill()
            edge.start()
            what = "kill -9"
        else:
            new = make_config(rnd)
            if new == config:
                continue
            commit(edge, new)
            history.append(config)
            config = new
            what = "a commit"
        if args.verbose:
            print(f"{count}: {what}", flush=True)
        settle(edge, config, what, args.patience)
    return count


def main():
    build = os.environ.get("VBRD_BUILDDIR", "build/plain")
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--patience", type=float, default=10)
    parser.add_argument("--vbrd", default=f"{build}/vbrd")
    parser.add_argument("--vbrsh", default=f"{build}/vtysh/vbrsh")
    parser.add_argument("--dir", required=True, help="for state and configuration")
    parser.add_argument("--log", help="of the daemon; DIR/vbrd.log")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    rnd = random.Random(args.seed)
    print(f"seed {args.seed}")
    for name in PORTS + CARDS:
        add_pair(name)
    with open(f"{args.dir}/start.conf", "w", encoding="utf-8") as file:
        file.write("system data-plane mode rules\n!\n")
    edge = Edge(args, args.dir)
    edge.start()
    try:
        count = rounds(edge, rnd, args)
        edge.shell("shutdown withdraw")
        status = edge.process.wait(30)
    finally:
        if edge.process.poll() is None:
            edge.kill()
    faults = leftovers() + ([f"vbrd exits {status}"] if status else [])
    if faults:
        raise SystemExit("shutdown withdraw leaves:\n" + "\n".join(faults))
    print(f"{count} rounds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
