import ArgumentParser

/// Celery's global options; here they work before and after the command.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: [.customShort("A", allowingJoined: true), .long],
        help: ArgumentHelp("Taken and ignored: tasks are compiled in.", valueName: "module")
    )
    var app: String?

    @Option(
        name: [.customShort("b", allowingJoined: true), .long],
        help: ArgumentHelp(
            "The broker's URL, or several separated by ';'. (default: amqp://guest@localhost//)",
            valueName: "url"
        )
    )
    var broker: String?

    @Option(help: ArgumentHelp("Where results go: rpc:// or disabled://. (default: disabled)", valueName: "url"))
    var resultBackend: String?

    @Option(help: .hidden)
    var loader: String?

    @Option(
        help: ArgumentHelp(
            """
            The configuration file. (default: $SWIFTWORKER_CONFIG, else config/swiftworker.yaml, else \
            /etc/swiftworker/swiftworker.yaml, if there is one)
            """,
            valueName: "file"
        )
    )
    var config: String?

    @Option(help: ArgumentHelp("Changes to this folder before anything is read.", valueName: "folder"))
    var workdir: String?

    @Flag(name: [.customShort("C"), .long], help: "Never colours the log. $NO_COLOR does the same.")
    var noColor = false

    @Flag(name: [.customShort("q"), .long], help: "Prints no banner.")
    var quiet = false

    @Flag(help: .hidden)
    var skipChecks = false
}
