"""What a worker of each pool and size costs, and what it does: the measured tables of docs/scaling.md.

One after the other, each worker is started on an empty queue, left alone, given tasks that wait, and quick tasks. A
pool that a worker does not have is a line of the table, not an error.
"""

import argparse
import datetime
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

from . import media
from .broker import BenchmarkError, Broker
from .contenders import Contender, Starter
from .footprint import footprint
from .measure import Measurements
from .process import cpu_seconds

QUEUE = "bench.scaling"
TEMPLATE = "bench.scaling.template"
WAIT = 0.1
DEADLINE = 120

SIZES = {
    "swiftworker": ["solo", "threads 1", "threads 3", "threads 10", "threads 20", "threads 50", "threads 100"]
    + ["prefork 1", "prefork 3", "prefork 4", "prefork 8"],
    "Celery 5.7": ["solo", "threads 20", "prefork 1", "prefork 3", "prefork 4", "prefork 8"],
}


def contenders():
    for program, sizes in SIZES.items():
        for size in sizes:
            pool, _, slots = size.partition(" ")
            name = f"{program} -P {pool}" + (f" -c {slots}" if slots else "")
            yield Contender(name, "swift" if program == "swiftworker" else "celery", pool, int(slots or 0))


class Scaling:
    def __init__(self, broker, starter, is_quick):
        self.broker = broker
        self.starter = starter
        self.drains = Measurements(broker, starter)
        self.idle = 2 if is_quick else 20
        self.rounds = 10 if is_quick else 30
        self.messages = {"swift": 2_000 if is_quick else 30_000, "celery": 500 if is_quick else 5_000}

    def prepare(self):
        """Lets Celery publish the real messages that all others are copies of."""
        self.drains.prepare()
        for queue in (QUEUE, TEMPLATE):
            self.broker.declare(queue)
            self.broker.channel.queue_purge(queue)
        script = f"from bench_app import wait; wait.apply_async(({WAIT},), queue='{TEMPLATE}', ignore_result=True)"
        environment = self.starter.clean_environment(None)
        subprocess.run(
            [self.starter.python, "-c", script], cwd=self.starter.app, env=environment, check=True, timeout=60
        )

    def remove(self):
        self.drains.remove()
        for queue in (QUEUE, TEMPLATE):
            self.broker.remove(queue)

    def wait_for(self, condition, what, worker):
        deadline = time.monotonic() + DEADLINE
        while not condition():
            worker.check_alive()
            if time.monotonic() > deadline:
                raise BenchmarkError(f"{worker.name}: no {what} in {DEADLINE} s\n{worker.tail()}")
            time.sleep(0.005)

    def waiting_tasks(self, worker, slots):
        """How many tasks per second a worker does that wait. Each slot holds one message, so when the queue is empty
        all but the last of each slot are done."""
        count = self.rounds * slots
        started = time.monotonic()
        self.broker.send(TEMPLATE, QUEUE, count)
        self.wait_for(lambda: self.broker.ready(QUEUE) == 0, "empty queue", worker)
        rate = (count - slots) / (time.monotonic() - started)
        # Nothing uses CPU while it waits, so that is no sign of the end.
        time.sleep(2 * WAIT)
        worker.wait_until_idle()
        return rate

    def at_rest_and_waiting(self, contender):
        self.broker.channel.queue_purge(QUEUE)
        careful = replace(contender, options=("--prefetch-multiplier", "1"))
        worker = self.starter.worker_process(careful, QUEUE, late=True)
        try:
            self.wait_for(lambda: self.broker.consumers(QUEUE) == 1, "consumer", worker)
            ready = time.monotonic() - worker.started
            worker.wait_until_idle()
            rest = footprint(worker.pid, self.broker.port)
            cpu = cpu_seconds(worker.pid)
            time.sleep(self.idle)
            idle = (cpu_seconds(worker.pid) - cpu) / self.idle * 100
            slots = max(contender.concurrency, 1)
            waiting = self.waiting_tasks(worker, slots)
            after = footprint(worker.pid, self.broker.port)
            worker.stop()
            if self.broker.ready(QUEUE):
                raise BenchmarkError(f"{contender.name}: {self.broker.ready(QUEUE)} messages came back")
        finally:
            worker.kill()
        return {
            "ready": ready, "processes": rest.processes, "threads": after.threads, "descriptors": after.descriptors,
            "connections": after.connections, "rest": rest.pss, "after": after.pss, "idle": idle, "waiting": waiting,
            "most": slots / WAIT,
        }  # fmt: skip

    def measure(self, contender):
        sample = self.at_rest_and_waiting(contender)
        drain = self.drains.drain(contender, self.messages[contender.kind], late=False)
        return sample | {"quick": drain["rate"], "cpu": drain["cpu"]}


