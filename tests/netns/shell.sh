#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vbrsh in scripts: exit codes, several commands, pipes, JSON of every show.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird

shows=(
	"show version" "show system" "show memory" "show threads" "show physical-connection"
	"show physical-connection pc-1" "show tenant" "show tenant acme" "show vbr" "show vbr acme"
	"show vbr acme hz-a" "show vpc" "show vpc acme" "show vpc acme prod" "show peering"
	"show peering acme" "show peering acme hz-a-prod" "show bgp summary"
	"show bgp summary tenant acme" "show bgp summary tenant acme vbr hz-a"
	"show bgp peer" "show bgp peer tenant acme vbr hz-a" "show bgp peer tenant acme vbr hz-a 10.0.0.2"
	"show bgp routes tenant acme vbr hz-a" "show bgp routes tenant acme vpc prod"
	"show bgp routes tenant acme vbr hz-a ipv4" "show bgp routes tenant acme vbr hz-a ipv6"
	"show bgp routes tenant acme vbr hz-a ipv4 192.168.1.0/24"
	"show bgp routes tenant acme vbr hz-a ipv4 192.0.0.0/8 longer"
	"show bgp routes tenant acme vbr hz-a ipv4 192.168.1.7/32 longest-match"
	"show bgp routes tenant acme vbr hz-a peer 10.0.0.2 received"
	"show bgp routes tenant acme vbr hz-a peer 10.0.0.2 accepted"
	"show bgp routes tenant acme vbr hz-a peer 10.0.0.2 rejected"
	"show bgp routes tenant acme vbr hz-a peer 10.0.0.2 advertised"
	"show route tenant acme vbr hz-a" "show route tenant acme vpc prod ipv4"
	"show route tenant acme vpc prod ipv4 192.168.1.0/24"
	"show drift" "show running-config" "show running-config tenant acme"
	"show candidate-config" "show configuration history"
)

# A name that is nowhere is an error, in text, JSON and CSV alike, and never an empty answer.
nowhere=(
	"show tenant nobody" "show tenant nobody asymmetry" "show vbr nobody" "show vbr acme nobody"
	"show vpc nobody" "show vpc acme nobody" "show peering nobody" "show peering acme nobody"
	"show health nobody" "show health acme nobody" "show failover nobody"
	"show failover-group nobody drills" "show failover-group acme nobody drills"
	"show physical-connection nobody" "show qos tenant nobody" "show qos tenant acme vbr nobody"
	"show bgp summary tenant nobody" "show bgp summary tenant acme vbr nobody"
	"show bgp peer tenant nobody vbr hz-a" "show bgp peer tenant acme vbr nobody"
	"show bgp peer tenant acme vbr hz-a 10.0.0.3" "show bgp routes tenant acme vbr nobody"
	"show route tenant acme vpc nobody" "explain tenant nobody vpc prod 10.0.0.0/8"
	"show metering tenant nobody" "show metering hours tenant nobody"
	"show metering bill tenant nobody" "show metering verify tenant nobody"
	"clear bgp tenant nobody vbr hz-a all" "clear bgp tenant acme vbr nobody all"
	"monitor events tenant nobody"
)

# Exit 1, nothing on stdout, and one sentence that names what is missing.
names_what_is_missing() { # COMMAND
	local out

	out=$(code 1 sh "$1" 2>"$LAB_DIR/error") && [ -z "$out" ] &&
		grep -qE '^% .*("nobody"|no such peer)' "$LAB_DIR/error"
}

prefixes() {
	lab_show edge "show bgp routes tenant acme vbr hz-a $1" "[r['prefix'] for r in d['routes']]"
}

step "namespaces and links" world
step "without vbrd: exit 3" code 3 lab_sh edge -c "show version"
step "vbrd starts" lab_vbrd edge < <(world_conf)
step "BIRD starts" lab_bird idc < <(
	routes4="192.168.1.0/24 192.168.0.0/16 192.169.0.0/16 10.0.0.0/24 0.0.0.0/0" bird_conf)
