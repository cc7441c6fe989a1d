public import Foundation

/// A program that a test runs to its end.
///
/// What it prints goes into files: a pipe's end would be inherited by a program that starts at the same moment, and its
/// reader would wait for that one's end as well.
public struct RecordedProgram {
    /// How a program has ended, and what it has printed.
    public struct End: Sendable {
        public let code: Int32
        public let output: String
        public let errors: String
    }

    private let process: Process
    private let folder: URL
    private var files: [URL] { ["output", "errors"].map { folder.appending(path: $0) } }

    /// Starts the program.
    public init(starting process: Process) throws {
        self.process = process
        folder = FileManager.default.temporaryDirectory.appending(path: "program-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        do {
            for file in files { try Data().write(to: file) }
            process.standardOutput = try FileHandle(forWritingTo: files[0])
            process.standardError = try FileHandle(forWritingTo: files[1])
            try process.runUnblocked()
        } catch {
            try? FileManager.default.removeItem(at: folder)
            throw error
        }
    }

    public var isRunning: Bool { process.isRunning }

    /// Waits for the end, which a test that may not block has seen by `isRunning` before. To be called once.
    public func end() throws -> End {
        process.waitUntilExit()
        defer { try? FileManager.default.removeItem(at: folder) }
        let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
        return End(code: process.terminationStatus, output: texts[0], errors: texts[1])
    }
}
