import BrokerModel
import CeleryProtocol
import JSON
import Testing

@testable import SwiftWorker

/// Events that wait to be published.
@Suite struct EventQueueTests {
    private let pulse = WorkerEvent.Pulse(frequency: 2, active: 0, processed: 0, loadAverage: [])

    private func stamp(_ clock: Int) -> EventStamp {
        EventStamp(time: Instant(microseconds: 0), clock: clock, utcOffset: 0)
    }

    private func entry(_ number: Int) -> EventMessage.TaskEntry {
        EventMessage.TaskEntry(id: "\(number)", event: .started, stamp: stamp(number))
    }

    /// Adds an event, and returns whether another one was dropped.
    private func add(_ number: Int, alone: Bool = false, to queue: inout EventQueue) -> Bool {
        queue.add(entry(number), alone: alone)
    }

    /// The letters as text: `w` for a worker's event, a number for one of a task that is alone, a list for others.
    private func letters(_ queue: inout EventQueue) -> [String] {
        var letters: [String] = []
        while let letter = queue.next() {
            switch letter {
            case .worker: letters.append("w")
            case .single(let entry): letters.append(entry.id)
            case .tasks(let entries): letters.append("[\(entries.map(\.id).joined(separator: " "))]")
            }
        }
        return letters
    }

    @Test func eventsOfTasksTravelTogetherAndInOrder() {
        var queue = EventQueue(limit: 100)
        var dropped = (1...3).map { add($0, to: &queue) }
        dropped.append(add(4, alone: true, to: &queue))
        dropped.append(add(5, to: &queue))
        dropped.append(queue.add(.offline(pulse), stamp(6)))
        #expect(dropped == Array(repeating: false, count: 6))
        #expect(queue.count == 6)
        #expect(letters(&queue) == ["[1 2 3]", "4", "[5]", "w"])
        #expect(queue.count == 0)
    }

    @Test func aMessageIsBounded() {
        var queue = EventQueue(limit: 10_000)
        for number in 0..<1_200 { _ = queue.add(entry(number), alone: false) }
        var counts: [Int] = []
        while let letter = queue.next() { counts.append(letter.count) }
        #expect(counts == [500, 500, 200])
    }

    @Test func aMessageIsBoundedInBytes() {
        var queue = EventQueue(limit: 100)
        func add(kilobytes: Int) {
            let traceback = String(repeating: "t", count: kilobytes << 10)
            let event = TaskEvent.failed(exception: "E()", traceback: traceback)
            _ = queue.add(EventMessage.TaskEntry(id: "t", event: event, stamp: stamp(1)), alone: false)
        }
        // The large one goes all the same, and alone.
        for kilobytes in [400, 400, 400, 2_000, 1] { add(kilobytes: kilobytes) }
        var counts: [Int] = []
        while let letter = queue.next() { counts.append(letter.count) }
        #expect(counts == [2, 1, 1, 1])
    }

    @Test func whatAnEventTakesIsKnownRoughly() {
        let messages = EventMessage(
            from: EventSender(node: "worker@host.example", processID: 4_194_304, version: "1.0"),
            exchange: "celeryev"
        )
        let id = "0a59e7d6-3c1e-4f64-b1b5-2f1a0c1f4d8e"
        var arrival = TaskEvent.Arrival(["task": "tasks.add", "id": .string(id), "root_id": .string(id)])
        arrival.args = "('\(String(repeating: "x", count: 1_000))',)"
        for event in [
            TaskEvent.started, .received(arrival), .succeeded(result: "3", runtime: 0.25),
            .failed(exception: "E()", traceback: String(repeating: "t", count: 5_000)),
        ] {
            let entry = EventMessage.TaskEntry(id: id, event: event, stamp: stamp(1))
            let bytes = messages.message([entry]).body.count
            #expect(bytes < entry.roughBytes + 100 && entry.roughBytes < bytes + 300, "\(event.type): \(bytes)")
        }
    }

    @Test func theOldestGoesWhenItIsFull() {
        var queue = EventQueue(limit: 3)
        var dropped = (1...4).map { add($0, to: &queue) }
        dropped.append(queue.add(.online(pulse), stamp(5)))
        #expect(dropped == [false, false, false, true, true])
        #expect(letters(&queue) == ["[3 4]", "w"])
    }

