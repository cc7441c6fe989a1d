import CeleryProtocol
import JSON
import Logging

/// A task with its argument and result types erased: what the corridor works with.
final class RegisteredTask: Sendable {
    let name: String
    let options: TaskOptions
    let parameters: ParameterList
    /// Binds the payload's arguments (else throws `UnfitArguments`), runs the body and its hooks for success, encodes what it returned.
    let run: @Sendable (TaskPayload, TaskContext) async throws -> JSONFragment
    /// Runs the hooks for a failure. The payload is `nil` when the message's body can't be opened.
    let failed: @Sendable (TaskFailure, TaskPayload?, TaskContext) async -> Void
    /// Runs the hook for a retry.
    let retried: @Sendable (TaskRetry, TaskPayload?, TaskContext) async -> Void

    init<T: WorkerTask>(_ task: T) {
        name = T.name
        options = task.options
        let parameters = ParameterList(of: T.Arguments.self, function: T.name)
        self.parameters = parameters
        run = { payload, context in
            let arguments: T.Arguments
            do {
                arguments = try parameters.bind(T.Arguments.self, payload.args, payload.kwargs)
            } catch {
                throw UnfitArguments(error: error)
            }
            let output = try await task.run(arguments, context)
            let result = try JSONFragment(encoding: output)
            // A body that outlived its hard limit has failed; its hooks know already.
            if context.isGivenUp { return result }
            await Self.hook("onSuccess", context) { try await task.onSuccess(output, arguments, context) }
            await Self.hook("afterReturn", context) { try await task.afterReturn(.success, arguments, context) }
            return result
        }
        failed = { failure, payload, context in
            let arguments = payload.flatMap { try? parameters.bind(T.Arguments.self, $0.args, $0.kwargs) }
            await Self.hook("onFailure", context) { try await task.onFailure(failure, arguments, context) }
            await Self.hook("afterReturn", context) {
                try await task.afterReturn(.failure(failure), arguments, context)
            }
        }
        retried = { retry, payload, context in
            let arguments = payload.flatMap { try? parameters.bind(T.Arguments.self, $0.args, $0.kwargs) }
            await Self.hook("onRetry", context) { try await task.onRetry(retry, arguments, context) }
        }
    }

    /// Stands for a name that nobody registered; it is never run.
    init(unregistered name: String) {
        self.name = name
        options = TaskOptions()
        parameters = ParameterList(of: Nothing.self, function: name)
        run = { _, _ in throw PythonException.notRegistered(name) }
        failed = { _, _, _ in }
        retried = { _, _, _ in }
    }

    private static func hook(_ name: String, _ context: TaskContext, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            context.logger.error("\(context.request.task)[\(context.request.id)]: its \(name) threw: \(error)")
        }
    }
}

/// The message's arguments do not fit the task. Its body has not run, and would not with another try.
struct UnfitArguments: Error {
    let error: any Error
}
