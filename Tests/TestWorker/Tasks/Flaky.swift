import Glibc
import SwiftWorker

/// Fails as often as its id says, and writes each run down: lines «task id, retries, again, done or failed, process, time». For
/// the checker in Tests/Chaos/chaos/retries.py, which has the same table.
struct Flaky: WorkerTask {
    static let name = "tasks.flaky"
    struct Arguments: Decodable { var milliseconds: Int }
    struct NotYet: Error {}

    /// How often a task fails, by the last digit of its number.
    private static let failures = [0, 1, 1, 2, 2, 3, 1, 1, 2, .max]

    var options: TaskOptions {
        TaskOptions(
            acksLate: true,
            retryPolicy: TaskRetryPolicy(maxRetries: 3, retryDelay: .milliseconds(500)).retry(on: NotYet.self)
        )
    }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        usleep(UInt32(clamping: arguments.milliseconds * 1000))
        let number = Int(context.request.id.suffix(12), radix: 16) ?? 0
        if context.request.retries < Self.failures[number % 10] { throw NotYet() }
        try write("done", context)
        return Nothing()
    }

    func onRetry(_ retry: TaskRetry, _ arguments: Arguments?, _ context: TaskContext) throws {
        try write("again", context)
    }

    func onFailure(_ failure: TaskFailure, _ arguments: Arguments?, _ context: TaskContext) throws {
        try write("failed", context)
    }

    private func write(_ end: String, _ context: TaskContext) throws {
        try LedgerFile.append(
            "\(context.request.id) \(context.request.retries) \(end) \(getpid()) \(LedgerFile.now)"
        )
    }
}
