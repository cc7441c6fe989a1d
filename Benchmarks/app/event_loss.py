"""Sends tasks at a rate and counts the events that come of them; prints one line of JSON."""

import json
import sys
import threading
import time
import uuid
from collections import Counter

import kombu
from bench_app import add, app

QUIET = 3


def main():
    queue, rate, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    heard = Counter()
    last = [time.monotonic()]

    def hear(body, message):
        for event in body if isinstance(body, list) else [body]:
            if event["type"].startswith("task-"):
                heard[event["type"]] += 1
                last[0] = time.monotonic()

    ears = app.connection_for_read()
    exchange = kombu.Exchange("celeryev", "topic", durable=True)
    events = kombu.Queue(f"bench.{uuid.uuid4()}", exchange, "task.#", exclusive=True, auto_delete=True, durable=False)
    consumer = kombu.Consumer(ears.channel(), [events], callbacks=[hear], no_ack=True, accept=["json"])
    consumer.consume()

    def listen():
        while True:
            try:
                ears.drain_events(timeout=1)
            except TimeoutError:
                pass

    threading.Thread(target=listen, daemon=True).start()
    count = rate * seconds
    started = time.monotonic()
    with app.producer_pool.acquire() as producer:
        for index in range(count):
            ahead = started + index / rate - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            add.apply_async((1, 1), queue=queue, ignore_result=True, producer=producer)
    took = time.monotonic() - started
    last[0] = time.monotonic()
    while time.monotonic() - last[0] < QUIET:
        time.sleep(0.1)
    print(json.dumps({"tasks": count, "rate": count / took, "events": heard}))


main()
