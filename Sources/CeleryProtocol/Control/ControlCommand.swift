public import JSON
import OrderedCollections

/// A command that this worker carries out, with its arguments read (Celery reference, 7.8).
public enum ControlCommand: Sendable, Hashable {
    /// One that only asks.
    case inspect(InspectCommand)
    /// `revoke`, and `terminate`, which is the same with termination.
    case revoke(ControlRevocation)
    case revokeByStampedHeaders(ControlStampRevocation)
    /// The limit is read by the worker; nothing, zero and an empty text are none.
    case rateLimit(task: String, limit: JSONValue)
    case addConsumer(ControlConsumer)
    case cancelConsumer(queue: String)
    /// Seconds; nothing takes the task's own limit away.
    case timeLimit(task: String, soft: Double?, hard: Double?)
    case setTaskEvents(Bool)
    /// Send a heartbeat now.
    case heartbeat
    /// Have the workers elect the one that takes an action.
    case election(id: String, topic: String, action: JSONValue)
    /// Slots more; fewer if negative.
    case resizePool(by: Int)
    case restartPool
    /// `nil` leaves a bound as it is.
    case autoscale(maximum: Int?, minimum: Int?)
    case shutdown(message: String)
    /// Our own, which Celery's workers answer as unknown.
    case pause(ControlPause)
    /// Our own, too: lifts a pause of the same words.
    case resume(ControlPause)

    /// Reads a command.
    ///
    /// - Throws: `PythonException`, what Celery's worker would answer as error: a `KeyError` for an unknown command, a
    ///   `TypeError` for missing arguments.
    public init(_ request: ControlRequest) throws(PythonException) {
        let arguments = ControlArguments(request.method, request.arguments)
        if let inspect = try InspectCommand(arguments) {
            self = .inspect(inspect)
            return
        }
        switch request.method {
        case "revoke":
            try arguments.require("task_id")
            self = .revoke(
                ControlRevocation(
                    ids: try ControlRevocation.ids(arguments["task_id"]),
                    terminates: PythonTruth.of(arguments["terminate"]),
                    signal: arguments["signal"]
                )
            )
        case "terminate":
            try arguments.require("signal", "task_id")
            self = .revoke(
                ControlRevocation(
                    ids: try ControlRevocation.ids(arguments["task_id"]),
                    terminates: true,
                    signal: arguments["signal"]
                )
            )
        case "revoke_by_stamped_headers":
            try arguments.require("headers")
            self = .revokeByStampedHeaders(
                ControlStampRevocation(
                    headers: try ControlStampRevocation.headers(arguments["headers"]),
                    terminates: PythonTruth.of(arguments["terminate"]),
                    signal: try ControlSignal.number(arguments["signal"])
                )
            )
        case "rate_limit":
            try arguments.require("task_name", "rate_limit")
            self = .rateLimit(task: try arguments.text("task_name"), limit: arguments["rate_limit"])
        case "add_consumer":
            try arguments.require("queue")
            self = .addConsumer(try ControlConsumer(arguments))
        case "cancel_consumer":
            try arguments.require("queue")
            self = .cancelConsumer(queue: try arguments.text("queue"))
        case "time_limit":
            self = .timeLimit(
                task: arguments["task_name"].string ?? "",
                soft: try arguments.number("soft"),
                hard: try arguments.number("hard")
            )
        case "enable_events", "disable_events":
            try arguments.take()
            self = .setTaskEvents(request.method == "enable_events")
        case "heartbeat":
            try arguments.take()
            self = .heartbeat
        case "election":
            try arguments.require("id", "topic")
            self = .election(
                id: try arguments.text("id"),
                topic: try arguments.text("topic"),
                action: arguments["action"]
            )
        case "pool_grow", "pool_shrink":
            let count = try arguments.count("n") ?? 1
            self = .resizePool(by: request.method == "pool_grow" ? count : -count)
        case "pool_restart": self = .restartPool
        case "autoscale":
            try arguments.take("max", "min")
            self = .autoscale(maximum: try arguments.count("max"), minimum: try arguments.count("min"))
        case "shutdown": self = .shutdown(message: arguments["msg"].string ?? "Got shutdown from remote")
        case "pause": self = .pause(try ControlPause(arguments))
        case "resume": self = .resume(try ControlPause(arguments))
        default: throw .keyError(request.method)
        }
    }

    /// The names that are taken.
    public static let names: Set<String> = [
        "active", "active_queues", "add_consumer", "autoscale", "cancel_consumer", "clock", "conf", "disable_events",
        "dump_active", "dump_conf", "dump_reserved", "dump_revoked", "dump_schedule", "dump_tasks", "election",
        "enable_events", "heartbeat", "hello", "memdump", "memsample", "objgraph", "pause", "ping", "pool_grow",
        "pool_restart", "pool_shrink", "query_task", "rate_limit", "registered", "report", "reserved", "resume",
        "revoke",
        "revoke_by_stamped_headers", "revoked", "scheduled", "shutdown", "stats", "terminate", "time_limit",
    ]
}
