"""What monitors hear of a worker, run once for each worker.

    events.py --broker URL --queue NAME --node NAME --output FILE

It listens, prints "listening", waits until the worker is there, sends tasks of many kinds, prints "sent and done" when all
have ended, and writes what it has heard when the worker has gone.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys
import threading
import time
import uuid

parser = argparse.ArgumentParser()
parser.add_argument("--broker", required=True)
parser.add_argument("--queue", required=True)
parser.add_argument("--node", required=True)
parser.add_argument("--count", type=int, default=20, help="tasks of each kind")
parser.add_argument("--output", required=True)
options = parser.parse_args()
os.environ["TWIN_BROKER"] = options.broker
os.environ["TWIN_QUEUE"] = options.queue
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import celery  # noqa: E402
import kombu  # noqa: E402
from celery.signals import before_task_publish  # noqa: E402

import retry_tasks  # noqa: E402
import tasks  # noqa: E402

app = tasks.app
LIMIT = 170
# What is the same in every run; of everything else the type is compared.
VALUES = {"type", "name", "args", "kwargs", "retries", "result", "exception", "terminated", "signum", "requeue", "step", "of", "expired"}
LAST = {"task-succeeded", "task-failed", "task-revoked"}


def revoked(id):
    app.control.revoke(id, destination=[options.node], reply=True, timeout=10)
    return tasks.add.apply_async((1, 2), task_id=id)


def expired(id):
    """One that the broker does not drop: the producer's own `expires` gives the message a time to live, too."""

    def expire(headers=None, **_):
        headers["expires"] = "2026-01-01T00:00:00+00:00"

    before_task_publish.connect(expire)
    try:
        return tasks.add.apply_async((1, 2), task_id=id)
    finally:
        before_task_publish.disconnect(expire)


KINDS = {
    "success": lambda id: tasks.add.apply_async((1, 2), task_id=id),
    "keywords": lambda id: tasks.concat.apply_async(("ä",), {"second": "b'\"c"}, task_id=id),
    "structure": lambda id: tasks.nested.apply_async(task_id=id),
    "large_result": lambda id: tasks.big.apply_async((5000,), task_id=id),
    "large_arguments": lambda id: tasks.digest.apply_async(("x" * 5000,), task_id=id),
    "no_result": lambda id: tasks.nothing.apply_async(task_id=id),
    "failure": lambda id: tasks.fail.apply_async(("value",), task_id=id),
    "failure_unicode": lambda id: tasks.fail.apply_async(("unicode",), task_id=id),
    "failure_of_its_own": lambda id: tasks.fail.apply_async(("custom",), task_id=id),
    "failure_expected": lambda id: tasks.expected_failure.apply_async(task_id=id),
    "arguments_missing": lambda id: app.send_task("twin.add", (1,), task_id=id),
    "ignored": lambda id: tasks.quiet.apply_async((id,), task_id=id),
    "late": lambda id: tasks.late.apply_async((1,), task_id=id),
    "late_and_rejected": lambda id: tasks.late_failure.apply_async((id,), task_id=id),
    "tracked": lambda id: tasks.tracked.apply_async((1,), task_id=id),
    "countdown": lambda id: tasks.add.apply_async((1, 2), countdown=1, task_id=id),
    "retried": lambda id: retry_tasks.in_the_end.apply_async(task_id=id),
    "retried_to_the_end": lambda id: retry_tasks.exhausted_because.apply_async(task_id=id),
    "expired": expired,
    "expires_later": lambda id: tasks.add.apply_async((1, 2), expires=600, task_id=id),
    "unregistered": lambda id: app.send_task("twin.nosuch", (1,), {"a": 2}, task_id=id),
    "of_its_own": lambda id: tasks.announce.apply_async((3,), task_id=id),
    "silent": lambda id: tasks.silent.apply_async((1,), task_id=id),
    "shadow": lambda id: tasks.add.apply_async((1, 2), shadow="another name", task_id=id),
    "hidden": lambda id: tasks.add.apply_async((1, 2), argsrepr="<hidden>", kwargsrepr="<too>", task_id=id),
    "revoked": revoked,
}


