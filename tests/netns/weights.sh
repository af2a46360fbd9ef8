#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Shares in proportion to link-bandwidth communities (RFC 10005): two data centres say one prefix,
# with one and three gigabits; the kernel's group has the weights, or equal ones.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird

p=198.51.99.0/24

# octets per second as IEEE floats: 1.25e8, 3.75e8, 5e8
gig1=0x4cee6b28
gig3=0x4db2d05e
gig4=0x4dee6b28

links() {
	lab_ns edge sw idc far && lab_router edge &&
		lab_link edge port-1 sw p0 && lab_link idc wan sw p1 && lab_link far wan sw p2 &&
		lab_switch sw p0 p1 p2 &&
		lab_addr idc wan 10.0.0.2/29 && lab_addr far wan 10.0.0.3/29
}

conf() {
	cat <<-X
	system router-id 10.255.0.1
	physical-connection pc-1
	 interface port-1
	!
	tenant acme
	 vbr hz-a
	  physical-connection pc-1
	  vlan-id 0
	  ipv4 local-gateway 10.0.0.1
	  ipv4 peer-gateway 10.0.0.2
	  ipv4 prefix-length 29
	  bgp
	   multipath link-bandwidth true
	   peer 10.0.0.2
	    peer-as 65001
	    connect-retry 1
	   peer 10.0.0.3
	    peer-as 65001
	    connect-retry 1
	!
	X
}

# side ADDRESS [BANDWIDTH]: transitive, since BIRD tells another AS no others.
side() {
	local with=accept

	[ -z "${2:-}" ] || with="bgp_ext_community.add((generic, 0x4fde9, $2)); accept"
	cat <<-X
	router id $1; protocol device { scan time 1; }
	filter told { if source != RTS_STATIC then reject; $with; }
	protocol static { ipv4; route $p blackhole; }
	protocol bgp edge { local as 65001; neighbor 10.0.0.1 as 45104;
	connect delay time 1; connect retry time 1; error wait time 1, 2;
	ipv4 { import none; export filter told; }; }
	X
}

again() { # BANDWIDTH of the second one
	side 10.0.0.3 "$1" >"$LAB_DIR/far-bird/bird.conf"
	lab_birdc far-bird configure | grep -q Reconfigured
}

# Shares of the two next hops in the kernel, by their buckets, in the order of their addresses.
weights() {
	local id

	id=$(lab_in edge ip route show table "$(table vbr hz-a)" exact "$p" | sed -n 's/.* nhid \([0-9]*\).*/\1/p')
	lab_in edge ip -j nexthop >"$LAB_DIR/nexthops" &&
		lab_in edge ip -j nexthop bucket show id "${id:-0}" >"$LAB_DIR/buckets" &&
		"$LAB_PYTHON" - "$LAB_DIR" <<-'X'
	import collections, json, sys

	gateway = {x["id"]: x.get("gateway") for x in json.load(open(sys.argv[1] + "/nexthops"))}
	n = collections.Counter(gateway[b["bucket"]["nhid"]] for b in json.load(open(sys.argv[1] + "/buckets")))
	print(" ".join("%s*%g" % (g, n[g] / min(n.values())) for g in sorted(n)))
	X
}

both() {
	established 10.0.0.2 && established 10.0.0.3
}

knob="tenant acme vbr hz-a bgp multipath link-bandwidth"

step "namespaces and links" links
step "vbrd starts" lab_vbrd edge < <(conf)
step "one data centre" lab_bird idc < <(side 10.0.0.2 $gig1)
step "and one with three times its bandwidth" lab_bird far < <(side 10.0.0.3 $gig3)
soon 20 "both sessions come up" both
soon 10 "the kernel shares one to three" lab_is "10.0.0.2*1 10.0.0.3*3" weights
lost=$(sessions_lost)
step "not by bandwidth" edit "$knob false"
soon 10 "equal shares" lab_is "10.0.0.2*1 10.0.0.3*1" weights
step "by bandwidth again" edit "$knob true"
soon 10 "one to three" lab_is "10.0.0.2*1 10.0.0.3*3" weights
step "the second one gets faster" again $gig4
soon 10 "one to four" lab_is "10.0.0.2*1 10.0.0.3*4" weights
step "and says nothing about it" again ""
soon 10 "then nobody is weighted" lab_is "10.0.0.2*1 10.0.0.3*1" weights
step "the sessions stayed up" lab_is "$lost" sessions_lost
