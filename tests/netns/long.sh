#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Messages as long as RFC 8654 allows (65,535 octets), from ExaBGP and BIRD to the edge, and from it
# to BIRD and FRR; what fits only into such a message is withdrawn from a neighbour that takes none,
# and what fits into none from all.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
. "$VBRD_SRCDIR/tests/netns/segment.inc"
need exabgp bird frr

# Header 19, two lengths 4, NLRI 5, ORIGIN 4, NEXT_HOP 7, AS_PATH 5 and 4 an AS, COMMUNITIES 4 and
# 4 each: with one AS 16,370 communities make 65,532 octets, with two 16,369 do.
most=16370
d=$LAB_DIR/r2-exabgp

communities() { # HOW MANY
	echo "community [ $(seq -f '65100:%.0f' -s ' ' "$1") ]"
}

exabgp_neighbour() { # ADDRESS AS
	cat <<-X
	neighbor $1 {
	  router-id 10.0.0.2;
	  local-address 10.0.0.2;
	  local-as 65002;
	  peer-as $2;
	  hold-time 30;
	  family { ipv4 unicast; }
	  capability { extended-message enable; }
	  api { processes [ story ]; }
	}
	X
}

exabgp_conf() {
	mkdir -p "$d" && mkfifo "$d/say"
	printf '#!/bin/sh\nexec cat <>"%s"\n' "$d/say" >"$d/helper"
	chmod 755 "$d/helper"
	printf 'process story { run %s; encoder json; }\n' "$d/helper"
	exabgp_neighbour 10.0.0.1 65000
	exabgp_neighbour 10.0.0.3 65003
}

# say NEIGHBOUR PREFIX HOW-MANY: ExaBGP announces it with so many communities.
say() {
	echo "neighbor $1 announce route $2 next-hop self $(communities "$3")" >"$d/say"
}

# r3 passes on what ExaBGP tells it; r4 takes no long messages, as BIRD does unless told.
bird_router() { # N OPTION
	bird_head "$1"
	echo "ipv4 { import all; export where proto = \"exabgp\"; }; $2" | bird_bgp edge "6500$1" 10.0.0.1 65000
	[ "$1" != 3 ] || echo "ipv4 { import all; export none; }; $2" | bird_bgp exabgp 65003 10.0.0.2 65002
}

frr_conf() {
	cat <<-X
	router bgp 65005
	 bgp router-id 10.0.0.5
	 no bgp ebgp-requires-policy
	 neighbor 10.0.0.1 remote-as 65000
	 neighbor 10.0.0.1 timers connect 1
	X
}

at_edge() { # PREFIX: how many communities
	edge_path "$1" "len(p['communities'])"
}

at_bird() { # N PREFIX
	lab_birdc "r$1-bird" show route all "$2" protocol edge | grep -o '(65100,' | wc -l
}

at_frr() { # PREFIX
	frr_attr 5 "$1" "len(p['community']['list'])"
}

why_not() { # N PREFIX
	lab_show edge "explain tenant acme vbr hz-a $2" "[e.get('why', 'told') for e in d['exported'] if e['to'] == '10.0.0.$1'][0]"
}

everywhere() { # HOW MANY
	lab_is "$1" at_edge "$p" && lab_is "$1" at_bird 3 "$p" && lab_is "$1" at_bird 4 "$p" && lab_is "$1" at_frr "$p"
}

p=198.51.2.1/32
step "a segment" segment 2 3 4 5
step "vbrd starts" lab_vbrd edge < <({
	echo "local-as 65000"
	for n in 2 3 4 5; do neighbour $n "6500$n" | sed '/hold-time\|keepalive/d'; done
} | segment_conf)
step "BIRD starts" lab_bird r3 < <(bird_router 3 "enable extended messages on;")
step "another BIRD starts, without" lab_bird r4 < <(bird_router 4 "")
step "FRR starts" lab_frr r5 < <(frr_conf)
step "ExaBGP starts" lab_exabgp r2 < <(exabgp_conf)
soon 30 "sessions come up" all_up
step "a short route" say 10.0.0.1 $p 100
soon 20 "is everywhere" everywhere 100
lost=$(sessions_lost)
step "it gets as long as can be said" say 10.0.0.1 $p $((most - 1))
soon 20 "the edge has it whole" lab_is $((most - 1)) at_edge $p
soon 20 "and BIRD" lab_is $((most - 1)) at_bird 3 $p
soon 20 "and FRR" lab_is $((most - 1)) at_frr $p
soon 10 "it is withdrawn from who takes no long messages" lab_is 0 at_bird 4 $p
step "and explain says why" lab_is too-long why_not 4 $p
step "but told to the other" lab_is told why_not 3 $p
step "it gets longer than we can say" say 10.0.0.1 $p $most
soon 20 "the edge has it whole" lab_is $most at_edge $p
soon 20 "it is withdrawn from BIRD" lab_is 0 at_bird 3 $p
soon 20 "and from FRR" lab_is none at_frr $p
step "and explain says why" lab_is too-long why_not 3 $p
step "it is short again" say 10.0.0.1 $p 100
soon 20 "and everywhere" everywhere 100

q=198.51.3.1/32
step "a route for BIRD, which leaves a kilooctet free" say 10.0.0.3 $q 16100
soon 20 "it tells the edge, whole" lab_is 16100 at_edge $q
soon 20 "which tells FRR" lab_is 16100 at_frr $q
step "but not the other BIRD" lab_is too-long why_not 4 $q
step "no session went down" lab_is "$lost" sessions_lost
