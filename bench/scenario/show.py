# SPDX-License-Identifier: Apache-2.0
"""Scenarios S and GS: the whole table is printed, while a session that says nothing waits for its
keepalives, or while the table keeps changing."""
import os
import select
import statistics
import subprocess
import time

from lab import DUT, LINE, PEER, Failed, forget_peak, memory_kb, wait_for
from routers import IDLE_AS
from scenario.many import CHURN_RATE, CHURN_SECONDS
from tool import BLAST_TIMEOUT_S, MB, blast, blast_log, blast_phases, blast_result, latencies, wait_quiet

WATCH_KEEPALIVES_S, QUICK_WATCH_S = 12, 4
KEEPALIVE_S = 1.0
ROW = b'"prefix"'  # of JSON
READ_SIZE = 1 << 20
P99_MS, MAX_MS = 2.0, 10.0  # of a change, with or without a show
FIRST = ("chrt", "--rr", "10")  # who takes the time does not wait for a processor itself


class Keepalives:
    """Arrivals at the idle neighbour."""

    def __init__(self, lab):
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
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
    first, size, routes = None, 0, 0
    overlap = len(ROW) - 1  # of what was read before, for a word in two pieces
    data = bytearray(overlap + READ_SIZE)  # one for all: the reader shares the processors
    room = memoryview(data)[overlap:]
    while True:
        select.select([p.stdout], [], [])
        n = os.readv(p.stdout.fileno(), [room])
        if n == 0:
            break
        first = first or time.monotonic()
        size += n
        routes += data.count(ROW, 0, overlap + n)
        data[:overlap] = data[n:n + overlap]
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


def show_until(tool, argv, env):
    """Shows one after the other until the load tool has ended; seconds of those that it saw whole."""
    seconds = []
    while tool.poll() is None:
        total = show_once(argv, env)[1]
        if tool.poll() is None:
            seconds.append(total)
    return seconds


def g_and_s(lab, o, router):
    """Latency of single changes on a full table, without a show and while shows follow each other."""
    router.start(fib=False)
    go = [lab.folder + "/go-quiet", lab.folder + "/go-shown"]
    for f in go:
        if os.path.exists(f):
            os.unlink(f)
    churn = "churn:0:%d:%d" % (CHURN_RATE, CHURN_SECONDS if not o.quick else CHURN_SECONDS // 4)
    phases = "converge,waitfile:%s,%s,waitfile:%s,%s" % (go[0], churn, go[1], churn)
    tool = blast(lab, o, router, phases, wrap=FIRST, accounts=False)  # with shows there is no quiet
    log = blast_log(lab)
    argv = ["ip", "netns", "exec", DUT, *(router.show(True) or router.show(False))]
    env = {**os.environ, "VBRD_YANGDIR": o.yang}
    for done, f in zip(("converge: ok", churn + ": ok"), go):
        wait_for(done, BLAST_TIMEOUT_S, lambda: done in open(log).read(), 0.1)
        wait_quiet(router)
        open(f, "w").close()
    seconds = show_until(tool, argv, env)
    quiet, shown = [x for x in blast_phases(tool) if x["phase"] == churn]
    keys = ("p50", "p99", "p999", "max")
    result = {**latencies(quiet, keys, "_quiet"), **latencies(shown, keys, "_shown"), "shows": len(seconds)}
    if seconds:
        result["routes_per_s_meanwhile"] = int(o.routes / statistics.median(seconds))
    faults = ["%s is %.1f ms beside a show" % (k, result["dut_%s_shown_ms" % k])
              for k, most in (("p99", P99_MS), ("max", MAX_MS)) if result["dut_%s_shown_ms" % k] > most]
    return {**result, "verdict": ", ".join(faults) or "ok"}


SCENARIOS = {"S": s, "GS": g_and_s}
ROUTERS_OF = {"S": ("vbrd", "bird", "frr"), "GS": ("vbrd", "bird", "frr")}
