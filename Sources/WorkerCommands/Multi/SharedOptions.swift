/// The options for all nodes: what they say about the nodes themselves, and the rest, which the workers get.
struct SharedOptions {
    let prefix: String
    let rangePrefix: String
    /// `--suffix`, `--hostname` or `-n`; `nil` when none is given.
    let host: String?
    let template: MultiNode.Template
    let options: OptionList

    /// - Throws: `MultiError` for a `--cmd` that is no command line.
    init(_ arguments: MultiArguments, machine: Machine) throws(MultiError) {
        var options = arguments.options
        func take(_ name: String) -> String? {
            guard let value = options.remove(name)?.value, !value.isEmpty else { return nil }
            return value
        }
        let command = take("--cmd")
        let appended = take("--append") ?? ""
        // As in Celery, -n is the host of all of them: their names are given.
        let short = take("-n")
        let host = take("--hostname") ?? short
        prefix = take("--prefix") ?? ""
        rangePrefix = take("--range-prefix") ?? "celery"
        self.host = take("--suffix") ?? host
        template = MultiNode.Template(
            command: try command.map(Self.words) ?? ["worker", "--detach"],
            passedOn: arguments.passedOn,
            appended: appended,
            home: machine.home
        )
        self.options = options
    }

    /// What `--cmd` says: the arguments of the executable. Words up to `celery` call Celery, whose place it takes.
    private static func words(_ text: String) throws(MultiError) -> [String] {
        guard var words = ShellWords.split(text) else { throw MultiError("--cmd: a quote is open in \(text)") }
        if let index = words.firstIndex(of: "celery") { words.removeFirst(index + 1) }
        return words
    }
}
