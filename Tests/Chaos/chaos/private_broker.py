"""A RabbitMQ of the chaos run's own, under .run/chaos-broker, with its own ports, port mapper and cookie."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import amqp

from bench.broker import BenchmarkError

SCRIPTS = Path("/usr/lib/rabbitmq/bin")


def free_ports(count):
    """Ports that nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class PrivateBroker:
    def __init__(self, folder, settings=""):
        self.folder = folder
        (folder / "rabbitmq.conf").write_text(settings)
        self.port, self.distribution_port, self.mapper_port = free_ports(3)
        self.wrapper = None
        for name in ("mnesia", "log", "home"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.pid_file = folder / "pid"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("RABBITMQ_")}
        self.environment.update(
            HOME=str(folder / "home"),
            RABBITMQ_NODENAME="chaos@localhost",
            RABBITMQ_NODE_IP_ADDRESS="127.0.0.1",
            RABBITMQ_NODE_PORT=str(self.port),
            RABBITMQ_DIST_PORT=str(self.distribution_port),
            RABBITMQ_MNESIA_BASE=str(folder / "mnesia"),
            RABBITMQ_LOG_BASE=str(folder / "log"),
            RABBITMQ_PID_FILE=str(self.pid_file),
            RABBITMQ_CONF_ENV_FILE="/dev/null",
            RABBITMQ_CONFIG_FILE=str(folder / "rabbitmq"),
            RABBITMQ_ADVANCED_CONFIG_FILE=str(folder / "advanced"),
            RABBITMQ_ENABLED_PLUGINS_FILE=str(folder / "enabled_plugins"),
            ERL_EPMD_PORT=str(self.mapper_port),
            ERL_EPMD_ADDRESS="127.0.0.1",
        )

    @property
    def url(self):
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def start(self):
        with open(self.folder / "out.log", "ab") as log:
            self.wrapper = subprocess.Popen(
                [SCRIPTS / "rabbitmq-server"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_until_up()

    def wait_until_up(self):
        """Waits until a client can log in: the port opens last, but the virtual host may still be starting."""
        deadline = time.monotonic() + 90
        while True:
            if self.wrapper.poll() is not None:
                raise BenchmarkError(f"RabbitMQ ended with {self.wrapper.returncode}: {self.folder / 'out.log'}")
            try:
                connection = amqp.Connection(f"127.0.0.1:{self.port}", connect_timeout=2)
                connection.connect()
                connection.close()
                return
            except (OSError, amqp.AMQPError):
                if time.monotonic() > deadline:
                    raise BenchmarkError(f"RabbitMQ is not up after 90 s: {self.folder / 'out.log'}") from None
                time.sleep(0.1)

    def stop(self):
        """Ends the node as an operating system does at shutdown: SIGTERM, which it takes as «stop in order»."""
        if self.wrapper is None:
            return
        if self.wrapper.poll() is None:
            try:
                os.kill(int(self.pid_file.read_text()), signal.SIGTERM)
            except (OSError, ValueError):
                self.wrapper.terminate()
        try:
            self.wrapper.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.wrapper.pid, signal.SIGKILL)
            self.wrapper.wait()
            raise BenchmarkError("RabbitMQ did not stop in 60 s") from None
        finally:
            self.wrapper = None

    def restart_node(self):
        """A new process of the node, with the same data."""
        self.stop()
        self.start()

    def kill_node(self):
        """A new process of the node, after the old one was killed by force."""
        os.killpg(self.wrapper.pid, signal.SIGKILL)
        self.wrapper.wait()
        self.start()

    def restart_application(self):
        """The same process, its RabbitMQ application stopped and started."""
        for command in ("stop_app", "start_app"):
            subprocess.run(
                [SCRIPTS / "rabbitmqctl", "-q", command],
                env=self.environment, check=True, timeout=90, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )  # fmt: skip
        self.wait_until_up()

    def close(self):
        """Ends the node and its port mapper."""
        self.stop()
        subprocess.run(
            ["epmd", "-port", str(self.mapper_port), "-kill"],
            env=self.environment, check=False, timeout=10, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def log_text(self):
        return "".join(path.read_text(errors="replace") for path in sorted((self.folder / "log").glob("*.log")))
