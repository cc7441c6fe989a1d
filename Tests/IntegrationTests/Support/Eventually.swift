import Testing

/// Waits until a condition holds; records an issue when it does not within the limit.
func eventually(
    within limit: Duration = .seconds(15),
    _ what: @autoclosure () -> String = "condition",
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    // Tests stop this one's thread as well; what came true meanwhile has come true.
    if try await condition() { return }
    Issue.record("\(what()) did not come true within \(limit)", sourceLocation: sourceLocation)
    throw TimedOut()
}

struct TimedOut: Error {}
