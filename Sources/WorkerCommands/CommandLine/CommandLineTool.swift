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
            case "control":
                guard let options = try RootCommand.parseAsRoot(["control"] + order.arguments) as? ControlOptions else {
                    return help(for: "control")
                }
                return await control(options)
            case "broker": return try await runBroker(order)
            case "dead-letters": return try await runDeadLetters(order)
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
            commands: commands(),
            console: console
        )
        return await start.run(tasks: tasks)
    }

    private func runBroker(_ order: ArgumentOrder) async throws -> Int32 {
        // The parser wants global options behind the command's own name.
        let parsed = try RootCommand.parseAsRoot(["broker"] + order.rest + order.globals)
        guard let command = parsed as? any BrokerSubcommand else { return help(for: "broker") }
        let tool = BrokerTool(programName: programName, environment: environment, console: console, tasks: tasks)
        return await tool.run(command)
    }

    private func runDeadLetters(_ order: ArgumentOrder) async throws -> Int32 {
        let known = DeadLettersCommand.names
        if let name = order.rest.first, !name.hasPrefix("-"), !known.contains(name) {
            let hint = Suggestion.hint(for: name, among: known)
            console.complain("\(programName): no command 'dead-letters \(name)'\(hint); see 'dead-letters --help'")
            return ProcessExit.usage
        }
        // The parser wants global options behind the command's own name.
        let parsed = try RootCommand.parseAsRoot(["dead-letters"] + order.rest + order.globals)
        guard let command = parsed as? any LetterCommand else { return help(for: "dead-letters") }
        let tool = LetterTool(programName: programName, environment: environment, console: console, tasks: tasks)
        return await tool.run(command)
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

    private func control(_ options: ControlOptions) async -> Int32 {
        do {
            return try await ControlTool(options: options, environment: environment, console: console).run()
        } catch let error as StartError {
            console.complain("\(programName) control: \(error)")
            return error.exitCode
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
            let known = ["worker", "config", "broker", "dead-letters", "multi", "control", "help"] + LaterCommand.names
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
        case "control": console.print(RootCommand.helpMessage(for: ControlOptions.self))
        case "broker": console.print(RootCommand.helpMessage(for: BrokerCommand.self))
        case "dead-letters": console.print(RootCommand.helpMessage(for: DeadLettersCommand.self))
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