class Ears(threading.Thread):
    """Hears all events of the worker, as they are on the wire."""

    def __init__(self):
        super().__init__(daemon=True)
        self.connection = kombu.Connection(options.broker)
        exchange = kombu.Exchange("celeryev", "topic", durable=True)
        queue = kombu.Queue(f"heard-{uuid.uuid4()}", exchange, "#", exclusive=True, auto_delete=True, durable=False)
        self.heard = []
        self.consumer = kombu.Consumer(
            self.connection.channel(), [queue], callbacks=[self.hear], no_ack=True, accept=["json"]
        )
        self.consumer.consume()

    def hear(self, body, message):
        how = {
            "key": message.delivery_info["routing_key"],
            "content": [message.content_type, message.content_encoding],
            "headers": sorted(message.headers),
            "delivery_mode": message.properties.get("delivery_mode"),
            "priority": message.properties.get("priority"),
        }
        for event in body if isinstance(body, list) else [body]:
            if event.get("hostname") == options.node:
                self.heard.append((event, how))

    def run(self):
        while True:
            try:
                self.connection.drain_events(timeout=1)
            except TimeoutError:
                pass

    def wait(self, what, condition):
        end = time.monotonic() + LIMIT
        while not condition():
            if time.monotonic() > end:
                sys.exit(f"not heard within {LIMIT} s: {what}; heard {dict(self.types())}")
            time.sleep(0.05)

    def types(self):
        return collections.Counter(event["type"] for event, _ in list(self.heard))


def described(event):
    """An event's fields, sorted: a value where it has to be the same, else its type."""
    fields = {}
    for name, value in event.items():
        kind = type(value).__name__
        fields[name] = [kind, value] if name in VALUES and not (name == "expired" and kind == "str") else kind
    return fields


def in_order(events):
    """The runs of a task one after the other: its next one is published before a worker says that there is to be one."""
    received = [event for event in events if event["type"] == "task-received"]
    ordered = []
    for event in events:
        if event["type"] == "task-received":
            continue
        if received and (not ordered or ordered[-1]["type"] == "task-retried"):
            ordered.append(received.pop(0))
        ordered.append(event)
    return ordered + received


def sequence(id, events):
    """A task's own events go another way in Celery, and come when they come: they are looked at by themselves."""
    told = [event for event in in_order(events) if event["type"] != "task-step"]
    own = [event for event in events if event["type"] == "task-step"]
    text = json.dumps([described(event) for event in told + own], sort_keys=True)
    return text.replace(id, "<id>").replace(options.queue, "<queue>")


ears = Ears()
ears.start()
dump = subprocess.Popen(
    [sys.executable, "-m", "celery", "-A", "tasks", "events", "--dump"], stdout=subprocess.PIPE, text=True
)
lines = []
threading.Thread(target=lambda: lines.extend(dump.stdout), daemon=True).start()
ears.wait("the dump's start", lambda: lines)
time.sleep(1)
print("listening", flush=True)
ears.wait("worker-online", lambda: ears.types()["worker-online"])
app.control.ping(destination=[options.node], timeout=10)

ids = {kind: [str(uuid.uuid4()) for _ in range(options.count)] for kind in KINDS}
for index in range(options.count):
    for kind, send in KINDS.items():
        send(ids[kind][index])
expected = (len(KINDS) - 1) * options.count
ears.wait("the end of all tasks", lambda: sum(ears.types()[type] for type in LAST) >= expected)
ears.wait("a heartbeat", lambda: ears.types()["worker-heartbeat"])
time.sleep(2)
print("sent and done", flush=True)
ears.wait("worker-offline", lambda: ears.types()["worker-offline"])
time.sleep(1)
dump.kill()
dump.wait()

by_id = collections.defaultdict(list)
worker = {}
for event, how in ears.heard:
    if event["type"].startswith("worker-"):
        worker.setdefault(event["type"], {"fields": described(event), "how": how})
    else:
        by_id[event.get("uuid")].append(event)

lines_by_id = collections.Counter()
known = {id: kind for kind, of_kind in ids.items() for id in of_kind}
for line in lines:
    match = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", line)
    # Celery prints a task's id only if it has seen its message.
    if match and match[0] in known and "task step" not in line:
        what = re.sub(r"^(\S+) \[[^]]*\] ", "", line.strip()).split("(")[0].split(": ")[0]
        lines_by_id[(known[match[0]], what)] += 1

cases = {}
for kind, of_kind in ids.items():
    cases[kind] = {
        "sequences": dict(sorted(collections.Counter(sequence(id, by_id[id]) for id in of_kind).items())),
        "dumped": {what: count for (of, what), count in sorted(lines_by_id.items()) if of == kind},
    }
clocks = [event["clock"] for event, _ in ears.heard]
cases["worker"] = worker
cases["clock"] = {"rises": clocks == sorted(set(clocks))}
cases["all"] = {
    # An event travels under its own name, or with others of its group.
    "strange_keys": sorted(
        {how["key"] for event, how in ears.heard if how["key"] not in (event["type"].replace("-", "."), "task.multi")}
    ),
    "how": sorted({json.dumps({**how, "key": None}) for _, how in ears.heard}),
    "strangers": sum(1 for id in by_id if id not in known),
}
with open(options.output, "w") as file:
    json.dump({"celery": celery.__version__, "cases": cases, "left": 0}, file)
