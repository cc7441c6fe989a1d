"""Writes vectors.json: what Python Celery 5.7 itself sends, prints and refuses.

Run with a Python that has celery 5.7.0:  python make_vectors.py
The output is the same for each run: times, ids and random numbers are fixed.
"""
import base64
import bz2
import copy
import json
import lzma
import random
import shutil
import subprocess
import uuid
import zlib
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from unittest import mock

import billiard.exceptions
import celery.exceptions
import kombu
import kombu.transport.pyamqp
from celery import Celery, chain, chord, group
from celery.app.task import Context
from celery.utils import nodenames
from celery.utils.saferepr import saferepr
from celery.utils.time import maybe_iso8601
from kombu.utils.json import dumps

NOW = datetime(2026, 11, 23, 2, 9, 39, 513678, tzinfo=timezone.utc)
UTC = timezone.utc
rnd = random.Random(20261123)


def typed(value):
    """A header value with py-amqp's type letter."""
    if value is None:
        return ['V']
    if isinstance(value, bool):
        return ['t', value]
    if isinstance(value, str):
        return ['S', value]
    if isinstance(value, int):
        return ['I' if -2**31 <= value < 2**31 else 'L', value]
    if isinstance(value, float):
        return ['d', value]
    if isinstance(value, (list, tuple)):
        return ['A', [typed(v) for v in value]]
    if isinstance(value, dict):
        return ['F', [[k, typed(v)] for k, v in value.items()]]
    raise TypeError(value)


def b64(data):
    return base64.b64encode(data).decode()


class Recorder:
    """Takes what a producer would hand to the AMQP channel."""

    def __init__(self):
        self.sent = []

    def __call__(self, producer, body, priority, content_type, content_encoding, headers, properties,
                 routing_key, mandatory, immediate, exchange, declare, *rest, **more):
        if isinstance(body, str):
            body = body.encode(content_encoding)
        self.sent.append({
            'exchange': exchange or '', 'routing_key': routing_key, 'mandatory': bool(mandatory),
            'headers': [[k, typed(v)] for k, v in headers.items()],
            'content_type': content_type, 'content_encoding': content_encoding,
            'priority': priority or 0, 'delivery_mode': properties.get('delivery_mode'),
            'correlation_id': properties.get('correlation_id'), 'reply_to': properties.get('reply_to'),
            'expiration': properties.get('expiration'),
            'body': b64(body),
        })


def make_app(**conf):
    app = Celery('vectors', broker='memory://', backend='rpc://')
    app.conf.update(conf)
    app.now = lambda: NOW
    return app


def messages():
    result = {}
    ids = iter(f'00000000-0000-4000-8000-{n:012d}' for n in range(1000))
    for protocol in (2, 1):
        app = make_app(task_protocol=protocol)

        @app.task(name='proj.add', typing=False)
        def add(x, y):
            return x + y

        @app.task(name='proj.tsum')
        def tsum(numbers):
            return sum(numbers)

        calls = {
            'plain': lambda: add.apply_async((1, 2)),
            'kwargs': lambda: add.apply_async((), {'x': 1, 'y': 'ä\u2028\U0001f600"\'\\\n'}),
            'full': lambda: add.apply_async(
                (1, 2.5), {'deep': [[[[1]]]], 'none': None, 'yes': True}, countdown=10, expires=60, priority=5,
                headers={'x-foo': 'bar', 'big': 2**40}, time_limit=30, soft_time_limit=2.5, shadow='shown',
                ignore_result=True, root_id='root', parent_id='parent', group_id='gid', group_index=3, retries=2),
            'links': lambda: add.apply_async((1, 2), link=add.s(4), link_error=tsum.si([1])),
            'chain': lambda: chain(add.s(1, 2), add.s(3), add.s(4)).apply_async(),
            'types': lambda: add.apply_async((datetime(2024, 1, 2, 3, 4, 5, 678901, UTC), Decimal('1.50')),
                                             {'u': uuid.UUID('12345678123456781234567812345678'), 'b': b'abc',
                                              'x': b'\xff\x00', 'd': date(2024, 1, 2), 't': time(3, 4, 5, 6)}),
            'naive_eta': lambda: add.apply_async((1,), eta=datetime(2030, 1, 2, 3, 4, 5)),
            'send_task': lambda: app.send_task('other.task', (1,), queue='elsewhere'),
            'stamped': lambda: add.s(1, 2).apply_async(stamped_headers=['stamp'], stamp='value'),
        }
        if protocol == 2:
            calls['chord_part'] = lambda: add.apply_async((1, 2), chord=tsum.s(), group_id='gid', group_index=0)
            calls['gzip'] = lambda: add.apply_async((1, 2), compression='gzip')
            calls['bzip2'] = lambda: add.apply_async((1, 2), compression='bzip2')
            calls['lzma'] = lambda: add.apply_async((1, 2), compression='lzma')
        else:
            del calls['chain']
        for name, call in calls.items():
            recorder = Recorder()
            with mock.patch('kombu.messaging.Producer._publish', lambda *a, **k: recorder(*a, **k)), \
                    mock.patch('celery.app.base.uuid', lambda: next(ids)), \
                    mock.patch('celery.canvas.uuid', lambda: next(ids)), \
                    mock.patch('celery.utils.nodenames.gethostname', lambda: 'vm'), \
                    mock.patch('celery.app.amqp.anon_nodename', lambda: 'gen1@vm'), \
                    mock.patch('celery.backends.rpc.RPCBackend.on_task_call', lambda *a: None), \
                    mock.patch.object(Celery, 'thread_oid', 'oid-oid'):
                call()
            message = recorder.sent[0]
            body = base64.b64decode(message['body'])
            message['text'] = body.decode('latin-1') if message['body'] and body[:1] in b'[{' else None
            result[f'v{protocol}_{name}'] = message
    return result


