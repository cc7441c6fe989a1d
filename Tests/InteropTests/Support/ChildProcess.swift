import ChildPrograms
import Foundation

/// A program that runs beside the test and dies with it; its output is kept in a file.
final class ChildProcess {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    let name: String
    private let process = Process()
    private let log: URL

    /// Starts the program.
    ///
    /// - Parameter environment: what is added to this process's own.
    init(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        directory: URL = TestEnvironment.scripts
    ) throws {
        name = URL(filePath: executable).lastPathComponent
        log = FileManager.default.temporaryDirectory.appending(path: TestEnvironment.unique("interop") + ".log")
        guard FileManager.default.createFile(atPath: log.path, contents: nil) else {
            throw Failure(description: "can't write \(log.path)")
        }
        let output = try FileHandle(forWritingTo: log)
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.environment?["PYTHONDONTWRITEBYTECODE"] = "1"
        process.currentDirectoryURL = directory
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.runUnblocked()
        try output.close()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(at: log)
    }

    var identifier: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    /// All that the program has printed so far.
    var output: String {
        (try? Data(contentsOf: log)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The last lines of the output, for messages.
    var tail: String {
        output.split(separator: "\n").suffix(30).joined(separator: "\n")
    }

    /// Waits until the output has a text.
    func wait(for text: String, within limit: Duration = .seconds(30)) async throws {
        let deadline = ContinuousClock.now + limit
        while !output.contains(text) {
            guard process.isRunning, .now < deadline else {
                throw Failure(description: "\(name) did not print '\(text)':\n\(tail)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Waits for the end of the program and returns its exit code; a signal that ended it counts negative.
    func exitCode(within limit: Duration) async throws -> Int32 {
        let deadline = ContinuousClock.now + limit
        while process.isRunning {
            guard .now < deadline else {
                kill()
                throw Failure(description: "\(name) did not end within \(limit):\n\(tail)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus
    }

    /// Ends the program at once.
    func kill() {
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
    }

    /// Sends TERM and waits for the end.
    func stop(within limit: Duration = .seconds(30)) async throws -> Int32 {
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGTERM) }
        return try await exitCode(within: limit)
    }

    /// Runs a program to its end.
    ///
    /// - Returns: what it printed.
    /// - Throws: when it does not end in time or with 0.
    @discardableResult
    static func run(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        directory: URL = TestEnvironment.scripts,
        within limit: Duration
    ) async throws -> String {
        let child = try ChildProcess(executable, arguments, environment: environment, directory: directory)
        let code = try await child.exitCode(within: limit)
        guard code == 0 else {
            let call = "\(child.name) \(arguments.joined(separator: " "))"
            throw Failure(description: "\(call) ended with \(code):\n\(child.tail)")
        }
        return child.output
    }
}
