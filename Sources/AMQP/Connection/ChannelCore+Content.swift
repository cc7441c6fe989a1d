import BrokerModel
import CRabbitMQ
import DequeModule
import Glibc

/// Puts messages together from `basic.deliver`, `basic.get-ok` or `basic.return`, a content header and body frames.
extension ChannelCore {
    func deliver(_ fields: amqp_basic_deliver_t) {
        let consumer = consumerIndex(fields.consumer_tag)
        assembly = Assembly(
            purpose: .delivery(consumer: consumer),
            tag: fields.delivery_tag,
            message: IncomingMessage(
                exchange: exchangeMemo.string(fields.exchange),
                routingKey: routingKeyMemo.string(fields.routing_key),
                queue: consumer >= 0 ? consumers[consumer].queue : "",
                isRedelivered: fields.redelivered != 0,
                properties: MessageProperties(),
                body: []
            )
        )
    }

    /// The consumer of a tag; -1 if it has gone meanwhile. The last one is tried first.
    private func consumerIndex(_ tag: amqp_bytes_t) -> Int {
        func isTag(_ index: Int) -> Bool {
            consumers[index].tagBytes.withUnsafeBytes { known in
                guard known.count == tag.len, let left = known.baseAddress, let right = tag.bytes else { return false }
                return memcmp(left, right, known.count) == 0
            }
        }
        if lastConsumer < consumers.count, isTag(lastConsumer) { return lastConsumer }
        guard let index = consumers.indices.first(where: isTag) else { return -1 }
        lastConsumer = index
        return index
    }

    func gotMessage(_ fields: amqp_basic_get_ok_t) throws(AMQPError) {
        guard case .get(let queue, _) = requests.first?.request else {
            throw AMQPError(.connectionLost, "the broker answered a get that was not made")
        }
        assembly = Assembly(
            purpose: .get,
            tag: fields.delivery_tag,
            message: IncomingMessage(
                exchange: String(amqp: fields.exchange),
                routingKey: String(amqp: fields.routing_key),
                queue: queue,
                isRedelivered: fields.redelivered != 0,
                properties: MessageProperties(),
                body: []
            )
        )
    }

    func returned(_ fields: amqp_basic_return_t) {
        let reply = AMQPError.Reply(code: fields.reply_code, text: String(amqp: fields.reply_text))
        assembly = Assembly(
            purpose: .returned(reply),
            tag: 0,
            message: IncomingMessage(
                exchange: String(amqp: fields.exchange),
                routingKey: String(amqp: fields.routing_key),
                queue: "",
                properties: MessageProperties(),
                body: []
            )
        )
    }

    func receiveHeader(bodySize: UInt64, _ properties: UnsafeMutableRawPointer?) throws(AMQPError) {
        guard assembly != nil, bodySize <= UInt64(Int.max) else {
            throw AMQPError(.connectionLost, "the broker sent a content header without a message")
        }
        let size = Int(bodySize)
        assembly?.remaining = size
        if let properties {
            do throws(AMQPError) {
                let source = properties.assumingMemoryBound(to: amqp_basic_properties_t.self)
                assembly?.message.properties = try decoder.properties(source.pointee)
            } catch {
                assembly?.refusal = error.message
            }
        } else {
            assembly?.refusal = "the properties can't be read"
        }
        if size > connection.maxMessageBytes {
            assembly?.refusal = "the body has \(size) bytes, more than the limit of \(connection.maxMessageBytes)"
        }
        if size == 0 { try finishMessage() }
    }

    func receiveBody(_ fragment: amqp_bytes_t) throws(AMQPError) {
        guard let remaining = assembly?.remaining, fragment.len <= remaining else {
            throw AMQPError(.connectionLost, "the broker sent more of a body than it announced")
        }
        assembly?.remaining = remaining - fragment.len
        if assembly?.refusal == nil {
            if assembly?.message.body.isEmpty == true, fragment.len < remaining {
                assembly?.message.body.reserveCapacity(remaining)
            }
            assembly?.message.body.append(contentsOf: fragment.buffer)
        }
        if fragment.len == remaining { try finishMessage() }
    }

    private func finishMessage() throws(AMQPError) {
        guard let complete = assembly.take() else { return }
        switch complete.purpose {
        case .delivery(let consumer): handOver(complete, consumer)
        case .get: try answerGet(complete)
        case .returned(let reply): markReturned(complete.message, reply)
        }
    }

    private func handOver(_ complete: Assembly, _ consumer: Int) {
        let isNoAck = consumer >= 0 && consumer < consumers.count && consumers[consumer].isNoAck
        if !isNoAck { ledger.delivered(complete.tag) }
        if let refusal = complete.refusal {
            if !isNoAck { _ = link.settle(complete.tag, .reject) }
            observer(.refusedDelivery(queue: complete.message.queue, reason: refusal))
            return
        }
        guard let handler, !isClosing else {
            if !isNoAck { _ = link.settle(complete.tag, .requeue) }
            return
        }
        hasBatch = true
        let settler: any DeliverySettler = isNoAck ? SettledAlready.shared : link
        handler.receive(complete.message, Receipt(tag: complete.tag, settler: settler))
    }

    private func answerGet(_ complete: Assembly) throws(AMQPError) {
        guard let pending = requests.popFirst(), case .get(let queue, let isNoAck) = pending.request else {
            throw AMQPError(.connectionLost, "the broker answered a get that was not made")
        }
        if !isNoAck { ledger.delivered(complete.tag) }
        if let refusal = complete.refusal {
            // Whoever asked is told. It is held to the channel's end: given back now it would come with the next get.
            if !isNoAck { unread.append(complete.tag) }
            observer(.refusedDelivery(queue: queue, reason: refusal))
            pending.answer.fail(AMQPError(.malformedMessage, refusal))
        } else {
            pending.answer.succeed(.message(complete.message, tag: complete.tag))
        }
    }
}

/// The settler of deliveries that the broker counts as settled when it sends them.
final class SettledAlready: DeliverySettler {
    static let shared = SettledAlready()

    func settle(_ tag: UInt64, _ settlement: Settlement) -> Bool { true }

    func reclaimLeaked(_ tag: UInt64) {}
}
