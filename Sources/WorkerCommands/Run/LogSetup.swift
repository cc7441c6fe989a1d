import Logging
import Platform
import SwiftWorker

/// Sets up the log of the process.
enum LogSetup {
    /// Opens the log and makes it the process's.
    ///
    /// - Parameters:
    ///   - path: the log file; `nil` is standard error.
    ///   - takesOver: whether what is printed goes into the log file too, for a worker in the background.
    /// - Throws: `StartError` when the file can't be opened.
    static func start(
        settings: Settings,
        path: String?,
        level: LogLevel,
        noColor: Bool,
        takesOver: Bool
    ) throws(StartError) -> Logger {
        var descriptor = FileDescriptor.standardError
        if let path {
            do {
                descriptor = try FileDescriptor.openForAppending(path)
            } catch {
                throw StartError("can't open the log file: \(error)", exitCode: ProcessExit.failure)
            }
            if takesOver {
                FileDescriptor.duplicate(descriptor, as: FileDescriptor.standardOutput)
                FileDescriptor.duplicate(descriptor, as: FileDescriptor.standardError)
            }
        }
        let wantsColor = settings.workerLogColor ?? (path == nil && FileDescriptor.isTerminal(descriptor))
        let output = LogOutput(
            descriptor: descriptor,
            format: settings.logFormat,
            isColored: wantsColor && !noColor && settings.logFormat == .text
        )
        let handler = CeleryLogHandler(output: output, level: level.threshold)
        LoggingSystem.bootstrap { _ in handler }
        return Logger(label: "swiftworker") { _ in handler }
    }
}
