import Platform
import SwiftWorker

/// What is known of a node: whether it runs, since when, what it consumes.
struct NodeStatus {
    let node: MultiNode
    /// `nil` when it does not run.
    let process: OtherProcess?
    /// What the running worker was told to consume, else what it would be.
    let queues: [String]
    let pool: PoolKind
    /// As `-c` takes it; `nil` is the number of CPUs.
    let concurrency: String?

    init(_ node: MultiNode, _ found: NodeProcess, settings: Settings) {
        self.node = node
        if case .running(let process) = found { self.process = process } else { process = nil }
        // The running one may have been started with other options than the configuration has now.
        let command = Self.parse(process?.arguments.dropFirst()) ?? Self.parse(node.arguments[...])
        let queues = commaSeparated(command?.queues.queues ?? "")
        let excluded = commaSeparated(command?.queues.excludeQueues ?? "")
        self.queues = (queues.isEmpty ? settings.configuredQueueNames : queues).filter { !excluded.contains($0) }
        pool = command?.pool.pool.flatMap(PoolKind.init(name:)) ?? settings.workerPool
        concurrency =
            pool == .solo ? "1" : command?.pool.concurrency ?? settings.workerConcurrency.map(String.init)
    }

    private static func parse(_ arguments: ArraySlice<String>?) -> WorkerCommand? {
        guard let arguments else { return nil }
        let order = ArgumentOrder(Array(arguments))
        guard order.command == nil || order.command == "worker" else { return nil }
        return try? WorkerArguments(order.arguments, environment: [:]).command
    }

    /// For `--json`.
    var json: ConfigurationNode {
        var entries: [(String, ConfigurationNode)] = [
            ("node", ConfigurationNode(.string(node.description))),
            ("name", ConfigurationNode(.string(node.label))),
            ("running", ConfigurationNode(.bool(process != nil))),
        ]
        entries.append(("pid", process.map { ConfigurationNode(.integer(Int($0.identifier))) } ?? nil))
        entries.append(("since", process.map { ConfigurationNode(.string(Self.timestamp($0.startSecond))) } ?? nil))
        entries.append(("queues", ConfigurationNode(.list(queues.map { ConfigurationNode(.string($0)) }))))
        entries.append(("pool", ConfigurationNode(.string(pool.rawValue))))
        entries.append(
            ("concurrency", concurrency.map { ConfigurationNode(Int($0).map { .integer($0) } ?? .string($0)) } ?? nil)
        )
        for (name, path) in [("pidfile", node.pidFile), ("logfile", node.logFile)] {
            entries.append((name, ConfigurationNode(.string(MultiNode.join(ThisProcess.workingDirectory, path)))))
        }
        return ConfigurationNode(.map(entries.map { ConfigurationEntry(key: $0.0, value: $0.1) }))
    }

    /// One line per node, in columns.
    static func table(_ all: [NodeStatus], output: MultiOutput) -> String {
        let width = all.map { $0.node.description.count }.max() ?? 0
        return all.map { status in
            let name = status.node.description
            let head = name + String(repeating: " ", count: width - name.count)
            guard let process = status.process else {
                return "\(head)  \(output.colored("does not run", .red)), would consume \(status.work)"
            }
            let second = process.startSecond
            let age = text(ofSeconds: WallClock.now.seconds - second)
            return "\(head)  \(output.colored("runs", .green)), pid \(process.identifier), since "
                + "\(WallClock.localText(ofSecond: second)) (\(age)), consumes \(status.work)"
        }.joined(separator: "\n")
    }

    private var work: String {
        "\(queues.joined(separator: ", ")) with \(pool.rawValue) \(concurrency ?? "(one per CPU)")"
    }

    /// `2 d 3 h`, `3 h 12 min`, `12 min 5 s`, `5 s`.
    static func text(ofSeconds seconds: Int) -> String {
        let seconds = max(0, seconds)
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400)
        if days > 0 { return "\(days) d \(hours % 24) h" }
        if hours > 0 { return "\(hours) h \(minutes % 60) min" }
        return minutes > 0 ? "\(minutes) min \(seconds % 60) s" : "\(seconds) s"
    }

    private static func timestamp(_ second: Int) -> String {
        let text = WallClock.localText(ofSecond: second).split(separator: " ").joined(separator: "T")
        return text + WallClock.localOffset(ofSecond: second)
    }
}
