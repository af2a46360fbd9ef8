#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What GoBGP has beyond routes and passwords (doc/interop.md): communities of all kinds both ways, a
# route limit of its group that is raised and what route refresh brings by that, graceful restart of
# either side, reflection both ways, IPv4 over IPv6.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
. "$VBRD_SRCDIR/tests/netns/segment.inc"
need gobgp bird

# gobgp_neighbour ADDRESS AS [CLUSTER]: it may be its client.
gobgp_neighbour() {
	gobgp_peer "$1" "$2" "[neighbors.afi-safis.mp-graceful-restart.config]" "enabled = true" \
		"[neighbors.graceful-restart.config]" "enabled = true" "restart-time = 60" \
		"notification-enabled = true"
	[ -z "${3:-}" ] || cat <<-X
	  [neighbors.route-reflector.config]
	    route-reflector-client = true
	    route-reflector-cluster-id = "$3"
	X
}

# start_gobgp AS: with the neighbours on stdin.
start_gobgp() {
	{ gobgp_head 2 "$1"; cat; } >"$LAB_DIR/neighbours"
	rm -f "$LAB_DIR/r2-gobgp/api"
	lab_gobgp r2 <"$LAB_DIR/neighbours"
}

# restarted_gobgp: with the configuration that it has, and it says so.
restarted_gobgp() {
	local d=$LAB_DIR/r2-gobgp

	rm -f "$d/api"
	lab_spawn r2 r2-gobgp gobgpd -r -t toml -f "$d/gobgpd.toml" --api-hosts "unix://$d/api"
}

# BIRD in r3 (AS) tells the edge one route and GoBGP another.
bird_router() {
	bird_head 3
	echo "protocol static { ipv4; route 198.51.3.0/24 blackhole; route 198.51.30.0/24 blackhole; }"
	echo "function dress() { bgp_community.add((65003, 9)); bgp_ext_community.add((rt, 65003, 7));
		bgp_large_community.add((65003, 1, 2)); return true; }"
	echo "ipv4 { import all; export where net = 198.51.30.0/24 && dress(); };" | bird_bgp edge "$1" 10.0.0.1 65000
	[ -z "${2:-}" ] || echo "ipv4 { import all; export where net = 198.51.3.0/24 && dress(); };" |
		bird_bgp gobgp "$1" 10.0.0.2 "$2"
}

bird_again() {
	bird_router "$@" >"$LAB_DIR/r3-bird/bird.conf"
	lab_birdc r3-bird configure
}

# attrs PREFIX TYPE: one attribute of GoBGP's best route.
attr() {
	lab_gobgp_do r2 global rib -j "$1" |
		lab_json "[a for r in (d.values() if isinstance(d, dict) else [d]) for p in r if p['best'] for a in p['attrs'] if a['type'] == $2][0]"
}

theirs() {
	lab_gobgp_do r2 global rib "$1"
}

of_peer() { # EXPRESSION of the peer p
	lab_show edge "show bgp peer tenant acme vbr hz-a 10.0.0.2" "(lambda p: $1)(d['peers'][0])"
}

watch_theirs() {
	lab_spawn r2 watch bash -c 'while sleep 0.05; do
			[[ $(gobgp --target "unix://$0" global rib "$1" 2>&1) != *"not in table"* ]] || exit
		done' "$LAB_DIR/r2-gobgp/api" "$1"
}

rack="tenant acme vbr hz-a bgp group rack"
step "a segment" segment 2 3
step "with IPv6" eval 'lab_addr r2 wan fd00:f::2/64 && lab_addr r3 wan fd00:f::3/64'
step "vbrd starts" lab_vbrd edge < <({
	printf '%s\n' "local-as 65000" "group rack" " peer-as 65001" " connect-retry 1" " hold-time 9" \
		" keepalive 3" " export-policy all" "peer 10.0.0.2" " group rack"
	neighbour 3 65003
} | segment_conf | sed '/ipv4 prefix-length/a\  ipv6 local-gateway fd00:f::1\n  ipv6 peer-gateway fd00:f::2\n  ipv6 prefix-length 64')
step "BIRD starts" lab_bird r3 < <(bird_router 65003 65001)
step "GoBGP starts" start_gobgp 65001 < <(gobgp_neighbour 10.0.0.1 65000; gobgp_neighbour 10.0.0.3 65003)
soon 30 "sessions come up" all_up
soon 20 "a community comes by it" lab_is '["65003:9"]' edge_path 198.51.3.0/24 "p['communities']"
step "an extended one" lab_is '["rt:65003:7"]' edge_path 198.51.3.0/24 "p['extended-communities']"
step "a large one" lab_is '["65003:1:2"]' edge_path 198.51.3.0/24 "p['large-communities']"
step "it is GoBGP's path" lab_is "[65001, 65003]" edge_path 198.51.3.0/24 "p['as-path']"
soon 10 "what the edge tells has a community" has "Communities: 65003:9" theirs 198.51.30.0/24
step "an extended one" has "Extcomms: [65003:7]" theirs 198.51.30.0/24
step "a large one" has "LargeCommunity: [ 65003:1:2]" theirs 198.51.30.0/24

