"""Counts the events of so many tasks: says "listening", and prints the counts as a line of JSON when no more come."""

import json
import sys
import time
import uuid
from collections import Counter

import kombu
from bench_app import app

QUIET = 3
TYPES = ("task-received", "task-started", "task-succeeded")


def main():
    count = int(sys.argv[1])
    heard = Counter()
    last = time.monotonic()

    def hear(body, message):
        nonlocal last
        last = time.monotonic()
        heard.update(event["type"] for event in (body if isinstance(body, list) else [body]))

    connection = app.connection_for_read()
    exchange = kombu.Exchange("celeryev", "topic", durable=True)
    events = kombu.Queue(f"bench.{uuid.uuid4()}", exchange, "task.#", exclusive=True, auto_delete=True, durable=False)
    consumer = kombu.Consumer(connection.channel(), [events], callbacks=[hear], no_ack=True, accept=["json"])
    consumer.consume()
    print("listening", flush=True)
    while min(heard[type] for type in TYPES) < count:
        try:
            connection.drain_events(timeout=1)
        except TimeoutError:
            # The first may take their time.
            if heard and time.monotonic() - last > QUIET:
                break
    print(json.dumps(heard))


main()
