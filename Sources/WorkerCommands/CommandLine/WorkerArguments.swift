import ArgumentParser

/// The worker's options with the defaults that the environment gives.
struct WorkerArguments {
    let command: WorkerCommand
    /// Options by name whose value came from a variable, with its name.
    let variables: [String: String]

    /// - Throws: the parser's error.
    init(_ arguments: [String], environment: [String: String]) throws {
        let typed = try Self.parse(arguments)
        var variables: [String: String] = [:]
        var given: [String] = []
        for option in WorkerOption.all where !option.isGiven(typed) {
            guard let value = environment[option.variable], !value.isEmpty else { continue }
            if option.isFlag {
                guard ["1", "true", "t", "yes", "y", "on"].contains(value.lowercased()) else { continue }
                given.append("--" + option.name)
            } else {
                given.append("--\(option.name)=\(value)")
            }
            variables[option.name] = option.variable
        }
        self.variables = variables
        command = given.isEmpty ? typed : try Self.parse(given + arguments)
    }

    private static func parse(_ arguments: [String]) throws -> WorkerCommand {
        guard let command = try RootCommand.parseAsRoot(["worker"] + arguments) as? WorkerCommand else {
            // `--help` inside: the root command comes back.
            throw CleanExit.helpRequest(WorkerCommand.self)
        }
        return command
    }
}
