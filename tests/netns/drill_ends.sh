#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How failover drills do not hurt: refused while the standby is not healthy, closed by the death of
# the daemon, stopped by that of the standby, refused at the end of all. The primary is back each
# time.
# builds: asan
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/netns/pair.inc
. "$VBRD_SRCDIR/tests/netns/pair.inc"
# shellcheck source=tests/netns/drill.inc
. "$VBRD_SRCDIR/tests/netns/drill.inc"
need bird

all_aborted() { # NUMBER
	local c=() i

	for ((i = 0; i < $1; i++)); do
		c+=("request tenant acme failover-group hz drill start at $tomorrow"
			"request tenant acme failover-group hz drill abort")
	done
	sh "${c[@]}"
}

standby() {
	lab_show edge "show failover acme" "d['failover-groups'][0]['members'][1]['state']"
}

# All but the thread that withdraws the routes goes on.
hold_routes() {
	mkfifo "$LAB_DIR/hold" && {
		"$LAB_PYTHON" "$VBRD_SRCDIR/tests/netns/hold.py" "$(lab_pid edge-vbrd)" fib \
			<"$LAB_DIR/hold" >"$LAB_DIR/held" 2>&1 &
	}
	exec 7>"$LAB_DIR/hold"
}

tomorrow=$(date -u -d "+1 day" +%Y-%m-%dT%H:%M:%SZ)
drill_world routes-differ ""
step "one is refused" has "VBR hz-b lacks 1 routes that hz-a has" drill "start"
step "but for who insists" drill "start by cut target peer 10.0.1.2 force"
soon 10 "the session is down" not established 10.0.1.2
soon 10 "traffic goes by the standby" lab_is "$b" pair_ways
step "vbrd is killed" lab_stop edge-vbrd KILL
step "and starts again" lab_vbrd_again edge
step "the drill was closed" has "ended interrupted - routes-missing" verdict
soon 30 "both sessions are up" pair_up
soon 10 "traffic goes by the primary" lab_is "$a" pair_ways

step "one is scheduled" drill "start at $tomorrow target vbr hz-b"
step "vbrd is killed" lab_stop edge-vbrd KILL
step "and starts again" lab_vbrd_again edge
step "it is still scheduled" lab_is "scheduled - -" verdict
step "it is called off" drill abort
step "and has done nothing" lab_is "ended aborted -" verdict
step "so are 34 more" all_aborted 34
step "32 are remembered, the newest first" lab_is "32 36 5" lab_show edge "show failover-group drills" \
	"'%d %d %d' % (len(d['drills']), d['drills'][0]['id'], d['drills'][-1]['id'])"

soon 30 "both sessions are up" pair_up
soon 30 "the standby has been looked at" lab_is up standby
step "the primary is cut" drill "start by cut force"
soon 10 "it is down" lab_is down state
soon 10 "traffic goes by the standby" lab_is "$b" pair_ways
step "router b dies" lab_stop b-bird KILL
soon 40 "that stops it" has "ended stopped fail standby-failed" verdict
step "it has cost something" lab_is true last "d['probes-lost'] > 0 and d['outage-us'] > 0"
soon 20 "traffic goes by the primary" lab_is "$a" pair_ways

hold_routes
soon 10 "the thread of the routes stands still" grep -q held "$LAB_DIR/held"
step "all is withdrawn" sh "shutdown withdraw"
soon 10 "there are no workers any more" has "vbrd is shutting down" sh "show bgp summary"
step "a drill is refused" has "vbrd is shutting down" drill "start by cut force"
step "a life has an end" sh "request tenant acme vbr hz-b terminate drain 0"
exec 7>&-
soon 10 "vbrd is gone" not lab_alive edge-vbrd
