# SPDX-License-Identifier: Apache-2.0
"""Random worlds of tenants, and random changes of them.

A state is all that the outcome depends on: the configuration, what each data centre announces,
whether its line has a carrier and its router runs. A VBR stands on one line or several. So a run is a list of states, any of which can
be gone to from any other. Names, addresses and prefixes come from small pools on purpose: most of
them exist in several tenants.
"""
import copy
import time

import wires

TENANTS = ["acme", "beta", "coda", "dune"]
PORTS = [f"p{i}" for i in range(8)]
MOST_LINES = 3  # of a VBR
CARDS = [f"v{i}" for i in range(8)]
VPC_NUMBERS = range(16, 20)  # 10.N.0.0/16 and fd00:N::/48
SPECS = ["Mini.2", "Small.1", "Middle.2", "Large.1", "Xlarge.1"]
# What data centres announce: the same in all tenants; the last ones are what none may bring in, or
# not everybody: a default route, a link subnet, a part of some VPC, a VPC, more than a VPC.
PREFIXES = ["192.168.1.0/24", "192.168.2.0/24", "192.168.0.0/16", "172.20.0.0/16", "fd01:1::/48",
            "fd01:2::/48", "0.0.0.0/0", "10.0.0.0/30", "10.16.1.0/24", "10.17.2.0/25",
            "10.18.0.0/16", "10.0.0.0/8", "fd00:17:0:1::/64", "::/0", "100.64.3.0/24",
            "10.0.0.4/30"]
STATICS = ["198.18.1.0/24", "198.18.2.0/24"]


def make_vbr(rnd, ports):
    """lines: {port: number of its subnet}; 0 is the primary one. off: those switched off."""
    return {"lines": {port: i for i, port in enumerate(ports)}, "off": set(), "enabled": True,
            "static": rnd.choice([None, None, *STATICS])}


def make_vpc(rnd, number):
    return {"number": number, "six": rnd.random() < 0.7, "cards": {}}


def make_peering(rnd, initiator, acceptor):
    return {"initiator": initiator, "acceptor": acceptor, "enabled": rnd.random() < 0.9,
            "transit": rnd.random() < 0.2, "weight": rnd.choice([0, 100, 100, 50]),
            "spec": rnd.choice(SPECS)}


def ends_of(state, tenant):
    t = state["tenants"][tenant]
    return [("vbr", n) for n in t["vbrs"]] + [("vpc", n) for n in t["vpcs"]]


def number_of(state, tenant, end):
    return state["tenants"][tenant]["vpcs"][end[1]]["number"] if end[0] == "vpc" else None


def pairs_of(state):
    """Instances that have a peering: one pair has one."""
    for tenant, t in state["tenants"].items():
        for p in t["peerings"].values():
            yield frozenset([(tenant, *p["initiator"]), tuple(p["acceptor"])])


def add_peering(rnd, state, tenant):
    """A peering of the tenant's that a commit would take, or None."""
    ends = ends_of(state, tenant)
    if not ends:
        return None
    initiator = rnd.choice(ends)
    taken = set(pairs_of(state))
    choices = []
    for other in state["tenants"]:
        for end in ends_of(state, other):
            here, there = (tenant, *initiator), (other, *end)
            if here == there or frozenset([here, there]) in taken:
                continue
            if end[0] == "vbr" and (other != tenant or initiator[0] != "vbr"):
                continue
            mine, its = number_of(state, tenant, initiator), number_of(state, other, end)
            if mine is not None and mine == its:
                continue
            choices.append(there)
    if not choices:
        return None
    own = [c for c in choices if c[0] == tenant]
    acceptor = rnd.choice(own if own and rnd.random() < 0.4 else choices)
    peering = make_peering(rnd, initiator, acceptor)
    if acceptor[1] == "vbr":
        peering["transit"] = True  # useless without, and refused
    used = state["tenants"][tenant]["peerings"]
    name = next(f"c{i}" for i in range(99) if f"c{i}" not in used)
    used[name] = peering
    return tenant, name


