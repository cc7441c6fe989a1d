/// What is wrong with a JSON text or value.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of fault.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Wrapped: String, Sendable, Hashable {
            case emptyText, truncatedText, invalidSyntax, invalidUTF8, trailingText, tooDeep, tooManyDigits
            case tooManyValues, unencodable, outOfMemory
        }
        private var wrapped: Wrapped
        private init(_ wrapped: Wrapped) { self.wrapped = wrapped }

        /// There is no value in the text.
        public static var emptyText: Self { Self(.emptyText) }
        /// The text ends within a value.
        public static var truncatedText: Self { Self(.truncatedText) }
        /// The text breaks the grammar.
        public static var invalidSyntax: Self { Self(.invalidSyntax) }
        /// The text is not UTF-8.
        public static var invalidUTF8: Self { Self(.invalidUTF8) }
        /// Something follows the value.
        public static var trailingText: Self { Self(.trailingText) }
        /// Arrays and objects are nested deeper than the limit.
        public static var tooDeep: Self { Self(.tooDeep) }
        /// An integer has more digits than the limit.
        public static var tooManyDigits: Self { Self(.tooManyDigits) }
        /// There are more values than the limit.
        public static var tooManyValues: Self { Self(.tooManyValues) }
        /// A value has no JSON form.
        public static var unencodable: Self { Self(.unencodable) }
        /// jansson got no memory.
        public static var outOfMemory: Self { Self(.outOfMemory) }

        public var description: String { wrapped.rawValue }
    }

    /// The kind of fault.
    public var code: Code
    /// What happened, for a person.
    public var message: String
    /// The line where the parser stopped, from 1; nil when no text is at fault.
    public var line: Int?
    /// The number of characters that the parser had read of that line; nil when no text is at fault.
    public var column: Int?
    /// jansson's own number for the fault (`enum json_error_code`); nil when jansson was not the judge.
    public var janssonCode: Int32?

    public init(
        code: Code,
        message: String,
        line: Int? = nil,
        column: Int? = nil,
        janssonCode: Int32? = nil
    ) {
        self.code = code
        self.message = message
        self.line = line
        self.column = column
        self.janssonCode = janssonCode
    }

    public var description: String {
        guard let line, let column else { return "JSON: \(message)" }
        return "JSON: \(message) (line \(line), column \(column))"
    }
}
