#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# AS paths rewritten on the way out, and the AS that we pretend to be. FRR stands beside the edge
# with the same options, between the same two BIRDs, and the second BIRD must be told the same by
# both, but where we mean to differ.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
. "$VBRD_SRCDIR/tests/netns/segment.inc"
need bird frr

# r2 is the source (AS 65001), r3 the neighbour in question (AS 65002), r4 FRR as another edge.
prefixes="198.51.1.0/24 198.51.2.0/24 198.51.3.0/24 198.51.4.0/24"

source_conf() {
	bird_head 2
	echo "protocol static { ipv4; $(printf 'route %s blackhole; ' $prefixes) }"
	cat <<-X
	filter rewritten {
		if net = 198.51.2.0/24 then { bgp_path.prepend(3356); bgp_path.prepend(174); }
		if net = 198.51.3.0/24 then { bgp_path.prepend(64512); bgp_path.prepend(4200000001); }
		if net = 198.51.4.0/24 then { bgp_path.prepend(65002); bgp_path.prepend(174); bgp_path.prepend(65002); }
		bgp_community.add((65001,7)); bgp_ext_community.add((rt,65001,8)); bgp_large_community.add((65001,1,9));
		accept;
	}
	X
	echo "ipv4 { import none; export filter rewritten; };" | bird_bgp edge 65001 10.0.0.1 45104
	echo "ipv4 { import none; export filter rewritten; };" | bird_bgp frr 65001 10.0.0.4 45104
}

# sink_conf [AS]: what r3 takes the two edges for.
sink_conf() {
	bird_head 3
	echo "allow local as 9; ipv4 { import all; export none; };" | bird_bgp edge 65002 10.0.0.1 "${1:-45104}"
	echo "allow local as 9; ipv4 { import all; export none; };" | bird_bgp frr 65002 10.0.0.4 "${1:-45104}"
}

frr_conf() {
	cat <<-X
	router bgp 45104
	 bgp router-id 10.0.0.4
	 no bgp ebgp-requires-policy
	 no bgp network import-check
	 neighbor 10.0.0.2 remote-as 65001
	 neighbor 10.0.0.3 remote-as 65002
	 neighbor 10.0.0.2 timers 3 9
	 neighbor 10.0.0.3 timers 3 9
	 neighbor 10.0.0.2 timers connect 1
	 neighbor 10.0.0.3 timers connect 1
	X
}

frr_set() { # LINE...
	local c args=()

	for c in "configure terminal" "router bgp 45104" "address-family ipv4 unicast" "$@"; do
		args+=(-c "$c")
	done
	lab_in r4 vtysh --vty_socket "$LAB_DIR/r4-frr" --config_dir "$LAB_DIR/r4-frr" "${args[@]}"
}

sink() { # AS
	sink_conf "$1" >"$LAB_DIR/r3-bird/bird.conf"
	lab_birdc r3-bird configure | grep -q Reconfigur
}

paths() { # PROTOCOL: those of all prefixes, by commas
	local p out=()

	for p in $prefixes; do out+=("$(bird_path 3 "$p" "$1")"); done
	(IFS=,; echo "${out[*]}")
}

# said WHAT PATHS: the edge says these, and FRR too, unless WHAT is "ours".
said() {
	soon 20 "the edge tells $2" lab_is "$2" paths edge
	[ "$1" = ours ] || soon 20 "and FRR the same" lab_is "$2" paths frr
}

step "a segment" segment 2 3 4
step "vbrd starts" lab_vbrd edge < <({ neighbour 2 65001; neighbour 3 65002; } | segment_conf)
step "FRR starts" lab_frr r4 < <(frr_conf)
step "the source starts" lab_bird r2 < <(source_conf)
step "the neighbour starts" lab_bird r3 < <(sink_conf)
soon 30 "sessions come up" all_up
lost=$(sessions_lost)
said both "45104 65001,45104 65001 174 3356,45104 65001 4200000001 64512,45104 65001 65002 174 65002"

step "remove-private-as true" peer_option 3 remove-private-as true
step "of FRR too" frr_set "neighbor 10.0.0.3 remove-private-AS"
said both "45104,45104 65001 174 3356,45104,45104 65001 65002 174 65002"
step "remove-private-as all" peer_option 3 remove-private-as all
step "of FRR too" frr_set "neighbor 10.0.0.3 remove-private-AS all"
said both "45104,45104 174 3356,45104,45104 65002 174 65002"
step "remove-private-as replace" peer_option 3 remove-private-as replace
step "of FRR too" frr_set "neighbor 10.0.0.3 remove-private-AS all replace-AS"
said both "45104 45104,45104 45104 174 3356,45104 45104 45104 45104,45104 45104 65002 174 65002"
step "no remove-private-as" peer_option 3 remove-private-as ""
step "of FRR neither" frr_set "no neighbor 10.0.0.3 remove-private-AS all replace-AS" \
	"no neighbor 10.0.0.3 remove-private-AS all" "no neighbor 10.0.0.3 remove-private-AS"

