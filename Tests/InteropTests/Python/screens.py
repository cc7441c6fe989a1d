"""Drives the live screens on a terminal of their own, as somebody who types.

    screens.py --broker URL --queue NAME --node NAME --program FILE

A worker of that name consumes the queue. Whatever is not as it should be ends this with an assertion.
"""
import argparse
import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from urllib.parse import urlsplit

parser = argparse.ArgumentParser()
parser.add_argument("--broker", required=True)
parser.add_argument("--queue", required=True)
parser.add_argument("--node", required=True)
parser.add_argument("--program", required=True)
options = parser.parse_args()
os.environ["TWIN_BROKER"] = options.broker
os.environ["TWIN_QUEUE"] = options.queue
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import tasks  # noqa: E402

HOME = "\x1b[H"
LEAVE = "\x1b[?25h\x1b[?1049l"
CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Screen:
    """A program on a terminal."""

    def __init__(self, *arguments, broker=options.broker, rows=40, columns=160, environment={}):
        self.master, self.slave = pty.openpty()
        self.resize(rows, columns, tell=False)
        self.before = termios.tcgetattr(self.slave)
        self.output = ""
        variables = {**os.environ, "CELERY_BROKER_URL": broker, "TERM": "xterm-256color", **environment}
        self.process = subprocess.Popen(
            [options.program, *arguments], stdin=self.slave, stdout=self.slave, stderr=self.slave, cwd="/tmp",
            env=variables, preexec_fn=self.take_terminal,
        )

    def take_terminal(self):
        """^C goes to those who have the terminal as their own."""
        os.setsid()
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)

    def resize(self, rows, columns, tell=True):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.rows, self.columns = rows, columns
        if tell:
            self.process.send_signal(signal.SIGWINCH)

    def read(self, seconds=0.1):
        if select.select([self.master], [], [], seconds)[0]:
            try:
                self.output += os.read(self.master, 65536).decode(errors="replace")
            except OSError:
                pass

    def picture(self):
        """The last whole picture, without colours."""
        pictures = self.output.split(HOME)
        is_whole = pictures[-1].count("\r\n") == self.rows - 1 and pictures[-1].endswith("\x1b[K")
        text = pictures[-1] if is_whole or len(pictures) < 3 else pictures[-2]
        return [CODES.sub("", line).rstrip() for line in text.split("\r\n")]

    def wait(self, word, seconds=20, absent=False):
        deadline = time.monotonic() + seconds
        while True:
            self.read()
            text = "\n".join(self.picture())
            if (word in text) != absent:
                return text
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.output[-2000:]}"
            assert time.monotonic() < deadline, f"'{word}' {'stays' if absent else 'is not there'}:\n{text}"

    def press(self, keys):
        os.write(self.master, keys.encode())

    def end(self, code, seconds=15):
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            self.read()
            assert time.monotonic() < deadline, f"does not end:\n{self.picture()}"
        self.read()
        assert self.process.returncode == code, f"{self.process.returncode} is not {code}:\n{self.output[-2000:]}"
        assert termios.tcgetattr(self.slave) == self.before, "the terminal's mode is another than before"
        assert LEAVE in self.output, f"the screen was not left:\n{self.output[-300:]!r}"
        os.close(self.master)
        os.close(self.slave)


class Proxy:
    """A way to the broker that can be cut."""

    def __init__(self):
        self.target = urlsplit(options.broker)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets = []
        self.is_open = True
        threading.Thread(target=self.serve, daemon=True).start()

    @property
    def url(self):
        user = f"{self.target.username}:{self.target.password}@" if self.target.username else ""
        return f"amqp://{user}127.0.0.1:{self.port}{self.target.path}"

    def serve(self):
        while True:
            client, _ = self.listener.accept()
            if not self.is_open:
                client.close()
                continue
            server = socket.create_connection((self.target.hostname, self.target.port or 5672))
            self.sockets += [client, server]
            if not self.is_open:
                # Cut while this connection was made.
                client.close()
                server.close()
                continue
            for source, sink in [(client, server), (server, client)]:
                threading.Thread(target=self.pump, args=(source, sink), daemon=True).start()

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        self.is_open = False
        for end in self.sockets:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.sockets = []

    def mend(self):
        self.is_open = True


def choose(screen, id):
    """Others use the broker, too: the task may be further down."""
    screen.wait(id)
    screen.press("g")
    for _ in range(200):
        until = time.monotonic() + 0.4
        while time.monotonic() < until:
            screen.read(0.05)
        chosen = [line for line in screen.picture() if line.startswith("Chosen: ")]
        if chosen and id in chosen[0]:
            return
        screen.press("j")
    raise AssertionError(f"{id} can't be chosen:\n" + "\n".join(screen.picture()))


