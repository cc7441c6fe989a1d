import BrokerModel
import CRabbitMQ
import DequeModule
import Glibc

/// The state of one open channel. Confined to the connection's thread.
final class ChannelCore {
    struct Consumer {
        let tag: String
        let tagBytes: [UInt8]
        let queue: String
        let isNoAck: Bool
    }

    struct PendingRequest {
        let request: ChannelRequest
        let answer: Answer
        let deadline: Int64
    }

    let link: ChannelLink
    let handler: (any DeliveryHandler)?
    unowned let connection: ConnectionCore
    /// Answered with `.opened` at `channel.open-ok`.
    var opening: Answer?
    /// By when `channel.open` must be answered: a broker that is starting may accept a connection and say no more.
    private let openingDeadline: Int64
    var consumers: [Consumer] = []
    /// Requests under way; the broker answers in order.
    var requests: Deque<PendingRequest> = []
    var ledger = SettlementLedger()
    /// Messages that were asked for and can't be read: they go back when the channel is closed.
    var unread: [UInt64] = []
    var window: PublishWindow<PublishJob>?
    /// Publishes that wait for room in the window, in the socket, or for an end of `connection.blocked`.
    var waiting: Deque<PublishJob> = []
    /// The last publish that was sent is one that goes alone.
    var hasSentAlone = false
    /// The earliest deadline of a publish; may be too early, never too late.
    var nextExpiry = Int64.max
    /// When pending settlements are to be sent.
    var settleAt = Int64.max
    var assembly: Assembly?
    var decoder = PropertiesDecoder()
    var exchangeMemo = StringMemo()
    var routingKeyMemo = StringMemo()
    var lastConsumer = 0
    /// A delivery was handed over and the handler not told of the batch's end yet.
    var hasBatch = false
    /// `channel.close` has been sent; whatever follows it makes the broker close the connection (504).
    private(set) var isClosing = false
    /// When settlements were last sent.
    private var lastSettled = Int64.min / 2
    private var settledBuffer: [ChannelLink.Settled] = []

    /// How long settlements may wait for company, in nanoseconds.
    private static let settleDelay: Int64 = 1_000_000

    init(_ opening: ChannelOpening, link: ChannelLink, connection: ConnectionCore) {
        self.link = link
        self.connection = connection
        handler = opening.handler
        self.opening = opening.answer
        openingDeadline = connection.answerDeadline()
    }

    var observer: @Sendable (ChannelEvent) -> Void { link.observer }

    /// By when the broker must answer; `.max` when it was asked nothing.
    var answerDeadline: Int64 {
        opening == nil ? requests.lazy.map(\.deadline).min() ?? .max : openingDeadline
    }

    // MARK: Requests

    func start(_ request: ChannelRequest, _ answer: Answer) throws(AMQPError) {
        if case .listConsumers = request {
            answer.succeed(.consumers(consumers.map(\.queue)))
            return
        }
        if isClosing {
            answer.fail(AMQPError(.closed, "the channel is closed"))
            return
        }
        do throws(AMQPError) {
            try send(request)
        } catch {
            answer.fail(error)
            if error.code == .invalidArgument { return }
            throw error
        }
        // A question for a sign of life must not end a connection whose broker is only slow, or blocks it.
        let deadline = if case .ping = request { Int64.max } else { connection.answerDeadline() }
        requests.append(PendingRequest(request: request, answer: answer, deadline: deadline))
    }

