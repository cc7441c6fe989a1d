import CJansson

/// The elements of an array, one after the other.
struct UnkeyedNodes: UnkeyedDecodingContainer {
    let session: DecodingSession
    let pointer: JanssonPointer
    let step: CodingPathStep?
    private(set) var currentIndex = 0

    init(session: DecodingSession, pointer: JanssonPointer, step: CodingPathStep?) {
        self.session = session
        self.pointer = pointer
        self.step = step
    }

    var codingPath: [any CodingKey] { step.path(below: session.basePath) }
    var count: Int? { json_array_size(pointer) }
    var isAtEnd: Bool { currentIndex >= json_array_size(pointer) }

    private var path: [any CodingKey] {
        step.path(below: session.basePath, then: PlainKey(intValue: currentIndex))
    }

    private func element(_ type: Any.Type) throws -> JanssonPointer {
        guard let element = json_array_get(pointer, currentIndex) else {
            let context = DecodingError.Context(codingPath: path, debugDescription: "the array has no more elements")
            throw DecodingError.valueNotFound(type, context)
        }
        return element
    }

    /// Goes on to the next element; the value of this one has been decoded by then.
    private mutating func advance<T>(past value: T) -> T {
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        guard session.isNull(try element(Never?.self)) else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool {
        advance(past: try session.bool(try element(type), path))
    }
    mutating func decode(_ type: String.Type) throws -> String {
        advance(past: try session.string(try element(type), path))
    }
    mutating func decode(_ type: Double.Type) throws -> Double {
        advance(past: try session.double(try element(type), path))
    }
    mutating func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    mutating func decode(_ type: Int.Type) throws -> Int { try integer(type) }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    mutating func decode(_ type: Int128.Type) throws -> Int128 { try integer(type) }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }
    mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try integer(type) }

    private mutating func integer<I: FixedWidthInteger>(_ type: I.Type) throws -> I {
        advance(past: try session.integer(type, try element(type), path))
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let key = PlainKey(intValue: currentIndex)
        return advance(past: try session.decode(type, from: try element(type), at: step, then: key))
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        advance(past: try decoder().container(keyedBy: type))
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        advance(past: try decoder().unkeyedContainer())
    }

    mutating func superDecoder() throws -> any Decoder {
        advance(past: try decoder())
    }

    private func decoder() throws -> TreeDecoder {
        let element = try element((any Decoder).self)
        let step = CodingPathStep(PlainKey(intValue: currentIndex), after: step)
        return TreeDecoder(session: session, pointer: element, step: step)
    }
}
