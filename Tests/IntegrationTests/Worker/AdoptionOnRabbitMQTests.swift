import AMQP
import BrokerModel
import SwiftWorker
import Testing

/// Ten long late-acked tasks whose connection is cut in the middle: each runs once and is acked once.
@Suite(.timeLimit(.minutes(2)))
struct AdoptionOnRabbitMQTests {
    private static let count = 10

    private func withRunningTasks(
        _ body: (TCPProxy, Held, RunningWorker, String) async throws -> Void
    ) async throws {
        try await TestBroker.withQueue { name in
            try await TestBroker.withProxy { proxy, endpoint in
                let held = Held()
                let worker = try RunningWorker(
                    queues: [TestBroker.topology(name)],
                    read: endpoint,
                    concurrency: Self.count
                ) {
                    held
                }
                do {
                    try await eventually { try await TestBroker.isConsumed(name) }
                    try await RunningWorker.send("held", count: Self.count, to: name)
                    try await eventually { held.started.count == Self.count }
                    try await body(proxy, held, worker, name)
                } catch {
                    held.releaseAll()
                    _ = try? await worker.stop(.cold)
                    throw error
                }
                try await worker.stop()
                #expect(Set(held.started.values).count == Self.count)
                #expect(held.started.count == Self.count)
                #expect(worker.counters.adopted.value == Self.count)
                #expect(worker.counters.leaked.value == 0)
                // All were acked: the broker has nothing to deliver again.
                #expect(try await RunningWorker.ready(name) == 0)
            }
        }
    }

    @Test func theyGoOnAndAreAckedOnTheNewConnection() async throws {
        try await withRunningTasks { proxy, held, worker, _ in
            proxy.cut()
            try await eventually { worker.counters.adopted.value == Self.count }
            held.releaseAll()
            try await eventually { worker.counters.succeeded.value == Self.count }
            #expect(worker.counters.connectionLost.value == 0)
        }
    }

    @Test func thoseThatEndMeanwhileAreAckedWhenTheirMessagesCome() async throws {
        try await withRunningTasks { proxy, held, worker, _ in
            proxy.refuse(true)
            proxy.cut()
            // An acknowledgement on its way when the connection breaks may arrive or not: these come after it.
            try await eventually { worker.worker.state.contains("consumer: not connected") }
            // Half of them end while there is no connection.
            for _ in 0..<(Self.count / 2) { held.release() }
            try await eventually { worker.counters.connectionLost.value == Self.count / 2 }
            proxy.refuse(false)
            try await eventually("adopted \(worker.worker.state)") { worker.counters.adopted.value == Self.count }
            held.releaseAll()
            try await eventually { worker.counters.succeeded.value == Self.count }
        }
    }
}

extension TestBroker {
    /// Whether a queue has a consumer. A quorum queue is there before it takes messages: until it has a leader it refuses them.
    static func isConsumed(_ queue: String) async throws -> Bool {
        try await withChannel { _, channel in
            do throws(AMQPError) {
                return try await channel.declareQueue(QueueDeclaration(name: queue), isPassive: true).consumerCount > 0
            } catch {
                if error.reply?.code == 404 { return false }
                throw error
            }
        }
    }
}
