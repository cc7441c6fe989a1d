import CeleryProtocol
import JSON

/// A task with its argument and result types erased: what the corridor works with.
final class RegisteredTask: Sendable {
    let name: String
    let options: TaskOptions
    /// Binds the payload's arguments, runs the body, encodes what it returns.
    let run: @Sendable (TaskPayload, TaskContext) async throws -> JSONFragment

    init<T: WorkerTask>(_ task: T) {
        name = T.name
        options = task.options
        let parameters = ParameterList(of: T.Arguments.self, function: T.name)
        run = { payload, context in
            let arguments = try parameters.bind(T.Arguments.self, payload.args, payload.kwargs)
            return try JSONFragment(encoding: try await task.run(arguments, context))
        }
    }

    /// Stands for a name that nobody registered; it is never run.
    init(unregistered name: String) {
        self.name = name
        options = TaskOptions()
        run = { _, _ in throw PythonException.notRegistered(name) }
    }
}
