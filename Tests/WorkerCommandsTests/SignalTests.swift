import ChildPrograms
import Foundation
import Testing

/// What signals do to the built program. There is no broker: a worker tries to reach one until it is told to stop.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SignalTests {
    /// A worker that runs, with what it prints.
    private final class Running {
        let process = Process()
        private let output: URL
        private let errors: URL

        init(
            _ arguments: [String] = [],
            _ environment: [String: String] = [:],
            program: String? = nil,
            in folder: String
        )
            throws
        {
            output = URL(fileURLWithPath: folder + "/output")
            errors = URL(fileURLWithPath: folder + "/errors")
            for file in [output, errors] { try Data().write(to: file) }
            process.executableURL = URL(fileURLWithPath: try program ?? BinaryTests.binary())
            process.arguments = ["-P", "solo", "-n", "w1@h", "-b", "amqp://127.0.0.1:1//", "-l", "info"] + arguments
            process.environment = programEnvironment(
                ["PATH": "/usr/bin:/bin", "NO_COLOR": "1"].merging(environment) { $1 }
            )
            process.currentDirectoryURL = URL(fileURLWithPath: folder)
            process.standardOutput = try FileHandle(forWritingTo: output)
            process.standardError = try FileHandle(forWritingTo: errors)
            process.standardInput = FileHandle.nullDevice
            try process.runUnblocked()
        }

        deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

        var identifier: Int32 { process.processIdentifier }
        var printed: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }
        var complained: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }
        /// How often the worker has started to reach its broker.
        var starts: Int { printed.components(separatedBy: "[config]").count - 1 }
        /// Whether it has tried to reach its broker since its last start: then signals are watched.
        var isTrying: Bool {
            complained.components(separatedBy: "worker: Restarting /").last?.contains("Trying again in") ?? false
        }

        /// Waits until the worker has started so often and runs.
        func started(_ count: Int = 1) async throws {
            try await eventually("start \(count): \(complained)") { starts == count && isTrying }
        }

        func signal(_ number: Int32) { kill(identifier, number) }

        func exitCode() async throws -> Int32 {
            try await eventually("the end: \(complained)") { !process.isRunning }
            return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        }
    }

    @Test func aRemappedTerminateIsCold() async throws {
        try await withTemporaryFolder { folder in
            let worker = try Running([], ["REMAP_SIGTERM": "SIGQUIT"], in: folder)
            try await worker.started()
            worker.signal(SIGTERM)
            let code = try await worker.exitCode()
            #expect(code == 0)
            #expect(worker.complained.contains("worker: Hitting Ctrl+C again will terminate all running tasks!"))
            #expect(worker.complained.contains("worker: Cold shutdown (MainProcess)"))
            #expect(!worker.complained.contains("Warm"))
        }
    }

    @Test func theFirstInterruptSaysWhatTheNextDoes() async throws {
        try await withTemporaryFolder { folder in
            let worker = try Running(in: folder)
            try await worker.started()
            worker.signal(SIGINT)
            let code = try await worker.exitCode()
            #expect(code == 1)
            let lines = """
                worker: Hitting Ctrl+C again will initiate cold shutdown, terminating all running tasks!

                worker: Warm shutdown (MainProcess)
                """
            #expect(worker.complained.contains(lines))
            #expect(
                worker.complained.contains(
                    "worker: stopped: 0 finished, 0 given back, 0 cancelled, 0 lost, of 0 received"
                )
            )
        }
    }

    /// The soft shutdown waits for nothing here, so each signal is seen in its own phase.
    @Test func aSoftShutdownIsCutShortByASignalAndEndedByTheNext() async throws {
        try await withTemporaryFolder { folder in
            let settings = ["worker.soft_shutdown_timeout=3600", "worker.enable_soft_shutdown_on_idle=true"]
            let worker = try Running(["--pidfile", "w.pid"] + settings, in: folder)
            try await worker.started()
            worker.signal(SIGQUIT)
            try await eventually("soft") {
                worker.complained.contains("Initiating Soft Shutdown, terminating in 3600 seconds")
            }
            #expect(worker.process.isRunning)
            #expect(!worker.complained.contains("Cold shutdown"))
            worker.signal(SIGQUIT)
            let code = try await worker.exitCode()
            #expect(code == 0)
            #expect(worker.complained.contains("worker: Cold shutdown (MainProcess)"))
            #expect(!FileManager.default.fileExists(atPath: folder + "/w.pid"))
        }
    }

    @Test func aHangUpStartsTheSameCommandAnewInTheSameProcess() async throws {
        try await withTemporaryFolder { folder in
            let program = folder + "/worker"
            try FileManager.default.copyItem(atPath: try BinaryTests.binary(), toPath: program)
            let worker = try Running(["--pidfile", "w.pid", "--workdir", "."], program: program, in: folder)
            try await worker.started()
            let descriptors = try Self.descriptors(of: worker.identifier)
            for round in 2...4 {
                // An upgrade: a new file under the old name.
                try FileManager.default.copyItem(atPath: program, toPath: program + ".new")
                #expect(rename(program + ".new", program) == 0)
                worker.signal(SIGHUP)
                try await worker.started(round)
                #expect(try read(folder + "/w.pid") == "\(worker.identifier)\n")
                #expect(try Self.inode("/proc/\(worker.identifier)/exe") == Self.inode(program))
                #expect(try Self.descriptors(of: worker.identifier) <= descriptors + 2)
                // Foundation learns of the end by a socket that it passes on: it must live as long as the process.
                #expect(worker.process.isRunning)
            }
            #expect(worker.complained.contains("Warm shutdown (MainProcess), then the same command once more"))
            worker.signal(SIGTERM)
            let code = try await worker.exitCode()
            #expect(code == 0)
            #expect(!FileManager.default.fileExists(atPath: folder + "/w.pid"))
        }
    }

    @Test func aHangUpRestartsAWorkerInTheBackground() async throws {
        try await withTemporaryFolder { folder in
            let arguments = [
                "-P", "solo", "-n", "w1@h", "-b", "amqp://127.0.0.1:1//", "-l", "info", "--workdir", folder, "-D", "-f",
                "w.log", "--pidfile", "w.pid",
            ]
            #expect(try BinaryTests.run(arguments).code == 0)
            let process = try #require(Int32(try read(folder + "/w.pid").dropLast()))
            defer { kill(process, SIGKILL) }
            let attempts = { try read(folder + "/w.log").components(separatedBy: "Trying again in").count - 1 }
            try await eventually("running") { try attempts() >= 1 }
            kill(process, SIGHUP)
            try await eventually("restarting") { try read(folder + "/w.log").contains("worker: Restarting /") }
            let before = try attempts()
            try await eventually("running again") { try attempts() > before }
            #expect(try read(folder + "/w.pid") == "\(process)\n")
            kill(process, SIGTERM)
            try await eventually("the end") { kill(process, 0) != 0 }
            #expect(!FileManager.default.fileExists(atPath: folder + "/w.pid"))
        }
    }

    @Test func aUserSignalWritesTheStateToTheLog() async throws {
        try await withTemporaryFolder { folder in
            let worker = try Running(["-l", "error"], in: folder)
            try await eventually("running") { worker.isTrying }
            worker.signal(SIGUSR1)
            try await eventually("the state: \(worker.complained)") { worker.complained.contains("signals: running") }
            let lines = worker.complained
            #expect(lines.contains("w1@h: running, pool solo, 1 slots, 0 busy"))
            #expect(lines.contains("consumer: not connected"))
            #expect(lines.contains("waiting: 0 for their ETA, 0 to be given back, 0 results to be stored"))
            #expect(lines.contains("counters: received 0, started 0"))
            #expect(lines.contains("slot-1: sleeping"))
            worker.signal(SIGTERM)
            let code = try await worker.exitCode()
            #expect(code == 0)
        }
    }

    private static func descriptors(of process: Int32) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
    }

    private static func inode(_ path: String) throws -> UInt64 {
        var status = stat()
        guard stat(path, &status) == 0 else { throw CocoaError(.fileNoSuchFile) }
        return UInt64(status.st_ino)
    }
}
