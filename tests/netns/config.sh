#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Configuration that is refused: each refusal is read, as "vbrd --check" says it and as a commit
# in vbrsh does; and what is pending until the other side consents.
# builds: plain asan
. "$(dirname "$0")/lib.sh"

program=$(lab_program vbrd) || exit 1
base=$LAB_DIR/base.conf
{
	world_conf
	cat <<-X
	tenant globex
	 policy route-map theirs
	  term 10
	   action permit
	 vpc prod
	  cidr 172.16.0.0/16
	!
	X
} >"$base"

# try TEXT: base and more lines of text, checked.
try() {
	{ cat "$base"; printf '%s\n' "$1"; } >"$LAB_DIR/try.conf"
	"$program" --check -c "$LAB_DIR/try.conf"
}

# refused SENTENCE TEXT: exit 5 and the sentence, with a path or a line before it.
refused() {
	local out ret

	out=$(try "$2" 2>&1)
	ret=$?
	if [ $ret != 5 ] || [[ $out != *"$1"* ]] || [[ ! $out =~ (/vbrd:|^line\ [0-9]+:) ]]; then
		echo "not ok - refused: $1 (exit $ret)"
		echo "$out"
		failed=yes
		return
	fi
	echo "ok - refused: $1"
}

failed=no
step "the base is right" code 0 "$program" --check -c "$base"

refused 'unknown word "colour"' 'tenant acme
 colour red
!'
refused 'vlan-id 0 of physical-connection pc-1 is in use by VBR hz-a of tenant acme: take another VLAN' 'tenant acme
 vbr hz-z
  physical-connection pc-1
  vlan-id 0
!'
refused 'a VLAN id is 0..2999' 'tenant acme
 vbr hz-a
  vlan-id 3000
!'
refused "ipv4 peer-gateway 10.0.0.9 is outside the link's subnet 10.0.0.0/30: change peer-gateway or prefix-length" 'tenant acme
 vbr hz-a
  ipv4 peer-gateway 10.0.0.9
!'
refused 'local-gateway and peer-gateway are the same address' 'tenant acme
 vbr hz-a
  ipv4 peer-gateway 10.0.0.1
!'
refused 'cidr 172.16.0.0/16 of VPC prod overlaps cidr 172.16.128.0/17 of VPC test: peered VPCs need distinct ranges' 'tenant acme
 vpc test
  cidr 172.16.128.0/17
 peering prod-test
  initiator vpc prod
  acceptor vpc test
!'
refused 'cidr 100.64.0.0/16 overlaps 100.64.0.0/10, which the cloud uses itself: take a range outside' 'tenant acme
 vpc prod
  cidr 100.64.0.0/16
!'
refused 'ipv4 local-gateway 100.64.0.1 is inside 100.64.0.0/10' 'tenant acme
 vbr hz-z
  physical-connection pc-1
  vlan-id 7
  ipv4 local-gateway 100.64.0.1
  ipv4 peer-gateway 100.64.0.2
  ipv4 prefix-length 30
!'
refused 'neither 23456 (AS_TRANS) nor 65025 (used inside the cloud)' 'tenant acme
 vbr hz-a
  bgp
   local-as 65025
!'
refused '65025 (used inside the cloud)' 'system default-local-as 65025'
refused 'pc-9' 'tenant acme
 vbr hz-z
  physical-connection pc-9
  vlan-id 7
!'
refused 'acceptor vpc "nowhere" does not exist in tenant acme: create it, or correct the name' 'tenant acme
 peering lost
  initiator vbr hz-a
  acceptor vpc nowhere
!'
refused 'import-policy names route-map "nobodys", which neither tenant acme nor the global policy has' 'tenant acme
 vbr hz-a
  bgp
   peer 10.0.0.2
    import-policy nobodys
!'
refused 'export-policy names route-map "theirs", which neither tenant acme nor the global policy has' 'tenant acme
 vbr hz-a
  bgp
   peer 10.0.0.2
    export-policy theirs
!'
refused 'tenant acme has 1 VPCs, its quota is 0: raise quota vpc of the tenant, or delete some' 'tenant acme
 quota vpc 0
!'
refused 'tenant acme has 1 peering connections, its quota is 0' 'tenant acme
 quota peering 0
!'
refused 'tenant acme has more than 1 VBRs on physical-connection pc-1, its quota' 'tenant acme
 quota vbr 1
 vbr hz-z
  physical-connection pc-1
  vlan-id 7
!'
refused 'the hold time is 0 (no keepalives) or 3..65535 seconds' 'tenant acme
 vbr hz-a
  bgp
   peer 10.0.0.2
    hold-time 2
