import BrokerModel
import CeleryProtocol
import Foundation
import JSON
import Logging
import OrderedCollections
import PrometheusMetrics
import ServiceLifecycle
import SwiftWorker
import SwiftWorkerTesting
import Synchronization
import Testing
import Threads

@testable import Monitoring

/// The endpoint of a worker on the in-memory broker, asked over a real socket.
@Suite(.timeLimit(.minutes(1)))
struct MonitoringServiceTests {
    private struct Nap: WorkerTask {
        static let name = "nap"
        struct Arguments: Decodable {}

        func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Nothing { Nothing() }
    }

    private struct Fail: WorkerTask {
        static let name = "fail"
        struct Arguments: Decodable {}
        struct Wanted: Error {}

        func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Nothing { throw Wanted() }
    }

    private let socket = HealthAddress.unix("/tmp/swiftworker-test-\(UInt64.random(in: 0 ... .max)).sock")

    private func worker(
        _ broker: InMemoryBroker,
        _ clock: ManualClock,
        metricsTasks: Int = 200,
        render: (@Sendable () -> String)? = nil
    ) throws -> Worker {
        let registry = PrometheusRegistry(
            help: Dictionary(uniqueKeysWithValues: MetricName.allCases.map { ($0.rawValue, $0.help) })
        )
        var settings = Settings()
        settings.workerPool = .threads
        settings.workerConcurrency = 2
        settings.deadLetters = false
        settings.unregisteredReturns = 0
        settings.metricsTasks = metricsTasks
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var configuration = WorkerConfiguration(
            settings: settings,
            queues: [
                QueueTopology(
                    queue: QueueDeclaration(name: "work"),
                    exchange: ExchangeDeclaration(name: "work"),
                    routingKey: "work"
                )
            ],
            tasks: TaskRegistry([Nap(), Fail()]),
            nodeName: "test@host",
            broker: broker,
            logger: logger,
            clock: clock.workerClock
        )
        configuration.metrics = registry
        configuration.isMonitored = true
        configuration.makeServices = { [socket] worker in
            [MonitoringService(address: socket, worker: worker, metrics: render ?? registry.render, logger: logger)]
        }
        return try Worker(configuration)
    }

    private func send(_ task: String, _ id: String, to broker: InMemoryBroker) throws {
        let task = OutgoingTask(task: task, id: id, args: [], kwargs: [:], origin: "test")
        broker.publish(try task.message(exchange: "", routingKey: "work", now: Instant(secondsSince1970: 0)))
    }

    private func ask(_ path: String) async throws -> HealthProbe.Reply {
        try await HealthProbe(address: socket).ask(path, timeout: .seconds(5))
    }

