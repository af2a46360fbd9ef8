#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage is what the kernel's counters say, over a restart, a kill and a VBR made anew; records check
# with nothing but SHA-256; they agree with what iperf3 counts; the bill follows from them; a ledger that cannot be written is told.
# builds: asan
. "$(dirname "$0")/lib.sh"
need bird
command -v iperf3 >/dev/null || skip "iperf3 is not installed"

prices() {
	cat <<-X
	metering interval 1
	metering currency EUR
	metering price-sheet 2020-01-01
	 outbound-dedicated 1000
	 peering Large.1
	  price 0.9
	!
	X
}

# m EXPRESSION [WORD...]: of "show metering WORD... json"; u(name) is the row of an object.
m() {
	local e=$1

	shift
	lab_json "(lambda u: $e)(lambda n: [r for r in d['usage'] if r['name'] == n][0])" \
		< <(sh "show metering $* json")
}

# What the kernel's counters show beyond the ledger, of each object both ways.
look() {
	sh "show metering json" >"$LAB_DIR/usage" && lab_in edge ip -s -j link show >"$LAB_DIR/links" &&
		"$LAB_PYTHON" - "$LAB_DIR/usage" "$LAB_DIR/links" "$p" <<-X
	import json, sys
	usage = {r["name"]: r for r in json.load(open(sys.argv[1]))["usage"]}
	links = {l["ifname"]: l["stats64"] for l in json.load(open(sys.argv[2]))}
	for name, dev in (("hz-a", "port-1"), ("hz-a-prod", sys.argv[3]), ("prod", "vpc-prod")):
	    print(name, links[dev]["rx"]["bytes"] - usage[name]["bytes-in"],
	        links[dev]["tx"]["bytes"] - usage[name]["bytes-out"])
	X
}

# From some moment on the ledger follows: the difference stays.
steady() {
	look >"$LAB_DIR/base" && sleep 1.1 && lab_is "$(cat "$LAB_DIR/base")" look
}

follows() {
	lab_is "$(cat "$LAB_DIR/base")" look
}

traffic() { # COUNT
	lab_in host ping -n -q -c "$1" -i 0.01 -s 1000 -W 2 192.168.1.1
}

# iperf3 counts what TCP carries, we frames: 54 octets of headers and up to 12 of options in front of
# at most 1460, so at most 66 / 1448 more. On top is what iperf3 says on its other connection, and
# what is sent twice.
agrees() { # DIRECTION [-R]
	local way=$1 before payload

	shift
	before=$(m "u('hz-a')['bytes-$way']")
	payload=$(lab_in idc iperf3 -J -B 192.168.1.1 -c 172.16.0.10 -n 20M "$@" |
		lab_json "d['end']['sum_received']['bytes']") || return 1
	lab_wait 20 "the ledger has it" m "0 if u('hz-a')['bytes-$way'] - $before >= $payload else exit(1)" || return 1
	sleep 1.1
	m "0 if 0 <= u('hz-a')['bytes-$way'] - $before - $payload <= $payload * 66 / 1448 + 200000 else exit(1)"
}

csv() { # FILE WORDS...
	local file=$1

	shift
	sh "show metering $* csv" >"$LAB_DIR/$file"
}

# The customer's check: each line is hashed up to its last comma, and names the line before.
checked() { # FILE
	"$LAB_PYTHON" - "$LAB_DIR/$1" <<-X
	import csv, hashlib, sys
	lines = open(sys.argv[1]).read().splitlines()
	assert lines[0].split(",")[-2:] == ["previous", "hash"], lines[0]
	assert len(lines) > 3, lines
	last = {}
	for line in lines[1:]:
	    text, digest = line.rsplit(",", 1)
	    assert hashlib.sha256(text.encode()).hexdigest() == digest, line
	    row = line.split(",")
	    assert last.get(row[0], row[-2]) == row[-2], line
	    last[row[0]] = digest
	X
}

device_of() {
	lab_show edge "show peering" "[p['interface'] for p in d['peerings']][0]"
}

step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(world_conf; prices)
step "BIRD starts" lab_bird idc < <(routes4=192.168.1.0/24 bird_conf)
soon 30 "the session comes up" established
soon 20 "the host reaches the data centre" reaches host 192.168.1.1
soon 10 "all objects are metered" m "0 if len(d['usage']) == 3 and d['ledger'] == 'ok' else exit(1)"
p=$(device_of)
soon 20 "the counters are followed" steady

step "traffic" traffic 50
soon 10 "each object is metered to the octet" follows
# 50 packets of 1000 octets, 8 of ICMP, 20 of IPv4, 14 of Ethernet, each way
step "it is what was sent" m "0 if u('hz-a-prod')['bytes-in'] >= 50 * 1042 <= u('hz-a-prod')['bytes-out'] else exit(1)"
lab_spawn host iperf iperf3 -s
soon 10 "iperf3 listens" lab_in idc iperf3 -c 172.16.0.10 -B 192.168.1.1 -n 1K
step "what iperf3 counts to the cloud is metered" agrees in
step "and from there" agrees out -R
step "rates are known" m "0 if u('hz-a')['percentile-95-in'] >= 0 and u('hz-a')['hours'] >= 1 else exit(1)"

