"""Sends tasks that may not run yet, and prints a line of JSON on what came of each case: value or exception, the states on the
way, whether it came too early, and whether it took too long.

    delays.py --broker URL --queue NAME CASE...
"""
import argparse
import datetime
import json
import os
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("--broker", required=True)
parser.add_argument("--queue", required=True)
parser.add_argument("cases", nargs="+")
options = parser.parse_args()
os.environ["TWIN_BROKER"] = options.broker
os.environ["TWIN_QUEUE"] = options.queue
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from kombu import Exchange, Queue  # noqa: E402

import tasks  # noqa: E402

UTC = datetime.timezone.utc
TIMEOUT = 40


def get(result):
    try:
        value = result.get(timeout=TIMEOUT)
    except Exception as error:  # noqa: BLE001
        value = f"{type(error).__name__}: {error}"
    return value


def countdown():
    return get(tasks.add.apply_async((1, 2), countdown=5)), 5


def eta():
    when = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=5))) + datetime.timedelta(seconds=5)
    return get(tasks.add.apply_async((1, 2), eta=when)), 5


def eta_long_past():
    return get(tasks.add.apply_async((1, 2), eta=datetime.datetime(2020, 1, 1, tzinfo=UTC))), 0


def expires_first():
    # Told as soon as somebody looks: at the ETA, or when it comes back from the broker.
    return get(tasks.add.apply_async((1, 2), countdown=4, expires=2)), 2


def expires_later():
    return get(tasks.add.apply_async((1, 2), countdown=4, expires=20)), 4


def limited():
    results = [tasks.limited.delay(number) for number in range(5)]
    return sorted(get(result) for result in results), 2


def delivery():
    """Through which exchange it came at last, and whether its headers are what was sent."""
    # Whatever the queue is, it is not declared here; without its type Celery does not delay by itself.
    queue = None if "TWIN_NATIVE" in os.environ else Queue(options.queue, Exchange(""), options.queue, no_declare=True)
    result = tasks.request_info.apply_async(countdown=8, headers={"own": [1, {"a": "ä"}]}, queue=queue)
    info = get(result)
    kept = {name: info[name] for name in ("task", "retries", "correlation_id", "argsrepr", "custom", "timelimit")}
    kept["correlation_id"] = kept["correlation_id"] == result.id
    kept["has_eta"] = info["eta"] is not None
    kept["delayed"] = info["delivery_info"]["exchange"].startswith("celery_delayed")
    return kept, 8


for case in options.cases:
    start = time.monotonic()
    value, least = globals()[case]()
    took = time.monotonic() - start
    print(json.dumps({"case": case, "value": value, "early": took < least - 0.1, "late": took > least + 6}, default=str), flush=True)
