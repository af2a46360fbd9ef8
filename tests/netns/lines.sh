#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A line that is locked takes its VBRs down in good order, says why to everybody who asks and to the
# data centre, and gives them back; a hosted connection carries a VBR once its tenant has accepted;
# what vSwitches and quotas refuse.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird

vbr() { # FIELD
	lab_show edge "show vbr acme hz-a" "str(d['vbrs'][0].get('$1', ''))"
}

line() { # FIELD
	lab_show edge "show physical-connection pc-1" "str(d['physical-connections'][0].get('$1', ''))"
}

share() { # FIELD
	lab_show edge "show physical-connection pc-1" "str(d['physical-connections'][0]['hosted'][0].get('$1', ''))"
}

told() { # TEXT
	grep -qF -- "$1" "$LAB_DIR/events" || { cat "$LAB_DIR/events"; return 1; }
}

bought() { # LEFT: the day four years before the end, for four years later there is a 29 February, too
	date -u -d "4 years ago $1" +%Y-%m-%dT%H:%M:%SZ
}

idc_heard() { # WORDS: in BIRD's log, since its last error is soon that the link is down
	grep -q "Received: $1" "$LAB_DIR/log/idc-bird"
}

step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(world_conf)
step "BIRD starts" lab_bird idc < <(bird_conf)
soon 20 "the session comes up" established
lab_sh edge -c "monitor events" >"$LAB_DIR/events" 2>&1 &
t=$(table vpc prod)
soon 10 "traffic flows" reaches host 192.168.1.1

step "the line is bought for a time that ends tomorrow" edit "physical-connection pc-1 subscription from $(bought "1 day")" \
	"physical-connection pc-1 subscription years 4"
soon 5 "it is warned of" told "subscription-state physical-connection=pc-1 the subscription of the line is now: ending"
step "no, in seconds" edit "physical-connection pc-1 subscription from $(bought "4 seconds")"
soon 20 "it ends, and the session goes down" not established
step "there is an event, too" told "the subscription of the line is now: ended"
soon 10 "the data centre's router is told, not left to its hold timer" idc_heard "Administrative shutdown"
step "with the reason" lab_is "VBR hz-a: financial-locked" lab_show edge "show bgp peer" "d['peers'][0]['shutdown-text-sent']"
soon 10 "the port goes down" lacks "state UP" lab_in edge ip link show port-1
soon 10 "routes leave the VPC" not in_kernel "$t" 192.168.1.0/24
step "the VBR says why" lab_is financial-locked vbr reason
step "the line says so" lab_is "locked financial-locked financial-locked ended" \
	eval 'echo "$(line state) $(line reason) $(line business-status) $(line subscription)"'
step "explain says why" has "out of service: its physical connection is locked for a debt" \
	sh "explain tenant acme vbr hz-a 192.168.1.0/24"
soon 5 "there is an event" told "vbr-out-of-service tenant=acme instance=vbr hz-a the VBR is out of service: financial-locked"
step "the configuration is as it was" has "peer 10.0.0.2" sh "show running-config tenant acme vbr hz-a"
step "another reason" edit "physical-connection pc-1 status terminated"
step "is told" lab_is line-terminated vbr reason
step "it is renewed and the line in service" edit "physical-connection pc-1 status enabled" \
	"physical-connection pc-1 subscription years 5"
step "the line is paid until then" lab_is running line subscription
soon 10 "there is an event" told "vbr-in-service"
soon 30 "the session comes up" established
soon 20 "traffic flows" reaches host 192.168.1.1

step "a share that does not fit is refused with the numbers" has \
	"hosted connections have 200 Mbit/s together, the port has 100: make 100 Mbit/s free, or raise bandwidth" \
	edit "physical-connection pc-1 bandwidth 100" "physical-connection pc-1 hosted h1 tenant acme" \
	"physical-connection pc-1 hosted h1 bandwidth 200" "physical-connection pc-1 hosted h1 vlan-id 0"
step "the VBR moves to a share" edit "physical-connection pc-1 bandwidth 1000" \
	"physical-connection pc-1 hosted h1 tenant acme" "physical-connection pc-1 hosted h1 bandwidth 200" \
	"physical-connection pc-1 hosted h1 vlan-id 0" \
	"no tenant acme vbr hz-a vlan-id" "tenant acme vbr hz-a hosted-connection h1"
soon 10 "it is out of service until the tenant accepts" not established
step "and says so" lab_is hosted-unconfirmed vbr reason
step "as the share does" lab_is unconfirmed share state
step "the tenant accepts" edit "tenant acme accept-hosted pc-1 h1"
step "the share is confirmed" lab_is "confirmed hz-a" eval 'echo "$(share state) $(share vbr)"'
step "its bandwidth is the VBR's" lab_is 200 vbr bandwidth
soon 30 "the session comes up" established
soon 20 "traffic flows" reaches host 192.168.1.1
step "consent is withdrawn" edit "no tenant acme accept-hosted pc-1 h1"
soon 10 "the session goes down" not established
soon 10 "and routes with it" not in_kernel "$t" 192.168.1.0/24

step "the VBR gets tags" edit "tenant acme vbr hz-a tag env value prod" "tenant acme vbr hz-a tag team"
step "they are shown" lab_is "env=prod team=" lab_show edge "show vbr acme hz-a" \
	"' '.join(t['key'] + '=' + t.get('value', '') for t in d['vbrs'][0]['tags'])"
step "in the table, too" has "env=prod team=" sh "show vbr acme hz-a"
step "the VPC has vSwitches" edit "tenant acme vpc prod vswitch a cidr 172.16.0.0/24" \
	"tenant acme vpc prod vswitch b cidr 172.16.1.0/24" "tenant acme vpc prod interface vpc-prod vswitch a"
step "an interface without an address" lab_link edge vpc-two host eth1
step "carries all of its vSwitch" edit "tenant acme vpc prod interface vpc-two vswitch b"
soon 10 "and nothing else" has "dev vpc-two" lab_in edge ip route show table "$t" exact 172.16.1.0/24
step "a route into a vSwitch is refused" has "is inside cidr 172.16.1.0/24 of vswitch b" \
	edit "tenant acme vpc prod static-route 172.16.1.9/32 blackhole"
step "a wider one is not" edit "tenant acme vpc prod static-route 172.16.0.0/20 blackhole"
step "a quota says what to raise" has "raise quota vpc-static-route of the tenant" \
	edit "tenant acme quota vpc-static-route 1" "tenant acme vpc prod static-route 198.18.0.0/24 blackhole"
