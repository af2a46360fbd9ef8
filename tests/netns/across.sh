#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A peering between two tenants, which live on two threads: routes and traffic cross while both
# consent, non-transitively, and never otherwise.
# builds: plain asan tsan
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/netns/shop.inc
. "$VBRD_SRCDIR/tests/netns/shop.inc"
need bird

prefixes() {
	"$LAB_PYTHON" -c '
for i in range(10000):
    print("198.32.%d.%d/30" % (i // 64 % 256, i % 64 * 4) if i < 9000 else "198.33.%d.0/24" % (i % 256))' |
		sort -u
}

state() {
	lab_show edge "show peering acme to-shop" "d['peerings'][0]['state']"
}

explained() { # vpc|vbr NAME TENANT DIRECTION PEERING KEY: of an edge, for 192.168.1.0/24
	lab_show edge "explain tenant $3 $1 $2 192.168.1.0/24" \
		"[e['$6'] for e in d['edges'] if e['direction'] == '$4' and e['peering'].endswith('${5#acme/}')][0]"
}

foretold() { # EDIT: what the VPCs would see
	sh configure "$1" "commit check json" discard |
		lab_json "' '.join('%s %d %d %d' % (v['vpc'], v['gained'], v['lost'], v['changed']) for v in d['vpcs'])"
}

heard() { # how many routes the data centre has given
	lab_show edge "show bgp summary" "d['peers'][0]['prefixes-accepted']"
}

crossed() { # how many of the data centre's routes globex has in the kernel
	lab_in edge ip -4 route show table "$shop" proto bgp | grep -c '^19[28]\.'
}

step "namespaces and links" shop_world
step "vbrd starts with two workers" lab_vbrd edge --workers 2 < <(
	printf '%s\n' "peering shop-back" " initiator vpc shop" " acceptor vpc back" |
		shop_conf "route-limit maximum 100000")
step "the tenants have a thread each" lab_json \
	"len({t['worker'] for t in d['tenants']}) == 2 or d['none']" < <(sh "show tenant json")
list=$(prefixes)
n=$(($(wc -l <<<"$list") + 1))
step "BIRD starts" lab_bird idc < <(routes4="192.168.1.0/24 $list" bird_conf)
soon 30 "the session comes up" established
shop=$(table vpc shop globex) back=$(table vpc back globex)
soon 30 "all of the data centre's routes are there" lab_is "$n" heard
step "the peering is pending" lab_is pending-acceptance state
step "no route has crossed" lab_is 0 crossed
step "explain says why" lab_is pending-acceptance explained vbr hz-a acme out to-shop why
step "consent would bring all of them" lab_is "shop $n 0 0" foretold \
	"tenant globex accept-peering acme to-shop vpc shop"
step "globex consents" edit "tenant globex accept-peering acme to-shop vpc shop"
soon 10 "it is active" lab_is active state
soon 30 "the data centre's routes have crossed" lab_is "$n" crossed
step "explain says that it crossed" lab_is true explained vbr hz-a acme out to-shop crossed
step "it says so over there" lab_is true explained vpc shop globex in acme/to-shop crossed
step "it goes no further" lab_is transit explained vpc shop globex out shop-back why
soon 10 "the VPC's range is announced to the data centre" \
	has 10.88.0.0/16 lab_birdc idc-bird show route protocol edge
soon 10 "globex's host reaches acme's data centre" reaches shop 192.168.1.1
step "acme says that it is a part of globex's VPC" edit \
	"tenant acme vbr hz-a static-route 10.88.0.128/25 next-hop 10.0.0.2"
soon 10 "that is kept out, and says why" lab_is filter-vpc-cidr lab_show edge \
	"explain tenant globex vpc shop 10.88.0.128/25" "d['paths'][0]['reason']"
step "acme has it" in_kernel "$(table vbr hz-a)" 10.88.0.128/25
step "globex has it not" not in_kernel "$shop" 10.88.0.128/25
step "without it" edit "no tenant acme vbr hz-a static-route 10.88.0.128/25"
step "what came by a peering does not leave by another" not in_kernel "$back" 192.168.1.0/24
step "nor is acme's VPC seen by globex" not in_kernel "$shop" 172.16.0.0/16
step "nor globex's by acme's VPC" not in_kernel "$(table vpc prod)" 10.88.0.0/16
for i in 1 2 3; do
	step "the peer flaps" lab_birdc idc-bird disable edge
	step "and comes back" lab_birdc idc-bird enable edge
done
soon 40 "the session is up" established
soon 30 "all routes have crossed" lab_is "$n" crossed
step "a policy for what crosses" edit "tenant acme policy prefix-list own rule 10 action permit" \
	"tenant acme policy prefix-list own rule 10 prefix 192.168.0.0/16" \
	"tenant acme policy prefix-list own rule 10 le 24" \
	"tenant acme policy route-map own term 10 action permit" \
	"tenant acme policy route-map own term 10 match prefix-list own" \
	"tenant acme peering to-shop export-policy own"
soon 20 "lets one route cross" lab_is 1 crossed
step "without the policy" edit "no tenant acme peering to-shop export-policy"
soon 30 "all routes cross" lab_is "$n" crossed
step "consent is taken back" edit "no tenant globex accept-peering acme to-shop"
soon 10 "it is pending" lab_is pending-acceptance state
soon 30 "no route is left" lab_is 0 crossed
step "globex's host reaches nothing" not reaches shop 192.168.1.1
step "consent comes back" edit "tenant globex accept-peering acme to-shop vpc shop"
soon 30 "all routes cross" lab_is "$n" crossed
step "a tenant is deleted" edit "no tenant acme"
soon 30 "no route is left" lab_is 0 crossed
step "the other one is well" lab_is up lab_show edge "show vpc globex shop" "d['vpcs'][0]['state']"
