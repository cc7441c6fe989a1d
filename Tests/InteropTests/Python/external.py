"""The README's Python side of a first task."""
import argparse

from celery import Celery

parser = argparse.ArgumentParser()
parser.add_argument("--broker", required=True)
parser.add_argument("--queue", required=True)
options = parser.parse_args()

app = Celery("tasks", broker=options.broker, backend="rpc://")
app.conf.task_default_queue = options.queue
print(app.signature("tasks.add").delay(2, y=3).get(timeout=20))
