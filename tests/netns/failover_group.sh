#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two VBRs in a failover group: the standby carries nothing until it is needed, takes over from a
# primary that is drained without the loss of a packet, and from one that dies; that the standby
# lacks a route is found and told while nothing is wrong yet.
# builds: asan
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
	!
	X
}

conf() {
	printf 'tenant acme\n vpc prod\n  cidr 172.16.0.0/16\n  interface vpc-prod\n   address 172.16.0.1/24\n!\n'
	vbr_conf hz-a 1 1
	vbr_conf hz-b 2 2
	printf 'tenant acme\n failover-group hz\n  primary hz-a\n  secondary hz-b\n!\n'
}

# Both routers lead to one host, the data centre's; a says that it is the farther one.
site() { # ROUTER PORT NET PREPEND
	lab_ns "$1" && lab_router "$1" && lab_link edge "port-$2" "$1" wan &&
		lab_addr "$1" wan "10.0.$3.2/30" && lab_link "$1" lan site "to-$1" &&
		lab_addr "$1" lan "192.168.10$3.1/24" && lab_addr site "to-$1" "192.168.10$3.2/24" &&
		lab_route "$1" 192.168.1.0/24 via "192.168.10$3.2" &&
		lab_bird "$1" <<-X
		router id 10.0.$3.2; protocol device { scan time 1; }
		protocol kernel { ipv4 { export where source = RTS_BGP; import none; }; }
		protocol static s4 { ipv4; route 192.168.1.0/24 via 192.168.10$3.2; }
		protocol static more { ipv4; route 192.168.2.0/24 via 192.168.10$3.2; }
		protocol bgp edge { local as 65001; neighbor 10.0.$3.1 as 45104; hold time 9; keepalive time 3;
		connect delay time 1; connect retry time 1; error wait time 1, 2;
		ipv4 { import all; export filter { if source = RTS_STATIC then { $4 accept; } reject; }; }; }
		X
}

up() {
	established 10.0.1.2 && established 10.0.2.2
}

hop() { # interfaces of the VPC's ways to the data centre
	lab_show edge "show route tenant acme vpc prod ipv4 192.168.1.0/24" \
		"' '.join(sorted(h['interface'] for h in d['routes'][0]['next-hops'] if h['active']))"
}

group() { # EXPRESSION over the group g
	lab_show edge "show failover acme" "(lambda g: $1)(d['failover-groups'][0])"
}

verdict() { # and who carries
	group "' '.join([g['verdict']] + [m['vbr'] for m in g['members'] if m['carries']])"
}

alike() { # router a is not the farther one any more
	sed -i "s/bgp_path.prepend(65001);//g" "$LAB_DIR/a-bird/bird.conf" && lab_birdc a-bird configure
}

told() { # TEXT
	grep -qF -- "failover-state tenant=acme instance=failover-group hz the failover group is now: $1" \
		"$LAB_DIR/events"
}

lab_ns edge site host && lab_router edge site
step "host of the VPC" lab_link edge vpc-prod host eth0
step "its address" lab_addr host eth0 172.16.0.10/24
step "its route" lab_route host default via 172.16.0.1
step "vbrd starts" lab_vbrd edge < <(conf)
step "router a" site a 1 1 "bgp_path.prepend(65001); bgp_path.prepend(65001);"
step "router b" site b 2 2 ""
step "the host behind both" lab_addr site lo 192.168.1.1/32
step "its way back is b's" lab_route site default via 192.168.102.1
soon 30 "both sessions come up" up
lab_sh edge -c "monitor events tenant acme" >"$LAB_DIR/events" 2>&1 &
a=$(lab_show edge "show peering acme hz-a-prod" "d['peerings'][0]['interface']" | sed 's/a$/b/')
b=$(lab_show edge "show peering acme hz-b-prod" "d['peerings'][0]['interface']" | sed 's/a$/b/')
soon 10 "the primary is used, although its way is the longer one" lab_is "$a" hop
step "the other one is standby" lab_is "[false, true]" lab_show edge "show peering acme" "[p.get('standby', False) for p in d['peerings']]"
soon 15 "the group is ready" lab_is "ready hz-a" verdict
step "routes are counted" lab_is "2 2" group "' '.join(str(m['routes-ipv4']) for m in g['members'])"
step "people read it, too" has "active-standby" sh "show failover"

step "router b loses a route" lab_birdc b-bird disable more
soon 30 "the audit finds it" lab_is "routes-differ hz-a" verdict
step "and names it" lab_is "0 1 192.168.2.0/24" group \
	"' '.join([str(m['missing-ipv4']) for m in g['members']] + g['members'][1]['missing-examples'])"
soon 5 "that is an event" told routes-differ
step "router b has it again" lab_birdc b-bird enable more
soon 30 "the group is ready" lab_is "ready hz-a" verdict

lab_spawn host ping ping -n -i 0.05 -W 2 192.168.1.1
soon 10 "packets flow" grep -q "icmp_seq=9 " "$LAB_DIR/log/ping"
step "the primary is drained" sh "request tenant acme vbr hz-a terminate drain 600"
soon 10 "traffic goes by the standby" lab_is "$b" hop
step "the primary's session is still there" established 10.0.1.2
soon 10 "show says who carries" lab_is hz-b group "[m['vbr'] for m in g['members'] if m['carries']][0]"
step "it is called off" sh "request tenant acme vbr hz-a recover"
soon 10 "traffic goes by the primary" lab_is "$a" hop
lab_stop ping INT
step "not a packet was lost" has " 0% packet loss" cat "$LAB_DIR/log/ping"

step "router a dies" lab_stop a-bird KILL
soon 20 "traffic goes by the standby" lab_is "$b" hop
soon 10 "the group says so" lab_is "primary-down hz-b" verdict
soon 5 "that is an event" told primary-down
step "router a is back" lab_bird_again a
soon 30 "traffic goes by the primary" lab_is "$a" hop
soon 30 "the group is ready" lab_is "ready hz-a" verdict

step "both shall carry" edit "tenant acme failover-group hz mode load-share"
step "router a is as near as b" alike
soon 30 "both carry" lab_is "$a $b" hop
soon 20 "the group says so" lab_is "ready hz-a hz-b" verdict
step "two are two" has "primary and secondary are both VBR hz-a" \
	edit "tenant acme failover-group hz secondary hz-a"
step "without the group" edit "no tenant acme failover-group hz"
step "nothing is shown" lab_is 0 lab_show edge "show failover" "len(d['failover-groups'])"
