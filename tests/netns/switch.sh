#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A line dies while the worker stands still: the fib hears of it from BFD, or sees the device go, and
# moves a VPC's traffic to the other VBR all the same. A line that is back meanwhile wakes nobody: the
# worker does, with the next session. On line 1 there are two routers at first, and the VBR uses both:
# its routes die with the second one. And a line that loses its carrier while the fib stands still: the
# kernel leaves its routes in the tables, so that nobody waits for their removal.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/netns/pair.inc
. "$VBRD_SRCDIR/tests/netns/pair.inc"
need bird

hold=90 keepalive=30

conf() { # 1.5 s: slow enough for a loaded machine
	pair_conf | sed '/peer-gateway 10.0.1.2/{n;s/30/29/}
		/^   peer 10.0.1.2$/,/keepalive/{H;/keepalive/{x;s/^\n//p;s/10.0.1.2/10.0.1.3/p;d;};d}' |
		sed 's/^    peer-as 65001$/&\n    bfd true/
		/^  bgp$/i\  bfd min-tx 300\n  bfd min-rx 300\n  bfd multiplier 5'
}

bfd_of_bird='protocol bfd { interface "wan" { min rx interval 300 ms; min tx interval 300 ms; multiplier 5; }; }'

watched_router() { # a|b STATEMENT
	pair_router "$1" "${2:-}" "$bfd_of_bird" &&
		sed -i 's/hold time/bfd on; hold time/' "$LAB_DIR/$1-bird/bird.conf" &&
		lab_birdc "$1-bird" configure
}

# Router c: on the line of a, with an address of its own.
second_router() {
	lab_ns c && lab_router c &&
		ip -n "$LAB_NAME-a" link add link wan name wan-c type macvlan mode bridge &&
		ip -n "$LAB_NAME-a" link set wan-c netns "$LAB_NAME-c" name wan &&
		ip -n "$LAB_NAME-c" link set wan up && lab_addr c wan 10.0.1.3/29 &&
		lab_link c lan site to-c && lab_addr c lan 192.168.103.1/24 &&
		lab_addr site to-c 192.168.103.2/24 &&
		lab_route c 192.168.1.0/24 via 192.168.103.2 &&
		sed 's/10\.0\.1\.2/10.0.1.3/g; s/192\.168\.101/192.168.103/g
			s/^protocol bfd {/& neighbor 10.0.1.1 dev "wan" local 10.0.1.3;/' \
			"$LAB_DIR/a-bird/bird.conf" | lab_bird c
}

all_up() {
	pair_up && established 10.0.1.3
}

watched() {
	lab_is "up up up" lab_show edge "show bfd" "' '.join(s['state'] for s in d['sessions'])"
}

way() { # the kernel's, for the VPC's host
	lab_in edge ip route get 192.168.1.1 from 172.16.0.10 iif vpc-prod | grep -o 'dev [^ ]*' | cut -c5-
}

hold() { # N [THREAD]
	mkfifo "$LAB_DIR/hold.$1" && {
		"$LAB_PYTHON" "$VBRD_SRCDIR/tests/netns/hold.py" "$(lab_pid edge-vbrd)" "${2:-worker-0}" \
			<"$LAB_DIR/hold.$1" >"$LAB_DIR/held.$1" 2>&1 &
	}
	exec 7>"$LAB_DIR/hold.$1"
}

is_held() {
	grep -q held "$LAB_DIR/held.$1" &&
		grep -qs "^State:.*tracing stop" /proc/"$(lab_pid edge-vbrd)"/task/*/status
}

# Packets of either end go nowhere, and no device notices.
nowhere="lladdr 02:00:00:00:00:99 nud permanent"

cut_silently() { # ROUTER N
	# shellcheck disable=SC2086 # words
	lab_in edge ip neigh replace "10.0.1.$2" dev port-1 $nowhere &&
		lab_in "$1" ip neigh replace 10.0.1.1 dev wan $nowhere
}

mend() {
	lab_in edge ip neigh del 10.0.1.2 dev port-1 && lab_in a ip neigh del 10.0.1.1 dev wan &&
		lab_in edge ip neigh del 10.0.1.3 dev port-1 && lab_in c ip neigh del 10.0.1.1 dev wan
}

sees_us() { # ROUTER
	lab_birdc "$1-bird" show bfd sessions | grep "^10.0.1.1" | grep -q " Up "
}

ways_of_line_1() { # by the kernel
	lab_in edge ip route show table all 192.168.1.0/24 | grep -o 'via 10.0.1.[0-9]*' | xargs
}

lost_by_bfd() {
	grep -c "peer=10.0.1.2 session down.*BFD" "$LAB_DIR/log/edge-vbrd"
}

step "namespaces and links" pair_world
step "vbrd starts" lab_vbrd edge < <(conf)
step "router a" watched_router a
step "router b, the farther one" watched_router b "bgp_path.prepend(65001);"
step "its way back is b's" lab_route site default via 192.168.102.1
step "router c, on the line of a" second_router
soon 30 "all sessions come up" all_up
soon 30 "and are watched" watched
a=$(acceptor_end hz-a-prod)
b=$(acceptor_end hz-b-prod)
soon 10 "line 1 is used" lab_is "$a" way
soon 10 "and both routers on it" lab_is "via 10.0.1.2 via 10.0.1.3" ways_of_line_1
step "the host reaches the data centre" reaches host 192.168.1.1

hold 1
soon 10 "the worker stands still" is_held 1
step "router c is cut off, without a word" cut_silently c 3
soon 20 "line 1 goes on without it" lab_is "via 10.0.1.2" ways_of_line_1
step "line 1 is still used" lab_is "$a" way
step "router a is cut off, too" cut_silently a 2
soon 20 "traffic goes by b" lab_is "$b" way
step "packets arrive" reaches host 192.168.1.1
step "line 1 is mended" mend
soon 20 "BFD is back" sees_us a
soon 20 "with both" sees_us c
step "traffic still goes by b" lab_is "$b" way
step "the worker has had no part in it" is_held 1
exec 7>&-
soon 20 "it hears of it, and ends the session" lab_is 1 lost_by_bfd
soon 30 "the sessions are back" all_up
soon 20 "traffic goes by line 1" lab_is "$a" way

static="tenant acme vbr hz-a static-route 203.0.113.0/24"
step "nobody watches peers of line 1 any more, where one is left" edit \
	"tenant acme vbr hz-a bgp peer 10.0.1.2 bfd false" "no tenant acme vbr hz-a bgp peer 10.0.1.3" \
	"$static next-hop 10.0.1.3" "$static bfd true"
soon 20 "the other one is the next hop of a static route" in_kernel "$(table vbr hz-a)" 203.0.113.0/24
step "and watched as such" cut_silently c 3
soon 20 "the route is out" not in_kernel "$(table vbr hz-a)" 203.0.113.0/24
soon 10 "traffic goes by a" lab_is "$a" way
hold 2
soon 10 "the worker stands still" is_held 2
step "the port of line 1 goes down" ip -n "$LAB_NAME-a" link set wan down
soon 10 "traffic goes by b" lab_is "$b" way
step "packets arrive" reaches host 192.168.1.1
step "the worker has had no part in it" is_held 2
exec 7>&-
soon 10 "the worker agrees" not established 10.0.1.2
step "traffic still goes by b" lab_is "$b" way

# A kernel without IFB devices, say, cannot.
if lab_sh edge -c "show system json" | grep -q routes-stay; then
	step "the port is up" ip -n "$LAB_NAME-a" link set wan up
	soon 30 "the sessions are back" pair_up
	t=$(table vbr hz-a)
	soon 10 "and the routes" in_kernel "$t" 192.168.1.0/24
	hold 3 fib
	soon 10 "the fib stands still" is_held 3
	step "the port of line 1 goes down" ip -n "$LAB_NAME-a" link set wan down
	soon 10 "there is no carrier" has NO-CARRIER lab_in edge ip link show port-1
	step "its routes are still there" in_kernel "$t" 192.168.1.0/24
	step "the fib has had no part in it" is_held 3
	exec 7>&-
	soon 10 "traffic goes by b" lab_is "$b" way
	soon 10 "they are out" not in_kernel "$t" 192.168.1.0/24
fi
