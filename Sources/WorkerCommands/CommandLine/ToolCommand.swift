import ArgumentParser

/// A command of the command line: what is typed, and what it does. A new one conforms, and is named once, in `RootCommand`.
protocol ToolCommand: ParsableCommand {
    /// - Returns: the exit code of the process.
    /// - Throws: what went wrong. `CommandLineTool` prints it; `ToolFailure` says which exit code that is.
    func run(in context: ToolContext) async throws -> Int32
}
