"""The Python worker and producer that swiftworker is measured against: two tasks, settings from the environment."""

import os
import time

from celery import Celery

app = Celery("bench", broker=os.environ["CELERY_BROKER_URL"])
app.conf.update(
    result_backend=os.environ.get("CELERY_RESULT_BACKEND") or None,
    task_acks_late=os.environ.get("BENCH_ACKS_LATE") == "1",
    broker_connection_retry_on_startup=True,
)


@app.task(name="tasks.add")
def add(x, y):
    return x + y


@app.task(name="tasks.wait")
def wait(seconds):
    time.sleep(seconds)
