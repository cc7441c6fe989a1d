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

    /// Called once in each process that runs tasks, before the first: the place to bootstrap a tracer. Logs and metrics are
    /// the worker's own.
    func prepare()

    /// Called before each of these processes ends, child processes that are replaced included: the place to send the last
    /// spans. Of a process that dies or is killed nothing is left to call.
    func finish() async

    /// Commands of remote control of one's own; none unless said otherwise.
    var commands: [CustomCommand] { get }
}

extension WorkerProgram {
    public var commands: [CustomCommand] { [] }

    public func prepare() {}

    public func finish() async {}

    /// Runs the command line and ends the process with its exit code.
    public static func main() async {
        let arguments = CommandLine.arguments.dropFirst()
        if PoolChild.isWanted(arguments) {
            Self().prepare()
            ThisProcess.exit(await PoolChild.run(tasks: { Self().tasks }, finish: { await Self().finish() }))
        }
        let tool = CommandLineTool(
            executable: CommandLine.arguments.first ?? "swiftworker",
            environment: ThisProcess.environment,
            tasks: { Self().tasks },
            commands: { Self().commands },
            prepare: { Self().prepare() },
            finish: { await Self().finish() }
        )
        ThisProcess.exit(await tool.run(Array(arguments)))
    }
}
