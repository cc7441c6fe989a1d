import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import PoolTasks
import Testing
import Threads

@testable import SwiftWorker

/// What every pool has to keep, run against each of them.
@Suite(.timeLimit(.minutes(2)))
struct PoolConformanceTests {
    /// A kind of pool with its number of slots.
    struct Kind: Sendable, CustomTestStringConvertible {
        let kind: PoolKind
        let capacity: Int
        var testDescription: String { "\(kind.rawValue) × \(capacity)" }

        func make() throws -> PoolHarness { try PoolHarness(kind, capacity) }
    }

    static let kinds = [
        Kind(kind: .threads, capacity: 3), Kind(kind: .threads, capacity: 20), Kind(kind: .solo, capacity: 1),
        Kind(kind: .prefork, capacity: 1), Kind(kind: .prefork, capacity: 3),
    ]

    private func arguments(_ gate: Gate, isBlocking: Bool = true) -> JSONObject {
        ["folder": .string(gate.folder), "isBlocking": .bool(isBlocking)]
    }

    /// Runs a test with a pool and a gate, which is removed after it.
    private func with(_ kind: Kind, _ test: (PoolHarness, any Pool, Gate) async throws -> Void) async throws {
        let gate = try Gate()
        defer { gate.remove() }
        let harness = try kind.make()
        try await harness.run { try await test(harness, harness.pool, gate) }
    }

    @Test(arguments: kinds) func reportsEachRequestOnce(_ kind: Kind) async throws {
        try await with(kind) { harness, pool, _ in
            let ids = (0..<500).map { "t\($0)" }
            #expect(try harness.submit(ids, of: Quick()).allSatisfy { $0 })
            try await eventually("all reports") { harness.ends.ids.count == 500 }
            #expect(pool.stop().isEmpty)
            await pool.finish()
            #expect(Set(harness.ends.ids) == Set(ids))
            #expect(harness.ends.ids.count == 500)
            #expect(Set(harness.ends.started) == Set(ids) && harness.ends.started.count == 500)
        }
    }

    @Test(arguments: kinds) func fillsAllItsSlotsWithBlockingBodiesAndNoMore(_ kind: Kind) async throws {
        try await with(kind) { harness, pool, gate in
            try harness.submit((0..<(kind.capacity + 5)).map { "t\($0)" }, of: Gated(), arguments(gate))
            try await eventually("all slots busy") { gate.entered.count == kind.capacity }
            #expect(pool.running.count == kind.capacity)
            #expect(pool.withdraw().count == 5)
            gate.open()
            try await eventually("the running ones end") { harness.ends.ids.count == kind.capacity }
            #expect(pool.running.isEmpty)
        }
    }

    @Test(arguments: kinds) func givesBackWhatHasNotStartedAndWaitsForTheRest(_ kind: Kind) async throws {
        try await with(kind) { harness, pool, gate in
            try harness.submit((0..<(kind.capacity + 2)).map { "t\($0)" }, of: Gated(), arguments(gate))
            try await eventually("all slots busy") { gate.entered.count == kind.capacity }
            #expect(pool.stop().count == 2)
            #expect(try harness.submit(["late"], of: Quick()) == [false])
            #expect(harness.ends.ids.isEmpty)
            gate.open()
            await pool.finish()
            #expect(harness.ends.ids.count == kind.capacity)
        }
    }

    @Test(arguments: kinds) func takesNothingWithoutRoomForItsOutcome(_ kind: Kind) async throws {
        guard kind.kind == .prefork else { return }
        try await with(kind) { harness, _, _ in
            harness.ends.hasRoom.withLock { $0 = false }
            try harness.submit(["t"], of: Quick())
            try await eventually("a child is there") { harness.counters.childrenStarted.value > 0 }
            try await Task.sleep(for: .milliseconds(50))
            #expect(harness.ends.started.isEmpty)
            harness.ends.hasRoom.withLock { $0 = true }
            try await eventually("it runs") { harness.ends.ids == ["t"] }
        }
    }

    @Test(arguments: kinds) func cancelsSuspendedBodies(_ kind: Kind) async throws {
        try await with(kind) { harness, pool, gate in
            let ids = (0..<kind.capacity).map { "t\($0)" }
            try harness.submit(ids, of: Gated(), arguments(gate, isBlocking: false))
            try await eventually("all slots busy") { gate.entered.count == kind.capacity }
            _ = pool.stop()
            pool.cancelRunning(.shutdown, grace: .seconds(60), where: { $0.id != "t0" })
            try await eventually("those that were named end") { harness.ends.ids.count == kind.capacity - 1 }
            pool.cancelRunning(.shutdown, grace: .seconds(60), where: { _ in true })
            await pool.finish()
            let cancelled = harness.ends.outcomes.count { if case .cancelled(.shutdown) = $0 { true } else { false } }
            #expect(cancelled == kind.capacity)
        }
    }

