# shellcheck shell=bash
# Checks of the files that an operator takes over: config/systemd, config/docker, config/monitoring. No manager and no engine runs here, so
# what can be checked is that the files are right in themselves and agree with each other. Sourced by scripts/lint, which
# has the function `problem`.

UNITS=config/systemd
COMPOSE=config/docker/compose.yaml
DOCKERFILE=config/docker/Dockerfile

# systemd's own opinion. It wants the program to be there, so a copy of the units names one that is.
check_units() {
    local copy output
    say "systemd units"
    command -v systemd-analyze >/dev/null || {
        problem "systemd-analyze is missing; run: make setup"
        return
    }
    copy=$(mktemp -d)
    cp "$UNITS"/*.service "$UNITS"/*.target "$copy"
    sed -i "s#^\(ExecStart=\)/usr/local/bin/swiftworker #\1/bin/true #" "$copy"/*.service
    # It ends with 0 in spite of unknown keys, so any word about our files counts; words about others' do not.
    output=$(systemd-analyze verify --man=no "$copy"/*.service "$copy"/*.target 2>&1) || output+=$'\nswiftworker: failed'
    output=$(grep -F swiftworker <<<"${output//$copy/$UNITS}") || true
    rm -rf "$copy"
    [[ -z $output ]] || problem "systemd-analyze verify: $output"
}

check_images() {
    local output tools=$RUN/venv-lint/bin
    say "Dockerfile, compose file"
    [[ -x $tools/hadolint && -x $tools/check-jsonschema ]] || {
        problem "hadolint or check-jsonschema is missing; run: scripts/setup lint"
        return
    }
    "$tools/hadolint" "$DOCKERFILE" || problem "hadolint has remarks"
    output=$("$tools/check-jsonschema" --builtin-schema vendor.compose-spec "$COMPOSE" 2>&1) ||
        problem "$COMPOSE is not what the Compose specification says: $output"
}

# The libraries of Package.swift are in the image that builds and in the one that runs. What a package with headers
# depends on in its own version is the library itself; its name is that of the suite, so only the same suite can tell.
check_image_libraries() {
    local headers library suite
    suite=$(sed -n 's/^ARG SUITE=//p' "$DOCKERFILE")
    say "libraries of the image"
    while IFS= read -r headers; do
        grep -qw -- "$headers" "$DOCKERFILE" || problem "$DOCKERFILE: $headers, which Package.swift names, is missing"
        grep -qw -- "$headers" scripts/setup || problem "scripts/setup: $headers, which Package.swift names, is missing"
        [[ $(. /etc/os-release && echo "${VERSION_CODENAME:-}") == "$suite" ]] || continue
        library=$(dpkg-query -W -f '${Depends}\n' "$headers" | tr ',' '\n' |
            sed -n 's/^ *\([^ ]*\) (= .*/\1/p' | grep -v -- '-dev$') || true
        for library in $library; do
            grep -qw -- "$library" "$DOCKERFILE" || problem "$DOCKERFILE: $library, which $headers is for, is missing"
        done
    done < <(grep -oE '\.apt\(\[[^]]*\]' Package.swift | grep -oE '[a-z0-9.+-]+-dev')
}

# seconds TEXT: 150, 150s, 2m30s and 5min as seconds; nothing for anything else.
seconds() {
    [[ $1 =~ ^(([0-9]+)(min|m))?(([0-9]+)s?)?$ && -n $1 ]] || return 0
    echo $((${BASH_REMATCH[2]:-0} * 60 + ${BASH_REMATCH[5]:-0}))
}

# A supervisor that is less patient than the worker kills the tasks that the worker was about to hand back.
check_stop_deadlines() {
    local drain file text value
    say "stop deadlines"
    drain=$(sed -n 's/^worker_drain_timeout: *\([0-9][0-9]*\).*/\1/p' config/swiftworker.yaml)
    [[ -n $drain ]] || {
        problem "config/swiftworker.yaml has no worker_drain_timeout in seconds: a stop would take as long as its tasks"
        return
    }
    while IFS='|' read -r file text; do
        value=$(seconds "$(sed -n "s/^ *$text *//p" "$file" | head -n 1)")
        ((${value:-0} > drain)) ||
            problem "$file: '$text' is ${value:-not there}, and has to be longer than the workers' deadline of $drain s"
    done <<END
$UNITS/swiftworker@.service|TimeoutStopSec=
$COMPOSE|stop_grace_period:
docs/operations.md|terminationGracePeriodSeconds:
END
}

# Prometheus' own opinion, and whether the alerts ring when they should. That the metrics are there is a unit test's.
check_monitoring() {
    local output folder=config/monitoring
    say "alerts, scrape sample, dashboard"
    command -v promtool >/dev/null || {
        problem "promtool is missing; run: make setup"
        return
    }
    output=$(promtool check config --lint-fatal "$folder/prometheus.yml" 2>&1) || problem "$output"
    output=$(cd "$folder" && promtool test rules rules-test.yml 2>&1) || problem "$output"
    output=$(python3 -m json.tool "$folder/grafana-dashboard.json" 2>&1 >/dev/null) ||
        problem "$folder/grafana-dashboard.json: $output"
}
