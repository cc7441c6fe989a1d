import BrokerModel
import JSON
import OrderedCollections
import SwiftWorker

/// Dead letters as programs read them: one JSON object on one line.
enum LetterJSON {
    /// The summary with traceback and arguments.
    static func page(_ letter: DeadLetter) -> JSONObject {
        var object = LetterSummary(letter).json
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
