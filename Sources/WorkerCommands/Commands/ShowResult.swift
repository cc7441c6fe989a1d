import ArgumentParser
import SwiftWorker

/// `swiftworker result`.
struct ShowResult: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "result",
        abstract: "Prints the result of a task, where the result backend lets others read it.",
        discussion: """
            With rpc:// results go to the queue of whoever started the task, and nobody else can read them; the worker's log \
            tells that a task has succeeded, and 'inspect query_task' where it is. Backends that keep results come with a later version.

            Examples:
              \(RootCommand.name) result 0a59e7d6-3c1e-4f64-b1b5-2f1a0c1f4d8e
              \(RootCommand.name) inspect query_task 0a59e7d6-3c1e-4f64-b1b5-2f1a0c1f4d8e

            Exit codes: 1 the result can't be read.
            """
    )

    @Option(
        name: [.customShort("t", allowingJoined: true), .long],
        help: ArgumentHelp("The task's name; not needed here.", valueName: "name")
    )
    var task: String?

    @Flag(help: "Prints the traceback instead.")
    var traceback = false

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    @Argument(help: ArgumentHelp("The task's id.", valueName: "id"))
    var id: String

    func run(in context: ToolContext) async throws -> Int32 {
        let effective = try context.settings(global)
        let backend = try ResultBackend(
            url: effective.settings.resultBackend,
            source: effective.source(of: "result_backend")
        )
        throw StartError("result: \(Self.reason(backend))", exitCode: ProcessExit.failure)
    }

    /// Why there is nothing to read.
    static func reason(_ backend: ResultBackend) -> String {
        switch backend {
        case .disabled: "no result is kept: result_backend is not set"
        case .rpc:
            """
            with rpc:// a result goes to the queue of whoever started the task, and nobody else can read it; \
            'inspect query_task ID' says where the task is
            """
        }
    }
}
