# SPDX-License-Identifier: Apache-2.0
"""Scenarios A and E: one table from one sender, to a receiver and into the kernel."""
import json
import os

from lab import Failed, sh
from tool import MB, blast, blast_result, table_count, table_reaches


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
    before = kernel_floor(lab, o)  # also so that no router is the first to touch the kernel's memory
    router.start(fib=True)
    base = table_count(o, router)
    tool = blast(lab, o, router, "converge,waitfile:%s,withdraw:0,waitfile:%s" % (filled, emptied))
    full = table_reaches(o, router, base + o.routes)
    open(filled, "w").close()
    empty = table_reaches(o, router, base)
    open(emptied, "w").close()
    x = blast_result(tool)
    result = {"seconds_in": round(full - x["converge"]["t0_mono"], 3),
              "seconds_out": round(empty - x["withdraw:0"]["t0_mono"], 3),
              "receiver_seconds": x["converge"]["t_full"],
              "cpu_seconds_in": x["converge"]["dut_cpu_s"],
              "cpu_seconds_out": x["withdraw:0"]["dut_cpu_s"],
              "peak_mb": round(x["withdraw:0"]["dut_hwm_kb"] / MB, 1)}
    if router.name == "vbrd":
        after = kernel_floor(lab, o)
        for way in ("in", "out"):
            floor = (before[way + "_s"] + after[way + "_s"]) / 2
            result.update({"floor_" + way: round(floor, 3),
                           way + "_by_floor": round(result["seconds_" + way] / floor, 2)})
    return result


def kernel_floor(lab, o):
    """What the kernel needs for the same routes in the same order, if nobody else does anything."""
    prefixes = os.path.join(lab.folder, "prefixes")
    sh(o.blast, "--v4", str(o.routes), "--dump-prefixes", prefixes)
    floor = json.loads(sh(o.floor, prefixes))
    if floor["failed"] or floor["routes"] != o.routes:
        raise Failed("the kernel refused routes: " + json.dumps(floor))
    return floor


SCENARIOS = {"A": a, "E": e}
ROUTERS_OF = {"A": ("vbrd", "vbrd-engine", "bird", "frr"), "E": ("vbrd", "bird", "frr")}
