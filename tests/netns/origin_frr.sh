#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the edge says by itself, as FRR hears it: default-originate, aggregates, conditional
# advertisement, graceful shutdown both ways, blackholes.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need frr

told() { # what FRR holds from the edge
	lab_vtysh idc "show bgp ipv4 unicast json" | lab_json \
		"' '.join(sorted(k for k, v in d['routes'].items() if v[0]['peerId'] == '10.0.0.1'))"
}

heard() { # PREFIX EXPRESSION over the path p that FRR holds
	lab_vtysh idc "show bgp ipv4 unicast $1 json" | lab_json "(lambda p: $2)(d['paths'][0])"
}

conf() {
	cat <<-X
	route-map BLACKHOLE permit 10
	 set community 65535:666
	router bgp 65001
	 bgp router-id 10.0.0.2
	 no bgp ebgp-requires-policy
	 no bgp network import-check
	 neighbor 10.0.0.1 remote-as 45104
	 neighbor 10.0.0.1 timers 3 9
	 neighbor 10.0.0.1 timers connect 1
	 address-family ipv4 unicast
	  network 192.168.1.0/24
	  network 192.0.3.9/32 route-map BLACKHOLE
	X
}

frr() { # COMMAND... in FRR's configuration
	local args=() c

	for c in "configure terminal" "router bgp 65001" "$@"; do
		args+=(-c "$c")
	done
	lab_in idc vtysh --vty_socket "$LAB_DIR/idc-frr" --config_dir "$LAB_DIR/idc-frr" "${args[@]}"
}

announce() {
	frr "address-family ipv4 unicast" "network $1"
}

withdraw() {
	frr "address-family ipv4 unicast" "no network $1"
}

path() { # PREFIX EXPRESSION of the path p, in the VBR's table
	lab_show edge "show bgp routes tenant acme vbr hz-a ipv4 $1" \
		"[$2 for p in d['routes'][0]['paths'] if p['source'] == 'bgp'][0]"
}

kernel() { # PREFIX
	lab_in edge ip route show table "$(table vbr hz-a)" exact "$1"
}

all="172.16.0.0/16 203.0.114.0/24"
at="tenant acme vbr hz-a bgp peer 10.0.0.2"

step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(world_conf)
step "FRR starts" lab_frr idc < <(conf)
soon 20 "the session comes up" established
soon 10 "the data centre is told ranges and networks" lab_is "$all" told
lost=$(sessions_lost)

step "a default route" edit "$at default-originate true"
soon 10 "is told beside the rest" lab_is "0.0.0.0/0 $all" told
step "by the edge itself" lab_is 45104 heard 0.0.0.0/0 "p['aspath']['string']"
step "under a condition" edit "tenant acme policy prefix-list up rule 5 action permit" \
	"tenant acme policy prefix-list up rule 5 prefix 198.51.99.0/24" \
	"tenant acme policy route-map up term 10 action permit" \
	"tenant acme policy route-map up term 10 match prefix-list up" \
	"$at default-originate-policy up"
soon 10 "that does not hold it is taken back" lab_is "$all" told
step "the condition comes true" announce 198.51.99.0/24
soon 10 "and it is told" lab_is "0.0.0.0/0 $all" told
step "without a default route" edit "no $at default-originate" "no $at default-originate-policy"
soon 10 "it is gone" lab_is "$all" told

step "a backup prefix" edit "tenant acme policy prefix-list backup rule 5 action permit" \
	"tenant acme policy prefix-list backup rule 5 prefix 203.0.114.0/24" \
	"tenant acme policy route-map backup term 10 action permit" \
	"tenant acme policy route-map backup term 10 match prefix-list backup" \
	"$at conditional-advertisement advertise-policy backup" \
	"$at conditional-advertisement non-exist-policy up"
soon 10 "waits while the primary is there" lab_is "172.16.0.0/16" told
step "the primary goes" withdraw 198.51.99.0/24
soon 10 "and the backup is told" lab_is "$all" told
step "the other way round" edit "no $at conditional-advertisement non-exist-policy" \
	"$at conditional-advertisement exist-policy up"
soon 10 "it waits for what is not there" lab_is "172.16.0.0/16" told
step "which comes" announce 198.51.99.0/24
soon 10 "and so it is told" lab_is "$all" told
step "which goes" withdraw 198.51.99.0/24
soon 10 "and takes it along" lab_is "172.16.0.0/16" told
step "no condition" edit "no $at conditional-advertisement"
soon 10 "all is told" lab_is "$all" told

step "an aggregate" edit "tenant acme vbr hz-a bgp aggregate 203.0.0.0/16"
soon 10 "is told beside its part" lab_is "172.16.0.0/16 203.0.0.0/16 203.0.114.0/24" told
step "with its AGGREGATOR" lab_is "45104 10.255.0.1" \
	heard 203.0.0.0/16 "'%d %s' % (p['aggregatorAs'], p['aggregatorId'])"
step "a summary" edit "tenant acme vbr hz-a bgp aggregate 203.0.0.0/16 summary-only true"
soon 10 "speaks for its parts" lab_is "172.16.0.0/16 203.0.0.0/16" told
step "the part goes" edit "no tenant acme vbr hz-a bgp network 203.0.114.0/24"
soon 10 "and the aggregate with it" lab_is "172.16.0.0/16" told
step "as before" edit "tenant acme vbr hz-a bgp network 203.0.114.0/24" \
	"no tenant acme vbr hz-a bgp aggregate 203.0.0.0/16"
soon 10 "all is told" lab_is "$all" told

step "the edge is drained" edit "system graceful-shutdown true"
soon 10 "FRR sees it" has graceful-shutdown heard 172.16.0.0/16 "p['community']['string']"
soon 10 "and uses it last" lab_is 0 heard 172.16.0.0/16 "p['locPrf']"
step "and no more" edit "system graceful-shutdown false"
soon 10 "the mark is gone" lab_is none heard 172.16.0.0/16 "p.get('community', {}).get('string', 'none')"
step "FRR is drained" frr "bgp graceful-shutdown"
soon 10 "its routes are the last resort" lab_is 0 path 192.168.1.0/24 "p['local-preference']"
step "by their mark" lab_is graceful-shutdown path 192.168.1.0/24 "' '.join(p['built-in'])"
step "FRR stays" frr "no bgp graceful-shutdown"
soon 10 "they are as before" not lab_is 0 path 192.168.1.0/24 "p.get('local-preference', 100)"

soon 10 "a blackhole is an ordinary route" has "via 10.0.0.2" kernel 192.0.3.9
step "by agreement" edit "$at accept-blackhole true"
soon 10 "packets are dropped" has "blackhole" kernel 192.0.3.9
step "and no other AS hears of it" has "65535:65281" path 192.0.3.9/32 "' '.join(p['communities'])"
step "the session stayed up" lab_is "$lost" sessions_lost
