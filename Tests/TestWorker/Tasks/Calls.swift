import JSON
import SwiftWorker

/// A number as Python has it: the sum of integers is one, any float makes a float.
enum Number: Codable, Sendable {
    case integer(Int)
    case double(Double)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if case .double(let value) = try container.decode(JSONValue.self) {
            self = .double(value)
        } else {
            self = .integer(try container.decode(Int.self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .integer(let value): try container.encode(value)
        case .double(let value): try container.encode(value)
        }
    }

    var double: Double {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        }
    }

    static func + (left: Number, right: Number) -> Number {
        if case .integer(let a) = left, case .integer(let b) = right {
            let (sum, overflow) = a.addingReportingOverflow(b)
            if !overflow { return .integer(sum) }
        }
        return .double(left.double + right.double)
    }
}

struct Add: WorkerTask {
    static let name = "twin.add"
    struct Arguments: Decodable {
        var x: Number
        var y: Number
        var z: Number?
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Number {
        arguments.x + arguments.y + (arguments.z ?? .integer(0))
    }
}

struct Concat: WorkerTask {
    static let name = "twin.concat"
    struct Arguments: Decodable {
        var first: String
        var second: String?
        var separator: String?
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> String {
        arguments.first + (arguments.separator ?? " – ") + (arguments.second ?? "größer")
    }
}

struct Camel: WorkerTask {
    static let name = "twin.camel"
    struct Arguments: Decodable {
        var recordingID: Int
        var userId: String
        var dryRun: Bool?
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> [JSONValue] {
        [.integer(Int64(arguments.recordingID)), .string(arguments.userId), .bool(arguments.dryRun ?? false)]
    }
}

struct NoArguments: WorkerTask {
    static let name = "twin.no_arguments"
    struct Arguments: Decodable {}

    func run(_ arguments: Arguments, _ context: TaskContext) -> String { "ran" }
}

struct Echo: WorkerTask {
    static let name = "twin.echo"
    struct Arguments: Decodable {
        var value: JSONValue
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> JSONValue { arguments.value }
}
