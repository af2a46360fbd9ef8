#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Dynamic neighbours: FRR, BIRD and GoBGP on one segment come by a listen range, with a password and
# without; the limit, strangers, a configured neighbour among them, and how they go.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need frr bird gobgp

# Segment: the edge's port is a bridge with a leg to each router.
segment() {
	local r n=10

	lab_ns edge frr bird gobgp other && lab_router edge || return 1
	lab_in edge ip link add port-1 type bridge && lab_in edge ip link set port-1 up || return 1
	for r in frr bird gobgp other; do
		lab_link edge "leg-$r" "$r" wan && lab_in edge ip link set "leg-$r" master port-1 &&
			lab_addr "$r" wan 10.0.0.$n/24 || return 1
		n=$((n + 1))
	done
}

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
	   network 203.0.114.0/24
	   group rack
	    peer-as 65001
	    description "the rack"
	    hold-time 9
	    keepalive 3
	    ${password:+password $password}
	   listen-range 10.0.0.8/29
	    group rack
	    limit ${limit:-3}
	!
	X
}

start_frr() {
	lab_frr frr <<-X
	router bgp 65001
	 bgp router-id 10.0.0.10
	 no bgp ebgp-requires-policy
	 no bgp network import-check
	 neighbor 10.0.0.1 remote-as 45104
	 neighbor 10.0.0.1 timers 3 9
	 neighbor 10.0.0.1 timers connect 1
	 ${password:+neighbor 10.0.0.1 password $password}
	 address-family ipv4 unicast
	  network 198.51.10.0/24
	X
}

start_gobgp() {
	local auth=''

	[ -z "$password" ] || auth="auth-password = \"$password\""
	rm -f "$LAB_DIR/gobgp-gobgp/api"
	lab_gobgp gobgp <<-X && lab_gobgp_do gobgp global rib add -a ipv4 198.51.12.0/24
	[global.config]
	  as = 65001
	  router-id = "10.0.0.12"
	[[neighbors]]
	  [neighbors.config]
	    neighbor-address = "10.0.0.1"
	    peer-as = 45104
	    $auth
	  [neighbors.timers.config]
	    connect-retry = 1
	    hold-time = 9
	    keepalive-interval = 3
	X
}

start_all() {
	start_frr && lab_bird bird < <(routes4=198.51.11.0/24 bird_conf) && start_gobgp
}

stop_all() {
	lab_stop frr-bgpd TERM
	lab_stop frr-zebra
	lab_stop bird-bird TERM
	lab_stop gobgp-gobgp TERM
}

# peers: how many of those that the edge shows are dynamic.
peers() {
	lab_show edge "show bgp summary" "'%d/%d' % (sum(p.get('dynamic', False) for p in d['peers']), len(d['peers']))"
}

detail() {
	lab_show edge "show bgp peer tenant acme vbr hz-a $1" "d['peers'][0]['$2']"
}

all_up() {
	established 10.0.0.10 && established 10.0.0.11 && established 10.0.0.12
}

# turned_away ADDRESS FROM: a connection ends without a byte.
turned_away() {
	lab_in "$2" "$LAB_PYTHON" -c '
import socket, sys
s = socket.create_connection(("10.0.0.1", 179), 5, (sys.argv[1], 0))
try: data = s.recv(100)
except ConnectionResetError: data = b""
sys.exit(data != b"")' "$1"
}

story() {
	local t4

	step "the routers start" start_all
	soon 40 "all sessions come up" all_up
	step "the edge shows three dynamic neighbours" lab_is 3/3 peers
	step "one shows its range" lab_is 10.0.0.8/29 detail 10.0.0.11 listen-range
	step "and what the group says" lab_is "the rack" detail 10.0.0.11 description
	t4=$(table vbr hz-a)
	for r in 198.51.10.0/24 198.51.11.0/24 198.51.12.0/24; do
		soon 10 "$r is in the kernel" in_kernel "$t4" $r
	done
	soon 10 "FRR has our network" has 45104 lab_vtysh frr "show bgp ipv4 unicast 203.0.114.0/24"
}

password=
step "a segment with three routers" segment
step "vbrd starts" lab_vbrd edge < <(conf)
story
step "a policy for the range is foretold for all of them" lab_is "10.0.0.8/29 3" lab_json \
	"' '.join('%s %d' % (r['peer'], r['lost']) for r in d['what-if'])" < <(sh configure \
	"tenant acme policy route-map none term 10 action deny" \
	"tenant acme vbr hz-a bgp group rack import-policy none" "commit check json" discard)
step "a fourth is beyond the limit" turned_away 10.0.0.13 other
lab_addr other wan 10.0.0.33/24
step "a stranger is closed without a word" turned_away 10.0.0.33 other
t4=$(table vbr hz-a)
step "BIRD dies" lab_stop bird-bird KILL
soon 20 "it is gone" lab_is 2/2 peers
soon 10 "and its route" not in_kernel "$t4" 198.51.11.0/24
step "BIRD is back" lab_bird_again bird
soon 30 "and comes again" all_up
step "it is configured by name" edit "tenant acme vbr hz-a bgp peer 10.0.0.11 group rack"
soon 30 "and is no dynamic one any more" lab_is 2/3 peers
soon 30 "all are up" all_up
step "by range again" edit "no tenant acme vbr hz-a bgp peer 10.0.0.11"
soon 30 "it comes by itself" all_up
step "the limit is lowered" edit "tenant acme vbr hz-a bgp listen-range 10.0.0.8/29 limit 1"
soon 10 "one stays" lab_is 1/1 peers
step "the range is removed" edit "no tenant acme vbr hz-a bgp listen-range 10.0.0.8/29"
step "none stays" lab_is 0/0 peers
soon 10 "no route either" not in_kernel "$t4" 198.51.10.0/24
step "a group without peer-as is refused" code 5 edit "tenant acme vbr hz-a bgp" "group bare" \
	"listen-range 10.0.0.8/29 group bare" end
stop_all

password=s3cret
step "a range with a password" edit "tenant acme vbr hz-a bgp group rack password $password" \
	"tenant acme vbr hz-a bgp listen-range 10.0.0.8/29 group rack"
story
step "they are authenticated" lab_is true detail 10.0.0.10 authenticated
step "another password resets them" edit "tenant acme vbr hz-a bgp group rack password other"
soon 30 "and nobody comes with the old one" lab_is 0/0 peers
sleep 3
step "still nobody" lab_is 0/0 peers
