import CJansson
import OrderedCollections

// What nodes and the decoder read, by pointer: a node per value would count the document's references each time.
extension JSONDocument {
    /// The member named `key`, or nil.
    func member(_ key: String, of pointer: JanssonPointer) -> JanssonPointer? {
        if let standIns { return find(standIns.key(key), in: pointer) }
        return find(key, in: pointer)
    }

    private func find(_ key: String, in pointer: JanssonPointer) -> JanssonPointer? {
        var key = key
        return key.withUTF8 { key in
            UnsafeRawBufferPointer(key).withMemoryRebound(to: CChar.self) { key in
                guard let start = key.baseAddress else { return json_object_getn(pointer, "", 0) }
                return json_object_getn(pointer, start, key.count)
            }
        }
    }

    /// The number that a stand-in string means; nil for any other node.
    func number(_ pointer: JanssonPointer) -> JSONValue? {
        guard let standIns, pointer.pointee.type == JSON_STRING else { return nil }
        return standIns.number(pointer)
    }

    /// The text of a string; nil for any other node.
    func string(_ pointer: JanssonPointer) -> String? {
        guard pointer.pointee.type == JSON_STRING else { return nil }
        let bytes = stringBytes(of: pointer)
        if let standIns, bytes.starts(with: standIns.markBytes) { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    func memberName(_ key: UnsafeRawBufferPointer) -> String {
        let name = String(decoding: key, as: UTF8.self)
        guard let standIns else { return name }
        return standIns.memberName(name)
    }

    /// Calls with each key and value of an object, in order.
    func forEachMember(
        of pointer: JanssonPointer,
        _ body: (_ key: UnsafeRawBufferPointer, _ value: JanssonPointer) -> Void
    ) {
        var position = json_object_iter(pointer)
        while let current = position {
            if let value = json_object_iter_value(current) {
                let key = json_object_iter_key(current)
                body(UnsafeRawBufferPointer(start: key, count: json_object_iter_key_len(current)), value)
            }
            position = json_object_iter_next(pointer, current)
        }
    }

    /// A copy as a value tree; it recurses as deep as the depth limit let the text be.
    func value(_ pointer: JanssonPointer) -> JSONValue {
        switch pointer.pointee.type {
        case JSON_OBJECT: return .object(object(pointer))
        case JSON_ARRAY: return .array(array(pointer))
        case JSON_INTEGER: return .integer(Int64(json_integer_value(pointer)))
        case JSON_REAL: return .double(json_real_value(pointer))
        case JSON_TRUE: return .bool(true)
        case JSON_FALSE: return .bool(false)
        case JSON_STRING:
            return number(pointer) ?? .string(String(decoding: stringBytes(of: pointer), as: UTF8.self))
        default: return .null
        }
    }

    func array(_ pointer: JanssonPointer) -> [JSONValue] {
        let count = json_array_size(pointer)
        var elements: [JSONValue] = []
        elements.reserveCapacity(count)
        for index in 0..<count {
            if let element = json_array_get(pointer, index) { elements.append(value(element)) }
        }
        return elements
    }

    func object(_ pointer: JanssonPointer) -> JSONObject {
        var object = JSONObject(minimumCapacity: json_object_size(pointer))
        forEachMember(of: pointer) { key, member in object[memberName(key)] = value(member) }
        return object
    }
}
