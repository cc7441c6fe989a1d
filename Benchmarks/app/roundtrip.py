"""Times `add.delay(1, 1).get()` against whatever worker listens; prints the times in seconds as one line of JSON."""

import json
import sys
import time

from bench_app import add, app


def main():
    queue, warm_ups, calls = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    app.conf.task_default_queue = queue
    times = []
    for index in range(warm_ups + calls):
        started = time.perf_counter()
        value = add.delay(1, 1).get(timeout=30)
        taken = time.perf_counter() - started
        if value != 2:
            sys.exit(f"add(1, 1) gave {value!r}")
        if index >= warm_ups:
            times.append(taken)
    print(json.dumps(times))


main()
