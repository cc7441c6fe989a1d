"""Clicks through Flower beside a Swift and a Python worker, and looks whether each click has its effect.

    drive.py [swift|python]...

A step does the same for each worker: what the page shows, what the alert says, and what the worker does then. What a
page has for one worker it must have for the other. Neither the browser's console nor Flower's log may have an error or
a warning. Environment: SWIFTWORKER_TEST_BROKER, and SWIFTWORKER_TEST_FLOWER_WORKER, the Swift worker's program. The
exit code is 1 when something has failed.
"""
import shutil
import sys
import time
import traceback

from kombu import Connection

from pages import Pages
from programs import BROKER, LOGS, Failure, Flower, Worker
from steps import STEPS, Site


class Run:
    def __init__(self):
        self.failures = 0

    def fail(self, text):
        self.failures += 1
        print(f"FAILED  {text}", flush=True)

    def say(self, outcome, text, began):
        print(f"{outcome:8}{text}  ({time.monotonic() - began:.1f} s)", flush=True)

    def step(self, title, function, site):
        """Runs one step for one worker; returns what it has seen."""
        began = time.monotonic()
        try:
            seen = function(site)
        except Exception as error:
            self.failures += 1
            self.say("FAILED", f"{title.format(site.name)}: {error}", began)
            if not isinstance(error, Failure):
                traceback.print_exc()
            site.picture(f"failed-{function.__name__}")
            return None
        self.say("ok", title.format(site.name), began)
        return seen

    def compare(self, title, seen):
        """What both workers' pages have, beyond what each step has checked."""
        found, expected = seen.get("swift"), seen.get("python")
        if found is None or expected is None or found == expected:
            return
        self.fail(f"{title.format('both')}, but not the same:")
        if isinstance(found, dict) and isinstance(expected, dict):
            for key in sorted(set(found) | set(expected)):
                if found.get(key) != expected.get(key):
                    print(f"          {key}: {found.get(key)}\n          Python: {expected.get(key)}")
        else:
            print(f"          {found}\n          Python: {expected}")

    def quiet(self, what, lines):
        """Fails for each line: there is none with Python workers alone, and shall be none with others."""
        for line in lines:
            self.fail(f"{what}: {line}")


def main(names):
    unknown = set(names) - set(Worker.NAMES)
    if unknown:
        print(f"usage: drive.py [swift|python]..., not {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    names = names or Worker.NAMES
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    run = Run()
    running = []
    pages = None
    try:
        workers = [Worker(name) for name in names]
        running += workers
        for worker in workers:
            worker.wait_for_output(" ready.")
        flower = Flower()
        running.append(flower)
        flower.wait_until_ready()
        pages = Pages(flower.address)
        sites = [Site(worker, pages) for worker in workers]
        for title, function in STEPS:
            run.compare(title, {site.name: run.step(title, function, site) for site in sites})
        run.quiet("the browser's console", pages.collect_problems())
        run.quiet("Flower's log", flower.problems())
        # A fault on purpose: it would have been seen.
        pages.open("/worker/nobody")
        for what, lines in (("the browser's console", pages.collect_problems()), ("Flower's log", flower.problems())):
            if not any("nobody" in line for line in lines):
                run.fail(f"{what} does not show an error on purpose: {lines}")
    except Failure as error:
        # A program has not started.
        run.fail(str(error))
    finally:
        if pages:
            pages.close()
        for program in reversed(running):
            program.stop()
        with Connection(BROKER) as connection:
            for name in names:
                for queue in (f"flower-{name}", f"flower-{name}.extra"):
                    for suffix in ("", ".dead"):
                        connection.default_channel.queue_delete(queue + suffix)
    print(f"{run.failures} failure(s)" if run.failures else "all steps are ok", flush=True)
    return 1 if run.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
