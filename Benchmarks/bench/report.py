"""Medians, the bars they are held to, and the table."""

from statistics import median

from .contenders import (
    BARE,
    CELERY_EVENTS,
    CELERY_PREFORK,
    CELERY_THREADS,
    FLOOR,
    SWIFT_EVENTS,
    SWIFT_PREFORK,
    SWIFT_RECYCLED,
    SWIFT_THREADS,
)


def medians(samples):
    """part → contender → figure → median of the runs."""
    return {
        part: {
            name: {figure: median(run[figure] for run in runs) for figure in runs[0]}
            for name, runs in contenders.items()
        }
        for part, contenders in samples.items()
    }


def bars(figures):
    """The bars whose figures were measured: (what, value, text of the bar, passed)."""
    drain, late, trip = (figures.get(part, {}) for part in ("drain", "late", "trip"))
    swift = SWIFT_THREADS.name
    celery = CELERY_THREADS.name
    lines = []

    def add(what, value, bar, at_least=False, unit=""):
        passed = value >= bar if at_least else value <= bar
        sign = "≥" if at_least else "≤"
        lines.append({"what": what, "value": value, "bar": f"{sign} {bar:g}{unit}", "unit": unit, "passed": passed})

    if swift in drain:
        if BARE.name in drain:
            add("no result, threads ÷ bare consumer", drain[swift]["rate"] / drain[BARE.name]["rate"], 0.8, True, " ×")
        if celery in drain:
            add("no result, threads ÷ Celery threads", drain[swift]["rate"] / drain[celery]["rate"], 7, True, " ×")
        add("CPU per task, no result, threads", drain[swift]["cpu"], 35, unit=" µs")
    if swift in late and celery in late:
        add("late-acked rpc, threads ÷ Celery threads", late[swift]["rate"] / late[celery]["rate"], 5, True, " ×")
    starts = [part[swift]["start"] for part in (drain, late) if swift in part]
    sizes = [part[swift]["pss"] for part in (drain, late) if swift in part]
    if starts:
        add("exec to first delivery, the slower of both", max(starts), 0.15, unit=" s")
        add("PSS at -c 20, the larger of both", max(sizes), 30, unit=" MB")
    prefork, recycle = (figures.get(part, {}) for part in ("prefork", "recycle"))
    if SWIFT_PREFORK.name in prefork:
        ours = prefork[SWIFT_PREFORK.name]
        if CELERY_PREFORK.name in prefork:
            ratio = ours["rate"] / prefork[CELERY_PREFORK.name]["rate"]
            add("no result, prefork ÷ Celery prefork", ratio, 5, True, " ×")
        add("CPU per task, prefork, parent and children", ours["cpu"], 100, unit=" µs")
        add("PSS of parent and 3 idle children", ours["pss"], 60, unit=" MB")
    if SWIFT_RECYCLED.name in recycle:
        add("a fresh process per task, prefork -c 3", recycle[SWIFT_RECYCLED.name]["rate"], 100, True, " /s")
    if swift in trip and celery in trip:
        if FLOOR.name in trip:
            floor = trip[FLOOR.name]["p50"]
            share = (trip[swift]["p50"] - floor) / max(trip[celery]["p50"] - floor, 1e-9)
            add("round trip p50 above the floor ÷ Celery's", share, 0.3, unit=" ×")
        add("round trip p99 ÷ Celery's", trip[swift]["p99"] / trip[celery]["p99"], 1, unit=" ×")
    events, ping, loss = (figures.get(part, {}) for part in ("events", "ping", "loss"))
    if SWIFT_EVENTS.name in events:
        ours = events[SWIFT_EVENTS.name]["rate"]
        if swift in events:
            add("with -E ÷ without", ours / events[swift]["rate"], 0.5, True, " ×")
        if CELERY_EVENTS.name in events:
            add("with -E ÷ Celery with -E", ours / events[CELERY_EVENTS.name]["rate"], 5, True, " ×")
    if swift in ping:
        add("ping p99, all slots busy, 50,000 queued", ping[swift]["p99"], 50, unit=" ms")
    if SWIFT_EVENTS.name in loss:
        add("events lost at 2,000 tasks/s", loss[SWIFT_EVENTS.name]["lost"], 0)
    return lines


def print_table(figures, results, title):
    print(f"\n{title}")
    heads = {
        "drain": "draining add(1, 1), early ack, no result",
        "late": "draining add(1, 1), late ack, result through rpc://",
        "prefork": "the same in child processes, early ack, no result",
        "recycle": "the same with --max-tasks-per-child 1",
        "events": "draining add(1, 1), early ack, no result, events",
    }
    for part, head in heads.items():
        if part not in figures:
            continue
        print(f"\n{head:<52} {'tasks/s':>10} {'CPU µs/task':>12} {'PSS MB':>8} {'exec → first s':>15}")
        for name, row in figures[part].items():
            print(f"  {name:<50} {row['rate']:>10,.0f} {row['cpu']:>12.1f} {row['pss']:>8.1f} {row['start']:>15.3f}")
    if "trip" in figures:
        print(f"\n{'round trip of one task, delay().get() from Python':<52} {'p50 ms':>10} {'p99 ms':>12}")
        for name, row in figures["trip"].items():
            print(f"  {name:<50} {row['p50']:>10.3f} {row['p99']:>12.3f}")
    if "ping" in figures:
        print(f"\n{'inspect ping, all slots busy, 50,000 queued':<52} {'p50 ms':>10} {'p99 ms':>12}")
        for name, row in figures["ping"].items():
            print(f"  {name:<50} {row['p50']:>10.3f} {row['p99']:>12.3f}")
    if "loss" in figures:
        print(f"\n{'events of tasks that come at a rate':<52} {'tasks/s':>10} {'events lost':>12}")
        for name, row in figures["loss"].items():
            print(f"  {name:<50} {row['rate']:>10,.0f} {row['lost']:>12,.0f}")
    if results:
        print(f"\n{'bar':<52} {'measured':>12} {'bar':>12}")
        for line in results:
            measured = f"{line['value']:.3g}{line['unit']}" if line["value"] < 100 else f"{line['value']:.0f}{line['unit']}"
            print(f"  {line['what']:<50} {measured:>12} {line['bar']:>12}  {'PASS' if line['passed'] else 'MISS'}")
    print()
