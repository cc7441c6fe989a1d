"""Runs every contender `RUNS` times in turn and prints one table. A missed bar is printed; only breakage exits with 1."""

import argparse
import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

from . import contenders
from .broker import BenchmarkError, Broker
from .contenders import Starter
from .measure import Measurements
from .report import bars, medians, print_table


def number(name, usual, quick):
    return int(os.environ.get(name) or (quick if os.environ.get("QUICK") == "1" else usual))


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown processor"


def main():
    options = argparse.ArgumentParser(prog="bench")
    options.add_argument("--root", type=Path, required=True)
    options.add_argument("--json", type=Path, help="where the figures go, beside .run/bench/<time>.json")
    options.add_argument("--parts", default="drain,late,prefork,recycle,events,trip,ping,loss")
    options.add_argument("--only", help="contenders whose name holds one of these, separated by commas")
    chosen = options.parse_args()

    url = os.environ.get("SWIFTWORKER_TEST_BROKER")
    if not url:
        raise BenchmarkError("no broker: run «make services», or set SWIFTWORKER_TEST_BROKER")
    folder = chosen.root / ".run" / "bench"
    worker = Path(os.environ.get("SWIFTWORKER_BENCH_WORKER") or chosen.root / ".build" / "release" / "TestWorker")
    broker = Broker(url, folder / "bin")
    measurements = Measurements(broker, Starter(broker, chosen.root, sys.executable, worker.absolute()))
    runs = number("RUNS", 5, 1)
    sizes = {
        "drain": number("MESSAGES", 50_000, 5_000),
        "late": number("LATE_MESSAGES", 20_000, 2_000),
        "prefork": number("PREFORK_MESSAGES", 20_000, 2_000),
        "recycle": number("RECYCLED_MESSAGES", 200, 20),
        "events": number("MESSAGES", 50_000, 5_000),
        "trip": number("CALLS", 500, 100),
        "ping": number("PINGS", 200, 20),
        "loss": number("LOSS_SECONDS", 10, 2),
    }
    parts = {
        "drain": contenders.DRAIN, "late": contenders.LATE, "prefork": contenders.PREFORK,
        "recycle": contenders.RECYCLE, "events": contenders.EVENTS, "trip": contenders.TRIP, "ping": contenders.PING,
        "loss": contenders.LOSS,
    }  # fmt: skip
    wanted = chosen.only.split(",") if chosen.only else [""]
    load = os.getloadavg()[0]

    samples = {}
    measurements.prepare()
    try:
        for part in chosen.parts.split(","):
            for run in range(runs):
                for contender in parts[part]:
                    if not any(text in contender.name for text in wanted):
                        continue
                    measurements.check_runs(contender)
                    if part in ("trip", "ping", "loss"):
                        sample = getattr(measurements, part)(contender, sizes[part])
                    else:
                        sample = measurements.drain(contender, sizes[part], late=part == "late")
                    samples.setdefault(part, {}).setdefault(contender.name, []).append(sample)
                    shown = "  ".join(f"{name} {value:,.4g}" for name, value in sample.items())
                    print(f"{part} {run + 1}/{runs}  {contender.name:<30} {shown}", file=sys.stderr, flush=True)
    finally:
        measurements.remove()
        broker.close()

    figures = medians(samples)
    results = bars(figures)
    machine = f"{os.cpu_count()} × {processor()}, RabbitMQ {broker.version}, load before the run {load:.1f}"
    size = ", ".join(f"{part} {sizes[part]:,}" for part in samples)
    print_table(figures, results, f"Medians of {runs}, one run, alternating ({size}); {machine}")
    commit = subprocess.run(
        ["git", "-C", chosen.root, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    moment = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    document = {
        "time": moment, "commit": commit, "machine": machine, "runs": runs, "sizes": sizes,
        "samples": samples, "medians": figures, "bars": results,
    }  # fmt: skip
    for path in filter(None, (folder / f"{moment}.json", chosen.json)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        print(f"figures: {path}")


try:
    main()
except (BenchmarkError, subprocess.SubprocessError) as error:
    sys.exit(f"bench: {error}")
