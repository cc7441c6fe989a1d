/// Where a task is published when the caller names no queue: `task_routes`, else the default queue.
public struct TaskRouter: Sendable {
    private let routes: [RouteSettings]
    private let defaultQueue: String

    public init(settings: Settings) {
        routes = settings.taskRoutes
        defaultQueue = settings.taskDefaultQueue
    }

    /// The queue of a task's name; the first route whose pattern matches counts (Celery reference, 2.2).
    public func queue(for task: String) -> String {
        for route in routes where Glob(route.pattern).matches(task) {
            if let queue = route.queue { return queue }
        }
        return defaultQueue
    }
}

/// A shell pattern: `*` any text, `?` any character, `[a-z]` and `[!a-z]` one of a set. As Python's fnmatch, `*` also
/// matches dots.
struct Glob: Sendable {
    private let pattern: [Character]

    init(_ pattern: String) {
        self.pattern = Array(pattern)
    }

    func matches(_ text: String) -> Bool {
        let text = Array(text)
        var (inPattern, inText) = (0, 0)
        var star: (pattern: Int, text: Int)?
        while inText < text.count {
            if inPattern < pattern.count, pattern[inPattern] == "*" {
                star = (inPattern, inText)
                inPattern += 1
            } else if let next = matchOne(text[inText], at: inPattern) {
                inPattern = next
                inText += 1
            } else if let last = star {
                // Let the last star take one more character, and go on from there.
                star = (last.pattern, last.text + 1)
                inPattern = last.pattern + 1
                inText = last.text + 1
            } else {
                return false
            }
        }
        return pattern[inPattern...].allSatisfy { $0 == "*" }
    }

    /// The position behind the element at `index`, if that element matches the character.
    private func matchOne(_ character: Character, at index: Int) -> Int? {
        guard index < pattern.count else { return nil }
        switch pattern[index] {
        case "?": return index + 1
        case "[":
            guard let end = pattern[(index + 1)...].dropFirst().firstIndex(of: "]") else {
                return character == "[" ? index + 1 : nil
            }
            let set = pattern[(index + 1)..<end]
            let isNegated = set.first == "!"
            return contains(character, in: isNegated ? set.dropFirst() : set) != isNegated ? end + 1 : nil
        default: return pattern[index] == character ? index + 1 : nil
        }
    }

    private func contains(_ character: Character, in set: ArraySlice<Character>) -> Bool {
        var index = set.startIndex
        while index < set.endIndex {
            if index + 2 < set.endIndex, set[index + 1] == "-" {
                if set[index] <= character && character <= set[index + 2] { return true }
                index += 3
            } else {
                if set[index] == character { return true }
                index += 1
            }
        }
        return false
    }
}
