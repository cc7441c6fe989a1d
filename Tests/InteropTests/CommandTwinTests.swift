import ChildPrograms
import Foundation
import JSON
import OrderedCollections
import Testing

/// The command line: the same words for `celery` and for this program, to a Python worker and to a Swift one. Each worker answers both,
/// so what is compared is what the two programs send and print.
@Suite(.serialized) struct CommandTwinTests {
    /// A command line, and what of its output is another each time.
    struct Line: Sendable, CustomTestStringConvertible {
        let words: [String]
        var changes: Changes = .nothing

        enum Changes: Sendable { case nothing, numbers, identifiers, revoked }

        var testDescription: String { words.joined(separator: " ") }

        init(_ text: String, _ changes: Changes = .nothing) {
            words = text.split(separator: " ").map(String.init)
            self.changes = changes
        }
    }

    /// What is asked of one worker; NODE and QUEUE stand for its own.
    private static let remote: [Line] = [
        Line("status -d NODE"),
        Line("inspect ping -d NODE"), Line("inspect -j ping -d NODE"), Line("inspect clock -d NODE", .numbers),
        Line("inspect active -d NODE"), Line("inspect reserved -d NODE"), Line("inspect scheduled -d NODE"),
        Line("inspect revoked -d NODE", .revoked), Line("inspect registered -d NODE"),
        Line("inspect registered rate_limit max_retries -d NODE"), Line("inspect active_queues -d NODE"),
        Line("inspect active_queues --json -d NODE"), Line("inspect stats -d NODE", .numbers),
        Line("inspect conf -d NODE"), Line("inspect conf true -d NODE"), Line("inspect report -d NODE"),
        Line("inspect query_task nosuch other -d NODE"), Line("inspect memsample -d NODE", .numbers),
        Line("control enable_events -d NODE"), Line("control disable_events -d NODE"),
        Line("control heartbeat -d NODE"), Line("control -j heartbeat -d NODE"),
        Line("control rate_limit twin.big 10/m -d NODE"), Line("control rate_limit twin.big 0 -d NODE"),
        Line("control rate_limit twin.nosuch 1/s -d NODE"), Line("control rate_limit twin.big abc -d NODE"),
        Line("control time_limit twin.big 30 60 -d NODE"), Line("control time_limit twin.nosuch 30 -d NODE"),
        Line("control add_consumer QUEUE-extra -d NODE"), Line("control cancel_consumer QUEUE-extra -d NODE"),
        Line("control pool_grow -d NODE"), Line("control pool_shrink 1 -d NODE"), Line("control pool_restart -d NODE"),
        Line("control autoscale 5 2 -d NODE"), Line("control revoke aaaa -d NODE"),
        Line("control terminate KILL bbbb -d NODE"), Line("control revoke_by_stamped_headers k=v -d NODE"),
        Line("control -j cancel_consumer QUEUE-nosuch -d NODE"),
    ]

    /// Those of them that change what the others print.
    private static let lasting: [Line] = [
        Line("control revoke aaaa -d NODE"), Line("control terminate KILL bbbb -d NODE"),
        Line("control rate_limit twin.big 0 -d NODE"),
    ]

    /// What needs no worker.
    private static let alone: [Line] = [
        Line("inspect ping -d nobody@nowhere -t 0.3"), Line("control revoke x -d nobody@nowhere -t 0.3"),
        Line("status -d nobody@nowhere -t 0.3"), Line("inspect nosuch"), Line("control nosuch"), Line("inspect"),
        Line("amqp queue.declare QUEUE-a false true"), Line("amqp queue.declare QUEUE-a true"),
        Line("amqp exchange.declare QUEUE-e direct false true"), Line("amqp queue.bind QUEUE-a QUEUE-e key"),
        Line("amqp basic.publish hello QUEUE-e key"), Line("amqp basic.publish hello QUEUE-e key"),
        Line("amqp queue.purge QUEUE-a", .numbers), Line("call twin.add -a [1,2] --queue QUEUE-a", .identifiers),
        Line("call twin.add --kwargs {\"x\":1} --queue QUEUE-a --countdown 5 --expires 60", .identifiers),
        Line("purge -f -Q QUEUE-a,QUEUE-nosuch"), Line("purge -f -Q QUEUE-a"), Line("purge -Q QUEUE-a"),
        Line("amqp basic.get QUEUE-a"), Line("amqp queue.delete QUEUE-a"), Line("amqp exchange.delete QUEUE-e true"),
        Line("graph workers nodes:a@h,b@h threads:2,9 backend:rpc:// broker:amqp://h//"),
        Line("graph workers nodes:a,b,c,d,e,f threads:1,1,1,1,1,5 backend:rpc:// broker:amqp://h// generic enumerate"),
    ]

