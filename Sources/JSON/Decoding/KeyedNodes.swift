import CJansson

/// The members of an object, by declared keys.
struct KeyedNodes<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let session: DecodingSession
    let pointer: JanssonPointer
    let step: CodingPathStep?

    var codingPath: [any CodingKey] { step.path(below: session.basePath) }

    var allKeys: [Key] {
        var keys: [Key] = []
        keys.reserveCapacity(json_object_size(pointer))
        session.document.forEachMember(of: pointer) { key, _ in
            if let key = Key(stringValue: session.document.memberName(key)) { keys.append(key) }
        }
        return keys
    }

    func contains(_ key: Key) -> Bool { find(key) != nil }

    /// The member of exactly that name, else of its snake_case form.
    private func find(_ key: Key) -> JanssonPointer? {
        let name = key.stringValue
        if let member = session.document.member(name, of: pointer) { return member }
        guard let name = snakeCase(name) else { return nil }
        return session.document.member(name, of: pointer)
    }

    private func member(_ key: Key) throws -> JanssonPointer {
        guard let member = find(key) else {
            let context = DecodingError.Context(
                codingPath: codingPath,
                debugDescription: "no member \"\(key.stringValue)\""
            )
            throw DecodingError.keyNotFound(key, context)
        }
        return member
    }

    /// The member if it is there and not null.
    private func present(_ key: Key) -> JanssonPointer? {
        guard let member = find(key), !session.isNull(member) else { return nil }
        return member
    }

    private func path(_ key: Key) -> [any CodingKey] { step.path(below: session.basePath, then: key) }

    func decodeNil(forKey key: Key) throws -> Bool { session.isNull(try member(key)) }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try session.bool(try member(key), path(key)) }

    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        try session.string(try member(key), path(key))
    }

    func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
        try session.double(try member(key), path(key))
    }

    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { Float(try decode(Double.self, forKey: key)) }

    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try integer(type, key) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try integer(type, key) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try integer(type, key) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try integer(type, key) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try integer(type, key) }
    func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try integer(type, key) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try integer(type, key) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try integer(type, key) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try integer(type, key) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try integer(type, key) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try integer(type, key) }
    func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try integer(type, key) }

    private func integer<I: FixedWidthInteger>(_ type: I.Type, _ key: Key) throws -> I {
        try session.integer(type, try member(key), path(key))
    }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try session.decode(type, from: try member(key), at: step, then: key)
    }

    // The standard ones look a member up three times; these are the common types.
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        try present(key).map { try session.integer(type, $0, path(key)) }
    }

    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        try present(key).map { try session.string($0, path(key)) }
    }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        try present(key).map { try session.decode(type, from: $0, at: step, then: key) }
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try decoder(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(key).unkeyedContainer()
    }

    func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }

    /// The member `super`.
    func superDecoder() throws -> any Decoder {
        guard let member = session.document.member("super", of: pointer) else {
            let context = DecodingError.Context(codingPath: codingPath, debugDescription: "no member \"super\"")
            throw DecodingError.keyNotFound(PlainKey.superKey, context)
        }
        return TreeDecoder(
            session: session,
            pointer: member,
            step: CodingPathStep(PlainKey.superKey, after: step)
        )
    }

    private func decoder(_ key: Key) throws -> TreeDecoder {
        TreeDecoder(session: session, pointer: try member(key), step: CodingPathStep(key, after: step))
    }
}
