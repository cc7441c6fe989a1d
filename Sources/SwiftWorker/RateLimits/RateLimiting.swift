import BrokerModel
import CeleryProtocol
import Logging
import Synchronization
import Threads

/// Holds requests that would start too fast, or too many at a time, until it is their turn.
///
/// `RateGate` decides; here are its clock, its lock and the requests. A worker without rules pays one load of an atomic
/// for each task.
final class RateLimiting: Sendable {
    /// What a request may do.
    enum Verdict: Sendable, Hashable {
        case start
        /// It is held here, and leaves through `run`.
        case held
        /// It has to wait in the broker for so long.
        case park(for: Duration)
    }

    /// The largest body that is read for an argument, in bytes, packed or unpacked: it is read on the connection's thread.
    static let maximumBody = 256 << 10

    private struct Address: Hashable {
        let task: String
        let queue: String
    }

    private struct State {
        var table: RateTable
        var gate: RateGate
        /// The rules that are about a task in a queue.
        var matching: [Address: [Int]] = [:]
        var held: [RateGate.Ticket: Request] = [:]
        /// Told apart from rules that come into force while a body is being read.
        var version = 0
        var isClosed = false
    }

    private let holdLimit: Duration
    private let arguments: PayloadDecoder
    private let clock: WorkerClock
    private let countChanged: @Sendable (Int) -> Void
    private let wakeups: Wakeups
    private let isActive: Atomic<Bool>
    private let state: Lock<State>

    /// - Parameter countChanged: hears how many requests are held, after each change.
    init(
        table: RateTable,
        options: RateGate.Options,
        payloads: PayloadDecoder,
        clock: WorkerClock,
        countChanged: @escaping @Sendable (Int) -> Void
    ) {
        let rules = table.rules
        holdLimit = options.holdLimit
        arguments = PayloadDecoder(
            accept: Array(payloads.accept),
            maxBytes: min(payloads.maxBytes, Self.maximumBody),
            limits: payloads.limits
        )
        self.clock = clock
        self.countChanged = countChanged
        wakeups = Wakeups(clock: clock)
        isActive = Atomic(!rules.rules.isEmpty)
        state = Lock(State(table: table, gate: RateGate(rules: rules, options: options)))
    }

    /// Those that are held.
    var held: [Request] { state.withLock { Array($0.held.values) } }

    /// How many requests are held.
    var heldCount: Int { state.withLock { $0.held.count } }

    /// Judges a request that wants to start now.
    ///
    /// - Parameter holding: called before the request is held, with the lock held.
    func judge(_ request: Request, holding: (Request) -> Void) -> Verdict {
        guard isActive.load(ordering: .acquiring) else { return .start }
        while true {
            guard let (keys, version) = keys(of: request) else { return .start }
            let now = clock.monotonic()
            let verdict: Verdict? = state.withLock { state in
                if state.version != version { return nil }
                return arrive(request, keys, now, holding, &state)
            }
            guard let verdict else { continue }
            if verdict == .held { changed() }
            return verdict
        }
    }

    /// Notes that a request that was let start has ended, or has left without starting.
    func finish(_ request: Request) {
        guard isActive.load(ordering: .acquiring) else { return }
        let now = clock.monotonic()
        state.withLock { $0.gate.finish(Self.ticket(request), at: now) }
        wakeups.wake()
    }

    /// Notes that a request that was to be parked could not be: its place among those that come back is another's.
    func notParked(_ request: Request) {
        guard isActive.load(ordering: .acquiring), let (keys, version) = keys(of: request) else { return }
        state.withLock { state in
            guard state.version == version else { return }
            state.gate.giveBackPlace(keys)
        }
    }

    /// Lets go of held requests, in fair order, until the calling task is cancelled.
    ///
    /// - Parameter release: takes a request that may start, or that has to wait in the broker for so long.
    func run(_ release: @Sendable ([(request: Request, parking: Duration?)]) -> Void) async {
        for await _ in wakeups.signals {
            let now = clock.monotonic()
            let (released, next, count) = state.withLock { state in
                let released = state.gate.advance(to: now).compactMap { release in
                    state.held.removeValue(forKey: release.ticket).map { ($0, release.parking) }
                }
                return (released, state.gate.nextChange(), state.held.count)
            }
            if let next { wakeups.wake(at: next) }
            if released.isEmpty { continue }
            countChanged(count)
            release(released)
        }
    }

