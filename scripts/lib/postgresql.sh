# shellcheck shell=bash
# The private PostgreSQL: settings from config/postgresql, tables from config/migrations.
# It refuses to run as root, so root runs it as the user postgres, which Debian's package brings.

POSTGRESQL_ROLE=zoomuploader
POSTGRESQL_DATABASE=zoomuploader

# The newest version that Debian installed.
postgresql_bin() {
    local newest
    newest=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    [[ -x $newest/postgres ]] || fail "PostgreSQL is not installed; run: make setup"
    printf '%s\n' "$newest"
}

# postgresql_as COMMAND...: runs it as the server's user, without this script's lock.
postgresql_as() {
    if ((EUID == 0)); then
        (cd / && exec runuser -u postgres -- "$@" 9>&-)
    else
        "$@" 9>&-
    fi
}

# Under .run/, unless root's checkout lies where the user postgres can't go.
postgresql_choose_state() {
    POSTGRESQL_STATE=$RUN/postgresql
    ((EUID == 0)) || return 0
    id postgres >/dev/null 2>&1 || return 0
    mkdir -p "$POSTGRESQL_STATE"
    chown postgres: "$POSTGRESQL_STATE"
    if ! postgresql_as test -w "$POSTGRESQL_STATE" 2>/dev/null; then
        POSTGRESQL_STATE=/var/tmp/swiftworker-$CHECKOUT_ID/postgresql
    fi
}
postgresql_choose_state

postgresql_port() { chosen_port postgresql; }

postgresql_pid() {
    local pid
    pid=$(head -n 1 "$POSTGRESQL_STATE/data/postmaster.pid" 2>/dev/null) || return 1
    process_is "$pid" "$POSTGRESQL_STATE/data" && printf '%s\n' "$pid"
}

# postgresql_sql DATABASE ARGUMENTS...: psql as the server's superuser, over TCP as everybody else.
postgresql_sql() {
    local database=$1
    shift
    PGPASSWORD=$(cat "$RUN/postgresql.password") "$(postgresql_bin)/psql" \
        -X -q -A -t -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$(postgresql_port)" -U postgres -d "$database" "$@"
}

# A new data folder. Passwords are asked for over TCP too: the superuser may run programs as the server's user.
postgresql_create() {
    local password_file=$POSTGRESQL_STATE/password
    say "creating the PostgreSQL data folder"
    rm -rf "$POSTGRESQL_STATE"
    mkdir -p "$POSTGRESQL_STATE"
    ((EUID != 0)) || chown postgres: "$POSTGRESQL_STATE"
    chmod 700 "$POSTGRESQL_STATE"
    (
        umask 077
        od -An -N 18 -tx1 /dev/urandom | tr -d ' \n' >"$RUN/postgresql.password"
        cp "$RUN/postgresql.password" "$password_file"
    )
    ((EUID != 0)) || chown postgres: "$password_file"
    postgresql_as "$(postgresql_bin)/initdb" -D "$POSTGRESQL_STATE/data.new" -U postgres -A scram-sha-256 \
        --pwfile="$password_file" -E UTF8 --locale=C.UTF-8 >"$LOGS/postgresql-initdb.log" 2>&1 || {
        complain "initdb failed:"
        tail -n 20 "$LOGS/postgresql-initdb.log" >&2
        exit 1
    }
    rm -f "$password_file"
    # Renamed last, so that an interrupted start begins anew.
    postgresql_as mv "$POSTGRESQL_STATE/data.new" "$POSTGRESQL_STATE/data"
}

# Our settings lie beside the data, where the server's user can read them; a change counts from the next start.
postgresql_configuration() {
    local data=$POSTGRESQL_STATE/data
    install -m 644 "$ROOT/config/postgresql/postgresql.conf" "$POSTGRESQL_STATE/swiftworker.conf"
    grep -q "^include '../swiftworker.conf'" "$data/postgresql.conf" ||
        printf "\ninclude '../swiftworker.conf'\n" >>"$data/postgresql.conf"
}

postgresql_start() {
    local started=$SECONDS
    if postgresql_pid >/dev/null; then
        say "PostgreSQL runs on 127.0.0.1:$(postgresql_port)"
        postgresql_migrate
        return
    fi
    postgresql_bin >/dev/null
    choose_port postgresql "${PRIVATE_POSTGRESQL_PORT:-}" 5443 >/dev/null
    ! port_is_open "$(postgresql_port)" ||
        fail "port $(postgresql_port) is taken by another program; choose one with PRIVATE_POSTGRESQL_PORT"
    [[ -d $POSTGRESQL_STATE/data && -s $RUN/postgresql.password ]] || postgresql_create
    postgresql_configuration
    say "starting PostgreSQL on 127.0.0.1:$(postgresql_port)"
    if ! postgresql_as "$(postgresql_bin)/pg_ctl" start -s -w -t 60 -D "$POSTGRESQL_STATE/data" \
        -l "$POSTGRESQL_STATE/postgresql.log" -o "-p $(postgresql_port)" </dev/null; then
        complain "PostgreSQL did not start; the end of its log:"
        tail -n 30 "$POSTGRESQL_STATE/postgresql.log" >&2 || true
        exit 1
    fi
    postgresql_create_database
    postgresql_migrate
    say "PostgreSQL is ready after $((SECONDS - started)) s"
}

postgresql_create_database() {
    [[ $(postgresql_sql postgres -c "SELECT count(*) FROM pg_database WHERE datname = '$POSTGRESQL_DATABASE'") == 0 ]] ||
        return 0
    # CREATEDB lets a test make a database of its own.
    postgresql_sql postgres \
        -c "CREATE ROLE $POSTGRESQL_ROLE LOGIN CREATEDB PASSWORD '$POSTGRESQL_ROLE'" \
        -c "CREATE DATABASE $POSTGRESQL_DATABASE OWNER $POSTGRESQL_ROLE"
}

postgresql_url() {
    printf 'postgresql://%s:%s@127.0.0.1:%s/%s\n' \
        "$POSTGRESQL_ROLE" "$POSTGRESQL_ROLE" "$(postgresql_port)" "$POSTGRESQL_DATABASE"
}

postgresql_migrate() { "$ROOT/scripts/migrate" "$(postgresql_url)"; }

postgresql_stop() {
    postgresql_pid >/dev/null || return 0
    say "stopping PostgreSQL"
    postgresql_as "$(postgresql_bin)/pg_ctl" stop -s -w -t 60 -m fast -D "$POSTGRESQL_STATE/data" ||
        fail "PostgreSQL (pid $(postgresql_pid)) did not stop within 60 s"
}

postgresql_status() {
    if postgresql_pid >/dev/null; then
        say "PostgreSQL runs on 127.0.0.1:$(postgresql_port), pid $(postgresql_pid)"
    else
        say "PostgreSQL does not run"
        return 1
    fi
}

postgresql_delete() {
    rm -rf "$POSTGRESQL_STATE" "$RUN/postgresql.password"
    rmdir "/var/tmp/swiftworker-$CHECKOUT_ID" 2>/dev/null || true
}
