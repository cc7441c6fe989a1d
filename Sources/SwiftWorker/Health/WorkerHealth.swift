import BrokerModel

/// What is known of a worker's health; pure.
///
/// What has to be asked for is known only as long as the answer is fresh: who does not answer is found out by silence.
public struct WorkerHealth: Sendable {
    /// An answer that is older counts as none. The parts are asked once a second, so that any fault shows within five.
    static let patience: Duration = .seconds(3)
    /// A check that was bad counts as good again after so long, or short interruptions would be seen by nobody.
    static let settling: Duration = .seconds(1)
    /// So long the pool may be without a slot, for example while its only child process is replaced.
    static let poolGrace: Duration = .seconds(2)
    /// A worker whose threads have not moved for so long is not alive.
    static let stillness: Duration = .seconds(10)

    /// What has to be well for the worker to be ready.
    public enum Check: String, Sendable, CaseIterable {
        /// The worker is not about to stop.
        case running
        /// The broker has answered lately where the worker consumes.
        case broker
        /// Every queue that is to be consumed has a live consumer.
        case consumers
        /// The broker has answered lately where the worker publishes, and takes messages.
        case publisher
        /// There are slots that take tasks, or there are to be none until a task comes.
        case pool
        /// The control store has answered lately; only of workers that have one.
        case controlStore = "control_store"
        /// The result store has answered lately.
        case results = "result_backend"
    }

    /// What was found out about a check.
    public struct Finding: Sendable, Hashable {
        public let check: Check
        public let isGood: Bool
        /// What is wrong, for people; empty when nothing is. Holds no password.
        public let detail: String
    }

    /// A connection to the broker.
    public enum Link: String, Sendable, CaseIterable {
        case consumer, publisher, control, events
    }

    /// A part that is asked for a sign of life.
    enum Part: Sendable, Hashable {
        case consumer, publisher, controlStore, results
    }

    /// What the worker's parts tell.
    enum Event: Sendable {
        case link(Link, LinkEvent)
        /// A part has answered, or has said why it can't.
        case answered(Part, failure: String?)
        /// The queues that should have a consumer and have none.
        case missing([String])
        /// The worker's own threads move; the pool has that many slots of those it is to have, and has not moved for so
        /// long.
        case beat(slots: Int, wanted: Int = 1, poolStill: Duration)
        case stopping
    }

    /// What is known of a connection.
    public struct LinkState: Sendable, Hashable {
        public internal(set) var isUp = false
        /// Why the broker blocks publishing; `nil` when it does not.
        public internal(set) var blocked: String?
        /// How many connections have been lost.
        public internal(set) var losses = 0
        var reason = "not connected yet"
    }

    private struct Answer: Sendable {
        var at: ContinuousClock.Instant
        var failure: String?
    }

    /// The checks that this worker has.
    public let checks: [Check]
    /// Whether every queue has had its consumer once.
    public private(set) var hasStarted = false
    private var links: [Link: LinkState] = [:]
    private var missing: [String]?
    private var answers: [Part: Answer] = [:]
    private var hasSlots = false
    private var slotsSeenAt: ContinuousClock.Instant?
    private var poolStill: Duration = .zero
    private var beatAt: ContinuousClock.Instant
    private var isStopping = false
    /// From when on a check that is good counts as good; absent while it is bad.
    private var goodFrom: [Check: ContinuousClock.Instant] = [:]
    private var wereGood: Set<Check> = []

    init(hasControlStore: Bool, at now: ContinuousClock.Instant) {
        checks = Check.allCases.filter { hasControlStore || $0 != .controlStore }
        beatAt = now
    }

    /// What is known of a connection.
    public subscript(link: Link) -> LinkState { links[link] ?? LinkState() }

    mutating func take(_ event: Event, at now: ContinuousClock.Instant) {
        // What has gone stale meanwhile was bad, even though nobody looked.
        settle(at: now)
        apply(event, at: now)
        settle(at: now)
    }

    /// Whether the worker's own threads move; whatever the broker does.
    public func isAlive(at now: ContinuousClock.Instant) -> Bool {
        now - beatAt < Self.stillness && poolStill < Self.stillness
    }