!'
refused 'the keepalive interval is more than a third of the hold time' 'tenant acme
 vbr hz-a
  bgp
   peer 10.0.0.2
    keepalive 4
!'
refused 'the connect-retry interval is 1..3600 seconds' 'tenant acme
 vbr hz-a
  bgp
   peer 10.0.0.2
    connect-retry 3601
!'
refused 'delay-open is 0 (off) or 1..240 seconds' 'tenant acme
 vbr hz-a
  bgp
   peer 10.0.0.2
    delay-open 241
!'
refused 'interface port-1 is in use by' 'tenant acme
 vpc prod
  interface port-1
!'
refused 'password: a secret has 1 to 80 characters' "tenant acme
 vbr hz-a
  bgp
   peer 10.0.0.2
    password $(printf 'x%.0s' {1..81})
!"
# What later releases implement is unknown, not accepted and ignored.
refused 'unknown word "damping"' 'tenant acme
 vbr hz-a
  bgp
   damping true
!'
[ $failed = no ] || exit 1

step "JSON is refused with its path" code 5 "$program" --check -c <(echo '{"vbrd:tenant":[{"name":"x","vbr":[{"name":"y"}]}]}')
step "a file that is not there" code 5 "$program" --check -c "$LAB_DIR/nothing"
step "an option that is not there" code 2 "$program" --nonsense

# The same at a commit, where the running configuration stays.
step "namespaces and links" world
step "vbrd starts" lab_vbrd edge <"$base"
revision=$(lab_show edge "show system" "d['config-revision']")
step "a commit is refused with exit 5" code 5 edit "tenant acme vbr hz-a ipv4 peer-gateway 10.0.0.9"
step "and says why" has "is outside the link's subnet 10.0.0.0/30" \
	edit "tenant acme vbr hz-a ipv4 peer-gateway 10.0.0.9"
step "a value out of range ends a command with 2" code 2 edit "tenant acme vbr hz-a vlan-id 3000"
step "so does an unknown word" code 2 edit "tenant acme vbr hz-a colour red"
step "commit check checks" code 5 sh configure "tenant acme quota vpc 0" "commit check"
step "nothing was applied" lab_is "$revision" lab_show edge "show system" "d['config-revision']"

step "a peering with another tenant is accepted" edit "tenant acme vpc test cidr 10.77.0.0/16" \
	"tenant globex vpc other cidr 10.78.0.0/16" \
	"tenant acme peering far initiator vpc test" "tenant acme peering far acceptor tenant globex" \
	"tenant acme peering far acceptor vpc other"
state() {
	lab_show edge "show peering acme far" "d['peerings'][0]['state']"
}
soon 5 "but pending" lab_is pending-acceptance state
step "no route crosses" lacks 10.77.0.0 sh "show bgp routes tenant globex vpc other"
step "the other tenant consents" edit "tenant globex accept-peering acme far vpc other"
soon 5 "now it is active" lab_is active state
soon 5 "and routes cross" has 10.77.0.0/16 sh "show bgp routes tenant globex vpc other"
soon 5 "both ways" has 10.78.0.0/16 sh "show bgp routes tenant acme vpc test"
step "consent is taken back" edit "no tenant globex accept-peering acme far"
soon 5 "pending again" lab_is pending-acceptance state
soon 5 "no route is left" lacks 10.77.0.0 sh "show bgp routes tenant globex vpc other"

# Other tables need other engines; those that run stay when the disk refuses.
threads() {
	local t

	for t in /proc/"$(lab_pid bare-vbrd)"/task/*; do
		echo "${t##*/}"
	done
}
bare() {
	lab_sh bare -c configure -c "system data-plane table-base 20000" -c commit
}
step "an edge without tenants" lab_ns bare
mkdir -p "$LAB_DIR/bare-vbrd/state"
step "whose disk is small" mount -t tmpfs -o size=256k state "$LAB_DIR/bare-vbrd/state"
step "vbrd starts" lab_vbrd bare < <(echo "system hostname bare")
threads >"$LAB_DIR/before"
cat /dev/zero >"$LAB_DIR/bare-vbrd/state/fill" 2>/dev/null
step "a commit finds it full" code 5 bare
step "and leaves all as it was" diff "$LAB_DIR/before" <(threads)
rm "$LAB_DIR/bare-vbrd/state/fill"
step "with room it is done" bare
step "by others" not cmp -s "$LAB_DIR/before" <(threads)
step "vbrd ends" lab_stop bare-vbrd TERM
umount "$LAB_DIR/bare-vbrd/state"
