import CeleryProtocol
import JSON
import OrderedCollections

/// All that is revoked, and what follows from a command (Celery reference, 3.9 and 7.8).
///
/// A value that decides and does nothing: the owner stores, ends and completes what it is told to.
struct Revocations: Sendable {
    typealias Time = ContinuousClock.Instant

    /// Why a task is not to run.
    enum Reason: Sendable, Hashable {
        case id
        case stamp(RevokedStamps.Stamp)

        /// What the log line adds, in Celery's words.
        var remark: String {
            switch self {
            case .id: ""
            case .stamp(let stamp): " (revoked by header: \(PythonRepr.repr(.object([stamp.name: stamp.value]))))"
            }
        }
    }

    /// A task that this worker has.
    struct KnownTask: Sendable {
        let headers: TaskHeaders
        /// Whether its body runs, so that it takes force to end it.
        let isRunning: Bool

        init(headers: TaskHeaders, isRunning: Bool) {
            self.headers = headers
            self.isRunning = isRunning
        }
    }

    /// What a command makes the owner do, in this order.
    struct Effects: Sendable, Hashable {
        /// Store REVOKED for these, where the result has no later state than RETRY yet: they do not run here, and may not
        /// even have come.
        var store: [String] = []
        /// Complete these at once as revoked: they wait here, for their ETA, a rate or a slot.
        var discard: [String] = []
        /// End these with the signal: they run here. In threads that is a cancellation.
        var terminate: [Termination] = []
        /// The answer to who asked.
        var reply: JSONValue = .null

        struct Termination: Sendable, Hashable {
            let id: String
            let signal: Int32
        }
    }

    /// How many terminations may be pending.
    static let maximumPending = 10_000

    var ids: RevokedSet
    var stamps: RevokedStamps
    /// Signals for tasks that wait here and may start before they are discarded.
    private var pending: [String: Int32] = [:]

    init(ids: RevokedSet = RevokedSet(), stamps: RevokedStamps = RevokedStamps()) {
        self.ids = ids
        self.stamps = stamps
    }

    /// Why a task is revoked, if it is: asked when it is received, and again just before it starts. Expiry is another
    /// question; the id of an expired task is added to `ids`.
    func reason(for headers: TaskHeaders) -> Reason? {
        if ids.contains(headers.id) { return .id }
        return stamps.match(headers).map { .stamp($0) }
    }

    /// Follows `revoke` and `terminate`.
    ///
    /// - Parameter known: the task of that id, if this worker has it.
    mutating func revoke(
        _ command: ControlRevocation,
        at now: Time,
        known: (String) -> KnownTask?
    ) -> Effects {
        var effects = Effects()
        ids.merge(command.ids, at: now)
        var found: [KnownTask] = []
        for id in command.ids {
            let task = known(id)
            if let task { found.append(task) }
            if task?.isRunning != true { effects.store.append(id) }
            if task?.isRunning == false { effects.discard.append(id) }
        }
        guard command.terminates else {
            effects.reply = ControlReply.revoked(command.ids)
            return effects
        }
        do {
            terminate(found, with: try command.signalNumber(), &effects)
            effects.reply = ControlReply.terminated(found.map(\.headers.id))
        } catch {
            effects.reply = ControlReply.error(error)
        }
        return effects
    }

    /// Follows `revoke_by_stamped_headers`.
    ///
    /// - Parameter known: all tasks that this worker has. Celery looks at those that run, and only to end them; those
    ///   that wait are discarded here as well, instead of later.
    mutating func revoke(_ command: ControlStampRevocation, known: [KnownTask]) -> Effects {
        var effects = Effects()
        var wanted = RevokedStamps(maximum: stamps.maximum)
        for (name, values) in command.stamps {
            for value in values {
                stamps.add(name, value)
                wanted.add(name, value)
            }
        }
        var found: OrderedDictionary<String, [JSONValue]> = [:]
        for task in known {
            guard let stamp = wanted.match(task.headers) else { continue }
            if !task.isRunning {
                effects.discard.append(task.headers.id)
            } else if command.terminates {
                terminate([task], with: command.signal, &effects)
                if found[stamp.name]?.contains(stamp.value) != true {
                    found[stamp.name, default: []].append(stamp.value)
                }
            }
        }
        effects.reply =
            command.terminates
            ? ControlReply.stampsTerminated(command.headers, stamps: found)
            : ControlReply.stampsRevoked(command.headers)
        return effects
    }

    /// Takes the signal with which a task that starts now is to be ended, if it is.
    mutating func takePending(_ id: String) -> Int32? {
        pending.isEmpty ? nil : pending.removeValue(forKey: id)
    }

    /// Forgets the signal for a task that has ended without starting.
    mutating func forgetPending(_ id: String) {
        if !pending.isEmpty { pending[id] = nil }
    }

    private mutating func terminate(_ tasks: [KnownTask], with signal: Int32, _ effects: inout Effects) {
        for task in tasks {
            let id = task.headers.id
            if task.isRunning {
                effects.terminate.append(Effects.Termination(id: id, signal: signal))
            } else if pending.count < Revocations.maximumPending {
                pending[id] = signal
            }
        }
    }
}
