import JSON

/// Hands a call's arguments to `Arguments.init(from:)`: by position in the order of asking, or by name.
struct ArgumentDecoder: Decoder {
    let binding: ArgumentBinding
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(ArgumentContainer(binding: binding))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw notNamed
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        throw notNamed
    }

    /// A type that changes its mind after registration.
    private var notNamed: DecodingError {
        .dataCorrupted(.init(codingPath: [], debugDescription: "Arguments must take its values by name"))
    }
}

/// The parameters of one call as a keyed container.
private struct ArgumentContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let binding: ArgumentBinding
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { binding.list.parameters.compactMap { Key(stringValue: $0.codingName) } }

    func contains(_ key: Key) -> Bool { binding.node(for: key.stringValue) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { try node(key).isNull }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try value(type, key) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try value(type, key) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try value(type, key) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try value(type, key) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try value(type, key) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try value(type, key) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try value(type, key) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try value(type, key) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try value(type, key) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try value(type, key) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try value(type, key) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try value(type, key) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try value(type, key) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try value(type, key) }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try value(type, key) }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        guard let node = binding.node(for: key.stringValue), !node.isNull else { return nil }
        return try binding.list.decode(type, from: node, argument: key.stringValue)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try node(key).decode(DecoderCapture.self).decoder.container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try node(key).decode(DecoderCapture.self).decoder.unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { ArgumentDecoder(binding: binding) }

    func superDecoder(forKey key: Key) throws -> any Decoder { try node(key).decode(DecoderCapture.self).decoder }

    private func node(_ key: Key) throws -> JSONNode {
        guard let node = binding.node(for: key.stringValue) else {
            throw binding.list.missing([ParameterList.snakeCase(key.stringValue)])
        }
        return node
    }

    private func value<T: Decodable>(_ type: T.Type, _ key: Key) throws -> T {
        let node = try node(key)
        return try binding.list.decode(type, from: node, argument: key.stringValue)
    }
}

/// Gets hold of the decoder that a value of JSON is decoded with.
private struct DecoderCapture: Decodable {
    let decoder: any Decoder

    init(from decoder: any Decoder) { self.decoder = decoder }
}
