"""Mutations of real task messages, each made from a seed and its number alone, so that one can be made again.

What is never generated: times in the future (the message would wait as it should), and properties that the broker
itself refuses by closing the channel or the connection (`user_id`, `expiration` without a number, CC and BCC headers,
NaN in a field table).
"""
import base64
import bz2
import datetime
import json
import lzma
import random
import zlib
from decimal import Decimal

try:
    from backports import zstd
except ImportError:
    import zstandard as zstd

import wire
from wire import Typed

HEADERS = {
    "lang": "py", "task": "twin.add", "id": None, "shadow": None, "eta": None, "expires": None, "group": None,
    "group_index": None, "retries": 0, "timelimit": [None, None], "root_id": None, "parent_id": None,
    "argsrepr": "(1, 2)", "kwargsrepr": "{}", "origin": "gen1@malformed", "ignore_result": False,
    "replaced_task_nesting": 0, "stamped_headers": None, "stamps": {},
}
EMBED = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
SIGNATURE = {"task": "twin.quiet", "args": [1], "kwargs": {}, "options": {}, "subtask_type": None, "immutable": False}
TYPED = {
    "datetime": "2024-01-02T03:04:05.678901+00:00", "date": "2024-01-02", "time": "03:04:05.000006",
    "decimal": "1.50", "uuid": {"hex": "12345678123456781234567812345678"}, "bytes": "abc", "base64": "/wA=",
}
CONTENT_TYPES = [
    "application/json", "application/x-python-serialize", "application/x-yaml", "application/x-msgpack",
    "application/data", "text/plain", "", "json", "application/json; charset=utf-8", "APPLICATION/JSON", "x" * 255,
    b"\xff\xfe\x00", "application/json\r\nx: y", None,
]
ENCODINGS = [
    "utf-8", "UTF8", "utf-16", "utf-16-le", "latin-1", "ascii", "binary", "ascii-8bit", "cp1252", "idna", "rot13",
    "", "no-such-codec", "x" * 255, b"\xff\x00", "hex", "zlib", "punycode", None,
]
COMPRESSIONS = [
    "application/x-gzip", "application/x-bz2", "application/x-lzma", "application/zstd", "application/x-brotli",
    "gzip", "zstd", "", "none", "x" * 1000, b"\xff", 5, True, [], {},
]
TIMES = [
    "garbage", "", "0", "2020-01-01", "2020-13-01T00:00:00", "2020-02-30T00:00:00Z", "2020-01-01T25:00:00",
    "2020-01-01T00:00:00+99:99", "2020-01-01T00:00:00.1234567890Z", "0000-00-00T00:00:00", "-2020-01-01T00:00:00",
    "2020-01-01T00:00:00Z\u0000", "２０２０-01-01", "2020-W01-1", "1" * 5000, b"\xff\xff", "NaN", "1e400", "0001-01-01",
]
BODIES = [
    b"", b"null", b"1", b"-", b'"text"', b"[]", b"{}", b"[[], {}]", b"[[], {}, {}, {}]", b"[[1, 2]]", b"[null, null, null]",
    b"[[1, 2], {}", b"[1, 2, 3]", b"[{}, [], 5]", b"NaN", b"[[NaN, -Infinity], {}, null]", b"[[1, 2], {}, []]",
    b'[[1, 2], {}, "embed"]', b"[[1, 2], {}, 5]", b'[[1, 2], {"x": 1, "x": 2}, {}]', b'[["\\ud800"], {}, {}]',
    b'[["\\ud83d\\ude00\\u0000"], {}, {}]', b"[[1, 2], {}, {}] trailing", b"\xef\xbb\xbf[[1, 2], {}, {}]", b"\x00",
    "[[1, 2], {}, {}]".encode("utf-16"), b"[[1, 2], {1: 2}, {}]", b"[[1, 2], {}, {},]", b"[[01], {}, {}]",
    b"[[1e999999], {}, {}]", b"[[" + b"9" * 6000 + b", 1], {}, {}]", b"[[1." + b"0" * 6000 + b"1, 1], {}, {}]",
    b"{" * 3000, b"[" * 600 + b"]" * 600, b'"' + b"\\" * 9999, b'{"args": [1, 2]}', b'{"task": "twin.add"}', b'{"task": null, "id": 1}',
    b'{"task": ["twin.add"], "id": "a", "args": 1}', b"\x80\x04K\x01.", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd",
]
LARGE_BODIES = [
    b"[" * 200_000, b'{"a":' * 100_000, b"[[1, 2], {}, {}]" + b" " * 300_000, b"[" * 100_000 + b"]" * 100_000,
    b'[["' + b"\xff" * 500_000 + b'"], {}, {}]', b"[[" + b"1," * 100_000 + b"1], {}, {}]", b"9" * 300_000,
]
# Beyond the limit that the tests give the worker.
BOMB = b"[[" + b" " * 10_000_000 + b"1, 2], {}, {}]"
BOMBS = [
    ("application/x-gzip", zlib.compress(BOMB, 1)), ("application/x-bz2", bz2.compress(BOMB, 1)),
    ("application/x-lzma", lzma.compress(BOMB, preset=0)), ("application/zstd", zstd.compress(BOMB)),
]
COMPRESS = {
    "application/x-gzip": zlib.compress, "application/x-bz2": bz2.compress,
    "application/x-lzma": lambda data: lzma.compress(data, preset=0), "application/zstd": zstd.compress,
}
DEEP_ARRAYS = [wire.nested_arrays(depth) for depth in (10, 200, 2_000, 20_000)]
DEEP_TABLES = [wire.nested_tables(depth) for depth in (10, 200, 2_000, 12_000)]


