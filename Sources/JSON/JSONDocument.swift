import CJansson

/// A pointer into jansson's tree.
typealias JanssonPointer = UnsafeMutablePointer<json_t>

/// A parsed JSON text, owner of jansson's tree; immutable, so threads may share it.
///
/// It reads what Python's `json.loads` reads, which is more than the standard:
///
/// | text | becomes |
/// |---|---|
/// | bare `NaN`, `Infinity`, `-Infinity` | the double |
/// | a real that is too large (`1e999`) | infinity of its sign |
/// | an integer beyond 64 bits | `JSONValue.bigInteger`, digit for digit, up to `JSONLimits.maxIntegerDigits` |
/// | `\u0000` in a string or a member name | the NUL character |
/// | a lone surrogate (`\ud800`) | U+FFFD: a Swift string can't hold half a character. Python keeps it |
/// | a member name twice | the last value, at the place of the first |
/// | names that differ only in Unicode normal form | distinct nodes; one member, the last, in a `JSONObject` |
/// | nesting beyond `JSONLimits.maxDepth` | `JSONError.Code.tooDeep` |
/// | more values than `JSONLimits.maxValues` | `JSONError.Code.tooManyValues` |
/// | a byte order mark, invalid UTF-8, a raw control character in a string, text after the value, no text | an error |
///
/// jansson rejects the first four kinds and surrogates. Only when it did is the text rewritten with stand-ins and
/// parsed again, so that ordinary texts pay nothing.
public final class JSONDocument: @unchecked Sendable {
    // Unchecked because of the raw pointer: nothing writes to the tree after init, and jansson's read functions keep
    // no state of their own.
    let rootPointer: JanssonPointer
    /// What marks strings that stand for something else; nil in nearly all documents.
    let standIns: StandIns?

    /// Parses UTF-8 text.
    ///
    /// - Throws: `JSONError` with line and column for a syntax error or a limit that was passed.
    public init(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        let parsed = bytes.withUnsafeBufferPointer { Parser(text: $0, limits: limits).parse() }
        (rootPointer, standIns) = try parsed.get()
    }

    deinit { json_decref(rootPointer) }

    /// The outermost value.
    public var root: JSONNode { JSONNode(document: self, pointer: rootPointer) }
}
