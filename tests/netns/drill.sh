#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Failover drills: the primary is drained, its line is cut; what happens to traffic is measured and
# judged, and afterwards all is as it was.
# builds: asan
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/netns/pair.inc
. "$VBRD_SRCDIR/tests/netns/pair.inc"
# shellcheck source=tests/netns/drill.inc
. "$VBRD_SRCDIR/tests/netns/drill.inc"
need bird

drill_world
step "a group that is not there" has 'has no failover-group "xx": see show failover' \
	sh "request tenant acme failover-group xx drill start"
step "a VBR that is not in it" has "VBR xx is not in failover-group hz: take hz-a or hz-b" \
	drill "start target vbr xx"
step "too short" has "duration is 5 seconds to 4320 minutes" drill "start duration 1s"
step "too late, by far" has "that time has passed" drill "start at 1970-01-01"
step "nor has one that is not there a drill to abort" has 'has no failover-group "xx": see show failover' \
	sh "request tenant acme failover-group xx drill abort"
step "nothing to abort" has "no drill that waits or runs" drill abort

step "two more VPCs without a health check, one of which the data centre does not hear of" edit \
	"policy route-map nothing term 10 action deny" \
	"tenant acme vpc lab cidr 172.17.0.0/16" "tenant acme vpc deaf cidr 172.18.0.0/16" \
	"tenant acme peering hz-a-lab initiator vbr hz-a" "tenant acme peering hz-a-lab acceptor vpc lab" \
	"tenant acme peering hz-b-lab initiator vbr hz-b" "tenant acme peering hz-b-lab acceptor vpc lab" \
	"tenant acme peering hz-a-deaf initiator vbr hz-a" "tenant acme peering hz-a-deaf acceptor vpc deaf" \
	"tenant acme peering hz-b-deaf initiator vbr hz-b" "tenant acme peering hz-b-deaf acceptor vpc deaf" \
	"tenant acme peering hz-a-deaf import-policy nothing" "tenant acme peering hz-b-deaf import-policy nothing"
soon 10 "the data centre knows the way to the first" lab_in b ip route get 172.17.0.1
soon 20 "the group is ready" lab_is ready group

step "the primary is drained" drill "start duration 8s"
soon 40 "it ends, and the standby has passed" \
	lab_is "ended completed pass asymmetric-return not-probed" verdict
step "the first VPC was probed as the one with a health check is, the other one is said not to be" \
	lab_is "3 2" last "'%d %d' % (d['vpcs'], d['vpcs-probed'])"
soon 5 "traffic goes by the primary" lab_is "$a" pair_ways
step "not a probe was lost" lab_is "0 0 0" \
	last "'%d %d %d' % (d['probes-lost'], d['probes-lost-return'], d['outage-us'])"
step "what came back came by the other way" lab_is true last "d['probes-crossed'] > 10"
step "the switch was timed" lab_is true last "d['switch-time-us'] > 0"
step "each step was an event" told "the failover drill is now: draining"
step "router a was told" lab_is 'VBR hz-a: failover-drill' \
	lab_show edge "show bgp peer tenant acme vbr hz-a" "d['peers'][0]['shutdown-text-sent']"

step "the other one goes" edit "no tenant acme peering hz-a-deaf" "no tenant acme peering hz-b-deaf"
step "the line is cut" drill "start by cut target line pc-1 within 20000"
step "one at a time" has "abort it, or wait for its end" drill "start"
soon 10 "it is down" lab_is down state
soon 5 "the port, too" lacks "state UP" lab_in edge ip link show port-1
step "show says why" has "out of service: a failover drill has taken it down" \
	sh "explain tenant acme vbr hz-a 192.168.1.0/24"
soon 10 "traffic goes by the standby" lab_is "$b" pair_ways
soon 10 "that is timed, too" lab_is true last "d.get('traffic-time-us', 0) > 0"
step "that is enough" drill abort
soon 40 "it ends" has "ended aborted pass" verdict
soon 5 "traffic goes by the primary" lab_is "$a" pair_ways
drill_shape="{'id','tenant','failover-group','vbr','target','name','by','user','forced','ordered',
	'begun','away','ended','duration','within','state','outcome','verdict','reasons','vpcs',
	'vpcs-probed','probes-sent','probes-lost','probes-lost-return','probes-crossed',
	'switch-time-us','traffic-time-us','outage-us','return-outage-us','asymmetric-percent',
	'routes-missing'}"
step "all is told" lab_is "true" last "$(tr -d '\n\t' <<<"$drill_shape") == set(d)"
step "people read it, too" has "line pc-1" sh "show failover-group drills"
step "the verdict is an event" told "the failover drill has ended: pass"
