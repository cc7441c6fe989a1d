public import JSON
import OrderedCollections

/// A command that only asks (Celery reference, 7.5).
public enum InspectCommand: Sendable, Hashable {
    case ping
    case clock
    case report
    /// - `withDefaults`: also the settings that are as they come.
    case conf(withDefaults: Bool)
    /// Another worker starts, and tells what it knows to be revoked.
    case hello(from: String, revoked: [String])
    case stats
    /// - `isSafe`: arguments as the producer shows them.
    case active(isSafe: Bool)
    case reserved
    case scheduled
    case revoked
    /// - `attributes`: what is told of each task; empty is exchange, routing key and rate limit.
    case registered(attributes: [String], builtIns: Bool)
    case queryTask(ids: [String])
    case activeQueues
    case memorySample
    case memoryDump
    case objectGraph

    /// Reads a command; `nil` for one that is none of these.
    ///
    /// - Throws: `PythonException` for arguments that do not fit.
    init?(_ arguments: ControlArguments) throws(PythonException) {
        switch arguments.method {
        case "ping": self = .ping
        case "clock": self = .clock
        case "report":
            try arguments.take()
            self = .report
        case "conf", "dump_conf": self = .conf(withDefaults: PythonTruth.of(arguments["with_defaults"]))
        case "hello":
            try arguments.require("from_node")
            self = .hello(from: try arguments.text("from_node"), revoked: Self.ids(arguments["revoked"]))
        case "stats": self = .stats
        case "active", "dump_active": self = .active(isSafe: PythonTruth.of(arguments["safe"]))
        case "reserved", "dump_reserved": self = .reserved
        case "scheduled", "dump_schedule": self = .scheduled
        case "revoked", "dump_revoked": self = .revoked
        case "registered", "dump_tasks":
            self = .registered(
                attributes: (arguments["taskinfoitems"].array ?? []).compactMap(\.string).filter { !$0.hasPrefix("_") },
                builtIns: PythonTruth.of(arguments["builtins"])
            )
        case "query_task":
            try arguments.require("ids")
            let ids = arguments["ids"]
            self = .queryTask(ids: ids.string.map { [$0] } ?? (ids.array ?? []).compactMap(\.string))
        case "active_queues":
            try arguments.take()
            self = .activeQueues
        case "memsample": self = .memorySample
        case "memdump": self = .memoryDump
        case "objgraph":
            try arguments.take("num", "max_depth", "type")
            self = .objectGraph
        default: return nil
        }
    }

    /// Ids as a list, or before Celery 5.7 as an object of ids with times, which are another machine's (8.1).
    public static func ids(_ value: JSONValue?) -> [String] {
        switch value {
        case .array(let elements): elements.compactMap(\.string)
        case .object(let members): Array(members.keys)
        default: []
        }
    }
}
