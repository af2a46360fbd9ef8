#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turn message vectors (one JSON object a line) into lines that test_vectors.c reads.

    vectors.py DIR

Prints one line for each vector, fields separated by blanks:

    id  skip|-  must|may  as4 ibgp extended addpath ext-nexthop enhanced-refresh families  verdicts  hex

`skip` is the reason (one word) why the verdict is not for the decoders; `must` marks verdicts that were
written by hand or come from the upstream test, `may` those that a rule engine has derived. Verdicts are
`expect:code:subcode`, any of them joined by commas; `*` stands for any code.
"""
import glob
import json
import os
import sys

# What is decided above the decoders, or is not built yet. Keep it short; each needs a reason.
SESSION = {"m040-open", "m043-open", "m047-open"}  # the peer's configured AS, our own identifier


def reason(v):
    s = v.get("session", {})
    if v["kind"] == "fsm" or v["id"] in SESSION:
        return "session"
    if s.get("role"):
        return "role"
    if s.get("aigp"):
        return "aigp"
    if s.get("confed"):
        return "confederation"
    return "-"


def verdict(v):
    def num(key):
        return "*" if v.get(key) is None else str(v[key])
    return "%s:%s:%s" % (v["expect"], num("code"), num("subcode"))


def line(v):
    s = v.get("session", {})
    afs = s.get("afs", ["1/1", "2/1"])
    flags = [s.get("as4", True), s.get("type") == "ibgp", s.get("extmsg", False), s.get("addpath", False),
             s.get("enh", False), s.get("err", True)]
    families = ("1/1" in afs) | ("2/1" in afs) << 1
    must = v.get("trust", "upstream") == "upstream"
    verdicts = ",".join(verdict(x) for x in [v] + v.get("alt", []))
    return " ".join([v["id"], reason(v), "must" if must else "may"] + [str(int(f)) for f in flags] +
                    [str(families), verdicts, v["hex"] or "-"])


def main():
    for name in sorted(glob.glob(os.path.join(sys.argv[1], "*.jsonl"))):
        with open(name, encoding="utf-8") as f:
            for text in f:
                print(line(json.loads(text)))


if __name__ == "__main__":
    main()
