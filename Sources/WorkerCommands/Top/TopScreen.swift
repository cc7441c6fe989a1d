/// Draws the state.
struct TopScreen {
    let state: TopState
    /// The broker, without password.
    let place: String

    var lines: [ScreenLine] {
        guard let current = state.current else {
            return [title, ScreenLine(state.trouble == nil ? "The workers are asked …" : "", .dim)]
        }
        return [title, totals(current), ""] + queues(current) + [""] + workers(current) + tasks
    }

    private var title: ScreenLine {
        let line = ScreenLine("\(RootCommand.name) top", .bold).adding("  \(place)", .dim)
        return state.trouble.map { line.adding("  \(ScreenText.line($0))", .coloured(.red)) } ?? line
    }

    private func totals(_ current: TopSnapshot) -> ScreenLine {
        let slots = current.workers.compactMap(\.slots).reduce(0, +)
        let busy = current.workers.compactMap(\.busy).reduce(0, +)
        let ready = current.queues.compactMap(\.ready).reduce(0, +)
        let dead = current.queues.compactMap(\.dead).reduce(0, +)
        var line = ScreenLine("workers ")
            .adding("\(current.workers.count)", current.workers.isEmpty ? .coloured(.red) : .bold)
            .adding("  slots busy ").adding("\(busy)/\(slots)", .bold)
            .adding("  started ").adding("\(Self.rate(state.rate))/s", .bold)
            .adding("  ready ").adding("\(ready)", .bold)
            .adding("  dead letters ").adding("\(dead)", dead > 0 ? .coloured(.red) : .bold)
        let new = current.queues.compactMap { state.newDeadLetters(ofQueue: $0.name) }.reduce(0, +)
        if new > 0 { line = line.adding(" (+\(new))", .coloured(.red)) }
        return line
    }

    private func queues(_ current: TopSnapshot) -> [ScreenLine] {
        guard !current.queues.isEmpty else { return [ScreenLine("No queues are known.", .dim)] }
        let rows = current.queues.map { queue -> [String] in
            [
                ScreenText.line(queue.name), queue.ready.map(String.init) ?? "absent",
                Self.signed(state.growth(ofQueue: queue.name)),
                "\(queue.running)", queue.consumers.map(String.init) ?? "-", queue.dead.map(String.init) ?? "-",
            ]
        }
        let heads = ["QUEUE", "READY", "GROWTH/S", "RUNNING", "CONSUMERS", "DEAD"]
        return ScreenTable.lines(heads, rows, rightAligned: [1, 2, 3, 4, 5]) { row, column in
            let queue = current.queues[row]
            return switch column {
            case 1 where queue.ready == nil: .coloured(.yellow)
            case 4 where queue.consumers == 0: .coloured(.red)
            case 5 where (queue.dead ?? 0) > 0: .coloured(.red)
            default: .plain
            }
        }
    }

    private func workers(_ current: TopSnapshot) -> [ScreenLine] {
        guard !current.workers.isEmpty else { return [ScreenLine("No worker has replied.", .coloured(.red))] }
        let rows = current.workers.map { worker -> [String] in
            [
                ScreenText.line(worker.node),
                "\(worker.busy.map(String.init) ?? "-")/\(worker.slots.map(String.init) ?? "-")",
                Self.rate(state.rate(ofWorker: worker.node)), "\(worker.startedCount)", worker.pool ?? "-",
                worker.uptime.map { ScreenText.span(Double($0)) } ?? "-", worker.processID.map(String.init) ?? "-",
                ScreenText.line(worker.queues.joined(separator: ",")),
            ]
        }
        let heads = ["WORKER", "BUSY", "STARTED/S", "STARTED", "POOL", "UP", "PID", "QUEUES"]
        return ScreenTable.lines(heads, rows, rightAligned: [1, 2, 3, 5, 6]) { row, column in
            let worker = current.workers[row]
            guard column == 1, let slots = worker.slots, let busy = worker.busy, busy >= slots else { return .plain }
            return .coloured(.yellow)
        }
    }

    private var tasks: [ScreenLine] {
        let tasks = state.tasks.prefix(15)
        guard !tasks.isEmpty else { return [] }
        let rows = tasks.map { [ScreenText.line($0.name), Self.rate($0.rate), "\($0.started)"] }
        return [""] + ScreenTable.lines(["TASK", "STARTED/S", "STARTED"], rows, rightAligned: [1, 2])
    }

    private static func rate(_ rate: Double?) -> String { rate.map(ScreenText.rate) ?? "-" }

    private static func signed(_ rate: Double?) -> String {
        guard let rate else { return "-" }
        return (rate > 0 ? "+" : "") + ScreenText.decimals(rate, 1)
    }
}
