import CeleryProtocol
import OrderedCollections
import Platform

/// Draws the state: each function makes lines of values, and nothing else.
struct MonitorScreen {
    let state: MonitorState
    let view: MonitorView
    /// The broker, without password.
    let place: String
    let size: Terminal.Size
    let now: Double

    /// What is above and below the list.
    private static let margin = 8

    /// How many lines the list has in a terminal of that size.
    static func rows(_ size: Terminal.Size) -> Int { max(1, size.rows - margin) }

    var lines: [ScreenLine] {
        let rows = Self.rows(size)
        let body = view.page.map { MonitorPages(screen: self).lines($0) } ?? list(rows)
        let top = min(view.scrolled, max(0, body.count - rows))
        var shown = view.page == nil ? body : Array(body.dropFirst(top).prefix(rows))
        shown += [ScreenLine](repeating: "", count: max(0, rows - shown.count))
        return [title, rates, "", heads] + shown.prefix(rows) + [rule, selection, hint, keys]
    }

    // MARK: Above

    private var title: ScreenLine {
        let line = ScreenLine("\(RootCommand.name) events", .bold).adding("  \(place)", .dim)
        return view.trouble.map { line.adding("  \($0)", .coloured(.red)) } ?? line
    }

    private var rates: ScreenLine {
        let alive = state.workers.values.count { $0.isAlive(at: now) }
        let running = state.tasks.newestFirst.count { $0.state == TaskState.started }
        var line = ScreenLine("workers ").adding("\(alive)/\(state.workers.count)", .bold)
        line = line.adding("  tasks ").adding("\(state.tasks.count)", .bold).adding("  running ")
            .adding("\(running)", .bold)
        for count in MonitorState.Count.allCases {
            let rate = state.rate(count, at: now)
            let isBad = rate > 0 && (count == .failed || count == .retried)
            line = line.adding("  \(count.rawValue) ").adding(
                "\(ScreenText.rate(rate))/s",
                ScreenLine.Look(colour: isBad ? .red : nil, isBold: true)
            )
        }
        if state.tasks.dropped > 0 { line = line.adding("  older tasks dropped \(state.tasks.dropped)", .dim) }
        if state.skipped > 0 { line = line.adding("  unreadable \(state.skipped)", .coloured(.yellow)) }
        return line
    }

    private var heads: ScreenLine {
        guard view.page == nil else { return "" }
        return ScreenLine(columns.row("ID", "WORKER", "TASK", "TIME", "STATE"), .bold)
    }

    // MARK: The list

    private var columns: MonitorColumns { MonitorColumns(width: size.columns) }

    private func list(_ rows: Int) -> [ScreenLine] {
        let tasks = view.listed(state)
        let chosen = view.task(state)?.id
        let index = tasks.firstIndex { $0.id == chosen } ?? 0
        return tasks.dropFirst(max(0, index - rows + 1)).prefix(rows).map { task in
            let line = row(task)
            return task.id == chosen ? line.reversed : line
        }
    }

    private func row(_ task: MonitorTask) -> ScreenLine {
        let text = columns.row(
            ScreenText.line(task.id),
            ScreenText.line(task.node ?? "-"),
            ScreenText.line(task.name ?? "?"),
            time(task),
            ""
        )
        return ScreenLine(text).adding(ScreenText.line(task.state), .coloured(Self.colour(task.state)))
    }

    /// How long it runs or ran; of others how long they have been so.
    private func time(_ task: MonitorTask) -> String {
        if task.state == TaskState.started { return ScreenText.span(now - (task.startedAt ?? task.changedAt)) }
        if !task.isOpen, let runtime = task.runtime { return ScreenText.span(runtime) }
        return ScreenText.span(now - task.changedAt)
    }

    static func colour(_ state: String) -> ScreenLine.Look.Colour? {
        switch state {
        case TaskState.success: .green
        case TaskState.started: .yellow
        case TaskState.failure, TaskState.retry, TaskState.rejected: .red
        case TaskState.revoked: .magenta
        default: nil
        }
    }

    // MARK: Below

    private var rule: ScreenLine { ScreenLine(String(repeating: "─", count: size.columns), .dim) }

    private var selection: ScreenLine {
        guard let task = view.task(state) else { return ScreenLine("No task chosen", .dim) }
        var words = [task.name ?? "?", task.id, task.state]
        if let runtime = task.runtime { words.append("runtime=\(ScreenText.span(runtime))") }
        words += ["args", "kwargs", "exception", "result"].compactMap { key in task.details[key].map { "\(key)=\($0)" }
        }
        return ScreenLine("Chosen: ", .bold).adding(ScreenText.line(words.joined(separator: " "), most: 1_000))
    }

    private var hint: ScreenLine {
        if let note = view.note { return ScreenLine(ScreenText.line(note), .coloured(.yellow)) }
        if state.taskEventCount == 0, now - state.startedAt > 3 {
            let words =
                state.workers.isEmpty
                ? "No worker is heard of. Is there one on this broker?"
                : "No events of tasks: nothing runs, or the workers were started without -E. Press e to have them send events."
            return ScreenLine(words, .coloured(.yellow))
        }
        return view.filter == .all
            ? "" : ScreenLine("Shown: \(view.filter == .open ? "not ended" : "gone wrong"). f for others.", .dim)
    }

    private var keys: ScreenLine {
        let words =
            switch view.page {
            case nil:
                "? help  q quit  j/k move  i info  r result  t traceback  c revoke  f filter  l workers  e enable events"
            case .revoke: "y revoke  T revoke and terminate  any other key: leave it"
            default: "j/k scroll  any other key: back"
            }
        return ScreenLine("Keys: ", .bold).adding(words, .dim)
    }
}
