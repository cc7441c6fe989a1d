public import CeleryProtocol

/// Chooses dead letters; what is `nil` or empty chooses all. A letter has to fit everything.
public struct DeadLetterFilter: Sendable, Hashable {
    /// A value that an argument has to have.
    public struct Argument: Sendable, Hashable {
        public var path: ArgumentPath
        /// As `ArgumentPath.text` gives it.
        public var value: String

        public init(path: ArgumentPath, value: String) {
            self.path = path
            self.value = value
        }

        /// Reads `user_id=01J…`; `nil` without a name before the `=`.
        public init?(_ text: String) {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let path = ArgumentPath(String(parts[0])) else { return nil }
            self.init(path: path, value: String(parts[1]))
        }
    }

    /// A shell pattern for the queue that the message died in.
    public var queue: String?
    /// A shell pattern for the name of the task.
    public var task: String?
    /// Ids of tasks, of which the letter's has to be one.
    public var ids: Set<String> = []
    public var reason: DeadLetterReason?
    /// A class of exceptions, with or without its module, or a shell pattern: `KeyError`, `celery.exceptions.*`. A class of
    /// Python's stands for those derived from it as well.
    public var exception: String?
    /// Died at least so long ago. A letter that does not say when is of no age, and fits no bound.
    public var olderThan: Duration?
    /// Died at most so long ago.
    public var newerThan: Duration?
    public var arguments: [Argument] = []

    public init() {}

    /// Whether bodies have to be opened.
    public var opensBody: Bool { !arguments.isEmpty }

    /// Whether a letter fits.
    ///
    /// - Parameter parameters: the names of a task's parameters, where they are known, for arguments passed by position.
    public func matches(_ letter: DeadLetter, now: Instant, parameters: (String) -> [String] = { _ in [] }) -> Bool {
        if let reason, letter.note.reason != reason { return false }
        if !ids.isEmpty, letter.id.map({ ids.contains($0) }) != true { return false }
        if let queue, !fits(letter.queue, queue) { return false }
        if let task, !fits(letter.task, task) { return false }
        if let exception, !fitsException(letter.note, exception) { return false }
        if olderThan != nil || newerThan != nil {
            guard let time = letter.note.lastFailure else { return false }
            let age = now - time
            if let olderThan, age < olderThan { return false }
            if let newerThan, age > newerThan { return false }
        }
        if arguments.isEmpty { return true }
        guard let payload = letter.payload, let task = letter.task else { return false }
        let names = parameters(task)
        return arguments.allSatisfy { argument in
            argument.path.text(args: payload.args, kwargs: payload.kwargs, parameters: names) == argument.value
        }
    }

    private func fits(_ name: String?, _ pattern: String) -> Bool {
        name.map { Glob.matches($0, pattern: pattern) } ?? false
    }

    private func fitsException(_ note: DeadLetterNote, _ pattern: String) -> Bool {
        guard let full = note.exceptionType else { return false }
        let parts = full.split(separator: ".")
        let name = parts.last.map(String.init) ?? full
        let module = parts.count > 1 ? parts.dropLast().joined(separator: ".") : "builtins"
        if Glob.matches(full, pattern: pattern) || Glob.matches(name, pattern: pattern) { return true }
        return PythonException(type: name, module: module).isKind(of: pattern)
    }
}

extension Duration {
    /// Reads an age as an operator says it: `90s`, `30m`, `12h`, `7d`, or a number of seconds; `nil` for anything else.
    public init?(age text: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        let unit = text.last.flatMap { units[$0] }
        let digits = unit == nil ? text[...] : text.dropLast()
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let count = Int64(digits) else { return nil }
        let (seconds, overflow) = count.multipliedReportingOverflow(by: unit ?? 1)
        guard !overflow, seconds <= 1 << 40 else { return nil }
        self = .seconds(seconds)
    }
}
