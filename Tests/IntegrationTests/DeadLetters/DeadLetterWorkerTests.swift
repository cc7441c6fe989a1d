import AMQP
import BrokerModel
import Foundation
import JSON
import SwiftWorker
import Testing

/// Dead letters of a worker process, on the real broker.
@Suite(.timeLimit(.minutes(3))) struct DeadLetterWorkerTests {
    private func withWorker(
        _ options: [String],
        broker: Endpoint? = nil,
        environment: [String: String] = [:],
        _ body: (WorkerProcess, AMQPChannel, String) async throws -> Void
    ) async throws {
        try await TestBroker.withQueue { name in
            try await TestBroker.withChannel { _, channel in
                let url = broker.map(TestBroker.url)
                let worker = try WorkerProcess(["-Q", name] + options, broker: url, environment: environment)
                try await worker.wait(for: " ready.")
                try await body(worker, channel, name)
                worker.signal(SIGTERM)
                let code = try await worker.exitCode()
                #expect(code == 0, "\(worker.output)")
            }
        }
    }

    private func letter(_ channel: AMQPChannel, _ name: String) async throws -> (IncomingMessage, DeadLetterNote) {
        try await eventually(within: .seconds(30), "a dead letter") {
            try await Letters(queue: name).status()?.messageCount == 1
        }
        let received = try await channel.take(name + ".dead")
        let message = received.message
        received.settle(.ack)
        return (message, DeadLetterNote(message))
    }

    /// A task that takes its process along each time: kept with the evidence after its third loss, while the others of its
    /// queue go on.
    @Test func aCrasherIsKeptWithItsEvidenceAndItsMatesRun() async throws {
        let settings = ["SWIFTWORKER_TASK_ACKS_LATE": "true", "SWIFTWORKER_TASK_REJECT_ON_WORKER_LOST": "true"]
        try await withWorker(["-P", "prefork", "-c", "2"], environment: settings) { worker, channel, name in
            try await channel.send("tasks.ledger", arguments: (0..<10).map { _ in 1 }, to: name)
            try await RunningWorker.send("pool.trap", count: 1, to: name, from: 100)
            let (message, note) = try await letter(channel, name)
            #expect(message.properties.headers?["id"] == "100")
            #expect(note.reason == .quarantined && note.attempts == 3 && note.queue == name)
            #expect(note.exceptionType == "billiard.exceptions.WorkerLostError")
            #expect(note.exception?.contains("signal 4") == true || note.exception?.contains("signal 5") == true)
            #expect(note.traceback?.contains("before the trap") == true, "\(note.traceback ?? "")")
            #expect(note.traceback?.contains("Index out of range") == true)
            try await eventually(within: .seconds(30), "its mates") { Set(worker.ledger).count == 10 }
            #expect(try await channel.messageCount(name) == 0)
            // The worker says so once it has settled the message, which is after the letter is here.
            try await worker.wait(for: "The message is a dead letter now")
            #expect(worker.output.components(separatedBy: "to run again.").count == 3)
        }
    }

    @Test func theQueueIsMadeAnewWhenItIsGone() async throws {
        let settings = ["SWIFTWORKER_TASK_DEAD_LETTER": "true"]
        try await withWorker(["-P", "threads", "-c", "2"], environment: settings) { worker, channel, name in
            try await channel.deleteQueue(name + ".dead")
            try await channel.send("twin.fail", arguments: ["value"], to: name)
            let (_, note) = try await letter(channel, name)
            #expect(note.reason == .failed && note.exceptionType == "ValueError")
            worker.signal(SIGUSR1)
            try await worker.wait(for: "unpublished 0")
        }
    }

    @Test func itIsDeclaredAgainAfterAReconnect() async throws {
        try await TestBroker.withProxy { proxy, endpoint in
            try await withWorker(["-P", "threads", "-c", "2"], broker: endpoint) { worker, channel, name in
                try await channel.deleteQueue(name + ".dead")
                proxy.cut()
                try await worker.wait(for: "Consuming again")
                // Whoever publishes declares it, on a connection of its own.
                try await eventually(within: .seconds(10), "its queue") {
                    try await Letters(queue: name).status()?.messageCount == 0
                }
            }
        }
    }

    @Test func nothingIsDeclaredWhenTurnedOff() async throws {
        let settings = ["SWIFTWORKER_DEAD_LETTERS": "false", "SWIFTWORKER_UNREGISTERED_RETURNS": "0"]
        try await withWorker(["-P", "threads", "-c", "2"], environment: settings) { worker, channel, name in
            try await channel.send("nobody.knows", arguments: [1], to: name)
            try await worker.wait(for: "The message was rejected")
        }
    }

    /// A queue keeps the type that it was made with, and the setting has to follow.
    @Test func aQueueOfAnotherTypeIsToldAtTheStart() async throws {
        try await TestBroker.withQueue { name in
            try await TestBroker.withChannel { _, channel in
                let arguments: FieldTable = ["x-queue-type": "classic"]
                try await channel.declareQueue(QueueDeclaration(name: name + ".dead", arguments: arguments))
                let worker = try WorkerProcess(["-Q", name, "-P", "solo"])
                #expect(try await worker.exitCode() == 1)
                #expect(
                    worker.output.contains(name + ".dead") && worker.output.contains("x-queue-type"),
                    "\(worker.output)"
                )
                let classic = ["SWIFTWORKER_DEAD_LETTER_QUEUE_TYPE": "classic"]
                let second = try WorkerProcess(["-Q", name, "-P", "solo"], environment: classic)
                try await second.wait(for: " ready.")
            }
        }
    }
}
