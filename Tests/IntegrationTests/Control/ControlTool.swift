import ChildPrograms
import Foundation
import JSON
import Testing

/// `swiftworker control`, run as an operator would.
enum ControlTool {
    struct Ended {
        let code: Int32
        let output: String
        let errors: String
    }

    /// Tells a worker of the test broker something.
    ///
    /// - Parameter node: the one worker that is meant: others of the same broker belong to other tests.
    static func run(node: String, _ arguments: [String]) async throws -> Ended {
        let process = Process()
        let products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = products.appending(path: "TestWorker")
        process.arguments = ["control", "-t", "10", "-d", node] + arguments
        process.environment = programEnvironment(["PATH": "/usr/bin:/bin", "CELERY_BROKER_URL": try TestBroker.url()])
        process.currentDirectoryURL = FileManager.default.temporaryDirectory
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.runUnblocked()
        try await eventually(within: .seconds(30), "the tool's end") { !process.isRunning }
        return Ended(
            code: process.terminationStatus,
            output: String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self),
            errors: String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        )
    }
}
