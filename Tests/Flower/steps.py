"""The steps of the test: what somebody looks at and clicks in Flower, and what must come of it.

Each is done for every worker. What a step returns must be the same for a Python and for a Swift worker.
"""
import re
import sys
import time

from kombu import Connection
from selenium.webdriver.common.by import By

from programs import BROKER, TASKS, Failure, wait_for

sys.path.insert(0, str(TASKS))

import retry_tasks  # noqa: E402
import tasks  # noqa: E402

STEPS = []


def step(title):
    """A step of the test, in the order of the file; the title has the worker's name put into it."""

    def wrap(function):
        STEPS.append((title, function))
        return function

    return wrap


def expect(found, expected, what):
    if found != expected:
        raise Failure(f"{what}: {found!r} instead of {expected!r}")


class Site:
    """One worker, its queue, and Flower's pages."""

    def __init__(self, worker, pages):
        self.name = worker.name
        self.worker = worker
        self.node = worker.node
        self.pages = pages
        self.ids = {}
        # Numbers that only this worker's tasks have, to search for.
        self.mark = 41977 if worker.name == "swift" else 52988

    def send(self, task, *arguments, queue=None, **options):
        return task.apply_async(arguments, queue=queue or self.worker.queue, **options)

    def inspect(self, method, *arguments):
        """What the worker itself says."""
        answer = getattr(tasks.app.control.inspect([self.node], timeout=20), method)(*arguments)
        if not answer:
            raise Failure(f"{self.node} does not answer {method}")
        return answer[self.node]

    def processes(self):
        return len(self.inspect("stats")["pool"]["processes"])

    def queues(self):
        return {queue["name"] for queue in self.inspect("active_queues")}

    def picture(self, name):
        self.pages.screenshot(f"{self.name}-{name}")


# The workers' list


@step("the list has {}, online, and counts its tasks")
def list_of_workers(site):
    pages = site.pages
    pages.open("/")
    wait_for(lambda: pages.workers().get(site.node, {}).get("status") == "Online", f"{site.node} online")

    def counts(row):
        return [int(row[key]) for key in ("processed", "failed", "succeeded", "retried")]

    def flower_hears_of_tasks():
        site.send(tasks.add, 1, 1).get(timeout=20)
        # The page reloads its numbers every second. What is counted below must not begin before this task is.
        time.sleep(2.5)
        return counts(pages.workers()[site.node])[2]

    # Flower asks for events every five seconds.
    wait_for(flower_hears_of_tasks, "an event of a task in Flower", 40)
    before = counts(pages.workers()[site.node])
    sent = {
        "added": site.send(tasks.add, site.mark, 1),
        "added in words": tasks.concat.apply_async(
            ("ä",), {"second": "ö", "separator": " & "}, queue=site.worker.queue
        ),
        "failed": site.send(tasks.fail, "value"),
        "failed in words": site.send(tasks.fail, "unicode"),
        "retried": site.send(retry_tasks.in_the_end),
    }
    for result in sent.values():
        result.get(timeout=30, propagate=False)
    site.ids = {name: result.id for name, result in sent.items()}
    # The retried task is received three times.
    expected = [a + b for a, b in zip(before, (7, 2, 3, 2))]
    wait_for(
        lambda: counts(pages.workers()[site.node]) == expected,
        lambda: f"{expected} processed, failed, succeeded, retried; the page says {pages.workers()[site.node]}",
    )
    row = pages.workers()[site.node]
    expect(row["active"], "0", "active tasks")
    if not re.fullmatch(r"[\d.]+, [\d.]+, [\d.]+", row["load"]):
        raise Failure(f"load average {row['load']!r}")
    site.picture("workers")


# A worker's tabs


def tab(site, name, selector):
    site.pages.show_tab(name)
    rows = site.pages.rows(selector)
    if not rows:
        raise Failure(f"the tab {name} is empty")
    site.picture(f"tab-{name}")
    return rows


@step("the tabs of {}: pool, broker, queues, tasks, limits, config, system")
def tabs(site):
    pages = site.pages
    pages.open_worker(site.node)
    seen = {}
    seen["pool"] = [row[0] for row in tab(site, "pool", "#tab-pool tbody tr")]
    pool = pages.pairs("#tab-pool tbody tr")
    expect(pool["Max concurrency"], "2", "slots in the tab of the pool")
    expect(pool["Worker PID"], str(site.inspect("stats")["pid"]), "the process in the tab of the pool")
    expect(len(pool["Processes"].split(", ")), 2, "processes in the tab of the pool")

    seen["broker"] = [row[0] for row in tab(site, "broker", "#tab-broker tbody tr")]
    broker = pages.pairs("#tab-broker tbody tr")
    expect(broker["Port"], str(Connection(BROKER).port), "the port in the tab of the broker")

    queue = tab(site, "queues", "#worker-queues tr")[0]
    expect((queue[0], queue[3]), (site.worker.queue, site.worker.queue), "name and routing key of the queue")
    seen["queues"] = queue[1:3] + queue[4:]

    totals = dict(tab(site, "tasks", "#tab-tasks table:first-child tbody tr"))
    expect(int(totals["twin.fail"]), 2, "failing tasks in the tab of tasks")

    limits = {row[0] for row in tab(site, "limits", "#limits-table tr")}
    wanted = {"twin.add", "twin.slow", "twin.limited [rate_limit=2/s]", "twin.retry.in_the_end"}
    if not wanted <= limits:
        raise Failure(f"{wanted - limits} are not in the tab of limits")

    config = dict(row for row in tab(site, "config", "#tab-config tbody tr"))
    if "broker_url" not in config or "guest:guest" in str(config):
        raise Failure(f"the broker in the tab of settings: {config.get('broker_url')!r}")

    system = dict(tab(site, "system", "#tab-system tbody tr"))
    seen["system"] = sorted(system)
    if float(system["utime"]) <= 0:
        raise Failure(f"the tab of the system says {system}")
    seen["other"] = sorted(row[0] for row in tab(site, "other", "#tab-other tbody tr"))
    return seen


