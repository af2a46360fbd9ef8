#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A VPC behind two VBRs whose peering connections probe the data centre's host: a way that no
# session and no line tells dead is left and comes back; an answer by the other line is none; lost
# probes beside living traffic are noise. And a VBR that probes the other end of its line.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/netns/pair.inc
. "$VBRD_SRCDIR/tests/netns/pair.inc"
need bird
command -v iperf3 >/dev/null || skip "iperf3 is not installed"

hold=30 keepalive=10 # later than the checks

since() { # in seconds
	date -d "$(lab_show edge "show health acme hz-a" "d['checks'][0]['since']")" +%s
}

# A second more or less is a matter of rounding.
is_since() { # SECONDS
	local now

	now=$(since) && [ $((now - $1)) -le 1 ] && [ $(($1 - now)) -le 1 ]
}

state() { # PEERING: state and reason
	lab_show edge "show health acme $1" "d['checks'][0]['state'] + ' ' + d['checks'][0].get('reason', '')"
}

step "namespaces and links" pair_world
step "vbrd starts" lab_vbrd edge < <(pair_conf "health-check target 192.168.1.1" \
	"health-check source 172.16.0.25%" "health-check interval 200" "health-check threshold 8")
step "router a" pair_router a
step "router b" pair_router b
step "a's answers come back by a" lab_route site 172.16.0.251/32 via 192.168.101.1
step "and b's by b" lab_route site 172.16.0.252/32 via 192.168.102.1
step "the host's way back" lab_route site 172.16.0.0/24 via 192.168.101.1
soon 30 "both sessions come up" pair_up
soon 20 "way a is alive" lab_is "alive answers" state hz-a-prod
soon 20 "way b is alive" lab_is "alive answers" state hz-b-prod
soon 10 "both are used" lab_is 2 pair_count
step "round trips are measured" lab_is true lab_show edge "show health acme hz-a-prod" \
	"0 < d['checks'][0]['round-trip-min-us'] <= d['checks'][0]['round-trip-max-us']"

step "router a loses its way to the host, and tells nobody" ip -n "$LAB_NAME-a" route replace blackhole 192.168.1.0/24
soon 20 "way a is dead" lab_is "dead silence" state hz-a-prod
soon 10 "the VPC leaves it" lab_is 1 pair_count
step "its session stands" established 10.0.1.2
step "explain says why" lab_is health-check lab_show edge "explain tenant acme vpc prod 192.168.1.0/24" \
	"[e['state'] for e in d['edges'] if e['peering'] == 'hz-a-prod' and e['direction'] == 'in'][0]"
step "the answers' way" ip -n "$LAB_NAME-site" route replace 172.16.0.0/24 via 192.168.102.1
step "the host reaches the data centre" reaches host 192.168.1.1
step "the VPC is announced by both, still" has 172.16.0.0/16 lab_birdc a-bird show route protocol edge
step "it is probed seldom" edit "tenant acme peering hz-a-prod health-check interval 60000"
soon 5 "what is dead is on the disk" grep -q "^peering acme hz-a-prod " "$LAB_DIR/edge-vbrd/state/dead-ways"
step "vbrd is killed" lab_stop edge-vbrd KILL
step "and starts again" lab_vbrd_again edge
soon 30 "both sessions come up" pair_up
step "way a is dead before it is asked" lab_is "dead before-restart" state hz-a-prod
soon 10 "the VPC has learned b's way" lab_is 1 pair_count
step "the host reaches the data centre" reaches host 192.168.1.1
step "it is probed often" edit "tenant acme peering hz-a-prod health-check interval 200"
step "router a has its way again" ip -n "$LAB_NAME-a" route replace 192.168.1.0/24 via 192.168.101.2
soon 20 "way a is alive" lab_is "alive answers" state hz-a-prod
soon 10 "both are used" lab_is 2 pair_count

