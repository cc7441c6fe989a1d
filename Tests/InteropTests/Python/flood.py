"""Floods a queue with malformed messages, every hundredth a valid task, and checks the valid ones' results.

    flood.py --broker URL --queue NAME --count N --seed S --output FILE

With --number one malformed message is sent again, to look into it.
"""
import argparse
import json
import socket
import sys
import time
import uuid

import amqp
from kombu.utils.url import parse_url

import malformed
import wire

EVERY = 100
SENTINELS = 50


def connect(url):
    parts = parse_url(url)
    connection = amqp.Connection(
        f"{parts['hostname']}:{parts['port'] or 5672}", userid=parts["userid"] or "guest",
        password=parts["password"] or "guest", virtual_host=parts["virtual_host"] or "/", frame_max=131072,
        # py-amqp gives up after a second in which the broker reads nothing, as it does of a fast publisher to a slow queue.
        socket_settings={socket.TCP_USER_TIMEOUT: 60_000},
    )
    connection.connect()
    return connection


def valid(number, reply_to):
    id = f"valid-{number}"
    headers = dict(malformed.HEADERS, id=id, root_id=id)
    body = json.dumps([[number, 1], {}, malformed.EMBED]).encode()
    properties = {
        "content_type": "application/json", "content_encoding": "utf-8", "delivery_mode": 2, "priority": 0,
        "correlation_id": id, "reply_to": reply_to, "headers": headers,
    }
    return body, wire.properties(properties)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--broker", required=True)
    parser.add_argument("--queue", required=True)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--output")
    parser.add_argument("--number", type=int)
    parser.add_argument("--patience", type=float, default=30, help="seconds without a result that end the wait")
    options = parser.parse_args()

    connection = connect(options.broker)
    channel = connection.channel()
    if options.number is not None:
        body, properties, mutations = malformed.message(options.seed, options.number, None)
        print(mutations, properties[:2000], body[:2000])
        channel.basic_publish(wire.Message(body, properties), routing_key=options.queue)
        connection.close()
        return

    replies = "flood-" + str(uuid.uuid4())
    channel.queue_declare(replies, exclusive=True, auto_delete=True)
    results = {}
    others = 0

    def on_result(message):
        nonlocal others
        meta = json.loads(message.body)
        if str(meta.get("task_id")).startswith("valid-"):
            results.setdefault(meta["task_id"], []).append([meta["status"], meta["result"]])
        else:
            others += 1

    channel.basic_consume(replies, no_ack=True, callback=on_result)

    def drain(timeout):
        """Takes in what has come, waiting so long for the first; False when nothing came."""
        came = False
        try:
            while True:
                connection.drain_events(timeout=0.001 if came else timeout)
                came = True
        except TimeoutError:
            return came

    start = time.monotonic()
    kinds = {}
    expected = {}
    for number in range(options.count):
        if number % EVERY == EVERY - 1:
            body, properties = valid(number, replies)
            expected[f"valid-{number}"] = number + 1
        else:
            body, properties, mutations = malformed.message(options.seed, number, replies)
            for mutation in mutations:
                kinds[mutation] = kinds.get(mutation, 0) + 1
        channel.basic_publish(wire.Message(body, properties), routing_key=options.queue)
        if number % EVERY == 0:
            # The broker closes a connection that leaves its answers unread for longer than its send timeout.
            drain(0.001)
    # An answer means that the broker has taken in all that was sent before on this channel.
    channel.queue_declare(options.queue, passive=True)
    published = time.monotonic() - start
    last = time.monotonic()
    while len(results) < len(expected) and time.monotonic() - last < options.patience:
        before = len(results)
        drain(1)
        if len(results) > before:
            last = time.monotonic()
    while channel.queue_declare(options.queue, passive=True).message_count and time.monotonic() - last < options.patience:
        time.sleep(0.05)
    # Messages that were taken just before may still be at work: so many answers later they are not.
    for number in range(options.count, options.count + SENTINELS):
        body, properties = valid(number, replies)
        expected[f"valid-{number}"] = number + 1
        channel.basic_publish(wire.Message(body, properties), routing_key=options.queue)
        deadline = time.monotonic() + options.patience
        while f"valid-{number}" not in results and time.monotonic() < deadline:
            drain(1)
        if f"valid-{number}" not in results:
            break
    report = {
        "published": options.count + len(expected) - options.count // EVERY,
        "valid": len(expected),
        "right": sum(results.get(id) == [["SUCCESS", value]] for id, value in expected.items()),
        "wrong": {id: results[id][:5] for id, value in expected.items() if id in results and results[id] != [["SUCCESS", value]]},
        "missing": [id for id in expected if id not in results][:20],
        "other_results": others,
        "left": channel.queue_declare(options.queue, passive=True).message_count,
        "mutations": kinds,
        "seconds": [round(published, 1), round(time.monotonic() - start, 1)],
    }
    connection.close()
    if options.output:
        with open(options.output, "w") as file:
            json.dump(report, file)
    print(json.dumps(report), file=sys.stderr)


main()
