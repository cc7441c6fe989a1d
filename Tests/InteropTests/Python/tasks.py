"""The Python side of the twins: each task here has a Swift task of the same name in Tests/TestWorker.

The bodies are kept so plain that the two can be compared by eye. Environment: TWIN_BROKER is the broker's URL.
"""
import datetime
import decimal
import os
import threading
import time
import uuid
import zlib

from celery import Celery
from kombu import Exchange, Queue

if os.environ.get("TWIN_BROKER"):
    # For Celery this variable counts more than what an application says.
    os.environ["CELERY_BROKER_URL"] = os.environ["TWIN_BROKER"]

app = Celery("twin", broker=os.environ.get("TWIN_BROKER"), backend="rpc://")
app.conf.update(
    task_default_queue=os.environ.get("TWIN_QUEUE", "twin"),
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)

if os.environ.get("SWIFTWORKER_TEST_QUEUE_TYPE") == "quorum":
    # Queues that the broker makes quorum queues by itself look classic to Celery, which then sets a prefetch for the whole
    # channel. RabbitMQ 3 refuses that for quorum queues, 4 takes it for each consumer's.
    from celery.worker.consumer.tasks import Tasks

    Tasks.qos_global = lambda self, consumer: False

if os.environ.get("TWIN_NATIVE"):
    # A quorum queue with a topic exchange, for which Celery delays in the broker.
    _name = app.conf.task_default_queue
    app.conf.update(
        task_queues=[Queue(_name, Exchange(_name, "topic"), _name, queue_arguments={"x-queue-type": "quorum"})],
        task_default_exchange=_name,
        task_default_exchange_type="topic",
        task_default_routing_key=_name,
    )

# What ran, for tasks whose result nobody gets: token -> how often.
_ran = {}
_ran_lock = threading.Lock()


class Broken(Exception):
    """An exception of the application's own."""


class Outer:
    class Inner(Exception):
        """One whose qualified name has a dot."""


def task(**options):
    def wrap(function):
        return app.task(name="twin." + function.__name__, **options)(function)

    return wrap


# Arguments


@task()
def add(x, y, z=0):
    return x + y + z


@task()
def concat(first, second="größer", separator=" – "):
    return first + separator + second


@task()
def camel(recording_id, user_id, dry_run=False):
    return [recording_id, user_id, dry_run]


@task()
def no_arguments():
    return "ran"


@task()
def echo(value):
    return value


# Values that kombu's JSON carries


@task()
def moment(value):
    return {
        "value": value,
        "isoformat": value.isoformat(),
        "parts": [value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond],
        "aware": value.tzinfo is not None,
    }


@task()
def as_utc(value):
    if value.tzinfo is None:
        value = value.replace(tzinfo=datetime.timezone.utc)
    return value.astimezone(datetime.timezone.utc)


@task()
def day(value):
    return {"value": value, "isoformat": value.isoformat(), "parts": [value.year, value.month, value.day]}


@task()
def clock(value):
    return {
        "value": value,
        "isoformat": value.isoformat(),
        "parts": [value.hour, value.minute, value.second, value.microsecond],
    }


@task()
def money(value):
    return {"value": value, "text": str(value), "sum": value + decimal.Decimal("0.25")}


@task()
def identity(value):
    return {"value": value, "hex": value.hex}


@task()
def blob(value):
    return {"value": value, "count": len(value), "adler32": zlib.adler32(value), "reversed": value[::-1]}


@task()
def made():
    """Typed values that were not in the arguments."""
    return {
        "datetime": datetime.datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.timezone.utc),
        "date": datetime.date(2024, 2, 29),
        "time": datetime.time(3, 4, 5, 6),
        "decimal": decimal.Decimal("1.50"),
        "uuid": uuid.UUID("12345678123456781234567812345678"),
        "text": b"abc",
        "bytes": b"\xff\x00",
    }


