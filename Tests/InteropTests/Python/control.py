"""Remote control as a Python client sees it, run once for each worker.

    control.py --broker URL --queue NAME --node NAME --output FILE

Every case sends commands to one worker, and records its replies and what becomes of tasks.
"""
import argparse
import json
import os
import sys
import time
import traceback
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

import recorder  # noqa: E402
import tasks  # noqa: E402

app = tasks.app
control = app.control
TO = {"destination": [options.node], "reply": True, "timeout": 10}
CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


class Seen(recorder.Case):
    """What one case has seen."""

    def replies(self, name, replies, *ids):
        """Only the one worker is asked: others would be a mistake."""
        texts = json.dumps([reply.get(options.node, "another node") for reply in replies or []])
        for id in ids:
            texts = texts.replace(id, "<id>")
        self.record[name] = json.loads(texts.replace(options.queue, "<queue>"))


def start(seconds, **how):
    """Starts a task and waits until a worker runs it."""
    result = tasks.slow.apply_async((seconds,), **how)
    time.sleep(2)
    return result


@case
def ping(seen):
    seen.replies("reply", control.ping(destination=[options.node], timeout=10))
    answer = control.inspect([options.node], timeout=10).ping() or {}
    seen.replies("inspect", [answer])


@case
def unknown_command(seen):
    seen.replies("reply", control.broadcast("nosuch", arguments={"a": 1}, **TO))


@case
def missing_argument(seen):
    seen.replies("reply", control.broadcast("revoke", arguments={}, **TO))
    seen.replies("terminate", control.broadcast("terminate", arguments={"task_id": "x"}, **TO))
    seen.replies("rate_limit", control.broadcast("rate_limit", arguments={}, **TO))


@case
def revoke_before(seen):
    id = str(uuid.uuid4())
    seen.replies("reply", control.revoke(id, **TO), id)
    seen.finish(tasks.add.apply_async((1, 2), task_id=id), 20)


@case
def revoke_without_reply(seen):
    id = str(uuid.uuid4())
    control.revoke(id, destination=[options.node])
    control.ping(destination=[options.node], timeout=10)
    seen.finish(tasks.add.apply_async((1, 2), task_id=id), 20)


@case
def revoke_while_it_waits(seen):
    result = tasks.add.apply_async((1, 2), countdown=4)
    time.sleep(1)
    seen.replies("reply", control.revoke([result.id], **TO), result.id)
    seen.finish(result, 20)


@case
def revoke_while_it_runs(seen):
    result = start(3.5)
    seen.replies("reply", control.revoke(result.id, **TO), result.id)
    seen.finish(result, 20)


@case
def terminate(seen):
    result = start(60.5)
    seen.replies("reply", control.terminate(result.id, **TO), result.id)
    seen.finish(result, 20)


@case
def terminate_by_kill(seen):
    result = start(60.5)
    seen.replies("reply", control.revoke(result.id, terminate=True, signal="SIGKILL", **TO), result.id)
    seen.finish(result, 20)


@case
def terminate_unknown(seen):
    id = str(uuid.uuid4())
    seen.replies("reply", control.revoke(id, terminate=True, **TO), id)
    seen.finish(tasks.add.apply_async((1, 2), task_id=id), 20)


@case
def terminate_by_a_bad_signal(seen):
    result = start(3.5)
    seen.replies("reply", control.revoke(result.id, terminate=True, signal="nonsense", **TO), result.id)
    seen.finish(result, 20)


def stamped(task, *arguments):
    """A task with a stamp that no other has."""
    tenant = f"tenant-{uuid.uuid4().hex}"
    signature = task.si(*arguments)
    signature.stamp(tenant=tenant)
    return tenant, signature


def revoke_stamps(headers, terminate=False):
    """Celery 5.3's method takes the reply's text for a list of ids, and revokes each of its letters."""
    if celery.__version__ < "5.4":
        arguments = {"headers": headers, "terminate": terminate, "signal": "SIGTERM"}
        return control.broadcast("revoke_by_stamped_headers", arguments=arguments, **TO)
    return control.revoke_by_stamped_headers(headers, terminate=terminate, **TO)


@case
def revoke_by_stamp(seen):
    tenant, signature = stamped(tasks.add, 1, 2)
    seen.replies("reply", revoke_stamps({"tenant": [tenant]}), tenant)
    seen.finish(signature.apply_async(), 20)


@case
def terminate_by_stamp(seen):
    tenant, signature = stamped(tasks.slow, 60.5)
    result = signature.apply_async()
    time.sleep(2)
    seen.replies("reply", revoke_stamps({"tenant": [tenant]}, terminate=True), tenant)
    seen.finish(result, 20)
    seen.replies("nobody", revoke_stamps({"tenant": ["nobody"]}, terminate=True))


@case
def rate_limit(seen):
    for name, task, rate in [
        ("minute", "twin.big", "10/m"), ("number", "twin.big", 5), ("off", "twin.big", 0), ("empty", "twin.big", ""),
        ("unknown", "twin.nosuch", "1/s"), ("nonsense", "twin.big", "abc"), ("unit", "twin.big", "1/x"),
    ]:
        seen.replies(name, control.rate_limit(task, rate, **TO))


@case
def queues(seen):
    extra = f"{options.queue}-extra"
    seen.replies("add", control.add_consumer(extra, **TO))
    result = tasks.add.apply_async((1, 2), queue=extra)
    seen.finish(result, 20)
    seen.replies("again", control.add_consumer(extra, **TO))
    seen.replies("cancel", control.cancel_consumer(extra, **TO))
    seen.replies("nosuch", control.cancel_consumer(extra + "-nosuch", **TO))
    with app.connection_for_write() as connection:
        end = time.monotonic() + 60
        while connection.default_channel.queue_declare(extra, passive=True).consumer_count and time.monotonic() < end:
            time.sleep(0.2)
        status = connection.default_channel.queue_declare(extra, passive=True)
        seen.record["consumers"] = status.consumer_count
        connection.default_channel.queue_delete(extra)


records = {}
for name, function in CASES.items():
    seen = Seen(options.queue)
    try:
        function(seen)
    except Exception:
        seen.record["broken"] = traceback.format_exc()
    records[name] = seen.record

with open(options.output, "w") as file:
    json.dump({"celery": celery.__version__, "cases": records}, file)