    /// Whether all is well.
    public func isReady(at now: ContinuousClock.Instant) -> Bool { findings(at: now).allSatisfy(\.isGood) }

    /// Each check, in a fixed order.
    public func findings(at now: ContinuousClock.Instant) -> [Finding] {
        checks.map { check in
            if let problem = problem(check, at: now) { return Finding(check: check, isGood: false, detail: problem) }
            let from = goodFrom[check] ?? (wereGood.contains(check) ? now + Self.settling : now)
            if from <= now { return Finding(check: check, isGood: true, detail: "") }
            return Finding(check: check, isGood: false, detail: "well again, but only just")
        }
    }

    private mutating func settle(at now: ContinuousClock.Instant) {
        for check in checks {
            if problem(check, at: now) != nil {
                goodFrom[check] = nil
            } else if goodFrom[check] == nil {
                goodFrom[check] = wereGood.insert(check).inserted ? now : now + Self.settling
            }
        }
    }

    private mutating func apply(_ event: Event, at now: ContinuousClock.Instant) {
        switch event {
        case .link(let link, let event): apply(event, of: link)
        case .answered(let part, let failure): answers[part] = Answer(at: now, failure: failure)
        case .missing(let queues): missing = queues
        case .beat(let slots, let wanted, let poolStill):
            beatAt = now
            // An autoscaled pool without tasks may be meant to have none.
            hasSlots = slots > 0 || wanted == 0
            self.poolStill = poolStill
            if hasSlots { slotsSeenAt = now }
        case .stopping: isStopping = true
        }
    }

    private mutating func apply(_ event: LinkEvent, of link: Link) {
        var state = self[link]
        switch event {
        case .connected:
            state.isUp = true
            state.blocked = nil
        case .disconnected(let reason, _, let attempt, _, _):
            state.isUp = false
            state.blocked = nil
            state.reason = reason
            if attempt == 0 { state.losses += 1 }
            if link == .consumer { missing = nil }
        case .blocked(let reason): state.blocked = reason
        case .unblocked: state.blocked = nil
        case .consuming:
            guard link == .consumer else { break }
            missing = []
            hasStarted = true
        case .consumerCancelled(let queue): if link == .consumer { missing = (missing ?? []) + [queue] }
        default: break
        }
        links[link] = state
    }

    /// What is wrong; `nil` when nothing is.
    private func problem(_ check: Check, at now: ContinuousClock.Instant) -> String? {
        switch check {
        case .running: return isStopping ? "the worker is stopping" : nil
        case .broker: return problem(.consumer, .consumer, at: now)
        case .consumers:
            guard let missing else { return "nothing is consumed" }
            return missing.isEmpty ? nil : "no consumer of \(Self.list(missing))"
        case .publisher:
            // A broker that blocks one publishing connection blocks all, and events are published every other second.
            if let reason = self[.publisher].blocked ?? self[.events].blocked {
                return "the broker blocks publishing: \(reason)"
            }
            return problem(.publisher, .publisher, at: now)
        case .pool:
            if hasSlots { return nil }
            guard let slotsSeenAt else { return "no slot has started yet" }
            let time = now - slotsSeenAt
            return time < Self.poolGrace ? nil : "no slot takes tasks, for \(time.components.seconds) s"
        case .controlStore: return problem(of: .controlStore, at: now)
        case .results: return problem(of: .results, at: now)
        }
    }

    private func problem(_ link: Link, _ part: Part, at now: ContinuousClock.Instant) -> String? {
        let state = self[link]
        return state.isUp ? problem(of: part, at: now) : "not connected: \(state.reason)"
    }

    private func problem(of part: Part, at now: ContinuousClock.Instant) -> String? {
        guard let answer = answers[part] else { return "no answer yet" }
        let age = now - answer.at
        if age > Self.patience { return "no answer for \(age.components.seconds) s" }
        return answer.failure
    }

    private static func list(_ queues: [String]) -> String {
        let more = queues.count > 5 ? " and \(queues.count - 5) more" : ""
        return queues.prefix(5).map { "'\($0)'" }.joined(separator: ", ") + more
    }
}
