#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Routing tables for a lab: real ones from a list, or made ones of the same shape.

    table.py [--from FILE[.xz]] --count N [--without-as AS]... [--format bird|list]

A list has a prefix and its origin AS a line, disjoint prefixes. N of them are taken evenly over
the list, so that the address space and its lengths keep their proportions. Without a list the
table is made: the same for every run of the same N, with the lengths, the gaps and the long tail
of origins that the public table has.

bird: routes for a BIRD 2 static protocol, AS path = origin.  list: "prefix origin".
"""
import argparse
import itertools
import lzma
import random
import sys

# No router of a lab may announce these, whatever the list says: special purpose registries
# (RFC 6890), and the private space that the lab numbers itself from.
SPECIAL = [
    (0x00000000, 8), (0x0A000000, 8), (0x64400000, 10), (0x7F000000, 8), (0xA9FE0000, 16),
    (0xAC100000, 12), (0xC0000000, 24), (0xC0000200, 24), (0xC0586300, 24), (0xC0A80000, 16),
    (0xC6120000, 15), (0xC6336400, 24), (0xCB007100, 24), (0xE0000000, 3),
]

# Parts in a thousand of each length among disjoint blocks with one origin.
LENGTHS = {24: 388, 23: 186, 22: 186, 21: 82, 20: 60, 19: 41, 18: 21, 17: 17, 16: 12, 15: 4, 14: 3}


def overlaps_special(address, length):
    end = address + (1 << (32 - length))
    return any(address < s + (1 << (32 - n)) and s < end for s, n in SPECIAL)


def text(address, length):
    return "%d.%d.%d.%d/%d" % (*address.to_bytes(4, "big"), length)


def read_list(path):
    """(prefix, origin) of a list, without what is special or longer than /24."""
    opener = lzma.open if path.endswith(".xz") else open
    with opener(path, "rt") as f:
        for line in f:
            prefix, _, origin = line.partition(" ")
            dotted, _, length = prefix.partition("/")
            a, b, c, d = map(int, dotted.split("."))
            address, length = a << 24 | b << 16 | c << 8 | d, int(length)
            if length <= 24 and not overlaps_special(address, length):
                yield prefix, int(origin)


def pick(rows, count):
    """count of the rows, evenly spread."""
    rows = list(rows)
    if len(rows) < count:
        sys.exit("table.py: the list has %d usable prefixes, not %d" % (len(rows), count))
    return [rows[i * len(rows) // count] for i in range(count)]


def some_origin(rng):
    """A few networks originate much, most originate one or two."""
    origin = 1000 + int(rng.paretovariate(0.3) * 30) % 60000
    return origin if origin != 23456 else 1000


def make(count):
    """Walk the address space upwards, leaving gaps between blocks."""
    rng = random.Random(count)
    lengths = rng.choices(list(LENGTHS), LENGTHS.values(), k=count)
    space = 0xDF000000 - 0x01000000
    used = sum(1 << (32 - n) for n in lengths)
    # Alignment wastes some; what neither blocks nor alignment need becomes gaps.
    gap = max(0, int((space - 2 * used) / count))
    address = 0x01000000
    for n in lengths:
        size = 1 << (32 - n)
        address += rng.randrange(gap + 1)
        address = (address + size - 1) & ~(size - 1)
        while overlaps_special(address, n):
            address += size
        if address >= 0xE0000000:
            sys.exit("table.py: %d prefixes do not fit" % count)
        yield text(address, n), some_origin(rng)
        address += size


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--from", dest="source", metavar="FILE")
    p.add_argument("--count", type=int, required=True)
    p.add_argument("--without-as", type=int, action="append", default=[], metavar="AS")
    p.add_argument("--format", choices=["bird", "list"], default="list")
    o = p.parse_args()
    rows = read_list(o.source) if o.source else make(o.count + o.count // 100)
    rows = pick((r for r in rows if r[1] not in o.without_as), o.count)
    line = "%s %d\n"
    if o.format == "bird":
        line = "route %s unreachable { bgp_path.prepend(%d); };\n"
    for chunk in iter(lambda it=iter(rows): list(itertools.islice(it, 10000)), []):
        sys.stdout.write("".join(line % row for row in chunk))


if __name__ == "__main__":
    main()
