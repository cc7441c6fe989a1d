import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import SwiftWorker

/// Dead letters as programs read them: one JSON object on one line.
enum LetterJSON {
    static func summary(_ letter: DeadLetter) -> JSONObject {
        let (note, headers) = (letter.note, letter.headers)
        return [
            "id": text(headers?.id),
            "root_id": text(headers?.rootID),
            "task": text(headers?.task),
            "queue": text(letter.queue),
            "dead_letter_queue": .string(letter.message.queue),
            "reason": .string(note.reason.rawValue),
            "exception_type": text(note.exceptionType),
            "exception": text(note.exception),
            "worker": text(note.worker),
            "first_failure": text(note.firstFailure?.iso8601()),
            "last_failure": text(note.lastFailure?.iso8601()),
            "attempts": note.attempts.map { .integer(Int64($0)) } ?? .null,
            "retries": headers.map { .integer(Int64($0.retries)) } ?? .null,
        ]
    }

    /// The same with traceback and arguments.
    static func page(_ letter: DeadLetter) -> JSONObject {
        var object = summary(letter)
        object["traceback"] = text(letter.note.traceback)
        object["arguments"] = text(LetterText.arguments(letter))
        object["body_bytes"] = .integer(Int64(letter.message.body.count))
        object["content_type"] = text(letter.message.properties.contentType)
        return object
    }

    static func line(_ object: JSONObject) -> String {
        String(decoding: JSONValue.object(object).serialized(), as: UTF8.self)
    }

    private static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
