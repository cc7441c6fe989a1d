# shellcheck shell=bash
# For scripts that need the services for a while: started if they do not run, and stopped at the end, however it comes,
# if and only if this script started them.

SERVICES_BORROWED=false

borrow_services() {
    "$ROOT/scripts/services" status >/dev/null || SERVICES_BORROWED=true
    trap return_services EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    "$ROOT/scripts/services" start
    # shellcheck source=/dev/null
    source "$RUN/env"
}

return_services() {
    local code=$?
    trap - EXIT
    [[ $SERVICES_BORROWED == false ]] || "$ROOT/scripts/services" stop >&2 || true
    exit "$code"
}
