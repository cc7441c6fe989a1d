import Foundation
import JSON
import Testing

/// `multi` with two workers of a configuration, a broker and a Python producer.
@Suite(.serialized) struct MultiWorkersTests {
    /// Two workers, each with a queue of its own.
    private struct Site {
        let environment: TestEnvironment
        let folder: URL
        let queues: [String]

        func multi(_ arguments: [String], code expected: Int32 = 0) async throws -> String {
            let multi = try ChildProcess(
                environment.worker,
                ["multi", "--nosplash"] + arguments,
                environment: ["CELERY_BROKER_URL": environment.broker, "SWIFTWORKER_CONFIG": "workers.yaml"],
                directory: folder
            )
            let code = try await multi.exitCode(within: .seconds(150))
            try #require(code == expected, "multi \(arguments.joined(separator: " ")):\n\(multi.output)")
            return multi.output
        }

        func status() async throws -> [JSONValue] {
            let output = try await multi(["status", "--json"])
            return try #require(try JSONDocument(Array(output.utf8)).root.value.array)
        }

        func log(_ name: String) throws -> String {
            try String(contentsOf: folder.appending(path: "logs/\(name).log"), encoding: .utf8)
        }

        /// A Python producer's sum, through a queue.
        func add(through queue: String) async throws -> String {
            try await ChildProcess.run(
                environment.python57,
                ["external.py", "--broker", environment.broker, "--queue", queue],
                within: .seconds(30)
            )
        }

        /// A Python producer's task that takes a while; returns once it runs.
        func startSlowTask(_ seconds: Double, in queue: String, of name: String) async throws {
            let line = "received"
            let before = try log(name).ranges(of: line).count
            try await ChildProcess.run(
                environment.python57,
                [
                    "-c",
                    "import sys; from celery import Celery; "
                        + "Celery(broker=sys.argv[1]).send_task('twin.slow', [float(sys.argv[3])], queue=sys.argv[2])",
                    environment.broker, queue, String(seconds),
                ],
                within: .seconds(30)
            )
            let deadline = ContinuousClock.now + .seconds(60)
            while try log(name).ranges(of: line).count == before {
                try #require(.now < deadline, "the task has not started")
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    private func withSite(_ body: (Site) async throws -> Void) async throws {
        let environment = try TestEnvironment()
        let folder = FileManager.default.temporaryDirectory.appending(path: TestEnvironment.unique("multi"))
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await environment.withQueue("multi-cpu") { cpu in
            try await environment.withQueue("multi-async") { async in
                let site = Site(environment: environment, folder: folder, queues: [cpu, async])
                let file = """
                    result_backend: rpc://
                    workers:
                      cpu:
                        queues: \(cpu)
                        pool: solo
                        options: {loglevel: INFO, logfile: logs/%n.log, pidfile: run/%n.pid}
                      async:
                        queues: [\(async)]
                        pool: threads
                        concurrency: 4
                        options: {logfile: logs/%n.log, pidfile: run/%n.pid}
                    """
                try file.write(to: folder.appending(path: "workers.yaml"), atomically: true, encoding: .utf8)
                do {
                    try await body(site)
                } catch {
                    _ = try? await site.multi(["kill"])
                    throw error
                }
                _ = try await site.multi(["kill"])
            }
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func startServeRestartStop() async throws {
        try await withSite { site in
            // A start returns when both consume, whatever the level of their logs.
            let start = try await site.multi(["start"])
            #expect(start.ranges(of: ": OK, consumes, pid ").count == 2, "\(start)")
            for queue in site.queues { #expect(try await site.add(through: queue) == "5\n") }
            let first = try await site.status()
            #expect(first.map { $0["name"]?.string } == ["cpu", "async"])
            #expect(first.map { $0["running"]?.bool } == [true, true])
            #expect(first.map { $0["queues"] } == site.queues.map { .array([.string($0)]) })

            // A restart lets the running task finish, and the other worker does not wait for it.
            try await site.startSlowTask(3, in: site.queues[0], of: "cpu")
            let restart = try await site.multi(["restart"])
            let second = try await site.status()
            for (old, new) in zip(first, second) { #expect(old["pid"] != new["pid"]) }
            let down = restart.split(separator: "\n").filter { $0.contains("> Restarting node ") }
            #expect(down.count == 2 && down.first?.contains("async@") == true, "\(restart)")
            #expect(try site.log("cpu").contains("Task twin.slow["))
            #expect(try site.log("cpu").contains("succeeded in 3."))
            for queue in site.queues { #expect(try await site.add(through: queue) == "5\n") }

            // So does a stop.
            try await site.startSlowTask(2, in: site.queues[0], of: "cpu")
            _ = try await site.multi(["stop", "cpu"])
            #expect(try site.log("cpu").contains("succeeded in 2."))
            #expect(try await site.multi(["status"], code: 3).contains("does not run"))

            // What a machine's crash leaves behind is no obstacle.
            let dead = try #require(second[1]["pid"]?.integer)
            kill(Int32(dead), SIGKILL)
            let again = try await site.multi(["start"])
            #expect(again.contains("removing the stale pid file run/async.pid: it has pid \(dead), which is gone"))
            #expect(again.ranges(of: ": OK, consumes, pid ").count == 2, "\(again)")
            #expect(try await site.add(through: site.queues[1]) == "5\n")
            _ = try await site.multi(["stop"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: site.folder.path + "/run").isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func aColdStopEndsWhatDoesNotFinish() async throws {
        try await withSite { site in
            _ = try await site.multi(["start", "cpu"])
            try await site.startSlowTask(100, in: site.queues[0], of: "cpu")
            let warm = try await site.multi(["stop", "--wait=1"], code: 1)
            #expect(warm.contains("its tasks still run after 1 s"))
            #expect(try await site.multi(["status", "cpu"]).contains("runs, pid "))
            let cold = try await site.multi(["stop", "--wait=1", "--cold"])
            #expect(cold.contains("cold stop"))
            #expect(try site.log("cpu").contains("worker: Cold shutdown (MainProcess)"))
        }
    }

    /// A broker that refuses for good ends the worker, and `start` says so.
    @Test(.timeLimit(.minutes(2)))
    func aWorkerThatEndsWhileItStartsIsAFailure() async throws {
        try await withSite { site in
            let broker = site.environment.broker.replacing("guest:guest", with: "nobody:wrong")
            let output = try await site.multi(
                ["start", "async", "--broker=\(broker)", "--", "broker.connection_timeout=9"],
                code: 1
            )
            #expect(output.contains("FAILED: its worker ended with exit code 1; the end of its log logs/async.log:"))
            #expect(output.contains("amqp://nobody:**@") && !output.contains("wrong"))
        }
    }
}
