import CeleryProtocol
import Logging
import Platform
import Postgres

/// What a task came to, item by item: one that fails doesn't keep the others.
struct Tally: Sendable, Hashable {
    /// How many errors are told in full, in the result and in the log. A million of the same tell no more.
    static let shownErrors = 10

    var done = 0
    private(set) var errorCount = 0
    /// The first errors.
    private(set) var errors: [String] = []

    var status: String { errorCount == 0 ? "success" : "partial_success" }

    /// Counts an item that failed.
    ///
    /// - Throws: `error` itself when it isn't about that item alone: cancellation, a lost connection, a missing storage.
    mutating func fail(_ item: String, _ error: any Error, _ logger: Logger) throws {
        guard Self.concernsOneItem(error) else { throw error }
        let text = "\(item): \(PythonException(error).str)"
        errorCount += 1
        if errors.count < Self.shownErrors {
            errors.append(text)
            logger.error("\(text)")
        } else {
            logger.debug("\(text)")
        }
    }

    static func concernsOneItem(_ error: any Error) -> Bool {
        switch error {
        case is CancellationError: false
        case let error as PostgresError: [.statementFailed, .timedOut, .invalidColumn].contains(error.code)
        case let error as ZoomUploaderError: error.code != .configuration
        default: true
        }
    }
}
