import BrokerModel
import CeleryProtocol
import JSON
import Logging
import Testing
import Threads

@testable import SwiftWorker

/// What every pool has to keep, run against each of them.
@Suite(.timeLimit(.minutes(1)))
struct PoolConformanceTests {
    /// A kind of pool with its number of slots.
    struct Kind: Sendable, CustomTestStringConvertible {
        let kind: PoolKind
        let capacity: Int
        var testDescription: String { "\(kind.rawValue) × \(capacity)" }

        func make(_ ends: Ends) -> any Pool {
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            return ThreadPool(
                kind: kind,
                capacity: capacity,
                runner: TaskRunner(
                    payloads: PayloadDecoder(accept: ["json"], maxBytes: 1 << 20),
                    effects: NoEffects(),
                    clock: .system,
                    logger: logger
                ),
                report: ends.report
            )
        }
    }

    static let kinds = [
        Kind(kind: .threads, capacity: 3), Kind(kind: .threads, capacity: 20), Kind(kind: .solo, capacity: 1),
    ]

    /// The reports of a pool.
    final class Ends: Sendable {
        private let reported = Lock<[(id: String, outcome: Outcome)]>([])
        private let passed = Lock<[String]>([])
        private let abandonments = Lock<[Int]>([])

        var report: PoolReport {
            PoolReport(
                started: { _, _ in },
                softLimitPassed: { request, _ in self.passed.withLock { $0.append(request.id) } },
                finished: { request, outcome in self.reported.withLock { $0.append((request.id, outcome)) } },
                hasRoom: { true },
                waitForRoom: {},
                slotAbandoned: { _, total in self.abandonments.withLock { $0.append(total) } }
            )
        }

        var ids: [String] { reported.withLock { $0.map(\.id) } }
        var outcomes: [Outcome] { reported.withLock { $0.map(\.outcome) } }
        var softLimits: [String] { passed.withLock { $0 } }
        var abandoned: [Int] { abandonments.withLock { $0 } }
    }

    private func submit(
        _ ids: [String],
        of task: some WorkerTask,
        limits: [Double?] = [nil, nil],
        to pool: any Pool
    ) -> [Bool] {
        defer { pool.wake() }
        let task = RegisteredTask(task)
        return ids.map { id in
            var headers = TaskHeaders(task: task.name, id: id)
            (headers.timeLimit, headers.softTimeLimit) = (limits[0], limits[1])
            let message = IncomingMessage(
                routingKey: "q",
                queue: "q",
                properties: MessageProperties(contentType: "application/json", contentEncoding: "utf-8"),
                body: Array("[[], {}, {}]".utf8)
            )
            let request = Request(
                envelope: TaskRequest.Envelope(headers: headers, message: message, hostname: "w"),
                task: task,
                policy: TaskPolicy(options: TaskOptions(), settings: Settings()),
                opened: nil,
                receipt: Receipt(tag: 1, settler: AnySettler())
            )
            let isTaken = pool.submit(request)
            // These tests are not about settling: nothing may count as leaked.
            _ = request.settle(.ack)
            return isTaken
        }
    }

    @Test(arguments: kinds) func reportsEachRequestOnce(_ kind: Kind) async throws {
        let ends = Ends()
        let pool = kind.make(ends)
        try pool.start()
        let ids = (0..<500).map { "t\($0)" }
        #expect(submit(ids, of: Quick(), to: pool).allSatisfy { $0 })
        try await eventually("all reports") { ends.ids.count == 500 }
        #expect(pool.stop().isEmpty)
        await pool.finish()
        #expect(Set(ends.ids) == Set(ids))
        #expect(ends.ids.count == 500)
    }

    @Test(arguments: kinds) func fillsAllItsSlotsWithBlockingBodiesAndNoMore(_ kind: Kind) async throws {
        let ends = Ends()
        let gate = Wait.Gate()
        let pool = kind.make(ends)
        try pool.start()
        _ = submit((0..<(kind.capacity + 5)).map { "t\($0)" }, of: Wait(gate: gate), to: pool)
        try await eventually("all slots busy") { gate.entered.count == kind.capacity }
        #expect(pool.withdraw().count == 5)
        gate.remove()
        try await eventually("the running ones end") { ends.ids.count == kind.capacity }
        _ = pool.stop()
        await pool.finish()
    }

    @Test(arguments: kinds) func givesBackWhatHasNotStartedAndWaitsForTheRest(_ kind: Kind) async throws {
        let ends = Ends()
        let gate = Wait.Gate()
        let pool = kind.make(ends)
        try pool.start()
        _ = submit((0..<(kind.capacity + 2)).map { "t\($0)" }, of: Wait(gate: gate), to: pool)
        try await eventually("all slots busy") { gate.entered.count == kind.capacity }
        #expect(pool.stop().count == 2)
        #expect(submit(["late"], of: Quick(), to: pool) == [false])
        #expect(ends.ids.isEmpty)
        gate.remove()
        await pool.finish()
        #expect(ends.ids.count == kind.capacity)
    }

