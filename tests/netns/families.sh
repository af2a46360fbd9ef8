#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Both families over one session: IPv6 prefixes over IPv4, and IPv4 prefixes with IPv6 next hops
# over IPv6 (RFC 8950).
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird

conf() { # NEIGHBOUR [CHANNEL OPTION]
	bird_conf "$1" | sed "s/^} protocol bgp edge.*/}/; /^}$/q"
	cat <<-X
	protocol bgp edge { local as 65001; neighbor $1 as 45104; hold time 9; keepalive time 3;
	connect delay time 1; connect retry time 1; error wait time 1, 2;
	ipv4 { import all; export where source = RTS_STATIC; ${2:-} };
	ipv6 { import all; export where source = RTS_STATIC; }; }
	X
}

both_ways() {
	soon 10 "IPv4 routes are in the kernel" in_kernel "$t" 192.168.1.0/24
	soon 10 "IPv6 routes are in the kernel" in_kernel "$t" fd00:1::/48
	soon 10 "the peer has the IPv4 range" has AS45104 lab_birdc idc-bird show route 172.16.0.0/16
	soon 10 "the peer has the IPv6 range" has AS45104 lab_birdc idc-bird show route fd00:16::/48
	soon 10 "IPv4 traffic flows" reaches host 192.168.1.1
	soon 10 "and back" reaches idc 172.16.0.10 192.168.1.1
	soon 10 "IPv6 traffic flows" reaches host fd00:1::1
	soon 10 "and back" reaches idc fd00:16::10 fd00:1::1
}

step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(world_conf "families ipv4" "families ipv6")
t=$(table vpc prod)
step "BIRD starts" lab_bird idc < <(conf 10.0.0.1)
soon 20 "the session over IPv4 comes up" established
both_ways
step "BIRD stops" lab_stop idc-bird
soon 10 "the routes are gone" not in_kernel "$t" fd00:1::/48
step "the session moves to IPv6" edit "no tenant acme vbr hz-a bgp peer 10.0.0.2" \
	"tenant acme vbr hz-a bgp peer fd00:f::2 peer-as 65001" \
	"tenant acme vbr hz-a bgp peer fd00:f::2 families ipv4" \
	"tenant acme vbr hz-a bgp peer fd00:f::2 families ipv6" \
	"tenant acme vbr hz-a bgp peer fd00:f::2 connect-retry 1"
step "BIRD starts" lab_bird idc < <(conf fd00:f::1 "extended next hop on;")
soon 20 "the session over IPv6 comes up" established fd00:f::2
both_ways
