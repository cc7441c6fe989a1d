import CJansson
import OrderedCollections

/// A jansson value with one reference that its holder owns and must give up, by `release` or to jansson.
struct OwnedNode {
    let pointer: JanssonPointer
    func release() { json_decref(pointer) }
}

/// The string nodes that hold JSON text instead of a string's text.
struct RawNodes {
    fileprivate var pointers: Set<JanssonPointer> = []
    func contains(_ pointer: JanssonPointer) -> Bool { !pointers.isEmpty && pointers.contains(pointer) }
}

/// What one `encode` shares between its encoders and containers.
final class EncodingSession {
    let types: (any JSONTypeCoding)?
    /// What jansson can't hold (NaN, infinities, integers beyond 64 bits), and whole texts that are known without a
    /// tree. Each keeps a reference, so that no later node gets the address of one that was replaced.
    private(set) var raw = RawNodes()

    init(types: (any JSONTypeCoding)?) { self.types = types }

    deinit {
        for pointer in raw.pointers { json_decref(pointer) }
    }

    /// The tree of any value.
    func tree<T: Encodable>(of value: T, at step: @autoclosure () -> CodingPathStep?) throws -> OwnedNode {
        if let node = try scalar(value) { return node }
        if let text = try text(ofKnown: value) { return try self.raw(text) }
        let step = step()
        let encoder = TreeEncoder(session: self, step: step)
        guard encoder.codingDepth <= 1_000 else { throw unencodable(value, "nested deeper than 1,000", at: step) }
        try value.encode(to: encoder)
        guard let node = encoder.take() else { throw unencodable(value, "\(T.self) encoded nothing", at: step) }
        return node
    }

    /// The nodes of what generic code (an array, an optional) hands over most.
    private func scalar<T: Encodable>(_ value: T) throws -> OwnedNode? {
        if T.self == Int.self { return try integer(unsafeBitCast(value, to: Int.self)) }
        if T.self == String.self { return try string(unsafeBitCast(value, to: String.self)) }
        if T.self == Double.self { return try double(unsafeBitCast(value, to: Double.self)) }
        if T.self == Bool.self { return try bool(unsafeBitCast(value, to: Bool.self)) }
        guard T.self == JSONValue.self else { return nil }
        switch unsafeBitCast(value, to: JSONValue.self) {
        case .null: return try null()
        case .bool(let value): return try bool(value)
        case .integer(let value): return try integer(value)
        case .double(let value): return try double(value)
        case .string(let value): return try string(value)
        case .array(let elements): return elements.isEmpty ? try owned(json_array()) : nil
        case .object(let members): return members.isEmpty ? try owned(json_object()) : nil
        case .bigInteger: return nil
        }
    }

    /// The text of a value whose type needs no tree, or nil.
    func text<T: Encodable>(ofKnown value: T) throws -> PythonText? {
        var text = PythonText()
        if T.self == Int.self {
            text.append(Int64(unsafeBitCast(value, to: Int.self)))
        } else if T.self == String.self {
            text.append(string: unsafeBitCast(value, to: String.self))
        } else if T.self == JSONValue.self {
            text.append(unsafeBitCast(value, to: JSONValue.self))
        } else if T.self == Double.self {
            text.append(unsafeBitCast(value, to: Double.self))
        } else if T.self == Bool.self {
            text.append(unsafeBitCast(value, to: Bool.self))
        } else if T.self == [Int].self {
            text.list(unsafeBitCast(value, to: [Int].self)) { $0.append(Int64($1)) }
        } else if T.self == [String].self {
            text.list(unsafeBitCast(value, to: [String].self)) { $0.append(string: $1) }
        } else if T.self == [Double].self {
            text.list(unsafeBitCast(value, to: [Double].self)) { $0.append($1) }
        } else if T.self == [JSONValue].self {
            text.append(unsafeBitCast(value, to: [JSONValue].self))
        } else if T.self == JSONObject.self {
            text.append(.object(unsafeBitCast(value, to: JSONObject.self)))
        } else if let types, types.handles(T.self), let converted = try types.encode(value) {
            text.append(converted)
        } else {
            return nil
        }
        return text
    }

    // MARK: Nodes

    func null() throws -> OwnedNode { try owned(json_null()) }

    func bool(_ value: Bool) throws -> OwnedNode {
        try owned(value ? json_true() : json_false())
    }

    func integer<I: FixedWidthInteger>(_ value: I) throws -> OwnedNode {
        if let value = json_int_t(exactly: value) { return try owned(json_integer(value)) }
        return try text(.bigInteger(String(value)))
    }

    func double(_ value: Double) throws -> OwnedNode {
        if value.isFinite { return try owned(json_real(value)) }
        return try text(.double(value))
    }

    func string(_ value: String) throws -> OwnedNode {
        var value = value
        return try owned(value.withUTF8(stringNode))
    }

    private func text(_ value: JSONValue) throws -> OwnedNode {
        var text = PythonText()
        text.append(value)
        return try raw(text)
    }

    private func raw(_ text: PythonText) throws -> OwnedNode {
        let node = try owned(text.bytes.withUnsafeBufferPointer(stringNode))
        json_incref(node.pointer)
        raw.pointers.insert(node.pointer)
        return node
    }

    private func stringNode(_ utf8: UnsafeBufferPointer<UInt8>) -> JanssonPointer? {
        guard let start = utf8.baseAddress else { return json_stringn_nocheck("", 0) }
        return start.withMemoryRebound(to: CChar.self, capacity: utf8.count) {
            json_stringn_nocheck($0, utf8.count)
        }
    }

    func owned(_ pointer: JanssonPointer?) throws -> OwnedNode {
        guard let pointer else { throw JSONError(code: .outOfMemory, message: "jansson made no node") }
        return OwnedNode(pointer: pointer)
    }

    private func unencodable(_ value: Any, _ message: String, at step: CodingPathStep?) -> EncodingError {
        .invalidValue(value, EncodingError.Context(codingPath: step.path(), debugDescription: message))
    }
}
