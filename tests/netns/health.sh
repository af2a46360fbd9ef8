#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A VPC behind two VBRs whose peering connections probe the data centre's host: a way that no
# session and no line tells dead is left and comes back; an answer by the other line is none; lost
# probes beside living traffic are noise.
# builds: plain asan
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
	 peering $1-prod
	  initiator vbr $1
	  acceptor vpc prod
	  health-check target 192.168.1.1
	  health-check source 172.16.0.25$3
	  health-check interval 200
	  health-check threshold 8
	!
	X
}

conf() {
	printf 'tenant acme\n vpc prod\n  cidr 172.16.0.0/16\n  interface vpc-prod\n   address 172.16.0.1/24\n!\n'
	vbr_conf hz-a 1 1
	vbr_conf hz-b 2 2
}

site() { # ROUTER PORT NET: leads to the data centre's host, and the host to this line's source
	lab_ns "$1" && lab_router "$1" && lab_link edge "port-$2" "$1" wan &&
		lab_addr "$1" wan "10.0.$3.2/30" && lab_link "$1" lan site "to-$1" &&
		lab_addr "$1" lan "192.168.10$3.1/24" && lab_addr site "to-$1" "192.168.10$3.2/24" &&
		lab_route "$1" 192.168.1.0/24 via "192.168.10$3.2" &&
		lab_route site "172.16.0.25$3/32" via "192.168.10$3.1" &&
		lab_bird "$1" <<-X
		router id 10.0.$3.2; protocol device { scan time 1; }
		protocol kernel { ipv4 { export where source = RTS_BGP; import none; }; }
		protocol static s4 { ipv4; route 192.168.1.0/24 blackhole; }
		protocol bgp edge { local as 65001; neighbor 10.0.$3.1 as 45104; connect delay time 1;
		connect retry time 1; error wait time 1, 2; ipv4 { import all; export where source = RTS_STATIC; }; }
		X
}

up() {
	established 10.0.1.2 && established 10.0.2.2
}

hops() {
	lab_show edge "show route tenant acme vpc prod ipv4 192.168.1.0/24" \
		"len([h for h in d['routes'][0]['next-hops'] if h['active']])"
}

state() { # PEERING: state and reason
	lab_show edge "show health acme $1" "d['checks'][0]['state'] + ' ' + d['checks'][0].get('reason', '')"
}

lab_ns edge site host && lab_router edge site
step "host of the VPC" lab_link edge vpc-prod host eth0
step "its address" lab_addr host eth0 172.16.0.10/24
step "its route" lab_route host default via 172.16.0.1
step "vbrd starts" lab_vbrd edge < <(conf)
step "router a" site a 1 1
step "router b" site b 2 2
step "the host behind both" lab_addr site lo 192.168.1.1/32
step "its way back" lab_route site 172.16.0.0/24 via 192.168.101.1
soon 30 "both sessions come up" up
soon 20 "way a is alive" lab_is "alive answers" state hz-a-prod
soon 20 "way b is alive" lab_is "alive answers" state hz-b-prod
soon 10 "both are used" lab_is 2 hops
step "round trips are measured" lab_is true lab_show edge "show health acme hz-a-prod" \
	"0 < d['checks'][0]['round-trip-min-us'] <= d['checks'][0]['round-trip-max-us']"

step "router a loses its way to the host, and tells nobody" ip -n "$LAB_NAME-a" route replace blackhole 192.168.1.0/24
soon 20 "way a is dead" lab_is "dead silence" state hz-a-prod
soon 10 "the VPC leaves it" lab_is 1 hops
step "its session stands" established 10.0.1.2
step "explain says why" lab_is health-check lab_show edge "explain tenant acme vpc prod 192.168.1.0/24" \
	"[e['state'] for e in d['edges'] if e['peering'] == 'hz-a-prod' and e['direction'] == 'in'][0]"
step "the answers' way" ip -n "$LAB_NAME-site" route replace 172.16.0.0/24 via 192.168.102.1
step "the host reaches the data centre" reaches host 192.168.1.1
step "the VPC is announced by both, still" has 172.16.0.0/16 lab_birdc a-bird show route protocol edge
step "router a has its way again" ip -n "$LAB_NAME-a" route replace 192.168.1.0/24 via 192.168.101.2
soon 20 "way a is alive" lab_is "alive answers" state hz-a-prod
soon 10 "both are used" lab_is 2 hops

step "answers to b's probes come back by a" ip -n "$LAB_NAME-site" route replace 172.16.0.252/32 via 192.168.101.1
soon 20 "way b is dead" lab_is "dead silence" state hz-b-prod
step "b's probes are only observed" edit "tenant acme peering hz-b-prod health-check observe true"
soon 10 "the VPC uses both" lab_is 2 hops
step "way b is dead all the same" lab_is "dead silence" state hz-b-prod
step "without b" edit "tenant acme peering hz-b-prod enabled false"
soon 10 "it is not known" lab_is "unknown " state hz-b-prod

step "a's way back" ip -n "$LAB_NAME-site" route replace 172.16.0.0/24 via 192.168.101.1
lab_spawn site iperf iperf3 -s
soon 10 "the host talks to the data centre" lab_in host iperf3 -c 192.168.1.1 -n 1K
lab_spawn host talk iperf3 --forceflush -c 192.168.1.1 -t 300 -b 1M
soon 20 "and talks on" grep -q "sec .*[1-9] KBytes" "$LAB_DIR/log/talk"
step "the data centre answers no probe" lab_in site sysctl -qw net.ipv4.icmp_echo_ignore_all=1
soon 20 "that is noise" lab_is "noisy traffic" state hz-a-prod
step "the VPC uses the way" lab_is 1 hops
step "the talk ends" lab_stop talk INT
soon 20 "then it is dead" lab_is "dead silence" state hz-a-prod
step "the log told all" grep -q "peering=hz-a-prod 192.168.1.1 has not answered .* traffic arrives" "$LAB_DIR/log/edge-vbrd"
step "without the check" edit "no tenant acme peering hz-a-prod health-check"
soon 10 "the way is used" lab_is 1 hops
