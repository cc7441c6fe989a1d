import AMQP
import BrokerModel
import Foundation
import JSON
import Testing

/// Long tasks of a worker process, in each pool, when their connection breaks or the worker is told to stop.
@Suite(.timeLimit(.minutes(3)))
struct WorkerProcessTests {
    private static let pools = ["threads", "prefork"]
    private static let late = ["SWIFTWORKER_TASK_ACKS_LATE": "true"]

    /// Runs a body with a worker whose tasks are late-acked, and a channel to look with.
    private func withWorker(
        _ options: [String],
        broker: Endpoint? = nil,
        environment: [String: String] = [:],
        _ body: (WorkerProcess, AMQPChannel, String) async throws -> Void
    ) async throws {
        try await TestBroker.withQueue { name in
            try await RunningWorker.declare([name])
            try await TestBroker.withChannel { _, channel in
                let url = broker.map { TestBroker.url(of: $0) }
                let worker = try WorkerProcess(
                    ["-Q", name] + options,
                    broker: url,
                    environment: Self.late.merging(environment) { $1 }
                )
                try await body(worker, channel, name)
            }
        }
    }

    private static func count(_ text: String, in worker: WorkerProcess) -> Int {
        worker.output.components(separatedBy: text).count - 1
    }

    private func ready(_ channel: AMQPChannel, _ name: String) async throws -> Int {
        try await channel.declareQueue(QueueDeclaration(name: name), isPassive: true).messageCount
    }

    /// Ten long late-acked tasks, whose connection is cut in the middle: each runs once and is acked once.
    @Test(arguments: pools) func aCutConnectionRunsNothingTwice(_ pool: String) async throws {
        try await TestBroker.withProxy { proxy, endpoint in
            try await withWorker(["-P", pool, "-c", "10"], broker: endpoint) { worker, channel, name in
                try await channel.send("tasks.ledger", arguments: (0..<10).map { _ in 3000 }, to: name)
                try await eventually { Self.count("] received", in: worker) == 10 }
                try await worker.waitForState("slot 10: tasks.ledger")
                proxy.cut()
                try await eventually { Self.count("takes its redelivered message over", in: worker) == 10 }
                try await eventually("all end") { Self.count("succeeded in", in: worker) == 10 }
                worker.signal(SIGTERM)
                let code = try await worker.exitCode()
                #expect(code == 0)
                #expect(worker.ledger.sorted() == (0..<10).map(String.init))
                #expect(worker.lastLine.contains(" 0 lost, of 20 received"), "\(worker.lastLine)")
                #expect(worker.lastLine.contains(" 10 adopted"), "\(worker.lastLine)")
                #expect(try await self.ready(channel, name) == 0)
            }
        }
    }

    @Test(arguments: pools) func aLostConnectionCancelsWhereTold(_ pool: String) async throws {
        let settings = ["SWIFTWORKER_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS": "true"]
        try await TestBroker.withProxy { proxy, endpoint in
            try await withWorker(["-P", pool, "-c", "2"], broker: endpoint, environment: settings) {
                worker,
                channel,
                name in
                try await channel.send("twin.slow_async", arguments: [300], to: name)
                try await worker.wait(for: "twin.slow_async[0] received")
                try await worker.waitForState("slot 1: twin.slow_async[0]")
                proxy.cut()
                try await worker.wait(for: "Cancelling 1 running tasks with late acknowledgement")
                try await worker.wait(for: "Task twin.slow_async[0] cancelled: its connection is lost")
                // It comes again and runs again.
                try await eventually { Self.count("twin.slow_async[0] received", in: worker) == 2 }
                worker.signal(SIGQUIT)
                let code = try await worker.exitCode()
                #expect(code == 0)
                // A quorum queue takes a moment.
                try await eventually("back") { try await self.ready(channel, name) == 1 }
            }
        }
    }

    /// A blocking body: a thread is given up with the process, a child is killed.
    @Test(arguments: pools) func aColdShutdownCutsTasksOff(_ pool: String) async throws {
        try await withWorker(["-P", pool, "-c", "2"]) { worker, channel, name in
            try await channel.send("twin.slow", arguments: [300, 300, 300, 300], to: name)
            try await worker.wait(for: "twin.slow[1] received")
            try await worker.waitForState("slot 2: twin.slow")
            worker.signal(SIGQUIT)
            let code = try await worker.exitCode(within: .seconds(20))
            #expect(code == 0)
            #expect(worker.lastLine.contains(" 2 cancelled, 0 lost, of "), "\(worker.lastLine)")
            try await eventually("all are back") { try await self.ready(channel, name) == 4 }
        }
    }

