#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What ExaBGP has beyond routes and passwords (doc/interop.md). It keeps no table and says any octets: it
# comes by a listen range, with communities of all kinds and an attribute that it does not know,
# several paths of a prefix both ways, enhanced refresh (only what it asks: 4.2 breaks down when it
# is asked), a graceful restart, reflection and its loops, IPv4 over IPv6.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
. "$VBRD_SRCDIR/tests/netns/segment.inc"
need exabgp bird

d=$LAB_DIR/r2-exabgp

# start_exabgp AS EDGE ROUTE...: with what is on stdin for its neighbour.
start_exabgp() {
	local as=$1 edge=$2

	shift 2
	mkdir -p "$d"
	rm -f "$d/heard" "$d/say"
	mkfifo "$d/say"
	cat >"$d/helper" <<-X
	#!/bin/sh
	exec 3<&0 # what runs in the background gets no standard input
	cat <&3 >"$d/heard" & exec cat <>"$d/say"
	X
	chmod 755 "$d/helper"
	{
		cat <<-X
		process story {
		  run $d/helper;
		  encoder json;
		}
		neighbor $edge {
		  router-id 10.0.0.2;
		  local-address ${edge%1}2;
		  local-as $as;
		  peer-as 65000;
		  hold-time 9;
		  adj-rib-out true;
		  family { ipv4 unicast; $(case $edge in *:*) echo "ipv6 unicast;" ;; esac) }
		  api { processes [ story ]; receive { parsed; update; refresh; } }
		X
		cat
		printf 'static {\n'
		printf 'route %s;\n' "$@"
		printf '} }\n'
	} >"$LAB_DIR/exabgp.conf"
	lab_exabgp r2 <"$LAB_DIR/exabgp.conf"
}

capabilities="capability { graceful-restart 60; route-refresh enable; add-path send/receive; }"

bird_router() { # AS
	bird_head 3
	cat <<-X
	protocol static one { ipv4 { preference 200; }; route 198.51.3.0/24 blackhole { bgp_med = 10; }; }
	protocol static two { ipv4 { preference 100; }; route 198.51.3.0/24 blackhole { bgp_med = 20; }; }
	X
	echo "ipv4 { import none; add paths tx; export filter { if source != RTS_STATIC then reject;
		bgp_community.add((65003, 9)); bgp_ext_community.add((rt, 65003, 7));
		bgp_large_community.add((65003, 1, 2)); accept; }; };" | bird_bgp edge "$1" 10.0.0.1 65000
}

# heard EXPRESSION: the last announcement u of 198.51.3.0/24 makes it true.
heard() {
	"$LAB_PYTHON" - "$d/heard" "$1" <<-'X'
	import json, sys

	u, ids = {}, set()
	for line in open(sys.argv[1]):
	    if '"type": "update"' not in line:
	        continue
	    update = json.loads(line)["neighbor"]["message"].get("update", {})
	    for hop, nlris in update.get("announce", {}).get("ipv4 unicast", {}).items():
	        for n in nlris:
	            if n["nlri"] == "198.51.3.0/24":
	                u = update["attribute"]
	                ids.add(n.get("path-information"))
	sys.exit(not eval(sys.argv[2], {"u": u, "ids": ids}))
	X
}

heard_marker() { # begin|end: of the edge's answer
	grep -q "\"subtype\": .*$1" "$d/heard"
}

of_peer() { # EXPRESSION of the peer p
	lab_show edge "show bgp peer tenant acme vbr hz-a 10.0.0.2" "(lambda p: $1)(d['peers'][0])"
}

paths() { # EXPRESSION of the paths p of 198.51.2.0/24
	lab_show edge "show bgp routes tenant acme vbr hz-a ipv4 198.51.2.0/24" "(lambda p: $1)(d['routes'][0]['paths'])"
}

rack="tenant acme vbr hz-a bgp group rack"
two_paths=("198.51.2.0/24 next-hop self path-information 0.0.0.1 community [ 65001:9 ] extended-community [ target:65001:7 ] large-community [ 65001:1:2 ] attribute [ 0x23 0xe0 0x0000fde9 ]"
	"198.51.2.0/24 next-hop self path-information 0.0.0.2 med 50")
step "a segment" segment 2 3
step "with IPv6" lab_addr r2 wan fd00:f::2/64
step "vbrd starts" lab_vbrd edge < <({
	printf '%s\n' "local-as 65000" "group rack" " peer-as 65001" " hold-time 9" " keepalive 3" \
		" export-policy all" " add-path both" "listen-range 10.0.0.2/32" \
		" group rack"
	neighbour 3 65003 "add-path receive"
} | segment_conf | sed '/ipv4 prefix-length/a\  ipv6 local-gateway fd00:f::1\n  ipv6 peer-gateway fd00:f::2\n  ipv6 prefix-length 64')
step "BIRD starts" lab_bird r3 < <(bird_router 65003)
step "ExaBGP starts" start_exabgp 65001 10.0.0.1 "${two_paths[@]}" "198.51.21.0/24 next-hop self" \
	"198.51.22.0/24 next-hop self" "198.51.23.0/24 next-hop self" <<<"$capabilities"
