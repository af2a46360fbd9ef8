# SPDX-License-Identifier: Apache-2.0
"""Shape of JSON output: shows.py NAME [PREFIX...] < output

Each shape is written as the documentation has it: a dictionary's keys must be there, those that end
in '?' may be absent, others may be added; a list of one shape holds at least one of it.
"""
import json
import re
import sys

NUMBER = (int, float)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
STATES = {"idle", "connect", "active", "open-sent", "open-confirm", "established"}
SOURCES = {"bgp", "static", "vpc", "peering", "connected"}

PATH = {"source": SOURCES, "peer": str, "best": bool, "multipath": bool, "valid": bool,
        "as-path": list, "origin": {"igp", "egp", "incomplete"}, "next-hop?": str, "med?": NUMBER,
        "local-preference?": NUMBER, "communities": list, "large-communities": list,
        "extended-communities": list, "age": NUMBER, "reason?": str}

SHAPES = {
    "version": {"version": str, "kernel": str},
    "system": {"version": str, "uptime": NUMBER, "workers": NUMBER, "routes": NUMBER,
               "paths": NUMBER, "attribute-sets": NUMBER, "memory-resident": NUMBER,
               "config-revision": NUMBER, "data-plane": {"rules", "vrf"}, "started": TIME},
    "memory": {"resident": NUMBER, "pools": [{"name": str, "owner": str, "bytes": NUMBER}]},
    "threads": {"threads": [{"name": str}]},
    "physical-connection": {"physical-connections": [
        {"name": str, "state": {"up"}, "interface": str, "vbrs": NUMBER, "bytes-in": NUMBER}]},
    "tenant": {"tenants": [{"name": str, "vbrs": NUMBER, "vpcs": NUMBER, "peerings": NUMBER,
                            "bgp-peers": NUMBER, "bgp-peers-established": NUMBER}]},
    "vbr": {"vbrs": [{"tenant": str, "name": str, "state": {"up"}, "interface": str,
                      "kernel-table": NUMBER, "physical-connection": str, "vlan-id": NUMBER}]},
    "vpc": {"vpcs": [{"tenant": str, "name": str, "state": {"up"}, "kernel-table": NUMBER,
                      "cidr": [str], "interfaces": list}]},
    "peering": {"peerings": [
        {"tenant": str, "name": str, "initiator": str, "acceptor": str,
         "state": {"pending-acceptance", "active", "inactive", "error"}, "bandwidth": NUMBER,
         "bytes-forward": NUMBER, "bytes-reverse": NUMBER, "routes-forward": NUMBER,
         "routes-reverse": NUMBER, "dropped-forward": NUMBER, "dropped-reverse": NUMBER}]},
    "failover": {"failover-groups": list},
    "failover-group drills": {"drills": list},
    "asymmetry": {"asymmetries": list, "samples-missed": NUMBER, "not-sampled": list},
    "bgp summary": {"peers": [
        {"tenant": str, "vbr": str, "address": str, "peer-as": NUMBER, "local-as": NUMBER,
         "state": STATES, "uptime": NUMBER, "prefixes-received": NUMBER,
         "prefixes-accepted": NUMBER, "prefixes-advertised": NUMBER, "messages-in": NUMBER,
         "messages-out": NUMBER, "last-error": str}]},
    "bgp peer": {"peers": [{"tenant": str, "vbr": str, "address": str, "state": STATES,
                            "families": [{"family": {"ipv4", "ipv6"}, "negotiated": bool}]}]},
    "bfd": {"sessions": list, "priority": str},
    "drift": {"repaired-total": NUMBER},
    "configuration history": {"revisions": [{"index": NUMBER, "revision": NUMBER, "time": TIME,
                                             "user": str}]},
    "route": {"kernel-table": NUMBER, "routes": [
        {"prefix": str, "next-hops": [{"via?": str, "interface": str, "weight": NUMBER,
                                       "active": bool}, None], "installed": bool,
         "error?": str}]},
    "bgp routes": {"routes": [{"prefix": str, "paths": [PATH]}]},
    "rejected": {"routes": [{"prefix": str, "paths": [{**PATH, "reason": str}]}]},
    "advertised": {"routes": [{"prefix": str, "paths": [{"as-path": list, "origin": str,
                                                         "next-hop": str}]}]},
}
del SHAPES["rejected"]["routes"][0]["paths"][0]["reason?"]


def faults(shape, value, path):
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{path}: no object"]
        found = []
        for key, inner in shape.items():
            name = key.rstrip("?")
            if name in value:
                found += faults(inner, value[name], f"{path}.{name}")
            elif not key.endswith("?"):
                found.append(f"{path}.{name} is missing")
        return found + [f"{path}: key {key}" for key in value
                        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key)]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{path}: no array"]
        if not value and None not in shape:
            return [f"{path}: empty"]
        return [f for i, v in enumerate(value) for f in faults(shape[0], v, f"{path}[{i}]")]
    if isinstance(shape, set):
        return [] if value in shape else [f"{path}: {value!r} is none of {sorted(shape)}"]
    if isinstance(shape, re.Pattern):
        return [] if shape.match(str(value)) else [f"{path}: {value!r}"]
    if isinstance(value, bool) and shape is not bool:
        return [f"{path}: {value!r}"]
    return [] if isinstance(value, shape) else [f"{path}: {value!r} is no {shape}"]


def main():
    name, prefixes = sys.argv[1], sys.argv[2:]
    value = json.load(sys.stdin)
    if name == "empty":
        found = [] if list(value.values()) == [[]] else [f"not empty: {value}"]
    else:
        found = faults(SHAPES[name], value, "")
    if prefixes:
        seen = {route["prefix"]: [p.get("reason") for p in route["paths"]]
                for route in value["routes"]}
        print(seen)
        found += [] if sorted(seen) == sorted(prefixes) else [f"prefixes {sorted(seen)}"]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
