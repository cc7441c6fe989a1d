import BrokerModel
import CeleryProtocol
import JSON
import Logging
import ResultStores
import SwiftWorkerTesting
import Threads
import Testing

@testable import SwiftWorker

/// A worker on the in-memory broker, and what tests want to know of it.
final class WorkerHarness: Sendable {
    static let queue = "work"
    static let replies = "replies"
    let broker: InMemoryBroker
    let clock: ManualClock
    let worker: Worker
    let log = RecordedLog()

    init(
        pool: PoolKind = .threads,
        concurrency: Int = 2,
        broker: InMemoryBroker? = nil,
        queues: [String] = [WorkerHarness.queue],
        isSingleActive: Bool = false,
        queueArguments: FieldTable = [:],
        change: (inout QueueTopology) -> Void = { _ in },
        autoscaleKeepalive: Duration = .seconds(30),
        limits: ShutdownLimits = ShutdownLimits(),
        controlStore: (any ControlStore)? = nil,
        commands: [CustomCommand] = [],
        wrap: (InMemoryBroker) -> any Broker = { $0 },
        configure: (inout Settings) -> Void = { _ in },
        @TaskRegistry tasks: () -> TaskRegistry
    ) throws {
        let clock = ManualClock()
        self.clock = clock
        let broker = broker ?? InMemoryBroker(clock: clock)
        var settings = Settings()
        settings.workerPool = pool
        settings.workerConcurrency = concurrency
        settings.taskDefaultQueue = Self.queue
        // As Celery has it, unless a test is about dead letters.
        settings.deadLetters = false
        settings.unregisteredReturns = 0
        // What a worker says of itself is in the way, unless a test is about it.
        settings.eventHeartbeat = nil
        settings.mingles = false
        settings.gossips = false
        configure(&settings)
        let log = log
        var logger = Logger(label: "test") { _ in log.handler }
        logger.logLevel = .info
        let timeout = settings.publishTimeout
        self.broker = broker
        var arguments = queueArguments
        if isSingleActive { arguments[QueueTopology.singleActiveConsumer] = .bool(true) }
        let plain = arguments
        var configuration = WorkerConfiguration(
            settings: settings,
            queues: queues.map { name in
                var queue = QueueTopology(
                    queue: QueueDeclaration(name: name, arguments: plain),
                    exchange: ExchangeDeclaration(name: name),
                    routingKey: name
                )
                change(&queue)
                return queue
            },
            tasks: tasks(),
            nodeName: "test@host",
            broker: wrap(broker),
            logger: logger,
            processID: 4711,
            clock: clock.workerClock,
            makeResults: { RPCResultStore(publisher: $0, isPersistent: false, timeout: timeout) }
        )
        if pool == .prefork { configuration.childExecutable = try PoolHarness.executable() }
        configuration.autoscaleKeepalive = autoscaleKeepalive
        configuration.shutdownLimits = limits
        configuration.controlStore = controlStore
        configuration.commands = commands
        worker = try Worker(configuration)
    }

    /// Runs the worker around a test, and shuts it down after it.
    ///
    /// - Returns: the exit code.
    @discardableResult
    func run(_ test: () async throws -> Void) async throws -> Int32 {
        let running = Task { try await worker.run() }
        do {
            try await test()
        } catch {
            worker.shutDown(.cold)
            _ = try? await running.value
            throw error
        }
        worker.shutDown(.warm)
        return try await running.value
    }

    /// Sends a protocol 2 message.
    func send(
        _ task: String,
        id: String = "t1",
        queue: String = WorkerHarness.queue,
        body: String = #"[[], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]"#,
        headers: FieldTable = [:],
        change: (inout MessageProperties) -> Void = { _ in }
    ) {
        var table: FieldTable = ["lang": "py", "task": .string(task), "id": .string(id), "retries": .int32(0)]
        table.entries += headers.entries
        var properties = MessageProperties(
            contentType: "application/json",
            contentEncoding: "utf-8",
            headers: table,
            deliveryMode: 2,
            priority: 0,
            correlationID: id,
            replyTo: Self.replies
        )
        change(&properties)
        broker.publish(OutgoingMessage(routingKey: queue, properties: properties, body: Array(body.utf8)))
    }

    /// The next states that reached the client.
    func states(_ count: Int) async throws -> [JSONValue] {
        var states: [JSONValue] = []
        try await eventually("\(count) states, has \(states)") {
            for message in broker.drain(Self.replies) { states.append(try JSONValue(parsing: message.body)) }
            return states.count >= count
        }
        return states
    }

    /// Waits until the broker has seen a settlement that often.
    func settled(_ settlement: Settlement, _ count: Int = 1) async throws {
        try await eventually("\(count) × \(settlement)") { broker.count(of: settlement) == count }
    }
}

/// Waits for a condition, for at most ten seconds unless told otherwise.
func eventually(
    _ what: @autoclosure () -> String,
    within limit: Duration = .seconds(10),
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        if ContinuousClock.now > deadline {
            Issue.record("not reached in time: \(what())", sourceLocation: sourceLocation)
            throw CancellationError()
        }
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// Collects log lines.
final class RecordedLog: Sendable {
    private let lines = Lock<[String]>([])
    private let annotated = Lock<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    /// The lines that have metadata, which follow in the order of their names.
    var withMetadata: [String] { annotated.withLock { $0 } }

    func contains(_ text: String) -> Bool { all.contains { $0.contains(text) } }

    var handler: any LogHandler { Handler(log: self) }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.lines.withLock { $0.append("\(event.level): \(event.message)") }
            guard let metadata = event.metadata, !metadata.isEmpty else { return }
            let pairs = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            log.annotated.withLock { $0.append("\(event.level): \(event.message)\(pairs)") }
        }
    }
}
