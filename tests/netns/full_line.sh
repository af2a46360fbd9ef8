#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A customer sends twenty times what he has bought, both ways and for longer than the hold time: his
# data is lost, but no BGP or BFD session is, nor a neighbour entry that has to be asked for anew.
# builds: asan
. "$(dirname "$0")/lib.sh"
need bird

conf() {
	world_conf "bfd true" | sed '/vlan-id 0/a \  bandwidth 2\n  bfd min-tx 300\n  bfd min-rx 300\n  bfd multiplier 10
		/^ peering/i\   peer fd00:f::2\n    peer-as 65001\n    connect-retry 1\n    hold-time 9\n    keepalive 3\n    bfd true'
}

idc_conf() {
	bird_conf | sed 's/^} protocol bgp edge {/& bfd on;/'
	cat <<-X
	protocol bfd { interface "wan" { min rx interval 300 ms; min tx interval 300 ms; multiplier 10; }; }
	protocol bgp e6 { local as 65001; neighbor fd00:f::1 as 45104; hold time 9; keepalive time 3; bfd on;
	connect delay time 1; connect retry time 1; error wait time 1, 2;
	ipv6 { import all; export where source = RTS_STATIC; }; }
	X
}

# flood X SOURCE TARGET: 40 Mbit/s, until it is stopped. Small packets fill what long ones leave of
# the queue, else sessions, whose packets are small too, would find room there.
flood() {
	lab_spawn "$1" "flood-$1" "$LAB_PYTHON" -c '
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 0))
s.connect((sys.argv[2], 9))
n, begin = 0, time.monotonic()
while n < 200000:
    try:
        s.send(bytes(1000 if n % 4 else 1))
    except OSError:
        pass
    n += 1
    if n % 50 == 0:
        time.sleep(max(0, begin + n / 6500 - time.monotonic()))' "$2" "$3"
}

all_up() {
	[ "$(lab_show edge "show bfd" "len(d['sessions']) == 2 and all(s['state'] == 'up' for s in d['sessions'])")" = true ] &&
		established 10.0.0.2 && established fd00:f::2
}

flaps() {
	lab_show edge "show bfd" "sum(s['flaps'] for s in d['sessions'])"
}

dropped() { # DEVICE: of what is not control
	lab_in edge tc -s -j qdisc show dev "$1" | lab_json "[q['drops'] for q in d if q.get('parent') == '5643:3'][0]"
}

grows() { # THAN DEVICE
	[ "$(dropped "$2")" -gt $(($1 + 1000)) ]
}

resolved() { # both, after both ends have forgotten them
	local a

	for a in 10.0.0.2 fd00:f::2; do
		lab_in edge ip neigh show "$a" dev port-1 | grep -q lladdr || return 1
	done
	for a in 10.0.0.1 fd00:f::1; do
		lab_in idc ip neigh show "$a" dev wan | grep -q lladdr || return 1
	done
}

# On a busy line entries are back while they are flushed: ip tries ten rounds and calls that a
# failure; then all are new nevertheless.
forget() {
	lab_in edge ip neigh flush dev port-1
	lab_in idc ip neigh flush dev wan
	return 0
}

step "the world" world
step "vbrd starts" lab_vbrd edge < <(conf)
step "BIRD starts" lab_bird idc < <(idc_conf)
soon 30 "all sessions are up" all_up
soon 10 "traffic flows" reaches host 192.168.1.1
in=$(lab_in edge ip -br link show type ifb | grep -o '^vi[^ ]*')
lost=$(sessions_lost) flaps=$(flaps)
flood idc 192.168.1.1 172.16.0.10
flood host 172.16.0.10 192.168.1.1
soon 10 "the line is full to the data centre" grows 0 port-1
soon 10 "and from there" grows 0 "$in"
begin=$SECONDS
for i in 1 2 3; do
	step "both ends forget their neighbours" forget
	soon 5 "they find each other again" resolved
	sleep 4
done
step "that is longer than the hold time" [ $((SECONDS - begin)) -gt 9 ]
out=$(dropped port-1) into=$(dropped "$in")
soon 10 "the line is still full" grows "$out" port-1
soon 10 "from there too" grows "$into" "$in"
step "no BGP session was lost" lab_is "$lost" sessions_lost
step "no BFD session has flapped" lab_is "$flaps" flaps
step "all are up" all_up
