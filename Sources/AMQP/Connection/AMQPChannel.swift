public import BrokerModel

/// A channel: everything that can be asked of a broker.
///
/// When the broker closes a channel, for example because a queue is declared with other arguments than it has, all
/// who wait on that channel get the broker's words, and the connection's other channels go on. Open a new one then.
public final class AMQPChannel: Sendable {
    let link: ChannelLink

    init(link: ChannelLink) {
        self.link = link
    }

    func ask(_ request: ChannelRequest) async throws(AMQPError) -> ChannelReply {
        try await link.inbox.ask { answer in .request(link, request, answer) }
    }

    /// Closes the channel; unsettled deliveries go back to their queues.
    public func close() async throws(AMQPError) {
        _ = try await ask(.close)
    }

    /// Has the broker answer, and changes nothing. It waits as long as there is the channel: a broker that takes its time,
    /// or blocks the connection, must not lose it for that.
    public func ping() async throws(AMQPError) {
        _ = try await ask(.ping)
    }

    // MARK: Exchanges

    /// Declares an exchange; with `isPassive` only checks that it is there.
    public func declareExchange(_ exchange: ExchangeDeclaration, isPassive: Bool = false) async throws(AMQPError) {
        _ = try await ask(.declareExchange(exchange, isPassive: isPassive))
    }

    public func deleteExchange(_ name: String, ifUnused: Bool = false) async throws(AMQPError) {
        _ = try await ask(.deleteExchange(name, ifUnused: ifUnused))
    }

    /// Lets a source exchange route to a destination exchange.
    public func bindExchange(
        _ destination: String,
        to source: String,
        routingKey: String,
        arguments: FieldTable = [:]
    ) async throws(AMQPError) {
        _ = try await ask(
            .bindExchange(destination: destination, source: source, routingKey: routingKey, arguments: arguments)
        )
    }

    public func unbindExchange(
        _ destination: String,
        from source: String,
        routingKey: String,
        arguments: FieldTable = [:]
    ) async throws(AMQPError) {
        _ = try await ask(
            .unbindExchange(destination: destination, source: source, routingKey: routingKey, arguments: arguments)
        )
    }

    // MARK: Queues

    /// Declares a queue; with `isPassive` only checks that it is there.
    ///
    /// - Throws: `channelClosedByBroker` with 404 (passive), 405 (exclusive to another connection) or 406 (exists with
    ///   other properties).
    @discardableResult
    public func declareQueue(
        _ queue: QueueDeclaration,
        isPassive: Bool = false
    ) async throws(AMQPError) -> QueueStatus {
        guard case .queue(let status) = try await ask(.declareQueue(queue, isPassive: isPassive)) else {
            throw AMQPChannel.surprise
        }
        return status
    }

    public func bindQueue(
        _ queue: String,
        exchange: String,
        routingKey: String,
        arguments: FieldTable = [:]
    ) async throws(AMQPError) {
        _ = try await ask(.bindQueue(queue, exchange: exchange, routingKey: routingKey, arguments: arguments))
    }

    public func unbindQueue(
        _ queue: String,
        exchange: String,
        routingKey: String,
        arguments: FieldTable = [:]
    ) async throws(AMQPError) {
        _ = try await ask(.unbindQueue(queue, exchange: exchange, routingKey: routingKey, arguments: arguments))
    }

    /// Removes all messages that are ready.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public func purgeQueue(_ queue: String) async throws(AMQPError) -> Int {
        try await count(.purgeQueue(queue))
    }

    /// - Returns: how many messages were deleted with it.
    @discardableResult
    public func deleteQueue(
        _ queue: String,
        ifUnused: Bool = false,
        ifEmpty: Bool = false
    ) async throws(AMQPError) -> Int {
        try await count(.deleteQueue(queue, ifUnused: ifUnused, ifEmpty: ifEmpty))
    }

    private func count(_ request: ChannelRequest) async throws(AMQPError) -> Int {
        guard case .messageCount(let count) = try await ask(request) else { throw AMQPChannel.surprise }
        return count
    }

    // MARK: Consuming

    /// Sets how many unsettled deliveries each consumer started from now on may hold; zero is no limit.
    public func qos(prefetch: UInt16, isGlobal: Bool = false) async throws(AMQPError) {
        _ = try await ask(.qos(prefetch: prefetch, isGlobal: isGlobal))
    }

    /// Starts a consumer; its deliveries go to the channel's handler.
    ///
    /// - Parameter tag: unique on the channel.
    public func consume(
        _ queue: String,
        tag: String,
        isNoAck: Bool = false,
        isExclusive: Bool = false,
        arguments: FieldTable = [:]
    ) async throws(AMQPError) {
        _ = try await ask(
            .consume(queue: queue, tag: tag, isNoAck: isNoAck, isExclusive: isExclusive, arguments: arguments)
        )
    }

    /// Ends a consumer. Deliveries that were under way have been handed over when this returns.
    public func cancel(_ tag: String) async throws(AMQPError) {
        _ = try await ask(.cancel(tag: tag))
    }

    /// Takes one message.
    ///
    /// - Parameter isNoAck: the broker forgets the message at once; settling the receipt then does nothing.
    /// - Returns: `nil` when the queue is empty.
    /// - Throws: `malformedMessage` for one that can't be read or is too large. It goes back when the channel is closed, and
    ///   the next call takes the one behind it.
    public func get(_ queue: String, isNoAck: Bool = false) async throws(AMQPError) -> ReceivedMessage? {
        switch try await ask(.get(queue: queue, isNoAck: isNoAck)) {
        case .message(let message, let tag):
            ReceivedMessage(
                message: message,
                receipt: Receipt(tag: tag, settler: isNoAck ? SettledAlready.shared : link)
            )
        case .noMessage: nil
        default: throw AMQPChannel.surprise
        }
    }

    // MARK: Publishing

    /// Turns on confirms: from now on a publish returns when the broker has taken the message.
    public func selectConfirms() async throws(AMQPError) {
        _ = try await ask(.selectConfirms)
    }

    /// Publishes. Without confirms it returns when the message is written, and says nothing of its fate.
    ///
    /// - Throws: with confirms `unroutable` (if mandatory), `refusedByBroker` or `timeout`.
    public func publish(
        _ message: OutgoingMessage,
        timeout: Duration = .seconds(30)
    ) async throws(AMQPError) {
        let result: Result<Void, AMQPError> = await withCheckedContinuation { continuation in
            let job = PublishJob(message, deadline: Monotonic.after(timeout), continuation: continuation)
            if let end = link.inbox.post(.publish(link, job)) { job.fail(end) }
        }
        try result.get()
    }

    private static var surprise: AMQPError { AMQPError(.connectionLost, "the broker sent an unexpected answer") }
}
