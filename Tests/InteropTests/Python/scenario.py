"""One scenario of a Python producer, run once for each worker.

    scenario.py --broker URL --queue NAME --output FILE

Every case sends one task the way an application would and records what comes back.
"""
import argparse
import datetime
import decimal
import json
import os
import sys
import time
import traceback
import uuid

parser = argparse.ArgumentParser()
parser.add_argument("--broker", required=True)
parser.add_argument("--queue", required=True)
parser.add_argument("--output", required=True)
parser.add_argument("--beyond", action="store_true", help="also the cases that only swiftworker answers")
parser.add_argument("--only", help="the one case to run")
options = parser.parse_args()
os.environ["TWIN_BROKER"] = options.broker
os.environ["TWIN_QUEUE"] = options.queue
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import celery  # noqa: E402
from celery import Celery, chain, group  # noqa: E402

import raw  # noqa: E402
import recorder  # noqa: E402
import tasks  # noqa: E402

app = tasks.app
UTC = datetime.timezone.utc
PLUS_TWO = datetime.timezone(datetime.timedelta(hours=2))
TIMEOUT = 30
# Not answered by one of the two workers (see Difference.swift): no use to wait long.
SOON = {"by_hand_keywords_list": 1, "by_hand_null_keywords": 1, "by_hand_latin1": 2}
CASES = {}
BEYOND = {}

# The same application as it was before protocol 2.
old = Celery("old", broker=options.broker, backend="rpc://", set_as_current=False)
old.conf.update(task_protocol=1, task_default_queue=options.queue)


def case(function):
    CASES[function.__name__] = function
    return function


def beyond(function):
    BEYOND[function.__name__] = function
    return function


def by_name(name, args=(), kwargs=None, **keywords):
    """Sends without the client's own check of the arguments."""
    return app.send_task("twin." + name, args, kwargs or {}, queue=options.queue, **keywords)


def each(name, values):
    for label, value in values.items():
        CASES[f"{name}_{label}"] = lambda value=value: getattr(tasks, name).delay(value)


def until_ran(token, count=1):
    """Waits until `quiet` has run with the token; what it answers is the case's value."""
    deadline = time.monotonic() + TIMEOUT
    while True:
        result = tasks.recall.delay(token)
        if result.get(timeout=TIMEOUT) >= count or time.monotonic() > deadline:
            return result
        time.sleep(0.02)


# Arguments

CASES.update(
    {
        "positional": lambda: tasks.add.delay(1, 2),
        "keyword": lambda: tasks.add.delay(x=1, y=2),
        "mixed": lambda: tasks.add.delay(1, y=2),
        "all_three": lambda: tasks.add.delay(1, 2, 3),
        "default_by_keyword": lambda: tasks.add.delay(1, 2, z=4),
        "floats": lambda: tasks.add.delay(0.1, 0.2),
        "mixed_numbers": lambda: tasks.add.delay(1, 0.5),
        "defaults": lambda: tasks.concat.delay("a"),
        "unicode": lambda: tasks.concat.delay("žluťoučký", "日本語 \U0001f600", separator="\u0000\u2028"),
        "snake_case": lambda: tasks.camel.delay(recording_id=7, user_id="01J"),
        "snake_case_all": lambda: tasks.camel.delay(7, "01J", dry_run=True),
        "no_arguments": lambda: tasks.no_arguments.delay(),
        "missing_one": lambda: by_name("add", (1,)),
        "missing_two": lambda: by_name("add"),
        "missing_three": lambda: by_name("camel", (), {"dry_run": True}),
        "too_many": lambda: by_name("add", (1, 2, 3, 4)),
        "too_many_for_none": lambda: by_name("no_arguments", (1,)),
        "too_many_for_one": lambda: by_name("echo", (1, 2)),
        "unexpected_keyword": lambda: by_name("add", (1, 2), {"w": 3}),
        "given_twice": lambda: by_name("add", (1, 2), {"x": 3}),
        "missing_and_unexpected": lambda: by_name("add", (1,), {"w": 3}),
        "too_many_and_unexpected": lambda: by_name("add", (1, 2, 3, 4), {"w": 3}),
    }
)

