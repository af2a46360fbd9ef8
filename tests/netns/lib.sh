# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Frame of the end-to-end cases; each sources it first. A case runs by itself, as root, after
#
#   export VBRD_SRCDIR=<checkout> VBRD_BUILDDIR=<build folder>
#
# or by "./check --only NAME". It exits 0, 77 (skipped, the last line says why), or something
# else. It is run again inside private network, mount and process namespaces, so that nothing of
# it can outlive it and cases run beside each other. A line "# builds: plain asan" names the
# builds that ./check runs it with; with a line "# long" it starts before the others.
#
# The world of most cases:
#
#   idc lo 192.168.1.1/32   idc wan --- port-1 edge vpc-prod --- eth0 host
#          fd00:1::1/128    10.0.0.2    10.0.0.1   172.16.0.1    172.16.0.10
#                           fd00:f::2   fd00:f::1  fd00:16::1    fd00:16::10
set -u

VBRD_SRCDIR=${VBRD_SRCDIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
VBRD_BUILDDIR=${VBRD_BUILDDIR:-$VBRD_SRCDIR/build/plain}
VBRD_YANGDIR=${VBRD_YANGDIR:-$VBRD_SRCDIR/yang}
export VBRD_SRCDIR VBRD_BUILDDIR VBRD_YANGDIR

skip() {
	echo "$*"
	exit 77
}

if [ -z "${CASE_INSIDE:-}" ]; then
	[ "$(id -u)" = 0 ] || skip "needs root"
	unshare --net --mount --pid --fork true 2>/dev/null || skip "may not make namespaces"
	export CASE_INSIDE=1
	# shellcheck disable=SC2016 # expanded inside
	exec unshare --net --mount --pid --fork --kill-child --mount-proc bash -c '
		mount -t tmpfs run /run && mkdir -p /run/netns /run/lock && mount -t sysfs sys /sys &&
			mount -t tmpfs tmp /var/tmp && chmod 1777 /var/tmp && ip link set lo up &&
			exec "$@"' -- bash "$0" "$@"
fi

# shellcheck source=tools/lab/lab.sh
. "$VBRD_SRCDIR/tools/lab/lab.sh"
# shellcheck source=tools/lab/routers.sh
. "$VBRD_SRCDIR/tools/lab/routers.sh"

export UBSAN_OPTIONS=print_stacktrace=1
slow=1 # factor of waits; sanitizers are slow
case $VBRD_BUILDDIR in *san) slow=3 ;; esac

case_end() {
	local ret=$? f

	trap - EXIT
	[ $ret = 0 ] || [ $ret = 77 ] || case_state
	lab_stop edge-vbrd TERM 20 # now it tells its leaks
	for f in "$LAB_DIR"/log/*; do
		if [ -s "$f" ] && grep -qE 'Sanitizer|runtime error:' "$f"; then
			grep -E -m 1 -A 60 'Sanitizer|runtime error:' "$f"
			[ $ret != 0 ] || ret=1
		fi
		[ $ret = 0 ] || [ $ret = 77 ] || [ ! -s "$f" ] || {
			echo "--- ${f##*/}"
			tail -n 40 "$f"
		}
	done
	lab_cleanup
	exit $ret
}

# What the edge and its kernel say, after a failure.
case_state() {
	local t c

	lab_alive edge-vbrd && for c in "bgp summary" bfd vbr vpc peering drift; do
		lab_sh edge -c "show $c" 2>&1 | head -n 20
	done
	for t in $(lab_in edge ip rule 2>/dev/null | grep -o 'lookup 1[0-9]*' | sort -u | cut -d' ' -f2); do
		echo "--- table $t"
		lab_in edge ip route show table "$t" | head -n 12
		lab_in edge ip -6 route show table "$t" | head -n 12
	done
}
lab_init "vbrd-$(basename "$0" .sh)" || exit 1
trap case_end EXIT

need() {
	local kind

	for kind in "$@"; do
		lab_has "$kind" || skip "$kind is not installed"
	done
}

# step SENTENCE COMMAND...: must succeed, or the case ends here. What only looks at a value (has,
# lab_is) has a moment's patience: of two things with one cause the second may come a little later.
step() {
	local sentence=$1 until=$((SECONDS + 3 * slow)) out ret

	shift
	while :; do
		out=$("$@" 2>&1)
		ret=$?
		if [ $ret = 0 ]; then
			echo "ok - $sentence"
			return
		fi
		case $1 in
		has | lab_is) [ $SECONDS -lt $until ] || break ;;
		*) break ;;
		esac
		sleep 0.2
	done
	echo "not ok - $sentence (exit $ret of: $*)"
	[ -z "$out" ] || tail -n 30 <<<"$out"
	exit 1
}

# soon SECONDS SENTENCE COMMAND...: must become true.
soon() {
	local seconds=$(($1 * slow)) sentence=$2

	shift 2
	if lab_wait $seconds "$sentence" "$@"; then
		echo "ok - $sentence"
		return
	fi
	echo "not ok - $sentence (in $seconds s: $*)"
	"$@" 2>&1 | tail -n 30
	exit 1
}

not() {
	! "$@"
}

# has TEXT COMMAND...: its output contains the text.
has() {
	local text=$1 out

	shift
	out=$("$@" 2>&1)
	[[ $out == *"$text"* ]] || { echo "$out"; return 1; }
}

lacks() {
	local text=$1 out

	shift
	out=$("$@" 2>&1) || { echo "$out"; return 1; }
	[[ $out != *"$text"* ]] || { echo "$out"; return 1; }
}