    private func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while try await !condition() {
            guard .now < end else {
                Issue.record("not in time: \(what)")
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test func aWorkerTellsItsHealthAndItsMetrics() async throws {
        let clock = ManualClock()
        let broker = InMemoryBroker(clock: clock)
        let worker = try worker(broker, clock, metricsTasks: 1)
        async let code: Int32 = worker.run()
        try await eventually("ready") { (try? await ask("/readyz"))?.isGood == true }
        #expect(try await ask("/livez").isGood)
        #expect(try await ask("/startupz").isGood)
        #expect(try await !ask("/nothing").isGood)
        for number in 0..<3 { try send("nap", "n\(number)", to: broker) }
        try send("fail", "f", to: broker)
        try send("unknown", "u", to: broker)
        try await eventually("five tasks") { broker.count(of: .ack) + broker.count(of: .reject) == 5 }
        let metrics = try await ask("/metrics").body
        for line in [
            "swiftworker_tasks_received_total{task=\"nap\",queue=\"work\"} 3",
            "swiftworker_tasks_succeeded_total{task=\"nap\",queue=\"work\"} 3",
            "swiftworker_task_run_seconds_count{task=\"nap\",queue=\"work\"} 3",
            "swiftworker_task_queue_wait_seconds_count{task=\"nap\",queue=\"work\"} 3",
            "swiftworker_tasks_failed_total{task=\"other\",queue=\"work\"} 1",
            "swiftworker_tasks_rejected_total{task=\"other\",queue=\"work\",reason=\"unregistered\"} 1",
            "swiftworker_slots 2", "swiftworker_ready 1", "swiftworker_connection_up{connection=\"consumer\"} 1",
            "swiftworker_check{check=\"consumers\"} 1",
        ] {
            #expect(metrics.contains("\n\(line)\n"), "\(line)")
        }
        for name in MetricName.allCases { #expect(metrics.contains("# TYPE \(name.rawValue) "), "\(name)") }
        // No label is without bound.
        #expect(!metrics.contains("host") && !metrics.contains("\"n1\""))
        worker.shutDown(.warm)
        #expect(try await code == 0)
        #expect(!FileManager.default.fileExists(atPath: String(socket.description.dropFirst(5))))
    }

    @Test func aSecondWorkerAtTheSameAddressDoesNotStart() async throws {
        let clock = ManualClock()
        let broker = InMemoryBroker(clock: clock)
        let first = try worker(broker, clock)
        async let code: Int32 = first.run()
        try await eventually("ready") { (try? await ask("/readyz"))?.isGood == true }
        let second = try worker(broker, clock)
        let error = await #expect(throws: MonitoringError.self) { try await second.run() }
        #expect(error?.description.contains("another process listens there") == true)
        first.shutDown(.warm)
        #expect(try await code == 0)
    }

    @Test func whatADeadWorkerLeftBehindIsReplaced() async throws {
        let path = String(socket.description.dropFirst(5))
        try Data().write(to: URL(filePath: path))
        let clock = ManualClock()
        let worker = try worker(InMemoryBroker(clock: clock), clock)
        async let code: Int32 = worker.run()
        try await eventually("ready") { (try? await ask("/readyz"))?.isGood == true }
        worker.shutDown(.warm)
        #expect(try await code == 0)
    }

    @Test func silentPeersDoNotKeepOthersOut() async throws {
        let clock = ManualClock()
        let worker = try worker(InMemoryBroker(clock: clock), clock)
        async let code: Int32 = worker.run()
        try await eventually("ready") { (try? await ask("/readyz"))?.isGood == true }
        let path = String(socket.description.dropFirst(5))
        let peers = (0..<40).map { _ in SilentPeer(path) }
        #expect(try await ask("/livez").isGood)
        for peer in peers { peer.close() }
        worker.shutDown(.warm)
        #expect(try await code == 0)
    }

    @Test func peersBeyondTheLimitAreTurnedAwayUntilThePatienceWithTheSilentOnesEnds() async throws {
        let clock = ManualClock()
        let worker = try worker(InMemoryBroker(clock: clock), clock)
        async let code: Int32 = worker.run()
        try await eventually("ready") { (try? await ask("/readyz"))?.isGood == true }
        let path = String(socket.description.dropFirst(5))
        // The probe above may be counted still.
        let peers = (0..<MonitoringService.maximumPeers + 1).map { _ in SilentPeer(path) }
        let late = SilentPeer(path)
        #expect(late.ask("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n") == "")
        #expect(late.isClosed)
        try await eventually("there is room again") { (try? await ask("/livez"))?.isGood == true }
        #expect(peers[0].ask("") == "")
        #expect(peers[0].isClosed)
        for peer in peers + [late] { peer.close() }
        worker.shutDown(.warm)
        #expect(try await code == 0)
    }

    @Test func severalRequestsUseOneConnectionAndOthersEndIt() async throws {
        let clock = ManualClock()
        let worker = try worker(InMemoryBroker(clock: clock), clock)
        async let code: Int32 = worker.run()
        try await eventually("ready") { (try? await ask("/readyz"))?.isGood == true }
        let peer = SilentPeer(String(socket.description.dropFirst(5)))
        let two = peer.ask("GET /livez HTTP/1.1\r\nHost: a\r\n\r\nHEAD /readyz?verbose HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(two.components(separatedBy: "HTTP/1.1 200 OK").count == 3, "\(two)")
        #expect(two.components(separatedBy: "{").count == 2, "HEAD has no body: \(two)")
        #expect(!peer.isClosed)
        let change = peer.ask("POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
        #expect(change.hasPrefix("HTTP/1.1 405 ") && change.contains("Allow: GET, HEAD"), "\(change)")
        #expect(peer.isClosed)
        let old = SilentPeer(String(socket.description.dropFirst(5)))
        #expect(old.ask("GET /livez HTTP/1.0\r\n\r\n").hasPrefix("HTTP/1.0 200 OK"))
        #expect(old.isClosed)
        for peer in [peer, old] { peer.close() }
        worker.shutDown(.warm)
        #expect(try await code == 0)
    }

    @Test func answersThatNobodyTakesDoNotPileUp() async throws {
        let clock = ManualClock()
        let renders = Atomic(0)
        let worker = try worker(InMemoryBroker(clock: clock), clock) {
            renders.add(1, ordering: .relaxed)
            return String(repeating: "# an answer\n", count: 10_000)
        }
        async let code: Int32 = worker.run()
        try await eventually("ready") { (try? await ask("/readyz"))?.isGood == true }
        let peer = SilentPeer(String(socket.description.dropFirst(5)))
        peer.send(String(repeating: "GET /metrics HTTP/1.1\r\n\r\n", count: 100))
        try await eventually("an answer") { renders.load(ordering: .relaxed) > 0 }
        #expect(try await ask("/livez").isGood)
        try await Task.sleep(for: .milliseconds(500))
        // As many as the system holds for a connection, some 200 KB.
        #expect(renders.load(ordering: .relaxed) < 20)
        // Who takes them gets them all.
        #expect(peer.ask("").components(separatedBy: "HTTP/1.1 200 OK").count == 101)
        #expect(renders.load(ordering: .relaxed) == 100)
        peer.close()
        worker.shutDown(.warm)
        #expect(try await code == 0)
    }

    private static let excesses = [
        "long field": "X: " + String(repeating: "a", count: 100_000),
        "many fields": String(repeating: "X: a\r\n", count: 10_000),
        "no field": "\u{1}\r\n",
    ]

    @Test(arguments: excesses.keys.sorted())
    func whatIsNoBoundedRequestEndsItsConnection(_ excess: String) async throws {
        let clock = ManualClock()
        let worker = try worker(InMemoryBroker(clock: clock), clock)
        async let code: Int32 = worker.run()
        try await eventually("ready") { (try? await ask("/readyz"))?.isGood == true }
        let peer = SilentPeer(String(socket.description.dropFirst(5)))
        let answer = peer.ask("GET /livez HTTP/1.1\r\n" + (Self.excesses[excess] ?? ""))
        #expect(peer.isClosed)
        #expect(!answer.contains("200 OK"), "\(answer)")
        #expect(try await ask("/livez").isGood)
        peer.close()
        worker.shutDown(.warm)
        #expect(try await code == 0)
    }

    @Test func nobodyAnswersAtAnAddressWithoutWorker() async {
        await #expect(throws: (any Error).self) { try await ask("/readyz") }
    }
}
