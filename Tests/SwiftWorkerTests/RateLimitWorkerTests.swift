import BrokerModel
import CeleryProtocol
import JSON
import SwiftWorkerTesting
import Testing
import Threads

@testable import SwiftWorker

/// Rate limits and concurrency caps in a worker on the in-memory broker.
@Suite(.timeLimit(.minutes(1))) struct RateLimitWorkerTests {
    private func add(_ harness: WorkerHarness, _ id: String, x: Int = 1, body: String? = nil) {
        harness.send("tasks.add", id: id, body: body ?? "[[\(x), 2], {}, {}]")
    }

    private func started(_ harness: WorkerHarness) -> Int { harness.worker.counters.started.value }

    @Test func spacesATaskTypeAsCeleryDoes() async throws {
        let harness = try WorkerHarness { Add(options: TaskOptions(rateLimit: .perMinute(60))) }
        try await harness.run {
            for number in 0..<4 { add(harness, "t\(number)") }
            try await eventually("the first") { harness.worker.counters.succeeded.value == 1 }
            try await eventually("the others are held") { harness.worker.corridor.rates.heldCount == 3 }
            for count in 2...4 {
                harness.clock.advance(by: .milliseconds(900))
                try await Task.sleep(for: .milliseconds(20))
                #expect(started(harness) == count - 1)
                harness.clock.advance(by: .milliseconds(100))
                try await eventually("\(count)") { harness.worker.counters.succeeded.value == count }
            }
        }
    }

    @Test func parksWhatWouldWaitTooLong() async throws {
        let harness = try WorkerHarness(configure: { settings in
            settings.etaHoldLimit = .seconds(10)
            settings.rateLimits = [RateRule(name: "slow", task: "tasks.*", rate: .perMinute(20))]
        }) { Add() }
        try await harness.run {
            for number in 0..<7 { add(harness, "t\(number)") }
            // One at once, three within ten seconds, the others from the broker, two seconds before their turn.
            try await eventually("parked") { harness.broker.delayed.count == 3 }
            #expect(harness.broker.delayed.map(\.delay).sorted() == [.seconds(10), .seconds(13), .seconds(16)])
            #expect(harness.worker.corridor.rates.heldCount == 3)
            try await eventually("all", within: .seconds(40)) {
                harness.clock.advance(by: .milliseconds(500))
                try await Task.sleep(for: .milliseconds(5))
                return harness.worker.counters.succeeded.value == 7
            }
            let time = harness.clock.now - Instant(secondsSince1970: 1_700_000_000)
            #expect(time >= .seconds(18) && time < .seconds(21), "\(time)")
        }
        #expect(harness.worker.counters.parked.value >= 3)
    }

    /// Each tenant has a rate of its own, wherever in the call its name is.
    @Test func limitsEachValueOfAnArgument() async throws {
        let path = try #require(ArgumentPath("x"))
        let harness = try WorkerHarness(configure: { settings in
            settings.rateLimits = [RateRule(name: "tenant", partition: .argument(path), rate: .perMinute(60))]
        }) { Add() }
        try await harness.run {
            add(harness, "a1")
            add(harness, "a2", body: #"[[], {"x": 1, "y": 2}, {}]"#)
            add(harness, "b1", x: 2)
            try await eventually("one each") { harness.worker.counters.succeeded.value == 2 }
            try await eventually("held") { harness.worker.corridor.rates.heldCount == 1 }
            harness.clock.advance(by: .seconds(1))
            try await eventually("the third") { harness.worker.counters.succeeded.value == 3 }
            // What can't be read has one allowance, and fails when it is its turn.
            add(harness, "bad", body: "[[")
            add(harness, "empty", body: "[[], {}, {}]")
            try await harness.settled(.ack, 4)
            harness.clock.advance(by: .seconds(1))
            try await harness.settled(.ack, 5)
        }
        #expect(harness.worker.counters.refused.value == 1)
        #expect(harness.worker.counters.failed.value == 1)
    }

    @Test(arguments: [false, true])
    func capsHowManyRun(_ isExact: Bool) async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(
            concurrency: 4,
            configure: { settings in
                settings.workerDisablePrefetch = isExact
                settings.rateLimits = [RateRule(name: "cap", task: "tasks.wait", concurrency: 2)]
            }
        ) {
            Wait(options: TaskOptions(acksLate: true), gate: gate)
            Add()
        }
        try await harness.run {
            for number in 0..<5 { harness.send("tasks.wait", id: "w\(number)") }
            try await eventually("two run") { gate.entered.count == 2 }
            try await eventually("the others are held") { harness.worker.corridor.rates.heldCount == 3 }
            add(harness, "free")
            try await eventually("another task") { harness.worker.counters.succeeded.value == 1 }
            #expect(gate.entered.count == 2)
            for count in 3...5 {
                gate.open()
                try await eventually("the next") { gate.entered.count == count }
            }
            gate.remove()
            try await eventually("all") { harness.worker.counters.succeeded.value == 6 }
            try await harness.settled(.ack, 6)
        }
    }

    @Test func whatIsHeldTooLongWaitsInTheBroker() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(
            configure: { $0.rateLimits = [RateRule(name: "cap", concurrency: 1)] }
        ) { Wait(gate: gate) }
        try await harness.run {
            for number in 0..<2 { harness.send("tasks.wait", id: "w\(number)") }
            try await eventually("held") { harness.worker.corridor.rates.heldCount == 1 }
            harness.clock.advance(by: .seconds(30))
            try await eventually("parked") { harness.broker.delayed.count == 1 }
            #expect(harness.broker.delayed.first?.delay == .seconds(8))
            gate.remove()
            harness.clock.advance(by: .seconds(8))
            try await eventually("both") { harness.worker.counters.succeeded.value == 2 }
        }
    }

    /// Those of a queue that the broker brings nothing back to stay in memory, and take no place among the others.
    @Test func whatCannotBeParkedTakesNoPlace() async throws {
        let harness = try WorkerHarness(
            queues: [WorkerHarness.queue, "mayfly"],
            change: { if $0.queue.name == "mayfly" { $0.queue.isAutoDelete = true } },
            configure: { settings in
                settings.etaHoldLimit = .seconds(10)
                settings.rateLimits = [RateRule(name: "slow", task: "tasks.*", rate: .perMinute(20))]
            }
        ) { Add() }
        try await harness.run {
            for number in 0..<4 { add(harness, "t\(number)") }
            try await eventually("the first") { harness.worker.counters.succeeded.value == 1 }
            try await eventually("held") { harness.worker.corridor.rates.heldCount == 3 }
            for number in 0..<5 {
                harness.send("tasks.add", id: "m\(number)", queue: "mayfly", body: "[[1, 2], {}, {}]")
            }
            try await eventually("in memory") { harness.worker.corridor.waitingRoom.count == 5 }
            add(harness, "parked")
            try await eventually("parked") { harness.broker.delayed.count == 1 }
            #expect(harness.broker.delayed.first?.delay == .seconds(10))
        }
    }

    /// While the broker takes nothing, they are judged again and again.
    @Test func anOutageTakesNoPlaces() async throws {
        let harness = try WorkerHarness(
            configure: { $0.rateLimits = [RateRule(name: "slow", rate: .perHour(1))] }
        ) { Add() }
        try await harness.run {
            add(harness, "first")
            _ = try await harness.states(1)
            try await harness.settled(.ack)
            harness.broker.refusePublishing(true)
            for number in 0..<4 { add(harness, "t\(number)") }
            for _ in 0..<4 {
                try await eventually("in memory") { harness.worker.corridor.waitingRoom.count == 4 }
                harness.clock.advance(by: .seconds(5))
                try await Task.sleep(for: .milliseconds(20))
            }
            harness.broker.refusePublishing(false)
            try await eventually("parked") {
                harness.clock.advance(by: .seconds(1))
                try await Task.sleep(for: .milliseconds(5))
                return harness.broker.delayed.count == 4
            }
            #expect(harness.broker.delayed.allSatisfy { $0.delay <= .seconds(4 * 3600) })
        }
    }

    @Test func changesALimitWhileItRuns() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            let admission = harness.worker.corridor.admission
            admission.setRateLimit(of: "tasks.add", to: .perHour(1))
            #expect(harness.worker.corridor.rates.limit(of: "tasks.add") == .perHour(1))
            for number in 0..<3 { add(harness, "t\(number)") }
            try await eventually("one") { harness.worker.counters.succeeded.value == 1 }
            try await eventually("parked") { harness.broker.delayed.count == 2 }
            admission.setRateLimit(of: "tasks.add", to: .perMinute(60))
            for number in 3..<6 { add(harness, "t\(number)") }
            try await eventually("held") { harness.worker.corridor.rates.heldCount == 2 }
            admission.setRateLimit(of: "tasks.add", to: nil)
            try await eventually("unlimited") { harness.worker.counters.succeeded.value == 4 }
        }
    }

    @Test func configurationSaysWhichLimitATaskHas() async throws {
        func limit(_ options: TaskOptions = TaskOptions(), _ configure: (inout Settings) -> Void) throws -> RateLimit? {
            try WorkerHarness(configure: configure) { Add(options: options) }.worker.corridor.rates.limit(
                of: "tasks.add"
            )
        }
        let own = TaskOptions(rateLimit: .perSecond(1))
        #expect(try limit { _ in } == nil)
        #expect(try limit { $0.taskDefaultRateLimit = .perHour(7) } == .perHour(7))
        #expect(try limit(own) { $0.taskDefaultRateLimit = .perHour(7) } == .perSecond(1))
        #expect(try limit(own) { $0.taskAnnotations = [TaskAnnotation(task: "tasks.add", rateLimit: nil)] } == nil)
        #expect(
            try limit(own) { settings in
                settings.taskAnnotations = [
                    TaskAnnotation(task: "*", rateLimit: .perMinute(3)),
                    TaskAnnotation(task: "tasks.add", rateLimit: .perMinute(5)),
                ]
            } == .perMinute(3)
        )
    }

    @Test func canBeTurnedOff() async throws {
        let harness = try WorkerHarness(configure: { settings in
            settings.workerDisableRateLimits = true
            settings.rateLimits = [RateRule(name: "r", rate: .perHour(1), concurrency: 1)]
        }) { Add(options: TaskOptions(rateLimit: .perHour(1))) }
        try await harness.run {
            for number in 0..<5 { add(harness, "t\(number)") }
            try await eventually("all") { harness.worker.counters.succeeded.value == 5 }
        }
    }

    @Test func givesBackWhatIsHeldWhenItStops() async throws {
        let harness = try WorkerHarness { Add(options: TaskOptions(rateLimit: .perMinute(10))) }
        try await harness.run {
            for number in 0..<4 { add(harness, "t\(number)") }
            try await eventually("held") { harness.worker.corridor.rates.heldCount == 3 }
            // The first one is to have run before the worker stops.
            try await harness.settled(.ack)
        }
        #expect(harness.broker.readyCount(WorkerHarness.queue) == 3)
        #expect(harness.broker.leakedCount == 0)
    }

    @Test func forgetsWhatIsHeldWhenItsConnectionIsLost() async throws {
        let harness = try WorkerHarness { Add(options: TaskOptions(rateLimit: .perMinute(60))) }
        try await harness.run {
            for number in 0..<3 { add(harness, "t\(number)") }
            try await eventually("held") {
                harness.worker.corridor.rates.heldCount == 2 && harness.worker.counters.succeeded.value == 1
            }
            harness.broker.breakConnections()
            try await eventually("held again") {
                harness.worker.counters.dropped.value == 2 && harness.worker.corridor.rates.heldCount == 2
            }
            for count in 2...3 {
                harness.clock.advance(by: .seconds(1))
                try await eventually("\(count)") { harness.worker.counters.succeeded.value == count }
            }
        }
        #expect(started(harness) == 3)
    }

    @Test func expiresAndIsRevokedWhileItIsHeld() async throws {
        let harness = try WorkerHarness { Add(options: TaskOptions(rateLimit: .perMinute(6))) }
        try await harness.run {
            add(harness, "first")
            let soon = (harness.clock.now + .seconds(5)).iso8601()
            harness.send("tasks.add", id: "late", headers: ["expires": .string(soon)])
            add(harness, "gone")
            try await eventually("held") { harness.worker.corridor.rates.heldCount == 2 }
            harness.worker.corridor.board.change { revocations, _ in revocations.ids.add("gone", at: .now) }
            for count in [1, 0] {
                harness.clock.advance(by: .seconds(10))
                try await eventually("\(count) held") { harness.worker.corridor.rates.heldCount == count }
            }
            let states = try await harness.states(3)
            for state in states { #expect(state["status"] == (state["task_id"] == "first" ? "SUCCESS" : "REVOKED")) }
        }
    }
}
