import Glibc
public import JSON
import Logging
public import SwiftWorker

/// Returns at once.
public struct Quick: WorkerTask {
    public static let name = "pool.quick"
    public struct Arguments: Decodable {}

    public init() {}

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Int { 1 }
}

/// Waits at a gate: its thread blocked, or suspended for an hour.
public struct Gated: WorkerTask {
    public static let name = "pool.gated"
    public struct Arguments: Decodable {
        var folder: String
        var isBlocking: Bool
    }

    public init() {}

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Int {
        let gate = Gate(folder: arguments.folder)
        gate.enter(context.request.id)
        if arguments.isBlocking { gate.wait() } else { try await Task.sleep(for: .seconds(3600)) }
        return 1
    }
}

/// Computes until it is cancelled, if it looks, and else until the gate is removed.
///
/// After two seconds it blocks instead: a limit that comes late, on a busy machine, should not find it busier still.
public struct Spin: WorkerTask {
    public static let name = "pool.spin"
    public struct Arguments: Decodable {
        var folder: String
        var looks: Bool
    }

    public init() {}

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Int {
        let gate = Gate(folder: arguments.folder)
        gate.enter(context.request.id)
        let end = ContinuousClock.now + .seconds(2)
        var sum = 0
        while access(gate.folder, F_OK) == 0 {
            if ContinuousClock.now < end { for step in 0..<10_000 { sum &+= step } } else { usleep(10_000) }
            if arguments.looks { try context.checkCancellation() }
        }
        return sum
    }
}

/// Gives its argument back.
public struct Echo: WorkerTask {
    public static let name = "pool.echo"
    public struct Arguments: Decodable { var value: JSONValue }

    public init() {}

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> JSONValue { arguments.value }
}

/// Returns the length of a text.
public struct Measure: WorkerTask {
    public static let name = "pool.measure"
    public struct Arguments: Decodable { var text: String }

    public init() {}

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Int { arguments.text.utf8.count }
}

/// Returns a text of so many characters.
public struct Fill: WorkerTask {
    public static let name = "pool.fill"
    public struct Arguments: Decodable { var count: Int }

    public init() {}

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> String {
        String(repeating: "x", count: arguments.count)
    }
}

/// Throws.
public struct Throw: WorkerTask {
    public static let name = "pool.throw"
    public struct Arguments: Decodable { var text: String }
    struct Failure: Error, CustomStringConvertible { var description: String }

    public init() {}

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Nothing {
        throw Failure(description: arguments.text)
    }
}

/// Ends otherwise than in success or failure.
public struct Refuse: WorkerTask {
    public static let name = "pool.refuse"
    public struct Arguments: Decodable { var requeue: Bool? }

    public init() {}

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Nothing {
        guard let requeue = arguments.requeue else { throw TaskControl.ignore }
        throw TaskControl.reject(reason: "not now", requeue: requeue)
    }
}

/// Logs.
public struct Log: WorkerTask {
    public static let name = "pool.log"
    public struct Arguments: Decodable { var text: String }

    public init() {}

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Nothing {
        context.logger.debug("not to be seen: \(arguments.text)")
        context.logger.info("\(arguments.text)", metadata: ["count": "7"])
        return Nothing()
    }
}

/// Prints lines, to the standard output and the standard error in turn.
public struct PrintLines: WorkerTask {
    public static let name = "pool.print"
    public struct Arguments: Decodable { var lines: [String] }

    public init() {}

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Nothing {
        for (index, line) in arguments.lines.enumerated() {
            if index.isMultiple(of: 2) { print(line) } else { write(STDERR_FILENO, line + "\n", line.utf8.count + 1) }
        }
        return Nothing()
    }
}

/// Stores states.
public struct ReportProgress: WorkerTask {
    public static let name = "pool.report"
    public struct Arguments: Decodable { var count: Int }

    public init() {}

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> String {
        for number in 1...arguments.count { try await context.updateState("PROGRESS", meta: ["number": number]) }
        return context.request.hostname
    }
}

/// Publishes tasks, and returns their ids.
public struct Publish: WorkerTask {
    public static let name = "pool.publish"
    public struct Arguments: Decodable {
        var count: Int
        /// A gate's, which is told when all of them are handed over.
        var folder: String?
    }

    public init() {}

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> [String] {
        var ids: [String] = []
        for number in 0..<arguments.count {
            ids.append(try await context.enqueue(TaskCall("tasks.add", [.integer(Int64(number))])))
        }
        if let folder = arguments.folder { Gate(folder: folder).enter(context.request.id) }
        return ids
    }
}
