/// Encodes any Encodable to JSON text as Python's json.dumps writes it: `, ` and `: ` separators, members in the
/// order they were encoded, non-ASCII escaped, doubles as `repr` prints them, bare `NaN` and `Infinity`.
///
/// Member names are written as they are declared; a dictionary with integer keys gets them as strings.
public struct JSONEncoder: Sendable {
    private let types: (any JSONTypeCoding)?

    /// Creates an encoder; `types` gets the first look at each value of a type it handles.
    public init(types: (any JSONTypeCoding)? = nil) { self.types = types }

    /// The text of a value.
    ///
    /// - Throws: `EncodingError` for a value that encodes nothing or is nested deeper than 1,000; whatever `types`
    ///   and the value's own `encode(to:)` throw.
    public func encode(_ value: some Encodable) throws -> [UInt8] {
        let session = EncodingSession(types: types)
        if let text = try session.text(ofKnown: value) { return text.bytes }
        let tree = try session.tree(of: value, at: nil)
        defer { tree.release() }
        var text = PythonText()
        text.append(tree.pointer, raw: session.raw)
        return text.bytes
    }
}
