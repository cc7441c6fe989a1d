"""Two workers on a single-active queue, as on two machines: whatever happens to either, never do two tasks run at once."""

import random
import time

from .ledger import Ledger

QUEUE = "chaos.single"
FILE = """\
task_acks_late: true
worker_prefetch_multiplier: 1
task_queues:
  {queue}:
    single_active: true
"""


def judge(expected, text, ends):
    """What is wrong with a ledger of lines «task id, start or end, process, time».

    A run without an end was killed: it lasted until the first of `ends`, the times of the kills, after its start.
    """
    faults = []
    open_runs = {}
    spans = []
    done = set()
    for line in text.splitlines():
        task, what, process, moment = line.split(" ")
        if what == "start":
            open_runs[task, process] = float(moment)
        else:
            spans.append((open_runs.pop((task, process)), float(moment), task))
            done.add(task)
    for (task, _), start in open_runs.items():
        spans.append((start, min((end for end in ends if end >= start), default=start), task))
    spans.sort()
    for (_, end, one), (start, _, other) in zip(spans, spans[1:]):
        if start < end:
            faults.append(f"{one} and {other} ran at once for {end - start:.4f} s")
    lost = expected - done
    if lost:
        faults.append(f"{len(lost)} lost: {sorted(lost)[:5]}")
    return faults, len(spans)


def self_test():
    """Whether the checker finds what it is there for; returns what it got wrong."""
    clean = "a start 1 1.0\na end 1 2.0\nb start 2 2.5\nb end 2 3.0\n"
    cases = [
        ("a clean ledger", clean, [], False),
        ("an overlap", clean.replace("2.5", "1.9"), [], True),
        ("a task lost", clean.replace("b", "c"), [], True),
        ("a killed run", "b start 1 0.5\n" + clean, [0.9], False),
        ("a killed run that another one overlaps", "b start 1 0.5\n" + clean, [1.1], True),
    ]
    return [name for name, text, kills, is_wrong in cases if bool(judge({"a", "b"}, text, kills)[0]) != is_wrong]


def run(scenario, count, rounds, pool, seed):
    """Lets two workers share the queue while one or the other is ended, in order or by force, and started again."""
    chance = random.Random(seed)
    scenario.say(f"single active: {count} tasks, {rounds} restarts of either of two workers, -P {pool} -c 1, seed {seed}")
    file = scenario.folder / "single-active.yaml"
    file.write_text(FILE.format(queue=QUEUE))
    ledger = Ledger(scenario.folder / "ledger-single")
    options = {"pool": pool, "concurrency": 1, "settings": ("--config", str(file))}
    workers = []
    kills = []
    try:
        workers = [scenario.workers.start(scenario.broker.url, QUEUE, ledger, **options) for _ in range(2)]
        scenario.wait_until(lambda: scenario.has_queue(QUEUE), "the queue", workers[0])
        expected = scenario.send_to(QUEUE, "tasks.exclusive", count, 15)
        for index in range(rounds):
            goal = (index + 1) * count // (rounds + 1)
            scenario.wait_until(lambda: ledger.count() >= goal, f"task {goal}")
            side = chance.randrange(2)
            by_force = chance.random() < 0.5
            if by_force:
                kills.append(time.time())
                workers[side].kill()
            else:
                workers[side].stop()
            workers[side] = scenario.workers.start(scenario.broker.url, QUEUE, ledger, **options)
        scenario.wait_until(lambda: ledger.text().count(" end ") >= count, "the last task", seconds=180)
        for worker in workers:
            worker.stop()
        faults, runs = judge(expected, ledger.text(), kills)
        scenario.say(f"{count} tasks, {runs} runs, {len(kills)} of the {rounds} restarts by kill -9; {len(faults)} faults")
        for fault in faults[:5]:
            scenario.fail(fault)
    finally:
        for worker in workers:
            worker.kill()
