"""What the tasks wrote down, and the checker that judges it."""

import os
import uuid
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class Verdict:
    expected: int
    runs: int
    lost: list = field(default_factory=list)
    twice: list = field(default_factory=list)
    twice_not_redelivered: list = field(default_factory=list)
    unknown: list = field(default_factory=list)
    malformed: list = field(default_factory=list)

    @property
    def passed(self):
        return not (self.lost or self.twice_not_redelivered or self.unknown or self.malformed)

    def lines(self):
        yield f"{self.expected:,} tasks, {self.runs:,} runs: {len(self.lost)} lost, {len(self.twice)} run again, " + (
            f"{len(self.twice_not_redelivered)} of them without «redelivered»"
        )
        for what in ("lost", "twice_not_redelivered", "unknown", "malformed"):
            found = getattr(self, what)
            if found:
                yield f"{what}: {found[:5]}{' …' if len(found) > 5 else ''}"


def judge(expected, text):
    """Judges a ledger: lines of «task id, redelivered (0 or 1), process, time».

    A broker gives a message a second time only with the flag «redelivered», so that of all runs of one task at most
    one can be without it. Which of two copies ends first is open: the first one goes on after its connection is lost.
    """
    runs = defaultdict(list)
    malformed = []
    for line in text.splitlines():
        parts = line.split(" ")
        if len(parts) == 4 and parts[1] in ("0", "1"):
            runs[parts[0]].append(parts[1] == "1")
        else:
            malformed.append(line)
    verdict = Verdict(expected=len(expected), runs=sum(map(len, runs.values())), malformed=malformed)
    for task in sorted(expected):
        flags = runs.get(task, [])
        if not flags:
            verdict.lost.append(task)
        if len(flags) > 1:
            verdict.twice.append(task)
            if flags.count(False) > 1:
                verdict.twice_not_redelivered.append(task)
    verdict.unknown = sorted(runs.keys() - expected)
    return verdict


class Ledger:
    """The file while it grows."""

    def __init__(self, path):
        self.path = path
        path.unlink(missing_ok=True)
        path.touch()
        self.offset = 0
        self.rest = ""
        self.ids = set()

    def count(self):
        """How many different tasks have run so far."""
        with open(self.path) as file:
            file.seek(self.offset)
            text = file.read()
            self.offset += len(text)
        lines = (self.rest + text).split("\n")
        self.rest = lines.pop()
        self.ids.update(line.split(" ")[0] for line in lines if self.counts(line))
        return len(self.ids)

    def counts(self, line):
        """Whether the line tells of a task that has run."""
        return True

    def text(self):
        return self.path.read_text()


def self_test():
    """Shows that the checker finds what it is there for. Returns what it got wrong."""
    ids = [str(uuid.UUID(int=index)) for index in range(100)]
    clean = [f"{task} 0 1 0.0" for task in ids]
    again = clean + [f"{ids[3]} 1 2 1.0", f"{ids[4]} 1 2 1.0", f"{ids[4]} 1 3 2.0"]
    cases = [
        ("a clean ledger", clean, True),
        ("runs again with redelivered", again, True),
        ("the redelivered copy ends first", [f"{ids[5]} 1 2 0.0"] + clean, True),
        ("a first run that is redelivered", [f"{ids[0]} 1 1 0.0"] + clean[1:], True),
        ("one task lost", clean[:42] + clean[43:], False),
        ("all tasks lost", [], False),
        ("a run again without redelivered", clean + [f"{ids[9]} 0 1 1.0"], False),
        ("the same, beside a redelivered one", again + [f"{ids[4]} 0 1 3.0"], False),
        ("a task nobody sent", clean + [f"{uuid.UUID(int=1000)} 0 1 0.0"], False),
        ("a torn line", clean + [ids[7][:20]], False),
    ]
    return [name for name, lines, passes in cases if judge(set(ids), "\n".join(lines)).passed != passes]


def remove_loss(text):
    """Takes one task out of a ledger, all its runs: the checker must see it."""
    victim = text.splitlines()[len(text.splitlines()) // 2].split(" ")[0]
    return "".join(line + "\n" for line in text.splitlines() if not line.startswith(victim))


def add_duplicate(text):
    """Lets one task run again without «redelivered», twice to be sure that one run was without."""
    task = text.splitlines()[0].split(" ")[0]
    return text + f"{task} 0 {os.getpid()} 0.0\n" * 2
