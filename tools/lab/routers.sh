# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Routers for a lab: vbrd and the peers of other makers. Sourced after lab.sh.
#
#   lab_bird X [TAG]       configuration on stdin          lab_birdc TAG COMMAND...
#   lab_frr X [bfd]        configuration of bgpd           lab_vtysh X COMMAND
#   lab_gobgp X            gobgpd, TOML on stdin           lab_gobgp_do X ARGUMENTS...
#   lab_openbgpd X         bgpd.conf on stdin              lab_bgpctl X ARGUMENTS...
#   lab_exabgp X           exabgp.conf on stdin
#   lab_vbrd X [OPTION...] text or JSON on stdin           lab_sh X ARGUMENTS OF vbrsh...
#
# Each stands in /run/LAB/X-KIND/ with configuration and sockets, logs to log/TAG, and is ended by
# lab_stop TAG; the tag is X-KIND (FRR: X-zebra and X-bgpd). They return when the control socket
# answers, within LAB_START_S (20). Programs of this tree are found in VBRD_BUILDDIR, those of
# others in Debian's places.

# lab_has KIND...: are the programs of these routers installed?
lab_has() {
	local kind

	for kind in "$@"; do
		case $kind in
		bird) command -v bird birdc >/dev/null ;;
		frr) [ -x /usr/lib/frr/bgpd ] && command -v vtysh >/dev/null ;;
		gobgp) command -v gobgpd gobgp >/dev/null ;;
		exabgp) command -v exabgp >/dev/null ;;
		openbgpd) [ -x /usr/sbin/bgpd ] && command -v bgpctl >/dev/null ;;
		*) false ;;
		esac || return 1
	done
}

# lab_program NAME: path of a program of this tree.
lab_program() {
	local d

	for d in . vbr vtysh; do
		[ -x "$VBRD_BUILDDIR/$d/$1" ] && { echo "$VBRD_BUILDDIR/$d/$1"; return 0; }
	done
	lab_warn "$1 is not built in $VBRD_BUILDDIR"
	return 1
}

lab_bird() {
	local x=$1 tag=${2:-$1-bird} d

	d=$LAB_DIR/$tag
	mkdir -p "$d" && cat >"$d/bird.conf" || return 1
	lab_bird_again "$x" "$tag"
}

# lab_bird_again X [TAG]: start it with the configuration that it has.
lab_bird_again() {
	local tag=${2:-$1-bird} d

	d=$LAB_DIR/$tag
	bird -p -c "$d/bird.conf" || return 1
	lab_spawn "$1" "$tag" bird -f -c "$d/bird.conf" -s "$d/ctl" -P "$d/pid"
	lab_wait ${LAB_START_S:-20} "$tag answers" lab_birdc "$tag" show status
}

lab_birdc() {
	local tag=$1

	shift
	birdc -s "$LAB_DIR/$tag/ctl" "$@"
}

# FRR runs as user frr, which must reach its files; its crash logs and sockets stay in the lab.
# With bfd bfdd runs too, with what stands in /run/LAB/X-frr/bfdd.conf (tag X-bfdd).
lab_frr() {
	local x=$1 with=${2:-} d=$LAB_DIR/$1-frr

	mkdir -p "$d" && cat >"$d/frr.conf" || return 1
	touch "$d/vtysh.conf" "$d/zebra.conf"
	lab_will_make /run/frr /var/tmp/frr # whatever their options say
	chown -R frr:frr "$d"
	set -- -z "$d/zserv" --vty_socket "$d" -P 0 -u frr -g frr
	lab_spawn "$x" "$x-zebra" /usr/lib/frr/zebra "$@" -f "$d/zebra.conf" -i "$d/zebra.pid"
	lab_wait ${LAB_START_S:-20} "$x-zebra answers" test -S "$d/zserv" -a -S "$d/zebra.vty" || return 1
	if [ "$with" = bfd ]; then
		touch "$d/bfdd.conf" && chown frr:frr "$d/bfdd.conf"
		lab_spawn "$x" "$x-bfdd" /usr/lib/frr/bfdd "$@" -f "$d/bfdd.conf" -i "$d/bfdd.pid" \
			--bfdctl "$d/bfdd.sock"
		lab_wait ${LAB_START_S:-20} "$x-bfdd answers" test -S "$d/bfdd.vty" || return 1
	fi
	lab_spawn "$x" "$x-bgpd" /usr/lib/frr/bgpd "$@" -f "$d/frr.conf" -i "$d/bgpd.pid"
	lab_wait ${LAB_START_S:-20} "$x-bgpd answers" lab_vtysh "$x" "show bgp summary"
}

