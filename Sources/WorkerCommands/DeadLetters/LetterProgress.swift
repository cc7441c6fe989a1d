import Platform

/// Says on a terminal how far a long walk has come; a few times a second at most.
struct LetterProgress {
    let isShown: Bool
    private var expected = 0
    private var count = 0
    private var shownAt: ContinuousClock.Instant?

    private static let interval: Duration = .milliseconds(200)

    init(isShown: Bool) {
        self.isShown = isShown
    }

    mutating func expect(_ more: Int) { expected += more }

    mutating func advance() {
        count += 1
        guard isShown else { return }
        let now = ContinuousClock.now
        if let shownAt, now - shownAt < Self.interval { return }
        shownAt = now
        FileDescriptor.write(
            Array("\r\(count) of \(expected) dead letters\u{1b}[K".utf8),
            to: FileDescriptor.standardError
        )
    }

    mutating func finish() {
        guard isShown, shownAt != nil else { return }
        shownAt = nil
        FileDescriptor.write(Array("\r\u{1b}[K".utf8), to: FileDescriptor.standardError)
    }
}
