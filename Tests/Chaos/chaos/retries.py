"""Tasks that fail at first, some of them always, while worker and broker are killed: every task comes to its end."""

import random
import time
import uuid
from collections import Counter

from bench.broker import Broker

from .ledger import Ledger

QUEUE = "chaos.work"
# `tasks.flaky` goes by the same table: how often a task fails, by the last digit of its number; None is always.
FAILURES = (0, 1, 1, 2, 2, 3, 1, 1, 2, None)
MAX_RETRIES = 3


def failures(task):
    return FAILURES[int(task[24:], 16) % 10]


class Ends(Ledger):
    """Counts the tasks that are at their end: lines «task id, retries, again, done or failed, process, time»."""

    def counts(self, line):
        return line.split(" ")[2] != "again"


def judge(expected, text):
    """What is wrong with a ledger, and how many runs were more than there had to be."""
    runs = {}
    faults = []
    surplus = 0
    for line in text.splitlines():
        parts = line.split(" ")
        if len(parts) == 5 and parts[1].isdecimal():
            runs.setdefault(parts[0], Counter())[int(parts[1]), parts[2]] += 1
        else:
            faults.append(f"a malformed line: {line}")
    for task in sorted(expected):
        found = runs.get(task, Counter())
        last = failures(task)
        ending = "failed" if last is None else "done"
        last = MAX_RETRIES if last is None else last
        wanted = [(retries, "again") for retries in range(last)] + [(last, ending)]
        missing = [run for run in wanted if run not in found]
        if missing:
            faults.append(f"{task} lacks {missing}")
        if strange := sorted(found.keys() - set(wanted)):
            faults.append(f"{task} should not have {strange}")
        surplus += sum(found.values()) - len(wanted)
    if unknown := runs.keys() - expected:
        faults.append(f"{len(unknown)} tasks that nobody sent")
    return faults, surplus


def self_test():
    """Whether the checker finds what it is there for; returns what it got wrong."""
    ids = [str(uuid.UUID(int=index)) for index in (1, 9)]
    clean = [f"{ids[0]} 0 again 1 0.0", f"{ids[0]} 1 done 1 0.0"]
    clean += [f"{ids[1]} {retries} again 1 0.0" for retries in range(3)] + [f"{ids[1]} 3 failed 1 0.0"]
    cases = [
        ("a clean ledger", clean, False),
        ("a run that was repeated", clean + clean[:1], False),
        ("a next run that is lost", clean[:1] + clean[2:], True),
        ("a first run that is lost", clean[1:], True),
        ("a failure that is lost", clean[:-1], True),
        ("one retry too many", clean + [f"{ids[0]} 2 done 1 0.0"], True),
        ("a torn line", clean + [ids[0] + " 1 do"], True),
        ("a task nobody sent", clean + [f"{uuid.UUID(int=20)} 0 done 1 0.0"], True),
    ]
    return [name for name, lines, is_wrong in cases if bool(judge(set(ids), "\n".join(lines))[0]) != is_wrong]


def run(scenario, tasks, kills, seed):
    """Kills worker or broker by force at random moments, until all tasks are at their end."""
    chance = random.Random(seed)
    scenario.say(f"{tasks:,} tasks that fail at first, {kills} times kill -9 of worker or broker, seed {seed}")
    ledger = Ends(scenario.folder / "ledger-retries")
    struck = Counter()
    worker = None

    def start():
        # The act «dead» is about dead letters.
        settings = ["swiftworker_dead_letters=false"]
        return scenario.workers.start(scenario.broker.url, QUEUE, ledger, "threads", 20, settings)

    try:
        connection = Broker(scenario.broker.url, scenario.programs)
        try:
            connection.declare(QUEUE)
        finally:
            connection.close()
        expected = scenario.send_to(QUEUE, "tasks.flaky", tasks, 20)
        worker = start()
        for index in range(kills):
            ended = ledger.count()
            goal = ended + max(1, (tasks - ended) // (2 * (kills - index)))
            scenario.wait_until(lambda: ledger.count() >= goal, f"task {goal:,}, before kill {index + 1}", worker)
            if chance.random() < 0.7:
                struck["worker"] += 1
                worker.kill()
                worker = start()
            else:
                struck["broker"] += 1
                scenario.broker.kill_node()
            scenario.check(ledger.count() < tasks, f"no task was left at kill {index + 1}")
        scenario.wait_until(lambda: ledger.count() >= tasks, "the last task", worker, 180)
        # What a kill has repeated may still be on its way, or wait in the worker for its time; it comes back then.
        for _ in range(MAX_RETRIES + 2):
            scenario.wait_until(lambda: scenario.ready() == 0, "an empty queue", worker)
            time.sleep(1)
            worker.stop()
            left = scenario.ready()
            if left == 0:
                break
            worker = start()
        scenario.check(left == 0, f"{left} messages come back whenever the worker ends: never settled")
        faults, surplus = judge(expected, scenario.edit(ledger.text()))
        scenario.say(
            f"{tasks:,} tasks at their end, {struck['worker']} kills of the worker, {struck['broker']} of the broker; "
            f"{surplus} runs repeated, {len(faults)} faults"
        )
        for fault in faults[:5]:
            scenario.fail(fault)
    finally:
        if worker:
            worker.kill()
