#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The management socket under attack: garbage, frames that are too long, truncated or empty,
# crowds of connections, a client that asks for a large table and reads it drop by drop. Sessions
# notice nothing, the daemon's memory stays.
# builds: plain asan tsan
. "$(dirname "$0")/lib.sh"
need bird

routes() { # HOW MANY
	"$LAB_PYTHON" -c '
import sys
for i in range(int(sys.argv[1])):
    print("198.%d.%d.%d/30" % (32 + i // 16384, i // 64 % 256, i % 64 * 4))' "$1"
}

resident() { # MiB
	lab_show edge "show system" "d['memory-resident'] >> 20"
}

# keepalives: how many the edge has sent.
keepalives() {
	lab_show edge "show bgp peer tenant acme vbr hz-a 10.0.0.2" "d['peers'][0]['sent']['keepalive']"
}

attack() {
	"$LAB_PYTHON" - "$LAB_DIR/edge-vbrd/run/vbrd.sock" "$1" <<-'X'
	import os, random, socket, struct, sys, time

	path, what = sys.argv[1:]
	random.seed(7)

	def dial():
	    s = socket.socket(socket.AF_UNIX)
	    s.settimeout(5)
	    s.connect(path)
	    return s

	def send(data, hold=0.05):
	    s = dial()
	    try:
	        s.sendall(data)
	        time.sleep(hold)
	        s.settimeout(0.2)
	        while s.recv(65536):
	            pass
	    except OSError:
	        pass
	    s.close()

	def frame(message):
	    return struct.pack(">I", len(message)) + message

	if what == "garbage":
	    for i in range(300):
	        send(os.urandom(random.randrange(1, 2000)), 0)
	elif what == "framed":
	    for i in range(300):
	        send(frame(os.urandom(random.randrange(0, 300))), 0)
	elif what == "oversized":
	    s = dial()
	    s.sendall(struct.pack(">I", 0x7fffffff))
	    data = b""
	    while part := s.recv(65536):
	        data += part
	    sys.exit(b"longer than" not in data and b"large" not in data and repr(data))
	elif what == "flood":
	    send(struct.pack(">I", 0x7fffffff) + b"x" * 1000000, 0)
	elif what == "truncated":
	    for i in range(100):
	        send(struct.pack(">I", 1000) + b"\x08\x01" * 20, 0)
	elif what == "crowd":
	    crowd = []
	    try:
	        for i in range(600):
	            crowd.append(dial())
	    except OSError as e:
	        print("refused after", len(crowd), e)
	    time.sleep(1)
	X
}

# drops: ask for all routes and read so slowly that it takes ten seconds.
drops() {
	lab_sh edge -c "show bgp routes tenant acme vbr hz-a json | no-more" | "$LAB_PYTHON" -c '
import sys, time
first = sys.stdin.buffer.read(1)
for i in range(100):
    sys.stdin.buffer.read(10000)
    time.sleep(0.1)
n = 0
while True:
    b = sys.stdin.buffer.read(1 << 20)
    if not b:
        break
    n += b.count(b"\"prefix\"")
print(n)'
}

step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(world_conf "route-limit maximum 1000000")
step "BIRD starts" lab_bird idc < <(routes4="192.168.1.0/24 $(routes 100000)" bird_conf)
soon 30 "the session comes up" established
soon 60 "100,000 routes" lab_is 100001 lab_show edge "show bgp summary" "d['peers'][0]['prefixes-accepted']"
sleep 2
before=$(resident)
for a in garbage framed oversized flood truncated crowd; do
	step "$a" attack $a
	step "is survived" sh "show version"
	step "and the session stays" established
done
up=$(lab_show edge "show bgp summary" "d['peers'][0]['uptime']")

n=$(keepalives)
drops >"$LAB_DIR/drops" 2>&1 &
client=$!
for i in 1 2 3 4 5 6; do
	sleep 1
	step "while a slow client reads: answer $i" timeout 8 "$(lab_program vbrsh)" \
		--run-dir "$LAB_DIR/edge-vbrd/run" -c "show bgp summary"
done
step "keepalives went on" [ "$(keepalives)" -gt "$n" ]
after=$(resident)
wait $client
step "the slow client got everything" eval '[ "$(tail -n 1 "$LAB_DIR/drops")" -gt 90000 ]'
step "memory did not grow by the table ($before to $after MiB)" [ "$after" -le $((before + 40 * slow)) ]
step "the session never went down" eval \
	'[ "$(lab_show edge "show bgp summary" "d[\"peers\"][0][\"uptime\"]")" -ge "$up" ]'

# A client that goes away in the middle of a long answer costs nothing.
for i in 1 2 3 4 5; do
	lab_sh edge -c "show bgp routes tenant acme vbr hz-a" | head -n 1 >/dev/null
done
step "clients that leave early" sh "show version"
first() {
	"$LAB_PYTHON" -c '
import subprocess, sys, time
t = time.monotonic()
p = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
p.stdout.readline()
p.stdout.readline()
ms = (time.monotonic() - t) * 1000
p.kill()
print("first route after %d ms" % ms)
sys.exit(ms > 300)' "$(lab_program vbrsh)" --run-dir "$LAB_DIR/edge-vbrd/run" \
		-c "show bgp routes tenant acme vbr hz-a | no-more"
}
[ $slow != 1 ] || soon 10 "the first line comes at once" first
step "the socket is its owner's" lab_is srw-rw---- stat -c %A "$LAB_DIR/edge-vbrd/run/vbrd.sock"
