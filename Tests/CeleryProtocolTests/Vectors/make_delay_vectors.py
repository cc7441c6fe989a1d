"""Writes delays.json: how Python Celery 5.7 declares and uses its delay queues.

Run with a Python that has celery 5.7.0:  python make_delay_vectors.py
"""
import json
from pathlib import Path
from unittest import mock

from kombu import Connection, Exchange, Queue
from kombu.transport import native_delayed_delivery as delays
from kombu.transport.pyamqp import Channel

from make_vectors import rnd, typed


def record(call):
    """What `call` asks of a channel, in order."""
    steps = []
    channel = mock.MagicMock()
    channel.prepare_queue_arguments = lambda arguments, **options: Channel.prepare_queue_arguments(
        channel, arguments, **options)

    def table(arguments):
        return sorted([[k, typed(v)] for k, v in (arguments or {}).items()])

    def exchange_declare(exchange, type, durable, auto_delete, arguments, nowait, passive):
        steps.append(['exchange', exchange, type, durable, auto_delete, table(arguments)])

    def queue_declare(queue, passive, durable, exclusive, auto_delete, arguments, nowait):
        steps.append(['queue', queue, durable, exclusive, auto_delete, table(arguments)])
        return queue, 0, 0

    def queue_bind(queue, exchange, routing_key, arguments, nowait):
        steps.append(['bind queue', queue, exchange, routing_key, table(arguments)])

    def exchange_bind(destination, source, routing_key, nowait, arguments):
        steps.append(['bind exchange', destination, source, routing_key, table(arguments)])

    channel.exchange_declare, channel.queue_declare = exchange_declare, queue_declare
    channel.queue_bind, channel.exchange_bind = queue_bind, exchange_bind
    with mock.patch.object(Connection, 'channel', lambda self: channel):
        call(Connection('memory://'))
    return steps


def main():
    result = {
        kind: record(lambda c: delays.declare_native_delayed_delivery_exchanges_and_queues(c, kind))
        for kind in ('quorum', 'classic')}
    result['bindings'] = [
        [queue.name, queue.exchange.name, queue.exchange.type, queue.routing_key,
         record(lambda c: delays.bind_queue_to_native_delayed_delivery_exchange(c, queue))]
        for queue in (
            Queue('celery', Exchange('celery', type='direct'), routing_key='celery'),
            Queue('video', Exchange('tasks', type='topic'), routing_key='video.cut'),
            Queue('all', Exchange('tasks', type='topic'), routing_key='#'),
            Queue('news', Exchange('news', type='fanout'), routing_key='news'))]
    seconds = [1, 2, 5, 9, 300, 2**27, 2**28 - 1] + [rnd.randrange(1, 2**28) for _ in range(50)]
    result['keys'] = [[n, key, delays.calculate_routing_key(n, key)] for n in seconds for key in ('q1', 'a.b')]
    result['keys'] += [[5, key, delays.calculate_routing_key(5, key)] for key in (
        delays.calculate_routing_key(7, 'q1'), '0.1.q1', '0.' * 27 + 'q1', '1.' * 28 + 'q1', '1.' * 29 + 'q1', 'ä')]
    path = Path(__file__).with_name('delays.json')
    path.write_text(json.dumps(result, indent=1) + '\n')


if __name__ == '__main__':
    main()
