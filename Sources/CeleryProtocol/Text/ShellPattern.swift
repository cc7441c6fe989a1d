/// Shell patterns as Python's `fnmatch` knows them: `*`, `?`, `[abc]`, `[a-z]`, `[!abc]`, on the whole text.
public enum ShellPattern {
    /// Whether a text fits a pattern. It takes at most the product of both lengths.
    public static func matches(_ text: String, pattern: String) -> Bool {
        let text = Array(text.unicodeScalars)
        let pattern = Array(pattern.unicodeScalars)
        var position = 0
        var index = 0
        // Where to resume when a star took too little.
        var star: (index: Int, position: Int)?
        while position < text.count {
            if index < pattern.count, pattern[index] == "*" {
                star = (index, position)
                index += 1
            } else if let next = step(pattern, index, text[position]) {
                index = next
                position += 1
            } else if let last = star {
                star = (last.index, last.position + 1)
                index = last.index + 1
                position = last.position + 1
            } else {
                return false
            }
        }
        return pattern[index...].allSatisfy { $0 == "*" }
    }

    /// Matches one character; gives the pattern's next index, or `nil`.
    private static func step(_ pattern: [Unicode.Scalar], _ index: Int, _ scalar: Unicode.Scalar) -> Int? {
        guard index < pattern.count else { return nil }
        switch pattern[index] {
        case "?": return index + 1
        case "[":
            // A bracket that never closes is a plain character.
            guard let end = closing(pattern, index) else { return scalar == "[" ? index + 1 : nil }
            return isMember(scalar, of: pattern[(index + 1)..<end]) ? end + 1 : nil
        default: return pattern[index] == scalar ? index + 1 : nil
        }
    }

    private static func closing(_ pattern: [Unicode.Scalar], _ index: Int) -> Int? {
        var start = index + 1
        if start < pattern.count, pattern[start] == "!" { start += 1 }
        if start < pattern.count, pattern[start] == "]" { start += 1 }
        guard start < pattern.count else { return nil }
        return pattern[start...].firstIndex(of: "]")
    }

    private static func isMember(_ scalar: Unicode.Scalar, of set: ArraySlice<Unicode.Scalar>) -> Bool {
        var members = set
        let negated = members.first == "!"
        if negated { members = members.dropFirst() }
        var found = false
        var index = members.startIndex
        while index < members.endIndex {
            if index + 2 < members.endIndex, members[index + 1] == "-" {
                found = found || (members[index] <= scalar && scalar <= members[index + 2])
                index += 3
            } else {
                found = found || members[index] == scalar
                index += 1
            }
        }
        return found != negated
    }
}
