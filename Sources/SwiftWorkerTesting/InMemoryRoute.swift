import BrokerModel
import CeleryProtocol
import SwiftWorker

/// Where a published message goes: what RabbitMQ's exchanges, bindings and queue arguments amount to.
struct InMemoryRoute {
    let queue: String
    /// The message as it arrives there.
    let message: OutgoingMessage
    /// How long it is on the way.
    let delay: Duration

    init(_ message: OutgoingMessage, now: Instant) {
        var arriving = message
        if message.exchange == DeadLetterTopology.exchange {
            queue = DeadLetterTopology.queueName(of: message.routingKey) ?? message.routingKey
            delay = .zero
        } else if DelayTopology.isDelayed(message.exchange),
            let seconds = DelayRoutingKey.seconds(message.routingKey)
        {
            let key = DelayRoutingKey.strippingDelay(message.routingKey)
            queue = DelayRoutingKey.queue(ofKey: key) ?? String(key)
            delay = .seconds(seconds)
            // One death in each level that held it, the highest first.
            for level in (0..<DelayTopology.levels).reversed() where seconds >> level & 1 == 1 {
                arriving.die(in: DelayTopology.name(level: level), reason: "expired", now: now + .seconds(seconds))
                arriving.exchange = level > 0 ? DelayTopology.name(level: level - 1) : DelayTopology.deliveryExchange
            }
        } else {
            queue = message.routingKey
            delay = .zero
        }
        self.message = arriving
    }
}

extension OutgoingMessage {
    /// Notes a death in the headers, as RabbitMQ does.
    mutating func die(in queue: String, reason: String, now: Instant) {
        var headers = properties.headers ?? [:]
        var deaths: [FieldValue] = []
        if case .array(let earlier) = headers[DeathHeaders.deaths] { deaths = earlier }
        let death: FieldTable = [
            "count": .int64(1),
            "reason": .string(reason),
            "queue": .string(queue),
            "time": .timestamp(UInt64(now.secondsSince1970)),
            "exchange": .string(exchange),
            "routing-keys": .array([.string(routingKey)]),
        ]
        deaths.insert(.table(death), at: 0)
        headers[DeathHeaders.deaths] = .array(deaths)
        for (name, value) in [("queue", queue), ("reason", reason), ("exchange", exchange)] {
            if deaths.count == 1 { headers["x-first-death-\(name)"] = .string(value) }
            headers["x-last-death-\(name)"] = .string(value)
        }
        properties.headers = headers
    }
}
