#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ADD-PATH (RFC 7911) from routers of other makes: each hears one prefix from two BIRDs and tells
# the edge both paths, one of them, both again.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird

p=192.168.7.0/24

conf() {
	cat <<-X
	system router-id 10.255.0.1
	physical-connection pc-1
	 interface port-1
	!
	tenant acme
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
	!
	X
}

source_conf() { # AS ADDRESS
	cat <<-X
	router id $2; protocol device { scan time 1; }
	protocol static mine { ipv4; route $p blackhole; }
	protocol bgp up { local $2 as $1; neighbor 10.0.0.2 as 65001; hold time 9; keepalive time 3;
	connect delay time 1; connect retry time 1; error wait time 1, 2;
	ipv4 { import none; export where source = RTS_STATIC; }; }
	X
}

start_frr() {
	lab_frr idc <<-X
	router bgp 65001
	 bgp router-id 10.0.0.2
	 no bgp ebgp-requires-policy
	$(for n in "1 45104" "11 65011" "12 65012"; do
		echo " neighbor 10.0.0.${n% *} remote-as ${n#* }"
		echo " neighbor 10.0.0.${n% *} timers 3 9"
		echo " neighbor 10.0.0.${n% *} timers connect 1"
	done)
	 address-family ipv4 unicast
	  neighbor 10.0.0.1 addpath-tx-all-paths
	X
}

gobgp_neighbor() { # ADDRESS AS [SEND]
	cat <<-X
	[[neighbors]]
	  [neighbors.config]
	    neighbor-address = "$1"
	    peer-as = $2
	  [neighbors.timers.config]
	    connect-retry = 1
	    hold-time = 9
	    keepalive-interval = 3
	  [[neighbors.afi-safis]]
	    [neighbors.afi-safis.config]
	      afi-safi-name = "ipv4-unicast"
	    [neighbors.afi-safis.add-paths.config]
	      send-max = ${3:-0}
	X
}

start_gobgp() {
	lab_gobgp idc <<-X
	[global.config]
	  as = 65001
	  router-id = "10.0.0.2"
	$(gobgp_neighbor 10.0.0.1 45104 8)
	$(gobgp_neighbor 10.0.0.11 65011)
	$(gobgp_neighbor 10.0.0.12 65012)
	X
}

start_openbgpd() {
	mkdir -p /run/openbgpd
	lab_openbgpd idc <<-X
	AS 65001
	router-id 10.0.0.2
	fib-update no
	holdtime 9
	connect-retry 1
	neighbor 10.0.0.1 {
	  remote-as 45104
	  announce add-path send all
	}
	neighbor 10.0.0.11 {
	  remote-as 65011
	}
	neighbor 10.0.0.12 {
	  remote-as 65012
	}
	allow from any
	allow to any
	X
}

stop_make() {
	case $1 in
	frr) lab_stop idc-bgpd TERM && lab_stop idc-zebra TERM ;;
	*) lab_stop "idc-$1" TERM ;;
	esac
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
	step "one path goes" lab_birdc one-bird disable mine
	soon 10 "the other one stays" lab_is "1: [65001, 65012]" received
	step "it comes again" lab_birdc one-bird enable mine
	soon 10 "both are there" lab_is "2: [65001, 65011], [65001, 65012]" received
	step "the other one goes" lab_birdc two-bird disable mine
	soon 10 "the first one stays" lab_is "1: [65001, 65011]" received
	step "it comes again" lab_birdc two-bird enable mine
	soon 10 "both are there" lab_is "2: [65001, 65011], [65001, 65012]" received
	step "the session stayed up" established
	step "$1 stops" stop_make "$1"
	soon 20 "its session goes down" not established
}

step "namespaces" lab_ns edge idc one two sw
step "edge" lab_router edge
step "link of the edge" lab_link edge port-1 sw edge
for n in idc one two; do
	step "link of $n" lab_link $n wan sw $n
done
step "the switch" lab_switch sw edge idc one two
step "address of the router" lab_addr idc wan 10.0.0.2/24
step "address of the first source" lab_addr one wan 10.0.0.11/24
step "address of the second source" lab_addr two wan 10.0.0.12/24
step "vbrd starts" lab_vbrd edge < <(conf)
step "the first source starts" lab_bird one < <(source_conf 65011 10.0.0.11)
step "the second source starts" lab_bird two < <(source_conf 65012 10.0.0.12)
for make in frr gobgp openbgpd; do
	lab_has "$make" && story "$make"
done