# code N COMMAND...: it exits with N.
code() {
	local want=$1 ret

	shift
	"$@"
	ret=$?
	[ $ret = "$want" ] || { echo "exit $ret, not $want"; return 1; }
}

# sh COMMAND...: each in one vbrsh at the edge.
sh() {
	local args=() c

	for c in "$@"; do
		args+=(-c "$c")
	done
	lab_sh edge "${args[@]}"
}

# edit COMMAND...: configuration commands and a commit.
edit() {
	sh configure "$@" commit
}

#
# The usual world
#

world() {
	lab_ns edge idc host && lab_router edge idc &&
		lab_link edge port-1 idc wan &&
		lab_addr idc wan 10.0.0.2/30 fd00:f::2/64 &&
		lab_addr idc lo 192.168.1.1/32 fd00:1::1/128 &&
		lab_link edge vpc-prod host eth0 &&
		lab_addr host eth0 172.16.0.10/24 fd00:16::10/64 &&
		lab_route host default via 172.16.0.1 &&
		lab_route host default via fd00:16::1
}

# world_conf [LINE OF PEER...]: configuration of the edge. Variables: peer (address).
world_conf() {
	cat <<-X
	system router-id 10.255.0.1
	physical-connection pc-1
	 interface port-1
	!
	tenant acme
	 vpc prod
	  cidr 172.16.0.0/16
	  cidr fd00:16::/48
	  interface vpc-prod
	   address 172.16.0.1/24
	   address fd00:16::1/64
	 vbr hz-a
	  physical-connection pc-1
	  vlan-id 0
	  ipv4 local-gateway 10.0.0.1
	  ipv4 peer-gateway 10.0.0.2
	  ipv4 prefix-length 30
	  ipv6 local-gateway fd00:f::1
	  ipv6 peer-gateway fd00:f::2
	  ipv6 prefix-length 64
	  bgp
	   network 203.0.114.0/24
	   network 2a01:114::/32
	   peer ${peer:-10.0.0.2}
	    peer-as 65001
	    connect-retry 1
	    hold-time 9
	    keepalive 3
	$(printf '    %s\n' "$@")
	 peering hz-a-prod
	  initiator vbr hz-a
	  acceptor vpc prod
	  spec Large.1
	!
	X
}

# peer_state [ADDRESS]: state of a peer, as the edge sees it.
peer_state() {
	lab_show edge "show bgp summary" \
		"[p['state'] for p in d['peers'] if p['address'] == '${1:-${peer:-10.0.0.2}}'][0]"
}

established() {
	[ "$(peer_state "$@" 2>/dev/null)" = established ]
}

# sessions_lost: how many went down so far. At the start a pair may make two connections and close
# one that was up already; what is asserted is that none goes down later.
sessions_lost() {
	grep -c "session down" "$LAB_DIR/log/edge-vbrd"
}

# table vpc|vbr NAME [TENANT]: number of the kernel's table.
table() {
	lab_show edge "show route tenant ${3:-acme} $1 $2" "d['kernel-table']"
}

# acceptor_end PEERING: the interface by which its acceptor's routes leave.
acceptor_end() {
	lab_show edge "show peering acme $1" "d['peerings'][0]['interface']" | sed 's/a$/b/'
}

# in_kernel TABLE PREFIX: is the route there?
in_kernel() {
	lab_in edge ip -"$(family "$2")" route show table "$1" exact "$2" proto bgp 2>/dev/null | grep -q .
}

# lab_ways TABLE PREFIX: devices by which the kernel sends what goes there, sorted. In a resilient
# group, who has a weight of 1 only stands by (fib/group/spare.c).
lab_ways() {
	local id

	id=$(lab_in edge ip -"$(family "$2")" route show table "$1" exact "$2" |
		sed -n 's/.* nhid \([0-9]*\).*/\1/p')
	lab_in edge ip -j nexthop | lab_json "(lambda n, g: ' '.join(sorted(n[m['id']]['dev']
		for m in g.get('group', [g]) if g.get('type') != 'resilient' or 'weight' in m)))(
		{x['id']: x for x in d}, [x for x in d if x['id'] == ${id:-0}][0])"
}

family() {
	case $1 in *:*) echo 6 ;; *) echo 4 ;; esac
}

# reaches FROM ADDRESS [SOURCE]
reaches() {
	lab_in "$1" ping -n -q -c 3 -i 0.1 -W 2 ${3:+-I "$3"} "$2"
}

# bird_conf [LINE OF THE CHANNEL...]: an IDC with BIRD; routes in ROUTES4 and ROUTES6.
bird_conf() {
	local r

	echo "router id 10.0.0.2; protocol device { scan time 1; } log stderr all;"
	echo "protocol kernel { ipv4 { export where source = RTS_BGP; import none; }; }"
	echo "protocol kernel { ipv6 { export where source = RTS_BGP; import none; }; }"
	echo "protocol static s4 { ipv4;"
	for r in ${routes4:-192.168.1.0/24}; do echo "route $r blackhole;"; done
	echo "} protocol static s6 { ipv6;"
	for r in ${routes6:-fd00:1::/48}; do echo "route $r blackhole;"; done
	echo "} protocol bgp edge { local as 65001; neighbor ${1:-10.0.0.1} as 45104;"
	echo "hold time 9; keepalive time 3; connect delay time 1; connect retry time 1; error wait time 1, 2;"
	echo "${password:+password \"$password\";} $(chan "${1:-10.0.0.1}") { import all; export where source = RTS_STATIC; }; }"
}

chan() {
	echo "ipv$(family "$1")"
}
