#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two tenants with the same link, data centre and VPC addresses: each reaches its own hosts only.
# builds: plain asan tsan
. "$(dirname "$0")/lib.sh"
need bird

tenant_conf() { # NAME PORT
	cat <<-X
	tenant $1
	 vpc prod
	  cidr 172.16.0.0/16
	  cidr fd00:16::/48
	  interface vpc-$1
	   address 172.16.0.1/24
	   address fd00:16::1/64
	 vbr hz
	  physical-connection pc-$2
	  vlan-id 0
	  ipv4 local-gateway 10.0.0.1
	  ipv4 peer-gateway 10.0.0.2
	  ipv4 prefix-length 30
	  ipv6 local-gateway fd00:f::1
	  ipv6 peer-gateway fd00:f::2
	  ipv6 prefix-length 64
	  static-route fd00:1::/48
	   next-hop fd00:f::2
	  bgp
	   peer 10.0.0.2
	    peer-as 65001
	    connect-retry 1
	 peering hz-prod
	  initiator vbr hz
	  acceptor vpc prod
	  spec Large.1
	!
	X
}

conf() {
	printf 'physical-connection pc-1\n interface port-1\n!\n'
	printf 'physical-connection pc-2\n interface port-2\n!\n'
	tenant_conf acme 1
	tenant_conf globex 2
}

# build TENANT PORT EXTRA: data centre and host; the host answers on TCP with its tenant's name.
build() {
	lab_ns "idc-$1" "host-$1" && lab_router "idc-$1" &&
		lab_link edge "port-$2" "idc-$1" wan && lab_addr "idc-$1" wan 10.0.0.2/30 fd00:f::2/64 &&
		lab_addr "idc-$1" lo 192.168.1.1/32 fd00:1::1/128 &&
		lab_route "idc-$1" fd00:16::/48 via fd00:f::1 &&
		lab_link edge "vpc-$1" "host-$1" eth0 &&
		lab_addr "host-$1" eth0 172.16.0.10/24 fd00:16::10/64 &&
		lab_route "host-$1" default via 172.16.0.1 &&
		lab_route "host-$1" default via fd00:16::1 &&
		lab_spawn "host-$1" "web-$1" "$LAB_PYTHON" -c '
import socket, sys
s = socket.create_server(("172.16.0.10", 8080))
while True:
    c, _ = s.accept()
    c.sendall(sys.argv[1].encode())
    c.close()' "$1"
}

# ask TENANT: the name that the host at 172.16.0.10 gives to the tenant's data centre.
ask() {
	lab_in "idc-$1" "$LAB_PYTHON" -c '
import socket
s = socket.create_connection(("172.16.0.10", 8080), 5, ("192.168.1.1", 0))
print(s.recv(100).decode())'
}

# hops FROM TO [SOURCE]: addresses of the two routers on the way, which say that time is up.
hops() {
	local t

	for t in 1 2; do
		lab_in "$1" ping -n -c 1 -W 2 -t $t ${3:+-I "$3"} "$2" |
			sed -n 's/^From fe80.* icmp_seq/From link-local icmp_seq/; s/^From \([^ ]*\) .*xceeded.*/\1/p'
	done | paste -sd ' '
}

unreachable() { # FROM TO
	! lab_in "$1" ping -n -c 1 -W 2 "$2"
}

up() {
	[ "$(lab_show edge "show bgp summary tenant $1" "d['peers'][0]['state']")" = established ]
}

# packets TENANT PEERING: how many have crossed it.
packets() {
	lab_show edge "show peering $1" "d['peerings'][0]['packets-forward']"
}

lab_ns edge && lab_router edge
step "acme's sites" build acme 1
step "globex's sites" build globex 2
step "vbrd starts" lab_vbrd edge --workers 2 < <(conf)
for t in acme globex; do
	own=198.51.$([ $t = acme ] && echo 1 || echo 2).0/24
	lab_bird "idc-$t" < <(routes4="192.168.1.0/24 $own" bird_conf)
	soon 30 "$t's session comes up" up $t
done
acme=$(table vpc prod acme) globex=$(table vpc prod globex)
step "the tenants' tables differ" [ "$acme" != "$globex" ]
soon 10 "acme's own route in its table" in_kernel "$acme" 198.51.1.0/24
soon 10 "globex's own route in its table" in_kernel "$globex" 198.51.2.0/24
step "not in the other's" not in_kernel "$globex" 198.51.1.0/24
step "nor the other way round" not in_kernel "$acme" 198.51.2.0/24
soon 10 "the shared prefix in both" in_kernel "$acme" 192.168.1.0/24
soon 10 "the shared prefix in both" in_kernel "$globex" 192.168.1.0/24
step "nothing in the main table" lab_is "" lab_in edge ip route show table main proto bgp
for t in acme globex; do
	soon 10 "$t's host reaches its data centre" reaches host-$t 192.168.1.1
	soon 10 "$t's data centre reaches its host" reaches idc-$t 172.16.0.10 192.168.1.1
	step "a TCP connection ends at $t's own host" lab_is $t ask $t
	step "$t's router reaches its gateway, which the other one has, too" reaches idc-$t 10.0.0.1
	step "and that of the VPC" reaches idc-$t 172.16.0.1 192.168.1.1
	step "its host reaches that one" reaches host-$t 172.16.0.1
	soon 10 "and by IPv6" eval "reaches idc-$t fd00:f::1 && reaches host-$t fd00:16::1"
	step "the data centre sees the hops to its host: of no other tenant's" \
		lab_is "10.0.0.1 192.0.0.8" hops idc-$t 172.16.0.10 192.168.1.1
	step "and the other way round" lab_is "172.16.0.1 192.0.0.8" hops host-$t 192.168.1.1
	step "by IPv6, too" lab_is "fd00:f::1 link-local" hops idc-$t fd00:16::10 fd00:1::1
	step "and the other way round" lab_is "fd00:16::1 link-local" hops host-$t fd00:1::1
	step "what leads nowhere is said to be" has "From 172.16.0.1 " unreachable host-$t 203.0.113.9
done
n=$(packets globex)
step "acme's traffic" reaches host-acme 192.168.1.1
step "does not cross globex's peering" [ $(($(packets globex) - n)) -lt 3 ] # neighbour discovery may
step "acme's data centre is gone" lab_stop idc-acme-bird KILL
soon 20 "acme's session is down" not up acme
soon 10 "its route is gone" not in_kernel "$acme" 192.168.1.0/24
step "acme's host does not reach globex's twin" not reaches host-acme 192.168.1.1
step "globex notices nothing" reaches host-globex 192.168.1.1
step "and keeps its session" up globex
