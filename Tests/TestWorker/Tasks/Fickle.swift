import CeleryProtocol
import Glibc
import JSON
import SwiftWorker

/// Fails a few times before it succeeds, or always, as the number at the end of its id says; for Tests/Chaos.
///
/// Every fourth fails always; of the others the number's rest by three is how often. A success is written down.
struct Fickle: WorkerTask {
    static let name = "tasks.fickle"
    struct Arguments: Decodable { var milliseconds: Int }

    var options: TaskOptions {
        TaskOptions(
            acksLate: true,
            retryPolicy: TaskRetryPolicy(maxRetries: 2, retryDelay: .milliseconds(200)).retry(
                onPython: "ConnectionError"
            )
        )
    }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        usleep(UInt32(clamping: arguments.milliseconds * 1000))
        guard let number = Int(context.request.id.suffix(12), radix: 16) else {
            throw PythonException.valueError("no number at the end of the id")
        }
        if number % 4 == 0 || context.request.retries < number % 3 {
            throw PythonException(type: "ConnectionError", arguments: ["not now"])
        }
        try LedgerFile.append(context.request)
        return Nothing()
    }
}

/// Finds a file, or fails: it succeeds when it is run again and the file has come.
struct Find: WorkerTask {
    static let name = "tasks.find"
    struct Arguments: Decodable { var path: String }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> String {
        guard unsafe access(arguments.path, F_OK) == 0 else {
            throw PythonException(type: "FileNotFoundError", arguments: [.string(arguments.path)])
        }
        return "found"
    }
}
