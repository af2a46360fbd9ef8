# SPDX-License-Identifier: Apache-2.0
"""Scenario L, the canary: what a quiet tenant feels of another one whose table flaps.

The quiet one has 100 routes and 10 changes a second, whose way to its receiver is timed; first alone,
then while the other one's table is withdrawn and announced without a pause. The tool that takes the
time runs at real-time priority, so that it does not wait for a processor itself.
"""
import os

from lab import Failed, Line, wait_for
from routers import Load
from tool import blast, blast_log, blast_result, wait_quiet

ROUTES, RATE = 100, 10
SECONDS, QUICK_SECONDS = 30, 5
FLAPS = 500  # more than there is time for: they are ended
RATIO = 2.0
FIRST = ("chrt", "--rr", "10")


def latencies(phase, when):
    x = {k: v / 1000 for k, v in phase["lat_us"].items()}
    if phase["seen"] != phase["events"] * phase["lat_receivers"]:
        raise Failed("%d of %d changes were seen" % (phase["seen"], phase["events"]))
    return {"%s_%s_ms" % (k, when): round(x[k], 3) for k in ("p50", "p99", "max")}


class Flapping:
    """Tenant 2: all that it has, again and again, until it is ended."""

    def __init__(self, lab, o, router, load):
        self.lab, self.load, self.go = lab, load, lab.folder + "/flap"
        if os.path.exists(self.go):
            os.unlink(self.go)
        phases = ["converge:0", "waitfile:" + self.go] + ["withdraw:0", "announce:0"] * FLAPS
        self.tool = blast(lab, o, router, ",".join(phases), load,
                          extra=("--no-verify", "--quiet", "0.01"), accounts=False)
        wait_for("the other tenant", 300, lambda: self.says("converge:0: ok"))

    def says(self, what):
        if self.tool.poll() is not None:
            raise Failed("the flapping tool ended")
        with open(blast_log(self.lab, self.load)) as f:
            return f.read().count(what)

    def start(self):
        open(self.go, "w").close()
        wait_for("the other tenant's first flap", 300, lambda: self.says("withdraw:0: ok"))

    def stop(self):
        """How often its table came back."""
        n = self.says("announce:0: ok")
        self.tool.kill()
        self.tool.wait()
        return n


def one(lab, o, router, workers):
    loads = [Load(), Load(line=Line(1))]
    lab.add_line(loads[1].line)
    if workers:
        router.start_tenants(loads, workers=workers)
    else:
        router.start_tenants(loads)
    other = Flapping(lab, o, router, loads[1])
    wait_quiet(router)  # its routes are in the kernel
    # Two sessions: what one stretch has withdrawn is missing in the next.
    churn = "churn:0:%d:%d" % (RATE, QUICK_SECONDS if o.quick else SECONDS)
    result = {}
    for when in ("quiet", "busy"):
        if when == "busy":
            other.start()
        tool = blast(lab, o, router, "converge," + churn, loads[0], ROUTES, wrap=FIRST, accounts=False)
        result.update(latencies(blast_result(tool)[churn], when))
    result["flaps"] = other.stop()
    result["ratio"] = round(result["p99_busy_ms"] / result["p99_quiet_ms"], 2)
    return result


def canary(lab, o, router):
    """A quiet tenant beside one that flaps, with one worker and with two."""
    if router.name != "vbrd":
        return one(lab, o, router, None)
    result, faults = {}, []
    for workers in (1, 2):
        if result:
            lab.up()  # ends the daemon before
            router.procs = []
        x = one(lab, o, router, workers)
        result.update({k if workers == 1 else k + "_2_workers": v for k, v in x.items()})
        if x["ratio"] > RATIO:
            faults.append("p99 is %.1f times its quiet one with %d worker(s)" % (x["ratio"], workers))
    result["verdict"] = ", ".join(faults) or "ok"
    return result


SCENARIOS = {"L": canary}
ROUTERS_OF = {"L": ("vbrd", "bird")}