step "answers to b's probes come back by a" ip -n "$LAB_NAME-site" route replace 172.16.0.252/32 via 192.168.101.1
soon 20 "way b is dead" lab_is "dead silence" state hz-b-prod
step "b's probes are only observed" edit "tenant acme peering hz-b-prod health-check observe true"
soon 10 "the VPC uses both" lab_is 2 pair_count
step "way b is dead all the same" lab_is "dead silence" state hz-b-prod
step "without b" edit "tenant acme peering hz-b-prod enabled false"
soon 10 "it is not known" lab_is "unknown " state hz-b-prod

step "a's way back" ip -n "$LAB_NAME-site" route replace 172.16.0.0/24 via 192.168.101.1
lab_spawn site iperf iperf3 -s
soon 10 "the host talks to the data centre" lab_in host iperf3 -c 192.168.1.1 -n 1K
lab_spawn host talk iperf3 --forceflush -c 192.168.1.1 -t 300 -b 1M
soon 20 "and talks on" grep -q "sec .*[1-9] KBytes" "$LAB_DIR/log/talk"
step "the data centre answers no probe" lab_in site sysctl -qw net.ipv4.icmp_echo_ignore_all=1
soon 20 "that is noise" lab_is "noisy traffic" state hz-a-prod
step "the VPC uses the way" lab_is 1 pair_count
step "the talk ends" lab_stop talk INT
soon 20 "then it is dead" lab_is "dead silence" state hz-a-prod
step "the log told all" grep -q "peering=hz-a-prod 192.168.1.1 has not answered .* traffic arrives" "$LAB_DIR/log/edge-vbrd"
step "without the check" edit "no tenant acme peering hz-a-prod health-check"
soon 10 "the way is used" lab_is 1 pair_count

step "VBR a probes router a" edit "tenant acme vbr hz-a health-check target 10.0.1.2" \
	"tenant acme vbr hz-a health-check interval 200"
soon 20 "its line is alive" lab_is "alive answers" state hz-a
step "it has measured" lab_is true lab_show edge "show health acme hz-a" \
	"d['checks'][0]['vbr'] == 'hz-a' and d['checks'][0]['source'] == '10.0.1.1' and d['checks'][0]['round-trip-us'] > 0"
step "router a answers no probe" lab_in a sysctl -qw net.ipv4.icmp_echo_ignore_all=1
soon 20 "its line is dead" lab_is "dead silence" state hz-a
soon 10 "no VPC uses what it has learned" lab_is 0 pair_count
step "its session stands" established 10.0.1.2
step "explain says why" lab_is health-check lab_show edge "explain tenant acme vpc prod 192.168.1.0/24" \
	"[e['state'] for e in d['edges'] if e['peering'] == 'hz-a-prod' and e['direction'] == 'in'][0]"
step "router a answers again" lab_in a sysctl -qw net.ipv4.icmp_echo_ignore_all=0
soon 20 "its line is alive" lab_is "alive answers" state hz-a
soon 10 "the way is used" lab_is 1 pair_count
step "router a has an address of the other family" lab_addr a wan fd00:1::2/64
step "that is probed" edit "tenant acme vbr hz-a ipv6 local-gateway fd00:1::1" \
	"tenant acme vbr hz-a ipv6 peer-gateway fd00:1::2" "tenant acme vbr hz-a ipv6 prefix-length 64" \
	"tenant acme vbr hz-a health-check target fd00:1::2"
soon 20 "its line is alive" lab_is "alive fd00:1::2" lab_show edge "show health acme hz-a" \
	"'%(state)s %(target)s' % d['checks'][0]"
step "its line goes down" lab_in a ip link set wan down
soon 10 "nothing is known of it" lab_is "unknown " state hz-a
was=$(since)
sleep 2.5
step "since then" is_since "$was"
step "a target that is not on the link" has "is not on the link of the VBR" \
	edit "tenant acme vbr hz-a health-check target 192.168.1.1"
