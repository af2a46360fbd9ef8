# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Laboratories of network namespaces, for ./demo and tests/netns. To be sourced by bash.
#
# A lab has a name. All that it makes in the system derives from that name, so that a lab left
# behind by a crash can be removed by the next run, and nothing of anybody else is ever touched:
#
#   namespaces  NAME-X            files, logs, pids  /run/NAME/
#
# A whole test:
#
#   . "$VBRD_SRCDIR/tools/lab/lab.sh"
#   . "$VBRD_SRCDIR/tools/lab/routers.sh"
#   lab_init vbrd-mytest && trap lab_cleanup EXIT
#   lab_ns edge && lab_ns idc
#   lab_link edge port-1 idc wan && lab_addr idc wan 10.0.0.2/30
#   lab_bird idc <<<"$config"
#   lab_vbrd edge <<<"$config"
#   lab_wait 20 "session up" lab_is established lab_show "show bgp summary" "d['peers'][0]['state']"
#
# Functions return 0 or 1 and write the reason of a failure to stderr. Processes are ended by the
# pid that was recorded when they were started (with their start time, since pids are used
# again), never by name; what is left in a namespace of the lab is ended with the namespace.

LAB_HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# The system's own interpreter starts ten times faster than a wrapper found earlier in PATH.
LAB_PYTHON=/usr/bin/python3
[ -x $LAB_PYTHON ] || LAB_PYTHON=python3
PATH=$PATH:/usr/sbin:/sbin

# lab_init NAME: name the lab, remove what an earlier run left, make its folder.
lab_init() {
	lab_open "$1"
	lab_cleanup
	mkdir -p "$LAB_DIR/pid" "$LAB_DIR/log" || return 1
	chmod 755 "$LAB_DIR" # FRR gives up root and still reads its configuration there
}

# lab_open NAME: refer to a lab that exists, or may exist.
lab_open() {
	LAB_NAME=$1
	LAB_DIR=/run/$1
}

lab_warn() {
	echo "lab: $*" >&2
}

#
# Namespaces, links, addresses
#

# lab_ns X...: make namespaces, loopback up.
lab_ns() {
	local x

	for x in "$@"; do
		ip netns add "$LAB_NAME-$x" && ip -n "$LAB_NAME-$x" link set lo up || return 1
	done
}

# lab_router X...: let namespaces forward, also where the ways there and back differ.
lab_router() {
	local x

	for x in "$@"; do
		lab_in "$x" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
			net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 || return 1
	done
}

# lab_in X COMMAND...: run it in a namespace.
lab_in() {
	local x=$1

	shift
	ip netns exec "$LAB_NAME-$x" "$@"
}

# lab_link X INTERFACE Y INTERFACE: a cable between two namespaces, both ends up.
lab_link() {
	ip link add "$2" netns "$LAB_NAME-$1" type veth peer name "$4" netns "$LAB_NAME-$3" &&
		ip -n "$LAB_NAME-$1" link set "$2" up &&
		ip -n "$LAB_NAME-$3" link set "$4" up
}

# lab_switch X INTERFACE...: bridge interfaces of a namespace.
lab_switch() {
	local x=$1 port

	shift
	ip -n "$LAB_NAME-$x" link add br0 type bridge || return 1
	ip -n "$LAB_NAME-$x" link set br0 up
	for port in "$@"; do
		ip -n "$LAB_NAME-$x" link set "$port" master br0 || return 1
	done
}

# lab_addr X INTERFACE ADDRESS/LENGTH...: IPv6 addresses are usable at once.
lab_addr() {
	local x=$1 dev=$2 a

	shift 2
	for a in "$@"; do
		case $a in
		*:*) ip -n "$LAB_NAME-$x" addr add "$a" dev "$dev" nodad || return 1 ;;
		*) ip -n "$LAB_NAME-$x" addr add "$a" dev "$dev" || return 1 ;;
		esac
	done
}

# lab_route X ARGUMENTS OF ip route add...
lab_route() {
	local x=$1

	shift
	ip -n "$LAB_NAME-$x" route add "$@"
}

#
# Processes
#

