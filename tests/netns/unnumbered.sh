#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A link without addresses: the neighbour is found by its router advertisements (RFC 4861), and both
# families cross the session (RFC 8950). FRR discovers us in the same way; BIRD advertises itself
# and is told our address. A second router on the link changes nothing.
# builds: plain asan
# long
. "$(dirname "$0")/lib.sh"
need bird frr

bare() {
	world && lab_in idc ip addr flush dev wan scope global &&
		lab_in idc sysctl -qw net.ipv4.ip_forward=1
}

# conf [LINE OF GROUP...]
conf() {
	world_conf "families ipv4" "families ipv6" "$@" |
		sed 's/^   peer .*/   group rack/' | grep -vE '^ *ipv[46] (local|peer|prefix)' |
		sed '/^ peering/i\   unnumbered\n    group rack'
}

# link_local X DEVICE: its address.
link_local() {
	lab_in "$1" ip -6 -o addr show dev "$2" scope link | sed -n 's/.* inet6 \([^/]*\).*/\1/p' | head -n 1
}

frr() {
	cat <<-X
	router bgp 65001
	 bgp router-id 10.0.0.2
	 no bgp ebgp-requires-policy
	 no bgp network import-check
	 neighbor wan interface remote-as external
	 neighbor wan timers 3 9
	 neighbor wan timers connect 1
	 $*
	 address-family ipv4 unicast
	  network 192.168.1.0/24
	 exit-address-family
	 address-family ipv6 unicast
	  neighbor wan activate
	  network fd00:1::/48
	X
}

bird() {
	bird_conf fd00:f::1 | sed "s/^} protocol bgp edge.*/}/; /^}$/q"
	cat <<-X
	protocol radv { interface "wan" { max ra interval 10; }; }
	protocol bgp edge { local as 65001; neighbor $(link_local edge port-1)%wan as 45104;
	hold time 9; keepalive time 3; connect delay time 1; connect retry time 1; error wait time 1, 2;
	ipv4 { import all; export where source = RTS_STATIC; extended next hop on; };
	ipv6 { import all; export where source = RTS_STATIC; }; }
	X
}

# second_router: another one on the wire, at fe80::bad.
second_router() {
	lab_in idc python3 -c '
import socket, struct
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
n = socket.if_nametoindex("wan")
s.bind(("fe80::bad", 0, 0, n))
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
s.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0), ("ff02::1", 0, 0, n))'
}

no_default_by_ra() {
	lacks "proto ra" lab_in edge ip -6 route show table all
}

routes() {
	local t peer

	peer=$(link_local idc wan)
	soon 60 "the session comes up" established
	step "the summary marks it as dynamic" has "*$peer" sh "show bgp summary"
	step "the edge knows how it was found" lab_is true lab_show edge \
		"show bgp peer tenant acme vbr hz-a $peer" "d['peers'][0]['unnumbered']"
	t=$(table vbr hz-a)
	soon 10 "the IPv4 route is in the kernel" in_kernel "$t" 192.168.1.0/24
	step "by its link-local address" has "$peer" lab_in edge ip route show table "$t" 192.168.1.0/24
	soon 10 "the IPv6 route too" in_kernel "$t" fd00:1::/48
	soon 10 "the peer's kernel has our IPv4 range" has inet6 lab_in idc ip route show 172.16.0.0/16
	soon 10 "and our IPv6 range" has fe80 lab_in idc ip -6 route show fd00:16::/48
	soon 10 "IPv4 traffic flows" reaches host 192.168.1.1
	soon 10 "and back" reaches idc 172.16.0.10 192.168.1.1
	step "nothing else was taken from the advertisement" no_default_by_ra
}

established() {
	[ "$(peer_state "$(link_local idc wan)")" = established ]
}

step "a link without addresses" bare
step "vbrd starts" lab_vbrd edge < <(conf)
soon 10 "the port has a link-local address" link_local edge port-1
step "FRR starts" lab_frr idc < <(frr)
routes
step "a second router comes" lab_in idc ip addr add fe80::bad/64 dev wan nodad
step "it says so" second_router
soon 5 "the edge tells it, once" has "fe80::bad advertises itself" cat "$LAB_DIR/log/edge-vbrd"
step "and has no second peer" lab_is 1 lab_show edge "show bgp summary" "len(d['peers'])"
step "it goes" lab_in idc ip addr del fe80::bad/64 dev wan
step "FRR dies" lab_stop idc-bgpd KILL
step "and its zebra" lab_stop idc-zebra KILL
soon 60 "a silent neighbour without a session is forgotten" lab_is 0 lab_show edge "show bgp summary" "len(d['peers'])"
lab_in idc ip route flush proto bgp 2>/dev/null
step "FRR comes back and waits to be called" lab_frr idc < <(frr "neighbor wan passive")
routes
step "it goes" lab_stop idc-bgpd KILL
step "with its zebra" lab_stop idc-zebra KILL
lab_in idc ip route flush proto bgp 2>/dev/null
lab_in idc ip -6 route flush proto bgp 2>/dev/null
step "BIRD starts in its place" lab_bird idc < <(bird)
routes
step "unnumbered is taken away" edit "tenant acme" "vbr hz-a" bgp "no unnumbered"
soon 5 "the neighbour goes with it" lab_is 0 lab_show edge "show bgp summary" "len(d['peers'])"
