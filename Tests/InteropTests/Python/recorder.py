"""Records what a Python client sees of each task: every result message, then the value or the exception."""
import json
import re
import socket
import zlib

from celery.backends.rpc import ResultConsumer

TIMESTAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(\+00:00)?$")
UUID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
LARGE = 4096

_metas = {}
_on_state_change = ResultConsumer.on_state_change


def _record(self, meta, message):
    _metas.setdefault(meta.get("task_id"), []).append((meta, message))
    return _on_state_change(self, meta, message)


ResultConsumer.on_state_change = _record


class Case:
    """One recorded case. Ids, times and node names are replaced by what they are, so that two runs compare."""

    def __init__(self, queue):
        self.queue = queue
        self.record = {}

    def finish(self, result, timeout):
        try:
            self.record["value"] = self.plain(result.get(timeout=timeout), result.id)
        except BaseException as error:  # what the client raises is the very thing to record
            self.record["exception"] = self.exception(error, result.id)
        self.messages(result.id)

    def messages(self, id):
        self.record["messages"] = [self.message(meta, message, id) for meta, message in _metas.get(id, [])]
        self.record["states"] = [meta.get("status") for meta, _ in _metas.get(id, [])]

    def exception(self, error, id):
        kind = type(error)
        return {
            "type": kind.__qualname__,
            "module": kind.__module__,
            "bases": [base.__qualname__ for base in kind.__mro__[1:]],
            "args": self.plain(list(error.args), id),
            "text": self.text(str(error), id),
        }

    def message(self, meta, message, id):
        # The client has put exceptions where the worker wrote dictionaries, so look at the message's own text.
        text = message.body if isinstance(message.body, str) else bytes(message.body).decode()
        wire = json.loads(text)
        fields = {}
        for key, value in wire.items():
            if key == "traceback" and value is not None:
                value = "<traceback>" if isinstance(value, str) and value.endswith("\n") else repr(value)
            elif key == "date_done" and value is not None:
                value = "<time>" if isinstance(value, str) and TIMESTAMP.match(value) else repr(value)
            elif key == "result" and wire.get("status") == "STARTED" and isinstance(value, dict):
                value = {name: f"<{type(part).__name__}>" for name, part in value.items()}
            else:
                value = self.plain(value, id)
            fields[key] = value
        properties = {
            key: self.plain(value, id)
            for key, value in message.properties.items()
            if key != "application_headers"
        }
        if len(text) < LARGE and wire.get("status") == "SUCCESS":
            done = wire.get("date_done")
            fields["text"] = self.text(text.replace(str(done), "<time>") if done else text, id)
        return {
            "fields": fields,
            "order": list(wire),
            "properties": properties,
            "headers": self.plain(dict(message.headers or {}), id),
            "content": [message.content_type, message.content_encoding],
        }

    def plain(self, value, id):
        """The value as JSON that keeps Python's types apart."""
        if isinstance(value, dict):
            return {str(key): self.plain(part, id) for key, part in value.items()}
        if isinstance(value, list):
            return [self.plain(part, id) for part in value]
        if isinstance(value, str):
            if len(value) > LARGE:
                return f"str of {len(value)}, adler32 {zlib.adler32(value.encode())}"
            return self.text(value, id)
        if value is None or isinstance(value, bool):
            return value
        return f"{type(value).__module__}.{type(value).__name__} {value!r}"

    def text(self, value, id):
        if any(0xD800 <= ord(character) < 0xE000 for character in value):
            # JSON readers differ in what they make of these, so show them in ASCII.
            value = "str " + ascii(value)
        value = value.replace(id, "<id>").replace(self.queue, "<queue>")
        value = UUID.sub("<uuid>", value)
        return re.sub(r"[\w.-]+@" + re.escape(socket.gethostname()), "<node>", value)
