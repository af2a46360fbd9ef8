#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ADD-PATH (RFC 7911): two paths of one prefix come from BIRD, and go on to routers of all makes,
# as they are, fewer, and none.
# builds: plain
. "$(dirname "$0")/lib.sh"
need bird

p=192.168.7.0/24

feeder() {
	cat <<-X
	router id 10.0.0.2; protocol device { scan time 1; }
	protocol static one { ipv4 { preference 200; }; route $p blackhole { bgp_med = 10; }; }
	protocol static two { ipv4 { preference 100; }; route $p blackhole { bgp_med = 20; }; }
	protocol bgp edge { local as 65001; neighbor 10.0.0.1 as 45104; hold time 9; keepalive time 3;
	connect delay time 1; connect retry time 1; error wait time 1, 2;
	ipv4 { import none; export where source = RTS_STATIC; add paths tx; }; }
	X
}

conf() {
	cat <<-X
	system router-id 10.255.0.1
	physical-connection pc-1
	 interface port-1
	!
	tenant acme
	 policy route-map all term 10 action permit
	 vbr hz-a
	  physical-connection pc-1
	  vlan-id 0
	  ipv4 local-gateway 10.0.0.1
	  ipv4 peer-gateway 10.0.0.2
	  ipv4 prefix-length 24
	  bgp
	   peer 10.0.0.2
	    peer-as 65001
	    connect-retry 1
	    hold-time 9
	    keepalive 3
	    add-path receive
	   peer 10.0.0.3
	    peer-as 65003
	    connect-retry 1
	    hold-time 9
	    keepalive 3
	    add-path send
	    export-policy all
	!
	X
}

# Each make: start_X, count_X (paths of the prefix that it has).

start_bird() {
	lab_bird far <<-X
	router id 10.0.0.3; protocol device { scan time 1; }
	protocol bgp edge { local as 65003; neighbor 10.0.0.1 as 45104; hold time 9; keepalive time 3;
	connect delay time 1; connect retry time 1; error wait time 1, 2;
	ipv4 { import all; export none; add paths rx; }; }
	X
}

count_bird() {
	lab_birdc far-bird show route "$p" | grep -c 'edge'
}

start_frr() {
	lab_frr far <<-X
	router bgp 65003
	 bgp router-id 10.0.0.3
	 no bgp ebgp-requires-policy
	 neighbor 10.0.0.1 remote-as 45104
	 neighbor 10.0.0.1 timers 3 9
	 neighbor 10.0.0.1 timers connect 1
	X
}

count_frr() {
	lab_vtysh far "show bgp ipv4 unicast $p json" |
		"$LAB_PYTHON" -c 'import json, sys; print(len(json.load(sys.stdin).get("paths", [])))'
}

start_gobgp() {
	rm -f "$LAB_DIR/far-gobgp/api"
	lab_gobgp far <<-X
	[global.config]
	  as = 65003
	  router-id = "10.0.0.3"
	[[neighbors]]
	  [neighbors.config]
	    neighbor-address = "10.0.0.1"
	    peer-as = 45104
	  [neighbors.timers.config]
	    connect-retry = 1
	    hold-time = 9
	    keepalive-interval = 3
	  [[neighbors.afi-safis]]
	    [neighbors.afi-safis.config]
	      afi-safi-name = "ipv4-unicast"
	    [neighbors.afi-safis.add-paths.config]
	      receive = true
	X
}

count_gobgp() {
	lab_gobgp_do far global rib -j "$p" |
		"$LAB_PYTHON" -c 'import json, sys; d = json.load(sys.stdin); print(sum(len(v) for v in d.values()) if isinstance(d, dict) else len(d))'
}

start_openbgpd() {
	mkdir -p /run/openbgpd
	lab_openbgpd far <<-X
	AS 65003
	router-id 10.0.0.3
	fib-update no
	holdtime 9
	connect-retry 1
	neighbor 10.0.0.1 {
	  remote-as 45104
	  announce IPv4 unicast
	  announce IPv6 none
	  announce add-path recv yes
	}
	allow from any
	allow to any
	X
}

count_openbgpd() {
	lab_bgpctl far show rib in neighbor 10.0.0.1 | grep -c "$p"
}

stop_make() {
	case $1 in
	frr) lab_stop far-bgpd TERM && lab_stop far-zebra TERM ;;
	*) lab_stop "far-$1" TERM ;;
	esac
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
	step "one path goes" lab_birdc idc-bird disable two
	soon 10 "the other one stays" lab_is 1 "count_$1"
	step "it comes again" lab_birdc idc-bird enable two
	soon 10 "both are there" lab_is 2 "count_$1"
	step "the better one goes" lab_birdc idc-bird disable one
	soon 10 "the other one stays" lab_is 1 "count_$1"
	step "it comes again" lab_birdc idc-bird enable one
	soon 10 "both are there" lab_is 2 "count_$1"
	step "those of multipath only" edit "tenant acme vbr hz-a bgp peer 10.0.0.3 add-path-send ecmp"
	soon 10 "are one: MED decides" lab_is 1 "count_$1"
	step "the best two" edit "tenant acme vbr hz-a bgp peer 10.0.0.3 add-path-send best"
	soon 10 "are both" lab_is 2 "count_$1"
	step "all again" edit "no tenant acme vbr hz-a bgp peer 10.0.0.3 add-path-send"
	step "the session stayed up" established 10.0.0.3
	step "$1 stops" stop_make "$1"
	soon 20 "its session goes down" not established 10.0.0.3
}

step "namespaces" lab_ns edge idc far sw
step "edge" lab_router edge
step "link of the edge" lab_link edge port-1 sw edge
step "link of the feeder" lab_link idc wan sw idc
step "link of the far router" lab_link far wan sw far
step "the switch" lab_switch sw edge idc far
step "address of the feeder" lab_addr idc wan 10.0.0.2/24
step "address of the far router" lab_addr far wan 10.0.0.3/24
step "vbrd starts" lab_vbrd edge < <(conf)
step "BIRD starts" lab_bird idc < <(feeder)
soon 20 "its session comes up" established 10.0.0.2
soon 10 "both of its paths came" lab_is '[10, 20]' received
step "as several paths" lab_is receive lab_show edge \
	"show bgp peer tenant acme vbr hz-a 10.0.0.2" "d['peers'][0]['families'][0]['add-path']"
for make in bird frr gobgp openbgpd; do
	lab_has "$make" && story "$make"
done
