# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What ./demo shows, step by step, and what it expects. Figures come from the JSON of vbrsh and from the
# kernel itself; where both know one, they are compared. A failed expectation is said and counted,
# and the other steps go on; only what nothing can work without ends the run.

STEPS_HOST=192.168.10.10 # data centre host of both tenants
STEPS_VPC=172.16.1.10    # VPC host of both tenants
STEPS_ACME_ONLY=172.16.1.20
STEPS_GLOBEX_ONLY=172.16.1.30
STEPS_ROUTE=192.168.10.0/24

# steps_all [LIST OF REAL PREFIXES]
steps_all() {
	local began=$SECONDS

	say_title "2. The lab: nine network namespaces, five routers, the edge"
	if ! { step_lab "${1-}" && step_edge; }; then
		steps_logs
		say_result
		return 1
	fi
	say_title "3. Routes: from the data centres through the VBRs into the VPCs"
	if ! { step_sessions && step_converge; }; then
		steps_logs
		say_result
		return 1
	fi
	step_counts
	step_kernel acme hz-a 10001 all
	step_kernel globex hz-g 10002 part
	say_title "4. Traffic between acme's data centre and its VPC"
	step_traffic
	say_title "5. globex: the same addresses, other hosts"
	step_tenants
	say_title "6. idc-a stops"
	step_failover
	say_title "7. The lab now"
	step_return
	steps_picture
	say_note ""
	say_note "lab and checks took $((SECONDS - began)) s"
	say_result
	local verdict=$?
	steps_next
	return $verdict
}

steps_tables() {
	! lab_alive edge-vbrd || lab_sh edge -n -c 'show bgp summary' -c 'show vbr' -c 'show vpc' -c 'show drift'
}

steps_logs() {
	say_note "logs are in $LAB_DIR/log; the last lines of vbrd's:"
	tail -n 15 "$LAB_DIR/log/edge-vbrd" 2>/dev/null
}

steps_next() {
	cat <<-END

		Try next:
		  ./demo shell                    vbrsh, with Tab and ?
		  ./demo shell -c 'show bgp summary' -c 'show peering' -c 'show running-config'
		  ./demo shell -c 'show bgp routes tenant acme vpc prod $STEPS_ROUTE'
		  ./demo shell -c 'show bgp routes tenant acme vbr hz-a peer 10.0.0.2 rejected'
		  ./demo shell -c configure -c 'tenant acme vbr hz-b bgp peer 10.0.0.6 enabled false' -c commit
		  ./demo in acme-host ping $STEPS_VPC
		  ./demo in edge ip route show table 10001
		  ./demo status                   the picture again
		  ./demo stop                     remove the lab
	END
}

#
# 2. The lab
#

step_lab() {
	if [ -n "$1" ]; then
		say_note "Prefixes and origins: $(basename "$1" .ipv4.txt.xz), licence CC-BY-4.0, from"
		say_note "RouteViews (routeviews.org), DB-IP (db-ip.com), NRO (nro.net)"
	else
		say_note "No list of real prefixes is here: the table is made, of the same shape"
	fi
	say_live "making the table"
	steps_do "the table is made" demo_table "$1" &&
		steps_do "namespaces are made" demo_namespaces &&
		steps_do "cables are laid" demo_cables &&
		steps_do "the routers start" demo_routers &&
		steps_do "the hosts' services start" demo_services || return 1
	if ! steps_live_until 120 steps_routers_line demo_routers_full; then
		say_bad "the data centres' routers get the table within 120 s" "$(steps_routers_line)"
		return 1
	fi
	say_good "idc-a ($(bird --version 2>&1 | sed 's/ version / /')), idc-b ($(steps_frr_version)), idc-g (BIRD)"
	say_good "acme's routers hold $(say_number "$DEMO_PREFIXES") prefixes, globex's $(say_number "$DEMO_GLOBEX_PREFIXES")"
}

# steps_do EXPECTATION COMMAND...: silent when it succeeds; what it said, when not.
steps_do() {
	local what=$1 said

	shift
	say_live "next: $what"
	said=$("$@" 2>&1) || say_bad "$what" "$said"
}

steps_frr_version() {
	/usr/lib/frr/bgpd --version | sed -n 's/.*version \([0-9.]*\).*/FRR \1/p'
}

steps_routers_line() {
	echo "prefixes: idc-a $(demo_bird_routes idc-a), idc-g $(demo_bird_routes idc-g)"
}

