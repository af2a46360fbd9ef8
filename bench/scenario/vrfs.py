# SPDX-License-Identifier: Apache-2.0
"""Scenario KVRF: K with a VRF device for each tenant, where FRR can take part.

FRR tells tenants apart by VRF devices only, and the kernel at hand may have none. So it is measured in a
virtual machine (vmrun): each run boots one, in which this file is started. QEMU without KVM is 10 to 30
times slower than the machine around it, evenly: what counts is the ratio of the two in the same machine.
All tenants have the same link addresses.
"""
import json
import os
import subprocess
import sys
import tempfile
import time
import types

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

# pylint: disable=wrong-import-position
from lab import DUT, Failed, Lab, Patience, run_to_end, sh, wait_for
from routers import LOCAL_AS, ROUTERS
from scenario import tenants

FRR_TABLE = 1000
COMMITS = 200  # a shell takes long to start
BOOT_S, RUN_S = 60, 3000
BOOTS, NO_BOOT = 3, 125  # vmrun's status
SLOW = 30  # at most, is this machine
MEMORY_MB = 3072
PASSED_ON = ("vbrd", "vbrsh", "yang", "tenant_peers", "tenants", "quick")


# Inside


def start_vbrd(router, n):
    return tenants.start_vbrd(router, n, "vrf")


def frr_conf(router, n):
    text = "hostname dut\nlog file %s warnings\n" % router.path("frr.messages")
    for t in range(n):
        address, peer = tenants.link(t, True)
        text += ("router bgp %d vrf v%d\n bgp router-id %s\n no bgp ebgp-requires-policy\n"
                 " no bgp network import-check\n" % (LOCAL_AS, t, address))
        for p in range(tenants.PEERS):
            text += " neighbor {0} remote-as {1}\n neighbor {0} passive\n".format(
                peer + p, tenants.PEER_AS)
        text += " address-family ipv4 unicast\n"
        for p in range(tenants.PEERS):
            text += "  neighbor %s activate\n" % (peer + p)
        text += " exit-address-family\n!\n"
    return text


def start_frr(router, n):
    began = time.monotonic()
    address = tenants.link(0, True)[0]
    tenants.batch(DUT, [line for t in range(n) for line in (
        "link add v%d type vrf table %d" % (t, FRR_TABLE + t), "link set v%d up" % t,
        "link set t%d master v%d" % (t, t), "address add %s/29 dev t%d" % (address, t))])
    router.launch(frr_conf(router, n))

    def waiting():
        router.pids()
        out = sh(*router.vtysh("-d", "bgpd", "-c", "show bgp vrf all ipv4 unicast summary"),
                 check=False)
        return out.count(" Active ") >= n * tenants.PEERS
    wait_for("frr's neighbours", tenants.TIMEOUT_S, waiting, 0.5)
    return {t: FRR_TABLE + t for t in range(n)}, time.monotonic() - began


def change_one_frr(router, n):
    """Seconds of a change of one neighbour, among many in one file."""
    def run(count):
        peer = tenants.link(0, True)[1]
        text = "".join("router bgp %d vrf v%d\n neighbor %s description d%d-%d\n"
                       % (LOCAL_AS, i % n, peer, i, count) for i in range(count))
        began = time.monotonic()
        sh(*router.vtysh("-d", "bgpd", "-f", router.write("commits", text)))
        return time.monotonic() - began
    return (run(COMMITS + 1) - run(1)) / COMMITS


HOW = {"vbrd": (start_vbrd, tenants.change_one_vbrd, True), "frr": (start_frr, change_one_frr, True)}


def inside(name, options):
    o = types.SimpleNamespace(**options)
    folder = tempfile.mkdtemp(prefix="vbrd-bench.")
    os.chmod(folder, 0o777)  # FRR gives up root
    lab = Lab(folder, 0)
    Patience.factor, tenants.TIMEOUT_S = SLOW, RUN_S
    try:
        tenants.neighbours_limit("65536")
        lab.up()
        result = tenants.measure(lab, o, ROUTERS[name](lab, o), HOW[name])
        result["kernel"] = os.uname().release
    except (Failed, OSError, subprocess.SubprocessError) as x:
        result = {"error": str(x)}
    print(json.dumps(result), flush=True)
    lab.down()


# Outside


def vmrun():
    given = os.environ.get("VMRUN") or os.path.join(HERE, "../../../shared/tools/vmrun")
    if not os.access(given, os.X_OK):
        raise Failed("skipped: no vmrun, set VMRUN")
    return given


def machine():
    """User-mode Linux boots at once, or not at all on this processor."""
    r = run_to_end([vmrun(), "-k", "uml", "-t", str(BOOT_S), "true"])
    return "uml" if r.returncode == 0 else "qemu"


def run_inside(name, options):
    """A loaded machine may starve QEMU's clock, and the kernel gives up: once more then."""
    argv = [vmrun(), "-k", machine(), "-t", str(RUN_S), "-m", str(MEMORY_MB), "/usr/bin/python3",
            "-B", os.path.abspath(__file__), name, json.dumps(options)]
    for _ in range(BOOTS):
        r = run_to_end(argv)
        if r.returncode != NO_BOOT:
            return r
    raise Failed("skipped: neither user-mode Linux nor QEMU boots here: " + r.stderr.strip()[-200:])


def kvrf(_, o, router):
    """K in a virtual machine that has VRF devices."""
    r = run_inside(router.name, {k: getattr(o, k) for k in PASSED_ON})
    lines = [x for x in r.stdout.splitlines() if x.startswith("{")]
    result = json.loads(lines[-1]) if lines else {"error": (r.stderr or r.stdout).strip()[-300:]}
    if "error" in result:
        raise Failed(result["error"])
    return result


SCENARIOS = {"KVRF": kvrf}
ROUTERS_OF = {"KVRF": ("vbrd", "frr")}

if __name__ == "__main__":
    inside(sys.argv[1], json.loads(sys.argv[2]))
