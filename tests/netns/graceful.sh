#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Restarts of the other side, with BIRD and FRR: their routes stay in our kernel while they are
# away and traffic flows; what they do not say again goes at their End-of-RIB; for how long they
# stay if they do not come back (RFC 4724, 8538, 9494).
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird frr

# BIRD with long-lived graceful restart, routes in ROUTES4.
long_lived_conf() {
	local how="graceful restart on; graceful restart time $2;"

	how+=" long lived graceful restart on; long lived stale time $3;"
	routes4=$1 bird_conf | sed "s/protocol bgp edge {/& $how/"
}

# -R: it has restarted, and says so.
bird_again() {
	local d=$LAB_DIR/idc-bird

	lab_spawn idc idc-bird bird -R -f -c "$d/bird.conf" -s "$d/ctl" -P "$d/pid"
}

ups() { # how often the session came up
	lab_show edge "show bgp peer" "d['peers'][0]['established-count']"
}

kernel_has() {
	in_kernel "$t" "$1"
}

communities() {
	lab_show edge "show bgp routes tenant acme vbr hz-a peer 10.0.0.2 accepted" \
		"[' '.join(p.get('communities', [])) for r in d['routes'] for p in r['paths'] if r['prefix'] == '$1'][0]"
}

two=192.168.1.0/24\ 198.51.99.0/24
step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(world_conf "graceful-restart long-lived-stale-time 3600")
step "BIRD starts" lab_bird idc < <(long_lived_conf "$two" 30 60)
soon 30 "the session comes up" established
t=$(table vpc prod)
soon 20 "its routes are in the kernel" kernel_has 198.51.99.0/24
soon 10 "the host reaches the data centre" reaches host 192.168.1.1

lab_spawn edge monitor ip -4 monitor route
step "BIRD is killed" lab_stop idc-bird KILL
soon 20 "the session goes down" not established
step "its routes stay" kernel_has 198.51.99.0/24
step "traffic flows" reaches host 192.168.1.1
long_lived_conf 192.168.1.0/24 30 60 >"$LAB_DIR/idc-bird/bird.conf"
step "BIRD starts again, with one route less" bird_again
soon 40 "the session comes up" established
soon 20 "which goes at its End-of-RIB" not kernel_has 198.51.99.0/24
step "the other one is there" kernel_has 192.168.1.0/24
lab_stop monitor
step "and was never away" not grep -q "Deleted 192.168.1.0/24" "$LAB_DIR/log/monitor"

n=$(ups)
step "BIRD says that it is back within a second or not at all" \
	eval 'long_lived_conf 192.168.1.0/24 1 10 >"$LAB_DIR/idc-bird/bird.conf"; lab_birdc idc-bird configure'
soon 40 "the session comes up anew" eval '[ "$(ups)" -gt "$n" ] && established'
soon 10 "its route is there" kernel_has 192.168.1.0/24
step "BIRD is killed" lab_stop idc-bird KILL
soon 10 "its route is long-lived stale" has 65535:6 communities 192.168.1.0/24
step "and still in the kernel" kernel_has 192.168.1.0/24
step "traffic flows" reaches host 192.168.1.1
soon 30 "until that time is over, too" not kernel_has 192.168.1.0/24

frr_conf() {
	cat <<-X
	router bgp 65001
	 bgp router-id 10.0.0.2
	 no bgp ebgp-requires-policy
	 no bgp network import-check
	 bgp graceful-restart
	 bgp graceful-restart preserve-fw-state
	 bgp graceful-restart notification
	 bgp graceful-restart restart-time 60
	 neighbor 10.0.0.1 remote-as 45104
	 neighbor 10.0.0.1 timers 3 9
	 neighbor 10.0.0.1 timers connect 1
	 address-family ipv4 unicast
	$(printf '  network %s\n' $1)
	X
}

step "FRR starts" lab_frr idc < <(frr_conf "$two")
soon 60 "the session comes up" established
soon 20 "its routes are in the kernel" kernel_has 198.51.99.0/24
lab_spawn edge monitor2 ip -4 monitor route
step "FRR is killed" lab_stop idc-bgpd KILL
lab_stop idc-zebra
soon 20 "the session goes down" not established
step "its routes stay" kernel_has 198.51.99.0/24
step "FRR starts again, with one route less" lab_frr idc < <(frr_conf 192.168.1.0/24)
soon 60 "the session comes up" established
soon 30 "which goes at its End-of-RIB" not kernel_has 198.51.99.0/24
step "the other one is there" kernel_has 192.168.1.0/24
frr_has_ours() {
	lab_vtysh idc "show bgp ipv4 unicast 203.0.114.0/24" | grep -q 45104
}

soon 10 "FRR has our route" frr_has_ours
step "vbrd is killed" lab_stop edge-vbrd KILL
soon 10 "FRR sees it" lacks Established lab_vtysh idc "show bgp neighbors 10.0.0.1"
step "and keeps our route" frr_has_ours
step "we keep its" kernel_has 192.168.1.0/24
step "traffic flows" reaches host 192.168.1.1
step "vbrd starts again" lab_vbrd_again edge
soon 60 "the session comes up" established
sleep 3
step "FRR has our route still" frr_has_ours
step "and we have its" kernel_has 192.168.1.0/24
lab_stop monitor2
step "which was never away" not grep -q "Deleted 192.168.1.0/24" "$LAB_DIR/log/monitor2"

step "FRR clears the session: with the N bit that is a hard reset" lab_vtysh idc "clear bgp 10.0.0.1"
soon 10 "as we see" has "hard reset" lab_show edge "show bgp peer" "d['peers'][0]['last-error']"
soon 40 "the session comes up" established
