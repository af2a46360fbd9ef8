#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A link with IPv6 addresses only: IPv4 routes with IPv6 next hops (RFC 8950) both ways, with FRR and
# with BIRD, and IPv4 packets over it.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird frr

peer=fd00:f::2

only_ip6() {
	world && lab_in idc ip addr del 10.0.0.2/30 dev wan && lab_in idc sysctl -qw net.ipv4.ip_forward=1
}

conf() {
	world_conf "families ipv4" "families ipv6" | grep -vE '^ *ipv4 (local|peer|prefix)'
}

bird() {
	bird_conf fd00:f::1 | sed "s/^} protocol bgp edge.*/}/; /^}$/q"
	cat <<-X
	protocol bgp edge { local as 65001; neighbor fd00:f::1 as 45104; hold time 9; keepalive time 3;
	connect delay time 1; connect retry time 1; error wait time 1, 2;
	ipv4 { import all; export where source = RTS_STATIC; extended next hop on; };
	ipv6 { import all; export where source = RTS_STATIC; }; }
	X
}

frr() {
	cat <<-X
	router bgp 65001
	 bgp router-id 10.0.0.2
	 no bgp ebgp-requires-policy
	 no bgp network import-check
	 neighbor fd00:f::1 remote-as 45104
	 neighbor fd00:f::1 timers 3 9
	 neighbor fd00:f::1 timers connect 1
	 neighbor fd00:f::1 capability extended-nexthop
	 address-family ipv4 unicast
	  neighbor fd00:f::1 activate
	  network 192.168.1.0/24
	 exit-address-family
	 address-family ipv6 unicast
	  neighbor fd00:f::1 activate
	  network fd00:1::/48
	X
}

story() {
	local t

	soon 40 "the session comes up" established
	t=$(table vbr hz-a)
	soon 10 "the IPv4 route is in the kernel" in_kernel "$t" 192.168.1.0/24
	step "by an IPv6 next hop" has inet6 lab_in edge ip route show table "$t" 192.168.1.0/24
	soon 10 "the IPv6 route too" in_kernel "$t" fd00:1::/48
	soon 10 "the peer's kernel has our IPv4 range" has inet6 lab_in idc ip route show 172.16.0.0/16
	soon 10 "IPv4 traffic flows" reaches host 192.168.1.1
	soon 10 "and back" reaches idc 172.16.0.10 192.168.1.1
}

step "a link without IPv4" only_ip6
step "vbrd starts" lab_vbrd edge < <(conf)
step "BIRD starts" lab_bird idc < <(bird)
story
step "BIRD stops" lab_stop idc-bird TERM
soon 20 "the session is down" not established
lab_in idc ip route flush proto bird 2>/dev/null
step "FRR starts" lab_frr idc < <(frr)
story
