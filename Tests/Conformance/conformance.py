"""A pytest plugin that puts another worker in the place of the one that Celery's integration tests share.

Environment: CONFORMANCE_WORKER is the program, or "celery" for Celery's own worker; TEST_BROKER the broker's URL;
CONFORMANCE_LOG the worker's log. `not-applicable.txt` beside this file says which cases are left out, and why.
"""
import fnmatch
import os
import pathlib
import subprocess
import time

import celery.contrib.pytest
import pytest
from celery.utils.nodenames import anon_nodename

# The fixtures of the shared application; the package that registers them by itself is not installed.
pytest_plugins = ("celery.contrib.pytest",)

HERE = pathlib.Path(__file__).parent
WORKER = os.environ["CONFORMANCE_WORKER"]


def exclusions():
    """Pattern of a case and the reason, in the file's order."""
    found = {}
    for line in (HERE / "not-applicable.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            pattern, _, reason = line.partition("  ")
            found[pattern] = reason.strip()
    return found


class Report:
    """Counts, and says in the end what came of each case."""

    def __init__(self):
        self.excluded = {}
        self.outcomes = {}
        self.reruns = {}

    def pytest_collection_modifyitems(self, config, items):
        if WORKER == "celery":
            return
        known = exclusions()
        unused = set(known)
        kept = []
        for item in items:
            case = item.nodeid.partition("t/integration/")[2]
            # A parameter's brackets are no pattern.
            pattern = next((p for p in known if fnmatch.fnmatchcase(case.replace("[", "("), p.replace("[", "("))), None)
            if pattern is None:
                kept.append(item)
            else:
                unused.discard(pattern)
                self.excluded[case] = known[pattern]
        if unused:
            raise pytest.UsageError(f"not-applicable.txt names cases that there are not: {sorted(unused)}")
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept

    def pytest_runtest_logreport(self, report):
        case = report.nodeid.partition("t/integration/")[2]
        if report.outcome == "rerun":
            # Celery marks those of its own cases that race with the worker, and gives them five more tries.
            self.reruns[case] = self.reruns.get(case, 0) + 1
            return
        if report.when == "call" or report.outcome != "passed":
            reason = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else ""
            outcome = "failed" if report.failed else report.outcome
            if self.outcomes.get(case, ("", ""))[0] != "failed":
                self.outcomes[case] = (outcome, reason)

    def pytest_terminal_summary(self, terminalreporter):
        say = terminalreporter.write_line
        files = sorted({case.partition("::")[0] for case in [*self.outcomes, *self.excluded]})
        say("")
        for case, reason in sorted(self.excluded.items()):
            say(f"not applicable  {case}: {reason}")
        for case, (outcome, reason) in sorted(self.outcomes.items()):
            if outcome == "skipped":
                say(f"left out by Celery  {case}: {reason.removeprefix('Skipped: ')}")
        for case, (outcome, _) in sorted(self.outcomes.items()):
            if outcome == "failed":
                say(f"FAILED  {case}", red=True)
        for case, count in sorted(self.reruns.items()):
            say(f"tried again, {count} x  {case}")
        say("")
        for file in files:
            of_file = [outcome for case, (outcome, _) in self.outcomes.items() if case.startswith(file)]
            excluded = sum(case.startswith(file) for case in self.excluded)
            say(
                f"{file}: {of_file.count('passed')} passed, {of_file.count('failed')} failed, "
                f"{excluded} not applicable, {of_file.count('skipped')} left out by Celery"
            )


def pytest_configure(config):
    config.pluginmanager.register(Report(), "conformance-report")


@pytest.fixture(scope="session")
def worker(celery_session_app, celery_includes, celery_class_tasks):
    """The worker that all tests share, as Celery's fixture of the name `celery_session_worker`."""
    for module in celery_includes:
        celery_session_app.loader.import_task_module(module)
    for task in celery_class_tasks:
        celery_session_app.register_task(task)
    path = os.environ["CONFORMANCE_LOG"]
    with open(path, "wb") as log:
        process = subprocess.Popen(
            [
                WORKER, "worker", "-Q", "celery", "-P", "prefork", "-c", "1", "-n", anon_nodename(), "-l", "INFO",
                "--config", str(HERE / "swiftworker.yaml"),
            ],
            env={**os.environ, "CELERY_BROKER_URL": os.environ["TEST_BROKER"], "CELERY_RESULT_BACKEND": "rpc://"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        end = time.monotonic() + 30
        while b" ready." not in pathlib.Path(path).read_bytes():
            if process.poll() is not None or time.monotonic() > end:
                pytest.exit(f"the worker did not start; its log is {path}", returncode=1)
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        try:
            code = process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            code = "none: killed after 30 s"
        if code != 0:
            pytest.exit(f"the worker's exit code is {code}; its log is {path}", returncode=1)


if WORKER != "celery":
    # The tests import the fixture by this name.
    celery.contrib.pytest.celery_session_worker = worker
