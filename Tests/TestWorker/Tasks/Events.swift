import JSON
import OrderedCollections
import SwiftWorker

/// Tells monitors of its steps.
struct Announce: WorkerTask {
    static let name = "twin.announce"
    struct Arguments: Decodable {
        var steps: Int
    }

    func run(_ arguments: Arguments, _ context: TaskContext) throws -> Int {
        for step in 0..<arguments.steps {
            try context.sendEvent(
                "task-step",
                ["step": .integer(Int64(step)), "of": .integer(Int64(arguments.steps))]
            )
        }
        return arguments.steps
    }
}

/// One that monitors hear nothing of.
struct Silent: WorkerTask {
    static let name = "twin.silent"
    typealias Arguments = Tracked.Arguments
    var options: TaskOptions { TaskOptions(sendsEvents: false) }

    func run(_ arguments: Arguments, _ context: TaskContext) -> Int { arguments.x }
}
