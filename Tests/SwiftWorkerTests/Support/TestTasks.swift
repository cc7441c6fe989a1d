import CeleryProtocol
import JSON
import OrderedCollections
import SwiftWorker
import Threads

struct Add: WorkerTask {
    static let name = "tasks.add"
    struct Arguments: Decodable {
        var x: Int
        var y: Int
    }

    var options = TaskOptions()

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Int { arguments.x + arguments.y }
}

struct Fail: WorkerTask {
    static let name = "tasks.fail"
    struct Arguments: Decodable {}
    struct Oops: Error, CustomStringConvertible { var description: String { "it broke" } }

    var options = TaskOptions()
    var error: any Error = Oops()

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Nothing { throw error }
}

/// Runs until the test opens its gate, blocking its thread or suspended.
struct Wait: WorkerTask {
    static let name = "tasks.wait"
    struct Arguments: Decodable {}

    var options = TaskOptions()
    let gate: Gate

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Int {
        gate.entered.append(context.request.id)
        if gate.isBlocking { _ = gate.exits.next() } else { try await Task.sleep(for: .seconds(3600)) }
        gate.left.append(context.request.id)
        return 1
    }

    final class Gate: Sendable {
        let entered = BlockingQueue<String>()
        let exits = BlockingQueue<Void>()
        let left = BlockingQueue<String>()
        let isBlocking: Bool

        init(isBlocking: Bool = true) { self.isBlocking = isBlocking }

        func open() {
            exits.append(())
            exits.wake()
        }

        /// Opens for good.
        func remove() { _ = exits.close() }
    }
}

struct Report: WorkerTask {
    static let name = "tasks.report"
    struct Arguments: Decodable {}

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> String {
        try await context.updateState("PROCESSING", meta: ["progress": 50])
        return context.request.hostname
    }
}

struct Enqueue: WorkerTask {
    static let name = "tasks.enqueue"
    struct Arguments: Decodable {}

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> String {
        try await context.enqueue(TaskCall("tasks.add", [1], keywordArguments: ["y": 2]))
    }
}
