#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every show answers as text and as JSON, with the keys that doc and contract promise; rejected
# routes come with their reason; an empty tenant and an empty edge are shown as such.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird

# shown CHECK-NAME COMMAND...: shows.py knows the shape by the name of the check.
shown() {
	local name=$1

	shift
	sh "$* json" | python3 "$(dirname "$0")/shows.py" "$name"
}

# fails EXIT TEXT COMMAND: what is not there is told, with the exit code of a failed command.
fails() {
	local want=$1 text=$2

	shift 2
	code "$want" sh "$@" 2>&1 | grep -qF -- "$text"
}

start() {
	routes4="192.168.1.0/24 198.51.99.0/24 0.0.0.0/0 172.16.7.0/24 100.64.9.0/24" bird_conf |
		lab_bird idc
}

rejects() {
	sh "show bgp routes tenant acme vbr hz-a peer 10.0.0.2 rejected json" |
		python3 "$(dirname "$0")/shows.py" rejected "$@"
}

step "namespaces and links" world
# shellcheck disable=SC2119
step "vbrd starts" lab_vbrd edge < <(
	world_conf
	printf 'tenant empty\n!\ntenant far\n vpc x\n  cidr 10.77.0.0/16\n!\n'
	printf 'tenant acme\n peering waits\n  initiator vbr hz-a\n  acceptor tenant far\n'
	printf '  acceptor vpc x\n  bandwidth 10\n!\n'
	printf 'tenant acme\n asymmetry-detection sample 10\n!\n'
)
step "BIRD starts" start
soon 30 "the session comes up" established
soon 10 "routes are there" has 198.51.99.0/24 sh "show route tenant acme vpc prod"

for what in version system memory threads physical-connection tenant vbr vpc peering failover \
	"failover-group drills" "bgp summary" "bgp peer" bfd drift "configuration history"; do
	step "show $what" sh "show $what"
	step "show $what json" shown "$what" "show $what"
done
step "show tenant asymmetry json" shown asymmetry "show tenant acme asymmetry"
step "show route json" shown route "show route tenant acme vpc prod"
for view in "" "peer 10.0.0.2 received" "peer 10.0.0.2 accepted" "192.168.1.1" "192.168.0.0/16 longer"; do
	step "show bgp routes $view" shown "bgp routes" "show bgp routes tenant acme vbr hz-a $view"
done
step "show bgp routes advertised" shown advertised \
	"show bgp routes tenant acme vbr hz-a peer 10.0.0.2 advertised"
step "rejected routes have a reason" rejects 0.0.0.0/0 172.16.7.0/24 100.64.9.0/24
step "routes across the peering are counted" lab_is 2 lab_show edge "show peering acme hz-a-prod" \
	"d['peerings'][0]['routes-forward']"
step "without consent it waits" lab_is pending-acceptance lab_show edge "show peering acme waits" \
	"d['peerings'][0]['state']"
step "a tenant of nothing has zeroes" lab_is "0 0 0" lab_show edge "show tenant empty" \
	"' '.join(str(d['tenants'][0][k]) for k in ('vbrs', 'vpcs', 'peerings'))"

step "no such tenant" fails 1 'no tenant "nobody"' "show tenant nobody"
step "no such VBR" fails 1 'no vbr "nothing"' "show vbr acme nothing"
step "no such VPC" fails 1 'no vpc "nothing"' "show vpc acme nothing"
step "no such peering" fails 1 'no peering "nothing"' "show peering acme nothing"
step "no such connection" fails 1 'no physical-connection "nothing"' "show physical-connection nothing"
step "no such instance" fails 1 'no vbr "nothing"' "show route tenant acme vbr nothing"
step "no such peer" fails 1 'no such peer' "show bgp peer tenant acme vbr hz-a 10.0.0.9"
step "no such peer to clear" fails 1 'no peer matches' "clear bgp tenant acme vbr hz-a 10.0.0.9"

step "log level debug takes effect at once" edit "system log level debug"
step "the session is cleared" sh "clear bgp tenant acme vbr hz-a all"
soon 30 "and comes back" established
step "which the log tells in detail" has "debug session" cat "$LAB_DIR/log/edge-vbrd"
step "everything is deleted" edit "no tenant acme" "no tenant far" "no tenant empty" \
	"no physical-connection pc-1"
for what in tenant vbr vpc peering physical-connection "bgp summary"; do
	step "show $what of an empty edge" shown empty "show $what"
done
