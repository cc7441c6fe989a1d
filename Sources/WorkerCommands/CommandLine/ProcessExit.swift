/// The exit codes of the command line (Celery reference, 10.2).
enum ProcessExit {
    static let success: Int32 = 0
    /// Startup failed: configuration, broker, log file.
    static let failure: Int32 = 1
    /// The command line is wrong, or asks for what comes later.
    static let usage: Int32 = 2
    /// No worker has replied: `EX_UNAVAILABLE`.
    static let unavailable: Int32 = 69
    /// Another worker has the pid file.
    static let locked: Int32 = 73
}
