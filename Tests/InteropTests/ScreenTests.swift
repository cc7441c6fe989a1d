import Foundation
import JSON
import OrderedCollections
import Testing

/// `events` and `top` beside Celery's own, and on a terminal.
@Suite(.serialized) struct ScreenTests {
    /// A Python worker that sends events.
    private func pythonWorker(_ environment: TestEnvironment, _ queue: String) async throws -> ChildProcess {
        let worker = try ChildProcess(
            environment.python57,
            [
                "-m", "celery", "-A", "tasks", "worker", "-E", "-Q", queue, "-P", "prefork", "-c", "2", "-l", "INFO",
                "-n", "\(queue)@%h", "--without-mingle", "--without-gossip",
            ],
            environment: ["TWIN_BROKER": environment.broker, "TWIN_QUEUE": queue]
        )
        try await worker.wait(for: " ready.", within: .seconds(60))
        return worker
    }

    private func swiftWorker(_ environment: TestEnvironment, _ queue: String) async throws -> ChildProcess {
        try await environment.swiftWorker(
            queue: queue,
            pool: "threads",
            environment: ["SWIFTWORKER_WORKER_SEND_TASK_EVENTS": "true"]
        )
    }

    enum Kind: CaseIterable { case python, swift }

    /// The same events, heard by both: their lines are the same, but for when they were heard.
    @Test(.timeLimit(.minutes(4)), arguments: Kind.allCases)
    func dumpsWhatCeleryDumps(_ kind: Kind) async throws {
        try await TestEnvironment.withVirtualHost("dump") { environment, queue in
            let worker =
                switch kind {
                case .python: try await pythonWorker(environment, queue)
                case .swift: try await swiftWorker(environment, queue)
                }
            defer { worker.kill() }
            let theirs = try ChildProcess(
                environment.python57,
                ["-m", "celery", "-A", "tasks", "events", "--dump"],
                environment: ["TWIN_BROKER": environment.broker]
            )
            let ours = try ChildProcess(
                environment.stockWorker,
                ["events", "--dump"],
                environment: ["CELERY_BROKER_URL": environment.broker]
            )
            let json = try ChildProcess(
                environment.stockWorker,
                ["-b", environment.broker, "events", "--json"]
            )
            for dump in [theirs, ours, json] { try await dump.wait(for: queue, within: .seconds(90)) }
            let ids = try await ChildProcess.run(
                environment.python57,
                ["event_tasks.py", "--broker", environment.broker, "--queue", queue],
                within: .seconds(90)
            ).split(separator: "\n").map(String.init)
            #expect(ids.count == 8)
            let last = try #require(ids.last)
            for dump in [theirs, ours] {
                try await dump.wait(for: "task succeeded: twin.concat(\(last))", within: .seconds(90))
            }
            try await json.wait(for: "last")
            let expected = records(theirs.output, queue, ids)
            let found = records(ours.output, queue, ids)
            #expect(expected.count > 25, "\(theirs.tail)")
            for (theirs, ours) in zip(expected, found) { #expect(ours == theirs) }
            #expect(found.count == expected.count)
            for name in ["sent", "received", "started", "succeeded", "failed", "revoked"] {
                #expect(expected.contains { $0.contains(" task \(name): ") }, "no event of type task-\(name)")
            }
            try await json.wait(for: #""type": "task-succeeded""#)
            for line in json.output.split(separator: "\n") where !line.hasPrefix("-> ") {
                #expect(throws: Never.self) { try JSONDocument(Array(line.utf8)) }
            }
            #expect(try await ours.stop() == 0, "\(ours.tail)")
            #expect(try await json.stop() == 0, "\(json.tail)")
        }
    }

    /// What a dump says of these tasks, an element for each event; tracebacks have several lines.
    private func records(_ output: String, _ queue: String, _ ids: [String]) -> [String] {
        var records: [String] = []
        for line in output.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.contains(/^\S+@\S+ \[/) || line.hasPrefix("-> ") {
                records.append(String(line))
            } else if let last = records.indices.last {
                records[last] += "\n" + line
            }
        }
        let ofTasks = records.filter { record in
            record.contains(" task ") && (record.hasPrefix("\(queue)@") || ids.contains { record.contains($0) })
        }
        return ofTasks.map { record in
            var text = record.replacing(/local_received=[0-9.e+]+/, with: "local_received=")
            // Who sends tasks has no logical time: the listener's own is printed.
            if text.contains(" task sent: ") { text = text.replacing(/clock=[0-9]+/, with: "clock=") }
            return text
        }
    }

    @Test(.timeLimit(.minutes(6)), arguments: Kind.allCases)
    func screensOnATerminal(_ kind: Kind) async throws {
        try await TestEnvironment.withVirtualHost("screens") { environment, queue in
            let worker =
                switch kind {
                case .python: try await pythonWorker(environment, queue)
                case .swift: try await swiftWorker(environment, queue)
                }
            defer { worker.kill() }
            try await ChildProcess.run(
                environment.python57,
                [
                    "screens.py", "--broker", environment.broker, "--queue", queue, "--node",
                    "\(queue)@\(ProcessInfo.processInfo.hostName)", "--program", environment.stockWorker,
                ],
                within: .seconds(280)
            )
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func topForScripts() async throws {
        try await TestEnvironment.withVirtualHost("top") { environment, queue in
            let worker = try await swiftWorker(environment, queue)
            defer { worker.kill() }
            let arguments = ["-b", environment.broker, "top", "--once"]
            let output = try await ChildProcess.run(
                environment.stockWorker,
                arguments + ["--json"],
                directory: URL(filePath: "/tmp"),
                within: .seconds(30)
            )
            let value = try JSONDocument(Array(output.utf8)).root.value
            let entry = value["queues"]?.array?.first { $0["name"]?.string == queue }
            #expect(entry?["ready"]?.integer == 0)
            #expect(entry?["consumers"]?.integer == 1)
            let mine = value["workers"]?.array?.first { $0["name"]?.string?.hasPrefix("\(queue)@") == true }
            #expect(mine?["slots"]?.integer == 4)
            #expect(mine?["busy"]?.integer == 0)
            let text = try await ChildProcess.run(
                environment.stockWorker,
                arguments,
                directory: URL(filePath: "/tmp"),
                within: .seconds(30)
            )
            #expect(text.contains(queue))
            #expect(!text.contains("\u{1B}"))
        }
    }
}
