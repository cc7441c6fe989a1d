import ChildPrograms
import Foundation
import Platform
import Testing

/// `multi` with real processes. There is no broker, so that workers neither consume nor end.
@Suite(.serialized, .timeLimit(.minutes(5))) struct MultiBinaryTests {
    private static let workers = """
        broker_url: amqp://127.0.0.1:1//
        workers:
          cpu: {queues: [a, b], pool: threads, concurrency: 3, options: {logfile: log/%n.log, pidfile: run/%n.pid}}
          async: {queues: c, pool: solo, options: {logfile: log/%n.log, pidfile: run/%n.pid}}
        """

    /// Runs `multi` in a folder with a configuration.
    private static func multi(_ arguments: [String], in folder: String) throws -> BinaryTests.Ended {
        try BinaryTests.run(["multi"] + arguments, ["SWIFTWORKER_CONFIG": folder + "/w.yaml"], in: folder)
    }

    private static func withWorkers(_ body: (String) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try write(workers, to: folder + "/w.yaml")
            do {
                try await body(folder)
            } catch {
                _ = try? multi(["kill"], in: folder)
                throw error
            }
            _ = try multi(["kill"], in: folder)
        }
    }

    private static func process(_ name: String, in folder: String) throws -> Int32 {
        try #require(Int32(try read("\(folder)/run/\(name).pid").dropLast()))
    }

    private static func isAlive(_ process: Int32) -> Bool { OtherProcess(process) != nil }

    @Test func theConfigurationsWorkersStartAndStop() async throws {
        try await Self.withWorkers { folder in
            let start = try Self.multi(["start", "--wait=0"], in: folder)
            #expect(start.code == 0, "\(start)")
            let (cpu, async) = (try Self.process("cpu", in: folder), try Self.process("async", in: folder))
            #expect(Self.isAlive(cpu) && Self.isAlive(async))
            #expect(start.output.contains("OK, pid \(cpu)\n"))
            // No colour without a terminal.
            #expect(!start.output.contains("\u{1B}"))

            let again = try Self.multi(["start", "--wait=0"], in: folder)
            #expect(again.code == 0)
            #expect(again.output.contains("OK, runs already, pid \(cpu)\n"))
            #expect(try Self.process("cpu", in: folder) == cpu)

            let status = try Self.multi(["status", "--json"], in: folder)
            #expect(status.code == 0)
            let list = try #require(
                try JSONSerialization.jsonObject(with: Data(status.output.utf8)) as? [[String: Any]]
            )
            #expect(list.map { $0["name"] as? String } == ["cpu", "async"])
            #expect(list.map { $0["pid"] as? Int } == [Int(cpu), Int(async)])
            #expect(list.map { $0["queues"] as? [String] } == [["a", "b"], ["c"]])
            #expect(list.map { $0["concurrency"] as? Int } == [3, 1])
            #expect(list.map { $0["pidfile"] as? String } == ["\(folder)/run/cpu.pid", "\(folder)/run/async.pid"])

            let stop = try Self.multi(["stop", "async"], in: folder)
            #expect(stop.code == 0, "\(stop)")
            #expect(!Self.isAlive(async) && Self.isAlive(cpu))
            #expect(!FileManager.default.fileExists(atPath: folder + "/run/async.pid"))
            let half = try Self.multi(["status"], in: folder)
            #expect(half.code == 3)
            #expect(half.output.contains("runs, pid \(cpu), since "))
            #expect(half.output.contains("does not run, would consume c with solo 1"))
            #expect(try Self.multi(["status", "cpu", "--quiet"], in: folder).output.isEmpty)

            // One that runs is stopped first, one that does not is only started.
            let restart = try Self.multi(["restart", "--wait=4"], in: folder)
            #expect(restart.code == 1)
            #expect(restart.output.contains("runs, but does not consume after 4 s; the end of its log log/cpu.log:\n"))
            #expect(try Self.process("cpu", in: folder) != cpu)
            #expect(!Self.isAlive(cpu))
            let last = try Self.process("async", in: folder)
            #expect(try Self.multi(["stopwait"], in: folder).code == 0)
            #expect(!Self.isAlive(last))
            let none = try Self.multi(["stop", "--nosplash", "--no-color"], in: folder)
            #expect(none.code == 0)
            #expect(none.output.split(separator: "\n").allSatisfy { $0.hasSuffix(": DOWN") })
            #expect(try read(folder + "/log/cpu.log").contains("worker: Warm shutdown (MainProcess)"))
        }
    }

    @Test func aFailedStartSaysWhy() async throws {
        try await Self.withWorkers { folder in
            let ended = try Self.multi(["start", "cpu", "-P", "fibers"], in: folder)
            #expect(ended.code == 1)
            #expect(ended.output.contains("FAILED: its worker ended with exit code 2:\n"))
            #expect(ended.output.contains("expected one of prefork"))
            let quiet = try Self.multi(["start", "cpu", "-P", "fibers", "--quiet"], in: folder)
            #expect(quiet.output.isEmpty && quiet.errors.contains("FAILED"))
        }
    }

    @Test func staleFilesAreRemovedAndStrangersLeftAlone() async throws {
        try await Self.withWorkers { folder in
            let stranger = try start(["/bin/sleep", "100"])
            defer { kill(stranger.processIdentifier, SIGKILL) }
            try FileManager.default.createDirectory(atPath: folder + "/run", withIntermediateDirectories: true)
            try write("\(stranger.processIdentifier)\n", to: folder + "/run/cpu.pid")
            try write("2147483647\n", to: folder + "/run/async.pid")
            let stop = try Self.multi(["stop"], in: folder)
            #expect(stop.code == 0)
            #expect(stop.output.contains("it has pid \(stranger.processIdentifier), which is '/bin/sleep' now\n"))
            #expect(
                stop.output.contains(
                    "removing the stale pid file run/async.pid: it has pid 2147483647, which is gone\n"
                )
            )
            #expect(Self.isAlive(stranger.processIdentifier))
            for name in ["cpu", "async"] {
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/run/\(name).pid"))
            }
            // A start puts its own in place.
            try write("\(stranger.processIdentifier)\n", to: folder + "/run/cpu.pid")
            #expect(try Self.multi(["start", "cpu", "--wait=0"], in: folder).code == 0)
            #expect(try Self.process("cpu", in: folder) != stranger.processIdentifier)
        }
    }

    @Test func anotherNodesFileIsNotTouched() async throws {
        try await Self.withWorkers { folder in
            #expect(try Self.multi(["start", "cpu", "--wait=0"], in: folder).code == 0)
            let cpu = try Self.process("cpu", in: folder)
            for command in ["stop", "kill", "start", "restart"] {
                let ended = try Self.multi([command, "other", "--pidfile=run/cpu.pid", "-P", "solo"], in: folder)
                #expect(ended.code == 1)
                #expect(ended.output.contains("its pid file run/cpu.pid has pid \(cpu), the worker 'cpu@"))
                #expect(Self.isAlive(cpu))
                #expect(try Self.process("cpu", in: folder) == cpu)
            }
        }
    }

    /// A shell that goes by the node's name and minds TERM as little as a worker with a long task.
    @Test func theDeadlineHolds() async throws {
        try await Self.withWorkers { folder in
            let busy = try start(["/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.1; done", "-n", "cpu@%h"])
            defer { kill(busy.processIdentifier, SIGKILL) }
            let process = busy.processIdentifier
            // TERM is ignored from when the shell has read its script.
            try await eventually("TERM is ignored") {
                let lines = try read("/proc/\(process)/status").split(separator: "\n")
                let mask = lines.first { $0.hasPrefix("SigIgn:") }?.split(separator: "\t").last
                return (mask.flatMap { UInt64($0, radix: 16) } ?? 0) & (1 << 14) != 0
            }
            try FileManager.default.createDirectory(atPath: folder + "/run", withIntermediateDirectories: true)
            try write("\(process)\n", to: folder + "/run/cpu.pid")

            let warm = try Self.multi(["stop", "cpu", "--wait=0.2"], in: folder)
            #expect(warm.code == 1)
            #expect(
                warm.output.contains(
                    "FAILED: pid \(process): its tasks still run after 0 s; it stops when they are done\n"
                )
            )
            #expect(Self.isAlive(process))
            // Only sends.
            #expect(try Self.multi(["stop", "cpu", "--wait=0"], in: folder).code == 0)
            #expect(Self.isAlive(process))

            let cold = try Self.multi(["stop", "cpu", "--wait=0.2", "--cold"], in: folder)
            #expect(cold.code == 0, "\(cold)")
            #expect(cold.errors.contains("tasks still run after 0 s; cold stop: they are cut off"))
            #expect(cold.output.contains("TERM -> \(process)\n") && cold.output.contains("QUIT -> \(process)\n"))
            busy.waitUntilExit()
            #expect(busy.terminationStatus == SIGQUIT)
            #expect(!FileManager.default.fileExists(atPath: folder + "/run/cpu.pid"))
        }
    }

    @Test func killKills() async throws {
        try await Self.withWorkers { folder in
            #expect(try Self.multi(["start", "cpu", "--wait=0"], in: folder).code == 0)
            let cpu = try Self.process("cpu", in: folder)
            let ended = try Self.multi(["kill", "cpu"], in: folder)
            #expect(ended.code == 0)
            #expect(ended.output.contains("KILL -> \(cpu)\n"))
            #expect(!Self.isAlive(cpu))
            #expect(!FileManager.default.fileExists(atPath: folder + "/run/cpu.pid"))
            #expect(try !read(folder + "/log/cpu.log").contains("shutdown"))
        }
    }

    @Test(arguments: [
        (["multi"], 1, "usage: swiftworker multi start"),
        (["multi", "help"], 0, "swiftworker multi start 3 -c 3"),
        (["multi", "--help"], 0, "swiftworker multi start 3 -c 3"),
        (["multi", "start", "w1", "--help"], 0, "swiftworker multi start 3 -c 3"),
        (["help", "multi"], 0, "swiftworker multi start 3 -c 3"),
        (["multi", "strat"], 1, "Invalid command: strat; did you mean 'start'?"),
        (["multi", "start"], 1, "no node is named, and the configuration has no 'workers:' to take them from"),
        (["multi", "restart", "w1", "--wait=0"], 1, "restart waits for the nodes to stop"),
        (["multi", "stop", "w1", "--wait=soon"], 1, "--wait: expected a number of seconds, found 'soon'"),
        (["multi", "start", "w1", "--config=none.yaml"], 2, "can't read the configuration none.yaml"),
        (["multi", "names", "w1", "--workdir=/nonexistent"], 1, "chdir /nonexistent: No such file"),
        (["multi", "expand"], 1, "multi expand needs an argument"),
        (
            ["multi", "names", "image", "-c:imgae", "3"], 0,
            "given for 'imgae', which is no node here; did you mean 'image'?"
        ),
    ])
    func usage(arguments: [String], code: Int32, text: String) throws {
        let ended = try BinaryTests.run(arguments)
        #expect(ended.code == code)
        #expect((ended.output + ended.errors).contains(text), "\(ended)")
    }
}
