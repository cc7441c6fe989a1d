import CeleryProtocol
import JSON
import OrderedCollections

/// Prints events as `celery events --dump` does, a line each; tracebacks have lines of their own.
struct EventDump {
    /// What the first line says.
    static let greeting = "-> evdump: starting capture..."
    static let lost = "-> Connection lost, attempting reconnect"

    /// Hours that this machine's clock is west of UTC.
    let utcOffset: Double
    private var tasks = RecentTable<String>(capacity: 4_095)
    private var clock = LamportClock()

    init(utcOffset: Double) {
        self.utcOffset = utcOffset
    }

    /// - Parameter time: when the event was received, in seconds since 1970.
    mutating func line(_ event: ReceivedEvent, receivedAt time: Double) -> String {
        var fields = event.fields
        for name in ["type", "hostname", "timestamp"] { fields[name] = nil }
        fields["clock"] = .integer(Int64(clock(of: event)))
        fields["local_received"] = .double(time)
        let type = event.type.lowercased()
        var head = "\(event.node) [\(Self.date(timestamp(of: event)))] \(Self.human(type))"
        if let id = event.taskID {
            fields["uuid"] = nil
            if type == "task-received" || type == "task-sent" { note(id, &fields) }
            head += ": \(tasks[id] ?? "")"
        } else {
            head += ":"
        }
        let texts = fields.keys.sorted().map { "\($0)=\(fields[$0].map(Self.text) ?? "")" }
        return Self.printable("\(head) \(texts.joined(separator: ", "))")
    }

    /// The event as it came, and when: one object on one line.
    static func json(_ event: ReceivedEvent, receivedAt time: Double) -> String {
        var fields = event.fields
        fields["local_received"] = .double(time)
        return String(decoding: JSONValue.object(fields).serialized(), as: UTF8.self)
    }

    /// Who sends tasks has no part in the workers' logical time, so that Celery writes its own down.
    private mutating func clock(of event: ReceivedEvent) -> Int {
        if event.type == "task-sent" {
            let time = (clock.time == 0 ? 1 : clock.time) - 1
            clock.adjust(to: time)
            return time
        }
        guard let time = event.fields["clock"]?.integer.map(Int.init(clamping:)) else { return clock.forward() }
        clock.adjust(to: time)
        return time
    }

    /// Shifted by the difference of the zones, as Celery has it (Celery reference, 6.5). No zone is a day away: such a
    /// number may be anything, and is left out.
    private func timestamp(of event: ReceivedEvent) -> Double {
        guard let offset = event.utcOffset, (-24...24).contains(offset) else { return event.timestamp }
        return event.timestamp - (offset - utcOffset) * 3600
    }

    private mutating func note(_ id: String, _ fields: inout JSONObject) {
        let words = ["name", "args", "kwargs"].map { fields.removeValue(forKey: $0).map(Self.text) ?? "None" }
        tasks.change(id, else: "") { $0 = "\(words[0])(\(id)) args=\(words[1]) kwargs=\(words[2])" }
    }

    private static func human(_ type: String) -> String {
        switch type {
        case "worker-offline": "shutdown"
        case "worker-online": "started"
        case "worker-heartbeat": "heartbeat"
        default: String(type.map { $0 == "-" ? " " : $0 })
        }
    }

    /// As `str()` has it.
    private static func text(_ value: JSONValue) -> String { value.string ?? PythonRepr.repr(value) }

    /// Rounded as Python rounds: the fraction alone, to the nearest microsecond.
    private static func date(_ seconds: Double) -> String {
        let whole = seconds.rounded(.down)
        let microseconds = ((seconds - whole) * 1_000_000).rounded(.toNearestOrEven)
        let time = Instant(secondsSince1970: whole) + .microseconds(Int64(microseconds))
        return String(time.iso8601().map { $0 == "T" ? " " : $0 })
    }

    /// What came from outside neither moves the cursor nor colours a terminal.
    private static func printable(_ line: String) -> String {
        guard line.unicodeScalars.contains(where: isControl) else { return line }
        var result = String.UnicodeScalarView()
        for scalar in line.unicodeScalars { result.append(isControl(scalar) ? "\u{FFFD}" : scalar) }
        return String(result)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
    }
}
