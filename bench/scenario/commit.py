# SPDX-License-Identifier: Apache-2.0
"""Scenarios N and N10K: configuration of many VBRs, and a long file."""
import os
import subprocess
import time

from lab import Failed, memory_kb, wait_for
from scenario.show import Keepalives
from tool import MB, wait_quiet

VBRS_EACH, COMMITS = 50, 200
VBRS_A_LINE = 2500
RULES = 33333  # three lines each
# 10,000 VBRs are 40,000 rules of the kernel in mode rules, which takes minutes: it is not asked.
WITHOUT_KERNEL = ("setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin")


def many_vbrs(count):
    text = "".join("physical-connection pc-%d\n interface absent%d\n bandwidth 100000\n!\n" % (p, p)
                   for p in range((count + VBRS_A_LINE - 1) // VBRS_A_LINE))
    for t in range(count // VBRS_EACH):
        text += "tenant t%d\n quota vbr %d\n" % (t, VBRS_EACH)
        for v in range(VBRS_EACH):
            k = t * VBRS_EACH + v
            link = "10.%d.%d." % (k // 250, k % 250)
            text += (" vbr v{v}\n  physical-connection pc-{p}\n  vlan-id {vlan}\n"
                     "  ipv4 local-gateway {l}1\n  ipv4 peer-gateway {l}2\n  ipv4 prefix-length 30\n"
                     "  bgp\n   local-as 65000\n   peer {l}2\n    peer-as 65001\n"
                     ).format(v=v, p=k // VBRS_A_LINE, vlan=k % VBRS_A_LINE + 1, l=link)
        text += "!\n"
    return text


def main_thread_ms(router):
    """Processor time of the thread that commits, in ms."""
    pid = router.pids()[0]
    with open("/proc/%d/task/%d/schedstat" % (pid, pid)) as f:
        return int(f.read().split()[0]) / 1e6


def commits(router, name, tenants, n):
    """One shell, n commits of one changed leaf each; seconds, and the main thread's ms."""
    script = "configure\n" + "".join(
        "tenant t%d vbr v%d description d%d-%d\ncommit\n" % (i % tenants, i % VBRS_EACH, i, n)
        for i in range(n))
    argv = [router.options.vbrsh, "--run-dir", router.path("run"), "-f", router.write(name, script)]
    began, before = time.monotonic(), main_thread_ms(router)
    r = subprocess.run(argv, capture_output=True, text=True,
                       env={**os.environ, "VBRD_YANGDIR": router.options.yang})
    if r.returncode != 0:
        raise Failed("commits: " + (r.stderr or r.stdout).strip()[-200:])
    return time.monotonic() - began, main_thread_ms(router) - before


def commit_figures(router, count, *wrap):
    """Start with so many VBRs; then a leaf a commit."""
    tenants = count // VBRS_EACH
    conf = router.write("many%d.conf" % count, many_vbrs(count))
    began = time.monotonic()
    router.launch(conf, *wrap)
    wait_for("vbrd answers", 240, lambda: router.sh("show version").returncode == 0, 0.005)
    start = time.monotonic() - began
    wait_quiet(router)
    one, _ = commits(router, "one", tenants, 1)
    many, cpu = commits(router, "many", tenants, COMMITS + 1)
    return conf, {"start_seconds": round(start, 3),
                  "commit_ms": round((many - one) / COMMITS * 1000, 2),
                  "commit_cpu_ms": round(cpu / (COMMITS + 1), 2),
                  "shell_and_commit_ms": round(one * 1000, 1)}


def big_file(lab, router):
    """A prefix-list of 100,000 lines in one transaction, while an idle session waits."""
    text = "policy prefix-list big\n" + "".join(
        " rule %d\n  action permit\n  prefix 10.%d.%d.0/24\n" % (k + 1, k // 250, k % 250)
        for k in range(RULES)) + "!\n"
    path = router.write("big.conf", text)
    router.start(fib=False)
    keepalives = Keepalives(lab)
    began = time.monotonic()
    r = router.sh("configure", "load merge " + path, "commit")
    took = time.monotonic() - began
    if r.returncode != 0:
        raise Failed("load: " + (r.stderr or r.stdout).strip()[-200:])
    time.sleep(1.2)
    return {"lines_100k_seconds": round(took, 3),
            "lines_100k_keepalive_late_ms": keepalives.worst_ms(began, time.monotonic())}


def n(lab, o, router):
    """One-leaf commits among 1,000 VBRs; loading them all; a file of 100,000 lines."""
    del o
    if router.name != "vbrd":
        return None
    conf, result = commit_figures(router, 1000)
    result["load_again_seconds"] = round(load_again(router, conf), 3)
    result["memory_mb"] = round(sum(memory_kb(p, "VmRSS") for p in router.pids()) / MB, 1)
    while router.procs:
        lab.end(router.procs.pop())
    result.update(big_file(lab, router))
    return result


def n10k(lab, o, router):
    """The same commits among 10,000 VBRs."""
    del lab, o
    return commit_figures(router, 10000, *WITHOUT_KERNEL)[1] if router.name == "vbrd" else None


def load_again(router, conf):
    """Everything out in one commit, then all of it in by another; seconds of the second."""
    empty = router.write("empty.conf", "system hostname empty\n!\n")
    for f in (empty, conf):
        began = time.monotonic()
        r = router.sh("configure", "load replace " + f, "commit")
        if r.returncode != 0:
            raise Failed("load: " + (r.stderr or r.stdout).strip()[-200:])
    return time.monotonic() - began


SCENARIOS = {"N": n, "N10K": n10k}
ROUTERS_OF = {"N": ("vbrd",), "N10K": ("vbrd",)}