soon 20 "the session comes up" established
soon 10 "with its routes" has 192.169.0.0/16 sh "show bgp routes tenant acme vbr hz-a"

for s in "${shows[@]}"; do
	step "$s" sh "$s"
	step "$s json" lab_json "d is not None" < <(sh "$s json")
done

step "with-defaults" has "mtu 1500" sh "show running-config with-defaults"
step "in JSON as well" lab_json "d['vbrd:tenant'][0]['vbr'][0]['mtu'] == 1500 or d['no']" < <(
	sh "show running-config json with-defaults")
step "an exact prefix" lab_is '["192.168.0.0/16"]' prefixes "ipv4 192.168.0.0/16"
step "more specific ones" lab_is '["192.168.0.0/16", "192.168.1.0/24"]' \
	prefixes "ipv4 192.168.0.0/16 longer"
step "the longest match" lab_is '["192.168.1.0/24"]' prefixes "ipv4 192.168.1.9/32 longest-match"
step "the default route was received" has '0.0.0.0/0' prefixes "peer 10.0.0.2 received"
step "and rejected by the safety filter" has '0.0.0.0/0' prefixes "peer 10.0.0.2 rejected"
step "what is accepted" lacks '0.0.0.0/0' prefixes "peer 10.0.0.2 accepted"
step "what the peer is told" lab_is '["172.16.0.0/16", "203.0.114.0/24"]' \
	prefixes "peer 10.0.0.2 advertised"
step "and has" lab_is 2 eval 'lab_birdc idc-bird show route protocol edge | grep -c AS45104'

for s in "${nowhere[@]}"; do
	step "$s" names_what_is_missing "$s"
done
for s in "show bgp summary tenant nobody json" "show metering bill tenant nobody json" \
	"show metering bill tenant nobody csv" "show metering samples tenant nobody csv"; do
	step "$s" names_what_is_missing "$s"
done
step "a failed command: exit 1" code 1 sh "show vbr acme nobody"
step "a word that is none: exit 2" code 2 sh "show nonsense"
step "an option that is none: exit 2" code 2 lab_sh edge --nonsense
step "a commit that fails: exit 5" code 5 edit "tenant acme quota vpc 0"
step "stops at the first failure" lacks version eval 'sh "show vbr acme nobody" "show version" || :'
step "-n goes on" has version lab_sh edge -n -c "show vbr acme nobody" -c "show version"
step "errors go to stderr" lab_is "" eval 'sh "show vbr acme nobody" 2>/dev/null || :'
step "uncommitted changes are a failure" code 1 sh configure "tenant acme description x"
step "words may be abbreviated" has hz-a sh "sh bgp sum"
step "--json" lab_json "d['version']" < <(lab_sh edge --json -c "show version")
step "commands from a file" has version lab_sh edge -f <(echo "show version")

step "| include" lab_is 1 eval 'sh "show bgp routes tenant acme vbr hz-a | include 192.169" | wc -l'
step "| exclude" lacks 192.169 sh "show bgp routes tenant acme vbr hz-a | exclude 192.169"
step "| begin" has 192.169 eval 'sh "show bgp routes tenant acme vbr hz-a | begin 192.169" | head -n 1'
step "| count" lab_is 1 sh "show bgp routes tenant acme vbr hz-a | include 192.169 | count"
step "| no-more" has hz-a sh "show bgp summary | no-more"
step "a broken expression: exit 2" code 2 sh "show version | include ("

step "clear soft in" sh "clear bgp tenant acme vbr hz-a 10.0.0.2 soft in"
step "clear soft out" sh "clear bgp tenant acme vbr hz-a all soft out"
step "leave the session up" established
step "a clear of nobody: exit 1" code 1 sh "clear bgp tenant acme vbr hz-a 10.0.0.3"
step "the peer still has its routes" lab_is 2 eval 'lab_birdc idc-bird show route protocol edge | grep -c AS45104'
