import AMQP
import BrokerModel
import CeleryProtocol
import Foundation
import JSON
import OrderedCollections
import SwiftWorker
import Testing

/// Tasks that may not run yet, on the real broker: in memory and in its delay queues.
@Suite(.timeLimit(.minutes(2)))
struct DelaysOnRabbitMQTests {
    /// Notes when it ran.
    private struct Timed: WorkerTask {
        static let name = "timed"
        struct Arguments: Decodable {}

        var options = TaskOptions()
        let runs = Recorder<(id: String, at: Instant)>()

        func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Nothing {
            runs.add((context.request.id, Self.now))
            return Nothing()
        }

        static var now: Instant { Instant(secondsSince1970: Date().timeIntervalSince1970) }
    }

    private func send(_ etas: [Instant?], to queue: String) async throws {
        try await TestBroker.withChannel { _, channel in
            try await channel.selectConfirms()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, eta) in etas.enumerated() {
                    var task = OutgoingTask(task: "timed", id: "\(number)", args: [], kwargs: [:], origin: "test")
                    task.eta = eta
                    let message = try task.message(exchange: "", routingKey: queue, now: Timed.now)
                    group.addTask { try await channel.publish(message) }
                }
                try await group.waitForAll()
            }
        }
    }

    private func queue(_ name: String, _ isQuorum: Bool) -> QueueTopology {
        var topology = TestBroker.topology(name)
        if isQuorum { topology.queue.arguments = ["x-queue-type": "quorum"] }
        return topology
    }

    /// Messages with ETAs of up to eight seconds, every other one of them for the broker, and ready ones among them.
    @Test(arguments: [false, true]) func eachRunsOnceAndInTime(_ isQuorum: Bool) async throws {
        try await TestBroker.withQueue { name in
            let task = Timed()
            let topology = queue(name, isQuorum)
            let worker = try RunningWorker(
                queues: [topology],
                concurrency: 2,
                configure: { $0.etaHoldLimit = .seconds(3) },
                tasks: { task }
            )
            let start = Timed.now + .milliseconds(500)
            let etas: [Instant?] = (0..<240).map { $0 % 3 == 0 ? nil : start + .milliseconds(8_000 * $0 / 240) }
            try await TestBroker.broker(TestBroker.configuration()).declare(topology)
            try await send(etas, to: name)
            try await eventually(within: .seconds(60)) { task.runs.count >= etas.count }
            try await worker.stop()
            #expect(Set(task.runs.values.map(\.id)).count == etas.count)
            #expect(task.runs.count == etas.count)
            #expect(worker.counters.parked.value > 50)
            #expect(worker.counters.leaked.value == 0)
            for (id, time) in task.runs.values {
                guard let index = Int(id), let eta = etas[index] else { continue }
                #expect(time >= eta, "\(id) is early")
                // On a busy machine; how late they are is measured by the act «delays» of Tests/Chaos.
                #expect(time - eta < .seconds(10), "\(id) is late by \(time - eta)")
            }
            #expect(try await RunningWorker.ready(name) == 0)
        }
    }

    /// What waits in the broker outlives the worker that has parked it.
    @Test func waitsForAnotherWorker() async throws {
        try await TestBroker.withQueue { name in
            let first = Timed()
            let worker = try RunningWorker(
                queues: [TestBroker.topology(name)],
                concurrency: 1,
                configure: { $0.etaHoldLimit = .seconds(1) },
                tasks: { first }
            )
            try await TestBroker.broker(TestBroker.configuration()).declare(TestBroker.topology(name))
            try await send(Array(repeating: Timed.now + .seconds(6), count: 20), to: name)
            try await eventually(within: .seconds(30)) { worker.counters.parked.value == 20 }
            try await worker.stop()
            #expect(first.runs.count == 0)
            let second = Timed()
            let other = try RunningWorker(queues: [TestBroker.topology(name)], concurrency: 1, tasks: { second })
            try await eventually(within: .seconds(30)) { second.runs.count == 20 }
            try await other.stop()
            #expect(Set(second.runs.values.map(\.id)).count == 20)
        }
    }

    /// Its binding to the delay queues has gone with it, and what is parked would come out to nowhere.
    @Test func comesBackToAQueueThatWasDeletedMeanwhile() async throws {
        try await TestBroker.withQueue { name in
            let task = Timed()
            let worker = try RunningWorker(
                queues: [TestBroker.topology(name)],
                concurrency: 1,
                configure: { $0.etaHoldLimit = .seconds(1) },
                tasks: { task }
            )
            try await TestBroker.broker(TestBroker.configuration()).declare(TestBroker.topology(name))
            try await send([Timed.now + .seconds(6)], to: name)
            try await eventually(within: .seconds(30)) { worker.counters.parked.value == 1 }
            try await TestBroker.withChannel { _, channel in
                _ = try await channel.deleteQueue(name)
            }
            try await eventually(within: .seconds(30)) { task.runs.count == 1 }
            try await worker.stop()
        }
    }

    @Test func aRateHoldsOverWhatIsParked() async throws {
        try await TestBroker.withQueue { name in
            let task = Timed(options: TaskOptions(rateLimit: .perSecond(20)))
            try await TestBroker.broker(TestBroker.configuration()).declare(TestBroker.topology(name))
            try await send(Array(repeating: nil, count: 160), to: name)
            let worker = try RunningWorker(
                queues: [TestBroker.topology(name)],
                concurrency: 2,
                configure: { $0.etaHoldLimit = .seconds(3) },
                tasks: { task }
            )
            try await eventually(within: .seconds(60)) { task.runs.count >= 160 }
            try await worker.stop()
            #expect(Set(task.runs.values.map(\.id)).count == 160 && task.runs.count == 160)
            #expect(worker.counters.parked.value > 50)
            let times = task.runs.values.map(\.at).sorted()
            // A body that begins late on a busy machine makes the gap behind it seem short: two seconds may seem one.
            for (first, later) in zip(times, times.dropFirst(40)) {
                #expect(later - first > .seconds(1), "40 in \(later - first)")
            }
            // How close to the rate it comes on this machine is measured by the act «rates» of Tests/Chaos.
        }
    }
}

extension RabbitMQBroker {
    /// Declares a queue as its consumer will.
    fileprivate func declare(_ topology: QueueTopology) async throws {
        let publisher = makePublisher { _ in }
        try await publisher.declare(topology)
        await publisher.close()
    }
}
