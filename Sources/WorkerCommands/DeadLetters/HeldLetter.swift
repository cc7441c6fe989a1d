import SwiftWorker

/// A dead letter that has been taken from its queue, and is nobody else's until it is settled.
struct HeldLetter: Sendable {
    let letter: DeadLetter
    /// The place in the order in which letters were taken.
    let number: Int
    let receipt: SharedReceipt
}

/// The same with nothing that takes room, for many that wait for a decision.
struct LightLetter: Sendable {
    let summary: LetterSummary
    let number: Int
    let receipt: SharedReceipt
}
