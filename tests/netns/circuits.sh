#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One VBR on two lines, each with a router of the data centre: both carry, both are counted and
# shaped, and show vbr has both. A line that is locked, cut, or changed takes its own circuit down, or
# nothing, and leaves the other one's session alone; the VBR stays up while one of them lives. A
# failover drill of one of its lines takes that line and no more.
# builds: asan
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pair.inc"
# shellcheck source=tests/netns/sources.inc
. "$(dirname "$0")/sources.inc"
need bird

more="tenant acme vbr hz-a additional-connection pc-2"

conf() {
	cat <<-X
	system router-id 10.255.0.1
	metering interval 1
	physical-connection pc-2
	 interface port-2
	 circuit-code HZ-0815
	!
	tenant acme
	 vpc prod
	  cidr 172.16.0.0/16
	  interface vpc-prod
	   address 172.16.0.1/24
	!
	X
	pair_vbr hz-a 1 "health-check source 172.16.255.1" "health-check target 192.168.1.1" \
		"health-check observe true" | sed 's/^  vlan-id 0$/&\n  bandwidth 100/'
	cat <<-X
	tenant acme
	 vbr hz-a
	  additional-connection pc-2
	   vlan-id 0
	   bandwidth 50
	   ipv4 local-gateway 10.0.2.1
	   ipv4 peer-gateway 10.0.2.2
	   ipv4 prefix-length 30
	  static-route 192.168.7.0/24
	   next-hop 10.0.1.2
	   next-hop 10.0.2.2
	  static-route 192.168.8.0/24
	   next-hop 10.0.1.2
	  bgp
	   peer 10.0.2.2
	    peer-as 65001
	    connect-retry 1
	    hold-time 9
	    keepalive 3
	!
	X
	standby_conf
}

# The partner of hz-a in a failover group, on a line of its own.
standby_conf() {
	cat <<-X
	physical-connection pc-3
	 interface port-3
	!
	tenant acme
	 vbr hz-b
	  physical-connection pc-3
	  vlan-id 0
	  ipv4 local-gateway 10.0.3.1
	  ipv4 peer-gateway 10.0.3.2
	  ipv4 prefix-length 30
	  static-route 192.168.1.0/24
	   next-hop 10.0.3.2
	  static-route 192.168.7.0/24
	   next-hop 10.0.3.2
	 peering hz-b-prod
	  initiator vbr hz-b
	  acceptor vpc prod
	 failover-group hz
	  primary hz-a
	  secondary hz-b
	!
	X
}

standby_line() { # to router b
	lab_link edge port-3 b wan3 && lab_addr b wan3 10.0.3.2/30
}

drill() { # EXPRESSION over the newest drill d
	lab_show edge "show failover-group acme hz drills" "(lambda d: $1)(d['drills'][0])"
}

waits() { # for longer than things need to settle, 2.5 s, at 20 probes a second
	local sent

	[ "$(drill "d['state']")" = returning ] && sent=$(drill "d['probes-sent']") &&
		lab_wait 20 "more probes" more_than "$sent" && [ "$(drill "d['state']")" = returning ]
}

more_than() {
	[ "$(drill "d['probes-sent']")" -gt $(($1 + 70)) ]
}

verdict() {
	drill "' '.join([d['state'], d.get('outcome', '-'), d.get('verdict', '-')] + d.get('reasons', []))"
}

many() { # the data centre has 16 addresses, so that hashing meets both lines
	local i

	for i in {1..16}; do
		lab_in site ip addr add "192.168.1.$((i + 10))/32" dev lo || return 1
	done
}

ping_all() {
	local i

	for i in {1..16}; do
		lab_in host ping -n -q -c 1 -W 2 -s 1000 "192.168.1.$((i + 10))" || return 1
	done
}

vbr() { # EXPRESSION on v, the VBR; c is the list of its connections
	lab_show edge "show vbr acme hz-a" "(lambda v, c: $1)(d['vbrs'][0], d['vbrs'][0]['connections'])"
}

spoofed_b() {
	lab_show edge "show vbr acme hz-b" "d['vbrs'][0]['spoofed']"
}

two_sites() {
	lab_addr a lo 192.168.8.1/32 && lab_addr b lo 192.168.9.1/32 &&
		lab_route a 192.168.9.0/24 via 10.0.1.1 && lab_route b 192.168.8.0/24 via 10.0.3.1 &&
		lab_route b 172.16.0.10/32 via 10.0.3.1
}

ways() { # VBR's ways to a prefix of the data centre, by its own table
	lab_show edge "show route tenant acme vbr hz-a ipv4 ${1:-192.168.1.0/24}" \
		"' '.join(sorted(h['interface'] for h in d['routes'][0]['next-hops'] if h['active']))"
}

