#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Traffic queues: rules put packets of each kind into their queue, High goes first, Medium has its
# share and lends what it does not use, the DSCP is rewritten, and BGP goes before all of them.
# What somebody takes away comes back; the next run adopts it; a policy that goes leaves nothing.
# builds: plain
. "$(dirname "$0")/lib.sh"
need bird
command -v iperf3 >/dev/null || skip "iperf3 is not installed"

policy="tenant acme qos-policy p"
conf() {
	world_conf | sed '/vlan-id 0/a \  bandwidth 10\n  qos-policy p\n  static-route fd00:1::/48\n   next-hop fd00:f::2' | sed '/^tenant acme/r '<(
		cat <<-X
		 qos-policy p
		  queue gold
		   type high
		  queue silver
		   type medium
		   bandwidth-percent 75
		  rule 100
		   protocol tcp
		   source-port 5201
		   queue gold
		   set-dscp 46
		  rule 90
		   protocol tcp
		   source-port 5202
		   queue silver
		  rule 80
		   protocol icmpv6
		   destination fd00:1::1/128
		   queue silver
		  rule 70
		   protocol all
		   destination 192.168.1.1/32
		   dscp 10
		   queue silver
		  rule 60
		   protocol ssh
		   queue gold
		X
	)
}

sent() { # QUEUE [FIELD]
	lab_show edge "show qos tenant acme vbr hz-a" \
		"[q['${2:-packets}'] for q in d['queues'] if q['queue'] == '$1'][0]"
}

# grows QUEUE COMMAND...: some packets of the command are sent from that queue.
grows() {
	local q=$1 before

	before=$(sent "$q") && shift && "$@" >/dev/null && [ "$(sent "$q")" -ge $((before + 3)) ]
}

# run PORT SECONDS: Mbit/s from the host to the data centre.
run() {
	lab_in idc iperf3 -J -R -B 192.168.1.1 -c 172.16.0.10 -p "$1" -t "$2" |
		lab_json "d['end']['sum_received']['bits_per_second'] / 1e6"
}

# rewritten PORT DSCP: of a transfer from that port a packet with it arrives.
rewritten() {
	local ret

	run "$1" 2 &
	lab_in idc timeout 5 "$LAB_PYTHON" -c "
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x800))
s.bind(('wan', 0x800))
while True:
    p = s.recv(2048)
    if p[9] == 6 and p[20:22] == ($1).to_bytes(2, 'big') and p[1] >> 2 == $2:
        break
"
	ret=$?
	wait
	return $ret
}

# two PORT SECONDS PORT SECONDS: both at a time, the second starts when the first is under way.
two() {
	run "$1" "$2" >"$LAB_DIR/first" &
	sleep 0.5
	run "$3" "$4" >"$LAB_DIR/second"
	wait
	paste -d' ' "$LAB_DIR/first" "$LAB_DIR/second"
}

# meets CONDITION COMMAND...: of the two figures it prints, in awk's words; other work disturbs.
meets() {
	local condition=$1 i

	shift
	for i in 1 2 3; do
		"$@" | tee "$LAB_DIR/figures"
		awk "{ exit !($condition) }" "$LAB_DIR/figures" && return
	done
	return 1
}

step "the world" world
step "the data centre knows the way" eval 'lab_route idc 172.16.0.0/16 via 10.0.0.1 &&
	lab_route idc fd00:16::/48 via fd00:f::1'
step "vbrd starts" lab_vbrd edge < <(conf)
step "BIRD starts" lab_bird idc < <(bird_conf)
soon 20 "the session comes up" established
soon 10 "traffic flows" reaches idc 172.16.0.10 192.168.1.1
soon 10 "traffic flows over IPv6" reaches host fd00:1::1
soon 5 "the policy is in the kernel" eval '[ "$(sent gold error)" = "" ]'
for p in 5201 5202 5203; do
	lab_spawn host "iperf-$p" iperf3 -s -p $p
done
soon 5 "iperf3 listens" run 5203 1

step "BGP has its own queue" eval '[ "$(sent control)" -gt 3 ]'
step "other traffic is in the default queue" grows default reaches host 192.168.1.1
step "a rule matches protocol and address" grows silver reaches host fd00:1::1
step "a rule matches the DSCP" grows silver lab_in host ping -n -q -c 5 -i 0.1 -Q 40 192.168.1.1
step "a rule matches a port" grows gold run 5201 1
soon 30 "the DSCP is rewritten" rewritten 5201 46
step "High goes first" meets '$2 > 9 && $1 < 7' two 5203 5 5201 3
step "Medium has three quarters, Default one" meets '$2 > 6.4 && $2 < 8.6' two 5203 6 5202 4
step "an idle share is lent" meets '$1 > 9.4' run 5203 2

lab_in idc ping -n -q -i 0.01 -I 192.168.1.1 172.16.0.10 >"$LAB_DIR/ping" &
step "other shares" edit "$policy queue silver bandwidth-percent 40"
step "another rule" edit "$policy rule 50 protocol udp" "$policy rule 50 queue silver"
step "another bandwidth" edit "tenant acme vbr hz-a bandwidth 20"
ip netns pids "$LAB_NAME-idc" | while read -r p; do
	[ "$(cat /proc/"$p"/comm)" != ping ] || kill -INT "$p"
done
wait
soon 5 "the new rules are in the kernel" eval '[ "$(sent gold error)" = "" ]'
step "the new rule matches" grows silver lab_in host python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(9):
    s.sendto(b'x', ('192.168.1.1', 9))"
step "no packet was lost" grep -q ' 0% packet loss' "$LAB_DIR/ping"

step "vbrd is killed" lab_stop edge-vbrd KILL
step "and starts again" lab_vbrd_again edge
soon 30 "the session comes up" established
soon 10 "rules still match" grows silver reaches host fd00:1::1
step "rules that can never match are refused" code 5 sh configure \
	"$policy rule 7 protocol icmp" "$policy rule 7 destination fd00::/8" "commit check"
step "so is a second High queue" code 5 sh configure "$policy queue q type high" "commit check"
step "and too many shares" code 5 sh configure "$policy queue q type medium" \
	"$policy queue q bandwidth-percent 61" "commit check"
step "and a policy without bandwidth" code 5 sh configure \
	"no tenant acme vbr hz-a bandwidth" "commit check"
step "the policy is taken away" edit "no tenant acme vbr hz-a qos-policy"
soon 10 "its queues are gone" lacks gold sh "show qos"
step "the default queue is not" has default sh "show qos"
