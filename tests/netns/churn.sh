#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A hundred random configurations one after the other, with neighbours that flap and interfaces that
# come and go. In the end the kernel holds exactly what a daemon makes of the last configuration
# that starts from nothing.
# builds: plain asan tsan
. "$(dirname "$0")/lib.sh"
need bird

seed=${VBRD_SEED:-1}
echo "# VBRD_SEED=$seed"

# configuration NUMBER: a random one; "last" has everything.
configuration() {
	"$LAB_PYTHON" - "$seed" "$1" <<-'X'
	import random, sys

	last = sys.argv[2] == "last"
	rnd = random.Random(sys.argv[1] + sys.argv[2])

	def maybe(p=0.7):
	    return last or rnd.random() < p

	def pick(*of):
	    return of[0] if last else rnd.choice(of)

	print("system router-id", pick("10.255.0.1", "10.255.0.2"))
	for i in 1, 2:
	    print("physical-connection pc-%d\n interface port-%d\n!" % (i, i))
	for n, tenant in enumerate(["acme", "globex"]):
	    if not maybe(0.9):
	        continue
	    print("tenant", tenant)
	    vpcs, vbrs = [], []
	    for v in "prod", "test":
	        if not maybe():
	            continue
	        vpcs.append(v)
	        print(" vpc %s\n  cidr 172.%d.0.0/16" % (v, 16 if v == "prod" else 17))
	        if maybe(0.5):
	            print("  cidr fd00:%d::/48" % (16 if v == "prod" else 17))
	        if v == "prod" and maybe():
	            print("  interface vpc-%s\n   address 172.16.0.1/24" % tenant)
	        if maybe(0.4):
	            print("  static-route 10.%d.0.0/16\n   blackhole" % rnd.randrange(1, 9 if not last else 2))
	    if maybe(0.9):
	        vbrs.append("hz")
	        print(" vbr hz\n  physical-connection pc-%d\n  vlan-id 0" % (n + 1))
	        print("  ipv4 local-gateway 10.0.0.1\n  ipv4 peer-gateway 10.0.0.2\n  ipv4 prefix-length", pick(30, 29))
	        print("  mtu", pick(1500, 1400))
	        print("  bgp")
	        for i in range(pick(2, 0, 1, 5)):
	            print("   network 203.0.%d.0/24" % (114 + i))
	        print("   advertise", pick("peered", "networks", "none"))
	        if maybe(0.9):
	            print("   peer 10.0.0.2\n    peer-as 65001\n    connect-retry 1")
	            print("    hold-time", pick(9, 30), "\n    keepalive 3")
	            print("    route-limit maximum", pick(100000, 100, 3000))
	            print("    route-limit action", pick("discard", "warn", "teardown"))
	            if not maybe(0.8):
	                print("    password wrong")
	    for v in vpcs:
	        if vbrs and maybe():
	            print(" peering hz-%s\n  initiator vbr hz\n  acceptor vpc %s" % (v, v))
	            print("  spec", pick("Large.1", "Small.1", "Mini.5"))
	            if not maybe(0.8):
	                print("  enabled false")
	    if len(vpcs) == 2 and maybe(0.5):
	        print(" peering prod-test\n  initiator vpc prod\n  acceptor vpc test")
	        if not last and maybe(0.5):
	            print("  transit true")
	    print("!")
	X
}

prefixes() {
	"$LAB_PYTHON" -c '
for i in range(3000):
    print("198.32.%d.%d/30" % (i // 64, i % 64 * 4))'
}

site() { # TENANT PORT
	lab_ns "idc-$1" "host-$1" && lab_router "idc-$1" &&
		lab_link edge "port-$2" "idc-$1" wan && lab_addr "idc-$1" wan 10.0.0.2/30 &&
		lab_link edge "vpc-$1" "host-$1" eth0 && lab_addr "host-$1" eth0 172.16.0.10/24
	lab_bird "idc-$1" < <(routes4="192.168.1.0/24 $list" bird_conf)
}

up() {
	[ "$(lab_show edge "show bgp summary" "sum(p['state'] == 'established' for p in d['peers'])")" = 2 ]
}

# picture FILE: all that the edge has in the kernel, without the numbers that may differ.
picture() {
	local t

	for t in $(lab_in edge ip rule | grep -o 'lookup 1[0-9]*' | sort -u | cut -d' ' -f2); do
		lab_in edge ip -4 route show table "$t"
		lab_in edge ip -6 route show table "$t"
	done | sed -E 's/nhid [0-9]+ //; s/fe80:[0-9a-f:]+/LL/; s/vp[0-9a-f]+/VP/' | sort >"$1"
	lab_in edge ip rule | sed -E 's/lookup 1[0-9]*/lookup T/; s/fwmark 0x[0-9a-f]+/fwmark M/; s/vp[0-9a-f]+/VP/' | sort >>"$1"
	lab_in edge ip -o addr | grep -v fe80 | cut -d: -f2- | sed -E 's/ valid_lft.*//; s/vp[0-9a-f]+/VP/g' | sort >>"$1"
	lab_in edge ip -o link | sed -E 's/^[0-9]+: //; s/vp[0-9a-f]+/VP/g; s/@.*mtu/ mtu/; s/ qdisc.*//' | sort >>"$1"
}

still() {
	picture "$LAB_DIR/fresh"
	sleep 2
	[ "$(wc -l <"$LAB_DIR/fresh")" -gt 12000 ] && same_pictures
}

same_pictures() {
	picture "$LAB_DIR/now"
	diff "$LAB_DIR/now" "$LAB_DIR/fresh"
}

list=$(prefixes)
lab_ns edge && lab_router edge
step "acme's site" site acme 1
step "globex's site" site globex 2

step "vbrd starts with the last configuration" lab_vbrd edge --workers 2 < <(configuration last)
soon 40 "both sessions come up" up
soon 60 "all routes are there, and nothing moves" still
step "all is withdrawn" sh "shutdown withdraw"
soon 10 "vbrd is gone" not lab_alive edge-vbrd

rm -rf "$LAB_DIR/edge-vbrd"
step "vbrd starts with another" lab_vbrd edge --workers 2 < <(configuration 0)
for i in $(seq 100); do
	configuration "$i" >"$LAB_DIR/next.conf"
	out=$(sh configure "load replace $LAB_DIR/next.conf" commit 2>&1) || {
		echo "not ok - configuration $i: $out"
		exit 1
	}
	case $((i % 20)) in
	4) lab_birdc idc-acme-bird disable edge >/dev/null ;;
	6) lab_birdc idc-acme-bird enable edge >/dev/null ;;
	9) lab_in edge ip link set vpc-acme down ;;
	11) lab_in edge ip link set vpc-acme up ;;
	14) ip -n "$LAB_NAME-idc-globex" link set wan down ;;
	16) ip -n "$LAB_NAME-idc-globex" link set wan up ;;
	19) lab_birdc idc-globex-bird restart edge >/dev/null ;;
	esac
	[ $((i % 10)) != 0 ] || sleep 2
	step "configuration $i" lab_alive edge-vbrd
done
step "the last configuration" eval \
	'configuration last >"$LAB_DIR/next.conf" && sh configure "load replace $LAB_DIR/next.conf" commit'
soon 60 "both sessions come up" up
soon 70 "the kernel holds what a fresh start gives" same_pictures
for i in "acme vbr hz" "acme vpc prod" "globex vbr hz" "globex vpc test"; do
	step "all routes of $i are installed" lacks '"installed": false' sh "show route tenant $i json"
done
