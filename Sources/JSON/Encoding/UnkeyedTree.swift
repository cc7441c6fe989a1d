/// The elements of an array under construction.
struct UnkeyedTree: UnkeyedEncodingContainer {
    let encoder: TreeEncoder

    private var session: EncodingSession { encoder.session }
    private var step: CodingPathStep? { encoder.step }
    var codingPath: [any CodingKey] { encoder.codingPath }
    var count: Int { encoder.elementCount }

    func encodeNil() throws { try encoder.append(session.null()) }
    func encode(_ value: Bool) throws { try encoder.append(session.bool(value)) }
    func encode(_ value: String) throws { try encoder.append(session.string(value)) }
    func encode(_ value: Double) throws { try encoder.append(session.double(value)) }
    func encode(_ value: Float) throws { try encoder.append(session.double(widen(value))) }
    func encode(_ value: Int) throws { try encoder.append(session.integer(value)) }
    func encode(_ value: Int8) throws { try encoder.append(session.integer(value)) }
    func encode(_ value: Int16) throws { try encoder.append(session.integer(value)) }
    func encode(_ value: Int32) throws { try encoder.append(session.integer(value)) }
    func encode(_ value: Int64) throws { try encoder.append(session.integer(value)) }
    func encode(_ value: Int128) throws { try encoder.append(session.integer(value)) }
    func encode(_ value: UInt) throws { try encoder.append(session.integer(value)) }
    func encode(_ value: UInt8) throws { try encoder.append(session.integer(value)) }
    func encode(_ value: UInt16) throws { try encoder.append(session.integer(value)) }
    func encode(_ value: UInt32) throws { try encoder.append(session.integer(value)) }
    func encode(_ value: UInt64) throws { try encoder.append(session.integer(value)) }
    func encode(_ value: UInt128) throws { try encoder.append(session.integer(value)) }

    func encode<T: Encodable>(_ value: T) throws {
        try encoder.append(
            session.tree(of: value, at: CodingPathStep(PlainKey(intValue: count), after: step))
        )
    }

    func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type) -> KeyedEncodingContainer<NestedKey> {
        child().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { child().unkeyedContainer() }

    func superEncoder() -> any Encoder { child() }

    /// A child at the next index, held by a null until it has a node.
    private func child() -> TreeEncoder {
        let index = count
        if let null = try? session.null() { try? encoder.append(null) }
        return encoder.child(PlainKey(intValue: index), .element(of: encoder, index: index))
    }
}
