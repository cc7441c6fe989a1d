"""The shape of each reply that `celery inspect` and `celery control` print, run once for each worker.

    shapes.py --broker URL --queue NAME --node NAME --output FILE

The worker has two slots, both of which run a task here; another task waits for a slot, and one for its time.
"""
import argparse
import json
import os
import sys
import time
import uuid

parser = argparse.ArgumentParser()
parser.add_argument("--broker", required=True)
parser.add_argument("--queue", required=True)
parser.add_argument("--node", required=True)
parser.add_argument("--output", required=True)
options = parser.parse_args()
os.environ["TWIN_BROKER"] = options.broker
os.environ["TWIN_QUEUE"] = options.queue
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import celery  # noqa: E402
from celery.bin.celery import celery as command  # noqa: E402
from click.testing import CliRunner  # noqa: E402

import tasks  # noqa: E402

LIMIT = 60
# Settings that are looked at in `conf`: each worker has some of its own.
SETTINGS = [
    "accept_content", "broker_heartbeat", "broker_url", "enable_utc", "result_backend", "result_serializer",
    "task_acks_late", "task_default_queue", "task_routes", "task_serializer", "task_time_limit", "timezone",
    "worker_concurrency", "worker_prefetch_multiplier", "worker_send_task_events",
]
cases = {}


def run(name, *words):
    """Runs a command as somebody types it, and keeps the reply's shape."""
    kind, *rest = words
    done = CliRunner().invoke(
        command, ["-A", "tasks", kind, "-j", "-t", "10", "-d", options.node, *rest], catch_exceptions=True
    )
    case = {"exit": done.exit_code}
    try:
        reply = json.loads(done.output)
        reply = reply if isinstance(reply, dict) else {key: value for each in reply for key, value in each.items()}
        case["nodes"] = [node.replace(options.queue, "<queue>") for node in reply]
        case["shape"] = shape(name, reply.get(options.node))
    except ValueError:
        case["output"] = plain(done.output)
    cases[name] = case


def plain(text):
    for id in (*running, waiting, later, *others):
        text = text.replace(id, "<id>")
    return text.replace(options.queue, "<queue>")


def shape(name, value, path=()):
    """Keys and types; the text itself of what says how a command went."""
    if isinstance(value, dict):
        if name == "inspect conf --defaults" and not path:
            value = {key: value.get(key, "missing") for key in SETTINGS}
        elif name == "inspect conf" and not path:
            return "dict"
        if name.startswith("inspect query_task") and not path:
            value = {plain(key): part for key, part in value.items()}
        if path and path[-1] in ("total", "kwargs"):
            return {"<any>": sorted({json.dumps(shape(name, part, (*path, "<any>"))) for part in value.values()})}
        return {key: shape(name, part, (*path, key)) for key, part in value.items()}
    if isinstance(value, list):
        shapes = {json.dumps(shape(name, part, (*path, "[]")), sort_keys=True) for part in value}
        return [json.loads(part) for part in sorted(shapes)]
    if isinstance(value, str):
        says = path in (("ok",), ("error",)) and "report" not in name
        return f"str {plain(value)}" if says else "str"
    return type(value).__name__


def wait(what, condition):
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"not within {LIMIT} s: {what}")
        time.sleep(0.1)


def ask(method):
    return (getattr(tasks.app.control.inspect([options.node], timeout=10), method)() or {}).get(options.node) or []


others = [str(uuid.uuid4()) for _ in range(4)]
running = [tasks.slow.delay(300.5).id, tasks.slow.delay(300.5).id]
wait("two tasks that run", lambda: len(ask("active")) == 2)
waiting = tasks.add.delay(1, 2).id
later = tasks.add.apply_async((1, 2), {"z": 3}, countdown=25).id
wait("one that waits", lambda: ask("reserved"))
wait("one for later", lambda: ask("scheduled"))

run("control revoke", "control", "revoke", others[0])
run("control revoke two", "control", "revoke", others[1], others[2])
for what in (
    "active", "active_queues", "clock", "conf", "memdump", "memsample", "ping", "registered", "report", "reserved",
    "revoked", "scheduled", "stats",
):
    run(f"inspect {what}", "inspect", what)
run("inspect conf --defaults", "inspect", "conf", "1")
run("inspect registered items", "inspect", "registered", "rate_limit", "max_retries", "acks_late")
run("inspect query_task running", "inspect", "query_task", running[0])
run("inspect query_task waiting", "inspect", "query_task", waiting, later)
run("inspect query_task unknown", "inspect", "query_task", others[3])

run("control add_consumer", "control", "add_consumer", f"{options.queue}-extra")
time.sleep(1)
run("inspect active_queues two", "inspect", "active_queues")
run("control cancel_consumer", "control", "cancel_consumer", f"{options.queue}-extra")
run("control autoscale", "control", "autoscale", "3", "1")
run("control enable_events", "control", "enable_events")
run("control enable_events again", "control", "enable_events")
run("control disable_events", "control", "disable_events")
run("control disable_events again", "control", "disable_events")
run("control heartbeat", "control", "heartbeat")
run("control pool_restart", "control", "pool_restart")
run("control rate_limit", "control", "rate_limit", "twin.big", "10/m")
run("control rate_limit unknown", "control", "rate_limit", "twin.nosuch", "10/m")
run("control time_limit", "control", "time_limit", "twin.big", "5", "10.5")
run("control time_limit off", "control", "time_limit", "twin.big", "5")
run("control time_limit unknown", "control", "time_limit", "twin.nosuch", "5", "10")
run("control revoke_by_stamped_headers", "control", "revoke_by_stamped_headers", "tenant=nobody")
run("control terminate", "control", "terminate", "SIGKILL", running[0])
run("control terminate the other", "control", "terminate", "KILL", running[1])
run("control terminate unknown", "control", "terminate", "KILL", others[3])
# Celery refuses to take a process away while all are busy, or have just been replaced.
if "processes" in cases["inspect stats"]["shape"]["pool"]:
    wait("two that have ended", lambda: not ask("active"))
time.sleep(3)
run("control pool_grow", "control", "pool_grow", "1")
time.sleep(2)
run("inspect stats grown", "inspect", "stats")
run("control pool_shrink", "control", "pool_shrink", "1")
run("control shutdown", "control", "shutdown")
cases["control shutdown"].pop("output", None)

with tasks.app.connection_for_write() as connection:
    connection.default_channel.queue_delete(f"{options.queue}-extra")
with open(options.output, "w") as file:
    json.dump({"celery": celery.__version__, "cases": cases, "left": 0}, file)
