extension JSONNode {
    /// Decodes straight from jansson's tree.
    ///
    /// - A member is looked up by the exact key; if there is none, by its snake_case form, so that Python's `user_id`
    ///   fills `userId` and `userID` alike.
    /// - An integer fits or is an error; a real decodes as an integer only if that is exact (`2.0`), an integer
    ///   decodes as a double. `true` is no number, and null is only nil.
    /// - `types` gets the first look at each value of a type it handles (kombu's `__type__`).
    ///
    /// - Throws: `DecodingError` with the path to the value, starting with `codingPath`; whatever `types` and the
    ///   type's own `init(from:)` throw.
    public func decode<T: Decodable>(
        _ type: T.Type,
        codingPath: [any CodingKey] = [],
        types: (any JSONTypeCoding)? = nil
    ) throws -> T {
        let session = DecodingSession(document: document, types: types, basePath: codingPath)
        return try session.decode(type, from: pointer, at: nil)
    }
}
