import BrokerModel
import CeleryProtocol
import FoundationEssentials
import JSON
import OrderedCollections

/// The task that the winner of an election calls: a signature, as Celery's `apply_async` takes it.
struct ElectedCall: Sendable {
    private let signature: Signature

    private static let heeded: Set<String> = [
        "task_id", "countdown", "eta", "expires", "priority", "queue", "exchange", "routing_key",
    ]
    /// What would have to follow the task.
    private static let sequels = ["link", "link_error", "chain", "chord"]
    /// The furthest ahead, in seconds: 100 years.
    private static let furthest = 3_153_600_000.0

    /// - Throws: `ProtocolError` for what is no signature of a single task.
    init(_ action: JSONValue) throws(ProtocolError) {
        signature = try Signature(action)
        if let type = signature.subtaskType {
            throw ProtocolError(.invalidSignature, "'\(signature.task)' is a \(type), and no single task")
        }
        for name in Self.sequels where !Self.isEmpty(signature.options[name]) {
            throw ProtocolError(.invalidSignature, "'\(signature.task)' has the option \(name), which is not supported")
        }
    }

    var task: String { signature.task }

    /// Options that are given and left out, by name.
    var ignored: [String] {
        signature.options.keys.filter { !Self.heeded.contains($0) && !Self.isEmpty(signature.options[$0]) }.sorted()
    }

    /// - Throws: `ProtocolError` for an option that makes no sense, `WorkerError` when the routes lead to no queue.
    func message(_ settings: Settings, origin: String, now: Instant) throws -> OutgoingMessage {
        var task = OutgoingTask(
            task: signature.task,
            id: try text("task_id") ?? UUID().uuidString.lowercased(),
            args: signature.args,
            kwargs: signature.kwargs,
            origin: origin
        )
        task.eta = try time("eta")
        if let countdown = try seconds("countdown"), countdown != .zero { task.eta = now + countdown }
        task.expires = try expires(now)
        task.priority = try priority()
        let (exchange, routingKey) = try route(settings)
        return try task.message(exchange: exchange, routingKey: routingKey, now: now)
    }

    /// As in Celery, an exchange wins, and a routing key without one says nothing: a direct exchange's queue is reached
    /// by its name.
    private func route(_ settings: Settings) throws -> (exchange: String, routingKey: String) {
        let queue = try text("queue")
        let key = try text("routing_key")
        if let exchange = try text("exchange"), !exchange.isEmpty {
            return (exchange, key ?? queue ?? settings.taskDefaultRoutingKey ?? settings.taskDefaultQueue)
        }
        guard let name = queue ?? RouteTable(settings: settings).queue(of: signature.task) else {
            throw WorkerError(.configuration, "task_routes leads '\(signature.task)' to no queue")
        }
        return ("", name)
    }

    /// Seconds from now, or a time.
    private func expires(_ now: Instant) throws(ProtocolError) -> Instant? {
        if given("expires")?.string != nil { return try time("expires") }
        guard let duration = try seconds("expires") else { return nil }
        return now + duration
    }

    private func priority() throws(ProtocolError) -> UInt8 {
        guard let value = given("priority") else { return 0 }
        guard let number = value.integer.flatMap({ UInt8(exactly: $0) }) else { throw Self.invalid("priority") }
        return number
    }

    private func seconds(_ name: String) throws(ProtocolError) -> Duration? {
        guard let value = given(name) else { return nil }
        guard let number = value.double, abs(number) <= Self.furthest else { throw Self.invalid(name) }
        return .seconds(number)
    }

    private func time(_ name: String) throws(ProtocolError) -> Instant? {
        guard let word = try text(name) else { return nil }
        guard let instant = Instant(iso8601: word) else { throw Self.invalid(name) }
        return instant
    }

    private func text(_ name: String) throws(ProtocolError) -> String? {
        guard let value = given(name) else { return nil }
        guard let word = value.string else { throw Self.invalid(name) }
        return word
    }

    private func given(_ name: String) -> JSONValue? {
        signature.options[name].flatMap { $0.isNull ? nil : $0 }
    }

    private static func isEmpty(_ value: JSONValue?) -> Bool {
        guard let value else { return true }
        return value.isNull || value.array?.isEmpty == true || value.object?.isEmpty == true
    }

    private static func invalid(_ option: String) -> ProtocolError {
        ProtocolError(.invalidSignature, "the option \(option) of the signature makes no sense")
    }
}
