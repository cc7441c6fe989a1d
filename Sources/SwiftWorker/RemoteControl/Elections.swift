import CeleryProtocol
import JSON

/// Which worker takes an action that one of them is to take; pure (Celery reference, 8.2).
///
/// Each worker is a candidate, says so with the logical time, and acknowledges the others. The earliest wins. Celery
/// counts the acknowledgements of all workers that it knows to be alive; without listening to heartbeats this is as good
/// as waiting until nobody has said anything for a while.
struct Elections: Sendable {
    typealias Time = ContinuousClock.Instant

    /// How long nobody must have said anything.
    static let silence: Duration = .seconds(1)
    static let maximumElections = 100
    static let maximumCandidates = 1_000

    struct Candidate: Sendable, Hashable, Comparable {
        let clock: Int
        /// `node.pid`
        let name: String
        let topic: String
        let action: JSONValue

        static func < (left: Candidate, right: Candidate) -> Bool {
            (left.clock, left.name) < (right.clock, right.name)
        }
    }

    struct Result: Sendable, Hashable {
        let id: String
        let winner: Candidate
    }

    private struct Election {
        var candidates: [Candidate] = []
        /// Whether this worker has been asked to take part.
        var isOurs = false
        var due: Time
    }

    private var elections: [String: Election] = [:]

    /// This worker is asked to take part.
    mutating func begin(_ id: String, at now: Time) { note(id, now) { $0.isOurs = true } }

    /// A candidate is heard of.
    mutating func add(_ candidate: Candidate, to id: String, at now: Time) {
        note(id, now) { if $0.candidates.count < Self.maximumCandidates { $0.candidates.append(candidate) } }
    }

    /// Somebody has acknowledged a candidate.
    mutating func acknowledged(_ id: String, at now: Time) {
        if elections[id] != nil { note(id, now) { _ in } }
    }

    /// When `finish` is to be called next.
    var next: Time? { elections.values.map(\.due).min() }

    /// Those that are over, with their winners.
    mutating func finish(at now: Time) -> [Result] {
        let over = elections.filter { $0.value.due <= now }
        for id in over.keys { elections[id] = nil }
        return over.compactMap { id, election in
            guard election.isOurs, let winner = election.candidates.min() else { return nil }
            return Result(id: id, winner: winner)
        }
    }

    private mutating func note(_ id: String, _ now: Time, _ change: (inout Election) -> Void) {
        if elections[id] == nil, elections.count >= Self.maximumElections { return }
        var election = elections[id] ?? Election(due: now)
        election.due = now + Self.silence
        change(&election)
        elections[id] = election
    }
}
