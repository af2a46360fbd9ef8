#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two VBRs in a failover group: the standby carries nothing until it is needed, takes over from a
# primary that is drained without the loss of a packet, and from one that dies; that the standby
# lacks a route is found and told while nothing is wrong yet.
# builds: asan
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/netns/pair.inc
. "$VBRD_SRCDIR/tests/netns/pair.inc"
need bird

more="protocol static more { ipv4; route 192.168.2.0/24 via 192.168.10%.2; }"

conf() {
	pair_conf
	printf 'tenant acme\n failover-group hz\n  primary hz-a\n  secondary hz-b\n  audit-interval 2\n!\n'
}

group() { # EXPRESSION over the group g
	lab_show edge "show failover acme" "(lambda g: $1)(d['failover-groups'][0])"
}

verdict() { # and who carries
	group "' '.join([g['verdict']] + [m['vbr'] for m in g['members'] if m['carries']])"
}

shares() { # weights of the VPC's ways, the smaller one first
	lab_show edge "show route tenant acme vpc prod ipv4 192.168.1.0/24" \
		"' '.join(str(w) for w in sorted(h['weight'] for h in d['routes'][0]['next-hops']))"
}

told() { # TEXT
	grep -qF -- "failover-state tenant=acme instance=failover-group hz the failover group is now: $1" \
		"$LAB_DIR/events"
}

# Router a marks all it says with GRACEFUL_SHUTDOWN, or no more.
leaves() {
	sed -i 's/then { /then { bgp_community.add((65535,0)); /' "$LAB_DIR/a-bird/bird.conf" &&
		lab_birdc a-bird configure | grep -q Reconfigured
}

stays() {
	sed -i 's/bgp_community.add((65535,0)); //' "$LAB_DIR/a-bird/bird.conf" &&
		lab_birdc a-bird configure | grep -q Reconfigured
}

step "namespaces and links" pair_world
step "vbrd starts" lab_vbrd edge < <(conf)
step "router a, which says that it is the farther one" \
	pair_router a "bgp_path.prepend(65001); bgp_path.prepend(65001);" "$more"
step "router b" pair_router b "" "$more"
step "its way back is b's" lab_route site default via 192.168.102.1
soon 30 "both sessions come up" pair_up
lab_sh edge -c "monitor events tenant acme" >"$LAB_DIR/events" 2>&1 &
a=$(acceptor_end hz-a-prod)
b=$(acceptor_end hz-b-prod)
soon 10 "the primary is used, although its way is the longer one" lab_is "$a" pair_ways
step "the other one is standby" lab_is "[false, true]" lab_show edge "show peering acme" "[p.get('standby', False) for p in d['peerings']]"
soon 15 "the group is ready" lab_is "ready hz-a" verdict
step "without BFD the hold time has to do, and it says so" lab_is "hold-time hold-time" \
	group "' '.join(m['detection'] for m in g['members'])"
step "routes are counted" lab_is "2 2" group "' '.join(str(m['routes-ipv4']) for m in g['members'])"
step "people read it, too" has "active-standby" sh "show failover"

step "router b loses a route" lab_birdc b-bird disable more
soon 30 "the audit finds it" lab_is "routes-differ hz-a" verdict
step "and names it" lab_is "0 1 192.168.2.0/24" group \
	"' '.join([str(m['missing-ipv4']) for m in g['members']] + g['members'][1]['missing-examples'])"
soon 5 "that is an event" told routes-differ
step "router b has it again" lab_birdc b-bird enable more
soon 30 "the group is ready" lab_is "ready hz-a" verdict

lab_spawn host ping ping -n -i 0.05 -W 2 192.168.1.1
soon 10 "packets flow" grep -q "icmp_seq=9 " "$LAB_DIR/log/ping"
step "the primary is drained" sh "request tenant acme vbr hz-a terminate drain 600"
soon 10 "traffic goes by the standby" lab_is "$b" pair_ways
step "the primary's session is still there" established 10.0.1.2
soon 10 "show says who carries" lab_is hz-b group "[m['vbr'] for m in g['members'] if m['carries']][0]"
step "it is called off" sh "request tenant acme vbr hz-a recover"
soon 10 "traffic goes by the primary" lab_is "$a" pair_ways
step "router a says that it will leave (RFC 8326)" leaves
soon 10 "traffic goes by the standby" lab_is "$b" pair_ways
step "and explain knows why" has "lost by last-resort: 0 against 100" \
	sh "explain tenant acme vpc prod 192.168.1.0/24"
step "it stays after all" stays
soon 10 "traffic goes by the primary" lab_is "$a" pair_ways
lab_stop ping INT
step "not a packet was lost" has " 0% packet loss" cat "$LAB_DIR/log/ping"

step "router a dies" lab_stop a-bird KILL
soon 20 "traffic goes by the standby" lab_is "$b" pair_ways
soon 10 "the group says so" lab_is "primary-down hz-b" verdict
soon 5 "that is an event" told primary-down
step "router a is back" lab_bird_again a
soon 30 "traffic goes by the primary" lab_is "$a" pair_ways
soon 30 "the group is ready" lab_is "ready hz-a" verdict

step "both shall carry" edit "tenant acme failover-group hz mode load-share"
soon 30 "both carry, although the way by a is the longer one" lab_is "$a $b" pair_ways
step "and share as the weights say" edit "tenant acme peering hz-a-prod weight 300"
soon 10 "three to one" lab_is "26 77" shares
soon 20 "the group says so" lab_is "ready hz-a hz-b" verdict
step "router a answers no probe" lab_in a sysctl -qw net.ipv4.icmp_echo_ignore_all=1
step "and is probed" edit "tenant acme vbr hz-a health-check target 10.0.1.2" \
	"tenant acme vbr hz-a health-check interval 100" \
	"tenant acme vbr hz-a health-check probes-only true"
soon 20 "so it is down" lab_is "primary-down hz-b" verdict
step "and why" lab_is dead group "g['members'][0]['state']"
step "without the probes" edit "no tenant acme vbr hz-a health-check"
soon 20 "the group is ready" lab_is "ready hz-a hz-b" verdict
step "router b dies" lab_stop b-bird KILL
soon 20 "the other one carries all of it" lab_is "$a" pair_ways
step "two are two" has "primary and secondary are both VBR hz-a" \
	edit "tenant acme failover-group hz secondary hz-a"
step "without the group" edit "no tenant acme failover-group hz"
step "nothing is shown" lab_is 0 lab_show edge "show failover" "len(d['failover-groups'])"
