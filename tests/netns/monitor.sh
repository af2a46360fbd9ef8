#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# monitor events: sessions, commits, limits, policies and lines as they happen, as lines and as
# JSON, for all and for one tenant; best paths as they change, with what became of the old one; a
# reader that does not read holds nobody up.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird

log_of="$LAB_DIR/events"

watch() { # NAME COMMAND: a monitor in the background
	lab_sh edge -c "$2" >"$log_of-$1" 2>&1 &
}

pid_of() { # COMMAND of a monitor
	pgrep -xf "[^ ]*vbrsh .*-c $1" | tail -n 1
}

told() { # NAME TEXT
	grep -qF -- "$2" "$log_of-$1" || { cat "$log_of-$1"; return 1; }
}

is_json() { # each line by itself
	python3 -c 'import json,sys; [json.loads(l) for l in open(sys.argv[1])]' "$log_of-$1"
}

many_routes() { # more than the queue of a reader holds
	local i

	for i in {0..6000}; do
		echo "static-route 198.$((18 + i / 4096)).$((i / 16 % 256)).$((i % 16 * 16))/28 blackhole"
	done | sed 's/^/tenant acme vbr hz-a /' >"$LAB_DIR/many"
	echo "tenant acme vbr hz-a static-route 198.51.97.252/30 blackhole" >>"$LAB_DIR/many"
	echo "tenant acme quota vbr-static-route 7000" >>"$LAB_DIR/many"
	lab_sh edge -c configure -c "load merge $LAB_DIR/many" -c commit
}

# When a monitor begins to listen is not told, so its tenant is changed until it hears of it.
hears_its_own() { # TENANT
	edit "tenant $1 description \"$RANDOM\"" && told "$1" '"event":"commit"'
}

shows_drift() {
	sh "show drift" | grep -E "acme +vbr hz-a +$t +192\.168\.1\.0/24 +missing +yes"
}

missed() { # by the reader of paths, on a machine that gives it no time for two seconds
	sed -n 's/.*"routes-missed".*"count":\([0-9]*\).*/\1/p' "$log_of-paths" |
		awk '{ n += $1 } END { print n + 0 }'
}

told_last() {
	told paths '"prefix":"198.51.97.252/30"' || grep -q '"event":"routes-missed"' "$log_of-paths"
}

told_many() {
	local n

	n=$(grep -c '"prefix":"198.1[89]' "$log_of-paths")
	[ $((n + $(missed))) -ge 6000 ]
}

misses_some() { # who does not read for longer than he is waited for
	local pid

	pid=$(pid_of "monitor events routes")
	kill -STOP "$pid"
	edit "tenant acme peering hz-a-prod enabled false"
	edit "tenant acme peering hz-a-prod enabled true"
	sleep 3
	kill -CONT "$pid"
	lab_wait 5 "words" grep -qE 'routes-missed too slow: [0-9]+ changes were missed' \
		"$log_of-routes"
}

step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(world_conf)
watch all "monitor events"
watch json "monitor events json"
watch acme "monitor events tenant acme json"
watch other "monitor events tenant other json"
watch routes "monitor events routes"
watch paths "monitor events tenant acme routes json"
soon 10 "what is there is known" told routes "routes-watched best paths are told from here on"
soon 10 "as JSON too" told paths '"event":"routes-watched","tenant":"acme"'
sleep $((slow))
step "a commit" edit "tenant acme description words"
soon 10 "is told" told all "commit tenant=acme revision=2 committed: 1 objects changed"
soon 10 "as JSON" told json '"event":"commit","tenant":"acme","count":1,"revision":2'
soon 10 "to the tenant" told acme '"event":"commit"'
step "there is no such tenant" told other "there is no tenant"
step "another one comes" edit "tenant globex vpc shared cidr 172.31.0.0/16"
watch globex "monitor events tenant globex json"
soon 10 "somebody listens for it" hears_its_own globex
step "BIRD starts" lab_bird idc < <(routes4="192.168.1.0/24 198.51.99.0/24" bird_conf)
soon 20 "the session comes up" established
soon 10 "that is told" told all "peer-up tenant=acme instance=vbr hz-a peer=10.0.0.2 session established"
soon 10 "a route is told" told routes \
	"route-new tenant=acme instance=vbr hz-a prefix=192.168.1.0/24 none -> bgp 10.0.0.2"
soon 10 "and where it crosses to" told routes \
	"route-new tenant=acme instance=vpc prod prefix=192.168.1.0/24 none -> peering hz-a-prod"
