import CeleryProtocol
import FoundationEssentials
import Glibc
import JSON
import OrderedCollections
import SwiftWorker

// The twins of Tests/InteropTests/Python/retry_tasks.py: each asks for a retry in one of the ways that there are.

/// What the tasks of this file share.
enum Retrying {
    static let cause = PythonException(type: "ValueError", arguments: ["bad", 3])

    /// Between runs that all happen: the state of one is told before that of the next.
    static let moment = Duration.milliseconds(400)

    static func options(
        maxRetries: Int? = 3,
        ignoreResult: Bool? = nil,
        storeErrorsEvenIfIgnored: Bool? = nil,
        trackStarted: Bool? = nil,
        backoff: RetryBackoff? = nil,
        delay: Duration = .seconds(25),
        change: (TaskRetryPolicy) -> TaskRetryPolicy = { $0 }
    ) -> TaskOptions {
        TaskOptions(
            acksLate: true,
            ignoreResult: ignoreResult,
            storeErrorsEvenIfIgnored: storeErrorsEvenIfIgnored,
            trackStarted: trackStarted,
            retryPolicy: change(TaskRetryPolicy(maxRetries: maxRetries, retryDelay: delay, backoff: backoff))
        )
    }

    /// Keeps the message of a retry unsettled until the worker is killed.
    static func stay(_ context: TaskContext) {
        if context.request.retries > 0 { sleep(3600) }
    }
}

struct RetryPlain: WorkerTask {
    static let name = "twin.retry.plain"
    typealias Arguments = [JSONValue]
    var options: TaskOptions { Retrying.options() }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        Retrying.stay(context)
        throw context.retry()
    }
}

struct RetryCountdown: WorkerTask {
    static let name = "twin.retry.countdown"
    struct Arguments: Decodable {
        var seconds: Double
        var x: JSONValue?
    }
    var options: TaskOptions { Retrying.options() }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        Retrying.stay(context)
        throw context.retry(.after(.seconds(arguments.seconds)))
    }
}

struct RetryAt: WorkerTask {
    static let name = "twin.retry.at"
    struct Arguments: Decodable {
        var moment: PythonDateTime
    }
    var options: TaskOptions { Retrying.options() }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        Retrying.stay(context)
        throw context.retry(.at(arguments.moment.instant))
    }
}

struct RetryAtIn: WorkerTask {
    static let name = "twin.retry.at_in"
    struct Arguments: Decodable {
        var seconds: Double
    }
    var options: TaskOptions { Retrying.options() }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        Retrying.stay(context)
        throw context.retry(.at(Instant(secondsSince1970: Date().timeIntervalSince1970 + arguments.seconds)))
    }
}

struct RetryBecause: WorkerTask {
    static let name = "twin.retry.because"
    struct Arguments: Decodable {}
    var options: TaskOptions { Retrying.options() }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        Retrying.stay(context)
        throw context.retry(cause: Retrying.cause)
    }
}

struct RetryBecauseCaught: WorkerTask {
    static let name = "twin.retry.because_caught"
    struct Arguments: Decodable {}
    var options: TaskOptions { Retrying.options() }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        Retrying.stay(context)
        do {
            throw PythonException(type: "Broken", module: "tasks", arguments: ["it broke", ["code": 7]])
        } catch {
            throw context.retry(.after(.zero), cause: error)
        }
    }
}

struct RetryOtherArguments: WorkerTask {
    static let name = "twin.retry.other_arguments"
    struct Arguments: Decodable {
        var first: JSONValue
        var second: JSONValue?
    }
    var options: TaskOptions { Retrying.options() }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        Retrying.stay(context)
        throw context.retry(arguments: [7, "ä"], keywordArguments: [:])
    }
}

struct RetryOtherPositional: WorkerTask {
    static let name = "twin.retry.other_positional"
    typealias Arguments = RetryOtherArguments.Arguments
    var options: TaskOptions { Retrying.options() }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        Retrying.stay(context)
        throw context.retry(arguments: [7])
    }
}

struct RetryOtherKeywords: WorkerTask {
    static let name = "twin.retry.other_keywords"
    typealias Arguments = RetryOtherArguments.Arguments
    var options: TaskOptions { Retrying.options() }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        Retrying.stay(context)
        throw context.retry(keywordArguments: ["second": ["ü", .null]])
    }
}

struct RetryOptions: WorkerTask {
    static let name = "twin.retry.options"
    struct Arguments: Decodable {
        var queue: String
    }
    var options: TaskOptions { Retrying.options() }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        Retrying.stay(context)
        throw context.retry(
            queue: arguments.queue,
            priority: 7,
            expiresIn: .seconds(90),
            timeLimit: .seconds(60),
            softTimeLimit: .seconds(55.5)
        )
    }
}

struct RetryExhausted: WorkerTask {
    static let name = "twin.retry.exhausted"
    struct Arguments: Decodable {
        var x: JSONValue
        var y: JSONValue?
    }
    var options: TaskOptions { Retrying.options() }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        throw context.retry(.after(.zero), maxRetries: 0)
    }
}

struct RetryExhaustedBecause: WorkerTask {
    static let name = "twin.retry.exhausted_because"
    struct Arguments: Decodable {}
    var options: TaskOptions { Retrying.options() }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        throw context.retry(.after(.zero), cause: Retrying.cause, maxRetries: 0)
    }
}

struct RetryToTheEnd: WorkerTask {
    static let name = "twin.retry.to_the_end"
    struct Arguments: Decodable {}
    var options: TaskOptions { Retrying.options(maxRetries: 2) }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        throw context.retry(.after(Retrying.moment), cause: Retrying.cause)
    }
}

struct RetryInTheEnd: WorkerTask {
    static let name = "twin.retry.in_the_end"
    struct Arguments: Decodable {}
    var options: TaskOptions { Retrying.options(maxRetries: 2) }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> [JSONValue] {
        let retries = context.request.retries
        if retries < 2 { throw context.retry(.after(Retrying.moment), cause: Retrying.cause) }
        return [.integer(Int64(retries)), .string(context.request.id)]
    }
}

struct RetryUnlimited: WorkerTask {
    static let name = "twin.retry.unlimited"
    struct Arguments: Decodable {}
    var options: TaskOptions { Retrying.options(maxRetries: nil) }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Int {
        let retries = context.request.retries
        if retries < 7 { throw context.retry(.after(Retrying.moment)) }
        return retries
    }
}

struct RetryMoreThanItsLimit: WorkerTask {
    static let name = "twin.retry.more_than_its_limit"
    struct Arguments: Decodable {}
    var options: TaskOptions { Retrying.options(maxRetries: 1) }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Int {
        let retries = context.request.retries
        if retries < 3 { throw context.retry(.after(Retrying.moment), maxRetries: 3) }
        return retries
    }
}
