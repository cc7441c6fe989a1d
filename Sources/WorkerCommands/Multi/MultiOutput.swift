import Platform

/// What `multi` says while it works: Celery's lines, in colour on a terminal only.
struct MultiOutput: Sendable {
    enum Color: String { case red = "31", green = "32", blue = "34", magenta = "35", cyan = "36" }

    let console: Console
    var isQuiet = false
    var isVerbose = false
    var isColored = false
    var hasSplash = true

    /// What was asked for.
    func say(_ text: String) { console.print(text) }

    /// Progress; not with `--quiet`.
    func note(_ text: String) { if !isQuiet { console.print(text) } }

    /// More of it; with `--verbose`.
    func detail(_ text: String) { if isVerbose { note(text) } }

    func complain(_ text: String) { console.complain(text) }

    /// A line about one node.
    func note(_ node: MultiNode, _ text: String) { note("\t> \(node): \(text)") }

    /// A node that is not as it was asked for; `--quiet` does not silence it.
    func failed(_ node: MultiNode, _ reason: String) {
        let line = "\t> \(node): \(colored("FAILED", .red)): \(reason)"
        if isQuiet { complain(line) } else { say(line) }
    }

    var okay: String { colored("OK", .green) }
    var down: String { colored("DOWN", .magenta) }

    func colored(_ text: String, _ color: Color) -> String {
        isColored ? "\u{1B}[1;\(color.rawValue)m\(text)\u{1B}[0m" : text
    }
}
