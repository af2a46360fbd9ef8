#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# kill -9 and start again: routes stay in the kernel, traffic flows all the while, what is
# relearned is not rewritten, what is not is swept.
# builds: plain asan tsan
. "$(dirname "$0")/lib.sh"
need bird

prefixes() { # HOW MANY
	"$LAB_PYTHON" -c '
import sys
for i in range(int(sys.argv[1])):
    print("198.%d.%d.%d/30" % (32 + i // 16384, i // 64 % 256, i % 64 * 4))' "$1"
}

# reload PREFIXES: what BIRD announces from now on.
reload() {
	routes4="192.168.1.0/24 198.51.99.0/24 $1" bird_conf >"$LAB_DIR/idc-bird/bird.conf"
	lab_birdc idc-bird configure | grep -q Reconfigured
}

kernel_count() {
	lab_in edge ip -4 route show table "$t" proto bgp | grep -c '^198\.3'
}


step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(world_conf "route-limit maximum 100000")
step "BIRD starts" lab_bird idc < <(routes4="192.168.1.0/24 198.51.99.0/24 $(prefixes 2000)" bird_conf)
soon 30 "the session comes up" established
t=$(table vpc prod)
soon 20 "its routes are in the kernel" lab_is 2000 kernel_count
soon 10 "the host reaches the data centre" reaches host 192.168.1.1

lab_spawn host ping ping -n -i 0.05 -W 1 192.168.1.1
lab_spawn edge monitor ip -4 monitor route
sleep 1
step "vbrd is killed" lab_stop edge-vbrd KILL
step "the routes stay in the kernel" lab_is 2000 kernel_count
step "and traffic flows" reaches host 192.168.1.1
step "BIRD keeps ours" has 10.0.0.1 lab_birdc idc-bird show route 203.0.114.0/24
soon 20 "the peer sees the session down" not has Established lab_birdc idc-bird show protocols edge
step "100 routes go while nobody looks" reload "$(prefixes 1900)"
step "traffic still flows" reaches host 192.168.1.1
step "vbrd starts again" lab_vbrd_again edge
soon 30 "the session comes up" established
soon 30 "the 100 are swept" lab_is 1900 kernel_count
soon 10 "also from the VBR's table" lab_is 200 grep -c '^Deleted 198\.3' "$LAB_DIR/log/monitor"
step "BIRD has ours, fresh" has 10.0.0.1 lab_birdc idc-bird show route 203.0.114.0/24
sleep 1
step "traffic flows" reaches host 192.168.1.1
lab_stop monitor
lab_stop ping INT
step "no ping was lost" has " 0% packet loss" tail -n 3 "$LAB_DIR/log/ping"
grep -E '^(Deleted )?198\.3' "$LAB_DIR/log/monitor" >"$LAB_DIR/changes"
step "only stale routes were touched, in both tables" lab_is "200 200" \
	awk '{ if ($1 == "Deleted") d++; n++ } END { print d + 0, n + 0 }' "$LAB_DIR/changes"
step "the host's route was not" not grep -q '192.168.1.0/24' "$LAB_DIR/log/monitor"

# A port that left in the meantime, a route that somebody took away.
step "vbrd is killed again" lab_stop edge-vbrd KILL
step "somebody deletes a route" lab_in edge ip route del 198.51.99.0/24 table "$t"
step "vbrd starts again" lab_vbrd_again edge
soon 30 "the session comes up" established
soon 20 "the route is repaired" in_kernel "$t" 198.51.99.0/24
step "an orderly stop" lab_stop edge-vbrd TERM
step "leaves the routes as well" lab_is 1900 kernel_count
step "vbrd starts a third time" lab_vbrd_again edge
soon 30 "the session comes up" established
step "shutdown withdraw" sh "shutdown withdraw"
soon 10 "vbrd is gone" not lab_alive edge-vbrd
step "and its routes with it" not in_kernel "$t" 192.168.1.0/24
step "and its rules" lacks "proto bgp" lab_in edge ip rule
step "and its links" lacks "alias vbrd:" lab_in edge ip link