kernel_ways() {
	lab_ways "$(table vbr hz-a)" 192.168.1.0/24
}

both_carried() {
	vbr "0 if min(x['bytes-out'] for x in c) > 4000 and v['bytes-out'] == sum(x['bytes-out'] for x in c) else exit(1)"
}

metered() {
	lab_json "0 if [r for r in d['usage'] if r['name'] == 'hz-a'][0]['bytes-out'] >= $1 else exit(1)" \
		< <(sh "show metering json")
}

told() { # TEXT
	grep -qF -- "$1" "$LAB_DIR/events"
}

shaped() { # DEVICE RATE
	lab_in edge tc qdisc show dev "$1" | grep -q "rate $2"
}

sessions_of_first() { # how often it came up
	grep -c "peer=10.0.1.2.*session established" "$LAB_DIR/log/edge-vbrd"
}

step "namespaces and links" pair_world
step "vbrd starts" lab_vbrd edge < <(conf)
lab_sh edge -c "monitor events tenant acme" >"$LAB_DIR/events" 2>&1 &
step "a router on the first line" pair_router a
step "a router on the second" pair_router b
step "which has a third line, of the standby" standby_line
step "many hosts behind both" many
step "whose answers come back by the first, whichever way they were asked" lab_route site default via 192.168.101.1
soon 20 "both sessions come up" pair_up
soon 10 "the VBR has two ways" lab_is "port-1 port-2" ways
step "the kernel, too" lab_is "port-1 port-2" kernel_ways
step "a static route with a next hop on each line" lab_is "port-1 port-2" ways 192.168.7.0/24
soon 10 "traffic flows" ping_all
step "both lines carry, and the VBR's octets are theirs together" both_carried
out=$(vbr "v['bytes-out']")
soon 10 "what both carry is metered" metered "$out"
step "each line is shaped by its own bandwidth" shaped port-1 103Mbit
step "the second one, too" shaped port-2 51500Kbit
step "show vbr has both" has "pc-1 up, pc-2 up" sh "show vbr acme hz-a"
step "with what they are" lab_is "True pc-1 0 100 | False pc-2 0 50 HZ-0815" vbr "' | '.join(' '.join(str(x[k])
	for k in ('primary', 'physical-connection', 'vlan-id', 'bandwidth', 'circuit-code') if x.get(k) not in (None, '')) for x in c)"
step "the VBR can carry both together" lab_is 150 vbr "v['effective-bandwidth']"

# Of the VPC, of another table, of nobody, with a way by one line, with ways by both.
for r in a b; do
	step "what line $r brings comes from the data centre" lab_is "192.168.1.11 192.168.8.1" \
		arrived $r host 172.16.0.10 172.16.0.77 198.51.2.1 203.0.113.9 192.168.8.1 192.168.1.11
done

# Three of each.
soon 5 "the rest was counted" lab_is "18 9 9" vbr "' '.join(str(x['spoofed']) for x in [v, *c])"

# Behind hz-a there is 192.168.8.0/24, behind hz-b 192.168.9.0/24; each reaches the other.
step "a transit connection joins the two VBRs" edit \
	"tenant acme vbr hz-b static-route 192.168.9.0/24 next-hop 10.0.3.2" \
	"tenant acme peering a-b initiator vbr hz-a" "tenant acme peering a-b acceptor vbr hz-b" \
	"tenant acme peering a-b transit true"
soon 10 "each knows what is behind the other" eval 'in_kernel "$(table vbr hz-a)" 192.168.9.0/24 &&
	in_kernel "$(table vbr hz-b)" 192.168.8.0/24'
step "hosts behind both" two_sites
for from in a b; do
	at=192.168.$([ $from = a ] && echo 9 || echo 8).1 own=192.168.$([ $from = a ] && echo 8 || echo 9).1
	step "line of $from: what is behind the other VBR cannot come from here, be it to there" \
		lab_is $own arrived $from "$(tr ab ba <<<$from)" $at "${at%.1}.7" 172.16.0.77 $own
	step "nor to the VPC" lab_is $own arrived $from host 172.16.0.10 "${at%.1}.7" $own
done
soon 5 "both VBRs have counted that" lab_is "27 9" eval 'echo "$(vbr "v[\"spoofed\"]") $(spoofed_b)"'
step "the connection goes, and the way by one line" edit "no tenant acme peering a-b" \
	"no tenant acme vbr hz-a static-route 192.168.8.0/24" "no tenant acme vbr hz-b static-route 192.168.9.0/24"
