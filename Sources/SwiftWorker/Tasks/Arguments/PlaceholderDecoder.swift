import CeleryProtocol
import FoundationEssentials

/// What a trial decoding reveals of an `Arguments` type.
final class ParameterRecorder {
    private(set) var parameters: [ParameterList.Parameter] = []
    var isList = false

    func note(_ codingName: String, isRequired: Bool) {
        if parameters.contains(where: { $0.codingName == codingName }) { return }
        let name = ParameterList.snakeCase(codingName)
        parameters.append(.init(codingName: codingName, name: name, isRequired: isRequired))
    }
}

/// Feeds a type with harmless values, so that it shows which keys it asks for.
///
/// The recorder is only present at the top: parameters are recorded there, nested values are just made up.
struct PlaceholderDecoder: Decoder {
    var recorder: ParameterRecorder?
    /// Ends recursive types.
    var depth = 0
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(PlaceholderContainer(decoder: self))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer {
        recorder?.isList = true
        return EmptyList()
    }

    func singleValueContainer() -> any SingleValueDecodingContainer {
        recorder?.isList = true
        return PlaceholderValue(depth: depth)
    }

    /// A harmless value of any type, if the type lets itself be made up.
    static func placeholder<T: Decodable>(_ type: T.Type, depth: Int) throws -> T {
        for case let value as T in known { return value }
        if let cases = type as? any CaseIterable.Type, let value = first(of: cases) as? T { return value }
        guard depth < 16 else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "nested too deeply"))
        }
        return try T(from: PlaceholderDecoder(recorder: nil, depth: depth + 1))
    }

    /// Types that read a text of a form of their own.
    private static var known: [Any] {
        let midnight = PythonDateTime(Instant(microseconds: 0))
        let values: [Any?] = [
            Date(timeIntervalSince1970: 0), UUID(), Decimal(0), Data(), Instant(microseconds: 0), midnight,
            midnight?.date, midnight?.time,
        ]
        return values.compactMap(\.self)
    }

    private static func first<C: CaseIterable>(of type: C.Type) -> Any? { C.allCases.first }
}

private struct PlaceholderContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: PlaceholderDecoder
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    private func note(_ key: Key, isRequired: Bool) {
        decoder.recorder?.note(key.stringValue, isRequired: isRequired)
    }

    /// A key that is first asked for is one that the type can do without.
    func contains(_ key: Key) -> Bool {
        note(key, isRequired: false)
        return false
    }

    func decodeNil(forKey key: Key) -> Bool {
        note(key, isRequired: false)
        return true
    }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { note(key, isRequired: true); return false }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { note(key, isRequired: true); return "" }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { note(key, isRequired: true); return 0 }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { note(key, isRequired: true); return 0 }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { note(key, isRequired: true); return 0 }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { note(key, isRequired: true); return 0 }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { note(key, isRequired: true); return 0 }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { note(key, isRequired: true); return 0 }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { note(key, isRequired: true); return 0 }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { note(key, isRequired: true); return 0 }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { note(key, isRequired: true); return 0 }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { note(key, isRequired: true); return 0 }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { note(key, isRequired: true); return 0 }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { note(key, isRequired: true); return 0 }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        note(key, isRequired: true)
        return try PlaceholderDecoder.placeholder(type, depth: decoder.depth)
    }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) -> T? {
        note(key, isRequired: false)
        return nil
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) -> KeyedDecodingContainer<Nested> {
        note(key, isRequired: true)
        return PlaceholderDecoder(recorder: nil, depth: decoder.depth + 1).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedDecodingContainer {
        note(key, isRequired: true)
        return EmptyList()
    }

    func superDecoder() -> any Decoder { decoder }

    func superDecoder(forKey key: Key) -> any Decoder {
        note(key, isRequired: true)
        return PlaceholderDecoder(recorder: nil, depth: decoder.depth + 1)
    }
}

private struct PlaceholderValue: SingleValueDecodingContainer {
    let depth: Int
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { true }

    func decode(_ type: Bool.Type) throws -> Bool { false }
    func decode(_ type: String.Type) throws -> String { "" }
    func decode(_ type: Double.Type) throws -> Double { 0 }
    func decode(_ type: Float.Type) throws -> Float { 0 }
    func decode(_ type: Int.Type) throws -> Int { 0 }
    func decode(_ type: Int8.Type) throws -> Int8 { 0 }
    func decode(_ type: Int16.Type) throws -> Int16 { 0 }
    func decode(_ type: Int32.Type) throws -> Int32 { 0 }
    func decode(_ type: Int64.Type) throws -> Int64 { 0 }
    func decode(_ type: UInt.Type) throws -> UInt { 0 }
    func decode(_ type: UInt8.Type) throws -> UInt8 { 0 }
    func decode(_ type: UInt16.Type) throws -> UInt16 { 0 }
    func decode(_ type: UInt32.Type) throws -> UInt32 { 0 }
    func decode(_ type: UInt64.Type) throws -> UInt64 { 0 }
    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try PlaceholderDecoder.placeholder(type, depth: depth)
    }
}

/// A list without elements.
private struct EmptyList: UnkeyedDecodingContainer {
    var codingPath: [any CodingKey] { [] }
    var count: Int? { 0 }
    var isAtEnd: Bool { true }
    var currentIndex: Int { 0 }

    private var end: DecodingError {
        .valueNotFound(Any.self, .init(codingPath: [], debugDescription: "the list is empty"))
    }

    mutating func decodeNil() throws -> Bool { throw end }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { throw end }

    mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        throw end
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { throw end }

    mutating func superDecoder() throws -> any Decoder { throw end }
}
