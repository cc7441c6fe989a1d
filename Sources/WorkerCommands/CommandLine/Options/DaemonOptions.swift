import ArgumentParser

/// Options for a worker in the background.
struct DaemonOptions: ParsableArguments {
    @Option(
        name: [.customShort("f", allowingJoined: true), .long],
        help: ArgumentHelp(
            "The log file. Expands %n (the node's name), %h (its host), %p (both), %d, %i. (default: standard error)",
            valueName: "path"
        )
    )
    var logfile: String?

    @Option(
        help: ArgumentHelp(
            "The file for the process id; a second worker with the same file exits with 73. Expands as --logfile.",
            valueName: "path"
        )
    )
    var pidfile: String?

    @Option(help: ArgumentHelp("Permissions that new files lack, octal, for example 022.", valueName: "mask"))
    var umask: String?

    @Option(help: ArgumentHelp("Later version: changes the user.", valueName: "user"))
    var uid: String?

    @Option(help: ArgumentHelp("Later version: changes the group.", valueName: "group"))
    var gid: String?

    @Option(help: ArgumentHelp("Taken and ignored: it names a Python interpreter.", valueName: "path"))
    var executable: String?
}
