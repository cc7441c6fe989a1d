import JSON
import OrderedCollections

/// Writes events as JSON, at some microseconds each (Celery reference, 6).
struct EventWriter {
    private(set) var bytes: [UInt8] = []
    /// What all events of a sender have in common, JSON already.
    private let common: [UInt8]
    private let software: [UInt8]

    init(_ sender: EventSender) {
        var common: [UInt8] = []
        JSONText.append(raw: "{\"hostname\": ", to: &common)
        JSONText.append(sender.node, to: &common)
        JSONText.append(raw: ", \"pid\": \(sender.processID), \"utcoffset\": ", to: &common)
        self.common = common
        var software: [UInt8] = []
        for (name, value) in [("sw_ident", sender.program), ("sw_ver", sender.version), ("sw_sys", sender.system)] {
            JSONText.append(raw: ", \"\(name)\": ", to: &software)
            JSONText.append(value, to: &software)
        }
        self.software = software
    }

    mutating func append(raw text: String) { JSONText.append(raw: text, to: &bytes) }

    mutating func write(_ event: TaskEvent, of id: String, _ stamp: EventStamp) {
        begin(event.type, stamp)
        member("uuid", id)
        switch event {
        case .sent(let arrival, let queue, let exchange, let routingKey):
            write(arrival)
            member("queue", queue)
            member("exchange", exchange)
            member("routing_key", routingKey)
        case .received(let arrival): write(arrival)
        case .started, .cancelled: break
        case .succeeded(let result, let runtime):
            member("result", result)
            member("runtime", number: runtime)
        case .failed(let exception, let traceback):
            member("exception", exception)
            if let traceback { member("traceback", traceback) }
        case .retried(let exception, let traceback):
            member("exception", exception)
            member("traceback", traceback)
        case .revoked(let terminated, let signal, let expired):
            member("terminated", raw: terminated ? "true" : "false")
            member("signum", raw: signal.map(String.init) ?? "null")
            member("expired", raw: expired ? "true" : "false")
        case .rejected(let requeue): member("requeue", raw: requeue ? "true" : "false")
        case .custom(_, let fields):
            for (name, value) in fields where !Self.reserved.contains(name) { member(name, value) }
        }
        append(raw: "}")
    }

    mutating func write(_ event: WorkerEvent, _ stamp: EventStamp) {
        begin(event.type, stamp)
        switch event {
        case .online(let pulse), .heartbeat(let pulse), .offline(let pulse): write(pulse)
        case .announcement:
            member("freq", raw: "5")
            bytes += software
        case .elect(let id, let topic, let action):
            member("id", id)
            member("topic", topic)
            member("action", action)
            member("cver", raw: "1")
        case .electAck(let id): member("id", id)
        }
        append(raw: "}")
    }

    /// What a task's own events can't say otherwise.
    private static let reserved: Set<String> = ["hostname", "pid", "utcoffset", "clock", "timestamp", "type", "uuid"]

    private mutating func begin(_ type: String, _ stamp: EventStamp) {
        bytes += common
        append(raw: "\(stamp.utcOffset), \"clock\": \(stamp.clock), \"timestamp\": \(stamp.time.secondsSince1970)")
        member("type", type)
    }

    private mutating func write(_ arrival: TaskEvent.Arrival) {
        member("name", arrival.name)
        member("args", arrival.args)
        member("kwargs", arrival.kwargs)
        member("root_id", arrival.rootID)
        member("parent_id", arrival.parentID)
        member("retries", raw: String(arrival.retries))
        member("eta", arrival.eta?.iso8601())
        member("expires", arrival.expires?.iso8601())
    }

    private mutating func write(_ pulse: WorkerEvent.Pulse) {
        member("freq", number: pulse.frequency)
        member("active", raw: String(pulse.active))
        member("processed", raw: String(pulse.processed))
        member("loadavg", raw: "[\(pulse.loadAverage.map { "\($0)" }.joined(separator: ", "))]")
        bytes += software
    }

    private mutating func member(_ name: String, raw value: String) { append(raw: ", \"\(name)\": \(value)") }

    private mutating func member(_ name: String, number: Double) {
        member(name, raw: number.isFinite ? "\(number)" : "null")
    }

    private mutating func member(_ name: String, _ text: String?) {
        guard let text else { return member(name, raw: "null") }
        append(raw: ", \"\(name)\": ")
        JSONText.append(text, to: &bytes)
    }

    private mutating func member(_ name: String, _ value: JSONValue) {
        append(raw: ", ")
        JSONText.append(name, to: &bytes)
        append(raw: ": ")
        JSONText.append(value, to: &bytes)
    }
}