def anything(rng, depth=0):
    """A field value of any type."""
    kind = rng.randrange(28)
    if kind == 0: return None
    if kind == 1: return rng.random() < 0.5
    if kind == 2: return rng.randrange(-10, 10)
    if kind == 3: return rng.choice([2**31 - 1, -(2**31), 2**63 - 1, -(2**63), 2**40])
    if kind == 4: return rng.choice([0.0, -1.5, 1e308, 5e-324])
    if kind == 5: return Decimal(rng.choice(["0", "1.5", "4294967295", "0.00000001"]))
    if kind == 6: return datetime.datetime(1970 + rng.randrange(50), 1, 1, tzinfo=datetime.timezone.utc)
    if kind == 7: return Typed(b"T", "Q", 2**64 - 1)
    if kind == 8: return ""
    if kind == 9: return rng.choice(["None", "true", "1", "twin.add", "__proto__", "\u0000", "\U0001f600", "%s%n", "../.."])
    if kind == 10: return "x" * rng.choice([255, 256, 256, 257, 5_000, 5_000, 60_000])
    if kind == 11: return rng.randbytes(rng.randrange(1, 40))
    if kind == 12: return Typed(b"x", "", wire.long(rng.randbytes(rng.randrange(40))))
    if kind == 13: return Typed(b"s", "h", rng.randrange(-(2**15), 2**15))
    if kind == 14: return Typed(b"b", "b", rng.randrange(-128, 128))
    if kind == 15: return Typed(b"B", "B", rng.randrange(256))
    if kind == 16: return Typed(b"u", "H", rng.randrange(2**16))
    if kind == 17: return Typed(b"i", "I", rng.randrange(2**32))
    if kind == 18: return Typed(b"l", "q", rng.randrange(-(2**63), 2**63))
    if kind == 19: return Typed(b"f", "f", rng.random())
    if kind == 20: return Typed(b"t", "B", rng.randrange(256))
    if kind == 21: return Typed(b"D", "5s", rng.randbytes(5))
    if kind == 22 and rng.random() < 0.2: return rng.choice(DEEP_ARRAYS)
    if kind == 23 and rng.random() < 0.2: return rng.choice(DEEP_TABLES)
    if depth > 3: return []
    if kind < 26: return [anything(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {rng.choice(["a", "b", "", "\u00fc"]): anything(rng, depth + 1) for _ in range(rng.randrange(4))}


def nonsense(rng):
    """A JSON value of any shape."""
    return rng.choice(
        [
            None, True, False, 0, -1, 1.5, 2**70, "", "text", "\u0000", [], {}, [None], [[]], {"a": 1}, [1, "b"],
            {"__type__": "datetime"}, [SIGNATURE], SIGNATURE, {"task": 5}, "2020-01-01T00:00:00", [1, 2, 3, 4, 5, 6],
            {"__type__": rng.choice(list(TYPED) + ["nonsense", "", 5]),
             "__value__": rng.choice([None, 5, "", "garbage", [], {}, {"hex": "zz"}, {"hex": 5}, "2024-99-99", "=", "1e5x"])},
        ]
    )


class Draft:
    """A message in the making: its parts while they are whole, then its bytes."""

    def __init__(self, rng, id, reply_to):
        self.rng = rng
        self.properties = {
            "content_type": "application/json", "content_encoding": "utf-8", "delivery_mode": 2, "priority": 0,
            "correlation_id": id, "reply_to": reply_to,
        }
        self.headers = dict(HEADERS, id=id, root_id=id)
        self.extra = []
        self.parts = [[1, 2], {}, dict(EMBED)]
        self.raw = None
        base = rng.randrange(6)
        if base == 1:
            self.parts[:2] = [[1], {"y": 2}]
        elif base == 2:
            self.headers["task"] = "twin.echo"
            self.parts[0] = [{name: {"__type__": name, "__value__": value} for name, value in TYPED.items()}]
        elif base == 3:
            self.headers["task"] = "twin.concat"
            self.parts[0] = ["größer", "\U0001f600", " "]
        elif base == 4:
            self.headers = {}
            self.parts = {
                "task": "twin.add", "id": id, "args": [1, 2], "kwargs": {}, "group": None, "group_index": None,
                "retries": 0, "eta": None, "expires": None, "utc": True, "callbacks": None, "errbacks": None,
                "timelimit": [None, None], "taskset": None, "chord": None,
            }
        elif base == 5:
            name = rng.choice(list(COMPRESS))
            self.headers["compression"] = name

    def part(self, index, name):
        """One part of the body, whichever protocol it is of; `None` when it is gone."""
        if isinstance(self.parts, dict):
            return self.parts.get(name)
        return self.parts[index] if index < len(self.parts) else None

    @property
    def body(self):
        if self.raw is None:
            self.raw = json.dumps(self.parts).encode()
            name = (self.headers or {}).get("compression")
            if isinstance(name, str) and name in COMPRESS:
                self.raw = COMPRESS[name](self.raw)
        return self.raw


# Each mutation changes one thing.


def drop_header(draft, rng):
    if draft.headers:
        draft.headers.pop(rng.choice(list(draft.headers)))


def wrong_header(draft, rng):
    name = rng.choice(list(HEADERS) + ["compression", "task", "id"])
    draft.headers[name] = anything(rng)


def more_headers(draft, rng):
    for _ in range(rng.randrange(1, 8)):
        draft.headers[rng.choice(["x-death", "x-match", "__class__", "", "\u0000", "x" * 255, "baggage"]) + str(rng.randrange(9))] = anything(rng)


def huge_headers(draft, rng):
    draft.extra += [("h%d" % index, index) for index in range(rng.choice([500, 4_000]))]


def header_twice(draft, rng):
    name = rng.choice(list(HEADERS))
    draft.extra.append((name, anything(rng)))


def wrong_time(draft, rng):
    draft.headers[rng.choice(["eta", "expires"])] = rng.choice(TIMES + [0, 1.5, True, [], {}, None])


def no_headers(draft, rng):
    draft.headers = rng.choice([None, {}, {"task": None}, {"id": "only"}])


def wrong_property(draft, rng):
    name = rng.choice(["correlation_id", "reply_to", "message_id", "type", "app_id", "cluster_id"])
    draft.properties[name] = rng.choice([None, "", "x" * 255, b"\xff\xfe", "\u0000", "twin-nobody-here", "amq.rabbitmq.reply-to.none"])


def wrong_octet(draft, rng):
    draft.properties["priority"] = rng.choice([None, 0, 9, 255])
    draft.properties["delivery_mode"] = rng.choice([None, 1, 2])


def strange_timestamp(draft, rng):
    draft.properties["timestamp"] = rng.choice([0, 2**63, 2**64 - 1])
    draft.properties["expiration"] = rng.choice([None, "600000"])


def no_properties(draft, rng):
    draft.properties = {} if rng.random() < 0.5 else {"content_type": "application/json"}
    if rng.random() < 0.5:
        draft.headers = None


def wrong_content(draft, rng):
    draft.properties["content_type"] = rng.choice(CONTENT_TYPES)


def wrong_encoding(draft, rng):
    draft.properties["content_encoding"] = rng.choice(ENCODINGS)
    if rng.random() < 0.3:
        draft.raw = json.dumps(draft.parts, ensure_ascii=False).encode(rng.choice(["utf-16", "latin-1", "utf-32"]), "replace")


def wrong_compression(draft, rng):
    if draft.headers is not None:
        draft.headers["compression"] = rng.choice(COMPRESSIONS)


def bomb(draft, rng):
    name, data = rng.choice(BOMBS)
    draft.headers = dict(draft.headers or {}, compression=name)
    draft.raw = data


def truncate(draft, rng):
    draft.raw = draft.body[: rng.randrange(len(draft.body) + 1)]


def flip(draft, rng):
    data = bytearray(draft.body)
    for _ in range(rng.randrange(1, 20)):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    draft.raw = bytes(data)


def insert(draft, rng):
    at = rng.randrange(len(draft.body) + 1)
    draft.raw = draft.body[:at] + rng.choice([rng.randbytes(8), b"\xff\xfe", b"\x00", b"\xed\xa0\x80", b"[[[", b'"', b"\\u"]) + draft.body[at:]


def repeat(draft, rng):
    at = rng.randrange(len(draft.body) + 1)
    draft.raw = draft.body[:at] + draft.body[: rng.randrange(len(draft.body) + 1)] * rng.randrange(1, 4) + draft.body[at:]


def fixed_body(draft, rng):
    draft.raw = rng.choice(BODIES)


def large_body(draft, rng):
    draft.raw = rng.choice(LARGE_BODIES)


def random_body(draft, rng):
    draft.raw = rng.randbytes(rng.choice([1, 10, 1_000, 20_000]))


def wrong_part(draft, rng):
    if isinstance(draft.parts, list):
        draft.parts[rng.randrange(len(draft.parts))] = nonsense(rng)
    elif draft.parts:
        draft.parts[rng.choice(list(draft.parts))] = nonsense(rng)


def wrong_argument(draft, rng):
    args = draft.part(0, "args")
    if isinstance(args, list):
        args.insert(rng.randrange(len(args) + 1), nonsense(rng))


def wrong_keyword(draft, rng):
    kwargs = draft.part(1, "kwargs")
    if isinstance(kwargs, dict):
        kwargs[rng.choice(["x", "z", "", "self", "\u00fc", "__type__", "a" * 5_000])] = nonsense(rng)


def wrong_embed(draft, rng):
    embed = draft.part(2, "embed")
    if isinstance(embed, dict):
        embed[rng.choice(["callbacks", "errbacks", "chain", "chord", "more"])] = nonsense(rng)


def drop_part(draft, rng):
    if isinstance(draft.parts, list) and draft.parts:
        draft.parts.pop(rng.randrange(len(draft.parts)))
    elif isinstance(draft.parts, dict) and draft.parts:
        draft.parts.pop(rng.choice(list(draft.parts)))


def hybrid(draft, rng):
    if isinstance(draft.parts, list) and len(draft.parts) == 3:
        draft.parts = {"args": draft.parts[0], "kwargs": draft.parts[1], "callbacks": nonsense(rng), "chord": None}


# Structure first, then bytes: a mutation of the bytes fixes the body as it is by then.
STRUCTURE = [
    drop_header, wrong_header, wrong_header, more_headers, header_twice, wrong_time, no_headers, wrong_property,
    wrong_octet, strange_timestamp, no_properties, wrong_content, wrong_encoding, wrong_compression, wrong_part,
    wrong_part, wrong_argument, wrong_keyword, wrong_embed, drop_part, hybrid,
]
BYTES = [truncate, truncate, flip, flip, insert, repeat, fixed_body, fixed_body, random_body]
RARE = [bomb, huge_headers, large_body]


def message(seed, number, reply_to):
    """The body and the property bytes of one malformed message, with the names of what was done to it."""
    rng = random.Random(f"{seed}:{number}")
    draft = Draft(rng, f"bad-{number}", reply_to if rng.random() < 0.2 else None)
    chosen = []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        roll = rng.random()
        mutation = rng.choice(RARE) if roll < 0.003 else rng.choice(STRUCTURE) if roll < 0.6 else rng.choice(BYTES)
        chosen.append(mutation)
    for mutation in sorted(chosen, key=lambda mutation: mutation in BYTES or mutation in RARE):
        if draft.headers is None and mutation in (drop_header, wrong_header, more_headers, huge_headers, header_twice, wrong_time):
            continue
        mutation(draft, rng)
    headers = None if draft.headers is None else list(draft.headers.items()) + draft.extra
    properties = wire.properties(dict(draft.properties, headers=headers))
    if len(properties) > 110_000:
        # More than one frame holds; the header must be in one.
        properties = wire.properties(dict(draft.properties, headers=headers[:3]))
    return draft.body, properties, [mutation.__name__ for mutation in chosen]
