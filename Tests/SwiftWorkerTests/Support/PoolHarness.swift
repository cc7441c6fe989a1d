import BrokerModel
import CeleryProtocol
import Foundation
import JSON
import Logging
import OrderedCollections
import PoolTasks
import Testing
import Threads

@testable import SwiftWorker

/// A pool with what it reports, for tests of pools alone.
final class PoolHarness: Sendable {
    let pool: any Pool
    let ends = Ends()
    let effects = RecordedEffects()
    let log = RecordedLog()
    let counters = WorkerCounters()

    /// The reports of a pool.
    final class Ends: Sendable {
        let hasRoom = Lock(true)
        /// Requests that are not to start.
        let refusals = Lock<Set<String>>([])
        /// How many outcomes are still to be told of bodies that have ended.
        let due = Lock(0)
        private let reported = Lock<[(id: String, outcome: Outcome)]>([])
        private let starts = Lock<[(id: String, process: Int32?)]>([])
        private let passed = Lock<[String]>([])
        private let abandonments = Lock<[Int]>([])
        private let failures = Lock<[String]>([])

        var report: PoolReport {
            PoolReport(
                refusal: { request in
                    self.refusals.withLock { $0.contains(request.id) } ? .revoked(.before(.id)) : nil
                },
                started: { request, process in self.starts.withLock { $0.append((request.id, process)) } },
                softLimitPassed: { request, _ in self.passed.withLock { $0.append(request.id) } },
                finished: { request, outcome in self.reported.withLock { $0.append((request.id, outcome)) } },
                outcomeIsDue: { self.due.withLock { $0 += 1 } },
                outcomeIsTold: { self.due.withLock { $0 -= 1 } },
                hasRoom: { self.hasRoom.withLock { $0 } },
                waitForRoom: {},
                slotAbandoned: { _, total in self.abandonments.withLock { $0.append(total) } },
                failed: { reason in self.failures.withLock { $0.append(reason) } }
            )
        }

        var ids: [String] { reported.withLock { $0.map(\.id) } }
        var outcomes: [Outcome] { reported.withLock { $0.map(\.outcome) } }
        var started: [String] { starts.withLock { $0.map(\.id) } }
        /// How many tasks each process ran.
        var tasksOfProcesses: [Int32: Int] {
            starts.withLock { starts in
                starts.reduce(into: [:]) { counts, start in
                    if let process = start.process { counts[process, default: 0] += 1 }
                }
            }
        }

        /// The processes that ran tasks.
        var processes: Set<Int32> { starts.withLock { Set($0.compactMap(\.process)) } }
        var softLimits: [String] { passed.withLock { $0 } }
        var abandoned: [Int] { abandonments.withLock { $0 } }
        var poolFailures: [String] { failures.withLock { $0 } }

        func outcome(of id: String) -> Outcome? { reported.withLock { all in all.first { $0.id == id }?.outcome } }

        func process(of id: String) -> Int32? { starts.withLock { all in all.first { $0.id == id }?.process } }
    }

    /// - Parameter change: for process pools.
    init(_ kind: PoolKind, _ capacity: Int, change: (inout ProcessPool.Options) -> Void = { _ in }) throws {
        let log = log
        var logger = Logger(label: "test") { _ in log.handler }
        logger.logLevel = .info
        guard kind == .prefork else {
            let runner = TaskRunner(
                payloads: PayloadDecoder(accept: ["json"], maxBytes: 64 << 20),
                effects: effects,
                clock: .system,
                logger: logger
            )
            pool = ThreadPool(kind: kind, capacity: capacity, runner: runner, report: ends.report)
            return
        }
        var options = ProcessPool.Options(
            capacity: capacity,
            executable: try Self.executable(),
            programName: "TestWorker",
            child: ChildSettings(
                hostname: "test@host",
                acceptContent: ["json"],
                messageMaxBytes: 64 << 20,
                logLevel: .info,
                defaultQueue: "celery",
                routes: []
            ),
            times: ChildLife.Times(start: .seconds(60), heartbeat: .seconds(60))
        )
        change(&options)
        pool = ProcessPool(
            .init(
                options: options,
                effects: effects,
                report: ends.report,
                counters: counters,
                clock: .system,
                logger: logger
            )
        )
    }

    /// Lets children crash under a sanitizer as they would without: by their signal, and without Swift's backtrace, which
    /// waits for ever for the sanitizer's threads.
    private static let plainCrashes: Void = {
        for name in ["TSAN_OPTIONS", "ASAN_OPTIONS"] {
            guard let given = ProcessInfo.processInfo.environment[name] else { continue }
            setenv(name, given + ":handle_sigill=0:handle_sigtrap=0", 1)
            setenv("SWIFT_BACKTRACE", "enable=no", 1)
        }
    }()