# Tasks


@step("the list of tasks finds those of {} by id, name, state, argument, result")
def list_of_tasks(site):
    pages = site.pages
    pages.open("/tasks")
    added, failed = site.ids["added"], site.ids["failed"]
    (row,) = pages.search_tasks(added, lambda rows: [row["uuid"] for row in rows] == [added], "one task")
    seen = {key: bool(row[key]) for key in row}
    expect(
        [row[key] for key in ("name", "state", "args", "kwargs", "result", "worker")],
        ["twin.add", "SUCCESS", f"({site.mark}, 1)", "{}", str(site.mark + 1), site.node],
        "the task in the list",
    )
    for text, id in (
        (f"args:{site.mark}", added),
        (f"result:{site.mark + 1}", added),
        (site.node, site.ids["retried"]),
        ("state:FAILURE", failed),
        ("twin.concat", site.ids["added in words"]),
    ):
        has = text.partition(":")[2] or text
        rows = pages.search_tasks(
            text,
            lambda rows: any(row["uuid"] == id for row in rows) and all(has in str(row) for row in rows),
            "those tasks only",
        )
        if text == "state:FAILURE":
            row = next(row for row in rows if row["uuid"] == failed)
            seen["failed"] = {key: row[key] for key in ("name", "state", "args", "kwargs", "result")}
            site.picture("tasks-failed")
    pages.search_tasks("nothing has this", lambda rows: not rows, "no task")
    return seen


@step("the pages of tasks of {}: arguments, result, exception, traceback")
def pages_of_tasks(site):
    pages = site.pages
    seen = {}
    page = pages.open_task(site.ids["added in words"], "SUCCESS")
    expect(page["args"], "('ä',)", "args")
    expect(page["kwargs"], "{'second': 'ö', 'separator': ' & '}", "kwargs")
    expect(page["Result"], "'ä & ö'", "the result")
    expect(page["Worker"], site.node, "the worker")
    seen["succeeded"] = sorted(page)
    site.picture("task-succeeded")

    page = pages.open_task(site.ids["failed in words"], "FAILURE")
    expect(page["Exception"], "RuntimeError('größer – 😀')", "the exception")
    if "größer" not in page["Traceback"]:
        raise Failure(f"the traceback: {page['Traceback']!r}")
    seen["failed"] = sorted(page)
    site.picture("task-failed")

    page = pages.open_task(site.ids["retried"], "SUCCESS")
    expect(page["Retries"], "2", "the retries")
    expect(page["Result"], f"[2, '{site.ids['retried']}']", "the result")
    seen["retried"] = sorted(page)
    site.picture("task-retried")
    return seen


# What is clicked


@step("the pool of {} grows and shrinks")
def pool(site):
    pages = site.pages
    pages.open_worker(site.node)
    for button, processes, alert in (("grow", 3, "Growing"), ("shrink", 2, "Shrinking")):
        pages.click_id(f"worker-pool-{button}")
        expect(pages.alert(), f"{alert} '{site.node}' worker's pool by 1", "the alert")
        site.picture(f"pool-{button}")
        wait_for(
            lambda: site.processes() == processes, lambda: f"{processes} processes; there are {site.processes()}"
        )
        pages.close_alert()


@step("a rate limit is set in {}")
def rate_limit(site):
    pages = site.pages
    pages.open_worker(site.node)
    pages.show_tab("limits")
    row = pages.limits_row("twin.concat")
    pages.enter(row.find_element(By.XPATH, ".//td[2]//input"), "7")
    pages.click_id("task-rate-limit-twin.concat")
    expect(pages.alert(), "new rate limit set successfully", "the alert")
    site.picture("rate-limit")
    # A Python worker shows the limit as it was given.
    limit = "twin.concat [rate_limit=7/s]" if site.name == "swift" else "twin.concat [rate_limit=7]"
    expect([line for line in site.inspect("registered") if line.startswith("twin.concat")], [limit], "registered")
    pages.open_worker(site.node)
    pages.show_tab("limits")
    expect([row[0] for row in pages.rows("#limits-table tr") if row[0].startswith("twin.concat")], [limit], "limits")


