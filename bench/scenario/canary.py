# SPDX-License-Identifier: Apache-2.0
"""Scenario L, the canary: what quiet tenants feel of another one whose table flaps.

A quiet one has 100 routes and 10 changes a second, whose way to its receiver is timed; first alone,
then while the other one's table is withdrawn and announced without a pause. There are ten of them,
each with a tool and a rhythm of its own, so that a p99 has enough changes beyond it; with two workers
some share one with the table that flaps and some do not. The tools that take the time run at real-time
priority; when they wait for a processor all the same, that is told apart (bench/load, late).
"""
import os

from lab import Failed, Line, wait_for
from routers import Load
from tool import blast, blast_log, blast_result, wait_quiet

TENANTS = 10  # quiet ones
ROUTES, RATE = 100, 10  # of each
SECONDS, QUICK_SECONDS = 30, 10
FLAPS = 500  # more than there is time for: they are ended
RATIO = 2.0
FIRST = ("chrt", "--rr", "10")


def figures(phases, when):
    """p50, p99 and longest of all changes of all tenants."""
    samples = []
    for x in phases:
        if x["seen"] != x["events"] * x["lat_receivers"]:
            raise Failed("%d of %d changes were seen" % (x["seen"], x["events"]))
        samples += x["samples_us"]
    result = {}
    for whose, of in (("", lambda s: s[0]), ("dut_", lambda s: s[1]), ("late_", lambda s: max(0, s[0] - s[1]))):
        us = sorted(map(of, samples))
        for k, v in (("p50", us[len(us) // 2]), ("p99", us[len(us) * 99 // 100]), ("max", us[-1])):
            result["%s%s_%s_ms" % (whose, k, when)] = round(v / 1000, 3)
    return result


class Flapping:
    """The last tenant: all that it has, again and again, until it is ended."""

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
    loads = [Load(line=Line(k)) for k in range(TENANTS + 1)]
    for load in loads[1:]:
        lab.add_line(load.line)
    if workers:
        router.start_tenants(loads, workers=workers)
    else:
        router.start_tenants(loads)
    other = Flapping(lab, o, router, loads[-1])
    wait_quiet(router)  # its routes are in the kernel
    # Two sessions: what one stretch has withdrawn is missing in the next.
    churn = "churn:0:%d:%d" % (RATE, QUICK_SECONDS if o.quick else SECONDS)
    result = {}
    for when in ("quiet", "busy"):
        if when == "busy":
            other.start()
        tools = [blast(lab, o, router, "converge,sleep:%.3f,%s" % (k / RATE / TENANTS, churn), load, ROUTES,
                       ("--samples",), FIRST, accounts=False) for k, load in enumerate(loads[:-1])]
        result.update(figures([blast_result(tool)[churn] for tool in tools], when))
    result["flaps"] = other.stop()
    result["ratio"] = round(result["dut_p99_busy_ms"] / result["dut_p99_quiet_ms"], 2)
    result["whole_ratio"] = round(result["p99_busy_ms"] / result["p99_quiet_ms"], 2)
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
