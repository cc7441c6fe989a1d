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

    var ids: RevokedSet
    var stamps: RevokedStamps

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

    /// Takes `revoke` and `terminate`: from now on these tasks do not start.
    mutating func add(_ command: ControlRevocation, at now: Time) { ids.merge(command.ids, at: now) }

    /// Takes `revoke_by_stamped_headers`.
    mutating func add(_ command: ControlStampRevocation) {
        for stamp in command.revokedStamps { stamps.add(stamp.name, stamp.value) }
    }

    /// What else `revoke` and `terminate` ask for, once their ids are added: a task that starts later is known to be
    /// revoked.
    ///
    /// - Parameter known: the tasks of those ids that this worker has.
    static func effects(of command: ControlRevocation, known: [KnownTask]) -> Effects {
        var effects = Effects()
        let running = Set(known.filter(\.isRunning).map(\.headers.id))
        effects.discard = known.filter { !$0.isRunning }.map(\.headers.id)
        effects.store = command.ids.filter { !running.contains($0) }
        guard command.terminates else {
            effects.reply = ControlReply.revoked(command.ids)
            return effects
        }
        do {
            let signal = try command.signalNumber()
            let found = Set(known.map(\.headers.id))
            effects.terminate = command.ids.filter(running.contains).map { .init(id: $0, signal: signal) }
            effects.reply = ControlReply.terminated(command.ids.filter(found.contains))
        } catch {
            effects.reply = ControlReply.error(error)
        }
        return effects
    }

    /// What else `revoke_by_stamped_headers` asks for, once its stamps are added.
    ///
    /// - Parameter known: the tasks with one of its stamps that this worker has. Celery looks at those that run, and only
    ///   to end them; those that wait are discarded here as well, instead of later.
    static func effects(of command: ControlStampRevocation, known: [KnownTask]) -> Effects {
        var effects = Effects()
        var wanted = RevokedStamps()
        for stamp in command.revokedStamps { wanted.add(stamp.name, stamp.value) }
        var found: OrderedDictionary<String, [JSONValue]> = [:]
        for task in known {
            guard let stamp = wanted.match(task.headers) else { continue }
            if !task.isRunning {
                effects.discard.append(task.headers.id)
            } else if command.terminates {
                effects.terminate.append(Effects.Termination(id: task.headers.id, signal: command.signal))
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
}

extension ControlStampRevocation {
    /// Each stamp with one of its values.
    var revokedStamps: [RevokedStamp] {
        stamps.flatMap { name, values in values.map { RevokedStamp(name: name, value: $0) } }
    }
}
