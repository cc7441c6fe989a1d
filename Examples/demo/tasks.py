"""The producer's side of the application: an ordinary Celery app.

The tasks have no bodies here, because they run in Swift; a producer needs only their names, arguments and queues.
"""

import os

from celery import Celery

app = Celery("zoom_publishing")
app.conf.update(
    broker_url=os.environ["CELERY_BROKER_URL"],
    result_backend="rpc://",
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    task_track_started=True,
    task_routes={"api.tasks.processing.trim_video": {"queue": "processing_cpu"}},
)


@app.task(name="api.tasks.processing.trim_video")
def trim_video(recording_id, user_id, manual_override=None):
    raise NotImplementedError("runs in the Swift worker")
