# shellcheck shell=bash
# The private RabbitMQ: configuration from rabbitmq/, everything it writes under .run/rabbitmq.

# The root folder of another file system that has a RabbitMQ of its own, with its Erlang: how other versions are tested.
RABBITMQ_ROOT=${PRIVATE_RABBITMQ_ROOT:-}
RABBITMQ_ROOT=${RABBITMQ_ROOT%/}
# One version can't read the data of another.
RABBITMQ_STATE=$RUN/rabbitmq${RABBITMQ_ROOT:+-$(basename "$RABBITMQ_ROOT")}
# The virtual host of .run/env. One that is not `/` is made with this type for queues that are declared without one.
RABBITMQ_VHOST=${PRIVATE_RABBITMQ_VHOST:-/}
RABBITMQ_QUEUE_TYPE=${PRIVATE_RABBITMQ_QUEUE_TYPE:-classic}
RABBITMQ_NODE=swiftworker-$CHECKOUT_ID@localhost
BROKER_PID_FILE=$RABBITMQ_STATE/broker.pid
EPMD_PID_FILE=$RABBITMQ_STATE/epmd.pid

# Debian's /usr/sbin/rabbitmq-server insists on the user rabbitmq; the script behind it runs as whoever calls it.
RABBITMQ_HOME_BIN=${PRIVATE_RABBITMQ_BIN:-/usr/lib/rabbitmq/bin}

rabbitmq_port() { chosen_port rabbitmq; }
rabbitmq_tls_port() { echo $(($(rabbitmq_port) + 10)); }
rabbitmq_epmd_port() { echo $(($(rabbitmq_port) + 10000)); }
rabbitmq_distribution_port() { echo $(($(rabbitmq_port) + 20000)); }

rabbitmq_pid() {
    local pid
    pid=$(pid_in "$BROKER_PID_FILE")
    [[ -n $pid ]] && process_is "$pid" "$RABBITMQ_STATE" && printf '%s\n' "$pid"
}

# Fills RABBITMQ_RUN with what a command of RabbitMQ's is run by. It sees these variables and nothing else: neither
# /etc/rabbitmq nor the caller's RABBITMQ_* reach it. HOME holds the Erlang cookie.
rabbitmq_environment() {
    RABBITMQ_RUN=(
        env -i
        HOME="$RABBITMQ_STATE" PATH="$PATH" LANG=C.UTF-8
        RABBITMQ_NODENAME="$RABBITMQ_NODE"
        RABBITMQ_CONF_ENV_FILE="$RABBITMQ_STATE/no-rabbitmq-env.conf"
        RABBITMQ_CONFIG_FILE="$RABBITMQ_STATE/rabbitmq.conf"
        RABBITMQ_ADVANCED_CONFIG_FILE="$RABBITMQ_STATE/no-advanced.config"
        RABBITMQ_ENABLED_PLUGINS_FILE="$RABBITMQ_STATE/enabled_plugins"
        RABBITMQ_MNESIA_BASE="$RABBITMQ_STATE/mnesia"
        RABBITMQ_LOG_BASE="$RABBITMQ_STATE/log"
        RABBITMQ_PID_FILE="$RABBITMQ_STATE/erlang.pid"
        RABBITMQ_DIST_PORT="$(rabbitmq_distribution_port)"
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
        RABBITMQ_CTL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
        ERL_EPMD_PORT="$(rabbitmq_epmd_port)" ERL_EPMD_ADDRESS=127.0.0.1
        ERL_CRASH_DUMP="$RABBITMQ_STATE/log/erl_crash.dump"
        # Makes rabbitmq-server become the Erlang machine instead of staying beside it, so that its pid is the broker's.
        RUNNING_UNDER_SYSTEMD=true
    )
    [[ -n $RABBITMQ_ROOT ]] || return 0
    # Inside the other root, where the state folder has the same path. The mounts are the command's own, and end with it.
    mkdir -p "$RABBITMQ_ROOT$RABBITMQ_STATE"
    # What is mounted below needs something to be mounted on; a fresh root has no such file.
    touch "$RABBITMQ_ROOT/etc/hosts"
    # shellcheck disable=SC2016  # variables of the inner shell
    RABBITMQ_RUN+=(
        unshare --mount --propagation private bash -c '
            root=$1 state=$2
            shift 2
            for path in /proc /dev /etc/hosts "$state"; do mount --bind "$path" "$root$path" || exit; done
            exec chroot "$root" "$@"' rabbitmq "$RABBITMQ_ROOT" "$RABBITMQ_STATE"
    )
}

