#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A table of 30,000 routes: the kernel's tables, the FIB's view and the best paths of the RIB are
# the same; what others put into our tables stays.
# builds: plain
. "$(dirname "$0")/lib.sh"
need bird

prefixes() { # HOW MANY
	"$LAB_PYTHON" -c '
import sys
for i in range(int(sys.argv[1])):
    print("198.%d.%d.%d/30" % (32 + i // 16384, i // 64 % 256, i % 64 * 4))' "$1"
}

conf() {
	world_conf "route-limit maximum 100000"
}

# reload PREFIXES: what BIRD announces from now on.
reload() {
	routes4="192.168.1.0/24 $1" bird_conf >"$LAB_DIR/idc-bird/bird.conf"
	lab_birdc idc-bird configure | grep -q Reconfigured
}

count() { # vpc|vbr NAME
	lab_show edge "show bgp routes tenant acme $1 $2 ipv4" "len(d['routes'])"
}

# compare vbr|vpc NAME 4|6: three pictures of one table.
compare() {
	local t

	t=$(table "$1" "$2")
	lab_in edge ip -j -"$3" route show table "$t" >"$LAB_DIR/kernel" || return 1
	lab_show edge "show route tenant acme $1 $2 ipv$3" >"$LAB_DIR/fib" || return 1
	lab_show edge "show bgp routes tenant acme $1 $2 ipv$3" >"$LAB_DIR/rib" || return 1
	"$LAB_PYTHON" - "$LAB_DIR" <<-'X'
	import ipaddress, json, sys

	def load(name):
	    return json.load(open(sys.argv[1] + "/" + name))

	def net(dst):
	    return str(ipaddress.ip_network(dst))

	kernel, others, last = {}, [], []
	for r in load("kernel"):
	    if r.get("protocol") != "bgp":
	        others.append(r)
	    elif r["dst"] == "default":
	        last.append(r)
	    else:
	        dev = r.get("dev") or r["nexthops"][0]["dev"]
	        kernel[net(r["dst"])] = "lo" if r.get("type") == "blackhole" else dev
	fib = {}
	for r in load("fib")["routes"]:
	    assert r["installed"], r
	    fib[r["prefix"]] = r["next-hops"][0]["interface"] if r["next-hops"] else "lo"
	rib = {r["prefix"] for r in load("rib")["routes"]
	       if any(p["best"] and p["source"] != "static" for p in r["paths"])}
	assert len(last) == 1 and last[0]["type"] == "unreachable", last
	for name, a, b in (("kernel and fib", kernel, fib),
	                   ("fib and rib", dict.fromkeys(fib), dict.fromkeys(rib))):
	    if a != b:
	        diff = sorted(k for k in a.keys() | b.keys() if a.get(k, 0) != b.get(k, 0))
	        sys.exit("%s differ in %d: %s" % (name, len(diff),
	                 [(k, a.get(k), b.get(k)) for k in diff[:5]]))
	print(len(kernel), "routes,", len(others), "of others")
	X
}

compare_all() {
	local f

	for f in 4 6; do
		compare vbr hz-a $f && compare vpc prod $f || return 1
	done
}

step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(conf)
step "BIRD starts" lab_bird idc < <(routes4="192.168.1.0/24 $(prefixes 30000)" bird_conf)
soon 30 "the session comes up" established
soon 60 "30,000 routes and a few" lab_is 30003 count vpc prod
soon 20 "kernel, FIB and RIB agree" compare_all
t=$(table vpc prod)
step "somebody else adds a route to our table" \
	lab_in edge ip route add 192.0.2.0/24 via 172.16.0.10 dev vpc-prod onlink table "$t" proto static
step "and one of a prefix of ours, less preferred" \
	lab_in edge ip route add 198.32.0.0/30 via 172.16.0.10 dev vpc-prod onlink table "$t" proto static metric 500
step "half of the routes go" reload "$(prefixes 15000)"
soon 60 "15,000 remain" lab_is 15003 count vpc prod
soon 20 "kernel, FIB and RIB agree" compare_all
step "the session is cleared" sh "clear bgp tenant acme vbr hz-a all"
soon 30 "all come back" lab_is 15003 count vpc prod
soon 20 "kernel, FIB and RIB agree" compare_all
step "an IDC that leaves" lab_stop idc-bird KILL
soon 30 "takes its routes along" lab_is 2 count vpc prod
soon 20 "kernel, FIB and RIB agree" compare_all
step "the foreign routes are still there" \
	has "192.0.2.0/24 via 172.16.0.10" lab_in edge ip route show table "$t" proto static
step "both" has "198.32.0.0/30 via 172.16.0.10" lab_in edge ip route show table "$t" proto static
step "what nobody routes is unreachable" has "No route to host" lab_in edge ip route get 198.33.0.1 iif vpc-prod from 172.16.0.10