    /// Takes a method of the broker on this channel.
    func receive(_ method: amqp_method_t) throws(AMQPError) {
        switch method.id {
        case AMQP_BASIC_DELIVER_METHOD: deliver(method.fields())
        case AMQP_BASIC_ACK_METHOD:
            let ack: amqp_basic_ack_t = method.fields()
            confirm(ack.delivery_tag, multiple: ack.multiple != 0, isAck: true)
        case AMQP_BASIC_NACK_METHOD:
            let nack: amqp_basic_nack_t = method.fields()
            confirm(nack.delivery_tag, multiple: nack.multiple != 0, isAck: false)
        case AMQP_BASIC_RETURN_METHOD: returned(method.fields())
        case AMQP_BASIC_GET_OK_METHOD: try gotMessage(method.fields())
        case AMQP_BASIC_GET_EMPTY_METHOD: try finishRequest(.noMessage)
        case AMQP_BASIC_CANCEL_METHOD: try cancelledByBroker(method.fields())
        case AMQP_BASIC_CANCEL_OK_METHOD:
            let cancelled: amqp_basic_cancel_ok_t = method.fields()
            consumers.removeAll { $0.tagBytes == [UInt8](amqp: cancelled.consumer_tag) }
            try finishRequest(.done)
        case AMQP_QUEUE_DECLARE_OK_METHOD:
            let fields: amqp_queue_declare_ok_t = method.fields()
            try finishRequest(
                .queue(
                    QueueStatus(
                        name: String(amqp: fields.queue),
                        messageCount: Int(fields.message_count),
                        consumerCount: Int(fields.consumer_count)
                    )
                )
            )
        case AMQP_QUEUE_PURGE_OK_METHOD:
            let fields: amqp_queue_purge_ok_t = method.fields()
            try finishRequest(.messageCount(Int(fields.message_count)))
        case AMQP_QUEUE_DELETE_OK_METHOD:
            let fields: amqp_queue_delete_ok_t = method.fields()
            try finishRequest(.messageCount(Int(fields.message_count)))
        case AMQP_CONFIRM_SELECT_OK_METHOD:
            window = window ?? PublishWindow()
            try finishRequest(.done)
        case AMQP_CHANNEL_OPEN_OK_METHOD:
            opening?.succeed(.opened(link))
            opening = nil
        case AMQP_CHANNEL_CLOSE_METHOD:
            let fields: amqp_channel_close_t = method.fields()
            let reply = AMQPError.Reply(code: fields.reply_code, text: String(amqp: fields.reply_text))
            try connection.outbox.send(AMQP_CHANNEL_CLOSE_OK_METHOD, amqp_channel_close_ok_t(), channel: link.number)
            connection.remove(self)
            end(AMQPError(.channelClosedByBroker, "the broker closed the channel", reply: reply))
        case AMQP_CHANNEL_CLOSE_OK_METHOD:
            connection.remove(self)
            let closing = requests.popFirst()
            end(AMQPError(.closed, "the channel is closed"))
            closing?.answer.succeed(.done)
        case AMQP_CHANNEL_FLOW_METHOD:
            let flow: amqp_channel_flow_t = method.fields()
            let answer = amqp_channel_flow_ok_t(active: flow.active)
            try connection.outbox.send(AMQP_CHANNEL_FLOW_OK_METHOD, answer, channel: link.number)
        case AMQP_EXCHANGE_DECLARE_OK_METHOD, AMQP_EXCHANGE_DELETE_OK_METHOD, AMQP_EXCHANGE_BIND_OK_METHOD,
            AMQP_EXCHANGE_UNBIND_OK_METHOD, AMQP_QUEUE_BIND_OK_METHOD, AMQP_QUEUE_UNBIND_OK_METHOD,
            AMQP_BASIC_QOS_OK_METHOD, AMQP_BASIC_CONSUME_OK_METHOD, AMQP_CHANNEL_FLOW_OK_METHOD:
            try finishRequest(.done)
        default:
            throw AMQPError(.connectionLost, "the broker sent the unexpected method \(method.id)")
        }
    }

    func finishRequest(_ reply: ChannelReply) throws(AMQPError) {
        guard let pending = requests.popFirst() else {
            throw AMQPError(.connectionLost, "the broker answered a request that was not made")
        }
        pending.answer.succeed(reply)
    }

    private func cancelledByBroker(_ fields: amqp_basic_cancel_t) throws(AMQPError) {
        let tag = [UInt8](amqp: fields.consumer_tag)
        guard let index = consumers.firstIndex(where: { $0.tagBytes == tag }) else { return }
        let consumer = consumers.remove(at: index)
        if fields.nowait == 0 {
            let answer = amqp_basic_cancel_ok_t(consumer_tag: fields.consumer_tag)
            try connection.outbox.send(AMQP_BASIC_CANCEL_OK_METHOD, answer, channel: link.number)
        }
        observer(.consumerCancelled(tag: consumer.tag, queue: consumer.queue))
    }

