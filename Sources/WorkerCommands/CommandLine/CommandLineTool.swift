import ArgumentParser
import Platform
import SwiftWorker

/// The whole command line: takes arguments, gives an exit code.
struct CommandLineTool {
    /// As the program was called.
    let executable: String
    let environment: [String: String]
    let tasks: () -> TaskRegistry
    var commands: () -> [CustomCommand] = { [] }
    /// What a process does before the first task and after the last.
    var prepare: () -> Void = {}
    var finish: () async -> Void = {}
    var console = Console()

    private var programName: String { Self.name(ofExecutable: executable) }

    /// A path's last part.
    static func name(ofExecutable path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? "swiftworker"
    }

    func run(_ given: [String]) async -> Int32 {
        let order = ArgumentOrder(given)
        // As in Celery, `--version` alone or before the command.
        if order.command == nil, order.arguments.last == "--version" {
            console.print("\(programName) \(SwiftWorkerVersion.current) (Celery \(SwiftWorkerVersion.celery) protocol)")
            return ProcessExit.success
        }
        do {
            switch order.command {
            case nil where order.arguments.first?.hasPrefix("--generate-completion-script") == true:
                _ = try RootCommand.parseAsRoot(order.arguments)
                return ProcessExit.usage
            case nil where order.arguments == ["--help"] || order.arguments == ["-h"]: return help(for: nil)
            case nil, "worker": return await runWorker(order.arguments)
            case "multi": return await multi.run(globals: order.globals, order.rest)
            case "help": return help(for: order.arguments.first)
            case let name?: return try await perform(name, order)
            }
        } catch {
            return report(error)
        }
    }

    /// Runs one of the commands that `RootCommand` lists.
    private func perform(_ name: String, _ order: ArgumentOrder) async throws -> Int32 {
        guard let type = RootCommand.command(name) else { return refuse(name) }
        if let word = order.rest.first, !word.hasPrefix("-"), let refusal = RootCommand.refusal(of: word, in: type) {
            console.complain("\(programName): \(refusal)")
            return ProcessExit.usage
        }
        let parsed = try RootCommand.parseAsRoot([name] + order.argumentsWithGlobalsLast)
        guard let command = parsed as? any ToolCommand else { return help(for: name) }
        do {
            return try await command.run(in: context)
        } catch {
            console.complain("\(programName): error: \(error)")
            return ToolFailure.exitCode(of: error)
        }
    }

    private var context: ToolContext {
        ToolContext(
            executable: executable,
            programName: programName,
            environment: environment,
            console: console,
            tasks: tasks,
            commands: commands
        )
    }

    private var multi: MultiTool {
        MultiTool(
            executable: executable,
            programName: programName,
            environment: environment,
            console: console,
            hostName: ThisProcess.hostName
        )
    }

    private func runWorker(_ arguments: [String]) async -> Int32 {
        let parsed: WorkerArguments
        do {
            parsed = try WorkerArguments(arguments, environment: environment)
        } catch {
            return report(error)
        }
        let start = WorkerStart(
            arguments: parsed,
            executable: executable,
            programName: programName,
            environment: environment,
            commands: commands(),
            prepare: prepare,
            finish: finish,
            console: console
        )
        return await start.run(tasks: tasks)
    }

    private func refuse(_ name: String) -> Int32 {
        if LaterCommand.names.contains(name) {
            console.complain("\(programName): the command '\(name)' comes with a later version")
        } else if LaterCommand.pythonOnly.contains(name) {
            console.complain("\(programName): the command '\(name)' is for Python programs only")
        } else {
            let hint = Suggestion.hint(for: name, among: RootCommand.names)
            console.complain("\(programName): no command '\(name)'\(hint); see '\(programName) --help'")
        }
        return ProcessExit.usage
    }

    private func help(for command: String?) -> Int32 {
        switch command {
        case nil: console.print(RootCommand.helpMessage())
        case "multi": console.print(MultiHelp.text(programName))
        case let name?:
            guard let type = RootCommand.command(name) else { return refuse(name) }
            console.print(RootCommand.helpMessage(for: type))
        }
        return ProcessExit.success
    }

    /// Prints what the parser has to say: help to the output, mistakes to the errors.
    private func report(_ error: any Error) -> Int32 {
        let text = RootCommand.fullMessage(for: error)
        guard RootCommand.exitCode(for: error) == .success else {
            console.complain(text)
            return ProcessExit.usage
        }
        console.print(text)
        return ProcessExit.success
    }
}

extension SettingsError {
    /// 2 for a mistake on the command line, 1 for one in a file or a variable.
    var exitCode: Int32 {
        if code == .unknownQueue { return ProcessExit.usage }
        if case .flag = source { return ProcessExit.usage }
        return ProcessExit.failure
    }
}
