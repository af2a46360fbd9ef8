#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A VBR is terminated and recovered: traffic leaves it before it goes down and none is lost, it stays
# down through commits and a restart, and comes back as it was.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird

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
	    hold-time 9
	    keepalive 3
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

# Both routers lead to one host, the data centre's; b says that it is the farther one.
site() { # ROUTER PORT NET PREPEND
	lab_ns "$1" && lab_router "$1" && lab_link edge "port-$2" "$1" wan &&
		lab_addr "$1" wan "10.0.$3.2/30" && lab_link "$1" lan site "to-$1" &&
		lab_addr "$1" lan "192.168.10$3.1/24" && lab_addr site "to-$1" "192.168.10$3.2/24" &&
		lab_route "$1" 192.168.1.0/24 via "192.168.10$3.2" &&
		lab_bird "$1" <<-X
		router id 10.0.$3.2; protocol device { scan time 1; }
		protocol kernel { ipv4 { export where source = RTS_BGP; import none; }; }
		protocol static s4 { ipv4; route 192.168.1.0/24 via 192.168.10$3.2; }
		protocol bgp edge { local as 65001; neighbor 10.0.$3.1 as 45104; hold time 9; keepalive time 3;
		connect delay time 1; connect retry time 1; error wait time 1, 2;
		ipv4 { import all; export filter { if source = RTS_STATIC then { $4 accept; } reject; }; }; }
		X
}

up() {
	established 10.0.1.2 && established 10.0.2.2
}

life() { # [VBR]
	lab_show edge "show vbr acme ${1:-hz-a}" "d['vbrs'][0]['life']"
}

hop() { # interface of the VPC's way to the data centre
	lab_show edge "show route tenant acme vpc prod ipv4 192.168.1.0/24" \
		"[h['interface'] for h in d['routes'][0]['next-hops'] if h['active']][0]"
}

ordered() { # WORDS: of hz-a
	sh "request tenant acme vbr hz-a $1"
}

lab_ns edge site host && lab_router edge site
step "host of the VPC" lab_link edge vpc-prod host eth0
step "its address" lab_addr host eth0 172.16.0.10/24
step "its route" lab_route host default via 172.16.0.1
step "vbrd starts" lab_vbrd edge < <(conf)
step "router a" site a 1 1 ""
step "router b" site b 2 2 "bgp_path.prepend(65001);"
step "the host behind both" lab_addr site lo 192.168.1.1/32
step "its way back is b's" lab_route site default via 192.168.102.1
soon 30 "both sessions come up" up
a=$(lab_show edge "show peering acme hz-a-prod" "d['peerings'][0]['interface']" | sed 's/a$/b/')
b=$(lab_show edge "show peering acme hz-b-prod" "d['peerings'][0]['interface']" | sed 's/a$/b/')
soon 10 "the way is a's" lab_is "$a" hop
soon 10 "the host reaches the data centre" reaches host 192.168.1.1
step "both are active" lab_is "active active" eval 'echo "$(life hz-a) $(life hz-b)"'
step "there is nothing to recover" has "there is nothing to recover" code 1 ordered recover

lab_spawn host ping ping -n -i 0.05 -W 2 192.168.1.1
sleep 1
step "a is terminated" ordered "terminate drain 40"
step "it is drained first" lab_is terminating life
soon 5 "its router is told" has "(65535,0)" lab_birdc a-bird show route all 172.16.0.0/16
soon 10 "traffic goes by b" lab_is "$b" hop
step "the session is still there" established 10.0.1.2
soon 38 "when the traffic has left it is terminated" lab_is terminated life
soon 5 "the session has ended" not established 10.0.1.2
step "the neighbour has read why" lab_is "VBR hz-a: terminated" \
	lab_show edge "show bgp peer tenant acme vbr hz-a" "d['peers'][0]['shutdown-text-sent']"
soon 5 "its device is down" lacks "state UP" lab_in edge ip link show port-1
lab_stop ping INT
step "not a packet was lost" has " 0% packet loss" cat "$LAB_DIR/log/ping"

step "another commit does not wake it" edit "tenant acme vbr hz-a mtu 1400"
step "nor does a rollback" sh configure "rollback 1" commit
step "it stays terminated" lab_is terminated life
step "explain says why" has "out of service: it was terminated by request" \
	sh "explain tenant acme vbr hz-a 192.168.1.0/24"
step "vbrd is killed" lab_stop edge-vbrd KILL
step "and starts again" lab_vbrd_again edge
soon 30 "the other session comes up" established 10.0.2.2
step "it is still terminated" lab_is terminated life
step "its port down" lacks "state UP" lab_in edge ip link show port-1
step "it recovers" ordered recover
soon 10 "it is active" lab_is active life
soon 30 "both sessions are up" up
soon 10 "the way is a's" lab_is "$a" hop

step "it goes at once if that is wanted" ordered "terminate drain 0"
step "and is terminated" lab_is terminated life
step "it is deleted" edit "no tenant acme peering hz-a-prod" "no tenant acme vbr hz-a"
step "and made again" sh configure "rollback 1" commit
step "a new one is not terminated" lab_is active life
soon 30 "both sessions are up" up
