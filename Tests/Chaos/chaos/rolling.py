"""Workers are replaced one after the other under load, Swift ones and a Python one: nobody who asks goes unanswered, no event is
missing of what ran, and no log has an error."""

import re
import threading
import time
from collections import defaultdict

import kombu
from celery import Celery

from bench.broker import BenchmarkError

from .ledger import Ledger
from .worker import Workers

QUEUE = "chaos.rolling"
# Tasks a second, and how long each takes.
RATE = 100
MILLISECONDS = 20
TYPES = ("task-received", "task-started", "task-succeeded")
BAD = re.compile(r"ERROR|CRITICAL|Traceback")


def judge(ran, heard):
    """The tasks that ran and of which an event is missing: id → the types that are there."""
    return {task: sorted(heard.get(task, ())) for task in ran if not set(TYPES) <= heard.get(task, set())}


def tasks(ledger):
    """The tasks that ran."""
    return {line.partition(" ")[0] for line in ledger.text().splitlines()}


def text(worker):
    return worker.log.read_text(errors="replace")


def self_test():
    """Whether the checker finds what it is there for; returns what it got wrong."""
    complete = {"a": set(TYPES), "b": {*TYPES, "task-retried"}}
    cases = [
        ("all events", ["a", "b"], complete, 0),
        ("an event missing", ["a", "b"], {**complete, "b": {"task-started", "task-succeeded"}}, 1),
        ("a task of which nothing is heard", ["a", "c"], complete, 1),
    ]
    return [name for name, ran, heard, wrong in cases if len(judge(ran, heard)) != wrong]


class Monitor(threading.Thread):
    """Hears all events of tasks."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.heard = defaultdict(set)
        self.connection = kombu.Connection(url)
        exchange = kombu.Exchange("celeryev", "topic", durable=True)
        queue = kombu.Queue("chaos.events", exchange, "task.#", exclusive=True, auto_delete=True, durable=False)
        consumer = kombu.Consumer(
            self.connection.channel(), [queue], callbacks=[self.hear], no_ack=True, accept=["json"]
        )
        consumer.consume()
        self.start()

    def hear(self, body, message):
        for event in body if isinstance(body, list) else [body]:
            self.heard[event["uuid"]].add(event["type"])

    def run(self):
        while True:
            try:
                self.connection.drain_events(timeout=1)
            except TimeoutError:
                pass
            except OSError:
                return  # The broker has ended.


class Asker(threading.Thread):
    """Pings the workers that are there, again and again."""

    def __init__(self, app, nodes, lock):
        super().__init__(daemon=True)
        self.app, self.nodes, self.lock = app, nodes, lock
        self.ended = False
        self.asked = 0
        self.unanswered = []
        self.slowest = 0

    def run(self):
        while not self.ended:
            # Who is asked is not stopped before it has answered.
            with self.lock:
                nodes = sorted(self.nodes)
                started = time.monotonic()
                replies = self.app.control.ping(destination=nodes, timeout=10) if nodes else []
                self.slowest = max(self.slowest, time.monotonic() - started)
            self.asked += len(nodes)
            answered = {name for reply in replies for name in reply}
            self.unanswered += [name for name in nodes if name not in answered]
            time.sleep(0.2)


class Load(threading.Thread):
    """Sends tasks at a rate."""

    def __init__(self, app):
        super().__init__(daemon=True)
        self.app = app
        self.ended = False
        self.sent = []

    def run(self):
        started = time.monotonic()
        with self.app.producer_pool.acquire() as producer:
            while not self.ended:
                ahead = started + len(self.sent) / RATE - time.monotonic()
                if ahead > 0:
                    time.sleep(ahead)
                task = self.app.send_task(
                    "tasks.ledger", (MILLISECONDS,), queue=QUEUE, ignore_result=True, producer=producer
                )
                self.sent.append(task.id)


def end_of(worker, is_python):
    """Stops a worker. Celery's may hang in its warm shutdown: then it is killed, and counted."""
    try:
        worker.stop()
    except BenchmarkError:
        if not is_python:
            raise
        worker.kill()
        return 1
    return 0


def run(scenario, seconds):
    """Replaces one of four workers after the other for so long."""
    scenario.say(f"rolling: three Swift workers and a Python one are replaced in turn for {seconds} s, {RATE} tasks/s")
    url = scenario.broker.url
    app = Celery(broker=url)
    app.conf.task_queues = [kombu.Queue(QUEUE, kombu.Exchange(QUEUE), QUEUE)]
    ledger = Ledger(scenario.folder / "ledger-rolling")
    python = Workers("celery", scenario.workers.root, scenario.folder, scenario.workers.binary)
    # Node names are counted.
    python.count = 1000
    kinds = [scenario.workers, scenario.workers, python, scenario.workers]
    lock = threading.Lock()
    members, nodes, logs = [], set(), []

    def start(kind):
        worker = kind.start(url, QUEUE, ledger, pool="prefork", concurrency=2, options=("-E",))
        scenario.wait_until(lambda: " ready." in text(worker), "a worker that is ready", worker)
        node = re.search(r"(chaos\d+@\S+) ready\.", text(worker))[1]
        logs.append(worker.log)
        with lock:
            nodes.add(node)
        return worker, node

    monitor = Monitor(url)
    load, asker = Load(app), Asker(app, nodes, lock)
    restarts = hung = 0
    try:
        members = [start(kind) for kind in kinds]
        load.start()
        asker.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            place = restarts % len(kinds)
            worker, node = members[place]
            with lock:
                nodes.discard(node)
            hung += end_of(worker, kinds[place] is python)
            members[place] = start(kinds[place])
            restarts += 1
            time.sleep(1)
        load.ended = True
        load.join(10)
        scenario.wait_until(lambda: len(tasks(ledger)) >= len(load.sent), "the last task", seconds=60)
        asker.ended = True
        asker.join(15)
        time.sleep(3)
        for (worker, _), kind in zip(members, kinds):
            hung += end_of(worker, kind is python)
    finally:
        load.ended = asker.ended = True
        for worker, _ in members:
            worker.kill()
    ran = tasks(ledger)
    silent = judge(ran, monitor.heard)
    errors = [f"{log.name}: {line}" for log in logs for line in log.read_text(errors="replace").splitlines() if BAD.search(line)]
    scenario.say(
        f"{restarts} restarts ({hung} times the Python worker hung and was killed), {len(load.sent)} tasks, {len(load.sent) - len(ran)} lost; {asker.asked} questions, "
        f"{len(asker.unanswered)} unanswered, the slowest round {asker.slowest:.2f} s; events missing of {len(silent)} tasks; "
        f"{len(errors)} errors in {len(logs)} logs"
    )
    scenario.check(len(ran) == len(load.sent), f"{len(load.sent) - len(ran)} tasks lost")
    scenario.check(not asker.unanswered, f"no answer of {asker.unanswered[:5]}")
    scenario.check(not silent, f"events missing: {list(silent.items())[:3]}")
    scenario.check(not errors, f"errors: {errors[:3]}")
