"""The ledger task for Python: `--worker celery` runs the same chaos against Celery's own worker."""

import os
import time

from celery import Celery

app = Celery("chaos", broker=os.environ["CELERY_BROKER_URL"])
app.conf.update(
    result_backend=os.environ.get("CELERY_RESULT_BACKEND") or None,
    task_acks_late=True,
    broker_connection_retry_on_startup=True,
)


@app.task(name="tasks.ledger", bind=True)
def ledger(self, milliseconds):
    time.sleep(milliseconds / 1000)
    line = f"{self.request.id} {int(self.request.delivery_info['redelivered'])} {os.getpid()} {time.time():.6f}\n"
    file = os.open(os.environ["LEDGER"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)
