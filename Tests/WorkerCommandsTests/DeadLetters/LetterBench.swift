import ArgumentParser
import BrokerModel
import CeleryProtocol
import Foundation
import JSON
import Platform
import SwiftWorkerTesting
import Testing

@testable import SwiftWorker
@testable import WorkerCommands

/// Runs commands about dead letters against a broker in memory.
final class LetterBench {
    let broker = InMemoryBroker()
    let clock = ManualClock(now: Instant(secondsSince1970: 1_800_000_000))
    private let folder: String

    struct Ended {
        var code: Int32
        var output: String
        var errors: String

        var lines: [JSONValue] {
            output.split(separator: "\n").compactMap { try? JSONValue(parsing: Array($0.utf8)) }
        }
    }

    init() throws {
        folder = "/tmp/swiftworker-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { folder + "/" + name }

    /// Puts a dead letter into `<queue>.dead`, as a worker does.
    func die(
        _ id: String,
        task: String = "video.cut",
        queue: String = "work",
        reason: DeadLetterReason = .failed,
        exception: PythonException = .valueError("boo"),
        body: String = #"[["a", 7], {"user_id": "u1"}, {}]"#,
        age: Duration = .zero,
        change: (inout FieldTable) -> Void = { _ in }
    ) {
        var headers: FieldTable = [
            "lang": "py", "task": .string(task), "id": .string(id), "root_id": .string("root-\(id)"),
            "retries": .int32(2),
        ]
        change(&headers)
        let message = IncomingMessage(
            routingKey: queue,
            queue: queue,
            properties: MessageProperties(
                contentType: "application/json",
                contentEncoding: "utf-8",
                headers: headers,
                deliveryMode: 2,
                correlationID: id,
                replyTo: "oid"
            ),
            body: Array(body.utf8)
        )
        let note = DeadLetterNote(
            reason: reason,
            exception: exception,
            of: message,
            retries: 2,
            worker: "w1@vm",
            now: clock.now - age
        )
        broker.publish(DeadLetterMessage.message(of: message, note))
    }

    /// The ids of a queue's messages in their order. It takes them out, and puts them back.
    func ids(_ queue: String) -> [String] {
        let messages = broker.drain(queue)
        for var message in messages {
            message.exchange = ""
            message.routingKey = queue
            broker.publish(message)
        }
        return messages.compactMap { $0.properties.headers?["id"]?.string }
    }

    /// Runs a command by its arguments.
    func run(
        _ arguments: [String],
        isTerminal: Bool = false,
        session: (any BrokerSession) -> any BrokerSession = { $0 }
    ) async throws -> Ended {
        var settings = Settings()
        settings.taskDefaultQueue = "work"
        settings.publishTimeout = .seconds(2)
        let names = [path("out"), path("err")]
        for name in names { try? FileManager.default.removeItem(atPath: name) }
        let descriptors = try names.map { try FileDescriptor.openForAppending($0) }
        defer { for descriptor in descriptors { FileDescriptor.close(descriptor) } }
        let command = try #require(try RootCommand.parseAsRoot(["dead-letters"] + arguments) as? any LetterCommand)
        let open = session(try await broker.makeSession())
        let desk = LetterDesk(
            session: open,
            settings: settings,
            tasks: TaskRegistry(),
            console: Console(output: descriptors[0], error: descriptors[1]),
            user: "ops",
            host: "vm",
            isTerminal: isTerminal,
            clock: clock.workerClock
        )
        var code: Int32 = -1
        do {
            code = try await command.run(at: desk)
        } catch {
            desk.console.complain("error: \(error)")
            code = (error as? StartError)?.exitCode ?? 1
        }
        await open.close()
        return Ended(code: code, output: try read(names[0]), errors: try read(names[1]))
    }
}
