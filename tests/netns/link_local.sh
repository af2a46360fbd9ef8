#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A neighbour that is known by its link-local address alone: BIRD comes by a listen range of
# fe80::/10, and both families cross the session (RFC 8950).
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird

conf() {
	world_conf "families ipv4" "families ipv6" |
		sed 's/^   peer .*/   group rack/; /^    connect-retry/d' |
		grep -vE '^ *ipv4 (local|peer|prefix)' |
		sed '/^ peering/i\   listen-range fe80::/10\n    group rack'
}

# link_local X DEVICE: its address.
link_local() {
	lab_in "$1" ip -6 -o addr show dev "$2" scope link | sed -n 's/.* inet6 \([^/]*\).*/\1/p' | head -n 1
}

bird() {
	bird_conf fd00:f::1 | sed "s/^} protocol bgp edge.*/}/; /^}$/q"
	cat <<-X
	protocol bgp edge { local as 65001; neighbor $(link_local edge port-1)%wan as 45104;
	hold time 9; keepalive time 3; connect delay time 1; connect retry time 1; error wait time 1, 2;
	ipv4 { import all; export where source = RTS_STATIC; extended next hop on; };
	ipv6 { import all; export where source = RTS_STATIC; }; }
	X
}

step "namespaces and links" world
step "no IPv4 at the other end" lab_in idc ip addr del 10.0.0.2/30 dev wan
step "vbrd starts" lab_vbrd edge < <(conf)
soon 10 "the port has a link-local address" link_local edge port-1
step "BIRD starts" lab_bird idc < <(bird)
peer=$(link_local idc wan)
soon 30 "the session comes up" established
step "the edge shows where it came from" lab_is fe80::/10 lab_show edge \
	"show bgp peer tenant acme vbr hz-a $peer" "d['peers'][0]['listen-range']"
t=$(table vbr hz-a)
soon 10 "the IPv4 route is in the kernel" in_kernel "$t" 192.168.1.0/24
step "by its link-local address" has "$peer" lab_in edge ip route show table "$t" 192.168.1.0/24
soon 10 "the IPv6 route too" in_kernel "$t" fd00:1::/48
soon 10 "the peer's kernel has our IPv4 range" has inet6 lab_in idc ip route show 172.16.0.0/16
soon 10 "IPv4 traffic flows" reaches host 192.168.1.1
soon 10 "and back" reaches idc 172.16.0.10 192.168.1.1
step "BIRD dies" lab_stop idc-bird KILL
soon 20 "the neighbour is gone" not peer_state
soon 10 "and its route" not in_kernel "$t" 192.168.1.0/24
