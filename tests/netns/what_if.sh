#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# commit check foretells what a candidate does to the routes that are here, and the commit then does
# it: policies, safety filter, peerings, peers that go.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird

routes="192.168.1.0/24 198.51.99.0/24 198.51.98.0/24 203.0.7.0/24"

# check EXPRESSION EDIT...: of the JSON d of commit check, after the edits; nothing is committed.
check() {
	local expression=$1

	shift
	sh configure "$@" "commit check json" discard | lab_json "$expression"
}

accepted() {
	lab_show edge "show bgp routes tenant acme vbr hz-a ipv4 peer 10.0.0.2 accepted" \
		"' '.join(sorted(r['prefix'] for r in d['routes']))"
}

in_vpc() {
	lab_show edge "show bgp routes tenant acme vpc prod ipv4" \
		"len([r for r in d['routes'] if r['paths'][0]['source'] == 'peering'])"
}

counts="' '.join('%s/%s %d %d %d' % (r['vbr'], r['peer'], r['gained'], r['lost'], r['changed']) for r in d['what-if'])"
vpcs="' '.join('%s %d %d %d' % (r['vpc'], r['gained'], r['lost'], r['changed']) for r in d['vpcs'])"

policy=("tenant acme policy prefix-list own rule 5 action permit"
	"tenant acme policy prefix-list own rule 5 prefix 198.51.0.0/16"
	"tenant acme policy prefix-list own rule 5 le 24"
	"tenant acme policy route-map from-idc term 10 action permit"
	"tenant acme policy route-map from-idc term 10 match prefix-list own"
	"tenant acme policy route-map from-idc term 10 set local-preference 250"
	"tenant acme vbr hz-a bgp peer 10.0.0.2 import-policy from-idc")

step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(world_conf)
step "BIRD starts" lab_bird idc < <(routes4=$routes bird_conf)
soon 20 "the session comes up" established
soon 10 "four routes are accepted" lab_is 4 eval 'accepted | wc -w'
soon 10 "and cross the peering" lab_is 4 in_vpc
lost=$(sessions_lost)

step "a policy would lose two and change two" lab_is "hz-a/10.0.0.2 0 2 2" check "$counts" "${policy[@]}"
step "so would the VPC" lab_is "prod 0 2 2" check "$vpcs" "${policy[@]}"
step "with examples" lab_is '["192.168.1.0/24", "203.0.7.0/24"]' check \
	"d['what-if'][0]['lost-examples']" "${policy[@]}"
step "the text says it" has "- 192.168.1.0/24 203.0.7.0/24" sh configure "${policy[@]}" "commit check" discard
step "nothing has happened" lab_is 4 eval 'accepted | wc -w'
step "nor in the VPC" lab_is 4 in_vpc
step "the commit" edit "${policy[@]}"
soon 10 "does what was said" lab_is "198.51.98.0/24 198.51.99.0/24" accepted
soon 10 "in the VPC, too" lab_is 2 in_vpc
step "without the policy they would come back" lab_is "hz-a/10.0.0.2 2 0 2" check "$counts" \
	"no tenant acme vbr hz-a bgp peer 10.0.0.2 import-policy"
step "of two that would come back one finds no room in the VPC" lab_is "2 3 1" check \
	"' '.join('%d %d %d' % (r['gained'], r['route-limit'], r['beyond-limit']) for r in d['vpcs'])" \
	"no tenant acme vbr hz-a bgp peer 10.0.0.2 import-policy" "tenant acme vpc prod route-limit maximum 3"
step "the text says what to change" has "1 find no room in route-limit maximum 3 of the VPC: raise it" \
	sh configure "no tenant acme vbr hz-a bgp peer 10.0.0.2 import-policy" \
	"tenant acme vpc prod route-limit maximum 3" "commit check" discard
step "a CIDR would take one" lab_is "hz-a/10.0.0.2 0 1 0" check "$counts" \
	"tenant acme vpc prod cidr 198.51.98.0/24"
step "without the peering the VPC would lose both" lab_is "prod 0 2 0" check "$vpcs" \
	"tenant acme peering hz-a-prod enabled false"
step "with weight 0 its routes would lose against all others" lab_is "prod 0 0 0 standby" check \
	"' '.join('%s %d %d %d %s' % (r['vpc'], r['gained'], r['lost'], r['changed'], r['becomes']) for r in d['vpcs'])" \
	"tenant acme peering hz-a-prod weight 0"
step "the text says it" has "its routes would be standby" sh configure \
	"tenant acme peering hz-a-prod weight 0" "commit check" discard
step "but not the VBR" lab_is "" check "$counts" "tenant acme peering hz-a-prod enabled false"
step "without the peer all would go" lab_is "hz-a/10.0.0.2 0 2 0" check "$counts" \
	"no tenant acme vbr hz-a bgp peer 10.0.0.2"
step "an export policy would be heard by the peer" lab_is "0 1 1" check \
	"' '.join(str(d['what-if'][0]['advertised-' + k]) for k in ('gained', 'lost', 'changed'))" \
	"tenant acme policy route-map to-idc term 10 action permit" \
	"tenant acme policy route-map to-idc term 10 match source static" \
	"tenant acme policy route-map to-idc term 10 set med 7" \
	"tenant acme vbr hz-a bgp peer 10.0.0.2 export-policy to-idc"
step "another AS would reset the session" lab_is true check "d['what-if'][0]['resets']" \
	"tenant acme vbr hz-a bgp local-as 65100"
step "what changes no route says so" has "no route that is here would change" \
	sh configure "tenant acme description words" "commit check" discard
step "no edit at all" has "no route that is here would change" sh configure "commit check"
step "what is wrong is refused as ever" code 5 sh configure \
	"tenant acme vbr hz-a bgp peer 10.0.0.2 import-policy none" "commit check"
step "the session stayed up" lab_is "$lost" sessions_lost
