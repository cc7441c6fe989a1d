import CeleryProtocol
import JSON
import OrderedCollections

/// Replies as `celery inspect` and `celery control` print them (Celery reference, 10.5).
struct ReplyText: Sendable {
    var style: TextStyle
    /// `-q`: no arrows.
    var isQuiet: Bool

    /// A worker's name and whether it has done what it was asked.
    func head(_ reply: ControlReply) -> String {
        let isRefused = reply.value["ok"] == nil && reply.value["error"] != nil
        let status = isRefused ? style("ERROR", .red, isBold: true) : style("OK", .green, isBold: true)
        let arrow = isQuiet ? "" : style("->", .white, isBold: true) + " "
        return "\(arrow) \(style("\(reply.node): ", .cyan, isBold: true))\(status)"
    }

    /// The head, and below it what was answered.
    func page(_ reply: ControlReply) -> String {
        if let answer = reply.value["ok"] ?? reply.value["error"] {
            return head(reply) + "\n" + indented(body(answer), by: 8)
        }
        return head(reply) + "\n" + indented(body(reply.value), by: 4)
    }

    private func body(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): return text
        case .array(let elements):
            if elements.isEmpty { return "- empty -" }
            return elements.map { "\(style("*", .white)) \($0.string ?? PythonRepr.repr($0))" }.joined(separator: "\n")
        case .object(let members):
            // In Python an answer within the answer is one, too.
            if let answer = members["ok"] ?? members["error"] { return indented(body(answer), by: 4) }
            return IndentedJSON.text(value)
        default: return PythonRepr.repr(value)
        }
    }

    private func indented(_ text: String, by width: Int) -> String {
        let margin = String(repeating: " ", count: width)
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { margin + $0 }.joined(separator: "\n")
    }

    /// How many workers have answered, behind an empty line.
    static func count(_ replies: [ControlReply]) -> String {
        let count = Set(replies.map(\.node)).count
        return "\n\(count) \(count == 1 ? "node" : "nodes") online."
    }

    /// One object, of replies by node.
    static func object(_ replies: [ControlReply]) -> String {
        json(.object(JSONObject(replies.map { ($0.node, $0.value) }) { $1 }))
    }

    /// A list of objects with one member each.
    static func list(_ replies: [ControlReply]) -> String {
        json(.array(replies.map { .object([$0.node: $0.value]) }))
    }

    private static func json(_ value: JSONValue) -> String { String(decoding: value.serialized(), as: UTF8.self) }
}
