import BrokerModel
import CeleryProtocol
import JSON
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

        func make(_ run: @escaping @Sendable (Request) async -> Outcome, _ ends: Ends) -> any Pool {
            ThreadPool(
                kind: kind,
                capacity: capacity,
                report: PoolReport(run: run, finished: { request, outcome in ends.add(request, outcome) })
            )
        }

        /// A pool whose bodies block their thread until the gate opens.
        func make(blockingAt gate: Wait.Gate, _ ends: Ends) -> any Pool {
            make(
                { request in
                    gate.entered.append(request.id)
                    _ = gate.exits.next()
                    return .success(.null)
                },
                ends
            )
        }
    }

    static let kinds = [
        Kind(kind: .threads, capacity: 3), Kind(kind: .threads, capacity: 20), Kind(kind: .solo, capacity: 1),
    ]

    /// The reports of a pool.
    final class Ends: Sendable {
        private let reported = Lock<[(id: String, outcome: Outcome)]>([])

        func add(_ request: Request, _ outcome: Outcome) {
            reported.withLock { $0.append((request.id, outcome)) }
        }

        var ids: [String] { reported.withLock { $0.map(\.id) } }

        var cancelled: Int {
            reported.withLock { $0.count { if case .cancelled = $0.outcome { true } else { false } } }
        }
    }

    private func request(_ id: String) -> Request {
        let message = IncomingMessage(routingKey: "q", queue: "q", properties: MessageProperties(), body: [])
        return Request(
            envelope: TaskRequest.Envelope(headers: TaskHeaders(task: "t", id: id), message: message, hostname: "w"),
            task: RegisteredTask(unregistered: "t"),
            policy: TaskPolicy(options: TaskOptions(), settings: Settings()),
            opened: nil,
            receipt: Receipt(tag: 1, settler: AnySettler())
        )
    }

    private func submit(_ ids: [String], to pool: any Pool) -> [Bool] {
        defer { pool.wake() }
        return ids.map { id in
            let request = request(id)
            let isTaken = pool.submit(request)
            // These tests are not about settling: nothing may count as leaked.
            _ = request.settle(.ack)
            return isTaken
        }
    }

    @Test(arguments: kinds) func reportsEachRequestOnce(_ kind: Kind) async throws {
        let ends = Ends()
        let pool = kind.make({ _ in .success(.null) }, ends)
        try pool.start()
        let ids = (0..<500).map { "t\($0)" }
        #expect(submit(ids, to: pool).allSatisfy { $0 })
        try await eventually("all reports") { ends.ids.count == 500 }
        #expect(pool.stop().isEmpty)
        await pool.finish()
        #expect(Set(ends.ids) == Set(ids))
        #expect(ends.ids.count == 500)
    }

    @Test(arguments: kinds) func fillsAllItsSlotsWithBlockingBodiesAndNoMore(_ kind: Kind) async throws {
        let ends = Ends()
        let gate = Wait.Gate()
        let pool = kind.make(blockingAt: gate, ends)
        try pool.start()
        _ = submit((0..<(kind.capacity + 5)).map { "t\($0)" }, to: pool)
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
        let pool = kind.make(blockingAt: gate, ends)
        try pool.start()
        _ = submit((0..<(kind.capacity + 2)).map { "t\($0)" }, to: pool)
        try await eventually("all slots busy") { gate.entered.count == kind.capacity }
        #expect(pool.stop().count == 2)
        #expect(submit(["late"], to: pool) == [false])
        #expect(ends.ids.isEmpty)
        gate.remove()
        await pool.finish()
        #expect(ends.ids.count == kind.capacity)
    }

    @Test(arguments: kinds) func cancelsSuspendedBodies(_ kind: Kind) async throws {
        let ends = Ends()
        let gate = Wait.Gate()
        let pool = kind.make(
            { request in
                gate.entered.append(request.id)
                do { try await Task.sleep(for: .seconds(3600)) } catch { return .cancelled }
                return .success(.null)
            },
            ends
        )
        try pool.start()
        _ = submit((0..<kind.capacity).map { "t\($0)" }, to: pool)
        try await eventually("all slots busy") { gate.entered.count == kind.capacity }
        _ = pool.stop()
        pool.cancelRunning()
        await pool.finish()
        #expect(ends.cancelled == kind.capacity)
    }

    @Test(arguments: kinds) func abandonsBodiesThatNeverEnd(_ kind: Kind) async throws {
        let ends = Ends()
        let gate = Wait.Gate()
        defer { gate.remove() }
        let pool = kind.make(blockingAt: gate, ends)
        try pool.start()
        _ = submit((0..<kind.capacity).map { "t\($0)" }, to: pool)
        try await eventually("all slots busy") { gate.entered.count == kind.capacity }
        _ = pool.stop()
        #expect(pool.abandon().count == kind.capacity)
        await pool.finish()
        gate.remove()
        #expect(ends.ids.isEmpty)
    }
}

/// Takes any settlement.
private final class AnySettler: DeliverySettler {
    func settle(_ tag: UInt64, _ settlement: Settlement) -> Bool { true }

    func reclaimLeaked(_ tag: UInt64) {}
}