    @Test(arguments: kinds) func cancelsSuspendedBodies(_ kind: Kind) async throws {
        let ends = Ends()
        let gate = Wait.Gate(isBlocking: false)
        let pool = kind.make(ends)
        try pool.start()
        _ = submit((0..<kind.capacity).map { "t\($0)" }, of: Wait(gate: gate), to: pool)
        try await eventually("all slots busy") { gate.entered.count == kind.capacity }
        _ = pool.stop()
        pool.cancelRunning(.shutdown, grace: .seconds(5), where: { $0.id != "t0" })
        try await eventually("those that were named end") { ends.ids.count == kind.capacity - 1 }
        pool.cancelRunning(.shutdown, grace: .seconds(5), where: { _ in true })
        await pool.finish()
        #expect(ends.outcomes.count { if case .cancelled(.shutdown) = $0 { true } else { false } } == kind.capacity)
    }

    @Test(arguments: kinds) func cancelsAtTheSoftLimit(_ kind: Kind) async throws {
        let ends = Ends()
        let pool = kind.make(ends)
        try pool.start()
        _ = submit(["soft"], of: Wait(gate: Wait.Gate(isBlocking: false)), limits: [nil, 0.05], to: pool)
        try await eventually("the end") { ends.ids == ["soft"] }
        guard case .failure(let exception) = ends.outcomes.first else {
            Issue.record("\(ends.outcomes)")
            return
        }
        #expect(exception.type == "SoftTimeLimitExceeded")
        #expect(ends.softLimits == ["soft"])
        _ = pool.stop()
        await pool.finish()
    }

    @Test(arguments: kinds) func endsAtTheHardLimitAndServesOn(_ kind: Kind) async throws {
        let ends = Ends()
        let gate = Wait.Gate()
        let pool = kind.make(ends)
        try pool.start()
        let ids = (0..<kind.capacity).map { "t\($0)" }
        _ = submit(ids, of: Wait(gate: gate), limits: [0.05, nil], to: pool)
        try await eventually("all time out") { ends.ids.count == kind.capacity }
        #expect(ends.outcomes.allSatisfy { if case .timedOut(.milliseconds(50)) = $0 { true } else { false } })
        #expect(ends.abandoned.max() == kind.capacity)
        _ = submit(["next"], of: Quick(), to: pool)
        try await eventually("fresh slots serve") { ends.ids.contains("next") }
        gate.remove()
        _ = pool.stop()
        await pool.finish()
        #expect(ends.ids.count == kind.capacity + 1)
    }

    @Test(arguments: kinds) func growsAndShrinks(_ kind: Kind) async throws {
        let ends = Ends()
        let gate = Wait.Gate()
        let pool = kind.make(ends)
        try pool.start()
        pool.resize(to: kind.capacity + 3)
        _ = submit((0..<30).map { "t\($0)" }, of: Wait(gate: gate), to: pool)
        try await eventually("more slots") { pool.running.count == kind.capacity + 3 }
        pool.resize(to: 1)
        for _ in 0..<(kind.capacity + 3) { gate.open() }
        try await eventually("fewer slots") { ends.ids.count == kind.capacity + 3 && pool.running.count == 1 }
        #expect(pool.capacity == 1)
        #expect(pool.stop().count == 30 - kind.capacity - 4)
        gate.remove()
        await pool.finish()
    }

    @Test(arguments: kinds) func abandonsBodiesThatNeverEnd(_ kind: Kind) async throws {
        let ends = Ends()
        let gate = Wait.Gate()
        defer { gate.remove() }
        let pool = kind.make(ends)
        try pool.start()
        _ = submit((0..<kind.capacity).map { "t\($0)" }, of: Wait(gate: gate), to: pool)
        try await eventually("all slots busy") { gate.entered.count == kind.capacity }
        _ = pool.stop()
        #expect(pool.abandon().count == kind.capacity)
        await pool.finish()
        gate.remove()
        #expect(ends.ids.isEmpty)
    }
}

/// Returns at once.
private struct Quick: WorkerTask {
    static let name = "quick"
    struct Arguments: Decodable {}

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Int { 1 }
}

private struct NoEffects: TaskEffects {
    func updateState(_ state: String, meta: any Encodable & Sendable, of request: TaskRequest) async throws {}

    func enqueue(_ call: TaskCall, from request: TaskRequest) async throws -> String { "" }
}

/// Takes any settlement.
private final class AnySettler: DeliverySettler {
    func settle(_ tag: UInt64, _ settlement: Settlement) -> Bool { true }

    func reclaimLeaked(_ tag: UInt64) {}
}
