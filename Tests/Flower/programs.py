"""Programs that run beside the test and end with it."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOGS = ROOT / "logs" / "flower"
TASKS = ROOT / "Tests" / "InteropTests" / "Python"
BROKER = os.environ["SWIFTWORKER_TEST_BROKER"]
# Where the Python tasks look for it.
os.environ["TWIN_BROKER"] = BROKER
# As it is now: the tasks, which the steps import, set CELERY_BROKER_URL, and with it Flower's buttons are off.
ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(TASKS)}


class Failure(Exception):
    """What was seen is not what was expected."""


def wait_for(condition, what, within=20.0):
    """Polls until the condition's value is true, and returns it. `what` says what has not come, in errors."""
    end = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"not within {within:g} s: {what() if callable(what) else what}")
        time.sleep(0.1)


class Program:
    """A program whose output is a file."""

    def __init__(self, name, arguments, **variables):
        self.name = name
        self.log = LOGS / f"{name}.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                arguments,
                cwd=TASKS,
                env={**ENVIRONMENT, **variables},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def output(self):
        return self.log.read_text(errors="replace")

    def wait_for_output(self, text, within=60.0):
        def has_come():
            if self.process.poll() is not None:
                raise Failure(f"{self.name} has ended with {self.process.returncode}; its log is {self.log}")
            return text in self.output()

        wait_for(has_come, f"{text!r} in {self.log}", within)

    def exit_code(self, within=30.0):
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} has not ended within {within:g} s; its log is {self.log}") from None

    def stop(self):
        """Ends the program: with TERM, after 30 seconds with KILL."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Worker(Program):
    """A worker with the tasks of the interop tests, two processes and a queue of its own.

    Events of tasks are off: Flower turns them on.
    """

    NAMES = ("swift", "python")

    def __init__(self, name):
        self.node = f"{name}@localhost"
        self.queue = f"flower-{name}"
        options = ["-Q", self.queue, "-P", "prefork", "-c", "2", "-n", self.node, "-l", "INFO"]
        if name == "swift":
            # `env` hides the tests' variables, which look like settings of the worker.
            hidden = [f"--unset={name}" for name in os.environ if name.startswith("SWIFTWORKER_TEST_")]
            super().__init__(
                name,
                ["env", *hidden, os.environ["SWIFTWORKER_TEST_FLOWER_WORKER"], "worker", *options],
                CELERY_BROKER_URL=BROKER,
                CELERY_RESULT_BACKEND="rpc://",
            )
        else:
            super().__init__(
                name,
                [sys.executable, "-m", "celery", "-A", "tasks", "worker", "-I", "retry_tasks", *options],
                TWIN_QUEUE=self.queue,
            )


class Flower(Program):
    """Flower as `make flower` starts it, with the Python tasks."""

    def __init__(self):
        # Flower warns of workers that do not answer in time, and a second is little on a busy machine.
        variables = {"FLOWER_INSPECT_TIMEOUT": "5000"}
        super().__init__("flower", [str(ROOT / "scripts" / "flower"), "-A", "tasks"], **variables)

    def wait_until_ready(self):
        self.wait_for_output("Visit me at ")

    def problems(self):
        """The errors and warnings in Flower's log."""
        return re.findall(r"(?m)^(?:\[[WEC] .*|.*(?:ERROR|WARNING|CRITICAL|Traceback|Error: ).*)$", self.output())

    @property
    def address(self):
        return self.output().partition("Visit me at ")[2].split()[0]
