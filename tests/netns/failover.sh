#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A VPC behind two VBRs: one data centre router dies and traffic moves to the other; weights by
# bandwidth of the peering; a peering's spec limits the throughput.
# builds: plain
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/netns/pair.inc
. "$VBRD_SRCDIR/tests/netns/pair.inc"
need bird
command -v iperf3 >/dev/null || skip "iperf3 is not installed"

hold=3 keepalive=1

mbps() { # SECONDS: throughput from the host to the data centre
	lab_in host iperf3 -J -t "$1" -c 192.168.1.1 | lab_json "round(d['end']['sum_received']['bits_per_second'] / 1e6, 1)"
}

between() { # LOW HIGH COMMAND...
	local low=$1 high=$2 v

	shift 2
	v=$("$@") && echo "measured $v" && "$LAB_PYTHON" -c "exit(not $low <= $v <= $high)"
}

step "namespaces and links" pair_world
step "vbrd starts" lab_vbrd edge < <(pair_conf "spec Large.1")
step "router a" pair_router a
step "router b" pair_router b
step "its way back" ip -n "$LAB_NAME-site" route add default nexthop via 192.168.101.1 nexthop via 192.168.102.1
soon 30 "both sessions come up" pair_up
soon 10 "both paths are used" lab_is 2 pair_count
soon 10 "the host reaches the data centre" reaches host 192.168.1.1

lab_spawn host ping ping -n -i 0.02 -W 1 192.168.1.1
sleep 1
step "router a dies" lab_stop a-bird KILL
soon 10 "one path is left" lab_is 1 pair_count
step "its default goes the other way" ip -n "$LAB_NAME-site" route replace default via 192.168.102.1
step "traffic flows by the other" reaches host 192.168.1.1
lab_stop ping INT
step "the ways of a path that failed are not used" reaches host 192.168.1.1
step "router a is back" lab_bird_again a
soon 30 "both sessions are up" pair_up
soon 10 "both paths are used again" lab_is 2 pair_count
step "line 2 is cut" ip -n "$LAB_NAME-b" link set wan down
soon 5 "one path is left" lab_is 1 pair_count
step "the way back" ip -n "$LAB_NAME-site" route replace default via 192.168.101.1
soon 10 "traffic flows" reaches host 192.168.1.1

step "one peering alone" edit "tenant acme peering hz-b-prod enabled false"
lab_spawn site iperf iperf3 -s
sleep 0.5
soon 10 "a Large.1 peering is fast" between 50 100000 mbps 1
step "the spec becomes Mini.5" edit "tenant acme peering hz-a-prod spec Mini.5"
sleep 0.5
soon 20 "it limits to about 5 Mbit/s" between 2 8 mbps 5
step "the spec becomes Large.1 again" edit "tenant acme peering hz-a-prod spec Large.1"
sleep 0.5
soon 10 "it is fast again" between 50 100000 mbps 1
step "the bytes were counted" lab_json "[p['bytes-reverse'] + p['bytes-forward'] for p in d['peerings'] if p['name'] == 'hz-a-prod'][0] > 1000000 or d['none']" < <(sh "show peering json")
