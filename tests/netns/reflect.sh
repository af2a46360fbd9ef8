#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Route reflection (RFC 4456): two clients (FRR, BIRD), an internal neighbour that is none, and an
# external one. Who is told what, with which ORIGINATOR_ID, CLUSTER_LIST and next hop.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
. "$VBRD_SRCDIR/tests/netns/segment.inc"
need bird frr

# router_conf N AS: BIRD in rN with one route, 198.51.N.0/24.
router_conf() {
	bird_head "$1"
	echo "protocol static { ipv4; route 198.51.$1.0/24 blackhole; }"
	echo "ipv4 { import all; export filter { if source != RTS_STATIC then reject;
		$([ "$2" != 65000 ] || echo "bgp_local_pref = 25$1;") accept; }; };" |
		bird_bgp edge "$2" 10.0.0.1 65000
}

frr_conf() {
	cat <<-X
	router bgp 65000
	 bgp router-id 10.0.0.2
	 no bgp network import-check
	 neighbor 10.0.0.1 remote-as 65000
	 neighbor 10.0.0.1 timers 3 9
	 neighbor 10.0.0.1 timers connect 1
	 address-family ipv4 unicast
	  network 198.51.2.0/24
	X
}

why_not() { # N PREFIX: the reason why the edge does not tell it
	lab_show edge "explain tenant acme vbr hz-a $2" \
		"[e['why'] for e in d['exported'] if e['to'] == '10.0.0.$1'][0]"
}

step "a segment" segment 2 3 4 5 6
step "vbrd starts" lab_vbrd edge < <({
	echo "local-as 65000"
	neighbour 2 65000 "route-reflector-client true"
	neighbour 3 65000 "route-reflector-client true"
	neighbour 4 65000
	neighbour 5 65005
	neighbour 6 65000
} | segment_conf)
step "a client starts" lab_frr r2 < <(frr_conf)
step "another client starts" lab_bird r3 < <(router_conf 3 65000)
step "one that is no client starts" lab_bird r4 < <(router_conf 4 65000)
step "an external one starts" lab_bird r5 < <(router_conf 5 65005)
step "another one that is no client starts" lab_bird r6 < <(router_conf 6 65000)
soon 30 "sessions come up" all_up

soon 10 "a client's route goes to the other client" lab_is "" bird_path 3 198.51.2.0/24
lost=$(sessions_lost)
step "which knows who brought it" lab_is 10.0.0.2 bird_attr 3 198.51.2.0/24 originator_id
step "and by which cluster it came" lab_is 10.255.0.1 bird_attr 3 198.51.2.0/24 cluster_list
step "and where to send to" lab_is 10.0.0.2 bird_attr 3 198.51.2.0/24 next_hop
soon 10 "FRR has the other client's" lab_is 253 frr_attr 2 198.51.3.0/24 "p['locPrf']"
step "with its originator" lab_is 10.0.0.3 frr_attr 2 198.51.3.0/24 "p['originatorId']"
step "and cluster" lab_is 10.255.0.1 frr_attr 2 198.51.3.0/24 "p['clusterList']['list'][0]"
step "and next hop" lab_is 10.0.0.3 frr_attr 2 198.51.3.0/24 "p['nexthops'][0]['ip']"
soon 10 "those that are no clients have a client's route" lab_is 253 bird_attr 4 198.51.3.0/24 local_pref
step "and a client has theirs" lab_is 254 bird_attr 3 198.51.4.0/24 local_pref
sleep 2
step "but not each other's" lab_is none bird_path 4 198.51.6.0/24
step "the external one has them all, as ours" lab_is 65000 bird_path 5 198.51.3.0/24
step "also FRR's" lab_is 65000 bird_path 5 198.51.2.0/24
step "also those of no client" lab_is 65000 bird_path 5 198.51.4.0/24
step "with us as next hop" lab_is 10.0.0.1 bird_attr 5 198.51.3.0/24 next_hop
step "and no trace of reflection" lab_is "" bird_attr 5 198.51.3.0/24 originator_id
soon 10 "the external one's route is told to all" lab_is 65005 bird_path 4 198.51.5.0/24
step "with us as next hop" lab_is 10.0.0.1 bird_attr 4 198.51.5.0/24 next_hop
step "it is not reflected" lab_is "" bird_attr 4 198.51.5.0/24 originator_id
step "FRR has it too" lab_is 65005 frr_path 2 198.51.5.0/24

step "another cluster id" edit "tenant acme vbr hz-a bgp cluster-id 9.9.9.9"
soon 10 "is told" lab_is 9.9.9.9 bird_attr 3 198.51.2.0/24 cluster_list
step "also to FRR" lab_is 9.9.9.9 frr_attr 2 198.51.3.0/24 "p['clusterList']['list'][0]"
step "the view of what is advertised says so" lab_is "10.0.0.2 9.9.9.9" lab_show edge \
	"show bgp routes tenant acme vbr hz-a peer 10.0.0.3 advertised" \
	"[p['originator-id'] + ' ' + p['cluster-list'] for r in d['routes'] for p in r['paths'] if r['prefix'] == '198.51.2.0/24'][0]"
step "clients that are meshed" edit "tenant acme vbr hz-a bgp client-to-client false"
soon 10 "are told nothing of each other" lab_is none bird_path 3 198.51.2.0/24
step "for a reason" lab_is client-to-client why_not 3 198.51.2.0/24
step "as those that are no clients are not" lab_is ibgp-to-ibgp why_not 6 198.51.4.0/24
step "but of the others" lab_is 254 bird_attr 3 198.51.4.0/24 local_pref
step "and these of them" lab_is 10.0.0.2 bird_attr 4 198.51.2.0/24 originator_id
step "not meshed any more" edit "no tenant acme vbr hz-a bgp client-to-client"
soon 10 "they hear of each other" lab_is 10.0.0.2 bird_attr 3 198.51.2.0/24 originator_id
step "next-hop-self" peer_option 3 next-hop-self true
soon 10 "changes reflected routes too" lab_is 10.0.0.1 bird_attr 3 198.51.2.0/24 next_hop
step "sessions stayed up" lab_is "$lost" sessions_lost

step "next-hop-unchanged" peer_option 5 next-hop-unchanged true
soon 10 "gives the external one a third party of the segment" lab_is 10.0.0.2 bird_attr 5 198.51.2.0/24 next_hop

step "a client goes" lab_stop r2-bgpd KILL
soon 20 "its route leaves the other client" lab_is none bird_path 3 198.51.2.0/24
step "no client any more" peer_option 3 route-reflector-client false
soon 30 "which begins anew" lab_is established peer_state 10.0.0.3
soon 10 "and is told of none that is internal" lab_is none bird_path 3 198.51.4.0/24
step "an external one cannot be a client" code 5 peer_option 5 route-reflector-client true
