import AMQP
import BrokerModel
import CeleryProtocol
import SwiftWorker
import Testing
import Threads

/// Retries through a real broker: what waits long waits there, and what can't be published goes back.
@Suite(.timeLimit(.minutes(2)))
struct RetryOnRabbitMQTests {
    /// Fails at first, and writes down when each of its runs began.
    private struct Flaky: WorkerTask {
        static let name = "flaky"
        struct Arguments: Decodable {}
        struct NotYet: Error {}

        var delay: Duration
        let runs = Recorder<(retries: Int, at: ContinuousClock.Instant)>()

        var options: TaskOptions {
            TaskOptions(
                acksLate: true,
                retryPolicy: TaskRetryPolicy(maxRetries: 1, retryDelay: delay).retry(on: NotYet.self)
            )
        }

        func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
            runs.add((context.request.retries, .now))
            if context.request.retries == 0 { throw NotYet() }
            return Nothing()
        }
    }

    private func with(
        _ task: Flaky,
        write: Endpoint? = nil,
        configure: (inout Settings) -> Void = { _ in },
        _ test: (RunningWorker, String) async throws -> Void
    ) async throws {
        try await TestBroker.withQueue { name in
            let worker = try RunningWorker(
                queues: [TestBroker.topology(name)],
                write: write,
                concurrency: 2,
                configure: configure
            ) {
                task
            }
            do {
                try await eventually { try await TestBroker.isConsumed(name) }
                try await test(worker, name)
            } catch {
                _ = try? await worker.stop(.cold)
                throw error
            }
            try await worker.stop()
            #expect(worker.counters.leaked.value == 0)
            #expect(try await RunningWorker.ready(name) == 0)
        }
    }

    /// The waits of the next runs, from the first one's start.
    private func waits(_ task: Flaky) -> [Duration] {
        let runs = task.runs.values
        guard let first = runs.first else { return [] }
        return runs.dropFirst().map { $0.at - first.at }
    }

    @Test func aLongWaitIsSpentInTheBroker() async throws {
        let task = Flaky(delay: .seconds(3))
        try await with(task, configure: { $0.etaHoldLimit = .seconds(1) }) { worker, name in
            try await RunningWorker.send("flaky", count: 1, to: name)
            try await eventually { worker.counters.retried.value == 1 }
            #expect(worker.worker.state.contains("waiting: 0 "), "\(worker.worker.state)")
            try await eventually { worker.counters.succeeded.value == 1 }
            let wait = try #require(waits(task).first)
            #expect(task.runs.count == 2 && wait >= .seconds(3) && wait < .seconds(10), "\(wait)")
        }
    }

    @Test func aShortWaitIsSpentInMemory() async throws {
        let task = Flaky(delay: .milliseconds(700))
        try await with(task) { worker, name in
            try await RunningWorker.send("flaky", count: 20, to: name)
            try await eventually { worker.counters.succeeded.value == 20 }
            #expect(worker.counters.retried.value == 20 && worker.counters.parked.value == 0)
            #expect(task.runs.count == 40)
        }
    }

    /// The broker of the publishing connection is gone for a while: the messages go back, and run again when it is there.
    @Test func whatCannotBePublishedGoesBackAndIsNotLost() async throws {
        let task = Flaky(delay: .milliseconds(100))
        try await TestBroker.withProxy { proxy, endpoint in
            try await with(task, write: endpoint, configure: { $0.publishTimeout = .seconds(1) }) { worker, name in
                proxy.refuse(true)
                proxy.cut()
                try await RunningWorker.send("flaky", count: 5, to: name)
                try await eventually { worker.counters.unpublished.value >= 5 }
                #expect(worker.counters.retried.value == 0 && worker.counters.succeeded.value == 0)
                proxy.refuse(false)
                try await eventually { worker.counters.succeeded.value == 5 }
                #expect(worker.counters.retried.value == 5)
                #expect(worker.counters.returned.value >= 5)
            }
        }
    }
}
