#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a message may be more than usual, between BIRD, the edge and FRR: communities of all kinds, more
# of them than 4,096 octets hold (RFC 8654), TTL security (RFC 5082) and route refresh between markers
# (RFC 2918, 7313), both ways: ours because a limit was raised.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird frr

many=1100 # communities of four octets

links() {
	lab_ns edge sw idc far &&
		lab_link edge port-1 sw p0 && lab_link idc wan sw p1 && lab_link far wan sw p2 &&
		lab_switch sw p0 p1 p2 &&
		lab_addr idc wan 10.0.0.2/29 && lab_addr far wan 10.0.0.3/29
}

conf() {
	cat <<-X
	policy route-map ALL
	 term 10
	  action permit
	!
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
	$(for n in 2 3; do
		echo "   peer 10.0.0.$n"
		printf '    %s\n' "peer-as 6500$((n - 1))" "connect-retry 1" "ttl-security true" "export-policy ALL" \
			"route-limit maximum 1"
	done)
	!
	X
}

# ttl: option of the session
bird() {
	cat <<-X
	router id 10.0.0.2;
	protocol device { scan time 1; }
	protocol static { ipv4; route 198.51.99.0/24 blackhole; route 198.51.98.0/24 blackhole; }
	protocol bgp edge { local as 65001; neighbor 10.0.0.1 as 45104;
	connect delay time 1; connect retry time 1; error wait time 1, 2; enable extended messages on; ${1:-}
	ipv4 { import all; export filter {
	if source != RTS_STATIC then reject;
	bgp_large_community.add((65001, 1, 2)); bgp_ext_community.add((rt, 65001, 7)); bgp_community.add((65001, 9));
	if net = 198.51.99.0/24 then { $(seq -f 'bgp_community.add((65100, %.0f));' "$many") }
	accept; }; }; }
	X
}

frr() {
	cat <<-X
	router bgp 65002
	 bgp router-id 10.0.0.3
	 no bgp ebgp-requires-policy
	 no bgp network import-check
	 neighbor 10.0.0.1 remote-as 45104
	 neighbor 10.0.0.1 timers connect 1
	 neighbor 10.0.0.1 ttl-security hops 1
	 address-family ipv4 unicast
	  network 198.51.31.0/24
	  network 198.51.32.0/24
	  neighbor 10.0.0.1 prefix-list own out
	ip prefix-list own permit 198.51.31.0/24
	ip prefix-list own permit 198.51.32.0/24
	X
}

# at_edge PREFIX KEY: values of the path that the edge holds, as JSON
at_edge() {
	lab_show edge "show bgp routes tenant acme vbr hz-a ipv4 $1" "d['routes'][0]['paths'][0]['$2']"
}

# at_far PREFIX EXPRESSION over the path that FRR holds
at_far() {
	lab_vtysh far "show bgp ipv4 unicast $1 json" | lab_json "(lambda p: $2)(d['paths'][0])"
}

# of_peer N EXPRESSION over the peer p
of_peer() {
	lab_show edge "show bgp peer tenant acme vbr hz-a 10.0.0.$1" "(lambda p: $2)(d['peers'][0])"
}

accepted() { # N
	of_peer "$1" "p['families'][0]['prefixes-accepted']"
}

# markers: ROUTE-REFRESH messages that FRR has heard from the edge, the one request among them.
markers() {
	lab_vtysh far "show bgp neighbors 10.0.0.1 json" |
		lab_json "d['10.0.0.1']['messageStats']['routeRefreshRecv']"
}

established_both() {
	established 10.0.0.2 && established 10.0.0.3
}

step "namespaces and links" links
step "vbrd starts" lab_vbrd edge < <(conf)
step "BIRD starts" lab_bird idc < <(bird "ttl security on;")
step "FRR starts" lab_frr far < <(frr)
soon 30 "sessions with TTL security come up" established_both
for n in 2 3; do
	soon 20 "one of two routes is kept" lab_is 1 accepted $n
	step "the limit is raised" edit "tenant acme vbr hz-a bgp peer 10.0.0.$n route-limit maximum 10"
	soon 10 "both are there" lab_is 2 accepted $n
	soon 10 "because we asked, and were answered between markers" lab_is "1 2" of_peer $n \
		"'%d %d' % (p['sent']['route-refresh'], p['received']['route-refresh'])"
	step "the session stayed up" lab_is 1 of_peer $n "p['established-count']"
done
soon 10 "a route arrives with its communities" lab_is '["65001:9"]' at_edge 198.51.98.0/24 communities
step "a large one" lab_is '["65001:1:2"]' at_edge 198.51.98.0/24 large-communities
step "and an extended one" has rt at_edge 198.51.98.0/24 extended-communities
soon 10 "so does one with $many and one more" has "65100:$many" at_edge 198.51.99.0/24 communities
soon 10 "FRR has the usual one" lab_is 65001:9 at_far 198.51.98.0/24 "p['community']['string']"
step "with its large community" lab_is 65001:1:2 at_far 198.51.98.0/24 "p['largeCommunity']['string']"
step "and its extended one" lab_is RT:65001:7 at_far 198.51.98.0/24 "p['extendedCommunity']['string']"
soon 10 "and the one in a long message, whole" lab_is $((many + 1)) \
	at_far 198.51.99.0/24 "len(p['community']['list'])"

step "FRR asks for all again" lab_vtysh far "clear bgp ipv4 unicast 10.0.0.1 soft in"
soon 10 "the edge has heard it" lab_is 3 of_peer 3 "p['received']['route-refresh']"
soon 10 "and answers between markers" lab_is 3 markers
soon 10 "FRR still has the routes" lab_is $((many + 1)) \
	at_far 198.51.99.0/24 "len(p['community']['list'])"

step "BIRD asks for all again" lab_birdc idc-bird reload in edge
soon 10 "the edge has heard it" lab_is 3 of_peer 2 "p['received']['route-refresh']"

step "BIRD stops" lab_stop idc-bird
soon 30 "its session goes down" not established 10.0.0.2
step "BIRD starts with an ordinary TTL" lab_bird idc < <(bird)
sleep 4
step "the edge does not hear it" not established 10.0.0.2
step "the other session did not notice" established 10.0.0.3
