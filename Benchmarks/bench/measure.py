"""One measurement of one contender: draining a filled queue, or the round trip of single tasks."""

import json
import subprocess
import time

from .broker import BenchmarkError
from .contenders import BARE, FLOOR
from .process import cpu_seconds, pss_megabytes

DEADLINE = 300
# Messages before a worker that is asked whether it lives.
QUEUED = 50_000
# Tasks a second of whose events none may be missing.
EVENT_RATE = 2_000


class Measurements:
    def __init__(self, broker, starter):
        self.broker = broker
        self.starter = starter
        self.template = "bench.template"
        self.queue = "bench.work"
        self.replies = "bench.replies"
        self.checked = set()

    def prepare(self):
        """Lets Celery publish the one real message that all others are copies of."""
        for queue in (self.template, self.queue):
            self.broker.declare(queue)
            self.broker.channel.queue_purge(queue)
        script = (
            "from bench_app import add; import sys; add.apply_async((1, 1), queue=sys.argv[1], ignore_result=sys.argv[2] == '1')"
        )
        for ignores in ("1", "0"):
            queue = self.template if ignores == "1" else self.template + ".results"
            self.broker.declare(queue)
            self.broker.channel.queue_purge(queue)
            subprocess.run(
                [self.starter.python, "-c", script, queue, ignores],
                cwd=self.starter.app,
                env=self.starter.clean_environment("rpc://"),
                check=True,
                timeout=60,
            )

    def remove(self):
        for queue in (self.template, self.template + ".results", self.queue):
            self.broker.remove(queue)

    def wait_until(self, condition, process, longest_pause):
        """Asks the broker again and again, at first every millisecond; returns the time of the first yes."""
        deadline = time.monotonic() + DEADLINE
        while True:
            pause = condition()
            moment = time.monotonic()
            if pause is None:
                return moment
            process.check_alive()
            if moment > deadline:
                raise BenchmarkError(f"{process.name} did not finish in {DEADLINE} s:\n{process.tail()}")
            time.sleep(min(max(pause, 0.001), longest_pause))

    def check_runs(self, contender):
        """Shows that a worker runs the task at all: a fast refusal of all messages must not pass for a fast run."""
        if contender.kind == "c" or contender in self.checked:
            return
        self.checked.add(contender)
        self.drain(contender, 1, late=True)

    def drain(self, contender, count, late):
        template = self.template + ".results" if late else self.template
        sink = None
        worker = None
        try:
            if late:
                sink = self.starter.program("reply_sink", self.replies, str(count))
                sink.line()
            self.broker.fill(template, self.queue, count, self.replies if late else None)
            if contender == BARE:
                worker = self.starter.program("bare_consumer", self.queue, str(count))
            else:
                worker = self.starter.worker_process(contender, self.queue, late, "rpc://" if late else "disabled://")
            sample = self.watch(worker, count, sink, contender == BARE)
            # An empty queue is not yet the end: the last messages are in the worker, and go back if it is stopped now.
            worker.wait_until_idle()
            worker.stop(expects_success=contender != BARE)
            returned = self.broker.ready(self.queue)
            if returned:
                raise BenchmarkError(f"{contender.name}: {returned} messages came back when it ended: not acked")
            if sink:
                sink.stop()
                figures = json.loads(sink.child.stdout.readline())
                if figures["taken"] != count or figures["successes"] != count:
                    raise BenchmarkError(f"{contender.name}: {figures} instead of {count} results")
            return sample
        finally:
            for process in (worker, sink):
                if process:
                    process.kill()
            self.broker.channel.queue_purge(self.queue)

    def watch(self, worker, count, sink, is_bare):
        """Follows a drain from the first delivery to the last and reads the worker's figures at both ends."""
        first = self.wait_until(
            lambda: None if self.broker.ready(self.queue) < count else 0.001, worker, longest_pause=0.001
        )
        cpu = cpu_seconds(worker.pid)
        if is_bare:
            own = json.loads(worker.line())
            return {
                "rate": count / (own["last"] - own["first"]),
                "cpu": own["cpu"] / count * 1e6,
                "pss": pss_megabytes(worker.pid),
                "start": first - worker.started,
            }

        def pause_until_empty():
            ready = self.broker.ready(self.queue)
            if ready == 0:
                return None
            # Half of the time that the rest will take: few questions while it works, exact at the end.
            elapsed = time.monotonic() - first
            return elapsed * ready / max(count - ready, 1) / 2

        last = self.wait_until(pause_until_empty, worker, longest_pause=0.25)
        if sink:
            last = max(last, json.loads(sink.line())["last"])
        return {
            "rate": count / (last - first),
            "cpu": (cpu_seconds(worker.pid) - cpu) / count * 1e6,
            "pss": pss_megabytes(worker.pid),
            "start": first - worker.started,
        }

    def trip(self, contender, calls):
        if contender == FLOOR:
            worker = self.starter.program("floor_responder", self.queue, reads_output=False)
        else:
            worker = self.starter.worker_process(contender, self.queue, results="rpc://")
        try:
            output = self.starter.script("roundtrip.py", self.queue, 50, calls, timeout=DEADLINE)
            worker.stop(expects_success=contender != FLOOR)
        finally:
            worker.kill()
            self.broker.channel.queue_purge(self.queue)
        times = sorted(json.loads(output))
        return {"p50": percentile(times, 0.50) * 1e3, "p99": percentile(times, 0.99) * 1e3}

    def ping(self, contender, calls):
        """Times pings of a worker all of whose slots are busy, with a long queue before it."""
        worker = self.starter.worker_process(contender, self.queue, results="disabled://")
        try:
            self.wait_until(lambda: None if self.broker.consumers(self.queue) else 0.05, worker, longest_pause=0.05)
            busy = (
                "from bench_app import wait; import sys\n"
                "for _ in range(int(sys.argv[2])): wait.apply_async((600,), queue=sys.argv[1], ignore_result=True)"
            )
            self.starter.script("-c", busy, self.queue, contender.concurrency, timeout=60)
            self.wait_until(lambda: None if self.broker.ready(self.queue) == 0 else 0.05, worker, longest_pause=0.05)
            self.broker.send(self.template, self.queue, QUEUED)
            times = sorted(json.loads(self.starter.script("pings.py", self.starter.node, calls, timeout=DEADLINE)))
        finally:
            worker.kill()
            self.broker.channel.queue_purge(self.queue)
        return {"p50": percentile(times, 0.50) * 1e3, "p99": percentile(times, 0.99) * 1e3}

    def loss(self, contender, seconds):
        """Counts the events that are missing of tasks that come at a rate."""
        count = EVENT_RATE * seconds
        worker = self.starter.worker_process(contender, self.queue, results="disabled://")
        ears = None
        try:
            self.wait_until(lambda: None if self.broker.consumers(self.queue) else 0.05, worker, longest_pause=0.05)
            ears = self.starter.listener("event_loss.py", count)
            ears.line()
            started = time.monotonic()
            for second in range(1, seconds + 1):
                self.broker.send(self.template, self.queue, EVENT_RATE)
                time.sleep(max(0, started + second - time.monotonic()))
            took = time.monotonic() - started
            heard = json.loads(ears.line())
            worker.stop()
        finally:
            for process in (worker, ears):
                if process:
                    process.kill()
            self.broker.channel.queue_purge(self.queue)
        types = ("task-received", "task-started", "task-succeeded")
        return {"rate": count / took, "lost": sum(count - heard.get(type, 0) for type in types)}


def percentile(ordered, share):
    """The value below which that share of the values lies, between neighbours in proportion."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
