import BrokerModel
import SwiftWorker

/// What a worker prints when it starts. Monitors read the lines of `[config]` and `[queues]`.
struct Banner {
    var nodeName: String
    var version: String
    var platform: String
    var time: String
    var app: String
    var transport: String
    var results: String
    var concurrency: String
    var queues: [QueueTopology]
    var sendsEvents = false
    /// `nil` leaves the section out.
    var tasks: [String]?

    var text: String {
        var lines = [
            " \(nodeName) v\(version) (swiftworker)",
            "",
            " \(platform) \(time)",
            "",
            " [config]",
            " .> app:         \(app)",
            " .> transport:   \(transport)",
            " .> results:     \(results)",
            " .> concurrency: \(concurrency)",
            " .> task events: \(sendsEvents ? "ON" : "OFF (enable -E to monitor tasks in this worker)")",
            "",
            " [queues]",
        ]
        lines += queues.sorted { $0.queue.name < $1.queue.name }.map(Self.line)
        if let tasks { lines += ["", " [tasks]"] + tasks.map { "  . \($0)" } }
        return "\n" + lines.joined(separator: "\n") + "\n"
    }

    /// `3 (threads)`, or with autoscaling `{min=1, max=3} (threads)`.
    static func concurrency(_ settings: Settings, processors: Int) -> String {
        let pool = settings.workerPool
        if pool != .solo, let bounds = settings.autoscale {
            return "{min=\(bounds.minimum), max=\(bounds.maximum)} (\(pool.rawValue))"
        }
        return "\(pool == .solo ? 1 : settings.workerConcurrency ?? processors) (\(pool.rawValue))"
    }

    private static func line(_ topology: QueueTopology) -> String {
        let name = topology.queue.name
        let padded = name + String(repeating: " ", count: max(0, 16 - name.count))
        guard let exchange = topology.exchange else { return " .> \(padded) key=\(topology.routingKey)" }
        return " .> \(padded) exchange=\(exchange.name)(\(exchange.type.rawValue)) key=\(topology.routingKey)"
    }
}
