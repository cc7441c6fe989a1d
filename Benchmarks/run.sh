#!/bin/bash
# Runs the benchmark and prints its table; README.md here says what is measured and how to read it.
# usage: run.sh [--json FILE] [--only NAME,…] [--parts drain,late,trip]
#        run.sh scaling [--only NAME,…]
# environment: SWIFTWORKER_TEST_BROKER (else .run/env), SWIFTWORKER_BENCH_WORKER, SWIFTWORKER_PYTHON, RUNS, MESSAGES,
# LATE_MESSAGES, CALLS, QUICK=1
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")

if [[ -z ${SWIFTWORKER_TEST_BROKER:-} && -f $root/.run/env ]]; then
    set -a
    # shellcheck disable=SC1091
    . "$root/.run/env"
    set +a
fi
python=${SWIFTWORKER_PYTHON:-$root/.run/venv-5.7/bin/python}
if [[ ! -x $python ]]; then
    echo "run.sh: no Python with Celery at $python: run «make setup», or set SWIFTWORKER_PYTHON" >&2
    exit 1
fi
module=bench
if [[ ${1:-} == scaling ]]; then
    module=bench.scaling
    shift
fi
make --no-print-directory -s -C "$here/c" OUT="$root/.run/bench/bin"
PYTHONPATH=$here exec "$python" -m "$module" --root "$root" "$@"