    /// Where the two are meant to differ: what each ends with, and why.
    private static let intended: [(line: Line, celery: Int32, swift: Int32, because: String)] = [
        (Line("status --json -d NODE"), 0, 0, "Celery prints a line of text behind the JSON"),
        (Line("inspect ping surplus -d NODE"), 0, 2, "Celery ignores what a command does not take"),
        (Line("inspect query_task -d NODE"), 0, 2, "Celery asks for nothing"),
        (Line("control revoke -d NODE"), 0, 2, "Celery revokes nothing"),
        (Line("control terminate KILL -d NODE"), 0, 2, "Celery takes the signal for the id"),
        (Line("control rate_limit twin.big -d NODE"), 0, 2, "Celery has the worker complain"),
        (Line("control election -d NODE"), 0, 2, "Celery has the worker complain"),
        (Line("amqp exchange.declare QUEUE-e magic"), 0, 2, "Celery prints an error and ends well"),
    ]

    private struct Ended: Equatable {
        var code: Int32
        var output: String
    }

    @Test(.timeLimit(.minutes(12)))
    func theSameWordsPrintTheSame() async throws {
        let environment = try TestEnvironment()
        try await environment.withQueue("command-python") { queue in
            let worker = try await environment.pythonWorker(queue: queue)
            defer { worker.kill() }
            try await compare(Self.remote, queue, environment)
            try await compareIntended(queue, environment)
            try await shutDown(worker, queue, environment)
        }
        try await environment.withQueue("command-swift") { queue in
            let worker = try await environment.swiftWorker(queue: queue)
            defer { worker.kill() }
            try await compare(Self.remote, queue, environment)
            try await callRuns(worker, queue, environment)
            try await shutDown(worker, queue, environment)
        }
    }

