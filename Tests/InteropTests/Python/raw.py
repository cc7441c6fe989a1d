"""Task messages made by hand, for what Celery's own producers would not send."""
import json
import uuid

from kombu import Producer

EMBED = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


def headers(task, id, **changes):
    values = {
        "lang": "py", "task": task, "id": id, "shadow": None, "eta": None, "expires": None, "group": None,
        "group_index": None, "retries": 0, "timelimit": [None, None], "root_id": id, "parent_id": None,
        "argsrepr": "()", "kwargsrepr": "{}", "origin": "gen1@raw", "ignore_result": False,
        "replaced_task_nesting": 0, "stamped_headers": None, "stamps": {},
    }
    values.update(changes)
    return {key: value for key, value in values.items() if value is not ...}


def body(args=(), kwargs=None, **embed):
    return json.dumps([list(args), kwargs or {}, dict(EMBED, **embed)]).encode()


def publish(app, queue, headers, body, **properties):
    """Publishes to the queue by its name and returns the AsyncResult of its id."""
    id = headers.get("id") or properties.get("correlation_id") or str(uuid.uuid4())
    properties.setdefault("content_type", "application/json")
    properties.setdefault("content_encoding", "utf-8")
    properties.setdefault("correlation_id", id)
    properties.setdefault("reply_to", app.thread_oid)
    with app.producer_or_acquire() as producer:
        app.backend.on_task_call(producer, id)
        Producer(producer.channel).publish(
            body, routing_key=queue, exchange="", headers=headers, serializer=None,
            priority=properties.pop("priority", 0), delivery_mode=2, **properties,
        )
    return app.AsyncResult(id)
