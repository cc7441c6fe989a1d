# shellcheck shell=bash
# .run/env: where this checkout's services and programs are, for `source .run/env`, the tests and the other scripts.

BROKER_TLS_FILES=$RABBITMQ_STATE/tls

write_environment() {
    local port tls_port vhost=/
    [[ $RABBITMQ_VHOST == / ]] || vhost=${RABBITMQ_VHOST//\//%2F}
    port=$(rabbitmq_port)
    tls_port=$(rabbitmq_tls_port)
    [[ -n $port && -n $(postgresql_port) ]] || return 0
    cat >"$RUN/env.new" <<END
# Written by scripts/services.
export CELERY_BROKER_URL='amqp://guest:guest@127.0.0.1:$port/$vhost'
export DATABASE_URL='$(postgresql_url)'
export SWIFTWORKER_TEST_BROKER='amqp://guest:guest@127.0.0.1:$port/$vhost'
export SWIFTWORKER_TEST_BROKER_TLS='amqps://guest:guest@localhost:$tls_port/$vhost'
export SWIFTWORKER_TEST_BROKER_TLS_FILES='$BROKER_TLS_FILES'
export SWIFTWORKER_TEST_POSTGRES='$(postgresql_url)'
export SWIFTWORKER_TEST_QUEUE_TYPE='$RABBITMQ_QUEUE_TYPE'
export SWIFTWORKER_TEST_RABBITMQCTL='$ROOT/scripts/rabbitmqctl'
export SWIFTWORKER_TEST_SERVICES='$ROOT/scripts/services'
export SWIFTWORKER_TEST_PYTHON_57='$RUN/venv-5.7/bin/python'
export SWIFTWORKER_TEST_PYTHON_53='$RUN/venv-5.3/bin/python'
export SWIFTWORKER_TEST_WORKER='$ROOT/.build/release/TestWorker'
export SWIFTWORKER_TEST_STOCK_WORKER='$ROOT/.build/release/swiftworker'
END
    mv "$RUN/env.new" "$RUN/env"
}
