/// Finds what somebody may have meant.
public enum Suggestion {
    /// Returns the candidate nearest to a misspelt word, or `nil` when none is near enough to be a likely slip.
    public static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let folded = Array(word.lowercased().utf8)
        let limit = max(1, min(4, folded.count / 3))
        var best: (rank: (Int, Int, String), name: String)?
        for candidate in candidates {
            let other = Array(candidate.lowercased().utf8)
            guard abs(other.count - folded.count) <= limit else { continue }
            let distance = distance(folded, other)
            guard distance <= limit else { continue }
            // The first letter is seldom the wrong one.
            let rank = (distance, other.first == folded.first ? 0 : 1, candidate)
            if let known = best, known.rank <= rank { continue }
            best = (rank, candidate)
        }
        return best?.name
    }

    /// Returns `; did you mean 'x'?`, or nothing.
    public static func hint(for word: String, among candidates: some Sequence<String>) -> String {
        nearest(to: word, among: candidates).map { "; did you mean '\($0)'?" } ?? ""
    }

    /// Counts the insertions, deletions, replacements and swaps of neighbours between two words.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in 1...left.count {
            var current = [Int](repeating: row, count: right.count + 1)
            for column in 1...right.count {
                let cost = left[row - 1] == right[column - 1] ? 0 : 1
                var value = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + cost)
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    value = min(value, beforeLast[column - 2] + 1)
                }
                current[column] = value
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
