import SwiftWorker

struct Add: WorkerTask {
    static let name = "\(module).add"
    struct Arguments: Decodable {
        var x: Int
        var y: Int
        var z: Int?
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Int { arguments.x + arguments.y + (arguments.z ?? 0) }
}

/// Two numbers.
struct Pair: Codable {
    var x: Int
    var y: Int

    var sum: Int { x + y }
}

struct AddNotTyped: WorkerTask {
    static let name = "\(module).add_not_typed"
    typealias Arguments = Pair

    func run(_ arguments: Pair, _ context: TaskContext) -> Int { arguments.sum }
}

struct AddIgnoringResult: WorkerTask {
    static let name = "\(module).add_ignore_result"
    typealias Arguments = Pair
    var options: TaskOptions { TaskOptions(ignoreResult: true) }

    func run(_ arguments: Pair, _ context: TaskContext) -> Int { arguments.sum }
}

struct AddWithResult: WorkerTask {
    static let name = "\(module).add_with_result"
    typealias Arguments = Pair
    var options: TaskOptions { TaskOptions(ignoreResult: false) }

    func run(_ arguments: Pair, _ context: TaskContext) -> Int { arguments.sum }
}

/// A structure as the argument, and one as the result.
struct AddPydantic: WorkerTask {
    static let name = "\(module).add_pydantic"
    struct Arguments: Decodable {
        var data: Pair
    }
    struct Sum: Encodable {
        var result: Int
    }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Sum { Sum(result: arguments.data.sum) }
}

struct AddPydanticByText: WorkerTask {
    static let name = "\(module).add_pydantic_string_annotations"
    typealias Arguments = AddPydantic.Arguments

    func run(_ arguments: Arguments, _ context: TaskContext) -> AddPydantic.Sum {
        AddPydantic.Sum(result: arguments.data.sum)
    }
}
