/// The members of an object under construction.
struct KeyedTree<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: TreeEncoder

    private var session: EncodingSession { encoder.session }
    private var step: CodingPathStep? { encoder.step }
    var codingPath: [any CodingKey] { encoder.codingPath }

    private func set(_ node: OwnedNode, _ key: Key) throws { try encoder.set(node, forName: key.stringValue) }

    func encodeNil(forKey key: Key) throws { try set(session.null(), key) }
    func encode(_ value: Bool, forKey key: Key) throws { try set(session.bool(value), key) }
    func encode(_ value: String, forKey key: Key) throws { try set(session.string(value), key) }
    func encode(_ value: Double, forKey key: Key) throws { try set(session.double(value), key) }
    func encode(_ value: Float, forKey key: Key) throws { try set(session.double(widen(value)), key) }
    func encode(_ value: Int, forKey key: Key) throws { try set(session.integer(value), key) }
    func encode(_ value: Int8, forKey key: Key) throws { try set(session.integer(value), key) }
    func encode(_ value: Int16, forKey key: Key) throws { try set(session.integer(value), key) }
    func encode(_ value: Int32, forKey key: Key) throws { try set(session.integer(value), key) }
    func encode(_ value: Int64, forKey key: Key) throws { try set(session.integer(value), key) }
    func encode(_ value: Int128, forKey key: Key) throws { try set(session.integer(value), key) }
    func encode(_ value: UInt, forKey key: Key) throws { try set(session.integer(value), key) }
    func encode(_ value: UInt8, forKey key: Key) throws { try set(session.integer(value), key) }
    func encode(_ value: UInt16, forKey key: Key) throws { try set(session.integer(value), key) }
    func encode(_ value: UInt32, forKey key: Key) throws { try set(session.integer(value), key) }
    func encode(_ value: UInt64, forKey key: Key) throws { try set(session.integer(value), key) }
    func encode(_ value: UInt128, forKey key: Key) throws { try set(session.integer(value), key) }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        try set(session.tree(of: value, at: CodingPathStep(key, after: step)), key)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type,
        forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        child(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { child(key).unkeyedContainer() }

    func superEncoder() -> any Encoder { child(PlainKey.superKey) }

    func superEncoder(forKey key: Key) -> any Encoder { child(key) }

    private func child(_ key: some CodingKey) -> TreeEncoder {
        encoder.child(key, .member(of: encoder, name: key.stringValue))
    }
}

/// The double with the same shortest text, so that `Float(0.1)` is written `0.1`.
func widen(_ value: Float) -> Double { value.isFinite ? Double(value.description) ?? Double(value) : Double(value) }