    @Test(arguments: kinds) func terminatesSuspendedBodies(_ kind: Kind) async throws {
        try await with(kind) { harness, pool, gate in
            let ids = (0..<kind.capacity).map { "t\($0)" }
            try harness.submit(ids, of: Gated(), arguments(gate, isBlocking: false))
            try await eventually("all slots busy") { gate.entered.count == kind.capacity }
            pool.cancelRunning(.terminated(signal: 15), grace: .seconds(60), where: { $0.id == "t0" })
            try await eventually("its end") { harness.ends.ids == ["t0"] }
            guard case .revoked(.terminated(15)) = harness.ends.outcomes.first else {
                Issue.record("\(harness.ends.outcomes)")
                return
            }
            try harness.submit(["next"], of: Quick())
            try await eventually("its slot serves") { harness.ends.ids.contains("next") }
            gate.open()
            pool.cancelRunning(.shutdown, grace: .seconds(60), where: { _ in true })
        }
    }

    /// A process does not outlive the grace. A thread can't be ended: its body's own end counts.
    @Test(arguments: kinds) func terminatesBlockedBodiesAsFarAsItCan(_ kind: Kind) async throws {
        try await with(kind) { harness, pool, gate in
            try harness.submit(["blocked"], of: Gated(), arguments(gate))
            try await eventually("it runs") { gate.entered == ["blocked"] }
            pool.cancelRunning(.terminated(signal: 15), grace: .milliseconds(50), where: { _ in true })
            if kind.kind != .prefork { gate.open() }
            try await eventually("its end") { harness.ends.ids == ["blocked"] }
            switch (harness.ends.outcomes.first, kind.kind) {
            case (.revoked(.terminated(15)), .prefork), (.success, .threads), (.success, .solo): break
            case (let outcome, _): Issue.record("\(String(describing: outcome))")
            }
            try harness.submit(["next"], of: Quick())
            try await eventually("it serves on") { harness.ends.ids.contains("next") }
        }
    }

    @Test(arguments: kinds) func startsNothingThatIsRefused(_ kind: Kind) async throws {
        try await with(kind) { harness, _, _ in
            harness.ends.refusals.withLock { $0 = ["bad"] }
            try harness.submit(["bad", "good"], of: Quick())
            try await eventually("both ends") { harness.ends.ids.count == 2 }
            #expect(harness.ends.started == ["good"])
            guard case .revoked(.before(.id)) = harness.ends.outcome(of: "bad") else {
                Issue.record("\(harness.ends.outcomes)")
                return
            }
        }
    }

    @Test(arguments: kinds) func givesBackWhatIsAskedFor(_ kind: Kind) async throws {
        try await with(kind) { harness, pool, gate in
            try harness.submit((0..<kind.capacity).map { "t\($0)" }, of: Gated(), arguments(gate))
            try await eventually("all slots busy") { gate.entered.count == kind.capacity }
            try harness.submit(["a", "b", "c"], of: Quick())
            #expect(pool.withdraw(where: { $0.id == "b" }).map(\.id) == ["b"])
            #expect(pool.withdraw(where: { $0.id == "t0" }).isEmpty)
            gate.open()
            try await eventually("the others run") { harness.ends.ids.count == kind.capacity + 2 }
            #expect(!harness.ends.ids.contains("b"))
        }
    }

    @Test(arguments: kinds) func cancelsAtTheSoftLimit(_ kind: Kind) async throws {
        try await with(kind) { harness, _, gate in
            try harness.submit(["soft"], of: Gated(), arguments(gate, isBlocking: false), limits: (nil, 0.05))
            try await eventually("the end") { harness.ends.ids == ["soft"] }
            guard case .failure(let exception) = harness.ends.outcomes.first else {
                Issue.record("\(harness.ends.outcomes)")
                return
            }
            #expect(exception.type == "SoftTimeLimitExceeded")
            #expect(harness.ends.softLimits == ["soft"])
        }
    }

    @Test(arguments: kinds) func aSpinningBodySeesTheSoftLimitWhenItLooks(_ kind: Kind) async throws {
        try await with(kind) { harness, _, gate in
            let arguments: JSONObject = ["folder": .string(gate.folder), "looks": true]
            try harness.submit(["spin"], of: Spin(), arguments, limits: (nil, 0.05))
            try await eventually("the end") { harness.ends.ids == ["spin"] }
            guard case .failure(let exception) = harness.ends.outcomes.first else {
                Issue.record("\(harness.ends.outcomes)")
                return
            }
            #expect(exception.type == "SoftTimeLimitExceeded")
        }
    }

