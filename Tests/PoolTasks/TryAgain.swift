import CeleryProtocol
import Glibc
import JSON
import Logging
import OrderedCollections
public import SwiftWorker

/// Ends in retries until there have been so many of them, and tells the log of its hooks.
public struct TryAgain: WorkerTask {
    public static let name = "pool.try_again"
    public struct Arguments: Decodable {
        enum Way: String, Decodable {
            /// The body asks for it.
            case wish
            /// The policy decides on an error.
            case error
            /// The policy decides on the soft time limit.
            case softLimit
            /// The body asks for other arguments, in another queue.
            case elsewhere
            /// The process ends.
            case death
        }

        var times: Int
        var way: Way?
        /// Ends the process in the hook.
        var dies: Bool?
    }
    struct Failure: Error, CustomStringConvertible { var description: String }

    public init() {}

    public var options: TaskOptions {
        TaskOptions(
            acksLate: true,
            retryPolicy: TaskRetryPolicy(retryDelay: .zero).retry(on: Failure.self, SoftTimeLimitExceeded.self)
        )
    }

    public func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Int {
        guard context.request.retries < arguments.times else { return context.request.retries }
        let cause = PythonException.valueError("not yet")
        switch arguments.way ?? .wish {
        case .wish: throw context.retry(cause: cause)
        case .error: throw Failure(description: "not yet")
        case .softLimit: try await Task.sleep(for: .seconds(3600))
        case .elsewhere:
            throw context.retry(
                .after(.seconds(20)),
                cause: cause,
                keywordArguments: ["times": 0, "way": "error"],
                queue: "elsewhere",
                priority: 7,
                expiresIn: .seconds(90),
                timeLimit: .seconds(60)
            )
        case .death: exit(7)
        }
        return -1
    }

    public func onRetry(_ retry: TaskRetry, _ arguments: Arguments?, _ context: TaskContext) async throws {
        if arguments?.dies == true { exit(7) }
        context.logger.info("onRetry \(retry.retries) \(retry.exception?.repr ?? "") \(arguments?.times ?? -1)")
    }

    public func onSuccess(_ output: Int, _ arguments: Arguments, _ context: TaskContext) async throws {
        context.logger.info("onSuccess \(output)")
    }

    public func onFailure(_ failure: TaskFailure, _ arguments: Arguments?, _ context: TaskContext) async throws {
        context.logger.info("onFailure \(failure.exception.repr)")
    }

    public func afterReturn(_ end: TaskEnd, _ arguments: Arguments?, _ context: TaskContext) async throws {
        context.logger.info("afterReturn")
    }
}
