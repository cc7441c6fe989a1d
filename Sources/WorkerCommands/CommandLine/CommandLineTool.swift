import ArgumentParser
import Platform
import SwiftWorker

/// The whole command line: takes arguments, gives an exit code.
struct CommandLineTool {
    /// As the program was called.
    let executable: String
    let environment: [String: String]
    let tasks: () -> TaskRegistry
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
            case nil where order.arguments.contains { $0 == "--help" || $0 == "-h" } && order.arguments.count == 1:
                return help(for: nil)
            case nil, "worker": return await runWorker(order.arguments)
            case "config":
                guard let command = try RootCommand.parseAsRoot(["config"] + order.arguments) as? ConfigCommand else {
                    return help(for: "config")
                }
                return showConfiguration(command)
            case "multi": return await multi.run(globals: order.globals, order.rest)
            case "help": return help(for: order.arguments.first)
            case let name?: return refuse(name)
            }
        } catch {
            return report(error)
        }
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
            console: console
        )
        return await start.run(tasks: tasks)
    }

    private func showConfiguration(_ command: ConfigCommand) -> Int32 {
        do {
            if let folder = command.global.workdir { try ThisProcess.changeDirectory(folder) }
            let loader = SettingsLoader(
                file: command.global.config,
                environment: environment,
                options: SettingsLoader.given(in: command.global),
                overrides: command.overrides
            )
            let effective = try loader.load()
            for warning in effective.warnings { console.complain("warning: \(warning)") }
            console.print(command.text(effective))
            return ProcessExit.success
        } catch {
            return fail(error)
        }
    }

    /// Prints an error of the start and gives its exit code.
    private func fail(_ error: any Error) -> Int32 {
        console.complain("\(programName): error: \(error)")
        return (error as? SettingsError)?.exitCode ?? ProcessExit.failure
    }

    private func refuse(_ name: String) -> Int32 {
        if LaterCommand.names.contains(name) {
            console.complain("\(programName): the command '\(name)' comes with a later version")
        } else if LaterCommand.pythonOnly.contains(name) {
            console.complain("\(programName): the command '\(name)' is for Python programs only")
        } else {
            let known = ["worker", "config", "multi", "help"] + LaterCommand.names
            let hint = Suggestion.hint(for: name, among: known)
            console.complain("\(programName): no command '\(name)'\(hint); see '\(programName) --help'")
        }
        return ProcessExit.usage
    }

    private func help(for command: String?) -> Int32 {
        switch command {
        case nil: console.print(RootCommand.helpMessage())
        case "worker": console.print(RootCommand.helpMessage(for: WorkerCommand.self))
        case "config": console.print(RootCommand.helpMessage(for: ConfigCommand.self))
        case "multi": console.print(MultiHelp.text(programName))
        case let name?: return refuse(name)
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
