"""The worker under test: how it is started and what it holds."""

import os
import sys
from pathlib import Path

from bench.broker import BenchmarkError
from bench.process import Process, pss_megabytes


class Workers:
    def __init__(self, kind, root, folder, binary):
        self.kind = kind
        self.root = root
        self.folder = folder
        self.binary = binary
        self.count = 0
        if kind == "swift" and not binary.exists():
            raise BenchmarkError(f"no worker at {binary}: build it with «swift build -c release»")

    def start(self, url, queue, ledger, pool="threads", concurrency=20, settings=(), level="INFO", options=()):
        """Starts a worker; settings are Celery's, as `worker.prefetch_multiplier=1`, and for swiftworker only."""
        self.count += 1
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SWIFTWORKER_", "CELERY_", "BENCH_", "PYTHONPATH"))
        }
        environment.update(CELERY_BROKER_URL=url, LEDGER=str(ledger.path))
        environment["CELERY_RESULT_BACKEND"] = os.environ.get("RESULTS") or "rpc://"
        pool = "solo" if self.kind == "celery-solo" else pool
        options = [
            "worker", "-Q", queue, "-P", pool, "-c", str(concurrency), "-l", level, "-n", f"chaos{self.count}@%h", *options,
        ]  # fmt: skip
        log = self.folder / f"worker{self.count}.log"
        log.unlink(missing_ok=True)
        if self.kind != "swift":
            command = [sys.executable, "-m", "celery", "-A", "chaos_app", *options]
            return Process(command, log, environment, self.root / "Tests" / "Chaos")
        environment["SWIFTWORKER_TASK_ACKS_LATE"] = "true"
        return Process([self.binary, *options, *settings], log, environment, self.folder)


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def footprint(pid):
    """What must not grow: open descriptors, threads, memory in MB."""
    return {"fds": descriptors(pid), "threads": threads(pid), "pss": round(pss_megabytes(pid), 1)}


def open_files(pid):
    """What the descriptors are, for the message when there are too many."""
    names = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            names.append(os.readlink(entry))
        except OSError:
            continue
    return sorted(names)
