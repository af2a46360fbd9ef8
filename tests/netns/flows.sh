#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Flows over three VBRs, as packets go: they spread by the weights, stay where they are when a way
# dies and when it comes back, and what is new takes the way that came back.
# builds: asan
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/netns/pair.inc
. "$VBRD_SRCDIR/tests/netns/pair.inc"
need bird

conf() {
	cat <<-X
	tenant acme
	 vpc prod
	  cidr 172.16.0.0/16
	  resilient-hashing buckets 512
	  resilient-hashing idle-timer 600
	  interface vpc-prod
	   address 172.16.0.1/24
	!
	X
	pair_vbr hz-a 1
	pair_vbr hz-b 2
	pair_vbr hz-c 3 "weight 200"
}

# A router that has all of 192.168.0.0/16, and answers with its name.
router() { # NAME N
	lab_ns "$1" && lab_router "$1" && lab_link edge "port-$2" "$1" wan &&
		lab_addr "$1" wan "10.0.$2.2/30" &&
		lab_in "$1" ip route add local 192.168.0.0/16 dev lo &&
		lab_spawn "$1" "name-$1" "$LAB_PYTHON" -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, 8, 1) # IP_PKTINFO: answer from the address that was asked
s.bind(("", 7))
while True:
    _, anc, _, peer = s.recvmsg(100, 100)
    s.sendmsg([sys.argv[1].encode()], [(0, 8, bytes(4) + anc[0][2][8:12] + bytes(4))], 0, peer)' "$1" &&
		bird_of "$1" "$2"
}

bird_of() { # NAME N
	lab_bird "$1" <<-X
	router id 10.0.$2.2; protocol device { scan time 1; }
	protocol kernel { ipv4 { export where source = RTS_BGP; import none; }; }
	protocol static s4 { ipv4; route 192.168.0.0/16 blackhole; }
	protocol bgp edge { local as 65001; neighbor 10.0.$2.1 as 45104;
	hold time 9; keepalive time 3;
	connect delay time 1; connect retry time 1; error wait time 1, 2;
	ipv4 { import all; export where source = RTS_STATIC; }; }
	X
}

# ask FIRST: by which router each of 400 flows goes, a word each, in a line. A flow is a destination
# here, whatever the kernel's hash takes.
ask() {
	lab_in host "$LAB_PYTHON" -c '
import select, socket, sys, time
first, n, found = int(sys.argv[1]), 400, {}
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
name = lambda i: "192.168.%d.%d" % ((first + i) // 200, 1 + (first + i) % 200)
for again in range(5): # neighbours may have to be found first
    for i in range(n):
        if name(i) not in found:
            s.sendto(b"?", (name(i), 7))
            time.sleep(0.0005)
            while select.select([s], [], [], 0)[0]:
                d, a = s.recvfrom(100)
                found[a[0]] = d.decode()
    while len(found) < n and select.select([s], [], [], 0.5)[0]:
        d, a = s.recvfrom(100)
        found[a[0]] = d.decode()
    if len(found) == n:
        break
print(" ".join(found.get(name(i), "?") for i in range(n)))' "$1"
}

# is EXPRESSION: over the flows before and after, b and a, lists.
is() {
	"$LAB_PYTHON" -c '
import sys
b, a = (open(f).read().split() for f in sys.argv[2:4])
print({r: (b.count(r), a.count(r)) for r in set(a + b)}, sum(x != y for x, y in zip(b, a)), "moved")
sys.exit(not eval(sys.argv[1]))' "$1" "$LAB_DIR/before" "$LAB_DIR/after"
}

see() { # FILE [FIRST]
	ask "${2:-0}" >"$LAB_DIR/$1"
}

ways() {
	lab_show edge "show route tenant acme vpc prod ipv4 192.168.0.0/16" \
		"sum(h['active'] for h in d['routes'][0]['next-hops'])"
}

object() {
	lab_in edge ip route show table "$(table vpc prod)" exact 192.168.0.0/16 | grep -o 'nhid [0-9]*'
}

packets() { # PEERING: those that have left the VPC by it
	lab_show edge "show peering acme $1" "d['peerings'][0]['packets-reverse']"
}

lab_ns edge host && lab_router edge
step "the host" lab_link edge vpc-prod host eth0
step "its address" lab_addr host eth0 172.16.0.10/24
step "its way" lab_route host default via 172.16.0.1
step "vbrd starts" lab_vbrd edge < <(conf)
# One after the other: c's object is the last of each group, so that without resilience its death
# must move the hashes of the others. Between them it would not.
for n in 1 2 3; do
	r=$(tr 123 abc <<<$n)
	step "router $r" router "$r" "$n"
	soon 30 "its way is there" lab_is "$n" ways
done
step "the route is resilient" lab_is 512 lab_show edge \
	"show route tenant acme vpc prod ipv4 192.168.0.0/16" "d['routes'][0]['resilient-buckets']"
kept=$(object)
was=$(packets hz-c-prod)
step "400 flows" see before
step "they are spread one to one to two" see after
step "and each has its way" is \
	"a == b and all(60 <= a.count(r) <= 140 for r in 'ab') and 150 <= a.count('c') <= 250"
soon 10 "the counters of the peering connection saw as many" \
	eval '[ $(($(packets hz-c-prod) - was)) -ge $((2 * $(tr " " "\n" <"$LAB_DIR/after" | grep -c c))) ]'
step "router c dies" lab_stop c-bird KILL
soon 20 "two ways" lab_is 2 ways
step "the flows again" see after
step "those that went by a and b did not move" is \
	"'c' not in a and '?' not in a and all(x == y for x, y in zip(b, a) if x != 'c')"
step "the same kernel object" lab_is "$kept" object
step "so it is before" cp "$LAB_DIR/after" "$LAB_DIR/before"
step "router c is back" bird_of c 3
soon 30 "three ways" lab_is 3 ways
step "the flows again" see after
step "not one has moved" is "a == b"
step "the same kernel object" lab_is "$kept" object
step "400 new flows" see after 400
step "some of them go by c" is "20 <= a.count('c')"
step "resilience is taken away" edit "no tenant acme vpc prod resilient-hashing"
soon 10 "another kernel object" not lab_is "$kept" object
step "and it shows" lab_is 0 lab_show edge \
	"show route tenant acme vpc prod ipv4 192.168.0.0/16" "sum('resilient-buckets' in r for r in d['routes'])"
step "the flows" see before
step "router c dies" lab_stop c-bird KILL
soon 20 "two ways" lab_is 2 ways
step "the flows again" see after
step "now others have moved, too" is "any(x != y for x, y in zip(b, a) if x != 'c')"
