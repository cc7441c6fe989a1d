"""Sends one task to a queue that has the argument `x-single-active-consumer`, in each of the ways that
rabbitmq/README.md names, and prints what came of it: the result, or the broker's reply code."""
import argparse

from amqp.exceptions import PreconditionFailed
from celery import Celery
from kombu import Exchange, Queue

parser = argparse.ArgumentParser()
parser.add_argument("--broker", required=True)
parser.add_argument("--queue", required=True)
options = parser.parse_args()
name = options.queue

WAYS = {
    "plain": None,
    "argument": Queue(name, Exchange(name), name, queue_arguments={"x-single-active-consumer": True}),
    "no_declare": Queue(name, Exchange(name), name, no_declare=True),
}
for way, queue in WAYS.items():
    app = Celery("tasks", broker=options.broker, backend="rpc://", set_as_current=False)
    app.conf.task_queues = queue and [queue]
    app.conf.task_routes = {"tasks.add": {"queue": name}}
    try:
        print(way, app.send_task("tasks.add", (2, 3)).get(timeout=20))
    except PreconditionFailed as error:
        print(way, error.reply_code)
