import CJansson
import OrderedCollections

/// JSON text in the form that Python's json.dumps gives it.
struct PythonText {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ value: JSONValue) {
        switch value {
        case .null: append(literal: "null")
        case .bool(let value): append(value)
        case .integer(let value): append(value)
        case .bigInteger(let digits): bytes += digits.utf8
        case .double(let value): append(value)
        case .string(let value): append(string: value)
        case .array(let elements): append(elements)
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            var isFirst = true
            for (key, member) in members {
                if !isFirst { append(literal: ", ") }
                isFirst = false
                append(string: key)
                append(literal: ": ")
                append(member)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    mutating func append(_ elements: [JSONValue]) { list(elements) { $0.append($1) } }

    mutating func list<Element>(_ elements: [Element], _ appendElement: (inout Self, Element) -> Void) {
        bytes.append(UInt8(ascii: "["))
        for index in elements.indices {
            if index > 0 { append(literal: ", ") }
            appendElement(&self, elements[index])
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// The text of a jansson tree; the strings in `raw` are JSON text already.
    mutating func append(_ pointer: JanssonPointer, raw: RawNodes) {
        switch pointer.pointee.type {
        case JSON_OBJECT:
            bytes.append(UInt8(ascii: "{"))
            var isFirst = true
            var position = json_object_iter(pointer)
            while let current = position {
                if !isFirst { append(literal: ", ") }
                isFirst = false
                let key = json_object_iter_key(current)
                append(utf8: UnsafeRawBufferPointer(start: key, count: json_object_iter_key_len(current)))
                append(literal: ": ")
                if let value = json_object_iter_value(current) { append(value, raw: raw) }
                position = json_object_iter_next(pointer, current)
            }
            bytes.append(UInt8(ascii: "}"))
        case JSON_ARRAY:
            bytes.append(UInt8(ascii: "["))
            for index in 0..<json_array_size(pointer) {
                if index > 0 { append(literal: ", ") }
                if let element = json_array_get(pointer, index) { append(element, raw: raw) }
            }
            bytes.append(UInt8(ascii: "]"))
        case JSON_STRING:
            let text = stringBytes(of: pointer)
            if raw.contains(pointer) { bytes += text } else { append(utf8: text) }
        case JSON_INTEGER: append(Int64(json_integer_value(pointer)))
        case JSON_REAL: append(json_real_value(pointer))
        case JSON_TRUE: append(literal: "true")
        case JSON_FALSE: append(literal: "false")
        default: append(literal: "null")
        }
    }

    mutating func append(literal: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    mutating func append(_ value: Bool) { append(literal: value ? "true" : "false") }

    mutating func append(_ value: Int64) {
        guard !(0..<10 ~= value) else {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value))
            return
        }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var start = 20
            var rest = value.magnitude
            repeat {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 {
                start -= 1
                digits[start] = UInt8(ascii: "-")
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
        }
    }

    mutating func appendByte(_ byte: UInt8) { bytes.append(byte) }

    mutating func appendBytes(_ text: UnsafeRawBufferPointer) { bytes.append(contentsOf: text) }

    /// Makes room for `count` more bytes, doubling so that many small calls stay linear.
    mutating func reserve(_ count: Int) {
        let needed = bytes.count + count
        if needed > bytes.capacity { bytes.reserveCapacity(max(needed, bytes.capacity * 2)) }
    }
}
