import CeleryProtocol
import JSON
import SwiftWorker

struct Fail: WorkerTask {
    static let name = "twin.fail"
    struct Arguments: Decodable {
        var kind: String
    }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        throw exception(arguments.kind)
    }

    private func exception(_ kind: String) -> PythonException {
        switch kind {
        case "value": PythonException(type: "ValueError", arguments: ["bad", 3])
        case "key": .keyError("missing")
        case "empty": PythonException(type: "RuntimeError")
        case "unicode": .runtimeError("größer – 😀")
        case "custom": PythonException(type: "Broken", module: "tasks", arguments: ["it broke", ["code": 7]])
        case "inner": PythonException(type: "Outer.Inner", module: "tasks", arguments: ["inside"])
        case "unknown": PythonException(type: "Unheard", module: "nowhere", arguments: ["of"])
        default: PythonException(type: "LookupError", arguments: [.string(kind)])
        }
    }
}

struct ExpectedFailure: WorkerTask {
    static let name = "twin.expected_failure"
    struct Arguments: Decodable {}
    var options: TaskOptions { TaskOptions(expectedErrors: ["LookupError"]) }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        throw PythonException(type: "LookupError", arguments: ["as foreseen"])
    }
}

/// Errors that know nothing of Python.
struct SwiftError: WorkerTask {
    static let name = "twin.swift_error"
    struct Arguments: Decodable {
        var kind: String
    }
    enum DiskError: Error {
        case full(path: String)
    }
    struct QuotaError: Error, CustomStringConvertible {
        var used: Int
        var description: String { "quota exceeded: \(used) of 10" }
    }
    struct Mapped: PythonExceptionConvertible {
        var pythonException: PythonException { .permissionError("not yours") }
    }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Nothing {
        switch arguments.kind {
        case "enum": throw DiskError.full(path: "/var")
        case "struct": throw QuotaError(used: 11)
        case "mapped": throw Mapped()
        default: throw CancellationError()
        }
    }
}
