"""Runs the chaos; exits with 0 only if nothing was lost, nothing ran twice unannounced, and the worker stayed whole."""

import argparse
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

from bench.broker import BenchmarkError

from . import dead_letters, delays, retries, rolling, single_active
from .ledger import add_duplicate, remove_loss, self_test
from .private_broker import PrivateBroker
from .proxy import Proxy
from .scenario import Scenario
from .worker import Workers

EDITS = {None: lambda text: text, "loss": remove_loss, "duplicate": add_duplicate}


def number(name, usual, quick):
    return int(os.environ.get(name) or (quick if os.environ.get("QUICK") == "1" else usual))


def main():
    options = argparse.ArgumentParser(prog="chaos")
    options.add_argument("--root", type=Path, required=True)
    options.add_argument("--worker", choices=["swift", "celery", "celery-solo"], default="swift")
    options.add_argument("--self-test", action="store_true", help="only shows that the checker finds faults")
    options.add_argument("--inject", choices=["loss", "duplicate"], help="falsifies the ledger: the run must then fail")
    options.add_argument("--acts", default="cuts,kills,single,retries,dead,replay,delays,rates,rolling")
    options.add_argument("--pool", choices=["threads", "prefork"], default="prefork", help="of the act «single»")
    chosen = options.parse_args()

    wrong = self_test() + single_active.self_test() + retries.self_test() + dead_letters.self_test() + delays.self_test()
    wrong += rolling.self_test()
    if wrong:
        sys.exit(f"chaos: the checker misjudges: {', '.join(wrong)}")
    print("the checker finds losses, unannounced second runs, unknown tasks and torn lines")
    if chosen.self_test:
        return

    binary = os.environ.get("SWIFTWORKER_TEST_WORKER") or chosen.root / ".build" / "release" / "TestWorker"
    folder = chosen.root / ".run" / "chaos"
    data = chosen.root / ".run" / "chaos-broker"
    for one in (folder, data):
        shutil.rmtree(one, ignore_errors=True)
        one.mkdir(parents=True)
    workers = Workers(chosen.worker, chosen.root, folder, Path(binary).absolute())
    seed = int(os.environ.get("CHAOS_SEED") or random.randrange(1_000_000))
    broker = PrivateBroker(data, "consumer_timeout = 60000\n" if "delays" in chosen.acts else "")
    proxy = Proxy(broker.port)
    programs = chosen.root / ".run" / "bench" / "bin"
    scenario = Scenario(broker, proxy, workers, programs, folder, EDITS[chosen.inject])
    try:
        broker.start()
        if "cuts" in chosen.acts:
            scenario.cuts_and_restarts(number("TASKS", 20_000, 3_000), number("CUTS", 20, 4), number("RESTARTS", 10, 2), seed)
        if "single" in chosen.acts:
            single_active.run(scenario, number("SINGLE_TASKS", 500, 100), number("SINGLE_RESTARTS", 20, 4), chosen.pool, seed)
        if "delays" in chosen.acts:
            delays.an_hour_ahead(scenario, number("ETA_TASKS", 100_000, 5_000), number("READY_TASKS", 10_000, 500),
                                 number("PATIENCE", 130, 1))  # fmt: skip
            delays.a_minute_ahead(scenario, number("SOON_TASKS", 20_000, 2_000))
        if "rates" in chosen.acts:
            loads = (number("TENANT_TASKS", 20_000, 4_000), 3_000, 1_500)
            delays.tenants(scenario, loads, 20, number("UNLIMITED_TASKS", 30_000, 5_000))
        if "rolling" in chosen.acts:
            rolling.run(scenario, number("ROLLING_SECONDS", 600, 60))
        # Celery's worker does not have the task.
        if "retries" in chosen.acts and chosen.worker == "swift":
            retries.run(scenario, number("RETRY_TASKS", 5_000, 500), number("RETRY_KILLS", 50, 6), seed)
        if "kills" in chosen.acts:
            scenario.kills(number("KILLS", 5, 2), "threads", 20)
            scenario.kills(number("KILLS", 5, 2), "prefork", 3)
        if "dead" in chosen.acts:
            dead_letters.run(scenario, number("DEAD_TASKS", 5_000, 500), number("DEAD_KILLS", 50, 4), seed)
        if "replay" in chosen.acts:
            dead_letters.replay(scenario, number("DEAD_TASKS", 5_000, 500), number("DEAD_KILLS", 50, 4), seed)
    finally:
        proxy.close()
        broker.close()
    if scenario.failures:
        sys.exit("chaos: " + "; ".join(scenario.failures))
    print("chaos: passed")


try:
    main()
except (BenchmarkError, subprocess.SubprocessError, OSError) as error:
    sys.exit(f"chaos: {error}")
