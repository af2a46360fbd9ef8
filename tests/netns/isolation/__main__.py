# SPDX-License-Identifier: Apache-2.0
"""Isolation of tenants as a property: random tenants, random changes, against an oracle.

A real daemon (mode rules) with real sessions. After each change the kernel's tables and rules, the
RIBs, what data centres are told, and real packets must be what state and documentation imply: see
oracle.py. Each probe is sent on a wire with some source, and is watched for on all wires, whose
addresses exist in several tenants; it may arrive where the oracle says, and nowhere else, however
late.

Of a failure the seed is told, and the shortest run of states that shows it again. Run by
isolation.sh in a network namespace of its own:  --seed N  --steps N  --seconds N
"""
import argparse
import os
import random
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

# pylint: disable=wrong-import-position
import check
import state as world
import wires
from oracle import Oracle, hosts_of, subnets_of
from random_commits import Edge, run

PROBES = 90
TRIES = 3  # of a packet that gets lost
QUIET_S = 0.05
# Some that nobody has, or nobody should reach.
ELSEWHERE = ["8.8.8.8", "10.16.200.1", "10.20.1.1", "2001:db8::1", "10.0.0.2", "fd00:f::2",
             "100.64.3.1", "10.0.0.6"]


class Failure(Exception):
    pass


def addresses_of(state):
    """Of hosts and data centres, in all tenants: the same address exists in several."""
    out = set(ELSEWHERE)
    for t in state["tenants"].values():
        for vpc in t["vpcs"].values():
            out |= {host for _, _, host in subnets_of(vpc)}
    for prefix in world.PREFIXES + world.STATICS:
        if not prefix.endswith(("/0", "/30")):
            out.add(str(check.net(prefix)[7]))
    return sorted(out)


def version_of(address):
    return 6 if ":" in address else 4


class Probe:
    def __init__(self, device, source, target, ends, epoch):
        self.device, self.source, self.target = device, source, target
        self.ends, self.epoch = ends, epoch

    def __str__(self):
        return f"packet from {self.source} to {self.target}, in by {self.device}"