step "a limit of two routes, for the group" edit "$rack route-limit maximum 2"
for n in 21 22 23; do
	step "it announces another" lab_gobgp_do r2 global rib add -a ipv4 198.51.$n.0/24 large-community 65001:1:$n
done
soon 10 "two are not kept" lab_is 2 lab_show edge "explain tenant acme vbr hz-a 198.51.99.0/24" \
	"d['not-kept'][0]['count']"
step "two are" lab_is 2 of_peer "p['families'][0]['prefixes-accepted']"
step "the limit is raised" edit "$rack route-limit maximum 10"
soon 5 "they are there at once" lab_is 4 of_peer "p['families'][0]['prefixes-accepted']"
step "because we asked" lab_is 1 of_peer "p['sent']['route-refresh']"
step "the session stayed up" lab_is 1 of_peer "p['established-count']"

t=$(table vbr hz-a)
soon 10 "its route is in the kernel" in_kernel "$t" 198.51.3.0/24
soon 10 "and another" in_kernel "$t" 198.51.23.0/24
lab_spawn edge monitor ip -4 monitor route
step "GoBGP is killed" lab_stop r2-gobgp KILL
soon 20 "its routes are stale" lab_is 4 of_peer "p['families'][0]['stale']"
step "it starts again, and has forgotten the others" restarted_gobgp
soon 60 "the session comes up" established 10.0.0.2
soon 30 "they go at its End-of-RIB" not in_kernel "$t" 198.51.23.0/24
step "BIRD's route does not" in_kernel "$t" 198.51.3.0/24
soon 10 "it is fresh" lab_is 0 of_peer "p['families'][0]['stale']"
soon 10 "it has our route" has 65000 theirs 203.0.114.0/24
step "its table is watched" watch_theirs 203.0.114.0/24
step "vbrd is killed" lab_stop edge-vbrd KILL
soon 20 "GoBGP keeps our route" has "S*>203.0.114.0/24" theirs 203.0.114.0/24
step "vbrd starts again" lab_vbrd_again edge
soon 60 "the session comes up" established 10.0.0.2
soon 30 "our route is fresh" has "*> 203.0.114.0/24" theirs 203.0.114.0/24
soon 30 "BIRD's route is there" lab_is "[65001, 65003]" edge_path 198.51.3.0/24 "p['as-path']"
step "our route was never away" lab_alive watch
lab_stop watch
lab_stop monitor
step "nor was BIRD's in our kernel" not grep -q "Deleted 198.51.3.0/24" "$LAB_DIR/log/monitor"

step "all become internal, and clients" edit "$rack peer-as 65000" "$rack route-reflector-client true" \
	"tenant acme vbr hz-a bgp peer 10.0.0.3 peer-as 65000" \
	"tenant acme vbr hz-a bgp peer 10.0.0.3 route-reflector-client true"
lab_stop r2-gobgp TERM
step "GoBGP too" start_gobgp 65000 < <(gobgp_neighbour 10.0.0.1 65000)
step "with a route of its own" lab_gobgp_do r2 global rib add -a ipv4 198.51.2.0/24 nexthop 10.0.0.2
step "BIRD too" bird_again 65000
soon 40 "sessions come up" all_up
soon 20 "BIRD's route is reflected to it" lab_is 10.0.0.3 eval 'attr 198.51.30.0/24 9 | lab_json "d[\"value\"]"'
step "with our cluster" has 10.255.0.1 attr 198.51.30.0/24 10
soon 20 "and its route to BIRD" lab_is 10.0.0.2 bird_attr 3 198.51.2.0/24 originator_id
lab_stop r2-gobgp TERM
step "GoBGP becomes the reflector" start_gobgp 65000 < <(gobgp_neighbour 10.0.0.1 65000 9.9.9.9
	gobgp_neighbour 10.0.0.3 65000 9.9.9.9)
step "of BIRD as well" bird_again 65000 65000
soon 40 "its session comes up" established
soon 20 "BIRD's route comes by it" lab_is "10.0.0.3 9.9.9.9" edge_path 198.51.3.0/24 \
	"p['originator-id'] + ' ' + p['cluster-list']"

step "IPv6 addresses alone, and another AS" edit "no tenant acme vbr hz-a ipv4" "no tenant acme vbr hz-a bgp peer 10.0.0.2" \
	"no tenant acme vbr hz-a bgp peer 10.0.0.3" "$rack peer-as 65001" "no $rack route-reflector-client" \
	"$rack families ipv4" "tenant acme vbr hz-a bgp peer fd00:f::2 group rack"
lab_stop r2-gobgp TERM
step "GoBGP too" start_gobgp 65001 < <(gobgp_neighbour fd00:f::1 65000; gobgp_neighbour 10.0.0.3 65003)
step "and BIRD for it" bird_again 65003 65001
soon 40 "the session comes up" established fd00:f::2
soon 20 "an IPv4 route comes" lab_is "[65001, 65003]" edge_path 198.51.3.0/24 "p['as-path']"
soon 10 "with an IPv6 next hop" has "via inet6 fd00:f::2" lab_in edge ip route show table "$t" 198.51.3.0/24
soon 10 "and ours goes there so" has fd00:f::1 theirs 203.0.114.0/24
