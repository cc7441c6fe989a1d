"""The queues of a run, over a connection of the driver's own."""

import os
import subprocess
import time
from urllib.parse import unquote, urlsplit

import amqp


class BenchmarkError(Exception):
    """Something broke, so that the figures would mean nothing."""


class Broker:
    def __init__(self, url, programs):
        parts = urlsplit(url)
        if parts.scheme not in ("amqp", "pyamqp"):
            raise BenchmarkError(f"the benchmark speaks plain amqp, not {parts.scheme}")
        path = unquote(parts.path[1:])
        self.url = url
        self.programs = programs
        self.host = parts.hostname or "127.0.0.1"
        self.port = parts.port or 5672
        self.user = unquote(parts.username or "guest")
        self.password = unquote(parts.password or "guest")
        self.vhost = path or "/"
        self.connection = amqp.Connection(
            host=f"{self.host}:{self.port}", userid=self.user, password=self.password, virtual_host=self.vhost
        )
        self.connection.connect()
        self.channel = self.connection.channel()

    @property
    def version(self):
        return self.connection.server_properties.get("version", "?")

    def environment(self):
        """The environment in which the C programs find the broker; a password is never on a command line."""
        return dict(
            os.environ,
            BENCH_HOST=self.host,
            BENCH_PORT=str(self.port),
            BENCH_USER=self.user,
            BENCH_PASSWORD=self.password,
            BENCH_VHOST=self.vhost,
        )

    def ready(self, queue):
        """How many messages wait in the queue: those delivered and not acked aren't among them."""
        return self.channel.queue_declare(queue, passive=True).message_count

    def consumers(self, queue):
        return self.channel.queue_declare(queue, passive=True).consumer_count

    def declare(self, queue):
        """Declares a queue as Celery's `-Q` does."""
        self.channel.exchange_declare(queue, "direct", durable=True, auto_delete=False)
        self.channel.queue_declare(queue, durable=True, auto_delete=False)
        self.channel.queue_bind(queue, queue, routing_key=queue)

    def remove(self, queue):
        self.channel.queue_delete(queue)
        self.channel.exchange_delete(queue)

    def send(self, template, queue, count, reply_to=None):
        """Sends copies of the template's message, each confirmed by the broker."""
        command = [self.programs / "fill", template, queue, str(count)] + ([reply_to] if reply_to else [])
        subprocess.run(command, env=self.environment(), check=True, timeout=300)

    def fill(self, template, queue, count, reply_to=None):
        """Fills an empty queue that nobody consumes, and waits until all are in it."""
        self.send(template, queue, count, reply_to)
        deadline = time.monotonic() + 60
        while self.ready(queue) != count:
            if time.monotonic() > deadline:
                raise BenchmarkError(f"{queue} holds {self.ready(queue)} messages instead of {count}")
            time.sleep(0.05)

    def close(self):
        self.connection.close()