    @Test(.timeLimit(.minutes(8)))
    func theSameWordsDoTheSameToTheBroker() async throws {
        let environment = try TestEnvironment()
        let queue = TestEnvironment.unique("command")
        // One after the other: what one has made is gone when the other begins.
        var expected: [Ended] = []
        for line in Self.alone { expected.append(try await celery(line, queue, environment)) }
        for (line, expected) in zip(Self.alone, expected) {
            let found = try await swift(line, queue, environment)
            #expect(found == expected, "\(line.testDescription)")
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func migrateMovesTasks() async throws {
        let environment = try TestEnvironment()
        try await environment.withQueue("migrate-new") { new in
            try await environment.withQueue("migrate-old") { old in
                for _ in 0..<3 { _ = try await swift(Line("call twin.add --queue QUEUE"), old, environment) }
                let moved = try await swift(Line("migrate env:BROKER env:BROKER -a -Q QUEUE:\(new)"), old, environment)
                #expect(moved.code == 0)
                let lines = moved.output.split(separator: "\n")
                #expect(lines.count == 3)
                // The total is what the broker says of the queue at first, and may lag behind.
                #expect(lines.last?.hasPrefix("Migrating task 3/") == true)
                #expect(lines.last?.contains(": twin.add[") == true)
                let left = try await swift(Line("amqp queue.declare QUEUE true"), old, environment)
                #expect(left.output.contains("messages:0"))
                let arrived = try await swift(Line("amqp queue.declare QUEUE true"), new, environment)
                #expect(arrived.output.contains("messages:3"))
            }
        }
    }

    private func compare(_ lines: [Line], _ queue: String, _ environment: TestEnvironment) async throws {
        // What the lines leave behind in the worker is there for both.
        for line in Self.lasting { _ = try await swift(line, queue, environment) }
        var expected: [Ended] = []
        for line in lines { expected.append(try await celery(line, queue, environment)) }
        for (line, expected) in zip(lines, expected) {
            let found = try await swift(line, queue, environment)
            #expect(found == expected, "\(line.testDescription)")
            #expect(found.code == 0 && !found.output.isEmpty, "\(line.testDescription)")
        }
        for name in ["QUEUE-extra", "QUEUE-extra.dead"] {
            #expect(try await swift(Line("amqp queue.delete \(name)"), queue, environment).code == 0)
        }
    }

    /// An entry that is no longer true fails, too.
    private func compareIntended(_ queue: String, _ environment: TestEnvironment) async throws {
        for entry in Self.intended {
            let expected = try await celery(entry.line, queue, environment)
            let found = try await swift(entry.line, queue, environment)
            #expect(expected.code == entry.celery, "\(entry.line.testDescription): \(expected)")
            #expect(found.code == entry.swift, "\(entry.line.testDescription): \(found)")
            #expect(expected != found, "\(entry.line.testDescription): \(entry.because) no longer")
        }
        let status = try await swift(Line("status --json -d NODE"), queue, environment)
        let json = try JSONValue(parsing: Array(status.output.utf8))
        #expect(json["<node>"] == ["ok": "pong"])
    }

    private func callRuns(_ worker: ChildProcess, _ queue: String, _ environment: TestEnvironment) async throws {
        let ended = try await run(
            environment.worker,
            ["call", "twin.add", "-a", "[1, 2]", "--queue", queue],
            environment
        )
        let id = ended.output.trimmingCharacters(in: .whitespacesAndNewlines)
        try await worker.wait(for: "Task twin.add[\(id)] succeeded")
    }

    private func shutDown(_ worker: ChildProcess, _ queue: String, _ environment: TestEnvironment) async throws {
        let ended = try await swift(Line("control shutdown -d NODE"), queue, environment)
        #expect(ended == Ended(code: 0, output: "->  <node>: OK\n        shutdown requested\n"))
        #expect(try await worker.exitCode(within: .seconds(60)) == 0)
        let again = try await swift(Line("control shutdown -d NODE -t 0.3"), queue, environment)
        #expect(again == Ended(code: 69, output: ""))
    }

    private func node(_ queue: String) -> String { "\(queue)@\(ProcessInfo.processInfo.hostName)" }

    private func words(_ line: Line, _ queue: String) -> [String] {
        let words = line.words.map {
            $0.replacingOccurrences(of: "NODE", with: node(queue)).replacingOccurrences(of: "QUEUE", with: queue)
        }
        // A worker that is busy starting may take its time; with -d the wait ends with the reply.
        let waits = ["inspect", "control", "status"].contains(words[0]) && !words.contains("-t")
        return waits ? words + ["-t", "10"] : words
    }

    private func celery(_ line: Line, _ queue: String, _ environment: TestEnvironment) async throws -> Ended {
        let ended = try await run(
            environment.python57,
            ["-m", "celery", "-A", "tasks"] + words(line, queue),
            environment,
            ["TWIN_BROKER": environment.broker, "TWIN_QUEUE": queue]
        )
        return normalised(ended, line, queue)
    }

    private func swift(_ line: Line, _ queue: String, _ environment: TestEnvironment) async throws -> Ended {
        normalised(try await run(environment.worker, words(line, queue), environment), line, queue)
    }

    private func normalised(_ ended: Ended, _ line: Line, _ queue: String) -> Ended {
        var output = ended.output.replacingOccurrences(of: node(queue), with: "<node>")
        output = output.replacingOccurrences(of: queue, with: "<queue>")
        switch line.changes {
        case .nothing: break
        case .numbers: output = output.replacing(/-?\d+(\.\d+)?(e-?\d+)?/, with: "<number>")
        // Workers of other tests have told what they know to be revoked.
        case .revoked:
            output = output.split(separator: "\n").filter { !$0.contains("*") || known($0) }.sorted().joined()
        case .identifiers: output = output.replacing(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, with: "<id>")
        }
        return Ended(code: ended.code, output: output)
    }

    private func known(_ line: Substring) -> Bool { line.hasSuffix(" aaaa") || line.hasSuffix(" bbbb") }

    /// Standard output and exit code; what goes to the errors is worded otherwise.
    private func run(
        _ program: String,
        _ arguments: [String],
        _ environment: TestEnvironment,
        _ variables: [String: String] = [:]
    ) async throws -> Ended {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }.merging([
            "CELERY_BROKER_URL": environment.broker, "BROKER": environment.broker, "PYTHONDONTWRITEBYTECODE": "1",
        ]) { $1 }
        // With it Celery's `amqp` ends in a TypeError of its own.
        process.environment?["NO_COLOR"] = nil
        process.currentDirectoryURL = TestEnvironment.scripts
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let log = FileManager.default.temporaryDirectory.appending(path: TestEnvironment.unique("command") + ".out")
        try #require(FileManager.default.createFile(atPath: log.path, contents: nil))
        defer { try? FileManager.default.removeItem(at: log) }
        let output = try FileHandle(forWritingTo: log)
        process.standardOutput = output
        try process.runUnblocked()
        let deadline = ContinuousClock.now + .seconds(60)
        while process.isRunning {
            guard .now < deadline else {
                kill(process.processIdentifier, SIGKILL)
                throw ChildProcess.Failure(description: "\(arguments) did not end")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        try output.close()
        return Ended(
            code: process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus,
            output: String(decoding: try Data(contentsOf: log), as: UTF8.self)
        )
    }
}
