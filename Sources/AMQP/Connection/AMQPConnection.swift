public import BrokerModel
import Threads

/// A connection to a broker, for tools and tests. It does not heal itself: `RabbitMQBroker` does.
public final class AMQPConnection: Sendable {
    /// Where it is connected to.
    public let endpoint: Endpoint
    /// What the broker says about itself, for example `version`.
    public let serverProperties: FieldTable
    private let inbox: Inbox

    /// librabbitmq reads nested tables by recursion, as deep as a frame allows.
    private static let stackSize = 16 << 20

    private init(endpoint: Endpoint, serverProperties: FieldTable, inbox: Inbox) {
        self.endpoint = endpoint
        self.serverProperties = serverProperties
        self.inbox = inbox
    }

    deinit {
        _ = inbox.post(.close(nil))
    }

    /// Connects to the first endpoint that lets it, trying each once in order.
    ///
    /// - Throws: the last endpoint's error.
    public static func connect(_ configuration: ConnectionConfiguration) async throws(AMQPError) -> AMQPConnection {
        var failure = AMQPError(.invalidURL, "no broker URL is set")
        for endpoint in configuration.endpoints {
            do {
                return try await connect(endpoint, configuration) { _ in }
            } catch {
                failure = error
            }
        }
        throw failure
    }

    /// Connects to one endpoint; `observer` is called on the connection's thread.
    static func connect(
        _ endpoint: Endpoint,
        _ configuration: ConnectionConfiguration,
        observer: @escaping @Sendable (ConnectionEvent) -> Void
    ) async throws(AMQPError) -> AMQPConnection {
        let inbox = Inbox()
        guard inbox.descriptor >= 0 else { throw AMQPError(.connectFailed, "no file descriptor is left") }
        let attempt = ConnectAttempt()
        let result = await attempt.wait {
            do throws(ThreadError) {
                try OperatingThread.start(name: "amqp", stackSize: AMQPConnection.stackSize) {
                    let core: ConnectionCore
                    do throws(AMQPError) {
                        let handle = try ConnectionHandle(endpoint, configuration)
                        let properties = handle.serverProperties
                        core = ConnectionCore(handle, configuration, inbox: inbox, observer: observer)
                        guard attempt.finish(.success(properties)) else { return }
                    } catch {
                        attempt.finish(.failure(error))
                        return
                    }
                    core.run()
                }
            } catch {
                attempt.finish(.failure(AMQPError(.connectFailed, "no thread", underlying: error)))
            }
        }
        return AMQPConnection(endpoint: endpoint, serverProperties: try result.get(), inbox: inbox)
    }

    /// Opens a channel.
    ///
    /// - Parameter handler: takes the deliveries of the channel's consumers, on the connection's thread.
    /// - Throws: `closed`, `connectionLost` or the broker's refusal.
    public func openChannel(
        deliveringTo handler: (any DeliveryHandler)? = nil
    ) async throws(AMQPError) -> AMQPChannel {
        try await openChannel(handler) { event in
            guard case .unfinished(let jobs, let error) = event else { return }
            for job in jobs { job.fail(error) }
        }
    }

    func openChannel(
        _ handler: (any DeliveryHandler)?,
        observer: @escaping @Sendable (ChannelEvent) -> Void
    ) async throws(AMQPError) -> AMQPChannel {
        let reply = try await inbox.ask { answer in
            .openChannel(ChannelOpening(handler: handler, observer: observer, answer: answer))
        }
        guard case .opened(let link) = reply else { throw AMQPError(.connectionLost, "no channel came") }
        return AMQPChannel(link: link)
    }

    /// Sends the settlements still under way, closes all channels and the connection, and waits until it has ended,
    /// at most `rpcTimeout`. Unsettled deliveries go back to their queues.
    public func close() async {
        _ = try? await inbox.ask { answer in .close(answer) }
    }
}

extension Inbox {
    /// Posts a command and waits for its answer.
    func ask(_ command: (Answer) -> Command) async throws(AMQPError) -> ChannelReply {
        let result: Result<ChannelReply, AMQPError> = await withCheckedContinuation { continuation in
            let answer = Answer(continuation)
            if let end = post(command(answer)) { answer.fail(end) }
        }
        return try result.get()
    }
}
