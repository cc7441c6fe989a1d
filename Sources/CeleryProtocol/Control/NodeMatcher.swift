/// The matchers by which requests choose workers: kombu's `glob` and `pcre`.
enum NodeMatcher {
    /// How long a pattern may be, in characters.
    static let maximumLength = 512

    /// Whether a name fits. An unknown matcher, and a pattern that is none, fit nothing: kombu raises an error.
    static func matches(_ name: String, pattern: String, matcher: String) -> Bool {
        guard pattern.count <= maximumLength else { return false }
        switch matcher {
        case "glob": return ShellPattern.matches(name, pattern: pattern)
        case "pcre":
            // Python's re.match looks at the beginning only.
            guard let expression = try? Regex(pattern) else { return false }
            return name.prefixMatch(of: expression) != nil
        default: return false
        }
    }
}
