# SPDX-License-Identifier: Apache-2.0
"""Scenario K: many tenants, each with a line, two neighbours on it, and a kernel table.

All tenants have the same routes, but for one of each (tenant_peers.c). Those of vbrd have the same
link addresses, too. BIRD cannot tell neighbours of one address apart without VRF devices, so its
links have addresses of their own: to its advantage, if there is any.
"""
import ipaddress
import json
import os
import subprocess
import time

from lab import DUT, PEER, Failed, cpu_seconds, memory_kb, sh, wait_for
from routers import LOCAL_AS

PEERS, ROUTES = 2, 500
PEER_AS = 64512
TIMEOUT_S = 300
COMMITS = 50
BIRD_TABLE = 1000
# Of the whole machine, as the kernel counts neighbours: 1,024 are too few for 2,000 of them.
NEIGHBOURS = "/proc/sys/net/ipv4/neigh/default/gc_thresh3"
MB = 1024.0  # of kB


def link(tenant, shared):
    """(router, first peer)"""
    base = ipaddress.ip_address("10.0.0.0") + (0 if shared else 8 * tenant)
    return base + 1, base + 2


def batch(namespace, lines):
    r = subprocess.run(["ip", "-n", namespace, "-batch", "-"], input="\n".join(lines) + "\n",
                       capture_output=True, text=True)
    if r.returncode != 0:
        raise Failed("ip -batch: " + r.stderr.strip()[-200:])


def links(n, shared):
    batch(DUT, ["link add t%d type veth peer name u%d netns %s" % (t, t, PEER) for t in range(n)])
    batch(DUT, ["link set t%d up" % t for t in range(n)])
    lines = ["link set u%d up" % t for t in range(n)]
    for t in range(n):
        lines += ["address add %s/29 dev u%d" % (link(t, shared)[1] + p, t) for p in range(PEERS)]
    sh("ip", "netns", "exec", PEER, "sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=1",
       "net.ipv4.conf.all.arp_announce=2", "net.ipv4.conf.all.rp_filter=0",
       "net.ipv4.conf.default.rp_filter=0")
    batch(PEER, lines)


def vbrd_conf(n):
    text = ""
    for t in range(n):
        text += "physical-connection pc-%d\n interface t%d\n!\n" % (t, t)
    for t in range(n):
        router, peer = link(t, True)
        text += ("tenant t%d\n vbr v\n  physical-connection pc-%d\n  vlan-id 0\n"
                 "  ipv4 local-gateway %s\n  ipv4 peer-gateway %s\n  ipv4 prefix-length 29\n"
                 "  bgp\n   local-as %d\n   router-id %s\n" % (t, t, router, peer, LOCAL_AS, router))
        for p in range(PEERS):
            text += ("   peer %s\n    peer-as %d\n    passive true\n    hold-time 180\n"
                     "    route-limit maximum 1000\n" % (peer + p, PEER_AS))
        text += "!\n"
    return text


def start_vbrd(router, n, mode="rules"):
    began = time.monotonic()
    router.launch(router.write("vbrd.conf", "system data-plane mode %s\n" % mode + vbrd_conf(n)))

    def tables():
        r = router.sh("show vbr json")
        rows = json.loads(r.stdout)["vbrs"] if r.returncode == 0 else []
        return len(rows) == n and all(v["state"] == "up" for v in rows) and rows
    rows = wait_for("vbrd's VBRs up", TIMEOUT_S, tables, 0.2)
    return {int(v["tenant"][1:]): v["kernel-table"] for v in rows}, time.monotonic() - began


def bird_conf(router, n, note=""):
    text = ('router id 10.255.0.1;\nlog "%s" all;\nprotocol device {}\n%s'
            % (router.path("bird.messages"), note))
    for t in range(n):
        address, peer = link(t, False)
        text += ("ipv4 table r%d;\nprotocol kernel k%d { scan time 3600; kernel table %d;\n"
                 " ipv4 { table r%d; import none; export where source = RTS_BGP; }; }\n"
                 % (t, t, BIRD_TABLE + t, t))
        for p in range(PEERS):
            text += ("protocol bgp p%d_%d { local %s as %d; neighbor %s as %d; passive on;\n"
                     " ipv4 { table r%d; import all; export none; }; }\n"
                     % (t, p, address, LOCAL_AS, peer + p, PEER_AS, t))
    return text


