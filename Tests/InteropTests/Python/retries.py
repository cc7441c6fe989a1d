"""The retries' scenario of a Python producer, run once for each worker.

    retries.py send --broker URL --queue NAME --output FILE     sends every case and records the states that come back
    retries.py take --broker URL --queue NAME --output FILE     adds the messages that were published again

Between the two the worker is killed: what it held of the next runs is in the queues again, as it was published.
"""
import argparse
import datetime
import json
import os
import sys
import time
import uuid

parser = argparse.ArgumentParser()
parser.add_argument("phase", choices=["send", "take"])
parser.add_argument("--broker", required=True)
parser.add_argument("--queue", required=True)
parser.add_argument("--output", required=True)
options = parser.parse_args()
os.environ["TWIN_BROKER"] = options.broker
os.environ["TWIN_QUEUE"] = options.queue
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import celery  # noqa: E402
from celery import Celery, group  # noqa: E402
from celery.canvas import StampingVisitor  # noqa: E402
from celery.states import READY_STATES  # noqa: E402

import raw  # noqa: E402
import recorder  # noqa: E402
import retry_tasks as retries  # noqa: E402
from tasks import app  # noqa: E402

UTC = datetime.timezone.utc
TIMEOUT = 60
OTHER = options.queue + ".other"
# How late a time may be written, in seconds: the machine may be busy.
SLACK = 20
ID = str(uuid.uuid4())

old = Celery("old", broker=options.broker, backend="rpc://", set_as_current=False)
old.conf.update(task_protocol=1, task_default_queue=options.queue)


class Case:
    """What is sent, and what is to come of it: the states, and in how many seconds the next run may begin."""

    def __init__(self, send, states=("RETRY",), delay=retries.SOON, expires=None):
        self.send = send
        self.states = list(states)
        self.delay = delay
        self.expires = expires


def by_name(name, args=(), kwargs=None, **keywords):
    return app.send_task("twin.retry." + name, args, kwargs or {}, queue=options.queue, **keywords)


def plain(*args, **keywords):
    """A retry that changes nothing, of a message with these options."""
    return Case(lambda: retries.plain.apply_async(args, **keywords))


class Stamps(StampingVisitor):
    def on_signature(self, signature, **headers):
        return {"tenant": ["a", "b"], "number": 7}


def stamped():
    signature = retries.plain.s(1)
    signature.stamp(Stamps())
    return signature.apply_async()


def by_hand(changes, body=None, **properties):
    def send():
        id = str(uuid.uuid4())
        headers = raw.headers("twin.retry.plain", id, **dict({"argsrepr": "(1, 'ä')"}, **changes))
        return raw.publish(app, options.queue, headers, body or raw.body((1, "ä")), **properties)

    return Case(send)


