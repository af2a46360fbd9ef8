# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What ./demo writes: titles, results, and one live line that is rewritten in place on a terminal
# and becomes now and then a line of its own elsewhere.

SAY_FAILURES=0
SAY_LAST=0   # second in which the last plain progress line was written
SAY_EVERY=5  # seconds between these

if [ -t 1 ]; then
	SAY_TTY=1 SAY_BOLD=$'\033[1m' SAY_GREEN=$'\033[32m' SAY_RED=$'\033[31m' SAY_OFF=$'\033[0m'
	SAY_CLEAR=$'\r\033[K'
else
	SAY_TTY='' SAY_BOLD='' SAY_GREEN='' SAY_RED='' SAY_OFF='' SAY_CLEAR=''
fi

say_title() {
	printf '%s\n%s%s%s\n' "$SAY_CLEAR" "$SAY_BOLD" "$1" "$SAY_OFF"
}

say_good() {
	printf '%s  %sok%s    %s\n' "$SAY_CLEAR" "$SAY_GREEN" "$SAY_OFF" "$1"
}

# say_bad WHAT SEEN: an expectation that failed.
say_bad() {
	printf '%s  %sFAIL%s  %s\n' "$SAY_CLEAR" "$SAY_RED" "$SAY_OFF" "$1"
	printf '        seen: %s\n' "${2:-nothing}"
	SAY_FAILURES=$((SAY_FAILURES + 1))
	return 1
}

say_note() {
	printf '%s        %s\n' "$SAY_CLEAR" "$1"
}

say_live() {
	if [ -n "$SAY_TTY" ]; then
		printf '%s  ...   %.*s' "$SAY_CLEAR" "$((${COLUMNS:-80} - 9))" "$1"
	elif [ $((SECONDS - SAY_LAST)) -ge $SAY_EVERY ]; then
		SAY_LAST=$SECONDS
		printf '  ...   %s\n' "$1"
	fi
}

say_end_line() {
	printf '%s' "$SAY_CLEAR"
}

# say_job WHAT COMMAND...: run it with the last line of its output as the live line. When it
# fails: the end of the output.
say_job() {
	local what=$1 began=$SECONDS job log

	shift
	log=$(mktemp)
	"$@" >"$log" 2>&1 </dev/null &
	job=$!
	while kill -0 $job 2>/dev/null; do
		say_live "$what, $((SECONDS - began)) s: $(tail -qn 1 "$log" | tr -d '\r' | cut -c1-40)"
		sleep 0.3
	done
	if wait $job; then
		rm -f "$log"
		say_end_line
		return 0
	fi
	say_bad "$what" "exit code of the command not 0; the end of its output:"
	tail -n 25 "$log"
	rm -f "$log"
	return 1
}

# 1234567 -> 1,234,567
say_number() {
	local n=$1 out=

	while [ ${#n} -gt 3 ]; do
		out=,${n: -3}$out
		n=${n:0:${#n}-3}
	done
	echo "$n$out"
}

# say_check WHAT EXPECTED SEEN
say_check() {
	if [ "$2" = "$3" ]; then
		say_good "$1"
	else
		say_bad "$1" "$3 (expected: $2)"
	fi
}

say_result() {
	if [ "$SAY_FAILURES" = 0 ]; then
		printf '\n%sAll as expected.%s\n' "$SAY_GREEN" "$SAY_OFF"
	else
		printf '\n%s%d of the expectations failed: see FAIL above.%s\n' "$SAY_RED" \
			"$SAY_FAILURES" "$SAY_OFF"
		return 1
	fi
}
