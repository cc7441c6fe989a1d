# shellcheck shell=bash
# What every script here shares: where things are, and how to speak. Sourced, never run.
# A value that is already in the environment wins, so that two checkouts can run side by side.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
# Tests that break a broker have one of their own, with another folder.
RUN=${PRIVATE_RUN:-$ROOT/.run}
LOGS=$ROOT/logs
# Marks what belongs to this checkout: the node name of its broker, folders outside of it.
# shellcheck disable=SC2034  # used by the scripts that source this file
CHECKOUT_ID=$(printf '%s' "$ROOT${PRIVATE_RUN:-}" | cksum | cut -d ' ' -f 1)

# A color only where somebody reads it.
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    BOLD=$'\e[1m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
    BOLD='' RED='' PLAIN=''
fi

# One line of progress.
say() { printf '%s==>%s %s\n' "$BOLD" "$PLAIN" "$*"; }

# An error that the caller survives.
complain() { printf '%serror:%s %s\n' "$RED" "$PLAIN" "$*" >&2; }

# An error that ends the script.
fail() {
    complain "$@"
    exit 1
}

# wait_until SECONDS COMMAND...: polls the command until it succeeds; fails after the deadline.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}

# Whether something listens on 127.0.0.1:PORT.
port_is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# process_is PID WORD: whether the process lives and WORD stands in its command line. A pid file may be older than the
# machine's last start, and its number may be somebody else's by now: nothing is signalled without this check.
process_is() {
    local line tries=0
    [[ $1 =~ ^[0-9]+$ ]] || return 1
    # The command line of a process that is becoming another program is empty, for milliseconds or for as long as a slow
    # disk takes to read that. A dead process has no program (`exe`).
    until line=$(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline") && [[ -n $line ]]; do
        if [[ ! -e /proc/$1/exe ]] || ((tries++ == 1000)); then return 1; fi
        sleep 0.01
    done
    [[ $line == *"$2"* ]]
}

process_is_gone() { ! process_is "$1" "$2"; }

# pid_in FILE: prints the pid that the file holds, or nothing.
pid_in() {
    local pid=''
    [[ -r $1 ]] && read -r pid <"$1"
    [[ $pid =~ ^[0-9]+$ ]] && printf '%s\n' "$pid"
    return 0
}

mkdir -p "$RUN" "$LOGS"
