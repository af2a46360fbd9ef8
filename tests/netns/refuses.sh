#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the machine may refuse to the daemon: files, directories, rights, room. Each refusal is one
# sentence that says what to change; what runs goes on.
# builds: plain asan
. "$(dirname "$0")/lib.sh"

vbrd=$VBRD_BUILDDIR/vbrd
before='' # words before its name
dir=$LAB_DIR/refuses
mkdir -p "$dir" "$LAB_DIR/log"
cd "$dir" || exit 1

# says EXIT TEXT COMMAND...: it ends with this code and this text.
says() {
	local want=$1 text=$2 out ret

	shift 2
	out=$(timeout $((10 * slow)) "$@" 2>&1)
	ret=$?
	[ $ret = "$want" ] && [[ $out == *"$text"* ]] || { echo "exit $ret: $out"; return 1; }
}

# start SENTENCE NAME OPTION...: vbrd in the background, its log in log/NAME. Not by step, whose
# commands are children and wait for whoever has their output.
start() {
	local sentence=$1 name=$2

	shift 2
	$before "$vbrd" --run-dir "$dir/$name.run" "$@" >/dev/null 2>"$LAB_DIR/log/$name" &
	pid=$!
	soon 10 "$sentence" test -S "$dir/$name.run/vbrd.sock"
}

stop() {
	kill -TERM "$pid"
	wait "$pid" && echo "ok - it stops" || { echo "not ok - it stops"; exit 1; }
}

ask() { # NAME COMMAND...
	local name=$1 args=() c

	shift
	for c in "$@"; do
		args+=(-c "$c")
	done
	"$VBRD_BUILDDIR/vtysh/vbrsh" --run-dir "$dir/$name.run" "${args[@]}"
}

log_says() { # NAME TEXT
	grep -qF -- "$2" "$LAB_DIR/log/$1"
}

cat >good.conf <<-X
	system data-plane mode rules
	!
	tenant acme
	 vpc prod
	  cidr 172.16.0.0/16
	!
X
printf 'tenant acme\n vpc prod\n  cidr 172.16.0.0/99\n  bogus 1\n!\n' >bad.conf
printf 'tenant acme\n vbr a\n  physical-connection pc-9\n  vlan-id 1\n!\n' >loose.conf

step "no file" says 5 "none.conf cannot be read" "$vbrd" -c none.conf --state-dir s1 --run-dir r1
step "no file to check" says 5 "none.conf cannot be read" "$vbrd" -c none.conf --check
for how in --check "--state-dir s1 --run-dir r1"; do
	# shellcheck disable=SC2086 # several words
	step "the first error with its line ($how)" says 5 "line 3: cidr" "$vbrd" -c bad.conf $how
	# shellcheck disable=SC2086
	step "and the second one ($how)" says 5 'line 4: unknown word "bogus"' "$vbrd" -c bad.conf $how
	# shellcheck disable=SC2086
	step "an error with its path ($how)" says 5 \
		"/vbrd:tenant[name='acme']/vbr[name='a']/physical-connection: " "$vbrd" -c loose.conf $how
done
step "a file without errors" says 0 "" "$vbrd" -c good.conf --check
step "a file in the place of the state directory" says 1 "use --state-dir" \
	"$vbrd" -c good.conf --state-dir "$dir/good.conf" --run-dir r1
step "a state directory that cannot be made" says 1 "use --state-dir" \
	"$vbrd" -c good.conf --state-dir /proc/none --run-dir r1
step "a run directory that cannot be made" says 1 "use --run-dir" \
	"$vbrd" -c good.conf --state-dir s1 --run-dir /proc/none
mkdir -m 555 shut
chmod 755 "$LAB_DIR" "$dir"
step "a state directory of somebody else" says 1 "give vbrd the right to write there" \
	setpriv --reuid 65534 --clear-groups "$vbrd" -c good.conf --state-dir shut --run-dir r1

start "vbrd starts" one -c good.conf --state-dir s2
step "a second one on the same state" says 1 "another vbrd runs on this state directory" \
	"$vbrd" -c good.conf --state-dir s2 --run-dir r3
step "a second one on the same socket" says 1 "another daemon listens there" \
	"$vbrd" -c good.conf --state-dir s3 --run-dir one.run
cp good.conf keep.conf
cp bad.conf good.conf
step "it is told to load a bad file" kill -HUP "$pid"
soon 5 "it refuses" log_says one "reload refused, the running configuration stays"
step "with the line" log_says one "line 4: unknown word"
rm good.conf
step "it is told to load no file" kill -HUP "$pid"
soon 5 "it refuses again" log_says one "good.conf cannot be read"
step "what runs goes on" has 172.16.0.0/16 ask one "show vpc"
step "the table base stays" says 5 "cannot change while tenants are configured" \
	"$VBRD_BUILDDIR/vtysh/vbrsh" --run-dir one.run -c configure \
	-c "system data-plane table-base 30000" -c commit
stop
cp keep.conf good.conf

head -c 40 s2/running.json >torn && cp s2/running.json whole && cp torn s2/running.json
step "a torn snapshot" says 5 "is damaged" "$vbrd" -c good.conf --state-dir s2 --run-dir r2
cp whole s2/running.json
cp s2/table-ids ids && echo torn >s2/table-ids
step "torn numbers" says 1 "table-ids: not what vbrd wrote: restore it" \
	"$vbrd" -c good.conf --state-dir s2 --run-dir r2
cp ids s2/table-ids
chmod 600 s2/secret.key && cp s2/secret.key key && echo torn >s2/secret.key
step "a torn key" says 1 "secret.key: " "$vbrd" -c good.conf --state-dir s2 --run-dir r2
cp key s2/secret.key
start "all of them restored" two -c good.conf --state-dir s2
step "it withdraws what it wrote" ask two "shutdown withdraw"
wait "$pid"

before="setpriv --bounding-set -net_admin --inh-caps -net_admin"
start "vbrd starts without the right to write routes" poor -c good.conf --state-dir s4
before=''
step "the log says what is missing" log_says poor "capability cap_net_admin is missing"
step "it answers" has acme ask poor "show tenant"
soon 10 "show tells that the routes are refused" has "no permission (CAP_NET_ADMIN)" \
	ask poor "show route tenant acme vpc prod"
stop

mkdir full && mount -t tmpfs -o size=256k full full
start "vbrd starts on a small disk" full -c good.conf --state-dir full/s
dd if=/dev/zero of=full/fill bs=1k 2>/dev/null
step "a commit on a full disk is refused" says 5 "No space left on device" \
	"$VBRD_BUILDDIR/vtysh/vbrsh" --run-dir full.run -c configure -c "tenant beta" \
	-c "vpc x" -c "cidr 10.9.0.0/16" -c commit
step "what runs is as before" lacks beta ask full "show running-config"
step "and so is its state" lacks beta ask full "show vpc"
rm full/fill
step "with room it goes in" ask full configure "tenant beta" "vpc x" "cidr 10.9.0.0/16" commit
step "and runs" has 10.9.0.0/16 ask full "show vpc"
stop
umount full
