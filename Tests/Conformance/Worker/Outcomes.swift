import CeleryProtocol
import Glibc
import JSON
import Logging
import SwiftWorker

struct Sleeping: WorkerTask {
    static let name = "\(module).sleeping"
    struct Arguments: Decodable {
        var i: Double
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Nothing {
        usleep(UInt32(arguments.i * 1_000_000))
        return Nothing()
    }
}

struct PrintUnicode: WorkerTask {
    static let name = "\(module).print_unicode"
    struct Arguments: Decodable {
        var logMessage: String?
        var printMessage: String?
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Nothing {
        context.logger.warning("\(arguments.logMessage ?? "håå®ƒ valmuefrø")")
        print(arguments.printMessage ?? "hiöäüß")
        return Nothing()
    }
}

struct Fail: WorkerTask {
    static let name = "\(module).fail"
    typealias Arguments = [JSONValue]

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        throw PythonException(
            type: "ExpectedException",
            module: module,
            arguments: ["Task expected to fail"] + arguments
        )
    }
}

/// An exception that readers can't make anew: its class takes more than it shows.
struct FailUnpickleable: WorkerTask {
    static let name = "\(module).fail_unpickleable"
    struct Arguments: Decodable {
        var foo: JSONValue
        var bar: JSONValue
    }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        throw PythonException(type: "UnpickleableException", module: module, arguments: [arguments.foo])
    }
}

struct RejectForGood: WorkerTask {
    static let name = "\(module).reject_without_requeue"
    struct Arguments: Decodable {}

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        throw TaskControl.reject(reason: "rejected", requeue: false)
    }
}

struct RejectThenSucceed: WorkerTask {
    static let name = "\(module).reject_then_succeed"
    struct Arguments: Decodable {}
    var options: TaskOptions { TaskOptions(acksLate: true) }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> String {
        guard context.request.isRedelivered else { throw TaskControl.reject(reason: "", requeue: true) }
        return "second-pass"
    }
}
