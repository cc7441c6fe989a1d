import BrokerModel
import DequeModule
import Logging
import Threads

/// A publishing link to RabbitMQ that heals itself.
///
/// It connects when first used. Messages that have no connection wait in the backlog, those that were unconfirmed
/// when one broke go back there, each until its own deadline.
final class RabbitMQPublisher: BrokerPublisher {
    private struct Waiter {
        let deadline: Int64
        let continuation: CheckedContinuation<Result<AMQPConnection, AMQPError>, Never>
    }

    private struct State {
        /// Set once nothing more is taken.
        var end: AMQPError?
        var loop: Task<Void, any Error>?
        var connection: AMQPConnection?
        /// The confirming channel.
        var link: ChannelLink?
        var backlog: Deque<PublishJob> = []
        /// Those who need a connection for something else than publishing.
        var waiters: [Waiter] = []
        /// Publishes that have not returned.
        var pending = 0
        var idleWaiters: [CheckedContinuation<Void, Never>] = []
    }

    private let configuration: ConnectionConfiguration
    private let observer: @Sendable (LinkEvent) -> Void
    private let logger: Logger
    private let state = Lock(State())
    /// Something waits without a connection.
    private let waitingSignals: AsyncStream<Void>
    private let waitingSender: AsyncStream<Void>.Continuation