# Field 22 of stat: start time. The command name, field 2, may hold blanks.
lab_birth() {
	local stat

	{ stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
	set -f -- ${stat##*) }
	set +f
	echo "${20}"
}

# lab_spawn X TAG COMMAND...: start it in a namespace, in the background; output to log/TAG.
lab_spawn() {
	local x=$1 tag=$2

	shift 2
	setsid ip netns exec "$LAB_NAME-$x" "$@" >>"$LAB_DIR/log/$tag" 2>&1 </dev/null &
	echo "$! $(lab_birth $!)" >"$LAB_DIR/pid/$tag"
	disown $! # its end is no news for the shell
}

# lab_pid TAG: print the pid, if that very process still runs.
lab_pid() {
	local pid birth

	{ read -r pid birth <"$LAB_DIR/pid/$1"; } 2>/dev/null || return 1
	[ -n "$birth" ] && [ "$(lab_birth "$pid")" = "$birth" ] && ! lab_is_zombie "$pid" && echo "$pid"
}

# The first thread may have ended while others still hold files and locks: that is not the end.
lab_is_zombie() {
	local threads=("/proc/$1/task/"*)

	[ "${#threads[@]}" -le 1 ] && grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null
}

lab_alive() {
	lab_pid "$1" >/dev/null
}

# lab_stop TAG [SIGNAL [SECONDS]]: end it, and for good after so many seconds (TERM, 5).
lab_stop() {
	local pid i

	pid=$(lab_pid "$1") || { rm -f "$LAB_DIR/pid/$1"; return 0; }
	kill "-${2:-TERM}" "$pid" 2>/dev/null
	for ((i = 0; i < ${3:-5} * 50; i++)); do
		lab_alive "$1" || break
		sleep 0.02
	done
	if lab_alive "$1"; then
		lab_warn "$1 (pid $pid) does not end: killed"
		kill -KILL "$pid" 2>/dev/null
	fi
	rm -f "$LAB_DIR/pid/$1"
	rm -rf "/var/tmp/frr/"*".$pid" # FRR makes a folder for crash logs there
}

# lab_will_make FOLDER...: a program will make these outside of the lab; to be removed with the
# lab, if they are not there yet and will be empty then.
lab_will_make() {
	local d

	for d in "$@"; do
		[ -e "$d" ] || echo "$d" >>"$LAB_DIR/made"
	done
}

#
# Waiting and looking
#

# lab_wait SECONDS WHAT COMMAND...: repeat it until it succeeds.
lab_wait() {
	local until=$((SECONDS + $1)) what=$2

	shift 2
	until "$@" >/dev/null 2>&1; do
		if [ $SECONDS -ge $until ]; then
			lab_warn "timed out waiting for: $what"
			return 1
		fi
		sleep 0.1
	done
}

# lab_is VALUE COMMAND...: does it print just that?
lab_is() {
	local want=$1

	shift
	[ "$("$@" 2>/dev/null)" = "$want" ]
}

# lab_json EXPRESSION [FILE]: a Python expression over the document d. Strings print bare, all
# else as JSON. A missing key or index is a failure: nothing printed, 1.
lab_json() {
	"$LAB_PYTHON" -c '
import json, sys
try:
    d = json.load(open(sys.argv[2]) if len(sys.argv) > 2 else sys.stdin)
    v = eval(sys.argv[1], {"d": d})
except (KeyError, IndexError, TypeError, ValueError) as e:
    sys.exit("lab: %s: %r" % (sys.argv[1], e))
print(v if isinstance(v, str) else json.dumps(v))' "$@"
}

#
# The end
#

# lab_exists: is anything of the lab there?
lab_exists() {
	[ -d "$LAB_DIR" ] || [ -n "$(lab_namespaces)" ]
}

lab_namespaces() {
	ip netns list 2>/dev/null | awk -v p="$LAB_NAME-" 'index($1, p) == 1 { print $1 }'
}

# lab_cleanup: remove all. May be called at any time, any number of times.
lab_cleanup() {
	local ns pid f

	for f in "$LAB_DIR"/pid/*; do # all at once, then one by one
		[ -e "$f" ] && pid=$(lab_pid "${f##*/}") && kill -TERM "$pid" 2>/dev/null
	done
	for f in "$LAB_DIR"/pid/*; do
		[ -e "$f" ] && lab_stop "${f##*/}"
	done
	for ns in $(lab_namespaces); do
		for pid in $(ip netns pids "$ns" 2>/dev/null); do
			kill -KILL "$pid" 2>/dev/null
		done
		ip netns del "$ns"
	done
	[ ! -e "$LAB_DIR/made" ] || xargs -r rmdir 2>/dev/null <"$LAB_DIR/made"
	rm -rf "$LAB_DIR"
}
