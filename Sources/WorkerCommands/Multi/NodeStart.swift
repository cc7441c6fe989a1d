import Platform

/// Starts nodes in the background, and waits until they consume.
struct NodeStart {
    let executable: String
    let environment: [String: String]
    let output: MultiOutput
    /// Finds the process of a node.
    let find: (MultiNode) -> NodeProcess
    /// On which the workers say that they consume.
    private let readiness: ReadinessSocket
    private var waiting: [Started] = []
    /// Nodes that did not start.
    private(set) var failed: [MultiNode] = []

    private static let reminder: Duration = .seconds(10)
    /// How much of a log is shown for a node that failed, in bytes and lines.
    private static let logBytes = 8192
    private static let logLines = 10

    private struct Started {
        let node: MultiNode
        let child: BackgroundProcess
        /// Where the log ended before.
        let logStart: Int
    }

    /// - Throws: `PlatformError`.
    init(
        executable: String,
        environment: [String: String],
        output: MultiOutput,
        find: @escaping (MultiNode) -> NodeProcess
    ) throws(PlatformError) {
        self.executable = executable
        self.environment = environment
        self.output = output
        self.find = find
        readiness = try ReadinessSocket()
    }

    /// Starts a node, unless it runs.
    mutating func start(_ node: MultiNode) {
        switch find(node) {
        case .running(let process):
            return output.note(node, "\(output.okay), runs already, pid \(process.identifier)")
        case .other(let what): return fail(node, "its pid file \(node.pidFile) has \(what)")
        case .stale(let what): NodeStop.remove(node, what, output)
        case .none: break
        }
        output.detail("  " + ShellWords.join([executable] + node.arguments))
        let logStart = Files.size(node.logFile)
        var variables = environment
        variables[Readiness.variable] = readiness.name
        do {
            for path in [node.pidFile, node.logFile] {
                if let slash = path.lastIndex(of: "/") { try Files.makeFolder(String(path[..<slash])) }
            }
            switch try Detachment.start([executable] + node.arguments, environment: variables) {
            case .runs(let child, let report):
                if !report.isEmpty { output.complain(report) }
                waiting.append(Started(node: node, child: child, logStart: logStart))
            case .ended(let code, let report):
                fail(node, "its worker ended with exit code \(code)" + Self.indented(report))
            }
        } catch {
            fail(node, "\(error)")
        }
    }

    /// Waits until the started nodes consume; one that does not in time runs on, and counts as failed.
    ///
    /// - Parameter limit: zero is not waited for.
    mutating func waitUntilReady(within limit: Duration) async {
        let clock = ContinuousClock()
        let start = clock.now
        var reminder = start + Self.reminder
        while !waiting.isEmpty {
            if limit == .zero {
                for started in waiting { output.note(started.node, "\(output.okay), pid \(started.child.identifier)") }
                return waiting = []
            }
            noteReady()
            noteEnded()
            let now = clock.now
            if now >= start + limit { return giveUp(limit) }
            if now >= reminder, !waiting.isEmpty {
                reminder = now + Self.reminder
                let names = waiting.map(\.node.description).joined(separator: ", ")
                output.note("> \(names): not consuming after \((now - start).components.seconds) s")
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private mutating func noteReady() {
        while let identifier = readiness.next() {
            guard let index = waiting.firstIndex(where: { $0.child.identifier == identifier }) else { continue }
            output.note(waiting.remove(at: index).node, "\(output.okay), consumes, pid \(identifier)")
        }
    }

    private mutating func noteEnded() {
        let ended = waiting.filter { OtherProcess($0.child.identifier) == nil }
        guard !ended.isEmpty else { return }
        waiting.removeAll { OtherProcess($0.child.identifier) == nil }
        for started in ended {
            fail(started.node, "its worker ended with exit code \(started.child.waitForExit())" + Self.log(of: started))
        }
    }

    private mutating func giveUp(_ limit: Duration) {
        for started in waiting {
            fail(
                started.node,
                "pid \(started.child.identifier) runs, but does not consume after \(limit.components.seconds) s"
                    + Self.log(of: started)
            )
        }
        waiting = []
    }

    private mutating func fail(_ node: MultiNode, _ reason: String) {
        failed.append(node)
        output.failed(node, reason)
    }

    private static func log(of started: Started) -> String {
        let bytes = Files.tail(started.node.logFile, from: started.logStart, limit: logBytes)
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").suffix(logLines)
        guard !lines.isEmpty else { return "; its log is \(started.node.logFile)" }
        return "; the end of its log \(started.node.logFile)" + indented(lines.joined(separator: "\n"))
    }

    private static func indented(_ text: String) -> String {
        text.isEmpty ? "" : ":\n" + text.split(separator: "\n").map { "\t    \($0)" }.joined(separator: "\n")
    }
}
