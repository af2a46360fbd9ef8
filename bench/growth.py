# SPDX-License-Identifier: Apache-2.0
"""Growth: the scenarios A, E and I with tables of several sizes, and what one route costs in each.

Flat means: at no size does a route cost more than FLAT times what it cost at a smaller one. (At a
larger one it may well cost less, since what a session costs by itself is shared by more routes.)
"""
import statistics

SIZES, QUICK_SIZES = (10000, 100000, 1000000, 4000000), (10000, 100000)
SCENARIOS = ("A", "E", "I")
# FRR would take an hour, and is not the one to beat.
ROUTERS = ("vbrd", "vbrd-engine", "bird")
FLAT = 1.5
# What is a cost: seconds and megabytes by the size of the table, or already by prefix.
US_A_ROUTE = ("seconds", "cpu_seconds", "seconds_in", "cpu_seconds_in", "seconds_out", "cpu_seconds_out")
BY_PREFIX = ("bytes_1_paths", "bytes_2_paths", "bytes_10_paths")


def costs(figures, size):
    """Microseconds a route of each time, octets a prefix of memory."""
    result = {k + "_us": figures[k] / size * 1e6 for k in US_A_ROUTE if k in figures}
    result.update({k: figures[k] for k in BY_PREFIX if k in figures})
    return result


def growth(row):
    """How much more a route costs at some size than at a smaller one, at worst; None: not known."""
    known = [x for x in row if x]
    pairs = [b / a for i, a in enumerate(known) for b in known[i + 1:]]
    return max(pairs) if pairs else None


def rows(lines):
    """(scenario, router, cost, [median at each size]) of JSON lines, and the sizes."""
    good = [x for x in lines if x["scenario"] in SCENARIOS and x["ok"]]
    sizes = sorted({x["routes"] for x in good})
    found = {}
    for x in good:
        for name, value in costs(x, x["routes"]).items():
            key = (x["scenario"], x["router"], name)
            found.setdefault(key, {}).setdefault(x["routes"], []).append(value)
    return sizes, [(*key, [statistics.median(v[s]) if s in v else None for s in sizes])
                   for key, v in sorted(found.items())]


def table(lines):
    """The table of costs as rows of text."""
    sizes, found = rows(lines)
    result = [["growth", "router", "a route costs", *("%d" % s for s in sizes), "grows", "flat"]]
    for scenario, router, name, row in found:
        worst = growth(row)
        result.append([scenario, router, name, *("-" if x is None else "%.3g" % x for x in row),
                       "-" if worst is None else "%.2f" % worst,
                       "-" if worst is None else "yes" if worst <= FLAT else "no"])
    return result