def start_bird(router, n):
    began = time.monotonic()
    batch(DUT, ["address add %s/29 dev t%d" % (link(t, False)[0], t) for t in range(n)])
    router.run("/usr/sbin/bird", "-f", "-c", router.write("bird.conf", bird_conf(router, n)), "-s",
               router.path("bird.ctl"), "-P", router.path("bird.pid"))
    wait_for("bird's socket", 60, lambda: os.path.exists(router.path("bird.ctl")))
    show = ("/usr/sbin/birdc", "-s", router.path("bird.ctl"), "show protocols")
    wait_for("bird's neighbours", 60, lambda: sh(*show).count("Passive") == n * PEERS, 0.2)
    return {t: BIRD_TABLE + t for t in range(n)}, time.monotonic() - began


def change_one_vbrd(router, n):
    """Seconds of a commit that changes one VBR, one leaf in it."""
    def run(count):
        script = "configure\n" + "".join(
            "tenant t%d vbr v description d%d-%d\ncommit\n" % (i % n, i, count)
            for i in range(count))
        began = time.monotonic()
        r = subprocess.run([router.options.vbrsh, "--run-dir", router.path("run"), "-f",
                            router.write("commits", script)], capture_output=True, text=True,
                           env={**os.environ, "VBRD_YANGDIR": router.options.yang})
        if r.returncode != 0:
            raise Failed("commits: " + (r.stderr or r.stdout).strip()[-200:])
        return time.monotonic() - began
    return (run(COMMITS + 1) - run(1)) / COMMITS


def change_one_bird(router, n):
    """The same by its means: the file again, with a change at one neighbour."""
    text = bird_conf(router, n).replace("neighbor %s as" % link(0, False)[1],
                                        'description "d"; neighbor %s as' % link(0, False)[1], 1)
    router.write("bird.conf", text)
    began = time.monotonic()
    sh("/usr/sbin/birdc", "-s", router.path("bird.ctl"), "configure")
    return time.monotonic() - began


def neighbours_limit(value):
    """Sets it, returns what it was."""
    with open(NEIGHBOURS) as f:
        usual = f.read().strip()
    with open(NEIGHBOURS, "w") as f:
        f.write(value)
    return usual


def k(lab, o, router):
    """Many tenants, each with neighbours and a kernel table."""
    usual = neighbours_limit("65536")
    try:
        return measure(lab, o, router, HOW[router.name])
    finally:
        neighbours_limit(usual)


def measure(lab, o, router, how):
    """how: (starts it, changes one neighbour, all tenants have the same link addresses)"""
    n, (start_it, change_one, shared) = o.tenants, how
    links(n, shared)
    tables, start = start_it(router, n)
    time.sleep(1)
    idle = sum(cpu_seconds(p) for p in router.pids())
    with open(router.path("map"), "w") as f:
        for t in range(n):
            f.write("u%d t%d %s %s %d\n" % (t, t, *link(t, shared), tables[t]))
    tool = lab.spawn(PEER, o.tenant_peers, router.path("map"), str(PEERS), str(ROUTES), DUT,
                     str(router.proto), str(TIMEOUT_S), stdout=subprocess.PIPE, text=True)
    line = tool.stdout.readline()
    result = json.loads(line) if line else {"ok": False}
    if not result["ok"]:
        raise Failed("not all tables are complete and right: %s" % line.strip())
    cpu = sum(cpu_seconds(p) for p in router.pids()) - idle
    memory = sum(memory_kb(p, "VmHWM") for p in router.pids()) / MB
    change = change_one(router, n)
    if tool.poll() is not None:
        raise Failed("sessions were lost")
    return {"seconds": result["kernel_seconds"], "sessions_up_seconds": result["up_seconds"],
            "cpu_seconds": round(cpu, 2), "peak_mb": round(memory, 1),
            "start_seconds": round(start, 2), "commit_ms": round(change * 1000, 2),
            "tool_cpu_seconds": result["tool_cpu_seconds"]}


HOW = {"vbrd": (start_vbrd, change_one_vbrd, True), "bird": (start_bird, change_one_bird, False)}
SCENARIOS = {"K": k}
ROUTERS_OF = {"K": ("vbrd", "bird")}
