import CeleryProtocol
import Glibc
import JSON
import SwiftWorker
import Threads

/// What ran, for tasks whose result nobody gets.
enum Ran {
    private static let counts = Lock<[String: Int]>([:])

    static func note(_ token: String) { counts.withLock { $0[token, default: 0] += 1 } }

    static func count(_ token: String) -> Int { counts.withLock { $0[token] ?? 0 } }
}

struct Quiet: WorkerTask {
    static let name = "twin.quiet"
    struct Arguments: Decodable {
        var token: String
    }
    var options: TaskOptions { TaskOptions(ignoreResult: true) }

    func run(_ arguments: Arguments, _ context: TaskContext) -> String {
        Ran.note(arguments.token)
        return arguments.token
    }
}

struct QuietFailure: WorkerTask {
    static let name = "twin.quiet_failure"
    typealias Arguments = Quiet.Arguments
    var options: TaskOptions { TaskOptions(ignoreResult: true) }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        Ran.note(arguments.token)
        throw PythonException.valueError("nobody hears this")
    }
}

struct LoudFailure: WorkerTask {
    static let name = "twin.loud_failure"
    struct Arguments: Decodable {}
    var options: TaskOptions { TaskOptions(ignoreResult: true, storeErrorsEvenIfIgnored: true) }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        throw PythonException.valueError("heard")
    }
}

/// How often `Quiet` has run with this token.
struct Recall: WorkerTask {
    static let name = "twin.recall"
    typealias Arguments = Quiet.Arguments

    func run(_ arguments: Arguments, _ context: TaskContext) -> Int { Ran.count(arguments.token) }
}

struct Tracked: WorkerTask {
    static let name = "twin.tracked"
    struct Arguments: Decodable {
        var x: Int
    }
    var options: TaskOptions { TaskOptions(trackStarted: true) }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Int { arguments.x }
}

struct Limited: WorkerTask {
    static let name = "twin.limited"
    typealias Arguments = Tracked.Arguments
    var options: TaskOptions { TaskOptions(rateLimit: .perSecond(2)) }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Int { arguments.x }
}

struct TrackedFailure: WorkerTask {
    static let name = "twin.tracked_failure"
    struct Arguments: Decodable {}
    var options: TaskOptions { TaskOptions(trackStarted: true) }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        throw PythonException.valueError("after the start")
    }
}

struct Late: WorkerTask {
    static let name = "twin.late"
    typealias Arguments = Tracked.Arguments
    var options: TaskOptions { TaskOptions(acksLate: true) }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Int { arguments.x }
}

struct LateFailure: WorkerTask {
    static let name = "twin.late_failure"
    typealias Arguments = Quiet.Arguments
    var options: TaskOptions { TaskOptions(acksLate: true, acksOnFailureOrTimeout: false) }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        Ran.note(arguments.token)
        throw PythonException.valueError("rejected")
    }
}

/// Blocks its thread.
struct Slow: WorkerTask {
    static let name = "twin.slow"
    struct Arguments: Decodable {
        var seconds: Double
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Double {
        usleep(UInt32(arguments.seconds * 1_000_000))
        return arguments.seconds
    }
}

/// Suspends.
struct SlowAsync: WorkerTask {
    static let name = "twin.slow_async"
    typealias Arguments = Slow.Arguments

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Double {
        try await Task.sleep(for: .seconds(arguments.seconds))
        return arguments.seconds
    }
}

struct Progress: WorkerTask {
    static let name = "twin.progress"
    struct Arguments: Decodable {
        var steps: Int
    }
    struct Meta: Encodable {
        var step: Int
        var of: Int
    }

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Int {
        for step in 0..<arguments.steps {
            try await context.updateState("PROGRESS", meta: Meta(step: step, of: arguments.steps))
        }
        return arguments.steps
    }
}
