# SPDX-License-Identifier: Apache-2.0
"""Scenarios of many sessions, of withdrawal, and of a table that keeps changing."""
import time

from lab import Failed
from routers import Load
from tool import MB, blast, blast_json, blast_result, latencies

CHURN_RATE, CHURN_SECONDS = 10000, 20
SESSIONS, SESSION_ROUTES = 500, 100
START_SESSIONS = 1000


def figures(x):
    return {"seconds": x["t_full"], "cpu_seconds": x["dut_cpu_done_s"],
            "peak_mb": round(x["dut_hwm_kb"] / MB, 1)}


def converge(lab, o, router, load, routes, *extra):
    router.start(fib=False, load=load)
    return figures(blast_result(blast(lab, o, router, "converge,mem", load, routes, extra))["converge"])


def b(lab, o, router):
    """Two senders of one table, ten receivers."""
    return converge(lab, o, router, Load(2, 10), o.routes)


def c(lab, o, router):
    """Ten senders of one small table, ten receivers."""
    return converge(lab, o, router, Load(10, 10), o.routes // 10)


def d(lab, o, router):
    """Many sessions with few routes each, all to all."""
    sessions = SESSIONS if not o.quick else SESSIONS // 5
    return converge(lab, o, router, Load(sessions, both=True), SESSION_ROUTES, "--disjoint")


def last_phase(lab, o, router, phases):
    """The second of two senders is the one that goes."""
    load = Load(2 if "announce:1" in phases else 1, 1)
    router.start(fib=False, load=load)
    x = blast_result(blast(lab, o, router, phases, load))
    return figures(x[phases.split(",")[-1]])


def f(lab, o, router):
    """Withdrawal of a table of which there is a second path."""
    return last_phase(lab, o, router, "converge:0,announce:1,withdraw:0")


def r(lab, o, router):
    """One of two senders resets its session."""
    return last_phase(lab, o, router, "converge:0,announce:1,reset:0")


def w(lab, o, router):
    """Withdrawal of a table, nothing is left."""
    return last_phase(lab, o, router, "converge:0,withdraw:0")


def g(lab, o, router):
    """Latency of single changes on a full table."""
    seconds = CHURN_SECONDS if not o.quick else CHURN_SECONDS // 4
    phase = "churn:0:%d:%d" % (CHURN_RATE, seconds)
    router.start(fib=False)
    x = blast_result(blast(lab, o, router, "converge," + phase))[phase]
    return {**latencies(x, list(x["lat_us"])), "cpu_seconds": x["dut_cpu_s"]}


def h(lab, o, router):
    """From the start of the daemon to many sessions; the load tool is there and tries."""
    load = Load(START_SESSIONS if not o.quick else START_SESSIONS // 5, both=True)
    began = time.monotonic()
    router.start(fib=False, load=load)
    x = blast_json(blast(lab, o, router, "mem", load, 1))
    if "error" in x:
        raise Failed(x["error"])
    return {"seconds": round(x["t_est_mono"] - began, 3), "establish_seconds": x["t_all_established"],
            "idle_mb": round(x["rss_idle_kb"] / MB, 1)}


def i(lab, o, router):
    """Resident memory by prefix with 1, 2 and 10 paths, each time with a new daemon."""
    result = {}
    for paths in (1, 2, 10):
        load, routes = Load(paths, 1), o.routes if paths < 10 else o.routes // 10
        if result:
            lab.up()  # ends the daemon before
            router.procs = []
        router.start(fib=False, load=load)
        x = blast_json(blast(lab, o, router, "converge,mem", load, routes))
        if "error" in x:
            raise Failed(x["error"])
        full = x["phases"][0]
        if not full["ok"]:
            raise Failed("verification failed with %d paths" % paths)
        result["bytes_%d_paths" % paths] = round(
            (full["dut_rss_kb"] - x["rss_idle_kb"]) * 1024 / routes, 1)
    return result


SCENARIOS = {"B": b, "C": c, "D": d, "F": f, "R": r, "W": w, "G": g, "H": h, "I": i}
# One VBR has at most 64 peers; its engine by itself has no such limit.
ROUTERS_OF = {x: ("vbrd-engine", "bird", "frr") if x in "DH" else
              ("vbrd", "vbrd-engine", "bird", "frr") for x in SCENARIOS}
