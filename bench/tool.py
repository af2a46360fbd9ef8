# SPDX-License-Identifier: Apache-2.0
"""The load tool and the table watcher, as the scenarios use them.

All their times are CLOCK_MONOTONIC, so that they can be subtracted. A run whose verification fails
raises Failed: it has no figures.
"""
import json
import os
import subprocess
import time

from lab import DUT, PEER, Failed, cpu_seconds, sh, wait_for
from routers import LOCAL_AS, Load

BLAST_TIMEOUT_S = 120  # or more, for a large table: see patience
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


LATE = ("p99", "max")  # figures of the tool's own lateness


def latencies(phase, keys, when=""):
    """Figures in ms of a phase of changes: of the whole time of each, of the router's part, of the tool's."""
    result = {}
    for whose, name, which in (("", "lat_us", keys), ("dut_", "dut_us", keys), ("late_", "late_us", LATE)):
        result.update({"%s%s%s_ms" % (whose, k, when): round(phase[name][k] / 1000, 3) for k in which})
    return {**result, "merged" + when: phase["events"] * phase["lat_receivers"] - phase["seen"]}


def table_count(o, router):
    return int(sh("ip", "netns", "exec", DUT, o.watch, "--table", str(router.kernel_table()),
                  "--proto", str(router.proto), "--once"))


WORK_STEP_S, WORK_S, REST_S = 0.01, 0.001, 0.3  # a step with more processor time than WORK_S is work


def last_work(router, seconds):
    """CLOCK_MONOTONIC of the end of the router's last work, once it has rested for REST_S."""
    def used():
        return sum(cpu_seconds(p) for p in router.pids())
    end = time.monotonic() + seconds
    last, before = time.monotonic(), used()
    while last + REST_S > time.monotonic():
        if time.monotonic() > end:
            raise Failed("%s: busy after %d s" % (router.name, seconds))
        time.sleep(WORK_STEP_S)
        now = used()
        if now - before > WORK_S:
            last = time.monotonic()
        before = now
    return last


def table_reaches(o, router, count):
    """When the last acknowledgement was in: the router rests, and the kernel has that many routes. While
    it works nobody dumps the table: that takes a processor, and tells more than half a second later."""
    end = time.monotonic() + patience(o)
    while time.monotonic() < end:
        at = last_work(router, patience(o))
        if table_count(o, router) == count:
            return at
    raise Failed("kernel table: %d routes when time ran out" % table_count(o, router))


def wait_quiet(router, seconds=120):
    """Until the router's processes use less than a tenth of a core."""
    def idle():
        before = sum(cpu_seconds(p) for p in router.pids())
        time.sleep(0.5)
        return sum(cpu_seconds(p) for p in router.pids()) - before < 0.05
    wait_for("%s idle" % router.name, seconds, idle)
