import Platform

/// Stops nodes: one signal for all of them, then one wait together.
struct NodeStop {
    let output: MultiOutput
    /// Finds the process of a node.
    let find: (MultiNode) -> NodeProcess
    let signal: StopSignal
    /// How long the nodes may take; `nil` is without end, zero is not waited for.
    let limit: Duration?
    /// Whether a node that takes longer is then stopped cold: QUIT.
    let endsCold: Bool

    /// Between two lines about those that still run.
    private static let reminder: Duration = .seconds(10)
    /// What a cold stop may take.
    private static let coldLimit: Duration = .seconds(30)

    private struct Running {
        let node: MultiNode
        let process: OtherProcess
    }

    init(
        _ output: MultiOutput,
        _ find: @escaping (MultiNode) -> NodeProcess,
        _ signal: StopSignal,
        within limit: Duration?,
        endsCold: Bool
    ) {
        self.output = output
        self.find = find
        self.signal = signal
        self.limit = limit
        self.endsCold = endsCold
    }

    /// Stops the nodes, and returns those that are not down.
    ///
    /// - Parameter whenDown: is told of each that is down: at once of one that did not run.
    func run(_ nodes: [MultiNode], whenDown: (MultiNode) -> Void = { _ in }) async -> [MultiNode] {
        var failed: [MultiNode] = []
        var running: [Running] = []
        for node in nodes {
            switch find(node) {
            case .running(let process): running.append(Running(node: node, process: process))
            case .other(let what):
                failed.append(node)
                output.failed(node, "not touched: its pid file \(node.pidFile) has \(what)")
            case .stale(let what):
                Self.remove(node, what, output)
                fallthrough
            case .none:
                output.note("> \(node): \(output.down)")
                whenDown(node)
            }
        }
        guard !running.isEmpty else { return failed }
        output.note(output.colored("> Stopping nodes...", .blue))
        failed += send(signal, to: &running)
        if limit == .zero { return failed }
        await wait(for: &running, within: limit, whenDown)
        if !running.isEmpty, endsCold {
            output.complain(
                "\(Self.list(running)): tasks still run after \(text(limit)); cold stop: they are cut off, and "
                    + "late-acknowledged ones run again on the next worker"
            )
            failed += send(.quit, to: &running)
            await wait(for: &running, within: Self.coldLimit, whenDown)
        }
        for left in running {
            let advice =
                endsCold
                ? "it does not react; 'multi kill' ends it, and the broker gives its messages to the next worker"
                : "its tasks still run after \(text(limit)); it stops when they are done"
            output.failed(left.node, "pid \(left.process.identifier): \(advice)")
        }
        return failed + running.map(\.node)
    }

    /// Removes a pid file without a process, and says so.
    static func remove(_ node: MultiNode, _ what: String, _ output: MultiOutput) {
        output.note("> \(node): removing the stale pid file \(node.pidFile): it has \(what)")
        Files.remove(node.pidFile)
    }

    private func send(_ signal: StopSignal, to running: inout [Running]) -> [MultiNode] {
        var failed: [MultiNode] = []
        running.removeAll { target in
            output.note(target.node, "\(signal) -> \(target.process.identifier)")
            do {
                // One that is gone by now is found so by the wait.
                try target.process.send(signal.number)
                return false
            } catch {
                output.failed(target.node, "\(error)")
                failed.append(target.node)
                return true
            }
        }
        return failed
    }

    /// Waits until all are gone, and leaves in `running` those that are not.
    private func wait(
        for running: inout [Running],
        within limit: Duration?,
        _ whenDown: (MultiNode) -> Void
    ) async {
        let clock = ContinuousClock()
        let start = clock.now
        var reminder = start + Self.reminder
        let count = running.count
        output.note(
            output.colored(
                "> Waiting for \(count) \(count == 1 ? "node" : "nodes") -> "
                    + "\(running.map { "\($0.process.identifier)" }.joined(separator: ", "))...",
                .blue
            )
        )
        while true {
            let gone = running.filter { !$0.process.isAlive }
            running.removeAll { target in gone.contains { $0.node == target.node } }
            for target in gone {
                // Left behind by one that had no time to remove it.
                if PIDFile.owner(target.node.pidFile) == target.process.identifier {
                    Files.remove(target.node.pidFile)
                }
                output.note(target.node, output.okay)
                whenDown(target.node)
            }
            guard !running.isEmpty else { return }
            let now = clock.now
            if let limit, now >= start + limit { return }
            if now >= reminder {
                reminder = now + Self.reminder
                let rest = limit.map { "; \(text(start + $0 - now)) left" } ?? ""
                output.note("> \(Self.list(running)): tasks still run after \(text(now - start))\(rest)")
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private static func list(_ running: [Running]) -> String {
        running.map(\.node.description).joined(separator: ", ")
    }

    private func text(_ duration: Duration?) -> String {
        duration.map { "\(max(0, $0.components.seconds)) s" } ?? ""
    }
}
