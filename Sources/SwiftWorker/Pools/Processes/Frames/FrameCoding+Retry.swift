import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections

// How a retry that a child has decided on lies in a frame.

extension FrameEncoder {
    mutating func write(_ plan: RetryPlan) {
        write(plan.retries)
        write(plan.changes)
        write(plan.cause) { $0.write($1) }
        write(plan.timeText)
    }

    private mutating func write(_ changes: RetryChanges) {
        write(changes.args.map { JSONFragment(.array($0)) }) { $0.write($1.bytes) }
        write(changes.kwargs.map { JSONFragment(.object($0)) }) { $0.write($1.bytes) }
        write(changes.eta) { $0.write($1) }
        write(changes.expires) { $0.write($1) }
        write(changes.route) { encoder, route in
            encoder.write(route.exchange)
            encoder.write(route.routingKey)
        }
        write(changes.priority) { $0.write($1) }
        write(changes.timeLimit) { $0.write($1) }
        write(changes.softTimeLimit) { $0.write($1) }
        // A tracer's own: a handful of short texts.
        let headers = changes.headers.entries.prefix(FrameDecoder.maximumTraceHeaders)
        write(headers.count)
        for entry in headers {
            write(entry.name)
            write(entry.value.string ?? "")
        }
    }

    private mutating func write(_ instant: Instant) { write(UInt64(bitPattern: instant.microseconds)) }
}

extension FrameDecoder {
    /// So many headers of a trace a retry carries.
    static let maximumTraceHeaders = 16

    mutating func retryPlan() throws(FrameError) -> RetryPlan {
        let retries = try integer()
        let changes = try retryChanges()
        let cause = try optional { decoder throws(FrameError) in try decoder.exception() }
        return RetryPlan(retries: retries, changes: changes, cause: cause, timeText: try text())
    }

    private mutating func retryChanges() throws(FrameError) -> RetryChanges {
        var changes = RetryChanges()
        if let args = try optionalJSON() {
            guard case .array(let values) = args else { throw FrameError("a retry whose arguments are no list") }
            changes.args = values
        }
        if let kwargs = try optionalJSON() {
            guard case .object(let object) = kwargs else {
                throw FrameError("a retry whose keyword arguments are no object")
            }
            changes.kwargs = object
        }
        changes.eta = try optionalInstant()
        changes.expires = try optionalInstant()
        changes.route = try optional { decoder throws(FrameError) in
            let exchange = try decoder.text()
            return MessageRoute(exchange: exchange, routingKey: try decoder.text())
        }
        changes.priority = try optional { decoder throws(FrameError) in try decoder.byte() }
        changes.timeLimit = try optional { decoder throws(FrameError) in try decoder.double() }
        changes.softTimeLimit = try optional { decoder throws(FrameError) in try decoder.double() }
        let count = try integer()
        guard (0...Self.maximumTraceHeaders).contains(count) else { throw FrameError("a retry with \(count) headers") }
        for _ in 0..<count {
            let name = try text()
            changes.headers[name] = .string(try text())
        }
        return changes
    }

    private mutating func optionalJSON() throws(FrameError) -> JSONValue? {
        guard try bool() else { return nil }
        guard let value = try? JSONValue(parsing: try blob()) else { throw FrameError("a retry without valid JSON") }
        return value
    }

    private mutating func optionalInstant() throws(FrameError) -> Instant? {
        guard try bool() else { return nil }
        return Instant(microseconds: Int64(bitPattern: try number()))
    }
}
