import Platform
import SwiftWorker

/// What a `multi` command line asks for: its nodes, and how to go about them.
struct MultiPlan {
    let nodes: [MultiNode]
    /// Names that options were given for and no node has.
    let unknownNames: [String]
    let settings: Settings
    let signal: StopSignal?
    /// `--wait`; `nil` when it is not given.
    let wait: Duration?
    /// `--cold`.
    let endsCold: Bool
    /// `--json`.
    let asJSON: Bool

    /// Reads the command line, and the configuration for names that may be its workers.
    ///
    /// With `--workdir` for all nodes it changes to that folder first, as the workers do.
    ///
    /// - Throws: `MultiError`, `SettingsError`, `PlatformError`.
    init(_ words: [String], takesSignal: Bool, environment: [String: String], hostName: String) throws {
        var arguments = try MultiArguments(words, takesSignal: takesSignal)
        signal = arguments.signal
        wait = try arguments.take("--wait").map(Self.seconds)
        endsCold = arguments.take("--cold") != nil
        asJSON = arguments.take("--json") != nil
        let machine = Machine(hostName: hostName, home: environment["HOME"])
        if let folder = arguments.options.first("--workdir")?.value {
            try ThisProcess.changeDirectory(folder)
            arguments.replaceWorkdir(with: ThisProcess.workingDirectory)
        }
        let effective = try SettingsLoader(
            file: arguments.options.first("--config")?.value,
            environment: environment
        ).load()
        let section = WorkerSection(effective, folder: ThisProcess.workingDirectory)
        settings = effective.settings
        let made: MultiNodes
        if let workers = try section.select(arguments.names, machine: machine) {
            made = try MultiNodes(arguments, workers: workers, of: section, machine: machine)
        } else if arguments.names.isEmpty {
            throw MultiError("no node is named, and the configuration has no 'workers:' to take them from")
        } else {
            made = try MultiNodes(arguments, machine: machine)
        }
        (nodes, unknownNames) = (made.nodes, made.unknownNames)
    }

    private static func seconds(_ option: OptionList.Option) throws(MultiError) -> Duration {
        guard let text = option.value, let seconds = Double(text), seconds >= 0, seconds <= 1e6 else {
            throw MultiError("--wait: expected a number of seconds, found '\(option.value ?? "")'")
        }
        return .milliseconds(Int((seconds * 1000).rounded()))
    }
}
