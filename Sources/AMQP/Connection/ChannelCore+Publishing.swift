import BrokerModel
import CRabbitMQ
import DequeModule

extension ChannelCore {
    /// Publishes may be in flight up to this number; more wait here.
    static let windowSize = 4096
    /// Unsent bytes up to which more is written; a broker that reads slowly must not fill the memory.
    static let outboxLimit = 4 << 20

    func publish(_ job: PublishJob) throws(AMQPError) {
        nextExpiry = min(nextExpiry, job.deadline)
        if waiting.isEmpty, mayPublish(job) {
            try write(job)
        } else {
            waiting.append(job)
        }
    }

    /// Writes those that had to wait.
    func publishWaiting() throws(AMQPError) {
        while let job = waiting.first, mayPublish(job) {
            waiting.removeFirst()
            try write(job)
        }
    }

    private func mayPublish(_ job: PublishJob) -> Bool {
        guard !isClosing, !connection.isBlocked, connection.outbox.pendingBytes < ChannelCore.outboxLimit else {
            return false
        }
        // One that has expired meanwhile keeps nobody: the broker may never confirm it.
        if job.isAlone || hasSentAlone { return window?.hasItems != true }
        return (window?.count ?? 0) < ChannelCore.windowSize
    }

    private func write(_ job: PublishJob) throws(AMQPError) {
        let arena = connection.arena
        arena.reset()
        let message = job.message
        do throws(AMQPError) {
            var fields = amqp_basic_publish_t()
            fields.exchange = try arena.shortString(message.exchange, "the exchange's name")
            fields.routing_key = try arena.shortString(message.routingKey, "the routing key")
            fields.mandatory = message.isMandatory ? 1 : 0
            var properties = try PropertiesEncoder.encode(message.properties, in: arena)
            try connection.outbox.publish(fields, &properties, message.body, channel: link.number)
        } catch {
            if error.code == .invalidArgument {
                job.fail(error)
                return
            }
            // It may have been sent in part: whoever reconnects publishes it again.
            waiting.prepend(job)
            throw error
        }
        hasSentAlone = job.isAlone
        if window == nil {
            job.succeed()
        } else {
            window?.append(job)
        }
    }

    func confirm(_ tag: UInt64, multiple: Bool, isAck: Bool) {
        window?.settle(tag, multiple: multiple, isAck: isAck) { job, verdict in
            switch verdict {
            case .confirmed: job.succeed()
            case .refused:
                job.fail(AMQPError(.refusedByBroker, "the broker refused a message to '\(job.message.routingKey)'"))
            case .returned(let reply):
                let target = job.message.exchange.isEmpty ? "the default exchange" : "'\(job.message.exchange)'"
                job.fail(
                    AMQPError(.unroutable, "no queue for '\(job.message.routingKey)' of \(target)", reply: reply)
                )
            }
        }
    }

    /// Finds the publish that the broker returned: the return comes before its confirm and repeats the message.
    func markReturned(_ returned: IncomingMessage, _ reply: AMQPError.Reply) {
        func isSameTarget(_ job: PublishJob) -> Bool {
            job.message.isMandatory && job.message.routingKey == returned.routingKey
                && job.message.exchange == returned.exchange
        }
        let isFound = window?.markReturned(reply) { job in
            isSameTarget(job) && job.message.properties.correlationID == returned.properties.correlationID
                && job.message.properties.messageID == returned.properties.messageID
                && job.message.properties.replyTo == returned.properties.replyTo && job.message.body == returned.body
        }
        if isFound == false { _ = window?.markReturned(reply, where: isSameTarget) }
    }

    /// Fails the publishes whose deadline has passed.
    func expirePublishes(now: Int64) throws(AMQPError) {
        guard now >= nextExpiry else { return }
        var expired = window?.remove { $0.deadline <= now } ?? []
        if waiting.contains(where: { $0.deadline <= now }) {
            expired += waiting.filter { $0.deadline <= now }
            waiting.removeAll { $0.deadline <= now }
        }
        nextExpiry = waiting.reduce(Int64.max) { min($0, $1.deadline) }
        window?.forEach { nextExpiry = min(nextExpiry, $0.deadline) }
        for job in expired { job.expire() }
        // One that was under way alone makes room.
        if !expired.isEmpty { try publishWaiting() }
    }
}
