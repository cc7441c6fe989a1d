"""Who is measured, and how each is started."""

import os
import socket
import subprocess
from dataclasses import dataclass

from .broker import BenchmarkError
from .process import Process


@dataclass(frozen=True)
class Contender:
    name: str
    kind: str  # c, celery or swift
    pool: str = ""
    concurrency: int = 0
    options: tuple = ()


BARE = Contender("bare librabbitmq (C)", "c")
FLOOR = Contender("floor: C, answers at once", "c")
CELERY_THREADS = Contender("Celery 5.7 -P threads -c 20", "celery", "threads", 20)
CELERY_SOLO = Contender("Celery 5.7 -P solo", "celery", "solo")
CELERY_PREFORK = Contender("Celery 5.7 -P prefork -c 3", "celery", "prefork", 3)
SWIFT_THREADS = Contender("swiftworker -P threads -c 20", "swift", "threads", 20)
SWIFT_SOLO = Contender("swiftworker -P solo", "swift", "solo")
SWIFT_PREFORK = Contender("swiftworker -P prefork -c 3", "swift", "prefork", 3)
# A fresh process for each task.
ONE_TASK = ("--max-tasks-per-child", "1", "--prefetch-multiplier", "1")
CELERY_RECYCLED = Contender("Celery 5.7 -P prefork -c 3, recycled", "celery", "prefork", 3, ONE_TASK)
SWIFT_RECYCLED = Contender("swiftworker -P prefork -c 3, recycled", "swift", "prefork", 3, ONE_TASK)
# With events of each task.
CELERY_EVENTS = Contender("Celery 5.7 -P threads -c 20 -E", "celery", "threads", 20, ("-E",))
SWIFT_EVENTS = Contender("swiftworker -P threads -c 20 -E", "swift", "threads", 20, ("-E",))

DRAIN = [BARE, CELERY_THREADS, CELERY_SOLO, SWIFT_THREADS, SWIFT_SOLO]
LATE = [CELERY_THREADS, CELERY_SOLO, SWIFT_THREADS, SWIFT_SOLO]
PREFORK = [CELERY_PREFORK, SWIFT_PREFORK]
RECYCLE = [CELERY_RECYCLED, SWIFT_RECYCLED]
EVENTS = [CELERY_EVENTS, SWIFT_THREADS, SWIFT_EVENTS]
PING = [CELERY_THREADS, SWIFT_THREADS]
LOSS = [SWIFT_EVENTS]
TRIP = [FLOOR, CELERY_THREADS, SWIFT_THREADS]


class Starter:
    """Starts contenders: each with the same options, nothing from the caller's own configuration."""

    def __init__(self, broker, root, python, worker):
        self.broker = broker
        self.folder = root / ".run" / "bench"
        self.app = root / "Benchmarks" / "app"
        self.python = python
        self.worker = worker
        self.count = 0

    def clean_environment(self, results):
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SWIFTWORKER_", "CELERY_", "BENCH_", "PYTHONPATH"))
        }
        kept["CELERY_BROKER_URL"] = self.broker.url
        if results:
            kept["CELERY_RESULT_BACKEND"] = results
        return kept

    @property
    def node(self):
        """The name of the worker that was started last."""
        return f"bench{self.count}@{socket.gethostname()}"

    def script(self, name, *arguments, timeout):
        """Runs a Python client to its end, and returns what it printed."""
        return subprocess.run(
            [self.python, name, *map(str, arguments)],
            cwd=self.app,
            env=self.clean_environment("rpc://"),
            check=True,
            timeout=timeout,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout

    def worker_process(self, contender, queue, late=False, results=None):
        self.count += 1
        options = ["worker", "-Q", queue, "-P", contender.pool, "-l", "WARNING", "-n", f"bench{self.count}@%h"]
        if contender.concurrency:
            options += ["-c", str(contender.concurrency)]
        options += contender.options
        environment = self.clean_environment(results)
        log = self.folder / f"{contender.kind}-{contender.pool}.log"
        if contender.kind == "celery":
            environment["BENCH_ACKS_LATE"] = "1" if late else "0"
            return Process([self.python, "-m", "celery", "-A", "bench_app", *options], log, environment, self.app)
        if not self.worker.exists():
            raise BenchmarkError(f"no worker at {self.worker}: build it with «swift build -c release»")
        environment["SWIFTWORKER_TASK_ACKS_LATE"] = "true" if late else "false"
        return Process([self.worker, *options], log, environment, self.folder)

    def listener(self, name, *arguments):
        """Starts a Python client whose lines are figures."""
        log = self.folder / "listener.log"
        command = [self.python, name, *arguments]
        return Process(command, log, self.clean_environment("rpc://"), self.app, reads_output=True)

    def program(self, name, *arguments, reads_output=True):
        command = [self.broker.programs / name, *arguments]
        log = self.folder / f"{name}.log"
        return Process(command, log, self.broker.environment(), self.folder, reads_output)
