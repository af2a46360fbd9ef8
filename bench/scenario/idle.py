# SPDX-License-Identifier: Apache-2.0
"""Scenario IDLE: what sessions cost that say nothing but their keepalives.

Resident memory by session, against the same daemon with the same configuration before any of them is
up (octets_a_session), and with what their configuration takes (octets_with_configuration: against the
same daemon with one neighbour a table); and of a processor for SECONDS, with a keepalive every ten
seconds both ways. vbrd has tenants of up to 64 neighbours each; the others and its engine have one table.
"""
import time

from lab import DUT, Failed, Line, cpu_seconds, memory_kb, sh, wait_for
from routers import Load
from tool import blast, blast_log, wait_quiet
from scenario.tenants import neighbours_limit

SESSIONS, QUICK_SESSIONS = 1000, 200
SECONDS, QUICK_SECONDS = 20, 10
HOLD_S = 30  # keepalives come after a third of it
EACH = 50  # of a tenant
PERCENT, OCTETS = 1.0, 2048
UP = "sessions established in"


def resident_kb(router):
    return sum(memory_kb(p, "VmRSS") for p in router.pids())


def loads_of(router, sessions, neighbours=None):
    """neighbours: so many of each table, in place of all of them."""
    if router.name != "vbrd":
        return [Load(neighbours or sessions, both=True, hold=HOLD_S)]
    return [Load(neighbours or EACH, both=True, line=Line(k), hold=HOLD_S) for k in range(sessions // EACH)]


def resident_kb_at_rest(lab, router, loads):
    """Of a new daemon that has read its configuration and waits for these."""
    for load in loads[1:]:
        lab.add_line(load.line)
    if router.name == "vbrd":
        router.start_tenants(loads)
    else:
        router.start(fib=False, load=loads[0])
    wait_for("the sockets", 60, lambda: sh("ip", "netns", "exec", DUT, "ss", "-Hltn", "sport = :179"))
    wait_quiet(router)
    return resident_kb(router)


def are_up(lab, tools, loads):
    if any(p.poll() is not None for p in tools):
        raise Failed("a load tool ended")
    return all(UP in open(blast_log(lab, load)).read() for load in loads)


def measure(lab, o, router):
    sessions, seconds = (QUICK_SESSIONS, QUICK_SECONDS) if o.quick else (SESSIONS, SECONDS)
    loads = loads_of(router, sessions)
    bare = resident_kb_at_rest(lab, router, loads_of(router, sessions, 1))
    lab.up()  # ends the daemon before
    router.procs = []
    before = resident_kb_at_rest(lab, router, loads)
    tools = [blast(lab, o, router, "waitfile:" + lab.folder + "/never", load, 1, accounts=False)
             for load in loads]
    wait_for("the sessions", 300, lambda: are_up(lab, tools, loads), 0.2)
    wait_quiet(router)
    grown = resident_kb(router) - before
    used = sum(cpu_seconds(p) for p in router.pids())
    time.sleep(seconds)
    used = sum(cpu_seconds(p) for p in router.pids()) - used
    are_up(lab, tools, loads)  # still
    for p in tools:
        p.kill()
        p.wait()
    whole = before - bare + grown
    result = {"octets_a_session": round(grown * 1024 / sessions),
              "octets_with_configuration": round(whole * 1024 / (sessions - len(loads))),
              "percent_of_a_core": round(100 * used / seconds, 3)}
    faults = [text for bad, text in (
        (result["octets_a_session"] > OCTETS, "more than %d octets a session" % OCTETS),
        (result["percent_of_a_core"] > PERCENT, "more than %g %% of a core" % PERCENT)) if bad]
    result["verdict"] = ", ".join(faults) or "ok"
    return result


def idle(lab, o, router):
    """Sessions that say nothing."""
    usual = neighbours_limit("65536")
    try:
        return measure(lab, o, router)
    finally:
        neighbours_limit(usual)


SCENARIOS = {"IDLE": idle}
ROUTERS_OF = {"IDLE": ("vbrd", "vbrd-engine", "bird", "frr")}