# Whether the broker speaks AMQP: it answers the protocol header with a frame. The port opens as the last boot step.
rabbitmq_answers() {
    local first=''
    {
        exec 3<>"/dev/tcp/127.0.0.1/$(rabbitmq_port)" || return 1
    } 2>/dev/null
    printf 'AMQP\x00\x00\x09\x01' >&3
    IFS= read -r -t 2 -N 1 first <&3
    exec 3>&-
    [[ -n $first ]]
}

# Whether `rabbitmqctl` would find it. A node that lost its port mapper is not listed until it has registered anew.
rabbitmq_is_registered() {
    epmd -port "$(rabbitmq_epmd_port)" -names 2>/dev/null | grep -qF "name ${RABBITMQ_NODE%@*} at port"
}

rabbitmq_is_ready() { rabbitmq_answers && rabbitmq_is_registered; }

rabbitmq_is_ready_or_died() { rabbitmq_is_ready || ! rabbitmq_pid >/dev/null; }

# Certificates for the TLS listener, made once: a CA, the broker's (localhost, 127.0.0.1) and a client's.
rabbitmq_certificates() {
    local tls=$RABBITMQ_STATE/tls name subject
    [[ -e $tls/complete ]] && return
    command -v openssl >/dev/null || fail "openssl is missing; run: make setup"
    rm -rf "$tls"
    mkdir -p "$tls"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=swiftworker test CA' \
        -keyout "$tls/ca.key" -out "$tls/ca.pem" 2>/dev/null
    for name in server client; do
        [[ $name == server ]] && subject=/CN=localhost || subject=/CN=swiftworker-client
        openssl req -newkey rsa:2048 -nodes -subj "$subject" \
            -keyout "$tls/$name.key" -out "$tls/$name.csr" 2>/dev/null
        openssl x509 -req -in "$tls/$name.csr" -CA "$tls/ca.pem" -CAkey "$tls/ca.key" -CAcreateserial -days 3650 \
            -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n') -out "$tls/$name.pem" 2>/dev/null
    done
    touch "$tls/complete"
}

# The operator's file, and behind it what depends on this checkout.
rabbitmq_configuration() {
    local tls=$RABBITMQ_STATE/tls
    cp "$ROOT/rabbitmq/enabled_plugins" "$RABBITMQ_STATE/enabled_plugins"
    {
        cat "$ROOT/rabbitmq/rabbitmq.conf"
        cat <<END

# Added by scripts/services:
listeners.tcp.local = 127.0.0.1:$(rabbitmq_port)
listeners.ssl.local = 127.0.0.1:$(rabbitmq_tls_port)
ssl_options.cacertfile = $tls/ca.pem
ssl_options.certfile = $tls/server.pem
ssl_options.keyfile = $tls/server.key
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = false
END
    } >"$RABBITMQ_STATE/rabbitmq.conf"
}

# A port mapper of our own: Erlang would otherwise start or use the machine's, which then outlives the broker.
rabbitmq_start_epmd() {
    local pid
    pid=$(pid_in "$EPMD_PID_FILE")
    if [[ -n $pid ]] && process_is "$pid" "epmd -port $(rabbitmq_epmd_port)"; then return; fi
    setsid epmd -port "$(rabbitmq_epmd_port)" -address 127.0.0.1 \
        >>"$RABBITMQ_STATE/log/epmd.log" 2>&1 </dev/null 9>&- &
    echo $! >"$EPMD_PID_FILE"
    wait_until 10 port_is_open "$(rabbitmq_epmd_port)" || fail "epmd did not start; see $RABBITMQ_STATE/log/epmd.log"
}

