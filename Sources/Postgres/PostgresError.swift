/// What went wrong between this process and PostgreSQL. Its texts hold no password.
public struct PostgresError: Error, Sendable, CustomStringConvertible {
    /// The kind of error.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String, Sendable {
            case invalidConfiguration, connectionFailed, connectionLost, statementFailed, timedOut, cancelled
            case invalidParameter, invalidColumn, closed
        }
        private let value: Value

        /// The URL or a setting can't be used.
        public static var invalidConfiguration: Code { Code(value: .invalidConfiguration) }
        /// No connection came about: host, port, credentials, database or time.
        public static var connectionFailed: Code { Code(value: .connectionFailed) }
        /// The connection broke; whether a statement under way took effect is unknown.
        public static var connectionLost: Code { Code(value: .connectionLost) }
        /// The server refused a statement; `sqlState` says why.
        public static var statementFailed: Code { Code(value: .statementFailed) }
        /// The statement ran longer than allowed and was ended.
        public static var timedOut: Code { Code(value: .timedOut) }
        /// The task was cancelled, and the statement with it.
        public static var cancelled: Code { Code(value: .cancelled) }
        /// A parameter can't be sent, for example a text with a NUL.
        public static var invalidParameter: Code { Code(value: .invalidParameter) }
        /// A column is missing, NULL or of another type than asked for.
        public static var invalidColumn: Code { Code(value: .invalidColumn) }
        /// The client was closed.
        public static var closed: Code { Code(value: .closed) }

        public var description: String { value.rawValue }
    }

    public let code: Code
    public let message: String
    /// The server's code, where the server said something.
    public let sqlState: SQLState?

    init(_ code: Code, _ message: String, sqlState: SQLState? = nil) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
    }

    public var description: String {
        guard let sqlState else { return "PostgreSQL: \(message)" }
        return "PostgreSQL: \(message) (SQLSTATE \(sqlState))"
    }
}
