"""Enqueues real trims for swiftworker, as the application's API does, and shows what came back.

Run by `make demo` from the project's folder, where the workers run too: the paths in the database are relative to it.
Ends with 0 only if every file, row and result is as expected.
"""

import os
import sys
from pathlib import Path

import clips
import database
from tasks import app, trim_video

TIMEOUT = 120
# Cutting without encoding anew happens at key frames, one per second in the demo's clips.
TOLERANCE = 1.6


def say(text: str) -> None:
    print(f"  {text}", flush=True)


def prepare(connection) -> dict[int, tuple[clips.Clip, Path]]:
    """One row and one file per clip; by recording id."""
    slug = database.ensure_user(connection)
    prepared = {}
    for clip in clips.CLIPS:
        recording_id = database.add_recording(connection, f"Demo: {clip.title}")
        path = Path(f"storage/users/user_{slug:06d}/recordings/{recording_id}/source.mp4")
        say(f"recording {recording_id}: filming {clip.duration:g} s, {clip.title}")
        clips.make(clip, path)
        database.set_video(connection, recording_id, str(path))
        prepared[recording_id] = (clip, path)
    return prepared


def collect(results: dict) -> dict[int, dict]:
    """Waits for each result; shows the states on the way. By recording id."""
    names = {result.id: recording_id for recording_id, result in results.items()}

    def show(message: dict) -> None:
        recording_id = names.get(message["task_id"])
        meta = message["result"] if isinstance(message["result"], dict) else {}
        detail = f"{meta['progress']:3d} % {meta.get('step') or ''}" if "progress" in meta else ""
        say(f"recording {recording_id}: {message['status']} {detail}".rstrip())

    return {
        recording_id: result.get(timeout=TIMEOUT, on_message=show) for recording_id, result in results.items()
    }


def check(connection, recording_id: int, clip: clips.Clip, source: Path, value: dict) -> tuple[list[str], list[str]]:
    """The table's row for a recording, and what is wrong with it."""
    problems = []
    status, stage, video, audio = database.outcome(connection, recording_id)
    before = clips.duration(source)
    after = clips.duration(Path(video)) if video and Path(video).is_file() else None
    if after is None:
        problems.append("the trimmed video is missing")
    elif abs(after - clip.expected) > TOLERANCE:
        problems.append(f"{after:.1f} s are left instead of {clip.expected:g} s")
    if not audio or not Path(audio).is_file():
        problems.append("the audio is missing")
    if value.get("status") != "completed" or value.get("recording_id") != recording_id:
        problems.append(f"the result is {value!r}")
    if stage != "COMPLETED":
        problems.append(f"the stage is {stage}")
    left = "-" if after is None else f"{after:.1f} s"
    cells = [str(recording_id), clip.title, f"{before:.1f} s", left, str(value.get("status")), status, stage]
    return cells, [f"recording {recording_id}: {problem}" for problem in problems]


def show_table(rows: list[list[str]]) -> None:
    head = ["id", "clip", "before", "after", "result", "recording", "trim stage"]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, ["-" * width for width in widths], *rows]:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def main() -> int:
    connection = database.connect(os.environ["DATABASE_URL"])
    prepared = prepare(connection)
    results = {
        recording_id: trim_video.delay(
            recording_id=recording_id, user_id=database.USER_ID, manual_override=clip.override or None
        )
        for recording_id, (clip, _) in prepared.items()
    }
    say(f"enqueued {len(results)} calls of {trim_video.name}; waiting for AsyncResult.get()")
    values = collect(results)

    rows, problems = [], []
    for recording_id, (clip, source) in prepared.items():
        cells, found = check(connection, recording_id, clip, source, values[recording_id])
        rows.append(cells)
        problems += found
    print()
    show_table(rows)
    print()
    for recording_id, value in values.items():
        say(f"AsyncResult.get() of recording {recording_id}: {value}")
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    app.close()
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
