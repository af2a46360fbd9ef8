#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ADD-PATH (RFC 7911) from routers of other makes: each hears one prefix from two BIRDs and tells
# the edge both paths, one of them, both again.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
. "$VBRD_SRCDIR/tests/netns/segment.inc"
need bird

p=192.168.7.0/24

source_conf() { # N AS
	bird_head "$1"
	echo "protocol static mine { ipv4; route $p blackhole; }"
	echo "ipv4 { import none; export where source = RTS_STATIC; };" | bird_bgp up "$2" 10.0.0.2 65001
}

start_frr() {
	lab_frr r2 < <(frr_bgp 2 65001 1 45104 11 65011 12 65012
		printf '%s\n' " address-family ipv4 unicast" "  neighbor 10.0.0.1 addpath-tx-all-paths")
}

start_gobgp() {
	lab_gobgp r2 < <(gobgp_head 2 65001
		gobgp_peer 10.0.0.1 45104 "[neighbors.afi-safis.add-paths.config]" "send-max = 8"
		gobgp_peer 10.0.0.11 65011
		gobgp_peer 10.0.0.12 65012)
}

start_openbgpd() {
	mkdir -p /run/openbgpd
	lab_openbgpd r2 < <(openbgpd_head 2 65001
		printf '%s\n' "neighbor 10.0.0.1 {" "remote-as 45104" "announce add-path send all" "}" \
			"neighbor 10.0.0.11 {" "remote-as 65011" "}" \
			"neighbor 10.0.0.12 {" "remote-as 65012" "}")
}

# AS paths of the prefix, and how many path identifiers there are
received() {
	lab_show edge "show bgp routes tenant acme vbr hz-a ipv4 $p peer 10.0.0.2 received" \
		"(lambda q: '%d: %s' % (len({x['path-id'] for x in q}), ', '.join(sorted(str(x['as-path']) for x in q))))(
			d['routes'][0]['paths'])"
}

story() { # MAKE
	step "$1 starts" "start_$1"
	soon 30 "its session comes up" established
	soon 20 "both paths come" lab_is "2: [65001, 65011], [65001, 65012]" received
	step "as several paths" lab_is receive lab_show edge \
		"show bgp peer tenant acme vbr hz-a 10.0.0.2" "d['peers'][0]['families'][0]['add-path']"
	step "one path goes" lab_birdc r11-bird disable mine
	soon 10 "the other one stays" lab_is "1: [65001, 65012]" received
	step "it comes again" lab_birdc r11-bird enable mine
	soon 10 "both are there" lab_is "2: [65001, 65011], [65001, 65012]" received
	step "the other one goes" lab_birdc r12-bird disable mine
	soon 10 "the first one stays" lab_is "1: [65001, 65011]" received
	step "it comes again" lab_birdc r12-bird enable mine
	soon 10 "both are there" lab_is "2: [65001, 65011], [65001, 65012]" received
	step "the session stayed up" established
	step "$1 stops" stop_router 2 "$1"
	soon 20 "its session goes down" not established
}

step "a segment" segment 2 11 12
step "vbrd starts" lab_vbrd edge < <(neighbour 2 65001 "add-path receive" | segment_conf)
step "the first source starts" lab_bird r11 < <(source_conf 11 65011)
step "the second source starts" lab_bird r12 < <(source_conf 12 65012)
for make in frr gobgp openbgpd; do
	lab_has "$make" && story "$make"
done
