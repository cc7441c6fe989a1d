import AMQP
import BrokerModel
import CeleryProtocol
import ChildPrograms
import Foundation
import JSON
import OrderedCollections
import SwiftWorker
import Testing

/// Dead letters on the real broker, and the tool that handles them.
struct Letters {
    let queue: String
    var dead: String { queue + ".dead" }

    /// Gives a body a queue with its dead-letter queue, and removes both on every path.
    static func with(_ type: String = "quorum", _ body: (Letters) async throws -> Void) async throws {
        try await TestBroker.withQueue { name in
            let letters = Letters(queue: name)
            let session = try await TestBroker.broker(try TestBroker.configuration()).makeSession()
            do {
                let topology = try #require(DeadLetterTopology.topology(of: name, isQuorum: type == "quorum"))
                try await session.declare(TestBroker.topology(name).steps + topology.steps)
                try await body(letters)
            } catch {
                await session.close()
                throw error
            }
            await session.close()
        }
    }

    /// Publishes dead letters with the ids `0`, `1`, …
    func fill(_ count: Int, task: String = "tasks.ledger", argument: Int = 0, padding: Int = 0) async throws {
        try await TestBroker.withChannel { _, channel in
            try await channel.selectConfirms()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<count {
                    let letter = try self.letter(String(number), task, argument, padding)
                    group.addImmediateTask { try await channel.publish(letter) }
                }
                try await group.waitForAll()
            }
        }
    }

    private func letter(_ id: String, _ task: String, _ argument: Int, _ padding: Int) throws -> OutgoingMessage {
        let now = Instant(secondsSince1970: 1_800_000_000)
        let kwargs: JSONObject = padding > 0 ? ["padding": .string(String(repeating: "x", count: padding))] : [:]
        let call = OutgoingTask(task: task, id: id, args: [.integer(Int64(argument))], kwargs: kwargs, origin: "test")
        let message = try call.message(exchange: "", routingKey: queue, now: now)
        let incoming = IncomingMessage(
            routingKey: queue,
            queue: queue,
            properties: message.properties,
            body: message.body
        )
        let note = DeadLetterNote(
            reason: .failed,
            exception: .valueError("boo"),
            of: incoming,
            retries: 0,
            worker: "w@h",
            now: now
        )
        return DeadLetterMessage.message(of: incoming, note)
    }

    /// The state of the dead-letter queue; `nil` when there is none.
    func status() async throws -> QueueStatus? {
        let session = try await TestBroker.broker(try TestBroker.configuration()).makeSession()
        let status = try? await session.status(of: dead)
        await session.close()
        return status
    }

    func count(_ queue: String) async throws -> Int {
        try await TestBroker.withChannel { _, channel in try await channel.messageCount(queue) }
    }

    /// The ids of a queue's messages, in their order. The messages go back, unless they are to be removed.
    func ids(_ queue: String, removing: Bool = false) async throws -> [String] {
        try await TestBroker.withChannel { _, channel in
            var ids: [String] = []
            var receipts: [SharedReceipt] = []
            while let received = try await channel.get(queue) {
                ids.append(received.message.properties.headers?["id"]?.string ?? "")
                receipts.append(SharedReceipt(received.takeReceipt()))
            }
            for receipt in receipts { receipt.settle(removing ? .ack : .requeue) }
            return ids
        }
    }

    /// Starts `TestWorker dead-letters …` on this queue.
    func tool(_ arguments: [String]) throws -> ToolProcess {
        try ToolProcess(["dead-letters"] + arguments.prefix(1) + ["-Q", queue] + arguments.dropFirst())
    }
}

/// A command of `TestWorker` that ends by itself, or is ended.
final class ToolProcess {
    private let process = Process()
    private let folder: URL

    init(_ arguments: [String]) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "tool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in ["output", "errors"] { try Data().write(to: folder.appending(path: name)) }
        let products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = products.appending(path: "TestWorker")
        process.arguments = arguments
        process.environment = programEnvironment(
            ["PATH": "/usr/bin:/bin", "CELERY_BROKER_URL": try TestBroker.url(), "USER": "ops"]
        )
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: folder.appending(path: "output"))
        process.standardError = try FileHandle(forWritingTo: folder.appending(path: "errors"))
        try process.runUnblocked()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    var output: String { text("output") }
    var errors: String { text("errors") }

    var lines: [JSONValue] {
        output.split(separator: "\n").compactMap { try? JSONValue(parsing: Array($0.utf8)) }
    }

    var isRunning: Bool { process.isRunning }

    func kill9() { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// The exit code; a signal that ended it counts negative.
    func exitCode(within limit: Duration = .seconds(120)) async throws -> Int32 {
        try await eventually(within: limit, "the tool's end") { !process.isRunning }
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    private func text(_ name: String) -> String {
        (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
    }
}
