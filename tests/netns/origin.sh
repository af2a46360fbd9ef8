#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the edge says by itself, and what a neighbour asks for: default-originate, aggregates,
# conditional advertisement, graceful shutdown both ways, blackholes.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird

told() { # what BIRD holds from the edge
	lab_birdc idc-bird show route protocol edge | grep -oE '^[0-9a-f.:]+/[0-9]+' | sort | paste -sd ' '
}

# conf ROUTES: BIRD with these and two marked ones.
conf() {
	routes4=$1 bird_conf
	printf '%s\n' "protocol static marked { ipv4;" \
		"route 192.0.3.9/32 blackhole { bgp_community.add((65535,666)); };" \
		"route 192.0.4.0/24 blackhole { bgp_community.add((65535,0)); }; }"
}

path() { # PREFIX EXPRESSION of the path p, in the VBR's table
	lab_show edge "show bgp routes tenant acme vbr hz-a ipv4 $1" \
		"[$2 for p in d['routes'][0]['paths'] if p['source'] == 'bgp'][0]"
}

kernel() { # PREFIX
	lab_in edge ip -"$(family "$1")" route show table "$(table vbr hz-a)" exact "$1"
}

reload() { # ROUTES
	conf "$1" >"$LAB_DIR/idc-bird/bird.conf"
	lab_birdc idc-bird configure | grep -q Reconfigured
}

all="172.16.0.0/16 203.0.114.0/24"
at="tenant acme vbr hz-a bgp peer 10.0.0.2"

step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(world_conf)
step "BIRD starts" lab_bird idc < <(conf "192.168.1.0/24")
soon 20 "the session comes up" established
soon 10 "the data centre is told ranges and networks" lab_is "$all" told
lost=$(sessions_lost)

step "a default route" edit "$at default-originate true"
soon 10 "is told beside the rest" lab_is "0.0.0.0/0 $all" told
step "and is no route of the edge" lacks "via" kernel default
step "it stands in advertised" has "0.0.0.0/0" sh \
	"show bgp routes tenant acme vbr hz-a ipv4 peer 10.0.0.2 advertised json"
step "under a condition" edit "tenant acme policy prefix-list up rule 5 action permit" \
	"tenant acme policy prefix-list up rule 5 prefix 198.51.99.0/24" \
	"tenant acme policy route-map up term 10 action permit" \
	"tenant acme policy route-map up term 10 match prefix-list up" \
	"$at default-originate-policy up"
soon 10 "that does not hold it is taken back" lab_is "$all" told
step "the condition comes true" reload "192.168.1.0/24 198.51.99.0/24"
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
step "the primary goes" reload "192.168.1.0/24"
soon 10 "and the backup is told" lab_is "$all" told
step "two conditions at once are refused" code 5 edit "$at conditional-advertisement exist-policy up"
step "no condition" edit "no $at conditional-advertisement"

step "an aggregate" edit "tenant acme vbr hz-a bgp aggregate 203.0.0.0/16" \
	"tenant acme vbr hz-a bgp aggregate 9.0.0.0/8"
soon 10 "is told while a part exists" lab_is "172.16.0.0/16 203.0.0.0/16 203.0.114.0/24" told
step "with its attributes" has "BGP.aggregator: 10.255.0.1 AS45104" \
	lab_birdc idc-bird show route all 203.0.0.0/16
step "packets without a part are dropped" has "blackhole" kernel 203.0.0.0/16
step "a summary" edit "tenant acme vbr hz-a bgp aggregate 203.0.0.0/16 summary-only true"
soon 10 "speaks for its parts" lab_is "172.16.0.0/16 203.0.0.0/16" told
step "the part goes" edit "no tenant acme vbr hz-a bgp network 203.0.114.0/24"
soon 10 "and the aggregate with it" lab_is "172.16.0.0/16" told
soon 10 "also from the kernel" not in_kernel "$(table vbr hz-a)" 203.0.0.0/16
step "the part is back" edit "tenant acme vbr hz-a bgp network 203.0.114.0/24" \
	"no tenant acme vbr hz-a bgp aggregate 203.0.0.0/16"
soon 10 "as before" lab_is "$all" told

soon 10 "a marked route is the last resort" lab_is 0 path 192.0.4.0/24 "p['local-preference']"
step "and says why" lab_is graceful-shutdown path 192.0.4.0/24 "' '.join(p['built-in'])"
step "it may be ignored" edit "$at honour-graceful-shutdown false"
soon 10 "and then is not" not lab_is 0 path 192.0.4.0/24 "p.get('local-preference', 100)"
step "the edge is drained" edit "system graceful-shutdown true"
soon 10 "what it says is marked" has "(65535,0)" lab_birdc idc-bird show route all 172.16.0.0/16
soon 10 "what it heard is the last resort" lab_is 0 path 192.168.1.0/24 "p['local-preference']"
step "and no more" edit "system graceful-shutdown false"
soon 10 "it is not marked" lacks "(65535,0)" lab_birdc idc-bird show route all 172.16.0.0/16
step "the session stayed up" lab_is "$lost" sessions_lost

soon 10 "a blackhole is an ordinary route" has "via 10.0.0.2" kernel 192.0.3.9
step "by agreement" edit "$at accept-blackhole true"
soon 10 "packets are dropped" has "blackhole" kernel 192.0.3.9
step "and no other AS hears of it" has "65535:65281" path 192.0.3.9/32 "' '.join(p['communities'])"
