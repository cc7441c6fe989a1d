import ArgumentParser
import Logging

/// Celery's log levels, as `-l` takes them in any case.
enum LogLevel: String, CaseIterable, Sendable, ExpressibleByArgument {
    case debug = "DEBUG"
    case info = "INFO"
    case warning = "WARNING"
    case error = "ERROR"
    case critical = "CRITICAL"
    case fatal = "FATAL"

    init?(argument: String) { self.init(rawValue: argument.uppercased()) }

    /// The least level that is logged.
    var threshold: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        case .critical, .fatal: .critical
        }
    }
}

extension Logger.Level {
    /// Celery's word for the level. `trace` and `notice` have none there: they are written as the next lower level
    /// that has one, DEBUG and INFO.
    var celeryName: String {
        switch self {
        case .trace, .debug: "DEBUG"
        case .info, .notice: "INFO"
        case .warning: "WARNING"
        case .error: "ERROR"
        case .critical: "CRITICAL"
        }
    }

    /// The terminal's code for the level's colour; `nil` is plain.
    var color: String? {
        switch self {
        case .trace, .debug: "\u{1b}[34m"
        case .info, .notice: nil
        case .warning: "\u{1b}[33m"
        case .error: "\u{1b}[31m"
        case .critical: "\u{1b}[35m"
        }
    }
}
