#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A VPC behind two VBRs: one data centre router dies and traffic moves to the other; weights by
# bandwidth of the peering; a peering's spec limits the throughput.
# builds: plain
. "$(dirname "$0")/lib.sh"
need bird
command -v iperf3 >/dev/null || skip "iperf3 is not installed"

vbr_conf() { # NAME PORT NET
	cat <<-X
	physical-connection pc-$2
	 interface port-$2
	!
	tenant acme
	 vbr $1
	  physical-connection pc-$2
	  vlan-id 0
	  ipv4 local-gateway 10.0.$3.1
	  ipv4 peer-gateway 10.0.$3.2
	  ipv4 prefix-length 30
	  bgp
	   peer 10.0.$3.2
	    peer-as 65001
	    connect-retry 1
	    hold-time 3
	    keepalive 1
	 peering $1-prod
	  initiator vbr $1
	  acceptor vpc prod
	  spec Large.1
	!
	X
}

conf() {
	printf 'tenant acme\n vpc prod\n  cidr 172.16.0.0/16\n  interface vpc-prod\n   address 172.16.0.1/24\n!\n'
	vbr_conf hz-a 1 1
	vbr_conf hz-b 2 2
}

# Both routers lead to one host, the data centre's.
site() { # ROUTER PORT NET
	lab_ns "$1" && lab_router "$1" && lab_link edge "port-$2" "$1" wan &&
		lab_addr "$1" wan "10.0.$3.2/30" && lab_link "$1" lan site "to-$1" &&
		lab_addr "$1" lan "192.168.10$3.1/24" && lab_addr site "to-$1" "192.168.10$3.2/24" &&
		lab_route "$1" 192.168.1.0/24 via "192.168.10$3.2" &&
		lab_bird "$1" <<-X
		router id 10.0.$3.2; protocol device { scan time 1; }
		protocol kernel { ipv4 { export where source = RTS_BGP; import none; }; }
		protocol static s4 { ipv4; route 192.168.1.0/24 via 192.168.10$3.2; }
		protocol bgp edge { local as 65001; neighbor 10.0.$3.1 as 45104; hold time 3; keepalive time 1;
		connect delay time 1; connect retry time 1; error wait time 1, 2;
		ipv4 { import all; export where source = RTS_STATIC; }; }
		X
}

up() {
	established 10.0.1.2 && established 10.0.2.2
}

hops() { # interfaces that the VPC's table uses for the data centre
	lab_show edge "show route tenant acme vpc prod ipv4 192.168.1.0/24" \
		"len([h for h in d['routes'][0]['next-hops'] if h['active']])"
}

mbps() { # SECONDS: throughput from the host to the data centre
	lab_in host iperf3 -J -t "$1" -c 192.168.1.1 | lab_json "round(d['end']['sum_received']['bits_per_second'] / 1e6, 1)"
}

between() { # LOW HIGH COMMAND...
	local low=$1 high=$2 v

	shift 2
	v=$("$@") && echo "measured $v" && "$LAB_PYTHON" -c "exit(not $low <= $v <= $high)"
}

lab_ns edge site host && lab_router edge site
step "host of the VPC" lab_link edge vpc-prod host eth0
step "its address" lab_addr host eth0 172.16.0.10/24
step "its route" lab_route host default via 172.16.0.1
step "vbrd starts" lab_vbrd edge < <(conf)
step "router a" site a 1 1
step "router b" site b 2 2
step "the host behind both" lab_addr site lo 192.168.1.1/32
step "its way back" ip -n "$LAB_NAME-site" route add default nexthop via 192.168.101.1 nexthop via 192.168.102.1
soon 30 "both sessions come up" up
soon 10 "both paths are used" lab_is 2 hops
soon 10 "the host reaches the data centre" reaches host 192.168.1.1

lab_spawn host ping ping -n -i 0.02 -W 1 192.168.1.1
sleep 1
step "router a dies" lab_stop a-bird KILL
soon 10 "one path is left" lab_is 1 hops
step "its default goes the other way" ip -n "$LAB_NAME-site" route replace default via 192.168.102.1
step "traffic flows by the other" reaches host 192.168.1.1
lab_stop ping INT
step "the ways of a path that failed are not used" reaches host 192.168.1.1
step "router a is back" lab_bird_again a
soon 30 "both sessions are up" up
soon 10 "both paths are used again" lab_is 2 hops
step "line 2 is cut" ip -n "$LAB_NAME-b" link set wan down
soon 5 "one path is left" lab_is 1 hops
step "the way back" ip -n "$LAB_NAME-site" route replace default via 192.168.101.1
soon 10 "traffic flows" reaches host 192.168.1.1

step "one peering alone" edit "tenant acme peering hz-b-prod enabled false"
lab_spawn site iperf iperf3 -s
sleep 0.5
soon 10 "a Large.1 peering is fast" between 50 100000 mbps 1
step "the spec becomes Mini.5" edit "tenant acme peering hz-a-prod spec Mini.5"
sleep 0.5
soon 20 "it limits to about 5 Mbit/s" between 2 8 mbps 5
step "the spec becomes Large.1 again" edit "tenant acme peering hz-a-prod spec Large.1"
sleep 0.5
soon 10 "it is fast again" between 50 100000 mbps 1
step "the bytes were counted" lab_json "[p['bytes-reverse'] + p['bytes-forward'] for p in d['peerings'] if p['name'] == 'hz-a-prod'][0] > 1000000 or d['none']" < <(sh "show peering json")
