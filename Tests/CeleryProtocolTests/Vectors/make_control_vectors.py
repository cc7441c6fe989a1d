"""Writes control.json: what Python Celery 5.7 asks of workers, how its workers answer, and how both are declared.

Run with a Python that has celery 5.7.0:  python make_control_vectors.py
"""
import json
import logging
from pathlib import Path
from unittest import mock

import kombu.matcher
from celery.utils.collections import AttributeDict
from celery.worker import control, state
from kombu import Connection, Queue
from kombu.transport.pyamqp import Channel

from make_delay_vectors import record
from make_vectors import Recorder, make_app, rnd, typed

NODE = 'w1@vm'


def published(call):
    recorder = Recorder()
    with mock.patch('kombu.messaging.Producer._publish', lambda *a, **k: recorder(*a, **k)), \
            mock.patch('kombu.pidbox.time', lambda: 1800000000.0), \
            mock.patch('kombu.pidbox.uuid', lambda: 'ticket-1'), \
            mock.patch('kombu.pidbox.Mailbox.oid', 'client-oid'), \
            mock.patch('kombu.pidbox.Mailbox._collect', lambda *a, **k: []):
        call()
    return recorder.sent


def requests():
    control = make_app().control
    calls = {
        'ping': lambda: control.ping(),
        'inspect_ping': lambda: control.inspect(destination=['w1@vm', 'w2@vm'], timeout=0.2).ping(),
        'pattern': lambda: control.broadcast('ping', pattern='w*@vm', matcher='glob'),
        'revoke': lambda: control.revoke('id-1'),
        'revoke_many': lambda: control.revoke(['id-1', 'id-2'], terminate=True, signal='KILL', reply=True),
        'terminate': lambda: control.terminate('id-1', destination=['w1@vm']),
        'stamps': lambda: control.revoke_by_stamped_headers({'tenant': ['a', 'b'], 'kind': 'x'}, terminate=True),
        'rate_limit': lambda: control.rate_limit('proj.add', '10/m', reply=True),
        'rate_limit_number': lambda: control.rate_limit('proj.add', 0),
        'add_consumer': lambda: control.add_consumer('video', exchange='tasks', exchange_type='topic',
                                                     routing_key='video.#', options={'queue_durable': True}),
        'add_consumer_plain': lambda: control.add_consumer('video', reply=True),
        'cancel_consumer': lambda: control.cancel_consumer('video', reply=True),
    }
    return {name: published(call)[0] for name, call in calls.items()}


class Worker:
    """A worker's panel with two tasks running and one that waits."""

    def __init__(self):
        state.reset_state()
        self.app = make_app()

        @self.app.task(name='proj.add', shared=False)
        def add(x, y):
            return x + y

        self.app.finalize()
        for task_id, stamps, is_active in (('run-1', {'tenant': ['a', 'b']}, True), ('run-2', {'tenant': 'c'}, True),
                                           ('wait-1', {}, False)):
            request = mock.Mock(id=task_id, stamps=stamps)
            setattr(self, task_id.replace('-', '_'), request)
            state.requests[task_id] = request
            if is_active:
                state.active_requests.add(request)
        self.mailbox = self.app.control.mailbox(mock.Mock())
        self.node = self.mailbox.Node(
            NODE, state=AttributeDict(app=self.app, hostname=NODE, consumer=mock.MagicMock(), tset=set),
            channel=mock.MagicMock(), handlers=dict(control.Panel.data))


