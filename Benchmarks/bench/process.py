"""What Linux says of a running process, and how one is started and ended."""

import os
import signal
import subprocess
import time
from pathlib import Path

from .broker import BenchmarkError

TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid):
    """The process and all that descend from it."""
    found = [pid]
    for parent in found:
        try:
            for thread in Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (thread / "children").read_text().split())
        except OSError:
            continue  # It has ended meanwhile.
    return found


def cpu_seconds(pid):
    """User and system time so far: of all threads, of child processes, and of those that have ended."""
    ticks = 0
    for member in tree(pid):
        try:
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks / TICKS


def pss_megabytes(pid):
    """Proportional set size in MB (10⁶ bytes), child processes included: shared pages are divided among those who
    share them."""
    total = 0
    for member in tree(pid):
        try:
            lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
        except OSError:
            if member == pid:
                raise
            continue  # A child that has ended meanwhile.
        total += sum(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("Pss:"))
    return total


class Process:
    """A contender: its output goes to a log file, except that of the C programs, whose lines are figures."""

    def __init__(self, command, log, environment, folder, reads_output=False):
        self.log = log
        self.name = Path(command[0]).name
        with open(log, "ab") as sink:
            self.started = time.monotonic()
            self.child = subprocess.Popen(
                [str(part) for part in command],
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if reads_output else sink,
                stderr=sink,
                text=True,
            )

    @property
    def pid(self):
        return self.child.pid

    def check_alive(self):
        if self.child.poll() is not None:
            raise BenchmarkError(f"{self.name} ended with {self.child.returncode}:\n{self.tail()}")

    def line(self):
        line = self.child.stdout.readline()
        if not line:
            raise BenchmarkError(f"{self.name} ended:\n{self.tail()}")
        return line

    def tail(self):
        return "\n".join(Path(self.log).read_text(errors="replace").splitlines()[-20:])

    # Celery's pool looks for children to replace every 0.8 s; meanwhile a task may wait for one and nothing runs.
    QUIET = 1.2

    def wait_until_idle(self):
        """Returns when the process has used no CPU time for a while, or has ended."""
        used, since = None, time.monotonic()
        while self.child.poll() is None and time.monotonic() - since < self.QUIET:
            now = cpu_seconds(self.pid)
            if now != used:
                used, since = now, time.monotonic()
            time.sleep(0.02)

    def stop(self, expects_success=True):
        """Ends the process by SIGTERM; a worker must then leave with 0."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            code = self.child.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise BenchmarkError(f"{self.name} did not end in 30 s after SIGTERM:\n{self.tail()}") from None
        if expects_success and code != 0:
            raise BenchmarkError(f"{self.name} ended with {code}:\n{self.tail()}")

    def kill(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