step_edge() {
	if demo_config_edge | lab_vbrd edge; then
		say_good "vbrd runs in edge, data plane: $(steps_show 'show system' "d['data-plane']")"
	else
		say_bad "vbrd starts in edge" "its log below"
	fi
}

#
# 3. Routes
#

# steps_show COMMAND [EXPRESSION]: of vbrd; what is not there yet prints nothing.
steps_show() {
	lab_show edge "$@" 2>/dev/null
}

# steps_live_until SECONDS LINE-FUNCTION CONDITION...: at once in vain if vbrd has died.
steps_live_until() {
	local until=$((SECONDS + $1)) line=$2

	shift 2
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $until ] || return 1
		[ ! -e "$LAB_DIR/pid/edge-vbrd" ] || lab_alive edge-vbrd || return 1
		say_live "$("$line" 2>/dev/null)"
		sleep 0.2
	done
}

steps_sessions_up() {
	steps_show 'show bgp summary' "sum(p['state'] == 'established' for p in d['peers'])"
}

steps_have_sessions() {
	[ "$(steps_sessions_up)" = 3 ]
}

steps_routes_line() {
	lab_alive edge-vbrd || { echo "vbrd has died"; return; }
	steps_show 'show bgp summary' "'sessions %d of %d, routes received %s, accepted %s, ' % (
		sum(p['state'] == 'established' for p in d['peers']), len(d['peers']),
		format(sum(p['prefixes-received'] for p in d['peers']), ','),
		format(sum(p['prefixes-accepted'] for p in d['peers']), ','))" | tr -d '\n'
	steps_show 'show system' "'in kernel tables ' + format(d['fib-routes'], ',')"
}

step_sessions() {
	STEPS_BEGAN=$SECONDS
	if ! steps_live_until 30 steps_routes_line steps_have_sessions; then
		say_bad "3 sessions are established" "$(steps_sessions_up)"
		steps_tables
		return 1
	fi
	say_good "sessions up: 3 of 3 (TCP-MD5, two tenants with the same addresses)"
}

steps_peer() {
	steps_show "show bgp summary" \
		"[p['$2'] for p in d['peers'] if p['vbr'] == '$1'][0]"
}

# The VPCs' tables are asked in the kernel; and vbrd must have nothing left to write in any table.
steps_converged() {
	[ "$(steps_peer hz-a prefixes-accepted)" = $((DEMO_PREFIXES + 1)) ] &&
		[ "$(steps_peer hz-b prefixes-accepted)" = $((DEMO_PREFIXES + 1)) ] &&
		[ "$(steps_peer hz-g prefixes-accepted)" = $((DEMO_GLOBEX_PREFIXES + 1)) ] &&
		[ "$(steps_kernel_bgp acme)" -ge $((DEMO_PREFIXES + 2)) ] &&
		[ "$(steps_kernel_bgp globex)" -ge $((DEMO_GLOBEX_PREFIXES + 2)) ] &&
		lab_is true steps_show 'show system' "d['fib-routes'] == d['routes'] and d['fib-errors'] == 0"
}

steps_vpc_table() {
	steps_show "show vpc $1 prod" "d['vpcs'][0]['kernel-table']"
}

# Asked in the kernel, not in vbrd.
steps_kernel_bgp() {
	ip -n "$LAB_NAME-edge" -4 route show table "$(steps_vpc_table "$1")" type unicast | wc -l
}

step_converge() {
	local seconds=$((60 + DEMO_PREFIXES / 5000))

	if ! steps_live_until $seconds steps_routes_line steps_converged; then
		say_bad "all routes reach the kernel's tables within $seconds s" "$(steps_routes_line)"
		steps_tables
		return 1
	fi
	say_good "$(steps_routes_line), $((SECONDS - STEPS_BEGAN)) s after the start"
}

step_counts() {
	local a=$((DEMO_PREFIXES + 1 + DEMO_LEAKS)) b=$((DEMO_PREFIXES + 1)) g=$((DEMO_GLOBEX_PREFIXES + 1))

	say_check "from idc-a: received $(say_number $a)" $a "$(steps_peer hz-a prefixes-received)"
	say_check "from idc-a: accepted $(say_number $b): a default route, 100.64.0.0/10 and a part of the VPC are refused" \
		$b "$(steps_peer hz-a prefixes-accepted)"
	say_check "from idc-b: received $(say_number $b)" $b "$(steps_peer hz-b prefixes-received)"
	say_check "from idc-g: received $(say_number $g)" $g "$(steps_peer hz-g prefixes-received)"
}

