import Foundation
import Testing

/// The README's first task, word for word, as a package outside this repository.
@Suite struct ExternalPackageTests {
    @Test(.timeLimit(.minutes(15)))
    func theReadmesFirstTaskBuildsAndServesPython() async throws {
        let environment = try TestEnvironment()
        let folder = FileManager.default.temporaryDirectory.appending(path: TestEnvironment.unique("external"))
        defer { try? FileManager.default.removeItem(at: folder) }
        let package = folder.appending(path: "my-worker")
        try writePackage(to: package)
        // The README says "../swiftworker".
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "swiftworker"),
            withDestinationURL: TestEnvironment.repository
        )
        // A folder that stays makes the next run quick.
        let scratch = TestEnvironment.repository.appending(path: ".build/external-package")
        try await ChildProcess.run(
            "/usr/bin/env",
            ["swift", "build", "-j", "2", "--scratch-path", scratch.path],
            directory: package,
            within: .seconds(800)
        )
        let program = scratch.appending(path: "debug/my-worker").path
        let help = try await ChildProcess.run(program, ["worker", "--help"], within: .seconds(20))
        for option in ["--queues", "--pool", "--concurrency", "--loglevel", "--pidfile"] {
            #expect(help.contains(option), "\(help)")
        }
        try await environment.withQueue("external") { queue in
            let worker = try ChildProcess(
                program,
                [
                    "-P", "threads", "-c", "4", "-l", "INFO", "--result-backend", "rpc://", "-Q", queue,
                    "-n", "\(queue)@%h",
                ],
                environment: ["CELERY_BROKER_URL": environment.broker]
            )
            try await worker.wait(for: " ready.")
            let output = try await ChildProcess.run(
                environment.python57,
                ["external.py", "--broker", environment.broker, "--queue", queue],
                within: .seconds(30)
            )
            #expect(output == "5\n")
            #expect(try await worker.stop() == 0, "\(worker.tail)")
        }
    }

    /// Writes each of the README's Swift listings to the file that is named above it.
    private func writePackage(to folder: URL) throws {
        let readme = try String(contentsOf: TestEnvironment.repository.appending(path: "README.md"), encoding: .utf8)
        var names: [String] = []
        for listing in readme.matches(of: /`(\S+\.swift)`:\n\n```swift\n([\s\S]*?)```/) {
            let file = folder.appending(path: String(listing.output.1))
            let directory = file.deletingLastPathComponent()
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            try String(listing.output.2).write(to: file, atomically: true, encoding: .utf8)
            names.append(String(listing.output.1))
        }
        #expect(names == ["Package.swift", "Sources/my-worker/MyWorker.swift"])
        try? FileManager.default.copyItem(
            at: TestEnvironment.repository.appending(path: "Package.resolved"),
            to: folder.appending(path: "Package.resolved")
        )
    }
}
