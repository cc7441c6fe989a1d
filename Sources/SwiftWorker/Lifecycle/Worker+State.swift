import CeleryProtocol

extension Worker {
    /// What the worker does right now, for a log: each slot with its task, what waits, connections, counters.
    public var state: String {
        let now = ContinuousClock.now
        let (pool, running) = (corridor.pool, corridor.pool.running)
        var lines = [
            "\(configuration.nodeName): \(shutdown.phase), pool \(pool.kind.rawValue), \(pool.capacity) slots, "
                + "\(running.count) busy",
            "consumer: \(link.consumer.text(at: now))",
            "publisher: \(link.publisher.text(at: now))",
            "control: \(link.control.text(at: now))",
            "events: \(link.events.text(at: now))",
        ]
        lines += running.enumerated().map { index, task in
            let process = task.processID.map { ", process \($0)" } ?? ""
            return "slot \(index + 1): \(task.request.task.name)[\(task.request.id)], "
                + "for \((now - task.since).numberText(decimals: 3)) s\(process)"
        }
        lines.append(
            "waiting: \(corridor.waitingRoom.count) for their ETA, \(corridor.returns.heldCount) to be given back, "
                + "\(corridor.completion.underWayCount) results to be stored"
        )
        lines += corridor.board.pauses.map { pause in
            let reason = pause.reason.map { ": \($0)" } ?? ""
            return "paused since \(pause.since.iso8601()): \(pause.target)s '\(pause.pattern)'\(reason)"
        }
        for (task, remaining) in corridor.board.retryBudget?.paused ?? [] {
            lines.append("paused: \(task), for \(remaining.numberText(decimals: 0)) s more: over its task_retry_budget")
        }
        lines.append("counters: \(counters.summary)")
        return lines.joined(separator: "\n")
    }
}
