#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# TCP-AO between two edges: keys, a wrong one, rollover without losing the session. With a kernel
# that has no TCP-AO: the session stays down and says so, others do not notice.
# builds: plain asan
. "$(dirname "$0")/lib.sh"

has_ao() { # ENOPROTOOPT (92) is the answer of a kernel without
	"$LAB_PYTHON" -c '
import socket, sys
try: socket.socket().setsockopt(socket.IPPROTO_TCP, 38, bytes(288))
except OSError as e: sys.exit(e.errno == 92)'
}

# conf NAME AS LOCAL PEER PEER-AS [LINE OF PEER...]
conf() {
	cat <<-X
	system router-id $3
	physical-connection pc-1
	 interface $1
	!
	tenant acme
	 vbr v
	  physical-connection pc-1
	  vlan-id 0
	  ipv4 local-gateway $3
	  ipv4 peer-gateway $4
	  ipv4 prefix-length 24
	  bgp
	   local-as $2
	   peer $4
	    peer-as $5
	    connect-retry 1
	    hold-time 9
	    keepalive 3
	$(printf '    %s\n' "${@:6}")
	!
	X
}

at_idc() {
	local args=() c

	for c in configure "$@" commit; do args+=(-c "$c"); done
	lab_sh idc "${args[@]}"
}

detail() {
	lab_show edge "show bgp peer tenant acme vbr v 10.0.0.2" "d['peers'][0]['$1']"
}

e="tenant acme vbr v bgp peer 10.0.0.2" i="tenant acme vbr v bgp peer 10.0.0.1"
lab_ns edge idc && lab_router edge idc && lab_link edge port-1 idc wan
step "an edge with a key" lab_vbrd edge < <(conf port-1 45104 10.0.0.1 10.0.0.2 65001 \
	"tcp-ao key 1" " receive-id 11" ' secret "s3cret"')

if ! has_ao; then
	step "the data centre's router without" lab_vbrd idc < <(conf wan 65001 10.0.0.2 10.0.0.1 45104)
	soon 10 "the edge says what is missing" lab_is "the kernel has no TCP-AO (CONFIG_TCP_AO)" \
		detail last-error
	step "so does its log, once" lab_is 1 grep -c CONFIG_TCP_AO "$LAB_DIR/log/edge-vbrd"
	sleep 3
	step "nobody gets in unsigned" not established
	step "the keys are taken away" edit "no $e tcp-ao key 1"
	soon 20 "the session comes up" established
	skip "this kernel has no TCP-AO: keys were not tried"
fi

step "the data centre's router with the same key" lab_vbrd idc < <(conf wan 65001 10.0.0.2 \
	10.0.0.1 45104 "tcp-ao key 11" " receive-id 1" ' secret "s3cret"')
soon 20 "the session comes up" established
step "it is authenticated" lab_is true detail authenticated
n=$(detail established-count)
step "a second key at the edge" edit "$e tcp-ao key 2" "receive-id 12" "secret new" \
	"algorithm aes-128-cmac-96" end
step "and at the other side" at_idc "$i tcp-ao key 12" "receive-id 2" "secret new" \
	"algorithm aes-128-cmac-96" end
step "it is preferred here" edit "$e tcp-ao key 2 preferred true"
step "and there" at_idc "$i tcp-ao key 12 preferred true"
sleep 5
step "the first one goes here" edit "no $e tcp-ao key 1"
step "and there" at_idc "no $i tcp-ao key 11"
sleep 12 # longer than the hold time
step "the session lives" established
step "and is the same" lab_is "$n" detail established-count
step "another secret at the other side" at_idc "$i tcp-ao key 12 secret other"
soon 20 "ends it" not established
sleep 3
step "for good" not established
step "the right one" at_idc "$i tcp-ao key 12 secret new"
soon 30 "and it is back" established
