import AMQP
import BrokerModel
import CeleryProtocol
import JSON
import Logging
import OrderedCollections
import SwiftWorker
import Testing
import Threads

/// A worker in this process, on the real broker.
final class RunningWorker: Sendable {
    let worker: Worker
    private let run: Task<Int32, any Error>

    /// - Parameters:
    ///   - read: where it consumes; the test broker itself if `nil`.
    ///   - write: where it publishes; the test broker itself if `nil`.
    ///   - name: tells workers apart.
    init(
        queues: [QueueTopology],
        read: Endpoint? = nil,
        write: Endpoint? = nil,
        name: String = "test",
        concurrency: Int,
        configure: (inout Settings) -> Void = { _ in },
        @TaskRegistry tasks: () -> TaskRegistry
    ) throws {
        var settings = Settings()
        settings.workerPool = .threads
        settings.workerConcurrency = concurrency
        settings.taskDefaultQueue = queues[0].queue.name
        configure(&settings)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        worker = try Worker(
            WorkerConfiguration(
                settings: settings,
                queues: queues,
                tasks: tasks(),
                nodeName: "\(name)@host",
                broker: RabbitMQBroker(
                    read: try TestBroker.configuration(read),
                    write: try TestBroker.configuration(write),
                    logger: logger
                ),
                logger: logger
            )
        )
        run = Task { [worker] in try await worker.run() }
    }

    var counters: WorkerCounters { worker.counters }

    /// Stops the worker and waits for its end.
    @discardableResult
    func stop(_ kind: ShutdownKind = .warm) async throws -> Int32 {
        worker.shutDown(kind)
        return try await run.value
    }

    /// Sends tasks without arguments, with the ids `0`, `1`, … up to `count`.
    static func send(_ task: String, count: Int, to queue: String, from first: Int = 0) async throws {
        try await TestBroker.withChannel { _, channel in
            try await channel.selectConfirms()
            for number in first..<(first + count) {
                let task = OutgoingTask(task: task, id: "\(number)", args: [], kwargs: [:], origin: "test")
                try await channel.publish(
                    try task.message(exchange: "", routingKey: queue, now: Instant(secondsSince1970: 0))
                )
            }
        }
    }

    /// How many messages of a queue are ready.
    static func ready(_ queue: String) async throws -> Int {
        try await TestBroker.withChannel { _, channel in
            try await channel.declareQueue(QueueDeclaration(name: queue), isPassive: true).messageCount
        }
    }
}

/// Runs until the test lets it go.
struct Held: WorkerTask {
    static let name = "held"
    struct Arguments: Decodable {}

    var options = TaskOptions(acksLate: true)
    let started = Recorder<String>()
    let gate = BlockingQueue<Void>()

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Nothing {
        started.add(context.request.id)
        _ = gate.next()
        return Nothing()
    }

    /// Lets one go.
    func release() {
        gate.append(())
        gate.wake()
    }

    /// Lets all go, for good.
    func releaseAll() { _ = gate.close() }
}
