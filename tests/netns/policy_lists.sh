#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The lists of the policy language against BIRD: what it says is matched by AS path, communities of
# all kinds, next hop and origin; what policies set is seen on its side.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird

bird_lists() {
	cat <<-X
	router id 10.0.0.2; protocol device { scan time 1; }
	protocol static s4 { ipv4;
	 route 192.168.1.0/24 blackhole { bgp_community.add((65001,5)); bgp_community.add((65001,6)); };
	 route 192.168.2.0/24 blackhole { bgp_large_community.add((65001,1,9)); bgp_path.prepend(64500); };
	 route 192.168.3.0/24 blackhole { bgp_ext_community.add((rt,65001,7)); };
	 route 192.168.4.0/24 blackhole { bgp_community.add((65535,666)); bgp_path.prepend(45104); };
	}
	protocol bgp edge { local as 65001; neighbor 10.0.0.1 as 45104;
	 hold time 9; keepalive time 3; connect delay time 1; connect retry time 1; error wait time 1, 2;
	 ipv4 { import all; export where source = RTS_STATIC; }; }
	X
}

accepted() {
	lab_show edge "show bgp routes tenant acme vbr hz-a ipv4 peer 10.0.0.2 accepted" \
		"' '.join(r['prefix'] for r in d['routes'])"
}

path() { # PREFIX FIELD: of the VBR's best path
	lab_show edge "show bgp routes tenant acme vbr hz-a ipv4 $1" \
		"str([p['$2'] for p in d['routes'][0]['paths'] if p['best']][0]).replace(\"'\", '')"
}

term() { # SEQ LINE...: edits of route-map m
	local seq=$1 line args=()

	shift
	for line in "action permit" "$@"; do
		args+=("tenant acme policy route-map m term $seq $line")
	done
	edit "${args[@]}"
}

all="192.168.1.0/24 192.168.2.0/24 192.168.3.0/24"

step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(world_conf)
step "BIRD starts" lab_bird idc < <(bird_lists)
soon 20 "the session comes up" established
soon 10 "what has been here is a loop" lab_is "$all" accepted
lost=$(sessions_lost)

step "a list of standard communities" edit \
	"tenant acme policy community-list c rule 1 action permit" \
	"tenant acme policy community-list c rule 1 community \"65001:5 65001:*\"" \
	"tenant acme policy route-map m term 10 action permit" \
	"tenant acme policy route-map m term 10 match community-list c" \
	"tenant acme vbr hz-a bgp peer 10.0.0.2 import-policy m"
soon 10 "takes one route" lab_is 192.168.1.0/24 accepted
step "a large one" edit "tenant acme policy community-list c rule 1 community 65001:*:9"
soon 10 "takes another" lab_is 192.168.2.0/24 accepted
step "a route target" edit "tenant acme policy community-list c rule 1 community rt:65001:7"
soon 10 "takes the third" lab_is 192.168.3.0/24 accepted
step "no list" edit "no tenant acme policy route-map m term 10 match community-list"
soon 10 "takes all" lab_is "$all" accepted

step "an expression over paths" edit \
	"tenant acme policy as-path-list a rule 1 action permit" \
	"tenant acme policy as-path-list a rule 1 regex \"^65001_64500\$\"" \
	"tenant acme policy route-map m term 10 match as-path-list a"
soon 10 "takes the route with that path" lab_is 192.168.2.0/24 accepted
step "a wrong one is refused with its place" has "character 8: missing closing parenthesis" \
	code 5 edit "tenant acme policy as-path-list a rule 1 regex \"_(65001\""
step "no expression" edit "no tenant acme policy route-map m term 10 match as-path-list"

step "an origin that nobody authorised" edit "tenant acme policy roa 192.168.2.0/24 65001" \
	"tenant acme policy route-map m term 10 match rpki invalid"
soon 10 "is the one that is invalid" lab_is 192.168.2.0/24 accepted
step "authorised" edit "tenant acme policy roa 192.168.0.0/16 64500 max-length 24" \
	"tenant acme policy route-map m term 10 match rpki valid"
soon 10 "it is valid" lab_is 192.168.2.0/24 accepted
step "no origins" edit "no tenant acme policy route-map m term 10 match rpki"

step "a list for the next hop" edit "tenant acme policy prefix-list n rule 1 action deny" \
	"tenant acme policy prefix-list n rule 1 prefix 10.0.0.2/32" \
	"tenant acme policy route-map m term 10 match next-hop-list n"
soon 10 "that denies it takes nothing" lab_is "" accepted
step "no list" edit "no tenant acme policy route-map m term 10 match next-hop-list"

step "accept-own" term 10 "set accept-own true"
soon 10 "takes the one that has been here" lab_is "$all 192.168.4.0/24" accepted
step "sets on import" term 10 "set local-preference +50" "set weight 100" "set med 30" \
	"set community remove 65001:5" "set community add no-export" "set large-community set 1:2:3"
soon 10 "add to the preference" lab_is 150 path 192.168.1.0/24 local-preference
step "give a weight" lab_is 100 path 192.168.1.0/24 weight
step "take away and add communities" lab_is "[65001:6, 65535:65281]" path 192.168.1.0/24 communities
step "and replace large ones" lab_is "[1:2:3]" path 192.168.1.0/24 large-communities
step "explain names the term" lab_is 10 lab_show edge \
	"explain tenant acme vbr hz-a 192.168.1.0/24" "d['paths'][0]['term']"

step "an export policy" edit "tenant acme policy route-map out term 10 action permit" \
	"tenant acme policy route-map out term 10 match source static" \
	"tenant acme policy route-map out term 10 set med +7" \
	"tenant acme policy route-map out term 10 set community add 65000:1" \
	"tenant acme policy route-map out term 10 set large-community add 4200000000:1:2" \
	"tenant acme policy route-map out term 10 set extended-community add rt:65000:9" \
	"tenant acme vbr hz-a bgp peer 10.0.0.2 export-policy out"
told="lab_birdc idc-bird show route all 203.0.114.0/24"
soon 10 "tells its MED" has "med: 7" $told
step "its community" has "(65000,1)" $told
step "its large community" has "(4200000000, 1, 2)" $told
step "its route target" has "(rt, 65000, 9)" $told
step "weight on export is refused" code 5 \
	edit "tenant acme policy route-map out term 10 set weight 5"
step "next-hop self on import is refused" code 5 term 10 "set next-hop self"
step "the session stayed up" lab_is "$lost" sessions_lost
step "the text form is a fixpoint" eval \
	'sh "show running-config" >$LAB_DIR/one && sh "configure" "load replace $LAB_DIR/one" \
		"commit" && sh "show running-config" | cmp - $LAB_DIR/one'