DEATH = {
    "count": 1, "reason": "expired", "queue": "celery_delayed_3", "exchange": "celery_delayed_27",
    "routing-keys": ["0.1.celery"],
}
HYBRID = json.dumps({"args": [1, "ä"], "kwargs": {}, "callbacks": None, "errbacks": None, "chord": None}).encode()
AGAIN = ["RETRY", "RETRY"]
CASES = {
    # In which words a task asks for it
    "default": plain(),
    "countdown": Case(lambda: retries.countdown.delay(20), delay=20),
    "countdown_with_keywords": Case(lambda: retries.countdown.delay(seconds=20, x={"ü": [1.5, None]}), delay=20),
    "countdown_half": Case(lambda: retries.countdown.delay(15.5), delay=15.5),
    "countdown_zero": Case(lambda: retries.countdown.delay(0), delay=None),
    "eta": Case(lambda: retries.at_in.delay(20), delay=20),
    "eta_past": Case(lambda: retries.at.delay(datetime.datetime(2020, 1, 2, 3, 4, 5, 6, UTC)), delay="2020-01-02"),
    "because": Case(lambda: retries.because.delay()),
    "because_caught": Case(lambda: retries.because_caught.delay(), delay=None),
    "other_arguments": Case(lambda: retries.other_arguments.delay(1, second=2)),
    "other_arguments_hidden": Case(
        lambda: retries.other_arguments.apply_async((1,), argsrepr="(secret)", kwargsrepr="{hidden}")
    ),
    "other_positional": Case(lambda: retries.other_positional.delay(1, 2)),
    "other_positional_for_keyword": Case(lambda: retries.other_positional.delay(first=1, second=2)),
    "other_keywords": Case(lambda: retries.other_keywords.delay(1)),
    "other_keywords_for_positional": Case(lambda: retries.other_keywords.delay(1, 2)),
    "options": Case(lambda: retries.options.delay(OTHER), expires=90),
    "tracked": Case(lambda: retries.tracked.delay(), states=["STARTED", "RETRY"]),
    "after_progress": Case(lambda: retries.after_progress.delay(), states=["PROGRESS", "RETRY"]),
    "ignored": Case(lambda: by_name("ignored"), states=[]),
    "ignored_but_told": Case(lambda: by_name("ignored_but_told")),
    # By its policy
    "automatic": Case(lambda: retries.automatic.delay("connection"), delay=3),
    "automatic_excepted": Case(lambda: retries.automatic.delay("missing"), states=["FAILURE"]),
    "automatic_other": Case(lambda: retries.automatic.delay("value"), states=["FAILURE"]),
    "backoff": Case(lambda: retries.backoff.delay(), delay=2),
    # To the end
    "exhausted": Case(lambda: retries.exhausted.delay(1, y="ä"), states=["FAILURE"]),
    "exhausted_because": Case(lambda: retries.exhausted_because.delay(), states=["FAILURE"]),
    "to_the_end": Case(lambda: retries.to_the_end.delay(), states=AGAIN + ["FAILURE"]),
    "in_the_end": Case(lambda: retries.in_the_end.delay(), states=AGAIN + ["SUCCESS"]),
    "unlimited": Case(lambda: retries.unlimited.delay(), states=["RETRY"] * 7 + ["SUCCESS"]),
    "more_than_its_limit": Case(lambda: retries.more_than_its_limit.delay(), states=["RETRY"] * 3 + ["SUCCESS"]),
    "automatic_to_the_end": Case(lambda: retries.automatic_to_the_end.delay(), states=["RETRY", "FAILURE"]),
    "arguments_that_do_not_fit": Case(lambda: by_name("arguments_that_do_not_fit", (1, 2)), states=["FAILURE"]),
    # What a message carries
    "arguments": plain(1, "größer", {"deep": [None, 1.5]}),
    "headers": plain(1, headers={"x-text": "ä", "x-int": 7, "x-list": [1, "b"], "x-table": {"a": {"b": None}}}),
    "priority": plain(1, priority=7),
    "expires": plain(1, expires=300),
    "time_limits": plain(1, time_limit=60, soft_time_limit=55.5),
    "shadow": plain(1, shadow="another.name"),
    "hidden": plain(1, argsrepr="(secret)", kwargsrepr="{hidden}"),
    "in_group": Case(lambda: group(retries.plain.s(1), retries.because.s()).apply_async().results[0]),
    "stamped": Case(stamped),
    "gzip": plain("ä" * 500, compression="gzip"),
    "correlated": plain(1, task_id="own-" + ID),
    "had_a_countdown": plain(1, countdown=0.5),
    "not_ignored": Case(lambda: by_name("ignored", ignore_result=False)),
    "protocol1": Case(lambda: old.send_task("twin.retry.plain", (1, "ä"))),
    "by_hand": by_hand({}),
    "by_hand_minimal": by_hand({key: ... for key in raw.headers("", "") if key not in ("task", "id")}),
    "by_hand_retries": by_hand({"retries": 0, "root_id": "root", "parent_id": "parent", "group": "g", "group_index": 3}),
    "by_hand_unknown_headers": by_hand({"hostname_of_mine": "a", "x-y": {"deep": [1]}}),
    "by_hand_deaths": by_hand({"x-death": [DEATH], "x-first-death-queue": "q", "x-last-death-queue": "q"}),
    "by_hand_hybrid": by_hand({}, HYBRID),
    "by_hand_null_ignore_result": by_hand({"ignore_result": None}),
    "by_hand_correlation": by_hand({}, correlation_id="other"),
}


