#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# explain on a running edge with BIRD behind it: what came, what policy made of it, who is told,
# what crosses the peering, what the kernel has; and why something is not there.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird

# x PREFIX EXPRESSION [INSTANCE]: of the JSON d of explain.
x() {
	lab_show edge "explain tenant acme ${3:-vbr hz-a} $1" "$2"
}

path="d['paths'][0]"
out="[e for e in d['edges'] if e['direction'] == 'out'][0]"
back="[e for e in d['edges'] if e['direction'] == 'in'][0]"
own=192.168.1.0/24

reload() { # ROUTES
	routes4=$1 bird_conf >"$LAB_DIR/idc-bird/bird.conf"
	lab_birdc idc-bird configure | grep -q Reconfigured
}

step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(world_conf)
step "no session: that is why nobody is told" lab_is no-session x 203.0.114.0/24 "d['exported'][0]['why']"
step "BIRD starts" lab_bird idc < <(routes4="$own 198.51.99.0/24 172.16.5.0/24" bird_conf)
soon 20 "the session comes up" established
soon 10 "a route is the best one" lab_is best x $own "$path['verdict']"
step "it came from the peer" lab_is 10.0.0.2 x $own "$path['peer']"
step "it has a time" has "T" x $own "$path['since']"
soon 10 "it crossed the peering" lab_is true x $own "$out['crossed']"
step "to the VPC" lab_is "vpc prod" x $own "$out['other']"
step "and is best there" lab_is true x $own "$out['arrived']['best']"
step "it does not come back" lab_is came-this-way x $own "$back['why']"
step "the VPC says so too" lab_is true x $own "$back['crossed']" "vpc prod"
step "a limit of the VPC" edit "tenant acme vpc prod route-limit maximum 1"
step "one route goes, another comes" reload "$own 198.51.77.0/24 172.16.5.0/24"
soon 10 "of the two one finds no place" lab_is route-limit x 198.51.77.0/24 "$path['reason']" "vpc prod"
step "and that is why it does not cross" lab_is route-limit x 198.51.77.0/24 "$out['why']"
step "who is in stays" lab_is true x $own "$out['arrived']['best']"
step "the VPC is full" lab_is "1 of 1" lab_show edge "show vpc acme prod" \
	"'%(limited-routes-ipv4)d of %(route-limit)d' % d['vpcs'][0]"
step "there is more room" edit "tenant acme vpc prod route-limit maximum 2"
soon 10 "now it comes in" lab_is best x 198.51.77.0/24 "$path['verdict']" "vpc prod"
step "what was" reload "$own 198.51.99.0/24 172.16.5.0/24"
soon 10 "comes in its place" lab_is best x 198.51.99.0/24 "$path['verdict']" "vpc prod"
step "a warning needs a limit" not edit "no tenant acme vpc prod route-limit maximum" \
	"tenant acme vpc prod route-limit warning 50"
soon 10 "the kernel has it" lab_is installed x $own "d['kernel']['state']"
step "by its next hop" lab_is 10.0.0.2 x $own "d['kernel']['next-hops'][0]['via']"
step "in the instance's table" lab_is "$(table vbr hz-a)" x $own "d['kernel']['table']"
step "the default tells no learned routes" lab_is not-advertised x $own "d['exported'][0]['why']"
step "networks are told" lab_is true x 203.0.114.0/24 "d['exported'][0]['sent']"
step "with our AS" lab_is '[45104]' x 203.0.114.0/24 "d['exported'][0]['attributes']['as-path']"
step "a network does not cross" lab_is announced-only x 203.0.114.0/24 "$out['why']"
step "the safety filter is named" lab_is filter-vpc-cidr x 172.16.5.0/24 "$path['reason']"
step "an address asks for what forwards it" lab_is $own x 192.168.1.7 "d['prefix']"
step "what is not there is covered" lab_is $own x 192.168.1.7/32 "d['covered-by']"
step "and nobody announced it" has "nobody announced it" sh "explain tenant acme vbr hz-a 192.168.1.7/32"
step "more specifics are named" lab_is '["192.168.1.0/24"]' x 192.168.0.0/16 "d['more-specific']"
step "no such peer" code 1 sh "explain tenant acme vbr hz-a $own peer 10.0.0.9"
step "no such instance" code 1 sh "explain tenant acme vbr hz-b $own"
step "no prefix" code 2 sh "explain tenant acme vbr hz-a nonsense"

step "an import policy" edit "tenant acme policy prefix-list hosts rule 5 action permit" \
	"tenant acme policy prefix-list hosts rule 5 prefix $own" \
	"tenant acme policy route-map from-idc term 10 action permit" \
	"tenant acme policy route-map from-idc term 10 match prefix-list hosts" \
	"tenant acme policy route-map from-idc term 10 set local-preference 250" \
	"tenant acme policy route-map from-idc term 20 action deny" \
	"tenant acme vbr hz-a bgp peer 10.0.0.2 import-policy from-idc"
soon 10 "its term is named" lab_is 10 x $own "$path['term']"
step "with the policy" lab_is from-idc x $own "$path['policy']"
step "the route was changed" lab_is true x $own "$path['changed']"
step "to another local preference" lab_is 250 x $own "$path['local-preference']"
step "the kernel still has it" lab_is true x $own "d['kernel']['installed']"
soon 10 "another route is refused" lab_is policy x 198.51.99.0/24 "$path['reason']"
step "by the other term" lab_is 20 x 198.51.99.0/24 "$path['term']"
step "it has left the VPC" lab_is no-path x 198.51.99.0/24 "$back['why']" "vpc prod"
step "rejected routes show policy and term" lab_is from-idc/20 lab_show edge \
	"show bgp routes tenant acme vbr hz-a 198.51.99.0/24 peer 10.0.0.2 rejected" \
	"'%s/%d' % (d['routes'][0]['paths'][0]['policy'], d['routes'][0]['paths'][0]['term'])"
step "an export policy" edit "tenant acme policy route-map to-idc term 10 action permit" \
	"tenant acme policy route-map to-idc term 10 match source static" \
	"tenant acme vbr hz-a bgp peer 10.0.0.2 export-policy to-idc"
soon 10 "is named where it denies" lab_is policy x 172.16.0.0/16 "d['exported'][0]['why']"
step "at its end" lab_is 0 x 172.16.0.0/16 "d['exported'][0]['term']"
soon 10 "and where it permits" lab_is 10 x 203.0.114.0/24 "d['exported'][0]['term']"

step "a limit of two routes" edit "tenant acme vbr hz-a bgp peer 10.0.0.2 route-limit maximum 3"
step "four come" reload "$own 198.51.99.0/24 172.16.5.0/24 198.51.77.0/24"
soon 10 "what is not kept is counted" lab_is 1 x 198.51.77.0/24 "d['not-kept'][0]['count']"
step "and told" has "route-limit 3 is reached" sh "explain tenant acme vbr hz-a 198.51.77.0/24"

step "a static route better than the peer's" edit \
	"tenant acme vbr hz-a static-route $own next-hop 10.0.0.2"
soon 10 "wins" lab_is static x $own "$path['source']"
step "and the other one lost by its weight" lab_is weight x $own "d['paths'][1]['step']"
step "against it" lab_is "0 32768 static" x $own \
	"' '.join(d['paths'][1][k] for k in ('value', 'against', 'against-path'))"
step "the text says it" has "lost by weight: 0 against 32768 of static" sh "explain tenant acme vbr hz-a $own"
step "the peering is disabled" edit "tenant acme peering hz-a-prod enabled false"
soon 10 "and says so" lab_is inactive x $own "$out['why']"
