#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Confederation 100 (RFC 5065): the edge is in member AS 65001 with BIRD beside it, FRR is member
# 65002, another BIRD stands outside. Paths on all ways, what crosses members, what leaves.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
. "$VBRD_SRCDIR/tests/netns/segment.inc"
need bird frr

frr_conf() {
	cat <<-X
	router bgp 65002
	 bgp router-id 10.0.0.2
	 bgp confederation identifier 100
	 bgp confederation peers 65001
	 no bgp ebgp-requires-policy
	 no bgp network import-check
	 neighbor 10.0.0.1 remote-as 65001
	 neighbor 10.0.0.1 timers 3 9
	 neighbor 10.0.0.1 timers connect 1
	 address-family ipv4 unicast
	  network 198.51.2.0/24
	  network 198.51.20.0/24 route-map no-export
	  network 198.51.21.0/24 route-map local-as
	route-map no-export permit 10
	 set community no-export
	route-map local-as permit 10
	 set community local-AS
	X
}

# The one beside us, in our own member AS: 198.51.3.0/24.
beside_conf() {
	bird_head 3
	echo "protocol static { ipv4; route 198.51.3.0/24 blackhole; route 198.51.30.0/24 blackhole; }"
	echo "confederation 100; confederation member yes;
		ipv4 { import all; export filter { if source != RTS_STATIC then reject; bgp_local_pref = 253; bgp_med = 30;
		if net = 198.51.30.0/24 then bgp_community.add((65535,65283)); accept; }; };" |
		bird_bgp edge 65001 10.0.0.1 65001
}

outside_conf() {
	bird_head 4
	echo "protocol static { ipv4; route 198.51.4.0/24 blackhole; }"
	echo "ipv4 { import all; export where source = RTS_STATIC; };" | bird_bgp edge 7 10.0.0.1 100
}

step "a segment" segment 2 3 4
step "vbrd starts" lab_vbrd edge < <({
	echo "local-as 65001"
	echo "confederation identifier 100"
	echo "confederation member-as 65002"
	neighbour 2 65002
	neighbour 3 65001
	neighbour 4 7
} | segment_conf)
step "FRR starts, another member" lab_frr r2 < <(frr_conf)
step "BIRD starts, of our own" lab_bird r3 < <(beside_conf)
step "another BIRD starts, outside" lab_bird r4 < <(outside_conf)
soon 30 "sessions come up" all_up
step "each sees us by another AS" lab_is "65001 65001 100" lab_show edge "show bgp summary" \
	"' '.join(str(p['local-as']) for p in d['peers'])"
step "and we know where each is" lab_is "confederation internal external" lab_show edge \
	"show bgp peer tenant acme vbr hz-a" "' '.join(p['side'] for p in d['peers'])"

soon 10 "a member's route has its segment" lab_is "[[65002]]" edge_path 198.51.2.0/24 "p['as-path']"
soon 10 "our own neighbour has it so" lab_is "(65002)" bird_path 3 198.51.2.0/24
step "with the member's next hop" lab_is 10.0.0.2 bird_attr 3 198.51.2.0/24 next_hop
soon 10 "outside, it is the confederation's" lab_is 100 bird_path 4 198.51.2.0/24
step "with us as next hop" lab_is 10.0.0.1 bird_attr 4 198.51.2.0/24 next_hop
soon 10 "the outside's route reaches the member" lab_is "(65001) 7" frr_path 2 198.51.4.0/24
step "with us as next hop" lab_is 10.0.0.1 frr_attr 2 198.51.4.0/24 "p['nexthops'][0]['ip']"
step "our own neighbour has it as it came" lab_is 7 bird_path 3 198.51.4.0/24
soon 10 "the route of our own member AS crosses to the other" lab_is "(65001)" frr_path 2 198.51.3.0/24
step "with its local preference" lab_is 253 frr_attr 2 198.51.3.0/24 "p['locPrf']"
step "and MED" lab_is 30 frr_attr 2 198.51.3.0/24 "p['metric']"
step "and next hop" lab_is 10.0.0.3 frr_attr 2 198.51.3.0/24 "p['nexthops'][0]['ip']"
step "outside there is neither" lab_is 100 bird_path 4 198.51.3.0/24
step "no MED" lab_is "" bird_attr 4 198.51.3.0/24 med
step "our network statement is the confederation's outside" lab_is 100 bird_path 4 203.0.114.0/24
step "and the member's inside" lab_is "(65001)" frr_path 2 203.0.114.0/24

soon 20 "NO_EXPORT stays in the confederation" lab_is "(65002)" bird_path 3 198.51.20.0/24
step "all of it" lab_is none bird_path 4 198.51.20.0/24
sleep 2
step "NO_EXPORT_SUBCONFED stays in the member AS" lab_is none edge_path 198.51.21.0/24 "p['as-path']"
step "also in ours" lab_is none frr_path 2 198.51.30.0/24
step "where we have it" lab_is "[]" edge_path 198.51.30.0/24 "p['as-path']"
step "a role has no meaning there" code 5 peer_option 2 role customer
step "nor has a fake AS" code 5 peer_option 2 fake-as 64999

step "the outside takes us for a member" sed -i 's/as 100;/as 65001;/' "$LAB_DIR/r4-bird/bird.conf"
step "by mistake" lab_birdc r4-bird configure
soon 20 "there is no session then" not all_up
step "the confederation ends" edit "no tenant acme vbr hz-a bgp confederation"
soon 40 "and it comes up" lab_is established peer_state 10.0.0.4
soon 10 "with our real AS in the path" lab_is 65001 bird_path 4 203.0.114.0/24
