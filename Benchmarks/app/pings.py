"""Times `inspect().ping()` of one worker; prints the times in seconds as one line of JSON."""

import json
import sys
import time

from bench_app import app


def main():
    node, calls = sys.argv[1], int(sys.argv[2])
    times = []
    with app.connection_for_write() as connection:
        connection.ensure_connection()
        for _ in range(calls + 1):
            started = time.perf_counter()
            replies = app.control.inspect([node], timeout=30, connection=connection).ping()
            times.append(time.perf_counter() - started)
            if (replies or {}).get(node) != {"ok": "pong"}:
                sys.exit(f"no pong of {node}, but {replies!r}")
    # The first one declares the queue for the replies.
    print(json.dumps(times[1:]))


main()