    @Test(arguments: kinds) func endsBlockedBodiesAtTheHardLimitAndServesOn(_ kind: Kind) async throws {
        try await with(kind) { harness, _, gate in
            let ids = (0..<kind.capacity).map { "t\($0)" }
            try harness.submit(ids, of: Gated(), arguments(gate), limits: (0.05, nil))
            try await eventually("all time out") { harness.ends.ids.count == kind.capacity }
            #expect(
                harness.ends.outcomes.allSatisfy { if case .timedOut(.milliseconds(50)) = $0 { true } else { false } }
            )
            // A process is killed; a thread can only be given up.
            #expect(harness.ends.abandoned.max() == (kind.kind == .prefork ? nil : kind.capacity))
            try harness.submit(["next"], of: Quick())
            try await eventually("fresh slots serve") { harness.ends.ids.contains("next") }
            #expect(harness.ends.ids.count == kind.capacity + 1)
            gate.open()
        }
    }

    @Test(arguments: kinds) func endsSpinningBodiesAtTheHardLimit(_ kind: Kind) async throws {
        try await with(kind) { harness, _, gate in
            let arguments: JSONObject = ["folder": .string(gate.folder), "looks": false]
            try harness.submit(["spin"], of: Spin(), arguments, limits: (0.05, nil))
            try await eventually("the end") { harness.ends.ids == ["spin"] }
            guard case .timedOut(.milliseconds(50)) = harness.ends.outcomes.first else {
                Issue.record("\(harness.ends.outcomes)")
                return
            }
            gate.remove()
        }
    }

    @Test(arguments: kinds) func growsAndShrinks(_ kind: Kind) async throws {
        try await with(kind) { harness, pool, gate in
            pool.resize(to: kind.capacity + 3)
            try harness.submit((0..<30).map { "t\($0)" }, of: Gated(), arguments(gate))
            try await eventually("more slots") { gate.entered.count == kind.capacity + 3 }
            pool.resize(to: 1)
            for _ in 0..<(kind.capacity + 3) { gate.pass() }
            try await eventually("fewer slots") {
                harness.ends.ids.count == kind.capacity + 3 && pool.running.count == 1
            }
            #expect(pool.capacity == 1)
            #expect(pool.stop().count == 30 - kind.capacity - 4)
            gate.open()
            await pool.finish()
        }
    }

    @Test(arguments: kinds) func abandonsBodiesThatNeverEnd(_ kind: Kind) async throws {
        try await with(kind) { harness, pool, gate in
            try harness.submit((0..<kind.capacity).map { "t\($0)" }, of: Gated(), arguments(gate))
            try await eventually("all slots busy") { gate.entered.count == kind.capacity }
            _ = pool.stop()
            #expect(pool.abandon().count == kind.capacity)
            await pool.finish()
            gate.open()
            #expect(harness.ends.ids.isEmpty)
        }
    }

    @Test(arguments: kinds) func allEndsOfABodyComeBack(_ kind: Kind) async throws {
        try await with(kind) { harness, _, _ in
            try harness.submit(["echo"], of: Echo(), ["value": ["ü", 1.5, .null]])
            try harness.submit(["fail"], of: Throw(), ["text": "it broke"])
            try harness.submit(["ignore"], of: Refuse())
            try harness.submit(["reject"], of: Refuse(), ["requeue": true])
            try harness.submit(["wrong"], of: Echo(), ["other": 1])
            try harness.submit(["expired"], of: Quick()) { $0.headers?["expires"] = "2001-01-01T00:00:00+00:00" }
            try harness.submit(["foreign"], of: Quick()) { $0.contentType = "application/x-python-serialize" }
            try await eventually("all ends") { harness.ends.ids.count == 7 }
            let ends = harness.ends
            guard case .success(let echo) = ends.outcome(of: "echo"),
                case .failure(let failure) = ends.outcome(of: "fail"),
                case .ignored = ends.outcome(of: "ignore"),
                case .rejected("not now", requeue: true) = ends.outcome(of: "reject"),
                case .failure(let wrong) = ends.outcome(of: "wrong"), case .expired = ends.outcome(of: "expired"),
                case .refused(let foreign) = ends.outcome(of: "foreign")
            else {
                Issue.record("\(ends.outcomes)")
                return
            }
            #expect(echo.text == #"["\u00fc", 1.5, null]"#)
            #expect(failure.arguments == ["it broke"] && failure.type == "Failure")
            #expect(failure.traceback?.contains("in pool.throw") == true)
            #expect(wrong.type == "TypeError")
            #expect(foreign.code == .contentTypeRefused)
        }
    }
}