def send():
    with app.connection_for_write() as connection:
        connection.default_channel.queue_declare(OTHER, durable=True, auto_delete=False)
    records, sent = {}, {}
    # Those that nobody hears of come first.
    for name, case in sorted(CASES.items(), key=lambda item: item[1].states != []):
        sent[name] = {"at": time.time(), "expires": None}
        result = case.send()
        sent[name]["id"] = result.id
        record = recorder.Case(options.queue)
        records[name] = (record, result)
    deadline = time.monotonic() + TIMEOUT
    for name, (record, result) in records.items():
        while time.monotonic() < deadline and not is_over(CASES[name], result):
            try:
                result.get(timeout=0.05)
            except Exception:  # a failure of the task, or nothing yet: the recorder has the messages
                pass
        record.messages(result.id)
        if result.ready():
            record.finish(result, TIMEOUT)
        if CASES[name].states.count("RETRY") > 1:
            in_order_of_runs(record.record)
    write({"celery": celery.__version__, "sent": sent, "cases": {name: records[name][0].record for name in CASES}})
    # Whose retries can only be seen in the worker's log.
    print("\n".join(sent[name]["id"] for name, case in CASES.items() if not case.states))


def in_order_of_runs(record):
    """Celery publishes the next run before it stores this one's state, so that the next one's may come first."""
    def run(message):
        return message["fields"]["status"] in READY_STATES, json.dumps(message["fields"], sort_keys=True)

    record["messages"].sort(key=run)
    record["states"] = [message["fields"]["status"] for message in record["messages"]]


def is_over(case, result):
    """Whether all states have come; the recorder has the last one a moment before its result does."""
    if len(recorder._metas.get(result.id, [])) < len(case.states):
        return False
    return not case.states or case.states[-1] not in READY_STATES or result.ready()


def take():
    with open(options.output) as file:
        recording = json.load(file)
    names = {sent["id"]: name for name, sent in recording["sent"].items()}
    left = 0
    with app.connection_for_write() as connection:
        channel = connection.default_channel
        for queue in (options.queue, OTHER):
            while True:
                message = channel.basic_get(queue, no_ack=True)
                if message is None:
                    break
                headers = message.headers
                # What its worker had not acknowledged yet when it was killed.
                if not headers.get("retries"):
                    left += 1
                    continue
                name = names.get(headers["id"])
                if name is None:
                    continue
                recording["cases"][name].setdefault("published", []).append(published(message, name, recording))
        channel.queue_delete(OTHER)
    recording["left"] = left
    del recording["sent"]
    write(recording)


def published(message, name, recording):
    """The message as JSON, with ids, times and nodes replaced by what they are."""
    case, sent = CASES[name], recording["sent"][name]
    plain = recorder.Case(options.queue).plain
    headers = []
    for key, value in message.headers.items():
        if key == "eta" and value is not None and case.delay is not None:
            value = moment(value, sent["at"], case.delay)
        elif key == "expires" and value is not None:
            value = moment(value, sent["at"], case.expires or 300)
        elif key == "stamped_headers" and value:
            value = sorted(value)
        elif key == "origin":
            value = "<origin>" if "@" in value else value
        headers.append([key, plain(value, sent["id"])])
    properties = {key: value for key, value in message.properties.items() if key != "application_headers"}
    if "expiration" in properties:
        # What remains of it, in milliseconds.
        nominal = case.expires or 300
        properties["expiration"] = within(nominal - int(properties["expiration"]) / 1000, 0)
    return {
        "exchange": message.delivery_info["exchange"],
        "routing_key": plain(message.delivery_info["routing_key"], sent["id"]),
        "content": [message.content_type, message.content_encoding],
        "properties": plain(properties, sent["id"]),
        "headers": dict(headers),
        "order": [key for key, _ in headers],
        "body": plain(body_text(message), sent["id"]),
    }


def body_text(message):
    body = message.body
    if isinstance(body, str):
        return body
    try:
        return bytes(body).decode()
    except UnicodeDecodeError:
        return "<bytes>"


def moment(text, sent, nominal):
    if isinstance(nominal, str):
        return text
    seconds = datetime.datetime.fromisoformat(text).timestamp() - sent
    return within(seconds, nominal)


def within(seconds, nominal):
    return f"<{nominal} s>" if nominal - 0.5 <= seconds < nominal + SLACK else f"{seconds} s, not {nominal}"


def write(recording):
    with open(options.output, "w") as file:
        json.dump(recording, file, indent=1)


{"send": send, "take": take}[options.phase]()
