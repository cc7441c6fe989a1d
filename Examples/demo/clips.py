"""Clips with silent ends, and what trimming should leave of them."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Clip:
    title: str
    """Silence, sound, silence, in seconds."""
    lead: float
    sound: float
    tail: float
    """What the producer overrides of the user's configuration."""
    override: dict = field(default_factory=dict)
    """Seconds that trimming leaves of each silent end; the application's default is 5."""
    padding: float = 5.0

    @property
    def duration(self) -> float:
        return self.lead + self.sound + self.tail

    @property
    def expected(self) -> float:
        return min(self.lead, self.padding) + self.sound + min(self.tail, self.padding)


# The lengths are chosen with care. The application takes a silence as the last one if it ends at most 0.1 s before the end,
# and an MP3 with 16 kHz is 0.07 to 0.1 s longer than its sound, depending on its length.
CLIPS = [
    Clip("silent ends, default padding", lead=8, sound=8, tail=8),
    Clip(
        "silent ends, padding 1 s",
        lead=6,
        sound=8,
        tail=6,
        override={"trimming": {"padding_before": 1.0, "padding_after": 1.0}},
        padding=1.0,
    ),
    Clip("sound everywhere", lead=0, sound=12, tail=0),
]


def make(clip: Clip, path: Path) -> None:
    """Films ffmpeg's test picture with a tone that is off at both ends. A key frame each second allows cuts without
    encoding anew."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rate = 10
    tone = f"sine=frequency=440:duration={clip.duration}"
    audible = f"volume=enable='not(between(t,{clip.lead},{clip.lead + clip.sound}))':volume=0"
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y"]
    command += ["-f", "lavfi", "-i", f"testsrc=size=320x240:rate={rate}:duration={clip.duration}"]
    command += ["-f", "lavfi", "-i", tone, "-af", audible]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", str(rate), "-c:a", "aac"]
    subprocess.run(command + [str(path)], check=True, timeout=120)


def duration(path: Path) -> float:
    """The file's duration in seconds, as ffprobe sees it."""
    command = ["ffprobe", "-v", "error", "-print_format", "json", "-show_format", str(path)]
    output = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True).stdout
    return float(json.loads(output)["format"]["duration"])
