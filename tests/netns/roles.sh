#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Roles and "only to customer" (RFC 9234) with BIRD and FRR as the data centre's router: what
# either side marks the other reads, what leaks is refused, roles that do not fit are.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird frr

# bird_role ROLE [OTC]: BIRD in this role, its routes with the attribute if given.
bird_role() {
	bird_conf | sed "s/protocol bgp edge {/protocol bgp edge { ${1:+local role $1;}/
		${2:+s/export where source = RTS_STATIC/export filter { if source != RTS_STATIC then reject; bgp_otc = $2; accept; \}/}"
}

bird_again() {
	bird_role "$@" >"$LAB_DIR/idc-bird/bird.conf"
	lab_birdc idc-bird configure | grep -q Reconfigur
}

our_role() {
	edit "tenant acme vbr hz-a bgp peer 10.0.0.2 role $1"
}

# path accepted|rejected EXPRESSION: of the path of 192.168.1.0/24 that the peer gave, as p.
path() {
	lab_show edge "show bgp routes tenant acme vbr hz-a peer 10.0.0.2 $1" \
		"[$2 for r in d['routes'] for p in r['paths'] if r['prefix'] == '192.168.1.0/24'][0]"
}

# One that has not got the route yet must not pass for one that has it without the mark.
bird_has() { # MARK-OR-EMPTY
	local out

	out=$(lab_birdc idc-bird show route all 203.0.114.0/24 protocol edge)
	[[ $out == *45104* ]] || return 1
	if [ -n "$1" ]; then
		[[ $out == *otc:\ $1* ]]
	else
		[[ $out != *otc:* ]]
	fi
}

last_error() {
	lab_show edge "show bgp peer" "d['peers'][0]['last-error']"
}

step "namespaces and links" world
step "vbrd starts as a customer" lab_vbrd edge < <(world_conf "role customer")
step "BIRD starts as a provider" lab_bird idc < <(bird_role provider)
soon 30 "the session comes up" established
step "the roles are shown" lab_is "customer provider" lab_show edge "show bgp peer" \
	"d['peers'][0]['role'] + ' ' + d['peers'][0]['peer-role']"
soon 10 "BIRD's route bears its mark" lab_is 65001 path accepted "p['otc']"
soon 10 "ours goes up without one" bird_has ""

step "BIRD says that it is a customer too" bird_again customer
soon 20 "the roles do not fit" has "Role Mismatch" last_error
step "and the session stays down" not established
step "we become a provider" our_role provider
soon 40 "the session comes up" established
soon 10 "our route bears our mark" bird_has 45104
soon 10 "a customer's route bears none" lab_is 0 path accepted "p.get('otc', 0)"

step "BIRD says nothing of its role, and sends a route with a mark" bird_again "" 65009
soon 40 "it is kept, and refused as a leak" lab_is otc-leak path rejected "p['reason']"
step "strict: a neighbour must say its role" \
	edit "tenant acme vbr hz-a bgp peer 10.0.0.2 role-strict true"
soon 20 "it does not, and is refused" has "Role Mismatch" last_error
step "not strict any more" edit "tenant acme vbr hz-a bgp peer 10.0.0.2 role-strict false"
step "we are peers" our_role peer
soon 40 "a peer that passes on what is not its own leaks" lab_is otc-leak path rejected "p['reason']"
step "BIRD is one too, with routes of its own" bird_again peer
soon 40 "these are marked" lab_is 65001 path accepted "p['otc']"
soon 10 "and so are ours" bird_has 45104
step "BIRD ends" lab_stop idc-bird TERM

frr_conf() {
	cat <<-X
	router bgp 65001
	 bgp router-id 10.0.0.2
	 no bgp ebgp-requires-policy
	 no bgp network import-check
	 neighbor 10.0.0.1 remote-as 45104
	 neighbor 10.0.0.1 timers 3 9
	 neighbor 10.0.0.1 timers connect 1
	 neighbor 10.0.0.1 local-role $1 $2
	 address-family ipv4 unicast
	  network 192.168.1.0/24
	X
}

frr_has() {
	lab_vtysh idc "show bgp ipv4 unicast 203.0.114.0/24" | tr A-Z a-z | grep -q "otc $1"
}

step "we are a provider" our_role provider
step "FRR starts as a strict customer" lab_frr idc < <(frr_conf customer strict-mode)
soon 60 "the session comes up" established
soon 20 "our route bears our mark" frr_has 45104
step "we are a customer" our_role customer
soon 20 "FRR does not want that" has "Role Mismatch" last_error
