import BrokerModel
import CeleryProtocol
import JSON

/// Broadcasts requests to workers and gathers their replies (Celery reference, 7.2 and 7.3).
struct ControlClient {
    /// How often it is looked whether a reply is there.
    static let pollInterval: Duration = .milliseconds(20)
    /// How long the broker may take to take the request.
    static let publishTimeout: Duration = .seconds(10)

    let session: any BrokerSession
    let mailbox: ControlMailbox

    /// Sends a request and waits for replies: until each worker that it names has replied, else until nobody has for
    /// `timeout`.
    ///
    /// - Parameters:
    ///   - name: a name for the reply queue and the request that nobody else uses.
    ///   - heard: called with each reply.
    /// - Returns: the replies, in the order in which they came.
    /// - Throws: the broker's error.
    func call(
        _ request: ControlRequest,
        as name: String,
        timeout: Duration,
        now: Instant,
        heard: (ControlReply) -> Void
    ) async throws -> [ControlReply] {
        let queue = mailbox.replyQueue(of: name)
        try await session.declare([.exchange(mailbox.requestExchange)] + queue.steps)
        var request = request
        request.ticket = name
        request.replyTo = .init(exchange: mailbox.replyExchange.name, routingKey: name)
        let message = request.message(in: mailbox, clock: 1, expires: now + timeout)
        try await session.publish(message, timeout: Self.publishTimeout)

        var replies: [ControlReply] = []
        var end = ContinuousClock.now + timeout
        while .now < end, request.destination.isEmpty || replies.count < request.destination.count {
            guard let received = try await session.get(queue.queue.name) else {
                try await Task.sleep(for: Self.pollInterval)
                continue
            }
            let message = received.message
            received.settle(.ack)
            for reply in try ControlReply.read(message, ticket: name) {
                heard(reply)
                replies.append(reply)
            }
            end = .now + timeout
        }
        return replies
    }

    /// Sends a request that nobody replies to.
    ///
    /// - Throws: the broker's error.
    func tell(_ request: ControlRequest) async throws {
        try await session.declare([.exchange(mailbox.requestExchange)])
        try await session.publish(request.message(in: mailbox, clock: 1, expires: nil), timeout: Self.publishTimeout)
    }
}
