"""ETAs and rate limits: what a worker does with a queue full of tasks that may not run yet."""

import datetime
import json
import subprocess
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field

import amqp

from bench.broker import Broker
from bench.process import pss_megabytes

from .ledger import Ledger
from .private_broker import SCRIPTS

QUEUE = "chaos.delays"
UTC = datetime.timezone.utc
LATE = 1.5
# So many of the heavy tenant's tasks are before all others.
HEAD = 1_000
EARLY = 0.05
# Tasks that are held before those that are measured.
HELD = 50
# The worker's largest prefetch while it parks, with 20 slots: 80, and 1,024 for what is on its way into the broker.
LARGEST_PREFETCH = 1_104


# MARK: Judging, which is tested by itself


def judge_times(due, text):
    """What is wrong with a ledger of lines «task id, …, time», against the time each task was due."""
    runs = {}
    for line in text.splitlines():
        words = line.split(" ")
        runs.setdefault(words[0], []).append(float(words[-1]))
    faults = []
    lost = due.keys() - runs.keys()
    twice = [task for task, times in runs.items() if len(times) > 1]
    late = [times[0] - due[task] for task, times in runs.items() if task in due]
    if lost:
        faults.append(f"{len(lost)} of {len(due)} lost")
    if twice:
        faults.append(f"{len(twice)} ran twice")
    if runs.keys() - due.keys():
        faults.append("tasks ran that nobody sent")
    if late and max(late) > LATE:
        faults.append(f"{sum(1 for one in late if one > LATE)} ran too late, by up to {max(late):.2f} s")
    if late and min(late) < -EARLY:
        faults.append(f"{sum(1 for one in late if one < -EARLY)} ran too early, by up to {-min(late):.2f} s")
    return faults, sorted(late)


def judge_rates(text, begin, seconds, rate):
    """The rate of each tenant in a window of a ledger of lines «task id, tenant, process, time»."""
    counts = Counter()
    for line in text.splitlines():
        _, tenant, _, moment = line.split(" ")
        if begin <= float(moment) < begin + seconds:
            counts[tenant] += 1
    rates = {tenant: count / seconds for tenant, count in sorted(counts.items())}
    return [f"{tenant}: {one:.2f}/s" for tenant, one in rates.items() if abs(one - rate) > rate * 0.05], rates


def tenants_of(text):
    return {line.split(" ")[1] for line in text.splitlines()}


def self_test():
    """Whether the checker finds what it is there for; returns what it got wrong."""
    due = {"a": 10.0, "b": 20.0}
    fine = "a 0 1 10.2\nb 0 1 21.4\n"
    cases = [
        ("all in time", fine, False),
        ("one lost", "a 0 1 10.2\n", True),
        ("one twice", fine + "a 0 1 10.3\n", True),
        ("one late", fine.replace("21.4", "21.6"), True),
        ("one early", fine.replace("10.2", "9.9"), True),
        ("an unknown one", fine + "c 0 1 10.3\n", True),
    ]
    wrong = [name for name, text, is_wrong in cases if bool(judge_times(due, text)[0]) != is_wrong]
    even = "".join(f"{index} u 1 {index / 50}\n" for index in range(1000))
    for name, text, is_wrong in [("50/s", even, False), ("47/s", "\n".join(even.split("\n")[60:]), True)]:
        if bool(judge_rates(text, 0, 20, 50)[0]) != is_wrong:
            wrong.append(name)
    return wrong


# MARK: Pieces


def publish(url, messages):
    """Publishes (task, kwargs, eta or None) as a Python client does, persistent; returns the ids in their order."""
    parts = Broker(url, None)
    channel = parts.channel
    ids = []
    try:
        parts.declare(QUEUE)
        for task, kwargs, eta in messages:
            id = str(uuid.uuid4())
            ids.append(id)
            text = None if eta is None else datetime.datetime.fromtimestamp(eta, UTC).isoformat()
            headers = {
                "lang": "py", "task": task, "id": id, "shadow": None, "eta": text, "expires": None, "group": None,
                "group_index": None, "retries": 0, "timelimit": [None, None], "root_id": id, "parent_id": None,
                "argsrepr": "()", "kwargsrepr": "{}", "origin": "gen1@chaos", "ignore_result": True,
                "replaced_task_nesting": 0, "stamped_headers": None, "stamps": {},
            }  # fmt: skip
            body = json.dumps([[], kwargs, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}])
            message = amqp.Message(
                body, content_type="application/json", content_encoding="utf-8", application_headers=headers,
                delivery_mode=2, priority=0, correlation_id=id,
            )  # fmt: skip
            channel.basic_publish(message, exchange="", routing_key=QUEUE)
    finally:
        parts.close()
    return ids


@dataclass
class Watch:
    """Looks at a worker and its queue again and again."""

    broker: object
    worker: object
    unacked: int = 0
    memory: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self):
        self.thread = threading.Thread(target=self.look)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def look(self):
        while not self.over.is_set():
            try:
                self.memory = max(self.memory, pss_megabytes(self.worker.pid))
                self.unacked = max(self.unacked, counts(self.broker, "messages_unacknowledged").get(QUEUE, 0))
            except (OSError, subprocess.SubprocessError):
                continue  # One of the two is being restarted.
            # Each look at the broker starts a virtual machine, which is half of a small computer.
            self.over.wait(2)