def events_screen():
    screen = Screen("events")
    screen.wait(" events  amqp://")
    time.sleep(1)
    done = tasks.add.apply_async((1, 2))
    screen.wait(done.id)
    screen.wait("SUCCESS")
    failed = tasks.fail.apply_async(("value",))
    screen.wait(failed.id)
    running = tasks.slow.apply_async((6.25,))
    screen.wait(running.id)
    screen.wait("STARTED")
    choose(screen, failed.id)
    screen.press("i")
    text = screen.wait(f"Task {failed.id}")
    assert "twin.fail" in text and options.node in text, text
    screen.press("\x1b")
    screen.wait(f"Task {failed.id}", absent=True)
    screen.press("t")
    screen.wait(f"Traceback of {failed.id}")
    screen.press("x")
    screen.press("r")
    screen.wait(f"Result of {failed.id}")
    screen.press("x")
    screen.press("l")
    screen.wait("PROCESSED")
    screen.wait(options.node)
    screen.press("x")
    screen.resize(25, 90)
    screen.wait("PROCESSED", absent=True)
    deadline = time.monotonic() + 10
    while len(screen.picture()) != 25:
        screen.read()
        assert time.monotonic() < deadline, f"{len(screen.picture())} rows"
    assert all(len(line) <= 90 for line in screen.picture()), screen.picture()
    screen.resize(40, 160)
    # A task that waits is revoked.
    waiting = tasks.add.apply_async((1, 2), countdown=30)
    choose(screen, waiting.id)
    screen.press("c")
    screen.wait(f"Revoke twin.add {waiting.id}?")
    screen.press("n")
    screen.wait("Not revoked.")
    screen.press("c")
    screen.press("y")
    screen.wait("flagged as revoked")
    screen.press("x")
    revoked = tasks.app.control.inspect([options.node], timeout=5).revoked() or {}
    assert waiting.id in revoked.get(options.node, []), revoked
    screen.press("?")
    screen.wait("tells all workers to send events")
    screen.press("x")
    screen.press("q")
    screen.end(0)
    running.forget()


def events_screen_ends_well():
    ends = [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM]
    for how, code in [("\x03", 0), *((end, 0) for end in ends), (signal.SIGSEGV, -11), (signal.SIGABRT, -6)]:
        screen = Screen("events")
        screen.wait(" events  amqp://")
        screen.press(how) if isinstance(how, str) else screen.process.send_signal(how)
        screen.end(code)


def events_screen_does_not_stop():
    screen = Screen("events")
    screen.wait(" events  amqp://")
    screen.process.send_signal(signal.SIGTSTP)
    screen.press("?")
    screen.wait("tells all workers to send events")
    screen.press("x")
    screen.press("q")
    screen.end(0)


def events_screen_without_broker():
    proxy = Proxy()
    screen = Screen("events", broker=proxy.url)
    screen.wait(" events  amqp://")
    proxy.cut()
    screen.wait("no connection: ")
    screen.press("?")
    screen.wait("Keys")
    screen.press("x")
    proxy.mend()
    screen.wait("no connection: ", absent=True)
    result = tasks.add.apply_async((1, 2))
    screen.wait(result.id)
    screen.press("q")
    screen.end(0)


def top_screen():
    proxy = Proxy()
    screen = Screen("top", "-n", "0.5", broker=proxy.url)
    screen.wait(options.queue)
    screen.wait(options.node)
    screen.wait("twin.add")
    proxy.cut()
    screen.wait("no connection: ")
    proxy.mend()
    screen.wait("no connection: ", absent=True)
    screen.press("q")
    screen.end(0)
    screen = Screen("top")
    screen.wait(options.node)
    screen.press("\x03")
    screen.end(0)


def dump_without_broker():
    """It goes on where it was; without retries it says that the broker is gone."""
    for retry, words in [("1", "-> Connection lost, attempting reconnect"), ("0", "the broker is gone")]:
        proxy = Proxy()
        variables = {**os.environ, "CELERY_BROKER_URL": proxy.url, "SWIFTWORKER_BROKER_CONNECTION_RETRY": retry}
        process = subprocess.Popen(
            [options.program, "events", "--dump"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, cwd="/tmp", env=variables, text=True,
        )
        lines = []
        reading = threading.Thread(target=lambda: lines.extend(process.stdout), daemon=True)
        reading.start()

        def wait(word):
            deadline = time.monotonic() + 20
            while not any(word in line for line in lines):
                assert time.monotonic() < deadline, f"'{word}' is not there: {lines[-5:]}"
                time.sleep(0.05)

        wait("-> evdump: starting capture...")
        wait(options.node)
        proxy.cut()
        wait(words)
        if retry == "1":
            proxy.mend()
            time.sleep(1)
            deadline = time.monotonic() + 20
            ids = []
            while not any(id in line for line in lines for id in ids):
                assert time.monotonic() < deadline, lines[-5:]
                ids.append(tasks.add.apply_async((1, 2)).id)
                time.sleep(0.5)
            process.terminate()
        code = process.wait(20)
        assert code == (0 if retry == "1" else 69), f"{code}: {lines[-5:]}"


for case in [
    events_screen, events_screen_ends_well, events_screen_does_not_stop, events_screen_without_broker, top_screen,
    dump_without_broker,
]:
    case()
    print(f"{case.__name__}: as it should be", flush=True)