class Run:
    """One daemon, and a state after the other."""

    def __init__(self, args, far):
        self.args, self.far = args, far
        self.probes = {}  # number -> Probe
        self.again = []  # probes that got lost
        self.state = None
        self.refused = 0
        self.delivered = self.dropped = 0
        directory = f"{args.dir}/edge"
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        with open(f"{directory}/start.conf", "w", encoding="utf-8") as file:
            file.write("system data-plane mode rules\n!\n")
        self.edge = Edge(args, directory)
        self.edge.start()

    def end(self):
        for speaker in self.far.speakers.values():
            speaker.on = False
        self.edge.shell("shutdown withdraw")
        return self.edge.process.wait(30 * self.args.slow)

    def commit(self, state):
        path = f"{self.edge.dir}/next.conf"
        with open(path, "w", encoding="utf-8") as file:
            file.write(world.text_of(state))
        return self.edge.shell("configure", f"load replace {path}", "commit",
                               check=self.args.verbose > 1) is not None

    def refuse(self, state, what):
        """A state that must not be taken."""
        if Oracle(state).expiries():
            return  # it may have become right before it arrives
        if self.commit(state):
            raise Failure(f"is taken: {what}: {Oracle(state).clash()}")
        self.refused += 1

    def goto(self, state):
        """False if the configuration is refused: then nothing has changed."""
        old, self.state = self.state, state
        if (not old or world.text_of(old) != world.text_of(state)) and not self.commit(state):
            self.state = old
            return False
        if old and state.get("restarts") != old.get("restarts"):
            self.edge.kill()
            self.edge.start()
        if not old or hosts_of(old) != hosts_of(state):
            self.far.hosts(hosts_of(state))
        for port, speaker in self.far.speakers.items():
            if old is None or old["carrier"][port] != state["carrier"][port]:
                self.far.carrier(port, state["carrier"][port])
            speaker.wanted = state["announces"][port]
            speaker.number = (world.vbr_on(state, port) or {"lines": {port: 0}})["lines"][port]
            speaker.on = state["carrier"][port] and state["router"][port]
        return True

    def settle(self):
        deadline = time.time() + self.args.patience
        while True:
            oracle = Oracle(self.state)
            faults = check.faults_of(self.edge, oracle, self.far.speakers)
            if self.far.failure:
                raise self.far.failure
            if not faults:
                return oracle
            if time.time() > deadline:
                raise Failure("\n".join(faults))
            time.sleep(0.02)

    def verify(self, rnd):
        oracle = self.settle()
        if oracle.expiries():
            time.sleep(max(0, max(oracle.expiries()) - time.time()) + 0.01)
            oracle = self.settle()
        for _ in range(TRIES):
            self.again = self.probe(rnd, oracle)
            if not self.again:
                return
            rnd = None  # only those that should have arrived
        raise Failure("\n".join(f"{p} does not arrive at {p.ends}" for p in self.again))

    def plan(self, rnd, oracle):
        pool = addresses_of(self.state)
        targets = pool + [wires.UPLINK, *sorted(map(str, oracle.all_gateways))]
        devices = [d for d in self.far.devices if self.state["carrier"].get(d, True)]
        honest = {d: [a for a in pool if oracle.is_honest(d, a)] for d in devices}
        for n in range(PROBES):
            device, source, target = (rnd.choice(x) for x in (devices, pool, targets))
            for _ in range(TRIES * 4 if n % 2 else 0):  # half of them should arrive, if any can
                if version_of(source) == version_of(target) and source != target and (
                        None not in oracle.outcomes(device, source, target)):
                    break
                device, target = rnd.choice(devices), rnd.choice(targets)
                source = rnd.choice(honest[device] or pool)
            if version_of(source) == version_of(target) and source != target:
                yield device, source, target

    def probe(self, rnd, oracle):
        """Send a handful, and see where they come out. Returns those that got lost."""
        mine = {}
        plan = (self.plan(rnd, oracle) if rnd else
                [(p.device, p.source, p.target) for p in self.again])
        for device, source, target in plan:
            number = self.far.next_number()
            p = Probe(device, source, target, oracle.outcomes(device, source, target), self.state)
            self.probes[number] = mine[number] = p
            self.far.send(device, source, target, number)
        must = {n for n, p in mine.items() if None not in p.ends}
        deadline = time.time() + 1 * self.args.slow
        while must - set(self.far.arrived) and time.time() < deadline:
            time.sleep(0.005)
            self.far.home.read(self.far.arrived)
        time.sleep(QUIET_S)
        self.far.home.read(self.far.arrived)
        self.judge()
        lost = must - set(self.far.arrived)
        self.delivered += len(must - lost)
        self.dropped += sum(p.ends == {None} for p in mine.values())
        return [mine[n] for n in sorted(lost)]

    def judge(self):
        """All arrivals so far, those of earlier states too: a late one is as bad."""
        for number, devices in list(self.far.arrived.items()):
            p = self.probes.get(number)
            if p and (len(devices) > 1 or devices[0] not in p.ends):
                del self.probes[number]
                raise Failure(f"{p} came out at {devices}, may come out at {p.ends}"
                              + ("" if p.epoch is self.state else " (sent before this change)"))


def attempt(args, far, states):
    """The states in a new daemon: None, or what is wrong."""
    r = Run(args, far)
    try:
        for i, state in enumerate(states):
            r.goto(state)
            r.verify(random.Random(f"{args.seed} {i}"))
    except Failure as e:
        print(f"again with {len(states)} of the states: {str(e).splitlines()[0]}", flush=True)
        return str(e)
    finally:
        r.edge.kill()
        clean()
    return None


def clean():
    """What a killed daemon left."""
    for flag in ("-4", "-6"):
        run("ip", flag, "route", "flush", "table", "all", "proto", "bgp", check=False)
        while '"bgp"' in run("ip", "-j", "-d", flag, "rule"):
            run("ip", flag, "rule", "del", "proto", "bgp")


