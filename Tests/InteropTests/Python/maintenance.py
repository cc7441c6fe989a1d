"""Sends every maintenance task as the application does, with `.delay()`, and prints the results as JSON."""
import argparse
import json

from celery import Celery

parser = argparse.ArgumentParser()
parser.add_argument("--broker", required=True)
parser.add_argument("--queue", required=True)
options = parser.parse_args()

app = Celery("zoom_publishing", broker=options.broker, backend="rpc://")
app.conf.task_routes = {"maintenance.*": {"queue": options.queue}}


@app.task(name="maintenance.cleanup_expired_tokens")
def cleanup_expired_tokens(): ...


@app.task(name="maintenance.auto_expire_recordings")
def auto_expire_recordings(): ...


@app.task(name="maintenance.cleanup_recording_files")
def cleanup_recording_files(): ...


@app.task(name="maintenance.hard_delete_recordings")
def hard_delete_recordings(): ...


@app.task(name="maintenance.cleanup_temp_files")
def cleanup_temp_files(max_age_hours: int = 6): ...


@app.task(name="maintenance.reset_stale_active_recordings")
def reset_stale_active_recordings(stale_hours: float = 2.0): ...


calls = [
    (cleanup_expired_tokens, (), {}),
    (auto_expire_recordings, (), {}),
    (cleanup_recording_files, (), {}),
    (hard_delete_recordings, (), {}),
    (cleanup_temp_files, (), {"max_age_hours": 1}),
    (reset_stale_active_recordings, (1.5,), {}),
]
print(json.dumps([task.delay(*args, **kwargs).get(timeout=60) for task, args, kwargs in calls]))
