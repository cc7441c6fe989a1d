import BrokerModel

/// Makes connections one after the other, through the failover list and with pauses, as the retry policy says.
struct Dialer {
    private let configuration: ConnectionConfiguration
    private let observer: @Sendable (LinkEvent) -> Void
    private var endpoints: [Endpoint]
    private var backoff: Backoff
    /// When the connection at hand was made; `nil` once it is known to have ended.
    private var connectedAt: Int64?
    /// Everything was declared and consumed on the connection at hand.
    private var isWorking = false

    /// A broker that closes a connection sooner than this refuses something behind the login. That counts as a failed
    /// attempt, or it would be retried without pause and without end.
    private static let settledAfter: Duration = .seconds(3)

    init(_ configuration: ConnectionConfiguration, _ observer: @escaping @Sendable (LinkEvent) -> Void) {
        self.configuration = configuration
        self.observer = observer
        endpoints = configuration.failover == .shuffle ? configuration.endpoints.shuffled() : configuration.endpoints
        backoff = Backoff(policy: configuration.retry)
    }

    /// Connects, however many attempts it takes.
    ///
    /// - Throws: `retryLimit`, an error that is not recoverable and no later one, or `closed` when the task is cancelled.
    mutating func connect(
        _ events: @escaping @Sendable (ConnectionEvent) -> Void
    ) async throws(AMQPError) -> AMQPConnection {
        guard !endpoints.isEmpty else { throw AMQPError(.invalidURL, "no broker URL is set") }
        while true {
            var failure: AMQPError?
            for _ in endpoints.indices {
                if Task.isCancelled { throw AMQPError(.closed, "connecting was cancelled") }
                do {
                    let connection = try await AMQPConnection.connect(endpoints[0], configuration, observer: events)
                    connectedAt = Monotonic.now()
                    observer(.connected(endpoint: connection.endpoint.description))
                    return connection
                } catch {
                    if Task.isCancelled || isFinal(error) { throw error }
                    failure = error
                    moveOn()
                }
            }
            if let failure { try await pause(after: failure) }
        }
    }

    /// Takes note that the link works: everything is declared and consumed.
    mutating func working() {
        isWorking = true
        backoff.connected()
    }

    /// Waits behind a failure or a loss, or gives up.
    ///
    /// - Throws: the failure if it is final or retrying is off, `retryLimit` past the limit, `closed` when the task is
    ///   cancelled.
    mutating func pause(after failure: AMQPError) async throws(AMQPError) {
        if isFinal(failure) { throw failure }
        let wait: Duration
        if isLossOfWorkingLink(failure) {
            guard configuration.retry.isEnabled else { throw failure }
            backoff.succeeded()
            wait = backoff.pauseAfterLoss(random: Double.random(in: 0...1))
        } else {
            switch backoff.failed(random: Double.random(in: 0...1)) {
            case .giveUp:
                guard backoff.attempt > 1 else { throw failure }
                throw AMQPError(
                    .retryLimit,
                    "gave up after \(backoff.attempt) failed attempts to reach the broker",
                    reply: failure.reply,
                    underlying: failure
                )
            case .retry(let delay): wait = delay
            }
        }
        connectedAt = nil
        isWorking = false
        observer(
            .disconnected(
                reason: failure.description,
                endpoint: endpoints[0].description,
                attempt: backoff.attempt,
                limit: configuration.retry.limit,
                retryIn: wait
            )
        )
        do {
            try await Task.sleep(for: wait)
        } catch {
            throw AMQPError(.closed, "connecting was cancelled")
        }
    }

    /// Whether trying again can't help. At the start a refusal is an operator's mistake, which must not be hidden. To a link
    /// that has worked the broker's operators have done something, and they may undo it: readiness tells meanwhile, and
    /// the limit of attempts ends it.
    private func isFinal(_ failure: AMQPError) -> Bool { !failure.isRecoverable && !backoff.wasConnected }

    private func isLossOfWorkingLink(_ failure: AMQPError) -> Bool {
        guard isWorking, let connectedAt else { return false }
        return failure.reply == nil || Monotonic.now() - connectedAt > Dialer.settledAfter.nanoseconds
    }

    /// The next endpoint's turn.
    private mutating func moveOn() {
        if configuration.failover == .shuffle {
            endpoints.shuffle()
        } else {
            endpoints.append(endpoints.removeFirst())
        }
    }
}
