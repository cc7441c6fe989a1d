import CeleryProtocol
import JSON
import OrderedCollections
import Testing

@testable import WorkerCommands

extension MonitorState {
    /// Takes an event of a task.
    mutating func hear(
        _ subject: String,
        _ id: String,
        _ fields: JSONObject = [:],
        of node: String = "w@h",
        at now: Double
    ) throws {
        var event: JSONObject = [
            "type": .string("task-\(subject)"), "uuid": .string(id), "hostname": .string(node),
            "timestamp": .double(now),
        ]
        event.merge(fields) { $1 }
        apply(try ReceivedEvent(.object(event)), at: now)
    }

    /// Takes an event of a worker.
    mutating func hearWorker(_ type: String, _ fields: JSONObject = [:], of node: String = "w@h", at now: Double) throws
    {
        var event: JSONObject = [
            "type": .string("worker-\(type)"), "hostname": .string(node), "timestamp": .double(now),
        ]
        event.merge(fields) { $1 }
        apply(try ReceivedEvent(.object(event)), at: now)
    }
}