# Values

each(
    "echo",
    {
        "none": None, "true": True, "zero": 0, "negative": -1, "beyond_32_bits": 2**40, "int64_min": -(2**63),
        "beyond_64_bits": 2**64 + 1, "float": 1.5, "float_integral": 2.0, "float_tiny": 5e-324, "float_big": 1e22,
        "empty": "", "text": "größer", "emoji": "\U0001f468\u200d\U0001f469", "controls": "\u0000\u0001\u001f\u007f",
        "surrogate": "\ud800", "list": [1, "a", None, [], {}], "tuple": (1, 2), "dict": {"b": 1, "a": {"c": [True]}},
        "int_keys": {1: "a"}, "nan": float("nan"), "infinities": [float("inf"), float("-inf")],
        "like_a_type": {"__type__": "datetime", "__value__": "2024-01-02T03:04:05", "more": 1},
        "datetime": datetime.datetime(2024, 1, 2, 3, 4, 5, 678901, UTC), "date": datetime.date(2024, 2, 29),
        "time": datetime.time(3, 4, 5, 6), "decimal": decimal.Decimal("1.50"), "bytes": b"abc", "base64": b"\xff\x00",
        "uuid": uuid.UUID("12345678123456781234567812345678"),
        "types_within": {"when": [datetime.date(2024, 1, 2)], "how_much": {"net": decimal.Decimal("-0.10")}},
        "deep": json.loads("[" * 100 + "]" * 100),
    },
)
each(
    "moment",
    {
        "utc": datetime.datetime(2024, 1, 2, 3, 4, 5, 678901, UTC),
        "offset": datetime.datetime(2024, 7, 1, 23, 59, 59, 1, PLUS_TWO),
        "whole_second": datetime.datetime(1969, 12, 31, 23, 0, 0, 0, UTC),
        "naive": datetime.datetime(2024, 1, 2, 3, 4, 5),
        "early": datetime.datetime(1, 1, 1, 0, 0, 0, 0, UTC),
        "late": datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, UTC),
    },
)
each(
    "as_utc",
    {
        "utc": datetime.datetime(2024, 1, 2, 3, 4, 5, 678901, UTC),
        "offset": datetime.datetime(2024, 7, 1, 23, 59, 59, 1, PLUS_TWO),
        "naive": datetime.datetime(1969, 12, 31, 23, 0, 0, 250000),
    },
)
each("day", {"leap": datetime.date(2024, 2, 29), "old": datetime.date(1582, 10, 4)})
each("clock", {"micro": datetime.time(3, 4, 5, 6), "midnight": datetime.time(0, 0), "aware": datetime.time(1, 2, tzinfo=UTC)})
each(
    "money",
    {
        "trailing_zero": decimal.Decimal("1.50"), "negative": decimal.Decimal("-0.25"),
        "long": decimal.Decimal("12345678901234567.123456789"),
    },
)
each("identity", {"one": uuid.UUID("12345678123456781234567812345678"), "zero": uuid.UUID(int=0)})
each("blob", {"text": b"abc", "binary": bytes(range(256)), "empty": b"", "umlaut": "ü".encode()})
CASES["structure"] = lambda: tasks.edit_clip.delay(
    {
        "title": "Sitzung", "start": 1.25, "length": 60.0,
        "marks": [{"at": 1.5, "label": "ä"}, {"at": 2.5, "label": "b"}],
        "recorded_on": datetime.date(2024, 2, 29), "owner": uuid.UUID("12345678123456781234567812345678"),
    },
    offset=0.25,
)
for plain in ("made", "nothing", "nested", "not_numbers", "huge_integer"):
    CASES[plain] = lambda plain=plain: getattr(tasks, plain).delay()

# Sizes and compression

