# shellcheck shell=bash
# Which ports the private services use. A choice is kept, so that a restarted broker is found where it was.

PORTS_FILE=$RUN/ports

# chosen_port NAME: prints the port that was chosen for NAME earlier, or nothing.
chosen_port() {
    [[ -r $PORTS_FILE ]] && sed -n "s/^$1=\([0-9][0-9]*\)$/\1/p" "$PORTS_FILE" | tail -n 1
    return 0
}

# choose_port NAME WANTED DEFAULT OFFSET...: prints the port for NAME, and keeps it.
# WANTED (from the environment) is taken as it is. Otherwise: the earlier choice, or, if another program has taken that
# meanwhile, the first of DEFAULT, DEFAULT + 20 … which is free together with each OFFSET beside it. The caller's service
# must not run.
choose_port() {
    local name=$1 wanted=$2 default=$3 port offset try
    shift 3
    port=${wanted:-$(chosen_port "$name")}
    if [[ -z $wanted && -n $port ]] && port_is_open "$port"; then
        port=''
    fi
    if [[ -z $port ]]; then
        for ((try = 0; try < 50; try++)); do
            port=$((default + 20 * try))
            for offset in 0 "$@"; do
                ! port_is_open $((port + offset)) || continue 2
            done
            break
        done
        ((try < 50)) || fail "no free port for $name near $default; set one in the environment"
    fi
    touch "$PORTS_FILE"
    if [[ $(chosen_port "$name") != "$port" ]]; then
        sed -i "/^$name=/d" "$PORTS_FILE"
        printf '%s=%s\n' "$name" "$port" >>"$PORTS_FILE"
    fi
    printf '%s\n' "$port"
}
