# SPDX-License-Identifier: Apache-2.0
"""What bench/run measures. Each function does one run on a fresh lab and returns its figures.

All times of the load tool and of the table watcher are CLOCK_MONOTONIC, so that they can be subtracted.
A run whose verification fails raises Failed: it has no figures.
"""
import json
import os
import select
import subprocess
import time

from lab import (DUT, LINE, PEER, Failed, cpu_seconds, forget_peak, memory_kb, sh,
                 wait_for)
from routers import IDLE_AS, LOCAL_AS, Load

BLAST_TIMEOUT_S = 120  # or more, for a large table: see patience
WATCH_KEEPALIVES_S, QUICK_WATCH_S = 12, 4
KEEPALIVE_S = 1.0
MB = 1024.0  # of kB


def patience(o):
    """Seconds after which a phase has failed."""
    return max(BLAST_TIMEOUT_S, o.routes // 8000)


def blast(lab, o, router, phases, load=Load(), routes=None, extra=(), wrap=(), accounts=True):
    """The load tool; its JSON comes when it ends. accounts: it waits for quiet of the router, too."""
    argv = [*wrap, o.blast, "--dut", load.line.local, "--local", load.line.sender, "--dut-as", str(LOCAL_AS),
            "--v4", str(routes or o.routes), "--phases", phases, "--timeout", str(patience(o)),
            "--hold", str(load.hold), "--quiet", "0.3" if o.quick else "1",
            "--senders", str(load.senders),
            *(["--both"] if load.both else ["--receivers", str(load.receivers)]), *extra]
    for pid in router.pids() if accounts else ():
        argv += ["--pid", str(pid)]
    log = open(blast_log(lab, load), "w")
    return lab.spawn(PEER, *argv, stdout=subprocess.PIPE, stderr=log, text=True)


def blast_log(lab, load=Load()):
    return os.path.join(lab.folder, "blast-%s.log" % load.line.peer_device)


def blast_json(p):
    out = p.communicate()[0]
    try:
        return json.loads(out)
    except ValueError:
        raise Failed("the load tool gave no result (status %s)" % p.returncode) from None


def blast_phases(p):
    """All phases in their order; each that was checked was right."""
    result = blast_json(p)
    if "error" in result:
        raise Failed(result["error"])
    for x in result["phases"]:
        if "verify" in x and not (x["ok"] and x["verify"]["ok"]):
            raise Failed("%s: verification failed: %s" % (x["phase"], json.dumps(x["verify"])))
    return result["phases"]


def blast_result(p):
    return {x["phase"]: x for x in blast_phases(p)}


def watch(lab, o, router, *args):
    return lab.spawn(DUT, o.watch, "--table", str(router.kernel_table()), "--proto",
                     str(router.proto), "--timeout", str(patience(o)), *args,
                     stdout=subprocess.PIPE, text=True)


def watch_result(p):
    result = json.loads(p.communicate()[0])
    if not result["ok"]:
        raise Failed("kernel table: %d routes when time ran out" % result["count"])
    return result


def table_count(o, router):
    return int(sh("ip", "netns", "exec", DUT, o.watch, "--table", str(router.kernel_table()),
                  "--proto", str(router.proto), "--once"))


def wait_quiet(router, seconds=120):
    """Until the router's processes use less than a tenth of a core."""
    def idle():
        before = sum(cpu_seconds(p) for p in router.pids())
        time.sleep(0.5)
        return sum(cpu_seconds(p) for p in router.pids()) - before < 0.05
    wait_for("%s idle" % router.name, seconds, idle)


def a(lab, o, router):
    """One sender, one receiver."""
    router.start(fib=False)
    x = blast_result(blast(lab, o, router, "converge,mem"))["converge"]
    return {"seconds": x["t_full"], "cpu_seconds": x["dut_cpu_done_s"],
            "cpu_seconds_until_idle": x["dut_cpu_s"], "peak_mb": round(x["dut_hwm_kb"] / MB, 1)}


def e(lab, o, router):
    """The same into a kernel table, and out again."""
    filled, emptied = lab.folder + "/filled", lab.folder + "/emptied"
    for f in (filled, emptied):
        if os.path.exists(f):
            os.unlink(f)
    router.start(fib=True)
    base = table_count(o, router)
    up = watch(lab, o, router, "--expect", str(base + o.routes))
    tool = blast(lab, o, router, "converge,waitfile:%s,withdraw:0,waitfile:%s" % (filled, emptied))
    full = watch_result(up)
    wait_quiet(router)
    down = watch(lab, o, router, "--expect", str(base), "--down")
    wait_for("the watcher", 30, lambda: cpu_seconds(down.pid) > 0 or down.poll() is not None)
    time.sleep(1)  # its first dump is the whole table
    open(filled, "w").close()
    empty = watch_result(down)
    wait_quiet(router)
    open(emptied, "w").close()
    x = blast_result(tool)
    result = {"seconds_in": round(full["t_done_mono"] - x["converge"]["t0_mono"], 3),
              "seconds_out": round(empty["t_done_mono"] - x["withdraw:0"]["t0_mono"], 3),
              "receiver_seconds": x["converge"]["t_full"],
              "cpu_seconds_in": x["converge"]["dut_cpu_s"],
              "cpu_seconds_out": x["withdraw:0"]["dut_cpu_s"],
              "peak_mb": round(x["withdraw:0"]["dut_hwm_kb"] / MB, 1)}
    if router.name == "vbrd":
        floor = kernel_floor(lab, o)
        result.update({"floor_in": floor["in_s"], "floor_out": floor["out_s"],
                       "in_by_floor": round(result["seconds_in"] / floor["in_s"], 2),
                       "out_by_floor": round(result["seconds_out"] / floor["out_s"], 2)})
    return result


def kernel_floor(lab, o):
    """What the kernel needs for the same routes in the same order, if nobody else does anything."""
    prefixes = os.path.join(lab.folder, "prefixes")
    sh(o.blast, "--v4", str(o.routes), "--dump-prefixes", prefixes)
    floor = json.loads(sh(o.floor, prefixes))
    if floor["failed"] or floor["routes"] != o.routes:
        raise Failed("the kernel refused routes: " + json.dumps(floor))
    return floor


class Keepalives:
    """Arrivals at the idle neighbour."""

    def __init__(self, lab):
        here = os.path.dirname(os.path.abspath(__file__))
        self.file = lab.folder + "/keepalives"
        self.proc = lab.spawn(PEER, "/usr/bin/python3", here + "/idle_peer.py", LINE.idle, str(IDLE_AS),
                              LINE.local, self.file)
        wait_for("the idle session", 30, lambda: len(self.times()) >= 3)

    def times(self):
        if not os.path.exists(self.file):
            return []
        with open(self.file) as f:
            rows = [line.split() for line in f]
        return [float(r[0]) for r in rows if len(r) == 2 and r[1] == "4"]

    def worst_ms(self, begin, end):
        """How late the latest keepalive between two moments was, in ms beyond its interval."""
        if self.proc.poll() is not None:
            raise Failed("the idle session was lost")
        t = [x for x in self.times() if begin - 1.5 <= x <= end]
        gaps = [y - x for x, y in zip(t, t[1:])]
        if end - t[-1] > KEEPALIVE_S:
            gaps.append(end - t[-1])
        return round(max(0.0, max(gaps) - KEEPALIVE_S) * 1000, 1)


def show_once(argv, env):
    """Run a show command and read it as fast as it comes."""
    began = time.monotonic()
    p = subprocess.Popen(argv, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=env)
    first, size, routes, tail = None, 0, 0, b""
    while True:
        select.select([p.stdout], [], [])
        data = os.read(p.stdout.fileno(), 1 << 20)
        if not data:
            break
        first = first or time.monotonic()
        size += len(data)
        data = tail + data
        routes += data.count(b'"prefix"')
        tail = data[-7:]
    if p.wait() != 0:
        raise Failed("%s: exit status %d" % (" ".join(argv[-1:]), p.returncode))
    return first - began, time.monotonic() - began, size, routes


class PeakOf:
    """Peak resident memory of the router's processes while something runs."""

    def __init__(self, router):
        self.pids = router.pids()
        self.before = sum(memory_kb(p, "VmRSS") for p in self.pids)
        for p in self.pids:
            forget_peak(p)

    def growth_mb(self):
        now = sum(memory_kb(p, "VmHWM") for p in self.pids)
        return round((now - self.before) / MB, 1)


def s(lab, o, router):
    """Printing the table while an idle session waits for its keepalives."""
    router.start(fib=router.name == "vbrd")
    done = lab.folder + "/shown"
    if os.path.exists(done):
        os.unlink(done)
    tool = blast(lab, o, router, "converge,waitfile:" + done)
    log = blast_log(lab)
    wait_for("the table", BLAST_TIMEOUT_S, lambda: "converge: ok" in open(log).read(), 0.1)
    wait_quiet(router)
    keepalives = Keepalives(lab)
    watched = QUICK_WATCH_S if o.quick else WATCH_KEEPALIVES_S
    time.sleep(watched)
    now = time.monotonic()
    result = {"keepalive_late_ms_quiet": keepalives.worst_ms(now - watched + 1.5, now)}
    env = {**os.environ, "VBRD_YANGDIR": o.yang}
    for form in ("text", "json"):
        argv = router.show(form == "json")
        if argv is None:
            continue
        argv = ["ip", "netns", "exec", DUT, *argv]
        peak, began = PeakOf(router), time.monotonic()
        first, total, size, routes = show_once(argv, env)
        time.sleep(1.2)
        result.update({form + "_first_ms": round(first * 1000, 1),
                       form + "_seconds": round(total, 3),
                       form + "_routes_per_s": int(o.routes / total),
                       form + "_mb": round(size / 1e6, 1),
                       form + "_memory_growth_mb": peak.growth_mb(),
                       form + "_keepalive_late_ms": keepalives.worst_ms(began, time.monotonic())})
        if form == "json" and router.name == "vbrd" and routes < o.routes:
            raise Failed("show printed %d routes of %d" % (routes, o.routes))
    open(done, "w").close()
    blast_result(tool)
    return result


# --- N: configuration of many VBRs -------------------------------------------------------

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


SCENARIOS = {"A": a, "E": e, "S": s, "N": n, "N10K": n10k}
ROUTERS_OF = {"A": ("vbrd", "vbrd-engine", "bird", "frr"), "E": ("vbrd", "bird", "frr"),
              "S": ("vbrd", "bird", "frr"), "N": ("vbrd",), "N10K": ("vbrd",)}