MEGABYTES = 10 * 1024 * 1024
CASES.update(
    {
        "large_result": lambda: tasks.big.delay(MEGABYTES),
        "large_argument": lambda: tasks.digest.delay("0123456789abcdeü" * (MEGABYTES // 16)),
        "large_compressed": lambda: tasks.digest.apply_async(("0123456789abcdef" * (MEGABYTES // 16),), compression="zstd"),
    }
)
for method in ("gzip", "bzip2", "lzma", "zstd"):
    CASES["compressed_" + method] = lambda method=method: tasks.concat.apply_async(("ä" * 50, "b" * 500), compression=method)


@case
def compression_unknown_name():
    id = str(uuid.uuid4())
    raw.publish(app, options.queue, raw.headers("twin.add", id, compression="application/x-none"), raw.body((1, 2)))
    # Nothing will come of that one: what counts is that the worker goes on.
    return tasks.add.delay(1, 2)


# Failures

for kind in ("value", "key", "empty", "unicode", "custom", "inner", "other"):
    CASES["fail_" + kind] = lambda kind=kind: tasks.fail.delay(kind)
CASES.update(
    {
        "expected_failure": lambda: tasks.expected_failure.delay(),
        "unregistered": lambda: app.send_task("twin.nobody_has_this", (1,), queue=options.queue),
        "wrong_case": lambda: app.send_task("twin.Add", (1, 2), queue=options.queue),
    }
)

# Options of a message

CASES.update(
    {
        "priority": lambda: tasks.request_info.apply_async(priority=7),
        "headers": lambda: tasks.request_info.apply_async(
            headers={"x-text": "ä", "x-int": 7, "x-list": [1, "b"], "x-table": {"deep": {"er": None}}, "x-true": True}
        ),
        "request": lambda: tasks.request_info.delay(),
        "request_by_name": lambda: by_name("request_info"),
        "request_with_time_limits": lambda: tasks.request_info.apply_async(time_limit=30, soft_time_limit=20.5),
        "request_in_group": lambda: group(tasks.request_info.s()).apply_async().results[0],
        "shadow": lambda: tasks.add.apply_async((1, 2), shadow="another.name"),
        "argsrepr": lambda: tasks.request_info.apply_async(argsrepr="(secret)", kwargsrepr="{hidden}"),
        "correlated": lambda: tasks.request_info.apply_async(task_id="an-id-of-my-own"),
        "chain_of_one": lambda: chain(tasks.add.s(1, 2)).apply_async(),
        "chain_of_one_with_argument": lambda: chain(tasks.add.s(2)).apply_async((1,)),
        "expires_later": lambda: tasks.add.apply_async((1, 2), expires=60),
        "expires_later_datetime": lambda: tasks.add.apply_async(
            (1, 2), expires=datetime.datetime.now(UTC) + datetime.timedelta(minutes=1)
        ),
        "countdown": lambda: tasks.add.apply_async((1, 2), countdown=0.5),
        "eta_past": lambda: tasks.add.apply_async((1, 2), eta=datetime.datetime(2020, 1, 1, tzinfo=UTC)),
        "eta_naive": lambda: tasks.add.apply_async((1, 2), eta=datetime.datetime(2020, 1, 1)),
        "tracked": lambda: tasks.tracked.delay(5),
        "tracked_failure": lambda: tasks.tracked_failure.delay(),
        "late": lambda: tasks.late.delay(5),
        "progress": lambda: tasks.progress.delay(3),
        "slow": lambda: tasks.slow.delay(0.1),
        "slow_async": lambda: tasks.slow_async.delay(0.1),
        "loud_failure": lambda: by_name("loud_failure"),
        "ignored_by_message": lambda: by_name("add", (1, 2), ignore_result=True),
        "not_ignored_by_message": lambda: by_name("quiet", ("told",), ignore_result=False),
    }
)


@case
def expires_past():
    token = str(uuid.uuid4())
    result = by_name("quiet", (token,), ignore_result=False, expires=datetime.datetime(2020, 1, 1, tzinfo=UTC))
    tasks.add.delay(1, 2).get(timeout=TIMEOUT)
    return result


@case
def expires_while_waiting():
    return tasks.add.apply_async((1, 2), countdown=1, expires=datetime.datetime.now(UTC) + datetime.timedelta(seconds=0.4))


@case
def countdown_waits():
    """The value is whether at least the countdown went by."""
    start = time.monotonic()
    result = tasks.add.apply_async((1, 2), countdown=1)
    result.get(timeout=TIMEOUT)
    assert 0.9 < time.monotonic() - start < 10
    return result


@case
def ignored_result():
    token = str(uuid.uuid4())
    result = tasks.quiet.delay(token)
    assert until_ran(token).get() == 1
    return result


@case
def ignored_failure():
    token = str(uuid.uuid4())
    result = tasks.quiet_failure.delay(token)
    assert until_ran(token).get() == 1
    return result


@case
def late_failure_rejected():
    token = str(uuid.uuid4())
    result = tasks.late_failure.delay(token)
    assert until_ran(token).get() == 1
    return result


# Protocol 1 and messages by hand

CASES.update(
    {
        "protocol1": lambda: old.send_task("twin.add", (1,), {"y": 2}),
        "protocol1_countdown": lambda: old.send_task("twin.add", (1, 2), countdown=0.3),
        "protocol1_request": lambda: old.send_task("twin.request_info", task_id="v1-id"),
        "protocol1_failure": lambda: old.send_task("twin.fail", ("value",)),
        "protocol1_unregistered": lambda: old.send_task("twin.nobody_has_this"),
        "protocol1_type_error": lambda: old.send_task("twin.add", (1,)),
        "protocol1_types": lambda: old.send_task("twin.money", (decimal.Decimal("1.50"),)),
        "protocol1_compressed": lambda: old.send_task("twin.add", (1, 2), compression="bzip2"),
        "protocol1_expired": lambda: old.send_task("twin.add", (1, 2), countdown=0.6, expires=0.3),
    }
)


def by_hand(name, task, body, **changes):
    """A message by hand. `answered=False`: no result may come, and the worker must go on."""
    answered = changes.pop("answered", True)
    properties = changes.pop("properties", {})

    def publish():
        id = str(uuid.uuid4())
        result = raw.publish(app, options.queue, raw.headers(task, id, **changes), body, **properties)
        if answered:
            return result
        for _ in range(4):
            tasks.add.delay(1, 2).get(timeout=TIMEOUT)
        return Unanswered(result.id)

    CASES["by_hand_" + name] = publish


class Unanswered:
    """Stands for a result that must not come."""

    def __init__(self, id):
        self.id = id

    def get(self, timeout):
        return "no answer waited for"


HYBRID = json.dumps({"args": [1], "kwargs": {"y": 2}, "callbacks": None, "errbacks": None, "chord": None}).encode()
by_hand("minimal_headers", "twin.add", raw.body((1, 2)), **{
    key: ... for key in raw.headers("", "") if key not in ("task", "id")
})
by_hand("another_language", "twin.add", raw.body((1, 2)), lang="xx", unheard_of={"a": [1]})
by_hand("hybrid", "twin.add", HYBRID)
by_hand("null_embed", "twin.add", b"[[1, 2], {}, null]")
by_hand("empty_embed", "twin.add", b"[[1, 2], {}, {}]")
by_hand("utf8_unescaped", "twin.concat", '[["ä", "ö"], {}, null]'.encode())
by_hand("latin1", "twin.concat", '[["ä", "ö"], {}, null]'.encode("latin-1"), properties={"content_encoding": "latin-1"})
by_hand("eta_zulu", "twin.add", raw.body((1, 2)), eta="2020-01-01T00:00:00Z")
by_hand("eta_short_offset", "twin.add", raw.body((1, 2)), eta="2020-01-01T00:00:00.5+0200")
by_hand("eta_date_only", "twin.add", raw.body((1, 2)), eta="2020-01-01")
by_hand("expires_naive", "twin.add", raw.body((1, 2)), expires="2020-01-01T00:00:00")
by_hand("arguments_no_list", "twin.add", b'[{"x": 1}, {}, {}]')
by_hand("keywords_list", "twin.add", b"[[1, 2], [3], {}]")
by_hand("null_arguments", "twin.add", b"[null, {}, {}]")
by_hand("null_keywords", "twin.add", b"[[1, 2], null, {}]")
by_hand("duplicate_keys", "twin.add", b'[[1], {"y": 2, "y": 5}, {}]')
by_hand("bad_eta", "twin.add", raw.body((1, 2)), eta="garbage", answered=False)
by_hand("bad_expires", "twin.add", raw.body((1, 2)), expires="garbage", answered=False)
by_hand("not_json", "twin.add", b"not json", answered=False)
by_hand("pickle", "twin.add", b"\x80\x04.", answered=False, properties={
    "content_type": "application/x-python-serialize", "content_encoding": "binary"
})
by_hand("yaml", "twin.add", b"[]", answered=False, properties={"content_type": "application/x-yaml"})
by_hand("no_task", ..., b"{}", answered=False)
by_hand("bad_utf8", "twin.concat", b'[["\xff"], {}, {}]', answered=False)
by_hand("unknown_type", "twin.echo", b'[[{"__type__": "nonsense", "__value__": 1}], {}, {}]', answered=False)
by_hand("corrupt_compression", "twin.add", b"garbage", compression="application/x-gzip", answered=False)

# What a Python worker would do and this one does not yet: it must say so. Not compared with a Python worker.

SIGNATURE = {"task": "twin.quiet", "args": ["followed"], "kwargs": {}, "options": {}, "subtask_type": None, "immutable": True}


@beyond
def link():
    return tasks.add.apply_async((1, 2), link=tasks.quiet.si("link"))


@beyond
def link_error():
    return tasks.fail.apply_async(("value",), link_error=tasks.quiet.si("link_error"))


@beyond
def chain_tail():
    result = chain(tasks.add.s(1, 2), tasks.add.s(3)).apply_async()
    return result.parent


@beyond
def chord():
    id = str(uuid.uuid4())
    body = raw.body((1, 2), chord=dict(SIGNATURE, options={"task_id": str(uuid.uuid4())}))
    return raw.publish(app, options.queue, raw.headers("twin.add", id, group=str(uuid.uuid4()), group_index=0), body)


@beyond
def protocol1_link():
    return old.send_task("twin.add", (1, 2), link=tasks.quiet.si("protocol1_link"))


@beyond
def link_of_ignored():
    """Refused too where nobody would read the result: the callback's own result is what tells."""
    token = str(uuid.uuid4())
    tasks.quiet.apply_async((token,), link=tasks.quiet.si("link_of_ignored"))
    tasks.add.delay(1, 2).get(timeout=TIMEOUT)
    return tasks.recall.delay(token)


@beyond
def nothing_followed():
    time.sleep(0.2)
    names = ("link", "link_error", "protocol1_link", "link_of_ignored", "followed")
    counts = {name: tasks.recall.delay(name).get(timeout=TIMEOUT) for name in names}
    assert counts == dict.fromkeys(names, 0), counts
    return tasks.recall.delay("link")


# Errors of Swift's, and of modules that this client does not have.
for kind in ("enum", "struct", "mapped"):
    BEYOND["swift_error_" + kind] = lambda kind=kind: by_name("swift_error", (kind,))
BEYOND["fail_unknown"] = lambda: tasks.fail.delay("unknown")


def run(name, publish):
    case = recorder.Case(options.queue)
    try:
        result = publish()
    except Exception:
        case.record["broken"] = traceback.format_exc()
        return case.record
    case.finish(result, SOON.get(name, TIMEOUT))
    return case.record


def main():
    chosen = dict(CASES, **(BEYOND if options.beyond else {}))
    if options.only:
        chosen = {options.only: chosen[options.only]}
    records = {}
    for name, publish in chosen.items():
        start = time.monotonic()
        records[name] = run(name, publish)
        took = time.monotonic() - start
        if took > 2:
            print(f"{name}: {took:.1f} s", file=sys.stderr)
    with app.connection_for_write() as connection:
        declared = connection.default_channel.queue_declare(options.queue, passive=True)
    with open(options.output, "w") as file:
        json.dump({"celery": celery.__version__, "cases": records, "left": declared.message_count}, file, indent=1)
    print(f"{len(records)} cases, {declared.message_count} messages left", file=sys.stderr)


main()
