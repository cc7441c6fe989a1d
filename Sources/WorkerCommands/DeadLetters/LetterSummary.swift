import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import SwiftWorker

/// What is said of a dead letter in one line. It holds nothing that takes room, for many that wait at once.
struct LetterSummary: Sendable {
    let id: String?
    let rootID: String?
    let task: String?
    /// Where it died.
    let queue: String?
    let deadLetterQueue: String
    let reason: DeadLetterReason
    let exceptionType: String?
    let exception: String?
    let worker: String?
    let firstFailure: Instant?
    let lastFailure: Instant?
    let attempts: Int?
    let retries: Int?

    init(_ letter: DeadLetter) {
        let note = letter.note
        id = letter.id
        rootID = letter.headers?.rootID
        task = letter.task
        queue = letter.queue
        deadLetterQueue = letter.message.queue
        reason = note.reason
        exceptionType = note.exceptionType
        exception = note.exception
        worker = note.worker
        firstFailure = note.firstFailure
        lastFailure = note.lastFailure
        attempts = note.attempts
        retries = letter.headers?.retries
    }

    var json: JSONObject {
        [
            "id": Self.text(id),
            "root_id": Self.text(rootID),
            "task": Self.text(task),
            "queue": Self.text(queue),
            "dead_letter_queue": .string(deadLetterQueue),
            "reason": .string(reason.rawValue),
            "exception_type": Self.text(exceptionType),
            "exception": Self.text(exception),
            "worker": Self.text(worker),
            "first_failure": Self.text(firstFailure?.iso8601()),
            "last_failure": Self.text(lastFailure?.iso8601()),
            "attempts": Self.number(attempts),
            "retries": Self.number(retries),
        ]
    }

    private static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    private static func number(_ number: Int?) -> JSONValue { number.map { .integer(Int64($0)) } ?? .null }
}
