"""Tasks that fail, are retried and die, and dead letters that are replayed, while worker, broker and tool are killed."""

import random
import subprocess
import time

import amqp

from bench.broker import BenchmarkError, Broker

from .ledger import Ledger

QUEUE = "chaos.work"
DEAD = QUEUE + ".dead"
SETTINGS = ["task_dead_letter=true", "swiftworker_publish_timeout=120"]


def dies(task):
    """What tasks.fickle says: every fourth fails always."""
    return int(task[-12:], 16) % 4 == 0


def judge(expected, succeeded, dead):
    """What is wrong, where each task has to end in one way: a success of its own, or a dead letter."""
    faults = []
    doomed = {task for task in expected if dies(task)}
    for what, tasks in (
        ("lost: neither a success nor a dead letter", expected - succeeded - dead),
        ("both a success and a dead letter", succeeded & dead),
        ("succeeded although they always fail", succeeded & doomed),
        ("dead although they succeed in the end", dead & (expected - doomed)),
        ("never sent", (succeeded | dead) - expected),
    ):
        if tasks:
            faults.append(f"{len(tasks)} {what}: {sorted(tasks)[:3]}")
    return faults


def self_test():
    """Whether the checker finds what it is there for; returns what it got wrong."""
    tasks = {f"{index:036x}" for index in range(8)}
    dead = {task for task in tasks if dies(task)}
    alive = tasks - dead
    one, gone = sorted(alive)[0], sorted(dead)[0]
    cases = [
        ("all in order", alive, dead, True),
        ("a success lost", alive - {one}, dead, False),
        ("a dead letter lost", alive, dead - {gone}, False),
        ("both", alive, dead | {one}, False),
        ("a success that can't be", alive | {gone}, dead - {gone}, False),
        ("a task nobody sent", alive | {"f" * 36}, dead, False),
    ]
    return [f"dead letters: {name}" for name, good, bad, passes in cases if (not judge(tasks, good, bad)) != passes]


def run(scenario, count, kills, seed):
    """Kills worker and broker while tasks fail, are retried, succeed or die: each ends in exactly one way."""
    chance = random.Random(seed)
    scenario.say(f"{count:,} tasks that fail and succeed or die, {kills} kills of worker and broker, seed {seed}")
    ledger = Ledger(scenario.folder / "ledger-dead")
    established(scenario)
    expected = scenario.send_to(prepared(scenario, QUEUE), "tasks.fickle", count, 5)
    worker = start(scenario, ledger)
    try:
        for index in range(kills):
            time.sleep(chance.uniform(0.3, 2.5))
            what = chance.choice(["worker", "broker", "both"])
            if what != "broker":
                worker.kill()
            if what != "worker":
                scenario.broker.kill_node()
            if what != "broker":
                worker = start(scenario, ledger)
            worker.check_alive()
            scenario.say(f"{index + 1:>2} kill -9 {what:<6}  {ledger.count():>5,} succeeded, {waiting(scenario, DEAD):>5,} dead")
        scenario.wait_until(lambda: ledger.count() >= sum(not dies(task) for task in expected), "all successes", worker, 300)
        wait_until_quiet(scenario, worker)
        worker.stop()
        scenario.check(waiting(scenario, QUEUE) == 0, "deliveries came back when the worker ended")
    finally:
        worker.kill()
    ledger.count()
    dead = drained(scenario, DEAD)
    faults = judge(expected, ledger.ids, set(dead))
    for fault in faults:
        scenario.fail(fault)
    scenario.say(
        f"{len(ledger.ids):,} succeeded, {len(set(dead)):,} dead, "
        f"{len(expected - ledger.ids - set(dead))} lost, {len(dead) - len(set(dead))} dead letters twice"
    )


def replay(scenario, count, kills, seed):
    """Kills the tool and the broker while dead letters are replayed: each task runs in the end."""
    chance = random.Random(seed + 1)
    scenario.say(f"a replay of {count:,} dead letters, {kills} kills of tool and broker, seed {seed}")
    ledger = Ledger(scenario.folder / "ledger-replay")
    prepared(scenario, QUEUE)
    established(scenario)
    worker = start(scenario, ledger, slots=4)
    tool = None
    try:
        expected = scenario.send_to(DEAD, "tasks.ledger", count, 0)
        struck = 0
        deadline = time.monotonic() + 1200
        while True:
            if tool is None or tool.poll() is not None:
                if waiting(scenario, DEAD) == 0:
                    break
                tool = start_tool(scenario)
            if time.monotonic() > deadline:
                raise BenchmarkError("the replay does not end")
            if struck >= kills:
                tool.wait(300)
                continue
            time.sleep(chance.uniform(0.05, 0.8))
            what = chance.choice(["tool", "tool", "broker"])
            if what == "broker":
                scenario.broker.kill_node()
                tool.wait(120)
            else:
                tool.kill()
                tool.wait()
            struck += 1
        scenario.wait_until(lambda: expected <= seen(ledger), "the last task", worker, 300)
        worker.stop()
    finally:
        if tool and tool.poll() is None:
            tool.kill()
        worker.kill()
    lost = expected - ledger.ids
    scenario.check(not lost, f"{len(lost)} dead letters are lost: {sorted(lost)[:3]}")
    runs = len(ledger.text().splitlines())
    scenario.say(f"{len(expected):,} dead letters, {struck} kills: {len(lost)} lost, {runs - len(expected)} run twice")


# MARK: Pieces


def start(scenario, ledger, slots=20):
    return scenario.workers.start(scenario.broker.url, QUEUE, ledger, "threads", slots, SETTINGS)


def start_tool(scenario):
    # A rate, so that the replay lasts for many kills.
    command = [scenario.workers.binary, "-b", scenario.broker.url, "dead-letters", "replay", "-Q", QUEUE, "--rate", "300"]
    with open(scenario.folder / "replay.log", "ab") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def wait_until_quiet(scenario, worker):
    """Waits until nothing is ready and nothing dies any more, for longer than a retry waits."""
    before, since = None, time.monotonic()
    while time.monotonic() - since < 5:
        worker.check_alive()
        now = (waiting(scenario, QUEUE), waiting(scenario, DEAD))
        if now != before or now[0] > 0:
            before, since = now, time.monotonic()
        time.sleep(0.2)


def prepared(scenario, queue):
    """The queue, declared as the worker does, and empty."""
    connection = Broker(scenario.broker.url, scenario.programs)
    try:
        channel = connection.channel
        if queue == DEAD:
            channel.queue_declare(queue, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})
        else:
            connection.declare(queue)
        channel.queue_purge(queue)
    finally:
        connection.close()
    return queue


def established(scenario):
    """Makes the dead-letter queue, empty, and waits until the broker has it for good: RabbitMQ 3.10 that is killed within
    seconds of a quorum queue's declaration has a queue without a leader, which takes nothing."""
    prepared(scenario, DEAD)
    time.sleep(10)


def waiting(scenario, queue):
    """The ready messages of a queue; none while it is not there."""
    connection = Broker(scenario.broker.url, scenario.programs)
    try:
        return connection.ready(queue)
    except amqp.NotFound:
        return 0
    finally:
        connection.close()


def drained(scenario, queue):
    """Takes all messages out of a queue; their ids."""
    connection = Broker(scenario.broker.url, scenario.programs)
    ids = []
    try:
        while message := connection.channel.basic_get(queue, no_ack=True):
            ids.append(message.headers["id"])
        return ids
    finally:
        connection.close()


def seen(ledger):
    ledger.count()
    return ledger.ids
