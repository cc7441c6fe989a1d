import CJansson

/// One value within a document, read in place: no copy is made until asked for.
///
/// It keeps its document alive.
public struct JSONNode: @unchecked Sendable {
    // Unchecked because of the raw pointer into the document's tree, which never changes.
    let document: JSONDocument
    let pointer: JanssonPointer

    /// The types of JSON, integers apart from reals.
    public enum Kind: Sendable, Hashable { case null, bool, integer, double, string, array, object }

    init(document: JSONDocument, pointer: JanssonPointer) {
        self.document = document
        self.pointer = pointer
    }

    /// The type of the value. `integer` includes integers beyond 64 bits.
    public var kind: Kind {
        switch pointer.pointee.type {
        case JSON_OBJECT: return .object
        case JSON_ARRAY: return .array
        case JSON_INTEGER: return .integer
        case JSON_REAL: return .double
        case JSON_TRUE, JSON_FALSE: return .bool
        case JSON_NULL: return .null
        default:
            guard let number = document.standIns?.number(pointer) else { return .string }
            if case .double = number { return .double }
            return .integer
        }
    }

    /// The number of elements or members; 0 for a scalar.
    public var count: Int {
        switch pointer.pointee.type {
        case JSON_ARRAY: json_array_size(pointer)
        case JSON_OBJECT: json_object_size(pointer)
        default: 0
        }
    }

    /// Element of an array; nil when out of range or no array.
    public subscript(index: Int) -> JSONNode? {
        guard index >= 0, let element = json_array_get(pointer, index) else { return nil }
        return JSONNode(document: document, pointer: element)
    }

    /// Member of an object; nil when absent or no object.
    public subscript(key: String) -> JSONNode? {
        guard let member = document.member(key, of: pointer) else { return nil }
        return JSONNode(document: document, pointer: member)
    }

    /// Member names in order; empty when no object.
    public var keys: [String] {
        var keys: [String] = []
        keys.reserveCapacity(json_object_size(pointer))
        document.forEachMember(of: pointer) { key, _ in keys.append(document.memberName(key)) }
        return keys
    }

    /// Members in order; empty when no object.
    public var members: [(key: String, value: JSONNode)] {
        var members: [(key: String, value: JSONNode)] = []
        members.reserveCapacity(json_object_size(pointer))
        document.forEachMember(of: pointer) { key, value in
            members.append((document.memberName(key), JSONNode(document: document, pointer: value)))
        }
        return members
    }

    /// The text of a string.
    public var string: String? { document.string(pointer) }

    /// An integer of up to 64 bits.
    public var integer: Int64? {
        pointer.pointee.type == JSON_INTEGER ? Int64(json_integer_value(pointer)) : nil
    }

    /// A real, or an integer as Python's `float()` takes it.
    public var double: Double? {
        switch pointer.pointee.type {
        case JSON_REAL: return json_real_value(pointer)
        case JSON_INTEGER: return Double(json_integer_value(pointer))
        default: return document.number(pointer)?.double
        }
    }

    /// True or false.
    public var bool: Bool? {
        switch pointer.pointee.type {
        case JSON_TRUE: true
        case JSON_FALSE: false
        default: nil
        }
    }

    public var isNull: Bool { pointer.pointee.type == JSON_NULL }

    /// A copy as a value tree.
    public var value: JSONValue { document.value(pointer) }
}
