# SPDX-License-Identifier: Apache-2.0
"""Scenario O: eight busy tenants on one worker and on two, and a model of what more cores would give.

Each tenant has a line, one sender and one receiver, and a table of its own; all begin at once. What
each thread of the daemon costs is measured. Threads wait for each other only by rings, so a run takes
at least as long as its busiest thread: tenants are shared out among workers, the fib thread and the
main thread are one each. The model takes the costs of the run with one worker, and no faster memory.
"""
import os

from lab import Line
from routers import Load
from tool import blast, blast_result, wait_quiet

TENANTS = 8
PART = 8  # of --routes, for each tenant
MODEL = (1, 2, 4, 8)


def thread_seconds(pid):
    """{kind of thread: CPU seconds}; all workers count together."""
    result = {}
    for task in os.listdir("/proc/%d/task" % pid):
        base = "/proc/%d/task/%s/" % (pid, task)
        with open(base + "comm") as f:
            name = f.read().strip()
        with open(base + "schedstat") as f:
            seconds = int(f.read().split()[0]) / 1e9
        kind = "main" if int(task) == pid else name.split("-")[0]
        result[kind] = result.get(kind, 0.0) + seconds
    return result


def one(lab, o, router, workers):
    loads = [Load(line=Line(k)) for k in range(TENANTS)]
    for load in loads[1:]:
        lab.add_line(load.line)
    router.start_tenants(loads, workers=workers)
    go = lab.folder + "/go"
    if os.path.exists(go):
        os.unlink(go)
    tools = [blast(lab, o, router, "waitfile:%s,converge" % go, load, o.routes // PART,
                   ("--threads", "1"), accounts=False) for load in loads]
    wait_quiet(router)
    before = thread_seconds(router.pids()[0])
    open(go, "w").close()
    phases = [blast_result(p)["converge"] for p in tools]
    wait_quiet(router)
    after = thread_seconds(router.pids()[0])
    result = {"seconds": round(max(x["t0_mono"] + x["t_full"] for x in phases) -
                               min(x["t0_mono"] for x in phases), 3)}
    result.update({"cpu_%s" % k: round(v - before.get(k, 0.0), 3) for k, v in sorted(after.items())})
    return result


def model(x):
    """Seconds that the busiest thread needs, for some numbers of workers: to receivers, into the kernel."""
    result = {}
    for n in MODEL:
        share = -(-TENANTS // n) / TENANTS  # of the worker with most tenants
        busiest = max(x["cpu_worker"] * share, x["cpu_main"])
        result["model_receivers_%d" % n] = round(busiest, 3)
        result["model_kernel_%d" % n] = round(max(busiest, x["cpu_fib"]), 3)
    return result


def workers(lab, o, router):
    """Eight busy tenants, with one worker and with two."""
    first = one(lab, o, router, 1)
    lab.up()  # ends the daemon before
    router.procs = []
    second = one(lab, o, router, 2)
    return {**first, **{k + "_2_workers": v for k, v in second.items()}, **model(first)}


SCENARIOS = {"O": workers}
ROUTERS_OF = {"O": ("vbrd",)}
