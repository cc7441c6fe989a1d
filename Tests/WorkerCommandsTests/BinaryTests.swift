import ChildPrograms
import Foundation
import Testing

/// The built program, as a user meets it.
@Suite(.serialized, .timeLimit(.minutes(5))) struct BinaryTests {
    typealias Ended = RecordedProgram.End

    /// Beside the test bundle.
    static func binary() throws -> String {
        let arguments = ProcessInfo.processInfo.arguments
        let bundle = try #require(arguments.last { $0.hasSuffix(".xctest") } ?? arguments.first)
        let path = URL(fileURLWithPath: bundle).deletingLastPathComponent().path + "/swiftworker"
        try #require(FileManager.default.isExecutableFile(atPath: path), "no \(path)")
        return path
    }

    /// Runs the program to its end in a folder.
    static func run(_ arguments: [String], _ environment: [String: String] = [:], in folder: String = "/") throws
        -> Ended
    {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try binary())
        process.arguments = arguments
        process.environment = programEnvironment(
            ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent"].merging(environment) { $1 }
        )
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardInput = FileHandle.nullDevice
        return try RecordedProgram(starting: process).end()
    }

    @Test func version() throws {
        let ended = try Self.run(["--version"])
        #expect(ended.code == 0)
        #expect(ended.output.hasPrefix("swiftworker "))
        #expect(ended.output.split(separator: "\n").count == 1)
    }

    @Test func help() throws {
        let top = try Self.run(["--help"])
        #expect(top.code == 0)
        #expect(top.output.contains("swiftworker -Q async_operations -P threads -c 20"))
        #expect(try Self.run(["help"]).output == top.output)
        let worker = try Self.run(["worker", "--help"])
        #expect(worker.code == 0)
        for word in ["--concurrency", "Examples:", "POOL OPTIONS", "--without-mingle", "(default: 4)", "73"] {
            #expect(worker.output.contains(word), "\(word)")
        }
        #expect(try Self.run(["help", "worker"]).output == worker.output)
    }

    @Test(arguments: ["beat"])
    func laterCommands(name: String) throws {
        let ended = try Self.run(["-A", "proj", name, "ping"])
        #expect(ended.code == 2)
        #expect(ended.output.isEmpty)
        #expect(ended.errors == "swiftworker: the command '\(name)' comes with a later version\n")
    }

    @Test(arguments: [
        (["wroker"], "no command 'wroker'; did you mean 'worker'?"),
        (["worker", "--foo"], "Unknown option '--foo'"),
        (["-l", "loud", "-P", "solo"], "'loud'"),
        (["-P", "fibers"], "expected one of prefork, processes, threads"),
        (["-P", "solo", "-c", "x"], "option -c: worker_concurrency: expected an integer of at least 0, found 'x'"),
        (["-P", "solo", "-n", "a%x@h"], "option -n: unknown format %x"),
        (["-P", "solo", "-O", "speed"], "-O: expected default or fair"),
        (["-P", "solo", "--umask", "999"], "--umask: expected an octal number"),
        (["-P", "solo", "--config", "none.yaml"], "can't read the configuration none.yaml: No such file"),
        (["-P", "solo", "worker.pol=threads"], "unknown setting 'worker_pol'; did you mean 'worker_pool'?"),
        (
            ["-P", "solo", "-Q", "x", "task.create_missing_queues=false"],
            "queue 'x' isn't defined in the `task_queues` setting"
        ),
        (["-P", "solo", "--result-backend", "redis://h"], "'redis' comes with a later version; supported are rpc://"),
        (["-P", "solo", "--result-backend", "mongodb://h"], "'mongodb' is not supported; supported are rpc://"),
        (["-P", "threads", "--autoscale", "many"], "option --autoscale: swiftworker_autoscale: expected MAX,MIN"),
        (["-P", "threads", "-B"], "-B/--beat is not supported yet"),
        (
            ["-P", "threads", "-S", "f", "swiftworker_control_url=postgresql://h/d"],
            "worker_state_db and swiftworker_control_url can't both be set"
        ),
        (["--time-limit", "soon"], "option --time-limit: expected a number of seconds, found 'soon'"),
        (["--soft-time-limit=-3"], "option --soft-time-limit"),
        (["--max-tasks-per-child", "few"], "option --max-tasks-per-child: worker_max_tasks_per_child: expected"),
        (["--max-memory-per-child", "1G"], "option --max-memory-per-child: worker_max_memory_per_child: expected"),
        (["--heartbeat-interval", "soon"], "option --heartbeat-interval"),
        (["-P", "threads", "--uid", "u"], "--uid is not supported yet"),
        (["control", "revok", "x"], "control: no command 'revok'; did you mean 'revoke'?"),
        (["control", "pause", "worker", "x"], "control: pause takes queue|task PATTERN [REASON]"),
        (["control", "--timeout=-1", "revoke", "x"], "--timeout: expected 0 to 3600 seconds"),
        (["control"], "Missing expected argument '<command>'"),
    ])
    func usageErrorsEndWithTwo(arguments: [String], message: String) throws {
        let ended = try Self.run(arguments)
        #expect(ended.code == 2)
        #expect(ended.errors.contains(message), "\(ended.errors)")
    }

    @Test func configurationErrorsEndWithOne() throws {
        try withTemporaryFolder { folder in
            try write("task_acks_late: true\ntask_ack_late: true\n", to: folder + "/w.yaml")
            for arguments in [["config", "--config", "w.yaml"], ["-P", "solo", "--config=w.yaml"]] {
                let ended = try Self.run(arguments, in: folder)
                // The file's mistake, wherever it was named.
                #expect(ended.code == 1)
                #expect(
                    ended.errors.contains("w.yaml:2:1: unknown setting 'task_ack_late'; did you mean 'task_acks_late'?")
                )
            }
            let ended = try Self.run(["config"], ["SWIFTWORKER_TASK_ACKS_LATE": "maybe"], in: folder)
            #expect(ended.code == 1)
            #expect(
                ended.errors.contains("environment variable SWIFTWORKER_TASK_ACKS_LATE: task_acks_late: expected true")
            )
        }
    }

    @Test func configShowsSources() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/config", withIntermediateDirectories: true)
            try write(
                "broker_url: amqp://u:hush@file//\ntask_track_started: true\n",
                to: folder + "/config/swiftworker.yaml"
            )
            let environment = ["CELERY_RESULT_BACKEND": "rpc://"]
            let text = try Self.run(["config", "--workdir", folder, "-b", "amqp://u:hush@flag//"], environment)
            #expect(text.code == 0)
            let lines = text.output.split(separator: "\n").map {
                $0.split(separator: " ", omittingEmptySubsequences: true)
            }
            #expect(lines.contains(["broker_url:", "\"amqp://u:**@flag//\"", "#", "flag", "-b"]))
            #expect(lines.contains(["task_track_started:", "true", "#", "config/swiftworker.yaml:2"]))
            #expect(lines.contains(["result_backend:", "rpc://", "#", "environment", "CELERY_RESULT_BACKEND"]))
            #expect(lines.contains(["worker_prefetch_multiplier:", "4", "#", "default"]))
            #expect(!text.output.contains("hush"))

            let json = try Self.run(["--workdir", folder, "config", "--json"], environment)
            let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: [String: Any]]
            #expect(object?["broker_url"]?["value"] as? String == "amqp://u:**@file//")
            #expect(object?["broker_url"]?["source"] as? String == "config/swiftworker.yaml:1")
            #expect(object?["task_acks_late"]?["value"] as? Bool == false)
        }
    }

    @Test func aLockedPIDFileEndsWith73() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/w.pid"
            try write("1\n", to: path)
            for extra in [[], ["-D"]] {
                let ended = try Self.run(["-P", "solo", "-q", "--pidfile", folder + "/%n.pid", "-n", "w@h"] + extra)
                #expect(ended.code == 73)
                #expect(
                    ended.errors.contains(
                        "ERROR: Pidfile (\(path)) already exists.\nSeems we're already running? (pid: 1)"
                    )
                )
                #expect(try read(path) == "1\n")
            }
        }
    }

    /// Without a broker the worker tries again for ever, so it stays until it is told to stop.
    @Test func runsInTheBackground() async throws {
        try await withTemporaryFolder { folder in
            let common = ["-P", "threads", "-n", "w1@h", "-b", "amqp://127.0.0.1:1//", "--workdir", folder]
            let files = ["-D", "-f", "%n.log", "--pidfile", "%n.pid"]
            let ended = try Self.run(common + files)
            #expect(ended.code == 0, "\(ended.errors)")
            #expect(ended.output.isEmpty && ended.errors.isEmpty)
            let process = try #require(Int32(try read(folder + "/w1.pid").dropLast()))
            #expect(kill(process, 0) == 0)
            // A session of its own, no terminal, its output in the log.
            #expect(getsid(process) == process)
            let output = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/2")
            #expect(output == folder + "/w1.log")
            let environment = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/cmdline"))
            #expect(String(decoding: environment, as: UTF8.self).contains("w1@h"))

            let second = try Self.run(common + files)
            #expect(second.code == 73)
            #expect(second.errors.contains("Seems we're already running? (pid: \(process))"))

            kill(process, SIGTERM)
            try await eventually("the worker ends") { kill(process, 0) != 0 }
            #expect(!FileManager.default.fileExists(atPath: folder + "/w1.pid"))
            #expect(try read(folder + "/w1.log").contains("worker: Warm shutdown (MainProcess)"))
        }
    }

    @Test func aMistakeInTheBackgroundReachesTheTerminal() throws {
        let ended = try Self.run(["-D", "-P", "threads", "-f", "/nonexistent/w.log"])
        #expect(ended.code == 1)
        #expect(ended.errors.contains("can't open the log file: open /nonexistent/w.log: No such file or directory"))
    }

    @Test(arguments: [(SIGTERM, 0), (SIGINT, 1), (SIGQUIT, 0)] as [(Int32, Int32)])
    func signalsAndExitCodes(signal: Int32, code: Int32) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try Self.binary())
        process.arguments = [
            "-P", "solo", "-n", "w1@h", "-b", "amqp://u:hush@127.0.0.1:1//", "-l", "info", "--workdir", "/",
        ]
        process.environment = programEnvironment(["NO_COLOR": "1"])
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.runUnblocked()
        // The banner is printed last before the worker runs; the first failed attempt is logged when it does.
        var log = ""
        while !log.contains("127.0.0.1:1"), process.isRunning {
            log += String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self)
        }
        kill(process.processIdentifier, signal)
        log += String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let banner = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == code)
        #expect(banner.contains(".> transport:   amqp://u:**@127.0.0.1:1//"))
        #expect(banner.contains("[tasks]"))
        #expect(log.contains("shutdown (MainProcess)"))
        #expect(!log.contains("hush"))
    }
}
