import CJansson

/// What one `decode` shares between its decoders and containers.
final class DecodingSession {
    let document: JSONDocument
    let types: (any JSONTypeCoding)?
    let basePath: [any CodingKey]

    init(document: JSONDocument, types: (any JSONTypeCoding)?, basePath: [any CodingKey]) {
        self.document = document
        self.types = types
        self.basePath = basePath
    }

    /// Decodes any type; the ones that JSON knows come straight from the tree.
    func decode<T: Decodable>(_ type: T.Type, from pointer: JanssonPointer, at path: CodingPathStep?) throws -> T {
        if let known = try decodeKnown(type, from: pointer, path: path.path(below: basePath)) { return known }
        if let types, types.handles(type),
            let value = try converted(type, types, pointer, path.path(below: basePath))
        {
            return value
        }
        return try T(from: TreeDecoder(session: self, pointer: pointer, step: path))
    }

    /// Decodes as above, one step further down; the step costs nothing for the types that JSON knows.
    func decode<T: Decodable>(
        _ type: T.Type,
        from pointer: JanssonPointer,
        at path: CodingPathStep?,
        then key: some CodingKey
    ) throws -> T {
        if let known = try decodeKnown(type, from: pointer, path: path.path(below: basePath, then: key)) {
            return known
        }
        if let types, types.handles(type),
            let value = try converted(type, types, pointer, path.path(below: basePath, then: key))
        {
            return value
        }
        let step = CodingPathStep(key, after: path)
        return try T(from: TreeDecoder(session: self, pointer: pointer, step: step))
    }

    private func converted<T>(
        _ type: T.Type,
        _ types: any JSONTypeCoding,
        _ pointer: JanssonPointer,
        _ path: @autoclosure () -> [any CodingKey]
    ) throws -> T? {
        do {
            return try types.decode(type, from: JSONNode(document: document, pointer: pointer))
        } catch let error as DecodingError {
            throw error.below(path())
        }
    }

    private func decodeKnown<T>(
        _ type: T.Type,
        from pointer: JanssonPointer,
        path: @autoclosure () -> [any CodingKey]
    ) throws -> T? {
        // Comparing metatypes is a comparison of addresses.
        if type == Int.self { return same(try integer(Int.self, pointer, path()), as: type) }
        if type == String.self { return same(try string(pointer, path()), as: type) }
        if type == JSONValue.self { return same(document.value(pointer), as: type) }
        if type == Double.self { return same(try double(pointer, path()), as: type) }
        if type == Bool.self { return same(try bool(pointer, path()), as: type) }
        guard pointer.pointee.type == JSON_ARRAY || pointer.pointee.type == JSON_OBJECT else { return nil }
        if type == [Int].self {
            return same(try list(pointer, path()) { try integer(Int.self, $0, []) }, as: type)
        }
        if type == [String].self { return same(try list(pointer, path()) { try string($0, []) }, as: type) }
        if type == [Double].self { return same(try list(pointer, path()) { try double($0, []) }, as: type) }
        if type == [Bool].self { return same(try list(pointer, path()) { try bool($0, []) }, as: type) }
        if type == [JSONValue].self { return same(try list(pointer, path()) { document.value($0) }, as: type) }
        if type == JSONObject.self {
            guard pointer.pointee.type == JSON_OBJECT else { throw mismatch(type, pointer, path()) }
            return same(document.object(pointer), as: type)
        }
        return nil
    }

    /// Elements of a type that JSON knows; `decode` throws errors without a path.
    private func list<Element>(
        _ pointer: JanssonPointer,
        _ path: @autoclosure () -> [any CodingKey],
        _ decode: (JanssonPointer) throws -> Element
    ) throws -> [Element] {
        guard pointer.pointee.type == JSON_ARRAY else { throw mismatch([Element].self, pointer, path()) }
        let count = json_array_size(pointer)
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for index in 0..<count {
            guard let element = json_array_get(pointer, index) else { break }
            do {
                elements.append(try decode(element))
            } catch let error as DecodingError {
                throw error.below(path() + [PlainKey(intValue: index)])
            }
        }
        return elements
    }
}

/// A value as the generic type that it was just found to be; an `as` would ask the runtime.
@inline(__always)
private func same<Known, T>(_ value: Known, as type: T.Type) -> T { unsafeBitCast(value, to: type) }
