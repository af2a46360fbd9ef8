#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A VBR is terminated and recovered: traffic leaves it before it goes down and none is lost, it stays
# down through commits and a restart, and comes back as it was.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/netns/pair.inc
. "$VBRD_SRCDIR/tests/netns/pair.inc"
need bird

life() { # [VBR]
	lab_show edge "show vbr acme ${1:-hz-a}" "d['vbrs'][0]['life']"
}

ordered() { # WORDS: of hz-a
	sh "request tenant acme vbr hz-a $1"
}

step "namespaces and links" pair_world
step "vbrd starts" lab_vbrd edge < <(pair_conf "spec Large.1")
step "router a" pair_router a
step "router b, which says that it is the farther one" pair_router b "bgp_path.prepend(65001);"
step "its way back is b's" lab_route site default via 192.168.102.1
soon 30 "both sessions come up" pair_up
step "b is a standby" edit "tenant acme peering hz-b-prod weight 0"
a=$(acceptor_end hz-a-prod)
b=$(acceptor_end hz-b-prod)
soon 10 "the way is a's" lab_is "$a" pair_ways
soon 10 "the host reaches the data centre" reaches host 192.168.1.1
step "both are active" lab_is "active active" eval 'echo "$(life hz-a) $(life hz-b)"'
step "there is nothing to recover" has "there is nothing to recover" code 1 ordered recover

lab_spawn host ping ping -n -i 0.05 -W 2 192.168.1.1
lab_spawn a keeps-it-busy ping -n -q -i 0.1 -s 1400 10.0.1.1
sleep 1
step "a is terminated" ordered "terminate drain 40"
step "it is drained first" lab_is terminating life
soon 5 "its router is told" has "(65535,0)" lab_birdc a-bird show route all 172.16.0.0/16
soon 10 "traffic goes by b" lab_is "$b" pair_ways
step "the session is still there" established 10.0.1.2
lab_stop keeps-it-busy INT
soon 38 "when the traffic has left it is terminated" lab_is terminated life
soon 5 "the session has ended" not established 10.0.1.2
step "the neighbour has read why" lab_is "VBR hz-a: terminated" \
	lab_show edge "show bgp peer tenant acme vbr hz-a" "d['peers'][0]['shutdown-text-sent']"
soon 5 "its device is down" lacks "state UP" lab_in edge ip link show port-1
lab_stop ping INT
step "not a packet was lost" has " 0% packet loss" cat "$LAB_DIR/log/ping"

step "another commit does not wake it" edit "tenant acme vbr hz-a mtu 1400"
step "nor does a rollback" sh configure "rollback 1" commit
step "it stays terminated" lab_is terminated life
step "explain says why" has "out of service: it was terminated by request" \
	sh "explain tenant acme vbr hz-a 192.168.1.0/24"
step "vbrd is killed" lab_stop edge-vbrd KILL
step "and starts again" lab_vbrd_again edge
soon 30 "the other session comes up" established 10.0.2.2
step "it is still terminated" lab_is terminated life
step "its port down" lacks "state UP" lab_in edge ip link show port-1
step "it recovers" ordered recover
soon 10 "it is active" lab_is active life
soon 30 "both sessions are up" pair_up
soon 10 "the way is a's" lab_is "$a" pair_ways

lab_spawn a keeps-it-busy ping -n -q -i 0.1 -s 1400 10.0.1.1
step "it is to be drained for long" ordered "terminate drain 3000"
step "less long" ordered "terminate drain 600"
step "and says so" lab_is True lab_show edge "show vbr acme hz-a" "str(d['vbrs'][0]['drain-left'] <= 600)"
step "now, if that is wanted" ordered "terminate drain 0"
step "and it is terminated" lab_is terminated life
lab_stop keeps-it-busy INT
step "it is deleted" edit "no tenant acme peering hz-a-prod" "no tenant acme vbr hz-a"
step "and made again" sh configure "rollback 1" commit
step "a new one is not terminated" lab_is active life
soon 30 "both sessions are up" pair_up