def counts(broker, column):
    """A column of the broker's list of queues, by name."""
    output = subprocess.run(
        [SCRIPTS / "rabbitmqctl", "-q", "--no-table-headers", "list_queues", "name", column],
        env=broker.environment, check=True, timeout=90, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    ).stdout  # fmt: skip
    return {name: int(count) for name, count in (line.split("\t") for line in output.splitlines() if line)}


def delayed(broker):
    return sum(count for name, count in counts(broker, "messages").items() if name.startswith("celery_delayed_"))


def ready(broker):
    connection = Broker(broker.url, None)
    try:
        return connection.ready(QUEUE)
    finally:
        connection.close()


def start(scenario, ledger, *settings, level="INFO"):
    return scenario.workers.start(scenario.broker.url, QUEUE, ledger, settings=settings, level=level)


def warm(scenario, ledger):
    """What a worker has when it is idle, in MB."""
    publish(scenario.broker.url, [("tasks.ledger", {"milliseconds": 0}, None)] * 500)
    worker = start(scenario, ledger)
    try:
        scenario.wait_until(lambda: ledger.count() >= 500, "the first tasks", worker)
        time.sleep(1)
        return pss_megabytes(worker.pid)
    finally:
        worker.stop()


# MARK: Acts


def an_hour_ahead(scenario, count, ready_count, patience):
    """Messages that are due in an hour, with ready ones among them: all are taken in at speed, and no channel is closed."""
    scenario.say(f"{count:,} tasks an hour ahead, {ready_count:,} ready ones among them, consumer_timeout 60 s")
    idle = warm(scenario, Ledger(scenario.folder / "ledger-warm"))
    ledger = Ledger(scenario.folder / "ledger-hour")
    eta = time.time() + 3600
    step = count // ready_count
    later, now = ("tasks.ledger", {"milliseconds": 0}, eta), ("tasks.ledger", {"milliseconds": 0}, None)
    publish(scenario.broker.url, [now if index % (step + 1) == step else later for index in range(count + ready_count)])
    scenario.wait_until(lambda: ready(scenario.broker) == count + ready_count, "a full queue")
    worker = start(scenario, ledger)
    connection = Broker(scenario.broker.url, None)
    try:
        scenario.wait_until(lambda: connection.ready(QUEUE) < count + ready_count, "a first delivery", worker)
        began = time.monotonic()
        with Watch(scenario.broker, worker) as watch:
            scenario.wait_until(lambda: connection.ready(QUEUE) == 0, "an empty queue", worker, 600)
            taken = time.monotonic() - began
            scenario.wait_until(lambda: ledger.count() >= ready_count, "the ready tasks", worker)
        rate = (count + ready_count) / taken
        scenario.say(f"taken in: {rate:,.0f}/s, memory {idle:.1f} MB idle, {watch.memory:.1f} MB at most; "
                     f"unacked {watch.unacked} at most")  # fmt: skip
        scenario.check(rate >= 5000, f"only {rate:,.0f} messages/s were taken in")
        # A larger prefetch is a new consumer, beside what the one before has not settled yet.
        scenario.check(watch.unacked <= 2 * LARGEST_PREFETCH, f"{watch.unacked} messages were unacked")
        scenario.check(watch.memory - idle <= 50, f"memory grew by {watch.memory - idle:.1f} MB")
        scenario.wait_until(lambda: counts(scenario.broker, "messages")[QUEUE] == 0, "all acked", worker)
        # The broker tells what quorum queues hold with some seconds' delay.
        scenario.wait_until(lambda: delayed(scenario.broker) == count, "all wait in the broker", worker, 60)
        time.sleep(patience)
        worker.check_alive()
        log = scenario.broker.log_text()
        scenario.check("timed out" not in log and "PRECONDITION_FAILED" not in log, "the broker closed a channel")
        scenario.check(ledger.count() == ready_count, f"{ledger.count()} of {ready_count} ready tasks ran")
    finally:
        connection.close()
        worker.kill()


