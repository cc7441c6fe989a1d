"""What a process and all that descend from it hold."""

import os
from dataclasses import dataclass
from pathlib import Path

from .process import pss_megabytes, tree

ESTABLISHED = "01"


@dataclass(frozen=True)
class Footprint:
    processes: int
    threads: int
    descriptors: int
    connections: int
    pss: float


def sockets_to(port):
    """The inodes of this machine's TCP connections to a port."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == ESTABLISHED and int(fields[2].rpartition(":")[2], 16) == port:
                found.add(fields[9])
    return found


def footprint(pid, port):
    """How much a process holds; `port` is the broker's."""
    members = tree(pid)
    inodes = sockets_to(port)
    descriptors = connections = threads = 0
    for member in members:
        folder = Path(f"/proc/{member}")
        threads += len(os.listdir(folder / "task"))
        for name in os.listdir(folder / "fd"):
            try:
                target = os.readlink(folder / "fd" / name)
            except OSError:
                continue  # Closed meanwhile.
            descriptors += 1
            connections += target.startswith("socket:[") and target[8:-1] in inodes
    return Footprint(len(members), threads, descriptors, connections, pss_megabytes(pid))
