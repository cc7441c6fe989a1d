"""AMQP 0-9-1 content properties by hand, with every type of field table, also those that py-amqp can't write."""
import datetime
import struct
from decimal import Decimal

import amqp

NAMES = (
    "content_type", "content_encoding", "headers", "delivery_mode", "priority", "correlation_id", "reply_to",
    "expiration", "message_id", "timestamp", "type", "user_id", "app_id", "cluster_id",
)
OCTETS = ("delivery_mode", "priority")


class Typed:
    """A field value with a type letter of one's choice and its bytes."""

    def __init__(self, letter, format, value):
        self.bytes = letter + (struct.pack(">" + format, value) if format else value)


def short(text):
    data = text if isinstance(text, bytes) else str(text).encode("utf-8", "surrogatepass")
    data = data[:255]
    return bytes([len(data)]) + data


def long(data):
    return struct.pack(">I", len(data)) + data


def value(item):
    if isinstance(item, Typed):
        return item.bytes
    if item is None:
        return b"V"
    if isinstance(item, bool):
        return b"t" + bytes([item])
    if isinstance(item, str):
        return b"S" + long(item.encode("utf-8", "surrogatepass"))
    if isinstance(item, bytes):
        return b"S" + long(item)
    if isinstance(item, int):
        return b"I" + struct.pack(">i", item) if -(2**31) <= item < 2**31 else b"L" + struct.pack(">q", item)
    if isinstance(item, float):
        return b"d" + struct.pack(">d", item)
    if isinstance(item, Decimal):
        sign, digits, exponent = item.as_tuple()
        return b"D" + struct.pack(">BI", -exponent, int("".join(map(str, digits))))
    if isinstance(item, datetime.datetime):
        return b"T" + struct.pack(">Q", int(item.timestamp()))
    if isinstance(item, (list, tuple)):
        return b"A" + long(b"".join(map(value, item)))
    return b"F" + table(item)


def table(entries):
    pairs = entries.items() if isinstance(entries, dict) else entries
    return long(b"".join(short(name) + value(item) for name, item in pairs))


def nested_arrays(depth):
    data = b"V"
    for _ in range(depth):
        data = b"A" + long(data)
    return Typed(data[:1], "", data[1:])


def nested_tables(depth):
    data = b"V"
    for _ in range(depth):
        data = b"F" + long(b"\x01a" + data)
    return Typed(data[:1], "", data[1:])


def properties(values):
    flags = 0
    parts = []
    for index, name in enumerate(NAMES):
        item = values.get(name)
        if item is None:
            continue
        flags |= 1 << (15 - index)
        if name == "headers":
            parts.append(table(item))
        elif name in OCTETS:
            parts.append(bytes([item & 255]))
        elif name == "timestamp":
            parts.append(struct.pack(">Q", item))
        else:
            parts.append(short(item))
    return struct.pack(">H", flags) + b"".join(parts)


class Message(amqp.Message):
    """A message whose properties are these bytes."""

    def __init__(self, body, property_bytes):
        super().__init__(body)
        self._property_bytes = property_bytes

    def _serialize_properties(self):
        return self._property_bytes
