#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Consent between two tenants on two threads: it is given, refused, withdrawn and ends by itself, and
# each time the routes leave both kernels' tables; a standby connection is used when there is no
# other.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/netns/shop.inc
. "$VBRD_SRCDIR/tests/netns/shop.inc"
need bird

life() {
	lab_show edge "show peering acme to-shop" "d['peerings'][0]['life']"
}

crossed() { # in both tables?
	in_kernel "$shop" 192.168.1.0/24 && in_kernel "$hza" 10.88.0.0/16
}

gone() { # from both
	! in_kernel "$shop" 192.168.1.0/24 && ! in_kernel "$hza" 10.88.0.0/16
}

told() { # FILE TEXT
	grep -qF -- "$2" "$LAB_DIR/events-$1" || { cat "$LAB_DIR/events-$1"; return 1; }
}

# How long the kernel had them after the commit was asked for: printed, for a loaded machine is slow.
withdraw() {
	local begin=$EPOCHREALTIME

	edit "no tenant globex accept-peering acme to-shop" || return 1
	while ! gone; do
		sleep 0.01
		[ "${EPOCHREALTIME%.*}" -lt $((${begin%.*} + 20 * slow)) ] || return 1
	done
	awk "BEGIN { printf \"# %d ms from the command to tables without the routes\\n\",
		($EPOCHREALTIME - $begin) * 1000 }" >&3
}
exec 3>&1

own_gateways() {
	reaches host 172.16.0.1 && reaches host fd00:16::1 && reaches idc 10.0.0.1 &&
		reaches idc fd00:f::1 && reaches shop 10.88.0.1
}

# Of a VPC, of a VBR, of the edge itself.
no_foreign_gateway() {
	! reaches host 10.88.0.1 && ! reaches idc 10.88.0.1 192.168.1.1 && ! reaches shop 172.16.0.1 &&
		! reaches shop 10.0.0.1 && ! reaches host fd00:f::1
}

# Packets that host, shop and the data centre have sent in no_foreign_gateway, and no others.
strayed() {
	local vpc="d['vpcs'][0]['strayed']"

	echo "$(lab_show edge "show vpc acme prod" "$vpc") $(lab_show edge "show vpc globex shop" "$vpc")" \
		"$(lab_show edge "show vbr acme hz-a" "d['vbrs'][0]['strayed']")"
}

goes_on() { # if it was not in vain, that was the second time, at least
	strayed | awk '{ exit !($1 >= 12 && $2 >= 12 && $3 >= 6) }'
}

step "namespaces and links" shop_world
step "vbrd starts with two workers" lab_vbrd edge --workers 2 < <(shop_conf </dev/null)
step "BIRD starts" lab_bird idc < <(bird_conf)
soon 20 "the session comes up" established
shop=$(table vpc shop globex) hza=$(table vbr hz-a)
lab_sh edge -c "monitor events tenant acme" >"$LAB_DIR/events-acme" 2>&1 &
lab_sh edge -c "monitor events tenant globex" >"$LAB_DIR/events-globex" 2>&1 &
step "the peering waits for globex" lab_is connecting life
step "globex sees who asks" lab_is "acme to-shop pending-acceptance" lab_show edge "show peering globex" \
	"' '.join(d['peerings'][0][k] for k in ('tenant', 'name', 'state'))"
