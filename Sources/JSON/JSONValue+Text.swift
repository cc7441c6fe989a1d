extension JSONValue {
    /// Parses UTF-8 text in Python's dialect; `JSONDocument` lists its behaviour.
    ///
    /// - Throws: `JSONError` with line and column for a syntax error or a limit that was passed.
    public init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        self = try JSONDocument(bytes, limits: limits).root.value
    }

    /// The text as Python's json.dumps writes it. It recurses as deep as the value is nested.
    public func serialized() -> [UInt8] {
        var text = PythonText()
        text.append(self)
        return text.bytes
    }
}
