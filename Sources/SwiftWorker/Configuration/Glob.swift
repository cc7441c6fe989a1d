import CeleryProtocol

/// Shell patterns, see `ShellPattern`.
enum Glob {
    static func matches(_ text: String, pattern: String) -> Bool { ShellPattern.matches(text, pattern: pattern) }
}
