import BrokerModel
import CeleryProtocol
import SwiftWorker
import Synchronization

/// Publishes dead letters as tasks again, many at once: each is confirmed by the broker, then written down, then removed.
struct LetterReplay {
    struct Counts: Sendable {
        var done = 0
        var failed = 0
    }

    /// How many may wait for their confirms. The rate is this number divided by the broker's latency.
    static let window = 100

    let desk: LetterDesk
    let audit: AuditLog
    /// `nil` is where each came from.
    let destination: String?
    let resetsRetries: Bool
    let isDryRun: Bool
    var pace: LetterPace

    private enum Result: Sendable {
        case done
        case failed(HeldLetter, String)
    }

    /// How many have ended, one way or the other.
    private final class Ended: Sendable {
        private let value = Atomic(0)

        var count: Int { value.load(ordering: .relaxed) }

        func add() { value.add(1, ordering: .relaxed) }
    }

    /// - Throws: when the broker or the audit log fails; what was not confirmed is in its queue again.
    mutating func run(_ given: LetterWalk) async throws -> Counts {
        var walk = given
        var counts = Counts()
        let ended = Ended()
        try await withThrowingTaskGroup(of: Result.self) { group in
            var (begun, heard) = (0, 0)
            while let held = try await walk.next() {
                let message: OutgoingMessage
                do throws(DeadLetterMessage.Refusal) {
                    message = try self.message(of: held.letter)
                } catch {
                    try await note(.failed(held, error.words), &counts, &walk)
                    continue
                }
                try await pace.wait()
                if isDryRun {
                    try write(held, message)
                    counts.done += 1
                    try await walk.keep(held)
                    continue
                }
                // What has ended is heard at once: a failure ends the walk.
                while ended.count > heard || begun - heard == Self.window, let result = try await group.next() {
                    heard += 1
                    try await note(result, &counts, &walk)
                }
                begun += 1
                let replay = self
                // Begun at once, so that they are published in their order.
                group.addImmediateTask {
                    defer { ended.add() }
                    return try await replay.publish(held, message)
                }
            }
            while let result = try await group.next() { try await note(result, &counts, &walk) }
        }
        try await walk.finish()
        desk.note(walk)
        counts.failed += walk.unreadable?.count ?? 0
        return counts
    }

    private func message(of letter: DeadLetter) throws(DeadLetterMessage.Refusal) -> OutgoingMessage {
        try DeadLetterMessage.replay(letter, to: destination, resetsRetries: resetsRetries, now: desk.clock.wall())
    }

    private func publish(_ held: HeldLetter, _ message: OutgoingMessage) async throws -> Result {
        do {
            try await desk.session.publish(message, timeout: desk.settings.publishTimeout)
        } catch {
            return .failed(held, "\(error)")
        }
        try write(held, message)
        guard held.receipt.settle(.ack) else { throw LetterWalk.lost }
        return .done
    }

    private func write(_ held: HeldLetter, _ message: OutgoingMessage) throws(StartError) {
        let summary = LetterSummary(held.letter)
        try audit.write("replay", summary, to: message.routingKey, isDryRun: isDryRun, at: desk.clock.wall())
    }

    private func note(_ result: Result, _ counts: inout Counts, _ walk: inout LetterWalk) async throws {
        switch result {
        case .done: counts.done += 1
        case .failed(let held, let reason):
            counts.failed += 1
            try await walk.keep(held)
            let id = held.letter.id ?? "without an id"
            desk.console.complain("The dead letter \(LetterText.line(id)) stays: \(LetterText.line(reason, most: 500))")
        }
    }
}

extension DeadLetterMessage.Refusal {
    fileprivate var words: String {
        switch self {
        case .noQueue: "nothing says which queue it came from; give --to"
        case .expired: "it has expired, as its body says (protocol 1); export it, change that, and import it"
        }
    }
}