    /// The program that runs the tasks of these tests in child processes.
    static func executable() throws -> String {
        plainCrashes
        let arguments = ProcessInfo.processInfo.arguments
        let bundle = try #require(arguments.last { $0.hasSuffix(".xctest") } ?? arguments.first)
        let path = URL(fileURLWithPath: bundle).deletingLastPathComponent().path + "/TestWorker"
        try #require(FileManager.default.isExecutableFile(atPath: path), "no \(path)")
        return path
    }

    /// Runs a test with the started pool, which is stopped after it.
    func run(_ test: () async throws -> Void) async throws {
        try pool.start()
        do {
            try await test()
        } catch {
            _ = pool.stop()
            _ = pool.abandon()
            await pool.finish()
            throw error
        }
        _ = pool.stop()
        await pool.finish()
    }

    /// Submits tasks with these keyword arguments.
    ///
    /// - Parameter limits: the hard and the soft one, in seconds.
    /// - Returns: which were taken.
    @discardableResult
    func submit(
        _ ids: [String],
        of task: some WorkerTask,
        _ arguments: JSONObject = [:],
        limits: (hard: Double?, soft: Double?) = (nil, nil),
        change: (inout MessageProperties) -> Void = { _ in }
    ) throws -> [Bool] {
        defer { pool.wake() }
        let task = RegisteredTask(task)
        return try ids.map { id in
            var table: FieldTable = ["task": .string(task.name), "id": .string(id), "retries": .int32(0)]
            table["timelimit"] = .array([
                limits.hard.map { .double($0) } ?? .void, limits.soft.map { .double($0) } ?? .void,
            ])
            var properties = MessageProperties(
                contentType: "application/json",
                contentEncoding: "utf-8",
                headers: table
            )
            change(&properties)
            let message = IncomingMessage(
                routingKey: "q",
                queue: "q",
                properties: properties,
                body: JSONValue.array([.array([]), .object(arguments), .object([:])]).serialized()
            )
            let request = Request(
                envelope: TaskRequest.Envelope(
                    headers: try #require(try TaskHeaders(properties: properties)),
                    message: message,
                    hostname: "test@host"
                ),
                task: task,
                policy: TaskPolicy(of: "", options: TaskOptions(), settings: Settings()),
                opened: nil,
                receipt: Receipt(tag: 1, settler: AnySettler())
            )
            let isTaken = pool.submit(request)
            // These tests are not about settling: nothing may count as leaked.
            _ = request.settle(.ack)
            return isTaken
        }
    }

    /// Takes any settlement.
    private final class AnySettler: DeliverySettler {
        func settle(_ tag: UInt64, _ settlement: Settlement) -> Bool { true }

        func reclaimLeaked(_ tag: UInt64) {}
    }
}

/// Writes down what bodies ask for.
final class RecordedEffects: TaskEffects, ChildEffects {
    struct Refused: Error, CustomStringConvertible { let description = "the broker refuses" }

    /// What becomes of what bodies publish.
    enum Publishing: Sendable { case taken, refused, held }

    let publishing = Lock(Publishing.taken)
    private let states = Lock<[String]>([])
    private let messages = Lock<[(id: String, OutgoingMessage)]>([])
    private let pending = Lock<[@Sendable ((any Error)?) -> Void]>([])

    let events = Lock<[String]>([])

    var stored: [String] { states.withLock { $0 } }
    var published: [(id: String, OutgoingMessage)] { messages.withLock { $0 } }
    var heldCount: Int { pending.withLock { $0.count } }

    /// Lets what is held go out.
    func release() {
        publishing.withLock { $0 = .taken }
        for ended in pending.withLock({ all in
            defer { all = [] }; return all
        }) { ended(nil) }
    }

    func updateState(_ state: String, meta: any Encodable & Sendable, of request: TaskRequest) async throws {
        let text = try JSONFragment(encoding: meta).text
        states.withLock { $0.append("\(state) \(text)") }
    }

    func enqueue(_ call: TaskCall, from request: TaskRequest) async throws -> String { "" }

    func sendEvent(_ type: String, _ fields: JSONObject, of request: TaskRequest) throws {
        let fragment = try JSONFragment(encoding: JSONValue.object(fields))
        events.withLock { $0.append("\(request.id) \(type) \(fragment.text)") }
    }

    func sendEvent(_ type: String, _ fields: JSONFragment, of request: Request) {
        events.withLock { $0.append("\(request.id) \(type) \(fields.text)") }
    }

    func store(
        _ state: String,
        _ meta: JSONFragment,
        of request: Request,
        ended: @escaping @Sendable ((any Error)?) -> Void
    ) {
        states.withLock { $0.append("\(state) \(meta.text)") }
        ended(nil)
    }

    func publish(
        _ message: OutgoingMessage,
        id: String,
        of request: Request?,
        ended: @escaping @Sendable ((any Error)?) -> Void
    ) {
        messages.withLock { $0.append((id, message)) }
        switch publishing.withLock({ $0 }) {
        case .taken: ended(nil)
        case .refused: ended(Refused())
        case .held: pending.withLock { $0.append(ended) }
        }
    }
}
