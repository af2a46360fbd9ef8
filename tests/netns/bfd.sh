#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# BFD with BIRD: single hop, both families, authenticated; timers change without a flap; another
# key is a dead line; a line that is cut without a word. And the next hop of a static route of the VPC.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird

# Both families as peers, watched. Slow enough for a loaded machine: 3 s.
conf() {
	world_conf "bfd true" | sed '/^   peer 10.0.0.2/,/^ peering/ {
		/^ peering/i\   peer fd00:f::2\n    peer-as 65001\n    connect-retry 1\n    hold-time 90\n    bfd true
	}
	/^ vpc prod/a\  bfd min-tx 300\n  bfd min-rx 300\n  bfd multiplier 10\n  static-route 203.0.113.0/24\n   next-hop 172.16.0.10\n   bfd true
	s/hold-time 9$/hold-time 90/; /^  bgp/i\  bfd min-tx 300\n  bfd min-rx 300\n  bfd multiplier 10\n  bfd authentication type meticulous-keyed-sha1\n  bfd authentication key-id 1\n  bfd authentication secret s3cret'
}

bird_bfd() { # MILLISECONDS SECRET
	cat <<-X
	log stderr all; router id 10.0.0.2; protocol device { scan time 1; }
	protocol bfd { accept direct; interface "wan" {
	 min rx interval $1 ms; min tx interval $1 ms; multiplier 10;
	 authentication meticulous keyed sha1; password "$2" { id 1; };
	}; }
	protocol static s4 { ipv4; route 192.168.1.0/24 blackhole; }
	X
	for a in 10.0.0.1 fd00:f::1; do
		echo "protocol bgp e$(family $a) { local as 65001; neighbor $a as 45104; hold time 90; bfd on;"
		echo "connect delay time 1; connect retry time 1; error wait time 1, 2;"
		echo "$(chan $a) { import all; export where source = RTS_STATIC; }; }"
	done
}

bird_of_host() { # it is a router, and speaks nothing but BFD
	cat <<-X
	log stderr all; router id 172.16.0.10; protocol device { scan time 1; }
	protocol bfd { interface "eth0" { min rx interval 300 ms; min tx interval 300 ms; multiplier 10; };
	 neighbor 172.16.0.1 dev "eth0" local 172.16.0.10; }
	X
}

both_established() {
	established 10.0.0.2 && established fd00:f::2
}

# all EXPRESSION: true for both sessions s of the VBR.
all() {
	[ "$(lab_show edge "show bfd" "(lambda v: len(v) == 2 and all($1 for s in v))([s for s in d['sessions'] if 'vbr' in s])")" = true ]
}

of_vpc() { # EXPRESSION of its session s
	[ "$(lab_show edge "show bfd" "[$1 for s in d['sessions'] if s.get('vpc') == 'prod']")" = "[true]" ]
}

of_peers() { # EXPRESSION of peer p
	lab_show edge "show bgp peer" "' '.join(sorted({str($1) for p in d['peers']}))"
}

cut() { # packets of either end go nowhere, and no device notices
	local to

	for to in edge:port-1:10.0.0.2 edge:port-1:fd00:f::2 idc:wan:10.0.0.1 idc:wan:fd00:f::1; do
		IFS=: read -r ns dev to <<<"$to"
		lab_in "$ns" ip neigh replace "$to" lladdr 02:00:00:00:00:99 dev "$dev" nud permanent ||
			return 1
	done
}

# before FIRST SECOND: both in the log, in this order, for each family.
before() {
	local a

	for a in 10.0.0.2 fd00:f::2; do
		awk -v a="peer=$a " -v x="$1" -v y="$2" 'index($0, a) && index($0, x) { seen = NR }
			index($0, a) && index($0, y) && seen { ok = 1 } END { exit !ok }' \
			"$LAB_DIR/log/edge-vbrd" || { echo "$a"; return 1; }
	done
}

step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(conf)
step "BIRD starts" lab_bird idc < <(bird_bfd 300 s3cret)
t=$(table vpc prod)
soon 10 "the next hop of the VPC is asked for" of_vpc "s['address'] == '172.16.0.10' and s['state'] != 'up'"
step "its route is not there yet" not in_kernel "$t" 203.0.113.0/24
step "BIRD starts behind it, too" lab_bird host < <(bird_of_host)
soon 30 "both sessions come up" both_established
soon 20 "and are watched" all "s['state'] == 'up' and s['remote-state'] == 'up'"
soon 10 "at the pace of the configuration" all "s['detect-time'] == 3000 and s['transmit-interval'] == 300"
step "who switches has the same priority" lab_show edge "show bfd" "int(d['priority'] == d['switch-priority'] or 1 / 0)"
step "show bgp peer says so" lab_is "True" of_peers "p['bfd'] and p['bfd-up']"
step "BIRD sees it" has "Up" lab_birdc idc-bird show bfd sessions

# From here on we notice after 2 s, BIRD after 6: it is we who end the sessions.
step "BIRD becomes faster" eval \
	'bird_bfd 100 s3cret >"$LAB_DIR/idc-bird/bird.conf"; lab_birdc idc-bird configure'
soon 10 "we hear it" all "s['remote-min-rx'] == 100 and s['remote-min-tx'] == 100"
step "so do we" edit "tenant acme vbr hz-a bfd min-tx 600" "tenant acme vbr hz-a bfd min-rx 200"
soon 10 "it is agreed by polls" all "s['transmit-interval'] == 600 and s['detect-time'] == 2000"
step "and nothing has flapped" all "s['flaps'] == 0 and s['state'] == 'up'"

step "another key" edit "tenant acme vbr hz-a bfd authentication secret other"
soon 15 "is a dead line" all "s['flaps'] == 1 and s['last-down'].startswith('control detection')"
step "which has refused packets" all "s['packets-refused'] > 0"
soon 10 "and ended the sessions" before "BFD down: control detection time expired" \
	"session down: BFD down: control detection time expired"
soon 10 "BIRD was told why" has "6.10" grep -h "Received" "$LAB_DIR/log/idc-bird"
step "the key as it was" edit "tenant acme vbr hz-a bfd authentication secret s3cret"
soon 30 "all is up again" all "s['state'] == 'up'"
soon 30 "BGP too" both_established

soon 10 "the route by the next hop of the VPC is in the kernel" in_kernel "$t" 203.0.113.0/24
step "for that is up" of_vpc "s['state'] == 'up'"
step "it falls silent" lab_in host ip neigh replace 172.16.0.1 lladdr 02:00:00:00:00:99 dev eth0 nud permanent
soon 10 "its route is in the kernel" in_kernel "$t" 192.168.1.0/24
step "the line is cut, and no device notices" cut
soon 15 "BFD does" all "s['state'] == 'down'"
soon 10 "the sessions are down" not both_established
soon 10 "the route is gone" not in_kernel "$t" 192.168.1.0/24
soon 15 "so is that by the next hop" not in_kernel "$t" 203.0.113.0/24
soon 10 "which is in the log" has "vpc=prod next-hop=172.16.0.10 BFD down" cat "$LAB_DIR/log/edge-vbrd"
