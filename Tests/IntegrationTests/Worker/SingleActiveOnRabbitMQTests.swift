import AMQP
import BrokerModel
import SwiftWorker
import Testing
import Threads

/// Two workers on a queue with a single active consumer, each restarted again and again: two tasks never run at once.
@Suite(.timeLimit(.minutes(3)))
struct SingleActiveOnRabbitMQTests {
    private static let count = 150

    /// Notes whether another one runs.
    private final class Track: Sendable {
        private let state = Lock((running: 0, overlaps: 0, ended: [String: Int]()))

        var overlaps: Int { state.withLock { $0.overlaps } }
        var ended: [String: Int] { state.withLock { $0.ended } }

        func enter() {
            state.withLock { state in
                state.running += 1
                if state.running > 1 { state.overlaps += 1 }
            }
        }

        func leave(_ id: String) {
            state.withLock { state in
                state.running -= 1
                state.ended[id, default: 0] += 1
            }
        }
    }

    private struct Tracked: WorkerTask {
        static let name = "tracked"
        struct Arguments: Decodable {}

        let options: TaskOptions
        let track: Track

        func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Nothing {
            track.enter()
            try await Task.sleep(for: .milliseconds(15))
            track.leave(context.request.id)
            return Nothing()
        }
    }

    @Test(arguments: [true, false]) func tasksNeverOverlap(_ acksLate: Bool) async throws {
        try await TestBroker.withQueue { name in
            let track = Track()
            let queue = QueueTopology(
                queue: QueueDeclaration(name: name, arguments: [QueueTopology.singleActiveConsumer: .bool(true)]),
                exchange: ExchangeDeclaration(name: name),
                routingKey: name
            )
            let start = { (number: Int) in
                try RunningWorker(queues: [queue], name: "w\(number)", concurrency: 1) {
                    Tracked(options: TaskOptions(acksLate: acksLate), track: track)
                }
            }
            let publisher = TestBroker.broker(try TestBroker.configuration()).makePublisher { _ in }
            try await publisher.declare(queue)
            await publisher.close()
            var workers = [try start(0), try start(1)]
            // In the middle of each tenth, one of the two starts anew.
            let batch = Self.count / 10
            for restart in 0..<10 {
                try await RunningWorker.send("tracked", count: batch, to: name, from: restart * batch)
                try await eventually(within: .seconds(60)) { track.ended.count >= restart * batch + batch / 3 }
                try await workers.removeFirst().stop()
                workers.append(try start(restart + 2))
            }
            try await eventually(within: .seconds(60)) { track.ended.count == Self.count }
            for worker in workers { try await worker.stop() }
            #expect(track.overlaps == 0)
            #expect(track.ended.values.allSatisfy { $0 == 1 })
            #expect(try await RunningWorker.ready(name) == 0)
        }
    }
}
