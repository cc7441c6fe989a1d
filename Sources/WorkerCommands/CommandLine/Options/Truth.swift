import ArgumentParser

/// Yes or no as a word, in all of the spellings that Celery's commands take.
struct Truth: ExpressibleByArgument, Sendable, Hashable, CustomStringConvertible {
    let value: Bool

    init(_ value: Bool) { self.value = value }

    init?(argument: String) {
        switch argument.lowercased() {
        case "1", "true", "t", "yes", "y", "on": value = true
        case "0", "false", "f", "no", "n", "off": value = false
        default: return nil
        }
    }

    var description: String { value ? "true" : "false" }
}