# Starts the broker's process; its pid file marks it as ours, together with the state folder among its arguments (which
# Erlang ignores).
rabbitmq_launch() {
    rabbitmq_environment
    setsid "${RABBITMQ_RUN[@]}" "$RABBITMQ_HOME_BIN/rabbitmq-server" -swiftworker "$RABBITMQ_STATE" \
        >"$RABBITMQ_STATE/log/start.log" 2>&1 </dev/null 9>&- &
    echo $! >"$BROKER_PID_FILE"
    # Until it has become its program, it has this script's command line, and would be taken for dead.
    wait_until 10 rabbitmq_pid >/dev/null || true
}

rabbitmq_start() {
    local started=$SECONDS
    if rabbitmq_pid >/dev/null && rabbitmq_answers; then
        say "RabbitMQ runs on 127.0.0.1:$(rabbitmq_port)"
        return
    fi
    [[ -x $RABBITMQ_ROOT$RABBITMQ_HOME_BIN/rabbitmq-server ]] ||
        fail "RabbitMQ is not installed${RABBITMQ_ROOT:+ in $RABBITMQ_ROOT}; run: make setup"
    if ! rabbitmq_pid >/dev/null; then
        mkdir -p "$RABBITMQ_STATE/mnesia" "$RABBITMQ_STATE/log"
        choose_port rabbitmq "${PRIVATE_RABBITMQ_PORT:-}" 5673 10 10000 20000 >/dev/null
        ! port_is_open "$(rabbitmq_port)" ||
            fail "port $(rabbitmq_port) is taken by another program; choose one with PRIVATE_RABBITMQ_PORT"
        say "starting RabbitMQ on 127.0.0.1:$(rabbitmq_port)"
        rabbitmq_certificates
        rabbitmq_configuration
        rabbitmq_start_epmd
        rabbitmq_launch
    fi
    wait_until 120 rabbitmq_is_ready_or_died || true
    if ! rabbitmq_is_ready; then
        complain "RabbitMQ did not start; from its log, .run/rabbitmq/log/start.log:"
        grep -F '[error]' "$RABBITMQ_STATE/log/start.log" | head -n 15 >&2 || true
        tail -n 5 "$RABBITMQ_STATE/log/start.log" >&2 || true
        exit 1
    fi
    rabbitmq_virtual_host
    say "RabbitMQ is ready after $((SECONDS - started)) s"
}

# Makes the virtual host, if it is not the broker's own.
rabbitmq_virtual_host() {
    [[ $RABBITMQ_VHOST != / ]] || return 0
    local ctl=$ROOT/scripts/rabbitmqctl known
    known=$("$ctl" -q --no-table-headers list_vhosts name)
    ! grep -qxF -- "$RABBITMQ_VHOST" <<<"$known" || return 0
    "$ctl" -q add_vhost "$RABBITMQ_VHOST" --default-queue-type "$RABBITMQ_QUEUE_TYPE"
    "$ctl" -q set_permissions -p "$RABBITMQ_VHOST" guest '.*' '.*' '.*'
}

rabbitmq_stop() {
    local pid
    if pid=$(rabbitmq_pid); then
        say "stopping RabbitMQ"
        kill -TERM "$pid"
        if ! wait_until 60 process_is_gone "$pid" "$RABBITMQ_STATE"; then
            complain "RabbitMQ did not stop within 60 s; killing it"
            kill -KILL "$pid"
            wait_until 10 process_is_gone "$pid" "$RABBITMQ_STATE" || fail "RabbitMQ (pid $pid) can't be stopped"
        fi
    fi
    rm -f "$BROKER_PID_FILE"
    pid=$(pid_in "$EPMD_PID_FILE")
    if [[ -n $pid ]] && process_is "$pid" "epmd -port $(rabbitmq_epmd_port)"; then
        kill -TERM "$pid"
        # The next start would take the old one for its own.
        wait_until 10 process_is_gone "$pid" "epmd -port $(rabbitmq_epmd_port)" || fail "epmd (pid $pid) can't be stopped"
    fi
    rm -f "$EPMD_PID_FILE"
}

rabbitmq_status() {
    if rabbitmq_pid >/dev/null && rabbitmq_answers; then
        say "RabbitMQ runs on 127.0.0.1:$(rabbitmq_port), TLS on $(rabbitmq_tls_port), pid $(rabbitmq_pid)"
    else
        say "RabbitMQ does not run"
        return 1
    fi
}
