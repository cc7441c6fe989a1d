import CeleryProtocol
import OrderedCollections
import Platform

/// Draws what lies over the list.
struct MonitorPages {
    let screen: MonitorScreen

    private var state: MonitorState { screen.state }

    func lines(_ page: MonitorView.Page) -> [ScreenLine] {
        switch page {
        case .info(let id): info(id)
        case .result(let id): result(id)
        case .traceback(let id):
            [heading("Traceback of \(id)"), ""] + text(state.tasks[id]?.traceback ?? "It is not known any more.")
        case .revoke(let id): revoke(id)
        case .workers: workers
        case .help: Self.help
        case .replies(let title, let lines): [heading(title), ""] + lines
        }
    }

    private func heading(_ text: String) -> ScreenLine { ScreenLine(ScreenText.line(text), .bold) }

    private func text(_ text: String) -> [ScreenLine] {
        ScreenText.wrapped(text, screen.size.columns - 2).map { ScreenLine("  \($0)") }
    }

    private func pair(_ name: String, _ value: String) -> [ScreenLine] {
        let lines = ScreenText.wrapped(value, screen.size.columns - 16)
        return lines.enumerated().map { index, line in
            ScreenLine(TextWidth.fit(index == 0 ? "  \(name)" : "", 15), .bold).adding(" \(line)")
        }
    }

    private func info(_ id: String) -> [ScreenLine] {
        guard let task = state.tasks[id] else { return [heading("The task \(id) is not known any more.")] }
        var lines = [heading("Task \(id)"), ""]
        lines += pair("name", task.name ?? "not known: its arrival was not heard")
        lines += pair("state", task.state)
        lines += pair("since", Self.date(task.timestamp))
        lines += pair("worker", task.node ?? "none yet")
        if let runtime = task.runtime { lines += pair("runtime", ScreenText.span(runtime)) }
        for (name, value) in task.details { lines += pair(name, value) }
        return lines
    }

    private static func date(_ seconds: Double) -> String {
        LetterText.time(Instant(secondsSince1970: seconds))
    }

    private func result(_ id: String) -> [ScreenLine] {
        let task = state.tasks[id]
        let words = task?.details["result"] ?? task?.details["exception"]
        return [heading("Result of \(id)"), ""] + text(words ?? "There is none yet.")
    }

    private func revoke(_ id: String) -> [ScreenLine] {
        let task = state.tasks[id]
        return [
            heading("Revoke \(task?.name ?? "task") \(id)?"), "",
            "  y  it does not run; if it runs already, it runs to its end",
            "  T  if it runs already, it is ended, too: the worker's child process gets TERM",
        ]
    }

    private var workers: [ScreenLine] {
        guard !state.workers.isEmpty else { return [heading("No worker has been heard of.")] }
        let heads = ["WORKER", "STATE", "HEARD", "ACTIVE", "PROCESSED", "LOAD", "PID", "SOFTWARE"]
        let rows = state.workersByName.map { worker -> [String] in
            [
                ScreenText.line(worker.node),
                worker.hasLeft ? "left" : worker.isAlive(at: screen.now) ? "online" : "silent",
                ScreenText.span(screen.now - worker.heardAt), worker.active.map(String.init) ?? "-",
                worker.processed.map(String.init) ?? "-",
                worker.loadAverage.isEmpty
                    ? "-" : worker.loadAverage.map { ScreenText.decimals($0, 2) }.joined(separator: " "),
                worker.processID.map(String.init) ?? "-", ScreenText.line(worker.software ?? "-"),
            ]
        }
        return ScreenTable.lines(heads, rows, rightAligned: [2, 3, 4, 6]) { row, column in
            guard column == 1 else { return .plain }
            return .coloured(rows[row][1] == "online" ? .green : .red)
        }
    }

    private static let help: [ScreenLine] = [
        ScreenLine("Keys", .bold), "",
        "  j k ↓ ↑      the next task, the one before; PgDn PgUp g G for further",
        "  i or Enter   all that is known of the task",
        "  r            its result, or its exception",
        "  t            its traceback",
        "  c            revokes it; asks first",
        "  f            all tasks, those that have not ended, those that went wrong",
        "  l            the workers",
        "  e            tells all workers to send events of their tasks (enable_events), as -E does at their start",
        "  q or Esc     ends this",
        "",
        "  TIME is how long a task runs or ran, else how long it has been in its state.",
        ScreenLine("  Tasks are listed from this one's start on, the newest \(MonitorState.maximumTasks) of them."),
    ]
}