def iso_times():
    texts = [
        '2026-11-23T02:09:39.513678+00:00', '2026-11-23T02:09:39+00:00', '2026-11-23T02:09:39Z',
        '2026-11-23T02:09:39z', '2026-11-23T02:09:39', '2026-11-23 02:09:39', '2026-11-23T02:09:39.5',
        '2026-11-23T02:09:39.51', '2026-11-23T02:09:39.513', '2026-11-23T02:09:39.5136', '2026-11-23T02:09:39.51367',
        '2026-11-23T02:09:39.5136789', '2026-11-23T02:09:39,5', '2026-11-23T02:09:39.513678+0100',
        '2026-11-23T02:09:39.513678-01:30', '2026-11-23T02:09:39+02', '2026-11-23', '2026-11', '2026', '20261123',
        '20261123T020939', '20261123T020939.25Z', '2026-11-23T02:09', '2026-11-23T02', '2026-11-23T0209',
        '2026-11-23T24:00', '2026-12-31T24:00:00Z', '2024-02-29', '2000-02-29', '1969-12-31T23:59:59.999999Z',
        '0001-01-01', '9999-12-31T23:59:59.999999', '2026-W01', '2026-W01-1', '2026W017', '2020-W53-7', '2026-123',
        '2026123', '2024-366', '2026-11-23T02:09:39+00:00:00', '1582-10-15', '1900-03-01', '2100-03-01T00:00-23:59',
        # No times.
        'garbage', '2026-13-01', '2026-02-29', '2100-02-29', '2026-00-10', '2026-11-31', '2026-11-23T25:00',
        '2026-11-23T02:60', '2026-11-23T02:09:60', '2026-11-23T02:09:39+24:00', '2026-11-23T02:09:39+01:60',
        '2026-11-23T02:09:39.', '2026-11-23T', '2026-11-23T24:00:01', '2026-11-23T02:0939', '20261', '202611',
        '0000-01-01', '2026-366', '2026-000', '2026-W54', '2026-W01-8', '２026-11-23', '2026-11-23T02:09:39 +00:00',
        ' 2026-11-23', '2026-11-23T02:09:39Zx', '2026/11/23', 'None', '1732327779', '2026-11-23T02:09:39+1',
    ]
    for _ in range(200):
        moment = datetime(rnd.randrange(1, 9998), 1, 1) + timedelta(
            days=rnd.randrange(365), seconds=rnd.randrange(86400), microseconds=rnd.choice([0, rnd.randrange(10**6)]))
        if rnd.random() < 0.6:
            moment = moment.replace(tzinfo=timezone(timedelta(minutes=rnd.randrange(-1439, 1440))))
        texts.append(moment.isoformat(rnd.choice('T ')))
    result = []
    for text in texts:
        try:
            moment = maybe_iso8601(text)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            micros = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        except (ValueError, TypeError, AttributeError, OverflowError):
            micros = None
        if text.endswith('+00:00:00'):
            # fromisoformat reads offsets with seconds, which dateutil does not; so do we.
            micros = (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        result.append([text, micros])
    return result


def iso_texts():
    result = []
    for _ in range(100):
        micros = rnd.randrange(-62_000_000_000, 250_000_000_000) * 10**6 + rnd.choice([0, 1, rnd.randrange(10**6)])
        offset = rnd.choice([0, 0, 3600, -5400, 20700, -43200, rnd.randrange(-86399, 86400)])
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
        result.append([micros, offset, moment.astimezone(timezone(timedelta(seconds=offset))).isoformat()])
    return result


STRINGS = ['', 'a', "it's", 'say "hi"', 'both \' and "', 'back\\slash', 'new\nline', 'tab\t', 'ä', '\u2028', '\xa0',
           '\xad', '\u200b', '\U0001f600', '\ue000', '\x00\x1f\x7f', 'two words', '漢字', '\u0301', '\U000e0001']


def random_value(depth=0):
    kind = rnd.randrange(12 if depth < 5 else 8)
    if kind == 0:
        return None
    if kind == 1:
        return rnd.random() < 0.5
    if kind == 2:
        return rnd.randrange(-10**rnd.randrange(1, 18), 10**rnd.randrange(1, 18))
    if kind == 3:
        return rnd.choice([0.0, -0.0, 1.0, 0.1, 1e16, 1e15, 123456789012345678.0, 1e-5, 0.0001, 5e-324, 1.7e308,
                           9007199254740993.0, 12345678901234567.0, rnd.uniform(-1e20, 1e20), rnd.random(), 1e22,
                           float('inf'), float('-inf'), 2.5e-7, -1.5])
    if kind < 8:
        return ''.join(rnd.choice(STRINGS) for _ in range(rnd.choice([1, 1, 1, 2, 5, 40])))
    if kind < 10:
        return [random_value(depth + 1) for _ in range(rnd.choice([0, 1, 2, 3, 8]))]
    return {rnd.choice(STRINGS) + str(n): random_value(depth + 1) for n in range(rnd.choice([0, 1, 2, 4]))}


def reprs():
    result = []

    def add(value, maxlen, maxlevels, is_tuple):
        python = tuple(value) if is_tuple else value
        result.append({'value': json.dumps(value), 'tuple': is_tuple, 'maxlen': maxlen, 'maxlevels': maxlevels,
                       'text': saferepr(python, maxlen, maxlevels)})

    for value in ([], [1], [1, 2], ['a'], [[]], [[1]], [[[1]]], [[[[1]]]], [{}], [{'a': {'b': {'c': {'d': 1}}}}]):
        for is_tuple in (True, False):
            add(value, 1024, 3, is_tuple)
    for value in ({}, {'a': 1}, {'a': 1, 'b': [1, 2]}, {"it's": "it's"}, 'text', 1, None, True, 1.5,
                  'x' * 2000, 'word ' * 400, ['x' * 2000, 1], {'k' * 2000: 1}, list(range(1000)),
                  {str(n): n for n in range(500)}, [['x' * 600, 'y' * 600], 'z'], 'x' * 1023, 'x' * 1024, 'x' * 1025):
        add(value, 1024, 3, False)
    for _ in range(400):
        value = random_value()
        maxlen = rnd.choice([1024, 1024, 1024, None, 1, 2, 5, 10, 20, 40, 80])
        add(value, maxlen, rnd.choice([3, 3, 3, 1, 2, 0]), isinstance(value, list) and rnd.random() < 0.5)
    return result


def python_reprs():
    values = [random_value() for _ in range(300)] + STRINGS
    return [[json.dumps(value), repr(value)] for value in values]


def metas():
    app = make_app()
    extended = make_app(result_extended=True)
    backend = app.backend

    class ProjError(Exception):
        class Inner(Exception):
            pass
    ProjError.__module__ = ProjError.Inner.__module__ = 'proj.errors'
    ProjError.__qualname__, ProjError.Inner.__qualname__ = 'ProjError', 'ProjError.Inner'
    child = [[['child-id', None], None]]

    class Child:
        def as_tuple(self):
            return child[0]

    def meta(state, result, traceback=None, request=None, of=backend):
        return dumps(of._to_result('task-id', state, result, traceback, request))

    plain = Context(id='task-id', task='proj.add', _children=[])
    full = Context(id='task-id', task='proj.add', _children=[Child()], group='gid', parent_id='pid', args=[1, 'ä'],
                   kwargs={'k': None}, hostname='w1@vm', retries=2, delivery_info={'routing_key': 'celery'})
    stamped = Context(id='task-id', task='proj.add', _children=[], args=[], kwargs={}, hostname='w1@vm', retries=0,
                      delivery_info={'routing_key': 'q'}, stamped_headers=['s'], stamps={'s': ['x'], 'other': 1})
    return {
        'success': meta('SUCCESS', 3, request=plain),
        'success_unicode': meta('SUCCESS', {'ä': '\u2028"\\\U0001f600', 'f': 1e16, 'n': float('nan')}, request=plain),
        'success_children': meta('SUCCESS', None, request=full),
        'success_no_request': meta('SUCCESS', [1]),
        'failure': meta('FAILURE', KeyError('boo'), 'Traceback (most recent call last):\n  boo\n', request=plain),
        'failure_nested': meta('FAILURE', ProjError.Inner('x', 1, None), request=plain),
        'started': meta('STARTED', {'pid': 42, 'hostname': 'w1@vm'}, request=plain),
        'custom': meta('PROGRESS', {'done': 0.5}, request=plain),
        'retry': meta('RETRY', None, request=Context(id='task-id', task='t', _children=[mock.Mock(
            as_tuple=lambda: [['task-id', None], None])])),
        'revoked': meta('REVOKED', celery.exceptions.TaskRevokedError('revoked'), request=plain),
        'extended': meta('SUCCESS', 3, request=full, of=extended.backend),
        'stamped': meta('SUCCESS', 3, request=stamped, of=extended.backend),
    }


def exceptions():
    backend = make_app().backend
    cases = {
        'valueError': ValueError('bad'), 'typeError': TypeError("it's"), 'runtimeError': RuntimeError('again'),
        'keyError': KeyError('boo'), 'timeoutError': TimeoutError('late'), 'osError': OSError(28, 'No space'),
        'fileNotFound': FileNotFoundError(2, 'No such file or directory'),
        'notRegistered': celery.exceptions.NotRegistered('proj.x'),
        'revoked': celery.exceptions.TaskRevokedError('expired'),
        'invalidTask': celery.exceptions.InvalidTaskError('Task keyword arguments is not a mapping'),
        'reject': celery.exceptions.Reject('no', False), 'rejectNone': celery.exceptions.Reject(None, True),
        'chordError': celery.exceptions.ChordError("Dependency x raised ValueError('x')"),
        'maxRetries': celery.exceptions.MaxRetriesExceededError("Can't retry t[i] args:(1,) kwargs:{}"),
        'workerLost': billiard.exceptions.WorkerLostError('Worker exited prematurely: signal 9 (SIGKILL) Job: 3.'),
        'timeLimit': billiard.exceptions.TimeLimitExceeded(5), 'timeLimitHalf': billiard.exceptions.TimeLimitExceeded(.5),
        'softTimeLimit': billiard.exceptions.SoftTimeLimitExceeded(),
        'several': ValueError('bad', 3, None, [1, 'x'], {'k': True}), 'empty': Exception(), 'unicode': ValueError('ä\n'),
    }
    result = {}
    for name, exc in cases.items():
        text = repr(exc)
        if name == 'notRegistered':
            text = "NotRegistered('proj.x')"  # what the event says; the class's own repr is a sentence
        result[name] = {'json': json.dumps(backend.prepare_exception(exc)), 'repr': text, 'str': str(exc)}
    return result


def kombu_types():
    values = {
        'datetime_utc': datetime(2024, 1, 2, 3, 4, 5, 678901, UTC), 'datetime_whole': datetime(2024, 1, 2, 3, 4, 5, 0, UTC),
        'datetime_naive': datetime(2024, 1, 2, 3, 4, 5), 'datetime_offset': datetime(
            2024, 1, 2, 3, 4, 5, 1, timezone(timedelta(hours=-3, minutes=-30))),
        'date': date(2024, 1, 2), 'time': time(3, 4, 5, 6), 'time_utc': time(3, 4, tzinfo=UTC),
        'decimal': Decimal('1.50'), 'decimal_exponent': Decimal('1E+3'),
        'uuid': uuid.UUID('12345678123456781234567812345678'), 'bytes': b"it's \xc3\xa4\n", 'base64': b'\xff\x00',
        'bytes_empty': b'',
    }
    return {name: {'json': dumps(value), 'repr': repr(value), 'saferepr': saferepr(value, 1024)}
            for name, value in values.items()}


def refusals():
    """What kombu says of bodies: decoded, undecodable, or disallowed, with its words for the latter."""
    def judge(body, content_type='application/json', content_encoding='utf-8', headers=None):
        message = kombu.Message(body=body, content_type=content_type, content_encoding=content_encoding,
                                headers=headers or {}, accept={'application/json'}, channel=mock.Mock(no_ack_consumers=None))
        try:
            if message.errors:
                message._reraise_error()
            message.decode()
            outcome, text = 'decoded', None
        except kombu.exceptions.ContentDisallowed as exc:
            outcome, text = 'disallowed', str(exc)
        except Exception as exc:
            outcome, text = 'undecodable', type(exc).__name__
        return {'body': b64(body), 'content_type': content_type, 'content_encoding': content_encoding,
                'compression': (headers or {}).get('compression'), 'outcome': outcome, 'text': text}

    v2 = b'[[1, 2], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]'
    wrapped = '[[{"__type__": %s, "__value__": %s}], {}, null]'
    bodies = [
        v2, b'not json', b'[[1], {}', b'[[1], {}, null] x', b'[[1], {}, null]\n', b'\xff\xfe', b'[["\xff"], {}, null]',
        b'[[NaN, Infinity, -Infinity], {}, null]', b'[[nan], {}, null]', b"[['x'], {}, null]", b'[[01], {}, null]',
        b'[[1,], {}, null]', b'[["\\ud800"], {}, null]', b'[["\\u00"], {}, null]', b'[["\x01"], {}, null]',
        b'\xef\xbb\xbf[[], {}, null]', b'[[123456789012345678901234567890], {}, null]', b'[[1e999], {}, null]',
    ]
    for marker, value in [('"datetime"', '"2024-01-02T03:04:05Z"'), ('"datetime"', '"x"'), ('"datetime"', '5'),
                          ('"date"', '"2024-01-02"'), ('"date"', '"2024-13-02"'), ('"time"', '"03:04"'), ('"time"', '""'),
                          ('"decimal"', '"1.50"'), ('"decimal"', '"1.5.0"'), ('"decimal"', '"NaN"'), ('"decimal"', '3'),
                          ('"uuid"', '{"hex": "12345678123456781234567812345678"}'), ('"uuid"', '{"hex": "1"}'),
                          ('"uuid"', '"12345678123456781234567812345678"'), ('"bytes"', '"abc"'), ('"bytes"', '1'),
                          ('"base64"', '"/wA="'), ('"base64"', '"/wA"'), ('"base64"', '"/w A="'), ('"set"', '[1]'),
                          ('null', 'null'), ('5', '1'), ('[]', '1')]:
        bodies.append((wrapped % (marker, value)).encode())
    bodies.append(b'[[{"__type__": "set", "__value__": [1], "more": 1}], {}, null]')
    bodies.append(b'[[], {}, {"chain": [{"__type__": "set", "__value__": 1}]}]')
    bodies.append(b'[["__type__"], {"__type__": 1}, null]')
    result = [judge(body) for body in bodies]
    result += [judge(v2, content_encoding=encoding) for encoding in ('binary', 'us-ascii', 'bogus', None, 'UTF-16')]
    result += [judge(v2, content_type=kind) for kind in (
        'application/x-python-serialize', 'application/x-yaml', 'application/x-msgpack', 'text/plain',
        'application/octet-stream', 'json', 'application/json; charset=utf-8', 'Application/JSON')]
    for name, data in [('application/x-gzip', zlib.compress(v2)), ('gzip', zlib.compress(v2)),
                       ('application/x-bz2', bz2.compress(v2)), ('application/x-lzma', lzma.compress(v2)),
                       ('application/x-gzip', v2), ('application/x-gzip', zlib.compress(v2)[:-5]),
                       ('application/x-bz2', v2), ('application/x-lzma', v2), ('rot13', v2)]:
        result.append(judge(data, headers={'compression': name}))
    return result


def compressions():
    text = b'[["' + b'swift ' * 2000 + b'"], {}, null]'
    result = {'text': b64(text), 'application/x-gzip': b64(zlib.compress(text)), 'application/x-bz2': b64(bz2.compress(text)),
              'application/x-lzma': b64(lzma.compress(text))}
    if shutil.which('zstd'):
        result['application/zstd'] = b64(subprocess.run(['zstd', '-c'], input=text, capture_output=True, check=True).stdout)
    return result


def node_names():
    result = {'option': [], 'format': []}
    for host in ('vm.example.com', 'vm'):
        with mock.patch.object(nodenames, 'gethostname', lambda: host):
            for option in (None, '', 'w1', 'w1@%h', 'w1@%n', 'w1.%d', '%n@%h', 'w1@', '@host', 'a@b@c', 'w%i%I@%d',
                           'w%%h@%h', 'w% @x', '%x@%h', 'w1@%p'):
                try:
                    text = nodenames.host_format(nodenames.default_nodename(option))
                except ValueError:
                    text = None
                result['option'].append([host, option, text])
    for node in ('w1@vm.example.com', 'celery@vm'):
        for text in ('%n.log', '/var/log/%n%I.log', '%p.%i.pid', '%h-%d', '100%%', '%q', 'plain', '%'):
            try:
                expanded = nodenames.node_format(text, node)
            except ValueError:
                expanded = None
            result['format'].append([node, text, expanded])
    return result


def queues():
    result = []
    for conf, names in [
        ({}, [None, 'foo']),
        ({'task_queue_max_priority': 10}, [None, 'foo']),
        ({'task_default_queue_type': 'quorum'}, [None, 'foo']),
        ({'task_create_missing_queue_type': 'quorum'}, [None, 'foo']),
        ({'task_create_missing_queue_exchange_type': 'topic'}, [None, 'foo']),
        ({'task_default_queue': 'work'}, [None, 'foo']),
        ({'task_default_queue': 'work', 'task_default_exchange': 'ex', 'task_default_routing_key': 'rk'}, [None, 'foo']),
        ({'task_default_exchange_type': 'topic'}, [None, 'foo']),
        ({'task_queues': {'a': {}, 'b': {'exchange': 'bx', 'exchange_type': 'topic', 'routing_key': 'b.#'},
                          'c': {'exchange': 'cx'}, 'd': {'exchange_type': 'topic', 'queue_arguments': {'x-a': 1}},
                          'e': {'max_priority': 3}},
          'task_queue_max_priority': 7}, ['a', 'b', 'c', 'd', 'e', 'foo']),
    ]:
        app = make_app(**copy.deepcopy(conf))
        for name in names:
            queue = app.amqp.queues[name or app.conf.task_default_queue]
            arguments = kombu.transport.pyamqp.to_rabbitmq_queue_arguments(
                queue.queue_arguments or {}, expires=queue.expires, message_ttl=queue.message_ttl,
                max_length=queue.max_length, max_length_bytes=queue.max_length_bytes, max_priority=queue.max_priority)
            result.append({
                'conf': conf, 'name': name, 'queue': queue.name, 'durable': queue.durable, 'exclusive': queue.exclusive,
                'auto_delete': queue.auto_delete, 'arguments': arguments, 'exchange': queue.exchange.name,
                'type': queue.exchange.type, 'exchange_durable': queue.exchange.durable,
                'exchange_auto_delete': queue.exchange.auto_delete, 'routing_key': queue.routing_key})
    return result


def main():
    vectors = {
        'celery': celery.__version__, 'messages': messages(), 'iso_times': iso_times(), 'iso_texts': iso_texts(),
        'reprs': reprs(), 'python_reprs': python_reprs(), 'metas': metas(), 'exceptions': exceptions(),
        'kombu_types': kombu_types(), 'refusals': refusals(), 'compressions': compressions(),
        'node_names': node_names(), 'queues': queues(),
    }
    path = Path(__file__).with_name('vectors.json')
    path.write_text(json.dumps(vectors, indent=1) + '\n')


if __name__ == '__main__':
    main()
