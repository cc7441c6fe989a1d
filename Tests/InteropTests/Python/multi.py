"""What the real `celery multi` prints for command lines: a list of lists as argument, a list of {code, output} out, both
JSON.

Nothing is started, and no folder is made: the commands that show something make the nodes' folders, too.
"""

import io
import json
import os
import sys

os.makedirs = lambda *_, **__: None

from celery.bin.multi import MultiTool  # noqa: E402


def run(words: list[str]) -> dict:
    # As `celery.bin.multi.multi` does: global options go behind.
    at = words.index("multi")
    output = io.StringIO()
    tool = MultiTool(stdout=output, stderr=output, no_color=True)
    code = tool.execute_from_commandline(words[at:] + words[:at])
    return {"code": code, "output": output.getvalue()}


json.dump([run(words) for words in json.loads(sys.argv[1])], sys.stdout)
