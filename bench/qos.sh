#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a bandwidth that was bought gives: TCP throughput against it, and how long echoes take and how
# many are lost while the line is full, both ways. Prints a line of JSON a run, then a table. As root,
# with iperf3:
#
#   VBRD_BUILDDIR=build/plain bench/qos.sh [SECONDS [MBITS...]]
. "$(dirname "$0")/../tests/netns/lib.sh"
command -v iperf3 >/dev/null || skip "iperf3 is not installed"

seconds=${1:-6}
shift
specs=${*:-2 10 50 100 500 1000 2000 5000 10000 0} # 0: no limit, what the lab carries

conf() {
	world_conf | sed '/^  bgp/,/^ peering/ { /^ peering/!d }
		/vlan-id 0/a \  bandwidth 1\n  static-route 192.168.1.1/32\n   next-hop 10.0.0.2
		/^  spec /d'
}

# measure MBITS to|from: a full line for so many seconds, and echoes meanwhile.
measure() {
	local reverse=

	[ "$2" = to ] || reverse=-R
	lab_in idc iperf3 -J -B 192.168.1.1 -c 172.16.0.10 -t "$seconds" -O 1 $reverse >"$LAB_DIR/tcp" &
	sleep 1.5
	lab_in idc ping -n -D -i 0.02 -w $((seconds - 1)) -W 2 -I 192.168.1.1 172.16.0.10 >"$LAB_DIR/ping"
	wait
	"$LAB_PYTHON" - "$1" "$2" "$LAB_DIR" <<-'X'
	import json, re, sys
	mbits, way, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]
	tcp = json.load(open(folder + "/tcp"))["end"]
	got = tcp["sum_received"]["bits_per_second"] / 1e6
	text = open(folder + "/ping").read()
	ms = sorted(float(x) for x in re.findall(r"time=([0-9.]+) ms", text))
	sent = int(re.search(r"(\d+) packets transmitted", text).group(1))
	print(json.dumps({"bench": "qos", "mbits": mbits, "way": way, "throughput": round(got, 2),
	    "of-spec": round(got / mbits, 3) if mbits else None,
	    "retransmits": tcp["sum_sent"]["retransmits"], "ping-p50-ms": ms[len(ms) // 2],
	    "ping-p99-ms": ms[len(ms) * 99 // 100], "ping-sent": sent, "ping-lost": sent - len(ms),
	    "load": float(open("/proc/loadavg").read().split()[0])}))
	X
}

set_bandwidth() { # MBITS
	if [ "$1" = 0 ]; then
		edit "no tenant acme vbr hz-a bandwidth"
	else
		edit "tenant acme vbr hz-a bandwidth $1"
	fi
}

{
	step "the world" world
	step "the data centre knows the way" lab_route idc 172.16.0.0/16 via 10.0.0.1
	step "vbrd starts" lab_vbrd edge < <(conf)
	soon 10 "traffic flows" reaches idc 172.16.0.10 192.168.1.1
	lab_spawn host iperf iperf3 -s
	soon 10 "iperf3 listens" lab_in idc iperf3 -c 172.16.0.10 -B 192.168.1.1 -n 1K
} >&2
for mbits in $specs; do
	step "$mbits Mbit/s" set_bandwidth "$mbits" >&2
	for way in to from; do
		measure "$mbits" $way | tee -a "$LAB_DIR/lines"
	done
done
"$LAB_PYTHON" - "$LAB_DIR/lines" <<'X' >&2
import json, sys
print("| bought | to the cloud | of it | p50, p99 | lost | from it | of it | p50, p99 | lost |")
print("|---|---|---|---|---|---|---|---|---|")
rows = [json.loads(line) for line in open(sys.argv[1])]
for a, b in zip(rows[::2], rows[1::2]):
    cells = ["%d" % a["mbits"] if a["mbits"] else "no limit"]
    for r in (a, b):
        cells += ["%.2f" % r["throughput"], "%.1f %%" % (100 * r["of-spec"]) if r["of-spec"] else "",
                  "%.1f, %.1f ms" % (r["ping-p50-ms"], r["ping-p99-ms"]),
                  "%d of %d" % (r["ping-lost"], r["ping-sent"])]
    print("| " + " | ".join(cells) + " |")
X
