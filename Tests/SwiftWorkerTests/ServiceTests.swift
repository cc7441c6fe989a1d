import BrokerModel
import ServiceLifecycle
import SwiftWorkerTesting
import Testing
import Threads

@testable import SwiftWorker

/// A worker among other services.
@Suite(.timeLimit(.minutes(1))) struct ServiceTests {
    @Test func stopsWarmWithItsGroup() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(concurrency: 1) { Wait(options: TaskOptions(acksLate: true), gate: gate) }
        let group = ServiceGroup(services: [harness.worker], logger: harness.worker.logger)
        for number in 1...3 { harness.send("tasks.wait", id: "t\(number)") }
        let running = Task { try await group.run() }
        try await eventually("started") { gate.entered.count == 1 }
        await group.triggerGracefulShutdown()
        try await harness.settled(.requeue, 2)
        gate.open()
        try await running.value
        #expect(harness.broker.count(of: .ack) == 1)
        #expect(harness.broker.leakedCount == 0)
    }

    @Test func stopsColdWithACancelledGroup() async throws {
        let gate = Wait.Gate(isBlocking: false)
        let harness = try WorkerHarness(concurrency: 1) { Wait(options: TaskOptions(acksLate: true), gate: gate) }
        let group = ServiceGroup(services: [harness.worker], logger: harness.worker.logger)
        harness.send("tasks.wait")
        let running = Task { try await group.run() }
        try await eventually("started") { gate.entered.count == 1 }
        running.cancel()
        _ = await running.result
        #expect(harness.broker.count(of: .requeue) == 1)
        #expect(harness.worker.counters.cancelled.value == 1)
    }

    @Test func aBrokerThatIsLostForGoodStopsTheWorkerWithItsError() async throws {
        let gate = Wait.Gate()
        let failing = Lock<FailingBroker?>(nil)
        let harness = try WorkerHarness(
            concurrency: 1,
            wrap: { base in
                let broker = FailingBroker(base)
                failing.withLock { $0 = broker }
                return broker
            },
            tasks: { Wait(options: TaskOptions(acksLate: true), gate: gate) }
        )
        harness.send("tasks.wait")
        let running = Task { try await harness.worker.run() }
        try await eventually("started") { gate.entered.count == 1 }
        failing.withLock { $0 }?.fail()
        try await eventually("stopping") { harness.worker.corridor.waitingRoom.isClosed }
        gate.remove()
        await #expect(throws: FailingBroker.Lost.self) { try await running.value }
        #expect(harness.log.all.last?.contains("0 lost, of 1 received") == true)
    }
}

/// A broker whose consuming connection ends for good when told to.
private final class FailingBroker: Broker {
    let address = BrokerAddress(host: "memory", port: 0)
    struct Lost: Error {}

    private let base: InMemoryBroker
    private let (failures, failure) = AsyncStream.makeStream(of: Void.self)

    init(_ base: InMemoryBroker) { self.base = base }

    func fail() { failure.finish() }

    func makeConsumer(
        queues: [QueueTopology],
        prefetch: UInt16,
        handler: any DeliveryHandler,
        observer: @escaping @Sendable (LinkEvent) -> Void
    ) -> any BrokerConsumer {
        Consumer(
            base: base.makeConsumer(queues: queues, prefetch: prefetch, handler: handler, observer: observer),
            failures: failures
        )
    }

    func makePublisher(observer: @escaping @Sendable (LinkEvent) -> Void) -> any BrokerPublisher {
        base.makePublisher(observer: observer)
    }

    func makeSession(
        retrying observer: (@Sendable (LinkEvent) -> Void)?
    ) async throws -> any BrokerSession {
        try await base.makeSession(retrying: observer)
    }

    private final class Consumer: BrokerConsumer {
        let base: any BrokerConsumer
        let failures: AsyncStream<Void>

        init(base: any BrokerConsumer, failures: AsyncStream<Void>) {
            self.base = base
            self.failures = failures
        }

        func run() async throws {
            let running = Task { [base] in try await base.run() }
            for await _ in failures {}
            running.cancel()
            throw Lost()
        }

        func add(_ queue: QueueTopology) async throws { try await base.add(queue) }
        func remove(queue: String) async { await base.remove(queue: queue) }
        func stopConsuming(keepsSingleActive: Bool) async {
            await base.stopConsuming(keepsSingleActive: keepsSingleActive)
        }
        func pause() async { await base.pause() }
        func setPrefetch(_ count: UInt16) async { await base.setPrefetch(count) }
        func probe() async throws -> [String] { try await base.probe() }
        func close() async { await base.close() }
    }
}