step "as-override" peer_option 3 as-override true
said ours "45104 65001,45104 65001 174 3356,45104 65001 4200000001 64512,45104 65001 45104 174 45104"
step "the view of what is advertised says so" lab_is "[45104, 65001, 45104, 174, 45104]" lab_show edge \
	"show bgp routes tenant acme vbr hz-a peer 10.0.0.3 advertised" \
	"[p['as-path'] for r in d['routes'] for p in r['paths'] if r['prefix'] == '198.51.4.0/24'][0]"
step "no as-override" peer_option 3 as-override ""
said both "45104 65001,45104 65001 174 3356,45104 65001 4200000001 64512,45104 65001 65002 174 65002"
step "the session stayed up all the time" lab_is "$lost" sessions_lost

step "communities of all kinds arrive" has "(65001,7)" bird_attr 3 198.51.1.0/24 community edge
step "send-community large" peer_option 3 send-community large
soon 10 "keeps the standard ones" lab_is "" bird_attr 3 198.51.1.0/24 community edge
step "and the extended ones" lab_is "" bird_attr 3 198.51.1.0/24 ext_community edge
step "but not the large ones" lab_is "(65001, 1, 9)" bird_attr 3 198.51.1.0/24 large_community edge
step "send-community standard" peer_option 3 send-community standard
soon 10 "keeps the large ones" lab_is "" bird_attr 3 198.51.1.0/24 large_community edge
step "but not the standard ones" lab_is "(65001,7)" bird_attr 3 198.51.1.0/24 community edge
step "send-community all" peer_option 3 send-community ""
soon 10 "keeps none" lab_is "(65001, 1, 9)" bird_attr 3 198.51.1.0/24 large_community edge

step "a fake AS towards the neighbour" peer_option 3 fake-as 64999
step "of FRR too" frr_set "neighbor 10.0.0.3 local-as 64999"
step "the neighbour takes us for it" sink 64999
soon 30 "sessions come up" all_up
said both "64999 45104 65001,64999 45104 65001 174 3356,64999 45104 65001 4200000001 64512,64999 45104 65001 65002 174 65002"
step "we say who we are" lab_is "64999 45104" lab_show edge "show bgp peer tenant acme vbr hz-a 10.0.0.3" \
	"'%d %d' % (d['peers'][0]['local-as'], d['peers'][0]['real-as'])"
step "replace-as" peer_option 3 fake-as-replace-as true
step "of FRR too" frr_set "neighbor 10.0.0.3 local-as 64999 no-prepend replace-as"
said both "64999 65001,64999 65001 174 3356,64999 65001 4200000001 64512,64999 65001 65002 174 65002"

# The other way: what comes in from a neighbour that takes us for somebody else.
step "a fake AS towards the source" edit "tenant acme vbr hz-a bgp peer 10.0.0.2 fake-as 64998" \
	"no tenant acme vbr hz-a bgp peer 10.0.0.3 fake-as-replace-as" \
	"no tenant acme vbr hz-a bgp peer 10.0.0.3 fake-as"
step "which takes us for it" sed -i 's/neighbor 10.0.0.1 as 45104/neighbor 10.0.0.1 as 64998/' \
	"$LAB_DIR/r2-bird/bird.conf"
step "from now on" lab_birdc r2-bird configure
step "and the neighbour for us" sink 45104
soon 30 "sessions come up" all_up
said ours "45104 64998 65001,45104 64998 65001 174 3356,45104 64998 65001 4200000001 64512,45104 64998 65001 65002 174 65002"
step "what was received is shown as it came" lab_is "[65001]" lab_show edge \
	"show bgp routes tenant acme vbr hz-a peer 10.0.0.2 received" \
	"[p['as-path'] for r in d['routes'] for p in r['paths'] if r['prefix'] == '198.51.1.0/24'][0]"
step "fake-as-no-prepend" peer_option 2 fake-as-no-prepend true
said ours "45104 65001,45104 65001 174 3356,45104 65001 4200000001 64512,45104 65001 65002 174 65002"

step "a fake AS that is the neighbour's is refused" code 5 peer_option 3 fake-as 65002
step "so is one that is ours" code 5 peer_option 3 fake-as 45104
