import CeleryProtocol
import Glibc
import JSON
import SwiftWorker

// More twins of Tests/InteropTests/Python/retry_tasks.py: retries by the policy, and what else a task may do with one.

struct RetryAutomatic: WorkerTask {
    static let name = "twin.retry.automatic"
    struct Arguments: Decodable {
        var kind: String
    }
    var options: TaskOptions {
        Retrying.options(backoff: RetryBackoff(factor: 3, hasJitter: false)) {
            $0.retry(onPython: "OSError").dontRetry(onPython: "FileNotFoundError")
        }
    }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        Retrying.stay(context)
        let types = ["connection": "ConnectionError", "missing": "FileNotFoundError", "value": "ValueError"]
        throw PythonException(type: types[arguments.kind] ?? "KeyError", arguments: ["oops"])
    }
}

struct RetryAutomaticToTheEnd: WorkerTask {
    static let name = "twin.retry.automatic_to_the_end"
    struct Arguments: Decodable {}
    var options: TaskOptions {
        Retrying.options(maxRetries: 1, delay: Retrying.moment) { $0.retry(onPython: "Exception") }
    }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing { throw Retrying.cause }
}

struct RetryWithBackoff: WorkerTask {
    static let name = "twin.retry.backoff"
    struct Arguments: Decodable {}
    var options: TaskOptions {
        let backoff = RetryBackoff(factor: 2, maximum: .seconds(3), hasJitter: false)
        return Retrying.options(maxRetries: 5, backoff: backoff) { $0.retry(onPython: "Exception") }
    }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        if context.request.retries < 1 { throw Retrying.cause }
        Retrying.stay(context)
        return Nothing()
    }
}

struct RetryArgumentsThatDoNotFit: WorkerTask {
    static let name = "twin.retry.arguments_that_do_not_fit"
    struct Arguments: Decodable {
        var x: JSONValue
    }
    var options: TaskOptions {
        Retrying.options(maxRetries: 1, delay: Retrying.moment) { $0.retry(onPython: "Exception") }
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> JSONValue { arguments.x }
}

struct RetryIgnored: WorkerTask {
    static let name = "twin.retry.ignored"
    struct Arguments: Decodable {}
    var options: TaskOptions { Retrying.options(ignoreResult: true) }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        Retrying.stay(context)
        throw context.retry()
    }
}

struct RetryIgnoredButTold: WorkerTask {
    static let name = "twin.retry.ignored_but_told"
    struct Arguments: Decodable {}
    var options: TaskOptions { Retrying.options(ignoreResult: true, storeErrorsEvenIfIgnored: true) }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        Retrying.stay(context)
        throw context.retry()
    }
}

struct RetryTracked: WorkerTask {
    static let name = "twin.retry.tracked"
    struct Arguments: Decodable {}
    var options: TaskOptions { Retrying.options(trackStarted: true) }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        Retrying.stay(context)
        throw context.retry()
    }
}

struct RetryAfterProgress: WorkerTask {
    static let name = "twin.retry.after_progress"
    struct Arguments: Decodable {}
    var options: TaskOptions { Retrying.options() }

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Nothing {
        Retrying.stay(context)
        try await context.updateState("PROGRESS", meta: ["step": 1])
        throw context.retry(cause: Retrying.cause)
    }
}