# step_kernel TENANT - - TABLE-FILE: prefix by prefix, what was announced against the kernel.
step_kernel() {
	local tenant=$1 want=$LAB_DIR/table/want.$1 have=$LAB_DIR/table/have.$1 table differ

	table=$(steps_vpc_table "$tenant")
	{ steps_announced "$4"; echo 192.168.10.0/24; echo 172.16.1.0/24; } | sort >"$want"
	ip -n "$LAB_NAME-edge" -4 route show table "$table" type unicast | awk '{ print $1 }' | sort >"$have"
	differ=$(comm -3 "$want" "$have" | head -3 | tr -s '\t\n' ' ')
	if [ -z "$differ" ]; then
		say_good "$tenant's VPC: $(say_number "$(wc -l <"$have")") routes in kernel table $table, exactly the accepted ones and its subnet"
	else
		say_bad "$tenant's kernel table $table holds exactly the accepted routes" "differ: $differ"
	fi
}

steps_announced() {
	case $1 in
	all) cut -d ' ' -f 1 "$LAB_DIR/table/all.list" ;;
	part) cut -d ' ' -f 2 "$LAB_DIR/table/part.conf" ;;
	esac
}

#
# 4. Traffic
#

# steps_answer X VERB HOST [OPTION...]
steps_answer() {
	local x=$1

	shift
	lab_in "$x" "$LAB_PYTHON" "$LAB_HERE/answer.py" "$@"
}

step_traffic() {
	step_ping acme-host acme-vpc $STEPS_VPC
	step_ping acme-vpc acme-host $STEPS_HOST
	step_tcp acme-host acme-vpc $STEPS_VPC
	step_tcp acme-vpc acme-host $STEPS_HOST
	say_note "the peering connections are shaped: Large.1 = 1,000 Mbit/s"
}

step_ping() {
	local out

	out=$(lab_in "$1" ping -n -q -c 5 -i 0.05 -W 1 "$3" 2>&1)
	if grep -q ' 5 received' <<<"$out"; then
		say_good "ping $1 -> $2: 5 of 5, $(sed -n 's,^rtt .* = [^/]*/\([^/]*\)/.*,\1,p' <<<"$out") ms"
	else
		say_bad "ping $1 -> $2 ($3)" "$(grep -o '[0-9]* received' <<<"$out" || tail -n 1 <<<"$out")"
	fi
}

step_tcp() {
	local rate

	say_live "TCP $1 -> $2"
	if rate=$(steps_answer "$1" put "$3" --mib 32 2>&1); then
		say_good "TCP $1 -> $2: 32 MiB arrived intact, $rate Mbit/s"
	else
		say_bad "TCP $1 -> $2 ($3): 32 MiB" "$rate"
	fi
}

#
# 5. Two tenants
#

step_tenants() {
	step_who acme-host $STEPS_VPC acme-vpc
	step_who globex-host $STEPS_VPC globex-vpc
	step_who acme-vpc $STEPS_HOST acme-host
	step_who globex-vpc $STEPS_HOST globex-host
	step_who acme-host $STEPS_ACME_ONLY acme-vpc
	step_who globex-host $STEPS_GLOBEX_ONLY globex-vpc
	step_nobody acme-host $STEPS_GLOBEX_ONLY globex
	step_nobody globex-host $STEPS_ACME_ONLY acme
}

step_who() {
	local seen

	seen=$(steps_answer "$1" who "$2" 2>&1)
	say_check "$1 asks $2: $3 answers" "$3" "$seen"
}

step_nobody() {
	local seen

	say_live "$1 -> $2"
	if seen=$(steps_answer "$1" who "$2" --timeout 1 2>&1); then
		say_bad "$1 cannot reach $2 of $3" "$seen answered"
	else
		say_good "$1 asks $2, which only $3 has: nobody answers"
	fi
}

#
# 6. Failover
#

# The peering connection that traffic from the VPC to the data centre takes, as vbrd chose; and
# its device, as the kernel forwards.
steps_best() {
	steps_show "show bgp routes tenant acme vpc prod $STEPS_ROUTE" \
		"[p['peer'] for p in d['routes'][0]['paths'] if p.get('best')][0]"
}

steps_best_line() {
	echo "best path by peering $(steps_best)"
}