def foreign(state):
    """Peerings between tenants: (initiator, name, peering)."""
    return [(t, n, p) for t in state["tenants"] for n, p in state["tenants"][t]["peerings"].items()
            if p["acceptor"][0] != t
            and p["acceptor"][2] in state["tenants"].get(p["acceptor"][0], {"vpcs": ()})["vpcs"]]


def accept(state, tenant, name, until=None):
    p = state["tenants"][tenant]["peerings"][name]
    other = state["tenants"][p["acceptor"][0]]
    other["rejects"].discard((tenant, name))
    other["accepts"][(tenant, name)] = {"vpc": p["acceptor"][2], "until": until}


def add_tenant(rnd, state, name):
    free_ports = [p for p in PORTS if p not in ports_of(state)]
    free_cards = [c for c in CARDS if c not in cards_of(state)]
    rnd.shuffle(free_cards)
    t = {"vbrs": {}, "vpcs": {}, "peerings": {}, "accepts": {}, "rejects": set()}
    state["tenants"][name] = t
    rnd.shuffle(free_ports)
    for i in range(rnd.randrange(1, 3)):
        if free_ports:
            t["vbrs"][f"hz-{i}"] = make_vbr(rnd, [free_ports.pop() for _ in range(
                min(len(free_ports), rnd.choice([1, 1, 2])))])
    for i, number in enumerate(rnd.sample(VPC_NUMBERS, rnd.randrange(1, 4))):
        vpc = t["vpcs"][f"prod-{i}"] = make_vpc(rnd, number)
        for _ in range(rnd.randrange(3)):
            if free_cards:
                vpc["cards"][free_cards.pop()] = len(vpc["cards"]) + 1
    for _ in range(rnd.randrange(1, 5)):
        add_peering(rnd, state, name)


def ports_of(state):
    return {p: (t, n) for t in state["tenants"] for n, v in state["tenants"][t]["vbrs"].items()
            for p in v["lines"]}


def vbr_on(state, port):
    """The VBR with a line by that port, or None."""
    owner = ports_of(state).get(port)
    return owner and state["tenants"][owner[0]]["vbrs"][owner[1]]


def cards_of(state):
    return {c: (t, n) for t in state["tenants"] for n, v in state["tenants"][t]["vpcs"].items()
            for c in v["cards"]}


def make_state(rnd):
    state = {"tenants": {}, "carrier": {p: True for p in PORTS}, "router": {p: True for p in PORTS},
             "announces": {p: some_prefixes(rnd) for p in PORTS}, "locked": set()}
    for name in TENANTS[:3]:
        add_tenant(rnd, state, name)
    for tenant, name, _ in foreign(state):
        if rnd.random() < 0.7:
            accept(state, tenant, name)
    return state


def some_prefixes(rnd):
    return frozenset(rnd.sample(PREFIXES, rnd.randrange(2, 9)))


def tidy(state):
    """Peerings whose own ends are gone go too, and consents that name a VPC that is gone. A peering
    to another tenant's VPC stays: it waits."""
    for tenant, t in state["tenants"].items():
        ends = ends_of(state, tenant)
        t["accepts"] = {k: c for k, c in t["accepts"].items() if c["vpc"] in t["vpcs"]}
        for name, p in list(t["peerings"].items()):
            other, kind, end = p["acceptor"]
            if tuple(p["initiator"]) not in ends or (
                    other == tenant and (kind, end) not in ends):
                del t["peerings"][name]


# Changes: each takes a random generator and a state, which it changes, and says what it did; None
# if there is nothing of the kind.


def pick(rnd, things):
    things = list(things)
    return rnd.choice(things) if things else None


def pick_peering(rnd, state):
    return pick(rnd, [(t, n) for t in state["tenants"] for n in state["tenants"][t]["peerings"]])


def do_accept(rnd, state):
    it = pick(rnd, foreign(state))
    if it:
        accept(state, it[0], it[1])
    return it and f"{it[2]['acceptor'][0]} accepts {it[0]} {it[1]}"


