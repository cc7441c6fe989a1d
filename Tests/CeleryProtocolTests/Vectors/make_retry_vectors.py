"""Writes retries.json: what a Python Celery 5.7 worker publishes again when a task asks for a retry.

Run with a Python that has celery 5.7.0:  python make_retry_vectors.py
Each message goes through the worker's own strategy and tracer; only the broker is left out. The output is the same for
each run.
"""
import base64
import json
from datetime import datetime
from pathlib import Path
from unittest import mock

import kombu
from celery import Celery
from celery.app import trace
from celery.worker import state, strategy

from make_vectors import UTC, Recorder, b64, make_app, typed

ARGS = {'args': (7, 'ä'), 'kwargs': {'k': None}}
HYBRID = {'args': [1, 2], 'kwargs': {'z': 3}, 'retries': 1, 'eta': None, 'expires': '2030-01-02T03:04:05',
          'callbacks': [{'task': 'proj.add', 'args': [4], 'kwargs': {}, 'options': {}, 'subtask_type': None,
                         'immutable': False}], 'errbacks': None, 'chord': None}


def untyped(value):
    letter, *rest = value
    if letter == 'V':
        return None
    if letter == 'A':
        return [untyped(v) for v in rest[0]]
    if letter == 'F':
        return {k: untyped(v) for k, v in rest[0]}
    return rest[0]


def message_of(vector):
    """The message as kombu hands it to a worker."""
    properties = {name: vector[name] for name in ('correlation_id', 'reply_to', 'priority', 'delivery_mode')
                  if vector[name] is not None}
    return kombu.Message(
        body=base64.b64decode(vector['body']), content_type=vector['content_type'],
        content_encoding=vector['content_encoding'], headers={k: untyped(v) for k, v in vector['headers']},
        properties=properties, accept={'application/json'}, channel=mock.Mock(no_ack_consumers=None),
        delivery_info={'exchange': vector['exchange'], 'routing_key': vector['routing_key'], 'redelivered': False})


class Worker:
    """The parts of a worker between the channel and the task's body."""

    def __init__(self, **conf):
        self.app = make_app(**conf)
        self.stored = []
        for name in ('proj.add', 'proj.tsum', 'other.task'):
            self.add_task(name)
        self.app.finalize()

    def add_task(self, name):
        worker = self

        @self.app.task(name=name, bind=True, typing=False, shared=False, max_retries=3, default_retry_delay=180)
        def body(self, *args, **kwargs):
            error = worker.call.pop('error', None)
            if error:
                try:
                    raise error
                except Exception as exc:
                    raise self.retry(exc=exc, **worker.call)
            raise self.retry(**worker.call)

    def run(self, vector, call):
        """Runs a task that retries with the options `call`; gives the messages published and the states stored."""
        self.call, recorder, self.stored = dict(call), Recorder(), []
        message = message_of(vector)
        consumer = mock.MagicMock(hostname='w1@vm', connection_errors=(), event_dispatcher=None, disable_rate_limits=True)
        consumer.controller.state.revoked = state.revoked
        requests = []
        consumer.on_task_request = requests.append
        consumer.timer.call_at = lambda eta, fun, args, priority: requests.append(args[0])
        name = message.headers.get('task')
        body = None
        if name is None:
            body = message.decode()
            name = body['task']
        handle = strategy.default(self.app.tasks[name], self.app, consumer)
        with mock.patch('celery.worker.request.Request.maybe_expire', lambda self: None):
            handle(message, body, lambda *a: None, lambda *a: None, [])
        request, = requests

        def store(_, task_id, result, state, traceback=None, request=None, **more):
            result = self.app.backend.encode_result(result, state)
            self.stored.append([state, json.dumps(result)])

        with mock.patch('kombu.messaging.Producer._publish', lambda *a, **k: recorder(*a, **k)), \
                mock.patch('celery.backends.rpc.RPCBackend.on_task_call', lambda *a: None), \
                mock.patch('celery.backends.rpc.RPCBackend.store_result', store), \
                mock.patch('celery.app.amqp.anon_nodename', lambda: 'gen1@vm'), \
                mock.patch.object(Celery, 'thread_oid', 'worker-oid'):
            trace.trace_task_ret(
                request.type, request.id, request.request_dict, request.body, request.content_type,
                request.content_encoding, app=self.app)
        return {'published': recorder.sent, 'stored': self.stored}


