#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# BFD at 50 ms x 3 while a worker digests a table: flaps, the longest silence of the neighbour (BIRD),
# and how late we were ourselves. Prints one line of JSON. As root:
#
#   VBRD_BUILDDIR=build/plain bench/bfd.sh [ROUTES [ROUNDS]]
. "$(dirname "$0")/../tests/netns/lib.sh"
need bird

routes=${1:-1000000}
rounds=${2:-1}

conf() {
	world_conf "bfd true" "route-limit maximum 2000000" | sed 's/hold-time 9$/hold-time 90/; s/keepalive 3$/keepalive 30/
		/^  bgp/i\  bfd min-tx 50\n  bfd min-rx 50\n  bfd multiplier 3'
}

bird_table() {
	"$LAB_PYTHON" - "$routes" <<-'X'
	import sys
	for i in range(int(sys.argv[1])):
	    a = i + (20 << 16)
	    print("route %d.%d.%d.0/24 blackhole;" % (a >> 16, a >> 8 & 255, a & 255))
	X
}

bird_load() {
	cat <<-X
	router id 10.0.0.2; protocol device { scan time 10; }
	protocol bfd { interface "wan" { min rx interval 50 ms; min tx interval 50 ms; multiplier 3; }; }
	protocol static table_of_routes { disabled; ipv4;
include "$LAB_DIR/routes";
	}
	protocol bgp edge { local as 65001; neighbor 10.0.0.1 as 45104; hold time 90; bfd on;
	 connect delay time 1; connect retry time 1;
	 ipv4 { import none; export where source = RTS_STATIC; }; }
	X
}

session() { # FIELD
	lab_show edge "show bfd" "d['sessions'][0]['$1']"
}

watched() {
	[ "$(session state)" = up ] && [ "$(session transmit-interval)" = 50 ]
}

in_table() { # ROUTES
	[ "$(lab_show edge "show bgp summary" "d['peers'][0]['prefixes-accepted']")" = "$1" ] &&
		[ "$(lab_in edge ip -4 route show table "$(table vbr hz-a)" proto bgp | wc -l)" -ge "$1" ]
}

is_gone() {
	[ "$(lab_show edge "show bgp summary" "d['peers'][0]['prefixes-accepted']")" = 0 ]
}

bird_table >"$LAB_DIR/routes"
{
	step "namespaces and links" world
	step "vbrd starts" lab_vbrd edge < <(conf)
	step "BIRD starts" lab_bird idc < <(bird_load)
	soon 60 "the session comes up" established
	soon 60 "and is watched" watched
	begin=$(date +%s%N)
	for _ in $(seq "$rounds"); do
		step "the table comes" lab_birdc idc-bird enable table_of_routes
		soon 300 "all of it" in_table "$routes"
		step "the table goes" lab_birdc idc-bird disable table_of_routes
		soon 300 "all of it" is_gone
	done
} >&2
sh "show bfd json" | lab_json "({'bench': 'bfd', 'routes': $routes, 'rounds': $rounds,
	'seconds': round(($(date +%s%N) - $begin) / 1e9, 1), 'interval-ms': 50, 'multiplier': 3,
	'priority': d['priority'], 'load': open('/proc/loadavg').read().split()[0],
	**{k: d['sessions'][0][k] for k in ('flaps', 'packets-in', 'packets-out', 'receive-gap-max',
	'receive-gap-average', 'send-late-max', 'late-reads')}})"