def shrink(args, far, states):
    """The shortest tail of the states that fails, and without those in between that do not matter."""
    length = 1
    while not attempt(args, far, tail := states[-length:]):
        if length >= len(states):
            return []
        length *= 2
    i = len(tail) - 2
    while i >= 0:
        less = tail[:i] + tail[i + 1:]
        if attempt(args, far, less):
            tail = less
        i -= 1
    return tail


def first_state(rnd):
    """Not every one that comes out is right."""
    while True:
        state = world.make_state(rnd)
        if not Oracle(state).clash():
            return state


def explore(args, far):
    """What is changed depends on the seed alone: what is sent has generators of its own."""
    rnd = random.Random(args.seed)
    states, deeds = [first_state(rnd)], ["the first state"]
    r = Run(args, far)
    began = time.time()
    try:
        if not r.goto(states[0]):
            raise Failure("is refused")
        r.verify(random.Random(f"{args.seed} 0"))
        while len(deeds) <= args.steps and time.time() - began < args.seconds:
            state, what = world.change(rnd, states[-1])
            clash = Oracle(state).clash()
            if args.verbose:
                print(f"{len(deeds)}: {what}{' (wrong: ' + clash + ')' if clash else ''}", flush=True)
            if clash:
                r.refuse(state, what)
                continue
            if not r.goto(state):
                raise Failure(f"is refused: {what}\n{world.text_of(state)}")
            states.append(state)
            deeds.append(what)
            r.verify(random.Random(f"{args.seed} {len(deeds) - 1}"))
        status = r.end()
        if status:
            raise Failure(f"vbrd exits {status}")
    except Failure as e:
        print(f"not ok - seed {args.seed}, after {len(deeds) - 1} changes, the last: {deeds[-1]}\n{e}")
        return states
    finally:
        if r.edge.process.poll() is None:
            r.edge.kill()
    print(f"ok - {len(deeds) - 1} changes, {r.refused} refused; {r.delivered} packets arrived as they "
          f"should, {r.dropped} nowhere, as they should; {time.time() - began:.1f} s")
    if r.delivered < len(deeds) or r.dropped < len(deeds) or r.refused > len(deeds) / 2:
        raise SystemExit("too little was tried: the test proves nothing")
    return None


def main():
    build = os.environ.get("VBRD_BUILDDIR", "build/plain")
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=int(os.environ.get("ISOLATION_SEED", "1")))
    parser.add_argument("--steps", type=int, default=10 ** 9)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--slow", type=int, default=1, help="factor of waits")
    parser.add_argument("--vbrd", default=f"{build}/vbrd")
    parser.add_argument("--vbrsh", default=f"{build}/vtysh/vbrsh")
    parser.add_argument("--dir", required=True)
    parser.add_argument("--log")
    parser.add_argument("--verbose", action="count", default=0)
    args = parser.parse_args()
    args.patience = 10 * args.slow
    print(f"seed {args.seed}", flush=True)
    far = wires.Far(world.PORTS, world.CARDS)
    run("ip", "link", "set", wires.INTERNET, "up")
    run("ip", "address", "add", f"{wires.UPLINK}/24", "dev", wires.INTERNET)
    run("ip", "route", "add", "default", "dev", wires.INTERNET)
    run("ip", "-6", "route", "add", "default", "dev", wires.INTERNET)
    far.start()
    states = explore(args, far)
    if not states:
        return 0
    clean()
    short = shrink(args, far, states)
    if not short:
        print("all of it once more does not show it again: a race")
        return 1
    print(f"{len(short)} of {len(states)} states show it again; the last ones:")
    for state in short[-2:]:
        print(world.text_of(state))
        print({k: state[k] for k in ("carrier", "router", "announces")})
    return 1


if __name__ == "__main__":
    sys.exit(main())