step "b's router sends to the VPC by hz-a again" ip -n "$LAB_NAME-b" route del 172.16.0.10/32

first=$(sessions_of_first)
step "the second line is locked" edit "physical-connection pc-2 business-status financial-locked"
soon 10 "its session ends" not established 10.0.2.2
soon 10 "the other way stays" lab_is port-1 kernel_ways
soon 5 "the VBR is up, and says what is not" has "pc-1 up, pc-2 disabled (financial-locked)" sh "show vbr acme hz-a"
soon 5 "so does an event" told "connection-out-of-service tenant=acme instance=vbr hz-a physical-connection=pc-2 interface=port-2 this line of the VBR is out of service: financial-locked"
step "it is up" lab_is up vbr "v['state']"
step "the neighbour was told why" lab_is "VBR hz-a: financial-locked" lab_show edge "show bgp peer" \
	"[p for p in d['peers'] if p['address'] == '10.0.2.2'][0]['shutdown-text-sent']"
step "traffic flows" ping_all
step "the debt is paid" edit "physical-connection pc-2 business-status normal"
soon 20 "the session comes back" established 10.0.2.2
soon 10 "both ways again" lab_is "port-1 port-2" kernel_ways

soon 5 "that is an event, too" told "physical-connection=pc-2 interface=port-2 this line of the VBR is in service"

step "a line is cut" lab_in b ip link set wan down
soon 10 "its way is gone" lab_is port-1 kernel_ways
step "traffic flows by the other" ping_all
step "the VBR is up" lab_is "up up down" vbr "' '.join([v['state']] + [x['state'] for x in c])"
step "and mended" lab_in b ip link set wan up
soon 20 "the session comes back" established 10.0.2.2

step "the second circuit becomes another one" edit "$more bandwidth 60" "$more ipv4 prefix-length 29"
soon 10 "it has the new subnet" has "10.0.2.1/29" lab_in edge ip addr show port-2
step "and the new bandwidth" shaped port-2 61800Kbit
soon 20 "its session is up" established 10.0.2.2
step "all the while the first session stayed" lab_is "$first" sessions_of_first

soon 30 "the group is ready for a drill" has ready sh "show failover acme"
step "the second line is drained in a drill" sh "request tenant acme failover-group hz drill start duration 15s target line pc-2"
soon 20 "it is down, with its session, and its port" eval 'lab_is down drill "d[\"state\"]" &&
	not established 10.0.2.2 && lacks "state UP" lab_in edge ip link show port-2'
step "the other line carries: the VBR has not switched to its partner" lab_is "primary true" lab_show edge \
	"show failover acme" "' '.join([m['role'] + ' true' for m in d['failover-groups'][0]['members'] if m['carries']])"
step "the VBR says why" has "pc-1 up, pc-2 disabled (failover-drill)" sh "show vbr acme hz-a"
step "traffic flows by the other line" ping_all
step "the router on the second line dies" lab_stop b-bird KILL
soon 40 "the drill comes to its end, and waits for the session: the VBR alone was always up" waits
step "the router is back" lab_bird_again b
soon 30 "the drill has passed, and no probe was lost" lab_is "ended completed pass 0 0" \
	drill "' '.join([d['state'], d['outcome'], d['verdict'], *d.get('reasons', []), str(d['probes-lost']), str(d['probes-lost-return'])])"
step "at its end the line is back, with its session" established 10.0.2.2
step "and the first session stayed" lab_is "$first" sessions_of_first
step "answers come back by the second line" ip -n "$LAB_NAME-site" route replace default via 192.168.102.1
step "the first line is cut in a drill" sh "request tenant acme failover-group hz drill start by cut target line pc-1 within 20000"
soon 10 "its way is gone" lab_is port-2 kernel_ways
step "traffic flows by the second" ping_all
step "that is enough" sh "request tenant acme failover-group hz drill abort"
soon 60 "the drill has passed" has "ended aborted pass" verdict
step "at its end both sessions are up" pair_up
soon 10 "both lines carry again" lab_is "port-1 port-2" kernel_ways

step "the same line twice is refused" has "the VBR stands on that line already" \
	edit "tenant acme vbr hz-a additional-connection pc-1 vlan-id 5"
step "a line that has a VBR cannot go" has "additional-connection" edit "no physical-connection pc-2"
step "the VBR is terminated" sh "request tenant acme vbr hz-a terminate drain 0"
soon 10 "both sessions end" eval 'not established 10.0.1.2 && not established 10.0.2.2'
soon 10 "both lines go down" lab_is "terminated terminated" vbr "' '.join(x['reason'] for x in c)"
step "it is recovered" sh "request tenant acme vbr hz-a recover"
soon 20 "both come back" pair_up