def do_until(rnd, state):
    it = pick(rnd, foreign(state))
    if it:
        accept(state, it[0], it[1], int(time.time()) + 2)
    return it and f"{it[2]['acceptor'][0]} accepts {it[0]} {it[1]} for two seconds"


def do_wrong_vpc(rnd, state):
    """Consent names the VPC: that of another one is none."""
    it = pick(rnd, foreign(state))
    other = it and state["tenants"][it[2]["acceptor"][0]]
    vpc = it and pick(rnd, [v for v in other["vpcs"] if v != it[2]["acceptor"][2]])
    if not vpc:
        return None
    accept(state, it[0], it[1])
    other["accepts"][(it[0], it[1])]["vpc"] = vpc
    return f"{it[2]['acceptor'][0]} accepts {it[0]} {it[1]} for another VPC, {vpc}"


def pick_consent(rnd, state):
    return pick(rnd, [(t, key) for t in state["tenants"] for key in state["tenants"][t]["accepts"]])


def do_withdraw(rnd, state):
    it = pick_consent(rnd, state)
    if it:
        del state["tenants"][it[0]]["accepts"][it[1]]
    return it and f"{it[0]} withdraws its consent to {it[1]}"


def do_reject(rnd, state):
    it = pick(rnd, foreign(state))
    if not it:
        return None
    other = state["tenants"][it[2]["acceptor"][0]]
    other["accepts"].pop((it[0], it[1]), None)
    other["rejects"].add((it[0], it[1]))
    return f"{it[2]['acceptor'][0]} rejects {it[0]} {it[1]}"


def change_peering(rnd, state, **kw):
    it = pick_peering(rnd, state)
    if not it:
        return None
    p = state["tenants"][it[0]]["peerings"][it[1]]
    for key, choose in kw.items():
        p[key] = choose(p)
    if p["acceptor"][1] == "vbr":
        p["transit"] = True
    return f"peering {it} with {', '.join(f'{k} {p[k]}' for k in kw)}"


def do_spec(rnd, state):
    return change_peering(rnd, state, spec=lambda p: rnd.choice(SPECS))


def do_weight(rnd, state):
    return change_peering(rnd, state, weight=lambda p: rnd.choice([0, 50, 100]))


def do_transit(rnd, state):
    return change_peering(rnd, state, transit=lambda p: not p["transit"])


def do_peering_enabled(rnd, state):
    return change_peering(rnd, state, enabled=lambda p: not p["enabled"])


def do_vbr_enabled(rnd, state):
    it = pick(rnd, sorted(set(ports_of(state).values())))
    if not it:
        return None
    vbr = state["tenants"][it[0]]["vbrs"][it[1]]
    vbr["enabled"] = not vbr["enabled"]
    return f"VBR {it} {'enabled' if vbr['enabled'] else 'disabled'}"


def do_lock(rnd, state):
    """A line that is locked takes its VBR down, or one of several lines of it."""
    port = pick(rnd, ports_of(state))
    if port:
        state["locked"] ^= {port}
    return port and f"line {port} {'locked' if port in state['locked'] else 'unlocked'}"


def do_line_enabled(rnd, state):
    port = pick(rnd, [p for p in ports_of(state) if vbr_on(state, p)["lines"][p] > 0])
    if port:
        vbr_on(state, port)["off"] ^= {port}
    return port and f"line {port} {'off' if port in vbr_on(state, port)['off'] else 'on'}"


def add_line(rnd, vbr, port):
    """The data centre's router on it announces what the one on another line does, or nearly."""
    used = vbr["lines"].values()
    vbr["lines"][port] = rnd.choice([i for i in range(1, MOST_LINES) if i not in used])


def do_add_line(rnd, state):
    port = pick(rnd, [p for p in PORTS if p not in ports_of(state)])
    it = port and pick(rnd, [o for o in sorted(set(ports_of(state).values()))
                             if len(state["tenants"][o[0]]["vbrs"][o[1]]["lines"]) < MOST_LINES])
    if it:
        add_line(rnd, state["tenants"][it[0]]["vbrs"][it[1]], port)
    return it and f"VBR {it} gets line {port}, too"


