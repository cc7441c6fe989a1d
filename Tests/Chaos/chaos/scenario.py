"""The two acts: cutting and restarting under a running worker, and killing the worker itself."""

import random
import subprocess
import time

import amqp
from bench.broker import BenchmarkError, Broker
from bench.process import tree

from .ledger import Ledger, judge
from .worker import footprint, open_files

QUEUE = "chaos.work"
REPLIES = "chaos.replies"


class Scenario:
    def __init__(self, broker, proxy, workers, programs, folder, edit):
        self.broker = broker
        self.proxy = proxy
        self.workers = workers
        self.programs = programs
        self.folder = folder
        self.edit = edit
        self.failures = []

    # MARK: Pieces

    def say(self, text):
        print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)

    def fail(self, text):
        self.failures.append(text)
        self.say(f"FAIL  {text}")

    def check(self, holds, text):
        if not holds:
            self.fail(text)

    def wait_until(self, condition, what, worker=None, seconds=120):
        deadline = time.monotonic() + seconds
        while not condition():
            if worker:
                worker.check_alive()
            if time.monotonic() > deadline:
                tail = f":\n{worker.tail()}" if worker else ""
                raise BenchmarkError(f"{what}: not in {seconds} s{tail}")
            time.sleep(0.005)

    def ready(self):
        """The queue's ready messages, asked over a connection of its own: the broker may have been restarted."""
        connection = Broker(self.broker.url, self.programs)
        try:
            return connection.ready(QUEUE)
        finally:
            connection.close()

    def has_queue(self, queue):
        connection = Broker(self.broker.url, self.programs)
        try:
            connection.ready(queue)
            return True
        except amqp.NotFound:
            return False
        finally:
            connection.close()

    def send(self, count, milliseconds):
        """Puts that many tasks into the queue, persistent and confirmed; returns their ids."""
        connection = Broker(self.broker.url, self.programs)
        try:
            connection.declare(QUEUE)
        finally:
            connection.close()
        return self.send_to(QUEUE, "tasks.ledger", count, milliseconds)

    def send_to(self, queue, task, count, milliseconds):
        """The same for a queue that is there, and any task that takes milliseconds."""
        connection = Broker(self.broker.url, self.programs)
        template = "chaos.template"
        try:
            connection.declare(template)
            connection.channel.queue_purge(template)
            connection.channel.queue_declare(REPLIES, durable=True, auto_delete=False)
            connection.channel.queue_purge(REPLIES)
            script = (
                "from chaos_app import app; import sys; print(app.send_task(sys.argv[2], (int(sys.argv[1]),),"
                " queue='chaos.template', ignore_result=False).id)"
            )
            environment = dict(
                connection.environment(), CELERY_BROKER_URL=self.broker.url, CELERY_RESULT_BACKEND="rpc://"
            )
            first = subprocess.run(
                [self.python, "-c", script, str(milliseconds), task],
                cwd=self.app, env=environment, check=True, timeout=60, stdout=subprocess.PIPE, text=True,
            ).stdout.strip()  # fmt: skip
            fill = [self.programs / "fill", template, queue, str(count), REPLIES]
            subprocess.run(fill, env=environment, check=True, timeout=300)
            return {f"{first[:24]}{index:012x}" for index in range(count)}
        finally:
            connection.close()

    @property
    def python(self):
        import sys

        return sys.executable

    @property
    def app(self):
        return self.workers.root / "Tests" / "Chaos"

    def finish(self, worker, ledger, expected):
        """Ends a worker in order and judges its ledger; nothing may be left unacked."""
        self.wait_until(lambda: self.ready() == 0, "an empty queue", worker)
        worker.stop()
        left = self.ready()
        self.check(left == 0, f"{left} deliveries came back when the worker ended: never acked")
        verdict = judge(expected, self.edit(ledger.text()))
        for line in verdict.lines():
            self.say(line)
        self.check(verdict.passed, "the ledger does not add up")
        self.check(
            "PRECONDITION_FAILED" not in self.broker.log_text(),
            "the broker closed a channel with PRECONDITION_FAILED: a delivery was settled twice, or on the wrong channel",
        )
        return verdict

    # MARK: Acts

    def cuts_and_restarts(self, tasks, cuts, restarts, seed):
        chance = random.Random(seed)
        events = ["cut"] * cuts + ["node", "application"] * (restarts // 2) + ["node"] * (restarts % 2)
        chance.shuffle(events)
        self.say(f"{tasks:,} late-acked tasks, {cuts} cuts, {restarts} restarts, seed {seed}")
        ledger = Ledger(self.folder / "ledger-cuts")
        worker = None
        try:
            warm_ups = 1000
            expected = self.send(warm_ups, 5)
            worker = self.workers.start(self.proxy.url, QUEUE, ledger)
            self.wait_until(lambda: ledger.count() >= warm_ups, "the first tasks", worker)
            before = footprint(worker.pid)
            self.say(f"warm: {before}")
            # Long enough that tasks are still running and waiting when a slow restart takes effect.
            expected |= self.send(tasks, 60)
            most = dict(before)
            for index, event in enumerate(events):
                run = ledger.count()
                goal = run + max(1, (len(expected) - run) // (2 * (len(events) - index)))
                self.wait_until(lambda: ledger.count() >= goal, f"task {goal:,}, before {event} {index + 1}", worker)
                started = time.monotonic()
                if event == "cut":
                    self.wait_until(lambda: self.proxy.cut() > 0, "a connection to cut", worker)
                elif event == "node":
                    self.broker.restart_node()
                else:
                    self.broker.restart_application()
                worker.check_alive()
                now = footprint(worker.pid)
                most = {name: max(most[name], now[name]) for name in now}
                left = len(expected) - ledger.count()
                self.check(left > 0, f"no task was left at {event} {index + 1}: it struck an idle worker")
                self.say(f"{index + 1:>2} {event:<12} {time.monotonic() - started:4.1f} s  at {ledger.count():>6,}  {now}")
            self.wait_until(lambda: ledger.count() >= len(expected), "the last task", worker, 180)
            fresh = self.send(1, 0)
            self.wait_until(lambda: fresh <= ledger_ids(ledger), "a fresh task after all that", worker)
            self.check_growth(worker, before, most)
            return self.finish(worker, ledger, expected | fresh)
        finally:
            if worker:
                worker.kill()

    def check_growth(self, worker, before, most):
        """What the worker holds at the end beside what it held when warm."""
        spare = 1
        try:
            self.wait_until(
                lambda: footprint(worker.pid)["fds"] <= before["fds"] + spare, "as many descriptors as before", worker, 15
            )
        except BenchmarkError:
            self.fail(f"descriptors grew from {before['fds']}: {open_files(worker.pid)}")
        after = footprint(worker.pid)
        self.say(f"end: {after}, most seen {most}")
        self.check(after["threads"] <= before["threads"] + 2, f"threads grew from {before['threads']} to {after['threads']}")
        bound = before["pss"] + max(8.0, before["pss"] * 0.3)
        self.check(after["pss"] <= bound, f"memory grew from {before['pss']} MB to {after['pss']} MB")

    def kills(self, rounds, pool, concurrency):
        """Kills the worker by force: its children are gone within a second, and the next one runs what it held."""
        per_round = 300
        self.say(f"kill -9 of a worker that holds deliveries, -P {pool}, {rounds} times, {per_round * rounds:,} tasks")
        ledger = Ledger(self.folder / f"ledger-kills-{pool}")
        expected = self.send(per_round * rounds, 40 if pool == "threads" else 10)
        worker = None
        try:
            for index in range(rounds):
                worker = self.workers.start(self.broker.url, QUEUE, ledger, pool, concurrency)
                goal = ledger.count() + 60
                self.wait_until(lambda: ledger.count() >= goal, "tasks before the kill", worker)
                before = self.ready()
                run = ledger.count()
                children = tree(worker.pid)[1:]
                worker.kill()
                moment = time.monotonic()
                self.wait_until(lambda: not any(map(is_running, children)), "the end of the children", seconds=10)
                took = time.monotonic() - moment
                self.check(took < 1, f"children lived on for {took:.1f} s after kill -9")
                self.wait_until(lambda: self.ready() > before, "deliveries that come back after kill -9", seconds=30)
                self.say(
                    f"{index + 1:>2} kill -9, {len(children)} children gone after {took * 1000:.0f} ms, "
                    f"{self.ready() - before} deliveries came back, {run:,} tasks run"
                )
            worker = self.workers.start(self.broker.url, QUEUE, ledger, pool, concurrency)
            self.wait_until(lambda: ledger.count() >= len(expected), "the last task", worker, 180)
            return self.finish(worker, ledger, expected)
        finally:
            if worker:
                worker.kill()


def is_running(pid):
    """Whether there is such a process, dead ones that nobody has reaped aside."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def ledger_ids(ledger):
    ledger.count()
    return ledger.ids
