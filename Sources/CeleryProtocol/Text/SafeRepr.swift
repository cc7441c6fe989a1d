import JSON
import OrderedCollections

/// Writes a bounded repr in the way of Celery's `saferepr`: levels and characters are limited, and the brackets of
/// what was cut off are closed again.
///
/// It walks the value only as far as the text goes, so a large body costs no more than a small one.
struct SafeRepr {
    private(set) var text = ""
    /// Characters left; `nil` is no limit.
    private var remaining: Int?
    private let maxLevels: Int
    private var closings: [String] = []
    private var isCut = false

    init(maxLength: Int?, maxLevels: Int) {
        remaining = maxLength
        self.maxLevels = maxLevels
    }

    mutating func append(_ node: JSONNode) {
        switch node.kind {
        case .array: append(elements: (0..<node.count).lazy.compactMap { node[$0] }, count: node.count, isTuple: false)
        case .object:
            if node.count == 2, case .object(let members) = node.value, let literal = PythonLiteral(members) {
                append(literal)
            } else {
                append(members: node.members.lazy.map { ($0.key, $0.value) })
            }
        default: append(scalar: node.value)
        }
    }

    mutating func append(_ value: JSONValue) {
        switch value {
        case .array(let elements): append(elements: elements, count: elements.count, isTuple: false)
        case .object(let members):
            if let literal = PythonLiteral(members) {
                append(literal)
            } else {
                append(members: members.lazy.map { ($0.key, $0.value) })
            }
        default: append(scalar: value)
        }
    }

    /// The elements of an array in round brackets, as Python holds positional arguments.
    mutating func append(tuple node: JSONNode) {
        append(elements: (0..<node.count).lazy.compactMap { node[$0] }, count: node.count, isTuple: true)
    }

    mutating func append(tuple values: [JSONValue]) {
        append(elements: values, count: values.count, isTuple: true)
    }

    private mutating func append(elements: some Sequence<some SafeReprValue>, count: Int, isTuple: Bool) {
        guard open(isTuple ? "(" : "[", isTuple ? (count == 1 ? ",)" : ")") : "]") else { return }
        var isFirst = true
        for element in elements {
            if !isFirst { append(token: ", ") }
            isFirst = false
            if isCut { return }
            element.append(to: &self)
            if isCut { return }
        }
        close()
    }

    private mutating func append(members: some Sequence<(String, some SafeReprValue)>) {
        guard open("{", "}") else { return }
        var isFirst = true
        for (key, value) in members {
            if !isFirst { append(token: ", ") }
            isFirst = false
            append(scalar: .string(key))
            append(token: ": ")
            if isCut { return }
            value.append(to: &self)
            if isCut { return }
        }
        close()
    }

    private mutating func append(scalar value: JSONValue) {
        if case .string(let string) = value {
            append(token: { "'\(SafeRepr.escape(SafeRepr.truncate(string, $0)))'" })
        } else {
            let text = PythonRepr.repr(value)
            append(token: { SafeRepr.truncate(text, $0) })
        }
    }

    private mutating func append(_ literal: PythonLiteral) {
        let text = literal.safeRepr
        append(token: { SafeRepr.truncate(text, $0) })
    }

    /// Starts a container, or writes `[...]` for one that lies too deep; `false` when its contents are left out.
    private mutating func open(_ start: String, _ end: String) -> Bool {
        guard maxLevels == 0 || closings.count < maxLevels else {
            append(token: "\(start)...\(end)")
            return false
        }
        append(token: start)
        if isCut { return false }
        closings.append(end)
        return true
    }

    /// Ends a container. That needs no room: nothing is left out.
    private mutating func close() {
        guard let end = closings.popLast() else { return }
        text += end
        remaining = remaining.map { $0 - end.utf8.count }
    }

    private mutating func append(token: String) {
        append(token: { _ in token })
    }

    private mutating func append(token: (Int?) -> String) {
        if isCut { return }
        if let remaining, remaining <= 0 {
            isCut = true
            text += ", ..."
            while let end = closings.popLast() { text += end }
            return
        }
        let token = token(remaining)
        text += token
        remaining = remaining.map { $0 - token.unicodeScalars.count }
    }

    private static func escape(_ string: String) -> String {
        guard string.utf8.contains(UInt8(ascii: "'")) else { return string }
        return string.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "\\'")
    }

    /// The text, or its start up to the last space and `...` when it has `limit` characters or more.
    static func truncate(_ text: String, _ limit: Int?) -> String {
        guard let limit, limit > 0, text.utf8.count >= limit else { return text }
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex) else {
            return text
        }
        let start = scalars[..<end]
        guard let space = start.lastIndex(of: " ") else { return String(start) + "..." }
        return String(start[..<space]) + "..."
    }
}

/// What a `SafeRepr` can write.
protocol SafeReprValue {
    func append(to writer: inout SafeRepr)
}

extension JSONNode: SafeReprValue {
    func append(to writer: inout SafeRepr) { writer.append(self) }
}

extension JSONValue: SafeReprValue {
    func append(to writer: inout SafeRepr) { writer.append(self) }
}
