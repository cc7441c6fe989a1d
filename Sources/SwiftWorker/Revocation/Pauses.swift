import CeleryProtocol

/// One pause: what does not start until it is lifted.
struct Pause: Sendable, Hashable {
    typealias Target = PauseTarget

    let target: Target
    /// A shell pattern for names.
    let pattern: String
    let since: Instant
    /// Who or what asked for it, for status and logs.
    let reason: String?

    init(_ target: Target, _ pattern: String, since: Instant, reason: String? = nil) {
        self.target = target
        self.pattern = pattern
        self.since = since
        self.reason = reason
    }

    init(_ command: ControlPause, since: Instant) {
        self.init(command.target, command.pattern, since: since, reason: command.reason)
    }

    func matches(_ name: String) -> Bool { Glob.matches(name, pattern: pattern) }
}

/// The pauses in force. The same pattern is paused once, and lifted by saying the same pattern: lifting `video.*` does not
/// touch a pause of `video.cut`.
struct Pauses: Sendable {
    /// How many there may be.
    static let maximum = 1_000

    /// In the order in which they were asked for.
    private(set) var all: [Pause] = []

    var isEmpty: Bool { all.isEmpty }

    /// Puts a pause into force; one of the same pattern keeps its time.
    ///
    /// - Returns: `false` when there are too many, and it is not in force.
    mutating func add(_ pause: Pause) -> Bool {
        if find(pause.target, pause.pattern) != nil { return true }
        guard all.count < Pauses.maximum else { return false }
        all.append(pause)
        return true
    }

    /// Lifts a pause.
    ///
    /// - Returns: it, or `nil` when nothing is paused by that pattern.
    mutating func lift(_ target: Pause.Target, _ pattern: String) -> Pause? {
        find(target, pattern).map { all.remove(at: $0) }
    }

    /// The pause that keeps a task of that name from starting.
    func pause(ofTask name: String) -> Pause? {
        if all.isEmpty { return nil }
        return all.first { $0.target == .task && $0.matches(name) }
    }

    /// The pause that keeps a queue from being consumed.
    func pause(ofQueue name: String) -> Pause? {
        if all.isEmpty { return nil }
        return all.first { $0.target == .queue && $0.matches(name) }
    }

    private func find(_ target: Pause.Target, _ pattern: String) -> Int? {
        all.firstIndex { $0.target == target && $0.pattern == pattern }
    }
}
