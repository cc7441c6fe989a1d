import BrokerModel
import CeleryProtocol
import SwiftWorker

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

    /// - Throws: when the broker or the audit log fails; what was not confirmed is in its queue again.
    mutating func run(_ given: LetterWalk) async throws -> Counts {
        var walk = given
        var counts = Counts()
        try await withThrowingTaskGroup(of: Result.self) { group in
            var underWay = 0
            while let held = try await walk.next() {
                guard let message = message(of: held.letter) else {
                    try await note(.failed(held, "nothing says which queue it came from; give --to"), &counts, &walk)
                    continue
                }
                try await pace.wait()
                if isDryRun {
                    try write(held, message)
                    counts.done += 1
                    try await walk.keep(held)
                    continue
                }
                if underWay == Self.window, let result = try await group.next() {
                    underWay -= 1
                    try await note(result, &counts, &walk)
                }
                underWay += 1
                let replay = self
                // Begun at once, so that they are published in their order.
                group.addImmediateTask { try await replay.publish(held, message) }
            }
            while let result = try await group.next() { try await note(result, &counts, &walk) }
        }
        try await walk.finish()
        desk.note(walk)
        return counts
    }

    private func message(of letter: DeadLetter) -> OutgoingMessage? {
        DeadLetterMessage.replay(letter.message, to: destination, resetsRetries: resetsRetries, now: desk.clock.wall())
    }

    private func publish(_ held: HeldLetter, _ message: OutgoingMessage) async throws -> Result {
        do {
            try await desk.session.publish(message, timeout: desk.settings.publishTimeout)
        } catch {
            return .failed(held, "\(error)")
        }
        try write(held, message)
        if !held.receipt.settle(.ack) {
            throw StartError("the connection is lost; run it again for the rest", exitCode: ProcessExit.failure)
        }
        return .done
    }

    private func write(_ held: HeldLetter, _ message: OutgoingMessage) throws(StartError) {
        try audit.write("replay", held.letter, to: message.routingKey, isDryRun: isDryRun, at: desk.clock.wall())
    }

    private func note(_ result: Result, _ counts: inout Counts, _ walk: inout LetterWalk) async throws {
        switch result {
        case .done: counts.done += 1
        case .failed(let held, let reason):
            counts.failed += 1
            try await walk.keep(held)
            let id = held.letter.headers?.id ?? "without an id"
            desk.console.complain("The dead letter \(LetterText.line(id)) stays: \(LetterText.line(reason, most: 500))")
        }
    }
}