@step("time limits, soft and hard, are set in {}")
def time_limits(site):
    pages = site.pages
    # Flower sets one and so lifts the other.
    for kind, attribute, seconds, exception in (
        ("soft", "soft_time_limit", 1, "SoftTimeLimitExceeded"),
        ("hard", "time_limit", 2, "TimeLimitExceeded"),
    ):
        pages.open_worker(site.node)
        pages.show_tab("limits")
        row = pages.limits_row("twin.slow_async")
        pages.enter(row.find_element(By.XPATH, ".//td[3]//input"), str(seconds))
        pages.click_id(f"task-timeout-{kind}-twin.slow_async")
        expect(pages.alert(), "time limits set successfully", "the alert")
        site.picture(f"limit-{kind}")
        limits = site.inspect("registered", "soft_time_limit", "time_limit")
        limits = [line.replace(".0]", "]") for line in limits if line.startswith("twin.slow_async")]
        expect(limits, [f"twin.slow_async [{attribute}={seconds}]"], "registered")
        if site.name == "python":
            # It minds the limits that it had at its start, until its connection breaks.
            continue
        result = site.send(tasks.slow_async, 30)
        error = result.get(timeout=20, propagate=False)
        expect(type(error).__name__, exception, f"what a {kind} limit ends the task with")
        page = pages.open_task(result.id, "FAILURE")
        expect(page["Exception"].partition("(")[0], exception, "the exception on the task's page")


@step("a task of {} that waits is revoked")
def revoke(site):
    pages = site.pages
    result = site.send(tasks.slow, 0, countdown=12)
    page = pages.open_task(result.id, "RECEIVED")
    if "ETA" not in page:
        raise Failure(f"no ETA on the page: {page}")
    pages.click_id("task-revoke")
    expect(pages.alert(), f"Revoked '{result.id}'", "the alert")
    site.picture("revoke")
    wait_for(lambda: result.id in site.inspect("revoked"), "the task among the revoked")
    # Its time has to come.
    page = pages.open_task(result.id, "REVOKED")
    expect(type(result.get(timeout=20, propagate=False)).__name__, "TaskRevokedError", "the result")
    return sorted(page)


@step("a task of {} that runs is terminated")
def terminate(site):
    pages = site.pages
    result = site.send(tasks.slow, 300)
    pages.open_task(result.id, "STARTED")
    pages.click_id("task-terminate")
    expect(pages.alert(), f"Revoked '{result.id}'", "the alert")
    site.picture("terminate")
    wait_for(lambda: not site.inspect("active"), "the task's end")
    page = pages.open_task(result.id, "REVOKED")
    site.picture("terminated")
    expect(type(result.get(timeout=20, propagate=False)).__name__, "TaskRevokedError", "the result")
    # Its process is replaced.
    wait_for(lambda: site.processes() == 2, lambda: f"2 processes; there are {site.processes()}")
    expect(site.send(tasks.add, 1, 2).get(timeout=20), 3, "a task after it")
    return sorted(page)


@step("{} consumes from one more queue, and from it no more")
def consumers(site):
    pages = site.pages
    queue = f"{site.worker.queue}.extra"
    pages.open_worker(site.node)
    pages.show_tab("queues")
    pages.enter(pages.driver.find_element(By.ID, "add-consumer-name"), queue)
    pages.click_id("worker-add-consumer")
    expect(pages.alert(), f"add consumer {queue}", "the alert")
    wait_for(lambda: queue in site.queues(), "the queue among the active ones")
    expect(site.send(tasks.add, 2, 3, queue=queue).get(timeout=20), 5, "a task of the added queue")

    pages.open_worker(site.node)
    pages.show_tab("queues")
    row = next(row for row in pages.rows("#worker-queues tr") if row[0] == queue)
    site.picture("consumer-added")
    pages.click_id(f"worker-cancel-consumer-{queue}")
    expect(pages.alert(), f"no longer consuming from {queue}", "the alert")
    site.picture("consumer-cancelled")
    wait_for(lambda: queue not in site.queues(), "the queue among the active ones no more")
    site.send(tasks.add, 3, 4, queue=queue)
    time.sleep(2)
    with Connection(BROKER) as connection:
        waiting = connection.default_channel.queue_declare(queue, passive=True).message_count
    expect(waiting, 1, "tasks that wait in the cancelled queue")
    return row[1:3] + row[4:]


@step("the page of {} refreshes all workers")
def refresh(site):
    site.pages.open_worker(site.node)
    site.pages.click("#worker-group")
    site.pages.click("#worker-refresh-all")
    site.pages.alert()


@step("{} is shut down")
def shut_down(site):
    pages = site.pages
    pages.open_worker(site.node)
    # Behind what Flower itself asks for this page: it would warn of questions that nobody answers any more.
    site.inspect("stats")
    pages.click("#worker-group")
    pages.click("#worker-shutdown")
    expect(pages.alert(), "Shutting down!", "the alert")
    expect(site.worker.exit_code(), 0, "the worker's exit code")
    pages.open("/")
    wait_for(lambda: pages.workers().get(site.node, {}).get("status") == "Offline", f"{site.node} offline")
    site.picture("offline")
