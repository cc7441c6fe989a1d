import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import SwiftWorker

struct RetryUntil: WorkerTask {
    static let name = "\(module).retry"
    struct Arguments: Decodable {
        var returnValue: JSONValue?
    }
    var options: TaskOptions { TaskOptions(retryPolicy: TaskRetryPolicy(retryDelay: .seconds(1))) }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> JSONValue {
        if let value = arguments.returnValue, context.request.retries >= 3 { return value }
        throw context.retry(.after(.seconds(5)), cause: PythonException(type: "ExpectedException", module: module))
    }
}

struct RetryUnpickleable: WorkerTask {
    static let name = "\(module).retry_unpickleable"
    struct Arguments: Decodable {
        var foo: JSONValue
        var bar: JSONValue
        var retryKwargs: How
    }
    struct How: Decodable {
        var countdown: Double
        var max_retries: Int
    }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        throw context.retry(
            .after(.seconds(arguments.retryKwargs.countdown)),
            cause: PythonException(type: "UnpickleableException", module: module, arguments: [arguments.foo]),
            maxRetries: arguments.retryKwargs.max_retries
        )
    }
}

/// Retries at once, and then returns what it was called with.
struct RetryWithArgsAfterKwargs: WorkerTask {
    static let name = "\(module).retry_with_args_after_kwargs"
    struct Arguments: Decodable {
        var foo: Int
        var bar: Int
        var label: String?
    }
    var options: TaskOptions { .once }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> JSONValue {
        if context.request.retries == 0 {
            let next = [arguments.foo + 1, arguments.bar + 1].map { JSONValue.integer(Int64($0)) }
            throw context.retry(.after(.zero), arguments: next)
        }
        return [
            "foo": .integer(Int64(arguments.foo)), "bar": .integer(Int64(arguments.bar)),
            "label": arguments.label.map { .string($0) } ?? .null, "retries": .integer(Int64(context.request.retries)),
            "is_eager": false,
        ]
    }
}

struct RetryWithKwargsAfterArgs: WorkerTask {
    static let name = "\(module).retry_with_kwargs_after_args"
    struct Arguments: Decodable {
        var foo: Int
        var bar: Int
    }
    var options: TaskOptions { .once }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> JSONValue {
        if context.request.retries == 0 {
            throw context.retry(.after(.zero), keywordArguments: ["foo": .integer(Int64(arguments.foo + 1))])
        }
        return [
            "foo": .integer(Int64(arguments.foo)), "bar": .integer(Int64(arguments.bar)),
            "retries": .integer(Int64(context.request.retries)), "is_eager": false,
        ]
    }
}

extension TaskOptions {
    /// Of a task that is retried once.
    static let once = TaskOptions(retryPolicy: TaskRetryPolicy(maxRetries: 1))
}

/// What the tasks that are retried once take.
struct OnceArguments: Decodable {
    var expires: Double?
    var maxRetries: Int?
    var countdown: Double?

    func retry(_ context: TaskContext) -> RetryRequest {
        context.retry(
            .after(.seconds(countdown ?? 0.1)),
            maxRetries: maxRetries ?? 1,
            expiresIn: expires.map { .seconds($0) }
        )
    }
}

struct RetryOnce: WorkerTask {
    static let name = "\(module).retry_once"
    typealias Arguments = OnceArguments
    var options: TaskOptions { .once }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Int {
        guard context.request.retries > 0 else { throw arguments.retry(context) }
        return context.request.retries
    }
}

struct RetryOncePriority: WorkerTask {
    static let name = "\(module).retry_once_priority"
    typealias Arguments = OnceArguments
    var options: TaskOptions { .once }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Int? {
        guard context.request.retries > 0 else { throw arguments.retry(context) }
        return context.request.priority
    }
}

struct RetryOnceHeaders: WorkerTask {
    static let name = "\(module).retry_once_headers"
    typealias Arguments = OnceArguments
    var options: TaskOptions { .once }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> [String: String] {
        guard context.request.retries > 0 else { throw arguments.retry(context) }
        var texts: [String: String] = [:]
        for entry in context.request.headers.entries { texts[entry.name] = "\(entry.value)" }
        return texts
    }
}

struct RetryOnceIgnoringResult: WorkerTask {
    static let name = "\(module).retry_once_ignore_result"
    struct Arguments: Decodable {}
    var options: TaskOptions { TaskOptions(ignoreResult: true) }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Int {
        guard context.request.retries > 0 else { throw context.retry(.after(.zero)) }
        return context.request.retries
    }
}

struct RetryOnceWithResult: WorkerTask {
    static let name = "\(module).retry_once_with_result"
    struct Arguments: Decodable {}
    var options: TaskOptions { TaskOptions(ignoreResult: false) }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Int {
        guard context.request.retries > 0 else { throw context.retry(.after(.zero)) }
        return context.request.retries
    }
}

/// By its policy.
struct RetryByItself: WorkerTask {
    static let name = "auto_retry_class_task"
    struct Arguments: Decodable {}
    var options: TaskOptions {
        let policy = TaskRetryPolicy(maxRetries: 1, backoff: RetryBackoff(factor: 1))
        return TaskOptions(retryPolicy: policy.retry(onPython: "ValueError"))
    }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Int {
        guard context.request.retries > 0 else { throw PythonException(type: "ValueError") }
        return context.request.retries
    }
}