    @Test(arguments: pools) func aDrainThatTakesTooLongCancels(_ pool: String) async throws {
        let settings = ["SWIFTWORKER_WORKER_DRAIN_TIMEOUT": "1"]
        try await withWorker(["-P", pool, "-c", "2"], environment: settings) { worker, channel, name in
            try await channel.send("twin.slow_async", arguments: [300, 300], to: name)
            try await worker.wait(for: "twin.slow_async[1] received")
            try await worker.waitForState("slot 2: twin.slow_async")
            worker.signal(SIGTERM)
            let code = try await worker.exitCode(within: .seconds(20))
            #expect(code == 0)
            #expect(worker.output.contains("2 tasks still run after 1 s: cancelling them"))
            #expect(worker.lastLine.contains(" 2 cancelled, 0 lost, of 2 received"), "\(worker.lastLine)")
            try await eventually("both are back") { try await self.ready(channel, name) == 2 }
        }
    }

    @Test(arguments: pools) func aHangUpStartsAnewAndGoesOn(_ pool: String) async throws {
        try await withWorker(["-P", pool, "-c", "2", "--pidfile", "w.pid"]) { worker, channel, name in
            try await channel.send("tasks.ledger", arguments: (0..<40).map { _ in 50 }, to: name)
            try await eventually { worker.ledger.count >= 4 }
            worker.signal(SIGHUP)
            try await eventually("all run") { worker.ledger.count == 40 }
            #expect(Set(worker.ledger).count == 40)
            #expect(Self.count(" ready.", in: worker) == 2)
            worker.signal(SIGTERM)
            let code = try await worker.exitCode()
            #expect(code == 0)
            #expect(try await self.ready(channel, name) == 0)
        }
    }

    @Test func purgingDeletesWhatWaitsAtTheStartOnly() async throws {
        try await TestBroker.withQueue { name in
            try await RunningWorker.declare([name])
            try await TestBroker.withChannel { _, channel in
                try await channel.send("tasks.ledger", arguments: [0, 0, 0], to: name)
                try await eventually { try await self.ready(channel, name) == 3 }
                let options = ["-Q", name, "-P", "threads", "-c", "1", "--purge"]
                let worker = try WorkerProcess(options, environment: Self.late)
                try await worker.wait(for: " ready.")
                #expect(worker.output.contains("purge: Erased 3 messages from the queue."))
                try await channel.send("tasks.ledger", arguments: (0..<20).map { _ in 50 }, to: name)
                try await eventually { worker.ledger.count >= 2 }
                worker.signal(SIGHUP)
                try await eventually("all run") { worker.ledger.count == 20 }
                #expect(Self.count("purge: Erased", in: worker) == 1)
                worker.signal(SIGTERM)
                #expect(try await worker.exitCode() == 0)
            }
        }
    }

    @Test func purgingWaitsForTheBroker() async throws {
        try await TestBroker.withProxy { proxy, endpoint in
            proxy.refuse(true)
            try await withWorker(["-P", "threads", "-c", "1", "--purge"], broker: endpoint) { worker, channel, name in
                try await channel.send("tasks.ledger", arguments: [0, 0, 0], to: name)
                try await worker.wait(for: "purge: Cannot connect to amqp")
                proxy.refuse(false)
                try await worker.wait(for: "purge: Erased 3 messages from the queue.")
                try await worker.wait(for: " ready.")
                worker.signal(SIGTERM)
                #expect(try await worker.exitCode() == 0)
                #expect(worker.ledger.isEmpty)
            }
        }
    }

    @Test func aShutdownEndsTheWaitForABrokerToPurge() async throws {
        try await TestBroker.withProxy { proxy, endpoint in
            proxy.refuse(true)
            try await withWorker(["-P", "threads", "-c", "1", "--purge"], broker: endpoint) { worker, channel, name in
                try await channel.send("tasks.ledger", arguments: [0], to: name)
                try await worker.wait(for: "purge: Cannot connect to amqp")
                worker.signal(SIGTERM)
                #expect(try await worker.exitCode(within: .seconds(10)) == 0)
                #expect(try await self.ready(channel, name) == 1)
            }
        }
    }

    @Test(arguments: pools) func anAutoscaledPoolFollowsItsLoad(_ pool: String) async throws {
        let settings = ["AUTOSCALE_KEEPALIVE": "0.3"]
        try await withWorker(["-P", pool, "--autoscale", "4,1"], environment: settings) { worker, channel, name in
            try await worker.wait(for: " ready.")
            try await channel.send("tasks.ledger", arguments: (0..<20).map { _ in 200 }, to: name)
            try await eventually { worker.ledger.count >= 1 }
            try await worker.waitForState(", 4 slots, 4 busy")
            try await eventually("all run") { worker.ledger.count == 20 }
            try await worker.waitForState(", 1 slots, 0 busy")
            worker.signal(SIGTERM)
            let code = try await worker.exitCode()
            #expect(code == 0)
        }
    }
}