    @Test func itIsKnownWhetherAHeartbeatWaits() {
        var queue = EventQueue(limit: 2)
        #expect(!queue.hasHeartbeat)
        _ = queue.add(.heartbeat(pulse), stamp(1))
        #expect(queue.hasHeartbeat)
        // Also when it is dropped.
        for number in 2...3 { _ = queue.add(entry(number), alone: false) }
        #expect(!queue.hasHeartbeat)
        _ = queue.add(.heartbeat(pulse), stamp(4))
        _ = letters(&queue)
        #expect(!queue.hasHeartbeat)
    }
}

/// Of which tasks events are sent.
@Suite struct EventSamplingTests {
    private func sampling(_ task: String, _ options: TaskOptions = TaskOptions(), _ shares: [EventShare] = [])
        -> EventSampling
    {
        var settings = Settings()
        settings.eventSampling = shares
        return EventSampling(of: task, options: options, settings: settings)
    }

    private func share(_ sampling: EventSampling) -> Double {
        Double((0..<20_000).count { sampling.includes("task-\($0)-\($0 &* 2_654_435_761)") }) / 20_000
    }

    @Test func isOfAllUnlessToldOtherwise() {
        #expect(share(sampling("t")) == 1)
        #expect(share(sampling("t", TaskOptions(sendsEvents: true))) == 1)
        #expect(share(sampling("t", TaskOptions(sendsEvents: false))) == 0)
        #expect(share(.all) == 1 && share(.none) == 0)
    }

    @Test func theFirstPatternDecides() {
        let shares = [
            EventShare(pattern: "poll.*", share: 0.1), EventShare(pattern: "*", share: 0.5),
            EventShare(pattern: "other", share: 0),
        ]
        #expect(abs(share(sampling("poll.disk", shares: shares)) - 0.1) < 0.02)
        #expect(abs(share(sampling("other", shares: shares)) - 0.5) < 0.02)
        #expect(share(sampling("poll.disk", TaskOptions(sendsEvents: false), shares)) == 0)
    }

    private func sampling(_ task: String, shares: [EventShare]) -> EventSampling {
        sampling(task, TaskOptions(), shares)
    }

    @Test func aTaskIsInOrOutForGood() {
        let half = EventSampling(share: 0.5)
        let more = EventSampling(share: 0.7)
        for number in 0..<1_000 {
            let id = "id-\(number)"
            #expect(half.includes(id) == half.includes(id))
            if half.includes(id) { #expect(more.includes(id)) }
        }
    }
}

/// Who wins elections.
@Suite struct ElectionsTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func candidate(_ clock: Int, _ name: String) -> Elections.Candidate {
        Elections.Candidate(clock: clock, name: name, topic: "task", action: .null)
    }

    @Test func theEarliestWinsWhenNobodySaysAnythingMore() {
        var elections = Elections()
        #expect(elections.next == nil)
        elections.begin("e", at: at(0))
        elections.add(candidate(7, "b"), to: "e", at: at(0.5))
        elections.add(candidate(5, "c"), to: "e", at: at(0.9))
        elections.add(candidate(5, "a"), to: "e", at: at(1))
        #expect(elections.next == at(2))
        #expect(elections.finish(at: at(1.9)) == [])
        elections.acknowledged("e", at: at(1.9))
        #expect(elections.finish(at: at(2.8)) == [])
        #expect(elections.finish(at: at(2.9)) == [Elections.Result(id: "e", winner: candidate(5, "a"))])
        #expect(elections.next == nil && elections.finish(at: at(9)) == [])
    }

    @Test func othersElectionsAreForgotten() {
        var elections = Elections()
        elections.add(candidate(1, "a"), to: "theirs", at: at(0))
        elections.acknowledged("unheard of", at: at(0))
        #expect(elections.finish(at: at(1)) == [])
        // Ours, with no candidate at all.
        elections.begin("ours", at: at(2))
        #expect(elections.finish(at: at(3)) == [])
        #expect(elections.next == nil)
    }

    @Test func thereAreNotTooMany() {
        var elections = Elections()
        for number in 0..<1_000 { elections.begin("e\(number)", at: at(0)) }
        for number in 0..<1_000 { elections.add(candidate(number, "n"), to: "e\(number)", at: at(0)) }
        #expect(elections.finish(at: at(1)).count == Elections.maximumElections)
        elections.begin("e", at: at(2))
        for number in (0..<2_000).reversed() { elections.add(candidate(number, "n"), to: "e", at: at(2)) }
        // The first thousand to come count.
        #expect(elections.finish(at: at(3)).map(\.winner.clock) == [1_000])
    }
}
