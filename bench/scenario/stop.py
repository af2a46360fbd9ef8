# SPDX-License-Identifier: Apache-2.0
"""Scenario STOP: one of the receivers stops reading, while the table comes and goes.

The same work once with all of them reading and once with one that does not. Its session must not
cost the others time, nor the daemon memory that grows from round to round, and the daemon must end
it: RFC 9687 asks for that after eight minutes.
"""
from routers import Load
from tool import MB, blast, blast_phases

RECEIVERS = 5
DEAF = RECEIVERS - 1
ROUNDS = 4
SEND_HOLD_S = 480  # RFC 9687 3: this or twice the hold time
SLOWER, GROWS = 1.25, 1.10  # what noise may add


def rounds(lab, o, router, *before, after=()):
    """Seconds of all rounds together, the peak after each in MB, and the phases after them."""
    load = Load(1, RECEIVERS)
    moves = ["converge"] + ["withdraw:0", "announce:0"] * (ROUNDS - 1)
    router.start(fib=False, load=load)
    p = blast(lab, o, router, ",".join([*before, *moves, *after]), load,
              extra=("--timeout", str(SEND_HOLD_S + 60)))
    phases = blast_phases(p)
    filled = [x for x in phases if x["phase"] in ("converge", "announce:0")]
    seconds = sum(x["t_full"] for x in phases if x["phase"] in moves)
    return seconds, [x["dut_hwm_kb"] / MB for x in filled], phases


def stop(lab, o, router):
    """A receiver that does not read, beside four that do."""
    usual, _, _ = rounds(lab, o, router)
    lab.up()  # ends the daemon before
    router.procs = []
    waits = not o.quick and router.has_send_hold
    seconds, peaks, phases = rounds(lab, o, router, "deaf:%d" % DEAF, "sleep:0.2",
                                    after=("gone:%d" % DEAF,) if waits else ())
    result = {"seconds_all_read": round(usual, 3), "seconds": round(seconds, 3),
              "slower": round(seconds / usual, 2), "peak_mb": round(peaks[-1], 1),
              "growth": round(peaks[-1] / peaks[1], 2)}  # the first one had nothing to withdraw
    faults = []
    if waits:
        gone = phases[-1]
        result["ended_seconds"] = gone["seconds"]
        if not gone["gone"]:
            faults.append("its session was not ended")
    if result["slower"] > SLOWER:
        faults.append("the others are slower")
    if result["growth"] > GROWS:
        faults.append("memory grows from round to round")
    result["verdict"] = ", ".join(faults) or "ok"
    return result


SCENARIOS = {"STOP": stop}
ROUTERS_OF = {"STOP": ("vbrd", "vbrd-engine", "bird", "frr")}
