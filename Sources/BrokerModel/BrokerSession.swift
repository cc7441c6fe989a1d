/// A connection for command-line tools: requests and answers, where a worker consumes.
///
/// It does not heal itself. A tool whose connection breaks says so and is started again.
public protocol BrokerSession: AnyObject, Sendable {
    /// What the broker says about itself when a connection is made, for example `product` and `version`.
    var serverProperties: FieldTable { get }

    /// Takes one message, with the right to settle it. It stays the session's until it is settled, however many others are
    /// taken.
    ///
    /// - Returns: `nil` when no message is ready.
    /// - Throws: the broker's error, for example that there is no such queue: then all messages that were taken and not
    ///   settled go back, and if there were any, no more can be taken: they would come a second time. `UnreadableMessage` for
    ///   a message that can't be read: it is the session's to its end, and the next call takes the one behind it.
    func get(_ queue: String) async throws -> ReceivedMessage?

    /// Publishes, and returns when the broker has confirmed. Thousands may be under way at once.
    ///
    /// - Throws: as `BrokerPublisher.publish(_:timeout:)`.
    func publish(_ message: OutgoingMessage, timeout: Duration) async throws

    /// How many messages and consumers a queue has; `nil` when there is no such queue. Declares nothing.
    func status(of queue: String) async throws -> QueueStatus?

    /// Whether there is an exchange of that name. Declares nothing.
    func hasExchange(_ name: String) async throws -> Bool

    /// Declares one after the other.
    ///
    /// - Throws: the broker's error at the first that it refuses; those before it are declared.
    func declare(_ steps: [TopologyStep]) async throws

    /// Takes a queue's binding away. Doing so with one that is not there does nothing.
    func unbind(_ binding: QueueBinding) async throws

    /// Deletes a queue. Doing so with one that is not there does nothing.
    ///
    /// - Parameters:
    ///   - ifUnused: fails if it has consumers.
    ///   - ifEmpty: fails if messages are ready. Not for a quorum queue, where RabbitMQ closes the connection (540).
    /// - Returns: how many messages were deleted with it.
    @discardableResult
    func delete(queue: String, ifUnused: Bool, ifEmpty: Bool) async throws -> Int

    /// Deletes an exchange. Doing so with one that is not there does nothing.
    ///
    /// - Parameter ifUnused: fails if queues are bound to it.
    func delete(exchange: String, ifUnused: Bool) async throws

    /// Removes all messages that are ready; those that somebody holds unsettled stay.
    ///
    /// - Returns: how many there were.
    @discardableResult
    func purge(queue: String) async throws -> Int

    /// Sends the settlements still under way, then closes; the broker requeues the rest.
    func close() async
}

extension BrokerSession {
    /// Removes all messages that are ready in the queues; one that is not there has none.
    ///
    /// - Returns: how many there were.
    /// - Throws: the broker's error at the first queue that it refuses; those before it are empty.
    public func purge(queues: [String]) async throws -> Int {
        var count = 0
        for name in queues where try await status(of: name) != nil {
            count += try await purge(queue: name)
        }
        return count
    }
}
