#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ADD-PATH (RFC 7911): two paths of one prefix come from BIRD, and go on to routers of all makes,
# as they are, fewer, and none.
# builds: plain
. "$(dirname "$0")/lib.sh"
. "$VBRD_SRCDIR/tests/netns/segment.inc"
need bird

p=192.168.7.0/24

feeder() {
	bird_head 2
	echo "protocol static one { ipv4 { preference 200; }; route $p blackhole { bgp_med = 10; }; }"
	echo "protocol static two { ipv4 { preference 100; }; route $p blackhole { bgp_med = 20; }; }"
	echo "ipv4 { import none; export where source = RTS_STATIC; add paths tx; };" |
		bird_bgp edge 65001 10.0.0.1 45104
}

# Each make: start_X, count_X (paths of the prefix that it has).

start_bird() {
	lab_bird r3 < <(bird_head 3
		echo "ipv4 { import all; export none; add paths rx; };" | bird_bgp edge 65003 10.0.0.1 45104)
}

count_bird() {
	lab_birdc r3-bird show route "$p" | grep -c 'edge'
}

start_frr() {
	lab_frr r3 < <(frr_bgp 3 65003 1 45104)
}

count_frr() {
	lab_vtysh r3 "show bgp ipv4 unicast $p json" |
		"$LAB_PYTHON" -c 'import json, sys; print(len(json.load(sys.stdin).get("paths", [])))'
}

start_gobgp() {
	rm -f "$LAB_DIR/r3-gobgp/api"
	lab_gobgp r3 < <(gobgp_head 3 65003
		gobgp_peer 10.0.0.1 45104 "[neighbors.afi-safis.add-paths.config]" "receive = true")
}

count_gobgp() {
	lab_gobgp_do r3 global rib -j "$p" |
		"$LAB_PYTHON" -c 'import json, sys; d = json.load(sys.stdin); print(sum(len(v) for v in d.values()) if isinstance(d, dict) else len(d))'
}

start_openbgpd() {
	mkdir -p /run/openbgpd
	lab_openbgpd r3 < <(openbgpd_head 3 65003
		printf '%s\n' "neighbor 10.0.0.1 {" "remote-as 45104" "announce IPv4 unicast" \
			"announce IPv6 none" "announce add-path recv yes" "}")
}

count_openbgpd() {
	lab_bgpctl r3 show rib in neighbor 10.0.0.1 | grep -c "$p"
}

shown() { # paths that the edge says it advertises
	lab_show edge "show bgp routes tenant acme vbr hz-a ipv4 $p peer 10.0.0.3 advertised" \
		"len({x['path-id'] for x in d['routes'][0]['paths']}) if d['routes'] else 0"
}

received() {
	lab_show edge "show bgp routes tenant acme vbr hz-a ipv4 $p peer 10.0.0.2 received" \
		"sorted(x['med'] for x in d['routes'][0]['paths'])"
}

story() { # MAKE
	step "$1 starts" "start_$1"
	soon 30 "its session comes up" established 10.0.0.3
	soon 10 "it has both paths" lab_is 2 "count_$1"
	soon 5 "as the edge says" lab_is 2 shown
	step "one path goes" lab_birdc r2-bird disable two
	soon 10 "the other one stays" lab_is 1 "count_$1"
	step "it comes again" lab_birdc r2-bird enable two
	soon 10 "both are there" lab_is 2 "count_$1"
	step "the better one goes" lab_birdc r2-bird disable one
	soon 10 "the other one stays" lab_is 1 "count_$1"
	step "it comes again" lab_birdc r2-bird enable one
	soon 10 "both are there" lab_is 2 "count_$1"
	step "those of multipath only" edit "tenant acme vbr hz-a bgp peer 10.0.0.3 add-path-send ecmp"
	soon 10 "are one: MED decides" lab_is 1 "count_$1"
	step "the best two" edit "tenant acme vbr hz-a bgp peer 10.0.0.3 add-path-send best"
	soon 10 "are both" lab_is 2 "count_$1"
	step "all again" edit "no tenant acme vbr hz-a bgp peer 10.0.0.3 add-path-send"
	step "the session stayed up" established 10.0.0.3
	step "$1 stops" stop_router 3 "$1"
	soon 20 "its session goes down" not established 10.0.0.3
}

step "a segment" segment 2 3
step "vbrd starts" lab_vbrd edge < <({
	neighbour 2 65001 "add-path receive"
	neighbour 3 65003 "add-path send"
} | segment_conf)
step "BIRD starts" lab_bird r2 < <(feeder)
soon 20 "its session comes up" established 10.0.0.2
soon 10 "both of its paths came" lab_is '[10, 20]' received
step "as several paths" lab_is receive lab_show edge \
	"show bgp peer tenant acme vbr hz-a 10.0.0.2" "d['peers'][0]['families'][0]['add-path']"
for make in bird frr gobgp openbgpd; do
	lab_has "$make" && story "$make"
done
