"""Sends tasks that end in every way, and waits for them: something for those who listen to events.

    event_tasks.py --broker URL --queue NAME

The last task is `twin.concat`. The ids are printed, one a line.
"""
import argparse
import os
import sys
import uuid

parser = argparse.ArgumentParser()
parser.add_argument("--broker", required=True)
parser.add_argument("--queue", required=True)
options = parser.parse_args()
os.environ["TWIN_BROKER"] = options.broker
os.environ["TWIN_QUEUE"] = options.queue
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import tasks  # noqa: E402

tasks.app.conf.task_send_sent_event = True


def run(task, *args, **how):
    result = task.apply_async(args, **how)
    result.get(timeout=30, propagate=False)
    print(result.id)


run(tasks.add, 1, 2)
run(tasks.fail, "value")
run(tasks.tracked, 7)
run(tasks.echo, {"größe": [1.5, None, True, "a'b\"c\n"]})
run(tasks.late, "x")
run(tasks.add, 1, 5, countdown=0.5)
revoked = str(uuid.uuid4())
# All that is replied within three seconds: the worker is to know of it before the task comes.
tasks.app.control.revoke(revoked, reply=True, timeout=3)
run(tasks.add, 1, 2, task_id=revoked)
run(tasks.concat, "last")
