/// The seam between the worker and its broker; RabbitMQ and the in-memory broker of the test kit stand behind it.
public protocol Broker: Sendable {
    /// Where it is consumed from, first of all.
    var address: BrokerAddress { get }

    /// Makes the consuming connection; nothing is sent before `run()`.
    func makeConsumer(
        queues: [QueueTopology],
        prefetch: UInt16,
        handler: any DeliveryHandler,
        observer: @escaping @Sendable (LinkEvent) -> Void
    ) -> any BrokerConsumer

    /// Makes the publishing connection; it connects when first used or run.
    func makePublisher(observer: @escaping @Sendable (LinkEvent) -> Void) -> any BrokerPublisher

    /// Connects for requests and answers.
    ///
    /// - Parameter observer: is told of each failed attempt, and it is tried again as often as a worker's connections try at
    ///   their start. `nil`: it is tried once.
    /// - Throws: the broker's error when no connection can be made.
    func makeSession(retrying observer: (@Sendable (LinkEvent) -> Void)?) async throws -> any BrokerSession
}

extension Broker {
    /// Connects for requests and answers; it is tried once.
    ///
    /// - Throws: the broker's error when no connection can be made.
    public func makeSession() async throws -> any BrokerSession { try await makeSession(retrying: nil) }

    /// Connects, does something, and closes the connection.
    ///
    /// - Parameter observer: as for `makeSession(retrying:)`.
    /// - Throws: the broker's error when no connection can be made, or the body's.
    public func withSession<Result>(
        retrying observer: (@Sendable (LinkEvent) -> Void)? = nil,
        _ body: (any BrokerSession) async throws -> Result
    ) async throws -> Result {
        let session = try await makeSession(retrying: observer)
        do {
            let result = try await body(session)
            await session.close()
            return result
        } catch {
            await session.close()
            throw error
        }
    }
}

/// Takes what a consumer receives. Called on the connection's own thread: it must be quick and never block.
public protocol DeliveryHandler: AnyObject, Sendable {
    /// One message, with the right to settle it.
    func receive(_ message: IncomingMessage, _ receipt: consuming Receipt)

    /// All that could be read without waiting has been received: the moment to wake others, once for many messages.
    func receivedBatch()
}

/// A consuming connection that heals itself.
public protocol BrokerConsumer: AnyObject, Sendable {
    /// Connects, declares, consumes, and does so again after each loss, until closed.
    ///
    /// - Throws: the broker's error when the retry limit is passed or an error is not recoverable.
    func run() async throws

    /// Declares a queue with all that belongs to it and consumes from it, now and after each reconnect. Returns when it
    /// is consumed; without a connection, during a pause or after a stop it is only noted. Does nothing for a queue that is there.
    ///
    /// - Throws: the broker's refusal, for example of a contradicting declaration. Then the queue is forgotten, and the
    ///   others are consumed as before; unless it was consuming that was refused, which costs a reconnect.
    func add(_ queue: QueueTopology) async throws

    /// Cancels a queue's consumer, and forgets the queue. Nothing more of it is delivered once this returns; receipts stay
    /// valid. Does nothing for a queue that is not there.
    ///
    /// The consumer of a single active queue too: the broker hands over at once, though a delivery may be unsettled.
    func remove(queue: String) async

    /// Cancels consumers for good, so that nothing more is delivered. Receipts stay valid until `close()`.
    ///
    /// - Parameter keepsSingleActive: keeps those of single active queues, which then leave with `close()`: the broker
    ///   hands over to the next consumer at once.
    func stopConsuming(keepsSingleActive: Bool) async

    /// Cancels the consumers for a while, but for those of single active queues, which would lose their place. Nothing
    /// more of the other queues is delivered once this returns; receipts stay valid.
    func pause() async

    /// Changes how many unsettled deliveries each queue's consumer may hold; never leaves a queue without consumer. Ends
    /// a pause. The consumer of a single active queue holds one, whatever is set.
    ///
    /// The new consumers begin with an empty hold: what the old ones hold is not counted.
    func setPrefetch(_ count: UInt16) async

    /// Has the broker answer on this connection.
    ///
    /// - Returns: the queues that should have a consumer here, and have none.
    /// - Throws: when there is no connection, or it ends before the answer. Without an answer it waits for that.
    func probe() async throws -> [String]

    /// Sends the settlements still under way, then closes channel and connection; the broker requeues the rest.
    func close() async
}

extension BrokerConsumer {
    /// Cancels every consumer for good.
    public func stopConsuming() async { await stopConsuming(keepsSingleActive: false) }
}

/// A publishing connection that heals itself.
public protocol BrokerPublisher: AnyObject, Sendable {
    /// Keeps the connection until closed.
    func run() async throws

    /// Publishes, and returns when the broker has confirmed. Thousands may be under way at once.
    ///
    /// A message that was unconfirmed when the connection broke is published again, so it may arrive twice.
    ///
    /// - Throws: the broker's error when the message was returned as unroutable (if mandatory), was refused, or is not
    ///   confirmed within `timeout`.
    func publish(_ message: OutgoingMessage, timeout: Duration) async throws

    /// Declares one after the other.
    ///
    /// - Throws: the broker's error at the first that it refuses; those before it are declared.
    func declare(_ steps: [TopologyStep]) async throws

    /// How many consumers a queue has; `nil` when there is no such queue. Declares nothing.
    func consumerCount(of queue: String) async throws -> Int?

    /// Has the broker answer on this connection.
    ///
    /// - Throws: when there is no connection, or it ends before the answer. Without an answer it waits for that.
    func probe() async throws

    /// Waits for the confirms under way (bounded by their own timeouts), then closes.
    func close() async
}

extension BrokerPublisher {
    /// Declares a queue with all that belongs to it.
    public func declare(_ topology: QueueTopology) async throws { try await declare(topology.steps) }
}

/// What happens to a connection, for logs, readiness and counters.
public enum LinkEvent: Sendable {
    /// Logged in; `endpoint` has no password.
    case connected(endpoint: String)
    /// Every queue has its live consumer. After a reconnect during a pause it comes when the pause ends.
    case consuming(queues: [String])
    /// An attempt failed or a connection was lost; the next attempt is after `retryIn`.
    case disconnected(reason: String, endpoint: String, attempt: Int, limit: Int?, retryIn: Duration)
    /// The broker closed the channel or connection, with AMQP's reply code and text.
    case closedByBroker(code: UInt16, text: String)
    /// A queue that was added without a connection was refused when there was one, and is forgotten.
    case refusedQueue(queue: String, reason: String)
    /// The broker cancelled the consumer of a queue, for example because the queue was deleted.
    case consumerCancelled(queue: String)
    /// The broker blocks publishers.
    case blocked(reason: String)
    case unblocked
    /// A delivery was dropped unsettled, and requeued.
    case leakedDelivery
    /// A delivery could not be read or is too large; it was rejected, not requeued.
    case refusedDelivery(queue: String, reason: String)
    /// A publish was returned as unroutable or refused.
    case refusedPublish(reason: String)
}
