import AMQP
import BrokerModel
import SwiftWorker
import Testing

/// A worker with `worker_disable_prefetch` never holds more messages than it has free slots.
@Suite(.timeLimit(.minutes(2)))
struct ExactPrefetchOnRabbitMQTests {
    private static let slots = 3
    private static let count = 30

    @Test(arguments: [true, false]) func leavesInTheQueueWhatHasNoSlot(_ acksLate: Bool) async throws {
        try await TestBroker.withQueue { name in
            let held = Held(options: TaskOptions(acksLate: acksLate))
            try await RunningWorker.declare([name])
            try await RunningWorker.send("held", count: Self.count, to: name)
            let worker = try RunningWorker(
                queues: [TestBroker.topology(name)],
                concurrency: Self.slots,
                configure: { $0.workerDisablePrefetch = true },
                tasks: { held }
            )
            do {
                for done in 0...Self.count {
                    let running = min(Self.slots, Self.count - done)
                    try await eventually {
                        // What is neither ready nor started is held.
                        let ready = try await RunningWorker.ready(name)
                        let started = held.started.count
                        #expect(Self.count - ready - started <= Self.slots - (started - done - 1))
                        return started == done + running && ready == Self.count - done - running
                    }
                    held.release()
                }
            } catch {
                held.releaseAll()
                _ = try? await worker.stop(.cold)
                throw error
            }
            held.releaseAll()
            try await worker.stop()
            #expect(held.started.count == Self.count)
            #expect(worker.counters.returned.value == 0)
            #expect(try await RunningWorker.ready(name) == 0)
        }
    }

    @Test(arguments: [true, false]) func severalQueuesShareTheSlots(_ acksLate: Bool) async throws {
        let names = (0..<3).map { _ in TestBroker.uniqueName() }
        let held = Held(options: TaskOptions(acksLate: acksLate))
        try await RunningWorker.declare(names)
        for (index, name) in names.enumerated() {
            try await RunningWorker.send("held", count: 10, to: name, from: index * 10)
        }
        let worker = try RunningWorker(
            queues: names.map(TestBroker.topology),
            concurrency: Self.slots,
            configure: { $0.workerDisablePrefetch = true },
            tasks: { held }
        )
        do {
            for done in 0...Self.count {
                let running = min(Self.slots, Self.count - done)
                try await eventually {
                    var ready = 0
                    for name in names { ready += try await RunningWorker.ready(name) }
                    return held.started.count == done + running && ready == Self.count - done - running
                }
                held.release()
            }
        } catch {
            held.releaseAll()
            _ = try? await worker.stop(.cold)
            throw error
        }
        held.releaseAll()
        try await worker.stop()
        // None waits until another is empty.
        let firstHalf = held.started.values.prefix(Self.count / 2).compactMap { Int($0) }
        for index in names.indices { #expect(firstHalf.count { $0 / 10 == index } >= 2) }
        #expect(Set(held.started.values).count == Self.count)
        #expect(held.started.count == Self.count)
        for name in names { try await TestBroker.delete(name) }
    }
}

extension RunningWorker {
    /// Declares queues as the worker will.
    static func declare(_ names: [String]) async throws {
        let publisher = TestBroker.broker(try TestBroker.configuration()).makePublisher { _ in }
        for name in names { try await publisher.declare(TestBroker.topology(name)) }
        await publisher.close()
    }
}