step "a route of our own" edit "tenant acme vbr hz-a static-route 192.168.1.0/24 blackhole"
soon 10 "displaces it: by which step" told routes \
	"prefix=192.168.1.0/24 bgp 10.0.0.2 -> static: it lost by weight, 0 against 32768 of static"
soon 10 "as JSON, with codes" told paths '"event":"route-changed","tenant":"acme","instance":"vbr hz-a"'
step "it goes again" edit "no tenant acme vbr hz-a static-route 192.168.1.0/24"
soon 10 "that is told" told routes "static -> bgp 10.0.0.2: its source has withdrawn it [withdrawn]"
t=$(table vbr hz-a)
step "somebody takes the place of a route" lab_in edge ip route add blackhole 198.51.98.0/24 \
	table "$t" metric 20
step "and deletes one of ours" lab_in edge ip route del 192.168.1.0/24 table "$t"
step "the first one is wanted" edit "tenant acme vbr hz-a static-route 198.51.98.0/24 blackhole"
soon 10 "what the kernel refuses is told" told all \
	"kernel-error tenant=acme instance=vbr hz-a prefix=198.51.98.0/24 table=$t the kernel refuses the route: "
soon 10 "its code is in show route" lab_is EEXIST lab_show edge "show route tenant acme vbr hz-a ipv4 198.51.98.0/24" \
	"d['routes'][0]['error-code']"
soon 10 "with the error" told acme '"code":"EEXIST","prefix":"198.51.98.0/24","kernel-table":'"$t"
soon 10 "the comparison that follows is told" told all \
	"drift-repaired tenant=acme instance=vbr hz-a prefix=192.168.1.0/24 table=$t put right in the kernel: it was not there [missing]"
soon 10 "as JSON" told acme '"code":"missing","prefix":"192.168.1.0/24","kernel-table":'"$t"
soon 10 "and shown" shows_drift
step "not to another tenant" not grep -qE "drift-repaired|kernel-error|peer-up" "$log_of-globex"
step "the place is free again" lab_in edge ip route del blackhole 198.51.98.0/24 table "$t" metric 20
step "it is wanted no more" edit "no tenant acme vbr hz-a static-route 198.51.98.0/24"
step "another policy" edit "tenant acme policy route-map from-idc term 10 action permit" \
	"tenant acme vbr hz-a bgp peer 10.0.0.2 import-policy from-idc"
soon 10 "when it is applied that is told" told all \
	"policy-applied tenant=acme instance=vbr hz-a peer=10.0.0.2 the import policy has been run over 2 routes"
step "a limit" edit "tenant acme vbr hz-a bgp peer 10.0.0.2 route-limit maximum 2"
step "the session is cleared" sh "clear bgp tenant acme vbr hz-a all"
soon 10 "down is told with its reason" told json '"event":"peer-down"'
soon 10 "and the word for it" told json '"code":"admin-reset","notification-code":6,"notification-subcode":4'
step "that show has too" has '"last-error-code": "' \
	sh "show bgp peer tenant acme vbr hz-a 10.0.0.2 json"
soon 20 "the limit's warning is told" told acme '"event":"limit-warning"'
soon 10 "and routes with theirs" told paths '"code":"no-session"'
soon 20 "the session comes back" established
step "the line goes" lab_in idc ip link set wan down
soon 10 "that is told" told all "link-down tenant=acme instance=vbr hz-a interface=port-1 the line is down"
soon 10 "and what it does to the session" told all '"link down or disabled" [interface-down]'
step "and comes" lab_in idc ip link set wan up
soon 10 "that too" told json '"event":"link-up"'
step "each line is an object" is_json json
step "of routes too" is_json paths
step "who does not ask is told no routes" not grep -q "route-new" "$log_of-all"
all=$(pid_of "monitor events")
step "Ctrl-C ends it" kill -INT "$all"
soon 5 "at once" not kill -0 "$all"
stopped=$(pid_of "monitor events json")
step "a reader that stops" kill -STOP "$stopped" "$(pid_of "monitor events routes")"
step "delays no commit" edit "tenant acme description more"
step "and no session" sh "show bgp summary"
step "nor thousands of routes" many_routes
soon 30 "that others are told" told_last
soon 10 "all of them" told_many
soon 60 "it is told how much it has missed" misses_some
step "an end without a word" kill -KILL "$stopped" "$(pid_of "monitor events routes")"
step "ends nobody else" sh "show bgp summary"
kill -KILL "$(pid_of "monitor events tenant acme json")" "$(pid_of "monitor events tenant globex json")" \
	"$(pid_of "monitor events tenant acme routes json")"