# lab_vtysh X COMMAND: one command line.
lab_vtysh() {
	lab_in "$1" vtysh --vty_socket "$LAB_DIR/$1-frr" --config_dir "$LAB_DIR/$1-frr" -c "$2"
}

lab_gobgp() {
	local x=$1 d=$LAB_DIR/$1-gobgp

	mkdir -p "$d" && cat >"$d/gobgpd.toml" || return 1
	lab_spawn "$x" "$x-gobgp" gobgpd -t toml -f "$d/gobgpd.toml" --api-hosts "unix://$d/api"
	lab_wait ${LAB_START_S:-20} "$x-gobgp answers" lab_gobgp_do "$x" global
}

lab_gobgp_do() {
	local x=$1

	shift
	gobgp --target "unix://$LAB_DIR/$x-gobgp/api" "$@"
}

# OpenBGPD insists on a configuration that nobody else may read, and on the home of its user to
# chroot to, which the package leaves to systemd's tmpfiles.
lab_openbgpd() {
	local x=$1 d=$LAB_DIR/$1-openbgpd home

	home=$(getent passwd _openbgpd | cut -d: -f6)
	lab_will_make "$home" && mkdir -p "$home" || return 1

	mkdir -p "$d" && { echo "socket \"$d/ctl\""; cat; } >"$d/bgpd.conf" || return 1
	chmod 600 "$d/bgpd.conf"
	lab_spawn "$x" "$x-openbgpd" /usr/sbin/bgpd -d -f "$d/bgpd.conf"
	lab_wait ${LAB_START_S:-20} "$x-openbgpd answers" lab_bgpctl "$x" show summary
}

lab_bgpctl() {
	local x=$1

	shift
	bgpctl -s "$LAB_DIR/$x-openbgpd/ctl" "$@"
}

# It has no control socket here: it runs, or it does not.
lab_exabgp() {
	local x=$1 d=$LAB_DIR/$1-exabgp

	mkdir -p "$d" && cat >"$d/exabgp.conf" || return 1
	lab_spawn "$x" "$x-exabgp" env exabgp.daemon.user=root exabgp.api.ack=false exabgp.api.cli=false \
		exabgp.log.destination=stdout exabgp.tcp.delay=0 exabgp "$d/exabgp.conf"
	sleep 0.5
	lab_alive "$x-exabgp"
}

# lab_vbrd X [OPTION...]: its own state and run folders.
lab_vbrd() {
	local d=$LAB_DIR/$1-vbrd

	mkdir -p "$d/state" "$d/run" && cat >"$d/vbrd.conf" || return 1
	lab_vbrd_again "$@"
}

lab_vbrd_again() {
	local x=$1 d=$LAB_DIR/$1-vbrd program

	shift
	program=$(lab_program vbrd) || return 1
	lab_spawn "$x" "$x-vbrd" "$program" -c "$d/vbrd.conf" --state-dir "$d/state" \
		--run-dir "$d/run" "$@"
	lab_wait ${LAB_START_S:-20} "$x-vbrd answers" lab_vbrd_ready "$x" && lab_alive "$x-vbrd"
}

# A daemon that is gone will never answer: the wait ends at once.
lab_vbrd_ready() {
	! lab_alive "$1-vbrd" || lab_sh "$1" -c 'show version'
}

lab_sh() {
	local x=$1 program

	shift
	program=$(lab_program vbrsh) || return 1
	"$program" --run-dir "$LAB_DIR/$x-vbrd/run" "$@"
}

# lab_show X COMMAND [EXPRESSION]: what it shows, as JSON, or a value out of it.
lab_show() {
	if [ $# -gt 2 ]; then
		lab_sh "$1" -c "$2 json" | lab_json "$3"
	else
		lab_sh "$1" -c "$2 json"
	fi
}
