"""A Python producer whose task fails, a Python reader of the dead letter, and the result after a replay.

    dead_letters.py --broker URL --queue NAME --output FILE --tool PROGRAM --file PATH
"""
import argparse
import json
import os
import subprocess
import time

from celery import Celery

parser = argparse.ArgumentParser()
for name in ["broker", "queue", "output", "tool", "file"]:
    parser.add_argument("--" + name, required=True)
options = parser.parse_args()
app = Celery("dead", broker=options.broker, backend="rpc://")


def tool(*arguments):
    return subprocess.run(
        [options.tool, "-b", options.broker, "dead-letters", *arguments], capture_output=True, text=True, timeout=60
    )


def dead_letter():
    """The dead letter as kombu reads it; it stays in its queue."""
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        message = channel.basic_get(options.queue + ".dead")
        read = channel.message_to_python(message)
        read.requeue()
        return {"body": read.payload, "headers": read.headers, "properties": read.properties}


result = app.send_task("tasks.find", (options.file,), queue=options.queue, stamped_headers=["mine"], mine="kept")
recorded = {"id": result.id}
try:
    result.get(timeout=30)
except Exception as error:
    recorded["first"] = type(error).__name__
recorded["letter"] = dead_letter()
time.sleep(0.5)  # The broker has it back.
recorded["listed"] = json.loads(tool("list", "-Q", options.queue, "--json").stdout)
open(options.file, "w").close()
# Somebody who waits for the same task; the one before has had its answer.
again = app.AsyncResult(result.id)
replayed = tool("replay", "-Q", options.queue, "--id", result.id)
recorded["audit"] = json.loads(replayed.stdout)
recorded["code"] = replayed.returncode
recorded["second"] = again.get(timeout=30)
recorded["left"] = tool("stats", "-Q", options.queue, "--json").stdout
with open(options.output, "w") as file:
    json.dump(recorded, file, default=str)
os.unlink(options.file)
