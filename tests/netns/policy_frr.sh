#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Policy with FRR on the other side: communities of all kinds, MED and prepends as FRR reads them,
# and FRR's own matched by us.
# builds: plain
. "$(dirname "$0")/lib.sh"
need frr

frr_conf() {
	cat <<-X
	bgp community-list standard none permit 1:1
	route-map out permit 10
	 set community 65001:5 no-export
	 set large-community 65001:1:9
	 set extcommunity rt 65001:7
	router bgp 65001
	 bgp router-id 10.0.0.2
	 no bgp ebgp-requires-policy
	 no bgp network import-check
	 neighbor 10.0.0.1 remote-as 45104
	 neighbor 10.0.0.1 timers 3 9
	 neighbor 10.0.0.1 timers connect 1
	 address-family ipv4 unicast
	  network 192.168.1.0/24
	  neighbor 10.0.0.1 route-map out out
	X
}

told() { # FIELD: what FRR holds of our network
	lab_vtysh idc "show bgp ipv4 unicast 203.0.114.0/24 json"
}

accepted() {
	lab_show edge "show bgp routes tenant acme vbr hz-a ipv4 peer 10.0.0.2 accepted" \
		"' '.join(r['prefix'] for r in d['routes'])"
}

step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(world_conf)
step "FRR starts" lab_frr idc < <(frr_conf)
soon 30 "the session comes up" established
step "a list of all kinds at once" edit \
	"tenant acme policy community-list c rule 1 action permit" \
	"tenant acme policy community-list c rule 1 community \"65001:* no-export 65001:1:* rt:65001:7\"" \
	"tenant acme policy route-map m term 10 action permit" \
	"tenant acme policy route-map m term 10 match community-list c" \
	"tenant acme vbr hz-a bgp peer 10.0.0.2 import-policy m"
soon 10 "takes the route that has all" lab_is 192.168.1.0/24 accepted
step "one that it has not" edit \
	"tenant acme policy community-list c rule 1 community \"65001:* blackhole\""
soon 10 "takes it no more" lab_is "" accepted
step "an export policy" edit "tenant acme policy route-map out term 10 action permit" \
	"tenant acme policy route-map out term 10 match source static" \
	"tenant acme policy route-map out term 10 set med 7" \
	"tenant acme policy route-map out term 10 set as-path-prepend \"64999 64999\"" \
	"tenant acme policy route-map out term 10 set community add 65000:1" \
	"tenant acme policy route-map out term 10 set community add graceful-shutdown" \
	"tenant acme policy route-map out term 10 set large-community add 4200000000:1:2" \
	"tenant acme policy route-map out term 10 set extended-community add rt:65000:9" \
	"tenant acme policy route-map out term 10 set extended-community add soo:4200000000:3" \
	"tenant acme vbr hz-a bgp peer 10.0.0.2 export-policy out"
soon 10 "tells its prepends" has "45104 64999 64999" told
step "its MED" has '"metric":7' told
step "its communities" has "65000:1" told
step "the well-known one by its name" has "graceful" told
step "its large community" has "4200000000:1:2" told
step "its route target" has "RT:65000:9" told
step "its site of origin" has "SoO:4200000000:3" told
