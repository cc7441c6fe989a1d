"""What the programs of `trim_video` need: peak memory and CPU time of each of its ffmpeg runs."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from .broker import BenchmarkError

# As in Sources/ZoomUploader/Media/FFmpegArguments.swift.
QUIET = ["-hide_banner", "-nostats", "-loglevel", "error"]


def clip(path, minutes):
    """A video as a meeting's recording is one: 1280 × 720, 25 frames a second, H.264 and AAC."""
    command = [
        "ffmpeg", *QUIET, "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25",
        "-f", "lavfi", "-i", "sine=sample_rate=48000", "-t", str(minutes * 60),
        "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-y", path,
    ]  # fmt: skip
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def run(command):
    """Runs a program to its end; gives its peak resident memory in MB (10⁶ bytes), CPU and wall time in seconds."""
    started = time.monotonic()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise BenchmarkError(f"{' '.join(command)} ended with {child.returncode}")
    return {
        "peak": usage.ru_maxrss * 1024 / 1e6,
        "cpu": usage.ru_utime + usage.ru_stime,
        "wall": time.monotonic() - started,
    }


def measure(minutes):
    if not shutil.which("ffmpeg"):
        raise BenchmarkError("ffmpeg is missing; run: make setup")
    with tempfile.TemporaryDirectory() as folder:
        video, audio, cut = (str(Path(folder) / name) for name in ("in.mp4", "full.mp3", "cut.mp4"))
        clip(video, minutes)
        sound = ["-map", "0:a:0", "-vn", "-acodec", "libmp3lame", "-ab", "64k", "-ar", "16000", "-ac", "1"]
        silence = ["-af", "silencedetect=noise=-40.0dB:d=2.0", "-f", "null", "-"]
        part = ["-ss", "10.0", "-t", str(minutes * 60 - 20.0), "-c:v", "copy", "-c:a", "copy"]
        return {
            "extract the sound": run(["ffmpeg", *QUIET, "-i", video, *sound, "-y", audio]),
            "look for silences": run(["ffmpeg", "-hide_banner", "-nostats", "-threads", "1", "-i", audio, *silence]),
            "cut the video": run(["ffmpeg", *QUIET, "-i", video, *part, "-y", cut]),
        }