def a_minute_ahead(scenario, count):
    """Tasks that are due in 40 to 80 s, while the broker and the worker are restarted: each runs once, and in time."""
    scenario.say(f"{count:,} tasks 40 to 80 s ahead; restarts of the broker and of the worker")
    ledger = Ledger(scenario.folder / "ledger-minute")
    worker = start(scenario, ledger)
    try:
        began = time.time() + 2 + count / 4000
        etas = [began + 40 + 40 * index / count for index in range(count)]
        ids = publish(scenario.broker.url, [("tasks.ledger", {"milliseconds": 0}, eta) for eta in etas])
        due = dict(zip(ids, etas))
        with Watch(scenario.broker, worker) as watch:
            scenario.wait_until(lambda: ready(scenario.broker) == 0, "an empty queue", worker, 30)
            # A message that is on its way into the delay queues when the broker stops may be in them and come back, too.
            scenario.wait_until(lambda: counts(scenario.broker, "messages").get(QUEUE) == 0, "all acked", worker, 30)
        scenario.say(f"all taken in {began + 40 - time.time():.1f} s before the first is due; unacked {watch.unacked} at most")
        scenario.broker.restart_node()
        worker.check_alive()
        scenario.say(f"broker restarted, {began + 40 - time.time():.1f} s before the first is due")
        for moment in (25, 55):
            time.sleep(max(0, began + moment - time.time()))
            begin = time.monotonic()
            worker.stop()
            worker = start(scenario, ledger)
            scenario.say(f"worker restarted at {moment} s, in {time.monotonic() - begin:.2f} s")
        time.sleep(max(0, began + 80 + LATE - time.time()))
        scenario.wait_until(lambda: ledger.count() >= count, "the last task", worker, 60)
        faults, late = judge_times(due, ledger.text())
        scenario.say(f"run after their time: median {late[len(late) // 2]:.3f} s, 99 % {late[len(late) * 99 // 100]:.3f} s, "
                     f"at most {late[-1]:.3f} s, at least {late[0]:.3f} s")  # fmt: skip
        for fault in faults:
            scenario.fail(fault)
        worker.stop()
    finally:
        worker.kill()


# Room for each tenant's tasks until the worker has been through the queue once: 3 × 50/s × some 25 s (docs/delays.md).
RULES = """\
swiftworker_max_held: 4000
swiftworker_rate_limits:
  - name: tenants
    task: tasks.tenant
    argument: user_id
    rate: 50/s
"""


def tenants(scenario, loads, seconds, unlimited):
    """Three tenants of very different load, 50/s each; and what the limiter costs those who have no limit."""
    file = scenario.folder / "rates.yaml"
    file.write_text(RULES)
    with_rules = ("--config", str(file))
    # The best of three: whatever else the machine does can only make it slower.
    plain, ruled, behind_eta, behind_turn = (
        max(drain(scenario, unlimited, held, settings) for _ in range(3))
        for settings, held in (((), none), (with_rules, none), ((), held_for_eta), (with_rules, held_for_turn))
    )
    scenario.say(f"unlimited tasks: {plain:,.0f}/s without rules, {ruled:,.0f}/s with: {ruled / plain:.2f} ×")
    scenario.say(f"behind {HELD} that wait for their ETA: {behind_eta / plain:.2f} ×, for their turn: {behind_turn / plain:.2f} ×")
    scenario.check(ruled >= 0.8 * plain, "the limiter costs too much")
    # Each ack then has to name one message, whatever the reason for the wait.
    scenario.check(behind_turn >= 0.8 * behind_eta, "to wait for a turn costs more than to wait for an ETA")

    scenario.say(f"50/s for each of {len(loads)} tenants with {', '.join(f'{load:,}' for load in loads)} tasks")
    ledger = Ledger(scenario.folder / "ledger-tenants")
    # The heavy one is first, then they come in turns until the light ones have no more.
    turns = [(index, number) for number, load in enumerate(loads) for index in range(load - (HEAD if number == 0 else 0))]
    order = [0] * HEAD + [number for _, number in sorted(turns)]
    publish(scenario.broker.url, [("tasks.tenant", {"user_id": f"user{number}"}, None) for number in order])
    worker = start(scenario, ledger, *with_rules)
    try:
        scenario.wait_until(lambda: len(tenants_of(ledger.text())) == len(loads), "a run of each", worker)
        begin = time.time() + 2
        time.sleep(seconds + 2.5)
        faults, rates = judge_rates(ledger.text(), begin, seconds, 50)
        scenario.say("rates: " + ", ".join(f"{tenant} {rate:.2f}/s" for tenant, rate in rates.items()))
        scenario.check(len(rates) == len(loads), "a tenant starves")
        for fault in faults:
            scenario.fail(fault)
    finally:
        worker.kill()


def none():
    return []


def held_for_eta():
    return [("tasks.add", {"x": 1, "y": 1}, time.time() + 25)] * HELD


def held_for_turn():
    # At 50/s they are half as many on the average.
    return [("tasks.tenant", {"user_id": "user0"}, None)] * (2 * HELD)


def drain(scenario, count, held, settings):
    """How many tasks without a limit run in a second, behind some that are held."""
    connection = Broker(scenario.broker.url, None)
    try:
        connection.declare(QUEUE)
        connection.channel.queue_purge(QUEUE)
        first = held()
        publish(scenario.broker.url, [*first, *[("tasks.add", {"x": 1, "y": 1}, None)] * count])
        scenario.wait_until(lambda: connection.ready(QUEUE) >= count + len(first), "a full queue")
        worker = start(scenario, Ledger(scenario.folder / "ledger-drain"), *settings, level="WARNING")
        try:
            scenario.wait_until(lambda: connection.ready(QUEUE) < count, "a first delivery", worker)
            began = time.monotonic()
            scenario.wait_until(lambda: connection.ready(QUEUE) == 0, "an empty queue", worker)
            return count / (time.monotonic() - began)
        finally:
            worker.stop()
    finally:
        connection.close()