def replies():
    """Requests with the reply of a worker each, or null where it keeps silent."""
    asked = [
        ['ping', {}], ['ping', {'more': 1}], ['nosuch', {}],
        ['revoke', {'task_id': 'xyz'}], ['revoke', {'task_id': ['xyz']}], ['revoke', {'task_id': []}],
        ['revoke', {'task_id': None}], ['revoke', {}],
        ['revoke', {'task_id': 'xyz', 'terminate': False, 'signal': 'nonsense'}],
        ['revoke', {'task_id': 'xyz', 'terminate': True, 'signal': 'SIGTERM'}],
        ['revoke', {'task_id': 'run-1', 'terminate': True, 'signal': 'TERM'}],
        ['revoke', {'task_id': 'run-1', 'terminate': True, 'signal': None}],
        ['revoke', {'task_id': 'wait-1', 'terminate': 1, 'signal': 9}],
        ['revoke', {'task_id': 'run-1', 'terminate': True, 'signal': 'SIGFOO'}],
        ['revoke', {'task_id': 'run-1', 'terminate': True, 'signal': 'kill'}],
        ['revoke', {'task_id': 'run-1', 'terminate': True, 'signal': '9'}],
        ['terminate', {'signal': 'KILL', 'task_id': ['run-1']}], ['terminate', {'task_id': ['run-1']}],
        ['terminate', {}],
        ['revoke_by_stamped_headers', {'headers': {'tenant': 'z'}}],
        ['revoke_by_stamped_headers', {'headers': {'tenant': ['z', 'y'], 'kind': 1}}],
        ['revoke_by_stamped_headers', {'headers': ['tenant=z', 'kind=x']}],
        ['revoke_by_stamped_headers', {'headers': {'tenant': 'z'}, 'terminate': True}],
        ['revoke_by_stamped_headers', {'headers': {'tenant': ['a']}, 'terminate': True, 'signal': 'SIGTERM'}],
        ['revoke_by_stamped_headers', {'headers': {'tenant': 'z'}, 'signal': 'nonsense'}],
        ['revoke_by_stamped_headers', {'headers': ['nonsense']}], ['revoke_by_stamped_headers', {}],
        ['rate_limit', {'task_name': 'proj.add', 'rate_limit': '10/m'}],
        ['rate_limit', {'task_name': 'proj.add', 'rate_limit': 5}],
        ['rate_limit', {'task_name': 'proj.add', 'rate_limit': ''}],
        ['rate_limit', {'task_name': 'proj.add', 'rate_limit': 0}],
        ['rate_limit', {'task_name': 'proj.add', 'rate_limit': None}],
        ['rate_limit', {'task_name': 'proj.add', 'rate_limit': '0/s'}],
        ['rate_limit', {'task_name': 'proj.add', 'rate_limit': 'abc'}],
        ['rate_limit', {'task_name': 'proj.add', 'rate_limit': '10/x'}],
        ['rate_limit', {'task_name': 'other', 'rate_limit': '10/m'}],
        ['rate_limit', {'task_name': 'other'}], ['rate_limit', {}],
        ['add_consumer', {'queue': 'video'}], ['add_consumer', {}],
        ['cancel_consumer', {'queue': 'video'}], ['cancel_consumer', {}],
    ]
    result = []
    for method, arguments in asked:
        worker = Worker()
        body = {'method': method, 'arguments': arguments, 'destination': None, 'pattern': None, 'matcher': None,
                'ticket': 'ticket-1', 'reply_to': {'exchange': 'reply.celery.pidbox', 'routing_key': 'client-oid'}}
        with mock.patch('celery.backends.rpc.RPCBackend.get_state', lambda *a: 'PENDING'), \
                mock.patch('celery.backends.rpc.RPCBackend.mark_as_revoked', lambda *a, **k: None):
            sent = published(lambda: worker.node.handle_message(body))
        signals = {name: [call.kwargs['signal'] for call in getattr(worker, name).terminate.call_args_list]
                   for name in ('run_1', 'run_2', 'wait_1')}
        result.append({'method': method, 'arguments': arguments, 'message': sent[0],
                       'terminated': {name: int(signals[name][0]) for name in signals if signals[name]},
                       'revoked': list(state.revoked), 'revoked_stamps': state.revoked_stamps.copy()})
    return result


def matches():
    result = []
    for matcher in ('glob', 'pcre'):
        for pattern in ('w1@vm', 'w*', '*@vm', 'w?@vm', 'w[12]@vm', 'w[!1]@vm', 'w', 'w1', '.*@vm', r'w\d@', '^w1@vm$', 'vm',
                        'W1@VM', 'w1@vm|x', '(w1|w2)@.+', '[a-z', ''):
            for node in ('w1@vm', 'w2@vm', 'celery@host.example'):
                try:
                    matched = bool(kombu.matcher.match(node, pattern, matcher))
                except Exception as exc:
                    matched = type(exc).__name__
                result.append([node, pattern, matcher, matched])
    return result


def queues():
    def declare(queue):
        return lambda connection: queue.bind(connection.channel()).declare()

    result = {}
    for name, conf in (('default', {}), ('older', {'control_queue_exclusive': False}),
                       ('durable', {'control_queue_exclusive': False, 'control_queue_durable': True}),
                       ('other', {'control_exchange': 'app', 'control_queue_ttl': 1.5, 'control_queue_expires': 20})):
        mailbox = make_app(**conf).control.mailbox
        with mock.patch('kombu.pidbox.Mailbox.oid', 'client-oid'):
            result[name] = [record(declare(mailbox.get_queue(NODE))), record(declare(mailbox.get_reply_queue()))]
    return result


def consumers():
    """The queues that `add_consumer` makes a worker declare."""
    result = []
    for options in ({}, {'exchange': 'tasks', 'exchange_type': 'topic', 'routing_key': 'video.#'},
                    {'exchange': None, 'exchange_type': None, 'routing_key': None},
                    {'durable': False, 'auto_delete': True}, {'queue_durable': False, 'exchange_durable': True},
                    {'queue_arguments': {'x-queue-type': 'quorum'}, 'max_priority': 5, 'message_ttl': 1.5},
                    {'binding_key': 'b'}, {'exclusive': True, 'nonsense': 1},
                    {'max_length': 3, 'max_length_bytes': 4, 'expires': 60, 'consumer_arguments': {'x-priority': 5}}):
        queues = make_app().amqp.queues
        arguments = dict(options)
        exchange = arguments.pop('exchange', None)
        kind = arguments.pop('exchange_type', None) or 'direct'
        queue = queues.select_add('video', exchange='video' if exchange is None else exchange, exchange_type=kind,
                                  routing_key=arguments.pop('routing_key', None), **arguments)
        steps = record(lambda connection: queue.bind(connection.channel()).declare())
        result.append([options, steps, sorted([[k, typed(v)] for k, v in (queue.consumer_arguments or {}).items()])])
    return result


def main():
    logging.disable(logging.CRITICAL)
    vectors = {'requests': requests(), 'replies': replies(), 'matches': matches(), 'queues': queues(),
               'consumers': consumers()}
    path = Path(__file__).with_name('control.json')
    path.write_text(json.dumps(vectors, indent=1) + '\n')


if __name__ == '__main__':
    main()