steps_device() {
	ip -n "$LAB_NAME-edge" route get $STEPS_HOST from $STEPS_VPC iif vpc-acme |
		sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -1
}

steps_packets() {
	ip -n "$LAB_NAME-edge" -s -j link show "$1" | lab_json "d[0]['stats64']['$2']['packets']"
}

step_failover() {
	local ping=$LAB_DIR/ping before device

	before=$(steps_best)
	device=$(steps_device)
	say_check "traffic uses idc-a: best path by peering hz-a-prod" hz-a-prod "$before"
	say_note "ping acme-host -> acme-vpc every 10 ms; then idc-a's BIRD is stopped"
	lab_in acme-host ping -n -D -i 0.01 -c 400 -W 1 $STEPS_VPC >"$ping" 2>&1 &
	local job=$!
	sleep 1
	lab_stop idc-a-bird
	if steps_live_until 20 steps_best_line lab_is hz-b-prod steps_best; then
		say_good "vbrd moved to idc-b: best path by peering hz-b-prod"
	else
		say_bad "vbrd moves to idc-b" "best path by $(steps_best)"
	fi
	say_live "waiting for the end of the ping"
	wait $job
	step_ping_result "$ping"
	step_moved "$device"
}

# -D: [time] in front of each answer.
step_ping_result() {
	local sent got gap

	read -r sent got < <(sed -n 's/^\([0-9]*\) packets transmitted, \([0-9]*\) received.*/\1 \2/p' "$1")
	gap=$(awk -F '[][]' '/ttl=/ { if (t && $2 - t > m) m = $2 - t; t = $2 } END { printf "%.0f", m * 1000 }' "$1")
	if [ "${got:-0}" -gt 0 ] && [ "${gap:-9999}" -lt 1500 ] && [ $((sent - got)) -lt 150 ]; then
		say_good "ping: $((sent - got)) of $sent packets lost, longest silence $gap ms"
	else
		say_bad "ping goes on within 1.5 s" "${got:-0} of ${sent:-0} answered, longest silence ${gap:-?} ms"
	fi
}

step_moved() {
	local old=$1 new rx on_old total

	new=$(steps_device)
	on_old=$(steps_routes_on "$old")
	total=$(steps_routes_on "$new")
	if [ "$old" != "$new" ] && [ "$on_old" = 0 ] && [ "$total" = $((DEMO_PREFIXES + 1)) ]; then
		say_good "kernel: all $(say_number "$total") routes of the VPC moved from $old to $new"
	else
		say_bad "the kernel's routes move to the other peering connection" "$on_old on $old, $total on $new"
	fi
	rx=$(steps_packets port-b rx)
	step_ping acme-host acme-vpc $STEPS_VPC
	rx=$(($(steps_packets port-b rx) - rx))
	if [ $rx -ge 5 ]; then
		say_good "that went through port-b: $rx packets in"
	else
		say_bad "traffic goes through port-b" "$rx packets in"
	fi
	step_tcp acme-host acme-vpc $STEPS_VPC
	steps_picture
}

# Routes of the VPC by a device; the nexthop group is told by any of its routes.
steps_routes_on() {
	ip -n "$LAB_NAME-edge" -4 route show table "$(steps_vpc_table acme)" type unicast | grep -c " dev $1 "
}

step_return() {
	lab_bird_again idc-a || { say_bad "idc-a starts again" "see above"; return 1; }
	if steps_live_until 30 steps_best_line lab_is hz-a-prod steps_best &&
		steps_live_until 60 steps_routes_line steps_converged; then
		say_good "idc-a is started again: its session is back, traffic uses it again"
	else
		say_bad "idc-a comes back" "best path by $(steps_best), $(steps_routes_line)"
	fi
	step_who acme-host $STEPS_VPC acme-vpc
}

#
# The picture
#

steps_picture() {
	local d=$LAB_DIR/picture

	mkdir -p "$d"
	steps_show 'show bgp summary' >"$d/peers" && steps_show 'show vbr' >"$d/vbrs" &&
		steps_show 'show vpc' >"$d/vpcs" && steps_show 'show peering' >"$d/peerings" &&
		steps_show "show bgp routes tenant acme vpc prod $STEPS_ROUTE" >"$d/acme" &&
		steps_show "show bgp routes tenant globex vpc prod $STEPS_ROUTE" >"$d/globex" &&
		"$LAB_PYTHON" "$LAB_HERE/draw.py" "$d" ${SAY_TTY:+--color}
}
