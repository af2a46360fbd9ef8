#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# BFD with FRR's bfdd: single hop over IPv6 and multihop over IPv4; a goodbye is no failure; a bfdd
# that dies ends the sessions, and what restarts gracefully keeps its routes (C bit clear).
# builds: plain
. "$(dirname "$0")/lib.sh"
need frr
[ -x /usr/lib/frr/bfdd ] || skip "FRR has no bfdd here"

# One peer on the link, one at the data centre's loopback. Slow enough for a loaded machine: 3 s.
conf() {
	peer=fd00:f::2 world_conf "bfd true" | sed 's/hold-time 9$/hold-time 90/
		/^ peering/i\   peer 192.168.1.1\n    peer-as 65001\n    connect-retry 1\n    multihop 2\n    bfd true
		/^  bgp/i\  static-route 192.168.1.1/32\n   next-hop 10.0.0.2\n  bfd min-tx 300\n  bfd min-rx 300\n  bfd multiplier 10'
}

bfdd_conf() {
	cat <<-X
	bfd
	 profile lab
	  detect-multiplier 10
	  transmit-interval 300
	  receive-interval 300
	  minimum-ttl 250
	 !
	!
	X
}

bgpd_conf() {
	local a

	echo "router bgp 65001"
	printf ' %s\n' "bgp router-id 10.0.0.2" "no bgp ebgp-requires-policy" \
		"no bgp network import-check" "bgp graceful-restart" \
		"bgp graceful-restart preserve-fw-state" "bgp graceful-restart restart-time 60"
	for a in fd00:f::1 10.0.0.1; do
		printf " neighbor $a %s\n" "remote-as 45104" "timers 30 90" "timers connect 1" bfd "bfd profile lab"
	done
	echo " neighbor 10.0.0.1 ebgp-multihop 2"
	echo " neighbor 10.0.0.1 update-source 192.168.1.1"
	echo " address-family ipv4 unicast"
	echo "  network 198.51.99.0/24"
	echo " address-family ipv6 unicast"
	echo "  neighbor fd00:f::1 activate"
	echo "  network fd00:99::/48"
}

both_established() {
	established fd00:f::2 && established 192.168.1.1
}

# all EXPRESSION: true for both sessions s.
all() {
	[ "$(lab_show edge "show bfd" "len(d['sessions']) == 2 and all($1 for s in d['sessions'])")" = true ]
}

# flaps: so far, by address. FRR may make a BFD session anew when BGP's is established and it knows the
# source address: then our end has seen it go down once.
flaps() {
	lab_show edge "show bfd" "{s['address']: s['flaps'] for s in d['sessions']}"
}

of_peers() { # EXPRESSION of peer p
	lab_show edge "show bgp peer" "' '.join(sorted({str($1) for p in d['peers']}))"
}

profile() { # COMMAND: in FRR's profile
	lab_in idc vtysh --vty_socket "$LAB_DIR/idc-frr" --config_dir "$LAB_DIR/idc-frr" \
		-c "configure terminal" -c bfd -c "profile lab" -c "$1"
}

sees() { # N: sessions that FRR sees up
	[ "$(lab_vtysh idc "show bfd peers json" | lab_json "len([p for p in d if p['status'] == 'up'])")" = "$1" ]
}

step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(conf)
mkdir -p "$LAB_DIR/idc-frr"
bfdd_conf >"$LAB_DIR/idc-frr/bfdd.conf"
step "FRR starts, with bfdd" lab_frr idc bfd < <(bgpd_conf)
soon 40 "both sessions come up" both_established
soon 30 "and are watched" all "s['state'] == 'up' and s['remote-state'] == 'up'"
soon 10 "one over several hops" lab_is "192.168.1.1" lab_show edge "show bfd" \
	"' '.join(s['address'] for s in d['sessions'] if s['multihop'])"
soon 10 "at the pace of the configuration" all "s['detect-time'] == 3000 and s['transmit-interval'] == 300"
soon 10 "FRR sees them" sees 2

before=$(flaps)
step "our timers change" edit "tenant acme vbr hz-a bfd min-tx 400" "tenant acme vbr hz-a bfd min-rx 500"
soon 10 "it is agreed by polls" all "s['transmit-interval'] == 400 and s['detect-time'] == 5000"
step "and nothing has flapped" all "s['flaps'] == $before[s['address']] and s['state'] == 'up'"

n=$(of_peers "p['established-count']")
step "FRR's operator switches BFD off" profile shutdown
soon 10 "we notice" all "s['state'] == 'down' and s['remote-state'] == 'admin-down'"
step "our sessions do not mind" both_established
step "and on again" profile "no shutdown"
soon 30 "both are up" all "s['state'] == 'up'"
step "no BGP session was lost" lab_is "$n" of_peers "p['established-count']"

t=$(table vbr hz-a)
soon 10 "its routes are in the kernel" in_kernel "$t" 198.51.99.0/24
step "bfdd and bgpd die" eval 'lab_stop idc-bfdd KILL; lab_stop idc-bgpd KILL'
soon 15 "BFD says so" all "s['flaps'] == $before[s['address']] + 2 and s['state'] == 'down'"
soon 10 "the sessions are down" not both_established
step "its routes stay: it restarts" in_kernel "$t" 198.51.99.0/24
step "these too" in_kernel "$t" fd00:99::/48
