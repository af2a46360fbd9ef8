#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What goes in and out of a VBR: the built-in safety filter, route maps on peers and peerings, the
# announcement modes, route limits, equal paths over two neighbours.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird

accepted() {
	lab_show edge "show bgp routes tenant acme vbr hz-a ipv4 peer 10.0.0.2 accepted" \
		"' '.join(r['prefix'] for r in d['routes'])"
}

told() { # what BIRD holds from the edge
	lab_birdc idc-bird show route protocol edge | grep -oE '^[0-9a-f.:]+/[0-9]+' | sort | paste -sd ' '
}

path() { # PREFIX FIELD: of the VPC's best path
	lab_show edge "show bgp routes tenant acme vpc prod ipv4 $1" \
		"[p['$2'] for p in d['routes'][0]['paths'] if p['best']][0]"
}

reload() { # ROUTES
	routes4=$1 bird_conf >"$LAB_DIR/idc-bird/bird.conf"
	lab_birdc idc-bird configure | grep -q Reconfigured
}

good="192.168.1.0/24 198.51.99.0/24"
bad="0.0.0.0/0 169.254.0.0/16 100.64.0.0/10 100.64.7.0/24 172.16.0.0/16
	172.16.5.0/24 10.0.0.0/30 240.0.0.0/8"

step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(world_conf)
step "BIRD starts" lab_bird idc < <(routes4="$good $bad" bird_conf)
soon 20 "the session comes up" established
soon 10 "the safety filter lets the good ones pass" lab_is "$good" accepted
lost=$(sessions_lost)
for p in $bad; do
	step "$p was rejected" has "\"$p\"" sh \
		"show bgp routes tenant acme vbr hz-a peer 10.0.0.2 rejected json"
done
step "only the good ones cross the peering" lab_is "$good" lab_show edge \
	"show bgp routes tenant acme vpc prod ipv4" \
	"' '.join(r['prefix'] for r in d['routes'] if r['paths'][0]['source'] == 'peering')"
step "the last route of the VPC's table is ours" has "unreachable default" \
	lab_in edge ip route show table "$(table vpc prod)"

step "an import policy" edit "tenant acme policy prefix-list hosts rule 5 action permit" \
	"tenant acme policy prefix-list hosts rule 5 prefix 192.168.0.0/16" \
	"tenant acme policy prefix-list hosts rule 5 le 24" \
	"tenant acme policy route-map from-idc term 10 action permit" \
	"tenant acme policy route-map from-idc term 10 match prefix-list hosts" \
	"tenant acme policy route-map from-idc term 10 set local-preference 250" \
	"tenant acme policy route-map from-idc term 10 set med 7" \
	"tenant acme vbr hz-a bgp peer 10.0.0.2 import-policy from-idc"
soon 10 "lets one route pass" lab_is "192.168.1.0/24" accepted
soon 5 "with its local preference" lab_is 250 path 192.168.1.0/24 local-preference
step "and its MED" lab_is 7 path 192.168.1.0/24 med
step "the session stayed up" lab_is "$lost" sessions_lost
step "a change of the list" edit "tenant acme policy prefix-list hosts rule 6 action permit" \
	"tenant acme policy prefix-list hosts rule 6 prefix 198.51.99.0/24"
soon 10 "lets the other pass" lab_is "$good" accepted
step "a policy that loses its map is refused" code 5 edit "no tenant acme policy route-map from-idc"
step "no policy" edit "no tenant acme vbr hz-a bgp peer 10.0.0.2 import-policy"
soon 10 "all good ones pass" lab_is "$good" accepted
soon 5 "with the usual preference" not lab_is 250 path 192.168.1.0/24 local-preference

soon 10 "the data centre is told ranges and networks" lab_is "172.16.0.0/16 203.0.114.0/24" told
step "advertise networks" edit "tenant acme vbr hz-a bgp advertise networks"
soon 10 "tells the networks" lab_is "203.0.114.0/24" told
step "advertise none" edit "tenant acme vbr hz-a bgp advertise none"
soon 10 "tells nothing" lab_is "" told
step "advertise peered" edit "no tenant acme vbr hz-a bgp advertise"
soon 10 "tells both again" lab_is "172.16.0.0/16 203.0.114.0/24" told
step "an export policy" edit "tenant acme policy route-map to-idc term 10 action permit" \
	"tenant acme policy route-map to-idc term 10 match source static" \
	"tenant acme policy route-map to-idc term 10 set as-path-prepend \"45104 45104\"" \
	"tenant acme vbr hz-a bgp peer 10.0.0.2 export-policy to-idc"
soon 10 "tells what it permits" lab_is "203.0.114.0/24" told
soon 10 "with its prepends" has "45104 45104 45104" lab_birdc idc-bird show route all 203.0.114.0/24
step "no policy" edit "no tenant acme vbr hz-a bgp peer 10.0.0.2 export-policy"
soon 10 "tells both again" lab_is "172.16.0.0/16 203.0.114.0/24" told
step "the peering goes" edit "tenant acme peering hz-a-prod enabled false"
soon 10 "the range is taken back" lab_is "203.0.114.0/24" told
step "and comes" edit "tenant acme peering hz-a-prod enabled true"
soon 10 "the range is told" lab_is "172.16.0.0/16 203.0.114.0/24" told

step "a static route" edit "tenant acme vbr hz-a static-route 10.99.0.0/16 next-hop 10.0.0.2" \
	"tenant acme vpc prod static-route 10.98.0.0/16 next-hop 172.16.0.10"
soon 10 "is in the VBR's table" has "via 10.0.0.2" lab_in edge ip route show table "$(table vbr hz-a)" 10.99.0.0/16
soon 10 "and the VPC's in the VPC's" has "via 172.16.0.10" lab_in edge ip route show table "$(table vpc prod)" 10.98.0.0/16
step "without them" edit "no tenant acme vbr hz-a static-route 10.99.0.0/16" \
	"no tenant acme vpc prod static-route 10.98.0.0/16"
soon 10 "they are gone" not in_kernel "$(table vbr hz-a)" 10.99.0.0/16

many=$(for i in $(seq 20); do echo "198.51.$i.0/24"; done)
step "a limit of ten routes" edit "tenant acme vbr hz-a bgp peer 10.0.0.2 route-limit maximum 10"
step "twenty come" reload "$good $many"
soon 10 "ten are taken" lab_is 10 eval 'accepted | wc -w'
step "the session stays" established
soon 5 "the summary has how many are missing" lab_is 12 lab_show edge "show bgp summary" \
	"[p for p in d['peers'] if p['address'] == '10.0.0.2'][0]['prefixes-discarded']"
soon 5 "the log warns" has "limit" cat "$LAB_DIR/log/edge-vbrd"
step "a higher limit" edit "tenant acme vbr hz-a bgp peer 10.0.0.2 route-limit maximum 100"
soon 10 "takes all" lab_is 22 eval 'accepted | wc -w'
step "a limit that tears down" edit "tenant acme vbr hz-a bgp peer 10.0.0.2 route-limit maximum 10" \
	"tenant acme vbr hz-a bgp peer 10.0.0.2 route-limit action teardown"
step "more come" reload "$good $many 198.51.77.0/24"
soon 10 "ends the session" not established
sleep 3
step "and it stays down" not established
step "a higher limit" edit "tenant acme vbr hz-a bgp peer 10.0.0.2 route-limit maximum 100"
step "and a clear" sh "clear bgp tenant acme vbr hz-a all"
soon 30 "bring it back" established
