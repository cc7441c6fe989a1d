import FoundationEssentials
public import JSON
import OrderedCollections

extension KombuTypes {
    /// What a node holds for a type of the table.
    func value(of node: JSONNode, as type: Any.Type) throws -> KombuValue? {
        switch node.kind {
        case .object:
            guard let (marker, value) = KombuTypes.wrapped(node) else { return nil }
            guard let name = marker.string, let typed = KombuValue(marker: name, value: value.value) else {
                throw KombuTypes.mismatch(type)
            }
            return typed
        case .string:
            guard let text = node.string else { return nil }
            return try bare(text, as: type)
        case .integer, .double:
            guard type == Decimal.self else { return nil }
            switch node.value {
            case .integer(let value): return .decimal(String(value))
            case .bigInteger(let digits): return .decimal(digits)
            case .double(let value): return .decimal(PythonRepr.float(value))
            default: return nil
            }
        default:
            return nil
        }
    }

    /// What an unwrapped text stands for.
    private func bare(_ text: String, as type: Any.Type) throws -> KombuValue? {
        let value: KombuValue? =
            if type == Date.self || type == Instant.self || type == PythonDateTime.self {
                PythonDateTime(iso8601: text).map(KombuValue.dateTime)
            } else if type == PythonDate.self {
                PythonDate(iso8601: text).map(KombuValue.date)
            } else if type == PythonTime.self {
                PythonTime(iso8601: text).map(KombuValue.time)
            } else if type == Decimal.self {
                DecimalText.isValid(text) ? .decimal(text) : nil
            } else if type == UUID.self {
                UUIDText.hyphenated(text).map(KombuValue.uuid)
            } else {
                nil
            }
        guard let value else { throw KombuTypes.mismatch(type) }
        return value
    }

    /// The parts of an object of exactly the two keys that mark a wrapped value.
    private static func wrapped(_ node: JSONNode) -> (marker: JSONNode, value: JSONNode)? {
        guard node.kind == .object, node.count == 2 else { return nil }
        guard let marker = node["__type__"], let value = node["__value__"] else { return nil }
        return (marker, value)
    }

    static func mismatch(_ type: Any.Type) -> DecodingError {
        let problem = "not a value of \(type) as kombu writes it"
        return .typeMismatch(type, DecodingError.Context(codingPath: [], debugDescription: problem))
    }

    /// Checks every wrapped value in a document, because Python refuses the whole message for one that it can't read.
    ///
    /// - Throws: `InvalidMessage` with code `undecodable`.
    public func validate(_ node: JSONNode) throws(InvalidMessage) {
        switch node.kind {
        case .array:
            for index in 0..<node.count {
                if let element = node[index] { try validate(element) }
            }
        case .object:
            if let (marker, value) = KombuTypes.wrapped(node) {
                try KombuTypes.validate(marker, value)
                return
            }
            for member in node.members { try validate(member.value) }
        default:
            break
        }
    }

    private static func validate(_ marker: JSONNode, _ value: JSONNode) throws(InvalidMessage) {
        guard let name = marker.string, KombuValue.isKnown(name) else {
            let shown = marker.string.map { PythonRepr.quoted(String($0.prefix(64))) } ?? "\(marker.kind)"
            throw InvalidMessage(.undecodable, "Can't decode message body: unsupported __type__ \(shown)")
        }
        guard KombuValue(marker: name, value: value.value) != nil else {
            throw InvalidMessage(.undecodable, "Can't decode message body: not a value of __type__ '\(name)'")
        }
    }

    /// Whether a JSON text has the key that marks wrapped values, so that most messages need no walk.
    static func mayOccur(in text: [UInt8]) -> Bool {
        // Looks at every fourth place first: each run of the marker's 8 characters holds `type` or an underscore
        // there, so that most of a large body is skipped.
        let marker = Array("__type__".utf8)
        var end = marker.count - 1
        while end < text.count {
            switch text[end] {
            case UInt8(ascii: "_"):
                let start = end - (marker.count - 1)
                if text[start..<start + marker.count].elementsEqual(marker) { return true }
                end += 1
            case UInt8(ascii: "e"): end += 2
            case UInt8(ascii: "p"): end += 3
            case UInt8(ascii: "y"): end += 4
            case UInt8(ascii: "t"): end += 5
            default: end += marker.count
            }
        }
        return false
    }
}