def incoming():
    """Messages by name: those of vectors.json, and what only a retry is interested in."""
    result = json.loads(Path(__file__).with_name('vectors.json').read_text())['messages']

    def change(name, of, headers=(), drop=(), **fields):
        vector = dict(result[of], **fields)
        vector['headers'] = [h for h in vector['headers'] if h[0] not in drop and h[0] not in dict(headers)]
        vector['headers'] += [[k, typed(v)] for k, v in headers]
        result[name] = vector

    death = {'count': 1, 'reason': 'expired', 'queue': 'celery_delayed_3', 'exchange': 'celery_delayed_27',
             'routing-keys': ['0.1.celery']}
    change('deaths', 'v2_full', headers=[
        ('x-death', [death]), ('x-first-death-exchange', 'celery_delayed_27'), ('x-first-death-queue', 'celery_delayed_3'),
        ('x-first-death-reason', 'expired'), ('x-last-death-exchange', 'celery_delayed_27'),
        ('x-last-death-queue', 'celery_delayed_3'), ('x-last-death-reason', 'expired')])
    change('bare', 'v2_plain', drop=[h[0] for h in result['v2_plain']['headers'] if h[0] not in ('task', 'id')])
    change('topic', 'v2_plain', exchange='tasks', routing_key='tasks.add')
    change('null_ignore', 'v2_plain', headers=[('ignore_result', None)])
    change('half_stamped', 'v2_stamped', headers=[
        ('stamped_headers', ['stamp']), ('stamps', {'stamp': ['a', 'b'], 'other': 1})])
    change('stamps_without_names', 'v2_plain', headers=[('stamps', {'stamp': 'a'})])
    change('limits', 'v2_plain', headers=[('timelimit', [30.0, None])])
    change('own_reprs', 'v2_plain', headers=[('argsrepr', '<hidden>'), ('kwargsrepr', '<hidden>')])
    change('shadowing', 'v2_plain', headers=[('hostname', 'mine'), ('utc', 'mine'), ('x-y', {'deep': [1]})])
    change('other_id', 'v2_plain', correlation_id='other')
    change('no_properties', 'v2_plain', correlation_id=None, reply_to=None, delivery_mode=None)
    change('transient', 'v2_plain', delivery_mode=1, priority=7)
    hybrid = dict(HYBRID, task='proj.add', id=result['v2_plain']['correlation_id'])
    change('hybrid', 'v2_plain', drop=[h[0] for h in result['v2_plain']['headers'] if h[0] not in ('task', 'id')],
           body=b64(json.dumps(hybrid).encode()))
    return result


CALLS = {
    'default': {},
    'countdown': {'countdown': 10},
    'half': {'countdown': 0.5},
    'zero': {'countdown': 0},
    'eta': {'eta': datetime(2030, 1, 2, 3, 4, 5, 6, UTC)},
    'naive_eta': {'eta': datetime(2030, 1, 2, 3, 4, 5)},
    'both': {'eta': datetime(2030, 1, 2, 3, 4, 5), 'countdown': 10},
    'queue': {'queue': 'elsewhere', 'countdown': 0},
    'priority': {'priority': 9, 'countdown': 0},
    'arguments': {'countdown': 0, **ARGS},
    'args': {'countdown': 0, 'args': (7,)},
    'kwargs': {'countdown': 0, 'kwargs': {'z': 1}},
    'expires': {'countdown': 0, 'expires': 90},
    'limits': {'countdown': 0, 'time_limit': 9, 'soft_time_limit': 8.5},
    'no_throw': {'countdown': 0, 'throw': False},
    'max_zero': {'countdown': 0, 'max_retries': 0},
    'max_zero_error': {'countdown': 0, 'max_retries': 0, 'error': KeyError('boo')},
    'max_nine': {'countdown': 0, 'max_retries': 9},
    'error': {'countdown': 0, 'error': KeyError('boo')},
}


def main():
    vectors = incoming()
    worker = Worker()
    cases = [(name, 'zero') for name in vectors] + [('v2_plain', call) for call in CALLS if call != 'zero']
    cases += [('v2_full', 'default'), ('v2_full', 'priority'), ('v2_gzip', 'arguments'), ('v1_full', 'arguments'),
              ('hybrid', 'arguments'), ('own_reprs', 'arguments'), ('v2_full', 'max_nine'), ('v2_links', 'arguments')]
    result = {'messages': {}, 'cases': []}
    for name, call in cases:
        if name not in result['messages']:
            result['messages'][name] = vectors[name]
        result['cases'].append({'message': name, 'call': call, **worker.run(vectors[name], CALLS[call])})
    path = Path(__file__).with_name('retries.json')
    path.write_text(json.dumps(result, indent=1) + '\n')


if __name__ == '__main__':
    main()