@task()
def edit_clip(clip, offset=0.5):
    """A structure of one's own, in and out."""
    return dict(clip, start=clip["start"] + offset, marks=clip["marks"][::-1])


# Sizes and shapes


@task()
def big(n):
    return "x" * n


@task()
def digest(text):
    data = text.encode()
    return {"length": len(data), "adler32": zlib.adler32(data)}


@task()
def nothing():
    return None


@task()
def nested():
    return {
        "list": [1, [2, [3, []]], {}],
        "ünï": {"a": None, "b": True, "c": False, "d": [{"e": 1.5}]},
        "empty": "",
        "quote": "\"\\/\b\f\n\r\t\u0000\u001f\u2028\U0001f600",
        "ints": [0, -1, 2**31, -(2**63), 2**63 - 1],
        "floats": [0.1, 1e300, -1.5e-7, 1.0, 100000000000000000000.0],
    }


@task()
def huge_integer():
    return 2**70


@task()
def not_numbers():
    return [float("nan"), float("inf"), float("-inf")]


# Failures


@task()
def fail(kind):
    if kind == "value":
        raise ValueError("bad", 3)
    if kind == "key":
        raise KeyError("missing")
    if kind == "empty":
        raise RuntimeError()
    if kind == "unicode":
        raise RuntimeError("größer – \U0001f600")
    if kind == "custom":
        raise Broken("it broke", {"code": 7})
    if kind == "inner":
        raise Outer.Inner("inside")
    if kind == "unknown":
        raise type("Unheard", (Exception,), {"__module__": "nowhere"})("of")
    raise LookupError(kind)


@task(throws=(LookupError,))
def expected_failure():
    raise LookupError("as foreseen")


# Options


@task(ignore_result=True)
def quiet(token):
    with _ran_lock:
        _ran[token] = _ran.get(token, 0) + 1
    return token


@task(ignore_result=True)
def quiet_failure(token):
    quiet.run(token)
    raise ValueError("nobody hears this")


@task(ignore_result=True, store_errors_even_if_ignored=True)
def loud_failure():
    raise ValueError("heard")


@task()
def recall(token):
    """How often `quiet` has run with this token."""
    with _ran_lock:
        return _ran.get(token, 0)


@task(track_started=True)
def tracked(x):
    return x


@task(rate_limit="2/s")
def limited(x):
    return x


@task(track_started=True)
def tracked_failure():
    raise ValueError("after the start")


@task(acks_late=True)
def late(x):
    return x


@task(acks_late=True, acks_on_failure_or_timeout=False)
def late_failure(token):
    quiet.run(token)
    raise ValueError("rejected")


@task()
def slow(seconds):
    time.sleep(seconds)
    return seconds


@task()
def slow_async(seconds):
    time.sleep(seconds)
    return seconds


@task(bind=True)
def progress(self, steps):
    for step in range(steps):
        self.update_state(state="PROGRESS", meta={"step": step, "of": steps})
    return steps


@task(bind=True)
def request_info(self):
    request = self.request
    return {
        "id": request.id,
        "task": self.name,
        "root_id": request.root_id,
        "parent_id": request.parent_id,
        "group": request.group,
        "retries": request.retries,
        "eta": request.eta,
        "expires": request.expires,
        "timelimit": list(request.timelimit or [None, None]),
        "correlation_id": request.correlation_id,
        "has_reply_to": bool(request.reply_to),
        "has_origin": bool(request.origin),
        "hostname": request.hostname,
        "argsrepr": request.argsrepr,
        "kwargsrepr": request.kwargsrepr,
        "delivery_info": {
            key: request.delivery_info.get(key) for key in ("exchange", "routing_key", "priority", "redelivered")
        },
        "custom": dict(request.headers or {}),
    }


# Events


@task(bind=True)
def announce(self, steps):
    """Events of its own."""
    for step in range(steps):
        self.send_event("task-step", step=step, of=steps)
    return steps


@task(send_events=False)
def silent(x):
    return x
