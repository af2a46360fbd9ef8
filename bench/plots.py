# SPDX-License-Identifier: Apache-2.0
"""Plots of growth as SVG, drawn by gnuplot from the JSON lines of bench/run.

The same lines give the same octets: no time, no names of files or hosts.
"""
import json
import os
import statistics
import subprocess

SCRIPT = """set terminal svg size 640,480 font "sans-serif,12" background "white"
set output "%(file)s"
set title "%(title)s"
set xlabel "routes"
set ylabel "%(unit)s"
set logscale xy
set format x "10^{%%T}"
set grid
set key outside below
set xrange [%(first)g:%(last)g]
plot %(curves)s
"""
CURVE = '"-" using 1:2:3:4 with yerrorlines linewidth 1.5 pointsize 0.6 title "%s"'
TITLES = {"A": "to a neighbour", "E": "into the kernel"}
# file, title, unit, {scenario: figure}
PLOTS = (
    ("time", "From the first octet to the last route", "seconds", {"A": "seconds", "E": "seconds_in"}),
    ("cpu", "Processor time until then", "CPU seconds", {"A": "cpu_seconds", "E": "cpu_seconds_in"}),
    ("memory", "Resident memory at its peak", "MB", {"A": "peak_mb", "E": "peak_mb"}),
)


def points(lines, scenario, router, figure):
    """size, median, least, most"""
    found = {}
    for x in lines:
        if x["ok"] and x["scenario"] == scenario and x["router"] == router:
            found.setdefault(x["routes"], []).append(x[figure])
    return [(size, statistics.median(v), min(v), max(v)) for size, v in sorted(found.items())]


def draw(lines, folder):
    """One file a plot; returns their names."""
    os.makedirs(folder, exist_ok=True)
    sizes = [x["routes"] for x in lines]
    names = []
    for name, title, unit, figures in PLOTS:
        curves, data = [], ""
        for scenario, figure in figures.items():
            for router in sorted({x["router"] for x in lines}):
                found = points(lines, scenario, router, figure)
                if not found:
                    continue
                curves.append(CURVE % ("%s, %s" % (router, TITLES[scenario])))
                data += "".join("%d %.6g %.6g %.6g\n" % p for p in found) + "e\n"
        names.append(os.path.join(folder, name + ".svg"))
        script = SCRIPT % {"file": names[-1], "title": title, "unit": unit,
                           "first": min(sizes) / 1.5, "last": max(sizes) * 1.5,
                           "curves": ", ".join(curves)}
        subprocess.run(["gnuplot"], input=script + data, text=True, check=True,
                       env={**os.environ, "LC_ALL": "C"})
    return names


def read(path):
    """Lines of an earlier run."""
    with open(path) as f:
        return [json.loads(line) for line in f if line.startswith("{")]