def del_line(state, port):
    vbr = vbr_on(state, port)
    del vbr["lines"][port]
    vbr["off"].discard(port)


def do_del_line(rnd, state):
    port = pick(rnd, [p for p in ports_of(state) if vbr_on(state, p)["lines"][p] > 0])
    owner = ports_of(state).get(port)
    if port:
        del_line(state, port)
    return port and f"VBR {owner} loses line {port}"


def do_carrier(rnd, state):
    port = pick(rnd, ports_of(state))
    if port:
        state["carrier"][port] = not state["carrier"][port]
    return port and f"carrier of {port} {state['carrier'][port]}"


def do_router(rnd, state):
    port = pick(rnd, ports_of(state))
    if port:
        state["router"][port] = not state["router"][port]
    return port and f"router at {port} {state['router'][port]}"


def do_announce(rnd, state):
    port = pick(rnd, ports_of(state))
    if not port:
        return None
    twin = rnd.choice([p for p in vbr_on(state, port)["lines"]])
    state["announces"][port] = (state["announces"][twin] if twin != port else some_prefixes(rnd))
    return f"the data centre at {port} announces {sorted(state['announces'][port])}"


def do_new_peering(rnd, state):
    tenant = pick(rnd, state["tenants"])
    it = tenant and add_peering(rnd, state, tenant)
    if it and rnd.random() < 0.5 and any(it == (t, n) for t, n, _ in foreign(state)):
        accept(state, *it)
    return it and f"a new peering {it}"


def do_del_peering(rnd, state):
    it = pick_peering(rnd, state)
    if it:
        del state["tenants"][it[0]]["peerings"][it[1]]
    return it and f"peering {it} deleted"


def do_del_vpc(rnd, state):
    it = pick(rnd, [(t, n) for t in state["tenants"] for n in state["tenants"][t]["vpcs"]])
    if it:
        del state["tenants"][it[0]]["vpcs"][it[1]]
        tidy(state)
    return it and f"VPC {it} deleted"


def do_tenant(rnd, state):
    name = rnd.choice(TENANTS)
    if name in state["tenants"]:
        del state["tenants"][name]
        tidy(state)
        return f"tenant {name} deleted"
    add_tenant(rnd, state, name)
    return f"a new tenant {name}"


def do_move_card(rnd, state):
    """A card joins another VPC, mostly another tenant's."""
    card = rnd.choice(CARDS)
    owner = cards_of(state).get(card)
    target = pick(rnd, [(t, n) for t in state["tenants"] for n in state["tenants"][t]["vpcs"]
                        if (t, n) != owner])
    if not target:
        return None
    if owner:
        del state["tenants"][owner[0]]["vpcs"][owner[1]]["cards"][card]
    cards = state["tenants"][target[0]]["vpcs"][target[1]]["cards"]
    cards[card] = next(i for i in range(1, 99) if i not in cards.values())
    return f"card {card} moves from {owner} to {target}"


def do_move_port(rnd, state):
    """A line changes its tenant, with a VBR of its own or one that stands there already."""
    it = pick(rnd, ports_of(state).items())
    other = it and pick(rnd, [t for t in state["tenants"] if t != it[1][0]])
    if not other:
        return None
    if vbr_on(state, it[0])["lines"][it[0]] > 0:
        del_line(state, it[0])
    else:
        del state["tenants"][it[1][0]]["vbrs"][it[1][1]]
        tidy(state)
    vbrs = state["tenants"][other]["vbrs"]
    host = pick(rnd, [None, *(n for n in vbrs if len(vbrs[n]["lines"]) < MOST_LINES)])
    if host:
        add_line(rnd, vbrs[host], it[0])
    else:
        vbrs[next(f"hz-{i}" for i in range(99) if f"hz-{i}" not in vbrs)] = make_vbr(rnd, [it[0]])
    return f"port {it[0]} moves from {it[1]} to {other} {host or ''}"


def do_restart(_, state):
    state["restarts"] = state.get("restarts", 0) + 1
    return "kill -9 of vbrd"