step "a route in the data centre to globex's VPC" lab_route idc 10.88.0.0/16 via 10.0.0.1 metric 9
soon 10 "all reach their own gateways" own_gateways
step "and nobody another tenant's" no_foreign_gateway
soon 5 "that was counted" lab_is "6 6 3" strayed
! command -v nft >/dev/null || step "somebody removes the rules" lab_in edge nft delete table inet vbrd
soon 5 "they are back" no_foreign_gateway
soon 5 "the count goes on" goes_on
step "globex accepts" edit "tenant globex accept-peering acme to-shop vpc shop"
soon 10 "it is active" lab_is active life
soon 10 "routes have crossed both ways" crossed
soon 10 "traffic too" reaches shop 192.168.1.1
step "acme's data centre reaches globex's gateway" reaches idc 10.88.0.1 192.168.1.1
step "acme's VPC does not" not reaches host 10.88.0.1
soon 5 "both tenants hear of it" told acme "peering-state tenant=acme instance=peering to-shop the peering connection is now: active"
soon 5 "each in its stream" told globex "peering-state tenant=globex instance=peering to-shop the peering connection is now: active"
step "another spec changes nothing for the routes" edit "tenant acme peering to-shop spec Middle.5"
step "none has left" crossed
soon 10 "it is active again" lab_is active life
step "globex withdraws its consent: no route is left in either table" withdraw
step "the peering waits again" lab_is connecting life
step "traffic does not cross" not reaches shop 192.168.1.1
step "nobody reaches another tenant's gateway" no_foreign_gateway
step "globex rejects it for good" edit "tenant globex reject-peering acme to-shop"
step "acme sees that" lab_is rejected life
step "both at once make no sense" has "is accepted and rejected: delete one" \
	edit "tenant globex accept-peering acme to-shop vpc shop"
step "no consent has come of it" gone

step "a time that is none is refused" has "there is no time 2026-02-31T25:00:00Z" edit "no tenant globex reject-peering acme to-shop" \
	"tenant globex accept-peering acme to-shop vpc shop" \
	"tenant globex accept-peering acme to-shop until 2026-02-31T25:00:00Z"
until=$(date -u -d "+$((8 * slow)) seconds" +%Y-%m-%dT%H:%M:%SZ)
step "globex accepts for a while" edit "no tenant globex reject-peering acme to-shop" \
	"tenant globex accept-peering acme to-shop vpc shop" \
	"tenant globex accept-peering acme to-shop until $until"
step "until when is shown" lab_is "$until" lab_show edge "show peering acme to-shop" "d['peerings'][0]['accepted-until']"
soon 6 "routes cross" crossed
soon 10 "when the time has come they are gone" gone
step "the consent has expired" lab_is expired life
soon 5 "that is an event" told globex "the peering connection is now: expired"
step "vbrd starts again" lab_stop edge-vbrd KILL
step "from what it knows" lab_vbrd_again edge --workers 2
soon 20 "the session comes up" established
step "the consent stays expired" lab_is expired life
step "globex prolongs it" edit "no tenant globex accept-peering acme to-shop until"
soon 10 "routes cross" crossed

step "a second way, as standby" edit "tenant acme vpc dmz cidr 10.90.0.0/16" \
	"tenant acme peering hz-a-dmz initiator vbr hz-a" "tenant acme peering hz-a-dmz acceptor vpc dmz" \
	"tenant acme peering prod-dmz initiator vpc prod" "tenant acme peering prod-dmz acceptor vpc dmz" \
	"tenant acme peering prod-dmz transit true" "tenant acme peering prod-dmz weight 0" \
	"tenant acme peering hz-a-prod transit true"
dmz=$(table vpc dmz)
soon 10 "the direct way has the route" in_kernel "$dmz" 192.168.1.0/24
via() { # interface of dmz's way
	lab_show edge "show route tenant acme vpc dmz ipv4 192.168.1.0/24" "d['routes'][0]['next-hops'][0]['interface']"
}
direct=$(acceptor_end hz-a-dmz)
standby=$(acceptor_end prod-dmz)
soon 10 "the direct one is used" lab_is "$direct" via
step "it is disabled" edit "tenant acme peering hz-a-dmz enabled false"
soon 10 "the standby is used" lab_is "$standby" via
step "it is back" edit "tenant acme peering hz-a-dmz enabled true"
soon 10 "it is used again" lab_is "$direct" via
step "the shorter one becomes the standby" edit "tenant acme peering hz-a-dmz weight 0" "tenant acme peering prod-dmz weight 100"
soon 10 "the longer one is used" lab_is "$standby" via
