#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The kernel is not as configured: ports that appear later, vanish and come back, go down; tables
# and rules that somebody else touched; a daemon without permission. All of it is told, nothing
# is fatal, and what can be put right is.
# builds: plain asan
# long
. "$(dirname "$0")/lib.sh"
need bird

vbr() { # FIELD
	lab_show edge "show vbr acme hz-a" "str(d['vbrs'][0].get('$1', ''))"
}

step "namespaces" lab_ns edge idc host
step "forwarding" lab_router edge idc
step "vbrd starts without its interfaces" lab_vbrd edge < <(world_conf)
step "the VBR is down" not lab_is up vbr state
step "and says why" has "port-1" sh "show vbr acme hz-a"
step "the connection is down" not lab_is up lab_show edge "show physical-connection" "d['physical-connections'][0]['state']"

plug() {
	lab_link edge port-1 idc wan && lab_addr idc wan 10.0.0.2/30 fd00:f::2/64
}

step "the host's side appears" lab_link edge vpc-prod host eth0
step "with its addresses" lab_addr host eth0 172.16.0.10/24
step "and its route" lab_route host default via 172.16.0.1
step "the data centre's host" lab_addr idc lo 192.168.1.1/32
step "the port appears" plug
soon 10 "the VBR comes up" lab_is up vbr state
step "BIRD starts" lab_bird idc < <(bird_conf)
soon 20 "the session comes up" established
t=$(table vpc prod)
soon 10 "traffic flows" reaches host 192.168.1.1

step "the port vanishes" lab_in edge ip link del port-1
soon 10 "the session goes down" not established
soon 10 "the VBR is down" not lab_is up vbr state
soon 10 "its routes leave the VPC" not in_kernel "$t" 192.168.1.0/24
step "the VPC still says unreachable" has "No route to host" \
	lab_in edge ip route get 192.168.1.1 iif vpc-prod from 172.16.0.10
step "the port comes back" plug
soon 10 "the VBR comes up" lab_is up vbr state
soon 30 "so does the session" established
soon 10 "traffic flows" reaches host 192.168.1.1

step "somebody sets the port down" lab_in edge ip link set port-1 down
soon 20 "it is set up again, as configured" has "state UP" lab_in edge ip link show port-1
soon 20 "traffic flows" reaches host 192.168.1.1
step "the line is cut" lab_in idc ip link set wan down
soon 5 "the session goes down before the hold time" not established
soon 5 "its routes leave the VPC" not in_kernel "$t" 192.168.1.0/24
step "the line is repaired" lab_in idc ip link set wan up
soon 30 "the session comes up" established
soon 20 "traffic flows" reaches host 192.168.1.1

step "the link of the VPC goes down" lab_in edge ip link set vpc-prod down
sleep 1
step "and comes up" lab_in edge ip link set vpc-prod up
soon 20 "traffic flows" reaches host 192.168.1.1

# A leftover with our mark, and a stranger without one; and things of ours that others took.
step "a leftover of ours" lab_in edge ip link add vp99a type veth peer name vp99b
step "with our mark" lab_in edge ip link set vp99a alias vbrd:acme/peering/ghost
step "a link of somebody else" lab_in edge ip link add other0 type veth peer name other1
step "somebody deletes a route of ours" lab_in edge ip route del 192.168.1.0/24 table "$t"
step "and the last one" lab_in edge ip route del unreachable default table "$t" metric 4278198272
soon 60 "the route comes back" in_kernel "$t" 192.168.1.0/24
soon 60 "so does the last one" has "unreachable default" lab_in edge ip route show table "$t"
soon 20 "traffic flows" reaches host 192.168.1.1
step "drift was counted" lab_json "d['repaired-total'] > 0 or d['none']" < <(sh "show drift json")
step "and which routes" lab_json "[i['repaired'] for i in d['items'] if i['problem'] == 'missing' and i['object'] == '192.168.1.0/24'][0] or d['none']" \
	< <(sh "show drift json")
step "somebody deletes our rules" eval 'lab_in edge ip rule show | grep "proto bgp" |
	cut -f2 | while read -r _ _ rest; do lab_in edge ip rule del ${rest#all }; done'
soon 60 "they come back" has "iif vpc-prod" lab_in edge ip rule
soon 20 "traffic flows" reaches host 192.168.1.1
dev=$(lab_show edge "show peering" "d['peerings'][0]['interface']")
step "somebody deletes the peering's link" lab_in edge ip link del "$dev"
soon 60 "it comes back" lab_in edge ip link show "$dev"
soon 20 "traffic flows" reaches host 192.168.1.1
step "somebody takes the gateway's address" lab_in edge ip addr del 172.16.0.1/24 dev vpc-prod
soon 60 "it comes back" has 172.16.0.1 lab_in edge ip addr show dev vpc-prod
soon 20 "traffic flows" reaches host 192.168.1.1
soon 60 "the leftover is removed" not lab_in edge ip link show vp99a
step "the stranger is not" lab_in edge ip link show other0
soon 10 "traffic flows" reaches host 192.168.1.1

# Without permission.
step "vbrd stops" lab_stop edge-vbrd
program=$(lab_program vbrd)
lab_spawn edge edge-vbrd setpriv --bounding-set -net_admin --inh-caps -net_admin -- "$program" \
	-c "$LAB_DIR/edge-vbrd/vbrd.conf" --state-dir "$LAB_DIR/edge-vbrd/state" \
	--run-dir "$LAB_DIR/edge-vbrd/run"
soon 10 "vbrd runs without permission" sh "show version"
step "and says so in the log" grep -q "cap_net_admin is missing" "$LAB_DIR/log/edge-vbrd"
soon 20 "the session comes up" established
routes4="192.168.1.0/24 198.51.99.0/24" bird_conf >"$LAB_DIR/idc-bird/bird.conf"
step "a route that it cannot write" lab_birdc idc-bird configure
soon 20 "is shown with the reason" eval 'sh "show route tenant acme vbr hz-a ipv4 198.51.99.0/24" |
	grep -i permission'
step "a VPC that it cannot make" edit "tenant acme vpc test cidr 10.77.0.0/16" \
	"tenant acme peering two initiator vbr hz-a" "tenant acme peering two acceptor vpc test"
soon 20 "is shown with the reason" eval 'sh "show peering acme two" | grep -i permi'
step "it is alive" lab_alive edge-vbrd