HEAD = [
    "worker", "starts in", "processes", "threads", "descriptors", "connections", "memory at rest", "after work",
    "CPU at rest", "tasks/s that wait 0.1 s (at most)", "quick tasks/s", "CPU each",
]  # fmt: skip


def cells(row):
    return [
        f"{row['ready']:.2f} s", f"{row['processes']:.0f}", f"{row['threads']:.0f}", f"{row['descriptors']:.0f}",
        f"{row['connections']:.0f}", f"{row['rest']:.0f} MB", f"{row['after']:.0f} MB", f"{row['idle']:.2f} %",
        f"{row['waiting']:.0f} ({row['most']:.0f})", f"{row['quick']:,.0f}", f"{row['cpu']:.0f} µs",
    ]  # fmt: skip


def lines_of(rows, clips):
    """The two tables, in Markdown."""
    yield "| " + " | ".join(HEAD) + " |"
    yield "|---" * len(HEAD) + "|"
    for name, row in rows.items():
        figures = [row] + [""] * (len(HEAD) - 2) if isinstance(row, str) else cells(row)
        yield "| " + " | ".join([f"`{name}`", *figures]) + " |"
    yield ""
    yield "| ffmpeg, on a video of 720p | memory at its peak | CPU per minute of video |"
    yield "|---|---|---|"
    for name, row in clips.items():
        yield f"| {name} | {row['peak']:.0f} MB | {row['cpu']:.2f} s |"


def medians(samples):
    good = [sample for sample in samples if not isinstance(sample, str)]
    return {figure: median(row[figure] for row in good) for figure in good[0]} if good else samples[0]


def main():
    options = argparse.ArgumentParser(prog="bench.scaling")
    options.add_argument("--root", type=Path, required=True)
    options.add_argument("--only", default="", help="workers whose name holds one of these, separated by commas")
    chosen = options.parse_args()
    url = os.environ.get("SWIFTWORKER_TEST_BROKER")
    if not url:
        raise BenchmarkError("no broker: run «make services», or set SWIFTWORKER_TEST_BROKER")
    is_quick = os.environ.get("QUICK") == "1"
    runs = int(os.environ.get("RUNS") or 1)
    folder = chosen.root / ".run" / "bench"
    program = Path(os.environ.get("SWIFTWORKER_BENCH_WORKER") or chosen.root / ".build" / "release" / "TestWorker")
    broker = Broker(url, folder / "bin")
    scaling = Scaling(broker, Starter(broker, chosen.root, sys.executable, program.absolute()), is_quick)
    samples = {}
    scaling.prepare()
    try:
        for _ in range(runs):
            for contender in contenders():
                if not any(text in contender.name for text in chosen.only.split(",")):
                    continue
                try:
                    sample = scaling.measure(contender)
                    text = "  ".join(f"{name} {value:,.4g}" for name, value in sample.items())
                except BenchmarkError as error:
                    sample = text = "not measured: " + str(error).splitlines()[-1]
                samples.setdefault(contender.name, []).append(sample)
                print(f"{contender.name:<30} {text}", file=sys.stderr, flush=True)
    finally:
        scaling.remove()
        broker.close()
    minutes = 1 if is_quick else 5
    clips = {name: row | {"cpu": row["cpu"] / minutes} for name, row in media.measure(minutes).items()}
    model = next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    machine = f"{os.cpu_count()} × {model.partition(':')[2].strip()}, RabbitMQ {broker.version}, median of {runs}"
    print(f"\n{machine}\n")
    print("\n".join(lines_of({name: medians(results) for name, results in samples.items()}, clips)))
    path = folder / f"scaling-{datetime.datetime.now():%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps({"machine": machine, "samples": samples, "ffmpeg": clips}, indent=2) + "\n")
    print(f"\nfigures: {path}")


if __name__ == "__main__":
    try:
        main()
    except (BenchmarkError, subprocess.SubprocessError) as error:
        sys.exit(f"bench.scaling: {error}")
