import ArgumentParser
import SwiftWorker

/// Options of all commands that ask workers.
struct RemoteOptions: ParsableArguments {
    @Option(
        name: [.customShort("t", allowingJoined: true), .long],
        help: ArgumentHelp("Seconds to wait for the next reply.", valueName: "seconds")
    )
    var timeout = 1.0

    @Option(
        name: [.customShort("d", allowingJoined: true), .long],
        help: ArgumentHelp(
            "The workers that are meant, by node name; it is waited for no others. (default: all of the broker)",
            valueName: "name,…"
        )
    )
    var destination: String?

    @Flag(name: [.customShort("j"), .long], help: "Prints the replies as JSON.")
    var json = false

    /// The node names of `-d`.
    var destinations: [String] { commaSeparated(destination ?? "") }

    func validate() throws {
        guard timeout > 0, timeout <= 3600 else {
            throw ValidationError("--timeout: expected 0 to 3600 seconds, found \(timeout)")
        }
    }
}
