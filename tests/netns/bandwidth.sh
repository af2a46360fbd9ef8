#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bandwidth of a VBR and spec of a peering connection: TCP carries what was bought, within 5 %, in
# both directions, from 2 Mbit/s up; a full line answers soon; another spec costs no packet; what
# somebody takes away comes back.
# builds: plain
. "$(dirname "$0")/lib.sh"
command -v iperf3 >/dev/null || skip "iperf3 is not installed"

conf() {
	cat <<-X
	physical-connection pc-1
	 interface port-1
	!
	tenant acme
	 vpc prod
	  cidr 172.16.0.0/16
	  interface vpc-prod
	   address 172.16.0.1/24
	 vbr hz-a
	  physical-connection pc-1
	  vlan-id 0
	  bandwidth 10
	  ipv4 local-gateway 10.0.0.1
	  ipv4 peer-gateway 10.0.0.2
	  ipv4 prefix-length 30
	  static-route 192.168.1.1/32
	   next-hop 10.0.0.2
	 peering hz-a-prod
	  initiator vbr hz-a
	  acceptor vpc prod
	  spec Small.2
	!
	X
}

# run SECONDS [-R]: Mbit/s from the data centre to the host, or back.
run() {
	lab_in idc iperf3 -J -B 192.168.1.1 -c 172.16.0.10 -t "$@" |
		lab_json "d['end']['sum_received']['bits_per_second'] / 1e6"
}

# carries MBITS [-R]: within 5 %, in the best of four short runs: other work slows, nothing speeds up.
carries() {
	local want=$1 got i

	shift
	for i in 1 2 3 4; do
		got=$(run $i "$@") || continue
		echo "run $i: $got Mbit/s"
		awk -v g="$got" -v w="$want" 'BEGIN { exit !(g > w * 0.95 && g < w * 1.05) }' && return
		awk -v g="$got" -v w="$want" 'BEGIN { exit !(g > w * 1.3) }' && return 1
	done
	return 1
}

# full_line_ms [-R]: milliseconds that the slowest of some echoes takes while the line is full.
full_line_ms() {
	run 2 "$@" >/dev/null &
	sleep 0.5
	lab_in idc ping -n -q -c 10 -i 0.1 -I 192.168.1.1 172.16.0.10 |
		sed -n 's,.*= [0-9.]*/[0-9.]*/\([0-9]*\).*,\1,p'
	wait
}

answers_soon() {
	local i ms

	for i in 1 2 3; do
		ms=$(full_line_ms "$@")
		echo "$ms ms"
		[ "${ms:-9999}" -lt 150 ] && return
	done
	return 1
}

shaped() { # DEVICE BITS, as bought: a shaper has 3 % more
	lab_in edge tc qdisc show dev "$1" root | grep -q "tbf 5642: .*rate $2 "
}

step "namespaces" lab_ns edge idc host
step "forwarding" lab_router edge idc
step "the line" lab_link edge port-1 idc wan
step "the VPC's host" lab_link edge vpc-prod host eth0
step "addresses" eval 'lab_addr idc wan 10.0.0.2/30 && lab_addr idc lo 192.168.1.1/32 &&
	lab_addr host eth0 172.16.0.10/24'
step "routes" eval 'lab_route host default via 172.16.0.1 && lab_route idc 172.16.0.0/16 via 10.0.0.1'
step "vbrd starts" lab_vbrd edge < <(conf)
soon 10 "traffic flows" reaches idc 172.16.0.10 192.168.1.1
soon 5 "what leaves is shaped" shaped port-1 10300Kbit
in=$(lab_in edge ip -br link show type ifb | grep -o '^vi[^ ]*')
soon 5 "so is what arrives" shaped "$in" 10300Kbit
lab_spawn host iperf iperf3 -s
soon 5 "iperf3 listens" run 1

step "10 Mbit/s to the cloud" carries 10
step "10 Mbit/s to the data centre" carries 10 -R
step "a full line answers soon" answers_soon
step "from the other side too" answers_soon -R

# The flood's own packets are far below any of the rates.
lab_in idc ping -n -q -i 0.01 -s 200 -I 192.168.1.1 172.16.0.10 >"$LAB_DIR/ping" &
for b in 20 50 5 100 20 10 2 20; do
	step "the VBR gets $b Mbit/s" edit "tenant acme vbr hz-a bandwidth $b"
done
for b in Middle.1 Small.1 Mini.2; do
	step "the peering connection is $b" edit "tenant acme peering hz-a-prod spec $b"
done
ip netns pids "$LAB_NAME-idc" | while read -r p; do
	[ "$(cat /proc/"$p"/comm)" != ping ] || kill -INT "$p"
done
wait
step "no packet was lost" grep -q ' 0% packet loss' "$LAB_DIR/ping"

limit() { # of the path
	lab_show edge "show peering" "'%s %s' % (d['peerings'][0]['effective-bandwidth'], d['peerings'][0]['limited-by'])"
}
step "what limits the path is named" lab_is "2 peering hz-a-prod" limit
step "2 Mbit/s of the peering connection to the cloud" carries 2
step "and back" carries 2 -R
step "what found its queues full is counted" lab_show edge "show peering" \
	"d['peerings'][0]['dropped-forward'] > 0 < d['peerings'][0]['dropped-reverse'] or d['none']"
step "the VBR gets 100 Mbit/s and the peering connection more" edit \
	"tenant acme vbr hz-a bandwidth 100" "tenant acme peering hz-a-prod spec Middle.2"
step "another object limits now" lab_is "100 vbr hz-a" limit
step "100 Mbit/s to the cloud" carries 100
step "100 Mbit/s to the data centre" carries 100 -R

step "somebody removes the detour" lab_in edge tc qdisc del dev port-1 clsact
soon 10 "it comes back" has "Redirect to device $in" lab_in edge tc filter show dev port-1 ingress
step "somebody deletes its device" lab_in edge ip link del "$in"
soon 10 "it comes back" eval 'shaped "$in" 103Mbit &&
	has "Redirect to device $in" lab_in edge tc filter show dev port-1 ingress'
step "vbrd is killed" lab_stop edge-vbrd KILL
step "and starts again" lab_vbrd_again edge
soon 10 "traffic flows" reaches idc 172.16.0.10 192.168.1.1
step "bandwidth without limit" edit "no tenant acme vbr hz-a bandwidth"
soon 10 "no shaper stays" eval '! lab_in edge tc qdisc show dev port-1 | grep -E "tbf|clsact" &&
	! lab_in edge ip link show "$in"'
soon 5 "traffic flows" reaches idc 172.16.0.10 192.168.1.1
