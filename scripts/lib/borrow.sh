# shellcheck shell=bash
# For scripts that need services or workers for a while: what does not run is started, and stopped at the end, however
# it comes. What ran before stays.

RETURNS=()

# The last borrowed is the first returned. The script's exit code stays what it was.
return_borrowed() {
    local code=$? index
    trap - EXIT
    trap '' INT TERM
    for ((index = ${#RETURNS[@]} - 1; index >= 0; index--)); do
        "$ROOT/scripts/${RETURNS[index]}" stop >>"$LOGS/stop.log" 2>&1 ||
            complain "scripts/${RETURNS[index]} stop failed, see logs/stop.log"
    done
    exit "$code"
}

# borrow services|workers
borrow() {
    # Before the start, so that an interrupted start is undone too.
    "$ROOT/scripts/$1" running || RETURNS+=("$1")
    trap return_borrowed EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    # Said here, since a caller that looks at the exit code switches `set -e` off.
    "$ROOT/scripts/$1" start || fail "scripts/$1 start failed"
    if [[ $1 == services ]]; then
        # shellcheck source=/dev/null
        source "$RUN/env"
    fi
}