soon 30 "it comes by its range" established 10.0.0.2
step "as the edge shows" lab_is 10.0.0.2/32 of_peer "p['listen-range']"
soon 10 "both of its paths arrive" lab_is "[1, 2]" paths "sorted(x['path-id'] for x in p)"
step "a community" lab_is '["65001:9"]' edge_path 198.51.2.0/24 "p['communities']"
step "an extended one" lab_is '["rt:65001:7"]' edge_path 198.51.2.0/24 "p['extended-communities']"
step "a large one" lab_is '["65001:1:2"]' edge_path 198.51.2.0/24 "p['large-communities']"
step "an attribute that it does not know: a mark for customers" lab_is 65001 edge_path 198.51.2.0/24 "p['otc']"
soon 10 "it hears both of BIRD's" heard "len(ids) == 2"
step "with a community" heard "u['community'] == [[65003, 9]]"
step "an extended one" heard "u['extended-community'][0]['string'] == 'target:65003:7'"
step "a large one" heard "u['large-community'] == [[65003, 1, 2]]"

step "it asks for all again" eval 'echo "announce route-refresh ipv4 unicast" >"$d/say"'
soon 10 "and hears where it begins" heard_marker begin
soon 10 "and ends" heard_marker end
t=$(table vbr hz-a)
soon 10 "its routes are in the kernel" in_kernel "$t" 198.51.23.0/24
lab_spawn edge monitor ip -4 monitor route
step "it is killed" lab_stop r2-exabgp KILL
soon 20 "its paths are stale" lab_is "[true, true]" paths "[x.get('stale', False) for x in p]"
step "it starts again, with less" start_exabgp 65001 10.0.0.1 "${two_paths[@]}" <<<"$capabilities"
soon 30 "it comes" established 10.0.0.2
soon 20 "the others go at its End-of-RIB" not in_kernel "$t" 198.51.23.0/24
soon 10 "these are fresh" lab_is "[false, false]" paths "[x.get('stale', False) for x in p]"
lab_stop monitor
step "and were never away" not grep -q "Deleted 198.51.2.0/24" "$LAB_DIR/log/monitor"
step "it ends" lab_stop r2-exabgp TERM

step "all become internal, and clients" edit "$rack peer-as 65000" "$rack route-reflector-client true" \
	"tenant acme vbr hz-a bgp peer 10.0.0.3 peer-as 65000" \
	"tenant acme vbr hz-a bgp peer 10.0.0.3 route-reflector-client true"
step "BIRD too" eval 'bird_router 65000 >"$LAB_DIR/r3-bird/bird.conf"; lab_birdc r3-bird configure'
step "ExaBGP too" start_exabgp 65000 10.0.0.1 \
	"198.51.24.0/24 next-hop self originator-id 10.0.0.9 cluster-list [ 9.9.9.9 8.8.8.8 ]" \
	"198.51.25.0/24 next-hop self originator-id 10.255.0.1" \
	"198.51.26.0/24 next-hop self originator-id 10.0.0.9 cluster-list [ 9.9.9.9 10.255.0.1 ]" <<<""
soon 30 "it comes" established 10.0.0.2
soon 20 "BIRD's route is reflected to it" heard "u.get('originator-id') == '10.0.0.3'"
step "with our cluster" heard "u['cluster-list'] == ['10.255.0.1']"
soon 10 "what it reflects is taken" lab_is "10.0.0.9 9.9.9.9 8.8.8.8" edge_path 198.51.24.0/24 \
	"p['originator-id'] + ' ' + p['cluster-list']"
soon 10 "but not our own, nor what was here" lab_is "cluster-loop originator-loop" lab_show edge \
	"show bgp routes tenant acme vbr hz-a peer 10.0.0.2 rejected" \
	"' '.join(sorted(p['reason'] for r in d['routes'] for p in r['paths']))"
step "it ends" lab_stop r2-exabgp TERM

step "IPv6 addresses alone" edit "no tenant acme vbr hz-a ipv4" "no tenant acme vbr hz-a bgp listen-range 10.0.0.2/32" \
	"no tenant acme vbr hz-a bgp peer 10.0.0.3" "$rack peer-as 65001" "no $rack route-reflector-client" \
	"$rack families ipv4" "tenant acme vbr hz-a bgp listen-range fd00:f::2/128 group rack"
step "ExaBGP too" start_exabgp 65001 fd00:f::1 "198.51.2.0/24 next-hop fd00:f::2" \
	<<<"nexthop { ipv4 unicast ipv6; } capability { nexthop enable; }"
soon 30 "it comes" established fd00:f::2
soon 10 "its route has an IPv6 next hop" has "via inet6 fd00:f::2" lab_in edge ip route show table "$t" 198.51.2.0/24
soon 10 "and so has ours" grep -q '"fd00:f::1": \[ { "nlri": "203.0.114.0/24"' "$d/heard"
