import ArgumentParser
import JSON
import OrderedCollections

/// `swiftworker logtool`.
struct LogToolCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logtool",
        abstract: "Reads logs of workers: what became of the tasks.",
        discussion: """
            Logs of this worker, as text or JSON, and of Celery's. Without a file, standard input is read.

            Examples:
              \(RootCommand.name) logtool stats logs/celery-cpu.log
              \(RootCommand.name) logtool incomplete logs/*.log
              journalctl -u worker -o cat | \(RootCommand.name) logtool errors
            """,
        subcommands: [LogStatistics.self, LogTraces.self, LogErrors.self, LogIncomplete.self, LogOther.self]
    )
}

/// Which logs.
struct LogFiles: ParsableArguments {
    @Argument(help: ArgumentHelp("Logs; '-' is standard input.", valueName: "file"))
    var names: [String] = []

    /// Standard input where no file is named.
    var all: [String] { names.isEmpty ? ["-"] : names }
}

/// `swiftworker logtool stats`.
struct LogStatistics: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Counts tasks, by what became of them and by name.",
        discussion: "Example: \(RootCommand.name) logtool stats --json logs/*.log | jq .errors"
    )

    @Flag(name: [.customShort("j"), .long], help: "Prints one JSON object.")
    var json = false

    @OptionGroup var files: LogFiles
    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(in context: ToolContext) throws -> Int32 {
        let audit = try LogAudit.audit(files.all)
        context.console.print(json ? Self.json(audit) : Self.text(audit))
        return ProcessExit.success
    }

    static func text(_ audit: LogAudit) -> String {
        """

        Report
        ======
        Task total: \(audit.received.count)
        Task errors: \(audit.failed)
        Task success: \(audit.succeeded)
        Task completed: \(audit.ended.count)
        Tasks
        =====
        \(audit.types.map { "\($0.name): \($0.count)" }.joined(separator: "\n"))

        """
    }

    static func json(_ audit: LogAudit) -> String {
        func number(_ value: Int) -> JSONValue { .integer(Int64(value)) }
        let types = JSONObject(uniqueKeysWithValues: audit.types.map { ($0.name, number($0.count)) })
        let value: JSONValue = [
            "total": number(audit.received.count), "errors": number(audit.failed), "success": number(audit.succeeded),
            "completed": number(audit.ended.count), "retries": number(audit.retries), "tasks": .object(types),
        ]
        return String(decoding: value.serialized(), as: UTF8.self)
    }
}

/// `swiftworker logtool traces`.
struct LogTraces: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "traces",
        abstract: "Prints what stands on several lines, tracebacks above all.",
        discussion: "Example: \(RootCommand.name) logtool traces logs/celery-cpu.log"
    )

    @OptionGroup var files: LogFiles
    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(in context: ToolContext) throws -> Int32 {
        var shown: LogRecord?
        try LogAudit.read(files.all) { _ in
            shown = nil
        } continued: { line, record in
            if let record, shown == nil { context.console.print(record.line) }
            shown = record
            context.console.print(line)
        }
        return ProcessExit.success
    }
}

/// `swiftworker logtool errors`.
struct LogErrors: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "errors",
        abstract: "Prints the lines of tasks that failed.",
        discussion: "Example: \(RootCommand.name) logtool errors logs/*.log"
    )

    @OptionGroup var files: LogFiles
    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(in context: ToolContext) throws -> Int32 {
        try LogAudit.read(files.all, each: { if $0.task?.event == .failed { context.console.print($0.line) } })
        return ProcessExit.success
    }
}

/// `swiftworker logtool incomplete`.
struct LogIncomplete: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "incomplete",
        abstract: "Prints the ids of tasks that were received and are not over.",
        discussion: "Example: \(RootCommand.name) logtool incomplete logs/celery-cpu.log"
    )

    @OptionGroup var files: LogFiles
    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(in context: ToolContext) throws -> Int32 {
        for id in try LogAudit.audit(files.all).incomplete { context.console.print("Did not complete: \(id)") }
        return ProcessExit.success
    }
}

/// `swiftworker logtool debug`.
struct LogOther: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "debug",
        abstract: "Prints the lines that are not about a task's life.",
        discussion: "Example: \(RootCommand.name) logtool debug logs/celery-cpu.log"
    )

    @OptionGroup var files: LogFiles
    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(in context: ToolContext) throws -> Int32 {
        try LogAudit.read(files.all, each: { if $0.task == nil { context.console.print($0.line) } })
        return ProcessExit.success
    }
}
