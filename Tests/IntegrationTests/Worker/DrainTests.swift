import AMQP
import BrokerModel
import Foundation
import JSON
import Testing

/// A worker that is told to stop at a random moment loses nothing and keeps nothing.
///
/// `SWIFTWORKER_DRAIN_SECONDS` is the time that the broker must have everything back in: 1, and more under a sanitizer.
/// `SWIFTWORKER_DRAIN_ROUNDS` (3) and `SWIFTWORKER_DRAIN_POOLS` (`threads,prefork`; several separated by commas) change what is
/// run, `SWIFTWORKER_DRAIN_WORKER` the executable.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct DrainTests {
    private static let count = 2000
    private static let slots = 20
    private static let rounds = environment("SWIFTWORKER_DRAIN_ROUNDS").flatMap { Int($0) } ?? 3
    private static let limit = Duration.seconds(environment("SWIFTWORKER_DRAIN_SECONDS").flatMap { Int($0) } ?? 1)
    private static let pools = (environment("SWIFTWORKER_DRAIN_POOLS") ?? "threads,prefork").split(separator: ",").map(
        String.init
    )

    @Test(arguments: pools, 1...rounds) func everythingUnstartedGoesBackAtOnceAndNothingIsLost(
        _ pool: String,
        _ round: Int
    ) async throws {
        try await TestBroker.withQueue { name in
            try await RunningWorker.declare([name])
            try await TestBroker.withChannel { _, channel in
                // One in ten is long: all slots together are busy for two seconds.
                let times = (0..<Self.count).map { _ in
                    Int.random(in: 0..<10) == 0 ? Int.random(in: 50...300) : Int.random(in: 1...5)
                }
                try await channel.send("tasks.ledger", arguments: times.map { .integer(Int64($0)) }, to: name)
                let worker = try WorkerProcess(
                    ["-Q", name, "-P", pool, "-c", "\(Self.slots)"],
                    environment: ["SWIFTWORKER_TASK_ACKS_LATE": round.isMultiple(of: 2) ? "false" : "true"]
                )
                try await worker.wait(for: " ready.")
                let moment = Duration.milliseconds(Int.random(in: 0...2000))
                try await Task.sleep(for: moment)
                let stopped = ContinuousClock.now
                worker.signal(SIGTERM)
                // What is neither in the queue nor has run is running: no more than there are slots.
                try await eventually("TERM after \(moment): what has not started is back") {
                    let status = try await channel.declareQueue(QueueDeclaration(name: name), isPassive: true)
                    return status.consumerCount == 0
                        && Self.count - status.messageCount - worker.ledger.count <= Self.slots
                }
                let delay = ContinuousClock.now - stopped
                #expect(delay < Self.limit, "TERM after \(moment)")
                let code = try await worker.exitCode()
                #expect(code == 0, "\(worker.output.suffix(2000))")

                let ran = worker.ledger
                let left = try await Self.take(from: name, channel)
                #expect(Set(ran).count == ran.count)
                #expect(Set(ran).isDisjoint(with: left))
                #expect(ran.count + left.count == Self.count, "TERM after \(moment)")
                let report = worker.lastLine
                #expect(report.contains("worker: stopped: \(ran.count) finished, "), "\(report)")
                #expect(report.contains(" 0 cancelled, 0 lost, of "), "\(report)")
                #expect(report.contains(" 0 leaked"), "\(report)")
            }
        }
    }

    /// The ids of all that is in a queue.
    private static func take(from queue: String, _ channel: AMQPChannel) async throws -> [String] {
        var ids: [String] = []
        while let received = try await channel.get(queue, isNoAck: true) {
            ids.append(received.message.properties.correlationID ?? "")
            received.settle(.ack)
        }
        return ids
    }

    @Test func aTaskThatDoesNotEndIsCutOffByTheThirdInterrupt() async throws {
        try await TestBroker.withQueue { name in
            try await RunningWorker.declare([name])
            let worker = try WorkerProcess(
                ["-Q", name, "-P", "threads", "-c", "1", "--pidfile", "w.pid"],
                environment: ["SWIFTWORKER_TASK_ACKS_LATE": "true"]
            )
            try await TestBroker.withChannel { _, channel in
                try await channel.send("twin.slow", arguments: [300], to: name)
                try await worker.wait(for: "Task twin.slow[0] received")
                try await worker.waitForState("slot 1: twin.slow[0], for ")
                worker.signal(SIGINT)
                try await worker.wait(for: "Warm shutdown (MainProcess)")
                worker.signal(SIGINT)
                try await worker.wait(for: "Cold shutdown (MainProcess)")
                worker.signal(SIGINT)
                let code = try await worker.exitCode()
                #expect(code == 1)
                #expect(!FileManager.default.fileExists(atPath: worker.folder.appending(path: "w.pid").path))
                try await eventually("delivered again") {
                    try await channel.declareQueue(QueueDeclaration(name: name), isPassive: true).messageCount == 1
                }
            }
        }
    }

    /// A network that swallows everything, in the middle of the work: the worker ends all the same.
    @Test func aDeadBrokerDoesNotKeepTheWorker() async throws {
        try await TestBroker.withQueue { name in
            try await RunningWorker.declare([name])
            try await TestBroker.withProxy { proxy, endpoint in
                let worker = try WorkerProcess(
                    ["-Q", name, "-P", "threads", "-c", "2"],
                    broker: TestBroker.url(of: endpoint),
                    environment: ["SWIFTWORKER_TASK_ACKS_LATE": "true"]
                )
                try await TestBroker.withChannel { _, channel in
                    try await channel.send("tasks.ledger", arguments: (0..<8).map { _ in 500 }, to: name)
                    try await eventually("work") { worker.ledger.count >= 2 }
                    proxy.freeze()
                    worker.signal(SIGTERM)
                    let code = try await worker.exitCode(within: .seconds(25))
                    #expect(code == 0)
                    #expect(worker.output.contains("consumer: The broker did not end the consumers in time"))
                    #expect(worker.lastLine.contains(" 0 lost, of "), "\(worker.lastLine)")
                }
            }
        }
    }
}
