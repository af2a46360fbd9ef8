#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Words of the operators at the end of a session (RFC 9003), both ways with BIRD; and the address
# that a session is spoken from.
# builds: plain asan
. "$(dirname "$0")/lib.sh"
need bird

p="tenant acme vbr hz-a bgp peer 10.0.0.2"

detail() {
	lab_show edge "show bgp peer tenant acme vbr hz-a 10.0.0.2" "d['peers'][0]['$1']"
}

step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(world_conf)
lab_bird idc < <(bird_conf)
soon 30 "the session comes up" established

step "BIRD's operator ends it with words" lab_birdc idc-bird disable edge '"Wartung bis 04:00, Grüße"'
soon 10 "the edge shows them" lab_is "Wartung bis 04:00, Grüße" detail shutdown-text-received
step "also as the last error" has "Wartung bis 04:00" detail last-error
step "BIRD is back" lab_birdc idc-bird enable edge
soon 30 "the session comes up" established

step "a clear with words" sh "clear bgp tenant acme vbr hz-a 10.0.0.2 message a new image"
soon 10 "BIRD has them" grep -q "a new image" "$LAB_DIR/log/idc-bird"
step "the edge remembers" lab_is "a new image" detail shutdown-text-sent
step "and what it heard before" lab_is "Wartung bis 04:00, Grüße" detail shutdown-text-received
soon 30 "the session comes up again" established
step "none with a soft clear" code 2 sh "clear bgp tenant acme vbr hz-a all soft in message x"
step "none that is too long" code 2 sh \
	"clear bgp tenant acme vbr hz-a all message $(printf 'x%.0s' {1..256})"

step "a text for the end" edit "$p shutdown-text \"moved to hz-b\""
step "does not end anything" established
step "the peer is disabled" edit "$p enabled false"
soon 10 "BIRD has the text" has "moved to hz-b" lab_birdc idc-bird show protocols all edge
step "the peer is enabled" edit "$p enabled true"
soon 30 "the session comes up again" established

lab_addr edge lo 10.9.9.9/32
step "a source that is not the gateway is refused" code 5 edit "$p update-source 10.9.9.9"
step "with multihop it is not" edit "$p multihop 2" "$p update-source 10.9.9.9"
soon 10 "BIRD's connection to the gateway address is none of it" not established
step "the gateway address itself" edit "no $p multihop" "$p update-source 10.0.0.1"
soon 30 "the session comes up" established
step "from there" lab_is 10.0.0.1 detail local-address
