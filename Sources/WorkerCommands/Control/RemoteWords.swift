import ArgumentParser

/// What `inspect` and `control` take: a command with its arguments, or `--list`.
struct RemoteWords: ParsableArguments {
    @Flag(help: "Lists the commands.")
    var list = false

    @Argument(help: ArgumentHelp("One of the commands above.", valueName: "command"))
    var command: String?

    @Argument(help: ArgumentHelp("What the command takes.", valueName: "argument"))
    var arguments: [String] = []

    /// The command, unless the list is wanted.
    var wanted: String? { list ? nil : command }

    func validate() throws {
        guard list || command != nil else { throw ValidationError("Missing expected argument '<command>'") }
    }
}