    init(
        _ configuration: ConnectionConfiguration,
        _ observer: @escaping @Sendable (LinkEvent) -> Void,
        _ logger: Logger
    ) {
        self.configuration = configuration
        self.observer = observer
        self.logger = logger
        (waitingSignals, waitingSender) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: BrokerPublisher

    func run() async throws {
        guard let loop = state.withLock({ startLoop(&$0) }) else { return }
        try await withTaskCancellationHandler {
            try await loop.value
        } onCancel: {
            loop.cancel()
        }
    }

    func publish(_ message: OutgoingMessage, timeout: Duration) async throws {
        let result: Result<Void, AMQPError> = await withCheckedContinuation { continuation in
            let job = PublishJob(message, deadline: Monotonic.after(timeout), continuation: continuation)
            state.withLock { $0.pending += 1 }
            submit(job)
        }
        finishPending()
        if case .failure(let error) = result {
            if error.code == .unroutable || error.code == .refusedByBroker {
                observer(.refusedPublish(reason: error.description))
            }
            throw error
        }
    }

    func declare(_ steps: [TopologyStep]) async throws {
        try await connected().declare(steps)
    }

    /// The connection, made if there is none yet.
    private func connected() async throws(AMQPError) -> AMQPConnection {
        let result: Result<AMQPConnection, AMQPError> = await withCheckedContinuation { continuation in
            let known: Result<AMQPConnection, AMQPError>? = state.withLock { state in
                if let end = state.end { return .failure(end) }
                if let connection = state.connection { return .success(connection) }
                _ = startLoop(&state)
                let deadline = Monotonic.after(configuration.rpcTimeout)
                state.waiters.append(Waiter(deadline: deadline, continuation: continuation))
                return nil
            }
            if let known {
                continuation.resume(returning: known)
            } else {
                waitingSender.yield()
            }
        }
        return try result.get()
    }

    func consumerCount(of queue: String) async throws -> Int? {
        try await connected().status(of: queue)?.consumerCount
    }

    func probe() async throws {
        guard let link = state.withLock({ $0.link }) else {
            throw AMQPError(.connectionLost, "there is no connection")
        }
        try await AMQPChannel(link: link).ping()
    }

    func close() async {
        let (loop, wasOpen) = state.withLock { state in
            let wasOpen = state.end == nil
            state.end = state.end ?? AMQPError(.closed, "the publisher is closed")
            return (state.loop, wasOpen)
        }
        if wasOpen, loop != nil {
            await withCheckedContinuation { continuation in
                let isIdle = state.withLock { state in
                    if state.pending > 0 { state.idleWaiters.append(continuation) }
                    return state.pending == 0
                }
                if isIdle { continuation.resume() }
            }
        }
        await state.withLock { $0.connection }?.close()
        loop?.cancel()
        _ = await loop?.result
    }

    // MARK: Jobs

    /// Gives a job to the channel, or to the backlog while there is none.
    private func submit(_ job: PublishJob) {
        let (refusal, mustWait) = state.withLock { state -> (AMQPError?, Bool) in
            if let end = state.end { return (end, false) }
            _ = startLoop(&state)
            return (nil, !offer(job, &state))
        }
        if let refusal {
            job.fail(refusal)
        } else if mustWait {
            waitingSender.yield()
        }
    }

    /// - Returns: whether the channel took it; else it is in the backlog.
    private func offer(_ job: PublishJob, _ state: inout State) -> Bool {
        if let link = state.link {
            if link.inbox.post(.publish(link, job)) == nil { return true }
            state.link = nil
        }
        state.backlog.append(job)
        return false
    }

    /// Takes back what a channel could not finish.
    private func takeBack(_ jobs: [PublishJob], _ error: AMQPError) {
        let (guilty, others) = sort(jobs, error)
        for job in guilty { job.fail(error) }
        let mustWait = state.withLock { state in
            others.reduce(false) { !offer($1, &state) || $0 }
        }
        if mustWait { waitingSender.yield() }
    }

    /// Parts the publishes for which the broker closed the channel from those that only were on it as well. Published
    /// again, the guilty ones would close the next channel too. When the broker's words don't tell them apart, each
    /// goes alone: then it is known.
    private func sort(_ jobs: [PublishJob], _ error: AMQPError) -> (guilty: [PublishJob], others: [PublishJob]) {
        guard error.code == .channelClosedByBroker else { return ([], jobs) }
        if jobs.count == 1 { return (jobs, []) }
        let refusal = PublishRefusal(error.reply)
        let guilty = jobs.filter { refusal.concerns($0.message) }
        if guilty.isEmpty { return ([], jobs.map(\.alone)) }
        return (guilty, jobs.filter { !refusal.concerns($0.message) })
    }

    private func finishPending() {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.pending -= 1
            guard state.pending == 0, !state.idleWaiters.isEmpty else { return [] }
            defer { state.idleWaiters = [] }
            return state.idleWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    // MARK: The loop

    private func startLoop(_ state: inout State) -> Task<Void, any Error>? {
        if state.end != nil { return state.loop }
        let loop = state.loop ?? Task { try await self.keepConnected() }
        state.loop = loop
        return loop
    }

    private func keepConnected() async throws {
        let expiry = Task { await expireWaiting() }
        defer { expiry.cancel() }
        do throws(AMQPError) {
            try await connectAgainAndAgain()
            failAll(AMQPError(.closed, "the publisher is closed"))
        } catch {
            let isClosed = state.withLock { $0.end != nil }
            failAll(error)
            if !isClosed { throw error }
        }
    }

    private func connectAgainAndAgain() async throws(AMQPError) {
        var dialer = Dialer(configuration, observer)
        while !Task.isCancelled {
            let (ends, sender) = AsyncStream.makeStream(of: AMQPError.self)
            let observer = self.observer
            let connection = try await dialer.connect { event in
                switch event {
                case .blocked(let reason): observer(.blocked(reason: reason))
                case .unblocked: observer(.unblocked)
                case .ended(let error):
                    sender.yield(error)
                    sender.finish()
                }
            }
            let failure = await serve(connection, &dialer, ends)
            await connection.close()
            if Task.isCancelled || failure.code == .closed { return }
            if let reply = failure.reply { observer(.closedByBroker(code: reply.code, text: reply.text)) }
            try await dialer.pause(after: failure)
        }
    }

    /// Publishes on one connection, on a fresh channel whenever the broker closes one.
    ///
    /// - Returns: why the connection ended.
    private func serve(
        _ connection: AMQPConnection,
        _ dialer: inout Dialer,
        _ connectionEnds: AsyncStream<AMQPError>
    ) async -> AMQPError {
        defer {
            state.withLock { state in
                state.connection = nil
                state.link = nil
            }
        }
        while true {
            let (ends, sender) = AsyncStream.makeStream(of: AMQPError.self)
            let failure: AMQPError
            do throws(AMQPError) {
                let channel = try await connection.openChannel(nil) { [weak self] event in
                    switch event {
                    case .closed(let error):
                        sender.yield(error)
                        sender.finish()
                    case .unfinished(let jobs, let error): self?.takeBack(jobs, error)
                    default: break
                    }
                }
                try await channel.selectConfirms()
                dialer.working()
                start(connection, channel.link)
                failure = await ends.first { _ in true } ?? AMQPError(.closed, "cancelled")
            } catch {
                return error
            }
            state.withLock { $0.link = nil }
            // The channel's end is no news when the connection's end is its cause.
            guard failure.code == .channelClosedByBroker else { return failure }
            if let reply = failure.reply { observer(.closedByBroker(code: reply.code, text: reply.text)) }
        }
    }

    /// Opens the way for publishes: those that waited first.
    private func start(_ connection: AMQPConnection, _ link: ChannelLink) {
        let waiters = state.withLock { state -> [Waiter] in
            state.connection = connection
            state.link = link
            let backlog = state.backlog
            state.backlog = []
            for job in backlog { _ = offer(job, &state) }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: .success(connection)) }
    }

    /// Ends what waits without a connection when its time is over.
    private func expireWaiting() async {
        for await _ in waitingSignals {
            while !Task.isCancelled {
                let now = Monotonic.now()
                let (jobs, waiters, isEmpty) = state.withLock { state in
                    let jobs = state.backlog.filter { $0.deadline <= now }
                    if !jobs.isEmpty { state.backlog.removeAll { $0.deadline <= now } }
                    let waiters = state.waiters.filter { $0.deadline <= now }
                    if !waiters.isEmpty { state.waiters.removeAll { $0.deadline <= now } }
                    return (jobs, waiters, state.backlog.isEmpty && state.waiters.isEmpty)
                }
                for job in jobs { job.expire() }
                for waiter in waiters {
                    waiter.continuation.resume(returning: .failure(AMQPError(.timeout, "no connection in time")))
                }
                if isEmpty { break }
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    private func failAll(_ error: AMQPError) {
        let (jobs, waiters) = state.withLock { state in
            state.end = state.end ?? error
            defer {
                state.backlog = []
                state.waiters = []
            }
            return (state.backlog, state.waiters)
        }
        for job in jobs { job.fail(error) }
        for waiter in waiters { waiter.continuation.resume(returning: .failure(error)) }
    }
}