CHANGES = {do_accept: 8, do_until: 2, do_wrong_vpc: 2, do_withdraw: 8, do_reject: 4, do_spec: 2,
           do_weight: 3, do_transit: 4, do_peering_enabled: 4, do_vbr_enabled: 4, do_carrier: 4,
           do_router: 2, do_lock: 2, do_line_enabled: 2, do_add_line: 4, do_del_line: 2, do_announce: 4, do_new_peering: 6, do_del_peering: 3, do_del_vpc: 2,
           do_tenant: 4, do_move_card: 4, do_move_port: 2, do_restart: 1}


def change(rnd, state):
    """Another state, and what is different."""
    while True:
        new = copy.deepcopy(state)
        what = rnd.choices(list(CHANGES), list(CHANGES.values()))[0](rnd, new)
        if what:
            return new, what


# As text


def lines_of_line(number):
    return (f"ipv4 local-gateway {wires.local4(number)}", f"ipv4 peer-gateway {wires.peer4(number)}",
            "ipv4 prefix-length 30", f"ipv6 local-gateway {wires.local6(number)}",
            f"ipv6 peer-gateway {wires.peer6(number)}", "ipv6 prefix-length 64")


def lines_of_vbr(name, vbr):
    primary = next(p for p, number in vbr["lines"].items() if number == 0)
    yield from (f" vbr {name}", f"  enabled {str(vbr['enabled']).lower()}",
                f"  physical-connection pc-{primary}", "  vlan-id 0")
    yield from ("  " + line for line in lines_of_line(0))
    for port, number in vbr["lines"].items():
        if number > 0:
            yield from (f"  additional-connection pc-{port}", "   vlan-id 0",
                        f"   enabled {str(port not in vbr['off']).lower()}")
            yield from ("   " + line for line in lines_of_line(number))
    if vbr["static"]:
        yield f"  static-route {vbr['static']}"
        yield from (f"   next-hop {wires.peer4(number)}" for number in vbr["lines"].values())
    yield "  bgp"
    for number in vbr["lines"].values():
        yield from (f"   peer {wires.peer4(number)}", f"    peer-as {wires.IDC_AS}",
                    "    passive true", "    families ipv4", "    families ipv6")


def lines_of(tenant, t):
    yield f"tenant {tenant}"
    for name, vpc in t["vpcs"].items():
        n = vpc["number"]
        yield from (f" vpc {name}", f"  cidr 10.{n}.0.0/16")
        if vpc["six"]:
            yield f"  cidr fd00:{n}::/48"
        for card, subnet in vpc["cards"].items():
            yield from (f"  interface {card}", f"   address 10.{n}.{subnet}.1/24")
            if vpc["six"]:
                yield f"   address fd00:{n}:0:{subnet}::1/64"
    for name, vbr in t["vbrs"].items():
        yield from lines_of_vbr(name, vbr)
    for name, p in t["peerings"].items():
        other, kind, end = p["acceptor"]
        yield from (f" peering {name}", f"  initiator {' '.join(p['initiator'])}",
                    f"  acceptor {kind} {end}", f"  enabled {str(p['enabled']).lower()}",
                    f"  weight {p['weight']}", f"  transit {str(p['transit']).lower()}",
                    f"  spec {p['spec']}")
        if other != tenant:
            yield f"  acceptor tenant {other}"
    for (other, name), consent in t["accepts"].items():
        yield from (f" accept-peering {other} {name}", f"  vpc {consent['vpc']}")
        if consent["until"]:
            yield "  until " + time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(consent["until"]))
    for other, name in sorted(t["rejects"]):
        yield f" reject-peering {other} {name}"
    yield "!"


def text_of(state):
    lines = ["system data-plane mode rules"]
    for port in PORTS:
        status = "financial-locked" if port in state["locked"] else "normal"
        lines += [f"physical-connection pc-{port}", f" interface {port}",
                  f" business-status {status}", "!"]
    for tenant, t in state["tenants"].items():
        lines += lines_of(tenant, t)
    return "\n".join(lines) + "\n"
