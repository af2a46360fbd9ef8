#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Commits: confirmed ones that undo themselves, also over a restart; history and rollback; text
# and JSON forms that read back to the same; secrets that are never shown.
# builds: plain asan
. "$(dirname "$0")/lib.sh"

description() {
	lab_show edge "show running-config" \
		"d['vbrd:tenant'][0]['vbr'][0].get('description', '')"
}

running() {
	sh "show running-config"
}

revision() {
	lab_show edge "show system" "d['config-revision']"
}

describe() { # TEXT [COMMIT OPTIONS]
	sh configure "tenant acme vbr hz-a description \"$1\"" "commit${2:+ $2}"
}

step "namespaces and links" world
step "vbrd starts" lab_vbrd edge < <(world_conf 'password "Pa55 phrase"')
step "first words" describe first 'comment "the first"'

# Confirmed commits.
step "a commit to be confirmed" describe tried "confirmed 6"
step "is in force" lab_is tried description
soon 15 "and undone when nobody confirms" lab_is first description
step "another one" describe second "confirmed 7"
step "confirmed" sh "commit confirm"
sleep 8
step "stays" lab_is second description
step "a third" describe third "confirmed 60"
step "cancelled" sh "commit cancel"
step "is undone at once" lab_is second description
step "one whose time runs out" describe fourth "confirmed 4"
step "while vbrd is dead" lab_stop edge-vbrd KILL
sleep 5
step "vbrd starts again" lab_vbrd_again edge
soon 10 "it is undone" lab_is second description
step "one that is alive" describe fifth "confirmed 15"
step "when vbrd dies" lab_stop edge-vbrd KILL
step "vbrd starts again" lab_vbrd_again edge
step "it is still in force" lab_is fifth description
soon 25 "and then undone" lab_is second description

# History.
step "history names the comment" has "the first" sh "show configuration history"
n=$(revision)
step "a change" describe sixth
step "makes a revision" [ "$(revision)" -gt "$n" ]
step "compare shows it" has "+   description sixth" sh configure "compare rollback 1"
step "rollback 1" sh configure "rollback 1" commit
step "takes it back" lab_is second description
step "an unknown revision is refused" not sh configure "rollback 4000" commit

# Both forms are fixpoints.
running >"$LAB_DIR/a.txt"
sh "show running-config json" >"$LAB_DIR/a.json"
for form in txt json; do
	step "the $form form is read back" sh configure "load replace $LAB_DIR/a.$form" commit
	running >"$LAB_DIR/b.txt"
	sh "show running-config json" >"$LAB_DIR/b.json"
	step "to the same text" cmp "$LAB_DIR/a.txt" "$LAB_DIR/b.txt"
	step "and the same JSON" cmp "$LAB_DIR/a.json" "$LAB_DIR/b.json"
done
step "save writes a file" sh configure "save $LAB_DIR/c.txt"
step "that vbrd reads on this edge" code 0 "$(lab_program vbrd)" --check -c "$LAB_DIR/c.txt" \
	--state-dir "$LAB_DIR/edge-vbrd/state"
step "elsewhere it asks for the password" has "was sealed by another edge" \
	"$(lab_program vbrd)" --check -c "$LAB_DIR/c.txt" --state-dir "$LAB_DIR"
step "and leaves no key there" not ls "$LAB_DIR/secret.key"
step "a part of it is merged" sh configure "load merge $(
	printf 'tenant acme\n vbr hz-a\n  description merged\n!\n' >"$LAB_DIR/d.txt"
	echo "$LAB_DIR/d.txt"
)" commit
step "is in force" lab_is merged description
step "a broken file changes nothing" not sh configure "load replace <(echo x y z)" commit
step "the same text stays" lab_is merged description

# Secrets.
step "the password is in no output" lacks "Pa55" sh "show running-config" "show running-config json" \
	"show configuration history" "show bgp peer tenant acme vbr hz-a json" configure \
	"show candidate-config" "compare rollback 1"
step "nor in what is kept" not grep -r "Pa55" "$LAB_DIR/edge-vbrd/state"
step "nor in the log" not grep "Pa55" "$LAB_DIR/log/edge-vbrd"
step "the key is its owner's" lab_is 400 stat -c %a "$LAB_DIR/edge-vbrd/state/secret.key"

# A reload of the file is one commit.
world_conf 'description "from the file"' >"$LAB_DIR/edge-vbrd/vbrd.conf"
n=$(revision)
step "SIGHUP" kill -HUP "$(lab_pid edge-vbrd)"
soon 10 "takes the file" has "from the file" running
step "as one commit" lab_is "$((n + 1))" revision
echo "tenant acme colour red" >"$LAB_DIR/edge-vbrd/vbrd.conf"
step "SIGHUP with a broken file" kill -HUP "$(lab_pid edge-vbrd)"
soon 10 "is told in the log" grep -q 'unknown word "colour"' "$LAB_DIR/log/edge-vbrd"
step "and changes nothing" has "from the file" running