step "vbrd is killed" lab_stop edge-vbrd KILL
step "traffic goes on" traffic 30
step "vbrd starts again" lab_vbrd_again edge
soon 30 "what flowed meanwhile is counted, once" follows
step "an orderly restart" lab_stop edge-vbrd TERM
step "vbrd starts a third time" lab_vbrd_again edge
soon 30 "nothing is missing" follows

soon 30 "the session is up" established
soon 20 "the host reaches the data centre again" reaches host 192.168.1.1
before=$(m "u('hz-a-prod')['total-bytes-in']")
step "the peering is deleted" edit "no tenant acme peering hz-a-prod"
step "and made again" edit "tenant acme peering hz-a-prod initiator vbr hz-a" \
	"tenant acme peering hz-a-prod acceptor vpc prod" "tenant acme peering hz-a-prod spec Large.1"
soon 20 "the host reaches the data centre" reaches host 192.168.1.1
step "traffic" traffic 20
soon 10 "its sum goes on" m "0 if u('hz-a-prod')['total-bytes-in'] >= $before + 20 * 1042 else exit(1)"
step "the records say what happened" has "end" sh "show metering samples | include hz-a-prod"

step "all chains are sound" lacks changed sh "show metering verify"
step "samples as CSV" csv samples.csv samples tenant acme
step "check by themselves" checked samples.csv
step "as JSON they are the same" lab_json "0 if sum(r['bytes-in'] for r in d['records'] if r.get('name') == 'hz-a') <= $(m "u('hz-a')['total-bytes-in']") and len(d['records']) > 5 else exit(1)" < <(sh "show metering samples json")
step "usage as CSV" csv usage.csv
step "has a line an object" lab_is 4 grep -c , "$LAB_DIR/usage.csv"
step "the bill names who pays for what" has "peering Large.1" sh "show metering bill tenant acme"
step "and adds up" lab_json "(lambda b: 0 if b['complete'] and d['currency'] == 'EUR' and abs(sum(float(l['amount']) for l in b['lines']) - float(b['total'])) < 1e-9 and [s['name'] for l in b['lines'] for s in l['shares']] == ['hz-a', 'hz-a-prod'] else exit(1))(d['bills'][0])" < <(sh "show metering bill json")
step "the bill as CSV" csv bill.csv bill tenant acme
step "has its title" lab_is tenant,item,product,prices-from,kind,name,quantity,price,unit,amount head -n 1 "$LAB_DIR/bill.csv"
step "and what each object adds" grep -Eqx 'acme,peering,Large.1,2020-01-01T00:00:00Z,peering,hz-a-prod,[0-9]+,0.90*,hour,[0-9.]+' "$LAB_DIR/bill.csv"
step "times that are none are refused" code 2 sh "show metering from yesterday"
step "a time without use is empty" has "no usage" sh "show metering from 2020-01-01 to 2020-01-02"

step "the line is another tenant's, who pays for a share of it" edit "tenant globex" "tenant acme accept-hosted pc-1 h1" \
	"physical-connection pc-1 owner globex" "physical-connection pc-1 bandwidth 1000" \
	"physical-connection pc-1 hosted h1 tenant acme" "physical-connection pc-1 hosted h1 bandwidth 200" \
	"physical-connection pc-1 hosted h1 vlan-id 0" "physical-connection pc-1 hosted h1 payer owner" \
	"no tenant acme vbr hz-a vlan-id" "tenant acme vbr hz-a hosted-connection h1"
soon 20 "it is metered for him, too" m "0 if u('pc-1/h1')['tenant'] == 'globex' else exit(1)" tenant globex
soon 20 "the host reaches the data centre" reaches host 192.168.1.1
step "traffic" traffic 20
soon 10 "his bill has it" has "hosted pc-1/h1" sh "show metering bill tenant globex | include hosted"
soon 10 "as much as was sent" m "0 if u('pc-1/h1')['bytes-out'] >= 20 * 1042 else exit(1)" tenant globex
step "the other's says who pays" has "paid-by-owner" sh "show metering bill tenant acme"
step "the chains are sound" lacks changed sh "show metering verify"

ledger=$(find "$LAB_DIR" -name ledger.db)
step "somebody writes into a record" "$LAB_PYTHON" -c "
import sqlite3
db = sqlite3.connect('$ledger', timeout=20)
db.execute('UPDATE record SET c0 = c0 + 1000 WHERE chain = 1 AND seq = 5')
db.commit()"
step "the examination finds it" code 1 sh "show metering verify"
step "and where" has changed sh "show metering verify | include acme"
step "vbrd stops" lab_stop edge-vbrd TERM
step "the ledger is overwritten" dd if=/dev/zero of="$ledger" bs=4096 count=4 conv=notrunc status=none
step "its log is gone" rm -f "$ledger-wal" "$ledger-shm"
step "vbrd starts all the same" lab_vbrd_again edge
soon 30 "and says what is wrong" grep -q 'metering: .*ledger.db: it is' "$LAB_DIR/log/edge-vbrd"
step "so does the shell" has "move it away" sh "show metering"
soon 30 "routing does not care" established
step "it is moved away" mv "$ledger" "$ledger.bad"
soon 20 "a new one begins" m "0 if d['ledger'] == 'ok' and len(d['usage']) == 5 else exit(1)"
