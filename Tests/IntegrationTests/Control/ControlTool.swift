import ChildPrograms
import Foundation
import JSON
import Testing

/// `swiftworker control`, run as an operator would.
enum ControlTool {
    /// Tells a worker of the test broker something.
    ///
    /// - Parameter node: the one worker that is meant: others of the same broker belong to other tests.
    static func run(node: String, _ arguments: [String]) async throws -> RecordedProgram.End {
        let process = Process()
        let products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = products.appending(path: "TestWorker")
        process.arguments = ["control", "-t", "10", "-d", node] + arguments
        process.environment = programEnvironment(["PATH": "/usr/bin:/bin", "CELERY_BROKER_URL": try TestBroker.url()])
        process.currentDirectoryURL = FileManager.default.temporaryDirectory
        process.standardInput = FileHandle.nullDevice
        let program = try RecordedProgram(starting: process)
        try await eventually(within: .seconds(30), "the tool's end") { !program.isRunning }
        return try program.end()
    }
}
