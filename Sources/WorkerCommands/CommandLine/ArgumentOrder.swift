/// Puts arguments in the order that the parser wants: `command`, global options, the rest.
///
/// Celery takes its global options before the command; here they work on both sides. Without a command it is `worker`.
struct ArgumentOrder: Sendable, Hashable {
    /// `nil` when none was given.
    var command: String?
    /// The global options from before the command.
    var globals: [String]
    /// All that followed the command.
    var rest: [String]

    var arguments: [String] { globals + rest }

    /// The parser wants global options behind the name of a command's command, as in `broker check`; and before `--`, behind which
    /// nothing is an option.
    var argumentsWithGlobalsLast: [String] {
        let end = rest.firstIndex(of: "--") ?? rest.endIndex
        return rest[..<end] + globals + rest[end...]
    }

    private static let withValue: Set<String> = [
        "-A", "--app", "-b", "--broker", "--result-backend", "--loader", "--config", "--workdir",
    ]
    private static let flags: Set<String> = ["-C", "--no-color", "-q", "--quiet", "--skip-checks"]

    init(_ given: [String]) {
        var globals: [String] = []
        var rest = given[...]
        while let first = rest.first {
            if Self.flags.contains(first) {
                globals.append(first)
                rest.removeFirst()
            } else if Self.withValue.contains(first) {
                globals += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else if Self.isJoined(first) {
                globals.append(first)
                rest.removeFirst()
            } else {
                break
            }
        }
        // An override such as `worker.concurrency=3` is no command.
        if let first = rest.first, !first.hasPrefix("-"), !first.contains("=") {
            command = first
            rest.removeFirst()
        }
        self.globals = globals
        self.rest = Array(rest)
    }

    /// `--broker=URL` or `-bURL`.
    private static func isJoined(_ argument: String) -> Bool {
        if let equal = argument.firstIndex(of: "="), argument.hasPrefix("--") {
            return withValue.contains(String(argument[..<equal]))
        }
        return argument.count > 2 && ["-A", "-b"].contains(String(argument.prefix(2)))
    }
}
