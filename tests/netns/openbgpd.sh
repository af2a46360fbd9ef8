#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What OpenBGPD has beyond routes and passwords (doc/interop.md): roles, communities of all kinds,
# enhanced route refresh, our restart, a route limit of its group that is raised, listen ranges,
# reflection both ways.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
. "$VBRD_SRCDIR/tests/netns/segment.inc"
need openbgpd bird

# openbgpd_conf AS LINE-OF-NEIGHBOUR...
openbgpd_conf() {
	local as=$1

	shift
	cat <<-X
	$(openbgpd_head 2 "$as")
	network 198.51.2.0/24 set { community 65001:9 ext-community rt 65001:7 large-community 65001:1:2 }
	network 198.51.20.0/24
	neighbor 10.0.0.1 {
	  remote-as 65000
	$(printf '  %s\n' "$@")
	}
	X
}

# A reload does not change what it offers in its OPEN.
openbgpd_again() {
	lab_stop r2-openbgpd TERM
	lab_openbgpd r2 < <(openbgpd_conf "$@")
}

# bird_router AS [NEIGHBOUR...]: r3 with one route, towards these.
bird_router() {
	local as=$1 n

	shift
	bird_head 3
	echo "protocol static { ipv4; route 198.51.3.0/24 blackhole; }"
	for n in "$@"; do
		echo "ipv4 { import all; export filter { if source != RTS_STATIC then reject;
			bgp_community.add((65003, 9)); bgp_ext_community.add((rt, 65003, 7));
			bgp_large_community.add((65003, 1, 2)); accept; }; };" |
			bird_bgp "to$n" "$as" "10.0.0.$n" 65000
	done
}

# theirs PREFIX: all that OpenBGPD says of its route to it.
theirs() {
	lab_bgpctl r2 show rib detail "$1"
}

# count WHAT: of the messages that OpenBGPD has heard.
count() {
	lab_bgpctl r2 -j show neighbor 10.0.0.1 | lab_json "d['neighbors'][0]['stats']['route-refresh']['received']['$1']"
}

of_peer() { # EXPRESSION of the peer p, as the edge sees it
	lab_show edge "show bgp peer tenant acme vbr hz-a 10.0.0.2" "(lambda p: $1)(d['peers'][0])"
}

messages() { # received|sent KIND: as the edge counts them
	lab_show edge "show bgp peer tenant acme vbr hz-a 10.0.0.2" "d['peers'][0]['$1']['$2']"
}

accepted() {
	lab_show edge "show bgp peer tenant acme vbr hz-a 10.0.0.2" "d['peers'][0]['families'][0]['prefixes-accepted']"
}

last_error() {
	lab_show edge "show bgp peer tenant acme vbr hz-a 10.0.0.2" "d['peers'][0]['last-error']"
}

# A watcher of a route in their table ends as soon as it is not there.
watch_theirs() {
	lab_spawn r2 watch bash -c 'while sleep 0.05; do
			out=$(bgpctl -s "$0" show rib "$1" 2>&1) || continue
			[[ $out == *"$1"* ]] || exit
		done' "$LAB_DIR/r2-openbgpd/ctl" "$1"
}

rack="tenant acme vbr hz-a bgp group rack"
mkdir -p /run/openbgpd
step "a segment" segment 2 3
step "vbrd starts" lab_vbrd edge < <({
	echo "local-as 65000"
	printf '%s\n' "group rack" " peer-as 65001" " connect-retry 1" " hold-time 9" " keepalive 3" \
		" export-policy all" " role customer" "peer 10.0.0.2" " group rack"
	neighbour 3 65003
} | segment_conf)
step "OpenBGPD starts as a provider" lab_openbgpd r2 < <(openbgpd_conf 65001 \
	"announce policy provider enforce" "announce enhanced refresh yes")
step "BIRD starts" lab_bird r3 < <(bird_router 65003 1)
soon 30 "sessions come up" all_up

step "what it offers is shown" has "enhanced-route-refresh four-octet-as role" of_peer \
	"' '.join(p['capabilities-received'])"
step "and what we do" has "extended-message" of_peer "' '.join(p['capabilities-sent'])"
soon 10 "its community arrives" lab_is '["65001:9"]' edge_path 198.51.2.0/24 "p['communities']"
step "the extended one" lab_is '["rt:65001:7"]' edge_path 198.51.2.0/24 "p['extended-communities']"
step "the large one" lab_is '["65001:1:2"]' edge_path 198.51.2.0/24 "p['large-communities']"
step "its mark for customers" lab_is 65001 edge_path 198.51.2.0/24 "p['otc']"
soon 10 "BIRD's community arrives there" has "Communities: 65003:9" theirs 198.51.3.0/24
step "the extended one" has "Communities: rt 65003:7" theirs 198.51.3.0/24
step "the large one" has "Communities: 65003:1:2" theirs 198.51.3.0/24

