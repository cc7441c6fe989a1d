import CJansson

/// The decoder of one value. Three words, so that `any Decoder` holds it without an allocation.
struct TreeDecoder: Decoder {
    let session: DecodingSession
    let pointer: JanssonPointer
    let step: CodingPathStep?

    var codingPath: [any CodingKey] { step.path(below: session.basePath) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard pointer.pointee.type == JSON_OBJECT else {
            throw session.mismatch([String: Any].self, pointer, codingPath)
        }
        return KeyedDecodingContainer(KeyedNodes(session: session, pointer: pointer, step: step))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard pointer.pointee.type == JSON_ARRAY else { throw session.mismatch([Any].self, pointer, codingPath) }
        return UnkeyedNodes(session: session, pointer: pointer, step: step)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }
}

extension TreeDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { session.isNull(pointer) }
    func decode(_ type: Bool.Type) throws -> Bool { try session.bool(pointer, codingPath) }
    func decode(_ type: String.Type) throws -> String { try session.string(pointer, codingPath) }
    func decode(_ type: Double.Type) throws -> Double { try session.double(pointer, codingPath) }
    func decode(_ type: Float.Type) throws -> Float { Float(try session.double(pointer, codingPath)) }
    func decode(_ type: Int.Type) throws -> Int { try session.integer(type, pointer, codingPath) }
    func decode(_ type: Int8.Type) throws -> Int8 { try session.integer(type, pointer, codingPath) }
    func decode(_ type: Int16.Type) throws -> Int16 { try session.integer(type, pointer, codingPath) }
    func decode(_ type: Int32.Type) throws -> Int32 { try session.integer(type, pointer, codingPath) }
    func decode(_ type: Int64.Type) throws -> Int64 { try session.integer(type, pointer, codingPath) }
    func decode(_ type: Int128.Type) throws -> Int128 { try session.integer(type, pointer, codingPath) }
    func decode(_ type: UInt.Type) throws -> UInt { try session.integer(type, pointer, codingPath) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try session.integer(type, pointer, codingPath) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try session.integer(type, pointer, codingPath) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try session.integer(type, pointer, codingPath) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try session.integer(type, pointer, codingPath) }
    func decode(_ type: UInt128.Type) throws -> UInt128 { try session.integer(type, pointer, codingPath) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try session.decode(type, from: pointer, at: step) }
}
