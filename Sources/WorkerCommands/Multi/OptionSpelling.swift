/// What `multi` knows of the options that it hands on: which take a value, and which two names are one option.
enum OptionSpelling {
    private struct Spelling {
        let long: String
        let takesValue: Bool
    }

    private static let all: [String: Spelling] = {
        var known: [String: Spelling] = [:]
        for option in WorkerOption.all {
            let spelling = Spelling(long: "--" + option.name, takesValue: !option.isFlag)
            known[spelling.long] = spelling
            // The title of an option with a short name begins with it: "-c", "-E/--task-events".
            if option.title.hasPrefix("-"), !option.title.hasPrefix("--") {
                known[String(option.title.prefix(2))] = spelling
            }
        }
        for (short, long, takesValue) in others {
            known[long] = Spelling(long: long, takesValue: takesValue)
            if let short { known[short] = known[long] }
        }
        return known
    }()

    /// The global options, and those of `multi` itself.
    private static let others: [(short: String?, long: String, takesValue: Bool)] = [
        ("-A", "--app", true), ("-b", "--broker", true), (nil, "--result-backend", true), (nil, "--loader", true),
        (nil, "--config", true), (nil, "--workdir", true), ("-C", "--no-color", false), ("-q", "--quiet", false),
        (nil, "--skip-checks", false), (nil, "--cmd", true), (nil, "--append", true), (nil, "--prefix", true),
        (nil, "--suffix", true), (nil, "--range-prefix", true), (nil, "--wait", true), (nil, "--cold", false),
        (nil, "--json", false),
    ]

    /// Whether an option takes a value; `nil` for one that is not known here.
    static func takesValue(_ name: String) -> Bool? { all[name]?.takesValue }

    /// The long name, for a short one that is known.
    static func long(_ name: String) -> String { all[name]?.long ?? name }

    /// Options that Celery wants before the command.
    static func isGlobal(_ name: String) -> Bool {
        [
            "--app", "--broker", "--result-backend", "--loader", "--config", "--workdir", "--no-color", "--quiet",
        ].contains(long(name))
    }

    /// Options whose `%` is not an abbreviation: URLs have escapes with it.
    static func isURL(_ name: String) -> Bool { ["--broker", "--result-backend"].contains(long(name)) }
}