step "it asks for all again" lab_bgpctl r2 neighbor 10.0.0.1 refresh
soon 10 "we hear it" lab_is 1 messages received route-refresh
soon 10 "and begin" lab_is 1 count borr
soon 10 "and end" lab_is 1 count eorr
step "nothing is lost" has 65003 theirs 198.51.3.0/24

t=$(table vbr hz-a)
soon 10 "its route is in the kernel" in_kernel "$t" 198.51.2.0/24
lab_spawn edge monitor ip -4 monitor route
step "its table is watched" watch_theirs 203.0.114.0/24
step "vbrd is killed" lab_stop edge-vbrd KILL
soon 20 "OpenBGPD keeps our route" has stale theirs 203.0.114.0/24
step "vbrd starts again" lab_vbrd_again edge
soon 60 "the session comes up" established 10.0.0.2
soon 20 "our route is fresh" lacks stale theirs 203.0.114.0/24
soon 20 "its routes are there" lab_is 2 accepted
step "our route was never away" lab_alive watch
lab_stop watch
lab_stop monitor
step "nor was its route in our kernel" not grep -q "Deleted 198.51.2.0/24" "$LAB_DIR/log/monitor"

step "we say that we provide, too" edit "$rack role provider"
soon 20 "two providers do not fit" has "Role Mismatch" last_error
step "it becomes a customer" openbgpd_again 65001 "announce policy customer" "announce enhanced refresh yes"
soon 30 "the session comes up" established 10.0.0.2
soon 10 "it has our route" has 65000 theirs 203.0.114.0/24
step "with our mark" has "OTC: 65000" theirs 203.0.114.0/24

# 7.7 offers route refresh and does not answer, so what a limit discarded comes with a new session.
step "a limit that ends the session" edit "$rack route-limit action teardown" "$rack route-limit maximum 4"
for n in 21 22 23; do
	step "it announces another route" lab_bgpctl r2 network add 198.51.$n.0/24
done
soon 20 "it is torn down" not established 10.0.0.2
step "the limit is raised" edit "$rack route-limit maximum 20"
soon 20 "it comes back by that" lab_is 5 accepted

step "all become internal, and clients; OpenBGPD by a range" edit \
	"no tenant acme vbr hz-a bgp peer 10.0.0.2" "no $rack" \
	"$rack peer-as 65000" "$rack route-reflector-client true" "$rack export-policy all" \
	"tenant acme vbr hz-a bgp listen-range 10.0.0.2/32 group rack" \
	"tenant acme vbr hz-a bgp peer 10.0.0.3 peer-as 65000" \
	"tenant acme vbr hz-a bgp peer 10.0.0.3 route-reflector-client true"
step "OpenBGPD too" openbgpd_again 65000
step "BIRD too" eval 'bird_router 65000 1 >"$LAB_DIR/r3-bird/bird.conf"; lab_birdc r3-bird configure'
soon 40 "it comes by the range" established 10.0.0.2
step "as the edge shows" lab_is 10.0.0.2/32 lab_show edge \
	"show bgp peer tenant acme vbr hz-a 10.0.0.2" "d['peers'][0]['listen-range']"
soon 20 "BIRD's route is reflected to it" has "Originator Id: 10.0.0.3" theirs 198.51.3.0/24
step "with our cluster" has "Cluster Id List:  10.255.0.1" theirs 198.51.3.0/24
soon 20 "and its route to BIRD" lab_is 10.0.0.2 bird_attr 3 198.51.2.0/24 originator_id
step "OpenBGPD becomes the reflector" openbgpd_again 65000 route-reflector "}" \
	"neighbor 10.0.0.3 {" "remote-as 65000"
step "BIRD speaks to it alone" eval 'bird_router 65000 2 >"$LAB_DIR/r3-bird/bird.conf"; lab_birdc r3-bird configure'
soon 40 "its session comes up" established 10.0.0.2
soon 20 "BIRD's route comes by it" lab_is "10.0.0.3 10.0.0.2" edge_path 198.51.3.0/24 \
	"p['originator-id'] + ' ' + p['cluster-list']"
