#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Traffic that leaves by one VBR and returns by another is found by samples, named with its prefix
# and with what to do, and it is told when that begins and when it ends.
# builds: asan
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/netns/pair.inc
. "$VBRD_SRCDIR/tests/netns/pair.inc"
need bird

conf() {
	pair_conf
	printf 'tenant acme\n asymmetry-detection sample 1\n asymmetry-detection interval 1\n!\n'
}

found() {
	lab_show edge "show tenant acme asymmetry" "' '.join('%s %s %s %s %d' % (a['prefix'], a['vpc'],
		a['out-vbr'], a['in-vbr'], a['share']) for a in d['asymmetries'])"
}

told() { # EVENT TEXT
	grep -F -- "$1 tenant=acme instance=vpc prod prefix=192.168.1.0/24" "$LAB_DIR/events" |
		grep -qF -- "$2"
}

step "namespaces and links" pair_world
step "vbrd starts" lab_vbrd edge < <(conf)
step "router a" pair_router a
step "router b, which says that it is the farther one" pair_router b \
	"bgp_path.prepend(65001); bgp_path.prepend(65001);"
step "the site answers by b" lab_route site default via 192.168.102.1
soon 30 "both sessions come up" pair_up
lab_sh edge -c "monitor events tenant acme" >"$LAB_DIR/events" 2>&1 &
lab_spawn host ping ping -n -q -i 0.02 192.168.1.1
soon 20 "it is found: the prefix as announced, where it leaves and returns" \
	lab_is "192.168.1.0/24 prod hz-a hz-b 100" found
step "people read what to do" has "to leave by hz-b: set local-preference above that of hz-a for 192.168.1.0/24" \
	sh "show tenant acme asymmetry"
soon 5 "it was told" told asymmetry-began \
	"traffic is asymmetric: leaves by hz-a, returns by hz-b (100 % of the bytes)"
step "as is advised, hz-b becomes the better way" edit \
	"tenant acme policy route-map better term 1 action permit" \
	"tenant acme policy route-map better term 1 set local-preference 200" \
	"tenant acme vbr hz-b bgp peer 10.0.2.2 import-policy better"
soon 20 "it has ended" lab_is "" found
soon 5 "that was told, too" told asymmetry-ended \
	"leaves by hz-a, returns by hz-b ("
step "the policy is taken back" edit "no tenant acme vbr hz-b bgp peer 10.0.2.2 import-policy"
soon 20 "it is found again" lab_is "192.168.1.0/24 prod hz-a hz-b 100" found
step "hz-b becomes a standby, whose local preference nobody asks for" edit "tenant acme peering hz-b-prod weight 0"
soon 20 "so another thing is advised" has "to leave by hz-b: give peering hz-b-prod, which is standby, a weight above 0" \
	sh "show tenant acme asymmetry"
step "as the secondary of a group" edit "tenant acme peering hz-b-prod weight 100" \
	"tenant acme failover-group hz primary hz-a" "tenant acme failover-group hz secondary hz-b"
soon 20 "it is to become the primary" has "to leave by hz-b: make it the primary of failover-group hz" \
	sh "show tenant acme asymmetry"
step "as is advised" edit "tenant acme failover-group hz primary hz-b" "tenant acme failover-group hz secondary hz-a"
soon 20 "it has ended" lab_is "" found
step "the detector is switched off" edit "no tenant acme asymmetry-detection"
step "and says so" has "tenant acme is not sampled" sh "show tenant acme asymmetry"
step "no socket is left" lab_is 0 eval "lab_in edge cat /proc/net/packet | tail -n +2 | wc -l"

# Who may not look says so, and is not taken for somebody who sees no asymmetry.
blind() {
	local d=$LAB_DIR/edge-vbrd

	lab_stop edge-vbrd TERM 20
	lab_spawn edge edge-vbrd setpriv --bounding-set=-net_raw --inh-caps=-net_raw \
		"$(lab_program vbrd)" -c "$d/vbrd.conf" --replace --state-dir "$d/state" --run-dir "$d/run"
	lab_wait "${LAB_START_S:-20}" "edge-vbrd answers" lab_vbrd_ready edge
}
step "vbrd starts without the right to see packets" blind
soon 10 "which show tells of each VBR" lab_is "hz-a Operation not permitted, hz-b Operation not permitted" \
	lab_show edge "show tenant acme asymmetry" \
	"', '.join(n['vbr'] + ' ' + n['reason'] for n in d['not-sampled'])"
step "people read it" has "Operation not permitted" sh "show tenant acme asymmetry"