    /// Changes the limit of a task type, as the command `rate_limit` does; `nil` takes it away.
    ///
    /// - Returns: the requests that were held: each has to be judged once more.
    func setLimit(of task: String, to limit: RateLimit?) -> [Request] {
        let now = clock.monotonic()
        let held = state.withLock { state in
            state.table.setLimit(of: task, to: limit)
            let rules = state.table.rules
            let tickets = state.gate.setRules(rules, at: now)
            state.matching = [:]
            state.version += 1
            isActive.store(!rules.rules.isEmpty, ordering: .releasing)
            return tickets.compactMap { state.held.removeValue(forKey: $0) }
        }
        if !held.isEmpty { countChanged(0) }
        return held
    }

    /// The limit in force of a task type: its own, or that of `task_default_rate_limit`.
    func limit(of task: String) -> RateLimit? { state.withLock { $0.table.limit(of: task) } }

    /// Takes out the held requests that `selects` names.
    func remove(where selects: (Request) -> Bool) -> [Request] {
        let now = clock.monotonic()
        let (removed, count) = state.withLock { state in
            let removed = state.held.filter { selects($0.value) }
            for ticket in removed.keys {
                state.held[ticket] = nil
                state.gate.withdraw(ticket, at: now)
            }
            return (Array(removed.values), state.held.count)
        }
        if removed.isEmpty { return [] }
        countChanged(count)
        wakeups.wake()
        return removed
    }

    /// Takes out all that are held, for example because their connection is gone.
    func removeAll() -> [Request] {
        let removed = state.withLock { state in
            let tickets = state.gate.withdrawAll()
            return tickets.compactMap { state.held.removeValue(forKey: $0) }
        }
        if !removed.isEmpty { countChanged(0) }
        return removed
    }

    /// Takes out all that are held, and lets everything pass from now on.
    func close() -> [Request] {
        state.withLock { $0.isClosed = true }
        return removeAll()
    }

    private func arrive(
        _ request: Request,
        _ keys: [RateKey],
        _ now: ContinuousClock.Instant,
        _ holding: (Request) -> Void,
        _ state: inout State
    ) -> Verdict {
        if state.isClosed { return .start }
        let ticket = Self.ticket(request)
        let left = holdLimit - request.heldFor(at: now)
        switch state.gate.arrive(ticket, keys: keys, at: now, holdLimit: left) {
        case .admit: return .start
        case .hold:
            _ = request.markHeld(at: now)
            holding(request)
            state.held[ticket] = request
            return .held
        case .park(let time): return .park(for: time)
        }
    }

    private func changed() {
        let (next, count) = state.withLock { ($0.gate.nextChange(), $0.held.count) }
        if let next { wakeups.wake(at: next) }
        countChanged(count)
    }

    private static func matching(_ address: Address, _ state: inout State) -> [Int] {
        if let known = state.matching[address] { return known }
        let matching = state.gate.rules.matching(task: address.task, queue: address.queue)
        state.matching[address] = matching
        return matching
    }

    /// The keys of a request, and the version of the rules that say so; `nil` where no rule is about it.
    private func keys(of request: Request) -> (keys: [RateKey], version: Int)? {
        let address = Address(task: request.task.name, queue: request.envelope.message.queue)
        let (rules, matching, version) = state.withLock { state in
            (state.gate.rules, Self.matching(address, &state), state.version)
        }
        if matching.isEmpty { return nil }
        return (keys(of: request, rules, matching), version)
    }

    /// Reads the arguments where a rule asks for them. What can't be read, or is too large, shares the allowance of
    /// calls without the argument.
    private func keys(of request: Request, _ rules: RateRules, _ matching: [Int]) -> [RateKey] {
        guard rules.needArguments(matching), let payload = try? request.job.open(by: arguments) else {
            return rules.keys(matching) { _ in nil }
        }
        let names = request.task.parameters.parameters.map(\.name)
        return rules.keys(matching) { $0.text(args: payload.args, kwargs: payload.kwargs, parameters: names) }
    }

    /// A request is known by its address, for as long as somebody has it; another one may have it later.
    private static func ticket(_ request: Request) -> RateGate.Ticket {
        RateGate.Ticket(UInt(bitPattern: ObjectIdentifier(request)))
    }
}
