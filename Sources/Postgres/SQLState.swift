/// PostgreSQL's five-character error code.
public struct SQLState: Sendable, Hashable, CustomStringConvertible {
    public let code: String

    public init(_ code: String) {
        self.code = code
    }

    /// The first two characters, which name the family: `23` is a violated constraint, `40` a rolled back transaction.
    public var family: String { String(code.prefix(2)) }

    /// 23505, unique_violation.
    public static var uniqueViolation: SQLState { SQLState("23505") }
    /// 57014, query_canceled: by a client, an administrator or `statement_timeout`.
    public static var queryCancelled: SQLState { SQLState("57014") }
    /// 40001, serialization_failure: the transaction may be run again.
    public static var serializationFailure: SQLState { SQLState("40001") }
    /// 40P01, deadlock_detected: the transaction may be run again.
    public static var deadlock: SQLState { SQLState("40P01") }

    public var description: String { code }
}
