#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# monitor events: sessions, commits, limits, policies and lines as they happen, as lines and as
# JSON, for all and for one tenant; a reader that does not read holds nobody up.
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

step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(world_conf)
watch all "monitor events"
watch json "monitor events json"
watch acme "monitor events tenant acme json"
watch other "monitor events tenant other json"
sleep $((slow))
step "a commit" edit "tenant acme description words"
soon 10 "is told" told all "commit tenant=acme revision=2 committed: 1 objects changed"
soon 10 "as JSON" told json '"event":"commit","tenant":"acme","count":1,"revision":2'
soon 10 "to the tenant" told acme '"event":"commit"'
step "there is no such tenant" told other "there is no tenant"
step "BIRD starts" lab_bird idc < <(routes4="192.168.1.0/24 198.51.99.0/24" bird_conf)
soon 20 "the session comes up" established
soon 10 "that is told" told all "peer-up tenant=acme instance=vbr hz-a peer=10.0.0.2 session established"
step "another policy" edit "tenant acme policy route-map from-idc term 10 action permit" \
	"tenant acme vbr hz-a bgp peer 10.0.0.2 import-policy from-idc"
soon 10 "when it is applied that is told" told all \
	"policy-applied tenant=acme instance=vbr hz-a peer=10.0.0.2 the import policy has been run over 2 routes"
step "a limit" edit "tenant acme vbr hz-a bgp peer 10.0.0.2 route-limit maximum 2"
step "the session is cleared" sh "clear bgp tenant acme vbr hz-a all"
soon 10 "down is told with its reason" told json '"event":"peer-down"'
soon 20 "the limit's warning is told" told acme '"event":"limit-warning"'
step "the line goes" lab_in idc ip link set wan down
soon 10 "that is told" told all "link-down tenant=acme instance=vbr hz-a interface=port-1 the line is down"
step "and comes" lab_in idc ip link set wan up
soon 10 "that too" told json '"event":"link-up"'
step "each line is an object" is_json json
all=$(pid_of "monitor events")
step "Ctrl-C ends it" kill -INT "$all"
soon 5 "at once" not kill -0 "$all"
stopped=$(pid_of "monitor events json")
step "a reader that stops" kill -STOP "$stopped"
step "delays no commit" edit "tenant acme description more"
step "and no session" sh "show bgp summary"
kill -KILL "$stopped" "$(pid_of "monitor events tenant acme json")"