    // MARK: Settlements

    /// Settles now if much has come together, else a little later: many frames in one, many of them in one write.
    func settleSoon() throws(AMQPError) {
        if link.hasMuchSettled {
            try settle()
        } else {
            // The first after a pause goes at once; those that follow closely wait for company.
            let due = lastSettled + ChannelCore.settleDelay
            if due <= Monotonic.now() { try settle() } else { settleAt = min(settleAt, due) }
        }
    }

    /// Sends what was settled, in as few frames as possible.
    func settle() throws(AMQPError) {
        settleAt = .max
        guard !isClosing else { return }
        lastSettled = Monotonic.now()
        let leaked = link.take(into: &settledBuffer)
        for settled in settledBuffer { ledger.settle(settled.tag, settled.settlement) }
        settledBuffer.removeAll(keepingCapacity: true)
        var failure: AMQPError?
        ledger.drain { verb in
            do throws(AMQPError) {
                try send(verb)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        for _ in 0..<leaked { observer(.leakedDelivery) }
    }

    private func send(_ verb: SettlementLedger.Verb) throws(AMQPError) {
        switch verb {
        case .ack(let tag, let multiple):
            let fields = amqp_basic_ack_t(delivery_tag: tag, multiple: multiple ? 1 : 0)
            try connection.outbox.send(AMQP_BASIC_ACK_METHOD, fields, channel: link.number)
        case .reject(let tag, let requeue):
            let fields = amqp_basic_reject_t(delivery_tag: tag, requeue: requeue ? 1 : 0)
            try connection.outbox.send(AMQP_BASIC_REJECT_METHOD, fields, channel: link.number)
        case .requeue(let tag, let multiple):
            let fields = amqp_basic_nack_t(delivery_tag: tag, multiple: multiple ? 1 : 0, requeue: 1)
            try connection.outbox.send(AMQP_BASIC_NACK_METHOD, fields, channel: link.number)
        }
    }

    // MARK: End

    /// Sends what was settled and then `channel.close`, the last frame of this channel.
    func close() throws(AMQPError) {
        guard !isClosing else { return }
        link.close()
        // The verb that is no failed delivery; an end of the channel alone would count as one.
        for tag in unread { ledger.settle(tag, .requeue) }
        try settle()
        isClosing = true
        var close = amqp_channel_close_t()
        close.reply_code = UInt16(AMQP_REPLY_SUCCESS)
        try connection.outbox.send(AMQP_CHANNEL_CLOSE_METHOD, close, channel: link.number)
    }

    /// Ends the channel: everyone who waits on it learns why, and its receipts settle nothing any more.
    func end(_ error: AMQPError) {
        link.close()
        _ = link.take(into: &settledBuffer)
        settledBuffer = []
        consumers = []
        assembly = nil
        opening?.fail(error)
        opening = nil
        let unanswered = requests
        requests = []
        for request in unanswered { request.answer.fail(error) }
        let sent = window?.removeAll() ?? []
        let unsent = waiting
        waiting = []
        if !sent.isEmpty { observer(.unfinished(sent, error)) }
        // Nothing is copied where there is nothing: the copy would write to the one empty array that all threads share.
        if !unsent.isEmpty { observer(.unfinished(Array(unsent), reason(of: error))) }
        observer(.closed(error))
    }

    /// Why what was not sent is not published: what the broker closed the channel for is not among it.
    private func reason(of end: AMQPError) -> AMQPError {
        guard end.code == .channelClosedByBroker else { return end }
        return AMQPError(.connectionLost, "the channel was closed before the message was sent", underlying: end)
    }
}

extension amqp_method_t {
    /// The method's fields, as librabbitmq decoded them.
    func fields<Fields>() -> Fields {
        decoded.assumingMemoryBound(to: Fields.self).pointee
    }
}
