import Platform
public import SwiftWorker

/// A worker's executable: its tasks; the command line comes with it.
///
/// ```swift
/// @main struct MyWorker: WorkerProgram {
///     var tasks: TaskRegistry { Add(); TrimVideo() }
/// }
/// ```
public protocol WorkerProgram {
    init()

    /// The tasks that the worker runs.
    @TaskRegistry var tasks: TaskRegistry { get }

    /// Commands of remote control of one's own; none unless said otherwise.
    var commands: [CustomCommand] { get }
}

extension WorkerProgram {
    public var commands: [CustomCommand] { [] }

    /// Runs the command line and ends the process with its exit code.
    public static func main() async {
        let arguments = CommandLine.arguments.dropFirst()
        if PoolChild.isWanted(arguments) { ThisProcess.exit(await PoolChild.run { Self().tasks }) }
        let tool = CommandLineTool(
            executable: CommandLine.arguments.first ?? "swiftworker",
            environment: ThisProcess.environment,
            tasks: { Self().tasks },
            commands: { Self().commands }
        )
        ThisProcess.exit(await tool.run(Array(arguments)))
    }
}
